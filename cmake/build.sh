# Installing tools and building, for run and test; sourced after setup.sh.

# A fresh clone compiles nothing that this machine compiled before. Included files are those that the compiler names.
export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$repo CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 CCACHE_MAXSIZE=2G
export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache

# What each part needs to be built.
common=(ccache cmake ninja-build ca-certificates curl xz-utils debian-archive-keyring)
native_tools() { need "${common[@]}" build-essential libfmt-dev nlohmann-json3-dev libstb-dev libcpuinfo-dev "$@"; }
cli_tools() { native_tools libcli11-dev libjpeg62-turbo-dev libwebp-dev zlib1g-dev; }
fonts=(fonts-noto-cjk python3-fonttools)  # of which the build takes the Chinese characters that the app uses
desktop_tools() { gpu_tools libvulkan1; native_tools libsdl2-dev libgl-dev "${fonts[@]}"; }
# A card is played by the processor where there is none, and watched by Vulkan's own checks.
gpu_tools() { need libvulkan-dev libvulkan-volk-dev "$@"; }
test_tools() { gpu_tools mesa-vulkan-drivers vulkan-validationlayers; cli_tools; desktop_tools; need doctest-dev; }
web_tools() {
  need "${common[@]}" python3 "${fonts[@]}"
  "$repo/cmake/deps.sh" emscripten >/dev/null
}

# build PRESET [TARGET...]: configures (two seconds when nothing changed) and builds.
build() {
  local preset=$1 options=() names=(xnnpack pthreadpool fxdiv fp16 imgui); shift
  [ $# = 0 ] || options=(--target "$@")
  case $preset in web*) names+=(libsdl2) ;; esac
  "$repo/cmake/deps.sh" sources "${names[@]}" >/dev/null
  exec 8>"$repo/build/$preset.lock"
  flock 8  # The site is completed behind the server, and a test may build the same.
  configure "$preset"
  (cd "$repo" && cmake --build --preset "$preset" "${options[@]}" 2>&1 | progress "$preset") || die "the build for $preset failed"
  exec 8>&-
}

configure() {
  local log=$repo/build/$1.log
  (cd "$repo" && { cmake --preset "$1" >"$log" 2>&1 || cmake --preset "$1" --fresh >"$log" 2>&1; }) || {
    grep -m 5 -A 4 -E '^(rivulet:|CMake Error)' "$log" >&2 || cat "$log" >&2
    die "the build for $1 could not be set up (all of it: ${log#"$repo"/})"
  }
}

# progress TITLE: ninja's lines as one line that moves on a terminal; elsewhere one for every tenth of the way and at most 20
# seconds apart; errors in full.
progress() {
  local title=$1 line terminal='' moving='' tenth=-1 shown=0 at all
  [ ! -t 2 ] || terminal=yes
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      at=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} line=${BASH_REMATCH[3]##*/}
      if [ $terminal ]; then
        printf '\r\033[K%s %d/%d  %s' "$title" "$at" "$all" "${line:0:40}"
        moving=yes
      elif ((10 * at / all > tenth || SECONDS >= shown + 20)); then
        printf '%s %d/%d\n' "$title" "$at" "$all"
        tenth=$((10 * at / all)) shown=$SECONDS
      fi
    elif [[ ! $line =~ ^ninja:\ (no\ work|Entering) ]]; then
      [ ! $moving ] || printf '\n'
      moving=''
      printf '%s\n' "$line"
    fi
  done >&2
  [ ! $moving ] || printf '\n' >&2
}
