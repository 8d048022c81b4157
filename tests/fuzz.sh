#!/usr/bin/env bash
# Looks for files, links and drawings that break what reads them: the fuzzers of tests/fuzz/, with sanitizers, two side by side.
#   tests/fuzz.sh [SECONDS] [NAME]...        each for so long (600), from the corpus on; of all, or of these
# New inputs stay in build/fuzz/NAME, to go on from; what fails, in build/fuzz/NAME-*. tests/README.md has the last result.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"
. "$repo/cmake/build.sh"

seconds=600
if [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then seconds=$1; shift; fi
cd "$repo/tests/fuzz/corpus"
names=("$@")
[ $# -gt 0 ] || names=(*)
for name in "${names[@]}"; do [ -d "$name" ] || die "no fuzzer $name: there are $(echo *)"; done
cd "$repo"

test_tools
need clang-19 libclang-rt-19-dev
build native-fuzz "${names[@]/#/fuzz_}"

# fuzz NAME: runs it, and says in a line what came of it.
fuzz() {
  local found=build/fuzz/$1 log=build/logs/fuzz-$1.log status=0 runs failed
  mkdir -p "$found" build/logs
  ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    "build/native-fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2560 -print_final_stats=1 \
    -artifact_prefix="$found-" "$found" "tests/fuzz/corpus/$1" >"$log" 2>&1 </dev/null || status=$?
  runs=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log")
  failed=$(sed -nE 's/.*Test unit written to //p' "$log" | tail -1)
  if [ $status = 0 ]; then echo "$1: $runs inputs, none failed"; else echo "$1: FAILED after ${runs:-no} inputs: ${failed:-see $log}"; fi
  return $status
}
export -f fuzz
export seconds
printf '%s\0' "${names[@]}" | xargs -0 -P 2 -I{} bash -c 'set -euo pipefail; fuzz "$1"' _ {}
