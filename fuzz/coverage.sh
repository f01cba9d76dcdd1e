#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# coverage.sh BUILD, from the top folder: runs all tests of a build with coverage mapping, and tells what of
# core they reach: BUILD/coverage.txt, BUILD/coverage-html/, and the branches never taken in
# BUILD/branches.txt.
set -euo pipefail
export LC_ALL=C.UTF-8
build=$1 llvm=${2:-}
profiles=$PWD/$build/profiles
rm -rf "$profiles" && mkdir -p "$profiles"
LLVM_PROFILE_FILE=$profiles/%m.profraw ctest --test-dir "$build" -j 2 --output-on-failure >"$build/ctest.log" ||
    { tail -n 40 "$build/ctest.log" && echo "coverage: some tests failed; the figures are of the rest"; }
# Workers of a suite or campaign end without writing what they have reached: each scenario once more in one process.
seeds=40 # of each swarm scenario
find scenarios -name '*.scn' | sort | while read -r scenario; do
    case $scenario in scenarios/swarm/*) last=$seeds ;; *) last=1 ;; esac
    for seed in $(seq "$last"); do
        LLVM_PROFILE_FILE=$profiles/%m.profraw "$build/framesim" replay "$scenario" --seed "$seed" --crypto ideal >/dev/null ||
            [[ $? =~ ^([0-4]|7)$ ]] || echo "coverage: $scenario, seed $seed: fails to run"
    done
done
"llvm-profdata$llvm" merge -sparse "$profiles"/*.profraw -o "$build/coverage.profdata"

programs=()
while read -r program; do programs+=(-object "$program"); done \
    < <(find "$build" -maxdepth 1 -type f -executable -name 'framesim*'; find "$build/tests" -type f -executable)
only_core=(-ignore-filename-regex='(^|/)(sim|fuzz|tests|generated|include)/')
from=(-instr-profile="$build/coverage.profdata" "${programs[@]:1}" "${only_core[@]}")
"llvm-cov$llvm" report "${from[@]}" -show-branch-summary >"$build/coverage.txt" 2>/dev/null
"llvm-cov$llvm" show "${from[@]}" -format=html -show-branches=count -output-dir="$build/coverage-html" >/dev/null 2>&1
"llvm-cov$llvm" export "${from[@]}" -format=lcov 2>/dev/null >"$build/coverage.lcov"

# What only a broken core can take is no gap: the other side of an assertion, and planted bugs with what stands beside them.
# Of the latter, where FRAME_PLANTED is one of several conditions that all have to hold: the rest of these, and what is done then.
# Headers are left out: their functions stand in every file that uses them. What is left is looked up in uncovered.txt by its
# file and text, with the lines above it where the file has that text twice; an explained line explains lines right below it
# that are never run.
awk -F'[:,]' -v list="$build/branches.txt" -v reasons=fuzz/uncovered.txt '
    function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
    function planted(text) {
        return text ~ /(if|for) [(](.*[^!])?FRAME_PLANTED[(]/ && text !~ /!FRAME_PLANTED|[|][|]|;$/
    }
    function twice(text) {
        text = "\n" text "\n"
        return index(substr(whole, index(whole, text) + 1), text)
    }
    function key_of(n,   text) {
        text = trimmed(source[file, n])
        while (twice(text)) text = trimmed(source[file, --n]) "\n" text
        gsub(/\n/, " ", text)
        return file " :: " text
    }
    function told(n,   key) {
        key = key_of(n)
        if (key in why) { used[key] = 1; return 1 }
        return (n in dead) && (n - 1) in said && said[n - 1]
    }
    BEGIN {
        printf "" >list
        while ((getline text <reasons) > 0) {
            if (text ~ /^(#|$)/) continue
            if (split(text, part, " :: ") != 3) { print reasons ": not FILE :: LINE :: WHY: " text >"/dev/stderr"; exit bad = 1 }
            why[part[1] " :: " part[2]] = part[3]
        }
    }
    /^SF:/ {
        file = substr($0, 4)
        sub(/^.*\/core\//, "core/", file)
        whole = "\n"
        for (n = 0; (getline text <file) > 0; whole = whole trimmed(text) "\n") source[file, ++n] = text
        length_of = n
        close(file)
        split("", dead); split("", branch); split("", said)
    }
    /^DA:/ { lines++ }
    /^DA:/ && $3 == 0 { never++; dead[$2] = 1 }
    /^BRDA:/ && file ~ /[.]c$/ && source[file, $2] !~ /FRAME_(ASSERT|MUST|PLANTED)/ {
        branches++
        if ($5 == "-" || $5 == 0) { missed++; branch[$2] = branch[$2] " " $4 }
    }
    /^end_of_record/ {
        split("", own)
        for (n = 1; n <= length_of; n++) {
            if (!(n - 1 in dead) && planted(source[file, n - 1]) || own[n - 1])
                own[n] = (n in dead) || source[file, n - 1] ~ /&&$/
            if (!(n in dead) && !(n in branch)) continue
            if (own[n]) { bugs++; continue }
            said[n] = told(n)
            if (said[n]) { explained++; continue }
            left++
            print key_of(n) " :: line " n (n in dead ? ", never run" : ", never taken, branch" branch[n]) >list
        }
    }
    END {
        if (bad) exit 1
        for (key in why)
            if (!(key in used)) stale[key] = 1
        printf "core: %.2f %% of %d lines, %.2f %% of %d branches that a sound core can take\n",
            100 * (lines - never) / lines, lines, 100 * (branches - missed) / branches, branches
        printf "of %d lines with what is never run or taken %d are planted bugs, %d are explained in %s; the others, %d: %s\n",
            bugs + explained + left, bugs, explained, reasons, left, list
        for (key in stale) print "explained, but covered or gone: " key | "sort"
    }' "$build/coverage.lcov" >"$build/coverage-core.txt"
cat "$build/coverage.txt" "$build/coverage-core.txt"
echo "page by page: $build/coverage-html/index.html"
