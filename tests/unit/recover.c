/* A node that lost its disk, or was put back from an old copy, fetches its own log back and shows one history.
 *
 * tests/controls runs `control_*` once more with the start rules taken out: there two histories must come of it.
 */
#include "proto/backup.h"
#include "proto/record_edit.h"
#include "trio.h"

__attribute__((format(printf, 1, 2))) static void shell(const char *format, ...)
{
    char command[320];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    cr_assert_eq(system(command), 0, "%s", command);
}

/* Says beside the store that it was put back, as `tamga restore` does: of a log of that size and root. */
static void restored_put(struct trio *trio, int i, uint64_t size, const struct tg_hash *root)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char path[160];
    struct tg_backup_about about = {.taken_ms = BENCH_EPOCH_MS, .size = size, .root = *root, .records = size};
    about.node = trio->members[i].id;
    snprintf(about.country, sizeof about.country, "%s", trio_countries[i]);
    snprintf(about.name, sizeof about.name, "Service");
    snprintf(about.software, sizeof about.software, "test");
    cr_assert_eq(tg_backup_about_encode(&about, &text), TG_OK);
    snprintf(path, sizeof path, "%s/restored", trio->at[i]->dir);
    cr_assert_eq(tg_file_create(path, tg_buf_view(&text), 0600, NULL), TG_OK);
}

/* The disk of that node is gone; keys and partners' cards are put back. */
static void wipe(struct trio *trio, int i)
{
    struct tg_hash empty;
    trio_stop(trio, i);
    shell("rm -rf '%s'/*", trio->at[i]->dir);
    tg_sha256_of(tg_view_of(NULL, 0), &empty);
    restored_put(trio, i, 0, &empty);
    trio_start(trio, i);
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_enrol(trio, i, k);
}

static void link_all(struct trio *trio, int i)
{
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_link(trio, i, k, true);
    for (int round = 0; round < 4; round++) trio_run(trio);
}

static struct tg_held_log *log_at(struct trio *trio, int at, int of)
{
    struct tg_log_id id = {.origin = trio_id(trio, of)};
    return tg_held_ensure(trio->at[at]->node, &id);
}

static bool ready(struct trio *trio, int i)
{
    return tg_node_append_refused(trio->at[i]->node) == NULL;
}

static void titled(struct trio *trio, int by, unsigned to, const char *title)
{
    trio_publish(trio, by, to, alert_json(title, "routine"));
}

Test(recover, leaves_and_envelopes_come_back_from_whoever_holds_them)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "to both");
    titled(trio, TJ, TO(KG), "to KG");
    titled(trio, TJ, TO(UZ), "to UZ");
    titled(trio, TJ, 0, "to nobody");
    titled(trio, KG, TO(TJ), "of KG");
    titled(trio, TJ, TO_ALL, "to both again");
    struct tg_hash root = log_at(trio, TJ, TJ)->root;
    wipe(trio, TJ);
    cr_assert_not(ready(trio, TJ));
    cr_assert_eq(log_at(trio, TJ, TJ)->size, 0);
    link_all(trio, TJ);
    struct tg_held_log *own = log_at(trio, TJ, TJ);
    cr_assert_eq(own->size, 5);
    cr_assert(tg_hash_equal(&own->root, &root));
    cr_assert(ready(trio, TJ), "%s", tg_node_append_refused(trio->at[TJ]->node));
    cr_assert_eq(tg_ranges_total(&own->bare), 1, "the one that was addressed to nobody is lost");
    cr_assert_eq(own->bare.items[0].first, 3);
    cr_assert_eq(log_at(trio, TJ, KG)->size, 1);
    /* It goes on, and everybody has one history; also after another start. */
    titled(trio, TJ, TO_ALL, "after the loss");
    trio_restart(trio, TJ);
    cr_assert(ready(trio, TJ));
    titled(trio, TJ, TO_ALL, "and after a restart");
    trio_pass(trio, 1000);
    for (int i = KG; i <= UZ; i++) {
        cr_assert_eq(log_at(trio, i, TJ)->size, 7);
        cr_assert(tg_hash_equal(&log_at(trio, i, TJ)->root, &log_at(trio, TJ, TJ)->root));
    }
    trio_free(trio);
}

static tg_err look(struct trio *trio, int at, const char *ref)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    uint64_t recno = 0;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(trio->at[at]->node, ref, &recno, NULL);
    return err ? err : tg_lookup_open(trio->at[at]->node, recno, &arena, &found, NULL);
}

/* Two records in one batch. */
static void pair_publish(struct trio *trio, int by, unsigned to, struct trio_published *published)
{
    struct tg_publish *job = calloc(1, sizeof *job);
    job->records = calloc(2, sizeof *job->records);
    job->record_count = 2;
    for (int i = 0; i < 2; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_view bytes;
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        const char *json = alert_json(i ? "of two the second" : "of two the first", "routine");
        cr_assert_eq(tg_record_from_json(tg_view_str(json), &arena, &bytes, NULL), TG_OK);
        tg_buf_put_view(&job->records[i], bytes);
    }
    for (int i = 0; i < TRIO; i++)
        if (i != by && (to & TO(i))) job->audience[job->audience_count++] = trio_id(trio, i);
    job->done = trio_done;
    job->ctx = published;
    cr_assert_eq(tg_commit_enqueue(trio->at[by]->node, job, NULL), TG_OK);
    trio_run(trio);
    cr_assert(published->done && !published->err);
}

static void withdraw(struct trio *trio, int by, const char *ref)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    uint64_t recno = 0;
    struct tg_node *node = trio->at[by]->node;
    struct trio_published published = {.done = false};
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert_eq(tg_lookup_ref(node, ref, &recno, NULL), TG_OK);
    cr_assert_eq(tg_lookup_open(node, recno, &arena, &found, NULL), TG_OK);
    struct tg_publish *job = calloc(1, sizeof *job);
    job->done = trio_done;
    job->ctx = &published;
    const struct tg_withdrawal_draft draft = {.reason = TG_WITHDRAWAL_REASON_ERROR};
    cr_assert_eq(tg_commit_withdrawal(node, &found, &draft, job, NULL), TG_OK);
    cr_assert_eq(tg_commit_enqueue(node, job, NULL), TG_OK);
    trio_run(trio);
    cr_assert(published.done && !published.err);
}

Test(recover, what_was_shared_can_be_read_again_and_what_was_withdrawn_cannot)
{
    struct trio *trio = trio_new();
    struct trio_published published = {.done = false};
    titled(trio, TJ, TO_ALL, "to both");
    pair_publish(trio, TJ, TO_ALL, &published);
    titled(trio, TJ, TO(UZ), "to UZ alone");
    withdraw(trio, TJ, "TJ-1#2");
    titled(trio, TJ, 0, "to nobody");
    wipe(trio, TJ);
    link_all(trio, TJ);
    trio_pass(trio, 1000);
    struct tg_held_log *own = log_at(trio, TJ, TJ);
    cr_assert_eq(own->size, 5);
    cr_assert_eq(tg_ranges_total(&own->closed), 0, "of every envelope that came back a key came back");
    for (int life = 0; life < 3; life++) {
        cr_assert_eq(look(trio, TJ, "TJ-0"), TG_OK);
        cr_assert_eq(look(trio, TJ, "TJ-1#1"), TG_OK);
        cr_assert_eq(look(trio, TJ, "TJ-2"), TG_OK);
        cr_assert_eq(look(trio, TJ, "TJ-3"), TG_OK, "the withdrawal itself");
        cr_assert_neq(look(trio, TJ, "TJ-1#2"), TG_OK, "what was withdrawn is back");
        cr_assert_neq(look(trio, TJ, "TJ-4"), TG_OK, "nobody held it");
        if (life == 0) trio_restart(trio, TJ);
        if (life == 1) trio_reindex(trio, TJ);
    }
    /* Who it went to is known again: it can be withdrawn from everybody. */
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    cr_assert_eq(tg_commit_audience_of(trio->at[TJ]->node, own = log_at(trio, TJ, TJ), 0, ids, &count, NULL),
                 TG_OK);
    cr_assert_eq(count, 2);
    withdraw(trio, TJ, "TJ-0");
    trio_pass(trio, 1000);
    for (int i = TJ; i < TRIO; i++) cr_assert_neq(look(trio, i, "TJ-0"), TG_OK, "%s", trio_countries[i]);
    trio_free(trio);
}

/* UZ was away when it was published: TJ lost its disk since, and got the envelope back from KG alone. */
Test(recover, whoever_had_not_fetched_it_yet_still_gets_it_and_opens_it)
{
    struct trio *trio = trio_new();
    trio_link(trio, TJ, UZ, false);
    trio_link(trio, KG, UZ, false);
    titled(trio, TJ, TO_ALL, "to both");
    titled(trio, TJ, TO(KG), "to KG");
    wipe(trio, TJ);
    trio_link(trio, TJ, KG, true);
    for (int i = 0; i < 4; i++) trio_run(trio);
    trio_link(trio, TJ, UZ, true);
    for (int i = 0; i < 4; i++) trio_run(trio);
    trio_pass(trio, 6000);
    cr_assert_eq(look(trio, UZ, "TJ-0"), TG_OK);
    cr_assert_neq(look(trio, UZ, "TJ-1"), TG_OK);
    trio_free(trio);
}

Test(recover, a_restart_in_the_middle_does_not_sign_what_came_back_so_far)
{
    struct trio *trio = trio_new();
    for (int i = 0; i < 5; i++) titled(trio, TJ, TO_ALL, "before");
    wipe(trio, TJ);
    trio_link(trio, TJ, KG, true); /* UZ, who might know more, is not met */
    for (int round = 0; round < 3; round++) trio_run(trio);
    cr_assert_eq(log_at(trio, TJ, TJ)->size, 5);
    cr_assert_not(ready(trio, TJ));
    trio_stop(trio, TJ);
    trio_start(trio, TJ);
    trio_run(trio);
    cr_assert_not(ready(trio, TJ));
    /* Also when the file that says so was taken away by hand: the store knows. */
    trio_stop(trio, TJ);
    shell("rm -f '%s/restored' '%s/mark'", trio->at[TJ]->dir, trio->at[TJ]->dir);
    trio_start(trio, TJ);
    cr_assert_not(ready(trio, TJ));
    link_all(trio, TJ);
    cr_assert(ready(trio, TJ));
    trio_free(trio);
}

Test(recover, a_node_that_lost_nothing_is_not_held_back)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "before");
    trio_restart(trio, TJ);
    cr_assert(ready(trio, TJ));
    titled(trio, TJ, TO_ALL, "after");
    trio_free(trio);
}

/* ---- old copies ---- */

enum { POINTS = 10 };

/* How the old copy comes to be in place: as `restore` puts it back; by hand, without its mark; by hand, under the mark
 * as it is; as `restore` does, but with one partner that does not answer at first. */
enum way { RESTORED, NO_MARK, MARK_AHEAD, ONE_SILENT, WAYS };

struct copies {
    struct trio *trio;
    char dir[POINTS][64];
    struct tg_hash roots[POINTS];
    uint64_t sizes[POINTS];
};

static void copy_make(struct copies *copies, int point)
{
    struct trio *trio = copies->trio;
    snprintf(copies->dir[point], sizeof copies->dir[point], "/tmp/tamga-point-XXXXXX");
    cr_assert(mkdtemp(copies->dir[point]) != NULL);
    copies->sizes[point] = log_at(trio, TJ, TJ)->size;
    copies->roots[point] = log_at(trio, TJ, TJ)->root;
    trio_stop(trio, TJ);
    shell("cp -a '%s'/. '%s'", trio->at[TJ]->dir, copies->dir[point]);
    trio_start(trio, TJ);
    link_all(trio, TJ);
}

static void copy_back(struct copies *copies, int point, enum way way)
{
    struct trio *trio = copies->trio;
    const char *dir = trio->at[TJ]->dir;
    trio_stop(trio, TJ);
    shell("mv '%s/mark' '%s.mark'", dir, dir);
    shell("rm -rf '%s'/*", dir);
    shell("cp -a '%s'/. '%s'", copies->dir[point], dir);
    shell("rm -f '%s/mark' '%s/restored'", dir, dir);
    if (way == MARK_AHEAD)
        shell("mv '%s.mark' '%s/mark'", dir, dir);
    else
        shell("rm -f '%s.mark'", dir);
    if (way == RESTORED || way == ONE_SILENT)
        restored_put(trio, TJ, copies->sizes[point], &copies->roots[point]);
    trio_start(trio, TJ);
}

/* Nothing may be told of our log before it has caught up; an attempt to publish is refused. */
static void held_back(struct copies *copies)
{
    struct trio *trio = copies->trio;
    const struct tg_log_id id = {.origin = trio_id(trio, TJ)};
    struct tg_sync_ops ops = tg_engine_ops(trio->at[TJ]->node);
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    cr_assert_not(ready(trio, TJ));
    cr_assert_eq(ops.checkpoint_get(ops.ctx, &id, &note), TG_ENOENT, "a head was shown");
}

static void one_point(struct copies *copies, int point, enum way way)
{
    struct trio *trio = copies->trio;
    struct tg_hash root = log_at(trio, TJ, TJ)->root;
    uint64_t size = log_at(trio, TJ, TJ)->size;
    copy_back(copies, point, way);
    held_back(copies);
    for (int i = 0; i < 3; i++) trio_run(trio);
    held_back(copies);
    trio_link(trio, TJ, KG, true);
    if (way == ONE_SILENT) {
        for (int i = 0; i < 4; i++) trio_run(trio);
        held_back(copies);
    }
    link_all(trio, TJ);
    cr_assert(ready(trio, TJ), "point %d, way %d: %s", point, way,
              tg_node_append_refused(trio->at[TJ]->node));
    cr_assert_eq(log_at(trio, TJ, TJ)->size, size);
    cr_assert(tg_hash_equal(&log_at(trio, TJ, TJ)->root, &root));
    titled(trio, TJ, TO_ALL, "one history");
    trio_pass(trio, 1000);
    for (int i = KG; i <= UZ; i++) {
        cr_assert_eq(log_at(trio, i, TJ)->size, size + 1);
        cr_assert(tg_hash_equal(&log_at(trio, i, TJ)->root, &log_at(trio, TJ, TJ)->root));
    }
}

Test(recover, an_old_copy_put_back_at_ten_points_catches_up_before_it_signs, .timeout = 240)
{
    struct copies *copies = calloc(1, sizeof *copies);
    copies->trio = trio_new();
    for (int point = 0; point < POINTS; point++) {
        copy_make(copies, point);
        titled(copies->trio, TJ, point % 2 ? TO_ALL : TO(KG), "between");
    }
    for (int point = 0; point < POINTS; point++) one_point(copies, point, (enum way)(point % WAYS));
    for (int point = 0; point < POINTS; point++) shell("rm -rf '%s'", copies->dir[point]);
    trio_free(copies->trio);
    free(copies);
}

/* With the start rules taken out this is what would happen. */
Test(recover, control_an_old_copy_never_shows_a_second_history)
{
    struct copies *copies = calloc(1, sizeof *copies);
    copies->trio = trio_new();
    copy_make(copies, 0);
    titled(copies->trio, TJ, TO_ALL, "given to both");
    copy_back(copies, 0, RESTORED);
    link_all(copies->trio, TJ);
    titled(copies->trio, TJ, TO_ALL, "after it was put back");
    trio_pass(copies->trio, 1000);
    cr_assert_eq(log_at(copies->trio, KG, TJ)->size, 2);
    cr_assert(tg_hash_equal(&log_at(copies->trio, KG, TJ)->root, &log_at(copies->trio, TJ, TJ)->root));
    shell("rm -rf '%s'", copies->dir[0]);
    trio_free(copies->trio);
    free(copies);
}
