/* Differences between two versions of a record, and a version made from another, as JSON.
 *
 * Must not know: who may, where records come from. Walks what tg_record_to_json writes.
 */
#include "proto/record_change.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/json.h"

#define PATH_BYTES 256

static void json_release(json_t **json)
{
    json_decref(*json);
}
#define AUTO_JSON __attribute__((cleanup(json_release))) json_t

static json_t *parsed(struct tg_view text)
{
    return json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, NULL);
}

static json_t *json_of(const struct tg_record *rec)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    return tg_record_to_json(rec, &text) ? NULL : parsed(tg_buf_view(&text));
}

/* What is computed, or said by the act of entering. */
static bool passed_over(const char *path)
{
    static const char *const paths[] = {"v", "id", "digest", "summary", "head.reported", "head.supersedes"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(paths[i], path) == 0) return true;
    return false;
}

/* ---- differences ---- */

struct comparing {
    tg_record_changed *changed;
    void *ctx;
};

static tg_err told(const struct comparing *to, const char *path, const json_t *older, const json_t *newer)
{
    char *a = older ? json_dumps(older, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *b = newer ? json_dumps(newer, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    bool good = (!older || a) && (!newer || b);
    tg_err err = good ? to->changed(to->ctx, path, a ? tg_view_str(a) : tg_view_of("", 0),
                                    b ? tg_view_str(b) : tg_view_of("", 0))
                      : TG_ENOMEM;
    free(a);
    free(b);
    return err;
}

static tg_err compare(const struct comparing *to, const char *path, json_t *older, json_t *newer);

static tg_err compare_key(const struct comparing *to, const char *path, const char *key, json_t *older,
                          json_t *newer)
{
    char inner[PATH_BYTES];
    (void)snprintf(inner, sizeof inner, "%s%s%s", path, path[0] ? "." : "", key);
    return passed_over(inner) ? TG_OK : compare(to, inner, older, newer);
}

/* Recursion is bounded by the schema. */
static tg_err compare(const struct comparing *to, const char *path, json_t *older, json_t *newer)
{
    const char *key;
    json_t *value;
    tg_err err = TG_OK;
    if (older && newer && json_equal(older, newer)) return TG_OK;
    if (!json_is_object(older) || !json_is_object(newer)) return told(to, path, older, newer);
    json_object_foreach(older, key, value)
    {
        if (!err) err = compare_key(to, path, key, value, json_object_get(newer, key));
    }
    json_object_foreach(newer, key, value)
    {
        if (!err && !json_object_get(older, key)) err = compare_key(to, path, key, NULL, value);
    }
    return err;
}

tg_err tg_record_diff(const struct tg_record *older, const struct tg_record *newer,
                      tg_record_changed *changed, void *ctx)
{
    AUTO_JSON *a = json_of(older);
    AUTO_JSON *b = json_of(newer);
    struct comparing to = {.changed = changed, .ctx = ctx};
    return a && b ? compare(&to, "", a, b) : TG_ENOMEM;
}

/* ---- patching ---- */

static tg_err merge(json_t *into, json_t *patch)
{
    const char *key;
    json_t *value;
    json_object_foreach(patch, key, value)
    {
        json_t *held = json_object_get(into, key);
        if (json_is_object(held) && json_is_object(value)) {
            tg_err err = merge(held, value);
            if (err) return err;
        } else if (json_object_set(into, key, value)) {
            return TG_ENOMEM;
        }
    }
    return TG_OK;
}

static tg_err unset_one(json_t *root, const char *path, struct tg_errmsg *em)
{
    json_t *at = root;
    const char *rest = path;
    for (;;) {
        char key[PATH_BYTES];
        size_t bytes = strcspn(rest, ".");
        if (bytes >= sizeof key) return tg_fail(em, TG_ELIMIT, "path '%.60s...' is too long", path);
        (void)snprintf(key, sizeof key, "%.*s", (int)bytes, rest);
        json_t *held = json_object_get(at, key);
        if (!held)
            return tg_fail(em, TG_EVALUE,
                           "nothing stands at '%.100s'; paths are as 'tamga show --format json' prints",
                           path);
        if (!rest[bytes]) return json_object_del(at, key) ? TG_ENOMEM : TG_OK;
        at = held;
        rest += bytes + 1;
    }
}

tg_err tg_record_patch(const struct tg_record *rec, struct tg_view patch, const char *const *unset,
                       size_t unset_count, struct tg_buf *out, struct tg_errmsg *em)
{
    if (rec->newer)
        return tg_fail(
            em, TG_ENEWER,
            "it holds a kind, field or value that this program does not know and would lose; update it");
    AUTO_JSON *record = json_of(rec);
    AUTO_JSON *said = parsed(patch);
    if (!record) return TG_ENOMEM;
    if (!json_is_object(said)) return tg_fail(em, TG_EFORMAT, "the change is no JSON object");
    static const char *const computed[] = {"id", "digest", "summary", "newer"};
    for (size_t i = 0; i < sizeof computed / sizeof computed[0]; i++)
        (void)json_object_del(record, computed[i]);
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < unset_count; i++) err = unset_one(record, unset[i], em);
    if (!err) err = merge(record, said);
    if (err) return err;
    char *text = json_dumps(record, JSON_COMPACT);
    if (!text) return TG_ENOMEM;
    err = tg_buf_put_str(out, text);
    free(text);
    return err;
}
