#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scenarios.sh: the suite holds for several seeds, and what is promised of `framesim run` and `replay`: output,
# order, exit codes, the same bytes whatever the number of jobs. FRAMESIM names the program, SANITIZE says whether
# it is slow: then the suite runs with one seed. Run in the project's top folder.
. sim/tests/harness.sh

# run CODE ARGUMENT...: runs framesim; its exit code must be CODE.
run() {
    wanted=$1
    shift
    execute "$wanted" "$program" "$@"
}

has() { grep -qF -e "$2" "$tmp/$1"; }
matches() { grep -qE -e "$2" "$tmp/$1"; }
lines() { [ "$(wc -l <"$tmp/$1")" -eq "$2" ]; }

scenario() { # NAME: the scenario on stdin
    cat >"$tmp/$1.scn"
}

# ---- the suite ----

if [ "${SANITIZE:-OFF}" = OFF ]; then
    run 0 run scenarios --seeds 1..3 --quiet --require-probes
    is 'nothing to say' test ! -s "$tmp/out"
    run 0 run scenarios --quiet --crypto ideal
    is 'nothing to say' test ! -s "$tmp/out"
else
    run 0 run scenarios --seeds 1..1 --quiet
    is 'nothing to say' test ! -s "$tmp/out"
fi

# every scenario has a comment that names a section, and a title that is its file's name
find scenarios -name '*.scn' | sort >"$tmp/list"
while read -r file; do
    words=$file
    is 'opens with a comment that names a section' sh -c 'head -n 1 "$1" | grep -q "^# §"' - "$file"
    [ "$(dirname "$file")" = scenarios ] && continue # the showcases: stories with a title of their own
    name=$(basename "$file" .scn)
    title=$(sed -n 's/^title //p' "$file" | tr 'A-Z' 'a-z' | sed "s/'//g; s/[^a-z0-9]\{1,\}/-/g")
    is "is titled as it is named ($title)" test "$title" = "$name"
done <"$tmp/list"

# the example in the README does what it says
sed -n '/^## A scenario/,/^The first line/s/^    //p' scenarios/README.md >"$tmp/readme.scn"
run 0 run "$tmp/readme.scn"

# ---- order, jobs, JSON ----

scenario fine <<'END'
framesim 1
nodes ana ben
link * loss 10%
intent ana notes.create {"text":"x"}
within 60s converge
END
scenario bad <<'END'
framesim 1
nodes ana ben
expect receipts = 1
END
scenario stuck <<'END'
framesim 1
nodes ana ben
partition ana | ben
intent ana notes.create {"text":"x"}
within 5s converge
END
scenario endless <<'END'
framesim 1
nodes ana ben
wait 8760h
END
scenario broken <<'END'
framesim 1
nodes ana ben
wiat 5s
END

for jobs in 1 2 7; do
    run 1 run "$tmp/fine.scn" "$tmp/bad.scn" "$tmp/fine.scn" --seeds 3..9 --jobs $jobs --json
    is 'a line for each run' lines out 21
    [ -f "$tmp/first" ] || cp "$tmp/out" "$tmp/first"
    is 'the same bytes' cmp -s "$tmp/out" "$tmp/first"
done
seeds=$(sed 's/.*"seed":\([0-9]*\),.*/\1/' "$tmp/first" | tr '\n' ' ')
words='order of the results'
is 'scenario by scenario, seed by seed' test "$seeds" = '3 4 5 6 7 8 9 3 4 5 6 7 8 9 3 4 5 6 7 8 9 '

run 0 run "$tmp/fine.scn" --seed 4 --json
is 'one canonical line' matches out '^\{"check":null,"commit":"[0-9a-f]+[+]?","crypto":"libsodium [^"]*","drawn":null,"events":[0-9]+,"failure":null,"faults":\{\},"hash":"[0-9a-f]{32}","line":null,"ok":true,"scenario":"[^"]*/fine\.scn","seed":4,"signature":null,"verdict":"ok","virtual_ms":[0-9]+\}$'
"$program" json check "$tmp/out" >/dev/null 2>&1
printf '%s' "$(cat "$tmp/out")" >"$tmp/line.json"
run 0 json check "$tmp/line.json"
run 1 run "$tmp/bad.scn" --json
is 'says why, and where' matches out '"failure":"expect receipts = 1 — ana: 0",.*"line":3,"ok":false,.*"verdict":"expectation"'

# ---- text ----

run 1 run "$tmp/bad.scn"
is 'the place' has out 'bad.scn:3: expectation'
is 'how to see it again' has out "framesim replay $tmp/bad.scn --seed 1"
run 1 replay "$tmp/bad.scn" --seed 1
is 'the failure' has out 'ana: 0'
run 1 run "$tmp/fine.scn" "$tmp/bad.scn" --quiet
is 'only the one that failed' sh -c '! grep -q fine.scn "$1"' - "$tmp/out"
run 0 run "$tmp/fine.scn" --seeds 1..4
is 'a summary' has out '4 runs: 4 fine'

# ---- ideal signatures ----

run 1 run "$tmp/bad.scn" --crypto ideal
is 'how to see it again, in the same mode' has out "framesim replay $tmp/bad.scn --seed 1 --crypto ideal"
run 1 replay "$tmp/bad.scn" --seed 1 --crypto ideal
run 0 run "$tmp/fine.scn" --json
cp "$tmp/out" "$tmp/real"
run 0 run "$tmp/fine.scn" --json --crypto ideal --tape "$tmp/ideal.tape" --verify-determinism
is 'says so' has out '"crypto":"ideal signatures, libsodium '
is 'another hash' sh -c '! cmp -s "$1" "$2"' - "$tmp/out" "$tmp/real"
unsigned='s/"crypto":"[^"]*"//; s/"hash":"[^"]*"//'
is 'all else as with real ones' test "$(sed "$unsigned" "$tmp/out")" = "$(sed "$unsigned" "$tmp/real")"
is 'the tape names them' grep -q '^crypto ideal signatures, ' "$tmp/ideal.tape"
run 0 replay --tape "$tmp/ideal.tape"
is 'ends as it did' test ! -s "$tmp/err"
is 'with its hash' has out "$(sed -n 's/^ends //p' "$tmp/ideal.tape")"
run 2 replay --tape "$tmp/ideal.tape" --crypto real
run 2 run "$tmp/fine.scn" --crypto none
run 2 run "$tmp/fine.scn" --crypto ideal --rewrite

# ---- probes ----

run 0 run "$tmp/fine.scn" --seeds 1..4 --probes
is 'hits and runs' matches out '^ +4 +4  acknowledged +a receipt is durable'
run 0 run "$tmp/fine.scn" --seed 4 --json --probes
is 'in the line' matches out '"ok":true,"probes":\{"acknowledged":1,[a-z0-9_":,]+\},"scenario"'
printf '%s' "$(cat "$tmp/out")" >"$tmp/line.json"
run 0 json check "$tmp/line.json"
run 8 run "$tmp/fine.scn" --require-probes
is 'which one' has err "probe 'ignoring' was never hit"
is 'not the rare ones' sh -c '! grep -q request_have_full "$1"' - "$tmp/err"
run 1 run "$tmp/bad.scn" --require-probes
# ---- snapshots ----

scenario shot <<'END'
framesim 1
nodes ana ben
intent ana wallet.mintFrame {"amount":100,"target":"alice"}
snapshot ana storage # what there is
| "wallet:balance:alice" 99
| "gone" 1
within 10s converge
snapshot ben counters
END
cp "$tmp/shot.scn" "$tmp/shot.old"
run 1 run "$tmp/shot.scn"
is 'the line that differs' has out 'line 1 of it is'
is 'what was found' has out '| "wallet:balance:alice" 100'
is 'what stood there' has out '| "wallet:balance:alice" 99'
run 0 run --rewrite "$tmp/shot.scn"
is 'how many' has out '2 snapshots rewritten'
run 0 run "$tmp/shot.scn"
is 'the line itself stays' grep -qF 'snapshot ana storage # what there is' "$tmp/shot.scn"
is 'what is not there goes' sh -c '! grep -q gone "$1"' - "$tmp/shot.scn"
is 'what follows stays' grep -qF 'within 10s converge' "$tmp/shot.scn"
cp "$tmp/shot.scn" "$tmp/shot.once"
run 0 run --rewrite "$tmp/shot.scn"
is 'nothing to rewrite' cmp -s "$tmp/shot.scn" "$tmp/shot.once"
(cat "$tmp/shot.old" && echo 'expect receipts = 7') >"$tmp/shot.scn"
cp "$tmp/shot.scn" "$tmp/shot.bad"
run 1 run --rewrite "$tmp/shot.scn"
is 'a run that fails rewrites nothing' cmp -s "$tmp/shot.scn" "$tmp/shot.bad"
printf 'framesim 1\nnodes ana\nsnapshot ana counters' >"$tmp/shot.scn"
run 0 run --rewrite "$tmp/shot.scn"
run 0 run "$tmp/shot.scn"
for arguments in '--rewrite --json' '--rewrite --story' '--rewrite --seeds 1..2' '--rewrite -'; do
    # shellcheck disable=SC2086 # words of their own
    run 2 run "$tmp/fine.scn" $arguments
done

# ---- the story of routes (§ 15 to 18) ----

run 0 run --story scenarios/peers.scn
for words in 'they announce themselves: 6 acquaintances made' 'asks laptop to execute it, route' 'fetches, for route' \
    'has executed it for phone, route' 'is told by desktop that it is done, route' 'holds its receipt: route'; do
    is "tells: $words" has out "$words"
done

# ---- folders ----

mkdir -p "$tmp/folder/b" "$tmp/folder/a"
cp "$tmp/fine.scn" "$tmp/folder/b/1.scn"
cp "$tmp/fine.scn" "$tmp/folder/a/2.scn"
cp "$tmp/fine.scn" "$tmp/folder/c.scn"
echo 'no scenario' >"$tmp/folder/c.txt"
run 0 run "$tmp/folder/" --json
found=$(sed 's|.*/folder/\([^"]*\)".*|\1|' "$tmp/out" | tr '\n' ' ')
is 'all below it, sorted' test "$found" = 'a/2.scn b/1.scn c.scn '

# ---- exit codes ----

run 4 run "$tmp/stuck.scn"
is 'who differs' has out 'no convergence'
run 6 run "$tmp/endless.scn" --events-max 1000
is 'the bound' has out 'more than 1000 events'
scenario deserted <<'END'
framesim 1
nodes ana ben
leave ana ben
calm 5s
END
run 7 run "$tmp/deserted.scn"
is 'why' has out 'no honest peer is left'
is 'no failure' sh -c '! grep -q FAIL "$1"' - "$tmp/out"
scenario lost <<'END'
framesim 1
nodes ana ben
intent ana notes.create {"text":"one"}
within 5s converge
crash ana ben
wipe ana ben
calm 20s
END
run 7 run "$tmp/lost.scn"
is 'why' has out 'all disks are lost'
sed 's/^wipe.*/wipe ana/' "$tmp/lost.scn" >"$tmp/kept.scn"
run 0 run "$tmp/kept.scn"
run 7 run "$tmp/deserted.scn" "$tmp/fine.scn"
is 'it is counted apart' has out '2 runs: 1 fine, 1 impossible'
run 1 run "$tmp/deserted.scn" "$tmp/bad.scn"
scenario policies <<'END'
framesim 1
swarm 2 to 3
storm 2s only clock
calm 30s
END
[ "${SANITIZE:-OFF}" = OFF ] && last=150 || last=30
run 7 run "$tmp/policies.scn" --seeds 1..$last --quiet
is 'strict policies keep some apart' has out 'policy strict keeps peers apart for good'
is 'what was drawn' has out ', policies '
run 3 run "$tmp/broken.scn" "$tmp/fine.scn"
is 'the place' has err "broken.scn:3:1: unknown verb 'wiat'; did you mean 'wait'?"
is 'the line' has err '  wiat 5s'
is 'nothing is run' test ! -s "$tmp/out"
run 3 run "$tmp/nowhere.scn"
run 3 run "$tmp/folder/a/none"
mkdir "$tmp/empty"
run 3 run "$tmp/empty"
run 3 replay "$tmp/broken.scn"
run 4 run "$tmp/bad.scn" "$tmp/stuck.scn" "$tmp/fine.scn"
run 4 run "$tmp/stuck.scn" "$tmp/bad.scn"
for arguments in '' '--seed 1' "$tmp/fine.scn --seed" "$tmp/fine.scn --seed x" "$tmp/fine.scn --seeds 5" \
    "$tmp/fine.scn --seeds 5..4" "$tmp/fine.scn --seed 9007199254740992" "$tmp/fine.scn --jobs 0" \
    "$tmp/fine.scn --json --story" "$tmp/fine.scn --seed 1 --seeds 1..2" "$tmp/fine.scn --bogus"; do
    # shellcheck disable=SC2086 # words of their own
    run 2 run $arguments
done
run 2 replay
run 2 replay "$tmp/fine.scn" "$tmp/fine.scn"
"$program" run - <"$tmp/bad.scn" >"$tmp/out" 2>"$tmp/err"
words='framesim run -'
is 'a scenario from standard input' has out '-:3: expectation'
run 0 run --help-verbs
is 'all verbs' has out 'within DURATION converge'

# ---- stories ----

run 0 replay scenarios/showcase.scn
is 'one root' matches out '^All 5 peers hold the same [0-9]+ receipts under one state root, [0-9a-f]{16};'
is 'the forgeries' has out 'REFUSES wrong_root (a nextStateRoot that execution does not give): state_root'
is 'the double spend' has out '[bike] is superseded'
run 0 replay scenarios/showcase.scn --trace
events=$(awk '{ print $2 }' "$tmp/out" | sed '$d' | sort -n | tail -n 1)
is 'every event' sh -c '[ "$(awk "{ print \$2 }" "$1" | sed "\$d" | sort -nu | wc -l)" -gt "$(($2 * 9 / 10))" ]' - "$tmp/out" "$events"

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
