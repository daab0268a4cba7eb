/* The configuration file of a node: INI, every key one row of a table.
 *
 * Does no more than read, check and print; opens nothing it names. Described in docs/formats-wire.md.
 */
#ifndef TG_PROTO_CONFIG_H
#define TG_PROTO_CONFIG_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/limits.h"

#define TG_CONFIG_PATH_BYTES 1024
#define TG_CONFIG_LIST_BYTES 1024
#define TG_CONFIG_TAKES_BYTES 128

enum tg_log_format { TG_LOG_TEXT, TG_LOG_JSON };
enum tg_log_level { TG_LEVEL_DEBUG, TG_LEVEL_INFO, TG_LEVEL_NOTICE, TG_LEVEL_WARNING, TG_LEVEL_ERROR };

struct tg_config {
    struct {
        char data[TG_CONFIG_PATH_BYTES];       /* folder of the stores */
        char keys[TG_CONFIG_PATH_BYTES];       /* folder of the key files */
        char passphrase[TG_CONFIG_PATH_BYTES]; /* file with the node key's passphrase; "": ask the terminal */
        char country[4];                       /* ISO 3166 alpha-2: how local phone numbers are read */
    } node;
    struct {
        char listen[TG_CARD_ENDPOINT_BYTES_MAX]; /* "": dial only */
        uint32_t heartbeat_ms, silence_ms, handshake_ms, redial_max_ms;
    } net;
    struct {
        char socket[TG_CONFIG_PATH_BYTES];
        char analyst[TG_CONFIG_LIST_BYTES]; /* users and @groups, separated by commas or blanks */
        char officer[TG_CONFIG_LIST_BYTES];
        char auditor[TG_CONFIG_LIST_BYTES];
        char admin[TG_CONFIG_LIST_BYTES];
        char reason_required[TG_CONFIG_LIST_BYTES]; /* verbs or commands, or "all" (proto/reasons.h) */
    } control;
    struct {
        char default_audience[TG_CONFIG_LIST_BYTES]; /* countries or node ids, or "all" */
        bool flash_confirm;                          /* ask before a FLASH goes out */
        char desk[TG_LABEL_BYTES_MAX + 1];           /* who acknowledges, when the caller does not say; "" */
        /* Minutes until an alert of ours that was not read is told of; 0: never. */
        uint32_t not_read_flash, not_read_immediate, not_read_priority, not_read_routine;
        uint32_t overdue_flash, overdue_immediate, overdue_priority, overdue_routine; /* seconds */
        uint32_t review_days; /* before a review its origin is reminded */
    } policy;
    struct {
        char fifo[TG_CONFIG_PATH_BYTES]; /* named pipe that is told how urgent something is; "": none */
        unsigned min_precedence;         /* enum tg_precedence */
        bool matches;
    } wake;
    struct {
        enum tg_log_format format;
        enum tg_log_level level; /* quieter events are left out */
    } log;
    struct {
        uint32_t log_map_mib, index_map_mib; /* first size of the maps; they grow by themselves */
        uint32_t reserve_mib;                /* free disk below which the node only answers */
    } store;
};

/* Every key at its default. */
void tg_config_defaults(struct tg_config *config);

/* Read a file over the defaults. Relative paths are relative to the file's folder; a path, country or list
 * that the file does not set keeps its default. Unset keys and socket follow data: <data>/keys,
 * <data>/control.sock.
 *
 * Errors name file and line, and for an unknown name the nearest known one: TG_EFORMAT, TG_EVALUE, TG_ELIMIT;
 * TG_ENOENT no such file; TG_EIO. ret_config unchanged on failure.
 */
tg_err tg_config_read(const char *path, struct tg_config *ret_config, struct tg_errmsg *em);
/* The same from memory; name stands in messages, folder (may be NULL) is put before relative paths. */
tg_err tg_config_parse(struct tg_view text, const char *name, const char *folder,
                       struct tg_config *ret_config, struct tg_errmsg *em);

/* Every key with its value and, as a comment above it, what it is for. Reading it back gives the same
 * configuration. */
tg_err tg_config_print(const struct tg_config *config, struct tg_buf *out);

/* The next item of a list value; false at its end. Zero-cost iteration:
 *     struct tg_view rest = tg_view_str(config->policy.default_audience), item;
 *     while (tg_config_list_next(&rest, &item)) ... */
bool tg_config_list_next(struct tg_view *rest, struct tg_view *ret_item);

/* The i-th key of the table, for manual pages and completion; false behind the last. Static storage. */
struct tg_config_key {
    const char *section, *name;
    const char *takes;    /* "a path", "a number from 100 to 60000", ... */
    const char *fallback; /* the default as written in a file; "": none */
    const char *doc;
};
bool tg_config_key_at(size_t i, struct tg_config_key *ret_key, char ret_takes[static TG_CONFIG_TAKES_BYTES]);
/* The value of that key, as tg_config_print writes it but for line breaks in a list; appended. */
tg_err tg_config_value_at(const struct tg_config *config, size_t i, struct tg_buf *out);

#endif
