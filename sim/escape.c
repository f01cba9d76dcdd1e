// SPDX-License-Identifier: Apache-2.0
#include "sim/escape.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/scenario.h"

static const uint8_t unknown[] = {0xEF, 0xBF, 0xBD};

void escape_json(FILE *out, const char *text, size_t length)
{
    uint8_t *clean = malloc(3 * length + 1);
    uint8_t *token = malloc(18 * length + 2);
    if (clean == NULL || token == NULL) abort();
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        const uint8_t *from = (const uint8_t *)text + at;
        const size_t step = scenario_character(from, length - at);
        const size_t bytes = step == 0 ? sizeof unknown : step;
        memcpy(clean + used, step == 0 ? unknown : from, bytes);
        used += bytes;
        at += step == 0 ? 1 : step;
    }
    fwrite(token, 1, json_string_encode(token, clean, used), out);
    free(clean);
    free(token);
}

void escape_json_text(FILE *out, const char *text)
{
    if (text == NULL)
        fputs("null", out);
    else
        escape_json(out, text, strlen(text));
}

static void put_xml_character(FILE *out, const uint8_t *from, size_t step)
{
    switch (from[0]) {
    case '&': fputs("&amp;", out); return;
    case '<': fputs("&lt;", out); return;
    case '>': fputs("&gt;", out); return;
    case '"': fputs("&quot;", out); return;
    case '\'': fputs("&#39;", out); return;
    case '\n':
    case '\t': fputc(from[0], out); return;
    default: break;
    }
    /* U+FFFE and U+FFFF are no characters of XML either */
    const bool forbidden =
        from[0] < 0x20 || (step == 3 && from[0] == 0xEF && from[1] == 0xBF && from[2] >= 0xBE);
    if (forbidden)
        fputc('?', out);
    else
        fwrite(from, 1, step, out);
}

void escape_xml(FILE *out, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        const uint8_t *from = (const uint8_t *)text + at;
        const size_t step = scenario_character(from, length - at);
        if (step == 0)
            fwrite(unknown, 1, sizeof unknown, out);
        else
            put_xml_character(out, from, step);
        at += step == 0 ? 1 : step;
    }
}

void escape_xml_text(FILE *out, const char *text)
{
    escape_xml(out, text, strlen(text));
}
