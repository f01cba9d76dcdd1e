// SPDX-License-Identifier: Apache-2.0
/*
 * The verbs of scenarios, all of them. To add one: a line here, verb_parse_<function> in a scenario_verbs_*.c,
 * verb_run_<function> in an interpret_*.c, and a line in scenarios/README.md (a test compares them).
 *
 * X(ID, function, name, phase, usage, meaning, example). SETUP verbs stand before the first ACTION; ANY
 * verbs may stand on both sides of it. In a usage, capitals are to be filled in, [] may be left out, …
 * may be repeated. Examples are checked by a test, against the peers ana, ben, cai and eve (late) and
 * the labelled receipt pay.
 */
#ifndef SIM_SCENARIO_VERBS_H
#define SIM_SCENARIO_VERBS_H

#define SCENARIO_VERBS(X)                                                                          \
    X(TITLE, title, "title", SETUP, "TEXT", "what the story is called", "title A fork heals")      \
    X(SEED, seed, "seed", SETUP, "N", "the seed where the command line gives none", "seed 7")      \
    X(CHANCE, chance, "chance", SETUP, "drawn|quiet",                                              \
      "quiet: nothing follows from the seed; what is not decided has the least delay and no "      \
      "fault",                                                                                     \
      "chance quiet")                                                                              \
    X(DECIDE, decide, "decide", SETUP, "IDENTITY = N",                                             \
      "the answer to one question of chance, as a tape names it",                                  \
      "decide lost:ana>ben:page:0 = 1")                                                            \
    X(IDENTITY, identity, "identity", SETUP, "NAME", "whose instances the peers are",              \
      "identity did:frame:ana")                                                                    \
    X(NODES, nodes, "nodes", SETUP, "PEER… [late PEER…]",                                          \
      "the peers; late ones are not there until they start", "nodes dan late fay")                 \
    X(ADVERSARY, adversary, "adversary", SETUP, "PEER…",                                           \
      "hosts without an instance, from which forgeries come", "adversary zoe")                     \
    X(SWARM, swarm, "swarm", SETUP, "N to N",                                                      \
      "so many peers, called p1, p2, …: how many, and all that follows, each seed draws",          \
      "swarm 2 to 8")                                                                              \
    X(STRANGER, stranger, "stranger", SETUP, "PEERS",                                              \
      "nobody is told of them, nor they of anybody, until introduced", "stranger cai")             \
    X(MISTRUSTED, mistrusted, "mistrusted", SETUP, "PEERS", "the others do not trust them",        \
      "mistrusted cai")                                                                            \
    X(POLICY, policy, "policy", SETUP, "join|strict [PEERS]", "how a fork is merged (§ 9)",        \
      "policy strict ana ben")                                                                     \
    X(TRUST, trust, "trust", SETUP, "open|strict [PEERS]", "who is heard (§ 12)", "trust strict")  \
    X(VERSION, version, "version", SETUP, "PEERS VERSION",                                         \
      "which version of FRAME they speak: ours, or one in which the protocol, receipt, "           \
      "capability, state-root, attestation, envelope or dapp version is another (§ 2-7, 11, 12)",  \
      "version cai protocol")                                                                      \
    X(GOSSIP, gossip, "gossip", SETUP, "DURATION", "how often peers attest (§ 12)", "gossip 2s")   \
    X(INSTANCE, instance, "instance", SETUP, "SETTING VALUE…",                                     \
      "timeout, coalesce, retry-max, ignore, ignore-max: DURATION; offences, staging, peers: N "   \
      "(§ 12); table: N known by discovery, 2 to 32 (§ 15)",                                       \
      "instance timeout 1s offences 4")                                                            \
    X(DISCOVERY, discovery, "discovery", SETUP, "DURATION",                                        \
      "peers find each other, and announce themselves so often; nobody is told of anybody but by " \
      "bootstrap and introduce (§ 15)",                                                            \
      "discovery 2s")                                                                              \
    X(LIAR, liar, "liar", SETUP, "PEER lacks|promises|silent|misquotes",                           \
      "an adversary that announces itself as a member that can do everything; asked to execute "   \
      "an intent it cannot, says that it did, says nothing, or says of another's receipt of it "   \
      "what is not its result (§ 18)",                                                             \
      "liar mal promises")                                                                         \
    X(BOOTSTRAP, bootstrap, "bootstrap", ANY, "A -> B|A <-> B",                                    \
      "A has B to begin with: it knows its key, and does not trust it (§ 15)",                     \
      "bootstrap ana -> ben")                                                                      \
    X(CAPABILITIES, capabilities, "capabilities", ANY, "PEERS all|none|without NAME…|only NAME…",  \
      "which capabilities are local from now on (§ 16)",                                           \
      "capabilities ana without network.request")                                                  \
    X(SAY, say, "say", ANY, "TEXT", "a line of the story", "say Ana loses her phone.")             \
    X(LINK, link, "link", ANY, "*|A -> B|A <-> B SETTING…",                                        \
      "latency LATENCY, loss P, duplicate P, reorder P by DURATION, flip P, truncate P, "          \
      "burst P of N, bandwidth N [queue N] in bytes (a second)",                                   \
      "link ana -> ben latency uniform 5ms to 20ms loss 1% flip 1/1000")                           \
    X(DISK, disk, "disk", ANY, "PEERS SETTING…",                                                   \
      "sync LATENCY, failure P (of a sync), write-failure P, short-read P, space N|unlimited, "    \
      "torn yes|no, reorder yes|no (what a crash leaves of unsynced bytes)",                       \
      "disk * sync constant 20ms torn yes space 100000")                                           \
    X(CLOCK, clock, "clock", ANY,                                                                  \
      "PEERS +DURATION|-DURATION|jump +DURATION|jump -DURATION|drift fast P|drift slow P|shows N", \
      "how wrong a device's clock is; or it jumps, or runs too fast or too slow from now on, or "  \
      "shows that second since 1970 now",                                                          \
      "clock ana +3600s")                                                                          \
    X(INTRODUCE, introduce, "introduce", ANY, "A -> B|A <-> B [mistrusted]",                       \
      "from now on A knows B, and trusts it or not", "introduce ana <-> cai")                      \
    X(CHECK, check, "check", ANY, "NAME on|off", "switches a check of the world",                  \
      "check refold off")                                                                          \
    X(ALWAYS, always, "always", ANY, "PROPERTY", "holds after every event from here on",           \
      "always supply = balances")                                                                  \
    X(NEVER, never, "never", ANY, "PROPERTY", "holds at nobody after any event from here on",      \
      "never balance bob > 5")                                                                     \
    X(INTENT, intent, "intent", ACTION,                                                            \
      "PEER ACTION {PAYLOAD} [raw \"TEXT\"] [responses [JSON]] [as LABEL] [-> OUTCOME]",           \
      "a user does something; OUTCOME is ok (if none is given), any, later (nobody waits for "     \
      "it), an error's name or {RESULT}",                                                          \
      "intent ana wallet.send {\"amount\":5,\"recipient\":\"bob\"} raw \"pay bob\" as tip -> ok")  \
    X(ROUTE, route, "route", ACTION, "PEER ACTION {PAYLOAD} [raw \"TEXT\"] [as LABEL]",            \
      "a user wants others to do something; nobody waits for it (§ 18)",                           \
      "route ana feed.fetch {\"url\":\"news\"} as news")                                           \
    X(CROWD, crowd, "crowd", ACTION,                                                               \
      "strangers|members|askers on PEER from PEER times N every DURATION",                         \
      "so many keys that nobody knows call in, each once: strangers announce themselves without "  \
      "membership, and route an intent; members have it; askers ask for receipts instead (§ 15)",  \
      "crowd strangers on ben from mal times 100 every 10ms")                                      \
    X(WORKLOAD, workload, "workload", ACTION,                                                      \
      "PEERS every DURATION for DURATION [careless P] [raw N] [mix DAPP|ACTION=WEIGHT…]",          \
      "users do things at random, with so many bytes of raw",                                      \
      "workload ana ben every 500ms for 20s mix wallet=3 notes=1")                                 \
    X(PARTITION, partition, "partition", ACTION, "PEER… | PEER… [| PEER…]",                        \
      "nothing gets from one side of a | to another; who is not named reaches everybody",          \
      "partition ana ben | cai eve")                                                               \
    X(BLOCK, block, "block", ACTION, "A -> B|A <-> B [only TYPE…]",                                \
      "nothing gets through, or no attest, request, page, reject, announce, route or result",      \
      "block ana -> ben only page")                                                                \
    X(FLAP, flap, "flap", ACTION, "PEER… | PEER… every DURATION for DURATION",                     \
      "a partition that comes and goes", "flap ana | ben cai every 2s for 20s")                    \
    X(CLOG, clog, "clog", ACTION, "A -> B|A <-> B", "messages wait", "clog ana -> ben")            \
    X(UNCLOG, unclog, "unclog", ACTION, "A -> B|A <-> B", "those that wait arrive at once",        \
      "unclog ana -> ben")                                                                         \
    X(SWIZZLE, swizzle, "swizzle", ACTION, "DURATION",                                             \
      "some links clog one by one and come free in another order", "swizzle 10s")                  \
    X(STALE, stale, "stale", ACTION, "A -> B older|aged DURATION",                                 \
      "a message that A sent so long ago, to whomever, comes to B; aged: the last of these",       \
      "stale ana -> ben older 0s")                                                                 \
    X(HEAL, heal, "heal", ACTION, "[A -> B|A <-> B]",                                              \
      "ends a block, or every block, partition and clog", "heal ana <-> ben")                      \
    X(CRASH, crash, "crash", ACTION, "PEERS [before|in|after event|write|sync|rewrite [N]|never]", \
      "loses what is not durable: now, or at the N-th such occasion from now, or no more (§ 13)",  \
      "crash ana ben in write 2")                                                                  \
    X(FAIL, fail, "fail", ACTION, "PEERS write|sync|read [N]",                                     \
      "the N-th write or sync from now fails, or reading the log gives too little (§ 13)",         \
      "fail ana sync")                                                                             \
    X(STARVE, starve, "starve", ACTION, "PEERS [at N] [for DURATION]|PEERS no more",               \
      "the N-th piece of memory it asks for from now is refused; or so long all are from there",   \
      "starve ana at 7 for 2s")                                                                    \
    X(RESTART, restart, "restart", ACTION, "PEERS", "comes back from its log (§ 13)",              \
      "restart ana")                                                                               \
    X(START, start, "start", ACTION, "PEERS", "a late peer arrives", "start eve")                  \
    X(LEAVE, leave, "leave", ACTION, "PEERS", "stops in good order (§ 12)", "leave ana")           \
    X(PAUSE, pause, "pause", ACTION, "PEERS",                                                      \
      "does nothing: messages, ticks, syncs and users wait until it resumes", "pause ana")         \
    X(RESUME, resume, "resume", ACTION, "PEERS", "goes on: what waited comes at once",             \
      "resume ana")                                                                                \
    X(FREEZE, freeze, "freeze", ACTION, "PEERS in|out",                                            \
      "works, but nothing comes in, or nothing goes out, until it thaws", "freeze ana ben out")    \
    X(THAW, thaw, "thaw", ACTION, "PEERS", "what waited to come in and to go out does so now",     \
      "thaw ana ben")                                                                              \
    X(UPGRADE, upgrade, "upgrade", ACTION, "PEERS VERSION",                                        \
      "speaks another version, from the restart that comes with it if it is up, or its next one",  \
      "upgrade ana receipt")                                                                       \
    X(ADOPT, adopt, "adopt", ACTION, "PEERS join|strict",                                          \
      "merges by another policy (§ 9), from the restart that comes with it if it is up, or its "  \
      "next one",                                                                                  \
      "adopt ana strict")                                                                          \
    X(BACKUP, backup, "backup", ACTION, "PEERS", "keeps a copy of what is durable on its disk",    \
      "backup ana")                                                                                \
    X(RESTORE, restore, "restore", ACTION, "PEERS [from PEER]",                                    \
      "puts its last backup, or that of another, on a disk at rest", "restore eve")                \
    X(WIPE, wipe, "wipe", ACTION, "PEERS", "empties a disk at rest", "wipe eve")                   \
    X(TWIN, twin, "twin", ACTION, "PEER of PEER",                                                  \
      "from its next start on it has the other one's transport key; of itself: its own again",     \
      "twin eve of ana")                                                                           \
    X(DAMAGE, damage, "damage", ACTION,                                                            \
      "PEER receipt N|receipt last|byte N [bit N]|cut N|swap PEER|foreign N",                      \
      "of the log a bit flips, or the last N bytes go; or it is PEER's, or another identity's of " \
      "N "                                                                                         \
      "receipts (§ 13)",                                                                           \
      "damage ana receipt 0")                                                                      \
    X(ACCEPT_LOSS, accept_loss, "accept-loss", ACTION, "PEERS",                                    \
      "the operator ends safe mode (§ 13)", "accept-loss ana")                                     \
    X(FORGE, forge, "forge", ACTION,                                                               \
      "KIND on PEER [as PEER|on the wire from PEER] [times N] expect ERROR",                       \
      "forges as soon as there is an occasion; by the end it must be refused under that name",     \
      "forge wrong_key on ben on the wire from ana times 2 expect signature")                      \
    X(WITHDRAW, withdraw, "withdraw", ACTION, "A -> B",                                            \
      "what was to be forged on that wire is tried no more", "withdraw ana -> ben")                \
    X(FLOOD, flood, "flood", ACTION,                                                               \
      "KIND on PEER as PEER times N every DURATION expect ERROR|ok",                               \
      "so many messages; each may cost its receiver no more than is stated (§ 12)",                \
      "flood huge_want on ben as mal times 100 every 10ms expect unknown")                         \
    X(SITE, site, "site", ACTION, "NAME one-in N|off",                                             \
      "something rare that the simulator provokes, each N-th time by chance, or no more (sites "   \
      "of framesim run --help-verbs)",                                                             \
      "site late-tick one-in 100")                                                                 \
    X(STORM, storm, "storm", ACTION, "DURATION [only FAMILY…]",                                    \
      "users work, and faults of the kinds that the seed has drawn come and go",                   \
      "storm 20s only disk peer")                                                                  \
    X(CALM, calm, "calm", ACTION, "DURATION",                                                      \
      "faults end for a core of the peers, which must converge in time; the others keep theirs",   \
      "calm 120s")                                                                                 \
    X(SNAPSHOT, snapshot, "snapshot", ACTION, "PEER chain|storage|counters",                       \
      "the lines below, each behind a |, are exactly that; run --rewrite writes them",             \
      "snapshot ana storage")                                                                      \
    X(WAIT, wait, "wait", ACTION, "DURATION", "time passes", "wait 1500ms")                        \
    X(EXPECT, expect, "expect", ACTION, "PROPERTY", "holds now", "expect ana receipts >= 0")       \
    X(WITHIN, within, "within", ACTION, "DURATION converge [PEERS]|expect PROPERTY",               \
      "time passes until it holds, at most so long", "within 30s converge ana ben")                \
    X(AFTER, after, "after", ACTION, "DURATION diverged PEERS|expect PROPERTY",                    \
      "time passes, then it holds", "after 60s diverged ana ben")

#endif
