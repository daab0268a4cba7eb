/* The recovery key: disk and keys of a node are gone, those who hold its envelopes cannot or will not seal their keys anew,
 * and what it stated is read again with the key that was in the safe; with no other, and nothing of that key stays.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"
#include "node/recover.h"
#include "trio.h"

/* TJ's other keys: all but those that sign its log, without which it would be another log. Nothing that it held, and nothing
 * that was sealed to it, opens with these. */
static struct tg_vault *other_keys(int i)
{
    static const char *const names[] = {TG_VAULT_CLOCK, TG_VAULT_STORE, TG_VAULT_SEAL,
                                        TG_VAULT_CURVE, TG_VAULT_WRAP,  TG_VAULT_DERIVE};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_vault *vault = NULL;
    member_keyfile(trio_countries[i], &keyfile);
    for (size_t k = 0; i == TJ && k < sizeof names / sizeof *names; k++) {
        char role[32];
        uint8_t secret[32];
        snprintf(role, sizeof role, "%s two", names[k]);
        member_secret(role, "TJ", secret);
        cr_assert_eq(tg_keyfile_remove(&keyfile, names[k]), TG_OK);
        cr_assert_eq(tg_keyfile_put(&keyfile, names[k], secret, sizeof secret), TG_OK);
    }
    assert_err(tg_vault_new(&keyfile, &vault, NULL), TG_OK);
    return vault;
}

/* As a card from its root key says. */
static void keys_new(struct trio *trio)
{
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    struct member_node *tj = &trio->members[TJ];
    trio->vault_of = other_keys;
    member_init(tj, "TJ");
    tg_vault_free(tj->vault);
    tj->vault = other_keys(TJ);
    tg_vault_public_of(tj->vault, &tj->keys);
    assert_err(tg_card_open(tg_buf_view(&trio->cards[TJ]), card, NULL), TG_OK);
    card->serial++;
    card->has_prev = true;
    card->prev = card->text_hash;
    member_key(tj, TG_KEY_ROLE_CLOCK, TG_NOTE_COSIGNATURE, &tj->keys.clock, &card->clock);
    member_key(tj, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &tj->keys.store, &card->store);
    card->seal = tj->keys.seal;
    memcpy(card->curve, tj->keys.curve.bytes, sizeof card->curve);
    struct tg_signer signer = tg_signer_of_secret(&tj->root);
    tg_buf_clear(&trio->cards[TJ]);
    assert_err(tg_card_sign(card, &signer, NULL, NULL, &trio->cards[TJ], NULL), TG_OK);
}

/* Nobody gives TJ a key. */
static void no_keys(struct trio *trio, int from, int to, struct tg_buf *message)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_msg msg;
    (void)trio, (void)from;
    tg_arena_init(&arena, 1u << 24);
    if (to == TJ && !tg_msg_decode(tg_buf_view(message), &arena, &msg, NULL) && msg.type == TG_MSG_RESEAL)
        tg_buf_clear(message);
}

/* TJ lost everything, and what its partners hold of its log came back, unreadable. */
static struct trio *lost(void)
{
    struct trio *trio = trio_new();
    struct bench *tj = trio->at[TJ];
    char command[128];
    trio_publish(trio, TJ, TO(KG), alert_json("to KG alone", "routine"));
    trio_publish(trio, TJ, TO_ALL, alert_json("to both", "routine"));
    trio_publish(trio, TJ, TO(KG), alert_json("taken back", "routine"));
    TG_AUTO(answer)
    struct answer gone = call(tj, with_text(with_text(ask("withdraw"), "ref", "TJ-2"), "reason", "error"));
    must_be_done(&gone);
    trio_publish(trio, TJ, 0, alert_json("kept at home", "routine"));
    trio_run(trio);
    trio_stop(trio, TJ);
    snprintf(command, sizeof command, "rm -rf '%s'/*", tj->dir);
    cr_assert_eq(system(command), 0);
    keys_new(trio);
    trio->bend = no_keys;
    bench_start(tj, &trio->members[TJ], tg_buf_view(&trio->cards[TJ]));
    for (int i = KG; i < TRIO; i++) {
        trio_enrol(trio, i, TJ);
        trio_enrol(trio, TJ, i);
        trio_link(trio, TJ, i, true);
    }
    for (int i = 0; i < 6; i++) trio_run(trio);
    return trio;
}

static struct asking *lend(struct trio *trio, const struct tg_key *secret)
{
    static const char info[] = TG_CONTROL_RECOVERY_INFO;
    uint8_t sealed[TG_HPKE_ENC_BYTES + TG_KEY_BYTES + TG_HPKE_TAG_BYTES];
    const struct member_node *tj = &trio->members[TJ];
    cr_assert_eq(tg_hpke_seal(&tj->keys.seal, TG_VIEW_ARRAY(info), TG_VIEW_ARRAY(tj->id.bytes),
                              TG_VIEW_ARRAY(secret->bytes), &trio->at[TJ]->rng, sealed,
                              sealed + TG_HPKE_ENC_BYTES),
                 TG_OK);
    struct asking *asking = ask("recovery");
    tg_control_put_data(&asking->out, "sealed", TG_VIEW_ARRAY(sealed));
    return asking;
}

static tg_err look(struct trio *trio, const char *ref)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    uint64_t recno = 0;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(trio->at[TJ]->node, ref, &recno, NULL);
    return err ? err : tg_lookup_open(trio->at[TJ]->node, recno, &arena, &found, NULL);
}

/* Files under the folder that have these bytes somewhere, raw or as hex digits. */
static size_t files_with(const char *dir, const uint8_t secret[32])
{
    size_t count = 0;
    char hex[TG_HEX_BYTES(32)];
    DIR *entries = opendir(dir);
    cr_assert_not_null(entries);
    tg_hex_encode(secret, 32, hex);
    for (const struct dirent *entry; (entry = readdir(entries));) {
        char path[512];
        struct stat about;
        TG_AUTO(tg_buf) struct tg_buf file = {0};
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        cr_assert_eq(lstat(path, &about), 0);
        if (S_ISDIR(about.st_mode)) count += files_with(path, secret);
        if (!S_ISREG(about.st_mode)) continue;
        assert_err(tg_file_read(path, SIZE_MAX / 2, &file, NULL), TG_OK);
        count += memmem(file.data, file.bytes, secret, 32) || memmem(file.data, file.bytes, hex, 64);
    }
    closedir(entries);
    return count;
}

Test(recovery_key, opens_what_this_node_stated_when_nobody_seals_it_anew)
{
    struct trio *trio = lost();
    struct bench *tj = trio->at[TJ];
    struct tg_recovery before, after;
    tg_recover_look(tj->node, &before);
    cr_expect_eq(before.leaves, before.known);
    cr_expect_eq(before.envelopes + 1, before.leaves, "what was kept at home nobody holds");
    cr_assert_neq(look(trio, "TJ-0"), TG_OK);

    TG_AUTO(answer) struct answer opened = call(tj, lend(trio, &trio->members[TJ].recovery));
    must_be_done(&opened);
    cr_expect_eq(done_number(&opened, "opened"), 4);
    cr_expect_eq(done_number(&opened, "listed"), 1);
    cr_expect_eq(done_number(&opened, "more"), 0);
    cr_expect_eq(opened.row_count, 0);
    for (int i = 0; i < 3; i++) trio_run(trio);
    tg_recover_look(tj->node, &after);
    cr_expect_eq(after.readable, after.envelopes);
    assert_err(look(trio, "TJ-0"), TG_OK);
    assert_err(look(trio, "TJ-1"), TG_OK);
    cr_expect_neq(look(trio, "TJ-2"), TG_OK, "withdrawn, and stays so");
    cr_expect_neq(look(trio, "TJ-4"), TG_OK);
    cr_expect_eq(after.withdrawn, 1);

    TG_AUTO(answer) struct answer again = call(tj, lend(trio, &trio->members[TJ].recovery));
    must_be_done(&again);
    cr_expect_eq(done_number(&again, "opened"), 0, "nothing is closed any more");
    trio_publish(trio, TJ, TO_ALL, alert_json("and it goes on", "routine"));
    trio_free(trio);
}

Test(recovery_key, another_key_opens_nothing_and_changes_nothing)
{
    struct trio *trio = lost();
    struct bench *tj = trio->at[TJ];
    struct tg_recovery before, after;
    struct tg_key other = trio->members[KG].recovery;
    tg_recover_look(tj->node, &before);
    TG_AUTO(answer) struct answer answer = call(tj, lend(trio, &other));
    must_be_done(&answer);
    cr_expect_eq(done_number(&answer, "opened"), 0);
    cr_expect_eq(done_number(&answer, "listed"), 0);
    cr_assert_eq(answer.row_count, 4);
    cr_expect_str_eq(row_text(&answer, 0, "error"), "ESTANZA");
    cr_expect_str_eq(row_text(&answer, 0, "why"), "sealed to another recovery key");
    trio_run(trio);
    tg_recover_look(tj->node, &after);
    cr_expect_eq(memcmp(&before, &after, sizeof after), 0);
    cr_expect_neq(look(trio, "TJ-0"), TG_OK);

    struct asking *bare = ask("recovery");
    tg_control_put_data(&bare->out, "sealed", TG_VIEW_ARRAY(other.bytes));
    TG_AUTO(answer) struct answer refused = call(tj, bare);
    must_fail(&refused, TG_ESHORT, "does not come sealed");
    trio_free(trio);
}

Test(recovery_key, nothing_of_it_stays_on_the_disk)
{
    struct trio *trio = lost();
    struct bench *tj = trio->at[TJ];
    const struct tg_key *secret = &trio->members[TJ].recovery;
    TG_AUTO(answer) struct answer opened = call(tj, lend(trio, secret));
    must_be_done(&opened);
    trio_run(trio);
    trio_stop(trio, TJ); /* everything is written */
    cr_expect_eq(files_with(tj->dir, secret->bytes), 0);
    char path[256];
    snprintf(path, sizeof path, "%s/planted", tj->dir);
    assert_err(tg_file_create(path, TG_VIEW_ARRAY(secret->bytes), 0600, NULL), TG_OK);
    cr_expect_eq(files_with(tj->dir, secret->bytes), 1, "the look itself sees one");
    trio_start(trio, TJ);
    trio_free(trio);
}
