#!/bin/sh
# Runs a tool of Debian trixie's root file system, named as this link is (emcc, node, ...), on the files of this machine:
# every folder of the machine that is not the system's own is seen at its own path.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
root=$here/root
tool=$(basename "$0")

shared=''
for dir in /*; do
  case $dir in
    /bin | /sbin | /lib* | /usr | /etc | /proc | /sys | /dev | /run | /var | /boot | /lost+found) ;;
    *) [ -d "$dir" ] && [ ! -L "$dir" ] && shared="$shared $dir" ;;
  esac
done

clean="env -i HOME=/tmp PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TMPDIR=/tmp"
for name in EMCC_DEBUG EMCC_CORES; do
  eval "value=\${$name:-}"
  [ -z "$value" ] || clean="$clean $name=$value"
done

if command -v bwrap >/dev/null 2>&1 && bwrap --ro-bind / / true 2>/dev/null; then
  view="--tmpfs / --dev /dev --proc /proc --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin"
  for dir in $shared; do view="$view --bind $dir $dir"; done
  exec bwrap $view --ro-bind "$root/usr" /usr --ro-bind "$root/etc" /etc --chdir "$PWD" $clean "$tool" "$@"
fi

# No bubblewrap: root may mount the same view in a mount namespace of its own.
[ "$(id -u)" = 0 ] || { echo "rivulet: $tool needs bubblewrap to work here (apt-get install bubblewrap) or root" >&2; exit 1; }
exec unshare -m sh -c '
  set -eu
  root=$1 shared=$2 clean=$3 dir=$PWD; shift 3
  for mounted in $shared /proc /dev; do mkdir -p "$root$mounted" && mount --rbind "$mounted" "$root$mounted"; done
  exec chroot "$root" $clean sh -c "cd \"\$0\" && exec \"\$@\"" "$dir" "$@"
' sh "$root" "$shared" "$clean" "$tool" "$@"
