/* Voices behind records: joined where one cites the other or both cite the same.
 *
 * Knows no node.
 */
#include "proto/sources.h"

#include <string.h>

static bool cites(const struct tg_record *from, const struct tg_record *to)
{
    const struct tg_rec_head *head = from->head;
    if (head->supersedes && tg_hash_equal(head->supersedes, &to->id)) return true;
    for (size_t i = 0; i < head->refers_count; i++)
        if (head->refers[i].id && tg_hash_equal(head->refers[i].id, &to->id)) return true;
    return false;
}

static bool refers_to_one(const struct tg_record *a, const struct tg_record *b)
{
    for (size_t i = 0; i < a->head->refers_count; i++)
        for (size_t k = 0; k < b->head->refers_count; k++) {
            const struct tg_hash *x = a->head->refers[i].id, *y = b->head->refers[k].id;
            if (x && y && tg_hash_equal(x, y)) return true;
        }
    return false;
}

/* A name alone is no source that two would share by chance: "custody" is said by everyone. */
static bool one_source(const struct tg_rec_source *a, const struct tg_rec_source *b)
{
    if (!a->present || !b->present || a->type != b->type || !a->name[0] || !a->reference[0]) return false;
    return strcmp(a->name, b->name) == 0 && strcmp(a->reference, b->reference) == 0;
}

bool tg_sources_same(const struct tg_record *a, const struct tg_record *b)
{
    const struct tg_rec_head *x = a->head, *y = b->head;
    bool listed = x->list[0] && x->external_id[0] && strcmp(x->list, y->list) == 0 &&
                  strcmp(x->external_id, y->external_id) == 0;
    return listed || cites(a, b) || cites(b, a) || refers_to_one(a, b) || one_source(x->source, y->source);
}

size_t tg_sources_count(const struct tg_record *const *records, size_t count)
{
    size_t voice[TG_CLUSTER_MEMBERS_MAX], voices = 0;
    if (count > TG_CLUSTER_MEMBERS_MAX) count = TG_CLUSTER_MEMBERS_MAX;
    for (size_t i = 0; i < count; i++) {
        voice[i] = i;
        for (size_t k = 0; k < i; k++) {
            if (voice[k] == voice[i] || !tg_sources_same(records[i], records[k])) continue;
            size_t from = voice[k];
            for (size_t j = 0; j <= i; j++)
                if (voice[j] == from) voice[j] = voice[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        for (size_t k = 0; k < i && first; k++) first = voice[k] != voice[i];
        voices += first;
    }
    return voices;
}
