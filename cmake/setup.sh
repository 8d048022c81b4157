# Shared by run, test, .ci/run and cmake/deps.sh; sourced, never run. The caller has set -euo pipefail.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${RIVULET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rivulet}

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'rivulet: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# quiet TITLE COMMAND...: what it does in one line, how it goes on beside it; the log only when it fails.
quiet() {
  local title=$1 log follower status=0 start=$SECONDS; shift
  log=$(mktemp) || die "cannot write a temporary file (is the disk full?)"
  follow "$title" "$log" & follower=$!
  "$@" >"$log" 2>&1 || status=$?
  { kill "$follower" && wait "$follower"; } 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ $status = 0 ]; then
    printf '%s: %d s\n' "$title" $((SECONDS - start)) >&2
  else
    printf '%s: failed\n' "$title" >&2
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return $status
}

# follow TITLE LOG: the last line of a log that grows: in one line that moves on a terminal, elsewhere every 20 seconds.
follow() {
  local every=20 columns=80 text i
  if [ -t 2 ]; then every=1 columns=$(stty size <&2 | cut -d' ' -f2) || true; else printf '%s ...\n' "$1" >&2; fi
  [ "${columns:-0}" -gt 20 ] || columns=80
  for ((i = 1; ; ++i)); do
    sleep 1 >/dev/null 2>&1 8>&- 9>&-  # an orphan of it holds no lock and no pipe
    kill -0 $$ 2>/dev/null || return 0
    ((i % every == 0)) || continue
    text=$(tail -c 1000 "$2" | tr '\r' '\n' | tr -d '\000-\010\013-\037#' | sed 's/^[[:space:]]*//; /^$/d' | tail -n 1)
    text="$1 ... $i s  $text"
    if [ -t 2 ]; then printf '\r\033[K%s' "${text:0:columns-1}" >&2; else printf '%s\n' "${text:0:160}" >&2; fi
  done
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
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}")
  as_root true  # asks for a password before the line begins to move
  if compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; then
    quiet "Installing ${missing[*]}" "${install[@]}" </dev/null && return
  fi
  quiet "Updating the package lists" as_root apt-get update || die "apt-get update failed: is there a network?"
  quiet "Installing ${missing[*]}" "${install[@]}" </dev/null || die "apt-get could not install: ${missing[*]}"
}

# need_space MEGABYTES: before anything large is written to the cache.
need_space() {
  mkdir -p "$cache" || die "cannot create the cache folder $cache (set RIVULET_CACHE to another)"
  local free
  free=$(df -Pm "$cache" | awk 'NR==2 {print $4}')
  [ "$free" -ge "$1" ] || die "the cache $cache needs $1 MB of free disk, $free MB are left (set RIVULET_CACHE to another folder)"
}
