// SPDX-License-Identifier: Apache-2.0
/*
 * Each intent of § 6 alone: what it does, and each refusal with the checks behind it failing as well,
 * so that their order shows. Composites and limits: test_execute_whole.c.
 */
#include <sodium.h>

#include "execute_case.h"

#define MAX "9007199254740991"
#define A128                                                           \
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd" \
    "eeeeeeeeeeeeeeeeffffffffffffffffgggggggggggggggghhhhhhhhhhhhhhhh"
#define MINE   "'wallet:balance:me':1000,'wallet:totalSupply':1000"
#define LOCKED "'escrow:a':{'amount':300,'recipient':'x','status':'locked'},'escrow_index':['a'],"
#define DONE   "'escrow:a':{'amount':300,'recipient':'x','status':'refunded'},'escrow_index':[],"
#define SENT_OF(mine, bob, supply) \
    "{'wallet:balance:bob':" bob ",'wallet:balance:me':" mine ",'wallet:totalSupply':" supply "}"
#define BAD REFUSED("bad_payload")

static const struct execute_case wallet_cases[] = {
    {"balance of nothing", "wallet.balance", "{}", NULL, "{'balance':0,'ok':true}", NULL, NULL},
    {"balance", "wallet.balance", "{}", "{" MINE "}", "{'balance':1000,'ok':true}", NULL, NULL},
    {"balance: without what is locked", "wallet.balance", "{}", "{" LOCKED MINE "}",
     "{'balance':700,'ok':true}", NULL, NULL},
    {"balance: with what was locked", "wallet.balance", "{}", "{" DONE MINE "}",
     "{'balance':1000,'ok':true}", NULL, NULL},
    {"balance: extra member", "wallet.balance", "{'a':1}", "{" MINE "}", BAD, NULL, NULL},
    {"send", "wallet.send", "{'amount':10,'recipient':'bob'}", "{" MINE "}",
     "{'balance':990,'ok':true}", SENT_OF("990", "10", "1000"), NULL},
    {"send all: the entry is kept", "wallet.send", "{'amount':1000,'recipient':'bob'}",
     "{" MINE "}", "{'balance':0,'ok':true}", SENT_OF("0", "1000", "1000"), NULL},
    {"send to me", "wallet.send", "{'amount':10,'recipient':'me'}", "{" MINE "}",
     "{'balance':1000,'ok':true}", NULL, NULL},
    {"send to me more than is there", "wallet.send", "{'amount':1001,'recipient':'me'}",
     "{" MINE "}", REFUSED("insufficient"), NULL, NULL},
    {"send: what is locked", "wallet.send", "{'amount':701,'recipient':'bob'}", "{" LOCKED MINE "}",
     REFUSED("insufficient"), NULL, NULL},
    {"send: recipient of 128 bytes", "wallet.send", "{'amount':1,'recipient':'" A128 "'}",
     "{" MINE "}", "{'balance':999,'ok':true}",
     "{'wallet:balance:" A128 "':1,'wallet:balance:me':999,'wallet:totalSupply':1000}", NULL},
    {"send: recipient of 129 bytes", "wallet.send", "{'amount':1,'recipient':'" A128 "x'}",
     "{" MINE "}", BAD, NULL, NULL},
    {"send: escaped recipient", "wallet.send", "{'amount':1,'recipient':'\\n\\u0001\\''}",
     "{'wallet:balance:me':5}", "{'balance':4,'ok':true}",
     "{'wallet:balance:\\n\\u0001\\'':1,'wallet:balance:me':4}", NULL},
    {"send: bad payload before insufficient", "wallet.send", "{'amount':5000,'recipient':''}",
     "{" MINE "}", BAD, NULL, NULL},
    {"send: amount 0", "wallet.send", "{'amount':0,'recipient':'bob'}", "{" MINE "}", BAD, NULL,
     NULL},
    {"send: amount below 0", "wallet.send", "{'amount':-1,'recipient':'bob'}", "{" MINE "}", BAD,
     NULL, NULL},
    {"send: amount a string", "wallet.send", "{'amount':'1','recipient':'bob'}", "{" MINE "}", BAD,
     NULL, NULL},
    {"send: missing member", "wallet.send", "{'amount':1}", "{" MINE "}", BAD, NULL, NULL},
    {"send: extra member", "wallet.send", "{'amount':1,'recipient':'bob','x':1}", "{" MINE "}", BAD,
     NULL, NULL},
    {"send: insufficient before overflow", "wallet.send", "{'amount':1001,'recipient':'bob'}",
     SENT_OF("1000", MAX, "1000"), REFUSED("insufficient"), NULL, NULL},
    {"send: overflow", "wallet.send", "{'amount':2,'recipient':'bob'}",
     SENT_OF("1000", "9007199254740990", "1000"), REFUSED("overflow"), NULL, NULL},
    {"send: up to the limit", "wallet.send", "{'amount':1,'recipient':'bob'}",
     SENT_OF("1000", "9007199254740990", "1000"), "{'balance':999,'ok':true}",
     SENT_OF("999", MAX, "1000"), NULL},
    {"mint", "wallet.mintFrame", "{'amount':5,'target':'bob'}", "{" MINE "}",
     "{'ok':true,'supply':1005}", SENT_OF("1000", "5", "1005"), NULL},
    {"mint: first", "wallet.mintFrame", "{'amount':" MAX ",'target':'me'}", NULL,
     "{'ok':true,'supply':" MAX "}", "{'wallet:balance:me':" MAX ",'wallet:totalSupply':" MAX "}",
     NULL},
    {"mint: the supply overflows", "wallet.mintFrame", "{'amount':1,'target':'bob'}",
     "{'wallet:totalSupply':" MAX "}", REFUSED("overflow"), NULL, NULL},
    {"mint: the balance overflows", "wallet.mintFrame", "{'amount':1,'target':'bob'}",
     "{'wallet:balance:bob':" MAX "}", REFUSED("overflow"), NULL, NULL},
    {"mint: bad payload", "wallet.mintFrame", "{'amount':" MAX ",'target':''}", "{" MINE "}", BAD,
     NULL, NULL},
    {"burn", "wallet.burnFrame", "{'amount':4,'target':'bob'}", SENT_OF("10", "5", "15"),
     "{'ok':true,'supply':11}", SENT_OF("10", "1", "11"), NULL},
    {"burn: another's whole balance", "wallet.burnFrame", "{'amount':5,'target':'bob'}",
     SENT_OF("10", "5", "15"), "{'ok':true,'supply':10}", SENT_OF("10", "0", "10"), NULL},
    {"burn: more than another has", "wallet.burnFrame", "{'amount':6,'target':'bob'}",
     SENT_OF("10", "5", "15"), REFUSED("insufficient"), NULL, NULL},
    {"burn: mine, locked", "wallet.burnFrame", "{'amount':701,'target':'me'}", "{" LOCKED MINE "}",
     REFUSED("insufficient"), NULL, NULL},
    {"burn: bad payload before insufficient", "wallet.burnFrame", "{'amount':6,'target':7}",
     "{" MINE "}", BAD, NULL, NULL},
};

#define LOCK(id)          "{'amount':1,'recipient':'bob','reservationId':'" id "'}"
#define ENTRY(id, status) "'escrow:" id "':{'amount':1,'recipient':'b','status':'" status "'}"
#define RELEASE(status, index) \
    "{'escrow:a':{'amount':300,'recipient':'x','status':'" status "'},'escrow_index':" index ","

static const struct execute_case escrow_cases[] = {
    {"lock", "escrow.lock", "{'amount':300,'recipient':'x','reservationId':'a'}", "{" MINE "}",
     "{'ok':true}", "{" LOCKED MINE "}", NULL},
    {"lock: the rest", "escrow.lock", "{'amount':700,'recipient':'x','reservationId':'b'}",
     "{" LOCKED MINE "}", "{'ok':true}",
     "{'escrow:a':{'amount':300,'recipient':'x','status':'locked'},"
     "'escrow:b':{'amount':700,'recipient':'x','status':'locked'},'escrow_index':['a','b']," MINE
     "}",
     NULL},
    {"lock: more than the rest", "escrow.lock",
     "{'amount':701,'recipient':'x','reservationId':'b'}", "{" LOCKED MINE "}",
     REFUSED("insufficient"), NULL, NULL},
    {"lock: index in UTF-16 order, digits as text", "escrow.lock", LOCK("9"),
     "{" ENTRY("10", "locked") "," ENTRY("a", "locked") ",'escrow_index':['10','a']," MINE "}",
     "{'ok':true}",
     "{" ENTRY("10", "locked") ",'escrow:9':{'amount':1,'recipient':'bob','status':'locked'}"
                               "," ENTRY("a", "locked") ",'escrow_index':['10','9','a']," MINE "}",
     NULL},
    {"lock: index beyond ASCII", "escrow.lock", LOCK("\xf0\x9f\x98\x80"),
     "{'escrow_index':['a','\xef\xbd\x9e']," MINE "}", "{'ok':true}",
     "{'escrow:\xf0\x9f\x98\x80':{'amount':1,'recipient':'bob','status':'locked'},"
     "'escrow_index':['a','\xf0\x9f\x98\x80','\xef\xbd\x9e']," MINE "}",
     NULL},
    {"lock: exists before insufficient", "escrow.lock",
     "{'amount':5000,'recipient':'x','reservationId':'a'}", "{" DONE MINE "}", REFUSED("exists"),
     NULL, NULL},
    {"lock: bad payload before exists", "escrow.lock",
     "{'amount':1,'recipient':'" A128 "x','reservationId':'a'}", "{" LOCKED MINE "}", BAD, NULL,
     NULL},
    {"lock: id of 256 bytes", "escrow.lock", LOCK(A128 A128), "{'wallet:balance:me':1}",
     "{'ok':true}",
     "{'escrow:" A128 A128 "':{'amount':1,'recipient':'bob','status':'locked'},"
     "'escrow_index':['" A128 A128 "'],'wallet:balance:me':1}",
     NULL},
    {"lock: id of 257 bytes", "escrow.lock", LOCK(A128 A128 "x"), "{" MINE "}", BAD, NULL, NULL},
    {"lock: empty id", "escrow.lock", LOCK(""), "{" MINE "}", BAD, NULL, NULL},
    {"release", "escrow.release", "{'reservationId':'a'}", "{" LOCKED MINE "}", "{'ok':true}",
     RELEASE("released",
             "[]") "'wallet:balance:me':700,'wallet:balance:x':300,'wallet:totalSupply':1000}",
     NULL},
    {"release: one of several", "escrow.release", "{'reservationId':'a'}",
     RELEASE("locked", "['Z','a','b']") MINE "}", "{'ok':true}",
     RELEASE(
         "released",
         "['Z','b']") "'wallet:balance:me':700,'wallet:balance:x':300,'wallet:totalSupply':1000}",
     NULL},
    {"release: to me", "escrow.release", "{'reservationId':'a'}",
     "{'escrow:a':{'amount':1000,'recipient':'me','status':'locked'},'escrow_index':['a']," MINE
     "}",
     "{'ok':true}",
     "{'escrow:a':{'amount':1000,'recipient':'me','status':'released'},'escrow_index':[]," MINE "}",
     NULL},
    {"release: not found", "escrow.release", "{'reservationId':'b'}", "{" LOCKED MINE "}",
     REFUSED("not_found"), NULL, NULL},
    {"release: not locked", "escrow.release", "{'reservationId':'a'}", "{" DONE MINE "}",
     REFUSED("not_locked"), NULL, NULL},
    {"release: overflow", "escrow.release", "{'reservationId':'a'}",
     RELEASE("locked", "['a']") "'wallet:balance:me':300,'wallet:balance:x':" MAX "}",
     REFUSED("overflow"), NULL, NULL},
    {"release: bad payload", "escrow.release", "{'reservationId':null}", "{" LOCKED MINE "}", BAD,
     NULL, NULL},
    {"refund", "escrow.refund", "{'reservationId':'a'}", "{" LOCKED MINE "}", "{'ok':true}",
     "{" DONE MINE "}", NULL},
    {"refund: no overflow, nothing moves", "escrow.refund", "{'reservationId':'a'}",
     RELEASE("locked", "['a']") "'wallet:balance:me':300,'wallet:balance:x':" MAX "}",
     "{'ok':true}", RELEASE("refunded", "[]") "'wallet:balance:me':300,'wallet:balance:x':" MAX "}",
     NULL},
    {"refund: not found", "escrow.refund", "{'reservationId':'b'}", "{" LOCKED MINE "}",
     REFUSED("not_found"), NULL, NULL},
    {"refund: not locked", "escrow.refund", "{'reservationId':'a'}", "{" DONE MINE "}",
     REFUSED("not_locked"), NULL, NULL},
    {"refund: extra member", "escrow.refund", "{'reservationId':'b','x':0}", "{" LOCKED MINE "}",
     BAD, NULL, NULL},
};

static const struct execute_case bridge_cases[] = {
    {"deposit", "bridge.deposit", "{'amount':3,'proof':{},'target':'bob'}", "{" MINE "}",
     "{'ok':true,'supply':1003}",
     "{'bridge:proof:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a':"
     "{'amount':3,'target':'bob','timestamp':1700000000},'wallet:balance:bob':3,"
     "'wallet:balance:me':1000,'wallet:totalSupply':1003}",
     NULL},
    {"deposit: duplicate proof before overflow", "bridge.deposit",
     "{'amount':" MAX ",'proof':{},'target':'bob'}",
     "{'bridge:proof:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a':0," MINE "}",
     REFUSED("duplicate_proof"), NULL, NULL},
    {"deposit: overflow", "bridge.deposit", "{'amount':" MAX ",'proof':{},'target':'bob'}",
     "{" MINE "}", REFUSED("overflow"), NULL, NULL},
    {"deposit: proof an array", "bridge.deposit", "{'amount':3,'proof':[],'target':'bob'}",
     "{" MINE "}", BAD, NULL, NULL},
    {"deposit: no target", "bridge.deposit", "{'amount':3,'proof':{}}", "{" MINE "}", BAD, NULL,
     NULL},
    {"withdraw", "bridge.withdraw", "{'amount':50,'destination':'0xabc'}", "{" MINE "}",
     "{'id':'@0','ok':true}",
     "{'bridge:withdrawal:@0':{'amount':50,'destination':'0xabc','timestamp':1700000000},"
     "'wallet:balance:me':950,'wallet:totalSupply':950}",
     NULL},
    {"withdraw: insufficient", "bridge.withdraw", "{'amount':701,'destination':'d'}",
     "{" LOCKED MINE "}", REFUSED("insufficient"), NULL, NULL},
    {"withdraw: bad payload before insufficient", "bridge.withdraw",
     "{'amount':5000,'destination':''}", "{" MINE "}", BAD, NULL, NULL},
};

static const struct execute_case notes_cases[] = {
    {"note: create", "notes.create", "{'text':'a\\n\xc3\xa9'}", NULL, "{'id':'@0','ok':true}",
     "{'notes:@0':{'created':1700000000,'text':'a\\n\xc3\xa9','updated':1700000000}}", NULL},
    {"note: create without text", "notes.create", "{}", NULL, BAD, NULL, NULL},
    {"note: create of a number", "notes.create", "{'text':1}", NULL, BAD, NULL, NULL},
    {"note: update", "notes.update", "{'id':'1','text':''}",
     "{'notes:1':{'created':5,'text':'old','updated':6}}", "{'ok':true}",
     "{'notes:1':{'created':5,'text':'','updated':1700000000}}", NULL},
    {"note: update of none", "notes.update", "{'id':'2','text':''}",
     "{'notes:1':{'created':5,'text':'old','updated':6}}", REFUSED("not_found"), NULL, NULL},
    {"note: update of no id", "notes.update", "{'id':'','text':''}", NULL, BAD, NULL, NULL},
    {"note: delete", "notes.delete", "{'id':'1'}",
     "{'notes:0':0,'notes:1':{'created':5,'text':'old','updated':6}}", "{'ok':true}",
     "{'notes:0':0}", NULL},
    {"note: delete of none", "notes.delete", "{'id':'1'}", NULL, REFUSED("not_found"), NULL, NULL},
    {"note: delete with text", "notes.delete", "{'id':'1','text':''}", "{'notes:1':0}", BAD, NULL,
     NULL},
};

static const struct execute_case list_cases[] = {
    {"contacts: import", "contacts.import",
     "{'contacts':[{'id':'b','name':'B'},{'id':'a','name':''},{'id':'b','name':'C'}]}",
     "{'contacts:a':{'name':'old'}}", "{'count':3,'ok':true}",
     "{'contacts:a':{'name':''},'contacts:b':{'name':'C'}}", NULL},
    {"contacts: none", "contacts.import", "{'contacts':[]}", NULL, BAD, NULL, NULL},
    {"contacts: the last is ill-formed", "contacts.import",
     "{'contacts':[{'id':'b','name':'B'},{'id':'a'}]}", NULL, BAD, NULL, NULL},
    {"contacts: extra member", "contacts.import", "{'contacts':[{'a':0,'id':'b','name':'B'}]}",
     NULL, BAD, NULL, NULL},
    {"contacts: empty id", "contacts.import", "{'contacts':[{'id':'','name':'B'}]}", NULL, BAD,
     NULL, NULL},
    {"contacts: no array", "contacts.import", "{'contacts':{}}", NULL, BAD, NULL, NULL},
    {"contacts: read", "contacts.read", "{}",
     "{'contacts':0,'contacts:':0,'contacts:a':{'name':''},'contactsz':0}", "{'count':2,'ok':true}",
     NULL, NULL},
    {"contacts: read nothing", "contacts.read", "{}", NULL, "{'count':0,'ok':true}", NULL, NULL},
    {"contacts: read something", "contacts.read", "{'id':'a'}", NULL, BAD, NULL, NULL},
    {"message: send", "messages.send", "{'body':'hi','to':'b\\'b'}", NULL, "{'id':'@0','ok':true}",
     "{'messages:b\\'b:@0':{'body':'hi','timestamp':1700000000}}", NULL},
    {"message: to nobody", "messages.send", "{'body':'hi','to':''}", NULL, BAD, NULL, NULL},
    {"message: no body", "messages.send", "{'body':null,'to':'b'}", NULL, BAD, NULL, NULL},
    {"message: list", "messages.list", "{'with':'a'}",
     "{'messages:a':0,'messages:a:1':0,'messages:a:b:2':0,'messages:ab:3':0}",
     "{'count':2,'ok':true}", NULL, NULL},
    {"message: list of an escape", "messages.list", "{'with':'\\n'}",
     "{'messages:\\n:1':0,'messages:\\n:2':0,'messages:\\u000b:1':0,'messages:n:1':0}",
     "{'count':2,'ok':true}", NULL, NULL},
    {"message: list of nobody", "messages.list", "{'with':''}", NULL, BAD, NULL, NULL},
};

#define URL   "'url':'u\xc3\xa9'"
#define FETCH "{" URL "}"

static const struct execute_case other_cases[] = {
    {"timer: first", "display.timerTick", "{}", NULL, "{'ok':true,'ticks':1}",
     "{'frame_ui:timer':{'ticks':1},'timer:ticks':1}", NULL},
    {"timer: next", "display.timerTick", "{}", "{'frame_ui:timer':{'ticks':7},'timer:ticks':41}",
     "{'ok':true,'ticks':42}", "{'frame_ui:timer':{'ticks':42},'timer:ticks':42}", NULL},
    {"timer: overflow", "display.timerTick", "{}", "{'timer:ticks':" MAX "}", REFUSED("overflow"),
     NULL, NULL},
    {"timer: bad payload before overflow", "display.timerTick", "{'a':1}",
     "{'timer:ticks':" MAX "}", BAD, NULL, NULL},
    {"feed", "feed.fetch", FETCH, NULL, "{'ok':true,'status':-1}",
     "{'feed:u\xc3\xa9':{'bodyHash':"
     "'b2a95909730735cb575553d84e705b9778ddaf92f8c3237f1ea69dd840cf1842','fetched':1700000000,"
     "'status':-1}}",
     "[{'body':'a\\u0000\\n\xf0\x9f\x98\x80','status':-1," URL "}]"},
    {"feed: nothing sealed", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL, NULL},
    {"feed: no response", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL, "[]"},
    {"feed: two responses", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL,
     "[{'body':'','status':1," URL "},{'body':'','status':1," URL "}]"},
    {"feed: another url", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL,
     "[{'body':'','status':1,'url':'ue'}]"},
    {"feed: no status", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL,
     "[{'body':''," URL "}]"},
    {"feed: status a string", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL,
     "[{'body':'','status':'1'," URL "}]"},
    {"feed: an extra member", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL,
     "[{'body':'','status':1," URL ",'x':0}]"},
    {"feed: no object", "feed.fetch", FETCH, NULL, REFUSED("unsealed"), NULL, "['']"},
    {"feed: bad payload before unsealed", "feed.fetch", "{'url':''}", NULL, BAD, NULL, "[]"},
};

/* What no dApp has written, in storage that the caller gives: nothing of it may crash. */
#define LOCKED_MAX(id) "'escrow:" id "':{'amount':" MAX ",'recipient':'x','status':'locked'}"
static const struct execute_case foreign_cases[] = {
    {"a balance that is no integer is none", "wallet.mintFrame", "{'amount':1,'target':'me'}",
     "{'wallet:balance:me':'x','wallet:totalSupply':{}}", "{'ok':true,'supply':1}",
     "{'wallet:balance:me':1,'wallet:totalSupply':1}", NULL},
    {"a debt", "wallet.balance", "{}", "{" LOCKED "'wallet:balance:me':-" MAX "}",
     "{'balance':-" MAX ",'ok':true}", NULL, NULL},
    {"more locked than there is", "wallet.balance", "{}",
     "{'escrow:a':{'amount':" MAX ",'recipient':'x','status':'locked'},"
     "'escrow:b':{'amount':" MAX ",'recipient':'x','status':'locked'},'wallet:balance:me':1}",
     "{'balance':-" MAX ",'ok':true}", NULL, NULL},
    {"more locked than anybody can have", "wallet.balance", "{}",
     "{'escrow:a':{'amount':" MAX ",'recipient':'x','status':'locked'},'escrow:b':{'amount':7,"
     "'recipient':'x','status':'locked'},'wallet:balance:me':" MAX "}",
     "{'balance':-7,'ok':true}", NULL, NULL},
    {"the supply may fall below nothing", "wallet.burnFrame", "{'amount':1,'target':'me'}",
     "{'wallet:balance:me':1}", "{'ok':true,'supply':-1}",
     "{'wallet:balance:me':0,'wallet:totalSupply':-1}", NULL},
    {"but not out of range", "wallet.burnFrame", "{'amount':1,'target':'me'}",
     "{'wallet:balance:me':1,'wallet:totalSupply':-" MAX "}", REFUSED("overflow"), NULL, NULL},
    {"escrows that are none", "wallet.balance", "{}",
     "{'escrow:a':null,'escrow:b':{'status':'locked'},'escrow:c':[],'escrow:d':{'amount':'1',"
     "'recipient':'x','status':'locked'},'escrow:e':7,'escrow:f':{'amount':1,'recipient':'x',"
     "'status':'\\'status\\':\\'locked'},'wallet:balance:me':9}",
     "{'balance':9,'ok':true}", NULL, NULL},
    {"an escrow that is none cannot be released", "escrow.release", "{'reservationId':'a'}",
     "{'escrow:a':[]}", REFUSED("not_locked"), NULL, NULL},
    {"what is released to me without a balance", "escrow.release", "{'reservationId':'a'}",
     "{'escrow:a':{'amount':1,'recipient':'me','status':'locked'}}", "{'ok':true}",
     "{'escrow:a':{'amount':1,'recipient':'me','status':'released'},'escrow_index':[]}", NULL},
    {"an index that is none", "escrow.lock", "{'amount':1,'recipient':'b','reservationId':'r'}",
     "{'escrow_index':7,'wallet:balance:me':1}", "{'ok':true}",
     "{'escrow:r':{'amount':1,'recipient':'b','status':'locked'},'escrow_index':['r'],"
     "'wallet:balance:me':1}",
     NULL},
    {"what is no id in the index", "escrow.lock",
     "{'amount':1,'recipient':'b','reservationId':'r'}",
     "{'escrow_index':[7,'s',{}],'wallet:balance:me':1}", "{'ok':true}",
     "{'escrow:r':{'amount':1,'recipient':'b','status':'locked'},'escrow_index':[7,'r','s',{}],"
     "'wallet:balance:me':1}",
     NULL},
    {"a note that is none", "notes.update", "{'id':'1','text':'t'}", "{'notes:1':[1]}",
     "{'ok':true}", "{'notes:1':{'created':0,'text':'t','updated':1700000000}}", NULL},
    {"a note without created", "notes.update", "{'id':'1','text':'t'}", "{'notes:1':{}}",
     "{'ok':true}", "{'notes:1':{'created':0,'text':'t','updated':1700000000}}", NULL},
    {"a note whose created is no integer", "notes.update", "{'id':'1','text':'t'}",
     "{'notes:1':{'created':'5','text':'x'}}", "{'ok':true}",
     "{'notes:1':{'created':0,'text':'t','updated':1700000000}}", NULL},
    {"more locked than sums can hold", "wallet.send", "{'amount':1,'recipient':'b'}",
     "{" LOCKED_MAX("a") "," LOCKED_MAX("b") "," LOCKED_MAX("c") "," LOCKED_MAX(
         "d") ",'wallet:balance:me':" MAX "}",
     REFUSED("insufficient"), NULL, NULL},
    {"and less far below nothing", "wallet.balance", "{}",
     "{" LOCKED_MAX("a") "," LOCKED_MAX("b") "," LOCKED_MAX("c") "," LOCKED_MAX(
         "d") ",'wallet:balance:me':" MAX "}",
     "{'balance':-" MAX ",'ok':true}", NULL, NULL},
    {"a release that leaves too large a debt", "escrow.release", "{'reservationId':'a'}",
     "{" LOCKED "'wallet:balance:me':-" MAX "}", REFUSED("overflow"), NULL, NULL},
    {"a withdrawal that leaves too small a supply", "bridge.withdraw",
     "{'amount':1,'destination':'d'}", "{'wallet:balance:me':1,'wallet:totalSupply':-" MAX "}",
     REFUSED("overflow"), NULL, NULL},
    {"ticks that are none", "display.timerTick", "{}", "{'timer:ticks':null}",
     "{'ok':true,'ticks':1}", "{'frame_ui:timer':{'ticks':1},'timer:ticks':1}", NULL},
};

/* An intent whose payload has one text, which is `value`. */
static enum frame_status run_of(const char *value)
{
    static const struct execute_case none = {.action = "", .payload = "", .result = ""};
    struct heap heap = {0};
    struct frame_allocator allocator = heap_allocator(&heap);
    struct case_texts texts;
    struct case_outcome outcome;
    case_texts_init(&texts, &allocator, &none);
    case_outcome_init(&outcome, &allocator);
    buffer_clear(&texts.input);
    case_text(&texts.input, "{'action':'notes.create','origin':'','payload':{'text':", NULL);
    buffer_text(&texts.input, value);
    case_text(&texts.input, "},'raw':'','timestamp':5}", NULL);
    const enum frame_status status = case_run(&outcome, &allocator, &texts);
    case_outcome_free(&outcome);
    case_texts_free(&texts);
    CHECK(heap.live == 0);
    return status;
}

/* An inputPayload of 64 KiB, and of one byte more; of 28 containers, and of one more. */
static void test_input_limits(void)
{
    static char text[FRAME_PAYLOAD_BYTES_MAX + 1];
    const size_t others =
        strlen("{'action':'notes.create','origin':'','payload':{'text':},'raw':'','timestamp':5}");
    memset(text, 'x', FRAME_PAYLOAD_BYTES_MAX - others);
    text[0] = '"';
    text[FRAME_PAYLOAD_BYTES_MAX - others - 1] = '"';
    CHECK(run_of(text) == FRAME_OK);
    strcpy(text + FRAME_PAYLOAD_BYTES_MAX - others - 1, "x\"");
    CHECK(run_of(text) == FRAME_FIELD_TYPE);
    for (size_t i = 0; i < 2; i++) {
        const size_t arrays = FRAME_PAYLOAD_DEPTH_MAX - 2 + i;
        memset(text, '[', arrays);
        memset(text + arrays, ']', arrays);
        text[2 * arrays] = '\0';
        CHECK(run_of(text) == (i == 0 ? FRAME_OK : FRAME_FIELD_TYPE)); /* refused, or no input */
    }
}

#define CHECK_CASES(cases) cases_check((cases), sizeof(cases) / sizeof *(cases))

int main(void)
{
    if (sodium_init() < 0) return 1;
    CHECK_CASES(wallet_cases);
    CHECK_CASES(escrow_cases);
    CHECK_CASES(bridge_cases);
    CHECK_CASES(notes_cases);
    CHECK_CASES(list_cases);
    CHECK_CASES(other_cases);
    CHECK_CASES(foreign_cases);
    test_input_limits();
    return check_done();
}
