#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# planted.sh SECONDS RUNS, from the top folder: do the engines find mistakes behind the hashes? For each planted
# bug (core/planted.h) in the table below and each engine, RUNS campaigns of one job, with seeds 1 to RUNS, each until
# something is found or SECONDS are over. They start from corpora/TARGET without the inputs that show the bug by
# themselves. Prints the table of median times, in seconds of processor time since the machine may be busy; exit code 1
# where a bug was found in less than half of the runs.
set -euo pipefail
export LC_ALL=C.UTF-8
seconds=$1 runs=$2
dir=build/fuzz/planted
# shellcheck source=fuzz/planted_engines.sh
. fuzz/planted_engines.sh
rm -rf "$dir"
mkdir -p "$dir"
bugs='divergence_one_late merge
ties_of_one_byte merge
refusal_revived merge
link_of_eight_bytes verify
merge_out_of_order verify
root_without_index verify'

# Sets `used` to what this shell's children have used of the processor so far, in tenths of a second.
processor() {
    times >"$dir/times"
    used=$(awk -F'[ms ]+' 'NR == 2 { printf "%d", ($1 * 60 + $2 + $3 * 60 + $4) * 10 }' "$dir/times")
}

# median TIME...: in tenths of a second; a run without a finding counts as `over`.
median() {
    printf '%s\n' "$@" | sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# campaign ENGINE BUG TARGET SEEDS: prints "found of runs, median".
campaign() {
    local run used before found=0 times=() over=$((seconds * 10 + 1)) middle
    for run in $(seq "$runs"); do
        processor
        before=$used
        if "try_$1" "$2" "$3" "$4" "$run" "$dir/$2-$1-$run" "$seconds"; then
            processor
            found=$((found + 1))
            times+=($((used - before)))
        else
            times+=("$over")
        fi
    done
    middle=$(median "${times[@]}")
    if [ "$middle" -ge "$over" ]; then
        echo "$found of $runs, > $seconds s"
    else
        echo "$found of $runs, $((middle / 10)).$((middle % 10)) s"
    fi
}

missed=0
printf '| %-22s | %-6s | %-14s | %-16s | %-16s |\n' "planted bug" target "seeds show it" libFuzzer AFL++ \
    "$(printf -- '-%.0s' {1..22})" ------ -------------- ---------------- ----------------
while read -r bug target; do
    told=$(start_from "$bug" "$target" "$dir/$bug-seeds")
    libfuzzer=$(campaign libfuzzer "$bug" "$target" "$dir/$bug-seeds")
    afl=$(campaign afl "$bug" "$target" "$dir/$bug-seeds")
    printf '| %-22s | %-6s | %-14s | %-16s | %-16s |\n' "$bug" "$target" "$told" "$libfuzzer" "$afl"
    case "$libfuzzer $afl" in *'>'*) missed=1 ;; esac
done <<<"$bugs"
exit $missed
