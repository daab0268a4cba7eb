/* Commands against roles: the program's table of verbs, the node's table of roles, and the table in docs/cli.md. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_verbs.h"
#include "node/service_internal.h"

#define DOC TG_TEST_DATA "/../../docs/cli.md"
#define BEGIN "<!-- roles -->\n"
#define END "<!-- /roles -->\n"

static const struct tg_verb *verb_named(const char *name)
{
    for (size_t i = 0; i < tg_verbs_count; i++)
        if (strcmp(tg_verbs[i].name, name) == 0) return &tg_verbs[i];
    return NULL;
}

/* Roles that may call all that the command asks for; ret_head: an auditor gets the head only. */
static unsigned roles_of(const char *command, bool *ret_asks, bool *ret_head)
{
    unsigned roles = TG_VERB_ANY;
    bool listed = false, optional = false;
    const char *name;
    *ret_asks = *ret_head = false;
    for (size_t i = 0; (name = tg_command_verb(command, i, &listed, &optional)); i++) {
        const struct tg_verb *verb = verb_named(name);
        cr_assert(verb, "'%s' asks for '%s', which is no verb", command, name);
        if (!optional) roles &= verb->roles;
        *ret_asks = true;
        *ret_head = *ret_head || strcmp(name, "show") == 0 || strcmp(name, "export") == 0;
    }
    return roles;
}

static void row_put(const char *command, struct tg_buf *out)
{
    static const unsigned columns[] = {TG_ROLE_ANALYST, TG_ROLE_OFFICER, TG_ROLE_AUDITOR, TG_ROLE_ADMIN};
    bool asks, head;
    unsigned roles = roles_of(command, &asks, &head);
    if (!asks) {
        tg_buf_putf(out, "| `%s` | needs no node | | | |\n", command);
        return;
    }
    tg_buf_putf(out, "| `%s` |", command);
    for (size_t i = 0; i < 4; i++) {
        const char *may = !(roles & columns[i])                   ? ""
                          : head && columns[i] == TG_ROLE_AUDITOR ? " head"
                                                                  : " yes";
        tg_buf_putf(out, "%s |", may);
    }
    tg_buf_put_str(out, "\n");
}

/* "add person" when "add" stands in the table already. */
static bool of_family_shown(const char *command)
{
    char first[64];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(command, " "), command);
    if (strcmp(first, command) == 0) return false;
    for (size_t i = 0; i < tg_commands_count; i++)
        if (strcmp(tg_commands[i].name, first) == 0)
            return strcmp(tg_command_verbs_row(first), tg_command_verbs_row(command)) == 0;
    return false;
}

Test(cli_roles, every_command_says_what_it_asks_the_node_for)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        bool listed = false, optional = false;
        tg_command_verb(tg_commands[i].name, 0, &listed, &optional);
        cr_expect(listed, "command '%s' has no row in cli/command_verbs.c", tg_commands[i].name);
    }
}

Test(cli_roles, every_verb_belongs_to_a_command)
{
    for (size_t i = 0; i < tg_verbs_count; i++) {
        bool asked = false;
        for (size_t k = 0; k < tg_commands_count && !asked; k++)
            asked = tg_command_asks(tg_commands[k].name, tg_verbs[i].name);
        cr_expect(asked, "no command asks for '%s'", tg_verbs[i].name);
    }
}

Test(cli_roles, table_in_the_documentation_is_the_programs)
{
    TG_AUTO(tg_buf) struct tg_buf want = {0}, doc = {0};
    tg_buf_put_str(&want,
                   "| command | analyst | officer | auditor | admin |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < tg_commands_count; i++)
        if (!of_family_shown(tg_commands[i].name)) row_put(tg_commands[i].name, &want);
    tg_buf_put(&want, "", 1);
    cr_assert_eq(tg_file_read(DOC, 1 << 20, &doc, NULL), TG_OK);
    tg_buf_put(&doc, "", 1);
    const char *begin = strstr((const char *)doc.data, BEGIN), *end = strstr((const char *)doc.data, END);
    cr_assert(begin && end && begin < end, "docs/cli.md lacks its markers");
    begin += strlen(BEGIN);
    bool same = strlen((const char *)want.data) == (size_t)(end - begin) &&
                memcmp(begin, want.data, (size_t)(end - begin)) == 0;
    cr_expect(same, "docs/cli.md: between the markers 'roles' must stand\n%s", (const char *)want.data);
}
