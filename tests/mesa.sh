#!/usr/bin/env bash
# Runs a program with the newest Mesa that Debian 13 offers: the card that it plays multiplies small matrices, as Debian 12's does not.
#   tests/mesa.sh [--watched] PROGRAM [ARGUMENT...]        --watched: by Vulkan's validation layers, which say what is wrong
#   tests/mesa.sh --watched build/native/rivulet_tests -tc="gpu: products of halves*"
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"
if [ "${1:-}" = --watched ]; then export VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation; shift; fi
[ $# -gt 0 ] || die "which program? (see the head of this script)"
root=$("$repo/cmake/deps.sh" mesa)
libraries=$(dirname "$(echo "$root"/usr/lib/*/libvulkan_lvp.so)")
# A program of this machine, with the C library that this Mesa was built for.
driver=$(mktemp --suffix=.json) && trap 'rm -f "$driver"' EXIT
sed "s#\"library_path\": *\"#&$libraries/#" "$root/usr/share/vulkan/icd.d/lvp_icd.json" >"$driver"
VK_ICD_FILENAMES=$driver VK_LAYER_PATH=$root/usr/share/vulkan/explicit_layer.d \
  "$(echo "$libraries"/ld-linux-*.so.*)" --library-path "$libraries" "$@"
