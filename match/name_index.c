/* Names in memory: adding, removing, merging the delta.
 *
 * Knows no records, files or keys beyond the hash key. Layout: docs/formats-match.md.
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define DELTA_MIN 65536 /* links; the delta is merged when it holds this and a third of the segment */

struct tg_name_index *tg_name_index_new(const struct tg_token_key *key)
{
    struct tg_name_index *index = calloc(1, sizeof *index);
    if (index == NULL) return NULL;
    index->key = *key;
    index->names_of_token.dense = true;
    return index;
}

static void index_release(struct tg_name_index *index)
{
    struct tg_map *const maps[] = {&index->tokens_of_key, &index->names_of_token, &index->names_of_joined,
                                   &index->names_of_id};
    struct tg_vec *const vecs[] = {&index->lefts,         &index->names,      &index->texts,
                                   &index->token_numbers, &index->token_tags, &index->token_weights,
                                   &index->features,      &index->births,     &index->countries};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) tg_map_release(maps[i]);
    for (size_t i = 0; i < sizeof vecs / sizeof vecs[0]; i++) free(vecs[i]->data);
    tg_dictionary_release(&index->dictionary);
}

void tg_name_index_free(struct tg_name_index *index)
{
    if (index == NULL) return;
    index_release(index);
    free(index);
}

uint32_t tg_id_key(const struct tg_token_key *key, uint64_t id)
{
    return (uint32_t)(tg_siphash64(key, tg_view_of(&id, sizeof id)) >> 32);
}

struct tg_features tg_stored_features_of(const struct tg_name_index *index, const struct tg_stored_name *name)
{
    const struct tg_stored_features *stored =
        &((const struct tg_stored_features *)index->features.data)[name->features_at];
    struct tg_features features = {.births_count = stored->births_count,
                                   .countries_count = stored->countries_count,
                                   .sex = (enum tg_sex)stored->sex};
    if (stored->births_count > 0)
        features.births = (const struct tg_birth *)index->births.data + stored->births_at;
    if (stored->countries_count > 0) {
        features.countries = (const uint16_t *)index->countries.data + stored->countries_at;
    }
    return features;
}

/* Everything that one name can need; so that nothing fails half way. */
static tg_err room_for(struct tg_name_index *index, const struct tg_name_entry *entry, size_t tokens)
{
    const struct {
        struct tg_vec *vec;
        size_t more, bytes_each;
    } wants[] = {{&index->names, 1, sizeof(struct tg_stored_name)},
                 {&index->lefts, 1, sizeof(uint16_t)},
                 {&index->texts, entry->text.bytes, 1},
                 {&index->token_numbers, tokens, sizeof(uint32_t)},
                 {&index->token_tags, tokens, 1},
                 {&index->token_weights, tokens, 1},
                 {&index->features, 1, sizeof(struct tg_stored_features)},
                 {&index->births, TG_BIRTHS_MAX, sizeof(struct tg_birth)},
                 {&index->countries, TG_NAME_COUNTRIES_MAX, sizeof(uint16_t)}};
    tg_err err = TG_OK;
    for (size_t i = 0; err == TG_OK && i < sizeof wants / sizeof wants[0]; i++) {
        err = tg_vec_reserve(wants[i].vec, wants[i].more, wants[i].bytes_each);
    }
    if (err == TG_OK) err = tg_map_reserve(&index->tokens_of_key, tokens * TG_TOKEN_KEYS_MAX);
    if (err == TG_OK) err = tg_map_reserve(&index->names_of_token, tokens);
    if (err == TG_OK) err = tg_map_reserve(&index->names_of_joined, tokens);
    if (err == TG_OK) err = tg_map_reserve(&index->names_of_id, 1);
    return err;
}

static tg_err token_number(struct tg_name_index *index, const struct tg_name_token *token,
                           uint32_t *ret_number)
{
    uint32_t keys[TG_TOKEN_KEYS_MAX];
    bool fresh = false;
    tg_err err = tg_dictionary_take(&index->dictionary, &index->key, token, ret_number, &fresh);
    if (err != TG_OK || !fresh) return err;
    size_t count = tg_token_keys(&index->key, token, keys);
    for (size_t i = 0; i < count; i++) tg_map_put(&index->tokens_of_key, keys[i], *ret_number);
    return TG_OK;
}

static bool same_births(const struct tg_features *a, const struct tg_features *b)
{
    if (a->births_count != b->births_count || a->countries_count != b->countries_count || a->sex != b->sex)
        return false;
    for (size_t i = 0; i < a->births_count; i++) {
        const struct tg_birth *x = &a->births[i], *y = &b->births[i];
        if (x->date.year != y->date.year || x->date.month != y->date.month || x->date.day != y->date.day ||
            x->approximate != y->approximate) {
            return false;
        }
    }
    return a->countries_count == 0 ||
           memcmp(a->countries, b->countries, a->countries_count * sizeof a->countries[0]) == 0;
}

static struct tg_features features_cut(const struct tg_features *features)
{
    struct tg_features cut = *features;
    if (cut.births_count > TG_BIRTHS_MAX) cut.births_count = TG_BIRTHS_MAX;
    if (cut.countries_count > TG_NAME_COUNTRIES_MAX) cut.countries_count = TG_NAME_COUNTRIES_MAX;
    return cut;
}

/* The names of one person follow each other as a rule and share what is known of him. */
static uint32_t features_put(struct tg_name_index *index, const struct tg_name_entry *entry)
{
    struct tg_features features = features_cut(&entry->features);
    struct tg_stored_features *all = index->features.data;
    if (index->names.count > 0) {
        const struct tg_stored_name *last = tg_stored(index, (uint32_t)index->names.count - 1);
        struct tg_features before = tg_stored_features_of(index, last);
        bool same = last->id == entry->id && all[last->features_at].kind == (uint8_t)entry->kind;
        if (same && same_births(&before, &features)) return last->features_at;
    }
    struct tg_stored_features *stored = &all[index->features.count];
    *stored = (struct tg_stored_features){.births_count = (uint8_t)features.births_count,
                                          .countries_count = (uint8_t)features.countries_count,
                                          .sex = (uint8_t)features.sex,
                                          .kind = (uint8_t)entry->kind,
                                          .births_at = (uint32_t)index->births.count,
                                          .countries_at = (uint32_t)index->countries.count};
    struct tg_birth *births = index->births.data;
    uint16_t *countries = index->countries.data;
    for (size_t i = 0; i < features.births_count; i++) births[index->births.count++] = features.births[i];
    for (size_t i = 0; i < features.countries_count; i++)
        countries[index->countries.count++] = features.countries[i];
    return (uint32_t)index->features.count++;
}

static void joined_put(struct tg_name_index *index, const struct tg_name *name, uint32_t number)
{
    char code[TG_NAME_FOLD_BYTES_MAX + 1];
    for (size_t i = 0; i + 1 < name->count; i++) {
        uint32_t key = 0;
        if (tg_joined_code(&name->tokens[i], &name->tokens[i + 1], code) == 0) continue;
        if (tg_joined_key(&index->key, code, &key)) tg_map_put(&index->names_of_joined, key, number);
    }
}

/* One posting a distinct token; particles have none. */
static void postings_put(struct tg_name_index *index, const struct tg_name *name, const uint32_t *numbers,
                         uint32_t number)
{
    for (size_t i = 0; i < name->count; i++) {
        bool seen = (name->tokens[i].tags & TG_TOKEN_PARTICLE) != 0;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = numbers[k] == numbers[i] && (name->tokens[k].tags & TG_TOKEN_PARTICLE) == 0;
        }
        if (!seen) tg_map_put(&index->names_of_token, numbers[i], number);
    }
}

static uint16_t left_of(const struct tg_name *name)
{
    uint32_t left = 0;
    bool initial = false;
    for (size_t i = 0; i < name->count; i++) {
        left += tg_left_weight(name->tokens[i].tags, name->tokens[i].weight);
        initial = initial || (name->tokens[i].tags & TG_TOKEN_INITIAL) != 0;
    }
    return (uint16_t)(left | (initial ? TG_LEFT_INITIAL : 0U));
}

static void name_put(struct tg_name_index *index, const struct tg_name_entry *entry,
                     const struct tg_name *name, const uint32_t *numbers)
{
    uint32_t number = (uint32_t)index->names.count;
    uint32_t features_at = features_put(index, entry);
    struct tg_stored_name *stored = &((struct tg_stored_name *)index->names.data)[number];
    *stored = (struct tg_stored_name){.id = entry->id,
                                      .text_at = (uint32_t)index->texts.count,
                                      .tokens_at = (uint32_t)index->token_numbers.count,
                                      .features_at = features_at,
                                      .text_bytes = (uint16_t)entry->text.bytes,
                                      .tokens_count = (uint8_t)name->count,
                                      .flags = name->bare_kunya ? TG_STORED_KUNYA : 0};
    memcpy((uint8_t *)index->texts.data + index->texts.count, entry->text.data, entry->text.bytes);
    index->texts.count += entry->text.bytes;
    for (size_t i = 0; i < name->count; i++) {
        ((uint32_t *)index->token_numbers.data)[index->token_numbers.count++] = numbers[i];
        ((uint8_t *)index->token_tags.data)[index->token_tags.count++] = name->tokens[i].tags;
        ((uint8_t *)index->token_weights.data)[index->token_weights.count++] = name->tokens[i].weight;
    }
    ((uint16_t *)index->lefts.data)[index->lefts.count++] = left_of(name);
    index->names.count++;
    postings_put(index, name, numbers, number);
    joined_put(index, name, number);
    tg_map_put(&index->names_of_id, tg_id_key(&index->key, entry->id), number);
}

static bool delta_is_large(const struct tg_map *map)
{
    return map->delta_count > DELTA_MIN + map->sorted_count / 3;
}

tg_err tg_name_index_add(struct tg_name_index *index, const struct tg_name_entry *entry, struct tg_errmsg *em)
{
    struct tg_name name;
    uint32_t numbers[TG_NAME_TOKENS_MAX];
    tg_err err = tg_name_parse(entry->text, &name, em);
    if (err != TG_OK) return err;
    err = room_for(index, entry, name.count);
    for (size_t i = 0; err == TG_OK && i < name.count; i++)
        err = token_number(index, &name.tokens[i], &numbers[i]);
    if (err != TG_OK) return tg_fail(em, err, "name index cannot grow beyond %zu names", index->names.count);
    name_put(index, entry, &name, numbers);
    struct tg_map *const maps[] = {&index->tokens_of_key, &index->names_of_token, &index->names_of_joined,
                                   &index->names_of_id};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        if (delta_is_large(maps[i])) (void)tg_map_merge(maps[i]); /* out of memory: the delta serves on */
    }
    return TG_OK;
}

tg_err tg_name_index_remove(struct tg_name_index *index, uint64_t id)
{
    struct tg_map_it it = tg_map_find(&index->names_of_id, tg_id_key(&index->key, id));
    struct tg_stored_name *names = index->names.data;
    uint32_t number;
    tg_err err = TG_ENOENT;
    while (tg_map_next(&it, &number)) {
        if (names[number].id != id || (names[number].flags & TG_STORED_REMOVED) != 0) continue;
        names[number].flags |= TG_STORED_REMOVED;
        index->removed++;
        err = TG_OK;
    }
    return err;
}

/* A fresh index of the names that are left takes the place of this one. */
static tg_err compact(struct tg_name_index *index)
{
    struct tg_name_index *fresh = tg_name_index_new(&index->key);
    tg_err err = fresh == NULL ? TG_ENOMEM : TG_OK;
    for (uint32_t i = 0; err == TG_OK && i < index->names.count; i++) {
        const struct tg_stored_name *name = tg_stored(index, i);
        if ((name->flags & TG_STORED_REMOVED) != 0) continue;
        struct tg_name_entry entry = {
            .id = name->id,
            .text = tg_view_of((const uint8_t *)index->texts.data + name->text_at, name->text_bytes),
            .kind = (enum tg_name_kind)(
                        (const struct tg_stored_features *)index->features.data)[name->features_at]
                        .kind,
            .features = tg_stored_features_of(index, name)};
        err = tg_name_index_add(fresh, &entry, NULL);
    }
    if (err == TG_OK) {
        index_release(index);
        *index = *fresh;
        free(fresh);
        return TG_OK;
    }
    tg_name_index_free(fresh);
    return err;
}

tg_err tg_name_index_merge(struct tg_name_index *index)
{
    tg_err err = TG_OK;
    if (index->removed > index->names.count / 4) err = compact(index);
    struct tg_map *const maps[] = {&index->tokens_of_key, &index->names_of_token, &index->names_of_joined,
                                   &index->names_of_id};
    for (size_t i = 0; err == TG_OK && i < sizeof maps / sizeof maps[0]; i++) err = tg_map_merge(maps[i]);
    return err;
}

void tg_name_index_stats(const struct tg_name_index *index, struct tg_name_index_stats *ret_stats)
{
    const struct tg_map *const maps[] = {&index->tokens_of_key, &index->names_of_token,
                                         &index->names_of_joined, &index->names_of_id};
    size_t bytes = sizeof *index + tg_dictionary_bytes(&index->dictionary);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) bytes += tg_map_bytes(maps[i]);
    bytes += index->names.capacity * sizeof(struct tg_stored_name) +
             index->lefts.capacity * sizeof(uint16_t) + index->texts.capacity;
    bytes += index->token_numbers.capacity * (sizeof(uint32_t) + 2);
    bytes += index->features.capacity * sizeof(struct tg_stored_features);
    bytes += index->births.capacity * sizeof(struct tg_birth) + index->countries.capacity * sizeof(uint16_t);
    *ret_stats = (struct tg_name_index_stats){.names = index->names.count - index->removed,
                                              .tokens = index->dictionary.offsets.count,
                                              .bytes = bytes};
}
