#!/usr/bin/env bash
# Emscripten where neither namespaces nor mounts are allowed: through proot. Only where its root file system is there already.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
root=$(ls -d "${RIVULET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rivulet}"/trixie-*/root 2>/dev/null | tail -n 1)

through_proot() {
  (. "$here/cmake/setup.sh" && need proot) || return 1
  export RIVULET_ROOT_BY=proot
  mkdir -p tools/bin && ln -sfn "$root" tools/root && install "$here/cmake/web/in-root.sh" tools/bin/in-root || return 1
  ln -sf in-root tools/bin/em++ && ln -sf in-root tools/bin/node || return 1
  printf '#include <cstdio>\nint main() { std::puts("made through proot"); }\n' >hello.cpp
  tools/bin/em++ -O1 -fwasm-exceptions -c hello.cpp -o hello.o || return 1
  # More than once: every second run once lost its heap.
  for _ in 1 2 3 4; do
    tools/bin/em++ -fwasm-exceptions hello.o -o hello.js && tools/bin/node hello.js >out && says "made through proot" out || return 1
  done
}
[ -z "$root" ] || check "a program compiled, linked and run through proot" through_proot

ways() {
  exits 0 env RIVULET_ROOT_BY=bwrap "$here/cmake/web/in-root.sh" --possible || return 1
  mkdir -p bin && ln -sf "$(command -v sh)" bin/sh || return 1
  exits 1 env PATH="$PWD/bin" RIVULET_ROOT_BY=proot "$here/cmake/web/in-root.sh" --possible && says "apt-get install proot" stderr
}
check "a machine with none of the ways says what to install" ways
finish
