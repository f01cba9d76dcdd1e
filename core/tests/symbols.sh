#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh LIBFRAME.A: the core is pure. What the archive leaves undefined must stand in
# symbols.allow, and no object of it holds data that can be written.
# The environment may name NM and OBJDUMP; SANITIZE=ON allows what sanitizers add.
set -eu
export LC_ALL=C
archive=$1
allow=$(dirname "$0")/symbols.allow
sanitize=${SANITIZE:-OFF}
failed=0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"${NM:-nm}" -P "$archive" >"$tmp/nm"
awk 'NF >= 2 && $2 ~ /^[Uwv]$/ { print $1 }' "$tmp/nm" | sort -u >"$tmp/wanted"
awk 'NF >= 2 && $2 !~ /^[Uwv]$/ { print $1 }' "$tmp/nm" | sort -u >"$tmp/defined"
sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$allow" | sort -u >"$tmp/allowed"
[ -s "$tmp/defined" ] || { echo "$archive: no symbols: wrong archive or broken nm"; exit 1; }

comm -23 "$tmp/wanted" "$tmp/defined" | comm -23 - "$tmp/allowed" >"$tmp/foreign"
if [ "$sanitize" = ON ]; then
    grep -Ev '^__(asan|ubsan|sanitizer)_' "$tmp/foreign" >"$tmp/rest" || true
    mv "$tmp/rest" "$tmp/foreign"
fi
if [ -s "$tmp/foreign" ]; then
    echo "$archive: the core may not use these (see core/tests/symbols.allow):"
    sed 's/^/    /' "$tmp/foreign"
    failed=1
fi

# Judged by section, not by nm's letter: a const table of pointers lies in .data.rel.ro, which is fine.
# Sanitizers keep writable tables of their own, so this is for plain builds.
if [ "$sanitize" = ON ]; then
    echo "skipped: writable data (sanitizer build)"
else
    "${OBJDUMP:-objdump}" -h "$archive" >"$tmp/sections"
    awk '/file format/ { object = $1; sub(/^.*\(/, "", object); sub(/\):?$|:$/, "", object) }
         $2 ~ /^\.(data|bss|tdata|tbss|sdata|sbss|ldata|lbss)/ && $2 !~ /^\.l?data\.rel\.ro/ &&
         $3 !~ /^0+$/ { print "    " object ": section " $2 " holds 0x" $3 " bytes" }' \
        "$tmp/sections" >"$tmp/writable"
    awk 'NF >= 2 && $2 == "C" { print "    common symbol " $1 }' "$tmp/nm" >>"$tmp/writable"
    if [ -s "$tmp/writable" ]; then
        echo "$archive: the core keeps no state of its own, but these can be written:"
        cat "$tmp/writable"
        "${OBJDUMP:-objdump}" -t "$archive" |
            awk '$0 ~ / O / && $0 ~ /[ \t]\.t?(data|bss)/ && $0 !~ /\.data\.rel\.ro/ { print "    " $NF }'
        failed=1
    fi
fi

[ "$failed" = 0 ] && echo "$archive: pure ($(wc -l <"$tmp/wanted") symbols looked at)"
exit "$failed"
