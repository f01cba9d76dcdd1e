#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mutate.sh: mechanical mutants are what they say: each differs from its source in one place, keys find them again, and a
# sample is the same at every call. MUTATE names the program.
set -u
export LC_ALL=C
: "${MUTATE:?must name the program}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
    failures=$((failures + 1))
    echo "failed: $*"
}

cat >"$tmp/source.c" <<'END'
#define LIMIT 3 /* left alone, as 4 here */
static int table[] = {7};
int f(int a, int b)
{
    FRAME_ASSERT(a < 9);
    int sum = a;
    if (a < b && !b) sum = b - 1;
    for (int i = 0; i < LIMIT; i++)
        g(a);
    return sum;
}
END
"$MUTATE" list 1 0 "$tmp/source.c" | sed 's/^[0-9a-f]* [^ ]* //' | sort >"$tmp/seen"
grep -q '^5 ' "$tmp/seen" && fail "an assertion has mutants"
grep -q '^1 ' "$tmp/seen" && fail "the preprocessor has mutants"
for mutant in '2 constant 7 -> 8' '2 constant 7 -> 6' '7 operator < -> <=' '7 operator && -> ||' '7 operator ! -> ' \
    '7 operator - -> +' '7 constant 1 -> 0' '7 statement sum = b - 1; -> ;' '7 condition (a < b && !b) -> (!(a < b && !b))' \
    '7 condition (a < b && !b) -> (0)' '7 condition (a < b && !b) -> (1)' '8 operator ++ -> --' '9 statement g(a); -> ;'; do
    grep -qxF -- "$mutant" "$tmp/seen" || fail "no mutant '$mutant'"
done

"$MUTATE" list 7 40 core/fold.c core/order.c >"$tmp/a"
"$MUTATE" list 7 40 core/order.c core/fold.c | cmp -s - "$tmp/a" || fail "the sample depends on the order of the files"
while read -r key file line rest; do
    "$MUTATE" apply "$key" "$file" >"$tmp/mutant.c" || fail "no mutant $key of $file"
    diff "$file" "$tmp/mutant.c" >"$tmp/diff"
    grep -q "^$line[,c]" "$tmp/diff" && [ "$(grep -c '^[0-9]' "$tmp/diff")" = 1 ] ||
        fail "$file:$line $rest is not one change there"
done <"$tmp/a"
[ "$(wc -l <"$tmp/a")" = 40 ] || fail "not 40 mutants"

"$MUTATE" apply 0 core/fold.c >/dev/null 2>&1 && fail "there is a mutant 0"
[ "$failures" -eq 0 ] && echo "mutants: each is one change"
[ "$failures" -eq 0 ]
