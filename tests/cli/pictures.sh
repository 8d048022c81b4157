#!/usr/bin/env bash
# Training and sampling of picture models, from outside: pictures.sh PATH_OF_RIVULET. Prints "N passed, M failed".
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

# Forty pictures of 8x8 in two folders, dark and bright.
python3 - <<'EOF'
import os, struct, zlib
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
for name, level in (('dark', 20), ('bright', 220)):
    os.makedirs('set/' + name)
    for i in range(20):
        rows = b''.join(b'\0' + bytes((level + i) % 256 for _ in range(24)) for _ in range(8))
        with open(f'set/{name}/{i:02}.png', 'wb') as file:
            file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 8, 8, 8, 2, 0, 0, 0))
                       + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
EOF

small=(--data set --width 16 --depth 1 --heads 2 --batch 16)
train() { "$rivulet" train shortcut "${small[@]}" "$@"; }

help_everywhere() {
  local method set
  for method in flow shortcut moe ddpm distill tarflow tarflow-nll tokens; do
    for set in '' -avatars -fashion; do
      exits 0 "$rivulet" train $method$set --help && says --resume stdout && empty stderr || return 1
    done
  done
  exits 2 "$rivulet" train shortcut && exits 2 "$rivulet" train flow-avatars --bootstrap 0.5 &&
    exits 2 "$rivulet" train shortcut-avatars --batch 1
}
check "every set and method has --help, and bad usage is 2" help_everywhere

trains() {
  exits 0 train --steps 30 --json --out a.safetensors --log-every 10 --checkpoint-seconds 0 &&
    json stdout 'j["step"] == 30 and j["method"] == "shortcut" and j["samples_per_second"] > 0 and not j["interrupted"]' &&
    exits 0 "$rivulet" info a.safetensors --json &&
    json stdout 'j["metadata"]["command"].startswith("rivulet train shortcut --steps 30") and j["training_numbers"] == 0' &&
    [ "$(wc -l <a.jsonl)" = 3 ] && head -1 a.jsonl >line && json line 'j["step"] == 10 and "self_loss" in j and j["seconds"] > 0' &&
    [ "$(head -c 4 a.png | tail -c 3)" = PNG ] && exits 0 "$rivulet" info a.ckpt --json &&
    json stdout 'j["training_numbers"] > j["parameters"]'
}
check "train: weights, checkpoint, log and pictures" trains

resumes() {
  exits 0 train --steps 40 --out whole.safetensors --ema-decay 0.9 || return 1
  # Stopped on its way; the schedule stays that of the whole run.
  "$rivulet" train shortcut "${small[@]}" --steps 40 --out part.safetensors --ema-decay 0.9 --checkpoint-seconds 0 >stdout 2>stderr &
  local child=$!
  while kill -0 $child 2>/dev/null && [ ! -s part.ckpt ]; do sleep 0.02; done
  kill -INT $child 2>/dev/null
  wait $child
  exits 0 "$rivulet" train shortcut --data set --resume part.ckpt --steps 40 --out part.safetensors &&
    cmp whole.safetensors part.safetensors && cmp whole.ckpt part.ckpt &&
    exits 2 "$rivulet" train shortcut --data set --resume part.ckpt --width 32 && says settled stderr &&
    exits 1 "$rivulet" train flow --data set --resume part.ckpt && says "was trained by shortcut" stderr &&
    exits 1 "$rivulet" train shortcut --data set --resume a.safetensors && says "weights to sample from" stderr
}
check "train: a run that was stopped ends as the whole one, to the byte" resumes

interrupted() {
  local signal code
  for signal in INT TERM; do
    rm -f stopped.*
    "$rivulet" train shortcut "${small[@]}" --steps 300000 --json --out stopped.safetensors >stdout 2>stderr &
    sleep 1.5
    kill -"$signal" $!
    code=0
    wait $! || code=$?
    [ "$code" = 0 ] && json stdout 'j["interrupted"] and 0 < j["step"] < 300000' &&
      exits 0 "$rivulet" info stopped.ckpt --json && json stdout 'int(j["metadata"]["step"]) > 0' || return 1
  done
}
check "train: SIGINT and SIGTERM save and stop" interrupted

distills() (
  trap 'mv unseen set' EXIT
  exits 0 "$rivulet" train flow "${small[@]}" --steps 20 --out teacher.safetensors &&
    exits 0 train --steps 20 --out begin.safetensors || return 1
  mv set unseen  # no data, from here on
  distill=("$rivulet" train distill --teacher teacher.safetensors --first begin.safetensors --batch 8 --fake-steps 2)
  exits 0 "${distill[@]}" --steps 30 --lambda 0.5 --out student.safetensors --json &&
    json stdout 'j["step"] == 30 and j["method"] == "distillation"' &&
    exits 0 "$rivulet" info student.safetensors --json &&
    json stdout 'j["metadata"]["method"] == "distilled" and "--lambda 0.5" in j["metadata"]["command"]' || return 1
  exits 1 "$rivulet" train distill --resume part.ckpt && says "was trained by shortcut" stderr || return 1
  rm part.*
  "${distill[@]}" --steps 30 --lambda 0.5 --out part.safetensors --checkpoint-seconds 0 >stdout 2>stderr &
  child=$!
  while kill -0 $child 2>/dev/null && [ ! -s part.ckpt ]; do sleep 0.02; done
  kill -INT $child 2>/dev/null
  wait $child
  mv teacher.safetensors gone.safetensors
  exits 0 "$rivulet" train distill --resume part.ckpt --steps 30 --out part.safetensors &&
    cmp student.safetensors part.safetensors && cmp student.ckpt part.ckpt &&
    exits 0 "$rivulet" sample --model student.safetensors --n 4 --steps 1 --out student.png &&
    exits 1 "$rivulet" sample --model student.safetensors --n 4 --steps 4 --out student.png && says "in one step" stderr &&
    exits 1 "$rivulet" train distill --teacher nowhere.safetensors && says nowhere.safetensors stderr &&
    exits 2 "$rivulet" train distill && exits 2 "${distill[@]}" --lambda 9
)
check "train distill: a one-step student without data; resumed without its teacher" distills

no_place() {
  exits 1 train --steps 2 --out no/such/folder/a.safetensors && says no/such/folder stderr &&
    exits 1 "$rivulet" train shortcut --data nowhere && says nowhere stderr &&
    exits 1 train --steps 2 --patch 3 && says "do not tile" stderr
}
check "train: places and sizes that will not do" no_place

full_disk() {
  # /dev/full takes no byte: what is written there fails as on a full disk.
  mkdir -p full && ln -sf /dev/full full/a.ckpt.part && exits 0 train --steps 3 --out full/a.safetensors --checkpoint-seconds 0 &&
    says "no checkpoint at step 1" stderr && says "full/a.ckpt" stderr
}
check "train: a full disk is told, and training goes on" full_disk

samples() {
  exits 0 "$rivulet" sample --model a.safetensors --n 5 --steps 2 --class bright --guidance 2 --out s.png --json &&
    json stdout 'len(j["labels"]) == 5 and all(list(l.values()) == ["bright"] for l in j["labels"])' && cp s.png first.png &&
    exits 0 "$rivulet" sample --model a.safetensors --n 5 --steps 2 --class bright --guidance 2 --out s.png && cmp s.png first.png &&
    exits 0 "$rivulet" sample --model a.safetensors --n 2 --class any --out s.png &&
    exits 1 "$rivulet" sample --model a.safetensors --class green --out s.png && says "only bright, dark, any" stderr &&
    exits 2 "$rivulet" sample --model a.safetensors && says --out stderr
}
check "sample: by class, the same bytes each time" samples

judges() {
  exits 0 "$rivulet" train judge --data set --steps 30 --json --out j.safetensors && json stdout 'j["step"] == 30' &&
    exits 0 "$rivulet" info j.safetensors --json && json stdout 'j["metadata"]["command"] == "rivulet train judge --steps 30"' &&
    exits 0 "$rivulet" eval --model j.safetensors --data set --json && json stdout 'list(j["accuracy"]) == ["class"] and 0 <= j["accuracy"]["class"] <= 1' &&
    exits 1 "$rivulet" train judge --data set --steps 40 --resume a.ckpt && says architecture stderr
}
check "train judge, and its accuracies" judges

diffusion() {
  local ddpm=("$rivulet" train ddpm --data set --width 16 --depth 1 --heads 2 --batch 16)
  exits 0 "${ddpm[@]}" --steps 20 --predict x0 --json --out d.safetensors && json stdout 'j["step"] == 20 and j["method"] == "ddpm (x0)"' &&
    exits 0 "$rivulet" info d.safetensors --json && json stdout 'j["metadata"]["prediction"] == "x0" and "--predict x0" in j["metadata"]["command"]' &&
    [ "$(head -c 4 d.png | tail -c 3)" = PNG ] && exits 0 "${ddpm[@]}" --steps 30 --out whole.safetensors &&
    exits 0 "${ddpm[@]}" --steps 30 --out part.safetensors --checkpoint-seconds 0 && cmp whole.safetensors part.safetensors &&
    exits 2 "$rivulet" train ddpm --data set --resume part.ckpt --predict eps && says settled stderr &&
    exits 2 "${ddpm[@]}" --predict flow && exits 1 "$rivulet" train ddpm --data set --resume a.ckpt && says "as a flow model" stderr &&
    exits 0 "$rivulet" sample --model d.safetensors --n 3 --steps 4 --class dark --out s.png --json && json stdout 'j["steps"] == 4' &&
    cp s.png first.png && exits 0 "$rivulet" sample --model d.safetensors --n 3 --steps 4 --class dark --out s.png && cmp s.png first.png &&
    exits 0 "$rivulet" eval --model d.safetensors --data set --judge j.safetensors --n 8 --steps 2 --json &&
    json stdout 'j["method"] == "ddpm" and list(j["steps"]) == ["2"]'
}
check "denoising diffusion: trained, drawn, evaluated" diffusion

tokens() {
  local others=("$rivulet" train tokens --data set --pictures 30 --held-out 4 --width 16 --depth 1 --heads 2 --batch 8)
  local train=("${others[@]}" --decoder d.safetensors)
  exits 0 "${train[@]}" --steps 10 --json --out t.safetensors && json stdout 'j["step"] == 10 and 7 < j["held_out_bits_per_token"] < 9' &&
    [ "$(head -c 4 t.png | tail -c 3)" = PNG ] && cp t.codes kept.codes &&
    exits 0 "${train[@]}" --steps 20 --look index --codes kept.codes --out i.safetensors && ! says "codes of" stderr >/dev/null &&
    exits 0 "$rivulet" train tokens --data set --decoder d.safetensors --resume t.ckpt --steps 12 --out t.safetensors && ! says "codes of" stderr >/dev/null &&
    exits 1 "${others[@]}" --decoder whole.safetensors --codes kept.codes && says "they are others: of decoder" stderr &&
    exits 0 "$rivulet" sample --model t.safetensors --decoder d.safetensors --n 3 --temperature 0.5 --out s.png --json &&
    json stdout 'len(j["uuids"]) == 3 and all(len(u) == 36 for u in j["uuids"]) and j["steps"] == 16' &&
    exits 1 "$rivulet" sample --model t.safetensors --decoder whole.safetensors --out s.png && says "these codes are for" stderr &&
    exits 0 "$rivulet" eval --model t.safetensors --decoder d.safetensors --data set --judge j.safetensors --n 8 --json &&
    json stdout 'list(j["rows"]) == ["ddpm", "own", "random", "tokens", "told"] and len(j["bits_per_token"]["each"]) == 16'
}
check "models of codes: trained, drawn, evaluated" tokens

evaluates() {
  exits 0 "$rivulet" eval --model a.safetensors --data set --judge j.safetensors --n 8 --steps 1,2 --json &&
    json stdout 'j["samples"] == 8 and list(j["steps"]) == ["1", "2"] and all(s["frechet"] >= 0 for s in j["steps"].values())' &&
    exits 0 "$rivulet" eval --model a.safetensors --data set --judge j.safetensors --n 8 --steps 1 && says Frechet stdout &&
    exits 1 "$rivulet" eval --model a.safetensors --data nowhere --judge j.safetensors && says nowhere stderr &&
    exits 1 "$rivulet" eval --model a.safetensors --data set --judge a.safetensors --n 8 && says architecture stderr
}
check "eval: a model's samples against held-out data" evaluates

experts() {
  exits 0 "$rivulet" train moe "${small[@]}" --experts 4 --chosen 2 --steps 20 --out m.safetensors &&
    exits 0 "$rivulet" info m.safetensors && says "4 a layer, of which a token uses 2" stdout && says "active in a token" stdout &&
    exits 0 "$rivulet" info m.safetensors --json &&
    json stdout 'j["experts"]["n"] == 4 and j["experts"]["active_parameters"] == j["parameters"] - 2 * 2 * 16 * j["experts"]["hidden"]' &&
    exits 0 "$rivulet" info a.safetensors --json && json stdout '"experts" not in j' &&
    exits 0 "$rivulet" eval --model m.safetensors --data set --no-samples --json && cp stdout first &&
    json stdout 'len(j["held_out"]["layers"]) == 1 and abs(sum(j["held_out"]["layers"][0]["load"]) - 1) < 1e-9' &&
    json stdout 'j["held_out"]["layers"][0]["max_violation"] >= 0 and j["held_out"]["layers"][0]["per_token"] == 2' &&
    exits 0 "$rivulet" eval --model m.safetensors --data set --no-samples --json && cmp stdout first &&
    exits 0 "$rivulet" eval --model m.safetensors --data set --no-samples && says MaxVio stdout &&
    exits 0 "$rivulet" eval --model m.safetensors --data set --judge j.safetensors --n 8 --steps 1 && says MaxVio stdout && says Frechet stdout &&
    exits 0 "$rivulet" eval --model a.safetensors --data set --no-samples --json && json stdout 'j["held_out"]["flow_loss"] > 0 and j["held_out"]["layers"] == []' &&
    exits 1 "$rivulet" eval --model d.safetensors --data set --no-samples && says "for models of flow" stderr
}
check "experts: trained, described, their loads on held-out pictures" experts

students() {
  local teacher=("$rivulet" train distill-avatars --batch 8 --fake-steps 2 --first a.safetensors)
  exits 0 "${teacher[@]}" --teacher a.safetensors --steps 9 --json --out o.safetensors --checkpoint-seconds 0 &&
    json stdout 'j["step"] == 9 and j["method"] == "distillation"' &&
    exits 0 "$rivulet" info o.safetensors --json &&
    json stdout 'j["metadata"]["method"] == "distilled" and j["metadata"]["fake_steps"] == "2" and j["training_numbers"] == 0' &&
    exits 0 "$rivulet" sample --model o.safetensors --n 3 --class dark --out s.png --json && json stdout 'j["steps"] == 1' &&
    exits 1 "$rivulet" sample --model o.safetensors --n 3 --steps 2 --out s.png && says "in one step, not in 2" stderr &&
    exits 1 "$rivulet" sample --model o.safetensors --n 3 --guidance 2 --out s.png && says "cannot be guided" stderr &&
    exits 1 "$rivulet" sample --model o.safetensors --n 3 --sampler ddim --out s.png && says "one-step student" stderr &&
    exits 0 "$rivulet" eval --model o.safetensors --data set --judge j.safetensors --n 8 --json &&
    json stdout 'list(j["steps"]) == ["1"] and j["method"] == "distilled" and "held_out" not in j' &&
    exits 1 "$rivulet" eval --model o.safetensors --data set --judge j.safetensors --n 8 --steps 1,2 && says "in one step, not in 2" stderr &&
    exits 1 "$rivulet" eval --model o.safetensors --data set --no-samples && says "for models of flow" stderr &&
    exits 1 "$rivulet" encode --model o.safetensors set/dark/03.png e.ddcm && says "one-step student" stderr &&
    exits 1 "${teacher[@]}" --teacher o.safetensors --steps 3 && says "one-step student" stderr &&
    exits 1 "$rivulet" train shortcut --data set --resume o.ckpt && says "was trained by distilled" stderr &&
    exits 1 "$rivulet" train ddpm --data set --resume o.ckpt && says "one-step student" stderr
}
check "students: distilled, described, drawn in one step; what needs more steps refuses them" students

flows() {
  local sampler
  exits 0 "$rivulet" train tarflow "${small[@]}" --blocks 2 --steps 20 --out f.safetensors && [ "$(head -c 4 f.png | tail -c 3)" = PNG ] &&
    exits 0 "$rivulet" train tarflow-nll "${small[@]}" --given halves --patch 2 --steps 5 --out h.safetensors && [ -e h.png ] &&
    exits 0 "$rivulet" train tarflow "${small[@]}" --direction to-data --patch 4 --steps 2 --out r.safetensors && [ -e r.png ] &&
    exits 1 "$rivulet" train tarflow-nll --data set --resume f.ckpt && says gaussian stderr || return 1
  for sampler in sequential jacobi gsj; do
    exits 0 "$rivulet" sample --model f.safetensors --n 3 --denoise --sampler $sampler --guidance 2 --out s.png --json &&
      json stdout 'len(j["runs"]) == 2 and j["runs"][0] == 63' || return 1
  done
  exits 1 "$rivulet" sample --model f.safetensors --steps 3 --out s.png && says sweeps stderr &&
    exits 0 "$rivulet" sample --model h.safetensors --n 3 --out s.png --json && json stdout 'set(j["runs"]) == {1}' &&
    exits 0 "$rivulet" sample --model r.safetensors --n 3 --denoise --out s.png --json && json stdout 'set(j["runs"]) == {1}' &&
    exits 1 "$rivulet" sample --model a.safetensors --denoise --out s.png && says TarFlow stderr &&
    exits 0 "$rivulet" invert --model f.safetensors set/dark/03.png way.png --class dark --json &&
    json stdout 'j["round_trip"] < 1e-3 and abs(j["latent_rms"] - 1) < 1 and j["cut"] == 0' &&
    exits 0 "$rivulet" invert --model f.safetensors set/dark/03.png way.png --zero 60,4 --latent-noise 0.5 &&
    exits 1 "$rivulet" invert --model f.safetensors set/dark/03.png way.png --zero 60,5 && says "64 tokens" stderr &&
    exits 0 "$rivulet" eval --model f.safetensors --data set --judge j.safetensors --n 8 --json &&
    json stdout 'j["held_out"]["nats_error_95"] > 0 and list(j["samples_of"]) == ["as drawn", "denoised"]' &&
    exits 0 "$rivulet" bench tarflow --model f.safetensors --batches 2 --groups 4 --seconds 0 --json &&
    json stdout 'len(j["samplers"]) == 3 and all(s["largest_difference"] < 1e-3 for s in j["samplers"])'
}
check "TarFlow: trained, drawn, inverted, evaluated" flows

bytes_flow() {
  exits 0 "$rivulet" train tarflow-nll "${small[@]}" --tone logarithmic --steps 5 --out b.safetensors &&
    exits 0 "$rivulet" info b.safetensors && says logarithmic stdout && says triangular stdout &&
    exits 0 "$rivulet" train tarflow-nll --data set --resume b.ckpt --steps 6 --out b2.safetensors && exits 0 "$rivulet" info b2.safetensors &&
    says logarithmic stdout &&
    exits 0 "$rivulet" train tarflow "${small[@]}" --coupling triangular --steps 2 --out t.safetensors &&
    exits 2 "$rivulet" train tarflow "${small[@]}" --tone logarithmic && exits 2 "$rivulet" train tarflow-nll "${small[@]}" --coupling square &&
    exits 0 "$rivulet" sample --model b.safetensors --n 3 --guidance 2 --out s.png &&
    exits 1 "$rivulet" sample --model b.safetensors --denoise --out s.png && says "without Gaussian noise" stderr &&
    exits 0 "$rivulet" sample --model t.safetensors --n 3 --denoise --sampler gsj --out s.png &&
    exits 0 "$rivulet" invert --model b.safetensors set/dark/03.png way.png --sampler jacobi --json &&
    json stdout 'j["round_trip"] < 1e-3 and j["bits_per_dim"] > 0' &&
    exits 0 "$rivulet" eval --model b.safetensors --data set --judge j.safetensors --n 8 --json &&
    json stdout 'j["held_out"]["bits_per_dim"] > 0 and list(j["samples_of"]) == ["as drawn"]'
}
check "TarFlow of bytes: tone and triangular coupling" bytes_flow

plane_flow() {
  exits 0 "$rivulet" train tarflow-plane --target rings --blocks 2 --width 8 --batch 64 --steps 30 --out p.safetensors --json &&
    json stdout 'j["step"] == 30 and abs(j["entropy"] - 1.829) < 1e-2 and j["nll"] > j["entropy"]' &&
    exits 0 "$rivulet" train tarflow-plane --coupling additive --keep-order --direction to-data --steps 2 --blocks 1 && says entropy stdout &&
    exits 2 "$rivulet" train tarflow-plane --target cube && says "there is no 'cube', only eight-gaussians" stderr
}
check "TarFlow of the plane: its likelihood against the entropy" plane_flow

plane_students() {
  local small=(--width 16 --depth 2 --batch 64 --samples 256 --json)
  exits 0 "$rivulet" train distill-toy "${small[@]}" --steps 60 --lambda 0.5 --trace 20 &&
    json stdout 'j["step"] == 60 and j["lambda"] == 0.5 and len(j["trace"]) == 3 and j["l1"] > 0 and j["stopped"] == ""' &&
    json stdout 'j["energy_distance"] < j["trace"][0]["energy_distance"] and j["deviation"] > j["trace"][0]["deviation"]' &&
    exits 0 "$rivulet" train distill-toy "${small[@]}" --steps 60 --gaussian --start 4 --loss family --lambda 1.5 &&
    json stdout 'j["target"] == "gaussian" and j["deviation"] > 4 and abs(j["data_deviation"] - 1) < 0.2' &&
    exits 0 "$rivulet" train distill-toy "${small[@]}" --steps 5 --loss l1 --level 0.5 --fake-steps 2 --target rings &&
    json stdout 'j["levels"] == [0.5, 0.5] and j["fake_steps"] == 2' &&
    exits 0 "$rivulet" train distill-toy "${small[@]}" --steps 60 --method drifting --tau 1 &&
    json stdout 'j["tau"] == 1 and "lambda" not in j and j["sliced_wasserstein2"] < 1.2' &&
    exits 0 "$rivulet" train distill-toy --steps 5 --samples 64 && says "energy distance" stdout &&
    exits 2 "$rivulet" train distill-toy --lambda 4 && exits 2 "$rivulet" train distill-toy --loss l5
}
check "one-step generators of the plane: distilled and drifting" plane_students

finish
