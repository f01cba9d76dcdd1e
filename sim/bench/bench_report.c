// SPDX-License-Identifier: Apache-2.0
/*
 * bench_report [FOLDER]: reads lines "BUILD ROW WHO VALUE UNIT" of many rounds and prints, for each row, medians, spreads and
 * the ratio of framesim to everybody else, with what is to be reached. Where there are lines of a build
 * "then", also the ratio of "now" to it. Rows "NAME@X" become plots NAME.svg in the folder.
 *
 * A ratio is the median of the ratios of rounds, never that of medians: what slows a round down slows
 * both sides. A spread is half the distance between the quartiles, in percent of the median.
 */
#include <math.h>

#include "core/bench/bench.h"

enum { NAME_BYTES = 48, ROUNDS_MAX = 256, SERIES_MAX = 512 };

struct series {
    char build[8];
    char row[NAME_BYTES];
    char who[NAME_BYTES];
    char unit[NAME_BYTES];
    double values[ROUNDS_MAX];
    size_t count;
};

struct report {
    struct series series[SERIES_MAX];
    size_t count;
};

/* ---- What is to be reached: by framesim against somebody, or (NULL) by its value ---- */

enum direction { AT_LEAST, AT_MOST };
struct target {
    const char *row;
    const char *against;
    enum direction direction;
    double value;
};
static const struct target targets[] = {
    {"verify", "bare-libsodium", AT_LEAST, 0.93},
    {"verify-plain", "bare-libsodium", AT_LEAST, 0.88},
    {"verify", "node-fresh", AT_LEAST, 2.5},
    {"verify", "node-hot", AT_LEAST, 1.9},
    {"verify-2", "bare-libsodium", AT_LEAST, 0.93},
    {"structure", "its-sha256-alone", AT_LEAST, 0.6},
    {"structure", "cjson+sha256", AT_LEAST, 1},
    {"structure", "jansson+sha256", AT_LEAST, 1},
    {"roots@262144", "its-sha256-alone", AT_LEAST, 0.9},
    {"roots@16384", "its-sha256-alone", AT_LEAST, 0.75},
    {"append-last/first", NULL, AT_MOST, 1.2},
    {"verify-last/first", NULL, AT_MOST, 1.2},
    {"memory/wire", NULL, AT_MOST, 1.3},
    {"join@10", "executing-it", AT_MOST, 2},
    {"join@10000", "executing-it", AT_MOST, 2},
    {"join-at-genesis", "executing-it", AT_MOST, 2},
    {"five-writers", "executing-it", AT_MOST, 2},
    {"sync-bytes@1000", "receipts-alone", AT_MOST, 1.1},
    {"sync-bytes@10000", "receipts-alone", AT_MOST, 1.1},
    {"sync-bytes-forked@1000", "receipts-alone", AT_MOST, 2},
    {"flood", "bare-heap", AT_LEAST, 0.35},
    {"flood", "simgrid", AT_LEAST, 1},
    {"flood", "ns-3", AT_LEAST, 1},
    {"seeds", NULL, AT_LEAST, 200},
    {"virtual-busy", NULL, AT_LEAST, 5000},
    {"virtual-quiet", NULL, AT_LEAST, 10000},
    {"real-share-of-signatures", NULL, AT_LEAST, 0.8},
    {"crowd-event-1000/10", NULL, AT_MOST, 3}, /* as their logarithms */
    {"crowd-memory-1000x1000", NULL, AT_MOST, 4},
    {"crowd-memory-50x50000", NULL, AT_MOST, 4},
    {"campaign-2-jobs", "1-job", AT_LEAST, 1.8},
};

static const struct target *target_of(const char *row, const char *against)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const struct target *target = &targets[i];
        if (strcmp(target->row, row) != 0 || (target->against == NULL) != (against == NULL))
            continue;
        if (against == NULL || strcmp(target->against, against) == 0) return target;
    }
    return NULL;
}

/* ---- Reading ---- */

static struct series *series_of(struct report *report, const char *build, const char *row,
                                const char *who)
{
    for (size_t i = 0; i < report->count; i++) {
        struct series *series = &report->series[i];
        if (strcmp(series->build, build) == 0 && strcmp(series->row, row) == 0 &&
            strcmp(series->who, who) == 0)
            return series;
    }
    return NULL;
}

static void read_lines(struct report *report)
{
    char build[8];
    char row[NAME_BYTES];
    char who[NAME_BYTES];
    char unit[NAME_BYTES];
    char number[NAME_BYTES];
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "%7s %47s %47s %47s %47s", build, row, who, number, unit) != 5) {
            fprintf(stderr, "bench_report: no sample: %s", line);
            continue;
        }
        struct series *series = series_of(report, build, row, who);
        if (series == NULL) {
            bench_check(report->count < SERIES_MAX, "too many rows");
            series = &report->series[report->count++];
            memcpy(series->build, build, sizeof build);
            memcpy(series->row, row, sizeof row);
            memcpy(series->who, who, sizeof who);
            memcpy(series->unit, unit, sizeof unit);
        }
        if (series->count < ROUNDS_MAX) series->values[series->count++] = strtod(number, NULL);
    }
}

/* ---- Medians ---- */

struct middle {
    double median;
    double spread; /* percent */
};

static int by_value(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static double quantile(const double *sorted, size_t count, double part)
{
    const double at = part * (double)(count - 1);
    const size_t below = (size_t)at;
    const size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static struct middle middle_of(const double *values, size_t count)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_value);
    const double median = quantile(sorted, count, 0.5);
    const double range = quantile(sorted, count, 0.75) - quantile(sorted, count, 0.25);
    return (struct middle){median, median == 0 ? 0 : 50 * range / median};
}

static struct middle ratio_of(const struct series *a, const struct series *b)
{
    double ratios[ROUNDS_MAX] = {0};
    size_t count = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < count; i++)
        ratios[i] = a->values[i] / b->values[i];
    return middle_of(ratios, count);
}

/* ---- The table ---- */

/* 12.3 k, 4.56 M: three digits. */
static const char *short_number(char text[32], double value)
{
    static const char *const steps[] = {"", " k", " M", " G"};
    size_t step = 0;
    while (value >= 9999.5 && step + 1 < sizeof steps / sizeof *steps) {
        value /= 1000;
        step++;
    }
    const int digits = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
    (void)snprintf(text, 32, "%.*f%s", digits, value, steps[step]);
    return text;
}

static void put_value(const struct series *series)
{
    char number[32];
    char text[80];
    const struct middle middle = middle_of(series->values, series->count);
    (void)snprintf(text, sizeof text, "%s %s ±%.0f%%", short_number(number, middle.median),
                   series->unit, middle.spread);
    printf("%-28s", text);
}

static void put_verdict(const struct target *target, double value)
{
    if (target == NULL) {
        printf("  reported");
        return;
    }
    const bool met =
        target->direction == AT_LEAST ? value >= target->value : value <= target->value;
    printf("  %s %g %s", target->direction == AT_LEAST ? "≥" : "≤", target->value,
           met ? "met" : "MISSED");
}

static void put_then(struct report *report, const struct series *series)
{
    struct series *then = series_of(report, "then", series->row, series->who);
    if (then == NULL) return;
    const struct middle ratio = ratio_of(series, then);
    printf("  now/then %.3f ±%.1f%%", ratio.median, ratio.spread);
}

/* Is there something of framesim to be compared, and not plots alone? */
static bool has_rows(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->series[i].who, "framesim") == 0) return true;
    return false;
}

static void put_rows(struct report *report)
{
    if (!has_rows(report)) return;
    printf("%-26s %-28s%-54s %s\n", "what", "framesim", "against", "ratio");
    for (size_t i = 0; i < report->count; i++) {
        const struct series *ours = &report->series[i];
        if (strcmp(ours->build, "now") != 0 || strcmp(ours->who, "framesim") != 0) continue;
        printf("%-26s ", ours->row);
        put_value(ours);
        const struct target *own = target_of(ours->row, NULL);
        printf("%-62s", "");
        put_verdict(own, middle_of(ours->values, ours->count).median);
        put_then(report, ours);
        putchar('\n');
        for (size_t j = 0; j < report->count; j++) {
            const struct series *peer = &report->series[j];
            if (j == i || strcmp(peer->build, "now") != 0 || strcmp(peer->row, ours->row) != 0)
                continue;
            const struct middle ratio = ratio_of(ours, peer);
            printf("%-55s%-26s", "", peer->who);
            put_value(peer);
            printf("%7.3f ±%.1f%%", ratio.median, ratio.spread);
            put_verdict(target_of(ours->row, peer->who), ratio.median);
            putchar('\n');
        }
    }
}

/* ---- Plots: both axes logarithmic ---- */

enum { WIDTH = 640, HEIGHT = 400, LEFT = 80, RIGHT = 150, TOP = 40, BOTTOM = 50 };

struct axes {
    double x_min, x_max, y_min, y_max; /* logarithms */
};

/* X of a row "NAME@X" of that name; 0 where it is none. */
static double x_of(const struct series *series, const char *name)
{
    const char *at = strchr(series->row, '@');
    const size_t length = strlen(name);
    if (at == NULL || (size_t)(at - series->row) != length ||
        memcmp(series->row, name, length) != 0 || strcmp(series->build, "now") != 0)
        return 0;
    return strtod(at + 1, NULL);
}

static double place_x(const struct axes *axes, double x)
{
    return LEFT + (log10(x) - axes->x_min) / (axes->x_max - axes->x_min) * (WIDTH - LEFT - RIGHT);
}

static double place_y(const struct axes *axes, double y)
{
    return HEIGHT - BOTTOM -
           (log10(y) - axes->y_min) / (axes->y_max - axes->y_min) * (HEIGHT - TOP - BOTTOM);
}

static struct axes axes_of(const struct report *report, const char *name)
{
    struct axes axes = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < report->count; i++) {
        const struct series *series = &report->series[i];
        const double x = x_of(series, name);
        if (x <= 0) continue;
        const double y = log10(middle_of(series->values, series->count).median);
        axes.x_min = fmin(axes.x_min, log10(x));
        axes.x_max = fmax(axes.x_max, log10(x));
        axes.y_min = fmin(axes.y_min, y);
        axes.y_max = fmax(axes.y_max, y);
    }
    axes.x_max = fmax(axes.x_max, axes.x_min + 1);
    axes.y_min = floor(axes.y_min);
    axes.y_max = fmax(ceil(axes.y_max), axes.y_min + 1);
    return axes;
}

static void put_grid(FILE *out, const struct axes *axes, const char *name, const char *unit)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"%d\" y=\"20\" font-size=\"14\">%s, %s</text>\n",
            WIDTH, HEIGHT, LEFT, name, unit);
    char number[32];
    for (int decade = (int)axes->y_min; decade <= (int)axes->y_max; decade++) {
        const double y = pow(10, decade);
        const double at = place_y(axes, y);
        fprintf(out,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                LEFT, WIDTH - RIGHT, at, at, LEFT - 6, at + 4, short_number(number, y));
    }
}

static void put_series(FILE *out, const struct report *report, const struct axes *axes,
                       const char *name, const char *who, size_t number)
{
    static const char *const colours[] = {"#0060a8", "#c04000", "#208020", "#8040a0", "#806000"};
    const char *colour = colours[number % (sizeof colours / sizeof *colours)];
    char text[32];
    fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (size_t i = 0; i < report->count; i++) {
        const struct series *series = &report->series[i];
        const double x = x_of(series, name);
        if (x <= 0 || strcmp(series->who, who) != 0) continue;
        fprintf(out, "%.1f,%.1f ", place_x(axes, x),
                place_y(axes, middle_of(series->values, series->count).median));
    }
    fprintf(out, "\"/>\n<text x=\"%d\" y=\"%zu\" fill=\"%s\">%s</text>\n", WIDTH - RIGHT + 8,
            TOP + 16 * number, colour, who);
    for (size_t i = 0; number == 0 && i < report->count; i++) {
        const double x = x_of(&report->series[i], name);
        if (x <= 0 || strcmp(report->series[i].who, who) != 0) continue;
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                place_x(axes, x), HEIGHT - BOTTOM + 20, short_number(text, x));
    }
}

static void put_plot(const struct report *report, const char *folder, const struct series *first)
{
    char name[NAME_BYTES] = "";
    char path[512];
    memcpy(name, first->row, strcspn(first->row, "@"));
    (void)snprintf(path, sizeof path, "%s/%s.svg", folder, name);
    FILE *out = fopen(path, "w");
    bench_check(out != NULL, "a plot cannot be written");
    const struct axes axes = axes_of(report, name);
    put_grid(out, &axes, name, first->unit);
    size_t number = 0;
    for (size_t i = 0; i < report->count; i++)
        if (x_of(&report->series[i], name) > 0 && strcmp(report->series[i].row, first->row) == 0)
            put_series(out, report, &axes, name, report->series[i].who, number++);
    fputs("</svg>\n", out);
    bench_check(fclose(out) == 0, "a plot cannot be written");
    printf("plot: %s\n", path);
}

static void put_plots(const struct report *report, const char *folder)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct series *series = &report->series[i];
        const size_t length = strcspn(series->row, "@");
        if (series->row[length] == '\0' || strcmp(series->build, "now") != 0) continue;
        bool first = true;
        for (size_t j = 0; j < i; j++)
            if (strncmp(report->series[j].row, series->row, length + 1) == 0) first = false;
        if (first) put_plot(report, folder, series);
    }
}

int main(int argc, char **argv)
{
    struct report *report = calloc(1, sizeof *report);
    bench_check(report != NULL, "out of memory");
    read_lines(report);
    put_rows(report);
    if (argc > 1) put_plots(report, argv[1]);
    free(report);
    return 0;
}
