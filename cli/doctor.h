/* doctor: what the checks of one call look at, and how they say what they found.
 *
 * A check reads and changes nothing. The table of checks is in cli/cmd_doctor.c; described in tamga-doctor(1).
 */
#ifndef TG_CLI_DOCTOR_H
#define TG_CLI_DOCTOR_H

#include <sys/stat.h>

#include "cli/command.h"
#include "cli/output.h"
#include "proto/card.h"
#include "proto/config.h"

#define TG_DOCTOR_PATH_BYTES 4096
#define TG_DOCTOR_SERVICE_CONFIG "/etc/tamga/tamga.conf"

enum tg_doctor_level {
    TG_DOCTOR_OK,
    TG_DOCTOR_SKIPPED, /* what it needs is not there; another check says why */
    TG_DOCTOR_WARNING,
    TG_DOCTOR_PROBLEM,
};

/* What the node says of itself (verb `doctor`); texts are "" and numbers 0 until it has. */
struct tg_doctor_facts {
    int64_t uid, memlock, files, files_open, memory, core, locked, behind, maps, key_left, seal_days,
        card_waits;
    char version[64], waiting[256];
    char stale[160], forked[160]; /* countries */
};
struct tg_doctor_peer {
    char country[8], state[16], trouble[160], software[64];
    char refused[160]; /* "TJ-4 enewer, TJ-9 not-understood": of ours */
    int64_t enrolled_us, greeted, skew_ms, oddities, overdue, withdrawals_open, we_refused, we_not_understood,
        seconds;
};

enum tg_doctor_node {
    TG_NODE_STOPPED, /* nobody listens */
    TG_NODE_CLOSED,  /* it is there and does not talk to us */
    TG_NODE_TALKS,
};

struct tg_doctor {
    struct tg_cli *cli;
    const char *root; /* put before /etc, /proc and the like; "" but in tests */
    char config_path[TG_DOCTOR_PATH_BYTES];
    struct tg_config *config; /* defaults when it could not be read */
    tg_err config_err;
    struct tg_errmsg config_em;
    struct tg_card *card;
    tg_err card_err;
    struct tg_errmsg card_em;
    uid_t user; /* who runs the node: as it says, else the owner of its folder */
    bool user_known;
    enum tg_doctor_node node;
    tg_err node_err;
    struct tg_errmsg node_em;
    struct tg_doctor_facts facts;
    struct tg_doctor_peer *peers;
    size_t peer_count;
    /* Of the check that runs: what is wrong, and what to do when the table's words are not enough. */
    char detail[TG_DOCTOR_DETAIL_BYTES], remedy[TG_DOCTOR_DETAIL_BYTES];
};

struct tg_doctor_check {
    const char *id, *title;
    enum tg_doctor_level (*run)(struct tg_doctor *doctor);
    const char *remedy; /* when it is not well; doctor->remedy goes before it */
};
extern const struct tg_doctor_check tg_doctor_checks[];
extern const size_t tg_doctor_check_count;

/* Sets detail and gives the level back: return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "...", ...). */
enum tg_doctor_level tg_doctor_say(struct tg_doctor *doctor, enum tg_doctor_level level, const char *format,
                                   ...) __attribute__((format(printf, 3, 4)));
void tg_doctor_advise(struct tg_doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* root, folder and name joined; "" when that is too long. */
void tg_doctor_path(const struct tg_doctor *doctor, const char *folder, const char *name,
                    char out[static TG_DOCTOR_PATH_BYTES]);

/* The name of a file system on which a store must not, or should not, be; NULL when it is fine. */
const char *tg_doctor_file_system(uint64_t type, enum tg_doctor_level *ret_level);
/* How bad it is that so many bytes are free. */
enum tg_doctor_level tg_doctor_space(uint64_t free_bytes, uint64_t reserve_bytes);

/* cli/doctor_system.c */
enum tg_doctor_level tg_doctor_clock(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_time(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_swap(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_memlock(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_core(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_files_limit(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_memory(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_disk(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_inodes(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_fs(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_unit(struct tg_doctor *doctor);
/* cli/doctor_settings.c */
enum tg_doctor_level tg_doctor_settings(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_settings_mode(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_role_names(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_officer(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_wake(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_auditor(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_listen_address(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_listen_port(struct tg_doctor *doctor);
/* cli/doctor_files.c */
enum tg_doctor_level tg_doctor_folder(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_owner(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_node_key(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_offline_keys(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_passphrase(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_card(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_card_country(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_card_endpoint(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_card_port(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_socket(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_store(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_store_lock(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_mark(struct tg_doctor *doctor);
/* cli/doctor_node.c */
void tg_doctor_ask(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_running(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_talks(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_version(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_quarantine(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_index(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_log_key(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_seal_key(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_card_waits(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_forks(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_witnesses(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_clones(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peers(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_links(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_enrolled(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_clocks(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_versions(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_overdue(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_refusals(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_refused_here(struct tg_doctor *doctor);
enum tg_doctor_level tg_doctor_peer_oddities(struct tg_doctor *doctor);

#endif
