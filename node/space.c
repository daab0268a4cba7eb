/* Room on the disk: whether the node may take what can wait.
 *
 * Knows no transaction; the store refuses for itself. Below the reserve the node answers, sends and takes urgent alerts, and
 * says why it takes nothing else; when there is room again it goes on by itself.
 */
#include <stdio.h>

#include "node/core.h"

#define MIB_SHIFT 20

static void why_put(struct tg_node *node)
{
    struct tg_space *space = &node->space;
    (void)snprintf(space->why, sizeof space->why,
                   "%llu MiB are free at '%.120s' and %llu MiB are kept in reserve; make room there, and the "
                   "node goes on by itself",
                   (unsigned long long)(space->free_bytes >> MIB_SHIFT), node->data,
                   (unsigned long long)(space->reserve_bytes >> MIB_SHIFT));
}

void tg_space_look(struct tg_node *node)
{
    struct tg_space *space = &node->space;
    bool was_low = space->low;
    space->looked_us = tg_clock_mono_us(node->clock);
    if (tg_store_space(node->store, &space->free_bytes, &space->reserve_bytes)) return; /* a write will say */
    space->low = space->free_bytes < space->reserve_bytes;
    space->none = space->free_bytes < space->reserve_bytes / TG_STORE_SPARE_PARTS;
    why_put(node);
    if (space->low && !was_low) tg_event(node->events, TG_EV_STORE_SPACE, TG_F_TEXT("why", space->why));
    if (!space->low && was_low)
        tg_event(node->events, TG_EV_STORE_SPACE_BACK, TG_F_NUM("free_mib", space->free_bytes >> MIB_SHIFT));
}

void tg_space_tick(struct tg_node *node)
{
    if (tg_clock_mono_us(node->clock) - node->space.looked_us >= TG_SPACE_LOOK_US) tg_space_look(node);
}
