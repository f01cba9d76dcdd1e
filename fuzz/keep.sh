#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# keep.sh TARGET, from the top folder: of what campaigns have found, the few small inputs that reach most beside those of
# corpora/TARGET, by both engines, are kept there: at most 24 of 4 KiB, each with three edges or more that AFL++ sees in none
# before it, and with something new for libFuzzer. What ./dev fuzz TARGET has built with either engine must be there.
set -euo pipefail
export LC_ALL=C.UTF-8 AFL_ALLOW_TMP=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1
target=$1
most=24 edges_least=3 bytes_most=4096
dir=build/fuzz/keep/$target
rm -rf "$dir"
mkdir -p "$dir/pool" "$dir/maps" "$dir/new" "$dir/merged"
find "build/fuzz/corpus/$target" -type f -size "-$((bytes_most + 1))c" -exec cp {} "$dir/pool/" \;
cp "corpora/$target"/* "$dir/pool/"
cp "corpora/$target"/* "$dir/merged/"
afl-showmap -q -t 10000 -i "$dir/pool" -o "$dir/maps" -- "build/fuzz-afl/fuzz/fuzz_$target" >/dev/null 2>&1 || true

# Greedy, by names where two bring the same: those of the corpora first, which are there in any case.
(cd "$dir/maps" && awk -F: '{ print FILENAME, $1 }' ./* | sed 's|^\./||') |
    awk -v most="$most" -v least="$edges_least" -v kept="$(ls "corpora/$target")" '
        BEGIN { n = split(kept, name, "\n"); for (i = 1; i <= n; i++) old[name[i]] = 1 }
        $1 in old { have[$2] = 1; next }
        { if (!($1 in edges)) order[++files] = $1; edges[$1] = edges[$1] " " $2 }
        END {
            for (round = 1; round <= most; round++) {
                best = 0
                for (i = 1; i <= files; i++) {
                    gain = 0
                    count = split(edges[order[i]], edge, " ")
                    left = ""
                    for (k = 1; k <= count; k++)
                        if (!(edge[k] in have)) { gain++; left = left " " edge[k] }
                    edges[order[i]] = left # what is there will be there
                    if (gain > best) { best = gain; chosen = order[i] }
                }
                if (best < least) exit
                print chosen
                count = split(edges[chosen], edge, " ")
                for (k = 1; k <= count; k++) have[edge[k]] = 1
            }
        }' | while read -r input; do
    hash=$(sha256sum "$dir/pool/$input")
    cp "$dir/pool/$input" "$dir/new/${hash:0:40}"
done
ASAN_OPTIONS=quarantine_size_mb=16 "build/fuzz-libfuzzer/fuzz/fuzz_$target" -merge=1 "$dir/merged" "$dir/new" >"$dir/log" 2>&1
before=$(find "corpora/$target" -type f | wc -l)
for input in "$dir"/new/*; do # libFuzzer names what it takes by its SHA-1
    [ -f "$input" ] || continue
    sha1=$(sha1sum "$input")
    [ ! -f "$dir/merged/${sha1:0:40}" ] || cp "$input" "corpora/$target/"
done
echo "== $target: of $(find "$dir/pool" -type f | wc -l) inputs of at most $bytes_most bytes $(($(find "corpora/$target" -type f | wc -l) - before)) are kept beside $before"
