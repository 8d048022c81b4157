#!/usr/bin/env bash
# Pictures as codes and back, from outside: ddcm.sh PATH_OF_RIVULET. Prints "N passed, M failed".
shipped=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../assets/models")
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

# Pictures to learn (8x8), one of them twenty times as large, and one face of the size of avatars; pixels.py reads any
# picture that rivulet writes, and tells how alike two are.
cat >pixels.py <<'EOF'
import math, struct, sys, zlib
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
def write(path, rows):
    head = struct.pack('>IIBBBBB', len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b''.join(b'\0' + row for row in rows))
    open(path, 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', data) + chunk(b'IEND', b''))
def read(path):
    file, at, data = open(path, 'rb').read(), 8, b''
    while at < len(file):
        size, kind = struct.unpack('>I4s', file[at:at + 8])
        if kind == b'IHDR': width, height, depth, colour = struct.unpack('>IIBB', file[at + 8:at + 18])
        if kind == b'IDAT': data += file[at + 8:at + 8 + size]
        at += 12 + size
    assert depth == 8
    n = {0: 1, 2: 3, 6: 4}[colour]
    raw, step, above, rows = zlib.decompress(data), width * n + 1, bytes(width * n), []
    for y in range(height):
        kind, row = raw[y * step], bytearray(raw[y * step + 1:(y + 1) * step])
        for i in range(len(row)):
            a, b, c = row[i - n] if i >= n else 0, above[i], above[i - n] if i >= n else 0
            p = min((a, b, c), key=lambda v: abs(a + b - c - v))
            row[i] = (row[i] + (0, a, b, (a + b) // 2, p)[kind]) & 255
        above = bytes(row)
        rows.append(above)
    return rows
def psnr(a, b):
    a, b = b''.join(read(a)), b''.join(read(b))
    assert len(a) == len(b)
    error = sum((x - y) ** 2 for x, y in zip(a, b)) / len(a)
    return 10 * math.log10(255 ** 2 / error) if error else math.inf
if __name__ == '__main__': print(psnr(sys.argv[1], sys.argv[2]))
EOF
python3 - <<'EOF'
import os
from pixels import write
for name, level in (('dark', 20), ('bright', 220)):
    os.makedirs('set/' + name)
    for i in range(20):
        write(f'set/{name}/{i:02}.png', [bytes((level + i + 9 * (k % 3)) % 256 for k in range(24)) for _ in range(8)])
half = [bytes(([240, 200, 40] if x < 4 + y // 4 else [30, 30, 90])[c] for x in range(8) for c in range(3)) for y in range(8)]
write('half.png', half)
large = [b''.join(row[3 * (x // 20):3 * (x // 20) + 3] for x in range(160)) for row in half for _ in range(20)]
write('large.png', large)
write('wide.png', [bytes(120) + row + bytes(120) for row in large])
face = [bytes(([250, 220, 180] if 3 < x < 12 and 4 < y < 14 else [90, 60, 30] if 2 < x < 13 and 1 < y < 6 else [170, 210, 250])[c]
              for x in range(16) for c in range(3)) for y in range(16)]
write('face.png', face)
EOF
alike() { python3 -c 'import sys; from pixels import psnr; p = psnr(*sys.argv[1:3]); print(p, "dB"); sys.exit(not p >= float(sys.argv[3]))' "$@"; }

"$rivulet" train ddpm --data set --width 16 --depth 1 --heads 2 --batch 16 --steps 30 --out a.safetensors 2>/dev/null >stdout
"$rivulet" train ddpm --data set --width 16 --depth 1 --heads 2 --batch 16 --steps 31 --out b.safetensors 2>/dev/null >stdout
encode() { "$rivulet" encode --model a.safetensors "$@"; }
decode() { "$rivulet" decode --model a.safetensors "$@"; }

bad_usage() {
  local case
  exits 0 "$rivulet" encode --help && says --effort stdout && exits 0 "$rivulet" decode --help && says --uuid stdout || return 1
  while read -r case; do
    # shellcheck disable=SC2086
    exits 2 "$rivulet" $case || { echo "$case"; return 1; }
  done <<'EOF'
encode
encode half.png
encode half.png out.ddcm --codes 0
encode half.png out.ddcm --codes 1001
encode half.png out.ddcm --bits 17
encode half.png out.ddcm --rho 1.3
encode half.png out.ddcm --rho 5
encode half.png out.ddcm --noise 0.7
encode half.png out.ddcm --atoms 2
encode half.png out.ddcm --form turbo --atoms 5 --bits 2
encode half.png out.ddcm --form other
encode half.png out.ddcm --effort 9
encode half.png out.ddcm --effort 1 --form turbo
encode half.png out.ddcm --effort 1 --choice importance
encode half.png out.ddcm --uuid
encode half.png --uuid --codes 16
encode half.png --uuid --no-snap
encode half.png --uuid --text
decode
decode one.ddcm
decode one.ddcm two.png three.png
decode --text DDAR one.ddcm two.png
decode --uuid 550e8400-e29b-41d4-a716-446655440000
decode --uuid 550e8400-e29b-41d4-a716-446655440000 --text DDAR two.png
EOF
}
check "encode and decode have --help, and bad usage is 2" bad_usage

round_trip() {
  local form
  for form in "--codes 5" "--codes 20 --bits 6 --effort 1" "--form turbo --atoms 4 --codes 6 --tail 3" "--form pursuit --atoms 3 --codes 6" \
    "--codebook shared --codes 7 --rho 1 --noise 1" "--codebook hadamard --codes 7" "--codes 8 --choice importance --seed 9" "--codes 4 --class bright"; do
    # shellcheck disable=SC2086
    exits 0 encode half.png code.ddcm $form --json && cp stdout report &&
      json report "j['bytes'] == $(stat -c %s code.ddcm) and 12 + j['payload_bytes'] <= j['bytes'] <= 16 + j['payload_bytes'] and j['payload_bytes'] == -(-j['bits'] // 8)" &&
      exits 0 decode code.ddcm back.png --json && cp stdout other &&
      python3 -c "
import json; from pixels import psnr
a, b = json.load(open('report')), json.load(open('other'))
assert a['settings'] == b['settings'] and a['labels'] == b['labels']
assert abs(psnr('half.png', 'back.png') - a['psnr']) < 0.01" || { echo "$form"; return 1; }
  done
}
check "a code's file decodes to what encode said it would" round_trip

sizes() {
  exits 0 encode half.png half.ddcm && exits 0 encode large.png large.ddcm && exits 0 encode wide.png wide.ddcm &&
    cmp half.ddcm large.ddcm && cmp half.ddcm wide.ddcm && exits 0 encode half.png again.ddcm && cmp half.ddcm again.ddcm
}
check "the middle square of a large picture is coded as a small one, and always alike" sizes

texts() {
  exits 0 encode half.png --text && says " dB" stderr && [ "$(wc -l <stdout)" = 1 ] || return 1
  local text; text=$(cat stdout)
  exits 0 encode half.png code.ddcm && exits 0 decode code.ddcm file.png && exits 0 decode --text "$text" text.png && cmp file.png text.png &&
    exits 0 decode --text "  ${text:0:9}
${text:9} " text.png && cmp file.png text.png &&
    exits 1 decode --text "${text:0:20}" x.png && says "cut off" stderr && exits 1 decode --text "$text!" x.png && exits 1 decode --text hello x.png && [ ! -e x.png ]
}
check "a code as text" texts

refused() {
  exits 0 encode half.png good.ddcm || return 1
  head -c 20 good.ddcm >cut.ddcm
  { cat good.ddcm; printf 'x'; } >long.ddcm
  python3 -c "b = bytearray(open('good.ddcm', 'rb').read()); b[15] ^= 4; open('bent.ddcm', 'wb').write(b)"
  exits 1 decode cut.ddcm x.png && says "cut off: 20 of 28 bytes" stderr && exits 1 decode long.ddcm x.png && says "should end after 28" stderr &&
    exits 1 decode bent.ddcm x.png && says checksum stderr && exits 1 decode half.png x.png && says "no .ddcm file" stderr &&
    exits 1 "$rivulet" decode --model b.safetensors good.ddcm x.png && says "made with model" stderr &&
    exits 1 decode nowhere.ddcm x.png && says nowhere.ddcm stderr && exits 1 decode good.ddcm no/such/x.png && says no/such stderr &&
    exits 1 decode /dev/zero x.png && says "longer than" stderr &&
    exits 1 encode nowhere.png x.ddcm && says nowhere.png stderr && exits 1 encode good.ddcm x.ddcm && exits 1 encode half.png no/such/x.ddcm &&
    exits 1 encode half.png x.ddcm --class green && says "only bright, dark, any" stderr &&
    exits 1 "$rivulet" encode --model nowhere.safetensors half.png x.ddcm && exits 1 "$rivulet" encode --model half.png half.png x.ddcm &&
    [ ! -e x.png ] && [ ! -e x.ddcm ]
}
check "what is damaged, of another model or not there is refused with its reason" refused

uuids() {
  local uuid form
  exits 0 "$rivulet" encode --uuid face.png && uuid=$(cat stdout) && [[ $uuid =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] && says " dB" stderr || return 1
  exits 0 "$rivulet" decode --uuid "$uuid" back.png && exits 0 "$rivulet" encode --uuid face.png --json &&
    json stdout "j['uuid'] == '$uuid' and j['bits'] == 128 and j['payload_bytes'] == 16" && alike face.png back.png 15 || return 1
  exits 0 "$rivulet" decode --uuid 550e8400-e29b-41d4-a716-446655440000 one.png || return 1
  for form in 550E8400-E29B-41D4-A716-446655440000 550e8400e29b41d4a716446655440000 '{550e8400-e29b-41d4-a716-446655440000}' \
    urn:uuid:550e8400-e29b-41d4-a716-446655440000; do
    exits 0 "$rivulet" decode --uuid "$form" other.png && cmp one.png other.png || return 1
  done
  exits 0 "$rivulet" decode --uuid 00000000-0000-0000-0000-000000000000 other.png && ! cmp -s one.png other.png &&
    exits 1 "$rivulet" decode --uuid 550e8400-e29b-41d4-a716 x.png && says "32 hexadecimal digits" stderr && [ ! -e x.png ]
}
check "every UUID is a face, and a face is a UUID" uuids

benches() {
  "$rivulet" train judge --data set --steps 30 --out j.safetensors 2>/dev/null >stdout || return 1
  local bench=("$rivulet" bench ddcm --model a.safetensors --judge j.safetensors --data set)
  exits 0 "${bench[@]}" --n 3 --only "DDCM tuned" --json && json stdout "(j['pictures'] == 3 and len(j['rows']) in (5, 10) and
    all(r['payload_bytes'] + 12 == r['bytes'] and 0 < r['psnr'] <= 60 and r['frechet'] >= 0 and r['seconds']['network'] > 0 for r in j['rows']))" &&
    exits 0 "${bench[@]}" --n 3 --only WebP --csv && head -1 stdout >line && says payload_bytes line &&
    exits 0 "${bench[@]}" --n 3 --only P --json && json stdout "(all(r['exact'] == 1 and r['ssim'] > 0.9999 and abs(r['frechet']) < 1e-6 for r in j['rows'] if r['lossless']) and
    {r['codec'] for r in j['rows']} >= {'JPEG', 'WebP', 'PNG'} and all(r['payload_bytes'] < r['bytes'] for r in j['rows'] if 'DDCM' not in r['codec']))" &&
    exits 0 "${bench[@]}" --only deflate --n 3 && says "nothing need be lost: palette + deflate" stdout &&
    exits 0 "${bench[@]}" --curve --n 8 --steps 4 --sizes 2,16 --json &&
    json stdout "[p['k'] for p in j['points']] == [0, 0, 2, 16, 2, 16, 2, 16] and j['points'][0]['ratio'] == 1" &&
    exits 0 "${bench[@]}" --uuids 8 --json && json stdout "0 <= j['accepted'] <= 1 and 0 <= j['one_bit_apart'] and j['unrelated'] > 0" &&
    exits 2 "${bench[@]}" --uuids 8 --curve && exits 2 "${bench[@]}" --n 1 &&
    exits 1 "$rivulet" bench ddcm --model a.safetensors --judge j.safetensors --data nowhere && says nowhere stderr
}
check "bench ddcm: codes beside other formats, the curve, UUIDs" benches

threads() {
  exits 0 "$rivulet" encode face.png face.ddcm && exits 0 "$rivulet" decode face.ddcm one.png --threads 1 &&
    exits 0 "$rivulet" decode face.ddcm two.png --threads 2 && alike one.png two.png 50
}
check "two threads decode the same picture as one" threads

samplers() {
  local model=$shipped/flow-avatars.safetensors
  exits 0 "$rivulet" sample --model "$model" --sampler ddpm --n 2 --steps 3 --out a.png &&
    exits 0 "$rivulet" sample --model "$model" --sampler ddim --n 2 --steps 3 --out b.png && ! cmp -s a.png b.png &&
    exits 0 "$rivulet" sample --model "$model" --sampler codes --bits 3 --n 2 --steps 3 --out c.png --json && json stdout "j['steps'] == 3" &&
    exits 0 "$rivulet" sample --model "$model" --towards hat=cap --n 2 --steps 3 --out d.png && ! cmp -s c.png d.png || return 1
  exits 1 "$rivulet" sample --model "$model" --sampler ddpm --towards hat=cap --out x.png && says "among codes only" stderr &&
    exits 1 "$rivulet" sample --model "$model" --towards hat=crown --out x.png && says "no value of hat 'crown'" stderr &&
    exits 2 "$rivulet" sample --model "$model" --sampler magic --out x.png && [ ! -e x.png ]
}
check "pictures are sampled by DDPM, DDIM, from codebooks, and towards what a judge is to see" samplers

finish
