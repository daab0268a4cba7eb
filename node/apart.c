/* What is held and not read: the codes that receipts give for it, from the indexer to the next start.
 *
 * An envelope that does not open says so in its entry of the log. A record inside an envelope that opened is judged by
 * this version of the schema, so what is said of it is kept in the index, and judged anew whenever that is built.
 */
#include <string.h>

#include "base/cursor.h"
#include "node/heads.h"
#include "node/indexer.h"

#define NAME_BYTES 32

/* "node/apart/<log#>": u64 index ‖ u8 length ‖ code, ascending; the newest that a receipt would tell. */
static struct tg_view name_of(const struct tg_held_log *log, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "node/apart/%u", log->number);
    return tg_view_str(out);
}

/* The envelope opened: only a record of it is meant. */
static bool of_record(const struct tg_held_log *log, const struct tg_refusal *refusal)
{
    return tg_ranges_contain(log->have, log->have_count, refusal->index);
}

static tg_err save_log(struct tg_node *node, struct tg_held_log *log, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf value = {0};
    char name[NAME_BYTES];
    size_t first = log->refused_count > TG_RECEIPT_ITEMS_MAX ? log->refused_count - TG_RECEIPT_ITEMS_MAX : 0;
    tg_err err = TG_OK;
    for (size_t i = first; i < log->refused_count && !err; i++) {
        const struct tg_refusal *refusal = &log->refused[i];
        uint8_t head[9];
        if (!of_record(log, refusal)) continue;
        tg_be64_put(head, refusal->index);
        head[8] = (uint8_t)strlen(refusal->code);
        err = tg_buf_put(&value, head, sizeof head);
        if (!err) err = tg_buf_put_str(&value, refusal->code);
    }
    if (!err) err = tg_index_meta_put(node->store, name_of(log, name), tg_buf_view(&value), em);
    if (!err) log->apart_unsaved = false;
    return err;
}

tg_err tg_apart_save(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count && !err; i++)
        if (node->logs[i]->apart_unsaved && node->logs[i]->numbered) err = save_log(node, node->logs[i], em);
    return err;
}

static tg_err load_log(struct tg_held_log *log, struct tg_view value)
{
    struct tg_rd rd = tg_rd_init(value);
    tg_err err = TG_OK;
    while (rd.left && !err) {
        char code[TG_REFUSAL_CODE_BYTES_MAX + 1] = "";
        uint64_t index = tg_rd_u64(&rd);
        uint8_t bytes = tg_rd_u8(&rd);
        if (rd.err || bytes > TG_REFUSAL_CODE_BYTES_MAX) return TG_EDAMAGED;
        tg_rd_copy(&rd, code, bytes);
        err = rd.err ? TG_EDAMAGED : tg_held_apart(log, index, code);
    }
    log->apart_unsaved = false;
    return err;
}

tg_err tg_apart_load(struct tg_node *node, struct tg_errmsg *em)
{
    for (size_t i = 0; i < node->log_count; i++) {
        struct tg_held_log *log = node->logs[i];
        char name[NAME_BYTES];
        struct tg_view value;
        if (!log->numbered || tg_index_meta_get(node->store, name_of(log, name), &value, NULL)) continue;
        tg_err err = load_log(log, value);
        if (err)
            return tg_fail(em, err, "what the index says of records kept apart is damaged: 'tamga reindex'");
    }
    return TG_OK;
}

void tg_apart_forget(struct tg_node *node)
{
    for (size_t i = 0; i < node->log_count; i++) {
        struct tg_held_log *log = node->logs[i];
        size_t kept = 0;
        for (size_t k = 0; k < log->refused_count; k++)
            if (!of_record(log, &log->refused[k])) log->refused[kept++] = log->refused[k];
        log->refused_count = kept;
        log->apart_unsaved = false;
    }
}
