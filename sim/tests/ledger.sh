#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ledger.sh [OPTION VALUE...] FOLDER [LAUNCHER...]: what the programs in FOLDER (framesim, framesim-corpus), each started
# by LAUNCHER (an emulator), come to: a ledger of results, the same on every machine, and what differs where it is not.
#
#   --out DIR       where the ledger is written: a file for each part (needed)
#   --set NAME      few: the corpora, and a few swarm seeds; short: all scenarios too; full (if none): signatures of
#                   Ed25519 and more swarm seeds too
#   --against DIR   another ledger, of the same set or a larger one ...
#   --by FOLDER     ... and whose it is: must be the same, or the first event that differs is named
#   --elsewhere yes small parts once more in other surroundings: locale, time zone, folder, environment, heap, addresses, jobs
#   --bug NAME      the programs are framesim-planted with that bug (core/planted.h), and there are no corpora
#
# Prints the lines and the digest. Exit code 1 where something differs. Run in the project's top folder.
set -euo pipefail
export LC_ALL=C

out='' set_name=full against='' by='' elsewhere=no bug=''
while [ $# -ge 2 ] && [[ $1 == --* ]]; do
    case $1 in
    --out) out=$2 ;;
    --set) set_name=$2 ;;
    --against) against=$2 ;;
    --by) by=$2 ;;
    --elsewhere) elsewhere=$2 ;;
    --bug) bug=$2 ;;
    *) break ;;
    esac
    shift 2
done
case $set_name in
few) parts=(corpora swarm-few) ;;
short) parts=(corpora swarm-few scenarios) ;;
full) parts=(corpora swarm-few scenarios swarm scenarios-real swarm-real) ;;
*) parts=() ;;
esac
if [ $# -eq 0 ] || [[ $1 == --* ]] || [ -z "$out" ] || [ ${#parts[@]} -eq 0 ] || [ "${against:+x}" != "${by:+x}" ]; then
    sed -n '3,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
folder=$(realpath "$1")
launcher=("${@:2}")
program=framesim planted=()
if [ -n "$bug" ]; then
    program=framesim-planted planted=(--planted-bug "$bug") parts=("${parts[@]:1}")
fi
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$out"
out=$(realpath "$out")

# --- the parts of a ledger -----------------------------------------------------------------------------

# part_words PART: the program, and what it is asked.
part_words() {
    case $1 in
    corpora) echo framesim-corpus --lines ;;
    swarm-few) echo "$program" run scenarios/swarm --seed 2 --crypto ideal --json ;;
    scenarios) echo "$program" run scenarios --crypto ideal --json ;;
    swarm) echo "$program" run scenarios/swarm --seeds 3..22 --crypto ideal --json ;;
    scenarios-real) echo "$program" run scenarios --crypto real --json ;;
    swarm-real) echo "$program" run scenarios/swarm --seeds 2..4 --crypto real --json ;;
    esac
}

# part_write PART FILE JOBS [SURROUNDINGS...]: commit and libraries are left out of the results. What a run comes to is in
# them; what the program says of that in the end is of no interest.
part_write() {
    local part=$1 file=$2 jobs=(--jobs "$3" "${planted[@]}") words
    shift 3
    read -ra words <<<"$(part_words "$part")"
    [ "$part" != corpora ] || jobs=()
    { "$@" "${launcher[@]}" "$folder/${words[0]}" "${words[@]:1}" "${jobs[@]}" 2>"$tmp/err" || true; } |
        sed 's/"commit":"[^"]*","crypto":"[^"]*",//' >"$file"
    [ -s "$file" ] || { echo "ledger: $folder: $part: nothing came out" && head -n 5 "$tmp/err" && exit 3; } >&2
}

# --- what differs ----------------------------------------------------------------------------------------

# first_difference FILE FILE: two lines, `-` for one that is not there.
first_difference() {
    awk 'NR == FNR { of[FNR] = $0; n = FNR; next }
        { m = FNR }
        of[FNR] != $0 { print FNR <= n ? of[FNR] : "-"; print; exit differs = 1 }
        END { if (!differs && m < n) { print of[m + 1]; print "-" } }' "$1" "$2"
}

field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$2"; }

# run_words PART LINE: what makes that run again.
run_words() {
    local mode=ideal
    [[ $1 == *-real ]] && mode=real
    echo "$(field scenario "$2") --seed $(field seed "$2") --crypto $mode"
}

# name_difference PART FILE FILE REFERENCE...: the first result that differs, and of a run its first event; the reference
# (a program with its launcher) made the first file.
name_difference() {
    local part=$1 lines words
    mapfile -t lines < <(first_difference "$2" "$3")
    shift 3
    if [ "$part" = corpora ]; then
        printf '  one:   %s\n  other: %s\n' "${lines[@]}"
        return
    fi
    [ "${lines[0]}" != - ] || lines[0]=${lines[1]}
    read -ra words <<<"$(run_words "$part" "${lines[0]}")"
    echo "  framesim run ${words[*]}: hash $(field hash "${lines[0]}") and $(field hash "${lines[1]}")"
    "$@" replay "${words[@]}" --trace "${planted[@]}" >"$tmp/trace" 2>/dev/null || true
    "${other[@]}" replay "${words[@]}" --against "$tmp/trace" "${planted[@]}" 2>/dev/null | cut -c1-160 || true
}

# compare WHAT FOLDER FOLDER PART REFERENCE...: fails, and says so, where the part is not the same in both.
compare() {
    local what=$1 one=$2 two=$3 part=$4
    shift 4
    cmp -s "$one/$part" "$two/$part" && return
    echo "ledger: $what: $part differs"
    name_difference "$part" "$one/$part" "$two/$part" "$@"
    return 1
}

# --- other surroundings ----------------------------------------------------------------------------------

fixed=()
if setarch -R true 2>/dev/null; then fixed=(setarch -R); fi

# surroundings_of NAME: sets `how`, a command before another.
surroundings_of() {
    case $1 in
    locale) how=(env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8) ;;
    zone) how=(env TZ=Pacific/Kiritimati) ;;
    environment) how=(env "PADDING=$(head -c 100000 /dev/zero | tr '\0' x)") ;;
    heap) how=(env MALLOC_PERTURB_=165) ;;
    addresses) how=("${fixed[@]}") ;;
    esac
}

# hashes_of LINE PART COMMAND...: how that run comes out in three tries, each hash once.
hashes_of() {
    local words
    read -ra words <<<"$(run_words "$2" "$1")"
    shift 2
    for _ in 1 2 3; do
        field hash "$("$@" "${other[@]}" run "${words[@]}" --json "${planted[@]}" 2>/dev/null || true)"
    done | sort -u
}

# look_closer PART LINE: which of the surroundings changes that one run.
look_closer() {
    local usual name how changed=''
    usual=$(hashes_of "$2" "$1")
    if [ "$(wc -l <<<"$usual")" -gt 1 ]; then
        echo "  not the same from one time to the next"
        [ "$(hashes_of "$2" "$1" "${fixed[@]}" | wc -l)" -gt 1 ] || echo "  but so with fixed addresses: an address decides"
        return
    fi
    for name in locale zone environment heap addresses; do
        surroundings_of "$name"
        [ "$(hashes_of "$2" "$1" "${how[@]}")" = "$usual" ] || changed+=" $name"
    done
    echo "  changed by:${changed:- the folder or the jobs}"
}

# All of them at once; which of them it was is asked where it matters.
write_elsewhere() {
    local part name how all=() failed=0
    mkdir "$tmp/else where"
    ln -s "$top/scenarios" "$top/corpora" "$tmp/else where/"
    for name in locale zone environment heap addresses; do
        surroundings_of "$name"
        all+=("${how[@]}")
    done
    for part in "${parts[@]}"; do
        case $part in corpora | swarm-few | swarm-real) ;; *) continue ;; esac
        (cd "$tmp/else where" && part_write "$part" "$tmp/$part" 2 "${all[@]}")
        compare "other surroundings" "$out" "$tmp" "$part" "${other[@]}" && continue
        failed=1
        [ "$part" = corpora ] || look_closer "$part" "$(first_difference "$out/$part" "$tmp/$part" | head -n 1)"
    done
    [ ${#fixed[@]} -gt 0 ] || echo "ledger: skipped: fixed addresses (setarch is not allowed here)"
    return $failed
}

# --- the ledger -------------------------------------------------------------------------------------------

other=("${launcher[@]}" "$folder/$program")
failed=0
for part in "${parts[@]}"; do
    part_write "$part" "$out/$part" 1
    if [ -n "$against" ]; then
        compare "$folder" "$against" "$out" "$part" "$by/$program" || failed=1
    fi
done
echo "$(cat "${parts[@]/#/$out/}" | wc -l) lines, digest $(cat "${parts[@]/#/$out/}" | sha256sum | cut -c1-16)"
if [ "$elsewhere" = yes ]; then
    write_elsewhere || failed=1
fi
exit $failed
