#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# campaign.sh ENGINE TARGET SECONDS JOBS, from the top folder: fuzzes one target with what ./dev fuzz has
# built, and ends with a summary. Exit code 1 where anything was found, 2 where the engine did not run.
set -euo pipefail
export LC_ALL=C.UTF-8
engine=$1 target=$2 seconds=$3 jobs=$4
bytes_max=16384 # a dozen receipts
walls=(parse structure hashes links signature replay attestation)
dir=build/fuzz/$target-$engine
corpus=build/fuzz/corpus/$target # grows from campaign to campaign, shared by the engines
seeds=corpora/$target
dictionary=fuzz/dictionaries/$([ "$target" = scenario ] && echo scenario || echo json).dict
rm -rf "$dir"
mkdir -p "$dir/findings" "$dir/minimised" "$corpus" "$seeds"
export FRAMESIM_FUZZ_DEPTH=$PWD/$dir/depth

# share PART WHOLE: in percent, with one decimal.
share() { awk -v part="$1" -v whole="$2" 'BEGIN { printf("%5.1f %%", whole == 0 ? 0 : 100 * part / whole) }'; }

# count FILE I: the I-th number of a depth file: inputs first, then one for each wall.
count() { od -An -v -t u8 -j $(($2 * 8)) -N 8 "$1" | tr -d ' '; }

# A column for each instance that has counted: one, or AFL++'s main and its secondary.
depth_table() {
    local i file
    printf '  %-14s' "inputs that passed"
    [ ! -f "$dir/depth-seal" ] || printf '%8s%12s' main secondary
    echo
    for i in "${!walls[@]}"; do
        printf '    %-12s' "${walls[i]}"
        for file in "$dir"/depth "$dir"/depth-seal; do
            [ ! -f "$file" ] || printf '   %s' "$(share "$(count "$file" $((i + 1)))" "$(count "$file" 0)")"
        done
        echo
    done
}

# ---- engines ----------------------------------------------------------------------------------------

run_libfuzzer() {
    local more=()
    export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16
    [ "$jobs" -le 1 ] || more=(-fork="$jobs" -ignore_crashes=0)
    "$program" -max_total_time="$seconds" -max_len=$bytes_max -mutate_depth=2 -timeout=60 -report_slow_units=60 -rss_limit_mb=4096 \
        -dict="$dictionary" -artifact_prefix="$dir/findings/" -print_final_stats=1 "${more[@]}" \
        "$corpus" "$seeds" >"$dir/log" 2>&1 &
    show_progress $! "grep -E '(pulse|NEW|REDUCE|INITED|cov:)' $dir/log | tail -n 1" || ended=$?
    before=$(awk '/^#.* cov: / { inited = /INITED/; sub(/.* cov: /, ""); if (!at || inited) at = $1; if (inited) exit } END { print at }' \
        "$dir/log")
    coverage="edges ${before:-?} -> $(edges_now)"
}

run_afl() {
    local libraries=$PWD/build/fuzz-mutator/fuzz first only=()
    export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=0
    export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_COLOR=1
    mkdir -p "$dir/in"
    find "$seeds" "$corpus" -type f -exec cp {} "$dir/in/" \;
    # beside a secondary, which does all that AFL++ knows, the main instance changes what the mutator can read by it alone
    case $jobs,$target in 1,* | *,json | *,scenario) ;; *) only=(AFL_CUSTOM_MUTATOR_ONLY=1) ;; esac
    env "${only[@]}" AFL_CUSTOM_MUTATOR_LIBRARY="$libraries/libafl_mutate.so" \
        afl-fuzz -M main -i "$dir/in" -o "$dir/out" -V "$seconds" -t 10000 -G $bytes_max \
        -x "$dictionary" -- "$program" >"$dir/log" 2>&1 &
    first=$!
    if [ "$jobs" -gt 1 ]; then
        FRAMESIM_FUZZ_DEPTH=$FRAMESIM_FUZZ_DEPTH-seal AFL_CUSTOM_MUTATOR_LIBRARY=$libraries/libafl_seal.so \
            afl-fuzz -S seal -i "$dir/in" -o "$dir/out" -V "$seconds" -t 10000 -G $bytes_max \
            -x "$dictionary" -c "build/fuzz-cmplog/fuzz/fuzz_$target" -- "$program" \
            >"$dir/log-seal" 2>&1 &
    fi
    show_progress "$first" "sed -n 's/^execs_done *: */executions /p' $dir/out/main/fuzzer_stats" || ended=$?
    wait
    # the exit code of afl-fuzz says nothing about crashes: its figures and its folders do
    saved=$(cat "$dir"/out/*/fuzzer_stats 2>/dev/null |
        awk -F' *: *' '/^saved_(crashes|hangs) / { saved += $2 } END { print saved + 0 }')
    [ -s "$dir/out/main/fuzzer_stats" ] || return 0
    find "$dir/out" -path '*/crashes/id*' -exec cp {} "$dir/findings/" \;
    find "$dir/out" -path '*/hangs/id*' -exec cp {} "$dir/findings/" \;
    find "$dir/out" -path '*/queue/id*' -exec sha256sum {} + |
        while read -r hash file; do cp "$file" "$corpus/${hash:0:40}"; done
    coverage="edges $(edges_now)"
}

# Edges reached so far; nothing where nobody knows yet.
edges_now() {
    if [ "$engine" = afl ]; then
        sed -n 's/^edges_found *: *//p' "$dir/out/main/fuzzer_stats" 2>/dev/null || true
    else
        awk '/^#.* cov: / { sub(/.* cov: /, ""); at = $1 } END { print at }' "$dir/log"
    fi
}

# show_progress PID COMMAND: a line every half minute for as long as the process runs; then its exit code. Writes down
# how many edges were reached when.
show_progress() {
    local waited=0
    while kill -0 "$1" 2>/dev/null; do
        sleep 1
        waited=$((waited + 1))
        [ $((waited % 30)) -eq 0 ] || continue
        eval "$2" 2>/dev/null | cut -c1-110 || true
        echo "$waited s $(edges_now)" >>"$dir/edges"
    done
    wait "$1"
}

# Coverage over time, at most eight times of it, and the last.
edges_over_time() {
    [ -s "$dir/edges" ] || return 0
    awk 'NF == 3 { line[++n] = $0 }
        END {
            step = n > 8 ? n / 8 : 1
            for (i = step; i <= n + 0.5; i += step) text = text ", " line[int(i + 0.5)]
            if (n > 0) print "  edges over time: " substr(text, 3)
        }' "$dir/edges"
}

# ---- findings -------------------------------------------------------------------------------------

minimise() {
    if [ "$engine" = afl ]; then
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 timeout 60 afl-tmin -t 10000 -i "$1" -o "$2" -- \
            "$program" >/dev/null 2>&1 || true
    else
        FRAMESIM_FUZZ_PLAIN=1 timeout 90 "$program" -minimize_crash=1 -max_total_time=30 \
            -exact_artifact_path="$2" "$1" >/dev/null 2>&1 || true
    fi
    [ -s "$2" ] || cp "$1" "$2"
}

# Prints each finding, minimised, with the command that replays it; fails where there are any.
report_findings() {
    local finding small found=0
    for finding in "$dir"/findings/*; do
        [ -f "$finding" ] || continue
        found=$((found + 1))
        if timeout 10 "$program" "$finding" >/dev/null 2>&1; then # the engine, the mutator, or what ran before
            echo "  FOUND $finding, which does nothing when it is run alone: see $dir/log"
            grep -m 1 -E 'ERROR|SUMMARY|does not hold' "$dir/log" | sed 's/^/    /' || true
            continue
        fi
        small=$dir/minimised/$(sha256sum "$finding" | cut -c1-40)
        minimise "$finding" "$small"
        echo "  FOUND $small ($(stat -c %s "$finding") bytes, minimised $(stat -c %s "$small")); replay it with"
        echo "    $program $small"
    done
    return $((found > 0))
}

program=build/fuzz-$engine/fuzz/fuzz_$target
ended=0 saved=0 # the engine's exit code; how much AFL++ says it has found
echo "== fuzzing $target with $engine for $seconds s, $jobs jobs"
"run_$engine"
table=$(depth_table)
executions=0
for file in "$dir"/depth "$dir"/depth-seal; do
    [ ! -f "$file" ] || executions=$((executions + $(count "$file" 0)))
done
echo "== $target, $engine: $executions executions, ${coverage:-no coverage}"
echo "$table"
edges_over_time
report_findings || exit 1
if [ "$saved" -gt 0 ]; then
    echo "  FOUND $saved crashes or hangs below $dir/out"
    exit 1
fi
if [ "$ended" -ne 0 ] || [ "$executions" -eq 0 ]; then
    tail -n 20 "$dir/log"
    echo "  the engine ended with exit code $ended after $executions executions"
    exit 2
fi
echo "  nothing found"
