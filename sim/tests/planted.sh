#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# planted.sh: checks are seen to fire (known_receipts and bounded in test_check and test_flood, for instances that lie).
# sim/planted/kills.txt says which planted bug must fail which scenario
# how; the sound program passes the very same runs; and an ordinary build holds nothing of the bugs.
# PLANTED and FRAMESIM name the programs, FRAME the core's archive, SANITIZE says whether they are slow: then every
# fifth row is run. Run in the project's top folder.
set -u
export LC_ALL=C
: "${PLANTED:?must name the broken program}" "${FRAMESIM:?must name the sound program}" "${FRAME:?must name the archive}"
table=sim/planted/kills.txt
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
    failures=$((failures + 1))
    echo "failed: $*"
}

sed 's/#.*//; /^[[:space:]]*$/d' "$table" >"$tmp/rows"
"$PLANTED" bugs | awk '{ print $1 }' | sort >"$tmp/bugs"
awk '{ print $1 }' "$tmp/rows" | sort -u >"$tmp/named"

# ---- the table and the list of bugs say the same ----

[ -s "$tmp/bugs" ] || fail "no bugs are listed"
for bug in $(comm -13 "$tmp/bugs" "$tmp/named"); do fail "$table: no planted bug '$bug'"; done
for bug in $(comm -23 "$tmp/bugs" "$tmp/named"); do fail "$table: nothing is said of '$bug'"; done
awk 'NF != 4 { print }' "$tmp/rows" >"$tmp/odd"
[ -s "$tmp/odd" ] && fail "$table: not four words: $(head -n 1 "$tmp/odd")"

# ---- ordinary builds hold none ----

"${NM:-nm}" "$FRAME" 2>/dev/null | grep -q frame_planted_bug && fail "$FRAME has a symbol of the planted bugs"
for program in "$FRAMESIM" "$FRAME"; do
    grep -aoFf "$tmp/bugs" "$program" | sort -u | sed "s|^|failed: $program holds the words |" >"$tmp/held"
    [ -s "$tmp/held" ] && cat "$tmp/held" && failures=$((failures + 1))
done
"$FRAMESIM" run scenarios/showcase.scn --planted-bug overdraft >/dev/null 2>&1
[ $? = 2 ] || fail "the sound program takes --planted-bug"
"$PLANTED" run scenarios/showcase.scn --planted-bug nothing_of_the_kind >/dev/null 2>&1
[ $? = 2 ] || fail "the broken program takes any --planted-bug"

# ---- each bug fails its run, as it must ----

[ "${SANITIZE:-OFF}" = OFF ] && every=1 || every=5
awk -v every=$every '$2 != "-" && NR % every == 0' "$tmp/rows" >"$tmp/run"

# One row: prints what went wrong. What fails: the check's name, else the verdict; `died` where an assertion
# ended the process.
cat >"$tmp/row" <<'END'
#!/bin/sh
case $2 in
*.json)
    sound=$("$FRAMESIM" chain verify "$2" --json 2>/dev/null)
    broken=$("$PLANTED" chain verify "$2" --json --planted-bug "$1" 2>/dev/null)
    [ -n "$broken" ] && [ "$sound" != "$broken" ] || echo "failed: $1, $2: not told apart: $broken"
    exit 0
    ;;
esac
line=$("$PLANTED" run "$2" --seed "$3" --json --jobs 1 --events-max 400000 --planted-bug "$1" 2>/dev/null)
seen=$(printf '%s\n' "$line" | sed -n 's/^{"check":"\([a-z_0-9]*\)".*/\1/p')
[ -n "$seen" ] || case $line in
*'"hash":null'*) seen=died ;;
*) seen=$(printf '%s\n' "$line" | sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p') ;;
esac
case ",$4," in
*",$seen,"*) ;;
*) echo "failed: $1, $2, seed $3: ${seen:-no result}, not $4" ;;
esac
END
export PLANTED FRAMESIM
xargs -P 2 -L 1 sh "$tmp/row" <"$tmp/run" >"$tmp/broken"
cat "$tmp/broken"
failures=$((failures + $(wc -l <"$tmp/broken")))

# ---- and the sound program passes all of them ----

awk '$2 ~ /[.]scn$/ { print $2, "--seed", $3 }' "$tmp/run" | sort -u |
    xargs -P 2 -L 1 "$FRAMESIM" run --quiet --jobs 1 >"$tmp/sound" 2>&1 || true
if [ -s "$tmp/sound" ]; then
    head -n 20 "$tmp/sound"
    fail "the sound program fails in a run of $table"
fi

echo "$(wc -l <"$tmp/bugs") planted bugs, $(wc -l <"$tmp/run") runs," \
    "$(awk '$2 == "-"' "$tmp/rows" | wc -l) that nothing catches, $failures failed"
[ "$failures" -eq 0 ]
