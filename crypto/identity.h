/* Who a node is: its id, the id as text, the names of its note keys, the fingerprint two people read out.
 *
 * Knows no card. Format: docs/formats.md "Identity".
 */
#ifndef TG_CRYPTO_IDENTITY_H
#define TG_CRYPTO_IDENTITY_H

#include "crypto/hash.h"
#include "crypto/sign.h"

struct tg_node_id {
    uint8_t bytes[32];
};
#define TG_NODE_TEXT_BYTES TG_BASE32_BYTES(32) /* 52 characters and NUL */

void tg_node_id_of_root(const struct tg_sign_public *root, struct tg_node_id *ret_id);
void tg_node_id_format(const struct tg_node_id *id, char out[static TG_NODE_TEXT_BYTES]);
/* TG_EFORMAT for anything but the 52 characters that tg_node_id_format writes. */
tg_err tg_node_id_parse(struct tg_view text, struct tg_node_id *ret_id);
static inline bool tg_node_id_equal(const struct tg_node_id *a, const struct tg_node_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
static inline int tg_node_id_compare(const struct tg_node_id *a, const struct tg_node_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* Note key names. epoch is used by TG_KEY_ROLE_LOG alone, whose name is also the checkpoint's origin line. */
enum tg_key_role {
    TG_KEY_ROLE_ROOT,
    TG_KEY_ROLE_LOG,
    TG_KEY_ROLE_CLOCK,
    TG_KEY_ROLE_STORE,
    TG_KEY_ROLE_ENVELOPE,
};
#define TG_KEY_NAME_BYTES (TG_NOTE_KEY_NAME_BYTES_MAX + 1)
void tg_key_name_format(const struct tg_node_id *id, enum tg_key_role role, uint32_t epoch,
                        char out[static TG_KEY_NAME_BYTES]);
/* The log whose origin line that is; TG_EFORMAT. */
tg_err tg_log_origin_parse(struct tg_view text, struct tg_node_id *ret_id, uint32_t *ret_epoch);

/* Eight groups of five digits and two check digits, the same on both sides: "61784 35325 … 22033 32". */
#define TG_FINGERPRINT_GROUPS 8
struct tg_fingerprint {
    uint32_t groups[TG_FINGERPRINT_GROUPS]; /* 0..99999 */
    uint32_t check;                         /* 0..96 */
};
#define TG_FINGERPRINT_TEXT_BYTES (TG_FINGERPRINT_GROUPS * 6 + 3)
void tg_fingerprint_pair(const struct tg_sign_public *root_a, const struct tg_sign_public *root_b,
                         struct tg_fingerprint *ret_fingerprint);
void tg_fingerprint_format(const struct tg_fingerprint *fingerprint,
                           char out[static TG_FINGERPRINT_TEXT_BYTES]);
/* What a person typed, any spacing; TG_EFORMAT unless 42 digits, TG_EVALUE when the check digits say it was misread. */
tg_err tg_fingerprint_parse(struct tg_view text, struct tg_fingerprint *ret_fingerprint);
bool tg_fingerprint_equal(const struct tg_fingerprint *a, const struct tg_fingerprint *b);

#endif
