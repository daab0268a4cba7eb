/* The key-encryption key changes: everything stays readable, what was erased is of no use to anybody who finds old pages or
 * an older copy of the store, and a crash in the middle costs nothing.
 */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "service_help.h"

#define BLOB_BYTES (29 + 33 + 16) /* a whole batch key as it is stored, without its time */

/* The keys of a life: before the change, while both are held, after it. */
enum life { BEFORE, BOTH, AFTER };

static void life_keyfile(enum life life, struct tg_keyfile *keyfile)
{
    uint8_t fresh[32];
    member_keyfile("TJ", keyfile);
    if (life == BEFORE) return;
    if (life == BOTH) {
        const struct tg_secret *old = tg_keyfile_get(keyfile, TG_VAULT_WRAP);
        cr_assert_eq(tg_keyfile_put(keyfile, TG_VAULT_WRAP ".1", tg_secret_data(old), 32), TG_OK);
    }
    cr_assert_eq(tg_keyfile_remove(keyfile, TG_VAULT_WRAP), TG_OK);
    member_secret("wrap after", "TJ", fresh);
    cr_assert_eq(tg_keyfile_put(keyfile, TG_VAULT_WRAP, fresh, sizeof fresh), TG_OK);
}

static struct tg_vault *life_vault(enum life life)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_vault *vault = NULL;
    life_keyfile(life, &keyfile);
    cr_assert_eq(tg_vault_new(&keyfile, &vault, NULL), TG_OK);
    return vault;
}

/* The process ended, and another begins with those keys. */
static void live(struct bench *bench, enum life life)
{
    bench_down(bench);
    tg_vault_free(bench->tj.vault);
    bench->tj.vault = life_vault(life);
    bench_up(bench);
}

static void settle(struct bench *bench)
{
    cr_assert_eq(tg_node_settle(bench->node, NULL), TG_OK);
}

static int64_t status_number(struct bench *bench, const char *name)
{
    TG_AUTO(answer) struct answer answer = call(bench, ask("status"));
    must_be_done(&answer);
    return done_number(&answer, name);
}

static void wait_done(struct bench *bench)
{
    for (int turn = 0; turn < 2000; turn++) {
        if (status_number(bench, "rewrap_done")) return;
        bench_turn(bench);
    }
    cr_assert(false, "it never ends");
}

static void withdraw(struct bench *bench, const char *ref)
{
    TG_AUTO(answer)
    struct answer answer =
        call(bench, with_text(with_text(ask("withdraw"), "ref", ref), "reason", "wrong_person"));
    must_be_done(&answer);
}

static bool shown(struct bench *bench, const char *ref)
{
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("show"), "ref", ref));
    return answer.end.kind == TG_CONTROL_DONE;
}

/* ---- raw bytes ---- */

static void raw_copy(const struct bench *bench, const char *name, struct tg_buf *out)
{
    char path[160];
    snprintf(path, sizeof path, "%s/store/%s/data.mdb", bench->dir, name);
    cr_assert_eq(tg_file_read(path, 1u << 30, out, NULL), TG_OK);
}

/* Whether anything in those bytes is the whole key of that envelope of ours, to who has that vault. */
static bool raw_opens(const struct bench *bench, const struct tg_buf *raw, const struct tg_vault *vault,
                      uint64_t index, struct tg_key *ret_ck)
{
    struct tg_where where = {.suite = TG_SUITE_1, .index = index};
    memcpy(where.origin.bytes, bench->tj.id.bytes, sizeof where.origin.bytes);
    for (size_t at = 0; at + BLOB_BYTES <= raw->bytes; at++) {
        TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
        if (raw->data[at] != 1) continue;
        if (tg_vault_unwrap(vault, &where, tg_view_of(raw->data + at, BLOB_BYTES), &keymat)) continue;
        cr_assert(keymat.whole);
        *ret_ck = keymat.ck;
        return true;
    }
    return false;
}

static bool holds(const struct tg_buf *raw, const void *bytes, size_t count)
{
    return memmem(raw->data, raw->bytes, bytes, count) != NULL;
}

Test(rewrap, control_what_was_erased_is_of_no_use_in_an_old_copy)
{
    struct bench *bench = bench_new();
    struct tg_key ck, none;
    TG_AUTO(tg_buf) struct tg_buf old = {0}, after = {0}, log = {0}, index = {0};
    published(bench, person_json("Erased Namesake", "1980-01-01", ""));
    published(bench, person_json("Kept Neighbour", "1981-01-01", ""));
    settle(bench);
    raw_copy(bench, "log", &old); /* somebody copied the disk before */
    withdraw(bench, "TJ-0");
    settle(bench);
    raw_copy(bench, "log", &after);
    struct tg_vault *before = life_vault(BEFORE), *finished = life_vault(AFTER);
    cr_assert(raw_opens(bench, &old, before, 0, &ck),
              "the old copy with the old key reads it: so it can fail");
    cr_expect_not(shown(bench, "TJ-0"));

    live(bench, BOTH);
    wait_done(bench);
    cr_expect_eq(status_number(bench, "rewrap_lost"), 0);
    live(bench, AFTER);
    cr_expect(shown(bench, "TJ-1"), "what was not erased is read as ever");
    cr_expect_not(shown(bench, "TJ-0"));
    settle(bench);
    raw_copy(bench, "log", &log);
    raw_copy(bench, "index", &index);
    cr_expect_not(raw_opens(bench, &old, finished, 0, &none), "an old copy and the key file of today");
    cr_expect_not(raw_opens(bench, &after, finished, 0, &none), "pages that were not in use any more");
    cr_expect_not(raw_opens(bench, &log, finished, 0, &none));
    cr_expect(raw_opens(bench, &log, finished, 1, &none), "the search finds what is there");
    cr_expect_not(holds(&log, ck.bytes, sizeof ck.bytes) || holds(&old, ck.bytes, sizeof ck.bytes));
    cr_expect_not(holds(&log, "Namesake", 8) || holds(&index, "Namesake", 8) || holds(&old, "Namesake", 8));
    tg_wipe(&ck, sizeof ck);
    tg_vault_free(before);
    tg_vault_free(finished);
    bench_free(bench);
}

Test(rewrap, nothing_is_done_while_there_is_no_former_key)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Somebody", "1980-01-01", ""));
    for (int i = 0; i < 20; i++) bench_turn(bench);
    cr_expect_eq(status_number(bench, "wrap_former"), 0);
    TG_AUTO(answer) struct answer answer = call(bench, ask("status"));
    cr_expect_not(tg_control_has(&answer.end, "rewrap_total"));
    cr_expect(shown(bench, "TJ-0"));
    bench_free(bench);
}

#define MANY (3 * TG_REWRAP_SLICE_KEYS)
Test(rewrap, goes_on_after_a_crash_where_it_was)
{
    struct bench *bench = bench_new();
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "Person %d", i);
        published(bench, person_json(name, "1980-01-01", ""));
    }
    settle(bench);
    live(bench, BOTH);
    int64_t looked = 0;
    for (int turn = 0; turn < 100 && !looked; turn++) {
        bench_turn(bench);
        looked = status_number(bench, "rewrap_looked");
    }
    cr_assert(looked >= TG_REWRAP_SLICE_KEYS && looked < MANY, "%lld", (long long)looked);
    cr_expect_not(status_number(bench, "rewrap_done"));
    live(bench, BOTH); /* a crash: nothing was settled */
    cr_expect_geq(status_number(bench, "rewrap_looked"), looked, "it does not begin anew");
    published(bench, person_json("Meanwhile", "1985-01-01", ""));
    wait_done(bench);
    cr_expect_eq(status_number(bench, "rewrap_looked"), MANY + 1);
    live(bench, AFTER);
    cr_expect(shown(bench, "TJ-0") && shown(bench, "TJ-200"));
    char last[16];
    snprintf(last, sizeof last, "TJ-%d", MANY);
    cr_expect(shown(bench, last));
    bench_free(bench);
}

/* What an officer withdrew stays blocked from import, and notices stay, whatever key they were sealed under. */
Test(rewrap, keeps_what_is_blocked_and_what_was_told)
{
    struct bench *bench = bench_new();
    const char *listed = person_json("Listed", "1980-01-01", ",\"list\":\"numbers\",\"external_id\":\"n1\"");
    published(bench, listed);
    withdraw(bench, "TJ-0");
    settle(bench);
    live(bench, BOTH);
    wait_done(bench);
    live(bench, AFTER);
    TG_AUTO(answer) struct answer notices = call(bench, ask("notices"));
    must_be_done(&notices);
    cr_expect_geq(notices.row_count, 1);
    TG_AUTO(answer) struct answer blocked = call(bench, ask("reinstate.list"));
    must_be_done(&blocked);
    cr_expect_eq(blocked.row_count, 1);
    TG_AUTO(answer) struct answer back = call(bench, with_text(ask("reinstate"), "ref", "numbers:n1"));
    must_be_done(&back);
    bench_free(bench);
}
