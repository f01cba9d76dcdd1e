#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# places.sh: results do not depend on where, when and under whom the program runs, and ledger.sh would see it if they did:
# with a bug that lets an address decide, and where another ledger says something else. BUILD names the build's folder.
# Run in the project's top folder.
set -u
export LC_ALL=C
: "${BUILD:?must name the folder of the programs}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

# ledger CODE ARGUMENT...
ledger() {
    local wanted=$1
    shift
    bash sim/tests/ledger.sh --set few "$@" "$BUILD" >"$tmp/out" 2>"$tmp/err"
    local code=$?
    [ $code = "$wanted" ] && return
    failures=$((failures + 1))
    echo "failed: ledger.sh $*: exit code $code, not $wanted"
    head -n 20 "$tmp/out" "$tmp/err"
}

# says WORDS
says() {
    grep -qF -e "$1" "$tmp/out" && return
    failures=$((failures + 1))
    echo "failed: does not say '$1':"
    cat "$tmp/out"
}

ledger 0 --out "$tmp/here" --elsewhere yes

mkdir "$tmp/false"
sed '2s/"hash":"[0-9a-f]*"/"hash":"0"/' "$tmp/here/swarm-few" >"$tmp/false/swarm-few"
sed '$d' "$tmp/here/corpora" >"$tmp/false/corpora"
ledger 1 --out "$tmp/again" --against "$tmp/false" --by "$BUILD"
says 'framesim run scenarios/swarm/anything-goes.scn --seed 2 --crypto ideal: hash 0 and'
says 'one:   -'
ledger 2 --out "$tmp/again" --against "$tmp/false"

ledger 1 --out "$tmp/planted" --elsewhere yes --bug walk_of_addresses
says 'differs from line'
if setarch -R true 2>/dev/null; then says 'an address decides'; fi

[ $failures = 0 ] && echo "the same results in other places"
[ $failures = 0 ]
