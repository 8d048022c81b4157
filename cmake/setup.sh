# Shared by run, test, .ci/run and cmake/deps.sh; sourced, never run. The caller has set -euo pipefail.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${RIVULET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rivulet}

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'rivulet: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# quiet TITLE COMMAND...: progress in one line, the log only when it fails.
quiet() {
  local title=$1 log; shift
  log=$(mktemp) || die "cannot write a temporary file (is the disk full?)"
  printf '%s ... ' "$title" >&2
  local start=$SECONDS
  if "$@" >"$log" 2>&1; then
    printf '%d s\n' $((SECONDS - start)) >&2
    rm -f "$log"
  else
    printf 'failed\n' >&2
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo "$@"
  else die "these packages are missing and need root or sudo to install: ${missing[*]}"
  fi
}

# need PACKAGE...: installs the Debian packages that are not there yet.
need() {
  have dpkg-query || return 0  # Not Debian: CMake will name what is missing.
  missing=()
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  local options=(-y -qq --no-install-recommends -o DPkg::Lock::Timeout=300)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" </dev/null >/dev/null 2>&1 && return
  quiet "Updating the package lists" as_root apt-get update -qq || die "apt-get update failed: is there a network?"
  quiet "Installing" as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${missing[@]}" </dev/null ||
    die "apt-get could not install: ${missing[*]}"
}

# need_space MEGABYTES: before anything large is written to the cache.
need_space() {
  mkdir -p "$cache" || die "cannot create the cache folder $cache (set RIVULET_CACHE to another)"
  local free
  free=$(df -Pm "$cache" | awk 'NR==2 {print $4}')
  [ "$free" -ge "$1" ] || die "the cache $cache needs $1 MB of free disk, $free MB are left (set RIVULET_CACHE to another folder)"
}
