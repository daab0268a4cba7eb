/* export: an evidence file that anyone can check without this node.
 *
 * Knows no proof: the node makes it. Verb `export`: docs/control.md; file: docs/formats-evidence.md.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

#define EVIDENCE_MODE 0600

const struct tg_option tg_export_options[] = {
    {"output", 'o', TG_OPTION_FILE, false, "FILE",
     "where to; '-' is standard output (else REF.evidence.json)", NULL, 0, 0},
    {"without-contents", 0, TG_OPTION_FLAG, false, NULL, "prove that it exists, without what it says", NULL,
     0, 0},
    TG_OPTION_END,
};

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

tg_err tg_cmd_export(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
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
    tg_talk(cli, "%s; check it anywhere with 'tamga verify %s --card CARD'\n",
            tg_args_has(args, "without-contents") ? "proves that the record exists, not what it says"
                                                  : "holds the record's contents in clear: handle it as such",
            path);
    return TG_OK;
}
