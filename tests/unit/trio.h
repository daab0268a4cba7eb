/* TJ, KG and UZ in one process: three benches (service_help.h) on one clock and a network that delivers at once while a
 * link is up. What a test publishes is sealed, sent, verified and indexed as between real nodes; a test may publish in
 * a node's name what that node's own service would refuse.
 */
#ifndef TG_TESTS_TRIO_H
#define TG_TESTS_TRIO_H

#include "node/engine.h"
#include "service_help.h"

enum { TJ, KG, UZ, TRIO };

struct trio_message {
    struct trio_message *next;
    int from, to;
    enum tg_lane lane;
    size_t bytes;
    uint8_t data[];
};
struct trio_side {
    struct trio *trio;
    int number;
};
struct trio {
    struct bench *at[TRIO];
    struct member_node members[TRIO];
    struct tg_buf cards[TRIO];
    struct trio_side sides[TRIO];
    bool up[TRIO][TRIO];
    /* A node that lies: sees what is sent, changes it, or empties it, and then nothing is sent. May be NULL. */
    void (*bend)(struct trio *trio, int from, int to, struct tg_buf *message);
    void *bend_ctx;
    struct trio_message *first, **last;
    int64_t now_us;
    struct tg_vault *(*vault_of)(int i); /* NULL: of the keys that every member has */
};
static const char *const trio_countries[TRIO] = {"TJ", "KG", "UZ"};

static inline struct tg_hash trio_id(const struct trio *trio, int i)
{
    struct tg_hash id;
    memcpy(id.bytes, trio->members[i].id.bytes, sizeof id.bytes);
    return id;
}

static inline tg_err trio_send(void *ctx, const struct tg_hash *peer, enum tg_lane lane,
                               struct tg_view message)
{
    struct trio_side *side = ctx;
    struct trio *trio = side->trio;
    int to = 0;
    while (to < TRIO && memcmp(trio->members[to].id.bytes, peer->bytes, 32) != 0) to++;
    if (to == TRIO || !trio->up[side->number][to]) return TG_EUNREACHABLE;
    TG_AUTO(tg_buf) struct tg_buf bent = {0};
    if (trio->bend) {
        cr_assert_eq(tg_buf_put_view(&bent, message), TG_OK);
        trio->bend(trio, side->number, to, &bent);
        if (!bent.bytes) return TG_OK;
        message = tg_buf_view(&bent);
    }
    struct trio_message *sent = malloc(sizeof *sent + message.bytes);
    *sent = (struct trio_message){.from = side->number, .to = to, .lane = lane, .bytes = message.bytes};
    memcpy(sent->data, message.data, message.bytes);
    *trio->last = sent;
    trio->last = &sent->next;
    return TG_OK;
}
static const struct tg_transport_ops trio_net = {
    .send = trio_send, .disconnect = bench_net_cut, .set_peers = bench_net_peers};

static inline void trio_tell_link(struct trio *trio, int a, int b)
{
    for (enum tg_lane lane = TG_LANE_URGENT; lane <= TG_LANE_BULK; lane++) {
        struct tg_transport_event event = {
            .kind = trio->up[a][b] ? TG_LINK_UP : TG_LINK_DOWN, .peer = trio_id(trio, b), .lane = lane};
        tg_node_on_transport(trio->at[a]->node, &event);
    }
}
static inline void trio_link(struct trio *trio, int a, int b, bool up)
{
    if (trio->up[a][b] == up) return;
    trio->up[a][b] = trio->up[b][a] = up;
    trio_tell_link(trio, a, b);
    trio_tell_link(trio, b, a);
}

static inline void trio_start(struct trio *trio, int i)
{
    struct bench *bench = trio->at[i];
    member_init(&trio->members[i], trio_countries[i]); /* a vault for this life */
    if (trio->vault_of) {
        tg_vault_free(trio->members[i].vault);
        trio->members[i].vault = trio->vault_of(i);
    }
    bench->clock = (struct tg_clock){.wall_ms = bench_wall, .mono_us = bench_mono, .ctx = bench};
    bench->rng = (struct tg_random){.fill = bench_fill, .ctx = bench};
    bench->transport = (struct tg_transport){.ops = &trio_net, .ctx = &trio->sides[i]};
    bench->now_us = trio->now_us;
    bench_start(bench, &trio->members[i], tg_buf_view(&trio->cards[i]));
}

/* What flies arrives, when its link is still up. */
static inline void trio_deliver(struct trio *trio)
{
    struct trio_message *flying = trio->first;
    trio->first = NULL;
    trio->last = &trio->first;
    while (flying) {
        struct trio_message *next = flying->next;
        struct tg_transport_event event = {.kind = TG_LINK_MESSAGE,
                                           .peer = trio_id(trio, flying->from),
                                           .lane = flying->lane,
                                           .message = tg_view_of(flying->data, flying->bytes)};
        if (trio->up[flying->from][flying->to]) tg_node_on_transport(trio->at[flying->to]->node, &event);
        free(flying);
        flying = next;
    }
}

/* Two simulated seconds and more: until nothing flies and nothing waits. */
static inline void trio_run(struct trio *trio)
{
    for (int i = 0; i < TRIO; i++)
        if (trio->at[i]->now_us > trio->now_us) trio->now_us = trio->at[i]->now_us;
    for (int round = 0; round < 60 || trio->first; round++) {
        cr_assert(round < 5000, "the nodes never come to rest");
        trio->now_us += 50000;
        for (int i = 0; i < TRIO; i++) {
            trio->at[i]->now_us = trio->now_us;
            bench_turn(trio->at[i]);
        }
        trio_deliver(trio);
    }
}
static inline void trio_pass(struct trio *trio, int64_t ms)
{
    trio->now_us += ms * 1000;
    trio_run(trio);
}

static inline void trio_enrol(struct trio *trio, int a, int b)
{
    struct tg_peer *peer;
    bool fresh;
    cr_assert_eq(tg_trust_add(trio->at[a]->node, tg_buf_view(&trio->cards[b]), "", &peer, &fresh, NULL),
                 TG_OK);
}

/* The card of member i, with the two others as witnesses or without any. */
static inline void trio_card(int i, bool witnessed, struct tg_buf *out)
{
    struct member_node member, others[TRIO];
    struct tg_node_id witnesses[TRIO];
    size_t count = 0;
    for (int k = 0; k < TRIO; k++) {
        member_init(&others[k], trio_countries[k]);
        if (witnessed && k != i) witnesses[count++] = others[k].id;
        tg_vault_free(others[k].vault);
    }
    member_init(&member, trio_countries[i]);
    bench_card_with(&member, witnesses, count, out);
    tg_vault_free(member.vault);
}

/* Everybody enrolled with everybody, and linked when `linked`. */
static inline struct trio *trio_make(bool witnessed, bool linked)
{
    struct trio *trio = calloc(1, sizeof *trio);
    trio->last = &trio->first;
    trio->now_us = 1000000;
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    for (int i = 0; i < TRIO; i++) {
        trio_card(i, witnessed, &trio->cards[i]);
        trio->sides[i] = (struct trio_side){.trio = trio, .number = i};
        trio->at[i] = calloc(1, sizeof *trio->at[i]);
        trio->at[i]->random = (uint64_t)i;
        snprintf(trio->at[i]->dir, sizeof trio->at[i]->dir, "/tmp/tamga-trio-XXXXXX");
        cr_assert(mkdtemp(trio->at[i]->dir) != NULL);
        trio_start(trio, i);
    }
    for (int a = 0; a < TRIO; a++)
        for (int b = 0; b < TRIO; b++)
            if (a != b) trio_enrol(trio, a, b);
    for (int a = 0; a < TRIO; a++)
        for (int b = a + 1; b < TRIO; b++) trio_link(trio, a, b, linked);
    trio_run(trio);
    return trio;
}
static inline struct trio *trio_new(void)
{
    return trio_make(false, true);
}

static inline void trio_stop(struct trio *trio, int i)
{
    struct bench *bench = trio->at[i];
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_link(trio, i, k, false);
    tg_service_free(bench->service);
    tg_node_free(bench->node);
    for (size_t k = 0; k < bench->caller_count; k++) tg_buf_release(&bench->callers[k].out);
    bench->caller_count = 0;
}
/* Nothing is settled before: what is not committed is gone. */
static inline void trio_restart(struct trio *trio, int i)
{
    trio_stop(trio, i);
    trio_start(trio, i);
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_link(trio, i, k, true);
    trio_run(trio);
}
static inline void trio_reindex(struct trio *trio, int i)
{
    uint64_t records = 0;
    cr_assert_eq(tg_indexer_rebuild(trio->at[i]->node, NULL, NULL, &records, NULL), TG_OK);
}

static inline void trio_free(struct trio *trio)
{
    for (int i = 0; i < TRIO; i++) {
        trio_stop(trio, i);
        char command[128];
        snprintf(command, sizeof command, "rm -rf '%s'", trio->at[i]->dir);
        cr_assert_eq(system(command), 0);
        free(trio->at[i]);
        tg_buf_release(&trio->cards[i]);
    }
    while (trio->first) {
        struct trio_message *gone = trio->first;
        trio->first = gone->next;
        free(gone);
    }
    free(trio);
}

struct trio_published {
    bool done;
    tg_err err;
    struct tg_hash id;
    uint64_t index;
};
static inline void trio_done(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em,
                             uint64_t index, const struct tg_hash *ids)
{
    (void)job, (void)em;
    struct trio_published *published = ctx;
    published->done = true;
    published->err = err;
    published->index = index;
    if (!err) published->id = ids[0];
}

/* In the name of that node, whatever its service would say of it; to: the members, as bits. Returns the record's id. */
static inline struct tg_hash trio_publish(struct trio *trio, int by, unsigned to, const char *json)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_record_from_json(tg_view_str(json), &arena, &bytes, &em), TG_OK, "%s: %s", json, em.text);
    struct trio_published published = {.done = false};
    struct tg_publish *job = calloc(1, sizeof *job);
    job->records = calloc(1, sizeof *job->records);
    job->record_count = 1;
    tg_buf_put_view(&job->records[0], bytes);
    for (int i = 0; i < TRIO; i++)
        if (i != by && (to & 1u << i)) job->audience[job->audience_count++] = trio_id(trio, i);
    job->done = trio_done;
    job->ctx = &published;
    cr_assert_eq(tg_commit_enqueue(trio->at[by]->node, job, &em), TG_OK, "%s", em.text);
    trio_run(trio);
    cr_assert(published.done);
    cr_assert_eq(published.err, TG_OK, "%s", tg_err_name(published.err));
    return published.id;
}
#define TO(i) (1u << (i))
#define TO_ALL 7u

/* An indicator with that note, told to everybody. */
static inline void trio_note(struct trio *trio, int by, const char *note)
{
    char json[1024];
    (void)snprintf(
        json, sizeof json,
        "{\"v\":1,\"kind\":\"indicator\",\"head\":{\"note\":\"%s\",\"source\":{\"type\":\"technical\"},"
        "\"handling\":{\"tlp\":\"green\",\"purpose\":\"test\",\"legal_basis\":\"none\","
        "\"review\":\"2030-01-01\",\"expiry\":\"2031-01-01\"},"
        "\"grading\":{\"reliability\":\"C\",\"credibility\":\"3\"}},\"indicator\":{\"selectors\":["
        "{\"type\":\"phone\",\"value\":\"+992900000001\"}],\"on_hit\":\"inform\"}}",
        note);
    (void)trio_publish(trio, by, TO_ALL, json);
}

#endif
