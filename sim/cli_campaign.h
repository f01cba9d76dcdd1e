// SPDX-License-Identifier: Apache-2.0
/* What `campaign` and `campaign merge` share: the folder and the outputs of a campaign. */
#ifndef SIM_CLI_CAMPAIGN_H
#define SIM_CLI_CAMPAIGN_H

#include "campaign.h"
#include "crypto_memo.h"
#include "progress.h"

enum { CLI_INTERRUPTED = 130, MANIFEST_BYTES_MAX = 64 * 1024 * 1024 };

struct campaign {
    struct campaign_plan plan;
    struct campaign_tally tally;
    const char *folder; /* NULL: none, and the results go to a file without a name */
    FILE *results;      /* at its end, but for reading */
    FILE *rate;         /* NULL: none */
    struct progress progress;
    struct crypto_memo *memo;
    uint64_t before; /* runs that an earlier part of the campaign has done */
    uint64_t virtual_before;
    uint64_t time_ms;    /* 0: no bound */
    uint64_t stop_after; /* 0: no bound */
    unsigned run_seconds_max;
    const char *junit; /* NULL: not asked for */
    const char *tap;
    bool github;
    bool require_probes;
    bool json;
    bool quiet;
    bool force;
    bool write_failed;
};

/* Each returns CLI_OK, or another code after a message. */

/* May the files that are asked for be written? */
int campaign_check_outputs(const struct campaign *campaign);
/* A new folder with the plan's manifest, and no results. */
int campaign_folder_new(struct campaign *campaign);
/* The plan and the results of a folder, as far as they are whole. */
int campaign_folder_resume(struct campaign *campaign);
/* In the folder, if there is one: a tape for each kind of failure, by their ranking. */
int campaign_write_tapes(struct campaign *campaign);
/* Writes all that is asked for; CLI_OK or the exit code of the gravest failure. */
int campaign_finish(struct campaign *campaign);
void campaign_release(struct campaign *campaign);

/* "folder/name"; the caller frees. */
char *campaign_path(const char *folder, const char *name);

#endif
