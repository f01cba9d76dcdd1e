#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# explain.sh: `framesim explain` names the event at which a failure was decided, where that is known. FRAMESIM and PLANTED
# name the programs, the second one with bugs.
. sim/tests/harness.sh
planted=$(realpath "${PLANTED:?must name the program with bugs}")
cd "$tmp" || exit 1

has() { grep -qF -e "$2" "$1"; }

# number NAME: a member of the JSON object in out; row EVENT NAME: one of an event's row.
number() { sed "s/.*\"$1\":\\([0-9]*\\),.*/\\1/" out; }
row() { tr '{' '\n' <out | sed -n "s/.*\"event\":$1,.*\"$2\":\\([0-9]*\\),.*/\\1/p" | head -n 1; }

# ---- convergence: the attestation that nobody repeats is lost ----

cat >lost.scn <<'END'
framesim 1
nodes ana ben
gossip 60s
link ana -> ben loss 30%
intent ana notes.create {"text":"a"}
wait 2s
intent ben notes.create {"text":"b"}
within 20s converge
END
execute 0 "$program" explain lost.scn --seed 1 --quiet
is 'names the event' grep -q '^look at event 17, at 4.026 s: before it [0-9]* of 100 futures fail, after it 100 of 100$' out
is 'says what happened' has out '    lost ana ben: lost: attest 2 receipts, 2 heads'
is 'and from where on it is lost' has out 'from event 17, at 4.026 s on, no future is seen without the failure'
is 'has the failure behind it' grep -q '^ *17 *22\.000 *the failure' out

# ---- a check: what a crash leaves depends on how long the sync before it takes ----

cat >torn.scn <<'END'
framesim 1
nodes ana ben
disk ana sync uniform 1ms to 40ms torn yes
intent ben notes.create {"text":"b"}
within 10s converge
wait 5s
intent ana notes.create {"text":"a"} -> later
wait 20ms
crash ana
wait 3s
restart ana
END
execute 0 "$planted" explain --planted-bug torn_kept torn.scn --seed 3 --json --quiet --jobs 2 --futures 10
cp out two
event=$(number decisive)
is 'names the signature' has out '"check":"recovery"'
is 'names the event' sh -c 'sed "s/.*\"event\":$1,//; s/\"clocked_out\".*//" out | grep -q "executed ana: notes.create"' - "$event"
is 'is certain from there on' test "$(number inevitable)" = "$event"
is 'has more futures where it matters' test "$(row "$event" of)" = 50
is 'of which all fail' test "$(row "$event" failed)" = 50
is 'and before it not' test "$(row "$((event - 1))" failed)" -lt 50
is 'is whole' has out '"whole":true'
is 'names commit and cryptography' sh -c 'grep -q "\"commit\":\"..*\",\"crypto\":\"libsodium" out'
execute 0 "$planted" explain --planted-bug torn_kept torn.scn --seed 3 --json --quiet --jobs 1 --futures 10
is 'is the same with one job' cmp -s out two
head -c -1 out >line
execute 0 "$program" json check line

# a bound on futures: what there is, and that it is not all
execute 0 "$planted" explain --planted-bug torn_kept torn.scn --seed 3 --budget 200 --quiet
is 'says so' has out 'it was ended before the event was found'

# ---- nothing to decide ----

cat >certain.scn <<'END'
framesim 1
nodes ana ben
intent ana notes.create {"text":"a"}
within 5s converge
expect receipts = 2
END
execute 0 "$program" explain certain.scn --quiet
is 'says so' has out 'nothing that chance decides makes a difference'
execute 0 "$program" explain certain.scn --quiet --json
is 'names no event' has out '"decisive":null'

# ---- errors ----

execute 1 "$program" explain lost.scn --seed 2
is 'says why' has err 'does not fail with seed 2'
execute 2 "$program" explain
execute 2 "$program" explain lost.scn --seed x
execute 2 "$program" explain lost.scn --futures 0
execute 2 "$program" explain lost.scn --futures 1001
execute 2 "$program" explain lost.scn --budget 0
execute 2 "$program" explain lost.scn --time 5
execute 2 "$program" explain lost.scn certain.scn
execute 3 "$program" explain nowhere.scn
printf 'framesim 1\nnodes ana\nfrobnicate\n' >bad.scn
execute 3 "$program" explain bad.scn
is 'says where' has err 'bad.scn:3:1: '

# an interrupt ends it at once, in the run to begin with as well as among futures
cat >long.scn <<'END'
framesim 1
nodes ana ben cai
workload * every 1s for 8000h
wait 8000h
END
"$program" explain long.scn >out 2>err </dev/null &
pid=$!
sleep 0.3
kill -TERM $pid
wait $pid
code=$?
words='framesim explain, interrupted'
is "exit code ($code)" test "$code" = 130
execute 1 "$program" explain long.scn --time 1s
is 'says so' has err 'ended before the run with seed 1 was'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
