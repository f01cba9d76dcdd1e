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

#define REPORT_FORM_LIST(X) \
    X(HTML, "html")         \
    X(COLUMNS, "columns")   \
    X(JSONL, "jsonl")       \
    X(CHROME, "chrome")     \
    X(MERMAID, "mermaid")   \
    X(DOT, "dot")
enum report_form {
#define REPORT_FORM_ENUM(id, name) REPORT_##id,
    REPORT_FORM_LIST(REPORT_FORM_ENUM)
#undef REPORT_FORM_ENUM
        REPORT_FORM_COUNT
};
const char *report_form_name(enum report_form form);

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
