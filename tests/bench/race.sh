#!/usr/bin/env bash
# Inference of one diffusion transformer against onnxruntime and jax-js, training against jax-js, and TarFlow against its limit:
#   tests/bench/race.sh web [ROUNDS]                both our WebAssembly modules and onnxruntime-web in one Chromium
#   tests/bench/race.sh jax [TURNS] [MILLISECONDS]  training in the plane and that transformer: our module and jax-js, one thread each
#   tests/bench/race.sh stages [SECONDS]            where the transformer's time goes in our module, with one thread and with two
#   tests/bench/race.sh native [TURNS]              our native device and onnxruntime-node, processes by turns, one thread each
#   tests/bench/race.sh tarflow [FILE] [TOLERANCE]  samplers and one pass forward, both our WebAssembly modules in one Chromium
#   tests/bench/race.sh moe [TOKENS] [SECONDS]      layers of experts and a dense one, both our WebAssembly modules in one Chromium
#   tests/bench/race.sh page [VISITS] [CHANGES]     first frame, answers while training, memory after changes of the lab, all three modules
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/setup.sh"
. "$repo/cmake/build.sh"
bench=$repo/tests/bench
mkdir -p "$repo/build"
have node || need nodejs
have npm || need npm
# The packages' install scripts fetch what only a graphics processor uses.
[ -d "$bench/node_modules/onnxruntime-web" ] && [ "$bench/node_modules" -nt "$bench/package-lock.json" ] ||
  quiet "Installing the packages of tests/bench" npm --prefix "$bench" ci --ignore-scripts --no-audit --no-fund || die "npm could not install the packages of tests/bench"

# Chromium, and modules for it: by default both.
modules() {
  local preset
  have chromium || need chromium
  web_tools
  for preset in ${*:-web web-baseline}; do build "$preset" rivulet-bench; done
}

case ${1:-} in
  web)
    modules
    exec node "$bench/race.mjs" "${2:-60}" ;;
  jax)
    modules web
    exec node "$bench/jax.mjs" "${2:-20}" "${3:-250}" ;;
  stages)
    modules web
    exec node "$bench/stages.mjs" "${2:-2}" ;;
  native)
    native_tools
    build native rivulet
    exec node "$bench/native.mjs" "$repo/build/native/rivulet" "${2:-5}" ;;
  tarflow)
    modules
    exec node "$bench/tarflow.mjs" "${2:-$repo/assets/models/tarflow-avatars.safetensors}" "${3:-3e-5}" ;;
  moe)
    modules
    exec node "$bench/moe.mjs" "${2:-1024}" "${3:-4}" ;;
  page)
    have chromium || need chromium
    web_tools
    for preset in web web-baseline web-simd; do build $preset site; done
    [ -d "$repo/web/node_modules/playwright-core" ] || quiet "Installing the browser tests' packages" npm --prefix "$repo/web" ci --no-audit --no-fund
    exec node "$bench/page.mjs" "${2:-7}" "${3:-125}" ;;
  *) sed -n '2,9s/^# \?//p' "$0"; exit 2 ;;
esac
