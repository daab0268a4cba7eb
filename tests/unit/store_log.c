/* Tables of the log: what goes in comes out, in order, and no further than it should. */
#include "store_help.h"

static uint8_t node_a[32], node_b[32], node_c[32];

static void nodes(void)
{
    help_id(10, node_a);
    help_id(90, node_b);
    help_id(200, node_c);
}

/* A write transaction as a lambda: fn sees the store through txn and checks for itself. */
static void write_ok(struct tg_store *store, tg_store_fn fn, void *ctx)
{
    help_ok(tg_store_write(store, fn, ctx, &help_em));
}

TestSuite(store_log, .init = nodes);

/* ---- logs ---- */

static tg_err two_logs(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    uint32_t log = 99;
    cr_assert_eq(tg_store_log_find(tg_wtxn_read(txn), node_a, 1, &log), TG_ENOENT);
    cr_assert_eq(log, 99, "untouched on failure");
    cr_assert_eq(tg_store_log_ensure(txn, node_a, 1, &log), TG_OK);
    cr_assert_eq(log, 0);
    cr_assert_eq(tg_store_log_ensure(txn, node_b, 1, &log), TG_OK);
    cr_assert_eq(log, 1);
    cr_assert_eq(tg_store_log_ensure(txn, node_a, 2, &log), TG_OK);
    cr_assert_eq(log, 2, "another epoch is another log");
    cr_assert_eq(tg_store_log_ensure(txn, node_a, 1, &log), TG_OK);
    cr_assert_eq(log, 0, "the same log keeps its number");
    return TG_OK;
}

Test(store_log, numbers_logs_densely_and_remembers_them)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, two_logs, NULL);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    struct tg_rtxn *txn = NULL;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    uint32_t count = 0, epoch = 0;
    uint8_t origin[32];
    cr_assert_eq(tg_store_log_count(txn, &count), TG_OK);
    cr_assert_eq(count, 3);
    cr_assert_eq(tg_store_log_name(txn, 2, origin, &epoch), TG_OK);
    cr_assert_arr_eq(origin, node_a, 32);
    cr_assert_eq(epoch, 2);
    cr_assert_eq(tg_store_log_name(txn, 3, origin, &epoch), TG_ENOENT);
    tg_store_read_end(txn);
    tg_store_close(store);
}

/* ---- entries ---- */

static uint8_t leaf_of[33], manifest_of[256], signature_of[64], stanzas_of[176];

static struct tg_store_entry bare(uint8_t seed)
{
    memset(leaf_of, seed, sizeof leaf_of);
    return (struct tg_store_entry){.state = seed, .leaf = leaf_of};
}

static struct tg_store_entry sealed(uint8_t seed, struct tg_buf *slots)
{
    struct tg_store_entry entry = bare(seed);
    memset(manifest_of, seed + 1, sizeof manifest_of);
    memset(signature_of, seed + 2, sizeof signature_of);
    memset(stanzas_of, seed + 3, sizeof stanzas_of);
    struct tg_store_slot list[2] = {{.slot = 1}, {.slot = 0}};
    memcpy(list[0].node, node_a, 32);
    memcpy(list[1].node, node_b, 32);
    tg_buf_clear(slots);
    cr_assert_eq(tg_store_slots_encode(list, 2, slots), TG_OK);
    entry.has_envelope = true;
    entry.manifest = manifest_of;
    entry.signature = signature_of;
    entry.slots = tg_buf_view(slots);
    entry.stanzas = TG_VIEW_ARRAY(stanzas_of);
    return entry;
}

static tg_err some_entries(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    struct tg_store_entry entry = bare(5);
    cr_assert_eq(tg_store_entry_append(txn, 0, 1, &entry), TG_EPOSITION, "no hole");
    cr_assert_eq(tg_store_entry_append(txn, 0, 0, &entry), TG_OK);
    cr_assert_eq(tg_store_entry_append(txn, 0, 0, &entry), TG_EPOSITION, "not twice");
    entry = sealed(6, &slots);
    cr_assert_eq(tg_store_entry_append(txn, 0, 1, &entry), TG_OK);
    entry = bare(7);
    cr_assert_eq(tg_store_entry_append(txn, 0, 2, &entry), TG_OK);
    entry = bare(8);
    cr_assert_eq(tg_store_entry_append(txn, 1, 0, &entry), TG_OK, "logs are independent");
    uint64_t held = 0;
    cr_assert_eq(tg_store_log_held(tg_wtxn_read(txn), 0, &held), TG_OK);
    cr_assert_eq(held, 3);
    cr_assert_eq(tg_store_log_held(tg_wtxn_read(txn), 7, &held), TG_OK);
    cr_assert_eq(held, 0);
    return TG_OK;
}

static tg_err fill_leaf(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    struct tg_store_entry entry = sealed(9, &slots);
    cr_assert_eq(tg_store_entry_replace(txn, 0, 0, &entry), TG_EHASH, "a leaf is never rewritten");
    entry = sealed(5, &slots);
    cr_assert_eq(tg_store_entry_replace(txn, 0, 0, &entry), TG_OK);
    cr_assert_eq(tg_store_entry_state(txn, 0, 0, 42), TG_OK);
    cr_assert_eq(tg_store_entry_state(txn, 0, 9, 42), TG_ENOENT);
    return TG_OK;
}

Test(store_log, keeps_entries_without_holes_and_never_rewrites_a_leaf)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, some_entries, NULL);
    write_ok(store, fill_leaf, NULL);
    struct tg_rtxn *txn = NULL;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    struct tg_store_entry entry = {0};
    cr_assert_eq(tg_store_entry_get(txn, 0, 0, &entry), TG_OK);
    cr_assert(entry.has_envelope);
    cr_assert_eq(entry.state, 42);
    cr_assert_eq(entry.leaf[32], 5);
    cr_assert_eq(entry.manifest[255], 6);
    cr_assert_eq(entry.signature[63], 7);
    cr_assert_eq(entry.stanzas.bytes, 176);
    cr_assert_eq(entry.stanzas.data[175], 8);
    cr_assert_eq(tg_store_slots_count(entry.slots), 2);
    cr_assert_eq(tg_store_slots_at(entry.slots, 0).slot, 1);
    uint8_t slot = 77;
    cr_assert_eq(tg_store_slots_find(entry.slots, node_b, &slot), TG_OK);
    cr_assert_eq(slot, 0);
    cr_assert_eq(tg_store_slots_find(entry.slots, node_c, &slot), TG_ENOENT);
    cr_assert_eq(tg_store_entry_get(txn, 0, 2, &entry), TG_OK);
    cr_assert(!entry.has_envelope);
    cr_assert_eq(tg_store_entry_get(txn, 0, 3, &entry), TG_ENOENT);
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    cr_assert_eq(tg_store_scan_entries(txn, 0, 1, &scan), TG_OK);
    uint64_t index = 0;
    cr_assert_eq(tg_store_entry_next(&scan, &index, &entry), TG_OK);
    cr_assert_eq(index, 1);
    cr_assert_eq(tg_store_entry_next(&scan, &index, &entry), TG_OK);
    cr_assert_eq(index, 2);
    cr_assert_eq(tg_store_entry_next(&scan, &index, &entry), TG_ENOENT, "stops at the end of its log");
    cr_assert_eq(tg_store_entry_next(&scan, &index, &entry), TG_ENOENT, "and stays there");
    tg_store_read_end(txn);
    tg_store_close(store);
}

static tg_err early_entry(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    struct tg_store_entry entry = sealed(30, &slots);
    cr_assert_eq(tg_store_early_put(txn, 0, 500, &entry), TG_OK, "far above what is held");
    cr_assert_eq(tg_store_early_get(tg_wtxn_read(txn), 0, 500, &entry), TG_OK);
    /* Moved straight from its view once its turn has come. */
    cr_assert_eq(tg_store_entry_append(txn, 0, 0, &entry), TG_OK);
    cr_assert_eq(tg_store_early_del(txn, 0, 500), TG_OK);
    cr_assert_eq(tg_store_early_del(txn, 0, 500), TG_ENOENT);
    cr_assert_eq(tg_store_entry_get(tg_wtxn_read(txn), 0, 0, &entry), TG_OK);
    cr_assert_eq(entry.manifest[0], 31);
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint64_t index = 0;
    cr_assert_eq(tg_store_scan_early(tg_wtxn_read(txn), 0, 0, &scan), TG_OK);
    cr_assert_eq(tg_store_entry_next(&scan, &index, &entry), TG_ENOENT);
    return TG_OK;
}

Test(store_log, moves_an_early_envelope_into_its_place)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, early_entry, NULL);
    tg_store_close(store);
}

/* ---- bytes by place ---- */

static tg_err places(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    const struct tg_rtxn *read = tg_wtxn_read(txn);
    for (uint64_t i = 10; i > 0; i--) {
        uint8_t byte = (uint8_t)i;
        cr_assert_eq(tg_store_place_put(txn, TG_PLACE_WANTED, 3, i * 1000, tg_view_of(&byte, 1)), TG_OK);
    }
    cr_assert_eq(tg_store_place_put(txn, TG_PLACE_WANTED, 4, 0, tg_view_of(NULL, 0)), TG_OK, "may be empty");
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    cr_assert_eq(tg_store_scan_place(read, TG_PLACE_WANTED, 3, 2500, &scan), TG_OK);
    uint64_t index = 0, expected = 3000;
    struct tg_view value;
    while (tg_store_place_next(&scan, &index, &value) == TG_OK) {
        cr_assert_eq(index, expected);
        cr_assert_eq(value.data[0], expected / 1000);
        expected += 1000;
    }
    cr_assert_eq(expected, 11000);
    cr_assert_eq(tg_store_place_del(txn, TG_PLACE_WANTED, 3, 1000), TG_OK);
    cr_assert_eq(tg_store_place_get(read, TG_PLACE_WANTED, 3, 1000, &value), TG_ENOENT);
    cr_assert_eq(tg_store_place_get(read, TG_PLACE_BODY, 3, 2000, &value), TG_ENOENT, "tables are apart");
    return TG_OK;
}

Test(store_log, walks_what_is_wanted_in_order)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, places, NULL);
    tg_store_close(store);
}

static tg_err largest_body(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    cr_assert_eq(tg_store_place_put(txn, TG_PLACE_BODY, 0, 0, tg_view_of(ctx, TG_BODY_BYTES_MAX + 1)),
                 TG_ELIMIT);
    return tg_store_place_put(txn, TG_PLACE_BODY, 0, 0, tg_view_of(ctx, TG_BODY_BYTES_MAX));
}

Test(store_log, takes_the_largest_body_and_not_one_byte_more)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint8_t *body = calloc(1, TG_BODY_BYTES_MAX + 1);
    body[TG_BODY_BYTES_MAX - 1] = 3;
    write_ok(store, largest_body, body);
    struct tg_rtxn *txn = NULL;
    struct tg_view value = {0};
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    cr_assert_eq(tg_store_place_get(txn, TG_PLACE_BODY, 0, 0, &value), TG_OK);
    cr_assert_eq(value.bytes, TG_BODY_BYTES_MAX);
    cr_assert_eq(value.data[TG_BODY_BYTES_MAX - 1], 3);
    tg_store_read_end(txn);
    tg_store_close(store);
    free(body);
}

/* Deleting what the scan just gave is how a table is emptied. */
static tg_err delete_while_walking(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    for (uint64_t i = 0; i < 2000; i++)
        cr_assert_eq(tg_store_place_put(txn, TG_PLACE_WANTED, 0, i, tg_view_str("again")), TG_OK);
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    cr_assert_eq(tg_store_scan_place(tg_wtxn_read(txn), TG_PLACE_WANTED, 0, 0, &scan), TG_OK);
    uint64_t index = 0, seen = 0;
    struct tg_view value;
    for (; tg_store_place_next(&scan, &index, &value) == TG_OK; seen++) {
        cr_assert_eq(index, seen);
        if (index % 3) cr_assert_eq(tg_store_place_del(txn, TG_PLACE_WANTED, 0, index), TG_OK);
    }
    cr_assert_eq(seen, 2000);
    return TG_OK;
}

Test(store_log, may_delete_while_it_walks)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, delete_while_walking, NULL);
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert_eq(stats.wanted, 667);
    tg_store_close(store);
}

/* ---- tree and heads ---- */

static void hash_of(uint8_t level, uint64_t index, uint8_t out[32])
{
    memset(out, 0, 32);
    out[0] = level;
    tg_be64_put(out + 1, index);
}

static tg_err tree_of_1000(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    uint8_t hash[32];
    for (uint64_t leaf = 0; leaf < 1000; leaf++) {
        uint64_t index = leaf;
        for (uint8_t level = 0;; level++, index >>= 1) {
            hash_of(level, index, hash);
            cr_assert_eq(tg_store_tree_put(txn, 4, level, index, hash), TG_OK);
            if (!(index & 1)) break;
        }
    }
    cr_assert_eq(tg_store_tree_put(txn, 4, 64, 0, hash), TG_ELIMIT);
    cr_assert_eq(tg_store_tree_put(txn, 4, 63, 1, hash), TG_ELIMIT, "its last leaf has no number");
    return tg_store_frontier_put(txn, 4, 1000, tg_view_str("edge"));
}

Test(store_log, finds_each_complete_subtree)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, tree_of_1000, NULL);
    struct tg_rtxn *txn = NULL;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    for (uint8_t level = 0; level < 12; level++) {
        for (uint64_t index = 0; index < 1100; index++) {
            uint8_t hash[32], expected[32];
            bool complete = ((index + 1) << level) <= 1000;
            tg_err err = tg_store_tree_get(txn, 4, level, index, hash);
            cr_assert_eq(err, complete ? TG_OK : TG_ENOENT);
            hash_of(level, index, expected);
            if (complete) cr_assert_arr_eq(hash, expected, 32);
        }
    }
    uint64_t size = 0;
    struct tg_view frontier;
    cr_assert_eq(tg_store_frontier_get(txn, 4, &size, &frontier), TG_OK);
    cr_assert_eq(size, 1000);
    cr_assert(tg_view_equal_str(frontier, "edge"));
    cr_assert_eq(tg_store_frontier_get(txn, 5, &size, &frontier), TG_ENOENT);
    tg_store_read_end(txn);
    tg_store_close(store);
}

static tg_err heads(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    struct tg_store_head head = {.size = 9}, back = {0};
    memset(head.root, 4, 32);
    cr_assert_eq(tg_store_head_put(txn, 0, TG_HEAD_TREE, &head), TG_OK);
    head.size = 8;
    head.note = tg_view_str("tamga/x/log/1\n8\n");
    cr_assert_eq(tg_store_head_put(txn, 0, TG_HEAD_SIGNED, &head), TG_OK);
    cr_assert_eq(tg_store_head_get(tg_wtxn_read(txn), 0, TG_HEAD_TREE, &back), TG_OK);
    cr_assert_eq(back.size, 9);
    cr_assert_eq(back.note.bytes, 0);
    cr_assert_eq(tg_store_head_get(tg_wtxn_read(txn), 0, TG_HEAD_SIGNED, &back), TG_OK);
    cr_assert_eq(back.size, 8);
    cr_assert_eq(back.root[31], 4);
    cr_assert(tg_view_equal(back.note, head.note));
    cr_assert_eq(tg_store_head_get(tg_wtxn_read(txn), 0, TG_HEAD_SEEN, &back), TG_ENOENT);
    /* From its own view to another kind. */
    cr_assert_eq(tg_store_head_put(txn, 0, TG_HEAD_SEEN, &back), TG_OK);
    cr_assert_eq(tg_store_head_get(tg_wtxn_read(txn), 0, TG_HEAD_SEEN, &back), TG_OK);
    cr_assert(tg_view_equal(back.note, head.note));
    static char long_note[TG_NOTE_BYTES_MAX + 1];
    head.note = tg_view_of(long_note, sizeof long_note);
    cr_assert_eq(tg_store_head_put(txn, 0, TG_HEAD_SIGNED, &head), TG_ELIMIT);
    return TG_OK;
}

Test(store_log, keeps_the_pending_head_apart_from_the_signed_one)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, heads, NULL);
    tg_store_close(store);
}

/* ---- by node ---- */

static tg_err receipts_and_recipients(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    const struct tg_rtxn *read = tg_wtxn_read(txn);
    cr_assert_eq(tg_store_by_put(txn, TG_BY_RECEIPT, 0, node_b, tg_view_str("b")), TG_OK);
    cr_assert_eq(tg_store_by_put(txn, TG_BY_RECEIPT, 0, node_a, tg_view_str("a")), TG_OK);
    cr_assert_eq(tg_store_by_put(txn, TG_BY_RECEIPT, 1, node_a, tg_view_str("other log")), TG_OK);
    cr_assert_eq(tg_store_by_put(txn, TG_BY_COSIG, 0, node_c, tg_view_str("c")), TG_OK);
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint8_t node[32];
    struct tg_view value;
    cr_assert_eq(tg_store_scan_by(read, TG_BY_RECEIPT, 0, &scan), TG_OK);
    cr_assert_eq(tg_store_by_next(&scan, node, &value), TG_OK);
    cr_assert_arr_eq(node, node_a, 32);
    cr_assert_eq(tg_store_by_next(&scan, node, &value), TG_OK);
    cr_assert(tg_view_equal_str(value, "b"));
    cr_assert_eq(tg_store_by_next(&scan, node, &value), TG_ENOENT);
    cr_assert_eq(tg_store_by_get(read, TG_BY_COSIG, 0, node_a, &value), TG_ENOENT);

    uint64_t last = 0;
    cr_assert_eq(tg_store_chain_get(read, 0, node_a, &last), TG_ENOENT);
    cr_assert_eq(tg_store_recipient_put(txn, node_a, 0, 5, 2), TG_OK);
    cr_assert_eq(tg_store_recipient_put(txn, node_a, 0, 900, 3), TG_OK);
    cr_assert_eq(tg_store_recipient_put(txn, node_a, 0, 40, 1), TG_OK);
    cr_assert_eq(tg_store_recipient_put(txn, node_a, 1, 6, 9), TG_OK);
    cr_assert_eq(tg_store_recipient_put(txn, node_b, 0, 7, 9), TG_OK);
    cr_assert_eq(tg_store_chain_get(read, 0, node_a, &last), TG_OK);
    cr_assert_eq(last, 900, "the chain never goes back");
    uint64_t index = 0;
    uint8_t slot = 0;
    TG_AUTO(tg_store_scan) struct tg_store_scan mine = {0};
    cr_assert_eq(tg_store_scan_recipient(read, node_a, 0, 6, &mine), TG_OK);
    cr_assert_eq(tg_store_recipient_next(&mine, &index, &slot), TG_OK);
    cr_assert(index == 40 && slot == 1);
    cr_assert_eq(tg_store_recipient_next(&mine, &index, &slot), TG_OK);
    cr_assert(index == 900 && slot == 3);
    cr_assert_eq(tg_store_recipient_next(&mine, &index, &slot), TG_ENOENT);
    cr_assert_eq(tg_store_recipient_next(&scan, &index, &slot), TG_EUSAGE, "a scan knows its table");
    cr_assert_eq(tg_store_recipient_get(read, node_b, 0, 7, &slot), TG_OK);
    cr_assert_eq(slot, 9);
    cr_assert_eq(tg_store_recipient_get(read, node_c, 0, 7, &slot), TG_ENOENT);
    return TG_OK;
}

Test(store_log, lists_envelopes_of_a_recipient_and_receipts_of_a_log)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, receipts_and_recipients, NULL);
    tg_store_close(store);
}

/* ---- by name and number ---- */

static tg_err named(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    const struct tg_rtxn *read = tg_wtxn_read(txn);
    struct tg_view value, name;
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_META, tg_view_str("boot"), tg_view_str("1")), TG_OK);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_META, tg_view_str("store/format"), tg_view_str("x")),
                 TG_EDENIED);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_META, tg_view_str(""), tg_view_str("x")), TG_EUSAGE);
    static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123";
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_META, tg_view_of(long_name, 64), tg_view_str("x")), TG_OK);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_META, tg_view_of(long_name, 65), tg_view_str("x")),
                 TG_EUSAGE);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_PEER, tg_view_of(node_a, 31), tg_view_str("x")), TG_EUSAGE);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_PEER, tg_view_of(node_b, 32), tg_view_str("B")), TG_OK);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_PEER, tg_view_of(node_a, 32), tg_view_str("A")), TG_OK);
    cr_assert_eq(tg_store_named_put(txn, TG_NAMED_BLOCKED, tg_view_of(node_a, 16), tg_view_str("no")), TG_OK);
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    cr_assert_eq(tg_store_scan_named(read, TG_NAMED_PEER, &scan), TG_OK);
    cr_assert_eq(tg_store_named_next(&scan, &name, &value), TG_OK);
    cr_assert(tg_view_equal_str(value, "A"));
    cr_assert_eq(tg_store_named_next(&scan, &name, &value), TG_OK);
    cr_assert(tg_view_equal(name, tg_view_of(node_b, 32)));
    cr_assert_eq(tg_store_named_next(&scan, &name, &value), TG_ENOENT);
    TG_AUTO(tg_store_scan) struct tg_store_scan meta = {0};
    size_t names = 0;
    cr_assert_eq(tg_store_scan_named(read, TG_NAMED_META, &meta), TG_OK);
    for (; tg_store_named_next(&meta, &name, &value) == TG_OK; names++)
        cr_assert(!tg_view_starts_with(name, "store/"), "the store's own are not shown");
    cr_assert_eq(names, 2);
    cr_assert_eq(tg_store_named_del(txn, TG_NAMED_PEER, tg_view_of(node_a, 32)), TG_OK);
    cr_assert_eq(tg_store_named_get(read, TG_NAMED_PEER, tg_view_of(node_a, 32), &value), TG_ENOENT);
    uint64_t number = 7;
    cr_assert_eq(tg_store_numbered_append(txn, TG_NUMBERED_CONFLICT, tg_view_str("zero"), &number), TG_OK);
    cr_assert_eq(number, 0);
    cr_assert_eq(tg_store_numbered_append(txn, TG_NUMBERED_CONFLICT, tg_view_str("one"), &number), TG_OK);
    cr_assert_eq(number, 1);
    cr_assert_eq(tg_store_numbered_append(txn, TG_NUMBERED_WATCH, tg_view_str("w"), &number), TG_OK);
    cr_assert_eq(number, 0);
    cr_assert_eq(tg_store_numbered_get(read, TG_NUMBERED_CONFLICT, 1, &value), TG_OK);
    cr_assert(tg_view_equal_str(value, "one"));
    cr_assert_eq(tg_store_numbered_del(txn, TG_NUMBERED_CONFLICT, 0), TG_OK);
    TG_AUTO(tg_store_scan) struct tg_store_scan numbered = {0};
    cr_assert_eq(tg_store_scan_numbered(read, TG_NUMBERED_CONFLICT, 0, &numbered), TG_OK);
    cr_assert_eq(tg_store_numbered_next(&numbered, &number, &value), TG_OK);
    cr_assert_eq(number, 1);
    cr_assert_eq(tg_store_numbered_next(&numbered, &number, &value), TG_ENOENT);
    return TG_OK;
}

Test(store_log, keeps_names_and_numbers)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, named, NULL);
    tg_store_close(store);
}

/* ---- cards ---- */

static tg_err cards(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    const struct tg_rtxn *read = tg_wtxn_read(txn);
    uint8_t hash[32], node[32];
    struct tg_view text;
    uint64_t serial = 0;
    for (uint8_t i = 0; i < 5; i++) {
        help_id((uint8_t)(100 + i), hash);
        cr_assert_eq(tg_store_card_put(txn, i < 3 ? node_a : node_b, 300u - i, hash, tg_view_str("text")),
                     TG_OK);
    }
    cr_assert_eq(tg_store_card_put(txn, node_b, 296, hash, tg_view_str("text")), TG_OK, "the same again");
    cr_assert_eq(tg_store_card_put(txn, node_b, 296, hash, tg_view_str("forged")), TG_EEXIST);
    cr_assert_eq(tg_store_card_put(txn, node_c, 1, hash, tg_view_str("text")), TG_EEXIST,
                 "a hash names one card");
    cr_assert_eq(tg_store_card_latest(read, node_a, &serial, &text), TG_OK);
    cr_assert_eq(serial, 300);
    cr_assert_eq(tg_store_card_latest(read, node_c, &serial, &text), TG_ENOENT);
    cr_assert_eq(tg_store_card_by_hash(read, hash, node, &serial, &text), TG_OK);
    cr_assert_eq(serial, 296);
    cr_assert_arr_eq(node, node_b, 32);
    cr_assert_eq(tg_store_card_get(read, node_a, 299, &text), TG_OK);
    cr_assert(tg_view_equal_str(text, "text"));
    TG_AUTO(tg_store_scan) struct tg_store_scan all = {0};
    size_t count = 0;
    cr_assert_eq(tg_store_scan_cards(read, NULL, &all), TG_OK);
    while (tg_store_card_next(&all, node, &serial, &text) == TG_OK) count++;
    cr_assert_eq(count, 5);
    TG_AUTO(tg_store_scan) struct tg_store_scan one = {0};
    cr_assert_eq(tg_store_scan_cards(read, node_a, &one), TG_OK);
    cr_assert_eq(tg_store_card_next(&one, node, &serial, &text), TG_OK);
    cr_assert_eq(serial, 298);
    return TG_OK;
}

Test(store_log, keeps_every_card_and_no_second_one_for_a_serial)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    write_ok(store, cards, NULL);
    tg_store_close(store);
}

/* ---- access log ---- */

static tg_err accesses(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    static const int64_t times[] = {100, 300, -5, 200, 200}; /* the clock jumped */
    uint64_t number = 0;
    for (uint64_t i = 0; i < 5; i++) {
        uint8_t byte = (uint8_t)i;
        cr_assert_eq(tg_store_access_append(txn, times[i], tg_view_of(&byte, 1), &number), TG_OK);
        cr_assert_eq(number, i);
    }
    return TG_OK;
}

Test(store_log, numbers_accesses_without_a_gap_whatever_the_clock_does)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_rtxn *txn = NULL;
    uint64_t end = 7;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    cr_assert_eq(tg_store_access_end(txn, &end), TG_OK);
    cr_assert_eq(end, 0);
    tg_store_read_end(txn);
    write_ok(store, accesses, NULL);
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    cr_assert_eq(tg_store_access_end(txn, &end), TG_OK);
    cr_assert_eq(end, 5);
    static const int64_t times[] = {100, 300, -5, 200, 200};
    int64_t t = 0;
    struct tg_view value;
    for (uint64_t i = 0; i < end; i++) {
        cr_assert_eq(tg_store_access_get(txn, i, &t, &value), TG_OK);
        cr_assert_eq(t, times[i]);
        cr_assert_eq(value.bytes, 1);
        cr_assert_eq(value.data[0], i);
    }
    cr_assert_eq(tg_store_access_get(txn, end, &t, &value), TG_ENOENT);
    tg_store_read_end(txn);
    tg_store_close(store);
}
