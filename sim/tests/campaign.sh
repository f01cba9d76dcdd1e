#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# campaign.sh: what is promised of `framesim campaign`: the same files whatever the jobs, shards and interruptions;
# grouping; outputs for other programs; errors. FRAMESIM names the program; run in the project's top folder.
. sim/tests/harness.sh
cd "$tmp" || exit 1

# run CODE ARGUMENT...: runs framesim campaign; its exit code must be CODE.
run() {
    wanted=$1
    shift
    execute "$wanted" "$program" campaign "$@"
}

has() { grep -qF -e "$2" "$1"; }
lines() { [ "$(wc -l <"$1")" -eq "$2" ]; }
same_folder() { diff -r -x rate.jsonl "$1" "$2" >/dev/null; }

cat >flaky.scn <<'END'
framesim 1
nodes ana ben
link * loss 40%
intent ana notes.create {"text":"<&\"'\u001b"}
within 1s converge
END
cat >endless.scn <<'END'
framesim 1
nodes ana ben
wait 1h
END
cat >fine.scn <<'END'
framesim 1
nodes ana ben
expect receipts = 0
END
three='flaky.scn endless.scn fine.scn --seeds 5..14 --events-max 300'

# ---- jobs, shards, interruptions: the same files ----

# shellcheck disable=SC2086 # words of their own
{
    run 4 $three --jobs 1 --out one --junit one.xml --tap one.tap
    cp out one.txt
    run 4 $three --jobs 3 --out three --junit three.xml --tap three.tap
    for end in xml tap; do is 'the same bytes with three jobs' cmp -s one.$end three.$end; done
    is 'the same summary with three jobs' cmp -s out one.txt
    is 'the same folder with three jobs' same_folder one three
    for i in 1 2 3 4; do run 4 $three --shard $i/4 --out shard$i --quiet; done
    run 4 merge shard3 shard1 shard4 shard2 --out merged --junit merged.xml
    is 'the same folder from shards' same_folder one merged
    is 'the same XML from shards' cmp -s merged.xml one.xml
    is 'the same summary from shards' cmp -s out one.txt
    run 4 $three --out parts --stop-after 3
    is 'says that it is not all' has out 'of 30, which is not all'
    is 'is not taken for the whole' has parts/summary.json '"complete":false'
    is 'ends with the third failure' sh -c '[ "$(grep -c "\"ok\":false" parts/results.jsonl)" = 3 ] && tail -n 1 parts/results.jsonl | grep -q "\"ok\":false"'
}
printf '{"commit":"half a li' >>parts/results.jsonl
run 4 --resume parts --jobs 2
is 'goes on to the same folder' same_folder one parts
is 'is the whole now' has parts/summary.json '"complete":true'
run 4 --resume parts
is 'has nothing more to do' same_folder one parts

# ---- what fails, in how many ways ----

is 'groups' has one.txt 'failed in 2 ways'
is 'names the cause' has one.txt 'convergence: storage differs'
is 'names the bound' has one.txt 'budget: more than N events'
ls one/tapes >names
is 'has a tape for each kind, the gravest first' sh -c 'printf "%s\n" 01-convergence.tape 02-budget.tape | cmp -s - names'
"$program" replay --tape one/tapes/01-convergence.tape >out 2>err
code=$?
is "fails in the same way ($code)" test $code = 4
is 'is the cheapest' sh -c 'seed=$(sed -n "s/^seed //p" one/tapes/01-convergence.tape); grep -q "flaky.scn --seed $seed " one.txt || grep -q "flaky.scn --seed $seed$" one.txt'
cheapest=$(sed -n 's/.*"events":\([0-9]*\),.*"check":"convergence".*/\1/p' one/results.jsonl | sort -n | head -n 1)
is "has the cheapest, of $cheapest events" has one.txt "the cheapest has $cheapest events"
is 'says how to see it' has one.txt 'again: framesim replay flaky.scn --seed'
is 'with the signatures it had' grep -qE 'again: framesim replay flaky.scn --seed [0-9]+ --crypto ideal$' one.txt
is 'names commit and cryptography in every line' lines one/results.jsonl "$(grep -c '"commit":"[^"]*","crypto":"ideal signatures, libsodium' one/results.jsonl)"
"$program" json check one/summary.json >/dev/null 2>&1
head -c -1 one/summary.json >summary
"$program" json check summary >out 2>err
is 'canonical JSON' test $? = 0
is 'counts probes' has one/summary.json '"probes":[{"hits":'
is 'a line for each probe' test "$(wc -l <one/faults-by-probes.csv)" = "$(($(tr '{' '\n' <one/summary.json | grep -c '"hits"') + 1))"
is 'as many columns everywhere' test "$(awk -F, '{ print NF }' one/faults-by-probes.csv | sort -u | wc -l)" = 1

# ---- nothing is lost by a slip ----

cp one/results.jsonl before.jsonl
"$program" campaign merge one --out one --force >out 2>err
is "is refused" test $? = 2
is 'does not eat what it reads' cmp -s one/results.jsonl before.jsonl
run 2 --resume one --count 9
run 2 --resume one --crypto real

# ---- for other programs ----

is 'a test case for each run' test "$(grep -c '<testcase' one.xml)" = 30
is 'no markup from outside' sh -c '! grep -q "<&" one.xml'
is 'a plan' has one.tap '1..30'
is 'a test point for each run' test "$(grep -cE '^(not )?ok ' one.tap)" = 30
run 4 flaky.scn --seeds 1..8 --github
is 'an annotation' grep -qE '^::error file=flaky\.scn,line=5,title=convergence%3A storage differs::[1-8] of 8 runs\.' out
run 4 flaky.scn --seeds 1..8 --json --quiet
is 'one line' lines out 1
is 'the summary' has out '"check":"convergence"'
run 0 fine.scn --seeds 1..8 --quiet
is 'nothing to say' test ! -s out -a ! -s err

# ---- real signatures ----

run 4 flaky.scn --seeds 1..8 --quiet --crypto real --out real
is 'says so' has out ', real signatures'
is 'and nothing of it in how to see it again' sh -c '! grep -q -e --crypto out'
is 'in the manifest' has real/campaign.json '"crypto":"libsodium'
run 4 --resume real --quiet
run 4 flaky.scn --seeds 1..8 --quiet --out ideal
grep -o '"ok":[a-z]*' real/results.jsonl >real.oks
grep -o '"ok":[a-z]*' ideal/results.jsonl >ideal.oks
is 'the same seeds fail with either' cmp -s real.oks ideal.oks

# ---- what does not return ----

cat >slow.scn <<'END'
framesim 1
nodes ana ben cai
workload * every 1s for 8000h
wait 8000h
END
run 6 slow.scn fine.scn --seeds 1..2 --run-seconds-max 1 --out slow --jobs 2
is 'goes on' has slow/results.jsonl '"scenario":"fine.scn","seed":2'
is 'says so apart' has out '2 failed in 1 way (2 ended by the wall clock)'
is 'counts it apart' has slow/summary.json '"clocked_out":2'

# a worker ends with its campaign, whatever that ended by
"$program" campaign slow.scn --seeds 1..9 --jobs 1 --quiet >out 2>err </dev/null &
pid=$!
sleep 0.5
worker=$(tr -d ' ' <"/proc/$pid/task/$pid/children")
kill -KILL $pid
wait $pid 2>/dev/null
sleep 0.3
words='framesim campaign, killed'
is "leaves no worker behind ($worker)" sh -c '[ -n "$1" ] && ! grep -qE "^[0-9]+ \([^)]*\) [^Z]" "/proc/$1/stat" 2>/dev/null' - "$worker"

# ---- seeds ----

run 0 fine.scn --seeds-from 0123abcd --count 4 --out from
run 0 fine.scn --seeds-from 0123abcd --count 4 --out again
is 'a text gives the same seeds' same_folder from again
run 0 fine.scn --seeds-from 0123abce --count 4 --out other
is 'another one gives others' sh -c '! cmp -s from/results.jsonl other/results.jsonl'
run 0 fine.scn --time 1s --out timed
is 'runs from seed 1 on' sh -c 'head -n 1 timed/results.jsonl | grep -q "\"seed\":1,"'
is 'is never all of an endless campaign' has timed/summary.json '"complete":false'

# an interrupt ends it in good order; endless, so that it does not end by itself
"$program" campaign fine.scn --time 1h --out broken >out 2>err </dev/null &
pid=$!
while [ ! -s broken/results.jsonl ]; do sleep 0.1; done
kill -TERM $pid
wait $pid
code=$?
words='framesim campaign, interrupted'
is "exit code 130 ($code)" test $code = 130
is 'a summary' has out 'of 1 scenario: '
is 'whole lines only' test "$(tail -c 1 broken/results.jsonl | wc -l)" = 1

# ---- errors ----

run 2
run 2 fine.scn
run 2 fine.scn --seeds 5
run 2 fine.scn --seeds 5..4
run 2 fine.scn --seeds 1..2 --seeds-from x
run 2 fine.scn --seeds 1..2 --count 5
run 2 fine.scn --time 5
run 2 fine.scn --time 0s
run 2 fine.scn --seeds 1..2 --shard 3/2
run 2 fine.scn --seeds 1..2 --jobs 0
run 2 fine.scn --seeds 1..2 --stop-after 0
run 2 --resume one --seeds 1..2
run 2 fine.scn --seeds 1..2 --out one
is 'names the way out' has err 'campaign.json is already there (--resume goes on with it, --force begins anew)'
is 'overwrites nothing' same_folder one three
run 2 fine.scn --seeds 1..2 --junit one.xml
run 0 fine.scn --seeds 1..2 --out other --force
is 'begins anew' lines other/results.jsonl 2
run 3 nowhere.scn --seeds 1..2
run 3 --resume nowhere
run 3 fine.scn --seeds 1..2 --out no/where
run 3 merge shard1 shard2 shard4 --out lacking
is 'says what is missing' has err 'missing: 7 of the 7 runs of shard 3/4, from fine.scn seed 5 on'
is 'keeps what comes before' lines lacking/results.jsonl 2
run 3 merge shard1 shard1 --out never
is 'says which' has err 'the same shard'
run 3 merge shard1 other --out never
is 'says which' has err 'shard1 and other are not of one campaign'
run 2 merge shard1
cp -r one changed
sed 's/"seed":6,/"seed":7,/' one/results.jsonl >changed/results.jsonl
run 3 --resume changed
is 'says where' has err 'changed/results.jsonl:4:1: is not the result of the run that stands here'
echo '# changed' >>fine.scn
run 3 --resume one
is 'says why' has err 'its scenarios have changed since it was begun'
sed 's/"commit":"[^"]*"/"commit":"000000000000"/' one/campaign.json >changed/campaign.json
run 3 --resume changed
is 'says why' has err 'was begun by another build of framesim than this one'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
