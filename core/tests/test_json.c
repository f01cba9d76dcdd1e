// SPDX-License-Identifier: Apache-2.0
/* Canonical JSON (§ 2): the rules one by one, and the reader on documents that were accepted. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json_make.h"
#include "memory.h"

static struct frame_span text_span(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

/* ---- The checker, rule by rule ---------------------------------------------------------------- */

struct rule {
    const char *text;
    enum frame_status status;
    size_t offset;
};

static void check_rules(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frame_span span = text_span(rules[i].text);
        size_t offset = SIZE_MAX;
        enum frame_status status = frame_json_check(&offset, span.bytes, span.length);
        CHECK_IN(rules[i].text, status == rules[i].status);
        CHECK_IN(rules[i].text, offset == (status == FRAME_OK ? SIZE_MAX : rules[i].offset));
    }
}
#define CHECK_RULES(rules) check_rules((rules), sizeof(rules) / sizeof *(rules))

static void test_grammar(void)
{
    static const struct rule rules[] = {
        {"", FRAME_JSON_SYNTAX, 0},
        {"null", FRAME_OK, 0},
        {"nul", FRAME_JSON_SYNTAX, 3},
        {"nulx", FRAME_JSON_SYNTAX, 3},
        {"True", FRAME_JSON_SYNTAX, 0},
        {"true1", FRAME_JSON_SYNTAX, 4},
        {"[]", FRAME_OK, 0},
        {"[1,]", FRAME_JSON_SYNTAX, 3},
        {"[,1]", FRAME_JSON_SYNTAX, 1},
        {"[1 2]", FRAME_JSON_NOT_CANONICAL, 2},
        {"[1}", FRAME_JSON_SYNTAX, 2},
        {"[1", FRAME_JSON_SYNTAX, 2},
        {"{\"a\":1]", FRAME_JSON_SYNTAX, 6},
        {"{\"a\"1}", FRAME_JSON_SYNTAX, 4},
        {"{\"a\":}", FRAME_JSON_SYNTAX, 5},
        {"{\"a\":1,}", FRAME_JSON_SYNTAX, 7},
        {"{,}", FRAME_JSON_SYNTAX, 1},
        {"{1:1}", FRAME_JSON_SYNTAX, 1},
        {"{}}", FRAME_JSON_SYNTAX, 2},
        {"{\"a\"", FRAME_JSON_SYNTAX, 4},
        {"\xef\xbb\xbf{}", FRAME_JSON_SYNTAX, 0},
        {" ", FRAME_JSON_NOT_CANONICAL, 0},
        {"{}\n", FRAME_JSON_NOT_CANONICAL, 2},
        {"{ }", FRAME_JSON_NOT_CANONICAL, 1},
        {"{\"a\" :1}", FRAME_JSON_NOT_CANONICAL, 4},
        {"{\"a\":\t1}", FRAME_JSON_NOT_CANONICAL, 5},
        {"[1,\r1]", FRAME_JSON_NOT_CANONICAL, 3},
        {"[1,\f1]", FRAME_JSON_SYNTAX, 3},
        {"tr ue", FRAME_JSON_SYNTAX, 2},
    };
    CHECK_RULES(rules);
}

static void test_numbers(void)
{
    static const struct rule rules[] = {
        {"0", FRAME_OK, 0},
        {"-1", FRAME_OK, 0},
        {"9007199254740991", FRAME_OK, 0},
        {"-9007199254740991", FRAME_OK, 0},
        {"9007199254740992", FRAME_JSON_NOT_CANONICAL, 0},
        {"-9007199254740992", FRAME_JSON_NOT_CANONICAL, 0},
        {"10000000000000000", FRAME_JSON_NOT_CANONICAL, 0},
        {"[18446744073709551617]", FRAME_JSON_NOT_CANONICAL, 1},
        {"-0", FRAME_JSON_NOT_CANONICAL, 0},
        {"[1,-0]", FRAME_JSON_NOT_CANONICAL, 3},
        {"1.0", FRAME_JSON_NOT_CANONICAL, 0},
        {"0e0", FRAME_JSON_NOT_CANONICAL, 0},
        {"1E+2", FRAME_JSON_NOT_CANONICAL, 0},
        {"1.5x", FRAME_JSON_NOT_CANONICAL,
         0}, /* complete, so it is judged, and lies before the x */
        {"[1.5", FRAME_JSON_NOT_CANONICAL, 1},
        {"-01", FRAME_JSON_NOT_CANONICAL, 0}, /* -0, then an impossible byte */
        {"01", FRAME_JSON_SYNTAX, 1},
        {"-", FRAME_JSON_SYNTAX, 1},
        {"-x", FRAME_JSON_SYNTAX, 1},
        {"+1", FRAME_JSON_SYNTAX, 0},
        {".5", FRAME_JSON_SYNTAX, 0},
        {"1.", FRAME_JSON_SYNTAX, 2},
        {"1.x", FRAME_JSON_SYNTAX, 2},
        {"1.5e", FRAME_JSON_SYNTAX, 4},
        {"1e+", FRAME_JSON_SYNTAX, 3},
        {"1. 5", FRAME_JSON_SYNTAX, 2},
        {"1_000", FRAME_JSON_SYNTAX, 1},
        {"0x10", FRAME_JSON_SYNTAX, 1},
    };
    CHECK_RULES(rules);
}

static void test_strings(void)
{
    static const struct rule rules[] = {
        {"\"\"", FRAME_OK, 0},
        {"\"/\x7f\xe2\x80\xa8\xf4\x8f\xbf\xbf\"", FRAME_OK, 0},
        {"\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u000b\\u001f\"", FRAME_OK, 0},
        {"\"\\/\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"a\\u000A\"", FRAME_JSON_NOT_CANONICAL, 2},
        {"\"\\u001F\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\u000d\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\u0022\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\u007f\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\ud800\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"x\\ud83d\\ude00\"", FRAME_JSON_NOT_CANONICAL, 2},
        {"\"\\ud83d\\u0041\"", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\ud83d\\u00", FRAME_JSON_NOT_CANONICAL, 1},
        {"\"\\", FRAME_JSON_SYNTAX, 2},
        {"\"\\u00", FRAME_JSON_SYNTAX, 5},
        {"\"\\u123\"", FRAME_JSON_SYNTAX, 6},
        {"\"\\u00g0\"", FRAME_JSON_SYNTAX, 5},
        {"\"\\U0041\"", FRAME_JSON_SYNTAX, 2},
        {"\"\\x\"", FRAME_JSON_SYNTAX, 2},
        {"\"\n\"", FRAME_JSON_SYNTAX, 1},
        {"\"abcdefghijklmno\x1f\"", FRAME_JSON_SYNTAX, 16},
        {"\"abc", FRAME_JSON_SYNTAX, 4},
        {"\"\xc3\"", FRAME_JSON_SYNTAX, 2},
        {"\"\xc3", FRAME_JSON_SYNTAX, 2},
        {"\"\xc0\xaf\"", FRAME_JSON_SYNTAX, 1},
        {"\"\x80\"", FRAME_JSON_SYNTAX, 1},
        {"\"\xe0\x80\x80\"", FRAME_JSON_SYNTAX, 2},
        {"\"\xed\xa0\x80\"", FRAME_JSON_SYNTAX, 2},
        {"\"\xf0\x8f\xbf\xbf\"", FRAME_JSON_SYNTAX, 2},
        {"\"\xf4\x90\x80\x80\"", FRAME_JSON_SYNTAX, 2},
        {"\"\xe2\x82\xc3\"", FRAME_JSON_SYNTAX, 3},
        {"\"\xff\"", FRAME_JSON_SYNTAX, 1},
    };
    CHECK_RULES(rules);
}

static void test_keys(void)
{
    static const struct rule rules[] = {
        {"{\"0\":0,\"9\":0,\"10\":0,\"4294967294\":0,\"\":0,\"01\":0,\"4294967295\":0}", FRAME_OK,
         0},
        {"{\"a\":1,\"a\":2}", FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"a\":1,\"B\":2}", FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"10\":1,\"9\":2}", FRAME_JSON_NOT_CANONICAL, 8},
        {"{\"\":0,\"7\":1}", FRAME_JSON_NOT_CANONICAL, 6},
        {"{\"ab\":1,\"a\":2}", FRAME_JSON_NOT_CANONICAL, 8},
        {"{\"\xf0\x90\x80\x80\":1,\"\xee\x80\x80\":2}", FRAME_OK, 0},
        {"{\"\xee\x80\x80\":1,\"\xf0\x90\x80\x80\":2}", FRAME_JSON_NOT_CANONICAL, 9},
        {"{\"a\\b\":1,\"a\\t\":2,\"a\\n\":3}", FRAME_OK, 0},
        {"{\"a\\n\":1,\"a\\b\":2}", FRAME_JSON_NOT_CANONICAL, 9},
        {"{\"a\":{\"b\":1},\"c\":2}", FRAME_OK, 0},
        {"{\"b\":{\"a\":1},\"a\":2}", FRAME_JSON_NOT_CANONICAL, 13},
        {"{\"__proto__\":1}", FRAME_JSON_NOT_CANONICAL, 1},
        {"[{\"A\":1,\"__proto__\":{}}]", FRAME_JSON_NOT_CANONICAL, 8},
        {"{\"__proto_\":1,\"__proto___\":2}", FRAME_OK, 0},
        {"[\"__proto__\"]", FRAME_OK, 0},
        /* A key is judged whole, and its own first byte lies before any escape in it. */
        {"{\"\\u005f_proto__\":1}", FRAME_JSON_NOT_CANONICAL, 1},
        {"{\"\\u0062\":1}", FRAME_JSON_NOT_CANONICAL, 2},
        {"{\"a\":1,\"\\u0061\":2}", FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"a\":1,\"\\u0062\":2}", FRAME_JSON_NOT_CANONICAL, 8},
        {"{\"a\":1,\"\\u0031\":2}", FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"b\":1,\"\\u0061", FRAME_JSON_NOT_CANONICAL, 8},
        {"{\"b\":1,\"a", FRAME_JSON_SYNTAX, 9},
        {"{\"b\":1,\"a\"", FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"b\":1.0,\"a\" :2}", FRAME_JSON_NOT_CANONICAL, 5},
    };
    CHECK_RULES(rules);
}

/* Depth is counted from the document's root, wherever the value stands in it. */
static void test_depth(void)
{
    char text[80];
    for (size_t containers = 1; containers <= 34; containers++) {
        for (int object = 0; object < 2; object++) {
            memset(text, '[', containers);
            memset(text + containers, ']', containers);
            if (object) memcpy(text + containers - 1, "{}", 2);
            size_t offset = SIZE_MAX;
            enum frame_status status =
                frame_json_check(&offset, (const uint8_t *)text, containers * 2);
            CHECK(status == (containers <= 32 ? FRAME_OK : FRAME_LIMIT));
            CHECK(offset == (containers <= 32 ? SIZE_MAX : 32));
            if (containers <= 32)
                CHECK(json_depth((struct frame_span){(const uint8_t *)text, containers * 2}) ==
                      containers);
        }
    }
    size_t end = 0;
    size_t offset = 0;
    const uint8_t *bytes = (const uint8_t *)"--[[1]],";
    CHECK(json_check_value(&end, &offset, bytes, 8, 2, 30, SIZE_MAX) == FRAME_OK && end == 7);
    CHECK(json_check_value(&end, &offset, bytes, 8, 2, 31, SIZE_MAX) == FRAME_LIMIT && offset == 3);
    CHECK(json_check_value(&end, &offset, bytes, 8, 4, 32, SIZE_MAX) == FRAME_OK && end == 5);
    CHECK(json_depth(text_span("{\"a\":\"[[[\\\"[[\"}")) == 1 && json_depth(text_span("7")) == 0);
}

/* "A receipt over 256 KiB, offset: its first byte beyond that": what lies before it goes first. */
static void test_value_max(void)
{
    static const struct {
        const char *text;
        size_t value_max;
        enum frame_status status;
        size_t place; /* end or offset, behind the two bytes before the value */
    } cases[] = {
        {"[1,2]", 5, FRAME_OK, 5},
        {"[1,2]", 4, FRAME_LIMIT, 4},
        {"[1,2],", 5, FRAME_OK, 5},
        {"[1.5,2]", 4, FRAME_JSON_NOT_CANONICAL, 1},
        {"[1.5,2]", 2, FRAME_JSON_NOT_CANONICAL, 1}, /* judged later, but lies before */
        {"[1.5,2]", 1, FRAME_LIMIT, 1},              /* at one and the same offset */
        {"[1.x", 2, FRAME_LIMIT, 2},
        {"[1 ]", 2, FRAME_LIMIT, 2},
        {"[1x]", 2, FRAME_LIMIT, 2},
        {"[1x]", 3, FRAME_JSON_SYNTAX, 2},
        {"[1", 2, FRAME_JSON_SYNTAX, 2}, /* the value has no byte there */
        {"[1", 1, FRAME_LIMIT, 1},
        {"{\"b\":1,\"a\":2}", 8, FRAME_JSON_NOT_CANONICAL, 7},
        {"{\"b\":1,\"a\":2}", 7, FRAME_LIMIT, 7},
        {"{\"b\":1,\"a", 8, FRAME_LIMIT, 8}, /* the key never closes */
        {"\"a\\u0041\"", 3, FRAME_JSON_NOT_CANONICAL, 2},
        {"\"a\\u00\"", 3, FRAME_LIMIT, 3},
        {"1", 0, FRAME_LIMIT, 0},
        {"", 0, FRAME_JSON_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[32] = "[,";
        size_t length = strlen(cases[i].text);
        memcpy(bytes + 2, cases[i].text, length);
        size_t end = SIZE_MAX;
        size_t offset = SIZE_MAX;
        enum frame_status status =
            json_check_value(&end, &offset, bytes, length + 2, 2, 1, cases[i].value_max);
        CHECK_IN(cases[i].text, status == cases[i].status);
        CHECK_IN(cases[i].text, (status == FRAME_OK ? end : offset) == cases[i].place + 2);
        CHECK_IN(cases[i].text, (status == FRAME_OK ? offset : end) == SIZE_MAX);
    }
}

/* ---- The reader ------------------------------------------------------------------------------ */

/* Reads a value with the functions under test and writes what they gave. */
static void rewrite(struct buffer *out, struct frame_span value) // NOLINT(misc-no-recursion)
{
    static const char *const words[] = {"null", "false", "true"};
    struct json_walk walk;
    struct frame_span key;
    struct frame_span item;
    int64_t integer = 0;
    size_t count = 0;
    enum json_kind kind = json_kind(value);
    const uint8_t *end = value.bytes + value.length;
    CHECK(json_skip(value.bytes, end) == end);
    CHECK(json_integer(value, &integer) == (kind == JSON_INTEGER));
    if (kind == JSON_ARRAY || kind == JSON_OBJECT) json_walk_init(&walk, value);
    switch (kind) {
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE: buffer_text(out, words[kind]); break;
    case JSON_INTEGER: buffer_integer(out, integer); break;
    case JSON_STRING: {
        uint8_t decoded[1024];
        size_t length = json_string_decode(decoded, value);
        CHECK(length == json_string_length(value) && json_utf8_valid(decoded, length));
        buffer_string(out, decoded, length);
        break;
    }
    case JSON_ARRAY:
        for (; json_next_item(&walk, &item); count++) {
            buffer_text(out, count > 0 ? "," : "[");
            rewrite(out, item);
        }
        buffer_text(out, count > 0 ? "]" : "[]");
        break;
    case JSON_OBJECT:
        for (; json_next_member(&walk, &key, &item); count++) {
            buffer_text(out, count > 0 ? "," : "{");
            rewrite(out, key);
            buffer_text(out, ":");
            rewrite(out, item);
        }
        buffer_text(out, count > 0 ? "}" : "{}");
        break;
    default: CHECK(false);
    }
    if (kind == JSON_ARRAY || kind == JSON_OBJECT) CHECK(json_count(value) == count);
}

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static void test_rewrite(void)
{
    static struct make make;
    const struct frame_allocator allocator = {.allocate = plain_allocate, .release = plain_release};
    struct buffer out;
    buffer_init(&out, &allocator);
    for (uint64_t seed = 0; seed < 20000; seed++) {
        make_document(&make, seed);
        make.text[make.length] = ','; /* a number's end needs a byte behind it */
        struct frame_span document = {make.text, make.length};
        buffer_clear(&out);
        rewrite(&out, document);
        CHECK(!out.failed && span_equal(document, buffer_view(&out)));
    }
    buffer_free(&out);
}

static void test_members(void)
{
    struct frame_span object =
        text_span("{\"1\":true,\"\":[],\"a\":{\"b\":-7},\"a\\n\":\"x\",\"b\":\"\\\"}\"}");
    struct frame_span value = {NULL, 0};
    CHECK(json_count(object) == 5 && json_depth(object) == 2);
    CHECK(json_member(object, &value, "") && span_is(value, "[]"));
    CHECK(json_member(object, &value, "1") && span_is(value, "true"));
    CHECK(json_member(object, &value, "b") && span_is(value, "\"\\\"}\""));
    CHECK(!json_member(object, &value, "c") && span_is(value, "\"\\\"}\""));
    CHECK(!json_member(object, &value, "ab") && !json_member(text_span("{}"), &value, ""));
    CHECK(json_member(object, &value, "a") && span_is(value, "{\"b\":-7}"));
    CHECK(json_member(value, &value, "b") && span_is(value, "-7"));
    int64_t integer = 5;
    CHECK(json_integer(value, &integer) && integer == -7);
    CHECK(!json_integer(text_span("\"1\""), &integer) && integer == -7);
}

static void test_integers(void)
{
    static const int64_t integers[] = {
        0, 1, -1, 10, FRAME_INTEGER_MAX, -FRAME_INTEGER_MAX, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        uint8_t text[20];
        char expected[32];
        size_t length = json_integer_write(text, integers[i]);
        size_t wanted = (size_t)snprintf(expected, sizeof expected, "%lld", (long long)integers[i]);
        CHECK_IN(expected, length == wanted && memcmp(text, expected, wanted) == 0);
    }
}

static void test_string_texts(void)
{
    struct frame_span token = text_span("\"ab\\n\\u0001/\xc3\xa9\"");
    CHECK(json_string_length(token) == 7);
    struct frame_span plain = text_span("\"ab/\xc3\xa9\"");
    CHECK(json_string_is(plain, "ab/\xc3\xa9"));
    CHECK(!json_string_is(plain, "ab/\xc3") && !json_string_is(plain, "ab/\xc3\xa9x"));
    CHECK(!json_string_is(plain, "bb/\xc3\xa9") && !json_string_is(text_span("[ab]"), "ab"));
    CHECK(!json_string_is(token, "ab") && !json_string_is(token, "ab\\n"));
    CHECK(!json_string_is(token, "") && json_string_is(text_span("\"\""), ""));
    CHECK(json_string_begins(token, "") && json_string_begins(token, "ab"));
    CHECK(!json_string_begins(token, "b") && !json_string_begins(text_span("\"ab\""), "abc"));
    CHECK(json_string_begins(text_span("\"ab\""), "ab"));
    CHECK(!json_string_begins(text_span("\"\""), "\""));
    CHECK(json_string_encode(NULL, (const uint8_t *)"\x1f\"", 2) == 10);
    CHECK(span_is(text_span(""), "") && !span_is(text_span("a"), ""));
    CHECK(span_equal((struct frame_span){NULL, 0}, text_span("")));
}

/* Every byte as a string of one: what is written reads back, and the checker takes it. */
static void test_encode_bytes(void)
{
    for (int byte = 0; byte < 0x80; byte++) {
        uint8_t token[16];
        uint8_t decoded[16];
        size_t length = json_string_encode(token, &(uint8_t){(uint8_t)byte}, 1);
        struct frame_span span = {token, length};
        size_t offset;
        CHECK(length <= 8 && frame_json_check(&offset, token, length) == FRAME_OK);
        CHECK(json_string_decode(decoded, span) == 1 && decoded[0] == byte);
        CHECK(json_string_encode(NULL, decoded, 1) == length);
    }
}

static void test_utf8(void)
{
    uint8_t bytes[4];
    for (uint32_t code_point = 0; code_point < 0x110000; code_point++) {
        size_t length = make_utf8(bytes, code_point);
        bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
        CHECK(json_utf8_valid(bytes, length) == !surrogate);
        CHECK(length == 1 || !json_utf8_valid(bytes, length - 1));
        CHECK(length == 1 || !json_utf8_valid(bytes + 1, length - 1));
    }
    CHECK(json_utf8_valid(NULL, 0));
    CHECK(!json_utf8_valid((const uint8_t *)"\xc1\xbf", 2));
    CHECK(!json_utf8_valid((const uint8_t *)"\xe0\x9f\xbf", 3));
    CHECK(!json_utf8_valid((const uint8_t *)"\xf4\x90\x80\x80", 4));
}

/* ---- Key order against a model: whole strings of UTF-16 units ---------------------------------- */

struct model {
    uint32_t code_points[8];
    size_t count;
    uint8_t token[64];
    size_t token_length;
};

static void model_make(struct model *model, uint64_t *seed)
{
    uint8_t decoded[32];
    size_t length = 0;
    bool digits = random_below(seed, 2) == 0;
    model->count = random_below(seed, digits ? 4 : 6);
    for (size_t i = 0; i < model->count; i++) {
        model->code_points[i] =
            digits ? (uint32_t)('0' + random_below(seed, 3)) : make_code_point(seed);
        length += make_utf8(decoded + length, model->code_points[i]);
    }
    model->token_length = json_string_encode(model->token, decoded, length);
}

/* The index, or -1: few digits, so that no bound is near; the checker's rules have those. */
static int model_index(const struct model *model)
{
    int value = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (model->code_points[i] < '0' || model->code_points[i] > '9') return -1;
        value = value * 10 + (int)(model->code_points[i] - '0');
    }
    bool leading_zero = model->count > 1 && model->code_points[0] == '0';
    return model->count == 0 || leading_zero ? -1 : value;
}

static size_t model_units(uint32_t units[17], const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        uint32_t code_point = model->code_points[i];
        if (code_point > 0xffff) units[count++] = 0xd7c0 + (code_point >> 10);
        units[count++] = code_point > 0xffff ? 0xdc00 + code_point % 0x400 : code_point;
    }
    units[count] = 0;
    return count;
}

static int model_compare(const struct model *a, const struct model *b)
{
    int index_a = model_index(a);
    int index_b = model_index(b);
    if (index_a >= 0 && index_b >= 0) return (index_a > index_b) - (index_a < index_b);
    if (index_a >= 0 || index_b >= 0) return index_a >= 0 ? -1 : 1;
    uint32_t units_a[17];
    uint32_t units_b[17];
    size_t count_a = model_units(units_a, a);
    size_t count_b = model_units(units_b, b);
    for (size_t i = 0; i < count_a && i < count_b; i++)
        if (units_a[i] != units_b[i]) return units_a[i] < units_b[i] ? -1 : 1;
    return (count_a > count_b) - (count_a < count_b);
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void test_key_order(void)
{
    uint64_t seed = 11;
    for (int round = 0; round < 200000; round++) {
        struct model a;
        struct model b;
        model_make(&a, &seed);
        model_make(&b, &seed);
        struct frame_span token_a = {a.token, a.token_length};
        struct frame_span token_b = {b.token, b.token_length};
        CHECK(sign(frame_json_key_compare(token_a, token_b)) == model_compare(&a, &b));
        CHECK(sign(frame_json_key_compare(token_b, token_a)) == -model_compare(&a, &b));
        CHECK(frame_json_key_compare(token_a, token_a) == 0);
    }
    static const char *const ascending[] = {
        "\"0\"",          "\"2\"",          "\"10\"",
        "\"4294967293\"", "\"4294967294\"", "\"\"",
        "\"-1\"",         "\"00\"",         "\"42949672940\"",
        "\"4294967295\"", "\"9999999999\"", "\"99999999999999999999\"",
        "\"a\""};
    for (size_t i = 1; i < sizeof ascending / sizeof *ascending; i++)
        CHECK_IN(ascending[i],
                 frame_json_key_compare(text_span(ascending[i - 1]), text_span(ascending[i])) < 0);
}

int main(void)
{
    test_grammar();
    test_numbers();
    test_strings();
    test_keys();
    test_depth();
    test_value_max();
    test_rewrite();
    test_members();
    test_integers();
    test_string_texts();
    test_encode_bytes();
    test_utf8();
    test_key_order();
    return check_done();
}
