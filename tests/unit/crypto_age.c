/* age files: the test kit of C2SP/CCTV, and ours that come back as they went in. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "crypto/age.h"
#include "vectors.h"

static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}
TestSuite(crypto_age, .init = start);

/* ---- the kit ---- */

#define KIT_FILES 124

struct kit_file {
    char name[256];
    char expect[32];
    struct tg_hash payload;
    bool has_payload, armored, compressed;
    struct tg_key identities[4];
    size_t identity_count;
    char passphrase[64];
    struct tg_buf bytes; /* the whole vector file */
    struct tg_buf age;
};

static void line_apply(struct kit_file *kit, char *line)
{
    char *value = strstr(line, ": ");
    cr_assert_not_null(value, "%s: line '%s'", kit->name, line);
    *value = 0;
    value += 2;
    if (strcmp(line, "expect") == 0) snprintf(kit->expect, sizeof kit->expect, "%s", value);
    if (strcmp(line, "armored") == 0) kit->armored = true;
    if (strcmp(line, "compressed") == 0) kit->compressed = true;
    if (strcmp(line, "passphrase") == 0 && !kit->passphrase[0])
        snprintf(kit->passphrase, sizeof kit->passphrase, "%s", value);
    if (strcmp(line, "payload") == 0) {
        cr_assert_eq(tg_hex_decode(tg_view_str(value), kit->payload.bytes, 32), TG_OK);
        kit->has_payload = true;
    }
    if (strcmp(line, "identity") == 0)
        cr_assert_eq(tg_age_identity_parse(tg_view_str(value), &kit->identities[kit->identity_count++], NULL),
                     TG_OK, "%s: identity '%s'", kit->name, value);
}

/* The tests run python3 anyway; it has zlib. */
static void inflate_file(const char *path, size_t from, struct tg_buf *out)
{
    char command[1024];
    uint8_t slice[65536];
    snprintf(command, sizeof command,
             "python3 -c \"import "
             "sys,zlib;sys.stdout.buffer.write(zlib.decompress(open('%s','rb').read()[%zu:]))\"",
             path, from);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    for (size_t got; (got = fread(slice, 1, sizeof slice, pipe)) > 0;)
        cr_assert_eq(tg_buf_put(out, slice, got), TG_OK);
    cr_assert_eq(pclose(pipe), 0, "%s", path);
}

static void kit_read(const char *name, struct kit_file *kit)
{
    char path[512];
    *kit = (struct kit_file){0};
    snprintf(kit->name, sizeof kit->name, "%s", name);
    snprintf(path, sizeof path, "%s/age/%s", TG_TEST_DATA, name);
    cr_assert_eq(tg_file_read(path, 1u << 20, &kit->bytes, NULL), TG_OK, "vector file '%s' is missing", path);
    size_t at = 0;
    for (;;) {
        const uint8_t *end = memchr(kit->bytes.data + at, '\n', kit->bytes.bytes - at);
        cr_assert_not_null(end);
        char line[256];
        snprintf(line, sizeof line, "%.*s", (int)(end - kit->bytes.data - (ptrdiff_t)at),
                 kit->bytes.data + at);
        at = (size_t)(end - kit->bytes.data) + 1;
        if (!line[0]) break;
        line_apply(kit, line);
    }
    if (kit->compressed)
        inflate_file(path, at, &kit->age);
    else
        cr_assert_eq(tg_buf_put(&kit->age, kit->bytes.data + at, kit->bytes.bytes - at), TG_OK);
}

static void kit_release(struct kit_file *kit)
{
    tg_buf_release(&kit->bytes);
    tg_buf_release(&kit->age);
}

/* The whole file as a reader of backups takes it. ret_plain: what opened. */
static tg_err decrypt(struct tg_view file, const struct tg_age_keys *keys, struct tg_buf *ret_plain,
                      bool *ret_header, struct tg_errmsg *em)
{
    struct tg_key key;
    size_t at = 0;
    uint64_t chunks = 0, plain_bytes = 0;
    struct tg_view front =
        tg_view_of(file.data, file.bytes < TG_AGE_HEADER_BYTES_MAX ? file.bytes : TG_AGE_HEADER_BYTES_MAX);
    *ret_header = false;
    tg_err err = tg_age_header_open(front, keys, &key, &at, em);
    if (err) return err;
    *ret_header = true;
    err = tg_age_layout(file.bytes - at, &chunks, &plain_bytes);
    for (uint64_t i = 0; !err && i < chunks; i++) {
        static uint8_t plain[TG_AGE_CHUNK_BYTES];
        bool last = i + 1 == chunks;
        struct tg_view sealed = tg_view_of(file.data + at, last ? file.bytes - at : TG_AGE_SEALED_BYTES);
        err = tg_age_chunk_open(&key, i, last, sealed, plain);
        if (!err) err = tg_buf_put(ret_plain, plain, sealed.bytes - 16);
        at += sealed.bytes;
    }
    if (!err) cr_assert_eq(plain_bytes, ret_plain->bytes);
    return err;
}

static bool is_header_failure(tg_err err)
{
    return err == TG_EMAGIC || err == TG_EVERSION || err == TG_EFORMAT || err == TG_ESHORT;
}

static void kit_check(struct kit_file *kit)
{
    TG_AUTO(tg_buf) struct tg_buf plain = {0};
    struct tg_age_keys keys = {.identities = kit->identities,
                               .identity_count = kit->identity_count,
                               .passphrase = tg_view_str(kit->passphrase)};
    struct tg_errmsg em = {.text = ""};
    bool header = false;
    tg_err err = decrypt(tg_buf_view(&kit->age), &keys, &plain, &header, &em);
    if (kit->armored) { /* whatever is in it: refused by name */
        bool marked = tg_view_starts_with(tg_buf_view(&kit->age), "-----BEGIN AGE ENCRYPTED FILE-----");
        cr_assert(err == TG_EMAGIC, "%s: %s", kit->name, tg_err_name(err));
        cr_assert(!marked || strstr(em.text, "armored"), "%s: %s", kit->name, em.text);
    } else if (strcmp(kit->expect, "success") == 0) {
        struct tg_hash hash;
        tg_sha256_of(tg_buf_view(&plain), &hash);
        cr_assert_eq(err, TG_OK, "%s: %s %s", kit->name, tg_err_name(err), em.text);
        cr_assert(kit->has_payload && tg_hash_equal(&hash, &kit->payload), "%s", kit->name);
    } else if (strcmp(kit->expect, "no match") == 0) {
        cr_assert_eq(err, TG_ESTANZA, "%s: %s", kit->name, tg_err_name(err));
    } else if (strcmp(kit->expect, "HMAC failure") == 0) {
        cr_assert_eq(err, TG_EHASH, "%s: %s", kit->name, tg_err_name(err));
    } else if (strcmp(kit->expect, "header failure") == 0) {
        cr_assert(!header && is_header_failure(err), "%s: %s", kit->name, tg_err_name(err));
    } else {
        cr_assert_str_eq(kit->expect, "payload failure", "%s", kit->name);
        cr_assert(header && err, "%s", kit->name);
    }
}

Test(crypto_age, the_kit_opens_what_it_should_and_nothing_else)
{
    size_t count = 0;
    DIR *entries = opendir(TG_TEST_DATA "/age");
    cr_assert_not_null(entries, "the vectors are missing");
    for (const struct dirent *entry; (entry = readdir(entries));) {
        struct kit_file kit;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "SOURCE.md") == 0) continue;
        kit_read(entry->d_name, &kit);
        kit_check(&kit);
        kit_release(&kit);
        count++;
    }
    closedir(entries);
    cr_assert_eq(count, KIT_FILES, "%zu", count);
}

/* ---- ours ---- */

static struct tg_buf made(size_t plain_bytes, const struct tg_age_recipient *recipients, size_t count,
                          struct tg_random random)
{
    struct tg_buf file = {0};
    struct tg_key key;
    cr_assert_eq(tg_age_header_make(recipients, count, &random, &file, &key, NULL), TG_OK);
    size_t at = 0;
    for (uint64_t number = 0; number == 0 || at < plain_bytes; number++) {
        static uint8_t chunk[TG_AGE_SEALED_BYTES];
        size_t take = plain_bytes - at < TG_AGE_CHUNK_BYTES ? plain_bytes - at : TG_AGE_CHUNK_BYTES;
        for (size_t i = 0; i < take; i++) chunk[i] = (uint8_t)((at + i) * 31);
        tg_age_chunk_seal(&key, number, at + take == plain_bytes, tg_view_of(chunk, take), chunk);
        cr_assert_eq(tg_buf_put(&file, chunk, take + 16), TG_OK);
        at += take;
    }
    return file;
}

static void pair(struct seeded *seeded, struct tg_key *identity, struct tg_age_recipient *recipient)
{
    seeded_fill(seeded, identity->bytes, 32);
    tg_age_recipient_of(identity, recipient);
}

Test(crypto_age, what_was_sealed_opens_for_each_recipient_and_for_nobody_else)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 200000};
    struct seeded seeded = {.seed = 7};
    struct tg_key identities[3], stranger;
    struct tg_age_recipient recipients[3], other;
    for (size_t i = 0; i < 3; i++) pair(&seeded, &identities[i], &recipients[i]);
    pair(&seeded, &stranger, &other);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        TG_AUTO(tg_buf) struct tg_buf file = made(sizes[s], recipients, 3, seeded_random(&seeded));
        bool header;
        for (size_t i = 0; i < 3; i++) {
            TG_AUTO(tg_buf) struct tg_buf plain = {0};
            struct tg_age_keys keys = {.identities = &identities[i], .identity_count = 1};
            assert_err(decrypt(tg_buf_view(&file), &keys, &plain, &header, NULL), TG_OK);
            cr_assert_eq(plain.bytes, sizes[s]);
            for (size_t k = 0; k < plain.bytes; k++) cr_assert_eq(plain.data[k], (uint8_t)(k * 31));
        }
        TG_AUTO(tg_buf) struct tg_buf nothing = {0};
        struct tg_age_keys keys = {.identities = &stranger, .identity_count = 1};
        assert_err(decrypt(tg_buf_view(&file), &keys, &nothing, &header, NULL), TG_ESTANZA);
    }
}

Test(crypto_age, one_changed_bit_anywhere_is_seen)
{
    struct seeded seeded = {.seed = 8};
    struct tg_key identity;
    struct tg_age_recipient recipient;
    pair(&seeded, &identity, &recipient);
    TG_AUTO(tg_buf) struct tg_buf file = made(100, &recipient, 1, seeded_random(&seeded));
    struct tg_age_keys keys = {.identities = &identity, .identity_count = 1};
    for (size_t bit = 0; bit < file.bytes * 8; bit++) {
        TG_AUTO(tg_buf) struct tg_buf plain = {0};
        bool header;
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert(decrypt(tg_buf_view(&file), &keys, &plain, &header, NULL), "bit %zu", bit);
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        TG_AUTO(tg_buf) struct tg_buf plain = {0};
        bool header;
        cr_assert(decrypt(tg_view_of(file.data, bytes), &keys, &plain, &header, NULL), "%zu bytes", bytes);
    }
}

Test(crypto_age, keys_come_back_from_their_text_in_one_case_alone)
{
    static const char identity_text[] =
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
    struct tg_key identity, again;
    struct tg_age_recipient recipient, read;
    char text[TG_AGE_IDENTITY_TEXT_BYTES], to[TG_AGE_RECIPIENT_TEXT_BYTES];
    cr_assert_eq(tg_age_identity_parse(tg_view_str(identity_text), &identity, NULL), TG_OK);
    tg_age_identity_format(&identity, text);
    cr_assert_str_eq(text, identity_text);
    for (char *at = text; *at; at++) *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    cr_assert_eq(tg_age_identity_parse(tg_view_str(text), &again, NULL), TG_OK);
    text[20] = (char)(text[20] >= 'a' ? text[20] - 32 : 'Q');
    cr_assert_eq(tg_age_identity_parse(tg_view_str(text), &again, NULL), TG_EFORMAT);
    tg_age_recipient_of(&identity, &recipient);
    tg_age_recipient_format(&recipient, to);
    cr_assert_eq(strlen(to), TG_AGE_RECIPIENT_TEXT_BYTES - 1);
    cr_assert_eq(tg_age_recipient_parse(tg_view_str(to), &read, NULL), TG_OK);
    cr_assert_eq(memcmp(&read, &recipient, sizeof read), 0);
    for (size_t i = 0; to[i]; i++) {
        char held = to[i];
        to[i] = held == 'q' ? 'p' : 'q';
        cr_assert_eq(tg_age_recipient_parse(tg_view_str(to), &read, NULL), TG_EFORMAT, "at %zu", i);
        to[i] = held;
    }
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_age_recipient_parse(tg_view_str("ssh-ed25519 AAAA"), &read, &em), TG_EFORMAT);
    cr_assert(strstr(em.text, "X25519"));
    memset(&recipient, 0, sizeof recipient); /* a point of low order */
    tg_age_recipient_format(&recipient, to);
    cr_assert_eq(tg_age_recipient_parse(tg_view_str(to), &read, NULL), TG_EKEY);
}
