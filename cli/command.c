/* The table of commands, and what is made of it: dispatch and help.
 *
 * Knows how commands are called, not what they do. Described in docs/cli.md.
 */
#include "cli/command.h"

#include "base/cleanup.h"
#include "base/text.h"

#define HELP_COLUMNS 80
#define HELP_LINES 24

const struct tg_command tg_commands[] = {
    {"alert",
     "",
     "raise an alert, and see who has stored it",
     TG_GROUP_DUTY,
     0,
     0,
     tg_alert_options,
     tg_head_options,
     {"tamga alert --flash --title \"Riot in block 3\" --to KG,UZ --facility Central",
      "tamga alert --test --title \"Line check\" --to all --wait 5"},
     tg_cmd_alert},
    {"ack read",
     "REF...",
     "tell its origin that a record was read here",
     TG_GROUP_DUTY,
     1,
     TG_CLI_WORDS_MAX,
     tg_ack_options,
     NULL,
     {"tamga ack read TJ-7", "tamga ack read TJ-7 TJ-9 KG-4 --as \"duty desk\""},
     tg_cmd_ack_read},
    {"ack acted",
     "REF...",
     "tell its origin that what it asks was done",
     TG_GROUP_DUTY,
     1,
     TG_CLI_WORDS_MAX,
     tg_ack_options,
     NULL,
     {"tamga ack acted TJ-7", "tamga ack acted TJ-7 --text \"two patrols sent\" --as \"border post 4\""},
     tg_cmd_ack_acted},
    {"ack answer",
     "REF",
     "answer an alert, to all who got it",
     TG_GROUP_DUTY,
     1,
     1,
     tg_ack_answer_options,
     NULL,
     {"tamga ack answer TJ-7 --text \"nobody crossed here tonight\"",
      "tamga ack answer TJ-7 --text \"call us\" --to TJ --as \"duty desk\""},
     tg_cmd_ack_answer},
    {"notices",
     "",
     "what came in that somebody should look at",
     TG_GROUP_DUTY,
     0,
     0,
     tg_notices_options,
     NULL,
     {"tamga notices", "tamga notices --kind alert --from KG --limit 100"},
     tg_cmd_notices},
    {"watch",
     "",
     "what comes in, as it comes",
     TG_GROUP_DUTY,
     0,
     0,
     tg_watch_options,
     NULL,
     {"tamga watch --precedence immediate", "tamga watch --format json --cursor-file duty.cursor"},
     tg_cmd_watch},
    {"watch add",
     "[WHAT...]",
     "be told whenever a record comes that fits",
     TG_GROUP_DUTY,
     0,
     TG_CLI_WORDS_MAX,
     tg_watch_add_options,
     NULL,
     {"tamga watch add \"Karim Valiev\" --birth 1984 --reason \"case 12\"",
      "tamga watch add --type phone --value +992900000001 --label seized --reason 12"},
     tg_cmd_watch_add},
    {"watch list",
     "",
     "your standing queries",
     TG_GROUP_DUTY,
     0,
     0,
     tg_watch_list_options,
     NULL,
     {"tamga watch list", "tamga watch list --all --format tsv"},
     tg_cmd_watch_list},
    {"watch remove",
     "NUMBER",
     "end a standing query",
     TG_GROUP_DUTY,
     1,
     1,
     NULL,
     NULL,
     {"tamga watch remove 3", "tamga watch remove 3 --reason \"case 12 is closed\""},
     tg_cmd_watch_remove},
    {"situation",
     "",
     "facilities, cells, incidents and assessments",
     TG_GROUP_DUTY,
     0,
     0,
     tg_situation_options,
     NULL,
     {"tamga situation", "tamga situation --as-of 2024-06-30 --country TJ"},
     tg_cmd_situation},
    {"measures",
     "",
     "agreed measures against their time limits",
     TG_GROUP_DUTY,
     0,
     0,
     tg_measures_options,
     NULL,
     {"tamga measures", "tamga measures --as-of 2025-01-01 --overdue"},
     tg_cmd_measures},
    {"query",
     "[WHAT...]",
     "find by anything typed, matched and explained",
     TG_GROUP_FIND,
     0,
     TG_CLI_WORDS_MAX,
     tg_query_options,
     NULL,
     {"tamga query \"Karim Valiev\" --birth 1984", "tamga query --type phone --value \"+992 900 00 00 01\""},
     tg_cmd_query},
    {"show",
     "REF",
     "one record: what it says, whose it is, who holds it",
     TG_GROUP_FIND,
     1,
     1,
     NULL,
     NULL,
     {"tamga show TJ-7", "tamga show KG-55#2 --format json"},
     tg_cmd_show},
    {"add",
     "--json FILE",
     "state what a file holds, as 'show' prints it",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_options,
     NULL,
     {"tamga add --json person.json --to KG", "tamga show TJ-7 --format json | tamga add --json - --to UZ"},
     tg_cmd_add},
    {"add indicator",
     "",
     "state a number, address, account to look out for",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_indicator_options,
     tg_head_options,
     {"tamga add indicator --selector phone=+992900000001 --source-type custody",
      "tamga add indicator --selector telegram=@example --source-type human --to KG"},
     tg_cmd_add},
    {"add person",
     "",
     "state who somebody is, and why you keep it",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_person_options,
     tg_head_options,
     {"tamga add person --name \"Karim Valiev\" --birth 1984 --status wanted ...",
      "tamga add person --name \"Karim Valiev\" --status missing --grade B2 ..."},
     tg_cmd_add},
    {"add cell",
     "",
     "state a cell, its size and since when",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_cell_options,
     tg_head_options,
     {"tamga add cell --facility Central --size 15-20 --source-type press",
      "tamga add cell --name \"Block 3\" --kind prison_cell --source-type human"},
     tg_cmd_add},
    {"add facility",
     "",
     "state a prison, camp or border post",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_facility_options,
     tg_head_options,
     {"tamga add facility --name Central --country UZ --kind prison --capacity 900",
      "tamga add facility --name Central --country UZ --held 1100 --held-as-of 2024"},
     tg_cmd_add},
    {"add incident",
     "",
     "state what happened, where and when",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_incident_options,
     tg_head_options,
     {"tamga add incident --kind riot --facility Central --from 2024-06-03 ...",
      "tamga add incident --kind smuggling --text \"phones in bread\" --until 2024 ..."},
     tg_cmd_add},
    {"add assessment",
     "",
     "state what a service makes of things",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_assessment_options,
     tg_head_options,
     {"tamga add assessment --factor staffing --text \"two officers a block\" ...",
      "tamga add assessment --factor overcrowding --severity high --text \"...\" ..."},
     tg_cmd_add},
    {"add measure",
     "",
     "state what was agreed, by whom and until when",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_measure_options,
     tg_head_options,
     {"tamga add measure --action \"staff training\" --due 2024-12 --status agreed",
      "tamga add measure --action cameras --start 2024-07 --months 6 --country TJ"},
     tg_cmd_add},
    {"add contact",
     "",
     "state who spoke, met or paid",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_contact_options,
     tg_add_contact_more_options,
     {"tamga add contact --kind call --initiator phone=+992900000001 --times 17 ...",
      "tamga add contact --kind visit --person TJ-7 --person \"Said Mirzoev\" ..."},
     tg_cmd_add},
    {"add custody",
     "",
     "state who is held where, and until when",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_custody_options,
     tg_add_custody_more_options,
     {"tamga add custody --person TJ-7 --facility Central --status held ...",
      "tamga add custody --person TJ-7 --facility Central --status released ..."},
     tg_cmd_add},
    {"add link",
     "",
     "state what binds two persons, cells or things",
     TG_GROUP_TELL,
     0,
     0,
     tg_add_link_options,
     tg_brief_head_options,
     {"tamga add link --subject TJ-7 --relation leads --object TJ-9 --grade B2 ...",
      "tamga add link --subject TJ-7 --relation uses --object phone=+992900000001 ..."},
     tg_cmd_add},
    {"import",
     "FILE",
     "take in a list: UN XML, CSV or JSON lines",
     TG_GROUP_TELL,
     1,
     1,
     tg_import_options,
     NULL,
     {"tamga import consolidated.xml --list un_sc --to none", "tamga import phones.csv --dry-run"},
     tg_cmd_import},
    {"correct",
     "REF",
     "put a better version in a record's place, everywhere",
     TG_GROUP_TELL,
     1,
     1,
     tg_correct_options,
     tg_correct_field_options,
     {"tamga correct TJ-5 --birth 1984-07-22 --why \"as in the passport\"",
      "tamga correct TJ-5 --unset person.births --why unknown --dry-run"},
     tg_cmd_correct},
    {"review",
     "[REF]",
     "own records to be looked at again, or the outcome",
     TG_GROUP_TELL,
     0,
     1,
     tg_review_options,
     NULL,
     {"tamga review --overdue",
      "tamga review TJ-5 --keep-until 2027-12-31 --text \"still wanted, order 12\""},
     tg_cmd_review},
    {"sighting",
     "REF",
     "somebody was checked: is it the one?",
     TG_GROUP_TELL,
     1,
     1,
     tg_sighting_options,
     tg_sighting_more_options,
     {"tamga sighting TJ-7 --confirmed --facility Dostuk --action \"held for KG\"",
      "tamga sighting TJ-7 --not-him --document passport:TJ:A123 --until 2027-01-01"},
     tg_cmd_sighting},
    {"same",
     "REF REF",
     "two records concern one person or thing",
     TG_GROUP_TELL,
     2,
     2,
     tg_same_options,
     tg_brief_head_options,
     {"tamga same TJ-7 KG-12 --basis \"one passport in both\" --grade B2",
      "tamga same TJ-7 KG-12 --possible --basis \"kunya and age\" --grade C3"},
     tg_cmd_same},
    {"different",
     "REF REF",
     "two records do not concern one",
     TG_GROUP_TELL,
     2,
     2,
     tg_different_options,
     tg_brief_head_options,
     {"tamga different TJ-7 KG-12 --basis \"other fingerprints\" --grade A1",
      "tamga different TJ-7 KG-12 --basis \"brothers\" --grade B2 --to KG"},
     tg_cmd_different},
    {"withdraw",
     "REF",
     "take a record back, everywhere",
     TG_GROUP_TELL,
     1,
     1,
     tg_withdraw_options,
     NULL,
     {"tamga withdraw TJ-7 --reason wrong_person --note \"fingerprints differ\"",
      "tamga withdraw KG-55#2 --reason error --successor KG-60 --yes"},
     tg_cmd_withdraw},
    {"reinstate",
     "[REF]",
     "let a withdrawn entry be imported again",
     TG_GROUP_TELL,
     0,
     1,
     tg_reinstate_options,
     NULL,
     {"tamga reinstate --list", "tamga reinstate un_sc:QDi.012 --reason \"order 12 was lifted\""},
     tg_cmd_reinstate},
    {"dispute",
     "REF",
     "contest a record, at every holder",
     TG_GROUP_TELL,
     1,
     1,
     tg_dispute_options,
     NULL,
     {"tamga dispute TJ-5 --ground wrong_person --text \"prints differ\"",
      "tamga dispute TJ-5 --ground unlawful --raised-by court --days 10"},
     tg_cmd_dispute},
    {"dispute list",
     "",
     "what is contested, by whom, to be decided when",
     TG_GROUP_TELL,
     0,
     0,
     tg_dispute_list_options,
     NULL,
     {"tamga dispute list", "tamga dispute list --overdue --format tsv"},
     tg_cmd_dispute_list},
    {"dispute pass",
     "REF",
     "tell its other holders that a record is contested",
     TG_GROUP_TELL,
     1,
     1,
     tg_dispute_pass_options,
     NULL,
     {"tamga dispute pass KG-9", "tamga dispute pass KG-9 --text \"being looked into\""},
     tg_cmd_dispute_pass},
    {"dispute decide",
     "REF",
     "reject a dispute of one's own record",
     TG_GROUP_TELL,
     1,
     1,
     tg_dispute_decide_options,
     NULL,
     {"tamga dispute decide KG-9 --reject --text \"prints were compared\"",
      "tamga dispute decide KG-9 --reject --text \"see annex 2\" --yes"},
     tg_cmd_dispute_decide},
    {"ask",
     "QUESTION",
     "ask partners something, with a due time",
     TG_GROUP_PARTNERS,
     1,
     1,
     tg_ask_options,
     tg_brief_head_options,
     {"tamga ask \"Who pays this account?\" --about TJ-7 --due 2024-06-22 --to KG",
      "tamga ask \"Seen since May?\" --about \"Karim Valiev\" --to all"},
     tg_cmd_ask},
    {"answer",
     "REF",
     "answer what a partner asked",
     TG_GROUP_PARTNERS,
     1,
     1,
     tg_answer_options,
     tg_brief_head_options,
     {"tamga answer KG-3 --outcome negative",
      "tamga answer KG-3 --outcome positive --text \"see record\" --record TJ-21"},
     tg_cmd_answer},
    {"peer list",
     "",
     "partners and their links",
     TG_GROUP_PARTNERS,
     0,
     0,
     NULL,
     NULL,
     {"tamga peer list", "tamga peer list --format tsv"},
     tg_cmd_peer_list},
    {"peer add",
     "FILE",
     "enrol a partner by its card",
     TG_GROUP_PARTNERS,
     1,
     1,
     tg_peer_add_options,
     NULL,
     {"tamga peer add kg.card", "tamga peer add kg.card --endpoint tcp://10.0.0.2:7701"},
     tg_cmd_peer_add},
    {"peer remove",
     "COUNTRY",
     "end the trust in a partner, at once",
     TG_GROUP_PARTNERS,
     1,
     1,
     NULL,
     NULL,
     {"tamga peer remove KG", "tamga peer remove KG --yes --reason \"order 12\""},
     tg_cmd_peer_remove},
    {"peer test",
     "COUNTRY",
     "what works and what does not, and on which side",
     TG_GROUP_PARTNERS,
     1,
     1,
     tg_peer_test_options,
     NULL,
     {"tamga peer test KG", "tamga peer test KG --wait 10"},
     tg_cmd_peer_test},
    {"card show",
     "[FILE]",
     "a card: the node's own, or one in a file",
     TG_GROUP_PARTNERS,
     0,
     1,
     tg_card_options,
     NULL,
     {"tamga card show --raw > tj.card", "tamga card show kg.card"},
     tg_cmd_card_show},
    {"card fingerprint",
     "FILE FILE",
     "the digits that two partners read out to each other",
     TG_GROUP_PARTNERS,
     2,
     2,
     NULL,
     NULL,
     {"tamga card fingerprint tj.card kg.card", "tamga card fingerprint a.card b.card --format json"},
     tg_cmd_card_fingerprint},
    {"log",
     "[COUNTRY]",
     "logs, their heads, and who holds what",
     TG_GROUP_PROVE,
     0,
     1,
     tg_log_options,
     NULL,
     {"tamga log", "tamga log TJ --entries --limit 20"},
     tg_cmd_log},
    {"export",
     "REF",
     "an evidence file that anyone can check",
     TG_GROUP_PROVE,
     1,
     1,
     tg_export_options,
     NULL,
     {"tamga export TJ-7 -o tj-7.evidence", "tamga export TJ-7 --without-contents -o -"},
     tg_cmd_export},
    {"verify",
     "FILE",
     "check an evidence file, offline",
     TG_GROUP_PROVE,
     1,
     1,
     tg_verify_options,
     NULL,
     {"tamga verify tj-7.evidence --card tj.card", "tamga verify tj-7.evidence --contents"},
     tg_cmd_verify},
    {"access",
     "",
     "who asked what, and why",
     TG_GROUP_PROVE,
     0,
     0,
     tg_access_options,
     NULL,
     {"tamga access --limit 50", "tamga access --user karim --from 2024-06-01"},
     tg_cmd_access},
    {"init",
     "DIR",
     "make the keys, card and settings of a new node",
     TG_GROUP_RUN,
     1,
     1,
     tg_init_options,
     NULL,
     {"tamga init tj --country TJ --name \"TJ service\" --listen tcp://127.0.0.1:7701",
      "sudo tamga init /var/lib/tamga --user tamga --config /etc/tamga/tamga.conf ..."},
     tg_cmd_init},
    {"status",
     "",
     "how the node is, and its partners",
     TG_GROUP_RUN,
     0,
     0,
     tg_status_options,
     NULL,
     {"tamga status", "tamga status --partners --overdue 30"},
     tg_cmd_status},
    {"backup",
     "DIR",
     "copy the whole node into a folder while it runs",
     TG_GROUP_RUN,
     1,
     1,
     tg_backup_options,
     NULL,
     {"tamga backup /media/safe/tj-2024-06-30", "tamga backup --check /media/safe/tj-2024-06-30"},
     tg_cmd_backup},
    {"restore",
     "DIR NEWDIR",
     "put a backup back, to start the node from",
     TG_GROUP_RUN,
     2,
     2,
     NULL,
     NULL,
     {"tamga restore /media/safe/tj-2024-06-30 /srv/tamga", "tamga restore tj-2024-06-30 tj --format json"},
     tg_cmd_restore},
    {"config check",
     "[FILE|DIR]",
     "whether a node would accept its settings",
     TG_GROUP_RUN,
     0,
     1,
     NULL,
     NULL,
     {"tamga config check /etc/tamga/tamga.conf", "tamga config check --data /srv/tamga"},
     tg_cmd_config_check},
    {"config print",
     "[FILE|DIR]",
     "every setting as it is in force",
     TG_GROUP_RUN,
     0,
     1,
     tg_config_print_options,
     NULL,
     {"tamga config print --data /srv/tamga", "tamga config print --defaults > tamga.conf"},
     tg_cmd_config_print},
    {"doctor",
     "",
     "what is wrong with this node, and what to do",
     TG_GROUP_RUN,
     0,
     0,
     tg_doctor_options,
     NULL,
     {"tamga doctor --data /srv/tamga", "tamga doctor --all --format tsv"},
     tg_cmd_doctor},
    {"reindex",
     "",
     "build the indexes anew from the log",
     TG_GROUP_RUN,
     0,
     0,
     NULL,
     NULL,
     {"tamga reindex", "tamga reindex --yes"},
     tg_cmd_reindex},
    {"stop",
     "",
     "end the node cleanly",
     TG_GROUP_RUN,
     0,
     0,
     NULL,
     NULL,
     {"tamga stop", "tamga stop --yes --reason \"new kernel\""},
     tg_cmd_stop},
    {"completion",
     "bash|zsh|fish",
     "completion for a shell, from these tables",
     TG_GROUP_RUN,
     1,
     1,
     NULL,
     NULL,
     {"tamga completion bash > /etc/bash_completion.d/tamga", "source <(tamga completion zsh)"},
     tg_cmd_completion},
};
const size_t tg_commands_count = sizeof tg_commands / sizeof tg_commands[0];

const char *tg_group_title(enum tg_command_group group)
{
    static const char *const titles[TG_GROUPS] = {
        [TG_GROUP_DUTY] = "On duty",      [TG_GROUP_FIND] = "Find",   [TG_GROUP_TELL] = "Tell",
        [TG_GROUP_PARTNERS] = "Partners", [TG_GROUP_PROVE] = "Prove", [TG_GROUP_RUN] = "Run",
    };
    return titles[group];
}

static const struct tg_command *named(const char *first, const char *second)
{
    char name[64];
    int bytes = snprintf(name, sizeof name, second ? "%s %s" : "%s", first, second ? second : "");
    if (bytes < 0 || (size_t)bytes >= sizeof name) return NULL;
    for (size_t i = 0; i < tg_commands_count; i++)
        if (strcmp(tg_commands[i].name, name) == 0) return &tg_commands[i];
    return NULL;
}

/* Is the command one of the family "peer ..."? */
static bool in_family(const struct tg_command *command, const char *word)
{
    size_t bytes = strlen(word);
    return strncmp(command->name, word, bytes) == 0 && command->name[bytes] == ' ';
}

const struct tg_command *tg_command_find(int at, int argc, char *const *argv, int *ret_words)
{
    const char *first = argv[at], *second = at + 1 < argc ? argv[at + 1] : NULL;
    const struct tg_command *command = second ? named(first, second) : NULL;
    *ret_words = command ? 2 : 1;
    if (!command) command = named(first, NULL);
    bool alone = !second || second[0] == '-';
    for (size_t i = 0; !command && alone && i < tg_commands_count; i++)
        if (in_family(&tg_commands[i], first)) command = &tg_commands[i];
    return command;
}

/* Second words of a family, for its nearest name. */
static size_t family_collect(const char *word, const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < tg_commands_count; i++)
        if (in_family(&tg_commands[i], word)) names[count++] = tg_commands[i].name + strlen(word) + 1;
    return count;
}

bool tg_command_is_family(const char *word)
{
    const char *names[sizeof tg_commands / sizeof tg_commands[0]];
    return family_collect(word, names) > 0;
}

/* First words, each once. */
static size_t firsts_collect(char (*storage)[32], const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < tg_commands_count; i++) {
        (void)snprintf(storage[count], sizeof storage[count], "%.*s", (int)strcspn(tg_commands[i].name, " "),
                       tg_commands[i].name);
        if (count && strcmp(storage[count], storage[count - 1]) == 0) continue;
        names[count] = storage[count];
        count++;
    }
    return count;
}

tg_err tg_command_unknown(const char *first, const char *second, struct tg_errmsg *em)
{
    const char *names[sizeof tg_commands / sizeof tg_commands[0]];
    size_t count = family_collect(first, names);
    if (count) {
        const char *nearest = second ? tg_text_nearest(second, names, count) : NULL;
        if (nearest)
            return tg_fail(em, TG_EUSAGE, "unknown command '%.30s %.30s': did you mean '%.30s %s'?", first,
                           second, first, nearest);
        return tg_fail(em, TG_EUSAGE, "unknown command '%.30s %.30s': see 'tamga %.30s --help'", first,
                       second ? second : "", first);
    }
    char storage[sizeof tg_commands / sizeof tg_commands[0]][32];
    count = firsts_collect(storage, names);
    const char *nearest = tg_text_nearest(first, names, count);
    if (nearest) return tg_fail(em, TG_EUSAGE, "unknown command '%.30s': did you mean '%s'?", first, nearest);
    return tg_fail(em, TG_EUSAGE, "unknown command '%.30s': 'tamga --help' lists them", first);
}

void tg_command_tables(const struct tg_command *command,
                       const struct tg_option *ret_tables[static TG_OPTION_TABLES_MAX])
{
    size_t count = 0;
    if (command->options) ret_tables[count++] = command->options;
    if (command->shared) ret_tables[count++] = command->shared;
    ret_tables[count++] = tg_cli_globals;
    ret_tables[count] = NULL;
}

static tg_err command_line(const struct tg_command *command, struct tg_buf *out)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s %s", command->name, command->words);
    return tg_buf_putf(out, "  %-27s %s\n", left, command->summary);
}

tg_err tg_help_all(struct tg_buf *out)
{
    tg_err err = tg_buf_put_str(out, "tamga: share, match and prove what partners tell each other\n\n"
                                     "Usage: tamga COMMAND [OPTION...]\n");
    for (int group = 0; group < TG_GROUPS && !err; group++) {
        err = tg_buf_putf(out, "%s\n", tg_group_title((enum tg_command_group)group));
        for (size_t i = 0; i < tg_commands_count && !err; i++)
            if ((int)tg_commands[i].group == group) err = command_line(&tg_commands[i], out);
    }
    if (!err) err = tg_buf_put_str(out, "With every command\n");
    if (!err) err = tg_options_help(tg_cli_globals, SIZE_MAX, HELP_COLUMNS, out);
    if (!err) err = tg_buf_put_str(out, "\n'tamga COMMAND --help' says more about one. Manual: tamga(1).\n");
    return err;
}

tg_err tg_help_family(const char *word, struct tg_buf *out)
{
    bool any = false;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_commands_count && !err; i++) {
        if (!in_family(&tg_commands[i], word)) continue;
        any = true;
        err = command_line(&tg_commands[i], out);
    }
    if (!any) return TG_ENOENT;
    return err ? err : tg_buf_putf(out, "\n'tamga %s COMMAND --help' says more about one.\n", word);
}

/* "Also: --list TEXT, ..." broken into lines, at most so many (0: all), with "..." where they were cut. */
static tg_err names_line(const char *title, const struct tg_option *options, bool arguments, size_t lines_max,
                         struct tg_buf *out)
{
    size_t indent = strlen(title), used = indent, lines = 1;
    tg_err err = tg_buf_put_str(out, title);
    for (; options && options->name && !err; options++) {
        char word[64];
        const char *argument = arguments && options->argument ? options->argument : "";
        int bytes = snprintf(word, sizeof word, " --%s%s%s%s", options->name, argument[0] ? " " : "",
                             argument, options[1].name ? "," : "");
        bool wraps = used + (size_t)bytes > HELP_COLUMNS, last = lines == lines_max;
        if (last && options[1].name && used + (size_t)bytes + 4 > HELP_COLUMNS)
            return tg_buf_put_str(out, " ...\n");
        if (wraps) err = tg_buf_putf(out, "\n%*s", (int)indent, "");
        lines += wraps;
        used = (wraps ? indent : used) + (size_t)bytes;
        if (!err) err = tg_buf_put_str(out, word);
    }
    return err ? err : tg_buf_put_str(out, "\n");
}

/* The other commands of its family: a line each, or their second words alone where lines are short. */
static tg_err family_lines(const struct tg_command *command, bool names_only, struct tg_buf *out)
{
    bool any = false;
    size_t used = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_commands_count && !err; i++) {
        if (!in_family(&tg_commands[i], command->name)) continue;
        const char *second = tg_commands[i].name + strlen(command->name) + 1;
        bool wraps = names_only && used + strlen(second) + 1 > HELP_COLUMNS;
        if (!any) err = tg_buf_put_str(out, names_only ? "\nMore:" : "\nMore:\n");
        if (!any || wraps) used = 5;
        any = true;
        if (err) return err;
        if (!names_only) {
            err = command_line(&tg_commands[i], out);
            continue;
        }
        used += strlen(second) + 1;
        err = tg_buf_putf(out, "%s %s", wraps ? "\n     " : "", second);
    }
    return err || !any || !names_only ? err : tg_buf_put_str(out, "\n");
}

/* How much of it is explained, so that it fits a screen. */
struct extent {
    size_t options;  /* explained; the others are named */
    bool names_only; /* of the family */
};

static tg_err help_try(const struct tg_command *command, struct extent extent, struct tg_buf *out)
{
    const struct tg_option *own = command->options && command->options[0].name ? command->options : NULL,
                           *rest = own;
    tg_err err =
        tg_buf_putf(out, "tamga %s: %s\nUsage: tamga %s%s%s%s\n", command->name, command->summary,
                    command->name, command->words[0] ? " " : "", command->words, own ? " [OPTION...]" : "");
    if (!err && own) err = tg_buf_put_str(out, "\n");
    if (!err && own) err = tg_options_help(own, extent.options, HELP_COLUMNS, out);
    for (size_t i = 0; rest && rest->name && i < extent.options; i++) rest++;
    if (!err && rest && rest->name) err = names_line("  and:", rest, true, 0, out);
    if (!err) err = tg_buf_put_str(out, "\n");
    if (!err && command->shared) err = names_line("Also:", command->shared, false, 2, out);
    if (!err && !command->shared) err = names_line("Also:", tg_cli_globals + 2, true, 0, out);
    if (!err) err = family_lines(command, extent.names_only, out);
    if (!err) err = tg_buf_put_str(out, "\nExamples:\n");
    for (size_t i = 0; i < 2 && !err; i++) err = tg_buf_putf(out, "  %s\n", command->examples[i]);
    return err;
}

static size_t lines_of(const struct tg_buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->bytes; i++) lines += text->data[i] == '\n';
    return lines;
}

/* Explains what fits a screen and names the rest; the manual page has all of it. */
tg_err tg_help_command(const struct tg_command *command, struct tg_buf *out)
{
    struct extent extent = {0};
    while (command->options && command->options[extent.options].name) extent.options++;
    for (;;) {
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        tg_err err = help_try(command, extent, &text);
        bool least = extent.names_only && extent.options == 0;
        if (err || least || lines_of(&text) <= HELP_LINES)
            return err ? err : tg_buf_put_view(out, tg_buf_view(&text));
        if (!extent.names_only && tg_command_is_family(command->name))
            extent.names_only = true;
        else if (extent.options)
            extent.options--;
        else
            extent.names_only = true;
    }
}
