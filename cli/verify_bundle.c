/* verify: an evidence bundle: sums, every file of it, and whether its sheet says what they say.
 *
 * Knows no node. Folder: docs/formats-evidence.md "Evidence bundle"; steps: proto/bundle.h.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/verify.h"
#include "proto/bundle.h"

#define FOLDERS_MAX 2 /* one in the other */

static const struct tg_verify_step steps[] = {TG_BUNDLE_STEPS(TG_VERIFY_STEP)};

struct checking {
    struct tg_bundle bundle;
    struct tg_bundle_said said;
};

bool tg_verify_is_bundle(const struct tg_verifying *verifying)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    return verifying->folder &&
           !tg_path_join(verifying->path, TG_BUNDLE_SHEET_NAME, path, sizeof path, NULL) &&
           access(path, F_OK) == 0;
}

/* Origins whose card the reader has given. */
static size_t known_count(const struct tg_verifying *verifying, const struct tg_bundle *bundle)
{
    size_t count = 0;
    for (size_t i = 0; i < bundle->record_count; i++)
        count += tg_known_newest(&verifying->known, &bundle->records[i].report.card->node) != NULL;
    return count;
}

static size_t settled_count(const struct tg_bundle *bundle)
{
    size_t count = 0;
    for (size_t i = 0; i < bundle->record_count; i++)
        count += tg_cosigned_settled(&bundle->records[i].report.cosigned);
    return count;
}

static tg_err accepted_json(struct tg_verifying *verifying, const struct checking *checking)
{
    struct tg_json json;
    char by[TG_NODE_TEXT_BYTES];
    const struct tg_bundle *bundle = &checking->bundle;
    tg_node_id_format(&checking->said.by, by);
    tg_verify_json_begin(&json, "evidence bundle", TG_OK, "", NULL);
    tg_json_text(&json, "by", tg_view_str(by));
    tg_json_time(&json, "made", (int64_t)checking->said.made * 1000);
    tg_json_number(&json, "records", (int64_t)bundle->record_count);
    tg_json_number(&json, "card_known", (int64_t)known_count(verifying, bundle));
    tg_json_number(&json, "settled", (int64_t)settled_count(bundle));
    tg_json_number(&json, "receipts", (int64_t)bundle->receipt_count);
    tg_json_number(&json, "nodes", (int64_t)bundle->chain_count);
    tg_json_raw(&json, "contents", tg_view_str(checking->said.contents ? "true" : "false"));
    return tg_json_put(&json, verifying->cli);
}

static void accepted_put(struct tg_verifying *verifying, const struct checking *checking)
{
    struct tg_cli *cli = verifying->cli;
    const struct tg_bundle *bundle = &checking->bundle;
    size_t count = bundle->record_count, known = known_count(verifying, bundle),
           settled = settled_count(bundle);
    tg_put(cli, "VALID  evidence bundle of %zu record%s\n\n", count, count == 1 ? "" : "s");
    tg_verify_steps_put(cli, steps, TG_BUNDLE_STEP_COUNT, TG_BUNDLE_STEP_COUNT, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli,
                    "each of the %zu record%s was signed by its node, is as it was signed, and stands in "
                    "that node's log",
                    count, count == 1 ? "" : "s");
    if (settled) tg_verify_point(cli, "%zu of them stand under a settled head", settled);
    if (bundle->receipt_count)
        tg_verify_point(cli, "%zu receipt%s what the node signed; %s says what each holds",
                        bundle->receipt_count, bundle->receipt_count == 1 ? " is" : "s are",
                        TG_BUNDLE_TEXT_NAME);
    if (known) tg_verify_point(cli, "of %zu of the records the node is one whose card you gave", known);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli, "that what the records say is true, or still live");
    if (known < count)
        tg_verify_point(
            cli, "that the nodes are the services they call themselves: give the cards that you got from "
                 "them with --card");
    if (settled < count)
        tg_verify_point(
            cli,
            "that the logs have no second history: %zu of the records stand under a head that is not "
            "settled",
            count - settled);
    tg_verify_point(cli, "that nothing was left out: a bundle holds what its maker chose");
    tg_verify_point(cli, "when anything was signed: every time is its signer's own clock");
}

/* Files in the folder and below; what lies deeper than anything in a bundle counts as one. */
static size_t files_count(const char *folder, unsigned depth)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    if (!entries) return 1;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        char path[TG_CLI_PATH_BYTES_MAX];
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        bool inner = !tg_path_join(folder, entry->d_name, path, sizeof path, NULL) &&
                     lstat(path, &about) == 0 && S_ISDIR(about.st_mode) && depth < FOLDERS_MAX;
        count += inner ? files_count(path, depth + 1) : 1;
    }
    (void)closedir(entries);
    return count;
}

static tg_err bundle_check(struct tg_verifying *verifying, struct checking *checking, struct tg_errmsg *em)
{
    struct tg_verify_folder folder = {verifying->path, NULL};
    struct tg_tiles_source source = tg_verify_source(&folder);
    struct tg_bundle *bundle = &checking->bundle;
    tg_err err = tg_bundle_verify(&source, &verifying->known, &verifying->arena, bundle, &checking->said, em);
    if (err || files_count(verifying->path, 0) == bundle->file_count + 1) return err;
    bundle->step = TG_BUNDLE_SUMS;
    return tg_fail(em, TG_ECOUNT, "sums: something lies in the folder that has no sum");
}

tg_err tg_verify_bundle(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct checking *checking = calloc(1, sizeof *checking);
    if (!checking) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = bundle_check(verifying, checking, em);
    if (err)
        return tg_verify_refused(verifying, "evidence bundle", steps, TG_BUNDLE_STEP_COUNT,
                                 checking->bundle.step, err, em);
    if (verifying->cli->format == TG_FORMAT_JSON) return accepted_json(verifying, checking);
    accepted_put(verifying, checking);
    return TG_OK;
}
