#!/usr/bin/env bash
# A card beside the bars that it is to reach, in less than 8 minutes:
#   tests/bench/gpu.sh [DEVICE=gpu] [PEAK]    PEAK: of the card, in Tflop/s of float32, to give shares of it
# With python3 and PyTorch 2 for the card, PyTorch's training step too. SECONDS_EACH=N measures each for so long (default 10).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/setup.sh"
. "$repo/cmake/build.sh"
device=${1:-gpu} peak=${2:-} each=${SECONDS_EACH:-10}
[ -n "${RIVULET:-}" ] || { gpu_tools libvulkan1; cli_tools; mkdir -p "$repo/build"; build native rivulet; }
rivulet=${RIVULET:-$repo/build/native/rivulet}
limited() { timeout 90 "$@" || echo "(no result, or none within 90 s)" >&2; }
field() { python3 -c "import json, sys; j = json.load(sys.stdin); print($1)" 2>/dev/null; }
bar() { printf '%-58s %14s   bar: %s\n' "$1" "$2" "$3"; }

"$rivulet" devices
echo
echo "Products, and all other operations (the share is of one processor's thread)"
limited "$rivulet" bench ops --device "$device" --only "matmul " --seconds 0.5
limited "$rivulet" bench ops --device "$device" --seconds 0.1
product=$(limited "$rivulet" bench ops --device "$device" --only "matmul 4096x4096" --seconds 2 --json | field 'j["ops"][0]["rate"] / 1e12' || echo nan)
halves=$("$rivulet" devices --json | field 'next(d["name"] for d in j["devices"] if d["name"].endswith(":half") and not d["software"])' || true)
small=nan error=nan
if [ -n "$halves" ]; then
  echo
  echo "Products of halves"
  limited "$rivulet" bench ops --device "$halves" --only "matmul " --seconds 0.5
  measured=$(limited "$rivulet" bench ops --device "$halves" --only "matmul 4096x4096" --seconds 2 --json)
  small=$(field 'j["ops"][0]["rate"] / 1e12' <<<"$measured" || echo nan) error=$(field '"%.1e" % j["ops"][0]["error"]' <<<"$measured" || echo nan)
fi
echo
echo "Where the time of a training step goes"
limited "$rivulet" bench pictures --device "$device" --only training --seconds "$each"

rate='round(j["batch"] / j["training"]["seconds"], 1)'
ours=$(limited "$rivulet" bench pictures --device "$device" --only training --seconds "$each" --json | field "$rate" || echo nan)
cores=$(limited "$rivulet" bench pictures --device cpu --threads 2 --only training --seconds "$each" --json | field "$rate" || echo nan)
plane=$(limited "$rivulet" bench train --device "$device" --seconds "$each" --json | field 'round(j["steps_per_second"])' || echo nan)
theirs=nan cublas=nan
if python3 -c 'import torch, sys; sys.exit(not (torch.cuda.is_available() and hasattr(torch, "set_default_device")))' 2>/dev/null; then
  theirs=$(limited python3 "$repo/tests/bench/train-pytorch.py" --device cuda --seconds "$each" | cut -d' ' -f1)
  cublas=$(limited python3 "$repo/tests/bench/half-pytorch.py")
fi

echo
share() { awk -v a="$1" -v b="$2" 'BEGIN { if (a + 0 > 0 && b + 0 > 0) printf "%.2f", a / b; else print "not measured" }'; }
bar "product of 4096, Tflop/s" "$product" ">= 0.50 of the card's peak${peak:+: $(share "$product" "$peak")}"
bar "product of 4096, of halves, Tflop/s (error $error)" "$small" "-"
bar "... beside cuBLAS ($cublas)" "$(share "$small" "$cublas")" ">= 0.40"
bar "training of the transformer, pictures/s" "$ours" "-"
bar "... beside two threads of the processor ($cores)" "$(share "$ours" "$cores")" ">= 30"
bar "... beside PyTorch in float32 on the card ($theirs)" "$(share "$ours" "$theirs")" ">= 1.0"
bar "the plane's model of 3x128, steps/s" "$plane" ">= 2000"
