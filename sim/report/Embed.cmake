# SPDX-License-Identifier: Apache-2.0
# Run at build time with -DFOLDER and -DSOURCE: the files of the report's page as arrays of bytes in C.
set(text "// SPDX-License-Identifier: Apache-2.0\n#include \"sim/report_assets.h\"\n")
foreach(name page.css common.js run.js campaign.js)
  file(READ ${FOLDER}/${name} hex HEX)
  string(REGEX REPLACE "(........................................)" "\\1\n" lines "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${lines}")
  string(REPLACE "." "_" identifier ${name})
  string(APPEND text "static const unsigned char bytes_${identifier}[] = {\n${bytes}\n};\n"
    "const struct report_asset report_${identifier} = {bytes_${identifier}, sizeof bytes_${identifier}};\n")
endforeach()
file(WRITE ${SOURCE} "${text}")
