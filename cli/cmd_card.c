/* card show, card fingerprint: what a node says of itself, and what two partners read out to each other.
 *
 * Knows no trust store. With files alone both work without a node.
 */
#include "cli/cards.h"
#include "cli/command.h"
#include "cli/output.h"

const struct tg_option tg_card_options[] = {
    {"raw", 0, TG_OPTION_FLAG, false, NULL, "the signed card itself, to be handed to a partner", NULL, 0, 0},
    TG_OPTION_END,
};

tg_err tg_cmd_card_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_card_file) struct tg_card_file file = {0};
    bool own = args->word_count == 0;
    tg_err err = own ? tg_card_file_own(cli, &file, em) : tg_card_file_read(args->words[0], &file, em);
    if (err) return err;
    if (tg_args_has(args, "raw")) {
        (void)fwrite(file.note.data, 1, file.note.bytes, cli->out);
        if (file.prologue.bytes) (void)fwrite(file.prologue.data, 1, file.prologue.bytes, cli->out);
        return TG_OK;
    }
    err = tg_card_print(cli, file.card);
    if (!err && !own)
        tg_talk(cli,
                "the card is signed by its own root key; that the key is theirs, the spoken fingerprint "
                "shows:\n'tamga card fingerprint OWN %s'\n",
                args->words[0]);
    return err;
}

tg_err tg_cmd_card_fingerprint(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_card_file) struct tg_card_file a = {0}, b = {0};
    tg_err err = tg_card_file_read(args->words[0], &a, em);
    if (!err) err = tg_card_file_read(args->words[1], &b, em);
    if (err) return err;
    if (tg_node_id_equal(&a.card->node, &b.card->node))
        return tg_fail(em, TG_EUSAGE, "'%s' and '%s' are cards of the same node", args->words[0],
                       args->words[1]);
    struct tg_fingerprint fingerprint;
    char text[TG_FINGERPRINT_TEXT_BYTES];
    tg_fingerprint_pair(&a.card->root.public_key, &b.card->root.public_key, &fingerprint);
    tg_fingerprint_format(&fingerprint, text);
    if (cli->format != TG_FORMAT_JSON) {
        tg_put(cli, "%s\n", text);
        return TG_OK;
    }
    struct tg_json json;
    tg_json_begin(&json, "fingerprint");
    tg_json_text(&json, "a", tg_view_str(a.card->country));
    tg_json_text(&json, "b", tg_view_str(b.card->country));
    tg_json_text(&json, "fingerprint", tg_view_str(text));
    return tg_json_put(&json, cli);
}
