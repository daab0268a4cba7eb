/* Notices as rows of the node's answers, shown the same way by every command that shows them.
 *
 * Knows no command. Fields: docs/control.md `notices`.
 */
#include "cli/notice.h"

#include "base/text.h"
#include "cli/session.h"

const char *const tg_notice_kinds[] = {"alert",      "convergence", "watch",    "withdrawal", "dispute",
                                       "correction", "review",      "not_read", NULL};

tg_err tg_notice_line(const struct tg_control_msg *msg, struct tg_buf *out)
{
    char when[TG_WHEN_BYTES];
    tg_when_format(tg_control_number(msg, "at_ms", 0), when);
    tg_err err = tg_buf_putf(out, "%s  ", when);
    if (!err) err = tg_buf_putf(out, "%-11.16s  ", tg_control_text(msg, "kind", ""));
    if (!err) err = tg_text_escape(tg_row_view(msg, "ref"), out);
    if (!err) err = tg_buf_put_str(out, "  ");
    return err ? err : tg_text_escape(tg_row_view(msg, "text"), out);
}

int tg_notice_rings(const struct tg_control_msg *msg)
{
    const char *precedence = tg_control_text(msg, "precedence", "");
    if (strcmp(precedence, "flash") == 0) return 2;
    return strcmp(precedence, "immediate") == 0;
}

void tg_notice_gone_talk(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    char count[TG_COUNT_BYTES], before[TG_TIME_TEXT_BYTES];
    int64_t gone = tg_control_number(msg, "count", 0);
    tg_count_format(gone, count);
    tg_time_format(tg_control_number(msg, "before_ms", 0), before);
    tg_talk(cli, "%s notice%s of before %s %s no longer listed: 'tamga query --to %s --sort time' finds %s\n",
            count, gone == 1 ? "" : "s", before, gone == 1 ? "is" : "are", before,
            gone == 1 ? "its record" : "their records");
}
