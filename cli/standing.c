/* What has to be said of logs below their table.
 */
#include "cli/standing.h"

#include "base/text.h"
#include "cli/command.h"

#define LABEL_BYTES 10 /* in front of each note */

void tg_standing_release(struct tg_standing *standing)
{
    tg_buf_release(&standing->notes);
}

static tg_err stale_add(struct tg_standing *standing, const struct tg_control_msg *msg)
{
    char when[TG_WHEN_BYTES];
    int64_t newest_ms = tg_control_number(msg, "cosigned_ms", 0);
    tg_when_format(newest_ms, when);
    tg_err err = tg_buf_put_str(&standing->notes, "STALE     ");
    if (!err) err = tg_text_escape(tg_row_view(msg, "country"), &standing->notes);
    if (err) return err;
    if (!newest_ms) return tg_buf_putf(&standing->notes, ": no witness has cosigned its log yet\n");
    return tg_buf_putf(
        &standing->notes,
        ": no witness has cosigned its log since %s: it is cut off, or somebody shows us an old "
        "head\n",
        when);
}

static tg_err forked_add(struct tg_standing *standing, const struct tg_control_msg *msg)
{
    bool ours = tg_control_number(msg, "own", 0) != 0;
    tg_err err = tg_buf_put_str(&standing->notes, "FORKED    ");
    if (!err) err = tg_text_escape(tg_row_view(msg, "country"), &standing->notes);
    if (err) return err;
    return tg_buf_put_str(
        &standing->notes,
        ours ? ": partners can prove that our keys signed two histories of our log, and take "
               "nothing more: see 'tamga log forks'\n"
             : " signed two histories of its log: nothing of it is taken until 'tamga peer "
               "unfreeze'; see 'tamga log forks'\n");
}

/* A log that goes on as a new one, of which more is here than its node says could be proven. */
static tg_err more_add(struct tg_standing *standing, const struct tg_control_msg *msg)
{
    tg_err err = tg_buf_put_str(&standing->notes, "MORE HELD ");
    if (!err) err = tg_text_escape(tg_row_view(msg, "country"), &standing->notes);
    if (err) return err;
    return tg_buf_putf(
        &standing->notes,
        ": %lld entries of epoch %lld are here, and its next epoch says that %lld could be proven: "
        "keep them, and tell its operator\n",
        (long long)tg_control_number(msg, "size", 0), (long long)tg_control_number(msg, "epoch", 0),
        (long long)tg_control_number(msg, "ended", 0));
}

tg_err tg_standing_add(struct tg_standing *standing, const struct tg_control_msg *msg)
{
    tg_err err = TG_OK;
    if (tg_control_number(msg, "witnesses", 0) && !tg_control_number(msg, "excluded", 1))
        standing->few = true;
    if (tg_control_number(msg, "forked", 0)) err = forked_add(standing, msg);
    if (!err && tg_control_number(msg, "stale", 0)) err = stale_add(standing, msg);
    if (!err && tg_control_number(msg, "more", 0)) err = more_add(standing, msg);
    return err;
}

void tg_standing_put(const struct tg_standing *standing, struct tg_cli *cli)
{
    struct tg_view rest = tg_buf_view(&standing->notes);
    char label[LABEL_BYTES + 1] = "";
    if (cli->format != TG_FORMAT_TEXT) return;
    if (rest.bytes || standing->few) tg_put(cli, "\n");
    while (rest.bytes) {
        const uint8_t *end = memchr(rest.data, '\n', rest.bytes);
        size_t bytes = end ? (size_t)(end - rest.data) : rest.bytes;
        memcpy(label, rest.data, LABEL_BYTES);
        tg_put_wrapped(cli, label, LABEL_BYTES, tg_view_of(rest.data + LABEL_BYTES, bytes - LABEL_BYTES));
        rest = tg_view_of(rest.data + bytes + 1, rest.bytes - bytes - 1);
    }
    if (standing->few)
        tg_put_wrapped(cli, "", 0,
                       tg_view_str("Settled by fewer than three witnesses: equivocation is detected, not "
                                   "excluded."));
}
