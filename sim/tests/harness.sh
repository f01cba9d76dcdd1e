# SPDX-License-Identifier: Apache-2.0
# harness.sh: what tests of the program have in common; sourced, in the project's top folder. FRAMESIM names the
# program. $tmp is a folder that goes with the test; what a program prints is in $tmp/out and $tmp/err.
set -u
export LC_ALL=C
program=$(realpath "${FRAMESIM:?must name the program}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
checks=0
failures=0

fail() {
    failures=$((failures + 1))
    echo "failed: $*"
    head -n 30 "$tmp/out" "$tmp/err" | sed 's/^/    /'
}

# execute CODE PROGRAM ARGUMENT...: its exit code must be CODE.
execute() {
    expected=$1
    binary=$2
    shift 2
    words="framesim $*"
    "$binary" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    code=$?
    checks=$((checks + 1))
    [ "$code" = "$expected" ] || fail "$words: exit code $code, not $expected"
}

# is WHAT COMMAND...: the command must succeed.
is() {
    what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$words: $what"
}
