/* Signed statements in control entries: told apart by their first line, and named for people.
 *
 * Verifies nothing. Format: docs/formats.md "Control entries".
 */
#include "proto/statement.h"

#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/identity.h"

static const struct {
    enum tg_statement statement;
    const char *first_line, *name;
    const char *shown[2]; /* lines whose numbers are shown behind the name; NULL: none */
} rows[] = {
    {TG_STATEMENT_CARD, "tamga/card/v1", "card", {"serial ", NULL}},
    {TG_STATEMENT_EPOCH, "tamga/epoch/v1", "epoch", {NULL, NULL}},
    {TG_STATEMENT_ATTEST, "tamga/attest/v1", "attest", {"from ", "until "}},
};
#define ROWS (sizeof rows / sizeof rows[0])

static size_t row_of(struct tg_view note)
{
    struct tg_rd rd = tg_rd_init(note);
    const struct tg_view first = tg_rd_until(&rd, '\n');
    size_t row = 0;
    while (row < ROWS && (rd.err || !tg_view_equal_str(first, rows[row].first_line))) row++;
    return row;
}

enum tg_statement tg_statement_of(struct tg_view note)
{
    const size_t row = row_of(note);
    return row < ROWS ? rows[row].statement : TG_STATEMENT_UNKNOWN;
}

bool tg_statement_number(struct tg_view note, const char *front, uint64_t *ret_number)
{
    struct tg_rd rd = tg_rd_init(note);
    while (!rd.err && rd.left) {
        const struct tg_view line = tg_rd_until(&rd, '\n');
        const size_t bytes = strlen(front);
        if (rd.err || !line.bytes) return false;
        if (!tg_view_starts_with(line, front)) continue;
        return !tg_text_u64(tg_view_of(line.data + bytes, line.bytes - bytes), UINT64_MAX, ret_number);
    }
    return false;
}

/* The epoch that a prologue says it begins. */
static bool epoch_of(struct tg_view note, uint32_t *ret_epoch)
{
    static const char front[] = "log ";
    const size_t bytes = sizeof front - 1;
    struct tg_node_id id;
    struct tg_rd rd = tg_rd_init(note);
    (void)tg_rd_until(&rd, '\n');
    const struct tg_view line = tg_rd_until(&rd, '\n');
    if (rd.err || !tg_view_starts_with(line, front)) return false;
    return !tg_log_origin_parse(tg_view_of(line.data + bytes, line.bytes - bytes), &id, ret_epoch);
}

void tg_statement_text(struct tg_view note, char out[static TG_STATEMENT_TEXT_BYTES])
{
    const size_t row = row_of(note);
    uint64_t numbers[2];
    uint32_t epoch;
    (void)snprintf(out, TG_STATEMENT_TEXT_BYTES, "%s", row < ROWS ? rows[row].name : "unknown");
    if (row < ROWS && rows[row].statement == TG_STATEMENT_EPOCH && epoch_of(note, &epoch))
        (void)snprintf(out, TG_STATEMENT_TEXT_BYTES, "%s %u", rows[row].name, epoch);
    if (row == ROWS || !rows[row].shown[0] || !tg_statement_number(note, rows[row].shown[0], &numbers[0]))
        return;
    const char *name = rows[row].name;
    if (rows[row].shown[1] && tg_statement_number(note, rows[row].shown[1], &numbers[1]) && numbers[1])
        (void)snprintf(out, TG_STATEMENT_TEXT_BYTES, "%s %llu-%llu", name, (unsigned long long)numbers[0],
                       (unsigned long long)numbers[1] - 1);
    else
        (void)snprintf(out, TG_STATEMENT_TEXT_BYTES, "%s %llu", name, (unsigned long long)numbers[0]);
}
