/* Verb `doctor`: what only the node itself can see of its own health. What is wrong with it, the command line says.
 *
 * Contract: docs/control.md.
 */
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "node/cards.h"
#include "node/forks.h"
#include "node/service_internal.h"
#include "node/witness.h"

/* A limit of this process; -1: none. */
static int64_t limit_of(int resource)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit)) return 0;
    return limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX ? -1 : (int64_t)limit.rlim_cur;
}

static int64_t files_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int64_t count = 0;
    if (!folder) return 0;
    while (readdir(folder)) count++;
    (void)closedir(folder);
    return count - 3; /* ".", ".." and the folder's own */
}

/* How many entries the newest log key of our card may still sign; -1: no end. */
static int64_t key_left(struct tg_node *node)
{
    const struct tg_card *card = node->card;
    const struct tg_held_log *own = tg_held_own(node);
    uint64_t until = card->log_count ? card->logs[card->log_count - 1].until : 0, size = own ? own->size : 0;
    if (until == UINT64_MAX) return -1;
    return until > size ? (int64_t)(until - size) : 0;
}

/* Countries whose log nobody cosigns any more, and of those that signed two histories. */
static tg_err put_logs(struct tg_node *node, struct tg_control_out *done)
{
    TG_AUTO(tg_buf) struct tg_buf stale = {0};
    TG_AUTO(tg_buf) struct tg_buf forked = {0};
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count && !err; i++) {
        const struct tg_held_log *log = node->logs[i];
        const char *country = tg_trust_country(node, &log->id.origin);
        if (tg_witness_view(node, log, log->size).stale)
            err = tg_buf_putf(&stale, "%s%s", stale.bytes ? ", " : "", country);
        if (!err && tg_forks_frozen(node, &log->id.origin))
            err = tg_buf_putf(&forked, "%s%s", forked.bytes ? ", " : "", country);
    }
    tg_control_put_view(done, "stale", tg_buf_view(&stale));
    tg_control_put_view(done, "forked", tg_buf_view(&forked));
    return err;
}

static void put_process(struct tg_control_out *done)
{
    tg_control_put_number(done, "pid", getpid());
    tg_control_put_number(done, "uid", getuid());
    tg_control_put_number(done, "memlock", limit_of(RLIMIT_MEMLOCK));
    tg_control_put_number(done, "files", limit_of(RLIMIT_NOFILE));
    tg_control_put_number(done, "files_open", files_open());
    tg_control_put_number(done, "memory", limit_of(RLIMIT_AS));
    tg_control_put_number(done, "core", limit_of(RLIMIT_CORE) != 0 || prctl(PR_GET_DUMPABLE) == 1);
}

tg_err tg_verb_doctor(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_node *node = call->node;
    struct tg_store_stats stats;
    tg_err err = tg_store_stats(node->store, &stats, em);
    if (!err) err = tg_peer_rows(call, true, em);
    if (err) return err;
    const char *waiting = tg_node_append_refused(node);
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_process(&done);
    tg_control_put_text(&done, "version", call->service->version);
    tg_control_put_text(&done, "country", node->card->country);
    tg_control_put_number(&done, "locked", tg_vault_locked(node->vault));
    tg_control_put_text(&done, "waiting", waiting ? waiting : "");
    tg_control_put_number(&done, "behind", (int64_t)tg_indexer_behind(node));
    tg_control_put_number(&done, "maps", (int64_t)(stats.log_map_bytes + stats.index_map_bytes));
    tg_control_put_number(&done, "key_left", key_left(node));
    tg_control_put_number(&done, "seal_days", tg_seal_key_days(node));
    tg_control_put_number(&done, "card_waits", tg_cards_newest(node) != node->card);
    err = put_logs(node, &done);
    return err ? err : tg_control_end(&done);
}
