// SPDX-License-Identifier: Apache-2.0
#include "sim/report.h"

#include <inttypes.h>
#include <string.h>

#include "sim/build_info.h"
#include "sim/escape.h"

enum { MERMAID_RECORDS_MAX = 500 };

const char *report_form_name(enum report_form form)
{
#define REPORT_FORM_NAME(id, name) name,
    static const char *const names[] = {REPORT_FORM_LIST(REPORT_FORM_NAME)};
#undef REPORT_FORM_NAME
    return names[form];
}

static const char *event_text(const struct report *report, const struct run_event *event)
{
    return run_record_text(report->record, event->text);
}

static const char *peer_name(const struct report *report, int peer)
{
    return run_record_peer_name(report->record, peer);
}

/* Words from outside on a line of their own: control characters, and those that turn the direction of what
   follows, become '?'. */
static void put_plain(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char *at = (const unsigned char *)text;
        const bool turns = at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) ||
                                             (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
        if (turns) text += 2;
        fputc(turns || at[0] < 0x20 || at[0] == 0x7f ? '?' : at[0], out);
    }
}

/* ---- Columns --------------------------------------------------------------------------------- */

static void put_columns(FILE *out, const struct report *report)
{
    const struct run_record *record = report->record;
    fprintf(out, "%7s %14s %8s %7s  %-12s %-12s %-12s %s\n", "record", "virtual time", "event",
            "cause", "peer", "other", "kind", "what");
    for (size_t i = 0; i < record->events.count; i++) {
        const struct run_event *event = &record->events.at[i];
        char cause[24] = "-";
        if (event->cause != RUN_NONE) snprintf(cause, sizeof cause, "%zu", event->cause);
        fprintf(out, "%7zu %7" PRIu64 ".%06" PRIu64 " %8" PRIu64 " %7s  %-12s %-12s %-12s ", i,
                event->time_us / WORLD_SECOND, event->time_us % WORLD_SECOND, event->step, cause,
                peer_name(report, event->peer), peer_name(report, event->other),
                run_event_kind_name(event->kind));
        put_plain(out, event_text(report, event));
        fputc('\n', out);
    }
}

/* ---- JSON Lines ------------------------------------------------------------------------------ */

static void put_name(FILE *out, const struct report *report, int peer)
{
    if (peer < 0)
        fputs("null", out);
    else
        escape_json_text(out, peer_name(report, peer));
}

static void put_jsonl(FILE *out, const struct report *report)
{
    const struct run_record *record = report->record;
    for (size_t i = 0; i < record->events.count; i++) {
        const struct run_event *event = &record->events.at[i];
        fputs("{\"cause\":", out);
        if (event->cause == RUN_NONE)
            fputs("null", out);
        else
            fprintf(out, "%zu", event->cause);
        fprintf(out, ",\"event\":%" PRIu64 ",\"id\":%zu,\"kind\":\"%s\",\"message\":", event->step,
                i, run_event_kind_name(event->kind));
        if (event->message == 0)
            fputs("null", out);
        else
            fprintf(out, "%" PRIu64, event->message);
        fputs(",\"other\":", out);
        put_name(out, report, event->other);
        fputs(",\"peer\":", out);
        put_name(out, report, event->peer);
        fputs(",\"text\":", out);
        escape_json_text(out, event_text(report, event));
        fprintf(out, ",\"time_us\":%" PRIu64 "}\n", event->time_us);
    }
}

/* ---- Chrome's trace events ------------------------------------------------------------------- */

static void put_chrome_event(FILE *out, const struct report *report, size_t index)
{
    const struct run_event *event = &report->record->events.at[index];
    fprintf(out, ",\n{\"args\":{\"record\":%zu,\"text\":", index);
    escape_json_text(out, event_text(report, event));
    fprintf(out,
            "},\"cat\":\"%s\",\"name\":\"%s\",\"ph\":\"X\",\"dur\":1,\"pid\":1,\"tid\":%d,"
            "\"ts\":%" PRIu64 "}",
            run_event_kind_name(event->kind), run_event_kind_name(event->kind), event->peer + 1,
            event->time_us);
}

/* An arrow from a send to each of its deliveries. */
static void put_chrome_flow(FILE *out, const struct report *report, size_t index)
{
    const struct run_event *event = &report->record->events.at[index];
    if (event->kind != TRACE_DELIVER || event->cause == RUN_NONE) return;
    const struct run_event *sent = &report->record->events.at[event->cause];
    fprintf(out,
            ",\n{\"cat\":\"message\",\"id\":%zu,\"name\":\"message\",\"ph\":\"s\",\"pid\":1,"
            "\"tid\":%d,\"ts\":%" PRIu64 "}",
            index, sent->peer + 1, sent->time_us);
    fprintf(out,
            ",\n{\"bp\":\"e\",\"cat\":\"message\",\"id\":%zu,\"name\":\"message\",\"ph\":\"f\","
            "\"pid\":1,\"tid\":%d,\"ts\":%" PRIu64 "}",
            index, event->peer + 1, event->time_us);
}

static void put_chrome(FILE *out, const struct report *report)
{
    fputs("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"scenario\":", out);
    escape_json_text(out, report->scenario->path);
    fprintf(out, ",\"seed\":\"%" PRIu64 "\"},\"traceEvents\":[\n", report->result->seed);
    fputs("{\"args\":{\"name\":\"the world\"},\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,"
          "\"tid\":0}",
          out);
    for (size_t i = 0; i < run_record_peer_count(report->record); i++) {
        fputs(",\n{\"args\":{\"name\":", out);
        escape_json_text(out, peer_name(report, (int)i));
        fprintf(out, "},\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%zu}", i + 1);
    }
    for (size_t i = 0; i < report->record->events.count; i++) {
        put_chrome_event(out, report, i);
        put_chrome_flow(out, report, i);
    }
    fputs("\n]}\n", out);
}

/* ---- Mermaid --------------------------------------------------------------------------------- */

/* Mermaid's text ends at a ';' or a newline, and knows entities in '#…;'. */
static void put_mermaid_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == ';' || byte == '#' || byte == '<' || byte == '>' || byte == '"' ||
            byte == '&' || byte == ':' || byte == '%' || byte == '{' || byte == '}')
            fprintf(out, "#%u;", byte);
        else
            fputc(byte < 0x20 || byte == 0x7f ? '?' : byte, out);
    }
}

/* Of a message its delivery is shown, or that it was lost; of disks nothing. */
static bool mermaid_shows(const struct run_event *event)
{
    return event->kind != TRACE_SEND && event->kind != TRACE_APPEND &&
           event->kind != TRACE_DURABLE && event->kind != TRACE_EXECUTED;
}

static void put_mermaid_event(FILE *out, const struct report *report, const struct run_event *event)
{
    if (event->kind == TRACE_DELIVER)
        fprintf(out, "    p%d->>p%d: ", event->other, event->peer);
    else if (event->kind == TRACE_LOST && event->other >= 0)
        fprintf(out, "    p%d-xp%d: ", event->peer, event->other);
    else if (event->peer >= 0)
        fprintf(out, "    Note over p%d: %s ", event->peer, run_event_kind_name(event->kind));
    else
        fprintf(out, "    Note over p0,p%zu: ", run_record_peer_count(report->record) - 1);
    put_mermaid_text(out, event_text(report, event));
    fputc('\n', out);
}

static void put_mermaid(FILE *out, const struct report *report)
{
    const struct run_record *record = report->record;
    size_t shown = 0;
    size_t first = report->opening;
    for (size_t left = MERMAID_RECORDS_MAX / 2; first > 0 && left > 0; first--)
        if (mermaid_shows(&record->events.at[first - 1])) left--;
    fputs("sequenceDiagram\n", out);
    for (size_t i = 0; i < run_record_peer_count(record); i++) {
        fprintf(out, "    participant p%zu as ", i);
        put_mermaid_text(out, peer_name(report, (int)i));
        fputc('\n', out);
    }
    if (first > 0) fprintf(out, "    %%%% %zu records before these are left out\n", first);
    for (size_t i = first; i < record->events.count; i++) {
        if (!mermaid_shows(&record->events.at[i])) continue;
        if (shown++ == MERMAID_RECORDS_MAX) {
            fprintf(out, "    %%%% %zu records behind these are left out\n",
                    record->events.count - i);
            break;
        }
        put_mermaid_event(out, report, &record->events.at[i]);
    }
}

/* ---- Graphviz -------------------------------------------------------------------------------- */

static void put_dot_receipt(FILE *out, const struct report *report, size_t index)
{
    const struct run_record *record = report->record;
    const struct run_receipt *receipt = &record->receipts.at[index];
    const bool merge = receipt->parent_count > 1;
    char hash[8];
    frame_hex_encode(hash, receipt->hash.bytes, sizeof hash / 2);
    fprintf(out, "  r%zu [label=\"%.*s\\n", index, (int)sizeof hash, hash);
    put_plain(out, run_record_text(record, receipt->intent)); /* [A-Za-z0-9._-] alone (section 3) */
    fprintf(out, "\\n%s\"%s];\n", peer_name(report, receipt->maker),
            merge ? ", shape=diamond" : "");
    for (size_t i = 0; i < receipt->parent_count; i++)
        fprintf(out, "  r%zu -> r%zu;\n", index, record->indices.at[receipt->parents + i]);
}

static bool last_of_peer(const struct run_record *record, size_t state)
{
    for (size_t i = state + 1; i < record->states.count; i++)
        if (record->states.at[i].peer == record->states.at[state].peer) return false;
    return true;
}

/* Each peer's heads at the end, and what is superseded or changed there. */
static void put_dot_peer(FILE *out, const struct report *report, const struct run_state *state)
{
    const struct run_record *record = report->record;
    fprintf(out, "  p%d [label=\"%s", state->peer, peer_name(report, state->peer));
    for (size_t i = 0; i < state->fate_count; i++) {
        const size_t receipt = record->indices.at[state->fates + 2 * i];
        const size_t fate = record->indices.at[state->fates + 2 * i + 1];
        char hash[8];
        frame_hex_encode(hash, record->receipts.at[receipt].hash.bytes, sizeof hash / 2);
        fprintf(out, "\\n%.*s %s", (int)sizeof hash, hash, run_fate_name((enum run_fate)fate));
    }
    fputs("\", shape=box, style=dashed];\n", out);
    for (size_t i = 0; i < state->head_count; i++)
        fprintf(out, "  p%d -> r%zu [style=dashed];\n", state->peer,
                record->indices.at[state->heads + i]);
}

static void put_dot(FILE *out, const struct report *report)
{
    const struct run_record *record = report->record;
    fputs("digraph receipts {\n  rankdir=RL;\n  node [fontname=\"monospace\"];\n", out);
    for (size_t i = 0; i < record->receipts.count; i++)
        put_dot_receipt(out, report, i);
    for (size_t i = 0; i < record->states.count; i++)
        if (last_of_peer(record, i)) put_dot_peer(out, report, &record->states.at[i]);
    fputs("}\n", out);
}

void report_write(FILE *out, const struct report *report, enum report_form form)
{
    switch (form) {
    case REPORT_HTML: report_write_page(out, report); break;
    case REPORT_COLUMNS: put_columns(out, report); break;
    case REPORT_JSONL: put_jsonl(out, report); break;
    case REPORT_CHROME: put_chrome(out, report); break;
    case REPORT_MERMAID: put_mermaid(out, report); break;
    case REPORT_DOT: put_dot(out, report); break;
    case REPORT_FORM_COUNT: break;
    }
}
