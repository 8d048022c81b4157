#!/usr/bin/env bash
# Training steps of one diffusion transformer, ours and PyTorch's by turns, one thread each:
#   tests/bench/train.sh [TURNS] [--side N --channels N --patch N --width N --depth N --heads N --batch N --threads N]
# Prints samples a second, medians and their ratio.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/setup.sh"
. "$repo/cmake/build.sh"
turns=5
case ${1:-} in [0-9]*) turns=$1; shift ;; esac
need python3-torch libopenblas0-pthread  # PyTorch's products are those of the system's BLAS: the fast one
native_tools
[ -n "${RIVULET:-}" ] || { mkdir -p "$repo/build"; build native rivulet; }
rivulet=${RIVULET:-$repo/build/native/rivulet}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# median FIELD LINES...; best FIELD LINES...
median() { local field=$1; shift; printf '%s\n' "$@" | awk -v f="$field" '{ print $f }' | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
best() { local field=$1; shift; printf '%s\n' "$@" | awk -v f="$field" '$f > most { most = $f } END { print most }'; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
ours=() theirs=()
for ((turn = 1; turn <= turns; ++turn)); do
  ours+=("$("$rivulet" bench pictures --only training --seconds 8 --json "$@" | /usr/bin/python3 -c '
import json, sys
report = json.load(sys.stdin)
step = report["training"]
print(*(round(report["batch"] / step[key], 1) for key in ("seconds", "fastest_seconds")))')")
  theirs+=("$(/usr/bin/python3 "$repo/tests/bench/train-pytorch.py" --seconds 8 "$@")")
  echo "turn $turn, samples/s (median best): rivulet ${ours[-1]}, PyTorch ${theirs[-1]}"
done
a=$(median 1 "${ours[@]}") b=$(median 1 "${theirs[@]}")
echo "medians: rivulet $a, PyTorch $b samples/s, ratio $(ratio "$a" "$b")"
a=$(best 2 "${ours[@]}") b=$(best 2 "${theirs[@]}")
echo "best steps (what a busy machine disturbs least): rivulet $a, PyTorch $b samples/s, ratio $(ratio "$a" "$b")"
