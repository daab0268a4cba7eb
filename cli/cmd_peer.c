/* peer add, list, remove, test: trust in partners, and whether the links to them work.
 *
 * Knows no link. Verbs `peer.*`: docs/control.md. Trust is never on first use: the fingerprint is read out.
 */
#include "base/text.h"
#include "cli/cards.h"
#include "cli/command.h"
#include "cli/tables.h"
#include "cli/terminal.h"

const struct tg_option tg_peer_add_options[] = {
    {"endpoint", 0, TG_OPTION_TEXT, false, "URL", "dial this instead of what the card says", NULL, 0, 0},
    {"contact", 0, TG_OPTION_TEXT, false, "TEXT", "who answers there at any hour, if not as the card says",
     NULL, 0, 0},
    {"fingerprint", 0, TG_OPTION_TEXT, false, "DIGITS", "what the partner read out; must be the same", NULL,
     0, 0},
    TG_OPTION_END,
};
const struct tg_option tg_peer_test_options[] = {
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "how long to wait for the partner (5)", NULL, 0, 300},
    TG_OPTION_END,
};

static tg_err fingerprint_given(const struct tg_args *args, const struct tg_fingerprint *own, bool *ret_same,
                                struct tg_errmsg *em)
{
    const char *typed = tg_args_text(args, "fingerprint", NULL);
    struct tg_fingerprint theirs;
    if (!typed) return TG_OK;
    tg_err err = tg_fingerprint_parse(tg_view_str(typed), &theirs);
    if (err == TG_EVALUE)
        return tg_fail(
            em, err,
            "the fingerprint was misheard or mistyped: its check digits do not fit; read it out again");
    if (err) return tg_fail(em, TG_EUSAGE, "'--fingerprint' takes 8 groups of 5 digits and 2 check digits");
    if (!tg_fingerprint_equal(own, &theirs))
        return tg_fail(em, TG_EVALUE,
                       "the fingerprints differ: one of the two cards is not genuine; nothing was enrolled");
    *ret_same = true;
    return TG_OK;
}

static tg_err trust_confirm(struct tg_cli *cli, const struct tg_args *args, const struct tg_card *own,
                            const struct tg_card *theirs, struct tg_errmsg *em)
{
    struct tg_fingerprint fingerprint;
    char text[TG_FINGERPRINT_TEXT_BYTES];
    bool same = false;
    tg_fingerprint_pair(&own->root.public_key, &theirs->root.public_key, &fingerprint);
    tg_fingerprint_format(&fingerprint, text);
    tg_err err = fingerprint_given(args, &fingerprint, &same, em);
    if (err) return err;
    TG_AUTO(tg_buf) struct tg_buf name = {0};
    err = tg_put_reading(&name, tg_view_str(theirs->name));
    if (err) return err;
    tg_talk(cli, "card %llu of %s, %.*s\nfingerprint  %s\n", (unsigned long long)theirs->serial,
            theirs->country, TG_VIEW_PRINT(tg_buf_view(&name)), text);
    if (same) return TG_OK;
    if (!cli->yes)
        tg_talk(cli, "Call them on a line you trust. Both read these digits out; they must be the same.\n");
    return tg_terminal_confirm(cli, "did they read out exactly these digits?", em);
}

static tg_err added_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        static const char *const texts[] = {"node", "country", "name", "fingerprint"};
        tg_json_begin(&json, "peer");
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            tg_json_text(&json, texts[i], tg_row_view(done, texts[i]));
        tg_json_number(&json, "new", tg_control_number(done, "new", 0));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "%s %s\n", tg_control_text(done, "country", ""),
           tg_control_number(done, "new", 1) ? "enrolled" : "was enrolled already; its card is up to date");
    return TG_OK;
}

tg_err tg_cmd_peer_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_card_file) struct tg_card_file theirs = {0}, own = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_err err = tg_card_file_read(args->words[0], &theirs, em);
    if (!err) err = tg_card_file_own(cli, &own, em);
    if (!err && tg_node_id_equal(&own.card->node, &theirs.card->node))
        err = tg_fail(em, TG_EUSAGE, "'%s' is this node's own card: enrol the partner's", args->words[0]);
    if (!err) err = trust_confirm(cli, args, own.card, theirs.card, em);
    if (err) return err;
    TG_AUTO(tg_request) struct tg_request request;
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "peer.add");
    tg_control_put_view(&request.out, "card", tg_buf_view(&theirs.note));
    if (theirs.prologue.bytes) tg_control_put_view(&request.out, "prologue", tg_buf_view(&theirs.prologue));
    tg_request_option(&request, args, "endpoint");
    tg_request_option(&request, args, "contact");
    err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    return err ? err : added_put(cli, &done);
}

tg_err tg_cmd_peer_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    (void)args;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    size_t rows = 0;
    tg_request_begin(cli, &request, "peer.list");
    tg_err err = tg_table_call(cli, &request, &tg_table_peers, &arena, NULL, &rows, em);
    if (!err && !rows) tg_talk(cli, "no partner is enrolled: 'tamga peer add CARD'\n");
    return err;
}

tg_err tg_cmd_peer_contact(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "peer.contact");
    tg_request_text(&request, "peer", args->words[0]);
    tg_request_text(&request, "contact", args->words[1]);
    tg_err err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (err) return err;
    if (cli->format == TG_FORMAT_JSON) {
        static const char *const texts[] = {"node", "country", "contact"};
        struct tg_json json;
        tg_json_begin(&json, "contact");
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            tg_json_text(&json, texts[i], tg_row_view(&done, texts[i]));
        return tg_json_put(&json, cli);
    }
    TG_AUTO(tg_buf) struct tg_buf contact = {0};
    err = tg_text_escape(tg_row_view(&done, "contact"), &contact);
    if (err) return err;
    if (!contact.bytes) err = tg_buf_put_str(&contact, "none: neither set here nor on its card");
    if (!err)
        tg_put(cli, "%s  %.*s\n", tg_control_text(&done, "country", ""),
               TG_VIEW_PRINT(tg_buf_view(&contact)));
    return err;
}

/* What an administrator decides of one partner, asked once more: the verb, and how the answer is called and told. */
struct decision {
    const char *verb, *ask, *what; /* "cut off KG", then what follows the name */
    const char *row, *said;        /* said follows the country */
};

static tg_err decide(struct tg_cli *cli, const char *who, const struct decision *decision,
                     struct tg_errmsg *em)
{
    char question[256];
    (void)snprintf(question, sizeof question, "%s %.60s%s", decision->ask, who, decision->what);
    tg_err err = tg_terminal_confirm(cli, question, em);
    if (err) return err;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, decision->verb);
    tg_request_text(&request, "peer", who);
    err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (err) return err;
    if (cli->format != TG_FORMAT_JSON) {
        tg_put(cli, "%s %s\n", tg_control_text(&done, "country", ""), decision->said);
        return TG_OK;
    }
    struct tg_json json;
    tg_json_begin(&json, decision->row);
    tg_json_text(&json, "node", tg_row_view(&done, "node"));
    tg_json_text(&json, "country", tg_row_view(&done, "country"));
    return tg_json_put(&json, cli);
}

tg_err tg_cmd_peer_remove(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const struct decision decision = {"peer.remove", "cut off", " at once, and send nothing more?",
                                             "removed", "removed"};
    return decide(cli, args->words[0], &decision, em);
}

tg_err tg_cmd_peer_unfreeze(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const struct decision decision = {"peer.unfreeze", "take from",
                                             " again, although it signed two histories?", "cleared",
                                             "is taken from again; the proof is kept"};
    return decide(cli, args->words[0], &decision, em);
}

tg_err tg_cmd_peer_test(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "peer.test");
    tg_request_text(&request, "peer", args->words[0]);
    tg_request_number(&request, "wait_ms", tg_args_number(args, "wait", 5) * 1000);
    tg_err err = tg_table_call(cli, &request, &tg_table_checks, &arena, &done, NULL, em);
    if (!err) cli->answer_no = tg_control_number(&done, "ok", 0) == 0;
    return err;
}
