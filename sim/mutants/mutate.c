// SPDX-License-Identifier: Apache-2.0
/*
 * Mechanical mutants of C files: small mistakes made by rule, without knowing what the code is for.
 *
 *   mutate list SEED COUNT FILE...   a sample (0: all), a line each: KEY FILE LINE KIND OLD -> NEW
 *   mutate apply KEY FILE            the file's text with that one mistake
 *
 * A key is a hash of the line's own text and of what becomes of it, so it stays while the line does,
 * wherever the line moves; and whether a mutant is in the sample depends on its key and the seed alone.
 * What an assertion says is left alone, and so is the preprocessor.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 1 << 16, MUTANTS_MAX = 1 << 16, TEXT_MAX = 1 << 20, PIECE_MAX = 300 };

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_OPERATOR, TOKEN_LITERAL, TOKEN_END };

struct token {
    enum token_kind kind;
    uint32_t offset;
    uint32_t length;
    uint32_t line;
};

struct source {
    const char *path;
    char *text;
    size_t length;
    struct token *tokens;
    size_t count;
};

/* text[offset .. offset+length) becomes prefix, itself if `kept`, suffix. */
struct mutant {
    uint64_t key;
    const char *kind;
    uint32_t offset;
    uint32_t length;
    uint32_t line;
    bool kept;
    char prefix[16];
    char suffix[8];
};

struct mutants {
    struct mutant *at;
    size_t count;
};

static void die(const char *what, const char *name)
{
    fprintf(stderr, "mutate: %s: %s\n", name, what);
    exit(2);
}

/* ---- Tokens ---- */

static const char *const operators[] = {
    "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
    "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL,
};

static size_t operator_length(const char *text)
{
    for (size_t i = 0; operators[i] != NULL; i++) {
        if (strncmp(text, operators[i], strlen(operators[i])) == 0) return strlen(operators[i]);
    }
    return 1;
}

static size_t quoted_length(const char *text)
{
    size_t length = 1;
    while (text[length] != text[0] && text[length] != '\0')
        length += text[length] == '\\' ? 2 : 1;
    return length + 1;
}

/* White space, comments and preprocessor lines, with what continues them. */
static size_t blank_length(const char *text, bool line_begins)
{
    size_t length = 0;
    if (isspace((unsigned char)text[0])) return 1;
    if (strncmp(text, "/*", 2) == 0) return (size_t)(strstr(text, "*/") - text) + 2;
    if (strncmp(text, "//", 2) != 0 && !(line_begins && text[0] == '#')) return 0;
    while (text[length] != '\0' && (text[length] != '\n' || text[length - 1] == '\\'))
        length++;
    return length;
}

static struct token token_at(const char *text)
{
    struct token token = {TOKEN_OPERATOR, 0, 0, 0};
    if (isalpha((unsigned char)text[0]) || text[0] == '_' ||
        (isdigit((unsigned char)text[0]) != 0)) {
        token.kind = isdigit((unsigned char)text[0]) ? TOKEN_NUMBER : TOKEN_WORD;
        while (isalnum((unsigned char)text[token.length]) || text[token.length] == '_')
            token.length++;
    } else if (text[0] == '"' || text[0] == '\'') {
        token.kind = TOKEN_LITERAL;
        token.length = (uint32_t)quoted_length(text);
    } else {
        token.length = (uint32_t)operator_length(text);
    }
    return token;
}

static void tokenize(struct source *source)
{
    bool line_begins = true;
    uint32_t line = 1;
    size_t at = 0;
    while (at < source->length && source->count + 1 < TOKENS_MAX) {
        const char *text = source->text + at;
        size_t length = blank_length(text, line_begins);
        if (length == 0) {
            struct token token = token_at(text);
            token.offset = (uint32_t)at;
            token.line = line;
            source->tokens[source->count++] = token;
            length = token.length;
            line_begins = false;
        }
        for (size_t i = 0; i < length; i++) {
            if (text[i] != '\n') continue;
            line++;
            line_begins = true;
        }
        at += length;
    }
    source->tokens[source->count] = (struct token){TOKEN_END, (uint32_t)source->length, 0, line};
}

static bool is(const struct source *source, size_t i, const char *word)
{
    const struct token *token = &source->tokens[i];
    return token->length == strlen(word) &&
           memcmp(source->text + token->offset, word, token->length) == 0;
}

static bool is_one_of(const struct source *source, size_t i, const char *const *words)
{
    for (size_t k = 0; words[k] != NULL; k++) {
        if (is(source, i, words[k])) return true;
    }
    return false;
}

/* The index of the token that closes the bracket at i, or of the end. */
static size_t closing(const struct source *source, size_t i)
{
    size_t depth = 0;
    for (; source->tokens[i].kind != TOKEN_END; i++) {
        if (is(source, i, "(") || is(source, i, "{") || is(source, i, "[")) depth++;
        if ((is(source, i, ")") || is(source, i, "}") || is(source, i, "]")) && --depth == 0)
            return i;
    }
    return i;
}

/* ---- Mutants ---- */

static uint64_t hash(uint64_t seed, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++)
        seed = (seed ^ bytes[i]) * UINT64_C(0x100000001b3);
    seed = (seed ^ (seed >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return seed ^ (seed >> 29);
}

static uint64_t key_of(const struct source *source, const struct mutants *mutants,
                       const struct mutant *mutant)
{
    size_t from = mutant->offset;
    size_t to = from;
    while (from > 0 && source->text[from - 1] != '\n')
        from--;
    while (to < source->length && source->text[to] != '\n')
        to++;
    const uint64_t column = mutant->offset - from;
    uint64_t key = hash(UINT64_C(0xcbf29ce484222325), source->path, strlen(source->path));
    key = hash(key, source->text + from, to - from);
    key = hash(key, &column, sizeof column);
    key = hash(key, mutant->kind, strlen(mutant->kind));
    key = hash(key, mutant->prefix, strlen(mutant->prefix));
    for (size_t i = 0; i < mutants->count; i++) { /* a line that stands there twice */
        if (mutants->at[i].key == key) key = hash(key, "again", 5);
    }
    return key;
}

static void add(const struct source *source, struct mutants *mutants, const char *kind,
                size_t first, size_t last, const char *prefix, const char *suffix)
{
    const struct token *from = &source->tokens[first];
    const struct token *to = &source->tokens[last];
    struct mutant mutant = {.kind = kind,
                            .offset = from->offset,
                            .length = to->offset + to->length - from->offset,
                            .line = from->line,
                            .kept = suffix != NULL};
    if (mutants->count == MUTANTS_MAX) die("too many mutants", source->path);
    snprintf(mutant.prefix, sizeof mutant.prefix, "%s", prefix);
    snprintf(mutant.suffix, sizeof mutant.suffix, "%s", suffix == NULL ? "" : suffix);
    mutant.key = key_of(source, mutants, &mutant);
    mutants->at[mutants->count++] = mutant;
}

static const struct {
    const char *from;
    const char *to;
} operator_rows[] = {
    {"<", "<="},  {"<=", "<"},  {">", ">="},  {">=", ">"},  {"==", "!="}, {"!=", "=="},
    {"&&", "||"}, {"||", "&&"}, {"+", "-"},   {"-", "+"},   {"/", "*"},   {"%", "/"},
    {"<<", ">>"}, {">>", "<<"}, {"+=", "-="}, {"-=", "+="}, {"++", "--"}, {"--", "++"},
    {"|=", "="},  {"&=", "="},  {"^", "|"},   {"|", "&"},   {"!", ""},
};

static void mutate_operator(const struct source *source, struct mutants *mutants, size_t i)
{
    if (i > 0 &&
        (is(source, i - 1, "(") || is(source, i - 1, ",") || is(source, i - 1, "return")) &&
        (is(source, i, "-") || is(source, i, "+")))
        return; /* a sign */
    for (size_t k = 0; k < sizeof operator_rows / sizeof operator_rows[0]; k++) {
        if (is(source, i, operator_rows[k].from))
            add(source, mutants, "operator", i, i, operator_rows[k].to, NULL);
    }
}

/* n becomes n + 1, and where it is more than 0 also n - 1. */
static void mutate_number(const struct source *source, struct mutants *mutants, size_t i)
{
    char *end = NULL;
    const char *text = source->text + source->tokens[i].offset;
    const unsigned long long value = strtoull(text, &end, 0);
    char other[24];
    if (end != text + source->tokens[i].length || value > 1000000) return;
    snprintf(other, sizeof other, "%llu", value + 1);
    add(source, mutants, "constant", i, i, other, NULL);
    if (value == 0) return;
    snprintf(other, sizeof other, "%llu", value - 1);
    add(source, mutants, "constant", i, i, other, NULL);
}

/* `if (…)`, `while (…)`: turned round, always, never. */
static void mutate_condition(const struct source *source, struct mutants *mutants, size_t i)
{
    if (!is(source, i + 1, "(")) return;
    const size_t last = closing(source, i + 1);
    add(source, mutants, "condition", i + 1, last, "(!", ")");
    add(source, mutants, "condition", i + 1, last, "(0)", NULL);
    if (is(source, i, "if")) add(source, mutants, "condition", i + 1, last, "(1)", NULL);
}

static void mutate_word(const struct source *source, struct mutants *mutants, size_t i)
{
    if (is(source, i, "if") || is(source, i, "while")) mutate_condition(source, mutants, i);
    if (is(source, i, "true")) add(source, mutants, "constant", i, i, "false", NULL);
    if (is(source, i, "false")) add(source, mutants, "constant", i, i, "true", NULL);
    if (is(source, i, "return") && is(source, i + 1, "FRAME_OK")) return;
    if (is(source, i, "return") && is(source, i + 2, ";") &&
        strncmp(source->text + source->tokens[i + 1].offset, "FRAME_", 6) == 0)
        add(source, mutants, "constant", i + 1, i + 1, "FRAME_OK", NULL);
}

static const char *const no_statements[] = {
    "return", "if",       "else",   "for",   "while",  "do",   "switch",
    "case",   "default",  "goto",   "const", "struct", "enum", "union",
    "bool",   "unsigned", "static", "int",   "char",   "void", NULL,
};

static const char *const statement_begins_after[] = {";", "{", "}", ")", "else", ":", NULL};

/* A call or an assignment that stands alone: its last token; else 0. */
static size_t statement_end(const struct source *source, size_t i)
{
    if (i == 0 || !is_one_of(source, i - 1, statement_begins_after)) return 0;
    if (is_one_of(source, i, no_statements)) return 0;
    const bool jump = is(source, i, "break") || is(source, i, "continue");
    if (!jump && source->tokens[i + 1].kind == TOKEN_WORD) return 0; /* a declaration */
    if (source->tokens[i].kind == TOKEN_WORD && is(source, i + 1, "*")) return 0;
    size_t at = i;
    bool acts = jump;
    while (!is(source, at, ";")) {
        if (source->tokens[at].kind == TOKEN_END || is(source, at, ")") || is(source, at, "}") ||
            is(source, at, "{"))
            return 0;
        if (is(source, at, "(")) {
            acts = true;
            at = closing(source, at);
        } else {
            acts = acts || is(source, at, "=") || is(source, at, "++") || is(source, at, "--") ||
                   is(source, at, "+=") || is(source, at, "-=");
            at++;
            continue;
        }
        at++;
    }
    return acts ? at : 0;
}

static const char *const untouched[] = {"FRAME_ASSERT", "FRAME_MUST", "_Static_assert",
                                        "FRAME_PLANTED", NULL};

static void mutate(const struct source *source, struct mutants *mutants)
{
    size_t depth = 0; /* of braces: 0 outside of functions and tables */
    for (size_t i = 0; source->tokens[i].kind != TOKEN_END; i++) {
        const struct token *token = &source->tokens[i];
        if (is(source, i, "{")) depth++;
        if (is(source, i, "}") && depth > 0) depth--;
        if (is_one_of(source, i, untouched)) {
            i = closing(source, i + 1);
            continue;
        }
        if (depth == 0) continue;
        const size_t end = statement_end(source, i);
        if (end > 0) add(source, mutants, "statement", i, end, ";", NULL);
        if (token->kind == TOKEN_OPERATOR) mutate_operator(source, mutants, i);
        if (token->kind == TOKEN_NUMBER) mutate_number(source, mutants, i);
        if (token->kind == TOKEN_WORD) mutate_word(source, mutants, i);
    }
}

/* ---- The command ---- */

static void source_read(struct source *source, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) die("cannot be read", path);
    source->path = path;
    source->count = 0;
    source->length = fread(source->text, 1, TEXT_MAX - 1, file);
    source->text[source->length] = '\0';
    if (ferror(file) || !feof(file)) die("cannot be read whole", path);
    fclose(file);
    tokenize(source);
}

/* `length` bytes of a text on one line, shortened. */
static void piece_of(char piece[PIECE_MAX], const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length && count + 5 < 80; i++) {
        const char c = text[i] == '\n' ? ' ' : text[i];
        if (c == ' ' && count > 0 && piece[count - 1] == ' ') continue;
        piece[count++] = c;
    }
    snprintf(piece + count, PIECE_MAX - count, "%s", count + 5 >= 80 ? " ..." : "");
}

struct row {
    uint64_t rank;
    char *text;
};

static int row_compare(const void *a, const void *b)
{
    const uint64_t left = ((const struct row *)a)->rank;
    const uint64_t right = ((const struct row *)b)->rank;
    return left < right ? -1 : left > right;
}

static void row_add(struct row *row, uint64_t seed, const struct source *source,
                    const struct mutant *mutant)
{
    char line[2 * PIECE_MAX];
    char old[PIECE_MAX];
    piece_of(old, source->text + mutant->offset, mutant->length);
    const int length = snprintf(line, sizeof line, "%016" PRIx64 " %s %" PRIu32 " %s %s -> %s%s%s",
                                mutant->key, source->path, mutant->line, mutant->kind, old,
                                mutant->prefix, mutant->kept ? old : "", mutant->suffix);
    row->rank = hash(seed, &mutant->key, sizeof mutant->key);
    row->text = malloc((size_t)length + 1);
    if (row->text == NULL) die("no memory", source->path);
    memcpy(row->text, line, (size_t)length + 1);
}

static void list(struct source *source, struct mutants *mutants, uint64_t seed, size_t wanted,
                 char **paths)
{
    struct row *rows = malloc(MUTANTS_MAX * sizeof *rows);
    size_t count = 0;
    if (rows == NULL) die("no memory", "list");
    for (; *paths != NULL; paths++) {
        mutants->count = 0;
        source_read(source, *paths);
        mutate(source, mutants);
        if (count + mutants->count > MUTANTS_MAX) die("too many mutants", *paths);
        for (size_t i = 0; i < mutants->count; i++)
            row_add(&rows[count++], seed, source, &mutants->at[i]);
    }
    qsort(rows, count, sizeof *rows, row_compare);
    for (size_t i = 0; i < count; i++) {
        if (wanted == 0 || i < wanted) puts(rows[i].text);
        free(rows[i].text);
    }
    free(rows);
}

static void apply(struct source *source, struct mutants *mutants, uint64_t key, const char *path)
{
    source_read(source, path);
    mutate(source, mutants);
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->at[i];
        if (mutant->key != key) continue;
        const char *tail = source->text + mutant->offset + mutant->length;
        printf("%.*s%s", (int)mutant->offset, source->text, mutant->prefix);
        if (mutant->kept) printf("%.*s", (int)mutant->length, source->text + mutant->offset);
        printf("%s%s", mutant->suffix, tail);
        return;
    }
    die("has no mutant of that key", path);
}

int main(int argc, char **argv)
{
    int code = 0;
    struct source source = {.text = malloc(TEXT_MAX),
                            .tokens = malloc(TOKENS_MAX * sizeof(struct token))};
    struct mutants mutants = {.at = malloc(MUTANTS_MAX * sizeof(struct mutant))};
    if (source.text == NULL || source.tokens == NULL || mutants.at == NULL)
        die("no memory", argv[0]);
    if (argc >= 5 && strcmp(argv[1], "list") == 0) {
        list(&source, &mutants, strtoull(argv[2], NULL, 10), (size_t)strtoull(argv[3], NULL, 10),
             argv + 4);
    } else if (argc == 4 && strcmp(argv[1], "apply") == 0) {
        apply(&source, &mutants, strtoull(argv[2], NULL, 16), argv[3]);
    } else {
        fputs("usage: mutate list SEED COUNT FILE... | mutate apply KEY FILE\n", stderr);
        code = 2;
    }
    free(source.text);
    free(source.tokens);
    free(mutants.at);
    return fflush(stdout) == 0 ? code : 3;
}
