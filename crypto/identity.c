/* Node ids, key names and the spoken fingerprint.
 *
 * Knows no card. Format: docs/formats.md "Identity".
 */
#include "crypto/identity.h"

#include <stdio.h>

#include "base/text.h"

void tg_node_id_of_root(const struct tg_sign_public *root, struct tg_node_id *ret_id)
{
    struct tg_hash hash;
    tg_sha256_labelled("tamga/node/v1", TG_VIEW_ARRAY(root->bytes), &hash);
    memcpy(ret_id->bytes, hash.bytes, sizeof ret_id->bytes);
}

void tg_node_id_format(const struct tg_node_id *id, char out[static TG_NODE_TEXT_BYTES])
{
    tg_base32_encode(id->bytes, sizeof id->bytes, out);
}

tg_err tg_node_id_parse(struct tg_view text, struct tg_node_id *ret_id)
{
    struct tg_node_id id;
    if (text.bytes != TG_NODE_TEXT_BYTES - 1) return TG_EFORMAT;
    if (tg_base32_decode(text, id.bytes, sizeof id.bytes) != TG_OK) return TG_EFORMAT;
    *ret_id = id;
    return TG_OK;
}

void tg_key_name_format(const struct tg_node_id *id, enum tg_key_role role, uint32_t epoch,
                        char out[static TG_KEY_NAME_BYTES])
{
    static const char *const suffixes[] = {
        [TG_KEY_ROLE_ROOT] = "root",   [TG_KEY_ROLE_LOG] = "log",           [TG_KEY_ROLE_CLOCK] = "clock",
        [TG_KEY_ROLE_STORE] = "store", [TG_KEY_ROLE_ENVELOPE] = "envelope",
    };
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(id, node);
    if (role == TG_KEY_ROLE_LOG)
        snprintf(out, TG_KEY_NAME_BYTES, "tamga/%s/%s/%u", node, suffixes[role], epoch);
    else
        snprintf(out, TG_KEY_NAME_BYTES, "tamga/%s/%s", node, suffixes[role]);
}

tg_err tg_log_origin_parse(struct tg_view text, struct tg_node_id *ret_id, uint32_t *ret_epoch)
{
    static const char prefix[] = "tamga/";
    const size_t node_at = sizeof prefix - 1;
    const size_t epoch_at = node_at + TG_NODE_TEXT_BYTES - 1 + strlen("/log/");
    struct tg_node_id id;
    uint64_t epoch;
    char canonical[TG_KEY_NAME_BYTES];

    if (text.bytes <= epoch_at || !tg_view_starts_with(text, prefix)) return TG_EFORMAT;
    if (tg_node_id_parse(tg_view_of(text.data + node_at, TG_NODE_TEXT_BYTES - 1), &id) != TG_OK)
        return TG_EFORMAT;
    if (tg_text_u64(tg_view_of(text.data + epoch_at, text.bytes - epoch_at), UINT32_MAX, &epoch) != TG_OK)
        return TG_EFORMAT;
    tg_key_name_format(&id, TG_KEY_ROLE_LOG, (uint32_t)epoch, canonical);
    if (!tg_view_equal_str(text, canonical)) return TG_EFORMAT;
    *ret_id = id;
    *ret_epoch = (uint32_t)epoch;
    return TG_OK;
}

/* The 40-digit number mod 97, group by group. */
static uint32_t check_of(const uint32_t groups[static TG_FINGERPRINT_GROUPS])
{
    uint64_t rest = 0;
    for (size_t i = 0; i < TG_FINGERPRINT_GROUPS; i++) rest = (rest * 100000 + groups[i]) % 97;
    return (uint32_t)rest;
}

void tg_fingerprint_pair(const struct tg_sign_public *root_a, const struct tg_sign_public *root_b,
                         struct tg_fingerprint *ret_fingerprint)
{
    const bool a_first = memcmp(root_a->bytes, root_b->bytes, sizeof root_a->bytes) <= 0;
    uint8_t both[64];
    struct tg_hash hash;
    memcpy(both, a_first ? root_a->bytes : root_b->bytes, 32);
    memcpy(both + 32, a_first ? root_b->bytes : root_a->bytes, 32);
    tg_sha256_labelled("tamga/pair/v1", TG_VIEW_ARRAY(both), &hash);
    for (size_t i = 0; i < TG_FINGERPRINT_GROUPS; i++)
        ret_fingerprint->groups[i] = tg_be32_get(hash.bytes + 4 * i) % 100000;
    ret_fingerprint->check = check_of(ret_fingerprint->groups);
}

void tg_fingerprint_format(const struct tg_fingerprint *fingerprint,
                           char out[static TG_FINGERPRINT_TEXT_BYTES])
{
    size_t at = 0;
    for (size_t i = 0; i < TG_FINGERPRINT_GROUPS; i++)
        at += (size_t)snprintf(out + at, TG_FINGERPRINT_TEXT_BYTES - at, "%05u ",
                               fingerprint->groups[i] % 100000);
    snprintf(out + at, TG_FINGERPRINT_TEXT_BYTES - at, "%02u", fingerprint->check % 100);
}

tg_err tg_fingerprint_parse(struct tg_view text, struct tg_fingerprint *ret_fingerprint)
{
    struct tg_fingerprint fingerprint = {0};
    size_t digits = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        const char c = (char)text.data[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '-') continue;
        if (!tg_ascii_is_digit(c) || digits == TG_FINGERPRINT_GROUPS * 5 + 2) return TG_EFORMAT;
        uint32_t *field =
            digits < TG_FINGERPRINT_GROUPS * 5 ? &fingerprint.groups[digits / 5] : &fingerprint.check;
        *field = *field * 10 + (uint32_t)(c - '0');
        digits++;
    }
    if (digits != TG_FINGERPRINT_GROUPS * 5 + 2) return TG_EFORMAT;
    if (check_of(fingerprint.groups) != fingerprint.check) return TG_EVALUE;
    *ret_fingerprint = fingerprint;
    return TG_OK;
}

bool tg_fingerprint_equal(const struct tg_fingerprint *a, const struct tg_fingerprint *b)
{
    return memcmp(a->groups, b->groups, sizeof a->groups) == 0 && a->check == b->check;
}
