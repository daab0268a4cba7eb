/* Trust: who is enrolled, with which card, and where to reach it.
 *
 * Never on first use: peers come by card, out of band. Stored: peer table and cards (docs/formats-store.md).
 */
#include "node/trust.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/cards.h"
#include "node/engine.h"
#include "node/transport_zmq.h"
#include "proto/endpoint.h"

/* Value of the peer table: u64 added_ms ‖ endpoint text, and, when a contact was set here, 00 ‖ contact text. */
#define PEER_VALUE_BYTES_MAX (8 + TG_CARD_ENDPOINT_BYTES_MAX + 1 + TG_CARD_CONTACT_BYTES_MAX)

struct tg_peer *tg_trust_find(struct tg_node *node, const struct tg_hash *id)
{
    for (size_t i = 0; i < node->peer_count; i++)
        if (tg_hash_equal(&node->peers[i]->id, id)) return node->peers[i];
    return NULL;
}

static bool card_is(const struct tg_card *card, const struct tg_hash *id)
{
    return memcmp(card->node.bytes, id->bytes, sizeof id->bytes) == 0;
}

const struct tg_card *tg_trust_card(struct tg_node *node, const struct tg_hash *origin)
{
    if (tg_hash_equal(origin, &node->id)) return node->card;
    struct tg_peer *peer = tg_trust_find(node, origin);
    if (peer) return peer->card;
    for (size_t i = 0; i < node->known_card_count; i++)
        if (card_is(node->known_cards[i], origin)) return node->known_cards[i];
    return NULL;
}

const char *tg_trust_country(struct tg_node *node, const struct tg_hash *origin)
{
    const struct tg_card *card = tg_trust_card(node, origin);
    return card ? card->country : "??";
}

const char *tg_trust_contact(struct tg_node *node, const struct tg_hash *id)
{
    const struct tg_peer *peer = tg_trust_find(node, id);
    if (!peer) return "";
    return peer->contact[0] ? peer->contact : peer->card->contact;
}

static bool country_is(const struct tg_card *card, struct tg_view country)
{
    return country.bytes == 2 && tg_ascii_lower(card->country[0]) == tg_ascii_lower((char)country.data[0]) &&
           tg_ascii_lower(card->country[1]) == tg_ascii_lower((char)country.data[1]);
}

tg_err tg_trust_origin_of_country(struct tg_node *node, struct tg_view country, struct tg_hash *ret_origin)
{
    const struct tg_card *found = country_is(node->card, country) ? node->card : NULL;
    for (size_t i = 0; !found && i < node->peer_count; i++)
        if (country_is(node->peers[i]->card, country)) found = node->peers[i]->card;
    for (size_t i = 0; !found && i < node->known_card_count; i++)
        if (country_is(node->known_cards[i], country)) found = node->known_cards[i];
    if (!found) return TG_ENOENT;
    memcpy(ret_origin->bytes, found->node.bytes, sizeof ret_origin->bytes);
    return TG_OK;
}

tg_err tg_origin_read(struct tg_node *node, const char *text, struct tg_hash *ret_origin,
                      struct tg_errmsg *em)
{
    struct tg_node_id id;
    if (!tg_node_id_parse(tg_view_str(text), &id)) {
        memcpy(ret_origin->bytes, id.bytes, sizeof id.bytes);
        return TG_OK;
    }
    tg_err err = tg_trust_origin_of_country(node, tg_view_str(text), ret_origin);
    if (err) return tg_fail(em, err, "no origin '%.60s' is known here; 'tamga peer list' shows them", text);
    return TG_OK;
}

static bool peer_matches(const struct tg_peer *peer, struct tg_view who)
{
    if (who.bytes < 8) return country_is(peer->card, who);
    char text[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&peer->card->node, text);
    return who.bytes < sizeof text && memcmp(text, who.data, who.bytes) == 0;
}

static tg_err not_enrolled(struct tg_node *node, struct tg_view who, struct tg_errmsg *em)
{
    const char *names[TG_PEERS_MAX];
    for (size_t i = 0; i < node->peer_count; i++) names[i] = node->peers[i]->card->country;
    char text[64];
    (void)snprintf(text, sizeof text, "%.*s", (int)(who.bytes < 60 ? who.bytes : 60), (const char *)who.data);
    const char *nearest = tg_text_nearest(text, names, node->peer_count);
    if (nearest) return tg_fail(em, TG_ENOENT, "no peer '%s' is enrolled; did you mean '%s'?", text, nearest);
    return tg_fail(em, TG_ENOENT, "no peer '%s' is enrolled; 'tamga peer list' shows who is", text);
}

static tg_err resolve(struct tg_node *node, struct tg_view who, struct tg_peer **ret_peer,
                      struct tg_errmsg *em)
{
    struct tg_peer *found = NULL;
    for (size_t i = 0; i < node->peer_count; i++) {
        if (!peer_matches(node->peers[i], who)) continue;
        if (found)
            return tg_fail(em, TG_EVALUE, "'%.*s' may be more than one peer; give the node id",
                           TG_VIEW_PRINT(who));
        found = node->peers[i];
    }
    if (!found) return not_enrolled(node, who, em);
    *ret_peer = found;
    return TG_OK;
}

tg_err tg_trust_resolve(struct tg_node *node, const char *who, struct tg_peer **ret_peer,
                        struct tg_errmsg *em)
{
    return resolve(node, tg_view_str(who), ret_peer, em);
}

static bool holds(const struct tg_hash *ids, size_t count, const struct tg_hash *id)
{
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(&ids[i], id)) return true;
    return false;
}

static size_t audience_all(struct tg_node *node, struct tg_hash *ret_ids)
{
    for (size_t i = 0; i < node->peer_count && i < TG_AUDIENCE_MAX; i++) ret_ids[i] = node->peers[i]->id;
    return node->peer_count < TG_AUDIENCE_MAX ? node->peer_count : TG_AUDIENCE_MAX;
}

tg_err tg_trust_audience(struct tg_node *node, const char *text,
                         struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                         struct tg_errmsg *em)
{
    struct tg_view rest = tg_view_str(text && text[0] ? text : node->default_audience), item;
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    while (tg_config_list_next(&rest, &item)) {
        struct tg_peer *peer = NULL;
        if (tg_view_equal_str(item, "none")) continue;
        if (tg_view_equal_str(item, "all")) {
            count = audience_all(node, ids);
            continue;
        }
        if (country_is(node->card, item)) continue; /* we hold our own */
        tg_err err = resolve(node, item, &peer, em);
        if (err) return err;
        if (holds(ids, count, &peer->id)) continue;
        if (count == TG_AUDIENCE_MAX)
            return tg_fail(em, TG_ELIMIT, "more than %d addressees", TG_AUDIENCE_MAX);
        ids[count++] = peer->id;
    }
    memcpy(ret_ids, ids, count * sizeof *ids);
    *ret_count = count;
    return TG_OK;
}

void tg_trust_fingerprint(struct tg_node *node, const struct tg_peer *peer,
                          char out[static TG_FINGERPRINT_TEXT_BYTES])
{
    struct tg_fingerprint fingerprint;
    tg_fingerprint_pair(&node->card->root.public_key, &peer->card->root.public_key, &fingerprint);
    tg_fingerprint_format(&fingerprint, out);
}

static struct tg_card *card_new(struct tg_view note, tg_err *ret_err, struct tg_errmsg *em)
{
    struct tg_card *card = malloc(sizeof *card);
    *ret_err = card ? tg_card_open(note, card, em) : TG_ENOMEM;
    if (*ret_err) {
        free(card);
        return NULL;
    }
    return card;
}

static void peer_free(struct tg_peer *peer)
{
    if (!peer) return;
    free(peer->card);
    free(peer);
}

/* ---- stored ---- */

static tg_err latest_card(const struct tg_rtxn *txn, const uint8_t id[static 32], struct tg_card **ret_card,
                          struct tg_errmsg *em)
{
    uint64_t serial;
    struct tg_view note;
    tg_err err = tg_store_card_latest(txn, id, &serial, &note);
    if (err)
        return tg_fail(em, err, "the store holds no card of an enrolled peer; restore it or remove the peer");
    *ret_card = card_new(note, &err, em);
    return err;
}

static tg_err peer_value_read(struct tg_view value, struct tg_peer *ret_peer)
{
    *ret_peer = (struct tg_peer){.card = NULL};
    if (value.bytes < 8) return TG_ESHORT;
    struct tg_view text = tg_view_of(value.data + 8, value.bytes - 8), contact = tg_view_of(NULL, 0);
    const uint8_t *mark = text.bytes ? memchr(text.data, 0, text.bytes) : NULL;
    if (mark) {
        contact = tg_view_of(mark + 1, (size_t)(text.data + text.bytes - mark - 1));
        text.bytes = (size_t)(mark - text.data);
    }
    if (text.bytes >= sizeof ret_peer->endpoint || contact.bytes >= sizeof ret_peer->contact)
        return TG_ELIMIT;
    ret_peer->added_ms = (int64_t)tg_be64_get(value.data);
    if (text.bytes) memcpy(ret_peer->endpoint, text.data, text.bytes);
    if (contact.bytes) memcpy(ret_peer->contact, contact.data, contact.bytes);
    return TG_OK;
}

static tg_err peer_value_put(struct tg_wtxn *txn, const struct tg_hash *id, int64_t added_ms,
                             const char *endpoint, const char *contact)
{
    uint8_t value[PEER_VALUE_BYTES_MAX];
    size_t endpoint_bytes = strlen(endpoint), contact_bytes = strlen(contact), bytes = 8 + endpoint_bytes;
    tg_be64_put(value, (uint64_t)added_ms);
    memcpy(value + 8, endpoint, endpoint_bytes);
    if (contact_bytes) {
        value[bytes++] = 0;
        memcpy(value + bytes, contact, contact_bytes);
        bytes += contact_bytes;
    }
    return tg_store_named_put(txn, TG_NAMED_PEER, TG_VIEW_ARRAY(id->bytes), tg_view_of(value, bytes));
}

static tg_err load_peer(struct tg_node *node, const struct tg_rtxn *txn, struct tg_view id,
                        struct tg_view value, struct tg_errmsg *em)
{
    struct tg_peer stored;
    if (id.bytes != 32 || peer_value_read(value, &stored))
        return tg_fail(em, TG_EDAMAGED,
                       "a row of the peer table is damaged; restore the store from a backup");
    if (node->peer_count == TG_PEERS_MAX) return tg_fail(em, TG_ELIMIT, "more than %d peers", TG_PEERS_MAX);
    struct tg_peer *peer = calloc(1, sizeof *peer);
    if (!peer) return TG_ENOMEM;
    *peer = stored;
    memcpy(peer->id.bytes, id.data, 32);
    tg_err err = latest_card(txn, id.data, &peer->card, em);
    if (err) {
        peer_free(peer);
        return err;
    }
    node->peers[node->peer_count++] = peer;
    tg_cards_former_set(node, peer);
    return TG_OK;
}

/* Cards of those who are not enrolled: their old records stay verifiable. */
static tg_err load_known(struct tg_node *node, const struct tg_rtxn *txn, struct tg_errmsg *em)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_scan_cards(txn, NULL, &scan);
    struct tg_hash id;
    uint64_t serial;
    struct tg_view note;
    while (!err && !(err = tg_store_card_next(&scan, id.bytes, &serial, &note))) {
        if (tg_hash_equal(&id, &node->id) || tg_trust_find(node, &id) ||
            node->known_card_count == TG_PEERS_MAX)
            continue;
        struct tg_card *card = NULL;
        err = latest_card(txn, id.bytes, &card, em);
        if (err) return err;
        if (tg_trust_card(node, &id))
            free(card);
        else
            node->known_cards[node->known_card_count++] = card;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_trust_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_PEER, &scan);
    struct tg_view id, value;
    while (!err && !(err = tg_store_named_next(&scan, &id, &value)))
        err = load_peer(node, txn, id, value, em);
    if (err && err != TG_ENOENT) return err;
    tg_store_scan_release(&scan);
    return load_known(node, txn, em);
}

void tg_trust_release(struct tg_node *node)
{
    for (size_t i = 0; i < node->peer_count; i++) peer_free(node->peers[i]);
    for (size_t i = 0; i < node->known_card_count; i++) free(node->known_cards[i]);
    node->peer_count = 0;
    node->known_card_count = 0;
}

struct enrolment {
    const struct tg_card *card;
    struct tg_view note;
    const char *endpoint, *contact; /* contact: what was set before stays */
    int64_t now_ms;
};

static tg_err enrol_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    const struct enrolment *enrolment = ctx;
    const struct tg_card *card = enrolment->card;
    struct tg_hash id;
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    tg_err err =
        tg_store_card_put(txn, card->node.bytes, card->serial, card->text_hash.bytes, enrolment->note);
    if (err == TG_EEXIST)
        return tg_fail(
            em, err,
            "another card with serial %llu of this node is known already: ask its operator which one "
            "is theirs",
            (unsigned long long)card->serial);
    if (err) return err;
    return peer_value_put(txn, &id, enrolment->now_ms, enrolment->endpoint, enrolment->contact);
}

/* May this card be believed, given what is known of its node? */
static tg_err check_enrolment(struct tg_node *node, const struct tg_card *card, struct tg_view note,
                              struct tg_errmsg *em)
{
    struct tg_hash id;
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    if (tg_hash_equal(&id, &node->id))
        return tg_fail(em, TG_EVALUE, "this is our own card; add the partner's");
    const struct tg_card *known = tg_trust_card(node, &id);
    if (!known && node->peer_count == TG_PEERS_MAX)
        return tg_fail(em, TG_ELIMIT, "%d peers are enrolled already, the most there can be", TG_PEERS_MAX);
    if (!known || tg_hash_equal(&known->text_hash, &card->text_hash)) return TG_OK;
    if (card->serial < known->serial)
        return tg_fail(em, TG_EVALUE, "this card (serial %llu) is older than the one known (serial %llu)",
                       (unsigned long long)card->serial, (unsigned long long)known->serial);
    return tg_card_check_successor(known, card, note, em);
}

/* Puts the card into memory: into the peer that is there, or a new one. */
static tg_err adopt(struct tg_node *node, struct tg_card *card, const char *endpoint,
                    struct tg_peer **ret_peer, bool *ret_new)
{
    struct tg_hash id;
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    struct tg_peer *peer = tg_trust_find(node, &id);
    *ret_new = !peer;
    if (!peer) {
        peer = calloc(1, sizeof *peer);
        if (!peer) return TG_ENOMEM;
        peer->id = id;
        peer->added_ms = tg_clock_wall_ms(node->clock);
        node->peers[node->peer_count++] = peer;
    }
    free(peer->card);
    peer->card = card;
    peer->card_refused[0] = 0;
    tg_cards_former_set(node, peer);
    (void)snprintf(peer->endpoint, sizeof peer->endpoint, "%s", endpoint);
    *ret_peer = peer;
    return TG_OK;
}

static const char *contact_set(struct tg_node *node, const struct tg_card *card)
{
    struct tg_hash id;
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    const struct tg_peer *peer = tg_trust_find(node, &id);
    return peer ? peer->contact : "";
}

tg_err tg_trust_add(struct tg_node *node, struct tg_view card_note, const char *endpoint,
                    struct tg_peer **ret_peer, bool *ret_new, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    if (strlen(endpoint) >= TG_CARD_ENDPOINT_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the endpoint is too long");
    if (endpoint[0] && !tg_endpoint_valid(endpoint, false))
        return tg_fail(em, TG_EVALUE, "'%s' is no endpoint; write tcp://host:port", endpoint);
    struct tg_card *card = card_new(card_note, &err, em);
    if (!card) return tg_context(em, err, "cannot use this card");
    struct enrolment enrolment = {.card = card,
                                  .note = card_note,
                                  .endpoint = endpoint,
                                  .contact = contact_set(node, card),
                                  .now_ms = tg_clock_wall_ms(node->clock)};
    err = check_enrolment(node, card, card_note, em);
    if (!err) err = tg_store_write_spare(node->store, enrol_txn, &enrolment, em);
    if (!err) err = adopt(node, card, endpoint, ret_peer, ret_new);
    if (err) {
        free(card);
        return err;
    }
    tg_event(node->events, TG_EV_PEER_ADDED, TG_F_NODE("peer", &(*ret_peer)->id),
             TG_F_TEXT("country", card->country));
    return tg_trust_announce(node, em);
}

struct contacting {
    const struct tg_peer *peer;
    const char *contact;
};

static tg_err contact_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct contacting *contacting = ctx;
    const struct tg_peer *peer = contacting->peer;
    return peer_value_put(txn, &peer->id, peer->added_ms, peer->endpoint, contacting->contact);
}

tg_err tg_trust_contact_set(struct tg_node *node, struct tg_peer *peer, const char *contact,
                            struct tg_errmsg *em)
{
    struct contacting contacting = {peer, contact};
    tg_err err = contact[0] ? tg_card_contact_check(contact, em) : TG_OK;
    if (!err) err = tg_store_write_spare(node->store, contact_txn, &contacting, em);
    if (!err) (void)snprintf(peer->contact, sizeof peer->contact, "%s", contact);
    return err;
}

static tg_err remove_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct tg_hash *id = ctx;
    return tg_store_named_del(txn, TG_NAMED_PEER, TG_VIEW_ARRAY(id->bytes));
}

tg_err tg_trust_remove(struct tg_node *node, struct tg_peer *peer, struct tg_errmsg *em)
{
    struct tg_hash id = peer->id;
    tg_err err = tg_store_write_spare(node->store, remove_txn, &id, em);
    if (err) return err;
    size_t at = 0;
    while (node->peers[at] != peer) at++;
    node->peers[at] = node->peers[--node->peer_count];
    if (node->known_card_count < TG_PEERS_MAX)
        node->known_cards[node->known_card_count++] = tg_steal_ptr(&peer->card);
    peer_free(peer);
    tg_event(node->events, TG_EV_PEER_REMOVED, TG_F_NODE("peer", &id));
    return tg_trust_announce(node, em);
}

static void transport_peer(const struct tg_peer *peer, struct tg_transport_peer *ret_peer)
{
    *ret_peer = (struct tg_transport_peer){.node = peer->id};
    memcpy(ret_peer->curve_public, peer->card->curve, sizeof ret_peer->curve_public);
    ret_peer->has_former = peer->has_former;
    memcpy(ret_peer->curve_former, peer->curve_former, sizeof ret_peer->curve_former);
    if (peer->endpoint[0]) {
        (void)snprintf(ret_peer->endpoints[0], sizeof ret_peer->endpoints[0], "%s", peer->endpoint);
        ret_peer->endpoint_count = 1;
        return;
    }
    for (size_t i = 0; i < peer->card->endpoint_count; i++)
        (void)snprintf(ret_peer->endpoints[i], sizeof ret_peer->endpoints[i], "%.*s",
                       TG_CARD_ENDPOINT_BYTES_MAX - 1, peer->card->endpoints[i]);
    ret_peer->endpoint_count = peer->card->endpoint_count;
}

tg_err tg_trust_announce(struct tg_node *node, struct tg_errmsg *em)
{
    if (!node->transport) return TG_OK;
    struct tg_transport_peer *peers = calloc(TG_PEERS_MAX, sizeof *peers);
    if (!peers) return TG_ENOMEM;
    for (size_t i = 0; i < node->peer_count; i++) transport_peer(node->peers[i], &peers[i]);
    tg_err err = tg_transport_set_peers(node->transport, peers, node->peer_count, em);
    free(peers);
    if (err) return err;
    return tg_node_peers_changed(node);
}
