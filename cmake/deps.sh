#!/usr/bin/env bash
# What is fetched once and kept in the cache (RIVULET_CACHE, default ~/.cache/rivulet).
#   deps.sh sources NAME...   prints the folder of each source (see deps/versions.txt), a line each
#   deps.sh emscripten        prints the folder that holds emcc, em++, emar, emranlib, node
#   deps.sh mesa              prints a root file system with a newer Mesa than Debian 12's: see tests/mesa.sh
# Everything is made as NAME.part and renamed when complete, so an interrupted run heals itself.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
here=$repo/cmake

# The mirror is the one this machine's own apt configuration uses for Debian's main component.
debian_mirror() {
  have apt-get || die "dependencies come from Debian's source packages and this machine has no apt-get"
  local uri
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '$1 == "Debian" && $2 == "main" && $3 !~ /-/ {print $4; exit}')
  if [ -z "$uri" ]; then  # Origin is known only after an update: fall back on the suite's name.
    uri=$(apt-get indextargets --format '$(COMPONENT)|$(RELEASE)|$(REPO_URI)' 'Created-By: Packages' |
      awk -F'|' '$1 == "main" && $2 ~ /^(bookworm|trixie|stable|oldstable)$/ {print $3; exit}')
  fi
  [ -n "$uri" ] || die "no Debian mirror in this machine's apt configuration (run apt-get update first)"
  printf '%s\n' "$uri"
}

trixie_line() {  # KIND [SUITE]
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || die "$keyring is missing (package debian-archive-keyring)"
  printf '%s [signed-by=%s] %s %s main\n' "$1" "$keyring" "$(debian_mirror)" "${2:-trixie}"
}

# private_apt deb|deb-src|backports ARGS...: apt-get for trixie with a state of its own: the machine's configuration is never touched.
private_apt() {
  local kind=$1 state=$cache/apt/$1; shift
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  if [ "$kind" = backports ]; then
    { trixie_line deb; trixie_line deb trixie-backports; } >"$state/sources.list"
  else
    trixie_line "$kind" >"$state/sources.list"
  fi
  printf '%s\n' "Dir::Etc::SourceList \"$state/sources.list\";" 'Dir::Etc::SourceParts "/dev/null";' "Dir::State \"$state\";" \
    "Dir::State::Lists \"$state/lists\";" "Dir::State::status \"$state/status\";" "Dir::Cache \"$state/cache\";" \
    'Acquire::Languages "none";' 'APT::Sandbox::User "root";' 'APT::Update::Error-Mode "any";' >"$state/apt.conf"
  APT_CONFIG=$state/apt.conf apt-get "$@"
}

# fresh_lists deb|deb-src|backports: at most an hour old.
fresh_lists() {
  [ -n "$(find "$cache/apt/$1/lists" -name '*trixie_main*' -mmin -60 2>/dev/null)" ] ||
    quiet "Reading Debian trixie's package lists" private_apt "$1" update || die "cannot reach the Debian mirror"
}

# source_of NAME: prints the unpacked source folder, fetching the tarball by its recorded hash.
source_of() {
  local name=$1 version hash dir uri file
  read -r version hash < <(awk -v n="$name" '$1 == n {print $2, $3}' "$here/deps/versions.txt")
  dir=$cache/src/$name-${hash:0:12}
  if [ ! -d "$dir" ]; then
    need_space 300
    rm -rf "$dir.part" && mkdir -p "$dir.part"
    fresh_lists deb-src
    uri=$(private_apt deb-src source --print-uris -qq "$name" | awk -F"'" '/\.orig\.tar\./ && !/\.asc/ {print $2; exit}')
    [ -n "$uri" ] || die "the mirror does not offer the source of $name"
    file=$dir.part/source.tar
    quiet "Fetching the source of $name" fetch "$uri" "$file" || die "cannot fetch the source of $name $version"
    [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$hash" ] || die "the source of $name is not version $version (hash differs)"
    tar -xf "$file" -C "$dir.part" && rm "$file"
    # Some tarballs have one top folder, XNNPACK's has none.
    if [ "$(ls "$dir.part" | wc -l)" = 1 ]; then mv "$dir.part"/* "$dir.inner" && rmdir "$dir.part" && mv "$dir.inner" "$dir.part"; fi
    mv -T "$dir.part" "$dir"
  fi
  printf '%s\n' "$dir"
}

fetch() {
  if have curl; then curl --progress-bar -fL --retry 3 -o "$2" "$1"; else /usr/lib/apt/apt-helper download-file "$1" "$2"; fi
}

# Debian trixie's Emscripten in a root file system of its own, unless the machine has a recent one.
emscripten() {
  local version
  if have emcc && version=$(emcc -dumpversion 2>/dev/null) && printf '3.1.60\n%s\n' "$version" | sort -VC; then
    dirname "$(command -v emcc)"
    return
  fi
  have bwrap || need bubblewrap
  "$here/web/in-root.sh" --possible || need proot
  local packages=(base-files dash coreutils sed grep emscripten nodejs libfmt-dev nlohmann-json3-dev doctest-dev libstb-dev)
  local root tool
  root=$cache/trixie-$(echo "${packages[@]}" | sha256sum | cut -c1-12)
  if [ ! -d "$root" ]; then
    need_space 3000
    rm -rf "$root.part" && mkdir -p "$root.part/bin" "$root.part/root"
    fresh_lists deb
    quiet "Fetching Debian trixie's Emscripten (once, 300 MB)" private_apt deb install -y --no-install-recommends --download-only "${packages[@]}" ||
      die "cannot fetch Emscripten"
    quiet "Unpacking it into the cache" unpack deb "$root.part/root" || die "cannot unpack Emscripten"
    for tool in emcc em++ emar emranlib node wasm-opt; do ln -s in-root "$root.part/bin/$tool"; done
    mv -T "$root.part" "$root"
    rm -rf "$cache/apt/deb/cache"
  fi
  cmp -s "$here/web/in-root.sh" "$root/bin/in-root" || install "$here/web/in-root.sh" "$root/bin/in-root"
  printf '%s\n' "$root/bin"
}

# Mesa of trixie's backports, with all that it is linked to, in a root file system of its own.
mesa() {
  local packages=(libc6 libstdc++6 libvulkan1 mesa-vulkan-drivers vulkan-validationlayers)
  local root=$cache/mesa
  if [ ! -d "$root" ]; then
    need_space 500
    rm -rf "$root.part" && mkdir -p "$root.part"
    fresh_lists backports
    quiet "Fetching a newer Mesa (once, 70 MB)" private_apt backports install -y --no-install-recommends --download-only -t trixie-backports \
      "${packages[@]}" || die "cannot fetch Mesa"
    quiet "Unpacking it into the cache" unpack backports "$root.part" || die "cannot unpack Mesa"
    mv -T "$root.part" "$root"
    rm -rf "$cache/apt/backports/cache"
  fi
  printf '%s\n' "$root"
}

# unpack KIND FOLDER: the fetched packages. No script of theirs runs, so that it takes neither root nor namespaces.
unpack() {
  local sysroot=./usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten package i=0
  local all=("$cache/apt/$1/cache/archives"/*.deb)
  for package in "${all[@]}"; do
    i=$((i + 1))
    echo "$i/${#all[@]} $(basename "${package%%_*}")"
    dpkg-deb --fsys-tarfile "$package" |
      tar -x -C "$2" --no-same-owner --keep-directory-symlink --exclude='./usr/share/doc/*' --exclude="$sysroot/lto*" --exclude="$sysroot/pic*" || return
  done
  [ -e "$2/usr/bin/sh" ] || [ ! -d "$2/usr/bin" ] || ln -s dash "$2/usr/bin/sh"
}

mkdir -p "$cache" 2>/dev/null || die "cannot create the cache folder $cache (set RIVULET_CACHE to another)"
exec 9>"$cache/lock"
flock 9  # Two builds at once share one cache.
case ${1:-} in
  sources) for name in "${@:2}"; do source_of "$name"; done ;;
  emscripten) emscripten ;;
  mesa) mesa ;;
  *) die "usage: deps.sh sources NAME..., deps.sh emscripten, or deps.sh mesa" ;;
esac
