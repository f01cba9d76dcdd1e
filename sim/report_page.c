// SPDX-License-Identifier: Apache-2.0
/* The report as a page: everything in one file, with its data as JSON that no text from outside can end. */
#include "sim/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/build_info.h"
#include "sim/escape.h"
#include "sim/report_assets.h"

/* ---- The page around the data ---------------------------------------------------------------- */

static void put_asset(FILE *out, const struct report_asset *asset)
{
    fwrite(asset->bytes, 1, asset->length, out);
}

/* In JSON a '<' stands inside strings alone, where it may be written so; nothing else can end the element. */
static void put_data(FILE *out, const char *json, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (json[i] == '<')
            fputs("\\u003c", out);
        else
            fputc(json[i], out);
    }
}

static void put_page(FILE *out, const char *kind, const struct report_asset *script,
                     void (*produce)(FILE *out, const void *context), const void *context)
{
    char *json = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&json, &length);
    if (stream == NULL) abort();
    produce(stream, context);
    if (fclose(stream) != 0) abort();
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
            "<title>framesim</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n");
    put_asset(out, &report_page_css);
    fprintf(out,
            "</style>\n</head>\n<body class=\"%s\">\n<noscript>This page needs JavaScript."
            "</noscript>\n<script type=\"application/json\" id=\"data\">",
            kind);
    put_data(out, json, length);
    fputs("</script>\n<script>\n", out);
    put_asset(out, &report_common_js);
    put_asset(out, script);
    fputs("</script>\n</body>\n</html>\n", out);
    free(json);
}

/* ---- A run ----------------------------------------------------------------------------------- */

static void put_hex(FILE *out, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%02x", bytes[i]);
}

static void put_indices(FILE *out, const struct run_record *record, size_t from, size_t count)
{
    fputc('[', out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%zu", i > 0 ? "," : "", record->indices.at[from + i]);
    fputc(']', out);
}

static void put_events(FILE *out, const struct run_record *record)
{
    for (size_t i = 0; i < record->events.count; i++) {
        const struct run_event *event = &record->events.at[i];
        fprintf(out, "%s[%" PRIu64 ",%" PRIu64 ",%d,%d,%d,%" PRIu64 ",", i > 0 ? ",\n" : "",
                event->time_us, event->step, event->kind, event->peer < 0 ? -1 : event->peer,
                event->other < 0 ? -1 : event->other, event->message);
        if (event->cause == RUN_NONE)
            fputs("-1,", out);
        else
            fprintf(out, "%zu,", event->cause);
        escape_json_text(out, run_record_text(record, event->text));
        fputc(']', out);
    }
}

static void put_receipts(FILE *out, const struct run_record *record)
{
    for (size_t i = 0; i < record->receipts.count; i++) {
        const struct run_receipt *receipt = &record->receipts.at[i];
        fputs(i > 0 ? ",\n[\"" : "[\"", out);
        put_hex(out, receipt->hash.bytes, sizeof receipt->hash.bytes);
        fprintf(out, "\",%" PRId64 ",", receipt->timestamp_s);
        put_indices(out, record, receipt->parents, receipt->parent_count);
        fputc(',', out);
        escape_json_text(out, run_record_text(record, receipt->intent));
        fprintf(out, ",%d]", receipt->maker);
    }
}

static void put_states(FILE *out, const struct run_record *record)
{
    for (size_t i = 0; i < record->states.count; i++) {
        const struct run_state *state = &record->states.at[i];
        fprintf(out, "%s[%zu,%d,\"%s\",%s,%s,%zu,", i > 0 ? ",\n" : "", state->at, state->peer,
                world_peer_state_name(state->state), state->safe_mode ? "true" : "false",
                state->anew ? "true" : "false", state->receipts);
        put_indices(out, record, state->heads, state->head_count);
        fputs(",[", out);
        for (size_t k = 0; k < state->fate_count; k++) {
            if (k > 0) fputc(',', out);
            put_indices(out, record, state->fates + 2 * k, 2);
        }
        fputs("],", out);
        if (state->has_root) {
            fputc('"', out);
            put_hex(out, state->state_root.bytes, sizeof state->state_root.bytes);
            fputs("\"]", out);
        } else {
            fputs("null]", out);
        }
    }
}

static void put_names(FILE *out, const struct run_record *record)
{
    fputs(",\"fates\":[", out);
    for (int fate = RUN_REFUSED; fate <= RUN_FINAL; fate++)
        fprintf(out, "%s\"%s\"", fate > 0 ? "," : "", run_fate_name((enum run_fate)fate));
    fputs("],\"kinds\":[", out);
    for (int kind = 0; kind <= RUN_LINE; kind++)
        fprintf(out, "%s\"%s\"", kind > 0 ? "," : "", run_event_kind_name(kind));
    fputs("],\"peers\":[", out);
    for (size_t i = 0; i < run_record_peer_count(record); i++) {
        fprintf(out, "%s{\"adversary\":%s,\"name\":", i > 0 ? "," : "",
                run_record_peer_is_adversary(record, (int)i) ? "true" : "false");
        escape_json_text(out, run_record_peer_name(record, (int)i));
        fputc('}', out);
    }
    fputc(']', out);
}

static void put_title(FILE *out, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->statement_count; i++) {
        const struct scenario_statement *statement = &scenario->statements[i];
        if (statement->verb != SCENARIO_VERB_TITLE) continue;
        escape_json(out, (const char *)statement->of.words.bytes, statement->of.words.length);
        return;
    }
    escape_json_text(out, scenario->path);
}

static void put_facts(FILE *out, const struct report *report)
{
    const struct interpret_result *result = report->result;
    fputs("{\"commit\":", out);
    escape_json_text(out, build_commit());
    fputs(",\"crypto\":", out);
    escape_json_text(out, build_crypto(result->crypto));
    fprintf(out, ",\"explained\":%s,\"failure\":", report->explained ? "true" : "false");
    escape_json_text(out, interpret_verdict_fails(result->verdict) ? result->failure : NULL);
    fputs(",\"hash\":\"", out);
    put_hex(out, result->hash.bytes, sizeof result->hash.bytes);
    fprintf(out, "\",\"opening\":%zu,\"scenario\":", report->opening);
    escape_json_text(out, report->scenario->path);
    fprintf(out, ",\"seed\":\"%" PRIu64 "\",\"steps\":%" PRIu64 ",\"title\":", result->seed,
            result->events);
    put_title(out, report->scenario);
    fprintf(out, ",\"verdict\":\"%s\",\"virtual_us\":%" PRIu64,
            interpret_verdict_name(result->verdict), result->virtual_us);
}

static void produce_run(FILE *out, const void *context)
{
    const struct report *report = context;
    const struct run_record *record = report->record;
    put_facts(out, report);
    put_names(out, record);
    fputs(",\"arrivals\":[", out);
    for (size_t i = 0; i < record->arrivals.count; i++)
        fprintf(out, "%s[%zu,%d,%zu]", i > 0 ? "," : "", record->arrivals.at[i].at,
                record->arrivals.at[i].peer, record->arrivals.at[i].receipt);
    fputs("],\"events\":[", out);
    put_events(out, record);
    fputs("],\"receipts\":[", out);
    put_receipts(out, record);
    fputs("],\"states\":[", out);
    put_states(out, record);
    fputs("]}", out);
}

void report_write_page(FILE *out, const struct report *report)
{
    put_page(out, "run", &report_run_js, produce_run, report);
}

/* ---- A campaign ------------------------------------------------------------------------------ */

static void put_span(FILE *out, struct frame_span span)
{
    while (span.length > 0 && span.bytes[span.length - 1] == '\n')
        span.length--;
    fwrite(span.bytes, 1, span.length, out);
}

static void produce_campaign(FILE *out, const void *context)
{
    const struct report_campaign *campaign = context;
    fputs("{\"manifest\":", out);
    put_span(out, campaign->manifest);
    fputs(",\"rate\":[", out);
    for (size_t i = 0; i < campaign->rate.length; i++) {
        const bool last = i + 1 >= campaign->rate.length;
        if (campaign->rate.bytes[i] != '\n')
            fputc(campaign->rate.bytes[i], out);
        else if (!last)
            fputs(",\n", out);
    }
    fputs("],\"summary\":", out);
    put_span(out, campaign->summary);
    fputs(",\"table\":", out);
    escape_json(out, (const char *)campaign->table.bytes, campaign->table.length);
    fputc('}', out);
}

void report_write_campaign(FILE *out, const struct report_campaign *campaign)
{
    put_page(out, "campaign", &report_campaign_js, produce_campaign, campaign);
}
