/* Verb `backup`: what it hands out, in what slices, and to whom. */
#include "service_help.h"

#include "crypto/keyfile.h"
#include "proto/backup.h"
#include "store/copy.h"

static void file_put(const struct bench *bench, const char *name, struct tg_view content)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", bench->dir, name);
    cr_assert_eq(tg_file_create(path, content, 0600, NULL), TG_OK);
}

/* A node with settings and keys in its folder. */
static struct bench *bench_with_files(void)
{
    TG_AUTO(tg_buf) struct tg_buf key = {0};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct bench *bench = bench_new();
    static char config[160];
    snprintf(config, sizeof config, "%s/tamga.conf", bench->dir);
    snprintf(bench->config.node.keys, sizeof bench->config.node.keys, "%s", bench->dir);
    member_keyfile("TJ", &keyfile);
    struct tg_keyfile_cost cost = tg_keyfile_cost_least();
    cr_assert_eq(
        tg_keyfile_seal(&keyfile, tg_view_str("a passphrase"), &cost, tg_random_system(), &key, NULL), TG_OK);
    file_put(bench, "node.key", tg_buf_view(&key));
    file_put(bench, "root.key", tg_buf_view(&key));
    file_put(bench, "plain.key", tg_view_str("no key file: not ours to copy"));
    file_put(bench, "tamga.conf", tg_view_str("[node]\ncountry = TJ\n"));
    /* The service was made without settings; it is told of them now. */
    tg_service_free(bench->service);
    struct tg_service_options options = {.node = bench->node,
                                         .config = &bench->config,
                                         .config_path = config,
                                         .owner = BENCH_OWNER,
                                         .version = "test"};
    cr_assert_eq(tg_service_new(&options, &bench->service), TG_OK);
    struct tg_service_port port = {.send = bench_send, .pause = bench_pause, .ctx = bench};
    tg_service_attach(bench->service, &port);
    bench->handler = tg_service_handler(bench->service);
    return bench;
}

/* The bytes of one file of the answer; NULL data when it is not in it. */
static struct tg_view part_of(const struct answer *answer, const char *name, struct tg_buf *out)
{
    bool in = false, found = false;
    for (size_t i = 0; i < answer->row_count; i++) {
        const struct tg_control_msg *row = &answer->rows[i];
        if (strcmp(tg_control_text(row, "row", ""), "file") == 0) {
            in = strcmp(tg_control_text(row, "name", ""), name) == 0;
            found = found || in;
        } else if (in) {
            tg_buf_put_view(out, tg_control_data(row, "data"));
        }
    }
    return found ? tg_buf_view(out) : tg_view_of(NULL, 0);
}

Test(service_backup, hands_out_log_settings_card_and_keys_and_nothing_else)
{
    struct bench *bench = bench_with_files();
    TG_AUTO(tg_buf) struct tg_buf about_text = {0}, log = {0}, card = {0}, key = {0}, none = {0};
    published(bench, alert_json("before", "routine"));
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("backup"), "to", "/media/safe"));
    must_be_done(&answer);
    struct tg_backup_about about;
    cr_assert_eq(tg_backup_about_decode(part_of(&answer, "BACKUP", &about_text), &about, NULL), TG_OK);
    cr_assert_eq(about.size, 1);
    cr_assert_eq(done_number(&answer, "size"), 1);
    cr_assert_arr_eq(about.root.bytes, tg_control_data(&answer.end, "root").data, 32);
    cr_assert_eq(part_of(&answer, "store/log/data.mdb", &log).bytes,
                 (size_t)done_number(&answer, "log_bytes"));
    cr_assert(tg_view_equal(part_of(&answer, "card.note", &card), tg_buf_view(&bench->tj_card)));
    cr_assert_eq(tg_keyfile_check(part_of(&answer, "keys/node.key", &key), NULL), TG_OK);
    size_t files = 0;
    for (size_t i = 0; i < answer.row_count; i++) files += strcmp(row_text(&answer, i, "row"), "file") == 0;
    cr_assert_eq(files, 6, "BACKUP, settings, card, two keys, log: %zu", files);
    cr_assert(!part_of(&answer, "keys/plain.key", &none).data, "what is no key file is not copied");
    bench_free(bench);
}

Test(service_backup, is_the_administrators)
{
    struct bench *bench = bench_new();
    static const uid_t others[] = {BENCH_ANALYST, BENCH_OFFICER, BENCH_AUDITOR, BENCH_STRANGER};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        TG_AUTO(answer) struct answer answer = call_by(bench, bench_connect(bench, others[i]), ask("backup"));
        must_fail(&answer, TG_EDENIED, "role admin");
        cr_assert_eq(answer.row_count, 0);
    }
    bench_free(bench);
}

/* Enough for several slices. */
static void fill(struct bench *bench)
{
    static char text[30000];
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 60; i++) {
        TG_AUTO(tg_buf) struct tg_buf json = {0};
        tg_buf_putf(&json,
                    "{\"v\":1,\"kind\":\"alert\"," HEAD "},\"alert\":{\"nature\":\"test\",\"title\":\"n\","
                    "\"text\":\"%s\"}}",
                    text);
        tg_buf_put(&json, "", 1);
        TG_AUTO(answer)
        struct answer answer =
            call(bench, with_text(with_record(ask("publish"), (const char *)json.data), "to", "none"));
        must_be_done(&answer);
    }
}

Test(service_backup, goes_in_slices_between_which_the_node_works)
{
    struct bench *bench = bench_with_files();
    fill(bench);
    struct bench_caller *admin = bench_connect(bench, BENCH_OWNER);
    bench_begin(bench, admin, ask("backup"));
    /* It has begun and is not over: what others ask is answered in between. */
    cr_assert(!bench_ended(admin));
    published(bench, alert_json("meanwhile", "flash"));
    TG_AUTO(answer) struct answer answer = bench_answer(bench, admin);
    must_be_done(&answer);
    cr_assert(done_number(&answer, "log_bytes") > 60 * 30000);
    cr_assert(admin->sends > 10, "%zu sends", admin->sends);
    cr_assert(admin->largest_send <= TG_SERVICE_SEND_BYTES_MAX, "%zu", admin->largest_send);
    bench_free(bench);
}

Test(service_backup, is_one_at_a_time_and_a_caller_who_hangs_up_ends_it)
{
    struct bench *bench = bench_with_files();
    fill(bench);
    struct bench_caller *first = bench_connect(bench, BENCH_OWNER),
                        *second = bench_connect(bench, BENCH_OWNER);
    bench->refuse_sends = 1; /* the first one's queue is full, so it cannot end */
    bench_begin(bench, first, ask("backup"));
    {
        TG_AUTO(answer) struct answer answer = call_by(bench, second, ask("backup"));
        must_fail(&answer, TG_EBUSY, "being made already");
    }
    bench->handler.on_closed(bench->handler.ctx, &first->caller);
    TG_AUTO(answer) struct answer answer = call_by(bench, second, ask("backup"));
    must_be_done(&answer);
    bench_free(bench);
}

Test(service_backup, stands_in_the_access_log)
{
    struct bench *bench = bench_with_files();
    TG_AUTO(answer) struct answer made = call(bench, with_text(ask("backup"), "to", "/media/safe"));
    must_be_done(&made);
    TG_AUTO(answer) struct answer answer = call(bench, ask("audit.access"));
    must_be_done(&answer);
    bool found = false;
    for (size_t i = 0; i < answer.row_count; i++)
        found |= strcmp(row_text(&answer, i, "verb"), "backup") == 0 &&
                 strstr(row_text(&answer, i, "detail"), "/media/safe") != NULL;
    cr_assert(found);
    bench_free(bench);
}
