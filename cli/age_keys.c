/* Recipients and identities of age, from options and files.
 *
 * Knows no backup.
 */
#include "cli/age_keys.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/option.h"
#include "cli/output.h"
#include "cli/terminal.h"

/* Each line that is neither empty nor a comment. */
typedef tg_err (*on_line)(void *ctx, struct tg_view line, struct tg_errmsg *em);
static tg_err lines_each(const char *path, struct tg_view text, on_line each, void *ctx, struct tg_errmsg *em)
{
    for (size_t number = 1; text.bytes; number++) {
        const uint8_t *end = memchr(text.data, '\n', text.bytes);
        size_t bytes = end ? (size_t)(end - text.data) : text.bytes;
        struct tg_view line = tg_text_trim(tg_view_of(text.data, bytes));
        text = tg_view_of(text.data + bytes + (end != NULL), text.bytes - bytes - (end != NULL));
        if (!line.bytes || line.data[0] == '#') continue;
        tg_err err = each(ctx, line, em);
        if (err) return tg_context(em, err, "line %zu of '%s'", number, path);
    }
    return TG_OK;
}

static void text_release(struct tg_buf *text)
{
    if (text->data) tg_wipe(text->data, text->capacity);
    tg_buf_release(text);
}

/* ---- whom it is for ---- */

static tg_err recipient_add(void *ctx, struct tg_view line, struct tg_errmsg *em)
{
    struct tg_age_recipients *recipients = ctx;
    if (recipients->count == TG_AGE_RECIPIENTS_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d recipients", TG_AGE_RECIPIENTS_MAX);
    tg_err err = tg_age_recipient_parse(line, &recipients->items[recipients->count], em);
    if (!err) recipients->count++;
    return err;
}

static tg_err recipients_file(struct tg_age_recipients *recipients, const char *path, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    size_t before = recipients->count;
    tg_err err = tg_file_read(path, TG_AGE_KEYS_BYTES_MAX, &text, em);
    if (!err) err = lines_each(path, tg_buf_view(&text), recipient_add, recipients, em);
    if (!err && recipients->count == before) err = tg_fail(em, TG_EFORMAT, "'%s' holds no recipient", path);
    return err;
}

/* As age-keygen writes it. */
static tg_err identity_make(struct tg_cli *cli, struct tg_age_recipients *recipients, const char *path,
                            struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key identity;
    struct tg_age_recipient recipient;
    char secret[TG_AGE_IDENTITY_TEXT_BYTES], to[TG_AGE_RECIPIENT_TEXT_BYTES], when[TG_WHEN_BYTES];
    struct tg_buf text = {0};
    tg_random_fill(cli->random, identity.bytes, sizeof identity.bytes);
    tg_age_recipient_of(&identity, &recipient);
    tg_age_recipient_format(&recipient, to);
    tg_age_identity_format(&identity, secret);
    tg_when_format(tg_clock_wall_ms(cli->clock), when);
    tg_err err = tg_buf_reserve(&text, 512); /* not moved while it is filled: no copy is left behind */
    if (!err) err = tg_buf_putf(&text, "# created: %s\n# public key: %s\n%s\n", when, to, secret);
    if (!err) err = tg_file_create(path, tg_buf_view(&text), 0600, em);
    tg_wipe(secret, sizeof secret);
    text_release(&text);
    return err ? err : recipient_add(recipients, tg_view_str(to), em);
}

tg_err tg_age_recipients_read(struct tg_cli *cli, const struct tg_args *args,
                              struct tg_age_recipients *recipients, struct tg_errmsg *em)
{
    size_t at = 0;
    tg_err err = TG_OK;
    for (const char *text; !err && (text = tg_args_each(args, "recipient", &at));) {
        err = recipient_add(recipients, tg_view_str(text), em);
        if (err) err = tg_context(em, err, "recipient '%.80s'", text);
    }
    at = 0;
    for (const char *path; !err && (path = tg_args_each(args, "recipients-file", &at));)
        err = recipients_file(recipients, path, em);
    const char *fresh = tg_args_text(args, "new-identity", NULL);
    return err || !fresh ? err : identity_make(cli, recipients, fresh, em);
}

/* ---- what opens it ---- */

void tg_age_identities_release(struct tg_age_identities *identities)
{
    tg_wipe(identities, sizeof *identities);
}

static tg_err identity_add(void *ctx, struct tg_view line, struct tg_errmsg *em)
{
    struct tg_age_identities *identities = ctx;
    if (identities->count == TG_AGE_RECIPIENTS_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d identities", TG_AGE_RECIPIENTS_MAX);
    tg_err err = tg_age_identity_parse(line, &identities->items[identities->count], em);
    if (!err) identities->count++;
    return err;
}

/* Of an identity file that is itself encrypted: typed, or the first line of a file. */
static tg_err passphrase_get(struct tg_cli *cli, const struct tg_args *args, struct tg_buf *out,
                             struct tg_errmsg *em)
{
    const char *file = tg_args_text(args, "passphrase-file", NULL);
    char typed[TG_PASSPHRASE_BYTES_MAX + 1];
    tg_err err = tg_buf_reserve(out, sizeof typed + 1);
    if (err) return err;
    if (file) {
        err = tg_file_read_private(file, TG_PASSPHRASE_BYTES_MAX, out, em);
        if (!err && out->bytes && out->data[out->bytes - 1] == '\n') out->bytes--;
        return err;
    }
    err = tg_terminal_line(cli, "passphrase of the identity file", true, typed, sizeof typed, em);
    if (!err) err = tg_buf_put_str(out, typed);
    tg_wipe(typed, sizeof typed);
    return err ? tg_context(em, err, "the identity file is encrypted; give --passphrase-file") : TG_OK;
}

/* One chunk is enough for any file of keys. */
static tg_err decrypted(struct tg_buf *text, struct tg_view passphrase, struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key key;
    const struct tg_age_keys keys = {.passphrase = passphrase};
    size_t at = 0;
    uint64_t chunks = 0, bytes = 0;
    tg_err err = tg_age_header_open(tg_buf_view(text), &keys, &key, &at, em);
    if (err == TG_ESTANZA) return tg_fail(em, TG_EPASSPHRASE, "the passphrase does not open it");
    if (!err) err = tg_age_layout(text->bytes - at, &chunks, &bytes);
    if (!err && chunks != 1) err = TG_ELIMIT;
    if (!err)
        err =
            tg_age_chunk_open(&key, 0, true, tg_view_of(text->data + at, text->bytes - at), text->data + at);
    if (err) return tg_fail(em, err, "it is damaged");
    memmove(text->data, text->data + at, (size_t)bytes);
    text->bytes = (size_t)bytes;
    return TG_OK;
}

static tg_err identities_file(struct tg_cli *cli, const struct tg_args *args, const char *path,
                              struct tg_age_identities *identities, struct tg_errmsg *em)
{
    struct tg_buf text = {0}, passphrase = {0};
    size_t before = identities->count;
    tg_err err = tg_buf_reserve(&text, TG_AGE_KEYS_BYTES_MAX + 1);
    if (!err) err = tg_file_read_private(path, TG_AGE_KEYS_BYTES_MAX, &text, em);
    bool locked = !err && (tg_view_starts_with(tg_buf_view(&text), "age-encryption.org/") ||
                           tg_view_starts_with(tg_buf_view(&text), "-----BEGIN AGE"));
    if (locked) err = passphrase_get(cli, args, &passphrase, em);
    if (!err && locked) {
        err = decrypted(&text, tg_buf_view(&passphrase), em);
        if (err) err = tg_context(em, err, "cannot open identity file '%s'", path);
    }
    if (!err) err = lines_each(path, tg_buf_view(&text), identity_add, identities, em);
    if (!err && identities->count == before) err = tg_fail(em, TG_EFORMAT, "'%s' holds no identity", path);
    text_release(&text);
    text_release(&passphrase);
    return err;
}

tg_err tg_age_identities_read(struct tg_cli *cli, const struct tg_args *args,
                              struct tg_age_identities *identities, struct tg_errmsg *em)
{
    size_t at = 0;
    tg_err err = TG_OK;
    for (const char *path; !err && (path = tg_args_each(args, "identity", &at));)
        err = identities_file(cli, args, path, identities, em);
    if (err || identities->count) return err;
    return tg_fail(em, TG_EUSAGE,
                   "this backup is encrypted: give --identity FILE, the file with the age key");
}
