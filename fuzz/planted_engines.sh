# SPDX-License-Identifier: Apache-2.0
# planted_engines.sh: how either engine is set on a planted bug, for scripts in bash to read in; from the top folder, with the
# builds of `./dev fuzz planted`.
# shellcheck shell=bash
planted_bytes_max=16384

# Is all there that the engines are run with?
engines_there() {
    command -v afl-fuzz >/dev/null && [ -f build/fuzz-mutator/fuzz/libafl_mutate.so ] &&
        [ -x build/fuzz-planted-libfuzzer/fuzz/fuzz_json ] && [ -x build/fuzz-planted-afl/fuzz/fuzz_json ]
}

# trips BUG TARGET FILE: does the bug show on this input?
trips() {
    ! FRAMESIM_PLANTED_BUG=$1 "build/fuzz-planted-libfuzzer/fuzz/fuzz_$2" "$3" >/dev/null 2>&1
}

# start_from BUG TARGET FOLDER: the seeds; prints how many show the bug themselves.
start_from() {
    local input told=0
    mkdir -p "$3"
    for input in corpora/"$2"/*; do
        if trips "$1" "$2" "$input"; then told=$((told + 1)); else cp "$input" "$3/"; fi
    done
    echo "$told"
}

# try_ENGINE BUG TARGET SEEDS SEED OUT SECONDS: fuzzes from the inputs in SEEDS for so long, or until something is found. Prints
# nothing, and succeeds where it found the bug; what it did is in OUT.log. Ends the script where the engine did not run.
try_libfuzzer() {
    local bug=$1 target=$2 seeds=$3 seed=$4 out=$5
    mkdir -p "$out"
    ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16 FRAMESIM_PLANTED_BUG=$bug \
        "build/fuzz-planted-libfuzzer/fuzz/fuzz_$target" -seed="$seed" -max_total_time="$6" -max_len=$planted_bytes_max \
        -mutate_depth=2 -artifact_prefix="$out/" "$out" "$seeds" >"$out.log" 2>&1 || true
    grep -q '^#[0-9]' "$out.log" || { tail -n 5 "$out.log" >&2 && exit 3; }
    [ -n "$(find "$out" -regex '.*/\(crash\|leak\|timeout\|oom\)-.*' -print -quit)" ]
}

try_afl() {
    local bug=$1 target=$2 seeds=$3 seed=$4 out=$5
    FRAMESIM_PLANTED_BUG=$bug AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_BENCH_UNTIL_CRASH=1 \
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_CUSTOM_MUTATOR_LIBRARY=$PWD/build/fuzz-mutator/fuzz/libafl_mutate.so \
        afl-fuzz -s "$seed" -i "$seeds" -o "$out" -V "$6" -t 10000 -G $planted_bytes_max \
        -- "build/fuzz-planted-afl/fuzz/fuzz_$target" >"$out.log" 2>&1 || true
    [ -f "$out/default/fuzzer_stats" ] || { tail -n 5 "$out.log" >&2 && exit 3; }
    [ -n "$(find "$out" -path '*/crashes/id*' -print -quit 2>/dev/null)" ]
}
