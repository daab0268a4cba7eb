/* What a content key derives, and what a holder keeps of it.
 *
 * Knows no manifest and no body. Format: docs/formats.md "Keys of a batch", docs/formats-keys.md.
 */
#include "crypto/batchkey.h"

#include "crypto/kdf.h"

enum keymat_kind {
    KEYMAT_WHOLE = 1,
    KEYMAT_PUNCTURED = 2,
};

static const char batch_label[] = "tamga/envelope/v1";

void tg_where_encode(const struct tg_where *where, uint8_t out[static TG_WHERE_BYTES])
{
    tg_be16_put(out, where->suite);
    memcpy(out + 2, where->origin.bytes, 32);
    tg_be32_put(out + 34, where->epoch);
    tg_be64_put(out + 38, where->index);
}

void tg_batchkey_derive(const struct tg_key *ck, const struct tg_where *where, struct tg_hash *ret_commitment,
                        struct tg_key *ret_tree_root)
{
    uint8_t info[sizeof batch_label + TG_WHERE_BYTES];
    uint8_t keys[64];
    memcpy(info, batch_label, sizeof batch_label);
    tg_where_encode(where, info + sizeof batch_label);
    /* Cannot fail: 64 bytes are within HKDF's limit. */
    (void)tg_hkdf_expand(TG_VIEW_ARRAY(ck->bytes), TG_VIEW_ARRAY(info), keys, sizeof keys);
    memcpy(ret_commitment->bytes, keys, 32);
    memcpy(ret_tree_root->bytes, keys + 32, 32);
    tg_wipe(keys, sizeof keys);
}

void tg_keymat_init_whole(struct tg_keymat *keymat, const struct tg_key *ck)
{
    *keymat = (struct tg_keymat){.whole = true, .ck = *ck};
}

void tg_keymat_release(struct tg_keymat *keymat)
{
    if (keymat == NULL) return;
    tg_key_release(&keymat->ck);
    tg_keyset_release(&keymat->set);
    keymat->whole = false;
}

tg_err tg_keymat_erase(struct tg_keymat *keymat, const struct tg_where *where, unsigned record)
{
    if (!keymat->whole) return tg_keyset_erase(&keymat->set, record);

    TG_AUTO(tg_key) struct tg_key root;
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    struct tg_hash commitment;
    tg_batchkey_derive(&keymat->ck, where, &commitment, &root);
    tg_err err = tg_keyset_init_whole(&set, &root);
    if (err == TG_OK) err = tg_keyset_erase(&set, record);
    if (err != TG_OK) return err;
    tg_key_release(&keymat->ck);
    keymat->whole = false;
    keymat->set = set;
    set = (struct tg_keyset){0};
    return TG_OK;
}

tg_err tg_keymat_set(const struct tg_keymat *keymat, const struct tg_where *where,
                     const struct tg_hash *commitment, struct tg_keyset *ret_set)
{
    if (!keymat->whole) return tg_keyset_copy(&keymat->set, ret_set);

    TG_AUTO(tg_key) struct tg_key root;
    struct tg_hash derived;
    tg_batchkey_derive(&keymat->ck, where, &derived, &root);
    if (!tg_const_equal(derived.bytes, commitment->bytes, sizeof derived.bytes)) return TG_ECOMMIT;
    return tg_keyset_init_whole(ret_set, &root);
}

tg_err tg_keymat_encode(const struct tg_keymat *keymat, struct tg_buf *out)
{
    const size_t before = out->bytes;
    const uint8_t kind = keymat->whole ? KEYMAT_WHOLE : KEYMAT_PUNCTURED;
    tg_err err = tg_buf_put(out, &kind, 1);
    if (err != TG_OK) return err;
    err =
        keymat->whole ? tg_buf_put(out, keymat->ck.bytes, TG_KEY_BYTES) : tg_keyset_encode(&keymat->set, out);
    if (err != TG_OK) out->bytes = before;
    return err;
}

tg_err tg_keymat_decode(struct tg_view bytes, struct tg_keymat *ret_keymat)
{
    struct tg_keymat keymat = {0};
    if (bytes.bytes < 1) return TG_ESHORT;
    const struct tg_view rest = tg_view_of(bytes.data + 1, bytes.bytes - 1);
    switch (bytes.data[0]) {
    case KEYMAT_WHOLE:
        if (rest.bytes != TG_KEY_BYTES) return TG_EFORMAT;
        keymat.whole = true;
        memcpy(keymat.ck.bytes, rest.data, TG_KEY_BYTES);
        break;
    case KEYMAT_PUNCTURED: {
        const tg_err err = tg_keyset_decode(rest, &keymat.set);
        if (err != TG_OK) return err;
        break;
    }
    default:
        return TG_EVERSION;
    }
    *ret_keymat = keymat;
    tg_key_release(&keymat.ck);
    return TG_OK;
}
