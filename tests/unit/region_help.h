/* Three nodes with their services on one clock that stands still until told, each enrolled with the others, over links
 * that deliver at once and can be cut: what takes minutes between real partners takes none here.
 */
#ifndef TG_TESTS_REGION_HELP_H
#define TG_TESTS_REGION_HELP_H

#include "service_help.h"

#define REGION_NODES 3
enum { TJ, KG, UZ };

struct letter {
    struct letter *next;
    size_t from, to;
    enum tg_lane lane;
    size_t bytes;
    uint8_t data[];
};

struct region {
    struct bench *at[REGION_NODES];
    bool linked[REGION_NODES][REGION_NODES];
    struct letter *post, **last;
};

static struct region region; /* the transport's context is a bench, which does not know its region */

static inline size_t region_number(const struct tg_hash *id)
{
    for (size_t i = 0; i < REGION_NODES; i++)
        if (memcmp(region.at[i]->tj.id.bytes, id->bytes, sizeof id->bytes) == 0) return i;
    cr_assert(false, "a stranger is written to");
    return 0;
}

static inline struct tg_hash region_id(size_t i)
{
    struct tg_hash id;
    memcpy(id.bytes, region.at[i]->tj.id.bytes, sizeof id.bytes);
    return id;
}

static inline tg_err region_send(void *ctx, const struct tg_hash *peer, enum tg_lane lane,
                                 struct tg_view message)
{
    struct tg_hash me;
    const struct bench *bench = ctx;
    memcpy(me.bytes, bench->tj.id.bytes, sizeof me.bytes);
    size_t from = region_number(&me), to = region_number(peer);
    if (!region.linked[from][to]) return TG_EUNREACHABLE;
    struct letter *letter = malloc(sizeof *letter + message.bytes);
    *letter = (struct letter){.from = from, .to = to, .lane = lane, .bytes = message.bytes};
    memcpy(letter->data, message.data, message.bytes);
    *region.last = letter;
    region.last = &letter->next;
    return TG_OK;
}

static const struct tg_transport_ops region_net = {
    .send = region_send, .disconnect = bench_net_cut, .set_peers = bench_net_peers};

static inline void region_tell(size_t at, size_t about, bool up)
{
    for (enum tg_lane lane = TG_LANE_URGENT; lane <= TG_LANE_BULK; lane++) {
        struct tg_transport_event event = {
            .kind = up ? TG_LINK_UP : TG_LINK_DOWN, .peer = region_id(about), .lane = lane};
        if (region.at[at]->node) tg_node_on_transport(region.at[at]->node, &event);
    }
}

static inline void region_link(size_t a, size_t b, bool up)
{
    if (region.linked[a][b] == up) return;
    region.linked[a][b] = region.linked[b][a] = up;
    region_tell(a, b, up);
    region_tell(b, a, up);
}

static inline void region_turn(void)
{
    while (region.post) {
        struct letter *letter = region.post;
        region.post = letter->next;
        if (!region.post) region.last = &region.post;
        struct bench *to = region.at[letter->to];
        struct tg_transport_event event = {.kind = TG_LINK_MESSAGE,
                                           .peer = region_id(letter->from),
                                           .lane = letter->lane,
                                           .message = tg_view_of(letter->data, letter->bytes)};
        if (to->node && region.linked[letter->from][letter->to]) tg_node_on_transport(to->node, &event);
        free(letter);
    }
    for (size_t i = 0; i < REGION_NODES; i++)
        if (region.at[i]->node) bench_turn(region.at[i]);
}

/* Everybody's clock goes on, with a turn at the end of it. */
static inline void region_pass(int64_t us)
{
    for (size_t i = 0; i < REGION_NODES; i++) region.at[i]->now_us += us;
    region_turn();
}

/* Until what was said has arrived, been indexed and been receipted: two seconds of small steps. */
static inline void region_settle(void)
{
    for (int i = 0; i < 200; i++) region_pass(10000);
}

static inline struct answer region_answer(struct bench *bench)
{
    struct bench_caller *caller = &bench->callers[0];
    struct answer answer;
    for (int turns = 0; turns < 100000; turns++) {
        if (caller->out.bytes && bench_ended(caller)) break;
        region_pass(1000);
    }
    cr_assert(bench_read(caller, &answer), "no answer");
    return answer;
}

/* By the owner of that node, while all others go on. */
static inline struct answer region_call(size_t at, struct asking *asking)
{
    bench_begin(region.at[at], &region.at[at]->callers[0], asking);
    return region_answer(region.at[at]);
}

static inline void region_enrol(size_t at, size_t partner)
{
    TG_AUTO(tg_buf) struct tg_buf card = {0};
    tg_buf_put_view(&card, tg_buf_view(&region.at[partner]->tj_card));
    tg_buf_put(&card, "", 1);
    TG_AUTO(answer)
    struct answer answer = region_call(at, with_text(ask("peer.add"), "card", (const char *)card.data));
    must_be_done(&answer);
}

static inline void region_new(void)
{
    static const char *const countries[] = {"TJ", "KG", "UZ"};
    region = (struct region){.post = NULL};
    region.last = &region.post;
    for (size_t i = 0; i < REGION_NODES; i++) {
        region.at[i] = bench_make(countries[i]);
        region.at[i]->transport.ops = &region_net;
        bench_up(region.at[i]);
    }
    for (size_t i = 0; i < REGION_NODES; i++)
        for (size_t k = 0; k < REGION_NODES; k++)
            if (i != k) region_enrol(i, k);
    for (size_t i = 0; i < REGION_NODES; i++)
        for (size_t k = i + 1; k < REGION_NODES; k++) region_link(i, k, true);
    region_pass(TG_START_WAIT_US);
    region_settle();
}

static inline void region_free(void)
{
    while (region.post) {
        struct letter *letter = region.post;
        region.post = letter->next;
        free(letter);
    }
    for (size_t i = 0; i < REGION_NODES; i++) bench_free(region.at[i]);
}

/* A crash, with its links; and the start after it. */
static inline void region_down(size_t at)
{
    for (size_t i = 0; i < REGION_NODES; i++)
        if (i != at) region_link(at, i, false);
    bench_down(region.at[at]);
}
static inline void region_up(size_t at)
{
    bench_up(region.at[at]);
    for (size_t i = 0; i < REGION_NODES; i++)
        if (i != at && region.at[i]->node) region_link(at, i, true);
    region_pass(TG_START_WAIT_US);
    region_settle();
}

/* ---- rows ---- */

/* The first row of that sort in which the text field has that value; NULL. */
static inline const struct tg_control_msg *row_where(const struct answer *answer, const char *row,
                                                     const char *field, const char *value)
{
    for (size_t i = 0; i < answer->row_count; i++) {
        const struct tg_control_msg *msg = &answer->rows[i];
        if (strcmp(tg_control_text(msg, "row", ""), row) == 0 &&
            (!field || strcmp(tg_control_text(msg, field, ""), value) == 0))
            return msg;
    }
    return NULL;
}

static inline size_t rows_of(const struct answer *answer, const char *row)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->row_count; i++)
        count += strcmp(tg_control_text(&answer->rows[i], "row", ""), row) == 0;
    return count;
}

#endif
