// SPDX-License-Identifier: Apache-2.0
/*
 * Text that came from outside (names, messages, a hostile scenario) inside JSON, XML and HTML. What is no
 * UTF-8 becomes U+FFFD.
 */
#ifndef SIM_ESCAPE_H
#define SIM_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* A canonical JSON string token, quotes included. */
void escape_json(FILE *out, const char *text, size_t length);
void escape_json_text(FILE *out, const char *text); /* NULL: null */
/* For element content and for attributes in double quotes, of XML 1.0 and HTML. Characters that XML
   forbids become '?'. */
void escape_xml(FILE *out, const char *text, size_t length);
void escape_xml_text(FILE *out, const char *text);

#endif
