#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tapes.sh: the tapes of corpora/tapes, each a failure that was mended, pass; on a core with the bug that they were recorded on
# they fail, also after questions of chance have changed. And what is promised of `framesim promote`. FRAMESIM and
# PLANTED name the programs; run in the project's top folder.
. sim/tests/harness.sh
planted=$(realpath "${PLANTED:?must name the program with bugs}")

has() { grep -qF -e "$2" "$tmp/$1"; }

# ---- the tapes ----

count=0
for tape in corpora/tapes/*.tape; do
    count=$((count + 1))
    execute 0 "$program" replay --tape "$tape"
    is 'says what it shows' sh -c 'sed -n 2p "$1" | grep -q "^# §"' - "$tape"
    bug=$(sed -n 's/^commit .* with //p' "$tape")
    verdict=$(sed -n 's/^# It failed with \([a-z]*\):.*/\1/p' "$tape")
    case $verdict in safety) code=5 ;; liveness) code=4 ;; *) code=1 ;; esac
    execute $code "$planted" replay --planted-bug "$bug" --tape "$tape"
    # a refactoring: memory is asked of the tape under another name, a link's delays are drawn elsewhere, a peer is new
    sed 's/^jitter:/shake:/; s/^reordered:/order_kept:/' "$tape" >"$tmp/older.tape"
    sed 's/^swarm .*/&\nadversary mal/' corpora/tapes/a-small-storm.scn >"$tmp/newer.scn"
    execute $code "$planted" replay --planted-bug "$bug" --tape "$tmp/older.tape" "$tmp/newer.scn"
    is 'names what nobody asks for' has err 'nobody asks for: shake:'
done
words='corpora/tapes'
is "are some ($count)" test "$count" -ge 5

# ---- promote ----

cd "$tmp" || exit 1
cat >small.scn <<'END'
# what is held is held: this fails with
#     expect receipts = 1 — found too many
# Shrunk from big.scn, seed 4, by framesim 0123456789ab.
framesim 1
title something fails
nodes ana ben
chance quiet

intent ana notes.create {"text":"a"}
within 5s converge
END
execute 0 "$program" promote small.scn --to what-one-has-all-get.scn --why '§ 12: what one has all get'
is 'says that it passes' has out 'what-one-has-all-get.scn: it passes'
cat >wanted.scn <<'END'
# § 12: what one has all get
# what is held is held: this failed with
#     expect receipts = 1 — found too many
# Shrunk from big.scn, seed 4, by framesim 0123456789ab.
framesim 1
title What one has all get
nodes ana ben
chance quiet

intent ana notes.create {"text":"a"}
within 5s converge
END
is 'has its name and comment' cmp -s what-one-has-all-get.scn wanted.scn
execute 0 "$program" run what-one-has-all-get.scn
echo 'expect receipts = 2' >>small.scn
execute 2 "$program" promote small.scn --to what-one-has-all-get.scn --why '§ 12: another'
is 'overwrites nothing' cmp -s what-one-has-all-get.scn wanted.scn
execute 1 "$program" promote small.scn --to another.scn --why '§ 12: another'
is 'says that it fails' has err 'small.scn still fails: expect receipts = 2'
is 'writes nothing' test ! -e another.scn
execute 0 "$program" promote small.scn --to another.scn --why '§ 12: another' --failing
is 'says that it fails' has out 'another.scn: it still fails'
execute 0 "$program" promote what-one-has-all-get.scn --to another.scn --why '§ 12: another' --force
execute 0 "$program" run what-one-has-all-get.scn --seed 3 --tape kept.tape
execute 0 "$program" promote kept.tape --to kept-again.tape --why '§ 12: kept'
is 'is a tape with its comment' sh -c 'sed -n 2p kept-again.tape | grep -qx "# § 12: kept"'
is 'has no hashes' sh -c '! grep -qE "^(@|ends) " kept-again.tape'
execute 0 "$program" replay --tape kept-again.tape
for name in Upper.scn under_score.scn -dash.scn dash-.scn .scn plain noext.txt small.tape; do
    execute 2 "$program" promote small.scn "--to=$name" --why x
    is 'writes nothing' test ! -e "$name"
done
execute 2 "$program" promote small.scn --to fine.scn
execute 2 "$program" promote small.scn --why x
execute 2 "$program" promote small.scn --to fine.scn --why ''
execute 2 "$program" promote small.scn --to fine.scn --why 'two
lines'
execute 2 "$program" promote --to fine.scn --why x
execute 3 "$program" promote nowhere.scn --to fine.scn --why x
execute 3 "$program" promote wanted.scn --to no/where/fine.scn --why x
printf 'framesim 1\nnodes ana\nfrobnicate\n' >bad.scn
execute 3 "$program" promote bad.scn --to fine.scn --why x
is 'says where' has err 'bad.scn:3:1: '
printf 'framesim-tape 1\nx = y\n' >bad.tape
execute 3 "$program" promote bad.tape --to fine.tape --why x
is 'says where' has err 'bad.tape:2:'
is 'writes nothing' test ! -e fine.tape -a ! -e fine.scn

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
