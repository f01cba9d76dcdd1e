// SPDX-License-Identifier: Apache-2.0
/* Instances (§ 9, 12): they converge, say nothing before it is durable, and page. */
#include "puppets.h"

/* Two instances, intents on both sides. */
static void test_converge(void)
{
    struct lab lab;
    lab_begin(&lab, 2);
    device_new(&lab, 0);
    device_new(&lab, 1);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    CHECK(device_intent(&lab, 1) == FRAME_OK);
    lab_run(&lab, 5000);
    CHECK(device_count(&lab, 0) == 3);
    CHECK(device_heads(&lab, 0) == 2);
    CHECK(lab_same(&lab, 0, 1));
    /* an intent on top merges, and the other side takes both receipts */
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_told(&lab, 0, FRAME_NOTE_MERGED) == 1);
    lab_run(&lab, 5000);
    CHECK(device_count(&lab, 1) == 5);
    CHECK(device_heads(&lab, 1) == 1);
    CHECK(lab_same(&lab, 0, 1));
    CHECK(device_told(&lab, 1, FRAME_NOTE_OFFENCE) == 0);
    lab_end(&lab);
}

int main(void)
{
    test_converge();
    return check_done();
}
