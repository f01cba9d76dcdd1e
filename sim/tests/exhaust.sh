#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exhaust.sh: small worlds, exhausted: every kind finds nothing, and has gone through as much as it always has; and for
# each kind a planted bug that it must find. FRAMESIM and PLANTED name the programs.
set -u
export LC_ALL=C
: "${FRAMESIM:?must name the sound program}" "${PLANTED:?must name the broken program}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
    failures=$((failures + 1))
    echo "failed: $*"
}

# Counts are the same on every machine. A kind that goes through less than it did has become blind: think before you
# change them.
kinds="deliveries crashes changes truncations"
[ "${SANITIZE:-OFF}" = OFF ] || kinds="crashes truncations" # sanitizers take their time
# shellcheck disable=SC2086
"$FRAMESIM" exhaust $kinds --depth 1 --json >"$tmp/least" 2>&1 || fail "exhaust --depth 1 finds: $(head -n 5 "$tmp/least")"
[ "${SANITIZE:-OFF}" = OFF ] && depth=3 || depth=2
"$FRAMESIM" exhaust joins merges --depth "$depth" --json >"$tmp/deeper" 2>&1 ||
    fail "exhaust joins merges finds: $(head -n 5 "$tmp/deeper")"
cat "$tmp/least" "$tmp/deeper" >"$tmp/seen"
grep -vF -x -f sim/tests/exhaust.txt "$tmp/seen" >"$tmp/other" && fail "other counts: $(cat "$tmp/other")"
[ "$(wc -l <"$tmp/seen")" = "$(echo joins merges $kinds | wc -w)" ] || fail "not a line for each kind: $(cat "$tmp/seen")"

# finds BUG KIND DEPTH
finds() {
    "$PLANTED" exhaust "$2" --depth "$3" --planted-bug "$1" >"$tmp/out" 2>&1
    [ $? = 1 ] || fail "exhaust $2 --depth $3 does not find $1: $(head -n 3 "$tmp/out")"
}
finds ties_by_arrival joins 2
finds merge_of_first_second merges 3
finds attests_undurable deliveries 1
finds last_frame_forgotten crashes 1
finds envelope_unsigned changes 1
finds corrupt_taken_for_torn changes 1

"$FRAMESIM" exhaust everything >"$tmp/out" 2>&1
[ $? = 2 ] || fail "exhaust takes any kind"
"$FRAMESIM" exhaust --depth 0 >"$tmp/out" 2>&1
[ $? = 2 ] || fail "exhaust takes depth 0"

[ "$failures" -eq 0 ] && echo "small worlds: $(wc -l <"$tmp/seen") ways through them, nothing found but what was planted"
[ "$failures" -eq 0 ]
