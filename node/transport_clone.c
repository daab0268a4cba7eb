/* Two processes with one node's keys: the first that is linked is asked whether it lives. When it answers, the later one
 * is refused; when it is silent, it was a dead connection of the same node, and the later one takes its place.
 *
 * Processes are told apart by the boot id in OPEN and OPENED. Frames: docs/formats-wire.md.
 */
#include "node/transport_internal.h"

#define NONCE_BYTES 8

static bool is_other(const struct tg_session *session, const uint8_t boot[static TG_BOOT_BYTES])
{
    static const uint8_t none[TG_BOOT_BYTES];
    return session->number && memcmp(session->boot, none, TG_BOOT_BYTES) != 0 &&
           memcmp(boot, none, TG_BOOT_BYTES) != 0 && memcmp(session->boot, boot, TG_BOOT_BYTES) != 0;
}

static struct tg_accepted *other_accepted(struct tg_transport_zmq *t, const struct tg_link_peer *peer,
                                          const uint8_t *boot, enum tg_lane lane)
{
    struct tg_accepted *accepted = tg_accepted_find(t, &peer->card.node, lane);
    return accepted && is_other(&accepted->session, boot) ? accepted : NULL;
}

static bool other_lives(struct tg_transport_zmq *t, struct tg_link_peer *peer, const uint8_t *boot)
{
    for (int lane = 0; lane < TG_LANES; lane++)
        if (other_accepted(t, peer, boot, (enum tg_lane)lane) || is_other(&peer->dials[lane].session, boot))
            return true;
    return false;
}

/* A connection that its other end has closed is noticed by this, and is gone. */
static void ping_others(struct tg_transport_zmq *t, struct tg_link_peer *peer, const uint8_t *boot)
{
    struct tg_view nonce = TG_VIEW_ARRAY(peer->contest.nonce);
    for (int i = 0; i < TG_LANES; i++) {
        enum tg_lane lane = (enum tg_lane)i;
        struct tg_accepted *accepted = other_accepted(t, peer, boot, lane);
        if (accepted) (void)tg_accepted_send(t, accepted, TG_FRAME_PING, nonce);
        if (is_other(&peer->dials[lane].session, boot))
            (void)tg_dial_send(t, &peer->dials[lane], TG_FRAME_PING, nonce);
    }
}

bool tg_contest(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                const uint8_t boot[static TG_BOOT_BYTES])
{
#ifndef TG_CONTROL_NO_CONTEST
    if (!other_lives(t, peer, boot)) return false;
    struct tg_contest *contest = &peer->contest;
    if (!contest->open) {
        *contest = (struct tg_contest){.open = true, .until_us = tg_transport_now(t) + TG_CLONE_WAIT_US};
        memcpy(contest->boot, boot, TG_BOOT_BYTES);
        tg_random_fill(t->options.random, contest->nonce, sizeof contest->nonce);
    }
    ping_others(t, peer, boot);
    if (other_lives(t, peer, boot)) return true;
    contest->open = false;
#else
    (void)t, (void)peer, (void)boot, (void)other_lives, (void)ping_others;
#endif
    return false;
}

void tg_contest_wait(struct tg_link_peer *peer, enum tg_lane lane, const uint8_t route[static TG_ROUTE_BYTES])
{
    peer->contest.waits[lane] = true;
    memcpy(peer->contest.routes[lane], route, TG_ROUTE_BYTES);
}

/* The first process lives. */
void tg_contest_answered(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                         const struct tg_session *session, struct tg_view nonce)
{
    struct tg_contest *contest = &peer->contest;
    if (!contest->open || !is_other(session, contest->boot) ||
        !tg_view_equal(nonce, TG_VIEW_ARRAY(contest->nonce)))
        return;
    contest->open = false;
    for (int lane = 0; lane < TG_LANES; lane++)
        if (contest->waits[lane]) tg_route_close(t, contest->routes[lane], TG_CLOSE_SECOND);
    peer->seconds++;
    struct tg_transport_event event = {.kind = TG_LINK_SECOND, .peer = peer->card.node};
    if (t->on_event) t->on_event(t->on_event_ctx, &event);
}

static void drop_others(struct tg_transport_zmq *t, struct tg_link_peer *peer, const uint8_t *boot)
{
    for (int i = 0; i < TG_LANES; i++) {
        enum tg_lane lane = (enum tg_lane)i;
        struct tg_accepted *accepted = other_accepted(t, peer, boot, lane);
        if (accepted) tg_accepted_drop(t, accepted, TG_CLOSE_CUT);
        if (is_other(&peer->dials[lane].session, boot))
            tg_dial_later(t, peer, lane, "another process of the peer took its place");
    }
}

/* It was silent: the later one takes its place. */
void tg_contest_supervise(struct tg_transport_zmq *t, struct tg_link_peer *peer, int64_t now_us)
{
    if (!peer->contest.open || now_us < peer->contest.until_us) return;
    struct tg_contest contest = peer->contest;
    peer->contest.open = false;
    drop_others(t, peer, contest.boot);
    for (int lane = 0; lane < TG_LANES; lane++)
        if (contest.waits[lane])
            tg_accepted_open(t, peer, contest.routes[lane], (enum tg_lane)lane, contest.boot);
}
