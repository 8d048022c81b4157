#!/usr/bin/env bash
# Cards beside the processor, from outside: gpu.sh PATH_OF_RIVULET. Prints "N passed, M failed".
shipped=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../assets/models")
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

card=$("$rivulet" devices | cut -d' ' -f1 | grep -m1 '^gpu' || true)

no_card() {
  export VK_ICD_FILENAMES=/nonexistent VK_DRIVER_FILES=/nonexistent
  exits 0 "$rivulet" devices && says "no GPU: " stderr &&
    exits 1 "$rivulet" decode --device gpu --uuid 550e8400-e29b-41d4-a716-446655440000 a.png && says "no device named gpu: " stderr
  local status=$?
  unset VK_ICD_FILENAMES VK_DRIVER_FILES
  return $status
}
check "without a card: one sentence, and the rest works" no_card

[ -n "$card" ] || { echo "no card: $("$rivulet" devices 2>&1 >/dev/null)" >&2; finish; exit; }

# Pictures of both devices. A PNG's rows are filtered, so that a value which differs shows in a few: at most one in 200 may.
same_pictures() {
  exits 0 "$rivulet" "$@" --out cpu.png && exits 0 "$rivulet" "$@" --device "$card" --out card.png && alike cpu.png card.png
}
alike() {
  /usr/bin/python3 - "$1" "$2" <<'EOF'
import sys, zlib
def values(path):
    file, at, data = open(path, 'rb').read(), 8, b''
    while at < len(file):
        size = int.from_bytes(file[at:at + 4], 'big')
        if file[at + 4:at + 8] == b'IDAT': data += file[at + 8:at + 8 + size]
        at += 12 + size
    return zlib.decompress(data)
a, b = values(sys.argv[1]), values(sys.argv[2])
assert len(a) == len(b) and len(a) > 0
sys.exit(sum(x != y for x, y in zip(a, b)) * 200 > len(a))
EOF
}

decodes() {
  local uuid=550e8400-e29b-41d4-a716-446655440000
  exits 0 "$rivulet" decode --uuid $uuid cpu.png && exits 0 "$rivulet" decode --device "$card" --uuid $uuid card.png && alike cpu.png card.png
}
check "a face from a UUID is the same on a card" decodes

for model in flow-avatars moe-avatars tarflow-avatars distill-avatars shortcut-fashion; do
  check "$model draws the same on a card" same_pictures sample --model "$shipped/$model.safetensors" --n 2 --seed 3
done

trains() {
  exits 0 "$rivulet" train toy --width 16 --depth 2 --batch 32 --samples 64 --steps 20 --json --device cpu --out a.safetensors && cp stdout cpu.json &&
    exits 0 "$rivulet" train toy --width 16 --depth 2 --batch 32 --samples 64 --steps 20 --json --device "$card" --out b.safetensors &&
    json stdout "abs(j['loss']['total'] - json.load(open('cpu.json'))['loss']['total']) < 1e-3 * j['loss']['total']"
}
check "training gives the same loss on a card" trains

too_large() {
  exits 1 "$rivulet" train toy --device "$card" --width 512 --depth 8 --batch 4096 --steps 1 --out large.safetensors &&
    says "take a smaller batch; --device cpu does without it" stderr
}
# Cards of that much memory in one piece just do it.
"$rivulet" devices | grep -q "^$card .* 128 MB in one piece" && check "too little memory: how much, and the way out" too_large

finish
