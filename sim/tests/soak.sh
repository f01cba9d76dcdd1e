#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# soak.sh [--build DIR] [--days N] [--rounds N] [--fifty SEED]...: does memory stay as it is, however long things go on? Two
# runs, watched: a day of eight devices (N days), in which nobody writes after the first minutes, but messages go on being
# lost, partitions come and go, a device crashes every hour; and the same twenty swarm runs, N times over, in one process.
# Then, for each SEED, a day of fifty peers with all that it draws for a swarm: each hour a storm, and the calm after it in
# which they must come to hold the same. Chains grow there, and memory with them.
# Prints the resident memory of each by tenths of its time, in KiB; exit code 1 where a run fails, or where the last
# three tenths of the first two take more than the second to fourth did by more than a fiftieth and 256 KiB. Run in the
# project's top folder.
set -euo pipefail
export LC_ALL=C

build=build/release days=1 rounds=10 seeds=()
while [ $# -ge 2 ]; do
    case $1 in
    --build) build=$2 ;;
    --days) days=$2 ;;
    --rounds) rounds=$2 ;;
    --fifty) seeds+=("$2") ;;
    *) break ;;
    esac
    shift 2
done
[ $# -eq 0 ] || { sed -n '3,11s/^# //p' "$0" >&2 && exit 2; }
framesim=$build/framesim
[ -x "$framesim" ] || { echo "soak.sh: build $build first" >&2 && exit 3; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

day() {
    cat <<'END'
framesim 1
title A day of eight devices
nodes p1 p2 p3 p4 p5 p6 p7 p8
link * latency uniform 5ms to 80ms loss 3% duplicate 1%
disk * torn yes
workload * every 10s for 5m mix notes=2 wallet=2
wait 5m
within 10m converge
END
    local hour
    for ((hour = 0; hour < 24 * days; hour++)); do
        echo "flap p1 p2 p3 p4 | p5 p6 p7 p8 every 2m for 20m"
        echo "wait 30m"
        echo "crash p$((hour % 8 + 1))"
        echo "wait 1m"
        echo "restart p$((hour % 8 + 1))"
        echo "wait 29m"
    done
    echo "within 10m converge"
}

fifty() {
    cat <<'END'
framesim 1
title A day of fifty
swarm 50 to 50
adversary mallory moe mia
always supply = balances
never holds forged
END
    local hour
    for ((hour = 0; hour < 24; hour++)); do
        echo "storm 20s"
        echo "calm 120s"
        echo "wait 59m"
        echo "wait 40s"
    done
}

# resident PID: of it and its children, in KiB.
resident() {
    local pid sum=0 kib
    for pid in "$1" $(pgrep -P "$1" || true); do
        kib=$(sed -n 's/^VmRSS:[ \t]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true)
        sum=$((sum + ${kib:-0}))
    done
    echo $sum
}

# watch WHAT COMMAND...: says how much it took over time.
watch() {
    local what=$1 pid code=0
    shift
    "$@" >"$tmp/out" 2>&1 &
    pid=$!
    : >"$tmp/samples"
    while kill -0 $pid 2>/dev/null; do
        resident $pid >>"$tmp/samples"
        sleep 0.2
    done
    wait $pid || code=$?
    [ $code != 7 ] || code=0 # swarm runs in which nothing could converge are no failure
    printf '%s: exit code %d; KiB by tenths:' "$what" $code
    [ $code = 0 ] || { head -n 20 "$tmp/out" && return 1; }
    # The first sample is of a process that begins, the last of one that ends.
    awk -v grows="$grows" '{ at[NR] = $1 }
        END {
            n = NR - 2
            for (i = 0; i < n; i++) { t = int(i * 10 / n); if (at[i + 2] > most[t]) most[t] = at[i + 2] }
            for (t = 0; t < 10; t++) {
                printf " %d", most[t]
                if (t >= 1 && t <= 3 && most[t] > early) early = most[t]
                if (t >= 7 && most[t] > late) late = most[t]
            }
            grown = n < 20 || late > early + early / 50 + 256
            print grown && !grows ? n < 20 ? " (over too soon to say)" : " : it grows" : ""
            exit grown && !grows
        }' "$tmp/samples"
}

failed=0 grows=0
day >"$tmp/day.scn"
watch "a day ($days)" "$framesim" run "$tmp/day.scn" --jobs 1 --crypto ideal || failed=1
for ((i = 0; i < rounds; i++)); do echo scenarios/swarm/only-the-network.scn; done >"$tmp/list"
mapfile -t list <"$tmp/list"
watch "twenty runs ($rounds times)" "$framesim" run "${list[@]}" --seeds 1..20 --jobs 1 --crypto ideal --quiet || failed=1
grows=1
fifty >"$tmp/fifty.scn"
for seed in "${seeds[@]}"; do
    watch "a day of fifty, seed $seed" "$framesim" run "$tmp/fifty.scn" --seed "$seed" --jobs 1 --crypto ideal --json \
        --events-max 1000000000 || failed=1
    grep -o '"events":[0-9]*\|"verdict":"[a-z]*"\|"virtual_ms":[0-9]*' "$tmp/out" | paste -sd ' ' | sed 's/^/  /' || true
done
exit $failed
