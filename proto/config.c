/* The configuration file of a node: INI, every key one row of a table.
 *
 * Does no more than read, check and print; opens nothing it names. Described in docs/formats-wire.md.
 */
#include "proto/config.h"

#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "proto/endpoint.h"
#include "proto/reasons.h"

#define LINE_BYTES_MAX 199 /* inih keeps lines of that length, its NUL not counted */
#define PRINT_COLUMNS 90   /* lists are folded there */

enum type { PATH, COUNTRY, ENDPOINT, LIST, REASONS, NUMBER, YES_NO, NAMED, LINE };

struct key {
    const char *section, *name;
    enum type type;
    size_t offset, bytes;     /* place in struct tg_config */
    uint32_t min, max;        /* NUMBER */
    const char *const *names; /* NAMED: the values in their order, then NULL */
    const char *fallback;     /* the default as written in a file */
    const char *doc;
};

static const char *const format_names[] = {"text", "json", NULL};
static const char *const level_names[] = {"debug", "info", "notice", "warning", "error", NULL};
static const char *const precedence_names[] = {"routine", "priority", "immediate", "flash", NULL};
static const char *const yes_no_names[] = {"no", "yes", NULL};

#define AT(member) offsetof(struct tg_config, member), sizeof(((struct tg_config *)NULL)->member)

static const struct key keys[] = {
    {"node", "data", PATH, AT(node.data), 0, 0, NULL, "/var/lib/tamga", "folder of the stores"},
    {"node", "keys", PATH, AT(node.keys), 0, 0, NULL, "", "folder of the key files; default: keys in data"},
    {"node", "passphrase", PATH, AT(node.passphrase), 0, 0, NULL, "",
     "file with the passphrase of the node's keys; none: asked for at the terminal"},
    {"node", "country", COUNTRY, AT(node.country), 0, 0, NULL, "",
     "ISO 3166 alpha-2; local telephone numbers are read as of here; none: as on the node's card"},
    {"net", "listen", ENDPOINT, AT(net.listen), 0, 0, NULL, "",
     "where peers dial this node, tcp://address:port; none: it only dials"},
    {"net", "heartbeat_ms", NUMBER, AT(net.heartbeat_ms), 100, 60000, NULL, "2000",
     "a link is never silent for longer"},
    {"net", "silence_ms", NUMBER, AT(net.silence_ms), 500, 600000, NULL, "10000",
     "a peer silent for longer is dialled again; at least twice heartbeat_ms"},
    {"net", "handshake_ms", NUMBER, AT(net.handshake_ms), 200, 60000, NULL, "4000",
     "time to connect, prove the key and open a lane"},
    {"net", "redial_max_ms", NUMBER, AT(net.redial_max_ms), 200, 600000, NULL, "5000",
     "longest wait between two tries to reach a peer"},
    {"control", "socket", PATH, AT(control.socket), 0, 0, NULL, "",
     "socket for the command line; default: control.sock in data"},
    {"control", "analyst", LIST, AT(control.analyst), 0, 0, NULL, "",
     "users and @groups that may ask and read"},
    {"control", "officer", LIST, AT(control.officer), 0, 0, NULL, "", "that may also publish and withdraw"},
    {"control", "auditor", LIST, AT(control.auditor), 0, 0, NULL, "",
     "that may verify and see who asked what"},
    {"control", "admin", LIST, AT(control.admin), 0, 0, NULL, "", "that may manage peers and keys"},
    {"control", "reason_required", REASONS, AT(control.reason_required), 0, 0, NULL, "",
     "what nobody does without --reason or --case: verbs or commands, or all"},
    {"policy", "default_audience", LIST, AT(policy.default_audience), 0, 0, NULL, "",
     "who gets what names no addressee: countries, node ids, all, or none"},
    {"policy", "flash_confirm", YES_NO, AT(policy.flash_confirm), 0, 0, yes_no_names, "yes",
     "ask before a FLASH goes out"},
    {"policy", "desk", LINE, AT(policy.desk), 0, 0, NULL, "",
     "desk or function that acknowledges, such as duty desk; none: the caller's role"},
    {"policy", "not_read_minutes_flash", NUMBER, AT(policy.not_read_flash), 0, TG_NOT_READ_MINUTES_MAX, NULL,
     "5",
     "minutes until a FLASH alert of ours that a partner has not read is told of, with whom to call; 0: "
     "never"},
    {"policy", "not_read_minutes_immediate", NUMBER, AT(policy.not_read_immediate), 0,
     TG_NOT_READ_MINUTES_MAX, NULL, "15",
     "minutes until an IMMEDIATE alert of ours that a partner has not read is told of, with whom to call; 0: "
     "never"},
    {"policy", "not_read_minutes_priority", NUMBER, AT(policy.not_read_priority), 0, TG_NOT_READ_MINUTES_MAX,
     NULL, "60",
     "minutes until a PRIORITY alert of ours that a partner has not read is told of, with whom to call; 0: "
     "never"},
    {"policy", "not_read_minutes_routine", NUMBER, AT(policy.not_read_routine), 0, TG_NOT_READ_MINUTES_MAX,
     NULL, "0",
     "minutes until a routine alert of ours that a partner has not read is told of, with whom to call; 0: "
     "never"},
    {"policy", "overdue_seconds_flash", NUMBER, AT(policy.overdue_flash), TG_OVERDUE_SECONDS_MIN,
     TG_OVERDUE_SECONDS_MAX, NULL, "60",
     "seconds until a FLASH envelope of ours that a partner has not acknowledged is overdue"},
    {"policy", "overdue_seconds_immediate", NUMBER, AT(policy.overdue_immediate), TG_OVERDUE_SECONDS_MIN,
     TG_OVERDUE_SECONDS_MAX, NULL, "120",
     "seconds until an IMMEDIATE envelope or a withdrawal of ours that a partner has not acknowledged is "
     "overdue"},
    {"policy", "overdue_seconds_priority", NUMBER, AT(policy.overdue_priority), TG_OVERDUE_SECONDS_MIN,
     TG_OVERDUE_SECONDS_MAX, NULL, "600",
     "seconds until a PRIORITY envelope of ours that a partner has not acknowledged is overdue"},
    {"policy", "overdue_seconds_routine", NUMBER, AT(policy.overdue_routine), TG_OVERDUE_SECONDS_MIN,
     TG_OVERDUE_SECONDS_MAX, NULL, "600",
     "seconds until a routine envelope of ours that a partner has not acknowledged is overdue"},
    {"policy", "review_days", NUMBER, AT(policy.review_days), 0, 365, NULL, "14",
     "days before a record's review date on which its origin is reminded"},
    {"wake", "fifo", PATH, AT(wake.fifo), 0, 0, NULL, "",
     "named pipe that gets one line, such as wake FLASH, when somebody has to look; made when it is not "
     "there"},
    {"wake", "min_precedence", NAMED, AT(wake.min_precedence), 0, 0, precedence_names, "immediate",
     "alerts below it wake nobody: routine, priority, immediate or flash"},
    {"wake", "matches", YES_NO, AT(wake.matches), 0, 0, yes_no_names, "no",
     "matches between countries and hits of standing queries wake, too, at most once a minute"},
    {"log", "format", NAMED, AT(log.format), 0, 0, format_names, "text", "text or json"},
    {"log", "level", NAMED, AT(log.level), 0, 0, level_names, "info",
     "debug, info, notice, warning or error; quieter events are left out"},
    {"store", "log_map_mib", NUMBER, AT(store.log_map_mib), 1, 1048576, NULL, "64",
     "first size of the log's map; it grows by itself"},
    {"store", "index_map_mib", NUMBER, AT(store.index_map_mib), 1, 1048576, NULL, "64",
     "first size of the index's map; it grows by itself"},
    {"store", "reserve_mib", NUMBER, AT(store.reserve_mib), 1, 1073741824, NULL, "64",
     "free disk below which the node only answers; urgent alerts and the access log may use three quarters "
     "of it"},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

/* ---- one value ---- */

/* Where in a file we are, and the first thing that is wrong with it. */
struct parse {
    struct tg_config config;
    bool seen[KEY_COUNT];
    struct tg_view rest; /* lines not read yet */
    const char *name, *folder;
    unsigned line;
    bool continues; /* the line begins with white space: it goes on with the one before */
    tg_err err;
    struct tg_errmsg *em;
};

static uint8_t *place_of(struct tg_config *config, const struct key *key)
{
    return (uint8_t *)config + key->offset;
}

static tg_err put_text(struct tg_config *config, const struct key *key, struct tg_view text,
                       struct tg_errmsg *em)
{
    if (text.bytes >= key->bytes)
        return tg_fail(em, TG_ELIMIT, "value is longer than %zu bytes", key->bytes - 1);
    uint8_t *place = place_of(config, key);
    memset(place, 0, key->bytes);
    if (text.bytes) memcpy(place, text.data, text.bytes);
    return TG_OK;
}

static tg_err put_path(struct parse *parse, const struct key *key, struct tg_view text, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    bool relative = text.bytes > 0 && text.data[0] != '/' && parse->folder;
    int bytes = 0;
    if (relative && tg_view_equal_str(text, ".")) {
        bytes = snprintf(path, sizeof path, "%s", parse->folder);
    } else if (relative) {
        bytes = snprintf(path, sizeof path, "%s/%.*s", parse->folder, TG_VIEW_PRINT(text));
    }
    if (!relative) return put_text(&parse->config, key, text, em);
    if (bytes < 0 || (size_t)bytes >= sizeof path) return tg_fail(em, TG_ELIMIT, "path is too long");
    return put_text(&parse->config, key, tg_view_str(path), em);
}

static bool is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static tg_err put_country(struct parse *parse, const struct key *key, struct tg_view text,
                          struct tg_errmsg *em)
{
    bool good = text.bytes == 0 || (text.bytes == 2 && is_upper(text.data[0]) && is_upper(text.data[1]));
    if (!good) return tg_fail(em, TG_EVALUE, "not two capital letters as in ISO 3166, such as TJ");
    return put_text(&parse->config, key, text, em);
}

static tg_err put_endpoint(struct parse *parse, const struct key *key, struct tg_view text,
                           struct tg_errmsg *em)
{
    char copy[LINE_BYTES_MAX + 1];
    snprintf(copy, sizeof copy, "%.*s", TG_VIEW_PRINT(text));
    if (text.bytes > 0 && !tg_endpoint_valid(copy, true)) {
        return tg_fail(em, TG_EVALUE, "not of the form tcp://address:port");
    }
    return put_text(&parse->config, key, text, em);
}

static bool item_valid(struct tg_view item)
{
    if (item.bytes > 1 && item.data[0] == '@') item = tg_view_of(item.data + 1, item.bytes - 1);
    for (size_t i = 0; i < item.bytes; i++) {
        char c = (char)item.data[i];
        if (!tg_ascii_is_alnum(c) && c != '.' && c != '_' && (c != '-' || i == 0)) return false;
    }
    return true;
}

static tg_err item_check(const struct key *key, struct tg_view item, struct tg_errmsg *em)
{
    if (key->type == REASONS) return tg_reason_check(item, em);
    if (item_valid(item)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "'%.*s' is no name or @group", TG_VIEW_PRINT(item));
}

/* Items behind those that are there, so that a list may go on over several lines. */
static tg_err put_list(struct parse *parse, const struct key *key, struct tg_view text, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf list = {.data = NULL};
    struct tg_view item;
    tg_err err = tg_buf_put_str(&list, parse->continues ? (const char *)place_of(&parse->config, key) : "");
    while (!err && tg_config_list_next(&text, &item)) {
        err = item_check(key, item, em);
        if (err) return err;
        if (list.bytes) err = tg_buf_put_str(&list, ", ");
        if (!err) err = tg_buf_put_view(&list, item);
    }
    return err ? err : put_text(&parse->config, key, tg_buf_view(&list), em);
}

static tg_err put_number(struct parse *parse, const struct key *key, struct tg_view text,
                         struct tg_errmsg *em)
{
    uint64_t number = 0;
    tg_err err = tg_text_u64(text, UINT32_MAX, &number);
    if (err || number < key->min || number > key->max) {
        return tg_fail(em, TG_EVALUE, "not a number from %u to %u", key->min, key->max);
    }
    uint32_t narrow = (uint32_t)number;
    memcpy(place_of(&parse->config, key), &narrow, sizeof narrow);
    return TG_OK;
}

static size_t count_names(const char *const *names)
{
    size_t count = 0;
    while (names[count]) count += 1;
    return count;
}

/* Position of the value among the names; one more than the last when it is none of them. */
static size_t named(const struct key *key, struct tg_view text)
{
    size_t at = 0;
    while (key->names[at] && !tg_view_equal_str(text, key->names[at])) at += 1;
    return at;
}

static tg_err not_named(const struct key *key, struct tg_view text, struct tg_errmsg *em)
{
    char copy[LINE_BYTES_MAX + 1];
    snprintf(copy, sizeof copy, "%.*s", TG_VIEW_PRINT(text));
    const char *near = tg_text_nearest(copy, key->names, count_names(key->names));
    if (near) return tg_fail(em, TG_EVALUE, "did you mean '%s'?", near);
    return tg_fail(em, TG_EVALUE, "not one of: %s", key->type == YES_NO ? "yes, no" : key->doc);
}

static tg_err put_yes_no(struct parse *parse, const struct key *key, struct tg_view text,
                         struct tg_errmsg *em)
{
    size_t at = named(key, text);
    if (!key->names[at]) return not_named(key, text, em);
    bool yes = at == 1;
    memcpy(place_of(&parse->config, key), &yes, sizeof yes);
    return TG_OK;
}

static tg_err put_named(struct parse *parse, const struct key *key, struct tg_view text, struct tg_errmsg *em)
{
    size_t at = named(key, text);
    if (!key->names[at]) return not_named(key, text, em);
    int value = (int)at; /* the enums count from 0 in the order of the names */
    _Static_assert(sizeof(enum tg_log_level) == sizeof value && sizeof(enum tg_log_format) == sizeof value,
                   "a NAMED key is an enum of an int's size");
    memcpy(place_of(&parse->config, key), &value, sizeof value);
    return TG_OK;
}

static tg_err put_line(struct parse *parse, const struct key *key, struct tg_view text, struct tg_errmsg *em)
{
    return put_text(&parse->config, key, text, em);
}

typedef tg_err (*put_fn)(struct parse *parse, const struct key *key, struct tg_view text,
                         struct tg_errmsg *em);
static const put_fn puts_by_type[] = {
    [PATH] = put_path,     [COUNTRY] = put_country, [ENDPOINT] = put_endpoint,
    [LIST] = put_list,     [REASONS] = put_list,    [NUMBER] = put_number,
    [YES_NO] = put_yes_no, [NAMED] = put_named,     [LINE] = put_line,
};

/* ---- a whole file ---- */

/* Remember the first failure, with where it is. */
static void fail(struct parse *parse, tg_err err, struct tg_errmsg *em)
{
    if (parse->err) return;
    parse->err = err;
    tg_fail(parse->em, err, "%s:%u: %s", parse->name, parse->line, tg_errmsg_text(em, err));
}

static bool is_first_of_section(size_t at)
{
    return at == 0 || strcmp(keys[at].section, keys[at - 1].section) != 0;
}

static void unknown_section(struct parse *parse, const char *section)
{
    const char *names[KEY_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (is_first_of_section(i)) names[count++] = keys[i].section;
    }
    const char *near = tg_text_nearest(section, names, count);
    struct tg_errmsg em = {""};
    tg_fail(&em, TG_EVALUE, "unknown section '%s'%s%s%s", section, near ? ": did you mean '" : "",
            near ? near : "", near ? "'?" : "; see 'tamga config print --defaults'");
    fail(parse, TG_EVALUE, &em);
}

static void unknown_key(struct parse *parse, const char *section, const char *name)
{
    const char *names[KEY_COUNT], *elsewhere = NULL;
    size_t count = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) == 0) names[count++] = keys[i].name;
        if (strcmp(keys[i].name, name) == 0) elsewhere = keys[i].section;
    }
    const char *near = tg_text_nearest(name, names, count);
    struct tg_errmsg em = {""};
    if (near) {
        tg_fail(&em, TG_EVALUE, "unknown key '%s' in [%s]: did you mean '%s'?", name, section, near);
    } else if (elsewhere) {
        tg_fail(&em, TG_EVALUE, "unknown key '%s' in [%s]: it belongs into [%s]", name, section, elsewhere);
    } else {
        tg_fail(&em, TG_EVALUE, "unknown key '%s' in [%s]; see 'tamga config print --defaults'", name,
                section);
    }
    fail(parse, TG_EVALUE, &em);
}

static bool section_known(const char *section)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) == 0) return true;
    }
    return false;
}

static void put_value(struct parse *parse, size_t at, const char *value)
{
    const struct key *key = &keys[at];
    struct tg_errmsg em = {""};
    bool again = parse->seen[at] && !parse->continues;
    parse->seen[at] = true;
    if (again || (parse->continues && key->type != LIST && key->type != REASONS)) {
        tg_fail(&em, TG_EVALUE, "key '%s' is given twice, or a line begins with white space", key->name);
        fail(parse, TG_EVALUE, &em);
        return;
    }
    tg_err err = puts_by_type[key->type](parse, key, tg_view_str(value), &em);
    if (!err) return;
    tg_context(&em, err, "%s = '%s'", key->name, value);
    fail(parse, err, &em);
}

static int on_value(void *ctx, const char *section, const char *name, const char *value)
{
    struct parse *parse = ctx;
    if (!section_known(section)) {
        unknown_section(parse, section);
        return 1;
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].name, name) != 0) continue;
        put_value(parse, i, value);
        return 1;
    }
    unknown_key(parse, section, name);
    return 1;
}

/* inih calls nobody for a section without keys. */
static void check_section(struct parse *parse, struct tg_view line)
{
    line = tg_text_trim(line);
    const uint8_t *end = line.bytes && line.data[0] == '[' ? memchr(line.data, ']', line.bytes) : NULL;
    if (!end) return;
    char section[LINE_BYTES_MAX + 1];
    snprintf(section, sizeof section, "%.*s", (int)(end - line.data) - 1, (const char *)line.data + 1);
    if (!section_known(section)) unknown_section(parse, section);
}

static struct tg_view take_line(struct tg_view *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->bytes);
    size_t bytes = end ? (size_t)(end - rest->data) + 1 : rest->bytes;
    struct tg_view line = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + bytes, rest->bytes - bytes);
    return line;
}

/* One line for inih, as fgets gives it. */
static char *next_line(char *out, int out_bytes, void *ctx)
{
    struct parse *parse = ctx;
    struct tg_errmsg em = {""};
    if (parse->rest.bytes == 0 || parse->err) return NULL;
    struct tg_view line = take_line(&parse->rest);
    parse->line += 1;
    if (line.bytes > LINE_BYTES_MAX || line.bytes >= (size_t)out_bytes) {
        tg_fail(&em, TG_ELIMIT, "line is longer than %d bytes; a list may go on in the next line, indented",
                LINE_BYTES_MAX);
    } else if (memchr(line.data, 0, line.bytes) || !tg_utf8_valid(line)) {
        tg_fail(&em, TG_EFORMAT, "line is not UTF-8 text");
    }
    if (em.text[0]) {
        fail(parse, TG_EFORMAT, &em);
        return NULL;
    }
    check_section(parse, line);
    parse->continues = line.data[0] == ' ' || line.data[0] == '\t';
    memcpy(out, line.data, line.bytes);
    out[line.bytes] = '\0';
    return out;
}

static tg_err follow_data(struct tg_config *config, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    if (!config->node.keys[0]) {
        err = tg_path_join(config->node.data, "keys", config->node.keys, sizeof config->node.keys, em);
    }
    if (!err && !config->control.socket[0]) {
        err = tg_path_join(config->node.data, "control.sock", config->control.socket,
                           sizeof config->control.socket, em);
    }
    return err;
}

static tg_err finish(struct parse *parse)
{
    const struct tg_config *config = &parse->config;
    if (config->net.silence_ms < 2 * config->net.heartbeat_ms) {
        return tg_fail(parse->em, TG_EVALUE, "%s: silence_ms = %u is less than twice heartbeat_ms = %u",
                       parse->name, config->net.silence_ms, config->net.heartbeat_ms);
    }
    return follow_data(&parse->config, parse->em);
}

static void put_defaults(struct parse *parse)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        puts_by_type[keys[i].type](parse, &keys[i], tg_view_str(keys[i].fallback), NULL);
    }
}

void tg_config_defaults(struct tg_config *config)
{
    struct parse parse = {.folder = NULL};
    put_defaults(&parse);
    follow_data(&parse.config, NULL);
    *config = parse.config;
}

tg_err tg_config_parse(struct tg_view text, const char *name, const char *folder,
                       struct tg_config *ret_config, struct tg_errmsg *em)
{
    if (text.bytes > TG_CONFIG_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "%s: is longer than %d bytes", name, TG_CONFIG_BYTES_MAX);
    }
    struct parse parse = {.rest = text, .name = name, .em = em};
    put_defaults(&parse);
    parse.folder = folder;
    int bad_line = text.bytes ? ini_parse_stream(next_line, &parse, on_value, &parse) : 0;
    if (parse.err) return parse.err;
    if (bad_line < 0) return tg_fail(em, TG_ENOMEM, "out of memory");
    if (bad_line > 0) {
        return tg_fail(em, TG_EFORMAT, "%s:%d: is neither [section], key = value, nor # comment", name,
                       bad_line);
    }
    tg_err err = finish(&parse);
    if (!err) *ret_config = parse.config;
    return err;
}

tg_err tg_config_read(const char *path, struct tg_config *ret_config, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {.data = NULL};
    tg_err err = tg_file_read(path, TG_CONFIG_BYTES_MAX, &text, em);
    if (err) return err;
    char folder[PATH_MAX];
    if (!realpath(path, folder)) return tg_config_parse(tg_buf_view(&text), path, NULL, ret_config, em);
    char *slash = strrchr(folder, '/');
    *slash = '\0';
    return tg_config_parse(tg_buf_view(&text), path, folder, ret_config, em);
}

bool tg_config_list_next(struct tg_view *rest, struct tg_view *ret_item)
{
    size_t start = 0, end;
    while (start < rest->bytes && memchr(", \t", rest->data[start], 3)) start += 1;
    for (end = start; end < rest->bytes && !memchr(", \t", rest->data[end], 3);) end += 1;
    if (start == end) return false;
    *ret_item = tg_view_of(rest->data + start, end - start);
    *rest = tg_view_of(rest->data + end, rest->bytes - end);
    return true;
}

/* ---- the table, for manual pages ---- */

static const char *const takes_by_type[] = {[PATH] = "a path",
                                            [COUNTRY] = "two capital letters",
                                            [ENDPOINT] = "tcp://address:port",
                                            [LIST] = "a list",
                                            [REASONS] = "a list",
                                            [NUMBER] = "a number",
                                            [YES_NO] = "yes or no",
                                            [NAMED] = "one of these names",
                                            [LINE] = "one line of text"};

bool tg_config_key_at(size_t i, struct tg_config_key *ret_key, char ret_takes[static TG_CONFIG_TAKES_BYTES])
{
    if (i >= KEY_COUNT) return false;
    const struct key *key = &keys[i];
    if (key->type == NUMBER)
        (void)snprintf(ret_takes, TG_CONFIG_TAKES_BYTES, "a number from %u to %u", key->min, key->max);
    else
        (void)snprintf(ret_takes, TG_CONFIG_TAKES_BYTES, "%s", takes_by_type[key->type]);
    *ret_key = (struct tg_config_key){key->section, key->name, ret_takes, key->fallback, key->doc};
    return true;
}

/* ---- printing ---- */

static tg_err print_list(const char *list, struct tg_buf *out)
{
    struct tg_view rest = tg_view_str(list), item;
    size_t columns = 0;
    tg_err err = TG_OK;
    while (!err && tg_config_list_next(&rest, &item)) {
        bool folds = columns > 0 && columns + item.bytes > PRINT_COLUMNS;
        if (columns > 0) err = tg_buf_put_str(out, folds ? ",\n    " : ", ");
        if (!err) err = tg_buf_put_view(out, item);
        columns = (folds ? 0 : columns) + item.bytes + 2;
    }
    return err;
}

static tg_err print_value(const struct tg_config *config, const struct key *key, struct tg_buf *out)
{
    const uint8_t *place = (const uint8_t *)config + key->offset;
    uint32_t number;
    int value;
    bool yes;
    switch (key->type) {
    case LIST:
    case REASONS:
        return print_list((const char *)place, out);
    case NUMBER:
        memcpy(&number, place, sizeof number);
        return tg_buf_putf(out, "%u", number);
    case YES_NO:
        memcpy(&yes, place, sizeof yes);
        return tg_buf_put_str(out, key->names[yes ? 1 : 0]);
    case NAMED:
        memcpy(&value, place, sizeof value);
        return tg_buf_put_str(out, key->names[value]);
    case PATH:
    case COUNTRY:
    case ENDPOINT:
    case LINE:
    default:
        return tg_buf_put_str(out, (const char *)place);
    }
}

tg_err tg_config_value_at(const struct tg_config *config, size_t i, struct tg_buf *out)
{
    if (i >= KEY_COUNT) return TG_ENOENT;
    if (keys[i].type == LIST) return tg_buf_put_str(out, (const char *)config + keys[i].offset);
    return print_value(config, &keys[i], out);
}

tg_err tg_config_print(const struct tg_config *config, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < KEY_COUNT; i++) {
        if (is_first_of_section(i)) err = tg_buf_putf(out, "%s[%s]\n", i ? "\n" : "", keys[i].section);
        if (!err) err = tg_buf_putf(out, "# %s\n%s = ", keys[i].doc, keys[i].name);
        if (!err) err = print_value(config, &keys[i], out);
        if (!err) err = tg_buf_put_str(out, "\n");
    }
    return err;
}
