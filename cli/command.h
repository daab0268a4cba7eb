/* The table of commands: one row each, from which dispatch, help, completion and the manual's check are made.
 *
 * Knows how commands are called, not what they do. Described in docs/cli.md.
 */
#ifndef TG_CLI_COMMAND_H
#define TG_CLI_COMMAND_H

#include "cli/cli.h"

enum tg_command_group {
    TG_GROUP_DUTY,
    TG_GROUP_FIND,
    TG_GROUP_TELL,
    TG_GROUP_PARTNERS,
    TG_GROUP_PROVE,
    TG_GROUP_RUN,
    TG_GROUPS,
};

struct tg_command {
    const char *name;    /* one word or two: "peer add" */
    const char *words;   /* what follows, as usage shows it: "FILE" */
    const char *summary; /* one line, lower case, no full stop */
    enum tg_command_group group;
    size_t words_min, words_max;
    const struct tg_option *options; /* NULL: none of its own */
    const struct tg_option *shared;  /* more of them, that help names without explaining; or NULL */
    const char *examples[2];
    tg_err (*run)(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
};
extern const struct tg_command tg_commands[];
extern const size_t tg_commands_count;

/* The title of a group, for help. Static storage. */
const char *tg_group_title(enum tg_command_group group);
/* The command that argv[at..] names, and how many words name it; NULL when none does. One word that begins several
 * commands ("peer") gives the first of them that is called exactly so, or NULL. */
const struct tg_command *tg_command_find(int at, int argc, char *const *argv, int *ret_words);
/* Whether commands begin with that word and go on with a second one, as in 'peer add'. */
bool tg_command_is_family(const char *word);
/* TG_EUSAGE with the nearest known command. */
tg_err tg_command_unknown(const char *first, const char *second, struct tg_errmsg *em);
/* The tables that its options are looked up in, ended by NULL: its own, shared, global. */
void tg_command_tables(const struct tg_command *command,
                       const struct tg_option *ret_tables[static TG_OPTION_TABLES_MAX]);
/* What "tamga --help" and "tamga COMMAND --help" print, appended. */
tg_err tg_help_all(struct tg_buf *out);
tg_err tg_help_command(const struct tg_command *command, struct tg_buf *out);
/* The commands that begin with that word ("peer"), for "tamga peer --help"; TG_ENOENT when there are none. */
tg_err tg_help_family(const char *word, struct tg_buf *out);

/* Every command: cli/cmd_NAME.c. */
tg_err tg_cmd_init(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_fingerprint(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_root(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_sign(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_draft(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_card_install(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log_exposure(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log_attest(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_key_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_key_prune(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_contact(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_remove(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_test(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_alert(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_inbox(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_ack_read(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_ack_acted(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_ack_answer(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_import(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_query(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_why(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_screen(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_situation(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_measures(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_notices(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_watch(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_watch_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_watch_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_watch_remove(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_withdraw(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_dispute(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_dispute_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_dispute_pass(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_dispute_decide(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_correct(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_reinstate(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_review(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log_forks(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_peer_unfreeze(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_rewrap(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log_receipts(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_log_withheld(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_status(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_export(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_verify(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_backup(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_restore(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_config_check(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_config_print(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_doctor(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_reindex(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_stop(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_audit_access(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_audit_sample(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_audit_statistics(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_audit_redress(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_completion(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);

tg_err tg_cmd_sighting(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_same(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_different(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_ask(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);
tg_err tg_cmd_answer(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);

/* Their option tables, each beside its command. */
extern const struct tg_option tg_add_contact_options[], tg_add_contact_more_options[],
    tg_add_custody_options[], tg_add_custody_more_options[], tg_add_link_options[], tg_brief_head_options[],
    tg_sighting_options[], tg_sighting_more_options[], tg_same_options[], tg_different_options[],
    tg_ask_options[], tg_answer_options[], tg_why_options[];
extern const struct tg_option tg_init_options[], tg_peer_add_options[], tg_peer_test_options[],
    tg_alert_options[], tg_add_options[], tg_add_indicator_options[], tg_add_person_options[],
    tg_add_cell_options[], tg_add_facility_options[], tg_add_incident_options[], tg_add_assessment_options[],
    tg_add_measure_options[], tg_head_options[], tg_import_options[], tg_query_options[], tg_screen_options[],
    tg_situation_options[], tg_measures_options[], tg_notices_options[], tg_watch_options[],
    tg_withdraw_options[], tg_reinstate_options[], tg_correct_options[], tg_correct_field_options[],
    tg_review_options[], tg_dispute_options[], tg_dispute_list_options[], tg_dispute_pass_options[],
    tg_dispute_decide_options[], tg_log_options[], tg_log_receipts_options[], tg_rewrap_options[],
    tg_log_withheld_options[], tg_log_forks_options[], tg_export_options[], tg_verify_options[],
    tg_audit_access_options[], tg_audit_sample_options[], tg_audit_statistics_options[], tg_card_options[],
    tg_ack_options[], tg_ack_read_options[], tg_ack_answer_options[], tg_inbox_options[], tg_backup_options[],
    tg_restore_options[];
extern const struct tg_option tg_card_root_options[], tg_card_sign_options[], tg_card_draft_options[],
    tg_card_install_options[], tg_key_prune_options[], tg_log_exposure_options[];
extern const struct tg_option tg_watch_add_options[], tg_watch_list_options[], tg_status_options[],
    tg_doctor_options[], tg_config_print_options[];

#endif
