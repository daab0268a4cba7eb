/* Names in memory: adding, removing, merging the delta.
 *
 * Knows no records, files or keys beyond the hash key. Layout: docs/formats-match.md.
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define DELTA_MIN 65536 /* links; the delta is merged when it holds this and as much as the segment */
#define NOTHING_KNOWN UINT32_MAX
#define SEX_SHIFT 12 /* of a features header: births, countries from bit 6, sex */
#define COUNTRIES_SHIFT 6

struct tg_name_index *tg_name_index_new(const struct tg_token_key *key)
{
    struct tg_name_index *index = calloc(1, sizeof *index);
    if (index == NULL) return NULL;
    index->key = *key;
    return index;
}

static void index_release(struct tg_name_index *index)
{
    struct tg_vec *const vecs[] = {&index->heads, &index->rows, &index->ids,
                                   &index->texts, &index->more, &index->features};
    for (size_t i = 0; i < sizeof vecs / sizeof vecs[0]; i++) free(vecs[i]->data);
    tg_map_release(&index->names_of_joined);
    tg_map_release(&index->names_of_id);
    tg_postings_release(&index->names_of_token);
    tg_dictionary_release(&index->dictionary);
}

void tg_name_index_free(struct tg_name_index *index)
{
    if (index == NULL) return;
    index_release(index);
    free(index);
}

static uint32_t id_key(const struct tg_token_key *key, uint64_t id)
{
    return (uint32_t)(tg_siphash64(key, tg_view_of(&id, sizeof id)) >> 32);
}

struct tg_view tg_stored_text(const struct tg_name_index *index, uint32_t name)
{
    const uint8_t *at = (const uint8_t *)index->texts.data + tg_row(index, name)->text_at;
    uint16_t bytes = 0;
    memcpy(&bytes, at, sizeof bytes);
    return tg_view_of(at + sizeof bytes, bytes);
}

/* ---- features: a header, two numbers a birth, one a country ---- */

#define PACKED_FEATURES_MAX (1 + 2 * TG_BIRTHS_MAX + TG_NAME_COUNTRIES_MAX)
_Static_assert(TG_BIRTHS_MAX < 1 << COUNTRIES_SHIFT, "births fit into the header");
_Static_assert(TG_NAME_COUNTRIES_MAX < 1 << (SEX_SHIFT - COUNTRIES_SHIFT), "countries fit into the header");

static size_t features_pack(const struct tg_features *features, uint16_t out[static PACKED_FEATURES_MAX])
{
    size_t births = features->births_count < TG_BIRTHS_MAX ? features->births_count : TG_BIRTHS_MAX;
    size_t countries = features->countries_count < TG_NAME_COUNTRIES_MAX ? features->countries_count
                                                                        : TG_NAME_COUNTRIES_MAX;
    size_t at = 0;
    out[at++] = (uint16_t)(births | countries << COUNTRIES_SHIFT | (unsigned)features->sex << SEX_SHIFT);
    for (size_t i = 0; i < births; i++) {
        const struct tg_birth *birth = &features->births[i];
        out[at++] = (uint16_t)birth->date.year;
        unsigned circa = birth->approximate ? 1U << 9 : 0;
        out[at++] = (uint16_t)(circa | (unsigned)birth->date.month << 5 | birth->date.day);
    }
    for (size_t i = 0; i < countries; i++) out[at++] = features->countries[i];
    return out[0] == 0 ? 0 : at;
}

static size_t features_count(uint16_t header)
{
    return 1U + 2U * (header & 63U) + (header >> COUNTRIES_SHIFT & 63U);
}

void tg_features_unpack(const struct tg_name_index *index, uint32_t name, struct tg_unpacked *ret_unpacked)
{
    uint32_t features_at = tg_row(index, name)->features_at;
    ret_unpacked->features = (struct tg_features){.births_count = 0};
    if (features_at == NOTHING_KNOWN) return;
    const uint16_t *at = (const uint16_t *)index->features.data + features_at;
    uint16_t header = *at++;
    struct tg_features *features = &ret_unpacked->features;
    features->births_count = header & 63U;
    features->countries_count = header >> COUNTRIES_SHIFT & 63U;
    features->sex = (enum tg_sex)(header >> SEX_SHIFT);
    for (size_t i = 0; i < features->births_count; i++, at += 2) {
        ret_unpacked->births[i] = (struct tg_birth){
            .date = {(int16_t)at[0], (uint8_t)(at[1] >> 5 & 15U), (uint8_t)(at[1] & 31U)},
            .approximate = (at[1] >> 9 & 1U) != 0};
    }
    memcpy(ret_unpacked->countries, at, features->countries_count * sizeof at[0]);
    features->births = ret_unpacked->births;
    features->countries = ret_unpacked->countries;
}

/* The names of one person follow each other as a rule and share what is known of him. */
static uint32_t features_put(struct tg_name_index *index, const struct tg_name_entry *entry)
{
    uint16_t packed[PACKED_FEATURES_MAX];
    size_t count = features_pack(&entry->features, packed);
    uint16_t *all = index->features.data;
    if (count == 0) return NOTHING_KNOWN;
    if (index->heads.count > 0) {
        uint32_t last = (uint32_t)index->heads.count - 1, at = tg_row(index, last)->features_at;
        bool same = tg_id(index, last) == entry->id && at != NOTHING_KNOWN &&
                    features_count(all[at]) == count &&
                    memcmp(all + at, packed, count * sizeof packed[0]) == 0;
        if (same) return at;
    }
    memcpy(all + index->features.count, packed, count * sizeof packed[0]);
    index->features.count += count;
    return (uint32_t)(index->features.count - count);
}

/* ---- adding ---- */

/* Everything that one name can need; so that nothing fails half way. */
static tg_err room_for(struct tg_name_index *index, const struct tg_name_entry *entry, size_t tokens)
{
    const struct {
        struct tg_vec *vec;
        size_t more, bytes_each;
    } wants[] = {{&index->heads, 1, sizeof(struct tg_name_head)},
                 {&index->rows, 1, sizeof(struct tg_name_row)},
                 {&index->ids, 1, sizeof(uint64_t)},
                 {&index->texts, entry->text.bytes + sizeof(uint16_t), 1},
                 {&index->more, tokens, sizeof(uint32_t)},
                 {&index->features, PACKED_FEATURES_MAX, sizeof(uint16_t)}};
    tg_err err = TG_OK;
    for (size_t i = 0; err == TG_OK && i < sizeof wants / sizeof wants[0]; i++) {
        err = tg_vec_reserve(wants[i].vec, wants[i].more, wants[i].bytes_each);
    }
    if (err == TG_OK) err = tg_postings_reserve(&index->names_of_token, tokens);
    if (err == TG_OK) err = tg_map_reserve(&index->names_of_joined, tokens);
    if (err == TG_OK) err = tg_map_reserve(&index->names_of_id, 1);
    return err;
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

static bool is_particle(uint32_t held)
{
    return (TG_TOKEN_TAGS(held) & TG_TOKEN_PARTICLE) != 0;
}

/* Keys of a name's postings: one a distinct token; particles have none. */
static size_t posting_keys(const uint32_t *held, size_t count, bool initial,
                           uint32_t out[static TG_NAME_TOKENS_MAX])
{
    size_t keys = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = is_particle(held[i]);
        for (size_t k = 0; k < i && !seen; k++)
            seen = TG_TOKEN_NUMBER(held[k]) == TG_TOKEN_NUMBER(held[i]) && !is_particle(held[k]);
        if (!seen) out[keys++] = TG_TOKEN_NUMBER(held[i]) * 2 + (initial ? 1 : 0);
    }
    return keys;
}

/* The year when all births agree on one, as a head keeps it. */
static unsigned year_of(const struct tg_features *features)
{
    int year = features->births_count > 0 ? features->births[0].date.year : 0;
    for (size_t i = 1; i < features->births_count; i++) {
        if (features->births[i].date.year != year) return 0;
    }
    return year > TG_HEAD_YEAR && year <= TG_HEAD_YEAR + UINT8_MAX ? (unsigned)(year - TG_HEAD_YEAR) : 0;
}

static void head_fill(struct tg_name_head *head, const struct tg_name *name, const uint32_t *held,
                      enum tg_name_kind kind, const struct tg_features *features)
{
    uint32_t left = 0;
    unsigned flags = (name->bare_kunya ? TG_STORED_KUNYA : 0) | (unsigned)kind << TG_STORED_KIND_SHIFT;
    for (size_t i = 0; i < name->count; i++) {
        left += tg_left_weight(name->tokens[i].tags, name->tokens[i].weight);
        if ((name->tokens[i].tags & TG_TOKEN_INITIAL) != 0) flags |= TG_STORED_INITIAL;
    }
    *head = (struct tg_name_head){.left = left & 2047U,
                                  .count = (unsigned)name->count & 31U,
                                  .flags = flags & 255U,
                                  .year = year_of(features) & 255U};
    size_t kept = name->count < TG_HEAD_TOKENS ? name->count : TG_HEAD_TOKENS;
    memcpy(head->tokens, held, kept * sizeof held[0]);
}

static void name_put(struct tg_name_index *index, const struct tg_name_entry *entry,
                     const struct tg_name *name, const uint32_t *held)
{
    uint32_t number = (uint32_t)index->heads.count, keys[TG_NAME_TOKENS_MAX];
    uint16_t bytes = (uint16_t)entry->text.bytes;
    struct tg_name_row *row = &((struct tg_name_row *)index->rows.data)[index->rows.count];
    struct tg_name_head *head = &((struct tg_name_head *)index->heads.data)[number];
    uint8_t *text = (uint8_t *)index->texts.data + index->texts.count;
    *row = (struct tg_name_row){.text_at = (uint32_t)index->texts.count,
                                .more_at = (uint32_t)index->more.count,
                                .features_at = features_put(index, entry)};
    memcpy(text, &bytes, sizeof bytes);
    memcpy(text + sizeof bytes, entry->text.data, bytes);
    index->texts.count += sizeof bytes + bytes;
    head_fill(head, name, held, entry->kind, &entry->features);
    for (size_t i = TG_HEAD_TOKENS; i < name->count; i++)
        ((uint32_t *)index->more.data)[index->more.count++] = held[i];
    ((uint64_t *)index->ids.data)[index->ids.count++] = entry->id;
    index->rows.count++;
    index->heads.count++;
    size_t count = posting_keys(held, name->count, (head->flags & TG_STORED_INITIAL) != 0, keys);
    for (size_t i = 0; i < count; i++) tg_postings_put(&index->names_of_token, keys[i], number);
    joined_put(index, name, number);
    tg_map_put(&index->names_of_id, id_key(&index->key, entry->id), number);
}

/* ---- merging ---- */

/* Names by what they weigh when all is left over, lighter first, earlier first. */
static uint32_t *order_by_left(const struct tg_name_index *index)
{
    size_t count = index->heads.count, most = 0;
    uint32_t *order = malloc((count == 0 ? 1 : count) * sizeof *order);
    for (uint32_t i = 0; i < count; i++) most = tg_head(index, i)->left > most ? tg_head(index, i)->left : most;
    uint32_t *starts = calloc(most + 2, sizeof *starts);
    if (order == NULL || starts == NULL) {
        free(order);
        free(starts);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) starts[tg_head(index, i)->left + 1]++;
    for (size_t i = 1; i <= most + 1; i++) starts[i] += starts[i - 1];
    for (uint32_t i = 0; i < count; i++) order[starts[tg_head(index, i)->left]++] = i;
    free(starts);
    return order;
}

/* The postings anew from the names, each row with the lighter names first. */
static tg_err postings_rebuild(struct tg_name_index *index)
{
    size_t total = index->names_of_token.values_count + index->names_of_token.delta_count, at = 0;
    uint32_t *order = order_by_left(index);
    struct tg_posting *pairs = malloc((total == 0 ? 1 : total) * sizeof *pairs);
    tg_err err = order == NULL || pairs == NULL ? TG_ENOMEM : TG_OK;
    for (size_t i = 0; err == TG_OK && i < index->heads.count; i++) {
        uint32_t held[TG_NAME_TOKENS_MAX], keys[TG_NAME_TOKENS_MAX];
        const struct tg_name_head *head = tg_head(index, order[i]);
        if ((head->flags & TG_STORED_REMOVED) != 0) continue;
        tg_held(index, order[i], held);
        size_t count = posting_keys(held, head->count, (head->flags & TG_STORED_INITIAL) != 0, keys);
        for (size_t k = 0; k < count; k++) pairs[at++] = (struct tg_posting){keys[k], order[i]};
    }
    if (err == TG_OK)
        err = tg_postings_build(&index->names_of_token, index->dictionary.tokens.offsets.count * 2, pairs, at);
    free(order);
    free(pairs);
    return err;
}

static tg_err merge_all(struct tg_name_index *index)
{
    tg_err err = tg_dictionary_merge(&index->dictionary);
    if (err == TG_OK) err = tg_map_merge(&index->names_of_joined);
    if (err == TG_OK) err = tg_map_merge(&index->names_of_id);
    return err == TG_OK && index->names_of_token.delta_count > 0 ? postings_rebuild(index) : err;
}

static bool delta_is_large(size_t delta, size_t sorted)
{
    return delta > DELTA_MIN + sorted;
}

/* Out of memory: the delta serves on. */
static void merge_large(struct tg_name_index *index)
{
    struct tg_map *const maps[] = {&index->dictionary.folds, &index->dictionary.near, &index->names_of_joined,
                                   &index->names_of_id};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        if (delta_is_large(maps[i]->delta_count, maps[i]->sorted_count)) (void)tg_map_merge(maps[i]);
    }
    struct tg_postings *of_bones = &index->dictionary.tokens_of_bones, *of_token = &index->names_of_token;
    if (delta_is_large(of_bones->delta_count, of_bones->values_count))
        (void)tg_postings_merge(of_bones, index->dictionary.bones.offsets.count);
    if (delta_is_large(of_token->delta_count, of_token->values_count)) (void)postings_rebuild(index);
}

tg_err tg_name_index_add(struct tg_name_index *index, const struct tg_name_entry *entry, struct tg_errmsg *em)
{
    struct tg_name name;
    uint32_t held[TG_NAME_TOKENS_MAX];
    tg_err err = tg_name_parse(entry->text, &name, em);
    if (err != TG_OK) return err;
    err = room_for(index, entry, name.count);
    for (size_t i = 0; err == TG_OK && i < name.count; i++) {
        err = tg_dictionary_take(&index->dictionary, &index->key, &name.tokens[i], &held[i]);
        held[i] |= (uint32_t)name.tokens[i].tags << 24;
    }
    if (err != TG_OK) return tg_fail(em, err, "name index cannot grow beyond %zu names", index->heads.count);
    name_put(index, entry, &name, held);
    merge_large(index);
    return TG_OK;
}

tg_err tg_name_index_remove(struct tg_name_index *index, uint64_t id)
{
    struct tg_map_it it = tg_map_find(&index->names_of_id, id_key(&index->key, id));
    struct tg_name_head *heads = index->heads.data;
    uint32_t name;
    tg_err err = TG_ENOENT;
    while (tg_map_next(&it, &name)) {
        if (tg_id(index, name) != id || (heads[name].flags & TG_STORED_REMOVED) != 0) continue;
        heads[name].flags = (heads[name].flags | TG_STORED_REMOVED) & 255U;
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
    for (uint32_t i = 0; err == TG_OK && i < index->heads.count; i++) {
        struct tg_unpacked known;
        if ((tg_head(index, i)->flags & TG_STORED_REMOVED) != 0) continue;
        tg_features_unpack(index, i, &known);
        struct tg_name_entry entry = {.id = tg_id(index, i),
                                      .text = tg_stored_text(index, i),
                                      .kind = tg_kind(tg_head(index, i)),
                                      .features = known.features};
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
    if (index->removed > index->heads.count / 4) err = compact(index);
    if (err == TG_OK) err = merge_all(index);
    if (err != TG_OK) return err;
    tg_vec_trim(&index->heads, sizeof(struct tg_name_head));
    tg_vec_trim(&index->rows, sizeof(struct tg_name_row));
    tg_vec_trim(&index->ids, sizeof(uint64_t));
    tg_vec_trim(&index->texts, 1);
    tg_vec_trim(&index->more, sizeof(uint32_t));
    tg_vec_trim(&index->features, sizeof(uint16_t));
    return TG_OK;
}

void tg_name_index_stats(const struct tg_name_index *index, struct tg_name_index_stats *ret_stats)
{
    size_t bytes = sizeof *index + tg_dictionary_bytes(&index->dictionary);
    bytes += tg_map_bytes(&index->names_of_joined) + tg_map_bytes(&index->names_of_id) +
             tg_postings_bytes(&index->names_of_token);
    bytes += index->heads.capacity * sizeof(struct tg_name_head) +
             index->rows.capacity * sizeof(struct tg_name_row) + index->ids.capacity * sizeof(uint64_t);
    bytes += index->texts.capacity + index->more.capacity * sizeof(uint32_t) +
             index->features.capacity * sizeof(uint16_t);
    *ret_stats = (struct tg_name_index_stats){.names = index->heads.count - index->removed,
                                              .tokens = index->dictionary.tokens.offsets.count,
                                              .bytes = bytes};
}
