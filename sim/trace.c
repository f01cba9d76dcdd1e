// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.h"

static const char *const names[] = {
#define TRACE_KIND_NAME(id, name) name,
    TRACE_KIND_LIST(TRACE_KIND_NAME)
#undef TRACE_KIND_NAME
};

const char *trace_kind_name(enum trace_kind kind)
{
    return names[kind];
}
