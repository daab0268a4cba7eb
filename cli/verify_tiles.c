/* verify: a log as C2SP tlog-tiles in a folder, every hash of it.
 *
 * Knows no node. Files: docs/formats-evidence.md "A log as tiles"; steps: proto/tiles.h.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "cli/verify.h"

static const struct tg_verify_step steps[] = {TG_TILES_STEPS(TG_VERIFY_STEP)};

bool tg_verify_is_tiles(const struct tg_verifying *verifying)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    return verifying->folder && !tg_path_join(verifying->path, "checkpoint", path, sizeof path, NULL) &&
           access(path, F_OK) == 0;
}

static tg_err accepted_json(struct tg_verifying *verifying, const struct tg_tiles_report *report)
{
    struct tg_json json;
    tg_verify_json_begin(&json, "log as tiles", TG_OK, "", NULL);
    tg_json_text(&json, "origin", tg_view_str(report->checkpoint.origin));
    tg_json_number(&json, "size", (int64_t)report->checkpoint.size);
    tg_json_hex(&json, "root", TG_VIEW_ARRAY(report->checkpoint.root.bytes));
    tg_json_number(&json, "files", (int64_t)report->files);
    if (verifying->since.data) tg_json_number(&json, "since", (int64_t)report->since.size);
    tg_verify_json_cosigned(&json, &report->cosigned);
    return tg_json_put(&json, verifying->cli);
}

static void accepted_put(struct tg_verifying *verifying, const struct tg_tiles_report *report)
{
    struct tg_cli *cli = verifying->cli;
    char size[TG_COUNT_BYTES], files[TG_COUNT_BYTES];
    tg_count_format((int64_t)report->checkpoint.size, size);
    tg_count_format((int64_t)report->files, files);
    tg_put(cli, "VALID  log of %s entries, %s files compared\n\n", size, files);
    tg_verify_steps_put(cli, steps, TG_TILES_STEP_COUNT, TG_TILES_STEP_COUNT, verifying->none);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli, "%s consists of these %s entries in this order, as its log key signed",
                    report->checkpoint.origin, size);
    if (verifying->since.data)
        tg_verify_point(cli,
                        "its first %" PRIu64
                        " entries are those of the older checkpoint: nothing was changed "
                        "or removed",
                        report->since.size);
    tg_verify_cosigned_proven(cli, &report->cosigned);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli,
                    "what the entries say: they are hashes; each record has an evidence file of its own");
    if (!verifying->since.data)
        tg_verify_point(cli,
                        "that an older state was a front part of this one: give its checkpoint with --since");
    tg_verify_cosigned_not_proven(cli, &report->cosigned);
}

tg_err tg_verify_tiles(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    struct tg_tiles_report report;
    struct tg_progress progress = {.cli = verifying->cli};
    struct tg_verify_folder folder = {verifying->path, &progress};
    struct tg_tiles_source source = tg_verify_source(&folder);
    if (!verifying->since.data) verifying->none = 1u << TG_TILES_SINCE | 1u << TG_TILES_CONSISTENCY;
    tg_interrupt_catch();
    tg_progress_begin(&progress, verifying->cli, "verify");
    tg_err err = tg_tiles_verify(&source, tg_buf_view(&verifying->since), &verifying->known,
                                 &verifying->arena, &report, em);
    tg_progress_end(&progress);
    if (err)
        return tg_verify_refused(verifying, "log as tiles", steps, TG_TILES_STEP_COUNT, report.step, err, em);
    if (verifying->cli->format == TG_FORMAT_JSON) return accepted_json(verifying, &report);
    accepted_put(verifying, &report);
    return TG_OK;
}
