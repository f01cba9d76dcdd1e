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
# Headers are left out: their functions stand in every file that uses them.
awk -F'[:,]' -v list="$build/branches.txt" '
    BEGIN { printf "" >list }
    /^SF:/ {
        file = substr($0, 4)
        sub(/^.*\/core\//, "core/", file)
        for (n = 0; (getline text <file) > 0;) source[file, ++n] = text
        close(file)
    }
    /^DA:/ { lines++ }
    /^DA:/ && $3 == 0 { never++; print file ":" $2 ": line never run" >list }
    /^BRDA:/ && file ~ /[.]c$/ && source[file, $2] !~ /FRAME_(ASSERT|MUST|PLANTED)/ {
        branches++
        if ($5 == "-" || $5 == 0) { missed++; print file ":" $2 ": branch " $4 " never taken: " source[file, $2] >list }
    }
    END {
        printf "core: %.2f %% of %d lines, %.2f %% of %d branches that a sound core can take; the others: %s\n",
            100 * (lines - never) / lines, lines, 100 * (branches - missed) / branches, branches, list
    }' "$build/coverage.lcov" >"$build/coverage-core.txt"
cat "$build/coverage.txt" "$build/coverage-core.txt"
echo "page by page: $build/coverage-html/index.html"
