/* What the parts of the service share: clients, calls, verbs, jobs. For node/service*.c alone.
 *
 * A call is one request being answered. What it cannot answer at once stays behind as the client's job, which writes
 * more frames whenever the client's queue is empty, or waits for receipts, notices and deadlines.
 */
#ifndef TG_NODE_SERVICE_INTERNAL_H
#define TG_NODE_SERVICE_INTERNAL_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/core.h"
#include "node/service.h"

struct tg_job;
struct tg_client;

/* A field that a verb takes. */
struct tg_verb_field {
    const char *name; /* NULL ends a list */
    enum tg_control_type type;
    bool many;
};
#define TG_VERB_FIELDS_MAX 24

struct tg_call {
    struct tg_service *service;
    struct tg_node *node;
    struct tg_client *client;
    const struct tg_control_msg *msg;
    const struct tg_verb *verb;
    struct tg_buf *out;     /* frames of the answer; what stands here when the verb fails is dropped */
    bool auditing;          /* no contents in the rows, whoever asks */
    struct tg_places shown; /* records whose contents stand there, for the entry in the access log */
};

#define TG_VERB_ANY (TG_ROLE_ANALYST | TG_ROLE_OFFICER | TG_ROLE_AUDITOR | TG_ROLE_ADMIN)
struct tg_verb {
    const char *name;
    unsigned roles;
    const struct tg_verb_field *fields;
    /* Writes the whole answer with its DONE, or leaves a job at the client, or fails. */
    tg_err (*run)(struct tg_call *call, struct tg_errmsg *em);
};
extern const struct tg_verb tg_verbs[];
extern const size_t tg_verbs_count;

/* Every verb takes this text beside its own fields: the number of the case, for the access log. */
#define TG_FIELD_CASE "case"
/* Of `screen`: values and names out of somebody's file, which no log keeps. */
#define TG_FIELD_SCREENED "items"

enum tg_step {
    TG_STEP_WAIT, /* nothing to say until something happens */
    TG_STEP_MORE, /* has more to say, or to do */
    TG_STEP_END,  /* DONE is written */
};
/* How a kind of job goes on. */
struct tg_job_kind {
    /* Writes at most one slice into out. A failure ends the job with FAIL. */
    tg_err (*step)(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step, struct tg_errmsg *em);
    void (*free)(struct tg_job *job); /* the job itself too */
};
/* First member of every job. */
struct tg_job {
    const struct tg_job_kind *kind;
    struct tg_service *service;
    struct tg_client *client;
    int64_t deadline_us; /* step is called then; INT64_MAX: never */
    bool runnable;       /* step has something to do */
    uint64_t generation; /* of the index when the job began */
    bool uses_index;     /* its record numbers die with that generation */
};

struct tg_import_session;
struct tg_courier_in;

struct tg_client {
    uint64_t id;
    uid_t uid;
    gid_t gid;
    char user[64];
    struct tg_buf out; /* frames not yet taken by the port, from sent on */
    size_t sent;
    bool paused;
    struct tg_job *job;
    struct tg_import_session *import;
    struct tg_courier_in *courier;
};

struct tg_service {
    struct tg_node *node;
    const struct tg_config *config;
    const char *config_path;
    uid_t owner;
    const char *version;
    struct tg_service_port port;
    tg_err (*link)(void *ctx, const struct tg_hash *peer, struct tg_transport_link *ret_link);
    void *link_ctx;
    struct tg_client *clients[TG_CONTROL_CLIENTS_MAX];
    struct tg_ticket *tickets; /* of commits that are not done */
    uint64_t generation;       /* of the index: raised by reindex */
    bool stop;
};

/* ---- service_verbs.c ---- */

/* The verb of a request; its caller's role, its fields and its reason checked. TG_EUSAGE, TG_EDENIED, TG_EVALUE. */
tg_err tg_verb_check(const struct tg_service *service, const struct tg_client *client,
                     const struct tg_control_msg *msg, const struct tg_verb **ret_verb, struct tg_errmsg *em);

/* ---- service_roles.c ---- */

unsigned tg_service_roles(const struct tg_service *service, const struct tg_client *client);
bool tg_call_may_read(const struct tg_call *call); /* contents, that is */
/* TG_EDENIED, with who may. */
tg_err tg_role_check(const struct tg_service *service, const struct tg_client *client,
                     const struct tg_verb *verb, struct tg_errmsg *em);
/* "analyst, officer or admin" */
void tg_roles_text(unsigned roles, char *out, size_t out_bytes);
/* "#1000" when the system knows no name. */
void tg_user_name(uid_t uid, char *out, size_t out_bytes);

/* ---- service.c ---- */

/* Zeroed and tied to the call's client, runnable; NULL out of memory. The client owns it now. */
void *tg_job_start(struct tg_call *call, const struct tg_job_kind *kind, size_t bytes);
/* Something happened that the job waits for: the next tick steps it, once its client's queue is empty. */
void tg_job_wake(struct tg_job *job);
static inline int64_t tg_service_now_us(const struct tg_service *service)
{
    return tg_clock_mono_us(service->node->clock);
}
static inline int64_t tg_service_now_ms(const struct tg_service *service)
{
    return tg_clock_wall_ms(service->node->clock);
}

/* ---- service_access.c ---- */

/* One durable entry of the access log; detail is made from the request's fields. Commit it before the first row.
 * shown: the records of the answer; NULL: none. */
tg_err tg_call_access(const struct tg_call *call, uint64_t hits, const struct tg_places *shown,
                      struct tg_errmsg *em);
/* With what the fields do not show behind the detail: text of our own, not of others. */
tg_err tg_call_access_with(const struct tg_call *call, const char *more, struct tg_errmsg *em);
/* The same for a job that has found out its hits later. */
tg_err tg_access_note_take(const struct tg_call *call, struct tg_access_note *ret_note);
tg_err tg_access_note_put(const struct tg_access_note *note, const struct tg_job *job, uint64_t hits,
                          const struct tg_places *shown, struct tg_errmsg *em);
/* Entries of an answer whose records are found slice by slice: one for each slice that shows any, the first in any
 * case. Zero-initialise; take the note; release. */
struct tg_slice_log {
    struct tg_access_note note;
    struct tg_places places; /* of the slice */
    uint64_t rows;
    bool begun;
};
tg_err tg_slice_log_add(struct tg_slice_log *log, const struct tg_index_rec *rec);
/* At the end of a step, before what it wrote leaves. */
tg_err tg_slice_log_put(struct tg_slice_log *log, const struct tg_job *job, struct tg_errmsg *em);
void tg_slice_log_release(struct tg_slice_log *log);
/* Every entry from the newest one back to the oldest, in slices. */
struct tg_access_walk {
    uint64_t end;  /* entries when it began */
    uint64_t left; /* those below it are still to come */
};
tg_err tg_access_walk_begin(const struct tg_service *service, struct tg_access_walk *ret_walk,
                            struct tg_errmsg *em);
/* What it is given lives for the call. TG_OK goes on; TG_ENOENT ends the walk; anything else is returned. */
typedef tg_err (*tg_on_access)(void *ctx, uint64_t number, const struct tg_access *access);
tg_err tg_access_walk_step(const struct tg_service *service, struct tg_access_walk *walk,
                           tg_on_access on_access, void *ctx, struct tg_errmsg *em);
/* For people who wait: how much of the log is looked through. */
tg_err tg_access_progress(const struct tg_access_walk *walk, struct tg_buf *out);
/* One entry. */
tg_err tg_access_read(const struct tg_service *service, uint64_t number, tg_on_access on_access, void *ctx,
                      struct tg_errmsg *em);
/* service_readers.c: who was shown any of some records. */
struct tg_reader {
    char user[64];
    uint64_t times;
    int64_t first_ms, last_ms;
    bool reasoned; /* each time with a reason or a case */
};
struct tg_readers {
    struct tg_access_walk walk;
    bool begun;
    struct tg_place places[TG_READERS_PLACES_MAX];
    size_t place_count;
    struct tg_reader items[TG_READERS_MAX];
    size_t count;
    uint64_t left;        /* times that others, beyond those, were shown it */
    tg_on_access on_made; /* what was made of them; may be NULL */
    void *ctx;
};
/* Freed with free(); NULL out of memory. */
struct tg_readers *tg_readers_new(tg_on_access on_made, void *ctx);
void tg_readers_add(struct tg_readers *readers, const struct tg_place *place);
/* A slice. */
tg_err tg_readers_step(const struct tg_service *service, struct tg_readers *readers, bool *ret_done,
                       struct tg_errmsg *em);
static inline struct tg_place tg_place_of_rec(const struct tg_index_rec *rec)
{
    return (struct tg_place){.log = rec->log, .index = rec->index, .first = rec->n, .count = 1};
}
tg_err tg_places_add_rec(struct tg_places *places, const struct tg_index_rec *rec);

/* ---- service_rows.c ---- */

void tg_put_node(struct tg_control_out *out, const char *name, const struct tg_hash *node);
/* The fields of a record row; the frame is begun and ended by the caller. */
void tg_put_record(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found,
                   bool contents);
/* When that addressee has not read our alert in time: `not_read` 1 and `call`, whom to call. */
struct tg_said;
void tg_not_read_put(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found,
                     const struct tg_hash *who, const struct tg_said *said);
/* "KG,UZ", appended. */
tg_err tg_put_countries(struct tg_node *node, const struct tg_hash *ids, size_t count, struct tg_buf *out);
/* What an addressee's receipts say of a record of ours. */
struct tg_told {
    const char *state; /* static */
    const char
        *code; /* why it refuses or does not understand it, or something of its envelope; "". Until the next
                        * receipt */
    int64_t at_ms; /* when it said so; 0: nothing yet */
};
struct tg_told tg_holding_told(struct tg_node *node, const struct tg_found *found, const struct tg_hash *by);
/* Ref of a record by its id; the first digits of the id when it is not (any longer) held. found may be NULL. */
void tg_ref_of_id(struct tg_node *node, const struct tg_hash *id, char out[static TG_REF_TEXT_BYTES],
                  struct tg_hash *ret_origin, enum tg_kind *ret_kind);
/* Ref of a place, whether its record is (still) held or not. */
void tg_place_text(struct tg_node *node, uint32_t log, uint64_t index, uint32_t item,
                   char out[static TG_REF_TEXT_BYTES]);
/* The place of a record that was typed; of an erased one its short name alone finds it. */
tg_err tg_place_of_ref(struct tg_node *node, const char *ref, struct tg_place *ret_place,
                       struct tg_errmsg *em);
/* TG_ENOENT. */
tg_err tg_recno_of_id(struct tg_node *node, const struct tg_hash *id, uint64_t *ret_recno,
                      struct tg_errmsg *em);

/* ---- service_related.c ---- */

/* Rows `related` of a record that is shown. ret_left: how many found no room. */
tg_err tg_related_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                       struct tg_errmsg *em);

/* The same without what only shares a value with it. */
tg_err tg_pointing_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                        struct tg_errmsg *em);
/* service_cluster.c: rows `cluster`, `member`, `tie` of a record that does not stand alone; none for who may not
 * read contents. */
tg_err tg_cluster_rows(struct tg_call *call, uint64_t recno, struct tg_errmsg *em);
/* service_repeat.c: rows `related` of reports of the same event. ret_left is added to. */
tg_err tg_repeat_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                      struct tg_errmsg *em);
/* service_show.c: rows `holder`. */
tg_err tg_holder_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em);

/* Record numbers, growing. */
struct tg_recnos {
    uint64_t *items;
    size_t count;
};
void tg_recnos_release(struct tg_recnos *recnos);
TG_AUTO_DEFINE(tg_recnos, tg_recnos_release)
/* All that hold the token, ascending. TG_ELIMIT over TG_SERVICE_HITS_MAX. */
tg_err tg_recnos_token(struct tg_node *node, uint8_t type, struct tg_view form, struct tg_recnos *ret_recnos,
                       struct tg_errmsg *em);
bool tg_recnos_contain(const struct tg_recnos *recnos, uint64_t recno);

/* ---- service_sieve.c: which records are meant ---- */

struct tg_sieve {
    bool kinds[256];
    bool has_kinds, has_origin, has_facility, has_list;
    bool all_states;
    bool has_as_of;
    struct tg_hash origin;
    struct tg_recnos facility, list;
    int64_t from_ms, until_ms; /* of the record's own time */
    int64_t as_of_ms;
    int64_t now_ms;
};
void tg_sieve_release(struct tg_sieve *sieve);
/* From the request's fields kind, origin, facility, list, from, to, state, as_of. */
tg_err tg_sieve_init(const struct tg_call *call, struct tg_sieve *ret_sieve, struct tg_errmsg *em);
/* Anything that narrows? */
bool tg_sieve_given(const struct tg_sieve *sieve);
/* A field `kind`. TG_EVALUE with the nearest. */
tg_err tg_kind_read(const struct tg_control_field *field, enum tg_kind *ret_kind, struct tg_errmsg *em);
enum tg_sift { TG_SIFT_OUT, TG_SIFT_HIDDEN, TG_SIFT_IN };
/* HIDDEN: it fits, but is superseded, expired or gone. as_of is not looked at: see tg_sieve_known. */
enum tg_sift tg_sieve_sift(struct tg_node *node, const struct tg_sieve *sieve, uint64_t recno,
                           struct tg_index_rec *ret_rec);
/* Was it known at as_of, and not yet replaced by one known then? */
tg_err tg_sieve_known(struct tg_node *node, const struct tg_sieve *sieve, const struct tg_found *found,
                      bool *ret_known);
/* The record's time in ms, from what the index holds. */
int64_t tg_rec_time_ms(const struct tg_index_rec *rec);

/* ---- service_find.c: what a question finds, before filters ---- */

struct tg_hit {
    uint64_t recno;
    uint16_t score;      /* 0: below what is shown, counted only */
    const char *band;    /* static */
    const char *why;     /* lines; in the arena of the hits */
    const char *matched; /* the same */
};
struct tg_hits {
    struct tg_arena arena;
    struct tg_hit *items;
    size_t count, capacity;
    uint64_t wanted; /* how many an answer may show */
    uint64_t hidden; /* not even listed: too many, or withdrawn */
};
void tg_hits_init(struct tg_hits *hits);
void tg_hits_release(struct tg_hits *hits);
/* Everything that the request's text, name and value find: one hit a record, with its best score and all reasons.
 * ret_asked: whether the request has any of these fields. */
tg_err tg_find(const struct tg_call *call, struct tg_hits *hits, bool *ret_asked, struct tg_errmsg *em);

/* ---- service_query.c ---- */

/* What a standing query that was just added finds among what is held: the answer of `query` to the same request, with
 * `watch` and `until_ms` in its DONE. */
tg_err tg_query_look_back(struct tg_call *call, uint32_t watch, int64_t until_ms, struct tg_errmsg *em);

/* ---- service_submit.c: commits of ours, and those who wait for them ---- */

/* One commit. Zero-initialise; stands in its job. */
struct tg_submission {
    struct tg_publish *publish; /* until it is handed to the node */
    struct tg_ticket *ticket;   /* while the node has it */
    bool done;
    tg_err err; /* once done */
    struct tg_errmsg em;
    uint32_t epoch;
    uint64_t index;
    struct tg_hash *ids;
    size_t id_count;
    int64_t begun_us, done_us;
};
/* With an empty publish of that audience and precedence, begun now. Its entry in the access log is made of the note
 * (copied) and committed with it. TG_ENOMEM. */
tg_err tg_submission_init(const struct tg_service *service, const struct tg_access_note *note,
                          struct tg_submission *submission);
/* The same with the note of the call. */
tg_err tg_submission_init_call(const struct tg_call *call, struct tg_submission *submission);
/* A record that the commit is about, for its entry in the access log. */
tg_err tg_submission_about(struct tg_submission *submission, const struct tg_index_rec *rec);
/* The commit goes on without us. */
void tg_submission_release(struct tg_submission *submission);
/* Copy one record in. TG_ELIMIT over TG_BATCH_RECORDS_MAX. */
tg_err tg_submission_add(struct tg_submission *submission, struct tg_view record);
/* The same, with the record kept for indexing: it lives in publish->kept. */
tg_err tg_submission_add_checked(struct tg_submission *submission, const struct tg_record *record);
/* A record that is replaced: whoever got it gets the replacement. TG_EDENIED when it is not ours, TG_EVALUE when it is
 * not held. */
tg_err tg_submission_widen(struct tg_node *node, struct tg_submission *submission,
                           const struct tg_hash *superseded, struct tg_errmsg *em);
/* One addressee more, when it is not one already. TG_ELIMIT over TG_AUDIENCE_MAX. */
tg_err tg_submission_address(struct tg_submission *submission, const struct tg_hash *id);
/* Those of them that are enrolled, beside whom it goes to already. TG_ELIMIT. */
tg_err tg_submission_tell(struct tg_node *node, struct tg_submission *submission, const struct tg_hash *ids,
                          size_t count, struct tg_errmsg *em);
/* Hand it to the node, which wakes the job when it is durable; from then on ret_done is true. Its failure is returned. */
tg_err tg_submission_step(struct tg_job *job, struct tg_submission *submission, bool *ret_done,
                          struct tg_errmsg *em);
void tg_tickets_free(struct tg_service *service);

/* ---- service_thread.c ---- */

/* Rows of `show`: the thread that an alert belongs to, and what each addressee has said of each of its alerts. */
tg_err tg_thread_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em);
/* ---- service_publish.c ---- */

/* A commit of ours that a verb fills with records and audience before it returns; answered as `publish` is. */
tg_err tg_publishing_start(struct tg_call *call, struct tg_submission **ret_submission, struct tg_errmsg *em);

/* ---- service_dispute.c ---- */

/* A Dispute among what is published: who has to be told is told, and only the record's origin decides. */
tg_err tg_dispute_widen(struct tg_node *node, struct tg_submission *submission,
                        const struct tg_record *dispute, struct tg_errmsg *em);
/* The decision on a dispute of the target that goes along with its correction or withdrawal. */
tg_err tg_dispute_decision_add(struct tg_call *call, struct tg_submission *submission,
                               const struct tg_found *target, const char *dispute_ref,
                               enum tg_rec_dispute_decision decision, const char *text, struct tg_errmsg *em);
/* Rows `dispute` of one record, for `show`. */
tg_err tg_dispute_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em);

/* ---- service_import.c ---- */
void tg_import_session_free(struct tg_import_session *session);

/* ---- verbs, by file ---- */

tg_err tg_verb_status(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_publish(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_ack(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_inbox(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_import_begin(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_import_batch(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_import_end(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_query(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_screen(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_show(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_why(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_records(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_withdraw(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_dispute(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_dispute_pass(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_dispute_decide(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_dispute_list(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_reinstate(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_reinstate_list(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_review_list(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_entries(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_receipts(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_withheld(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_tiles(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_notes(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_log_forks(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_unfreeze(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_notices(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_watch_add(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_watch_list(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_watch_remove(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_export(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_courier_export(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_courier_begin(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_courier_block(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_courier_end(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_list(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_add(struct tg_call *call, struct tg_errmsg *em);
/* How long the seal key of our newest card has been in force; -1 unknown. */
int64_t tg_seal_key_days(struct tg_node *node);
tg_err tg_verb_card_install(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_recovery(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_exposure(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_attest(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_keys(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_contact(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_remove(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_peer_test(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_card(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_audit_access(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_audit_sample(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_audit_redress(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_audit_statistics(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_backup(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_reindex(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_stop(struct tg_call *call, struct tg_errmsg *em);
tg_err tg_verb_doctor(struct tg_call *call, struct tg_errmsg *em);

/* Rows that several verbs give. */
/* detail: also what waits, which takes a look at the tables. */
tg_err tg_peer_rows(struct tg_call *call, bool detail, struct tg_errmsg *em);
/* Row `receipt`; nothing when that partner never gave one. */
tg_err tg_receipt_row(struct tg_call *call, const struct tg_peer *peer, uint32_t epoch);
tg_err tg_log_rows(struct tg_call *call, const struct tg_hash *origin, bool receipts, struct tg_errmsg *em);
/* Envelopes that are wanted and not here, and those that came before their leaf. */
tg_err tg_log_gaps(struct tg_call *call, const struct tg_held_log *log, uint64_t *ret_missing,
                   uint64_t *ret_early, struct tg_errmsg *em);
/* service_partners.c: what waits for a partner and from it, into its row. */
tg_err tg_partner_put(struct tg_call *call, const struct tg_peer *peer, struct tg_control_out *row,
                      struct tg_errmsg *em);
/* Our own withdrawals, and how many of them some addressee has not confirmed. */
/* An envelope (item 0) of ours that its addressee's receipt does not speak of, or a record that we withdrew and whose end
 * it has not told. */
struct tg_owed {
    uint32_t epoch; /* of our log */
    uint64_t index;
    uint32_t item;
    uint8_t precedence;
    bool named;          /* its receipt says that it misses it */
    int64_t since_ms;    /* stored here, or withdrawn; 0: not known */
    int64_t deadline_ms; /* that the withdrawal itself sets; 0: none */
};
/* TG_ENOENT ends the walk. */
typedef tg_err (*tg_on_owed)(void *ctx, const struct tg_owed *owed);
tg_err tg_owed_each(struct tg_node *node, const struct tg_peer *peer, tg_on_owed on_owed, void *ctx,
                    struct tg_errmsg *em);
tg_err tg_owed_withdrawals_each(struct tg_node *node, const struct tg_peer *peer, tg_on_owed on_owed,
                                void *ctx, struct tg_errmsg *em);
/* When it is overdue: given_ms of the caller after it was stored, or (-1) by its own deadline, or by precedence as the
 * configuration says. 0: not known. */
int64_t tg_owed_due_ms(const struct tg_node *node, const struct tg_owed *owed, int64_t given_ms);
tg_err tg_withdrawals_count(struct tg_node *node, uint64_t *ret_count, uint64_t *ret_open,
                            struct tg_errmsg *em);
/* Records that we withdrew, that it was sent, and whose end it has not told yet. */
tg_err tg_partner_withdrawals(const struct tg_service *service, const struct tg_peer *peer,
                              uint64_t *ret_open, struct tg_errmsg *em);
bool tg_peer_up(const struct tg_service *service, const struct tg_peer *peer);

#endif
