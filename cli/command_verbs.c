/* What each command asks the node for, so that anybody can say which role a command needs.
 *
 * Knows no role. Verbs: docs/control.md.
 */
#include "cli/command_verbs.h"

#include <string.h>

#define VERBS_MAX 6

/* One row a command, or for all of a family that have none of their own. A '?' in front: only with some of its
 * options. */
static const struct row {
    const char *command;
    const char *verbs[VERBS_MAX];
} rows[] = {
    {"alert", {"publish", "show"}},
    {"inbox", {"inbox"}},
    {"ack read", {"ack", "?inbox"}},
    {"ack acted",
     {"ack", "publish"}}, /* what is done or said in answer takes the role that publishing takes */
    {"ack answer", {"ack", "publish"}},
    {"notices", {"notices"}},
    {"watch", {"notices"}},
    {"watch add", {"watch.add"}},
    {"watch list", {"watch.list"}},
    {"watch remove", {"watch.remove"}},
    {"situation", {"records"}},
    {"measures", {"records"}},
    {"query", {"query"}},
    {"screen", {"screen"}},
    {"show", {"show"}},
    {"why", {"why"}},
    {"add", {"publish", "show"}},
    {"correct", {"show", "publish"}},
    {"review", {"review.list", "?show", "?publish"}},
    {"sighting", {"show", "publish"}},
    {"same", {"show", "publish"}},
    {"different", {"show", "publish"}},
    {"ask", {"publish", "show"}},
    {"answer", {"show", "publish"}},
    {"reinstate", {"reinstate", "reinstate.list"}},
    {"dispute", {"dispute"}},
    {"dispute list", {"dispute.list"}},
    {"dispute pass", {"dispute.pass"}},
    {"dispute decide", {"dispute.decide"}},
    {"import",
     {"import.begin", "import.batch", "import.end", "?courier.begin", "?courier.block", "?courier.end"}},
    {"withdraw", {"withdraw"}},
    {"peer list", {"peer.list"}},
    {"peer add", {"peer.add", "card"}},
    {"peer contact", {"peer.contact"}},
    {"peer remove", {"peer.remove"}},
    {"peer unfreeze", {"peer.unfreeze"}},
    {"peer test", {"peer.test"}},
    {"card show", {"card"}},
    {"card fingerprint", {NULL}},
    {"card root", {NULL}},
    {"card sign", {NULL}},
    {"card draft", {"card", "log"}},
    {"card install", {"card.install"}},
    {"key list", {"keys"}},
    {"key prune", {"keys", "card", "log"}},
    {"log", {"log", "log.entries"}},
    {"log receipts", {"log.receipts"}},
    {"log withheld", {"log.withheld"}},
    {"log forks", {"log.forks"}},
    {"log exposure", {"exposure"}},
    {"log attest", {"attest"}},
    {"export", {"export", "?courier.export", "?log.tiles", "?log.notes", "?card"}},
    {"verify", {NULL}},
    {"audit access", {"audit.access"}},
    {"audit sample", {"audit.sample"}},
    {"audit statistics", {"audit.statistics"}},
    {"audit redress", {"audit.redress"}},
    {"init", {NULL}},
    {"status", {"status", "?peer.list"}},
    {"backup", {"backup"}},
    {"restore", {"?recovery", "?card", "?status"}},
    {"doctor", {"?doctor"}},
    {"config", {NULL}},
    {"rewrap", {"status"}},
    {"reindex", {"reindex"}},
    {"stop", {"stop"}},
    {"completion", {NULL}},
};

static const struct row *row_of(const char *command)
{
    const struct row *family = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t bytes = strlen(rows[i].command);
        if (strcmp(rows[i].command, command) == 0) return &rows[i];
        if (strncmp(rows[i].command, command, bytes) == 0 && command[bytes] == ' ') family = &rows[i];
    }
    return family;
}

const char *tg_command_verb(const char *command, size_t i, bool *ret_listed, bool *ret_optional)
{
    const struct row *row = row_of(command);
    *ret_listed = row != NULL;
    const char *verb = row && i < VERBS_MAX ? row->verbs[i] : NULL;
    *ret_optional = verb && verb[0] == '?';
    return *ret_optional ? verb + 1 : verb;
}

const char *tg_command_verbs_row(const char *command)
{
    const struct row *row = row_of(command);
    return row ? row->command : "";
}

bool tg_command_asks(const char *command, const char *verb)
{
    bool listed = false, optional = false;
    const char *asked;
    for (size_t i = 0; (asked = tg_command_verb(command, i, &listed, &optional)); i++)
        if (strcmp(asked, verb) == 0) return true;
    return false;
}
