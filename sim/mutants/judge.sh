#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# judge.sh [--build DIR] [--count N] [--seed N] [--out DIR] [--only KEY]: mechanical mutants of the core, and who
# catches them. A sample of small mistakes (mutate.c), each built and judged by, in this order and until one
# fails: the scenarios, small worlds, a few seeds of each swarm, 500 of the brief one, the corpora, the vectors, the unit tests. Writes OUT/results.txt, a line
# each: who caught it, its key, file, line, and what was changed; goes on where it was interrupted. Run in the
# project's top folder, after a whole build with Makefiles; one process.
set -euo pipefail
export LC_ALL=C

build=build/release count=500 seed=1 out='' only=''
while [ $# -ge 2 ]; do
    case $1 in
    --build) build=$2 ;;
    --count) count=$2 ;;
    --seed) seed=$2 ;;
    --out) out=$2 ;;
    --only) only=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# -eq 0 ] || { sed -n '3,7s/^# //p' "$0" >&2 && exit 2; }
out=${out:-$build/mutants}
mutate=$build/mutate
[ -x "$mutate" ] && [ -x "$build/framesim" ] || { echo "judge.sh: build $build first" >&2 && exit 3; }
mkdir -p "$out/programs"
out=$(realpath "$out")
touch "$out/results.txt"

short_seeds=1..2 brief_seeds=1..500
short_units=(test_state test_json test_message test_execute test_crypto test_memory test_instance_strict test_attest
    test_envelope test_instance test_instance_blame test_log test_alloc test_model test_execute_whole test_log_recover
    test_execute_laws test_world)
long_seeds=3..12 long_brief_seeds=501..5000
long_units=(test_instance_transfer test_instance_recover test_json_naive test_forger test_starved
    test_instance_alloc test_join_laws)

# Scenarios in order of their length, so that a mistake is met early; they were run once by the sound program.
if [ ! -s "$out/scenarios.txt" ]; then
    "$build/framesim" run scenarios --json --jobs 1 --events-max 400000 |
        sed -n 's/.*"events":\([0-9]*\).*"scenario":"\([^"]*\)".*/\1 \2/p' | grep -v ' scenarios/swarm/' |
        sort -n | sed 's/^[0-9]* //' >"$out/scenarios.part"
    mv "$out/scenarios.part" "$out/scenarios.txt"
fi
mapfile -t scenarios <"$out/scenarios.txt"

# build_object SOURCE OBJECT: as the core is built, but the name in it is the same whatever is compiled.
build_object() {
    "${CC:-cc}" -O2 -std=c17 -w -iquote . -iquote core -x c -c -o "$2" - <"$1" 2>/dev/null
}

# link_program NAME: with the mutated object before the libraries.
link_program() {
    local line
    line=$(sed "s| -o [^ ]*| $out/mutant.o -o $out/programs/$1|" "$build/CMakeFiles/$1.dir/link.txt")
    (cd "$build" && eval "$line") 2>/dev/null
}

# Processor time is bounded at ten times what is usual and more, memory at 4 GiB: who comes to no end is caught. What
# waits for a busy machine is not.
survives() {
    local seconds=$1
    shift
    (ulimit -v 4194304 && ulimit -c 0 && ulimit -t "$seconds" && exec timeout -k 5 "$((20 * seconds))" "$@") </dev/null >/dev/null 2>&1
}

# The stages print who catches the mutant that was built, and say so by their status; else they print nothing.
caught_by_scenarios() {
    local i
    link_program framesim || { echo link && return; }
    for ((i = 0; i < ${#scenarios[@]}; i += 40)); do
        survives 60 "$out/programs/framesim" run --quiet --jobs 1 --events-max 400000 "${scenarios[@]:i:40}" ||
            { echo scenario && return; }
    done
    return 1
}

caught_by_small_worlds() {
    local kind
    for kind in merges joins crashes truncations deliveries; do
        survives 200 "$out/programs/framesim" exhaust "$kind" || { echo "exhaust:$kind" && return; }
    done
    return 1
}

# caught_by_swarm SEEDS BRIEF_SEEDS: those of all swarms, and more of the one whose runs are short.
caught_by_swarm() {
    local code=0
    survives 300 "$out/programs/framesim" run --quiet --jobs 1 --events-max 400000 --seeds "$1" scenarios/swarm || code=$?
    [ $code = 0 ] || [ $code = 7 ] || { echo swarm && return; }
    survives 300 "$out/programs/framesim" run --quiet --jobs 1 --events-max 400000 --crypto ideal --seeds "$2" \
        scenarios/swarm/two-or-three-briefly.scn || code=$?
    [ $code = 0 ] || [ $code = 7 ] || { echo swarm && return; }
    return 1
}

# caught_by WHO PROGRAM...
caught_by() {
    local who=$1 program
    shift
    for program; do
        link_program "$program" && survives 200 "$out/programs/$program" ||
            { echo "$who:$program" && return; }
    done
    return 1
}

catch_short() {
    caught_by_scenarios || caught_by_small_worlds || caught_by_swarm "$short_seeds" "$brief_seeds" || caught_by corpus framesim-corpus ||
        caught_by vector test_vectors test_vectors_parts || caught_by unit "${short_units[@]}" || echo nobody
}

# For whom the short way has let pass.
catch_long() {
    link_program framesim
    caught_by_swarm "$long_seeds" "$long_brief_seeds" || caught_by unit "${long_units[@]}" || echo nobody-at-all
}

judge() {
    local key=$2 file=$3
    "$mutate" apply "$key" "$file" >"$out/mutant.c"
    local sound=$out/programs/$(basename "$file").o
    [ -s "$sound" ] || build_object "$file" "$sound"
    if ! build_object "$out/mutant.c" "$out/mutant.o"; then
        echo uncompilable
    elif cmp -s "$out/mutant.o" "$sound"; then
        echo same-object
    else
        "catch_$1"
    fi
}

"$mutate" list "$seed" 0 core/*.c >"$out/all.txt"
if [ -n "$only" ]; then
    row=$(grep "^$only " "$out/all.txt")
    read -r key file rest <<<"$row"
    echo "$(judge short "$key" "$file") $row"
    exit
fi
judged=0
while read -r key file rest; do
    [ "$judged" -lt "$count" ] || break
    known=$(grep -m 1 " $key " "$out/results.txt" || true)
    if [ -z "$known" ]; then
        known="$(judge short "$key" "$file") $key $file $rest"
        echo "$known" >>"$out/results.txt"
    fi
    case $known in uncompilable* | same-object*) ;; *) judged=$((judged + 1)) ;; esac
done <"$out/all.txt"

# The few that are left go the long way.
awk '$1 == "nobody"' "$out/results.txt" >"$out/left.txt"
while read -r who key file rest; do
    who=$(judge long "$key" "$file")
    sed -i "s/^nobody $key /$who $key /" "$out/results.txt"
done <"$out/left.txt"

awk '{ split($1, who, ":"); n[who[1]]++ } END { for (w in n) print w, n[w] }' "$out/results.txt" | sort
