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

ours=() theirs=()
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for ((turn = 1; turn <= turns; ++turn)); do
  ours+=("$("$rivulet" bench pictures --only training --seconds 8 --json "$@" |
    python3 -c 'import json, sys; print(round(json.load(sys.stdin)["training"]["samples_per_second"], 1))')")
  theirs+=("$(/usr/bin/python3 "$repo/tests/bench/train-pytorch.py" --seconds 8 "$@")")
  echo "turn $turn: rivulet ${ours[-1]}, PyTorch ${theirs[-1]} samples/s"
done
a=$(median "${ours[@]}") b=$(median "${theirs[@]}")
echo "median: rivulet $a, PyTorch $b samples/s, ratio $(awk "BEGIN { printf \"%.2f\", $a / $b }")"
