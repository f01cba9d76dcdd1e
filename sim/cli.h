// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of `framesim`. Each is a function with main's arguments: argv[0] is the command's own
 * word ("verify" of `framesim chain verify`), its options and operands follow. What it returns is the
 * program's exit code.
 */
#ifndef SIM_CLI_H
#define SIM_CLI_H

#define CLI_VERSION "0.1.0"

enum {
    CLI_OK = 0,
    CLI_REJECTED = 1, /* what was checked is rejected, or a property failed */
    CLI_USAGE = 2,    /* the command line makes no sense */
    CLI_INPUT = 3     /* an input could not be read, or an output not be written */
};

int cli_json_check(int argc, char **argv);

int cli_chain_verify(int argc, char **argv);
int cli_chain_order(int argc, char **argv);
int cli_chain_merge(int argc, char **argv);
int cli_chain_show(int argc, char **argv);
int cli_chain_diff(int argc, char **argv);
int cli_chain_gen(int argc, char **argv);

int cli_intent_run(int argc, char **argv);

int cli_attest_make(int argc, char **argv);
int cli_attest_check(int argc, char **argv);
int cli_attest_compare(int argc, char **argv);

int cli_envelope_check(int argc, char **argv);

int cli_sync_page(int argc, char **argv);

int cli_log_check(int argc, char **argv);
int cli_log_encode(int argc, char **argv);
int cli_log_recover(int argc, char **argv);

int cli_run(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_shrink(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_promote(int argc, char **argv);
int cli_campaign(int argc, char **argv);
int cli_campaign_merge(int argc, char **argv);
int cli_exhaust(int argc, char **argv);

#endif
