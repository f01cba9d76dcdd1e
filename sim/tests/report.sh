#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh: what is promised of `framesim report`: every form is what it says it is, the same run gives the same bytes,
# text from outside cannot break out, errors. FRAMESIM and PLANTED name the programs; run in the project's top folder.
. sim/tests/harness.sh
planted=$(realpath "${PLANTED:?must name the program with planted bugs}")
top=$(pwd)
cd "$tmp" || exit 1

# run CODE ARGUMENT...: runs framesim report; its exit code must be CODE.
run() {
    wanted=$1
    shift
    execute "$wanted" "$program" report "$@"
}

has() { grep -qF -e "$2" "$1"; }
lacks() { ! has "$1" "$2"; }
count() { [ "$(grep -c -e "$2" "$1")" = "$3" ]; }

cat >two.scn <<'END'
framesim 1
title Two devices </script><script>alert(1)</script> "and" 'a' & ‮drowssap
nodes ana ben
gossip 1s
say a line with </SCRIPT> <!-- and <b>tags</b>, # and ; and %% and {braces}

intent ana wallet.mintFrame {"amount":100,"target":"</script>"}
intent ana notes.create {"text":"a note"} as note
within 10s converge
partition ana | ben
intent ana notes.create {"text":"left"}
intent ben notes.create {"text":"right"}
wait 2s
crash ben
restart ben
heal
within 20s converge
wait 5s
END

# --- the forms --------------------------------------------------------------------------------------
for form in columns jsonl chrome mermaid dot; do
    run 0 two.scn --format $form
    cp out first.$form
    run 0 two.scn --format $form -o file.$form
    is "a file has other bytes than standard output" cmp -s first.$form file.$form
    run 3 nothing.scn --format $form
    is "says which file" has err nothing.scn
done
run 0 two.scn --html page.html
run 0 two.scn --html again.html
is "the same run gives other bytes" cmp -s page.html again.html
is "columns have a line for each record and a header" [ "$(wc -l <first.columns)" -eq "$(($(wc -l <first.jsonl) + 1))" ]
is "a delivery names its cause" has first.columns "deliver"
is "no byte of a title turns the direction of a line" lacks first.columns "$(printf '\342\200\256')"
is "a sequence diagram begins so" [ "$(head -n 1 first.mermaid)" = sequenceDiagram ]
is "messages are arrows" has first.mermaid "p0->>p1: "
is "a ';' would end a line" lacks first.mermaid "and ; and"
is "a graph begins so" [ "$(head -n 1 first.dot)" = "digraph receipts {" ]
is "the graph knows the note" has first.dot notes.create
is "the graph ends" [ "$(tail -n 1 first.dot)" = "}" ]
is "one script ends for each that begins" count page.html '</script>' 2
run 0 "$top/scenarios/peers.scn" --html peers.html
for words in 'announce ' 'route ' 'result ' 'routing ' 'served ' 'routed '; do
    is "the page shows routes and announcements: $words" has peers.html "$words"
done
is "a title has become a script" lacks page.html "<script>alert"
is "the page asks for nothing from a network" sh -c '! grep -nE "(src|href)=\"?(https?:)?//|@import|fetch\(" page.html'

# --- a small run, to the last byte -----------------------------------------------------------------------
cat >one.scn <<'END'
framesim 1
title One note
nodes ana ben
chance quiet

intent ana notes.create {"text":"milk; #1"}
wait 300ms
crash ben
restart ben
within 5s converge
END
cat >one.mermaid <<'END'
sequenceDiagram
    participant p0 as ana
    participant p1 as ben
    Note over p0: join is here
    Note over p1: join is here
    Note over p0,p1: line 2#58; title One note
    Note over p0,p1: line 3#58; nodes ana ben
    Note over p0,p1: line 4#58; chance quiet
    Note over p0,p1: line 6#58; intent ana notes.create #123;#34;text#34;#58;#34;milk#59; #35;1#34;#125;
    Note over p0: intent notes.create #123;#34;text#34;#58;#34;milk#59; #35;1#34;#125;
    Note over p0,p1: line 7#58; wait 300ms
    Note over p0: acknowledged notes.create#58; 5545a0b1 #123;#34;id#34;#58;#34;ed3abd3b90c39f3f#34;,#34;ok#34;#58;true#125;
    p0->>p1: attest 1 receipts, 1 heads#58; 5545a0b1
    Note over p1: note compared remote_ahead
    p1->>p0: attest 0 receipts, 0 heads#58; none
    Note over p0: note compared local_ahead
    p1->>p0: request want 1#58; 5545a0b1, have 0
    p0->>p1: page 1 receipts, 0 remain, want 5545a0b1
    Note over p1: note joined 1 receipts, 0 superseded, 0 changed, 0 restored
    p1->>p0: attest 1 receipts, 1 heads#58; 5545a0b1
    Note over p0: note compared synchronized
    Note over p0,p1: line 8#58; crash ben
    Note over p1: crash 0 writes lost, 1018 bytes are left
    Note over p0,p1: line 9#58; restart ben
    Note over p1: restart log clean, 1 receipts, 0 set aside
    Note over p0,p1: line 10#58; within 5s converge
END
cat >one.dot <<'END'
digraph receipts {
  rankdir=RL;
  node [fontname="monospace"];
  r0 [label="5545a0b1\nnotes.create\nana"];
  p0 [label="ana", shape=box, style=dashed];
  p0 -> r0 [style=dashed];
  p1 [label="ben", shape=box, style=dashed];
  p1 -> r0 [style=dashed];
}
END
cat >one.columns <<'END'
      0       0.000000        1       -  ana          -            join         is here
      1       0.000000        2       -  ben          -            join         is here
      2       0.000000        2       -  -            -            line         line 2: title One note
      3       0.000000        2       -  -            -            line         line 3: nodes ana ben
      4       0.000000        2       -  -            -            line         line 4: chance quiet
      5       0.000000        2       -  -            -            line         line 6: intent ana notes.create {"text":"milk; #1"}
      6       0.000000        2       5  ana          -            intent       notes.create {"text":"milk; #1"}
      7       0.000000        3       6  ana          -            append       1018 bytes
      8       0.000000        3       6  ana          -            executed     notes.create: receipt 5545a0b1
      9       0.000000        3       -  -            -            line         line 7: wait 300ms
     10       0.001000        3       7  ana          -            durable      1018 of 1018 bytes
     11       0.001000        4       8  ana          -            acknowledged notes.create: 5545a0b1 {"id":"ed3abd3b90c39f3f","ok":true}
     12       0.049000        5      11  ana          ben          send         attest 1 receipts, 1 heads: 5545a0b1
     13       0.049000        6       1  ben          ana          send         attest 0 receipts, 0 heads: none
     14       0.059000        6      12  ben          ana          deliver      attest 1 receipts, 1 heads: 5545a0b1
     15       0.059000        7      14  ben          ana          note         compared remote_ahead
END
for form in mermaid dot; do
    run 0 one.scn --format $form
    is "is told otherwise" cmp out one.$form
done
run 0 one.scn --format columns
is "its first records are told otherwise" sh -c 'sed 1d out | head -n 16 | cmp - one.columns'

# --- what stands in the forms, read by another program ---------------------------------------------------
if command -v node >/dev/null 2>&1; then
    words="node report.mjs"
    node "$top/sim/tests/report.mjs" first.jsonl first.chrome page.html >out 2>err
    is "what the forms say does not fit together" [ $? = 0 ]
fi

# --- tapes, seeds, failures ------------------------------------------------------------------------------
"$program" run two.scn --seed 5 --tape five.tape >out 2>err
run 0 two.scn --seed 5 --format jsonl
cp out five.jsonl
run 0 --tape five.tape --format jsonl
is "a tape tells another run" cmp -s out five.jsonl
run 0 two.scn --seed 6 --format jsonl
is "another seed tells the same run" sh -c '! cmp -s out five.jsonl'
"$planted" report --planted-bug supply_forgotten "$top/scenarios/crash/all-devices-crash-at-once.scn" \
    --budget 0 --html failed.html >out 2>err
is "a failing run has no report" [ $? = 0 ]
is "it says what failed" has failed.html "check 'balances' failed"
is "it says how it ended" has failed.html '"verdict":"safety"'
run 0 two.scn --at 20 --html at.html
is "--at opens at the beginning" sh -c '! grep -q "\"opening\":0," at.html'

# --- campaigns -------------------------------------------------------------------------------------------
"$program" campaign two.scn --seeds 1..3 --jobs 1 --quiet --out found >out 2>err
run 0 --campaign found --html campaign.html
is "a campaign's page has its runs" has campaign.html '"runs":3'
run 3 --campaign nowhere --html other.html
is "says which file" has err nowhere/campaign.json
echo '{"a":1,}' >found/summary.json
run 3 --campaign found --html other.html
is "names file and byte" has err "found/summary.json: json_syntax at byte 7"
is "nothing is written then" [ ! -e other.html ]

# --- errors ------------------------------------------------------------------------------------------------
run 2 two.scn
run 2 --html x.html
run 2 two.scn --format page
run 2 two.scn --format html
run 2 two.scn --html x.html --format dot
run 2 two.scn two.scn --html x.html
run 2 two.scn --html x.html --seed -1
run 2 two.scn --html x.html --at x
run 2 --campaign found --format dot
run 2 --campaign found two.scn --html x.html
run 2 --tape five.tape --seed 1 --format dot
run 2 two.scn --html page.html
is "is not overwritten" cmp -s page.html again.html
run 0 two.scn --html page.html --force
run 0 --help
is "says what it does" has out "usage: framesim report"

echo "$checks checks, $failures failed"
[ "$failures" = 0 ]
