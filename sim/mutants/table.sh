#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# table.sh [--build DIR] [--seeds N] [--runs N] [--out FILE] [BUG...]: planted bugs (all, or those named) and who catches
# them: a scenario (sim/planted/kills.txt), a kind of small world (framesim exhaust), and the swarm: how many seeds and
# seconds until a campaign of scenarios/swarm/anything-goes.scn fails, the median of so many runs that begin with other
# seeds; `-` where so many seeds do not show it. Hardest first. Run in the project's top folder.
set -euo pipefail
export LC_ALL=C

build=build/release seeds=2000 runs=3 out=''
while [ $# -ge 2 ] && [[ $1 == --* ]]; do
    case $1 in
    --build) build=$2 ;;
    --seeds) seeds=$2 ;;
    --runs) runs=$2 ;;
    --out) out=$2 ;;
    *) sed -n '3,7s/^# //p' "$0" >&2 && exit 2 ;;
    esac
    shift 2
done
planted=$build/framesim-planted
[ -x "$planted" ] || { echo "table.sh: build $build first" >&2 && exit 3; }
out=${out:-$build/planted.txt}
[ $# -gt 0 ] || mapfile -t all < <("$planted" bugs | awk '{ print $1 }')
[ $# -gt 0 ] && all=("$@")

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
    local first=$2 begun summary failed
    begun=$(date +%s%N)
    summary=$("$planted" campaign scenarios/swarm/anything-goes.scn --seeds "$first..$((first + seeds - 1))" --stop-after 1 \
        --jobs 1 --events-max 400000 --json --quiet --planted-bug "$1" 2>/dev/null || true)
    failed=$(sed -n 's/.*"events":[0-9]*,"failed":\([0-9]*\).*/\1/p' <<<"$summary")
    if [ "${failed:-0}" = 0 ]; then
        echo "- -"
    else
        echo "$(sed -n 's/.*"runs":\([0-9]*\).*/\1/p' <<<"$summary") $((($(date +%s%N) - begun) / 1000000))"
    fi
}

# The median of the first words of its lines, with what stands beside it; - is more than any number.
median() { sed 's/^-/999999999/' | sort -n | sed -n "$(((runs + 1) / 2))p" | sed 's/^999999999/-/'; }

: >"$out.part"
for bug in "${all[@]}"; do
    scenario=$(awk -v bug="$bug" '$1 == bug && $2 != "-" { sub(/.*\//, "", $2); print $2; exit }' sim/planted/kills.txt)
    found=$(for ((i = 0; i < runs; i++)); do campaign "$bug" $((1 + i * 100000)); done | median)
    echo "$bug ${found} $(small_world "$bug") ${scenario:--}" | tee -a "$out.part"
done
{
    echo "bug seeds ms small-world scenario"
    sed 's/ - - / 999999999 - /' "$out.part" | sort -k2,2nr -k1,1 | sed 's/ 999999999 - / - - /'
} >"$out"
rm "$out.part"
awk 'NR > 1 { n++; if ($2 != "-") swarm++; if ($4 != "-") small++; if ($5 != "-") scenario++
    if ($2 == "-" && $4 == "-" && $5 == "-") nobody = nobody " " $1 }
    END { printf "%d planted bugs: swarm %d, small worlds %d, scenarios %d; nobody:%s\n", n, swarm, small, scenario,
        nobody == "" ? " none" : nobody }' "$out"
