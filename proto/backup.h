/* The text file BACKUP of a backup: whose it is, of when, and how long its node's own log was at least.
 *
 * Knows no folder. Format: docs/formats-store.md "Backup". The same bytes stand as `restored` beside a store that was
 * put back, until the node may append again.
 */
#ifndef TG_PROTO_BACKUP_H
#define TG_PROTO_BACKUP_H

#include "base/limits.h"
#include "crypto/identity.h"

struct tg_backup_about {
    struct tg_node_id node;
    char country[4];
    char name[TG_CARD_NAME_BYTES_MAX + 1];
    int64_t taken_ms; /* whole seconds */
    char software[TG_BACKUP_SOFTWARE_BYTES_MAX + 1];
    char socket[TG_BACKUP_SOCKET_BYTES_MAX + 1]; /* where the node answered; "" nowhere */
    /* Our own log when the copy began: what is in the backup is this, or this and what came while it began. */
    uint32_t epoch;
    uint64_t size;
    struct tg_hash root;
    uint64_t records;
    bool without_keys; /* the key files are kept apart from it */
};

/* "peers/KG-k7qlwzfq.note": a partner's card among the files of a backup. */
#define TG_BACKUP_PEERS_DIR "peers"
#define TG_BACKUP_PEER_NAME_BYTES 32
void tg_backup_peer_name(const char *country, const struct tg_node_id *node,
                         char out[static TG_BACKUP_PEER_NAME_BYTES]);

/* Appended. */
tg_err tg_backup_about_encode(const struct tg_backup_about *about, struct tg_buf *out);
/* TG_EMAGIC not such a file, TG_EVERSION of a newer program, TG_EFORMAT, TG_EVALUE. Lines that are unknown or begin
 * with # are passed over. */
tg_err tg_backup_about_decode(struct tg_view text, struct tg_backup_about *ret_about, struct tg_errmsg *em);

#endif
