#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# table.sh [--build DIR] [--seeds N] [--runs N] [--jobs N] [--fuzz SECONDS] [--swarm NAME] [--out FILE] [BUG...]: planted bugs
# (all, or those named) and who catches them: a scenario (sim/planted/kills.txt), and the swarm: how many seeds and
# milliseconds of processor time until a campaign fails, the median of so many runs that begin with other seeds
# (scenarios/swarm/NAME.scn; if none is named peers-find-each-other for sections 15 to 18 of the protocol, else anything-goes); `-` where
# the first so many seeds (0: it is not asked, nor are small worlds) do not show it. Then small worlds are asked (framesim exhaust), and with --fuzz (built by
# ./dev fuzz planted) libFuzzer and AFL++, each for so long on each target of the bug's section, beginning with its corpus;
# `.`: not asked. Hardest first; goes on where it was interrupted. Run in the project's top folder.
set -euo pipefail
export LC_ALL=C

build=build/release seeds=2000 runs=3 jobs=2 fuzz=0 swarm='' out=''
while [ $# -ge 2 ] && [[ $1 == --* ]]; do
    case $1 in
    --build) build=$2 ;;
    --seeds) seeds=$2 ;;
    --runs) runs=$2 ;;
    --jobs) jobs=$2 ;;
    --fuzz) fuzz=$2 ;;
    --swarm) swarm=$2 ;;
    --out) out=$2 ;;
    *) sed -n '3,11s/^# //p' "$0" >&2 && exit 2 ;;
    esac
    shift 2
done
planted=$build/framesim-planted
[ -x "$planted" ] || { echo "table.sh: build $build first" >&2 && exit 3; }
[ -z "$swarm" ] || [ -f "scenarios/swarm/$swarm.scn" ] || { echo "table.sh: no scenarios/swarm/$swarm.scn" >&2 && exit 2; }
# shellcheck source=fuzz/planted_engines.sh
. fuzz/planted_engines.sh
[ "$fuzz" = 0 ] || engines_there || { echo "table.sh: ./dev fuzz planted builds what fuzzes" >&2 && exit 3; }
out=${out:-$build/planted.txt}
part=$out.$seeds-$runs-$fuzz-${swarm:-own}.part
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
    local first=$2 name=${swarm:-anything-goes} summary failed
    [ -n "$swarm" ] || [ "$(section "$1")" -lt 15 ] || name=peers-find-each-other
    summary=$("$planted" campaign "scenarios/swarm/$name.scn" --seeds "$first..$((first + seeds - 1))" --stop-after 1 \
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

targets_of() {
    case $(section "$1") in
    2) echo json receipt ;;
    3) echo receipt verify execute sync ;;
    4) echo execute verify ;;
    5 | 10) echo verify merge ;;
    6) echo execute ;;
    7 | 8) echo merge verify ;;
    9) echo merge verify execute sync ;;
    11) echo attestation sync ;;
    12) echo sync envelope ;;
    13) echo log sync ;;
    *) echo routing ;;
    esac
}

# fuzzed BUG: for libFuzzer and then AFL++ TARGET:SECONDS of the first target of the section with which it finds the bug, or
# TARGET:corpus where an input shows it that was there before.
fuzzed() {
    local target folder told begun engine found=()
    [ "$fuzz" != 0 ] || { echo . . && return; }
    rm -rf "$out.fuzz/$1-"* # of a run that was interrupted
    mkdir -p "$out.fuzz"
    for engine in libfuzzer afl; do
        found+=(-)
        for target in $(targets_of "$1"); do
            folder=$out.fuzz/$1-$target
            [ -d "$folder-seeds" ] || start_from "$1" "$target" "$folder-seeds" >"$folder-told"
            told=$(<"$folder-told")
            begun=$(date +%s)
            if [ "$told" != 0 ]; then
                found[-1]=$target:corpus
            elif "try_$engine" "$1" "$target" "$folder-seeds" 1 "$folder-$engine" "$fuzz"; then
                found[-1]=$target:$(($(date +%s) - begun))
            else
                continue
            fi
            break
        done
    done
    rm -r "$out.fuzz/$1-"*
    echo "${found[@]}"
}

judge() {
    local found scenario asked='. .' small=.
    if [ "$seeds" = 0 ]; then
        found='. .' asked=$(fuzzed "$1")
    else
        found=$(campaigns "$1")
        [ "$found" != "- -" ] || { small=$(small_world "$1") && asked=$(fuzzed "$1"); }
    fi
    scenario=$(awk -v bug="$1" '$1 == bug && $2 != "-" { sub(/.*\//, "", $2); print $2; exit }' sim/planted/kills.txt)
    echo "$1 $found $asked $small ${scenario:--}" | tee -a "$part"
}

if [ $# -gt 0 ]; then printf '%s\n' "$@"; else awk '{ print $1 }' "$out.bugs"; fi >"$out.asked"
touch "$part"
export -f section small_world campaign campaigns targets_of fuzzed judge trips start_from try_libfuzzer try_afl
export build seeds runs fuzz swarm out part planted planted_bytes_max
awk '{ print $1 }' "$part" | { grep -vxFf - "$out.asked" || true; } | xargs -r -P "$jobs" -I{} bash -euo pipefail -c 'judge {}'
{
    echo "bug seeds ms libfuzzer afl small-world scenario"
    awk '{ print ($2 ~ /^[-.]$/ ? 999999999 : $2), $0 }' "$part" | sort -k1,1nr -k2,2 | cut -d' ' -f2-
} >"$out"
rm -rf "$part" "$out.asked" "$out.bugs" "$out.fuzz"
awk 'NR > 1 { n++; if ($2 !~ /^[-.]$/) { swarm++; found[swarm] = $2 } else if ($4 $5 ~ /:/) fuzz++; else if ($6 ~ /[a-z]/) small++
    if ($7 != "-") scenario++; if ($2 $4 $5 $6 $7 ~ /^-[-.]*$/) nobody = nobody " " $1 }
    END { printf "%d planted bugs: swarm %d, of the others fuzzing %d, and then small worlds %d; scenarios %d; nobody:%s\n", n,
        swarm, fuzz, small, scenario, nobody == "" ? " none" : nobody
        printf "median of all, where the swarm finds it: %d seeds\n", found[int((swarm + 1) / 2)] }' "$out"
