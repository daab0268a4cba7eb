/* export: what anyone can check without this node (an evidence file, a tlog-proof, a log, a bundle of many), or a courier
 * file for a partner.
 *
 * Knows no proof: the node makes it. Verb `export`: docs/control.md; files: docs/formats-evidence.md. Logs are in
 * cli/tiles.c, bundles in cli/bundle.c, courier files in cli/courier.c.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/bundle.h"
#include "cli/command.h"
#include "cli/courier.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/tiles.h"

#define EVIDENCE_MODE 0600

const struct tg_option tg_export_options[] = {
    {"output", 'o', TG_OPTION_FILE, false, "FILE",
     "where to; '-' is standard output (else REF.evidence.json)", NULL, 0, 0},
    {"without-contents", 0, TG_OPTION_FLAG, false, NULL, "prove that it exists, without what it says", NULL,
     0, 0},
    {"tlog-proof", 0, TG_OPTION_FLAG, false, NULL,
     "a plain C2SP tlog-proof instead, for programs of others; no contents", NULL, 0, 0},
    {"log", 0, TG_OPTION_TEXT, false, "ORIGIN",
     "a whole log as C2SP tlog-tiles into folder FILE, or what is new of it", NULL, 0, 0},
    {"bundle", 0, TG_OPTION_TEXT, false, "DIR",
     "a folder with evidence of every REF, cards, receipts, and a sheet", NULL, 0, 0},
    {"to", 0, TG_OPTION_TEXT, false, "PEER", "a courier file for that partner instead: what it has not got",
     NULL, 0, 0},
    {"from-start", 0, TG_OPTION_FLAG, false, NULL, "with --to: also what the partner is known to hold", NULL,
     0, 0},
    {"force", 0, TG_OPTION_FLAG, false, NULL, "with --to: replace FILE when it is there", NULL, 0, 0},
    TG_OPTION_END,
};

/* What is exported, and the option that says so. */
enum mode { EVIDENCE = 1, LOG = 2, BUNDLE = 4, COURIER = 8 };
static const struct {
    enum mode mode;
    const char *option;
} modes[] = {{LOG, "log"}, {BUNDLE, "bundle"}, {COURIER, "to"}};

/* Options that do not go with every mode. */
static const struct {
    const char *option;
    unsigned modes;
} narrow[] = {{"output", EVIDENCE},
              {"without-contents", EVIDENCE | BUNDLE},
              {"tlog-proof", EVIDENCE},
              {"from-start", COURIER},
              {"force", COURIER}};

static tg_err mode_read(const struct tg_args *args, enum mode *ret_mode, struct tg_errmsg *em)
{
    const char *given = NULL;
    enum mode mode = EVIDENCE;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (!tg_args_has(args, modes[i].option)) continue;
        if (given)
            return tg_fail(em, TG_EUSAGE, "'--%s' and '--%s' do not go together", given, modes[i].option);
        given = modes[i].option;
        mode = modes[i].mode;
    }
    for (size_t i = 0; i < sizeof narrow / sizeof narrow[0]; i++) {
        if (!tg_args_has(args, narrow[i].option) || (narrow[i].modes & mode)) continue;
        if (narrow[i].modes == COURIER)
            return tg_fail(em, TG_EUSAGE, "'--%s' goes with '--to' alone", narrow[i].option);
        return tg_fail(em, TG_EUSAGE, "'--%s' and '--%s' do not go together", narrow[i].option, given);
    }
    if (mode != BUNDLE && args->word_count != 1)
        return tg_fail(em, TG_EUSAGE, "one %s at a time; several records go into a --bundle",
                       mode == EVIDENCE ? "record" : "place");
    if (tg_args_has(args, "tlog-proof") && tg_args_has(args, "without-contents"))
        return tg_fail(em, TG_EUSAGE, "a '--tlog-proof' never has contents; leave '--without-contents' out");
    *ret_mode = mode;
    return TG_OK;
}

/* The node's suggestion as a file name here: no folder, nothing that a shell or terminal would mind. */
static void name_clean(const char *suggested, char *out, size_t out_bytes)
{
    size_t at = 0;
    for (const char *c = suggested; *c && at + 1 < out_bytes; c++) {
        bool good = tg_ascii_is_alnum(*c) || (at && (*c == '-' || *c == '.' || *c == '_'));
        out[at++] = good ? *c : '-';
    }
    out[at] = 0;
    if (!at || out[0] == '-') (void)snprintf(out, out_bytes, "record.evidence");
}

static tg_err evidence_export(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "export");
    tg_request_text(&request, "ref", args->words[0]);
    bool proof = tg_args_has(args, "tlog-proof");
    tg_request_number(&request, "contents", !proof && !tg_args_has(args, "without-contents"));
    if (proof) tg_request_number(&request, "proof", 1);
    tg_err err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (err) return err;
    struct tg_view file = tg_control_data(&done, "file");
    const char *path = tg_args_text(args, "output", NULL);
    if (path && strcmp(path, "-") == 0) {
        (void)fwrite(file.data, 1, file.bytes, cli->out);
        return TG_OK;
    }
    char name[128];
    if (!path) name_clean(tg_control_text(&done, "name", ""), name, sizeof name), path = name;
    err = tg_file_create(path, file, EVIDENCE_MODE, em);
    if (err) return err;
    tg_put(cli, "%s\n", path);
    tg_talk(cli, "%s;\ncheck it anywhere with 'tamga verify %s --card CARD'\n",
            proof ? "proves that its envelope stands in the log, not what it says"
            : tg_args_has(args, "without-contents")
                ? "proves that the record exists, not what it says"
                : "holds the record's contents in clear: handle it as such",
            path);
    return TG_OK;
}

tg_err tg_cmd_export(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    enum mode mode = EVIDENCE;
    tg_err err = mode_read(args, &mode, em);
    if (err) return err;
    const char *place = args->words[0];
    if (mode == LOG) return tg_tiles_export(cli, tg_args_text(args, "log", ""), place, em);
    if (mode == BUNDLE)
        return tg_bundle_export(cli, tg_args_text(args, "bundle", ""), args->words, args->word_count,
                                !tg_args_has(args, "without-contents"), em);
    if (mode == COURIER)
        return tg_courier_export(cli, tg_args_text(args, "to", ""), place, tg_args_has(args, "from-start"),
                                 tg_args_has(args, "force"), em);
    return evidence_export(cli, args, em);
}
