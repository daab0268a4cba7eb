/* log forks: origins that signed two histories, and the proofs.
 *
 * Checks no proof. Verb `log.forks`: docs/control.md.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/tables.h"
#include "proto/fork.h"

#define PROOF_MODE 0644

const struct tg_option tg_log_forks_options[] = {
    {"output", 'o', TG_OPTION_FILE, false, "FILE", "write that proof there, for whoever checks it", NULL, 0,
     0},
    TG_OPTION_END,
};

struct proof {
    struct tg_buf file;
    char country[8];
};

static tg_err on_proof(void *ctx, const struct tg_control_msg *msg)
{
    struct proof *proof = ctx;
    if (!tg_row_is(msg, "fork")) return TG_OK;
    (void)snprintf(proof->country, sizeof proof->country, "%.3s", tg_control_text(msg, "country", ""));
    return tg_fork_file_encode((uint32_t)tg_control_number(msg, "kind", 0), tg_control_data(msg, "evidence"),
                               &proof->file);
}

static tg_err proof_write(struct tg_cli *cli, int64_t number, const char *path, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct proof proof = {.country = ""};
    tg_request_begin(cli, &request, "log.forks");
    tg_request_number(&request, "number", number);
    tg_err err = tg_session_call(cli, &request, on_proof, &proof, &arena, NULL, em);
    if (!err) err = tg_file_create(path, tg_buf_view(&proof.file), PROOF_MODE, em);
    if (!err)
        tg_talk(cli, "proof %lld about %s: %zu bytes in '%s'\n", (long long)number, proof.country,
                proof.file.bytes, path);
    tg_buf_release(&proof.file);
    return err;
}

tg_err tg_cmd_log_forks(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *path = tg_args_text(args, "output", NULL);
    uint64_t number = 0;
    if (args->word_count && tg_text_u64(tg_view_str(args->words[0]), INT64_MAX, &number))
        return tg_fail(em, TG_EUSAGE, "'%.40s' is no number of a proof: 'tamga log forks' lists them",
                       args->words[0]);
    if (path && !args->word_count)
        return tg_fail(em, TG_EUSAGE, "which proof? write its number: tamga log forks 0 --output FILE");
    if (path) return proof_write(cli, (int64_t)number, path, em);
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    size_t rows = 0;
    tg_request_begin(cli, &request, "log.forks");
    if (args->word_count) tg_request_number(&request, "number", (int64_t)number);
    tg_err err = tg_table_call(cli, &request, &tg_table_forks, &arena, NULL, &rows, em);
    if (!err && !rows) tg_talk(cli, "no origin has shown two histories\n");
    return err;
}
