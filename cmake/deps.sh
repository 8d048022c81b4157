#!/usr/bin/env bash
# Built dependencies, each once per version and flags, in the cache (RIVULET_CACHE, default ~/.cache/rivulet).
#   deps.sh prefix native|web|web-baseline   prints the folder that holds lib/ and include/, building it when missing
#   deps.sh emscripten                       prints the folder that holds emcc, em++, emar, emranlib, node
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

trixie_line() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || die "$keyring is missing (package debian-archive-keyring)"
  printf '%s [signed-by=%s] %s trixie main\n' "$1" "$keyring" "$(debian_mirror)"
}

# apt with a state of its own: the machine's configuration is never touched.
private_apt() {
  local state=$cache/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  trixie_line deb-src >"$state/sources.list"
  printf '%s\n' "Dir::Etc::SourceList \"$state/sources.list\";" 'Dir::Etc::SourceParts "/dev/null";' \
    "Dir::State::Lists \"$state/lists\";" "Dir::Cache \"$state/cache\";" 'Acquire::Languages "none";' 'APT::Sandbox::User "root";' >"$state/apt.conf"
  APT_CONFIG=$state/apt.conf apt-get "$@"
}

# source_of NAME: prints the unpacked source folder, fetching the tarball by its recorded hash.
source_of() {
  local name=$1 version hash dir uri file
  read -r version hash < <(awk -v n="$name" '$1 == n {print $2, $3}' "$here/deps/versions.txt")
  dir=$cache/src/$name-${hash:0:12}
  if [ ! -d "$dir" ]; then
    need_space 300
    rm -rf "$dir.part" && mkdir -p "$dir.part"
    [ -n "$(find "$cache/apt/lists" -name '*Sources*' -mmin -60 2>/dev/null)" ] || private_apt update -qq -o APT::Update::Error-Mode=any >/dev/null 2>&1 ||
      die "cannot reach the Debian mirror for the source of $name"
    uri=$(private_apt source --print-uris -qq "$name" | awk -F"'" '/\.orig\.tar\./ && !/\.asc/ {print $2; exit}')
    [ -n "$uri" ] || die "the mirror does not offer the source of $name"
    file=$dir.part/source.tar
    fetch "$uri" "$file" || die "cannot fetch the source of $name $version"
    [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$hash" ] || die "the source of $name is not version $version (hash differs)"
    tar -xf "$file" -C "$dir.part" && rm "$file"
    # Some tarballs have one top folder, XNNPACK's has none.
    if [ "$(ls "$dir.part" | wc -l)" = 1 ]; then mv "$dir.part"/* "$dir.inner" && rmdir "$dir.part" && mv "$dir.inner" "$dir.part"; fi
    mv -T "$dir.part" "$dir"
  fi
  printf '%s\n' "$dir"
}

fetch() {
  if have curl; then curl -sSfL --retry 3 -o "$2" "$1"; else /usr/lib/apt/apt-helper -qq download-file "$1" "$2"; fi
}

# Debian trixie's Emscripten in a root file system of its own, unless the machine has a recent one.
emscripten() {
  local version
  if have emcc && version=$(emcc -dumpversion 2>/dev/null) && printf '3.1.60\n%s\n' "$version" | sort -VC; then
    dirname "$(command -v emcc)"
    return
  fi
  local packages=base-files,dash,coreutils,sed,grep,emscripten,nodejs,libfmt-dev,nlohmann-json3-dev,libcli11-dev,doctest-dev,libstb-dev
  local key root tool sysroot=/usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten
  key=$({ echo "$packages"; cat "$here/web/in-root.sh"; } | sha256sum | cut -c1-12)
  root=$cache/trixie-$key
  if [ ! -d "$root" ]; then
    need mmdebstrap bubblewrap
    need_space 3000
    rm -rf "$root.part" && mkdir -p "$root.part/bin"
    local fake_root=
    [ "$(id -u)" = 0 ] || fake_root='unshare -Ur'
    # Unpacked, not installed: no package script runs, so that an ordinary user can do it as well.
    quiet "Unpacking Debian trixie's Emscripten into the cache (once, 1 to 3 minutes)" \
      $fake_root mmdebstrap --mode=root --variant=extract --skip=chroot/mount --include=$packages \
      --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt="path-exclude=$sysroot/lto*" \
      --dpkgopt="path-exclude=$sysroot/pic*" trixie "$root.part/root" "$(trixie_line deb)" || die "cannot make the trixie root file system"
    # Without compiled Python files every call of emcc takes half a second to start.
    $fake_root chroot "$root.part/root" python3 -m compileall -q /usr/lib/python3* /usr/share/emscripten/{*.py,tools,third_party} \
      >/dev/null 2>&1 || true
    cp "$here/web/in-root.sh" "$root.part/bin/in-root"
    for tool in emcc em++ emar emranlib node wasm-opt; do ln -s in-root "$root.part/bin/$tool"; done
    mv -T "$root.part" "$root"
  fi
  printf '%s\n' "$root/bin"
}

# prefix FLAVOUR: XNNPACK, pthreadpool, Dear ImGui (and SDL2 for the web) as static libraries with their headers.
prefix() {
  local flavour=$1 tools='' key dir name args=()
  if [ "$flavour" != native ]; then tools=$(emscripten); fi
  key=$({ echo "$flavour"; cat "$here/deps/versions.txt" "$here/deps/CMakeLists.txt" "$here"/deps/*/*
    if [ "$flavour" = native ]; then cc -dumpfullversion -dumpmachine; else "$tools/emcc" -dumpversion; fi
  } | sha256sum | cut -c1-12)
  dir=$cache/deps-$flavour-$key
  if [ ! -d "$dir" ]; then
    need_space 500
    for name in xnnpack pthreadpool fxdiv fp16 imgui $([ "$flavour" = native ] || echo libsdl2); do
      args+=("-D${name}_source=$(source_of "$name")")
    done
    if [ "$flavour" != native ]; then args+=("-DCMAKE_TOOLCHAIN_FILE=$here/web/toolchain.cmake" "-DRIVULET_EMSCRIPTEN=$tools"); fi
    # An interrupted build goes on where it stopped.
    quiet "Building the $flavour dependencies into the cache (once, 1 to 3 minutes)" build_deps "$flavour" "$dir.part" "${args[@]}" ||
      die "the $flavour dependencies did not build"
    rm -rf "$dir.part/build"
    mv -T "$dir.part" "$dir"
  fi
  printf '%s\n' "$dir"
}

build_deps() {
  local flavour=$1 dir=$2; shift 2
  env -u CC -u CXX -u CFLAGS -u CXXFLAGS cmake -S "$here/deps" -B "$dir/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRIVULET_FLAVOUR="$flavour" \
    -DCMAKE_INSTALL_PREFIX="$dir" "$@" && cmake --build "$dir/build" && cmake --install "$dir/build"
}

mkdir -p "$cache" 2>/dev/null || die "cannot create the cache folder $cache (set RIVULET_CACHE to another)"
exec 9>"$cache/lock"
flock 9  # Two builds at once share one cache.
case ${1:-} in
  prefix) prefix "$2" ;;
  emscripten) emscripten ;;
  *) die "usage: deps.sh prefix native|web|web-baseline, or deps.sh emscripten" ;;
esac
