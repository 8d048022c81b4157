#!/usr/bin/env bash
# A room of lib/rivulet includes only rooms above it (and itself); Dear ImGui and SDL are included in ui/ alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../lib/rivulet"
rooms=(core graph exec io data nn models train metrics words live ui)

{
  for i in "${!rooms[@]}"; do
    [ -d "${rooms[i]}" ] || continue
    below=$(IFS='|'; echo "${rooms[*]:i+1}")
    [ -z "$below" ] || grep -rnE "#include [<\"]rivulet/($below)/" "${rooms[i]}" || true
  done
  grep -rnE '#include [<"](imgui|SDL|GL/|GLES)' --exclude-dir=ui . || true
  grep -rnE '#include [<"](xnnpack|pthreadpool)\.h' --exclude-dir=xnnpack . || true
  grep -rnE '#include [<"](volk|vulkan/)' --exclude-dir=vulkan . || true
  for dir in */; do [[ " ${rooms[*]} " == *" ${dir%/} "* ]] || echo "${dir%/}: not a room of design"; done
} >"${TMPDIR:-/tmp}/rivulet-layers.$$"
trap 'rm -f "${TMPDIR:-/tmp}/rivulet-layers.$$"' EXIT
if [ -s "${TMPDIR:-/tmp}/rivulet-layers.$$" ]; then
  echo "A room includes only rooms above it (${rooms[*]}); these do not:"
  cat "${TMPDIR:-/tmp}/rivulet-layers.$$"
  exit 1
fi
