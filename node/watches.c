/* The table of standing queries: in memory by the first token of each term, on disk a sealed row each.
 *
 * Knows no record; what fits is found in watches_match.c. Stored rows: docs/formats-store.md "watch".
 */
#include "node/watches.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "match/name_index.h"
#include "node/notices.h"

#define NAME_BYTES 24
#define STATE_NAME "watches"
#define FLAG_EVERYONE 1
#define FLAG_END_TOLD 2
#define PLAIN_BYTES_MAX (4 + 8 + 8 + 1 + 1 + 32 + TG_WATCH_TEXTS * (2 + TG_WATCH_TEXT_BYTES_MAX))
#define VALUE_BYTES_MAX (TG_XAEAD_NONCE_BYTES + PLAIN_BYTES_MAX + TG_AEAD_TAG_BYTES)

static const char *const text_names[TG_WATCH_TEXTS] = {
    [TG_WATCH_LABEL] = "label",   [TG_WATCH_USER] = "user",         [TG_WATCH_TEXT] = "text",
    [TG_WATCH_NAME] = "name",     [TG_WATCH_BIRTH] = "birth",       [TG_WATCH_NATIONALITY] = "nationality",
    [TG_WATCH_SEX] = "sex",       [TG_WATCH_TYPE] = "type",         [TG_WATCH_VALUE] = "value",
    [TG_WATCH_ORIGIN] = "origin", [TG_WATCH_FACILITY] = "facility", [TG_WATCH_LIST] = "list",
};

const char *tg_watch_text_name(enum tg_watch_text text)
{
    return text_names[text];
}

void tg_watch_title(const struct tg_watch *watch, char out[static TG_WATCH_TITLE_BYTES])
{
    const char *label = watch->spec.texts[TG_WATCH_LABEL];
    (void)snprintf(out, TG_WATCH_TITLE_BYTES, label[0] ? "watch %" PRIu32 " '%s'" : "watch %" PRIu32 "%s",
                   watch->id, label);
}

/* ---- life ---- */

static tg_err names_new(struct tg_node *node, struct tg_name_index **ret_names)
{
    struct tg_token_key key;
    tg_err err = tg_vault_derive(node->vault, "names", key.bytes, sizeof key.bytes);
    struct tg_name_index *names = err ? NULL : tg_name_index_new(&key);
    if (!names) return err ? err : TG_ENOMEM;
    *ret_names = names;
    return TG_OK;
}

tg_err tg_watches_new(struct tg_node *node)
{
    struct tg_watches *watches = calloc(1, sizeof *watches);
    if (!watches) return TG_ENOMEM;
    node->watches = watches;
    watches->next = 1;
    tg_err err = tg_vault_derive(node->vault, "watches", watches->key, sizeof watches->key);
    return err ? err : names_new(node, &watches->names);
}

void tg_watches_free(struct tg_node *node)
{
    struct tg_watches *watches = node->watches;
    if (!watches) return;
    for (size_t i = 0; i < watches->count; i++) tg_watch_free(watches->items[i]);
    tg_name_index_free(watches->names);
    tg_wipe(watches->key, sizeof watches->key);
    free(watches->items);
    free(watches->slots);
    free(watches->hits);
    free(watches);
    node->watches = NULL;
}

size_t tg_watches_count(const struct tg_node *node)
{
    return node->watches->count;
}

const struct tg_watch *tg_watches_at(const struct tg_node *node, size_t place)
{
    return node->watches->items[place];
}

/* Where it stands, or would. */
static size_t place_of(const struct tg_watches *watches, uint32_t id)
{
    size_t low = 0, high = watches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watches->items[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct tg_watch *tg_watches_find(const struct tg_node *node, uint32_t id)
{
    size_t place = place_of(node->watches, id);
    bool there = place < node->watches->count && node->watches->items[place]->id == id;
    return there ? node->watches->items[place] : NULL;
}

/* ---- by token ---- */

static void slot_put(struct tg_watches *watches, struct tg_watch *watch, const struct tg_watch_term *term)
{
    uint64_t key = 0;
    memcpy(&key, term->tokens[0].bytes, sizeof key);
    size_t at = (size_t)key & (watches->slot_count - 1);
    while (watches->slots[at].term) at = (at + 1) & (watches->slot_count - 1);
    watches->slots[at] = (struct tg_watch_slot){.key = key, .watch = watch, .term = term};
}

static void slots_put(struct tg_watches *watches, struct tg_watch *watch)
{
    for (size_t i = 0; i < watch->term_count; i++) slot_put(watches, watch, &watch->terms[i]);
}

/* Made anew when one goes or the room is used up: changes are rare, look-ups are not. */
static tg_err slots_make(struct tg_watches *watches)
{
    size_t terms = 0, capacity = 16;
    watches->loose_count = 0;
    for (size_t i = 0; i < watches->count; i++) {
        terms += watches->items[i]->term_count;
        watches->loose_count += watches->items[i]->loose;
    }
    while (capacity < 2 * terms) capacity *= 2;
    struct tg_watch_slot *slots = calloc(capacity, sizeof *slots);
    if (!slots) return TG_ENOMEM;
    free(watches->slots);
    watches->slots = slots;
    watches->slot_count = terms ? capacity : 0;
    watches->term_count = terms;
    for (size_t i = 0; i < watches->count; i++) slots_put(watches, watches->items[i]);
    return TG_OK;
}

static tg_err slots_add(struct tg_watches *watches, struct tg_watch *watch)
{
    size_t terms = watches->term_count + watch->term_count;
    if (2 * terms > watches->slot_count) return slots_make(watches);
    watches->term_count = terms;
    watches->loose_count += watch->loose;
    slots_put(watches, watch);
    return TG_OK;
}

static const char *name_text(const struct tg_watch *watch, size_t which)
{
    bool typed = which == 0 && watch->spec.texts[TG_WATCH_TEXT][0] &&
                 (watch->name_count == 2 || !watch->spec.texts[TG_WATCH_NAME][0]);
    return watch->spec.texts[typed ? TG_WATCH_TEXT : TG_WATCH_NAME];
}

/* Without dates and the like: these names only say which queries are worth scoring. */
static tg_err names_put(struct tg_watches *watches, const struct tg_watch *watch)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < watch->name_count && !err; i++) {
        char *text = strdup(name_text(watch, i));
        struct tg_date ignored;
        if (!text) return TG_ENOMEM;
        tg_asked_date_take(text, &ignored);
        struct tg_name_entry entry = {.id = 2 * (uint64_t)watch->id + i,
                                      .text = tg_text_trim(tg_view_str(text)),
                                      .kind = TG_NAME_PRIMARY};
        err = tg_name_index_add(watches->names, &entry, NULL);
        free(text);
        if (!err) watches->name_count++;
    }
    return err;
}

static void names_take(struct tg_watches *watches, const struct tg_watch *watch)
{
    for (size_t i = 0; i < watch->name_count; i++)
        if (!tg_name_index_remove(watches->names, 2 * (uint64_t)watch->id + i)) watches->name_count--;
}

/* Ids only grow, so a new one comes last. */
static tg_err item_put(struct tg_watches *watches, struct tg_watch *watch)
{
    if (watches->count == watches->capacity) {
        size_t capacity = watches->capacity ? watches->capacity * 2 : 16;
        struct tg_watch **moved = realloc(watches->items, capacity * sizeof(*moved));
        if (!moved) return TG_ENOMEM;
        watches->items = moved;
        watches->capacity = capacity;
    }
    tg_err err = names_put(watches, watch);
    if (err) {
        names_take(watches, watch);
        return err;
    }
    watches->items[watches->count++] = watch;
    return TG_OK;
}

static void item_take(struct tg_watches *watches, size_t place)
{
    struct tg_watch *watch = watches->items[place];
    names_take(watches, watch);
    watches->count--;
    memmove(watches->items + place, watches->items + place + 1,
            (watches->count - place) * sizeof(*watches->items));
    tg_watch_free(watch);
}

/* ---- on disk ---- */

static void name_of(uint32_t id, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "watch/%010" PRIu32, id);
}

static void encode(const struct tg_watch *watch, struct tg_wr *wr)
{
    const struct tg_watch_spec *spec = &watch->spec;
    uint8_t kinds[32] = {0};
    for (size_t i = 0; i < 256; i++) kinds[i / 8] |= (uint8_t)(spec->kinds[i] << (i % 8));
    tg_wr_u32(wr, spec->uid);
    tg_wr_u64(wr, (uint64_t)spec->made_ms);
    tg_wr_u64(wr, (uint64_t)spec->until_ms);
    tg_wr_u8(wr, (uint8_t)((spec->everyone ? FLAG_EVERYONE : 0) | (watch->end_told ? FLAG_END_TOLD : 0)));
    tg_wr_put(wr, kinds, sizeof kinds);
    tg_wr_u8(wr, TG_WATCH_TEXTS);
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++) {
        size_t bytes = strlen(spec->texts[i]);
        tg_wr_u16(wr, (uint16_t)bytes);
        tg_wr_put(wr, spec->texts[i], bytes);
    }
}

/* Texts in the arena. Those that are newer than this program are passed over. */
static tg_err decode(struct tg_view plain, struct tg_arena *arena, struct tg_watch_spec *spec,
                     bool *ret_end_told)
{
    struct tg_rd rd = tg_rd_init(plain);
    uint8_t kinds[32];
    spec->uid = tg_rd_u32(&rd);
    spec->made_ms = (int64_t)tg_rd_u64(&rd);
    spec->until_ms = (int64_t)tg_rd_u64(&rd);
    uint8_t flags = tg_rd_u8(&rd);
    tg_rd_copy(&rd, kinds, sizeof kinds);
    size_t texts = tg_rd_u8(&rd);
    if (rd.err) return TG_EDAMAGED;
    spec->everyone = flags & FLAG_EVERYONE;
    *ret_end_told = flags & FLAG_END_TOLD;
    for (size_t i = 0; i < 256; i++) spec->has_kinds |= spec->kinds[i] = kinds[i / 8] >> (i % 8) & 1;
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++) spec->texts[i] = "";
    for (size_t i = 0; i < texts; i++) {
        struct tg_view text = tg_rd_view(&rd, tg_rd_u16(&rd));
        if (i < TG_WATCH_TEXTS && !(spec->texts[i] = tg_arena_text(arena, text))) return TG_ENOMEM;
    }
    return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
}

struct writing {
    struct tg_node *node;
    const struct tg_watch *watch; /* NULL: remove that id */
    uint32_t id, next;
    uint8_t value[VALUE_BYTES_MAX];
};

static tg_err seal_put(struct writing *writing, struct tg_wtxn *txn, const char *name, size_t plain_bytes)
{
    uint8_t *value = writing->value;
    tg_random_fill(writing->node->random, value, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(writing->node->watches->key, value, tg_view_str(name),
                  tg_view_of(value + TG_XAEAD_NONCE_BYTES, plain_bytes), value + TG_XAEAD_NONCE_BYTES);
    struct tg_view sealed = tg_view_of(value, TG_XAEAD_NONCE_BYTES + plain_bytes + TG_AEAD_TAG_BYTES);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), sealed);
}

static tg_err write_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    struct writing *writing = ctx;
    char name[NAME_BYTES];
    name_of(writing->id, name);
    if (!writing->watch) return tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
    struct tg_wr wr = tg_wr_init(writing->value + TG_XAEAD_NONCE_BYTES, PLAIN_BYTES_MAX);
    encode(writing->watch, &wr);
    tg_err err = wr.err ? wr.err : seal_put(writing, txn, name, wr.at);
    wr = tg_wr_init(writing->value + TG_XAEAD_NONCE_BYTES, PLAIN_BYTES_MAX);
    tg_wr_u32(&wr, writing->next);
    return err ? err : seal_put(writing, txn, STATE_NAME, wr.at);
}

static tg_err row_write(struct tg_node *node, uint32_t id, const struct tg_watch *watch, struct tg_errmsg *em)
{
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) return TG_ENOMEM;
    writing->node = node;
    writing->watch = watch;
    writing->id = id;
    writing->next = node->watches->next > id ? node->watches->next : id + 1;
    tg_err err = tg_store_write(node->store, write_txn, writing, em);
    tg_wipe(writing->value, sizeof writing->value);
    free(writing);
    return err;
}

/* An origin may no longer be known, and the like: the query stands in its list, and raises nothing. */
static tg_err watch_restore(struct tg_node *node, uint32_t id, const struct tg_watch_spec *spec,
                            bool end_told)
{
    struct tg_watch *watch = NULL;
    struct tg_errmsg why = {.text = ""};
    tg_err err = tg_watch_compile(node, spec, &watch, &why);
    if (err && err != TG_ENOMEM) {
        tg_event(node->events, TG_EV_WATCH_IDLE, TG_F_NUM("watch", id), TG_F_TEXT("why", why.text));
        err = tg_watch_idle(spec, &watch);
    }
    if (err) return err;
    watch->id = id;
    watch->end_told = end_told;
    err = item_put(node->watches, watch);
    if (err) tg_watch_free(watch);
    return err;
}

static tg_err open_row(struct tg_node *node, struct tg_view name, struct tg_view value)
{
    static const char front[] = "watch/";
    uint8_t plain[PLAIN_BYTES_MAX];
    bool state = tg_view_equal_str(name, STATE_NAME);
    uint64_t id = 0;
    if (!state && !tg_view_starts_with(name, front)) return TG_OK;
    struct tg_view digits = tg_view_of(name.data + sizeof front - 1, name.bytes - (sizeof front - 1));
    if (!state && tg_text_u64(digits, UINT32_MAX - 1, &id)) return TG_EDAMAGED;
    size_t overhead = TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES;
    if (value.bytes < overhead || value.bytes > VALUE_BYTES_MAX) return TG_EDAMAGED;
    struct tg_view sealed = tg_view_of(value.data + TG_XAEAD_NONCE_BYTES, value.bytes - TG_XAEAD_NONCE_BYTES);
    if (tg_xaead_open(node->watches->key, value.data, name, sealed, plain)) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, value.bytes - overhead));
    if (state) {
        uint32_t next = tg_rd_u32(&rd);
        if (next > node->watches->next) node->watches->next = next;
        return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
    }
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_WATCH_BUDGET_BYTES);
    struct tg_watch_spec spec = {.uid = 0};
    bool end_told = false;
    tg_err err = decode(tg_view_of(plain, value.bytes - overhead), &arena, &spec, &end_told);
    if (id >= node->watches->next) node->watches->next = (uint32_t)id + 1;
    return err ? err : watch_restore(node, (uint32_t)id, &spec, end_told);
}

tg_err tg_watches_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) err = open_row(node, name, value);
    tg_store_scan_release(&scan);
    if (err == TG_ENOENT) err = slots_make(node->watches);
    return err ? tg_fail(em, err, "a stored standing query is damaged; restore the store from a backup")
               : TG_OK;
}

/* ---- changes ---- */

static tg_err room_check(const struct tg_node *node, uint32_t uid, struct tg_errmsg *em)
{
    size_t of_user = 0;
    for (size_t i = 0; i < node->watches->count; i++) of_user += node->watches->items[i]->spec.uid == uid;
    if (of_user >= TG_WATCHES_USER_MAX)
        return tg_fail(em, TG_ELIMIT,
                       "you have %d standing queries, as many as there may be: remove one first",
                       TG_WATCHES_USER_MAX);
    if (node->watches->count >= TG_WATCHES_MAX)
        return tg_fail(em, TG_ELIMIT,
                       "there are %d standing queries, as many as there may be: an admin can "
                       "remove those of others",
                       TG_WATCHES_MAX);
    return TG_OK;
}

static tg_err texts_check(const struct tg_watch_spec *spec, struct tg_errmsg *em)
{
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++) {
        size_t max = i == TG_WATCH_LABEL ? TG_WATCH_LABEL_BYTES_MAX : TG_WATCH_TEXT_BYTES_MAX;
        if (strlen(spec->texts[i]) > max)
            return tg_fail(em, TG_ELIMIT, "'%s' of a standing query is longer than %zu bytes", text_names[i],
                           max);
    }
    return TG_OK;
}

tg_err tg_watches_add(struct tg_node *node, const struct tg_watch_spec *spec, uint32_t *ret_id,
                      struct tg_errmsg *em)
{
    struct tg_watches *watches = node->watches;
    struct tg_watch *watch = NULL;
    tg_err err = room_check(node, spec->uid, em);
    if (!err) err = texts_check(spec, em);
    if (!err) err = tg_watch_compile(node, spec, &watch, em);
    if (err) return err;
    watch->id = watches->next;
    err = row_write(node, watch->id, watch, em);
    if (!err) err = item_put(watches, watch);
    if (err) {
        tg_watch_free(watch);
        return err;
    }
    *ret_id = watches->next++;
    return slots_add(watches, watch);
}

tg_err tg_watches_remove(struct tg_node *node, uint32_t id, struct tg_errmsg *em)
{
    size_t place = place_of(node->watches, id);
    if (place == node->watches->count || node->watches->items[place]->id != id)
        return tg_fail(em, TG_ENOENT, "no standing query %" PRIu32 ": 'tamga watch list' shows them", id);
    tg_err err = row_write(node, id, NULL, em);
    if (err) return err;
    item_take(node->watches, place);
    return slots_make(node->watches);
}

/* ---- what time brings ---- */

static void tell(struct tg_node *node, const struct tg_watch *watch, const char *what)
{
    char title[TG_WATCH_TITLE_BYTES];
    struct tg_notice notice = {.kind = TG_NOTICE_WATCH,
                               .log = TG_NOTICE_NO_LOG,
                               .other_log = TG_NOTICE_NO_LOG,
                               .watch = watch->id,
                               .owner = watch->spec.everyone ? TG_NOTICE_EVERYONE : watch->spec.uid,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    tg_watch_title(watch, title);
    (void)snprintf(notice.text, sizeof notice.text, "%s %s", title, what);
    tg_notices_put(node, &notice);
}

static tg_err tick_one(struct tg_node *node, struct tg_watch *watch, int64_t now_us, struct tg_errmsg *em)
{
    char what[128];
    if (watch->unsaid && now_us - watch->burst_us >= TG_WATCH_BURST_US) {
        (void)snprintf(what, sizeof what,
                       "fitted %" PRIu32 " more records within a minute: a query lists them", watch->unsaid);
        watch->unsaid = 0;
        tell(node, watch, what);
    }
    bool over = watch->spec.until_ms <= tg_clock_wall_ms(node->clock);
    if (!over) watch->end_told = false; /* told by a clock that was ahead */
    if (!over || watch->end_told) return TG_OK;
    watch->end_told = true;
    tg_err err = row_write(node, watch->id, watch, em);
    if (err == TG_ESPACE) watch->end_told = false;
    if (err) return err == TG_ESPACE ? TG_OK : err;
    tell(node, watch, "has ended and raises nothing any more: add it again if it is still needed");
    return TG_OK;
}

tg_err tg_watches_tick(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_watches *watches = node->watches;
    int64_t now_us = tg_clock_mono_us(node->clock);
    if (!watches->count || now_us - watches->ticked_us < TG_WATCH_TICK_US) return TG_OK;
    watches->ticked_us = now_us;
    tg_err err = TG_OK;
    for (size_t i = 0; i < watches->count && !err; i++) err = tick_one(node, watches->items[i], now_us, em);
    return err;
}
