# What the scripts of this folder share; sourced with the path of rivulet. They run in a folder of their own, which goes afterwards.
set -uo pipefail
rivulet=${1:?the path of rivulet}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
case $rivulet in /*) ;; *) rivulet=$OLDPWD/$rivulet ;; esac

passed=0
failed=0
# check NAME COMMAND...: the command must succeed.
check() {
  local name=$1; shift
  if "$@" >check.log 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n' "$name"
    sed 's/^/    /' check.log | head -20
  fi
}
# exits CODE COMMAND...
exits() {
  local expected=$1 code=0; shift
  "$@" >stdout 2>stderr || code=$?
  [ "$code" = "$expected" ] || { echo "exit code $code, not $expected"; cat stdout stderr; return 1; }
}
# json FILE EXPRESSION: true of the parsed file, which is called j.
json() { python3 -c 'import json, math, sys; j = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2"; }
says() { grep -qF -- "$1" "$2" || { echo "no '$1' in $2:"; cat "$2"; return 1; }; }
empty() { [ ! -s "$1" ] || { echo "$1 is not empty:"; cat "$1"; return 1; }; }

# The last line: how it went.
finish() {
  printf '%d passed, %d failed\n# pass %d\n# fail %d\n' "$passed" "$failed" "$passed" "$failed"
  [ "$failed" = 0 ]
}
