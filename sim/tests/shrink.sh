#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shrink.sh: what is promised of tapes, `replay --against`, --verify-determinism and `framesim shrink`. FRAMESIM and PLANTED
# name the programs, SANITIZE says whether they are slow; run in the project's top folder.
. sim/tests/harness.sh
planted=$(realpath "${PLANTED:?must name the program with bugs}")
cp -r scenarios "$tmp/scenarios"
cd "$tmp" || exit 1
storm=storm.scn # of all faults, but small: 419 events with seed 11
printf 'framesim 1\nswarm 3 to 4\nstorm 8s\ncalm 60s\n' >$storm

has() { grep -qF -e "$2" "$1"; }
hash_of() { sed -n 's/.*seed [0-9]*  \([0-9a-f]\{32\}\)  .*/\1/p' "$1"; }

# ---- tapes ----

execute 0 "$program" run $storm --seed 11 --tape kept.tape
hash=$(hash_of out)
is 'names commit and cryptography' sh -c 'grep -q "^commit " kept.tape && grep -q "^crypto libsodium" kept.tape'
is 'every choice says what it is' sh -c '! grep " = " kept.tape | grep -qv "# "'
is 'has checkpoints' grep -q '^@ 25[6-9] [0-9a-f]*$' kept.tape # after 256 events, or as soon as it can be
is 'ends with the hash' has kept.tape "ends $hash"
execute 0 "$program" replay --tape kept.tape
is 'is the same run' test "$(hash_of out)" = "$hash"
is 'nothing to complain of' test ! -s err
sed 's/^seed 11$/seed 6/' kept.tape >other.tape
execute 0 "$program" replay --tape other.tape $storm
is 'follows the tape, not the seed' has out "$hash"
execute 2 "$program" run $storm --seed 11 --tape kept.tape
execute 2 "$program" run $storm --seeds 11..12 --tape more.tape
execute 2 "$program" replay --tape kept.tape --seed 5
execute 0 "$program" run $storm --seed 11 --tape kept.tape --force

# another program's questions are passed over, and all other choices stay
awk '!done && /^sync:/ { print "older-name:p1>p2:attest:0 = 7"; done = 1; next } { print }' kept.tape >older.tape
execute 0 "$program" replay --tape older.tape
is 'names what nobody asks for' has err 'nobody asks for: older-name:p1>p2:attest:0'
is 'says from where on it differs' has err 'differs from the recorded one from some event behind'
for line in 'framesim-tape 2' 'framesim-tape 1
x = ' 'framesim-tape 1
x 5' 'framesim-tape 1
x = 18446744073709551616' 'framesim-tape 1
seed -1' 'framesim-tape 1
@ 5 abc'; do
    printf '%s\n' "$line" >bad.tape
    execute 3 "$program" replay $storm --tape bad.tape
    is 'says where' grep -qE '^bad\.tape:[12]:[0-9]+: ' err
done

# ---- the first difference ----

execute 0 "$program" replay $storm --seed 11 --trace
cp out kept.trace
execute 0 "$program" replay $storm --seed 11 --against kept.trace
is 'says so' has out 'the same, event by event'
sed '100s/:/;/' kept.trace >other.trace
execute 1 "$program" replay $storm --seed 11 --against other.trace
is 'says where' has out 'differs from line 100 on:'
is 'shows both sides' sh -c 'grep -q "^  there: " out && grep -q "^  here: " out'
head -n 50 kept.trace >short.trace
execute 1 "$program" replay $storm --seed 11 --against short.trace
is 'says that it ends' has out 'there: (nothing more)'

# ---- the same twice ----

execute 0 "$program" run $storm --seeds 1..3 --verify-determinism

# ---- shrinking ----

# shrinks BUG SCENARIO SEED LINES PEERS: to a scenario no larger than that, which fails by itself in the same way.
shrinks() {
    execute 0 "$planted" shrink --planted-bug "$1" "$2" --seed "$3" -o small.scn --force --jobs 2 --json --quiet
    is 'is whole' has out '"whole":true'
    is "has at most $4 lines" test "$(sed 's/.*"lines":\([0-9]*\),.*/\1/' out)" -le "$4"
    is "has at most $5 peers" test "$(sed 's/.*"peers":\([0-9]*\),.*/\1/' out)" -le "$5"
    is 'nothing follows from the seed' has small.scn 'chance quiet'
    is 'says why it is there' sh -c 'head -n 1 small.scn | grep -q "^# "'
    "$planted" run --planted-bug "$1" "$2" --seed "$3" --json >before 2>err
    "$planted" run --planted-bug "$1" small.scn --seed 77 --json >after 2>err
    is 'fails with the same signature' \
        test "$(sed 's/.*"signature"://; s/,"verdict.*//' before)" = "$(sed 's/.*"signature"://; s/,"verdict.*//' after)"
    is 'fails' has after '"ok":false'
    if "$program" run small.scn >/dev/null 2>&1; then
        is 'says so where the sound program passes it' sh -c '! grep -q "fails without the planted bug" small.scn'
    else
        is 'says so where the sound program does not' has small.scn 'fails without the planted bug'
    fi
}

printf 'framesim 1\nswarm 2 to 3\nstorm 4s\ncalm 60s\n' >tiny.scn
shrinks ties_backwards tiny.scn 5 12 3
cp small.scn two.scn
execute 0 "$planted" shrink --planted-bug ties_backwards tiny.scn --seed 5 --jobs 1 --quiet
is 'is the same with one job' cmp -s out two.scn
execute 0 "$program" run two.scn # the sound program
if [ "${SANITIZE:-OFF}" = OFF ]; then # the same paths again, which take minutes under sanitizers
    shrinks torn_kept scenarios/swarm/a-crowd.scn 2 12 4 # as first written down it fails soundly as well
    shrinks nothing_rests scenarios/partition/a-partition-that-comes-and-goes-heals.scn 1 12 4
    shrinks intent_before_head scenarios/clock/a-clock-far-ahead-does-not-stop-the-others.scn 1 12 4
    shrinks version_unchecked scenarios/forgery/receipts-must-hash-and-link.scn 1 12 4
    shrinks commitment_of_one scenarios/merge/a-refusal-is-final.scn 1 12 4
fi

# whatever a storm does can be written down: the explicit timeline comes to the same set, to the last receipt
seeds='1 2 3 4'
[ "${SANITIZE:-OFF}" = OFF ] || seeds=4
for family in partition link peer clock disk memory version forgery discovery; do
    {
        printf 'framesim 1\nswarm 3 to 4\nadversary mal\n'
        [ $family != discovery ] || echo 'discovery 2s'
        printf 'storm 8s only %s\nexpect receipts = 999\n' $family
    } >family.scn
    for seed in $seeds; do
        execute 0 "$program" shrink family.scn --seed "$seed" --runs 1 -o written.scn --force --quiet
        is 'is an explicit timeline' sh -c '! grep -qE "^(swarm|storm)" written.scn'
        cat written.scn >>all.scn
    done
done
[ "${SANITIZE:-OFF}" = OFF ] && for verb in adopt backup capabilities clock clog crash crowd damage disk flood forge freeze \
    introduce leave liar link pause restart restore route site start starve twin upgrade wipe; do
    is "some has $verb" grep -q "^$verb " all.scn
done

# a line that did not hold: with what was found, to the last number
cat >three.scn <<'END'
framesim 1
nodes ana ben cai
workload ana ben every 1s for 2s mix notes.create=1
wait 5s
intent cai notes.create {"text":"something long"}
within 20s converge
expect receipts = 3
END
execute 0 "$program" shrink three.scn --quiet
cp out small.scn
is 'the line itself' has small.scn 'expect receipts = 3'
execute 1 "$program" run small.scn
execute 1 "$program" run three.scn
is 'the same number' sh -c 'found=$("$1" run three.scn | sed -n "s/.*ana: //p"); "$1" run small.scn | grep -q ": $found$"' - "$program"

# a story of the planted bug, and not of any failure alike: the sound program passes it
cat >ends.scn <<'END'
framesim 1
nodes ana ben
intent ana wallet.mintFrame {"amount":50,"target":"alice"} -> ok
intent ana escrow.lock {"amount":10,"recipient":"carol","reservationId":"r"} -> ok
intent ana escrow.release {"reservationId":"r"} -> ok
within 20s converge
intent ben notes.create {"text":"one"}
intent ana escrow.release {"reservationId":"r"} -> not_locked
END
execute 0 "$planted" shrink --planted-bug escrow_ends_twice ends.scn -o small.scn --force --quiet
is 'the escrow ends twice' sh -c '[ "$(grep -c "^intent ana escrow.release" small.scn)" -eq 2 ]'
execute 0 "$program" run small.scn

# a missed deadline keeps its length, and who did not converge can
cat >asks.scn <<'END'
framesim 1
nodes ana ben
decide lost:ana>ben:request:0 = 1
chance quiet
intent ben notes.create {"text":"one"}
intent ben display.timerTick {}
within 90s converge
END
execute 0 "$planted" shrink --planted-bug request_given_up asks.scn -o small.scn --force --quiet
is 'the deadline is as long' has small.scn 'within 90s converge'
execute 0 "$program" run small.scn

execute 1 "$program" shrink $storm --seed 11
is 'says that there is nothing to shrink' has err 'does not fail with seed 11'
execute 2 "$program" shrink $storm --seed x
execute 2 "$program" shrink
execute 2 "$planted" shrink --planted-bug ties_backwards tiny.scn --seed 5 -o two.scn
execute 3 "$program" shrink nowhere.scn

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
