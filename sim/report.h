// SPDX-License-Identifier: Apache-2.0
/* A run that was recorded, in forms for people and for other programs. The same run gives the same bytes. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/run_record.h"

struct report {
    const struct run_record *record;
    const struct scenario *scenario;
    const struct interpret_result *result;
    size_t opening; /* the record to look at first */
    bool explained; /* `opening` is from where on no future is seen without the failure */
};

#define REPORT_FORM_LIST(X)                                                                      \
    X(HTML, "html", "a page to look at, whole in one file")                                      \
    X(COLUMNS, "columns", "a line for each record: number, time, peer, kind, words")             \
    X(JSONL, "jsonl", "the same as JSON Lines, each with the number of what caused it")          \
    X(CHROME, "chrome", "trace events, as Chrome's tracing and Perfetto read them")              \
    X(MERMAID, "mermaid", "a sequence diagram: messages, intents, crashes; 500 records at most") \
    X(DOT, "dot", "Graphviz: the receipts that anybody held, and what became of them")
enum report_form {
#define REPORT_FORM_ENUM(id, name, words) REPORT_##id,
    REPORT_FORM_LIST(REPORT_FORM_ENUM)
#undef REPORT_FORM_ENUM
        REPORT_FORM_COUNT
};
const char *report_form_name(enum report_form form);
const char *report_form_words(enum report_form form);

void report_write(FILE *out, const struct report *report, enum report_form form);

/* report_page.c: the page, of a run and of a campaign (its files, checked JSON and CSV). */
void report_write_page(FILE *out, const struct report *report);
struct report_campaign {
    struct frame_span manifest; /* campaign.json */
    struct frame_span summary;  /* summary.json */
    struct frame_span rate;     /* rate.jsonl; may be empty */
    struct frame_span table;    /* faults-by-probes.csv; may be empty */
};
void report_write_campaign(FILE *out, const struct report_campaign *campaign);

#endif
