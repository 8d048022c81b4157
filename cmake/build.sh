# Installing tools and building, for run and test; sourced after setup.sh.

# A fresh clone compiles nothing that this machine compiled before.
export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$repo CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
export CMAKE_CXX_COMPILER_LAUNCHER=ccache

native_tools() {
  need build-essential ccache cmake ninja-build ca-certificates curl xz-utils debian-archive-keyring libfmt-dev nlohmann-json3-dev libcli11-dev \
    doctest-dev libstb-dev libcpuinfo-dev libsdl2-dev libgl-dev libjpeg62-turbo-dev libwebp-dev zlib1g-dev fonts-noto-cjk python3-fonttools
}

web_tools() {
  need ccache cmake ninja-build ca-certificates curl xz-utils debian-archive-keyring mmdebstrap bubblewrap python3 fonts-noto-cjk python3-fonttools
}

# build PRESET [TARGET...]: configures (a second at most when nothing changed) and builds.
build() {
  local preset=$1 options=(); shift
  [ $# = 0 ] || options=(--target "$@")
  (cd "$repo" && { cmake --preset "$preset" >"$repo/build/$preset.log" 2>&1 || cmake --preset "$preset" --fresh >"$repo/build/$preset.log" 2>&1; }) || {
    grep -m 5 -A 4 -E '^(rivulet:|CMake Error)' "$repo/build/$preset.log" >&2 || cat "$repo/build/$preset.log" >&2
    die "the build for $preset could not be set up (all of it: build/$preset.log)"
  }
  (cd "$repo" && cmake --build --preset "$preset" "${options[@]}" 2>&1 | progress "$preset") || die "the build for $preset failed"
}

# progress TITLE: ninja's lines as one line that moves on a terminal, and only every tenth of the way elsewhere; errors in full.
progress() {
  awk -v title="$1" -v terminal="$([ -t 2 ] && echo 1 || true)" '
    /^\[[0-9]+\/[0-9]+\]/ {
      split(substr($1, 2), part, /[\/\]]/)
      if (terminal) printf "\r\033[K%s %d/%d", title, part[1], part[2]
      else if (part[1] == part[2] || int(10 * part[1] / part[2]) > shown) { shown = int(10 * part[1] / part[2]); print title, part[1] "/" part[2] }
      fflush(); moved = 1; next
    }
    /^ninja: (no work|Entering)/ { next }
    { if (terminal && moved) print ""; moved = 0; print }
    END { if (terminal && moved) print "" }' >&2
}
