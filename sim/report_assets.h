// SPDX-License-Identifier: Apache-2.0
/* The files of sim/report as bytes, made at build time by sim/report/Embed.cmake. */
#ifndef SIM_REPORT_ASSETS_H
#define SIM_REPORT_ASSETS_H

#include <stddef.h>

struct report_asset {
    const unsigned char *bytes;
    size_t length;
};

extern const struct report_asset report_page_css;
extern const struct report_asset report_common_js;
extern const struct report_asset report_run_js;
extern const struct report_asset report_campaign_js;

#endif
