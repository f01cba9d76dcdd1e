// SPDX-License-Identifier: Apache-2.0
/* The libsodium provider against known answers (§ 2), hex, hash order, and the lists of names. */
#include <sodium.h>
#include <string.h>

#include "check.h"
#include "frame.h"

static bool hash_is(const struct frame_hash *hash, const char *hex)
{
    char text[64];
    frame_hex_encode(text, hash->bytes, 32);
    return memcmp(text, hex, 64) == 0;
}

/* ---- SHA-256 (FIPS 180-4) -------------------------------------------------------------------- */

static void test_sha256_answers(void)
{
    static const struct {
        const char *text;
        const char *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"GENESIS", "901131d838b17aac0f7885b81e03cbdc9f5157a00343d30ab22083685ed1416a"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    struct frame_hash hash;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_sha256_of(frame_crypto_libsodium(), &hash, cases[i].text, strlen(cases[i].text));
        CHECK_IN(cases[i].text, hash_is(&hash, cases[i].hex));
    }
    static uint8_t million[1000000];
    memset(million, 'a', sizeof million);
    frame_sha256_of(frame_crypto_libsodium(), &hash, million, sizeof million);
    CHECK(hash_is(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

/* However bytes are cut into updates, and from a copied midstate on, the hash is the same. */
static void test_sha256_pieces(void)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31);
    struct frame_hash whole;
    frame_sha256_of(crypto, &whole, bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        struct frame_sha256 state;
        crypto->sha256_init(crypto->context, &state);
        crypto->sha256_update(crypto->context, &state, bytes, cut);
        struct frame_sha256 copy;
        memcpy(&copy, &state, sizeof copy);
        struct frame_hash hash;
        crypto->sha256_final(crypto->context, &state, &hash);
        struct frame_hash expected;
        frame_sha256_of(crypto, &expected, bytes, cut);
        CHECK(frame_hash_compare(&hash, &expected) == 0);
        crypto->sha256_update(crypto->context, &copy, bytes + cut, sizeof bytes - cut);
        crypto->sha256_final(crypto->context, &copy, &hash);
        CHECK(frame_hash_compare(&hash, &whole) == 0);
    }
}

/* ---- Ed25519 --------------------------------------------------------------------------------- */

/* Seed and key of RFC 8032, 7.1, test 1; the signature over SHA-256("GENESIS") is OpenSSL's. */
static void test_sign(void)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    uint8_t seed[32];
    struct frame_secret_key secret;
    struct frame_public_key key;
    CHECK(frame_hex_decode(seed, 32,
                           "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", 64));
    crypto->key_pair(crypto->context, &secret, &key, seed);
    struct frame_hash as_hash;
    memcpy(as_hash.bytes, key.bytes, 32);
    CHECK(hash_is(&as_hash, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    CHECK(memcmp(secret.bytes, seed, 32) == 0 && memcmp(secret.bytes + 32, key.bytes, 32) == 0);

    struct frame_hash message;
    frame_sha256_of(crypto, &message, "GENESIS", 7);
    uint8_t signature[64];
    crypto->sign(crypto->context, signature, &message, &secret);
    char hex[128];
    frame_hex_encode(hex, signature, 64);
    CHECK(memcmp(hex,
                 "51724466bda6c21dbc939aae9f01a191cc9703d68d2c4a6d694aec1a665ba079"
                 "f2c3e5076eb9583ad38e1a80c59a3b3bc70dc91c007dbc415f5a8055f78ed108",
                 128) == 0);
    CHECK(crypto->verify(crypto->context, signature, &message, &key));

    for (size_t bit = 0; bit < 512; bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CHECK(!crypto->verify(crypto->context, signature, &message, &key));
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        message.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CHECK(!crypto->verify(crypto->context, signature, &message, &key));
        message.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* What tells Ed25519 verifiers apart: § 2 wants libsodium 1.0.18's answers. */
struct signed_case {
    const char *name;
    const char *key;
    const char *signature;
    bool accept;
};
static const char message_hex[] =
    "ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d";
static const struct signed_case signed_cases[] = {
    {"good", "43a72e714401762df66b68c26dfbdf2682aaec9f2474eca4613e424a0fbafd3c",
     "55b1cd355f95e6b4cead2996d748722846b28437930427baf2cb2579d0ae1ec5"
     "d7ac62cbf8e305e10750819abd2a4365989b3c94a1a2d278ad907644a6367900",
     true},
    {"S = L", "43a72e714401762df66b68c26dfbdf2682aaec9f2474eca4613e424a0fbafd3c",
     "55b1cd355f95e6b4cead2996d748722846b28437930427baf2cb2579d0ae1ec5"
     "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
     false},
    {"key of small order 0", "0100000000000000000000000000000000000000000000000000000000000000",
     "c0f1225584444ec730446e231390781ffdd2f256e9fcbeb2f40dddc2c2233d7f"
     "0900000000000000000000000000000000000000000000000000000000000000",
     false},
    {"odd key encoding ee..ff", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "c0f1225584444ec730446e231390781ffdd2f256e9fcbeb2f40dddc2c2233d7f"
     "0900000000000000000000000000000000000000000000000000000000000000",
     false},
    {"odd key encoding 01..80", "0100000000000000000000000000000000000000000000000000000000000080",
     "c0f1225584444ec730446e231390781ffdd2f256e9fcbeb2f40dddc2c2233d7f"
     "0900000000000000000000000000000000000000000000000000000000000000",
     false},
    {"odd key encoding f0..7f", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "c0f1225584444ec730446e231390781ffdd2f256e9fcbeb2f40dddc2c2233d7f"
     "0900000000000000000000000000000000000000000000000000000000000000",
     false},
    {"R with a torsion component 2",
     "43a72e714401762df66b68c26dfbdf2682aaec9f2474eca4613e424a0fbafd3c",
     "b797d8e56bf3233b82884092ce2bfbd37e69fed994009a2d25aa9023e9d8d8e3"
     "4815d6fcb102a1b4c081c29826ea9d8ec72d77d7fe7d43dd8b79dacc6a2c1e02",
     false},
    {"key of mixed order, h a multiple of 8 (17)",
     "135f9a885bf15a3c5cd58309e53695058a52b124474a9822944baca286d800b9",
     "04be97ec9bfe6ccd01f9343b7288b117b79f91cc45c24af2f93e0060ca2b6d6f"
     "fa3e9f5d48a77e0e5eab99a47f0f5a77b94aa3f7a0b27b4fb267306942f83006",
     true},
};

static void test_verify(void)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct frame_hash message;
    CHECK(frame_hex_decode(message.bytes, 32, message_hex, 64));
    for (size_t i = 0; i < sizeof signed_cases / sizeof *signed_cases; i++) {
        const struct signed_case *signed_case = &signed_cases[i];
        struct frame_public_key key;
        uint8_t signature[64];
        CHECK(frame_hex_decode(key.bytes, 32, signed_case->key, 64));
        CHECK(frame_hex_decode(signature, 64, signed_case->signature, 128));
        bool accepted = crypto->verify(crypto->context, signature, &message, &key);
        CHECK_IN(signed_case->name, accepted == signed_case->accept);
    }
}

/* ---- Hex and order --------------------------------------------------------------------------- */

/* Every byte at every place of up to 20 others: 0-9 and a-f are digits, and nothing is written where one is none. */
static void test_hex_digits(void)
{
    enum { BYTES_MAX = 20 };
    for (size_t length = 1; length <= BYTES_MAX; length++) {
        for (size_t i = 0; i < 2 * length * 256; i++) {
            char hex[2 * BYTES_MAX];
            char back[2 * BYTES_MAX];
            uint8_t bytes[BYTES_MAX];
            const char digit = (char)(uint8_t)(i % 256);
            for (size_t j = 0; j < 2 * length; j++)
                hex[j] = "0123456789abcdef"[(j * 5 + 3) % 16];
            hex[i / 256] = digit;
            memset(bytes, 0xee, sizeof bytes);
            const bool good = frame_hex_decode(bytes, length, hex, 2 * length);
            CHECK(good == ((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f')));
            if (good) frame_hex_encode(back, bytes, length);
            CHECK(good ? memcmp(hex, back, 2 * length) == 0 : bytes[0] == 0xee);
        }
    }
}

static void test_hex(void)
{
    char hex[513];
    uint8_t bytes[256];
    uint8_t back[256];
    for (size_t i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    memset(hex, '!', sizeof hex);
    frame_hex_encode(hex, bytes, 256);
    CHECK(memcmp(hex, "000102030405060708090a0b0c0d0e0f10", 34) == 0);
    CHECK(memcmp(hex + 506, "fdfeff!", 7) == 0);
    CHECK(frame_hex_decode(back, 256, hex, 512) && memcmp(bytes, back, 256) == 0);
    CHECK(frame_hex_decode(back, 0, hex, 0));
    test_hex_digits();
    CHECK(!frame_hex_decode(back, 2, hex, 3) && !frame_hex_decode(back, 2, hex, 5));
    CHECK(!frame_hex_decode(back, 2, hex, 2) && !frame_hex_decode(back, 2, hex, 6));

    /* Each byte in each of four places: a digit or not, and nothing written where not. */
    for (int value = 0; value < 256; value++) {
        bool digit = (value >= '0' && value <= '9') || (value >= 'a' && value <= 'f');
        for (size_t place = 0; place < 4; place++) {
            char text[] = "12ab";
            text[place] = (char)value;
            uint8_t out[2] = {0x55, 0x66};
            CHECK(frame_hex_decode(out, 2, text, 4) == digit);
            CHECK(digit || (out[0] == 0x55 && out[1] == 0x66));
        }
    }
}

static void test_hash_compare(void)
{
    struct frame_hash a = {{1, 2, 3}};
    struct frame_hash b = a;
    CHECK(frame_hash_compare(&a, &b) == 0);
    b.bytes[31] = 1;
    CHECK(frame_hash_compare(&a, &b) < 0 && frame_hash_compare(&b, &a) > 0);
    a.bytes[0] = 0xff; /* bytes are unsigned */
    CHECK(frame_hash_compare(&a, &b) > 0);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static bool well_named(const char *name)
{
    return strlen(name) >= 2 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

static void test_status_names(void)
{
    for (unsigned i = 0; i < FRAME_STATUS_COUNT; i++) {
        const char *name = frame_status_name((enum frame_status)i);
        CHECK_IN(name, well_named(name));
        for (unsigned j = 0; j < i; j++)
            CHECK_IN(name, strcmp(name, frame_status_name((enum frame_status)j)) != 0);
    }
    CHECK(strcmp(frame_status_name(FRAME_OK), "ok") == 0);
    CHECK(strcmp(frame_status_name(FRAME_JSON_NOT_CANONICAL), "json_not_canonical") == 0);
    CHECK(strcmp(frame_status_name(FRAME_ATTESTATION_VERSION), "attestation_version") == 0);
    CHECK(strcmp(frame_status_name(FRAME_UNASKED), "unasked") == 0);
}

static void test_small_names(void)
{
    CHECK(strcmp(frame_outcome_name(FRAME_OUTCOME_ACCEPTED), "accepted") == 0);
    CHECK(strcmp(frame_outcome_name(FRAME_OUTCOME_REFUSED), "refused") == 0);
    CHECK(strcmp(frame_outcome_name(FRAME_OUTCOME_CHANGED), "changed") == 0);
    CHECK(strcmp(frame_outcome_name(FRAME_OUTCOME_SUPERSEDED), "superseded") == 0);
    CHECK(strcmp(frame_outcome_name(FRAME_OUTCOME_MERGE), "merge") == 0);
    CHECK(strcmp(frame_comparison_name(FRAME_SYNCHRONIZED), "synchronized") == 0);
    CHECK(strcmp(frame_comparison_name(FRAME_LOCAL_AHEAD), "local_ahead") == 0);
    CHECK(strcmp(frame_comparison_name(FRAME_REMOTE_AHEAD), "remote_ahead") == 0);
    CHECK(strcmp(frame_comparison_name(FRAME_DIVERGED), "diverged") == 0);
    CHECK(strcmp(frame_comparison_name(FRAME_NONDETERMINISM), "nondeterminism") == 0);
    CHECK(strcmp(frame_message_type_name(FRAME_MESSAGE_ATTEST), "attest") == 0);
    CHECK(strcmp(frame_message_type_name(FRAME_MESSAGE_REQUEST), "request") == 0);
    CHECK(strcmp(frame_message_type_name(FRAME_MESSAGE_PAGE), "page") == 0);
    CHECK(strcmp(frame_message_type_name(FRAME_MESSAGE_REJECT), "reject") == 0);
    CHECK(strcmp(frame_log_state_name(FRAME_LOG_CLEAN), "clean") == 0);
    CHECK(strcmp(frame_log_state_name(FRAME_LOG_TORN), "torn") == 0);
    CHECK(strcmp(frame_log_state_name(FRAME_LOG_CORRUPT), "corrupt") == 0);
    for (unsigned i = 0; i <= FRAME_NOTE_TIMED_OUT; i++)
        CHECK(well_named(frame_note_name((enum frame_note_type)i)));
    CHECK(strcmp(frame_note_name(FRAME_NOTE_ACKNOWLEDGED), "acknowledged") == 0);
    CHECK(strcmp(frame_note_name(FRAME_NOTE_SAFE_MODE_LEFT), "safe_mode_left") == 0);
    CHECK(strcmp(frame_note_name(FRAME_NOTE_TIMED_OUT), "timed_out") == 0);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    test_sha256_answers();
    test_sha256_pieces();
    test_sign();
    test_verify();
    test_hex();
    test_hash_compare();
    test_status_names();
    test_small_names();
    return check_done();
}
