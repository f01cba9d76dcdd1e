#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# table.sh [--build DIR] [--seeds N] [--runs N] [--jobs N] [--fuzz SECONDS] [--out FILE] [BUG...]: planted bugs (all, or
# those named) and who catches them: a scenario (sim/planted/kills.txt), and the swarm: how many seeds and milliseconds of
# processor time until a campaign fails, the median of so many runs that begin with other seeds
# (scenarios/swarm/peers-find-each-other.scn for sections 15 to 18 of the protocol, else anything-goes.scn); `-` where
# the first so many seeds do not show it. Then small worlds are asked (framesim exhaust), and with --fuzz (built by
# ./dev fuzz planted) libFuzzer, for so long on each target of the bug's section, beginning with its corpus; `.`: not
# asked. Hardest first; goes on where it was interrupted. Run in the project's top folder.
set -euo pipefail
export LC_ALL=C

build=build/release seeds=2000 runs=3 jobs=2 fuzz=0 out=''
while [ $# -ge 2 ] && [[ $1 == --* ]]; do
    case $1 in
    --build) build=$2 ;;
    --seeds) seeds=$2 ;;
    --runs) runs=$2 ;;
    --jobs) jobs=$2 ;;
    --fuzz) fuzz=$2 ;;
    --out) out=$2 ;;
    *) sed -n '3,9s/^# //p' "$0" >&2 && exit 2 ;;
    esac
    shift 2
done
planted=$build/framesim-planted
[ -x "$planted" ] || { echo "table.sh: build $build first" >&2 && exit 3; }
[ "$fuzz" = 0 ] || [ -x build/fuzz-planted-libfuzzer/fuzz/fuzz_json ] ||
    { echo "table.sh: build build/fuzz-planted-libfuzzer first" >&2 && exit 3; }
out=${out:-$build/planted.txt}
part=$out.$seeds-$runs-$fuzz.part
"$planted" bugs >"$out.bugs"

section() { awk -v bug="$1" '$1 == bug { print $2 }' "$out.bugs"; }

small_world() {
    local way code
    for way in "joins --depth 2" merges truncations crashes deliveries changes joins; do
        code=0
        # shellcheck disable=SC2086
        timeout 600 "$planted" exhaust $way --planted-bug "$1" >/dev/null 2>&1 || code=$?
        case $code in 0 | 124) ;; *) echo "${way%% *}" && return ;; esac # 124: took too long
    done
    echo -
}

# Seeds and milliseconds of one campaign; "- -" where it finds nothing. A run that dies is a finding.
campaign() {
    local first=$2 scenario=scenarios/swarm/anything-goes.scn summary failed
    [ "$(section "$1")" -lt 15 ] || scenario=scenarios/swarm/peers-find-each-other.scn
    summary=$("$planted" campaign "$scenario" --seeds "$first..$((first + seeds - 1))" --stop-after 1 \
        --jobs 1 --events-max 400000 --json --quiet --planted-bug "$1" 2>/dev/null || true)
    failed=$(sed -n 's/.*"events":[0-9]*,"failed":\([0-9]*\).*/\1/p' <<<"$summary")
    if [ "${failed:-0}" = 0 ]; then
        echo "- -"
    else
        times >"$out.times-$1" # of this shell's children: of a subshell's only the campaign's own
        echo "$(sed -n 's/.*"runs":\([0-9]*\).*/\1/p' <<<"$summary")" \
            "$(awk -F'[ms ]+' 'NR == 2 { printf "%d", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }' "$out.times-$1")"
        rm "$out.times-$1"
    fi
}

# The median of `runs` campaigns, by their seeds; of one alone where that finds nothing.
campaigns() {
    local i found
    found=$(campaign "$1" 1)
    if [ "$found" != "- -" ]; then
        found=$(
            echo "$found"
            for ((i = 1; i < runs; i++)); do (campaign "$1" $((1 + i * 100000))); done
        )
        found=$(echo "${found//- -/999999999 -}" | sort -n | sed -n "$(((runs + 1) / 2))p" | sed 's/^999999999/-/')
    fi
    echo "$found"
}

# TARGET:SECONDS of the first target of the section that shows it.
fuzzed() {
    local target targets begun program
    [ "$fuzz" != 0 ] || { echo . && return; }
    case $(section "$1") in
    2) targets='json receipt' ;;
    3 | 4) targets='receipt verify' ;;
    5 | 10) targets='verify merge' ;;
    6) targets='execute' ;;
    7 | 8 | 9) targets='merge verify' ;;
    11) targets='attestation sync' ;;
    12) targets='sync envelope' ;;
    13) targets='log sync' ;;
    *) targets='routing' ;;
    esac
    for target in $targets; do
        program=build/fuzz-planted-libfuzzer/fuzz/fuzz_$target
        begun=$(date +%s)
        mkdir -p "$out.fuzz/$1-$target"
        FRAMESIM_PLANTED_BUG=$1 ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16 "$program" -seed=1 \
            -max_total_time="$fuzz" -max_len=16384 -mutate_depth=2 -artifact_prefix="$out.fuzz/$1-$target/" \
            "$out.fuzz/$1-$target" corpora/"$target" >"$out.fuzz/$1-$target.log" 2>&1 || true
        if [ -n "$(find "$out.fuzz/$1-$target" -regex '.*/\(crash\|leak\|timeout\|oom\)-.*' -print -quit)" ]; then
            echo "$target:$(($(date +%s) - begun))" && return
        fi
    done
    echo -
}

judge() {
    local found scenario asked=. small=.
    found=$(campaigns "$1")
    [ "$found" != "- -" ] || { small=$(small_world "$1") && asked=$(fuzzed "$1"); }
    scenario=$(awk -v bug="$1" '$1 == bug && $2 != "-" { sub(/.*\//, "", $2); print $2; exit }' sim/planted/kills.txt)
    echo "$1 $found $asked $small ${scenario:--}" | tee -a "$part"
}

if [ $# -gt 0 ]; then printf '%s\n' "$@"; else awk '{ print $1 }' "$out.bugs"; fi >"$out.asked"
touch "$part"
export -f section small_world campaign campaigns fuzzed judge
export build seeds runs fuzz out part planted
awk '{ print $1 }' "$part" | { grep -vxFf - "$out.asked" || true; } | xargs -r -P "$jobs" -I{} bash -euo pipefail -c 'judge {}'
{
    echo "bug seeds ms fuzz small-world scenario"
    awk '{ print ($2 == "-" ? 999999999 : $2), $0 }' "$part" | sort -k1,1nr -k2,2 | cut -d' ' -f2-
} >"$out"
rm -rf "$part" "$out.asked" "$out.bugs" "$out.fuzz"
awk 'NR > 1 { n++; if ($2 != "-") swarm++; if ($4 !~ /^[-.]$/) fuzz++; if ($5 !~ /^[-.]$/) small++; if ($6 != "-") scenario++
    if ($2 $4 $5 $6 ~ /^-[-.][-.]-$/) nobody = nobody " " $1 }
    NR > 1 && $2 != "-" { found[swarm] = $2 }
    END { printf "%d planted bugs: swarm %d, of the others small worlds %d and fuzzing %d; scenarios %d; nobody:%s\n", n,
        swarm, small, fuzz, scenario, nobody == "" ? " none" : nobody
        printf "median of all, where the swarm finds it: %d seeds\n", found[int((swarm + 1) / 2)] }' "$out"
