/* Standing queries: what somebody wants to be told of whenever a record arrives that fits. For node/ alone.
 *
 * A query is compiled into terms, each a set of index tokens, and names; a record's own tokens and names find the queries
 * that it fits, so the work of an arrival grows with the record and hardly with the number of queries. A hit raises a
 * notice and starts nothing. Stored rows: docs/formats-store.md "watch".
 */
#ifndef TG_NODE_WATCHES_H
#define TG_NODE_WATCHES_H

#include "node/asked.h"
#include "node/core.h"

/* The texts of a query, as given. */
enum tg_watch_text {
    TG_WATCH_LABEL,
    TG_WATCH_USER,
    TG_WATCH_TEXT,
    TG_WATCH_NAME,
    TG_WATCH_BIRTH,
    TG_WATCH_NATIONALITY,
    TG_WATCH_SEX,
    TG_WATCH_TYPE,
    TG_WATCH_VALUE,
    TG_WATCH_ORIGIN,
    TG_WATCH_FACILITY,
    TG_WATCH_LIST,
    TG_WATCH_TEXTS,
};
/* "origin": the name of the field that holds it. Static storage. */
const char *tg_watch_text_name(enum tg_watch_text text);

struct tg_watch_spec {
    const char *texts[TG_WATCH_TEXTS]; /* never NULL; "" when not given */
    bool kinds[256];
    bool has_kinds;
    uint32_t uid; /* whose it is */
    bool everyone;
    int64_t made_ms, until_ms;
};

struct tg_watch_term {
    const struct tg_token *tokens; /* the record must have all of them */
    size_t count;
    uint16_t score;  /* as a query's, to tell the best reason */
    const char *why; /* as a query explains it */
};
struct tg_watch_name {
    struct tg_name name;
    struct tg_asked asked;
};
#define TG_WATCH_NAMES_MAX 2 /* of the typed text, and of `name` */

struct tg_watch {
    uint32_t id;
    struct tg_watch_spec spec; /* texts in the arena */
    bool end_told;
    struct tg_arena arena;
    struct tg_watch_term *terms;
    size_t term_count;
    struct tg_watch_name *names[TG_WATCH_NAMES_MAX];
    size_t name_count;
    bool loose; /* no term and no name: any record that its filters let pass */
    bool has_origin, has_facility, has_list;
    struct tg_hash origin;
    struct tg_token facility, list;
    uint64_t stamp; /* of the record that hit it last ... */
    size_t hit;     /* ... and where that hit stands */
    int64_t burst_us;
    uint32_t burst, unsaid; /* notices since burst_us; hits that were only counted */
};
void tg_watch_free(struct tg_watch *watch);
/* A copy of spec, compiled. Errors are those of the query that it stands for. */
tg_err tg_watch_compile(struct tg_node *node, const struct tg_watch_spec *spec, struct tg_watch **ret_watch,
                        struct tg_errmsg *em);
/* The same without terms: it stands in its list and raises nothing. */
tg_err tg_watch_idle(const struct tg_watch_spec *spec, struct tg_watch **ret_watch);
/* "watch 3 'case 12'". */
#define TG_WATCH_TITLE_BYTES (TG_WATCH_LABEL_BYTES_MAX + 32)
void tg_watch_title(const struct tg_watch *watch, char out[static TG_WATCH_TITLE_BYTES]);

tg_err tg_watches_new(struct tg_node *node);
void tg_watches_free(struct tg_node *node);
tg_err tg_watches_load(struct tg_node *node, struct tg_errmsg *em);
/* Ascending by id; views live until the next change. */
size_t tg_watches_count(const struct tg_node *node);
const struct tg_watch *tg_watches_at(const struct tg_node *node, size_t place);
/* NULL: no such. */
const struct tg_watch *tg_watches_find(const struct tg_node *node, uint32_t id);
/* Durable when it returns. TG_ELIMIT: that user, or all, have as many as there may be. */
tg_err tg_watches_add(struct tg_node *node, const struct tg_watch_spec *spec, uint32_t *ret_id,
                      struct tg_errmsg *em);
/* TG_ENOENT. */
tg_err tg_watches_remove(struct tg_node *node, uint32_t id, struct tg_errmsg *em);
/* Tells of queries that have ended and of hits that were only counted; looks once a second. */
tg_err tg_watches_tick(struct tg_node *node, struct tg_errmsg *em);

/* A record on its way into the index, with the tokens that it gets there. */
struct tg_arrival {
    const struct tg_record *record;
    const struct tg_placed *placed;
    const struct tg_facets *facets;
    const uint8_t *tokens; /* TG_INDEX_TOKEN_BYTES each */
    size_t token_count;
    bool again; /* it stands in the index already: a crash may have forgotten its notices */
};
/* Raises a notice for each query that it fits. */
tg_err tg_watches_match(struct tg_node *node, const struct tg_arrival *arrival, struct tg_errmsg *em);

/* What the two files share. */
struct tg_watches {
    struct tg_watch **items; /* ascending by id */
    size_t count, capacity;
    uint32_t next;
    uint8_t key[32];
    struct tg_watch_slot *slots; /* terms by their first token: open addressing */
    size_t slot_count;           /* a power of two, or 0 */
    size_t term_count;           /* of them taken */
    struct tg_name_index *names; /* id: 2 × id of the watch + which of its names */
    size_t name_count, loose_count;
    uint64_t stamp;
    struct tg_watch_hit *hits; /* of the record at hand */
    size_t hit_count, hit_capacity;
    int64_t ticked_us;
};
struct tg_watch_slot {
    uint64_t key; /* the token's first 8 bytes */
    struct tg_watch *watch;
    const struct tg_watch_term *term; /* NULL: free */
};

#endif
