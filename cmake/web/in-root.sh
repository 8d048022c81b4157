#!/bin/sh
# Runs a tool of Debian trixie's root file system, named as this link is (emcc, node, ...), on the files of this machine:
# every folder of the machine that is not the system's own is seen at its own path. Three ways, the first that works here:
# bubblewrap; mounts, for root; proot, where neither is allowed. RIVULET_ROOT_BY=bwrap|mounts|proot asks for one of them.
#   in-root.sh --possible   is one of the ways open?
set -eu
by=${RIVULET_ROOT_BY:-}
if [ -z "$by" ]; then
  if bwrap --ro-bind / / true 2>/dev/null; then by=bwrap
  elif [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then by=mounts
  else by=proot
  fi
fi
[ $by != proot ] || command -v proot >/dev/null 2>&1 || { echo "rivulet: Emscripten needs bubblewrap, root or proot here (apt-get install proot)" >&2; exit 1; }
[ "${1:-}" != --possible ] || exit 0

root=$(cd "$(dirname "$0")/.." && pwd)/root
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

# Debian 12's proot does not know two calls: the paths of statx, which Node tries first, go untranslated; and the flags of
# clone3, by which threads are made, are read from the wrong place, so that every second thread loses sight of the heap (EFAULT).
# Refused as unknown, by a filter of seccomp, both make way for older calls. And it takes a child that is made for exec only to
# share its parent's heap for good, so that one's brk spoils the other's: Python is told to fork instead.
without_new_calls='
  my ($prctl, $statx) = `uname -m` =~ /^aarch64/ ? (167, 291) : (157, 332);
  my @code = (0x20, 0, 0, 0, 0x15, 1, 0, $statx, 0x15, 0, 1, 435, 6, 0, 0, 0x50026, 6, 0, 0, 0x7fff0000);
  my $filter = pack("Sx6P", @code / 4, my $packed = pack("SCCL" x (@code / 4), @code));
  syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $filter) == 0 or die "rivulet: no seccomp here: $!\n";
  exec @ARGV or die "rivulet: $ARGV[0]: $!\n";
'
view=''
case $by in
  bwrap)
    for dir in $shared; do view="$view --bind $dir $dir"; done
    exec bwrap --tmpfs / --dev /dev --proc /proc --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
      --symlink usr/sbin /sbin $view --bind "$root/usr" /usr --ro-bind "$root/etc" /etc --chdir "$PWD" $clean "$tool" "$@" ;;
  mounts)
    exec unshare -m sh -c '
      set -eu
      root=$1 shared=$2 clean=$3 dir=$PWD; shift 3
      for mounted in $shared /proc /dev; do mkdir -p "$root$mounted" && mount --rbind "$mounted" "$root$mounted"; done
      exec chroot "$root" $clean sh -c "cd \"\$0\" && exec \"\$@\"" "$dir" "$@"
    ' sh "$root" "$shared" "$clean" "$tool" "$@" ;;
  proot)
    for dir in $shared /proc /dev; do view="$view -b $dir"; done
    fork=$root/usr/lib/python3/dist-packages/fork.pth
    [ -s "$fork" ] || { echo 'import subprocess; subprocess._USE_POSIX_SPAWN = subprocess._USE_VFORK = False' >"$fork.$$" && mv "$fork.$$" "$fork"; }
    exec perl -e "$without_new_calls" proot -r "$root" $view -w "$PWD" $clean "$tool" "$@" ;;
esac
