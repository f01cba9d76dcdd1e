#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# judge.sh [--build DIR] [--count N] [--seed N] [--jobs N] [--out DIR] [--only KEY]: mechanical mutants of the core, and
# who catches them. A sample of small mistakes (mutate.c), each built and judged by, in this order and until one fails:
# some seeds of the brief swarm, the scenarios, small worlds, a few seeds of each swarm, more brief ones, the corpora, the
# vectors, the unit tests. Writes OUT/results.txt, a line each: who caught it, its key, file, line, and what was changed;
# and OUT/long.txt of those that nobody has caught, and that were asked longer. Goes on where it was interrupted. Run in
# the project's top folder, after a whole build with Makefiles.
set -euo pipefail
export LC_ALL=C

build=build/release count=500 seed=1 jobs=2 out='' only=''
while [ $# -ge 2 ]; do
    case $1 in
    --build) build=$2 ;;
    --count) count=$2 ;;
    --seed) seed=$2 ;;
    --jobs) jobs=$2 ;;
    --out) out=$2 ;;
    --only) only=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# -eq 0 ] || { sed -n '3,8s/^# //p' "$0" >&2 && exit 2; }
out=${out:-$build/mutants}
mutate=$build/mutate
[ -x "$mutate" ] && [ -x "$build/framesim" ] || { echo "judge.sh: build $build first" >&2 && exit 3; }
mkdir -p "$out"
out=$(realpath "$out")
exec 9>"$out/lock" # what was started holds it, too
flock -n 9 || { echo "judge.sh: another one is at work in $out" >&2 && exit 3; }
touch "$out/results.txt"

first_brief_seeds=1..120 short_seeds=1..2 brief_seeds=121..500
short_units=(test_state test_json test_message test_execute test_crypto test_memory test_instance_strict test_attest
    test_envelope test_instance test_instance_blame test_log test_alloc test_model test_execute_whole test_log_recover
    test_execute_laws test_world test_walks test_receipt test_parse test_rejects test_transport test_structural
    test_chain_alloc test_instance_discover test_instance_promises test_instance_route test_instance_serve test_instance_table
    test_check test_peers)
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

# build_object SOURCE OBJECT [FLAG...]: as the core is built, but the name in it is the same whatever is compiled.
build_object() {
    local source=$1 object=$2
    shift 2
    "${CC:-cc}" -O2 -std=c17 -w -iquote . -iquote core -x c -c "$@" -o "$object" - <"$source" 2>/dev/null
}

# link_program NAME [FLAG]: with the mutated object before the libraries.
link_program() {
    local line
    line=$(sed "s| -o [^ ]*| ${2:-} $work/mutant.o -o $work/$1|" "$build/CMakeFiles/$1.dir/link.txt")
    (cd "$build" && eval "$line") 2>/dev/null
}

# Processor time is bounded at ten times what is usual and more, memory at 4 GiB: who comes to no end is caught. What
# waits for a busy machine is not.
survives() {
    local seconds=$1
    shift
    (ulimit -v "${address_kib:-4194304}" && ulimit -c 0 && ulimit -t "$seconds" && exec timeout -k 5 "$((20 * seconds))" "$@") </dev/null >/dev/null 2>&1
}

# The stages print who catches the mutant that was built, and say so by their status; else they print nothing.
# Codes 2 and 3 say that nothing was run: then nobody is judged.
caught_briefly() { # SECONDS SEEDS
    local code=0
    survives "$1" "$work/framesim" campaign scenarios/swarm/two-or-three-briefly.scn --seeds "$2" --stop-after 1 --jobs 1 --quiet \
        --events-max 400000 || code=$?
    case $code in 0) return 1 ;; 2 | 3) echo not-run ;; *) echo brief ;; esac
}

caught_by_scenarios() {
    local i scenarios
    mapfile -t scenarios <"$out/scenarios.txt"
    for ((i = 0; i < ${#scenarios[@]}; i += 40)); do
        survives 60 "$work/framesim" run --quiet --jobs 1 --events-max 400000 "${scenarios[@]:i:40}" ||
            { echo scenario && return; }
    done
    return 1
}

caught_by_small_worlds() {
    local kind
    for kind in merges joins crashes truncations deliveries; do
        survives 200 "$work/framesim" exhaust "$kind" || { echo "exhaust:$kind" && return; }
    done
    return 1
}

# A run that nobody could have converged in is none that catches (7).
caught_by_swarms() { # SEEDS
    local code=0
    survives 300 "$work/framesim" run --quiet --jobs 1 --events-max 400000 --crypto ideal --seeds "$1" scenarios/swarm || code=$?
    [ $code = 0 ] || [ $code = 7 ] || { echo swarm && return; }
    return 1
}

# caught_by WHO PROGRAM...
caught_by() {
    local who=$1 program
    shift
    for program; do
        link_program "$program" && survives 200 "$work/$program" ||
            { echo "$who:$program" && return; }
    done
    return 1
}

catch_short() {
    link_program framesim || { echo link && return; }
    caught_briefly 30 "$first_brief_seeds" || caught_by_scenarios || caught_by_small_worlds || caught_by_swarms "$short_seeds" ||
        caught_briefly 60 "$brief_seeds" || caught_by corpus framesim-corpus || caught_by vector test_vectors test_vectors_parts ||
        caught_by unit "${short_units[@]}" || echo nobody
}

# As ./dev test runs them: what is read or written beside its place is met. Addresses alone are many.
caught_by_sanitizers() {
    local flag=-fsanitize=address,undefined address_kib=unlimited
    build_object "$work/mutant.c" "$work/mutant.o" $flag -fno-sanitize-recover=all && link_program framesim $flag || { echo link && return; }
    [ -z "$(caught_briefly 200 "$first_brief_seeds" || caught_by_scenarios || true)" ] || { echo sanitizers && return; }
    return 1
}

# For whom the short way has let pass.
catch_long() {
    link_program framesim || { echo link && return; }
    caught_by_swarms "$long_seeds" || caught_briefly 600 "$long_brief_seeds" || caught_by unit "${long_units[@]}" || caught_by_sanitizers || echo nobody-at-all
}

judge() { # WAY KEY
    local key file rest
    read -r key file rest < <(grep -m 1 "^$2 " "$out/all.txt") || { echo "judge.sh: there is no $2" >&2 && return 2; }
    work=$out/work-${slot:-0}
    mkdir -p "$work"
    "$mutate" apply "$key" "$file" >"$work/mutant.c"
    local sound=$work/$(basename "$file").o
    [ "$sound" -nt "$file" ] || build_object "$file" "$sound"
    if ! build_object "$work/mutant.c" "$work/mutant.o"; then
        echo "uncompilable $key $file $rest"
    elif cmp -s "$work/mutant.o" "$sound"; then
        echo "same-object $key $file $rest"
    else
        echo "$("catch_$1") $key $file $rest"
    fi
}

# judge_all WAY RESULTS: the keys that are read, so many at a time.
judge_all() {
    xargs -r -P "$jobs" --process-slot-var=slot -I{} bash -euo pipefail -c "short_units=(${short_units[*]}) long_units=(${long_units[*]})
        judge $1 {} >>'$2'"
}

# The first so many of the list that compile to something else are wanted: prints those of them that are not judged yet,
# and those that may be of them.
wanted() {
    awk -v count="$count" 'FILENAME == ARGV[1] { who[$2] = $1; next }
        n < count && !($1 in who) { print $1; n++ }
        n < count && ($1 in who) && who[$1] != "uncompilable" && who[$1] != "same-object" { n++ }' "$out/results.txt" "$out/all.txt"
}

"$mutate" list "$seed" 0 core/*.c >"$out/all.txt"
export -f build_object link_program survives caught_briefly caught_by_scenarios caught_by_small_worlds caught_by_swarms caught_by caught_by_sanitizers \
    catch_short catch_long judge
export build out mutate first_brief_seeds short_seeds brief_seeds long_seeds long_brief_seeds
if [ -n "$only" ]; then
    judge short "$only"
    exit
fi
work=$build
[ -z "$(caught_briefly 60 "$first_brief_seeds")" ] || { echo "judge.sh: the sound program fails" >&2 && exit 3; }
while [ -n "$(wanted | head -n 1)" ]; do
    wanted | judge_all short "$out/results.txt"
done

# The few that are left go the long way.
touch "$out/long.txt"
awk 'FILENAME == ARGV[1] { known[$2]; next } $1 == "nobody" && !($2 in known) { print $2 }' "$out/long.txt" "$out/results.txt" |
    judge_all long "$out/long.txt"
awk -v count="$count" 'FILENAME == ARGV[1] { long[$2] = $1; next } FILENAME == ARGV[2] { who[$2] = $1; next }
    n < count && who[$1] != "uncompilable" && who[$1] != "same-object" {
        n++
        split($1 in long ? long[$1] : who[$1], by, ":")
        caught[by[1]]++
    }
    END { for (w in caught) print w, caught[w] }' "$out/long.txt" "$out/results.txt" "$out/all.txt" | sort
