/* A node in a temporary folder with its service, a clock that stands still until told, no network, and callers that
 * are no processes: requests go in through the handler, frames come out through the port.
 */
#ifndef TG_TESTS_SERVICE_HELP_H
#define TG_TESTS_SERVICE_HELP_H

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "federation.h"
#include "node/core.h"
#include "node/service.h"
#include "proto/json.h"
#include "record_test.h"

#define BENCH_OWNER 4000 /* user numbers: who runs the node, and one of each role */
#define BENCH_ANALYST 4001
#define BENCH_OFFICER 4002
#define BENCH_AUDITOR 4003
#define BENCH_ADMIN 4004
#define BENCH_STRANGER 4009
#define BENCH_FRAMES_MAX 20000
#define BENCH_EPOCH_MS 1790000000000

struct bench_caller {
    struct tg_control_caller caller;
    struct tg_buf out; /* frames, as sent */
    size_t sends, largest_send;
    bool paused;
};

struct bench {
    char dir[64];
    struct member_node tj, kg;
    struct tg_buf tj_card, kg_card;
    int64_t now_us;
    uint64_t random;
    struct tg_clock clock;
    struct tg_random rng;
    struct tg_transport transport;
    struct tg_config config;
    struct tg_node *node;
    struct tg_service *service;
    struct tg_control_handler handler;
    struct bench_caller callers[8];
    size_t caller_count;
    size_t refuse_sends; /* the next so many sends meet a full queue */
    void (*on_send)(struct bench *bench, struct tg_view frames); /* sees what leaves; may be NULL */
};

/* What a request was answered with; lives until answer_release. */
struct answer {
    struct tg_arena arena;
    struct tg_control_msg *rows;
    size_t row_count;
    struct tg_control_msg end; /* DONE or FAIL */
};

static inline int64_t bench_wall(void *ctx)
{
    return BENCH_EPOCH_MS + ((struct bench *)ctx)->now_us / 1000;
}
static inline int64_t bench_mono(void *ctx)
{
    return ((struct bench *)ctx)->now_us;
}
static inline void bench_fill(void *ctx, void *out, size_t bytes)
{
    struct bench *bench = ctx;
    for (size_t i = 0; i < bytes; i++) {
        bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
        ((uint8_t *)out)[i] = (uint8_t)(bench->random >> 56);
    }
}

static inline tg_err bench_net_send(void *ctx, const struct tg_hash *peer, enum tg_lane lane,
                                    struct tg_view message)
{
    (void)ctx, (void)peer, (void)lane, (void)message;
    return TG_EUNREACHABLE;
}
static inline void bench_net_cut(void *ctx, const struct tg_hash *peer)
{
    (void)ctx, (void)peer;
}
static inline tg_err bench_net_peers(void *ctx, const struct tg_transport_peer *peers, size_t count,
                                     struct tg_errmsg *em)
{
    (void)ctx, (void)peers, (void)count, (void)em;
    return TG_OK;
}
static const struct tg_transport_ops bench_net = {
    .send = bench_net_send, .disconnect = bench_net_cut, .set_peers = bench_net_peers};

static inline struct bench_caller *bench_caller_of(struct bench *bench, uint64_t client)
{
    for (size_t i = 0; i < bench->caller_count; i++)
        if (bench->callers[i].caller.client == client) return &bench->callers[i];
    return NULL;
}
static inline tg_err bench_send(void *ctx, uint64_t client, struct tg_view frames)
{
    struct bench *bench = ctx;
    struct bench_caller *caller = bench_caller_of(bench, client);
    if (!caller) return TG_ENOENT;
    if (bench->refuse_sends) {
        bench->refuse_sends--;
        return TG_EBUSY;
    }
    if (bench->on_send) bench->on_send(bench, frames);
    caller->sends++;
    if (frames.bytes > caller->largest_send) caller->largest_send = frames.bytes;
    return tg_buf_put_view(&caller->out, frames);
}
static inline void bench_pause(void *ctx, uint64_t client, bool paused)
{
    struct bench_caller *caller = bench_caller_of(ctx, client);
    if (caller) caller->paused = paused;
}

static inline void bench_card_with(const struct member_node *member, const struct tg_node_id *witnesses,
                                   size_t witness_count, struct tg_buf *out)
{
    struct tg_card *card = calloc(1, sizeof *card);
    memcpy(card->country, member->country, 3);
    snprintf(card->name, sizeof card->name, "Service of %s", member->country);
    card->node = member->id;
    card->serial = 1;
    member_key(member, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &member->root_public, &card->root);
    card->logs[0] = (struct tg_card_key){.key = member->log_key, .until = UINT64_MAX};
    card->envelopes[0] = (struct tg_card_key){.key = member->envelope_key, .until = UINT64_MAX};
    card->log_count = card->envelope_count = 1;
    card->clock = member->clock_key;
    card->store = member->store_key;
    card->seal = member->keys.seal;
    card->recovery = member->recovery_public;
    memcpy(card->curve, &member->keys.curve, sizeof card->curve);
    for (size_t i = 0; i < witness_count; i++) card->witnesses[card->witness_count++] = witnesses[i];
    struct tg_signer signer = tg_signer_of_secret(&member->root);
    cr_assert_eq(tg_card_sign(card, &signer, NULL, NULL, out, NULL), TG_OK);
    free(card);
}
static inline void bench_card(const struct member_node *member, struct tg_buf *out)
{
    bench_card_with(member, NULL, 0, out);
}

static inline struct bench_caller *bench_connect(struct bench *bench, uid_t uid)
{
    struct bench_caller *caller = &bench->callers[bench->caller_count++];
    *caller =
        (struct bench_caller){.caller = {.client = bench->caller_count, .uid = uid, .gid = 65000, .pid = 1}};
    return caller;
}

/* Node and service of that member in bench->dir, on the clock and transport that stand in bench. */
static inline void bench_start(struct bench *bench, const struct member_node *member, struct tg_view card)
{
    struct tg_errmsg em = {.text = ""};
    tg_config_defaults(&bench->config);
    snprintf(bench->config.control.analyst, TG_CONFIG_LIST_BYTES, "%d", BENCH_ANALYST);
    snprintf(bench->config.control.officer, TG_CONFIG_LIST_BYTES, "%d", BENCH_OFFICER);
    snprintf(bench->config.control.auditor, TG_CONFIG_LIST_BYTES, "%d", BENCH_AUDITOR);
    snprintf(bench->config.control.admin, TG_CONFIG_LIST_BYTES, "%d", BENCH_ADMIN);
    struct tg_node_options options = {.data = bench->dir,
                                      .card_note = card,
                                      .vault = member->vault,
                                      .country = member->country,
                                      .default_audience = "all",
                                      .review_days = 14,
                                      .not_read_minutes = {0, 60, 15, 5},
                                      .log_map_bytes = 1 << 24,
                                      .index_map_bytes = 1 << 24,
                                      .clock = &bench->clock,
                                      .random = &bench->rng};
    tg_err err = tg_node_new(&options, &bench->node, &em);
    cr_assert(err == TG_OK, "%s", tg_errmsg_text(&em, err));
    cr_assert_eq(tg_node_connect(bench->node, &bench->transport, &em), TG_OK, "%s", em.text);
    struct tg_service_options service = {
        .node = bench->node, .config = &bench->config, .owner = BENCH_OWNER, .version = "test"};
    cr_assert_eq(tg_service_new(&service, &bench->service), TG_OK);
    struct tg_service_port port = {.send = bench_send, .pause = bench_pause, .ctx = bench};
    tg_service_attach(bench->service, &port);
    bench->handler = tg_service_handler(bench->service);
    bench_connect(bench, BENCH_OWNER);
}

/* The process ends, after its last work or in the middle of it, and another one begins. Callers stay connected. */
static inline void bench_restart(struct bench *bench, bool crash)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    size_t callers = bench->caller_count;
    if (!crash) cr_assert_eq(tg_node_settle(bench->node, NULL), TG_OK);
    tg_service_free(bench->service);
    tg_node_free(bench->node);
    member_keyfile("TJ", &keyfile);
    cr_assert_eq(tg_vault_new(&keyfile, &bench->tj.vault, NULL), TG_OK);
    bench_start(bench, &bench->tj, tg_buf_view(&bench->tj_card));
    bench->caller_count = callers;
}

/* A node of that country, not yet up; `tj` is who it is. */
static inline struct bench *bench_make(const char *country)
{
    struct bench *bench = calloc(1, sizeof *bench);
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    member_init(&bench->tj, country);
    member_init(&bench->kg, "KG");
    bench_card(&bench->tj, &bench->tj_card);
    bench_card(&bench->kg, &bench->kg_card);
    snprintf(bench->dir, sizeof bench->dir, "/tmp/tamga-service-XXXXXX");
    cr_assert(mkdtemp(bench->dir) != NULL);
    bench->now_us = 1000000;
    bench->random = (uint64_t)country[0];
    bench->clock = (struct tg_clock){.wall_ms = bench_wall, .mono_us = bench_mono, .ctx = bench};
    bench->rng = (struct tg_random){.fill = bench_fill, .ctx = bench};
    bench->transport = (struct tg_transport){.ops = &bench_net, .ctx = bench};
    return bench;
}

/* The node on its folder, new or as it was left. */
static inline void bench_up(struct bench *bench)
{
    bench->caller_count = 0; /* whoever called before has to connect again */
    bench_start(bench, &bench->tj, tg_buf_view(&bench->tj_card));
}

/* As a crash leaves it: nothing is settled. */
static inline void bench_down(struct bench *bench)
{
    tg_service_free(bench->service);
    tg_node_free(bench->node);
    bench->service = NULL;
    bench->node = NULL;
    for (size_t i = 0; i < bench->caller_count; i++) tg_buf_release(&bench->callers[i].out);
    member_init(&bench->tj, bench->tj.country); /* the vault went with the node */
}

static inline struct bench *bench_new(void)
{
    struct bench *bench = bench_make("TJ");
    bench_up(bench);
    return bench;
}

static inline void bench_free(struct bench *bench)
{
    tg_service_free(bench->service);
    tg_node_free(bench->node);
    tg_vault_free(bench->kg.vault);
    for (size_t i = 0; i < bench->caller_count; i++) tg_buf_release(&bench->callers[i].out);
    tg_buf_release(&bench->tj_card);
    tg_buf_release(&bench->kg_card);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", bench->dir);
    cr_assert_eq(system(command), 0);
    free(bench);
}

static inline void bench_turn(struct bench *bench)
{
    bool more = false;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_node_work(bench->node, &more, &em), TG_OK, "%s", em.text);
    for (size_t i = 0; i < bench->caller_count; i++)
        bench->handler.on_writable(bench->handler.ctx, &bench->callers[i].caller);
    tg_service_tick(bench->service);
}

/* ---- requests ---- */

struct asking {
    struct tg_buf frame;
    struct tg_control_out out;
};
static inline struct asking *ask_because(const char *verb, const char *reason)
{
    struct asking *asking = calloc(1, sizeof *asking);
    tg_control_request(&asking->out, &asking->frame, verb, reason);
    return asking;
}
static inline struct asking *ask(const char *verb)
{
    return ask_because(verb, "case 7");
}
static inline struct asking *with_text(struct asking *asking, const char *name, const char *text)
{
    tg_control_put_text(&asking->out, name, text);
    return asking;
}
static inline struct asking *with_number(struct asking *asking, const char *name, int64_t number)
{
    tg_control_put_number(&asking->out, name, number);
    return asking;
}
/* One record from JSON; a text that is no JSON goes as it is, so that a test can send nonsense. */
static inline struct asking *with_record(struct asking *asking, const char *json)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes = tg_view_str(json);
    struct tg_errmsg em = {.text = ""};
    if (json[0] == '{')
        cr_assert_eq(tg_record_from_json(tg_view_str(json), &arena, &bytes, &em), TG_OK, "%s: %s", json,
                     em.text);
    tg_control_put_data(&asking->out, "record", bytes);
    return asking;
}

/* Hand it over; the answer is waited for by bench_answer. */
static inline void bench_begin(struct bench *bench, struct bench_caller *caller, struct asking *asking)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_view frame;
    size_t consumed;
    struct tg_control_msg msg;
    cr_assert_eq(tg_control_end(&asking->out), TG_OK);
    cr_assert_eq(tg_control_frame(tg_buf_view(&asking->frame), &frame, &consumed), TG_OK);
    cr_assert_eq(tg_control_decode(frame, &arena, &msg, NULL), TG_OK);
    tg_buf_clear(&caller->out);
    caller->sends = caller->largest_send = 0;
    bench->handler.on_request(bench->handler.ctx, &caller->caller, &msg);
    tg_buf_release(&asking->frame);
    free(asking);
}

/* Frames so far; true when the last one ends the answer. */
static inline bool bench_read(struct bench_caller *caller, struct answer *ret_answer)
{
    struct tg_view left = tg_buf_view(&caller->out), frame;
    size_t consumed;
    tg_arena_init(&ret_answer->arena, SIZE_MAX / 2);
    ret_answer->rows = calloc(BENCH_FRAMES_MAX, sizeof *ret_answer->rows);
    ret_answer->row_count = 0;
    while (tg_control_frame(left, &frame, &consumed) == TG_OK) {
        struct tg_control_msg msg;
        cr_assert_eq(tg_control_decode(frame, &ret_answer->arena, &msg, NULL), TG_OK);
        left = tg_view_of(left.data + consumed, left.bytes - consumed);
        if (msg.kind == TG_CONTROL_DONE || msg.kind == TG_CONTROL_FAIL) {
            ret_answer->end = msg;
            cr_assert_eq(left.bytes, 0, "something stands behind the end of the answer");
            return true;
        }
        if (msg.kind == TG_CONTROL_ROW) ret_answer->rows[ret_answer->row_count++] = msg;
    }
    return false;
}
static inline void answer_release(struct answer *answer)
{
    free(answer->rows);
    tg_arena_release(&answer->arena);
}
TG_AUTO_DEFINE(answer, answer_release)

static inline bool bench_ended(struct bench_caller *caller)
{
    struct answer answer;
    bool ended = bench_read(caller, &answer);
    answer_release(&answer);
    return ended;
}

static inline struct answer bench_answer(struct bench *bench, struct bench_caller *caller)
{
    struct answer answer;
    for (int turns = 0; turns < 100000; turns++) {
        if (caller->out.bytes && bench_ended(caller)) break;
        bench_turn(bench);
        bench->now_us += 100;
    }
    cr_assert(bench_read(caller, &answer), "no answer");
    return answer;
}

static inline struct answer call_by(struct bench *bench, struct bench_caller *caller, struct asking *asking)
{
    bench_begin(bench, caller, asking);
    return bench_answer(bench, caller);
}
/* By the owner. */
static inline struct answer call(struct bench *bench, struct asking *asking)
{
    return call_by(bench, &bench->callers[0], asking);
}

static inline void must_be_done(const struct answer *answer)
{
    cr_assert(answer->end.kind == TG_CONTROL_DONE, "%s: %s", tg_err_name(answer->end.err),
              answer->end.message);
}
static inline void must_fail(const struct answer *answer, tg_err err, const char *part)
{
    cr_assert(answer->end.kind == TG_CONTROL_FAIL, "it was answered");
    cr_assert(answer->end.err == err, "%s instead of %s: %s", tg_err_name(answer->end.err), tg_err_name(err),
              answer->end.message);
    cr_assert(strstr(answer->end.message, part) != NULL, "'%s' is not in '%s'", part, answer->end.message);
}
static inline int64_t done_number(const struct answer *answer, const char *name)
{
    cr_assert(tg_control_has(&answer->end, name), "no '%s' in the answer", name);
    return tg_control_number(&answer->end, name, -1);
}
static inline const char *row_text(const struct answer *answer, size_t row, const char *name)
{
    cr_assert(row < answer->row_count, "only %zu rows", answer->row_count);
    return tg_control_text(&answer->rows[row], name, "");
}

/* Enrol KG, which never answers. */
static inline void bench_enrol_kg(struct bench *bench)
{
    TG_AUTO(tg_buf) struct tg_buf card = {0};
    tg_buf_put_view(&card, tg_buf_view(&bench->kg_card));
    tg_buf_put(&card, "", 1);
    TG_AUTO(answer)
    struct answer answer = call(bench, with_text(ask("peer.add"), "card", (const char *)card.data));
    must_be_done(&answer);
}

/* ---- records ---- */

#define HEAD                                                                                               \
    "\"head\":{\"source\":{\"type\":\"custody\",\"name\":\"S\"},\"grading\":{\"reliability\":\"B\","       \
    "\"credibility\":"                                                                                     \
    "\"2\"},\"handling\":{\"tlp\":\"amber\",\"purpose\":\"P\",\"legal_basis\":\"L\",\"review\":\"2027-01-" \
    "01\","                                                                                                \
    "\"expiry\":\"2028-01-01\"}"

/* Persons, alerts and indicators as short as they may be. Texts are static: use one before making the next. */
static inline const char *person_json(const char *name, const char *birth, const char *more_head)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"person\"," HEAD
             "%s},\"person\":{\"names\":[{\"text\":\"%s\",\"kind\":\"primary\"}],"
             "\"births\":[{\"date\":\"%s\"}],\"status\":\"wanted\"}}",
             more_head, name, birth);
    return text;
}
static inline const char *alert_json(const char *title, const char *precedence)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"alert\"," HEAD
             "},\"alert\":{\"nature\":\"test\",\"precedence\":\"%s\",\"title\":\"%s\"}}",
             precedence, title);
    return text;
}
static inline const char *phone_json(const char *phone, const char *more_head)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"indicator\"," HEAD
             "%s},\"indicator\":{\"selectors\":[{\"type\":\"phone\",\"value\":\"%s\"}]}}",
             more_head, phone);
    return text;
}
/* Publishes one, kept here; its ref into a static text. */
static inline const char *published(struct bench *bench, const char *json)
{
    static char ref[64];
    TG_AUTO(answer)
    struct answer answer = call(bench, with_text(with_record(ask("publish"), json), "to", "none"));
    must_be_done(&answer);
    snprintf(ref, sizeof ref, "%s", row_text(&answer, 0, "ref"));
    return ref;
}

#endif
