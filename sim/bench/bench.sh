#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh ROUNDS LONG OUT NOW [THEN]: runs the benchmarks of the build folder NOW, and in turn those of THEN, so many rounds, with
# the peers that are there, and prints the table. LONG is 1 or 0. Called by ./dev bench, in the project's top folder.
set -euo pipefail
export LC_ALL=C
rounds=$1 long=$2 out=$3 now=$4 then=${5:-}
samples=$out/samples.txt
mkdir -p "$out"
: >"$samples"
: >"$out/peers.log"

quick=() # what runs it with precedence over other programs, where that is allowed
if nice -n -10 true 2>/dev/null; then quick=(nice -n -10); fi

have() { command -v "$1" >/dev/null 2>&1; }
skip() { printf '== skipped: %s\n' "$*"; }

# peer NAME SOURCE LIBRARY...: compiles a peer in C++ into $out/NAME, where its library is there.
peer() {
    local name=$1 source=$2
    shift 2
    if ! have c++; then
        skip "$name (no C++ compiler)"
    elif ! c++ -O2 -std=c++17 -o "$out/$name" "$source" "$@" >>"$out/peers.log" 2>&1; then
        rm -f "$out/$name"
        skip "$name (it does not compile here: its library is missing?)"
    fi
}

# take BUILD COMMAND...: adds what a benchmark prints to the samples.
take() {
    local build=$1
    shift
    "${quick[@]}" "$@" | sed "s/^/$build /" >>"$samples"
}

receipts=5000 grown=100000 seeds=40
if [ "$long" = 1 ]; then grown=1000000 seeds=400; fi

one_build() { # BUILD FOLDER
    take "$1" "$2/bench/bench_chain" "$receipts" "$out/chain.json"
    take "$1" "$2/bench/bench_roots"
    take "$1" "$2/bench/bench_growth" "$grown"
    take "$1" "$2/bench/bench_sync"
    take "$1" "$2/bench/bench_flood"
    take "$1" "$2/bench/bench_seeds" "$seeds"
    # long, and much the same each time
    if [ "$round" -le 2 ] && [ -x "$2/bench/bench_crowd" ]; then take "$1" "$2/bench/bench_crowd" $((long && round == 1)); fi
}

peers() {
    if have node; then take now node sim/bench/verify.mjs "$out/chain.json"; fi
    if [ -x "$out/simdjson" ]; then take now "$out/simdjson" "$out/chain.json"; fi
    if [ -x "$out/simgrid" ]; then take now "$out/simgrid" --log=root.thresh:error; fi
    if [ -x "$out/ns-3" ]; then take now "$out/ns-3"; fi
    campaign
}

# One job, and two, over the same seeds.
campaign() {
    local jobs begin end
    for jobs in 1 2; do
        begin=$(date +%s%N)
        "${quick[@]}" "$now/framesim" campaign sim/bench/busy.scn --seeds 1..$((seeds * 5)) --jobs $jobs --quiet >/dev/null
        end=$(date +%s%N)
        awk -v n=$((seeds * 5)) -v ns=$((end - begin)) -v who="$([ $jobs = 1 ] && echo 1-job || echo framesim)" \
            'BEGIN { printf "now campaign-2-jobs %s %.6g seeds/s\n", who, n * 1e9 / ns }' >>"$samples"
    done
}

have node || skip "node (a verifier in JavaScript)"
pkg-config --exists libcjson || skip "cJSON (libcjson-dev)"
pkg-config --exists jansson || skip "jansson (libjansson-dev)"
peer simdjson sim/bench/peer_simdjson.cpp -lsimdjson
peer simgrid sim/bench/peer_simgrid.cpp -lsimgrid
# shellcheck disable=SC2046 # words of their own
peer ns-3 sim/bench/peer_ns3.cpp $(pkg-config --cflags --libs libns3-core 2>/dev/null || pkg-config --cflags --libs ns3-core 2>/dev/null || echo -lns3-core)

for round in $(seq "$rounds"); do
    printf '== round %s of %s\n' "$round" "$rounds"
    if [ -n "$then" ] && [ $((round % 2)) = 0 ]; then one_build "then" "$then"; fi
    one_build now "$now"
    if [ -n "$then" ] && [ $((round % 2)) = 1 ]; then one_build "then" "$then"; fi
    peers
done
"$now/framesim" --version | head -n 1
uptime | sed 's/.*load/load/'
"$now/bench/bench_report" "$out" <"$samples"
