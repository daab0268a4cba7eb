/* A record being written: options become the JSON that tg_record_from_json reads, so that there is one way in.
 *
 * Knows no option. Field names: docs/records.md.
 */
#include "cli/draft.h"

#include "base/cleanup.h"
#include "cli/output.h"

enum node_kind { NODE_OBJECT, NODE_LIST, NODE_LEAF };
struct tg_draft_node {
    enum node_kind kind;
    const char *key;  /* inside an object */
    const char *leaf; /* JSON text */
    struct tg_draft_node *first, *last, *next;
};

static struct tg_draft_node *node_new(struct tg_draft *draft, enum node_kind kind, const char *key)
{
    struct tg_draft_node *node = tg_arena_take(draft->arena, sizeof *node);
    if (!node) {
        draft->err = TG_ENOMEM;
        return NULL;
    }
    node->kind = kind;
    node->key = key;
    return node;
}

static struct tg_draft_node *append(struct tg_draft_node *parent, struct tg_draft_node *child)
{
    if (!child) return NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return child;
}

static struct tg_draft_node *child_named(const struct tg_draft_node *node, struct tg_view key)
{
    for (struct tg_draft_node *child = node->first; child; child = child->next)
        if (child->key && tg_view_equal_str(key, child->key)) return child;
    return NULL;
}

void tg_draft_begin(struct tg_draft *draft, struct tg_arena *arena)
{
    *draft = (struct tg_draft){.arena = arena};
    draft->root = node_new(draft, NODE_OBJECT, NULL);
}

/* One step of a path: a key, and whether it is a list and which element is meant (0, '+', '-'). */
struct step {
    struct tg_view key;
    char element;
    const char *rest; /* behind the dot; NULL at the end */
};

static struct step step_of(const char *path)
{
    struct step step = {.key = tg_view_of(path, strcspn(path, ".["))};
    const char *at = path + step.key.bytes;
    if (at[0] == '[' && (at[1] == '+' || at[1] == '-') && at[2] == ']') {
        step.element = at[1];
        at += 3;
    }
    step.rest = at[0] == '.' ? at + 1 : NULL;
    return step;
}

static struct tg_draft_node *child_take(struct tg_draft *draft, struct tg_draft_node *parent,
                                        const struct step *step, enum node_kind kind)
{
    struct tg_draft_node *child = child_named(parent, step->key);
    if (child) return child;
    const char *key = tg_arena_text(draft->arena, step->key);
    if (!key) {
        draft->err = TG_ENOMEM;
        return NULL;
    }
    return append(parent, node_new(draft, kind, key));
}

static struct tg_draft_node *element_take(struct tg_draft *draft, struct tg_draft_node *list, char element,
                                          enum node_kind kind)
{
    if (element == '-' && list->last) return list->last;
    return append(list, node_new(draft, kind, NULL));
}

/* The leaf that the path names, made with everything above it. */
static struct tg_draft_node *leaf_take(struct tg_draft *draft, const char *path)
{
    struct tg_draft_node *node = draft->root;
    while (path && node && !draft->err) {
        struct step step = step_of(path);
        enum node_kind kind = step.rest ? NODE_OBJECT : NODE_LEAF;
        node = child_take(draft, node, &step, step.element ? NODE_LIST : kind);
        if (node && step.element) node = element_take(draft, node, step.element, kind);
        path = step.rest;
    }
    return draft->err ? NULL : node;
}

static void leaf_set(struct tg_draft *draft, const char *path, struct tg_view json)
{
    struct tg_draft_node *leaf = leaf_take(draft, path);
    if (!leaf) return;
    leaf->leaf = tg_arena_text(draft->arena, json);
    if (!leaf->leaf) draft->err = TG_ENOMEM;
}

void tg_draft_text(struct tg_draft *draft, const char *path, struct tg_view text)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    if (draft->err) return;
    draft->err = tg_json_string(&json, text);
    if (!draft->err) leaf_set(draft, path, tg_buf_view(&json));
}

void tg_draft_str(struct tg_draft *draft, const char *path, const char *text)
{
    tg_draft_text(draft, path, tg_view_str(text));
}

void tg_draft_number(struct tg_draft *draft, const char *path, int64_t number)
{
    char json[32];
    (void)snprintf(json, sizeof json, "%lld", (long long)number);
    if (!draft->err) leaf_set(draft, path, tg_view_str(json));
}

void tg_draft_true(struct tg_draft *draft, const char *path)
{
    if (!draft->err) leaf_set(draft, path, tg_view_str("true"));
}

bool tg_draft_has(const struct tg_draft *draft, const char *path)
{
    const struct tg_draft_node *node = draft->root;
    while (path && node) {
        struct step step = step_of(path);
        node = child_named(node, step.key);
        if (node && step.element) node = node->last;
        path = step.rest;
    }
    return node != NULL;
}

/* Recursion is bounded by the paths of the option tables. */
static tg_err render(const struct tg_draft_node *node, struct tg_buf *out)
{
    if (node->kind == NODE_LEAF) return tg_buf_put_str(out, node->leaf ? node->leaf : "null");
    bool object = node->kind == NODE_OBJECT;
    tg_err err = tg_buf_put_str(out, object ? "{" : "[");
    for (const struct tg_draft_node *child = node->first; child && !err; child = child->next) {
        if (child != node->first) err = tg_buf_put_str(out, ",");
        if (!err && object) err = tg_buf_putf(out, "\"%s\":", child->key);
        if (!err) err = render(child, out);
    }
    return err ? err : tg_buf_put_str(out, object ? "}" : "]");
}

tg_err tg_draft_render(const struct tg_draft *draft, struct tg_buf *out)
{
    return draft->err ? draft->err : render(draft->root, out);
}
