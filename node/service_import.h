/* An import between its begin and its end. For node/service_import.c and node/service_delist.c alone. */
#ifndef TG_NODE_SERVICE_IMPORT_H
#define TG_NODE_SERVICE_IMPORT_H

#include "node/service_internal.h"

struct tg_import_counts {
    uint64_t added, changed, unchanged, refused, blocked;
};
/* Keys of all that stood in a full import; sorted once, at its end. */
struct tg_import_seen {
    struct tg_hash *keys;
    size_t count, capacity;
};
struct tg_import_session {
    char list[TG_LABEL_BYTES_MAX + 1];
    struct tg_hash audience[TG_AUDIENCE_MAX];
    size_t audience_count;
    bool full, dry_run, yes;
    struct tg_import_counts totals;
    struct tg_import_seen seen;
    struct tg_access_note note; /* of its begin: what its batches are done for */
};

/* By its number on the list, else by what it says. */
tg_err tg_import_key(const struct tg_record *record, struct tg_hash *ret_key);
tg_err tg_import_seen_add(struct tg_import_seen *seen, const struct tg_hash *key);
void tg_import_counts_put(struct tg_control_out *out, const struct tg_import_counts *counts);
/* Entry in the access log of a call that goes on with the session: its verb, with the reason of the begin. */
tg_err tg_import_note(const struct tg_call *call, const struct tg_import_session *session,
                      struct tg_access_note *ret_note);
/* The job that ends a full import: withdraws what is no longer on the list, answers, and ends the session. */
tg_err tg_delist_start(struct tg_call *call, struct tg_errmsg *em);

#endif
