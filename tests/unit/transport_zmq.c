/* The ZeroMQ transport over real CURVE and TCP on loopback: what arrives, who comes in, how links mend. */
#include "proto/endpoint.h"
#include "transport_harness.h"

TestSuite(transport_zmq, .init = zap_start, .fini = zap_stop, .timeout = 120);

/* ---- what arrives ---- */

static void exchange(bool a_dials, bool b_dials)
{
    struct node *a, *b;
    pair(&a, &b, a_dials, b_dials);
    for (int lane = 0; lane < TG_LANES; lane++) {
        cr_expect_eq(send_number(a, b, (enum tg_lane)lane, 7, 100), TG_OK);
        cr_expect_eq(send_number(b, a, (enum tg_lane)lane, 8, 200), TG_OK);
    }
    UNTIL(a, b, a->messages == 2 && b->messages == 2);
    cr_expect_eq(b->inbox[0].number, 7);
    cr_expect_eq(b->inbox[0].bytes, 100);
    cr_expect_eq(a->inbox[0].number, 8);
    cr_expect_neq(a->inbox[0].lane, a->inbox[1].lane);
    drop(a);
    drop(b);
}

Test(transport_zmq, carries_both_lanes_when_the_first_dials)
{
    exchange(true, false);
}

Test(transport_zmq, carries_both_lanes_when_the_second_dials)
{
    exchange(false, true);
}

Test(transport_zmq, carries_both_lanes_when_both_dial)
{
    exchange(true, true);
}

Test(transport_zmq, nobody_dials_nobody_meets)
{
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    trust(a, b, false);
    trust(b, a, false);
    for (int i = 0; i < 20; i++) {
        step(a);
        step(b);
    }
    cr_expect_eq(a->ups + b->ups, 0);
    cr_expect_eq(send_number(a, b, TG_LANE_URGENT, 1, 4), TG_EUNREACHABLE);
    drop(a);
    drop(b);
}

static void in_order_per_lane(const struct node *node, uint32_t each)
{
    uint32_t next[TG_LANES] = {0};
    for (size_t i = 0; i < node->inbox_count; i++) {
        cr_assert_eq(node->inbox[i].number, next[node->inbox[i].lane]);
        next[node->inbox[i].lane]++;
    }
    for (int lane = 0; lane < TG_LANES; lane++) cr_expect_eq(next[lane], each);
}

Test(transport_zmq, thousand_messages_each_way_and_lane_arrive_once_and_in_order)
{
    enum { COUNT = 1000 };
    struct node *a, *b;
    pair(&a, &b, true, true);
    uint32_t sent[2][TG_LANES] = {{0}};
    unsigned busy = 0;
    struct node *nodes[2] = {a, b};
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (a->messages < 2 * COUNT || b->messages < 2 * COUNT) {
        cr_assert(now_ms() < give_up);
        for (int i = 0; i < 4; i++) {
            struct node *from = nodes[i / 2], *to = nodes[1 - i / 2];
            uint32_t *number = &sent[i / 2][i % 2];
            while (*number < COUNT) {
                tg_err err = send_number(from, to, (enum tg_lane)(i % 2), *number, 4 + *number);
                busy += err == TG_EBUSY;
                if (err) break;
                *number += 1;
            }
        }
        step(a);
        step(b);
    }
    in_order_per_lane(a, COUNT);
    in_order_per_lane(b, COUNT);
    cr_expect_gt(busy, 0U, "the queue has an end, and says so");
    cr_expect_eq(a->downs + b->downs, 0);
    drop(a);
    drop(b);
}

Test(transport_zmq, largest_frame_passes_and_one_byte_more_is_refused)
{
    struct node *a, *b;
    pair(&a, &b, true, false);
    cr_expect_eq(send_number(a, b, TG_LANE_BULK, 1, TG_FRAME_BYTES_MAX), TG_OK);
    cr_expect_eq(send_number(a, b, TG_LANE_BULK, 2, TG_FRAME_BYTES_MAX + 1), TG_ELIMIT);
    UNTIL(a, b, b->messages == 1);
    cr_expect_eq(b->inbox[0].bytes, TG_FRAME_BYTES_MAX);
    cr_expect_eq(a->downs + b->downs, 0);
    drop(a);
    drop(b);
}

Test(transport_zmq, urgent_message_is_delivered_before_bulk_that_came_earlier)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    for (uint32_t i = 0; i < 12; i++) cr_assert_eq(send_number(b, a, TG_LANE_BULK, i, 50000), TG_OK);
    cr_assert_eq(send_number(b, a, TG_LANE_URGENT, 99, 10), TG_OK);
    /* b's queues empty into a's without a reading: then one poll of a finds all of them. */
    int64_t until = now_ms() + 300;
    while (now_ms() < until) step(b);
    step(a);
    cr_assert_geq(a->messages, 1U);
    cr_expect_eq(a->inbox[0].number, 99);
    UNTIL(a, b, a->messages == 13);
    drop(a);
    drop(b);
}

/* ---- who comes in ---- */

Test(transport_zmq, peer_with_another_key_than_its_card_says_is_refused)
{
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    struct node *false_b = node_named('b');
    trust(a, false_b, false); /* a knows another key for b */
    trust(b, a, true);
    UNTIL(a, b, tg_zap_get_stats(zap).refused >= 2 && stats_of(b).dial_failures >= 2);
    cr_expect_eq(a->ups + b->ups, 0);
    struct tg_transport_link link;
    cr_assert_eq(tg_transport_zmq_link(b->transport, &a->card.node, &link), TG_OK);
    cr_expect_str_not_empty(link.trouble);
    cr_expect_eq(tg_zap_get_stats(zap).admitted, 0);
    free(false_b);
    drop(a);
    drop(b);
}

Test(transport_zmq, listener_with_another_key_than_its_card_says_is_not_spoken_to)
{
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    struct tg_transport_peer false_a = with_endpoint(a);
    uint8_t unused[32];
    keypair(false_a.curve_public, unused);
    set_peers(b, &false_a, 1);
    trust(a, b, false);
    UNTIL(a, b, stats_of(b).dial_failures >= 2);
    cr_expect_eq(a->ups + b->ups, 0);
    drop(a);
    drop(b);
}

Test(transport_zmq, revoked_peer_is_cut_off_at_once_and_stays_out)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    cr_assert_eq(send_number(b, a, TG_LANE_URGENT, 1, 10), TG_OK);
    UNTIL(a, b, a->messages == 1);
    for (uint32_t i = 0; i < 10; i++) send_number(b, a, TG_LANE_BULK, i, 100);
    set_peers(a, NULL, 0);
    cr_expect_eq(send_number(a, b, TG_LANE_URGENT, 1, 10), TG_EUNREACHABLE);
    uint64_t refused = tg_zap_get_stats(zap).refused;
    step(a);
    cr_expect_eq(a->downs, 2);
    cr_expect_eq(a->messages, 1, "what was under way is not delivered");
    UNTIL(a, b, b->downs >= 2 && tg_zap_get_stats(zap).refused >= refused + 2);
    cr_expect_eq(a->messages, 1);
    cr_expect_eq(a->ups, 2);
    trust(a, b, false);
    UNTIL(a, b, both_up(a) && both_up(b));
    drop(a);
    drop(b);
}

Test(transport_zmq, peer_revoked_by_its_own_message_is_not_heard_again)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    a->forget_on_message = true;
    for (uint32_t i = 0; i < 8; i++) cr_assert_eq(send_number(b, a, TG_LANE_BULK, i, 100), TG_OK);
    UNTIL(a, b, b->downs >= 2);
    cr_expect_eq(a->messages, 1);
    drop(a);
    drop(b);
}

Test(transport_zmq, peer_that_changes_its_key_is_heard_with_the_new_one_only)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    struct tg_transport_peer renewed = b->card;
    uint8_t unused[32];
    keypair(renewed.curve_public, unused);
    set_peers(a, &renewed, 1);
    send_number(b, a, TG_LANE_URGENT, 1, 10);
    UNTIL(a, b, b->downs >= 2 && stats_of(b).dial_failures >= 2);
    cr_expect_eq(a->messages, 0);
    cr_expect_eq(a->ups, 2);
    drop(a);
    drop(b);
}

Test(transport_zmq, other_peers_survive_a_revocation)
{
    struct node *a = node_named('a'), *b = node_named('b'), *c = node_named('c');
    start(a);
    start(b);
    start(c);
    struct tg_transport_peer both[] = {b->card, c->card};
    set_peers(a, both, 2);
    trust(b, a, true);
    trust(c, a, true);
    UNTIL(a, b, both_up(b) && (step(c), both_up(c)));
    set_peers(a, &both[1], 1);
    UNTIL(a, c, stats_of(a).rebinds == 1 && (step(b), !both_up(b)));
    UNTIL(a, c, both_up(c) && both_up(a));
    cr_expect_eq(send_number(c, a, TG_LANE_URGENT, 5, 10), TG_OK);
    UNTIL(a, c, a->messages == 1);
    drop(a);
    drop(b);
    drop(c);
}

/* ---- links mend ---- */

Test(transport_zmq, peer_that_restarts_is_met_again)
{
    struct node *a, *b;
    pair(&a, &b, true, false);
    char endpoint[TG_ENDPOINT_BYTES];
    snprintf(endpoint, sizeof endpoint, "%s", tg_transport_zmq_endpoint(b->transport));
    stop(b);
    UNTIL(a, b, a->downs == 2);
    struct tg_transport_link link;
    cr_assert_eq(tg_transport_zmq_link(a->transport, &b->card.node, &link), TG_OK);
    cr_expect_str_not_empty(link.trouble);
    memset(b->peer_up, 0, sizeof b->peer_up);
    memset(b->up, 0, sizeof b->up);
    start_at(b, endpoint);
    trust(b, a, false);
    UNTIL(a, b, both_up(a) && both_up(b));
    cr_expect_eq(send_number(a, b, TG_LANE_URGENT, 1, 10), TG_OK);
    UNTIL(a, b, b->messages == 1);
    drop(a);
    drop(b);
}

Test(transport_zmq, dialler_that_restarts_is_met_again)
{
    struct node *a, *b;
    pair(&a, &b, true, false);
    stop(a);
    memset(a->peer_up, 0, sizeof a->peer_up);
    memset(a->up, 0, sizeof a->up);
    start(a);
    trust(a, b, true);
    UNTIL(a, b, both_up(a) && b->ups == 4 && both_up(b));
    cr_expect_eq(b->downs, 2);
    drop(a);
    drop(b);
}

Test(transport_zmq, silent_peer_is_cut_and_dialled_again)
{
    struct node *a, *b;
    pair(&a, &b, true, false);
    UNTIL(a, a, a->downs == 2); /* b hangs: its connections stay open and say nothing */
    cr_expect_geq(stats_of(a).silences, 1UL);
    UNTIL(a, b, both_up(a) && both_up(b));
    drop(a);
    drop(b);
}

Test(transport_zmq, idle_link_stays_up_by_its_heartbeats)
{
    struct node *a, *b;
    pair(&a, &b, true, true);
    int64_t until = now_ms() + 3 * 1500;
    while (now_ms() < until) {
        step(a);
        step(b);
    }
    cr_expect_eq(a->downs + b->downs, 0);
    drop(a);
    drop(b);
}

Test(transport_zmq, disconnect_cuts_both_lanes_drops_what_waits_and_dials_again)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    a->cut_on_message = true;
    for (uint32_t i = 0; i < 8; i++) cr_assert_eq(send_number(b, a, TG_LANE_BULK, i, 100), TG_OK);
    UNTIL(a, b, a->downs == 2);
    cr_expect_eq(a->messages, 1);
    a->cut_on_message = false;
    UNTIL(a, b, a->ups == 4 && both_up(a) && both_up(b));
    cr_expect_geq(b->downs, 2U);
    drop(a);
    drop(b);
}

/* Its engine refuses what the peer says, every time: as for a node id that is not its key's. */
Test(transport_zmq, peer_that_is_cut_off_each_time_comes_back_slower_and_slower)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    int64_t begun_us = tg_clock_mono_us(tg_clock_system());
    for (unsigned cuts = 1; cuts <= 6; cuts++) {
        tg_transport_disconnect(tg_transport_zmq_ops(a->transport), &b->card.node);
        UNTIL(a, b, a->ups == 2 * (cuts + 1) && both_up(a) && both_up(b));
    }
    /* At least half of 20 ms doubled each time, up to 200 ms: 20 + 40 + 80 + 100 + 100 + 100. */
    int64_t spent_us = tg_clock_mono_us(tg_clock_system()) - begun_us;
    cr_expect_geq(spent_us, 440000, "%lld us", (long long)spent_us);
    drop(a);
    drop(b);
}

Test(transport_zmq, second_endpoint_is_tried_when_the_first_is_dead)
{
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    trust(a, b, false);
    struct tg_transport_peer peer = with_endpoint(a);
    snprintf(peer.endpoints[1], sizeof peer.endpoints[1], "%s", peer.endpoints[0]);
    snprintf(peer.endpoints[0], sizeof peer.endpoints[0], "tcp://127.0.0.1:1");
    peer.endpoint_count = 2;
    set_peers(b, &peer, 1);
    UNTIL(a, b, both_up(a) && both_up(b));
    drop(a);
    drop(b);
}

/* ---- bad input ---- */

Test(transport_zmq, address_in_use_is_said_in_one_line)
{
    struct node *a = node_named('a');
    start(a);
    struct tg_transport_zmq_options options = {.listen = tg_transport_zmq_endpoint(a->transport),
                                               .clock = tg_clock_system(),
                                               .random = tg_random_system()};
    struct tg_transport_zmq *second = NULL;
    struct tg_errmsg em = {""};
    cr_expect_eq(tg_transport_zmq_new(zap, &options, &second, &em), TG_ESYSTEM);
    cr_expect_null(second);
    cr_expect(strstr(em.text, "cannot listen at 'tcp://127.0.0.1:"), "%s", em.text);
    cr_expect(strstr(em.text, "[net] listen"), "%s", em.text);
    options.listen = "ipc:///tmp/x";
    cr_expect_eq(tg_transport_zmq_new(zap, &options, &second, &em), TG_EVALUE);
    drop(a);
}

Test(transport_zmq, table_with_doubles_or_foreign_schemes_is_refused_and_the_old_one_stays)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    struct tg_transport_peer bad[2] = {b->card, b->card};
    struct tg_errmsg em = {""};
    const struct tg_transport *transport = tg_transport_zmq_ops(a->transport);
    cr_expect_eq(tg_transport_set_peers(transport, bad, 2, &em), TG_EVALUE);
    bad[1].node.bytes[0] ^= 1;
    cr_expect_eq(tg_transport_set_peers(transport, bad, 2, &em), TG_EVALUE);
    bad[0].endpoint_count = 1;
    snprintf(bad[0].endpoints[0], sizeof bad[0].endpoints[0], "inproc://zeromq.zap.01");
    cr_expect_eq(tg_transport_set_peers(transport, bad, 1, &em), TG_EVALUE);
    cr_expect_eq(tg_transport_set_peers(transport, bad, TG_PEERS_MAX + 1, &em), TG_ELIMIT);
    send_number(b, a, TG_LANE_URGENT, 1, 10);
    UNTIL(a, b, a->messages == 1);
    drop(a);
    drop(b);
}

Test(transport_endpoint, takes_tcp_with_host_and_port_and_nothing_else)
{
    static const struct {
        const char *text;
        bool dial, listen;
    } rows[] = {
        {"tcp://127.0.0.1:7701", true, true},
        {"tcp://node.example.tj:1", true, true},
        {"tcp://[::1]:65535", true, true},
        {"tcp://*:7701", false, true},
        {"tcp://127.0.0.1:*", false, true},
        {"tcp://127.0.0.1:0", false, false},
        {"tcp://127.0.0.1:65536", false, false},
        {"tcp://127.0.0.1", false, false},
        {"tcp://:7701", false, false},
        {"tcp://a;b:7701", false, false},
        {"tcp://a/b:7701", false, false},
        {"inproc://zeromq.zap.01", false, false},
        {"ipc:///run/x:1", false, false},
        {"udp://127.0.0.1:1", false, false},
        {"", false, false},
        {"tcp://::1:7701", false, false},
        {"tcp://[]:7701", false, false},
        {"tcp://a b:7701", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(tg_endpoint_valid(rows[i].text, false), rows[i].dial, "%s", rows[i].text);
        cr_expect_eq(tg_endpoint_valid(rows[i].text, true), rows[i].listen, "%s", rows[i].text);
    }
}

Test(transport_zap, user_id_round_trip_and_refusals)
{
    struct tg_hash node, back;
    uint8_t key[32], back_key[32];
    memset(node.bytes, 7, sizeof node.bytes);
    memset(key, 9, sizeof key);
    char user[TG_ZAP_USER_BYTES + 1];
    tg_zap_user(&node, key, user);
    cr_expect_eq(strlen(user) + 1, TG_ZAP_USER_BYTES);
    cr_assert(tg_zap_user_parse(user, &back, back_key));
    cr_expect(tg_hash_equal(&node, &back));
    cr_expect_arr_eq(key, back_key, 32);
    cr_expect_not(tg_zap_user_parse(NULL, &back, back_key));
    cr_expect_not(tg_zap_user_parse("", &back, back_key));
    user[strlen(user) - 1] = '\0';
    cr_expect_not(tg_zap_user_parse(user, &back, back_key));
}
