#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# style.sh [ROOT]: the house rules that a machine can hold. Prints every breach as FILE:LINE: RULE.
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/../..}"

function_lines_max=70
file_lines_max=700
header_lines_max=800 # of core/frame.h: one public header, and half of it is its documentation
core_headers='stdint|stddef|stdbool|stdalign|stdarg|inttypes|limits|string|sodium|sodium/[a-z0-9_]+|xxhash'

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
: >"$tmp/breaches"

# rule WORDS: reads FILE:LINE or FILE:LINE:TEXT lines, and writes them down as breaches of it.
rule() {
    awk -F: -v words="$1" '{ print $1 ":" $2 ": " words }' >>"$tmp/breaches"
}

find core sim fuzz -name '*.[ch]' 2>/dev/null | sort >"$tmp/c"
find . \( -name .git -o -name build -o -name corpora \) -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mjs' -o -name '*.scn' -o -name '*.md' \
    -o -name 'CMake*' -o -name dev -o -path './.ci/*' \) -print | sort >"$tmp/all"
[ -s "$tmp/c" ] || { echo "style: no C files found in $PWD"; exit 1; }
grep -E '^core/[^/]*$' "$tmp/c" >"$tmp/core" || true
grep -E '^(core|sim)/' "$tmp/c" >"$tmp/inner" || true

# each LIST COMMAND...: the command with the list's files as further arguments; /dev/null makes grep
# print file names, and gives it something to read where the list is empty.
each() {
    list=$1
    shift
    xargs -a "$list" "$@" /dev/null || true # no match is no error
}

xargs -a "$tmp/c" awk '
    function close_file() {
        if (file == "" || file == "/dev/null") return
        if (!licensed) print file ":1:licence"
        if (lines > (file == "core/frame.h" ? header_max : file_max)) print file ":" lines ":file"
    }
    FNR == 1 { close_file(); file = FILENAME; licensed = 0; body = 0 }
    FNR <= 3 && $0 == "// SPDX-License-Identifier: Apache-2.0" { licensed = 1 }
    /^\{/ { body = FNR }
    /^\}/ { if (body && FNR - body + 1 > function_max) print file ":" body ":function"; body = 0 }
    { lines = FNR }
    END { close_file() }' \
    file_max="$file_lines_max" header_max="$header_lines_max" function_max="$function_lines_max" /dev/null >"$tmp/measured"
grep ':licence$' "$tmp/measured" | rule 'no line "// SPDX-License-Identifier: Apache-2.0" at the top'
grep ':file$' "$tmp/measured" | rule "file longer than $file_lines_max lines ($header_lines_max for core/frame.h)"
grep ':function$' "$tmp/measured" | grep -E '^(core|sim)/' |
    rule "function longer than $function_lines_max lines"

each "$tmp/all" grep -nE '(^|[^A-Za-z0-9_.-])/(wor[k]|hom[e]|roo[t]|User[s])/' | rule 'absolute path'
each "$tmp/all" grep -nwE 'TOD[O]|FIXM[E]|XX[X]' | rule 'unfinished business: finish it or file it'

# Imports point one way: fuzz -> sim -> core, and the core stands on very little.
each "$tmp/core" grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' |
    { grep -vE "<($core_headers)\.h>" || true; } | rule 'the core may not use this header'
each "$tmp/core" grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*/)?(sim|fuzz)/' |
    rule 'the core includes nothing of sim or fuzz'
each "$tmp/inner" grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*/)?fuzz/' |
    rule 'core and sim include nothing of fuzz'

sed 's|^\./||' "$tmp/breaches" | sort -u
[ -s "$tmp/breaches" ] && exit 1
echo "style: $(wc -l <"$tmp/c") C files and $(wc -l <"$tmp/all") texts keep the house rules"
