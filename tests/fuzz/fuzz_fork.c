/* Any bytes as a fork proof: what is taken of it is written again the same. Byte 0 is the kind, the rest the evidence. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/fork.h"

static void evidence_check(uint32_t kind, struct tg_view evidence)
{
    static struct tg_fork fork;
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    if (tg_fork_decode(kind, evidence, &fork, NULL)) return;
    if (tg_fork_encode(&fork, &again, NULL)) abort();
    if (!tg_view_equal(tg_buf_view(&again), evidence)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tg_view evidence;
    uint32_t kind;
    if (bytes) evidence_check(data[0], tg_view_of(data + 1, bytes - 1));
    if (!tg_fork_file_decode(tg_view_of(data, bytes), &kind, &evidence)) evidence_check(kind, evidence);
    return 0;
}
