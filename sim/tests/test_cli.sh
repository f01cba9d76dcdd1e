#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_cli.sh: what holds of every command of framesim: help, usage errors, exit codes, inputs that
# cannot be read, outputs that appear whole or not at all. FRAMESIM names the program.
. sim/tests/harness.sh
cd "$tmp" || exit 1

# run CODE ARGUMENT...: runs framesim; its exit code must be CODE.
run() {
    wanted=$1
    shift
    execute "$wanted" "$program" "$@"
}

same() { [ "$1" = "$2" ]; }
lines() { [ "$(wc -l <"$1")" -eq "$2" ]; }
nothing_but() { # FILE...: no other files are here than these
    found=$(find . -type f ! -name out ! -name err | sed 's|^\./||' | sort | tr '\n' ' ')
    same "$found" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')"
}
contains() { grep -qF -e "$2" "$1"; }

# usage WORDS ARGUMENT...: exit code 2, one line on stderr that says where help is, nothing on stdout.
usage() {
    group=$1
    shift
    # shellcheck disable=SC2086
    run 2 $group "$@"
    is 'prints on stdout' lines out 0
    is 'does not print one line' lines err 1
    is 'does not name --help' contains err "see: framesim${group:+ $group} --help"
}

# refuses TEXT ARGUMENT...: exit code 3 and one line on stderr with the text.
refuses() {
    text=$1
    shift
    run 3 "$@"
    is 'prints on stdout' lines out 0
    is 'does not print one line' lines err 1
    is "does not say '$text'" contains err "$text"
}

# says TEXT ARGUMENT...: exit code 0 and just that line on stdout.
says() {
    text=$1
    shift
    run 0 "$@"
    is "does not say $text" same "$(cat out)" "$text"
}

# rejects ERROR ARGUMENT...: exit code 1, once for programs and once for people.
rejects() {
    error=$1
    shift
    run 1 "$@" --json
    is 'does not print one line' lines out 1
    is 'prints on stderr' lines err 0
    is "does not say $error" contains out "\"error\":\"$error\""
    run 1 "$@"
    is 'prints on stdout' lines out 0
    is "does not say $error" contains err "rejected: $error"
}

# --- help ---

run 0 --version
is 'names no version' grep -q '^framesim 0\.1\.0 (.*libsodium [0-9.]*' out
run 0 --help
is 'is no help' contains out 'usage: framesim COMMAND'
sed -n 's/^  \([a-z]* \{0,1\}[a-z]*\)  .*/\1/p' out | sed 's/ *$//' >commands
is 'lists too few commands' test "$(wc -l <commands)" -ge 18
while read -r command; do
    for form in "$command --help" "help $command" "$command -h"; do
        # shellcheck disable=SC2086
        run 0 $form
        is 'is no help' grep -q "^usage: framesim $command" out
        is 'prints on stderr' lines err 0
    done
done <commands
run 0 chain verify --json --help
run 0 help
run 0 chain --help
is 'does not list the group' contains out 'chain verify'
run 0 help log
is 'does not list the group' contains out 'log recover'
rm commands

# --- usage ---

usage ''
usage '' nonsense
usage '' help nonsense
usage '' help chain nonsense
usage '' help chain verify more
usage chain
usage chain nonsense
usage 'chain verify'
usage 'chain verify' a b
usage 'chain verify' --nonsense a
usage 'chain verify' a --held
usage 'chain verify' a --held b --held c
usage 'chain verify' a --json=yes
usage 'chain verify' a --public-key 00
usage 'chain verify' a --public-key "$(printf '%064d' 0 | tr 0 A)"
usage 'chain verify' a --identity ''
usage 'chain verify' a --identity "$(printf '%0129d' 0)"
usage 'chain verify' a --identity "$(printf '\303')"
usage 'chain order'
usage 'chain merge' a
usage 'chain merge' a b c
usage 'chain merge' a b --policy other
usage 'chain merge' a b -o ''
usage 'chain merge' a b -o -
usage 'chain show'
usage 'chain diff' a
usage 'chain gen'
usage 'chain gen' --seed 1 --receipts 1
usage 'chain gen' --seed 18446744073709551616 --receipts 1 --forks 0
usage 'chain gen' --seed -1 --receipts 1 --forks 0
usage 'chain gen' --seed 1 --receipts 1048577 --forks 0
usage 'chain gen' --seed 1 --receipts 4 --forks 2
usage 'chain gen' --seed 1 --receipts 4 --forks 1 --json
usage 'json check'
usage 'intent run'
usage 'attest make' a
usage 'attest make' a --seed-key 00 --timestamp 1
usage 'attest make' a --seed-key "$(printf '%064d' 0)" --timestamp 9007199254740992
usage 'attest check' a
usage 'attest compare' a
usage 'envelope check' a --trusted 00
usage 'sync page' a --want 00
usage 'sync page' a --after 00
usage 'log check'
usage 'log encode' a
usage 'log recover' a
usage 'json check' "$(printf 'a\nb')" "$(printf 'c\nd')"

# --- inputs ---

printf '{"a":1}' >good.json
printf '{"a":1}\n' >white.json
hash=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862
says "{\"hash\":\"$hash\",\"ok\":true}" json check good.json --json
says "{\"hash\":\"$hash\",\"ok\":true}" json check --json good.json
says "{\"hash\":\"$hash\",\"ok\":true}" json check --json -- good.json
cp good.json ./-x
says "{\"hash\":\"$hash\",\"ok\":true}" json check --json -- -x
rm ./-x
run 1 json check white.json --json
is 'names another place' same "$(cat out)" '{"error":"json_not_canonical","offset":7,"ok":false}'
"$program" json check - --json <good.json >out 2>err
is 'does not read standard input' same "$(cat out)" "{\"hash\":\"$hash\",\"ok\":true}"
refuses 'No such file' json check absent
refuses 'No such file' chain verify absent --json
refuses 'No such file' chain verify good.json --held absent
refuses 'No such file' chain merge absent good.json
refuses 'Is a directory' json check .
refuses 'Is a directory' chain verify /
printf '[]' >none.json
"$program" chain verify - --held - <none.json >out 2>err
is 'reads standard input twice' same $? 3
is 'reads standard input twice' contains err 'named twice'
if [ "$(id -u)" -ne 0 ]; then
    cp good.json secret
    chmod 0 secret
    refuses 'denied' json check secret
    rm -f secret
fi
: >empty
rejects json_syntax json check empty
rejects json_syntax chain verify empty
rejects json_syntax intent run empty
rejects field_count intent run good.json
rejects envelope envelope check empty
rejects attestation_format attest check empty --public-key "$hash"
rejects attestation_format attest compare empty empty
says '{"offset":null,"ok":true,"receipts":0,"status":"clean"}' log check empty --json

if truncate -s 1100M large 2>/dev/null; then
    refuses 'is larger than' envelope check large
    refuses 'is larger than' log check large
fi
rm -f large

# The 2^20th receipt is the last that a batch may have (§ 10); the next one stands at byte 1 + 3 * 2^20.
awk 'BEGIN { printf "["; for (i = 0; i < 1048576; i++) printf "{},"; printf "{}]" }' >many
run 1 chain verify many --json
is 'has no such limit' same "$(cat out)" '{"error":"limit","index":1048576,"offset":3145729,"ok":false}'
rm many

# --- chains ---

run 0 chain gen --seed 5 --receipts 40 --forks 3 -o a.json
seed_key=$(sed -n 's/^seed key *//p' out)
run 0 chain gen --seed 5 --receipts 40 --forks 3
is 'is not the same once more' cmp out a.json
run 0 chain gen --seed 6 --receipts 40 --forks 3
is 'is the same with another seed' sh -c '! cmp -s out a.json'
run 0 chain gen --seed 5 --receipts 0 --forks 0
is 'is not empty' same "$(cat out)" '[]'
# Every compiler and machine makes these bytes.
says '{"hash":"eaff7030707b8625d42890d79303b1184c547996d475e8f2a07448dfd77f7869","ok":true}' json check a.json --json
run 0 chain verify a.json --json
cp out figures
is 'has other than two merges between its three forks' same "$(grep -o '"intent":"federation.merge"' a.json | wc -l)" 2
is 'has not two heads' grep -q '"heads":\["[0-9a-f]*","[0-9a-f]*"\],"ok":true,"receipts":40,' out
run 0 chain verify a.json --structural --json
is 'has a root for two heads' contains out '"stateRoot":null'
run 0 chain verify a.json --identity generated-5
rejects identity chain verify a.json --identity generated-6
rejects identity chain verify a.json --public-key "$hash"

# One receipt a line, and files of some of them.
sed 's/^\[//; s/\]$//; s/},{"capabilitiesDeclared"/}\n{"capabilitiesDeclared"/g' a.json >items
echo >>items
is 'is not one receipt a line' lines items 40
chain_of() { printf '[%s]' "$(paste -sd, -)"; }
sed -n 1,25p items | chain_of >begin.json
sed -n '26,$p' items | chain_of >end.json
heads=$(sed 's/.*"heads":\["//; s/"\].*//; s/","/ /' figures)
one=${heads% *}
other=${heads#* }
grep -v "\"receiptHash\":\"$one\"" items | chain_of >without_one.json
grep -v "\"receiptHash\":\"$other\"" items | chain_of >without_other.json
sed 's/"timestamp":17/"timestamp":18/' a.json >forged.json

rejects input_hash chain verify forged.json
rejects input_hash chain order forged.json
rejects input_hash chain show forged.json
rejects input_hash chain diff a.json forged.json
rejects input_hash chain merge none.json forged.json
says "$(cat figures)" chain merge a.json forged.json --json # held ones are passed over (§ 10)
rejects input_hash log encode forged.json -o never
rejects input_hash sync page forged.json
rejects link chain verify end.json
says "$(cat figures)" chain verify end.json --held begin.json --json
says "$(cat figures)" chain verify a.json --json --held=begin.json
refuses 'itself rejected: input_hash' chain verify a.json --held forged.json --json
refuses 'itself rejected: link' chain merge end.json begin.json --json

run 0 chain order a.json --json
is 'does not list each' same "$(tr -cd '"' <out | wc -c)" $((2 * (40 + 4) + \
    2 * $(sed 's/.*"changed":\([0-9]*\).*/\1/' figures) + \
    2 * $(sed 's/.*"superseded":\([0-9]*\).*/\1/' figures)))
run 0 chain show a.json
is 'does not draw each receipt' same "$(grep -c '\*.*  20[0-9][0-9]-' out)" 40
# A head's lane is free again below it.
run 0 chain gen --seed 4 --receipts 12 --forks 2 -o small.json
run 0 chain show small.json
sed 's/ *[0-9]*  20.*//; /heads/d' out >drawn
cat >graph <<'GRAPH'
*
+-.
| *
* |
| *
| *
* |
'-+
  *
  *
.-+
* |
  *
  *
  *
GRAPH
is 'draws another graph' cmp drawn graph
# The same forks for Graphviz: each receipt once, each parent an arrow, heads framed doubly.
run 0 chain show small.json --json
receipts=$(grep -o '"position"' out | wc -l)
arrows=$(grep -o '"parents":\[[^]]*\]' out | grep -o '"[0-9a-f]*"' | wc -l)
run 0 chain show small.json --dot
is 'begins no graph' same "$(head -n 1 out)" 'digraph receipts {'
is 'ends no graph' same "$(tail -n 1 out)" '}'
is 'shows another number of receipts' same "$(grep -c '^  r[0-9]* \[label="[0-9a-f]' out)" "$receipts"
is 'shows another number of parents' same "$(grep -c '^  r[0-9]* -> r[0-9]*;$' out)" "$arrows"
grep -o '^  r[0-9]* .*peripheries=2' out | grep -o '^  r[0-9]*' | sort >framed
sed -n 's/^  r[0-9]* -> \(r[0-9]*\);$/  \1/p' out | sort -u >parents
grep -o '^  r[0-9]* \[' out | sed 's/ \[//' | sort | comm -23 - parents >heads
is 'frames others than heads' cmp framed heads
rm small.json drawn graph framed parents heads
run 2 chain show a.json --dot --json
run 0 chain show a.json --json
is 'does not show each receipt' same "$(grep -o '"position"' out | wc -l)" 40

run 0 chain diff begin.json a.json --json
is 'misses who is ahead' grep -q '"firstDifference":25,.*"headsMissingInB":\[\].*"onlyInA":0,"onlyInB":15,"relation":"b_ahead"' out
run 0 chain diff a.json begin.json --json
is 'misses who is ahead' contains out '"relation":"a_ahead"'
run 0 chain diff a.json a.json --json
is 'finds a difference' same "$(cat out)" \
    '{"firstDifference":null,"headsMissingInA":[],"headsMissingInB":[],"ok":true,"onlyInA":0,"onlyInB":0,"relation":"equal"}'
run 0 chain diff without_one.json without_other.json --json
is 'misses the heads' contains out "\"headsMissingInA\":[\"$one\"],\"headsMissingInB\":[\"$other\"],"
is 'misses that they part' contains out '"relation":"diverged"'
run 0 chain diff without_one.json without_other.json
is 'misses the head' contains out "without_one.json lacks the head $one"

says "$(cat figures)" chain merge without_one.json without_other.json --json -o joined.json
is 'writes another chain' cmp joined.json a.json
says "$(cat figures)" chain merge without_other.json without_one.json --json -o joined.json --force
is 'writes another chain' cmp joined.json a.json
rm joined.json
run 1 chain merge without_one.json without_other.json --policy strict --json -o never
is 'does not diverge' grep -q '^{"diverged":[0-9]*,"ok":false}$' out
run 1 chain merge without_one.json without_other.json --policy strict -o never
is 'does not diverge' contains err 'diverged'
run 0 chain merge begin.json a.json --policy strict --json -o joined.json
is 'takes nothing' contains out '"taken":true}'
is 'writes another chain' cmp joined.json a.json
run 0 chain merge a.json begin.json --policy strict --json -o joined.json --force
is 'takes something' contains out '"taken":false}'
is 'writes another chain' cmp joined.json a.json
run 0 chain merge begin.json end.json --policy strict --json
is 'does not see what REMOTE stands on' contains out '"receipts":40,'
rm joined.json

# --- attestations, pages ---

run 0 attest make a.json --seed-key "$seed_key" --timestamp 7
cp out a.att
is 'ends the line' lines a.att 0
run 0 attest make a.json --seed-key "$seed_key" --timestamp 7 --json
is 'does not end the line' lines out 1
run 0 attest make begin.json --seed-key "$seed_key" --timestamp 7
cp out begin.att
rejects identity attest make a.json --seed-key "$(printf '%064d' 0)" --timestamp 7
key=$(sed 's/.*"identityPublicKey":"\([0-9a-f]*\)".*/\1/' a.att)
says '{"ok":true}' attest check a.att --public-key "$key" --json
says '{"ok":true}' attest check a.att --public-key "$key" --chain a.json --json
rejects attestation_identity attest check a.att --public-key "$hash"
rejects attestation_count attest check begin.att --public-key "$key" --chain a.json
refuses 'itself rejected: link' attest check a.att --public-key "$key" --chain end.json
says '{"ok":true,"result":"remote_ahead"}' attest compare begin.att a.att --json
says '{"ok":true,"result":"synchronized"}' attest compare a.att a.att --json
says local_ahead attest compare a.att begin.att
says "$(cat figures)" chain verify a.json --attestation a.att --json
says "$(cat figures)" chain verify end.json --held begin.json --attestation a.att --json
run 0 chain verify begin.json --held a.json --attestation begin.att
# The first receipt is an ancestor of the others only through receipts that the file leaves out.
{ sed -n 1p items; sed -n '26,$p' items; } | chain_of >gap.json
says "$(cat figures)" chain verify gap.json --held begin.json --attestation a.att --json
rm gap.json
rejects attestation_count chain verify a.json --attestation begin.att
rejects attestation_count chain verify begin.json --held a.json --attestation a.att
rejects attestation_format chain verify a.json --attestation good.json
run 0 attest make none.json --seed-key "$seed_key" --timestamp 0
cp out none.att
run 0 chain verify none.json --attestation none.att --public-key "$key" --json
is 'has no root' sh -c '! grep -q null out'
usage 'chain verify' none.json --attestation none.att
rejects attestation_identity attest compare a.att a.att --public-key "$hash"
run 0 chain gen --seed 6 --receipts 300 --forks 40 -o long.json
rejects identity chain verify long.json --held a.json --public-key "$key"
rejects identity chain verify long.json --held a.json --identity generated-5
run 0 chain verify long.json
long_heads=$(sed -n 's/^head */--want /p' out)
# shellcheck disable=SC2086
run 0 sync page long.json $long_heads
is 'does not give all pages' lines out 300
rm long.json
says '{"ok":true,"receipts":[]}' sync page a.json --json
run 0 sync page a.json --want "$one" --want "$other"
is 'does not give all' lines out 40
says "{\"ok\":true,\"receipts\":[\"$one\"]}" sync page a.json --want "$one" --json \
    --have "$(sed -n "/\"receiptHash\":\"$one\"/s/.*\"previousReceiptHash\":\"\([0-9a-f]*\).*/\1/p" items)"
# shellcheck disable=SC2046 # an option for each of more hashes than a message may carry
run 0 sync page a.json --want "$one" --want "$other" \
    $(seq 200 | sed "s/.*/--have $hash/")
is 'does not give all' lines out 40
rejects unknown sync page a.json --want "$hash"
rejects unknown sync page a.json --want "$one" --after "$hash"

# --- logs ---

run 0 log encode a.json -o a.log
says '{"offset":null,"ok":true,"receipts":40,"status":"clean"}' log check a.log --json
run 0 log recover a.log -o recovered.json
is 'recovers another chain' cmp recovered.json a.json
head -c 9000 a.log >torn.log
run 0 log check torn.log --json
is 'is not torn' contains out '"status":"torn"'
offset=$(sed 's/.*"offset":\([0-9]*\).*/\1/' out)
kept=$(sed 's/.*"receipts":\([0-9]*\).*/\1/' out)
says "{\"cause\":null,\"lost\":0,\"offset\":$offset,\"ok\":true,\"receipts\":$kept,\"status\":\"torn\"}" \
    log recover torn.log -o recovered.json --force --json
sed -n "1,${kept}p" items | chain_of >begin.json
is 'recovers another chain' cmp recovered.json begin.json
# The frame of the head that does not come last is damaged: all but that receipt is saved.
victim=$one
survivors=without_one.json
case $(tail -n 1 items) in *"\"receiptHash\":\"$one\""*) victim=$other survivors=without_other.json ;; esac
cp a.log corrupt.log
at=$(grep -abo "\"receiptHash\":\"$victim\"" a.log | cut -d: -f1)
printf '?' | dd of=corrupt.log bs=1 seek="$at" conv=notrunc 2>/dev/null
run 0 log check corrupt.log --json
is 'is not corrupt' contains out '"status":"corrupt"'
run 0 log recover corrupt.log -o recovered.json --force --json
is 'does not save the rest' contains out '"lost":0,'
is 'does not save the rest' contains out '"receipts":39,'
is 'recovers another chain' cmp recovered.json $survivors
rm -f torn.log corrupt.log recovered.json

# --- outputs ---

printf old >there
for command in 'chain gen --seed 1 --receipts 1 --forks 0' 'chain merge a.json a.json' \
    'log encode a.json' 'log recover a.log'; do
    # shellcheck disable=SC2086
    run 2 $command -o there
    is 'does not name --force' contains err '--force'
    is 'overwrites' same "$(cat there)" old
    # shellcheck disable=SC2086
    run 0 $command -o there --force
    is 'does not overwrite' sh -c '! grep -q old there'
    printf old >there
    # shellcheck disable=SC2086
    refuses 'No such file' $command -o absent/there
    # shellcheck disable=SC2086
    run 2 $command -o . --force
    # shellcheck disable=SC2086
    run 2 $command -o /dev/null --force
done
ln -s there link
run 0 log encode a.json -o link --force
is 'replaces the link' test -L link
is 'does not write through the link' cmp there a.log
: >plain
is 'has other permissions than a new file' same "$(stat -c %a there)" "$(stat -c %a plain)"
rm -f link plain
# A disk that fills up while writing: the old file stays, and nothing is left behind.
printf old >there
(
    trap '' XFSZ
    ulimit -f 1
    "$program" log encode a.json -o there --force >/dev/null 2>err
    echo $? >code
)
is 'does not fail' same "$(cat code)" 3
is 'damages the old file' same "$(cat there)" old
rm -f code
if [ -c /dev/full ]; then
    "$program" chain verify a.json --json >/dev/full 2>err
    is 'misses that output is lost' same $? 3
fi
is 'leaves something behind' nothing_but a.att a.json a.log begin.att begin.json empty end.json \
    figures forged.json good.json items none.att none.json there white.json without_one.json \
    without_other.json

echo "$checks checks, $failures failed"
[ "$failures" = 0 ]
