/* export: an evidence file that anyone can check without this node, or a courier file for a partner.
 *
 * Knows no proof: the node makes it. Verb `export`: docs/control.md; file: docs/formats-evidence.md. Courier files are
 * in cli/courier.c.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/courier.h"
#include "cli/output.h"
#include "cli/session.h"

#define EVIDENCE_MODE 0600

const struct tg_option tg_export_options[] = {
    {"output", 'o', TG_OPTION_FILE, false, "FILE",
     "where to; '-' is standard output (else REF.evidence.json)", NULL, 0, 0},
    {"without-contents", 0, TG_OPTION_FLAG, false, NULL, "prove that it exists, without what it says", NULL,
     0, 0},
    {"to", 0, TG_OPTION_TEXT, false, "PEER", "a courier file for that partner instead: what it has not got",
     NULL, 0, 0},
    {"from-start", 0, TG_OPTION_FLAG, false, NULL, "with --to: also what the partner is known to hold", NULL,
     0, 0},
    {"force", 0, TG_OPTION_FLAG, false, NULL, "with --to: replace FILE when it is there", NULL, 0, 0},
    TG_OPTION_END,
};

/* The two kinds of file have no option in common. */
static tg_err options_check(const struct tg_args *args, bool courier, struct tg_errmsg *em)
{
    static const char *const of_evidence[] = {"output", "without-contents"}, *const of_courier[] = {
                                                                                 "from-start", "force"};
    for (size_t i = 0; i < 2; i++) {
        const char *wrong = (courier ? of_evidence : of_courier)[i];
        if (!tg_args_has(args, wrong)) continue;
        return courier ? tg_fail(em, TG_EUSAGE, "'--%s' and '--to' do not go together", wrong)
                       : tg_fail(em, TG_EUSAGE, "'--%s' goes with '--to' alone", wrong);
    }
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
    tg_request_number(&request, "contents", !tg_args_has(args, "without-contents"));
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
            tg_args_has(args, "without-contents") ? "proves that the record exists, not what it says"
                                                  : "holds the record's contents in clear: handle it as such",
            path);
    return TG_OK;
}

tg_err tg_cmd_export(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *peer = tg_args_text(args, "to", NULL);
    tg_err err = options_check(args, peer != NULL, em);
    if (err) return err;
    if (!peer) return evidence_export(cli, args, em);
    return tg_courier_export(cli, peer, args->words[0], tg_args_has(args, "from-start"),
                             tg_args_has(args, "force"), em);
}
