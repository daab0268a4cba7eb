/* Who was shown a record here, by the access log. */
#include "node/service_internal.h"

#define AUDITS "audit." /* verbs that show no contents */

struct tg_readers *tg_readers_new(tg_on_access on_made, void *ctx)
{
    struct tg_readers *readers = calloc(1, sizeof *readers);
    if (!readers) return NULL;
    readers->on_made = on_made;
    readers->ctx = ctx;
    return readers;
}

void tg_readers_add(struct tg_readers *readers, const struct tg_place *place)
{
    if (readers->place_count < TG_READERS_PLACES_MAX) readers->places[readers->place_count++] = *place;
}

static void count_in(struct tg_readers *readers, const struct tg_access *access)
{
    struct tg_reader *reader = NULL;
    for (size_t i = 0; i < readers->count && !reader; i++)
        if (strcmp(readers->items[i].user, access->user) == 0) reader = &readers->items[i];
    if (!reader && readers->count == TG_READERS_MAX) {
        readers->left++;
        return;
    }
    if (!reader) {
        reader = &readers->items[readers->count++];
        *reader = (struct tg_reader){.last_ms = access->at_ms, .reasoned = true};
        (void)snprintf(reader->user, sizeof reader->user, "%s", access->user);
    }
    reader->times++;
    reader->first_ms = access->at_ms;
    if (!access->reason[0] && !access->case_number[0]) reader->reasoned = false;
}

static tg_err on_access(void *ctx, uint64_t number, const struct tg_access *access)
{
    struct tg_readers *readers = ctx;
    if (!tg_access_touches(access, readers->places, readers->place_count)) return TG_OK;
    if (access->made) return readers->on_made ? readers->on_made(readers->ctx, number, access) : TG_OK;
    bool audit = strncmp(access->verb, AUDITS, strlen(AUDITS)) == 0;
    if (!audit) count_in(readers, access);
    return TG_OK;
}

tg_err tg_readers_step(const struct tg_service *service, struct tg_readers *readers, bool *ret_done,
                       struct tg_errmsg *em)
{
    tg_err err = readers->begun ? TG_OK : tg_access_walk_begin(service, &readers->walk, em);
    readers->begun = true;
    if (!err) err = tg_access_walk_step(service, &readers->walk, on_access, readers, em);
    *ret_done = !readers->walk.left;
    return err;
}
