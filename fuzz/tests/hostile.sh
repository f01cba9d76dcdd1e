#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile.sh [COUNT]: every subcommand that reads a file, with COUNT hostile files each (fuzz/hostile.c) made of the
# corpora. It ends by itself, with an exit code that the README names and without a word of a sanitizer; what it
# rejects it says of the file by its name. FRAMESIM and HOSTILE name the programs; run in the project's top folder. KEEP
# names a folder for what failed.
set -u
export LC_ALL=C
: "${FRAMESIM:?must name the program}" "${HOSTILE:?must name the maker of files}"
count=${1:-8}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0 runs=0

# make KIND LINE|FILE CORPUS: hostile files in $tmp/KIND.
make() {
    mkdir -p "$tmp/$1"
    "$HOSTILE" "$2" "$count" "$tmp/$1" "$3"/* || { echo "failed: no files of $3" && exit 1; }
}

# judge CODES FILE ARGUMENT...: the exit code is one of CODES; what is not fine names the file.
judge() {
    codes=$1 file=$2
    shift 2
    timeout 60 "$FRAMESIM" "$@" >"$tmp/out" 2>"$tmp/err"
    code=$?
    runs=$((runs + 1))
    why=
    case " $codes " in *" $code "*) ;; *) why="exit code $code" ;; esac
    if grep -qE 'Sanitizer|runtime error' "$tmp/err" "$tmp/out"; then why="a sanitizer speaks"; fi
    if [ "$code" = 1 ] || [ "$code" = 3 ]; then
        grep -qF -e "$file" -e scenarios/ "$tmp/err" "$tmp/out" || why="exit code $code without the file's name"
    fi
    [ -n "$why" ] || return 0
    failures=$((failures + 1))
    kept=${KEEP:-$tmp}/hostile-$runs
    cp -r "$file" "$kept"
    echo "failed: framesim $*: $why ($kept)"
    head -n 5 "$tmp/err"
}

make chain LINE corpora/verify
make fork LINE corpora/merge
make attestation LINE corpora/attestation
make json FILE corpora/json
make envelope FILE corpora/envelope
make log FILE corpora/log
make scenario FILE corpora/scenario
key=$("$HOSTILE" key)

i=0
while [ "$i" -lt "$count" ]; do
    chain=$tmp/chain/$i fork=$tmp/fork/$i attestation=$tmp/attestation/$i scenario=$tmp/scenario/$i
    judge "0 1" "$chain" chain verify "$chain"
    judge "0 1" "$chain" chain verify "$chain" --structural
    judge "0 1" "$chain" chain order "$chain"
    judge "0 1" "$chain" chain show "$chain"
    judge "0 1" "$chain" sync page "$chain"
    judge "0 1 3" "$fork" chain merge "$fork" "$fork" -o "$tmp/merged" --force
    judge "0 1 3" "$tmp" chain diff "$chain" "$fork"
    judge "0 1 3" "$tmp" chain verify "$chain" --held "$fork"
    judge "0 1 3" "$tmp" chain verify "$chain" --attestation "$attestation"
    judge "0 1" "$attestation" attest check "$attestation" --public-key "$key"
    judge "0 1" "$attestation" attest compare "$attestation" "$attestation"
    judge "0 1" "$tmp/json/$i" json check "$tmp/json/$i"
    judge "0 1" "$tmp/json/$i" intent run "$tmp/json/$i"
    judge "0 1" "$tmp/envelope/$i" envelope check "$tmp/envelope/$i"
    judge "0 1" "$tmp/log/$i" log check "$tmp/log/$i"
    judge "0 1" "$tmp/log/$i" log recover "$tmp/log/$i" -o "$tmp/recovered" --force
    mv "$scenario" "$scenario.scn"
    judge "0 1 3 4 6 7" "$scenario.scn" run "$scenario.scn" --jobs 1 --events-max 2000
    i=$((i + 1))
done

# What the program itself has written, with bytes changed: tapes and the folders of campaigns.
"$FRAMESIM" run scenarios/showcase.scn --quiet --tape "$tmp/tape" >/dev/null
"$FRAMESIM" campaign scenarios/showcase.scn --seeds 1..3 --jobs 1 --quiet --out "$tmp/campaign" >/dev/null
mkdir -p "$tmp/tapes" "$tmp/headers" "$tmp/results"
"$HOSTILE" FILE "$count" "$tmp/tapes" "$tmp/tape"
"$HOSTILE" FILE "$count" "$tmp/headers" "$tmp/campaign/campaign.json"
"$HOSTILE" FILE "$count" "$tmp/results" "$tmp/campaign/results.jsonl"
i=0
while [ "$i" -lt "$count" ]; do
    judge "0 1 3 4 5 6" "$tmp/tapes/$i" replay --tape "$tmp/tapes/$i" --events-max 2000
    for part in headers/$i:campaign.json results/$i:results.jsonl; do
        rm -rf "$tmp/merge" "$tmp/merge-out"
        cp -r "$tmp/campaign" "$tmp/merge"
        cp "$tmp/${part%%:*}" "$tmp/merge/${part##*:}"
        judge "0 1 3" "$tmp/merge" campaign merge "$tmp/merge" --quiet --out "$tmp/merge-out"
    done
    i=$((i + 1))
done

echo "$runs runs with hostile files, $failures failures"
[ "$failures" = 0 ]
