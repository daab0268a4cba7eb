/* age v1: header, stanzas, payload in chunks [C2SP age].
 *
 * Knows no file system. Verified against the test kit of C2SP/CCTV in tests/unit/crypto_age.c.
 */
#include "crypto/age.h"

#include <sodium.h>

#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"

#define MAGIC "age-encryption.org/"
#define VERSION_LINE MAGIC "v1"
#define ARMOR "-----BEGIN AGE ENCRYPTED FILE-----"
#define LABEL_X25519 VERSION_LINE "/X25519"
#define LABEL_SCRYPT VERSION_LINE "/scrypt"
#define FILE_KEY_BYTES 16
#define WRAPPED_BYTES (FILE_KEY_BYTES + TG_AEAD_TAG_BYTES)
#define NONCE_BYTES 16
#define SALT_BYTES 16
#define LINE_CHARS 64 /* of a stanza's body */
#define LINE_BYTES 48
#define BODY_KEPT_BYTES 64 /* more than any that is opened here */
#define ARGS_KEPT 3

/* ---- small parts ---- */

static const uint8_t zero_nonce[TG_AEAD_NONCE_BYTES];

/* HKDF-SHA256, 32 bytes. */
static void derive(struct tg_view ikm, struct tg_view salt, const char *info, uint8_t out[static 32])
{
    uint8_t prk[32];
    tg_hkdf_extract(salt, ikm, prk);
    (void)tg_hkdf_expand(TG_VIEW_ARRAY(prk), tg_view_str(info), out,
                         32); /* 32 bytes never exceed its limit */
    tg_wipe(prk, sizeof prk);
}

/* Base64 without padding, canonical. */
static tg_err base64_read(struct tg_view text, uint8_t *out, size_t max, size_t *ret_bytes)
{
    char padded[LINE_CHARS + 4];
    if (text.bytes > LINE_CHARS || (text.bytes && text.data[text.bytes - 1] == '=')) return TG_EFORMAT;
    if (text.bytes) memcpy(padded, text.data, text.bytes);
    size_t bytes = text.bytes;
    while (bytes % 4) padded[bytes++] = '=';
    return tg_base64_decode(tg_view_of(padded, bytes), out, max, ret_bytes) ? TG_EFORMAT : TG_OK;
}

static tg_err base64_exact(struct tg_view text, uint8_t *out, size_t bytes)
{
    size_t got = 0;
    tg_err err = base64_read(text, out, bytes, &got);
    return err || got != bytes ? TG_EFORMAT : TG_OK;
}

static tg_err base64_put(struct tg_buf *out, const uint8_t *data, size_t bytes)
{
    char text[TG_BASE64_BYTES(LINE_BYTES)];
    tg_base64_encode(data, bytes, text);
    size_t chars = strlen(text);
    while (chars && text[chars - 1] == '=') chars--;
    return tg_buf_put(out, text, chars);
}

/* ---- header, read ---- */

struct stanza {
    struct tg_view type, args[ARGS_KEPT]; /* arguments behind the type */
    size_t arg_count;                     /* of all */
    uint8_t body[BODY_KEPT_BYTES];
    size_t body_bytes; /* of all */
};
struct header {
    struct tg_view whole, rest;
    const struct tg_age_keys *keys;
    size_t stanza_count;
    bool scrypt; /* a stanza of it was seen */
    bool found;
    uint8_t file_key[FILE_KEY_BYTES];
    struct tg_errmsg *em;
};

static tg_err malformed(struct header *header, const char *why)
{
    return tg_fail(header->em, TG_EFORMAT, "the header of this age file is malformed: %s", why);
}

static tg_err line_take(struct header *header, struct tg_view *ret_line)
{
    const uint8_t *end = header->rest.bytes ? memchr(header->rest.data, '\n', header->rest.bytes) : NULL;
    if (!end && header->whole.bytes >= TG_AGE_HEADER_BYTES_MAX)
        return tg_fail(header->em, TG_ELIMIT, "the header of this age file is longer than %d bytes",
                       TG_AGE_HEADER_BYTES_MAX);
    if (!end) return tg_fail(header->em, TG_ESHORT, "this age file ends within its header");
    size_t bytes = (size_t)(end - header->rest.data);
    *ret_line = tg_view_of(header->rest.data, bytes);
    header->rest = tg_view_of(end + 1, header->rest.bytes - bytes - 1);
    return TG_OK;
}

static tg_err version_take(struct header *header)
{
    struct tg_view line;
    if (tg_view_starts_with(header->whole, ARMOR))
        return tg_fail(
            header->em, TG_EMAGIC,
            "this age file is armored text: leave out its first and last line and decode the rest with "
            "'base64 -d', then give that");
    if (!tg_view_starts_with(header->whole, MAGIC))
        return tg_fail(header->em, TG_EMAGIC, "this is no age file");
    tg_err err = line_take(header, &line);
    if (err || tg_view_equal_str(line, VERSION_LINE)) return err;
    return tg_fail(header->em, TG_EVERSION, "this age file is of another version than v1");
}

/* "-> type argument ...": single blanks between, each of visible characters. */
static tg_err args_take(struct header *header, struct tg_view line, struct stanza *stanza)
{
    struct tg_view rest = tg_view_of(line.data + 3, line.bytes - 3);
    for (size_t count = 0;; count++) {
        size_t bytes = 0;
        while (bytes < rest.bytes && rest.data[bytes] > 32 && rest.data[bytes] < 127) bytes++;
        if (!bytes || (bytes < rest.bytes && rest.data[bytes] != ' '))
            return malformed(header, "a stanza's arguments");
        struct tg_view arg = tg_view_of(rest.data, bytes);
        if (count == 0) stanza->type = arg;
        if (count && count <= ARGS_KEPT) stanza->args[count - 1] = arg;
        stanza->arg_count = count;
        if (bytes == rest.bytes) return TG_OK;
        rest = tg_view_of(rest.data + bytes + 1, rest.bytes - bytes - 1);
    }
}

static tg_err body_take(struct header *header, struct stanza *stanza)
{
    struct tg_view line;
    do {
        uint8_t bytes[LINE_BYTES];
        size_t got = 0;
        tg_err err = line_take(header, &line);
        if (err) return err;
        if (base64_read(line, bytes, sizeof bytes, &got)) return malformed(header, "a stanza's body");
        for (size_t i = 0; i < got && stanza->body_bytes + i < BODY_KEPT_BYTES; i++)
            stanza->body[stanza->body_bytes + i] = bytes[i];
        stanza->body_bytes += got;
    } while (line.bytes == LINE_CHARS);
    return TG_OK;
}

static void unwrap(struct header *header, const uint8_t key[static 32], const struct stanza *stanza)
{
    uint8_t file_key[FILE_KEY_BYTES];
    if (!header->found && !tg_aead_open(key, zero_nonce, tg_view_of(NULL, 0),
                                        tg_view_of(stanza->body, WRAPPED_BYTES), file_key)) {
        memcpy(header->file_key, file_key, sizeof file_key);
        header->found = true;
    }
    tg_wipe(file_key, sizeof file_key);
}

static tg_err x25519_try(struct header *header, const struct stanza *stanza)
{
    uint8_t salt[64], shared[32], key[32];
    bool shaped = stanza->arg_count == 1 && !base64_exact(stanza->args[0], salt, 32) &&
                  stanza->body_bytes == WRAPPED_BYTES;
    if (!shaped) return malformed(header, "an X25519 stanza");
    for (size_t i = 0; i < header->keys->identity_count; i++) {
        const struct tg_key *identity = &header->keys->identities[i];
        struct tg_age_recipient own;
        if (crypto_scalarmult(shared, identity->bytes, salt) != 0)
            return malformed(header, "an X25519 stanza's share is of low order");
        tg_age_recipient_of(identity, &own);
        memcpy(salt + 32, own.bytes, 32);
        derive(TG_VIEW_ARRAY(shared), TG_VIEW_ARRAY(salt), LABEL_X25519, key);
        unwrap(header, key, stanza);
    }
    tg_wipe(shared, sizeof shared);
    tg_wipe(key, sizeof key);
    return TG_OK;
}

/* Log2 of the cost: decimal, no zero in front. 0: none that is taken. */
static unsigned cost_of(struct tg_view text)
{
    uint64_t cost = 0;
    bool good = text.bytes && text.bytes <= 2 && text.data[0] != '0' && !tg_text_u64(text, UINT8_MAX, &cost);
    return good && cost <= TG_AGE_SCRYPT_LOG_MAX ? (unsigned)cost : 0;
}

static tg_err scrypt_try(struct header *header, const struct stanza *stanza)
{
    uint8_t salt[sizeof LABEL_SCRYPT - 1 + SALT_BYTES], key[32];
    struct tg_view passphrase = header->keys->passphrase;
    memcpy(salt, LABEL_SCRYPT, sizeof LABEL_SCRYPT - 1);
    bool shaped = stanza->arg_count == 2 &&
                  !base64_exact(stanza->args[0], salt + sizeof LABEL_SCRYPT - 1, SALT_BYTES) &&
                  stanza->body_bytes == WRAPPED_BYTES;
    unsigned cost = shaped ? cost_of(stanza->args[1]) : 0;
    if (!cost) return malformed(header, "a scrypt stanza, or its cost is too high");
    header->scrypt = true;
    if (!passphrase.bytes || header->stanza_count > 1) return TG_OK;
    if (crypto_pwhash_scryptsalsa208sha256_ll(passphrase.data, passphrase.bytes, salt, sizeof salt,
                                              UINT64_C(1) << cost, 8, 1, key, sizeof key))
        return tg_fail(header->em, TG_ENOMEM, "not enough memory for the passphrase of this age file");
    unwrap(header, key, stanza);
    tg_wipe(key, sizeof key);
    return TG_OK;
}

static tg_err stanza_take(struct header *header, struct tg_view line)
{
    struct stanza stanza = {0};
    tg_err err = args_take(header, line, &stanza);
    if (!err) err = body_take(header, &stanza);
    if (err) return err;
    header->stanza_count++;
    if (tg_view_equal_str(stanza.type, "X25519")) err = x25519_try(header, &stanza);
    if (!err && tg_view_equal_str(stanza.type, "scrypt")) err = scrypt_try(header, &stanza);
    if (!err && header->scrypt && header->stanza_count > 1)
        err = malformed(header, "a passphrase stands beside other recipients");
    return err;
}

static void mac_of(const uint8_t file_key[static FILE_KEY_BYTES], struct tg_view covered,
                   uint8_t out[static 32])
{
    uint8_t key[32];
    derive(tg_view_of(file_key, FILE_KEY_BYTES), tg_view_of(NULL, 0), "header", key);
    tg_hmac_of(TG_VIEW_ARRAY(key), covered, out);
    tg_wipe(key, sizeof key);
}

static void payload_key_of(const uint8_t file_key[static FILE_KEY_BYTES], const uint8_t *nonce,
                           struct tg_key *ret_payload_key)
{
    derive(tg_view_of(file_key, FILE_KEY_BYTES), tg_view_of(nonce, NONCE_BYTES), "payload",
           ret_payload_key->bytes);
}

/* "--- MAC" */
static tg_err end_take(struct header *header, struct tg_view line)
{
    uint8_t said[32], found[32];
    if (line.bytes < 5 || line.data[3] != ' ' ||
        base64_exact(tg_view_of(line.data + 4, line.bytes - 4), said, sizeof said))
        return malformed(header, "its last line");
    if (header->rest.bytes < NONCE_BYTES)
        return tg_fail(header->em, TG_ESHORT, "this age file ends behind its header");
    if (!header->found)
        return tg_fail(header->em, TG_ESTANZA,
                       header->scrypt ? "this age file opens with %s alone" : "no %s opens this age file",
                       header->scrypt ? "its own passphrase" : "identity that was given");
    mac_of(header->file_key, tg_view_of(header->whole.data, (size_t)(line.data + 3 - header->whole.data)),
           found);
    if (tg_const_equal(said, found, sizeof said)) return TG_OK;
    return tg_fail(header->em, TG_EHASH, "the header of this age file was changed: its seal does not hold");
}

static tg_err header_read(struct header *header)
{
    struct tg_view line;
    tg_err err = version_take(header);
    while (!err && !(err = line_take(header, &line))) {
        if (tg_view_starts_with(line, "---")) return end_take(header, line);
        err = tg_view_starts_with(line, "-> ") ? stanza_take(header, line) : malformed(header, "a line");
    }
    return err;
}

tg_err tg_age_header_open(struct tg_view front, const struct tg_age_keys *keys,
                          struct tg_key *ret_payload_key, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct header header = {.whole = front, .rest = front, .keys = keys, .em = em};
    tg_err err = header_read(&header);
    if (!err) {
        payload_key_of(header.file_key, header.rest.data, ret_payload_key);
        *ret_bytes = front.bytes - header.rest.bytes + NONCE_BYTES;
    }
    tg_wipe(header.file_key, sizeof header.file_key);
    return err;
}

/* ---- header, made ---- */

static tg_err stanza_put(const struct tg_age_recipient *recipient,
                         const uint8_t file_key[static FILE_KEY_BYTES], const struct tg_random *random,
                         struct tg_buf *out)
{
    TG_AUTO(tg_key) struct tg_key ephemeral;
    uint8_t salt[64], shared[32], key[32], wrapped[WRAPPED_BYTES];
    tg_random_fill(random, ephemeral.bytes, sizeof ephemeral.bytes);
    crypto_scalarmult_base(salt, ephemeral.bytes);
    memcpy(salt + 32, recipient->bytes, 32);
    if (crypto_scalarmult(shared, ephemeral.bytes, recipient->bytes) != 0) return TG_EKEY;
    derive(TG_VIEW_ARRAY(shared), TG_VIEW_ARRAY(salt), LABEL_X25519, key);
    tg_aead_seal(key, zero_nonce, tg_view_of(NULL, 0), tg_view_of(file_key, FILE_KEY_BYTES), wrapped);
    tg_wipe(shared, sizeof shared);
    tg_wipe(key, sizeof key);
    tg_err err = tg_buf_put_str(out, "-> X25519 ");
    if (!err) err = base64_put(out, salt, 32);
    if (!err) err = tg_buf_put_str(out, "\n");
    if (!err) err = base64_put(out, wrapped, sizeof wrapped);
    return err ? err : tg_buf_put_str(out, "\n");
}

static tg_err header_put(const struct tg_age_recipient *recipients, size_t count, const uint8_t *file_key,
                         const struct tg_random *random, struct tg_buf *out)
{
    uint8_t mac[32];
    size_t from = out->bytes;
    tg_err err = tg_buf_put_str(out, VERSION_LINE "\n");
    for (size_t i = 0; !err && i < count; i++) err = stanza_put(&recipients[i], file_key, random, out);
    if (!err) err = tg_buf_put_str(out, "---");
    if (err) return err;
    mac_of(file_key, tg_view_of(out->data + from, out->bytes - from), mac);
    err = tg_buf_put_str(out, " ");
    if (!err) err = base64_put(out, mac, sizeof mac);
    return err ? err : tg_buf_put_str(out, "\n");
}

tg_err tg_age_header_make(const struct tg_age_recipient *recipients, size_t count,
                          const struct tg_random *random, struct tg_buf *out, struct tg_key *ret_payload_key,
                          struct tg_errmsg *em)
{
    uint8_t file_key[FILE_KEY_BYTES], nonce[NONCE_BYTES];
    TG_AUTO(tg_buf) struct tg_buf made = {0};
    if (!count) return tg_fail(em, TG_EVALUE, "nobody is named who could decrypt the file");
    if (count > TG_AGE_RECIPIENTS_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d recipients", TG_AGE_RECIPIENTS_MAX);
    tg_random_fill(random, file_key, sizeof file_key);
    tg_random_fill(random, nonce, sizeof nonce);
    tg_err err = header_put(recipients, count, file_key, random, &made);
    if (!err) err = tg_buf_put(&made, nonce, sizeof nonce);
    if (!err) err = tg_buf_put_view(out, tg_buf_view(&made));
    if (!err) payload_key_of(file_key, nonce, ret_payload_key);
    tg_wipe(file_key, sizeof file_key);
    return err ? tg_fail(em, err, "cannot encrypt to this recipient: %s", tg_err_text(err)) : TG_OK;
}

/* ---- payload ---- */

tg_err tg_age_layout(uint64_t payload_bytes, uint64_t *ret_chunks, uint64_t *ret_plain_bytes)
{
    uint64_t full = payload_bytes / TG_AGE_SEALED_BYTES, last = payload_bytes % TG_AGE_SEALED_BYTES;
    if (full && !last) {
        full--;
        last = TG_AGE_SEALED_BYTES;
    }
    if (last < TG_AEAD_TAG_BYTES) return TG_ESHORT;
    if (full && last == TG_AEAD_TAG_BYTES) return TG_EFORMAT;
    *ret_chunks = full + 1;
    *ret_plain_bytes = full * TG_AGE_CHUNK_BYTES + last - TG_AEAD_TAG_BYTES;
    return TG_OK;
}

/* 11 bytes of counter, one that says whether it is the last. */
static void nonce_of(uint64_t number, bool last, uint8_t out[static TG_AEAD_NONCE_BYTES])
{
    memset(out, 0, TG_AEAD_NONCE_BYTES);
    tg_be64_put(out + 3, number);
    out[11] = last;
}

void tg_age_chunk_seal(const struct tg_key *payload_key, uint64_t number, bool last, struct tg_view plain,
                       uint8_t *ret_sealed)
{
    uint8_t nonce[TG_AEAD_NONCE_BYTES];
    nonce_of(number, last, nonce);
    tg_aead_seal(payload_key->bytes, nonce, tg_view_of(NULL, 0), plain, ret_sealed);
}

tg_err tg_age_chunk_open(const struct tg_key *payload_key, uint64_t number, bool last, struct tg_view sealed,
                         uint8_t *ret_plain)
{
    uint8_t nonce[TG_AEAD_NONCE_BYTES];
    nonce_of(number, last, nonce);
    return tg_aead_open(payload_key->bytes, nonce, tg_view_of(NULL, 0), sealed, ret_plain);
}
