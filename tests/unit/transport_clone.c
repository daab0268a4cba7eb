/* Two processes with one node's keys at one partner: the living one stays, a dead one is replaced. */
#include "transport_harness.h"

TestSuite(transport_clone, .init = zap_start, .fini = zap_stop, .timeout = 120);

/* A listens; B, of that boot, dials it. */
static struct node *b_of(const struct node *like, uint8_t boot)
{
    struct node *b = node_named('b');
    if (like) {
        b->card = like->card;
        memcpy(b->secret, like->secret, sizeof b->secret);
    }
    b->boot = boot;
    return b;
}

static void both(struct node **ret_a, struct node **ret_b)
{
    struct node *a = node_named('a'), *b = b_of(NULL, 1);
    a->boot = 9;
    start(a);
    start_at(b, NULL);
    trust(a, b, false);
    trust(b, a, true);
    UNTIL(a, b, both_up(a) && both_up(b));
    *ret_a = a;
    *ret_b = b;
}

static void dial(struct node *clone, struct node *a)
{
    start_at(clone, NULL);
    trust(clone, a, true);
}

/* Steps of three. */
static void steps(struct node *a, struct node *b, struct node *c, int64_t ms)
{
    for (int64_t end = now_ms() + ms; now_ms() < end;) {
        step(a);
        step(b);
        step(c);
    }
}

Test(transport_clone, control_the_later_is_refused_while_the_first_lives)
{
    struct node *a, *b;
    both(&a, &b);
    struct node *clone = b_of(b, 2);
    unsigned downs = a->downs;
    dial(clone, a);
    steps(a, b, clone, 3000);
    cr_expect_eq(clone->ups, 0, "it came in %u times", clone->ups);
    cr_expect_eq(a->downs, downs, "the first one was disturbed");
    cr_expect(both_up(b));
    cr_expect(a->seconds >= 1);
    struct tg_transport_link link;
    cr_assert_eq(tg_transport_zmq_link(a->transport, &b->card.node, &link), TG_OK);
    cr_expect_eq(link.seconds, a->seconds);
    cr_assert_eq(tg_transport_zmq_link(clone->transport, &a->card.node, &link), TG_OK);
    cr_expect(strstr(link.trouble, "another process of this node"), "%s", link.trouble);
    drop(clone);
    drop(b);
    drop(a);
}

/* Its process hangs, or its machine is off the network: nothing is heard, and nothing says that it has gone. */
Test(transport_clone, a_silent_first_one_is_replaced)
{
    struct node *a, *b;
    both(&a, &b);
    struct node *next = b_of(b, 2);
    dial(next, a);
    int64_t begun = now_ms();
    UNTIL(a, next, both_up(next)); /* b is never stepped */
    cr_expect(now_ms() - begun >= 1400, "%lld ms", (long long)(now_ms() - begun));
    cr_expect_eq(a->seconds, 0);
    UNTIL(a, next, both_up(a));
    drop(next);
    drop(b);
    drop(a);
}

/* The common case: killed and started again. Nobody waits, and nobody is accused. */
Test(transport_clone, a_process_that_starts_again_is_no_clone)
{
    struct node *a, *b;
    both(&a, &b);
    for (uint8_t boot = 2; boot < 6; boot++) {
        struct node *next = b_of(b, boot);
        drop(b);
        b = next;
        int64_t begun = now_ms();
        dial(b, a);
        UNTIL(a, b, both_up(a) && both_up(b));
        cr_expect(now_ms() - begun < 1400, "%lld ms", (long long)(now_ms() - begun));
    }
    cr_expect_eq(a->seconds, 0);
    drop(b);
    drop(a);
}

/* Both ends dial: the process is the same at the other end of both connections. */
Test(transport_clone, two_connections_of_one_process_are_no_clone)
{
    struct node *a = node_named('a'), *b = node_named('b');
    a->boot = 9;
    b->boot = 1;
    start(a);
    start(b);
    trust(a, b, true);
    trust(b, a, true);
    UNTIL(a, b, both_up(a) && both_up(b));
    steps(a, b, b, 1000);
    cr_expect_eq(a->seconds + b->seconds, 0);
    cr_expect_eq(a->downs + b->downs, 0);
    drop(b);
    drop(a);
}

/* Of an older version, that says no boot id. */
Test(transport_clone, a_peer_without_a_boot_id_is_taken_as_before)
{
    struct node *a, *b;
    both(&a, &b);
    struct node *older = b_of(b, 0);
    dial(older, a);
    UNTIL(a, older, both_up(older));
    cr_expect_eq(a->seconds, 0);
    drop(older);
    drop(b);
    drop(a);
}
