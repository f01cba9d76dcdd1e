#!/bin/sh
# The same (scenario, seed) gives the same bytes: on every binary given, a hundred times over, in other
# folders, locales, time zones and environments, with one job or two.
#
# Usage: determinism.sh BINARY... (from the project's top folder)
set -eu

[ $# -gt 0 ] || { echo "usage: sim/tests/determinism.sh BINARY..." >&2; exit 2; }
top=$(pwd)
runs=100
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

differ() {
    echo "determinism: $1 differs from the first:" >&2
    diff "$2" "$3" | head -n 6 >&2
    exit 1
}

# 1. the showcase, again and again, the binaries taking turns
i=0
while [ "$i" -lt "$runs" ]; do
    for binary in "$@"; do
        [ "$i" -lt "$runs" ] || break
        "$binary" run scenarios/showcase.scn --seed 7 --json >"$tmp/run"
        [ "$i" -gt 0 ] || cp "$tmp/run" "$tmp/first"
        cmp -s "$tmp/run" "$tmp/first" || differ "run $i of $binary" "$tmp/first" "$tmp/run"
        i=$((i + 1))
    done
done
echo "determinism: showcase, $i runs on $# binaries: one hash"

# 2. every scenario, several seeds, on every binary
for binary in "$@"; do
    "$binary" run scenarios --seeds 1..3 --json >"$tmp/all" || true
    [ -s "$tmp/suite" ] || cp "$tmp/all" "$tmp/suite"
    cmp -s "$tmp/all" "$tmp/suite" || differ "the suite on $binary" "$tmp/suite" "$tmp/all"
done
echo "determinism: $(wc -l <"$tmp/suite") runs of the suite, the same on $# binaries"

# 3. the surroundings must not matter
binary=$1
case $binary in /*) ;; *) binary=$top/$binary ;; esac
mkdir "$tmp/else where"
(
    cd "$tmp/else where"
    ln -s "$top/scenarios" scenarios
    LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Pacific/Kiritimati MALLOC_PERTURB_=165 \
        PADDING=$(head -c 5000 /dev/zero | tr '\0' x) \
        "$binary" run scenarios --seeds 1..3 --jobs 2 --json >"$tmp/other" || true
)
cmp -s "$tmp/other" "$tmp/suite" || differ "another folder, locale, zone, two jobs" "$tmp/suite" "$tmp/other"
if command -v setarch >/dev/null 2>&1 && setarch -R true 2>/dev/null; then
    setarch -R "$binary" run scenarios/showcase.scn --seed 7 --json >"$tmp/run"
    cmp -s "$tmp/run" "$tmp/first" || differ "a fixed address space" "$tmp/first" "$tmp/run"
else
    echo "determinism: skipped: a fixed address space (setarch is not allowed here)"
fi
echo "determinism: another folder, locale, time zone, environment, two jobs: the same"
