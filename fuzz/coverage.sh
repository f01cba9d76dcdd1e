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
sources=()
for source in core/*.c; do sources+=("$PWD/$source"); done
from=(-instr-profile="$build/coverage.profdata" "${programs[@]:1}")
"llvm-cov$llvm" report "${from[@]}" -show-branch-summary "${sources[@]}" >"$build/coverage.txt" 2>/dev/null
"llvm-cov$llvm" show "${from[@]}" -format=html -show-branches=count -output-dir="$build/coverage-html" \
    "${sources[@]}" >/dev/null 2>&1
"llvm-cov$llvm" export "${from[@]}" -format=lcov "${sources[@]}" 2>/dev/null >"$build/coverage.lcov"
awk -F'[:,]' '/^SF:/ { file = substr($0, 4); sub(/^.*\/core\//, "core/", file) }
    /^DA:/ && $3 == 0 { print file ":" $2 ": line never run" }
    /^BRDA:/ && ($5 == "-" || $5 == 0) { print file ":" $2 ": branch " $4 " never taken" }' \
    "$build/coverage.lcov" >"$build/branches.txt"
cat "$build/coverage.txt"
echo "$(grep -c 'line never' "$build/branches.txt" || true) lines never run, $(grep -c branch "$build/branches.txt" || true) branches never taken: $build/branches.txt"
echo "page by page: $build/coverage-html/index.html"
