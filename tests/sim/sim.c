/* The simulated federation: clock, network, troubles, and the invariants that must hold after them.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/base_chance.h"
#include "base/file.h"
#include "node/engine.h"
#include "node/forks.h"
#include "node/missing.h"
#include "node/witness.h"
#include "proto/json.h"
#include "proto/record_edit.h"

#define STEP_US 100000         /* timers of every node run this often */
#define SETTLE_US 90000000     /* longest time from heal to equal */
#define GOSSIP_US 60000000     /* one round of HEADS */
#define APART_US 15000000      /* the two circles of partners of one with two histories meet then */
#define EPOCH_MS 1790000000000 /* the wall clock at the start */

struct flying {
    struct flying *next; /* ascending by at_us */
    int64_t at_us;
    size_t from, to;
    enum tg_lane lane;
    uint64_t session; /* of the link; older ones are lost */
    size_t bytes;
    uint8_t data[];
};
struct sim_node {
    struct sim *sim;
    size_t number;
    char dir[256];
    struct tg_keyfile keys;
    struct tg_buf card_note;
    struct tg_hash id;
    uint8_t root_seed[32];
    struct tg_key recovery;
    struct tg_node *node; /* NULL: down */
    int64_t restart_us;
    int64_t wall_skew_ms;
    struct chance chance;
    struct tg_clock clock;
    struct tg_random random;
    struct tg_transport transport;
    struct tg_hash peers[SIM_NODES_MAX];
    size_t peer_count;
};
struct waiting {
    struct waiting *next;
    struct sim *sim;
    struct sim_record record;
};
struct link {
    bool up;
    uint64_t session;
    int64_t up_again_us; /* 0: not before heal */
};
struct sim {
    struct sim_options options;
    struct chance chance;
    int64_t now_us;
    bool healed;
    int64_t heal_us;
    int64_t proven_us; /* when the last honest node had a proof; 0: not yet */
    char dir[200];
    struct sim_node nodes[SIM_NODES_MAX];
    struct link links[SIM_NODES_MAX][SIM_NODES_MAX]; /* a < b */
    struct flying *air;
    struct waiting *waiting; /* every publication asked for; a crash may end it without a word */
    struct sim_record records[SIM_RECORDS_MAX];
    size_t record_count;
    struct tg_sha256 digest;
    char failure[1024];
};

__attribute__((format(printf, 2, 3))) static void fail(struct sim *sim, const char *format, ...)
{
    if (sim->failure[0]) return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sim->failure, sizeof sim->failure, format, args);
    va_end(args);
}

/* What happens goes into the digest (and onto the screen when asked for). */
__attribute__((format(printf, 2, 3))) static void happened(struct sim *sim, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    tg_sha256_update(&sim->digest, tg_view_of(line, (size_t)bytes));
    if (sim->options.verbose) (void)fprintf(stderr, "%10.3f %s\n", (double)sim->now_us / 1e6, line);
}

static struct link *link_of(struct sim *sim, size_t a, size_t b)
{
    return a < b ? &sim->links[a][b] : &sim->links[b][a];
}

static bool is_twin(const struct sim *sim, size_t i)
{
    return sim->options.equivocates && i + 1 == sim->options.nodes;
}
/* The one with two histories, in either of its lives. */
static bool is_liar(const struct sim *sim, size_t i)
{
    return sim->options.equivocates && (i == 0 || is_twin(sim, i));
}
/* Each honest node has one of the twins for a partner, and does not know that there are two. */
static bool may_meet(const struct sim *sim, size_t a, size_t b)
{
    if (is_liar(sim, a) && is_liar(sim, b)) return false;
    if (!is_liar(sim, a) && !is_liar(sim, b))
        return !sim->options.equivocates || a % 2 == b % 2 || sim->now_us >= APART_US;
    size_t liar = is_liar(sim, a) ? a : b, honest = is_liar(sim, a) ? b : a;
    return is_twin(sim, liar) == (honest % 2 == 0);
}

static size_t number_of(struct sim *sim, size_t from, const struct tg_hash *id)
{
    for (size_t i = 0; i < sim->options.nodes; i++)
        if (tg_hash_equal(&sim->nodes[i].id, id) && may_meet(sim, from, i)) return i;
    return SIM_NODES_MAX;
}

/* ---- the world of one node ---- */

static int64_t clock_wall(void *ctx)
{
    const struct sim_node *me = ctx;
    return EPOCH_MS + me->sim->now_us / 1000 + me->wall_skew_ms;
}
static int64_t clock_mono(void *ctx)
{
    const struct sim_node *me = ctx;
    return me->sim->now_us;
}
static void random_fill(void *ctx, void *out, size_t bytes)
{
    struct sim_node *me = ctx;
    chance_fill(&me->chance, out, bytes);
}

/* Nobody is sent the body of an envelope that is neither for it nor for it to carry. */
static void audience_check(struct sim *sim, size_t from, size_t to, struct tg_view message)
{
    enum tg_msg_type type = tg_msg_peek(message);
    if (type != TG_MSG_ENV && type != TG_MSG_FLASH) return;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    struct tg_msg msg;
    if (tg_msg_decode(message, &arena, &msg, NULL)) abort();
    bool relay = sim->options.relayed && to == 0, named = msg.env.offset > 0;
    for (size_t i = 0; i < msg.env.slot_count; i++)
        named = named || tg_hash_equal(&msg.env.slots[i].node, &sim->nodes[to].id);
    if (!named && !relay) fail(sim, "%zu sends %zu an envelope that is not for it", from, to);
}

static tg_err net_send(void *ctx, const struct tg_hash *peer, enum tg_lane lane, struct tg_view message)
{
    struct sim_node *me = ctx;
    struct sim *sim = me->sim;
    size_t to = number_of(sim, me->number, peer);
    if (to == SIM_NODES_MAX) return TG_EUNREACHABLE;
    struct link *link = link_of(sim, me->number, to);
    if (!link->up) return TG_EUNREACHABLE;
    audience_check(sim, me->number, to, message);
    if (sim->options.lossy && !sim->healed && chance_below(&sim->chance, 50) == 0) return TG_OK;
    struct flying *flying = malloc(sizeof *flying + message.bytes);
    if (!flying) abort();
    *flying = (struct flying){
        .from = me->number, .to = to, .lane = lane, .session = link->session, .bytes = message.bytes};
    flying->at_us = sim->now_us + 1000;
    if (sim->options.reordering && !sim->healed) flying->at_us += (int64_t)chance_below(&sim->chance, 200000);
    memcpy(flying->data, message.data, message.bytes);
    struct flying **at = &sim->air;
    while (*at && (*at)->at_us <= flying->at_us) at = &(*at)->next;
    flying->next = *at;
    *at = flying;
    return TG_OK;
}

static void net_disconnect(void *ctx, const struct tg_hash *peer)
{
    struct sim_node *me = ctx;
    struct link *link = link_of(me->sim, me->number, number_of(me->sim, me->number, peer));
    link->up_again_us = me->sim->now_us + 1000000; /* taken down by the run loop, not from inside the node */
    link->session++;
}

static tg_err net_set_peers(void *ctx, const struct tg_transport_peer *peers, size_t count,
                            struct tg_errmsg *em)
{
    (void)em;
    struct sim_node *me = ctx;
    me->peer_count = count;
    for (size_t i = 0; i < count; i++) me->peers[i] = peers[i].node;
    return TG_OK;
}
static const struct tg_transport_ops net_ops = {
    .send = net_send, .disconnect = net_disconnect, .set_peers = net_set_peers};

/* ---- links ---- */

static void tell_link(struct sim *sim, size_t a, size_t b, bool up)
{
    for (enum tg_lane lane = TG_LANE_URGENT; lane <= TG_LANE_BULK; lane++) {
        struct tg_transport_event event = {
            .kind = up ? TG_LINK_UP : TG_LINK_DOWN, .peer = sim->nodes[b].id, .lane = lane};
        if (sim->nodes[a].node) tg_node_on_transport(sim->nodes[a].node, &event);
    }
}

static void link_set(struct sim *sim, size_t a, size_t b, bool up)
{
    struct link *link = link_of(sim, a, b);
    if (link->up == up) return;
    link->up = up;
    link->session++;
    happened(sim, "link %zu-%zu %s", a, b, up ? "up" : "down");
    tell_link(sim, a, b, up);
    tell_link(sim, b, a, up);
}

static void links_mend(struct sim *sim)
{
    for (size_t a = 0; a < sim->options.nodes; a++)
        for (size_t b = a + 1; b < sim->options.nodes; b++) {
            struct link *link = &sim->links[a][b];
            if (!may_meet(sim, a, b) || (sim->options.relayed && a)) continue;
            bool both = sim->nodes[a].node && sim->nodes[b].node;
            bool due = sim->healed || (link->up_again_us && sim->now_us >= link->up_again_us);
            if (link->up && (!both || (link->up_again_us && !due))) link_set(sim, a, b, false);
            if (!link->up && both && due) {
                link->up_again_us = 0;
                link_set(sim, a, b, true);
            }
        }
}

/* ---- nodes ---- */

static void node_stop(struct sim *sim, size_t i)
{
    struct sim_node *me = &sim->nodes[i];
    if (!me->node) return;
    happened(sim, "crash %zu", i);
    tg_node_free(me->node); /* nothing is settled: what is not committed is gone */
    me->node = NULL;
    for (size_t k = 0; k < sim->options.nodes; k++) {
        if (k == i) continue;
        link_set(sim, i, k, false);
        link_of(sim, i, k)->up_again_us = sim->now_us + 500000;
    }
}

static void node_start(struct sim *sim, size_t i)
{
    struct sim_node *me = &sim->nodes[i];
    struct tg_vault *vault = NULL;
    struct tg_errmsg em = {0};
    if (tg_vault_new(&me->keys, &vault, &em)) abort();
    struct tg_node_options options = {
        .data = me->dir,
        .card_note = tg_buf_view(&me->card_note),
        .vault = vault,
        .country = "TJ",
        .default_audience = "all",
        .log_map_bytes = 1 << 20,
        .index_map_bytes = 1 << 20,
        .clock = &me->clock,
        .random = &me->random,
    };
    tg_err err = tg_node_new(&options, &me->node, &em);
    if (!err) err = tg_node_connect(me->node, &me->transport, &em);
    if (err) {
        fail(sim, "node %zu does not start: %s", i, tg_errmsg_text(&em, err));
        return;
    }
    happened(sim, "start %zu", i);
}

static void node_work(struct sim *sim, size_t i)
{
    bool more = true;
    struct tg_errmsg em = {0};
    for (int round = 0; more && round < 20 && sim->nodes[i].node; round++) {
        tg_err err = tg_node_work(sim->nodes[i].node, &more, &em);
        if (err) {
            fail(sim, "node %zu fails: %s", i, tg_errmsg_text(&em, err));
            return;
        }
    }
}

/* Keys and node id; the twin draws the same. */
static void keys_make(struct sim_node *me)
{
    if (tg_vault_keys_generate(&me->keys, &me->random)) abort();
    struct tg_sign_secret root;
    struct tg_sign_public root_public;
    struct tg_node_id id;
    chance_fill(&me->chance, me->root_seed, sizeof me->root_seed);
    chance_fill(&me->chance, me->recovery.bytes, sizeof me->recovery.bytes);
    tg_sign_secret_from_seed(me->root_seed, &root, &root_public);
    tg_node_id_of_root(&root_public, &id);
    memcpy(me->id.bytes, id.bytes, 32);
}

/* Everybody else is its witness. */
static void witnesses_put(const struct sim_node *me, struct tg_card *card)
{
    for (size_t i = 0; i < me->sim->options.nodes; i++) {
        const struct sim_node *other = &me->sim->nodes[i];
        if (is_twin(me->sim, i) || tg_hash_equal(&other->id, &me->id)) continue;
        memcpy(card->witnesses[card->witness_count++].bytes, other->id.bytes, 32);
    }
}

static void card_make(struct sim_node *me)
{
    static const char countries[SIM_NODES_MAX][3] = {"TJ", "KG", "UZ", "KZ", "TM", "TR", "AZ", "GE"};
    struct tg_vault_public keys;
    struct tg_sign_secret root;
    struct tg_sign_public root_public;
    struct tg_card *card = calloc(1, sizeof *card);
    if (!card || tg_vault_public_of_keyfile(&me->keys, &keys, NULL)) abort();
    tg_sign_secret_from_seed(me->root_seed, &root, &root_public);
    memcpy(card->country, countries[is_twin(me->sim, me->number) ? 0 : me->number], 3);
    (void)snprintf(card->name, sizeof card->name, "Simulated service %s", card->country);
    memcpy(card->node.bytes, me->id.bytes, 32);
    card->serial = 1;
    struct {
        struct tg_note_key *key;
        enum tg_key_role role;
        enum tg_note_type type;
        const struct tg_sign_public *public_key;
    } rows[] = {
        {&card->root, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &root_public},
        {&card->logs[0].key, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &keys.log},
        {&card->envelopes[0].key, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &keys.envelope},
        {&card->clock, TG_KEY_ROLE_CLOCK, TG_NOTE_COSIGNATURE, &keys.clock},
        {&card->store, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &keys.store},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[TG_KEY_NAME_BYTES];
        tg_key_name_format(&card->node, rows[i].role, 0, name);
        if (tg_note_key_make(name, rows[i].type, rows[i].public_key, rows[i].key)) abort();
    }
    card->log_count = card->envelope_count = 1;
    card->logs[0].until = card->envelopes[0].until = UINT64_MAX;
    card->seal = keys.seal;
    tg_seal_public_of(&me->recovery, &card->recovery);
    memcpy(card->curve, &keys.curve, sizeof card->curve);
    if (me->sim->options.relayed && me->number)
        memcpy(card->relays[card->relay_count++].bytes, me->sim->nodes[0].id.bytes, TG_HASH_BYTES);
    witnesses_put(me, card);
    struct tg_signer signer = tg_signer_of_secret(&root);
    if (tg_card_sign(card, &signer, NULL, NULL, &me->card_note, NULL)) abort();
    free(card);
}

struct sim *sim_new(const struct sim_options *options)
{
    struct sim *sim = calloc(1, sizeof *sim);
    if (!sim || tg_crypto_init(NULL)) abort();
    sim->options = *options;
    sim->chance.state = options->seed;
    sim->now_us = 1000000;
    tg_sha256_init(&sim->digest);
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(sim->dir, sizeof sim->dir, "%s/tamga-sim-XXXXXX", base);
    if (!mkdtemp(sim->dir)) abort();
    for (size_t i = 0; i < options->nodes; i++) {
        struct sim_node *me = &sim->nodes[i];
        me->sim = sim;
        me->number = i;
        me->chance.state = options->seed * 1000003 + (is_twin(sim, i) ? 0 : i);
        me->clock = (struct tg_clock){.wall_ms = clock_wall, .mono_us = clock_mono, .ctx = me};
        me->random = (struct tg_random){.fill = random_fill, .ctx = me};
        me->transport = (struct tg_transport){.ops = &net_ops, .ctx = me};
        (void)snprintf(me->dir, sizeof me->dir, "%s/%zu", sim->dir, i);
        if (tg_dir_ensure(me->dir, 0700, NULL)) abort();
        keys_make(me);
        if (is_twin(sim, i)) me->chance.state += 1000;
    }
    for (size_t i = 0; i < options->nodes; i++) card_make(&sim->nodes[i]);
    for (size_t i = 0; i < options->nodes; i++) node_start(sim, i);
    for (size_t i = 0; i < options->nodes && !sim->failure[0]; i++)
        for (size_t k = 0; k < options->nodes; k++) {
            struct tg_peer *peer;
            bool fresh;
            struct tg_errmsg em = {0};
            if (!tg_hash_equal(&sim->nodes[i].id, &sim->nodes[k].id) &&
                tg_trust_add(sim->nodes[i].node, tg_buf_view(&sim->nodes[k].card_note), "", &peer, &fresh,
                             &em))
                fail(sim, "cannot enrol: %s", em.text);
        }
    for (size_t a = 0; a < options->nodes; a++)
        for (size_t b = a + 1; b < options->nodes; b++) sim->links[a][b].up_again_us = 1;
    return sim;
}

void sim_free(struct sim *sim)
{
    for (size_t i = 0; i < sim->options.nodes; i++) {
        tg_node_free(sim->nodes[i].node);
        tg_keyfile_release(&sim->nodes[i].keys);
        tg_buf_release(&sim->nodes[i].card_note);
    }
    while (sim->air) {
        struct flying *gone = sim->air;
        sim->air = gone->next;
        free(gone);
    }
    while (sim->waiting) {
        struct waiting *gone = sim->waiting;
        sim->waiting = gone->next;
        free(gone);
    }
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", sim->dir);
    if (system(command)) (void)fprintf(stderr, "cannot remove %s\n", sim->dir);
    free(sim);
}

/* ---- what officers do ---- */

static void on_done(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em, uint64_t index,
                    const struct tg_hash *ids)
{
    (void)job;
    struct waiting *waiting = ctx;
    struct sim *sim = waiting->sim;
    if (!err && sim->record_count < SIM_RECORDS_MAX) {
        waiting->record.index = index;
        waiting->record.id = ids[0];
        sim->records[sim->record_count++] = waiting->record;
        happened(sim, "published %zu-%llu", waiting->record.by, (unsigned long long)index);
    } else if (err && err != TG_EDENIED) {
        fail(sim, "publish failed: %s", tg_errmsg_text(em, err));
    }
}

static struct tg_publish *job_new(size_t records)
{
    struct tg_publish *job = calloc(1, sizeof *job);
    if (!job) abort();
    job->records = calloc(records, sizeof *job->records);
    job->record_count = records;
    if (!job->records) abort();
    return job;
}

static void publish(struct sim *sim, size_t by)
{
    struct sim_node *me = &sim->nodes[by];
    if (!me->node) return;
    size_t count = chance_below(&sim->chance, 4) ? 1 : 1 + chance_below(&sim->chance, 40);
    struct tg_publish *job = job_new(count);
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting) abort();
    *waiting = (struct waiting){.next = sim->waiting, .sim = sim, .record = {.by = by}};
    sim->waiting = waiting;
    for (size_t i = 0; i < count; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        char json[768];
        (void)snprintf(
            json, sizeof json,
            "{\"v\":1,\"kind\":\"indicator\",\"head\":{\"note\":\"%llu\",\"source\":{\"type\":\"technical\"},"
            "\"handling\":{\"tlp\":\"green\",\"purpose\":\"simulation\",\"legal_basis\":\"none\","
            "\"review\":\"2030-01-01\",\"expiry\":\"2031-01-01\"},"
            "\"grading\":{\"reliability\":\"C\",\"credibility\":\"3\"}},\"indicator\":{\"selectors\":["
            "{\"type\":\"phone\",\"value\":\"+99290%07llu\"}],\"on_hit\":\"inform\"}}",
            (unsigned long long)chance_u64(&sim->chance),
            (unsigned long long)chance_below(&sim->chance, 1000));
        struct tg_view bytes;
        struct tg_errmsg em = {0};
        if (tg_record_from_json(tg_view_str(json), &arena, &bytes, &em))
            fail(sim, "cannot write a record: %s", em.text);
        if (!sim->failure[0] && tg_buf_put_view(&job->records[i], bytes)) abort();
    }
    for (size_t k = 0; k < sim->options.nodes; k++) {
        if (k == by || is_twin(sim, k) || (is_twin(sim, by) && k == 0) || chance_below(&sim->chance, 3) == 0)
            continue;
        waiting->record.addressed[k] = true;
        job->audience[job->audience_count++] = sim->nodes[k].id;
    }
    job->precedence = (uint8_t)chance_below(&sim->chance, 4);
    job->begun_us = sim->now_us;
    job->done = on_done;
    job->ctx = waiting;
    (void)tg_commit_enqueue(me->node, job,
                            NULL); /* refused before the start rules allow it: not acknowledged */
}

static void withdrawn(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em,
                      uint64_t index, const struct tg_hash *ids)
{
    (void)job, (void)em, (void)index, (void)ids;
    struct sim_record *record = ctx;
    if (!err) record->withdrawn = true;
}

static void withdraw(struct sim *sim)
{
    if (!sim->record_count) return;
    struct sim_record *record = &sim->records[chance_below(&sim->chance, sim->record_count)];
    struct tg_node *node = sim->nodes[record->by].node;
    uint64_t recno;
    size_t count = 0;
    struct tg_errmsg em = {0};
    if (!node || record->withdrawn) return;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_found found;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(record->id.bytes), &recno, 1, &count, &em);
    if (!err && !count) err = TG_ENOENT;
    if (!err) err = tg_lookup_open(node, recno, &arena, &found, &em);
    if (err) {
        fail(sim, "an acknowledged record cannot be opened at its origin: %s", tg_errmsg_text(&em, err));
        return;
    }
    struct tg_publish *job = calloc(1, sizeof *job);
    if (!job) abort();
    const struct tg_withdrawal_draft draft = {.reason = TG_WITHDRAWAL_REASON_WRONG_PERSON};
    err = tg_commit_withdrawal(node, &found, &draft, job, &em);
    if (err) {
        fail(sim, "cannot withdraw: %s", em.text);
        free(job);
        return;
    }
    job->begun_us = sim->now_us;
    job->done = withdrawn;
    job->ctx = record;
    happened(sim, "withdraw %zu-%llu", record->by, (unsigned long long)record->index);
    (void)tg_commit_enqueue(node, job, NULL);
}

/* ---- time ---- */

static void deliver(struct sim *sim)
{
    while (sim->air && sim->air->at_us <= sim->now_us) {
        struct flying *flying = sim->air;
        sim->air = flying->next;
        struct link *link = link_of(sim, flying->from, flying->to);
        struct sim_node *to = &sim->nodes[flying->to];
        if (to->node && link->up && link->session == flying->session) {
            struct tg_transport_event event = {.kind = TG_LINK_MESSAGE,
                                               .peer = sim->nodes[flying->from].id,
                                               .lane = flying->lane,
                                               .message = tg_view_of(flying->data, flying->bytes)};
            tg_node_on_transport(to->node, &event);
            node_work(sim, flying->to);
        }
        free(flying);
    }
}

static void trouble(struct sim *sim)
{
    size_t n = sim->options.nodes, a = chance_below(&sim->chance, n), b = chance_below(&sim->chance, n);
    switch (chance_below(&sim->chance, 40)) {
    case 0:
        if (!sim->options.cuts || a == b) break;
        link_set(sim, a, b, false);
        link_of(sim, a, b)->up_again_us =
            sim->now_us + 1000000 + (int64_t)chance_below(&sim->chance, 60000000);
        break;
    case 1:
        if (!sim->options.crashes || !sim->nodes[a].node) break;
        node_stop(sim, a);
        sim->nodes[a].restart_us = sim->now_us + 100000 + (int64_t)chance_below(&sim->chance, 20000000);
        break;
    case 2:
        if (sim->options.clock_jumps)
            sim->nodes[a].wall_skew_ms = (int64_t)chance_below(&sim->chance, 600000) - 300000;
        break;
    case 3:
        withdraw(sim);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
        publish(sim, a);
        break;
    default:
        break;
    }
}

static void step(struct sim *sim)
{
    int64_t until = sim->now_us + STEP_US;
    while (sim->air && sim->air->at_us < until && !sim->failure[0]) {
        if (sim->air->at_us > sim->now_us) sim->now_us = sim->air->at_us;
        deliver(sim);
    }
    sim->now_us = until;
    for (size_t i = 0; i < sim->options.nodes; i++) {
        if (!sim->nodes[i].node && (sim->healed || sim->now_us >= sim->nodes[i].restart_us))
            node_start(sim, i);
        if (sim->nodes[i].node) node_work(sim, i);
    }
    links_mend(sim);
}

static bool holds(struct sim *sim, size_t at, const struct tg_hash *id)
{
    uint64_t recno;
    size_t count = 0;
    return !tg_lookup_token(sim->nodes[at].node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), &recno, 1, &count,
                            NULL) &&
           count;
}

/* What the store says of that envelope, for the report. */
static const char *stored_as(struct sim *sim, size_t at, const struct sim_record *record)
{
    struct tg_node *node = sim->nodes[at].node;
    struct tg_log_id id = {.origin = sim->nodes[record->by].id};
    struct tg_held_log *log = tg_held_find(node, &id);
    struct tg_rtxn *txn = NULL;
    if (!log || !log->numbered || tg_store_read_begin(node->store, &txn, NULL)) return "log unknown";
    struct tg_store_entry entry;
    struct tg_view value;
    tg_err err = tg_store_entry_get(txn, log->number, record->index, &entry);
    bool wanted = !tg_store_place_get(txn, TG_PLACE_WANTED, log->number, record->index, &value);
    bool envelope = !err && entry.has_envelope;
    tg_store_read_end(txn);
    return err        ? "no entry"
           : envelope ? "envelope held"
           : wanted   ? "leaf alone, wanted"
                      : "leaf alone, not wanted";
}

/* Whether each head is cosigned by everybody, as its origin sees it; NULL: yes. */
static const char *not_cosigned(struct sim *sim)
{
    static char text[256];
    for (size_t i = 0; i < sim->options.nodes; i++) {
        struct tg_node *node = sim->nodes[i].node;
        struct tg_held_log *own = tg_held_own(node);
        if (!own->size) continue;
        struct tg_witness_view view = tg_witness_view(node, own, own->size);
        /* A line that was dated ahead is given again when the origin itself shows its head, and here it reaches nobody. */
        if (sim->options.relayed && sim->options.clock_jumps) continue;
        if (view.cosigned == view.witnesses && strcmp(view.state, "settled") == 0) continue;
        (void)snprintf(text, sizeof text, "log of %zu is %s", i, tg_witness_text(node, own, own->size, true));
        return text;
    }
    return NULL;
}

/* Whether everybody who is honest holds a proof of the two histories, and takes no more of them; NULL: yes. */
static const char *not_proven(struct sim *sim)
{
    static char text[256];
    const struct tg_hash *liar = &sim->nodes[0].id;
    for (size_t i = 0; i < sim->options.nodes; i++) {
        struct tg_node *node = sim->nodes[i].node;
        if (is_liar(sim, i)) continue;
        bool proven = false;
        for (size_t k = 0; node && k < tg_forks_count(node); k++) {
            const struct tg_fork *fork = &tg_forks_at(node, k)->fork;
            proven |= memcmp(fork->origin.bytes, liar->bytes, 32) == 0 &&
                      !tg_fork_verify(fork, tg_trust_card(node, liar), NULL);
            if (memcmp(fork->origin.bytes, liar->bytes, 32) != 0) fail(sim, "%zu accuses who is honest", i);
        }
        if (proven && tg_forks_frozen(node, liar)) continue;
        (void)snprintf(text, sizeof text, "node %zu has no proof of the two histories", i);
        return text;
    }
    return NULL;
}

/* The first thing that is not as it should be, or NULL. */
static const char *missing(struct sim *sim)
{
    static char text[256];
    size_t n = sim->options.nodes;
    if (sim->options.equivocates) return not_proven(sim);
    for (size_t origin = 0; origin < n; origin++) {
        struct tg_log_id id = {.origin = sim->nodes[origin].id};
        struct tg_held_log *own = tg_held_find(sim->nodes[origin].node, &id);
        for (size_t k = 0; own && k < n; k++) {
            struct tg_held_log *theirs = tg_held_find(sim->nodes[k].node, &id);
            bool equal =
                theirs ? theirs->size == own->size && tg_hash_equal(&theirs->root, &own->root) : !own->size;
            (void)snprintf(text, sizeof text, "log of %zu differs at %zu: %llu against %llu", origin, k,
                           (unsigned long long)own->size, theirs ? (unsigned long long)theirs->size : 0ULL);
            if (!equal) return text;
        }
    }
    for (size_t i = 0; i < sim->record_count; i++) {
        const struct sim_record *record = &sim->records[i];
        for (size_t k = 0; k < n; k++) {
            bool should = (record->addressed[k] || k == record->by) && !record->withdrawn;
            if (holds(sim, k, &record->id) == should) continue;
            (void)snprintf(text, sizeof text, "record %zu-%llu%s %s at %zu (%s)", record->by,
                           (unsigned long long)record->index, record->withdrawn ? " (withdrawn)" : "",
                           should ? "is missing" : "is held", k, stored_as(sim, k, record));
            return text;
        }
    }
    return not_cosigned(sim);
}

void sim_run(struct sim *sim)
{
    int64_t end = sim->now_us + sim->options.minutes * 60000000;
    while (sim->options.equivocates && sim->now_us < APART_US && !sim->failure[0]) {
        step(sim);
        if (sim->now_us % 1000000 == 0 && sim->now_us > 5000000 && sim->now_us < APART_US - 2000000) {
            publish(sim, 0);
            publish(sim, sim->options.nodes - 1);
        }
    }
    while (sim->now_us < end && !sim->failure[0]) {
        step(sim);
        trouble(sim);
        if (sim->options.equivocates && !sim->proven_us && !not_proven(sim)) sim->proven_us = sim->now_us;
    }
    sim->healed = true;
    for (size_t i = 0; i < sim->options.nodes; i++) sim->nodes[i].wall_skew_ms = 0;
    int64_t healed_at = sim->now_us;
    happened(sim, "heal");
    int64_t until = healed_at + (sim->options.equivocates ? GOSSIP_US : SETTLE_US);
    while (sim->now_us < until && !sim->failure[0]) {
        step(sim);
        bool all_up = true;
        for (size_t i = 0; i < sim->options.nodes; i++) all_up = all_up && sim->nodes[i].node;
        if (all_up && !missing(sim)) break;
    }
    sim->heal_us = sim->now_us - healed_at;
}

struct accusation {
    size_t count;
    char what[700];
};

static tg_err accused(void *ctx, const struct tg_withheld *withheld)
{
    struct accusation *accusation = ctx;
    if (!accusation->count++)
        (void)snprintf(accusation->what, sizeof accusation->what, "%.*s", TG_VIEW_PRINT(withheld->note));
    return TG_OK;
}

/* Everybody is honest here: what was lost on the way must not become a signed accusation. */
static void accusations_check(struct sim *sim)
{
    for (size_t i = 0; i < sim->options.nodes; i++) {
        struct accusation accusation = {0};
        if (!sim->nodes[i].node || tg_withheld_each(sim->nodes[i].node, accused, &accusation, NULL) ||
            !accusation.count)
            continue;
        fail(sim, "node %zu holds %zu notes of withholding, and nobody withholds: %s", i, accusation.count,
             accusation.what);
    }
}

const char *sim_check(struct sim *sim)
{
    if (!sim->failure[0] && !sim->options.equivocates) accusations_check(sim);
    if (!sim->failure[0]) {
        const char *what = missing(sim);
        if (what)
            fail(sim, "%s, %d simulated seconds after heal", what,
                 (sim->options.equivocates ? GOSSIP_US : SETTLE_US) / 1000000);
    }
    return sim->failure;
}

struct tg_hash sim_digest(struct sim *sim)
{
    struct tg_hash digest;
    struct tg_sha256 copy = sim->digest;
    for (size_t i = 0; i < sim->options.nodes; i++)
        for (size_t k = 0; sim->nodes[i].node && k < sim->nodes[i].node->log_count; k++)
            tg_sha256_update(&copy, TG_VIEW_ARRAY(sim->nodes[i].node->logs[k]->root.bytes));
    tg_sha256_final(&copy, &digest);
    return digest;
}

size_t sim_published(const struct sim *sim)
{
    return sim->record_count;
}

int64_t sim_heal_us(const struct sim *sim)
{
    return sim->heal_us;
}

int64_t sim_proven_us(const struct sim *sim)
{
    return sim->proven_us ? sim->proven_us - APART_US : -1;
}
