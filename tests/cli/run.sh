#!/usr/bin/env bash
# The command line, from outside: run.sh PATH_OF_RIVULET. Prints "N passed, M failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

small=(--width 16 --depth 2 --batch 32 --samples 64)
train() { "$rivulet" train toy "${small[@]}" "$@"; }

help_everywhere() {
  local command
  for command in "" train "train toy" sample info devices export bench "bench ops" "bench train" "bench moe" "bench pictures" \
    data "data make" "data make avatars" "data info" "data sheet" "data atlas"; do
    # shellcheck disable=SC2086
    exits 0 "$rivulet" $command --help && says Usage: stdout && empty stderr || return 1
  done
}
check "every command has --help" help_everywhere

bad_usage() {
  exits 2 "$rivulet" && exits 2 "$rivulet" nonsense && exits 2 "$rivulet" train &&
    exits 2 "$rivulet" train toy --no-such-option && exits 2 "$rivulet" train toy --method nonsense &&
    exits 2 "$rivulet" train toy --width 7 && exits 2 "$rivulet" train toy --batch many &&
    exits 2 "$rivulet" train toy --device nonsense && exits 2 "$rivulet" sample && exits 2 "$rivulet" info &&
    exits 2 "$rivulet" info file --width 32 && empty stdout && says --width stderr
}
check "bad usage is 2, and is told on stderr" bad_usage

devices() {
  exits 0 "$rivulet" devices && says reference stdout && exits 0 "$rivulet" devices --json &&
    json stdout 'j["default"] in [d["name"] for d in j["devices"]] and j["cores"] >= 1'
}
check "devices" devices

trains() {
  exits 0 train --steps 40 --json --out a.safetensors &&
    json stdout 'j["step"] == 40 and not j["interrupted"] and j["target"] == "eight-gaussians"' &&
    json stdout 'sorted(map(int, j["sliced_wasserstein2"])) == [1, 2, 4, 8, 32, 128]' &&
    json stdout 'all(0 < v < 10 for v in j["sliced_wasserstein2"].values()) and 0 < j["floor"] < 1' &&
    json stdout 'j["coverage"]["1"]["modes"] == 8 and j["steps_per_second"] > 0 and j["loss"]["total"] > 0' &&
    says "saved a.safetensors at step 40" stderr
}
check "train toy: JSON results, a saved file" trains

every_method() {
  local method
  for method in flow-matching shortcut shortcut-code reflow split-mean-flow mean-flow; do
    exits 0 train --method "$method" --target two-moons --steps 5 --json && json stdout \
      "j['config']['method'] == '$method' and math.isfinite(j['loss']['total']) and 'coverage' not in j" || return 1
  done
}
check "train toy: every method" every_method

every_device() {
  local device
  for device in $("$rivulet" devices | cut -d' ' -f1); do
    exits 0 train --device "$device" --steps 3 && says "sampling steps" stdout || return 1
  done
}
check "train toy: every device, as text" every_device

deterministic() {
  local run
  for run in 1 2; do exits 0 train --steps 25 --json --out "d$run.safetensors" && cp stdout "d$run.json" || return 1; done
  cmp d1.safetensors d2.safetensors && python3 - <<'EOF'
import json
a, b = (json.load(open(name)) for name in ("d1.json", "d2.json"))
for run in (a, b):
    for key in ("seconds", "steps_per_second", "file"):
        del run[key]
assert a == b, (a, b)
EOF
}
check "train toy: two runs are equal to the byte" deterministic

resumes() {
  exits 0 train --steps 30 --out whole.safetensors && exits 0 train --steps 12 --out part.safetensors &&
    exits 0 "$rivulet" train toy --samples 64 --resume part.safetensors --steps 30 --out rest.safetensors &&
    cmp whole.safetensors rest.safetensors &&
    exits 2 "$rivulet" train toy --resume part.safetensors --width 32
}
check "train toy: a resumed run ends as the whole one" resumes

interrupted() {
  local signal code
  for signal in INT TERM; do
    rm -f stopped.safetensors
    # Started without a function around it, so that $! is the program and not a shell.
    "$rivulet" train toy "${small[@]}" --steps 300000 --json --out stopped.safetensors >stdout 2>stderr &
    sleep 1.5
    kill -"$signal" $!
    code=0
    wait $! || code=$?
    [ "$code" = 0 ] && json stdout 'j["interrupted"] and 0 < j["step"] < 300000' &&
      exits 0 "$rivulet" info stopped.safetensors --json && json stdout 'int(j["metadata"]["step"]) > 0' || return 1
  done
}
check "train toy: SIGINT and SIGTERM save and stop" interrupted

drawn() {
  local strokes=AiAg4OA  # one line, as the lab writes it
  exits 0 train --steps 3 --drawing "$strokes" --json --out drawn.safetensors &&
    json stdout 'j["target"] == "drawn"' && exits 0 "$rivulet" info drawn.safetensors --json &&
    json stdout "j['metadata']['drawing'] == '$strokes'" && exits 2 train --target drawn --steps 3 &&
    says --drawing stderr && exits 1 train --drawing '!!!' --steps 3 && empty stdout
}
check "train toy: a drawing that is missing or malformed" drawn

no_place() { exits 1 train --steps 2 --out no/such/folder/a.safetensors && says no/such/folder stderr; }
check "train toy: a place that cannot be written" no_place

info() {
  exits 0 "$rivulet" info a.safetensors && says in.weight stdout && says shortcut stdout &&
    exits 0 "$rivulet" info a.safetensors --json && json stdout 'j["parameters"] > 100 and j["metadata"]["width"] == "16"' &&
    exits 0 "$rivulet" info toy && says parameters stdout && exits 0 "$rivulet" info toy --json &&
    json stdout 'j["flops"] > 1e6 and j["parameters"] > 30000'
}
check "info" info

graphs() {
  exits 0 "$rivulet" info toy --graph text && says matmul stdout && exits 0 "$rivulet" info toy --graph dot &&
    says digraph stdout && exits 0 "$rivulet" info toy --graph plan && says 'in place' stdout &&
    exits 2 "$rivulet" info toy --graph picture && exits 2 "$rivulet" info a.safetensors --graph dot
}
check "info toy: the graph as text, DOT and plan" graphs

unreadable() {
  head -c 300 /dev/urandom >junk && : >nothing && head -c 200 a.safetensors >cut
  local file
  for file in junk nothing cut missing .; do
    exits 1 "$rivulet" info "$file" && empty stdout && says "rivulet: " stderr || return 1
    exits 1 "$rivulet" sample --model "$file" && empty stdout && says "rivulet: " stderr || return 1
    exits 1 "$rivulet" train toy --resume "$file" && empty stdout || return 1
  done
}
check "files that are missing, cut or no safetensors are 1 with a message" unreadable

samples() {
  exits 0 "$rivulet" sample --model a.safetensors --n 7 --steps 4 && [ "$(wc -l <stdout)" = 7 ] && cp stdout first &&
    exits 0 "$rivulet" sample --model a.safetensors --n 7 --steps 4 && cmp stdout first &&
    exits 0 "$rivulet" sample --model a.safetensors --n 5 --json && json stdout 'len(j["points"]) == 5 and len(j["points"][0]) == 2' &&
    exits 0 "$rivulet" sample --model a.safetensors --n 50 --out points.png && empty stdout &&
    [ "$(head -c 4 points.png | tail -c 3)" = PNG ]
}
check "sample: text, JSON and a picture" samples

benches() {
  exits 0 "$rivulet" bench train --width 16 --batch 32 --seconds 0.2 --json &&
    json stdout 'j["steps_per_second"] > 1 and abs(sum(k["share"] for k in j["kinds"]) - 1) < 1e-6' &&
    exits 0 "$rivulet" bench train --width 16 --batch 32 --seconds 0.1 && says "training steps/s" stdout &&
    exits 0 "$rivulet" bench ops --only matmul --seconds 0.01 --json &&
    json stdout 'j["peak"]["flops_per_second"] > 1e8 and len(j["ops"]) > 0 and all("matmul" in o["name"] for o in j["ops"])' &&
    exits 0 "$rivulet" bench moe --tokens 64 --width 16 --hidden 32 --experts 4,32 --seconds 0 --json &&
    json stdout '[len(r["ways"]) for r in j["races"]] == [4, 4] and all(w["seconds"] > 0 for r in j["races"] for w in r["ways"])' &&
    exits 1 "$rivulet" bench moe --experts 1 --seconds 0 && says chosen stderr
}
check "bench" benches

makes_avatars() {
  local options=(--count 300 --held-out 40)
  exits 0 "$rivulet" data make avatars --out faces "${options[@]}" && empty stdout && says "340 of 340" stderr &&
    exits 0 "$rivulet" data make avatars --out again "${options[@]}" && diff -r faces again &&
    exits 0 "$rivulet" data make avatars --out other "${options[@]}" --seed 1 && ! cmp -s faces/train.npy other/train.npy &&
    exits 0 "$rivulet" data info faces --json &&
    json stdout 'j["name"] == "faces" and (j["side"], j["channels"]) == (16, 3)' &&
    json stdout '[len(a["values"]) for a in j["test"]["attributes"]] == [16, 8, 5, 3, 4, 8, 6]' &&
    json stdout 'all(sum(a["counts"]) == 300 for a in j["train"]["attributes"]) and j["test"]["count"] == 40' &&
    exits 0 "$rivulet" data info faces && says "300 pictures to learn from and 40 held out, 16 x 16 RGB" stdout
}
check "data make avatars: the same numbers give the same set" makes_avatars

held_out() {
  python3 - <<'EOF'
def rows(name, size):
    data = open(f"faces/{name}", "rb").read()[128:]
    return [data[i:i + size] for i in range(0, len(data), size)]

labels = [set(rows(f"{part}-labels.npy", 7)) for part in ("train", "test")]
pictures = [rows(f"{part}.npy", 768) for part in ("train", "test")]
assert not labels[0] & labels[1]
assert [len(p) for p in pictures] == [300, 40] and len(set(pictures[0] + pictures[1])) == 340
EOF
}
check "data make avatars: all different, held out by combination" held_out

no_avatars() {
  exits 1 env PATH=/nowhere RIVULET_CACHE="$folder/cache" "$rivulet" data make avatars --out x && says "npm is missing" stderr &&
    [ ! -e x ] && [ -z "$(ls cache)" ] && : >taken && exits 1 "$rivulet" data make avatars --out taken/x && says taken/x stderr &&
    exits 2 "$rivulet" data make avatars && exits 2 "$rivulet" data make avatars --out x --count 0 && [ ! -e x ]
}
check "data make avatars: without npm, and where nothing can be written" no_avatars

sheets() {
  exits 0 "$rivulet" data sheet faces --n 5 --out sheet.png && empty stdout && [ "$(head -c 4 sheet.png | tail -c 3)" = PNG ] &&
    exits 0 "$rivulet" data atlas faces --part train --n 12 --columns 4 --seed 3 --out atlas.png &&
    json atlas.json 'j["name"] == "faces" and (j["side"], j["count"]) == (16, 12) and len(j["labels"]) == 112' &&
    exits 2 "$rivulet" data atlas faces --out atlas.jpg && exits 1 "$rivulet" data sheet faces --n 41 --out x.png &&
    says "41 pictures of 40" stderr && [ ! -e x.png ] && exits 1 "$rivulet" data info missing && says missing stderr && empty stdout
}
check "data sheet and atlas" sheets

own_pictures() {
  mkdir -p own/cats own/dogs && cp sheet.png own/cats && exits 1 "$rivulet" data info own && says sheet.png stderr &&
    rm -r own/cats && exits 1 "$rivulet" data info own && says "holds no pictures" stderr && empty stdout
}
check "data: a folder of pictures that cannot be used" own_pictures

quiet() {
  # Nothing but results on stdout; progress is for terminals.
  exits 0 train --steps 20 --json --no-save && json stdout 'True' && empty stderr
}
check "no progress line where nobody looks" quiet

finish
