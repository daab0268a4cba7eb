/* doctor: the commonest mistakes, one row each, and what to do about them.
 *
 * Works with the node running or not. Verb `doctor`: docs/control.md.
 */
#include <stdarg.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/doctor.h"

#define LEFT_COLUMNS 10

const struct tg_option tg_doctor_options[] = {
    {"all", 0, TG_OPTION_FLAG, false, NULL, "also what is well, and what could not be looked at", NULL, 0, 0},
    TG_OPTION_END,
};

const struct tg_doctor_check tg_doctor_checks[] = {
    {"settings", "settings are read", tg_doctor_settings,
     "mend that line; 'tamga config check' says when it is right"},
    {"settings-mode", "settings belong to their owner", tg_doctor_settings_mode, ""},
    {"role-names", "users and groups of the roles exist", tg_doctor_role_names,
     "make them (groupadd, useradd), or correct [control]"},
    {"officer", "somebody is officer", tg_doctor_officer,
     "name users or a @group in [control] officer, and start the node anew"},
    {"auditor", "somebody is auditor", tg_doctor_auditor,
     "name users or a @group in [control] auditor, and start the node anew"},
    {"folder", "the folder is closed to others", tg_doctor_folder,
     "make it with 'tamga init', or set [node] data"},
    {"owner", "everything belongs to the node's user", tg_doctor_owner, ""},
    {"node-key", "the node's keys are there", tg_doctor_node_key,
     "put node.key back from where you keep its copy"},
    {"offline-keys", "root and recovery keys are elsewhere", tg_doctor_offline_keys, ""},
    {"passphrase", "the node gets its passphrase", tg_doctor_passphrase,
     "put it into a file that only the node's user reads, and name it in [node] passphrase"},
    {"card", "the node's card is there", tg_doctor_card,
     "put card.note back into the folder; partners have copies of it"},
    {"card-country", "card and settings say one country", tg_doctor_card_country,
     "set [node] country as the card has it, or leave it out"},
    {"card-endpoint", "the card says where to dial", tg_doctor_card_endpoint,
     "partners need an address: give it with 'tamga peer add --endpoint' at their side"},
    {"card-port", "the card's port is the one that is listened at", tg_doctor_card_port,
     "set [net] listen to that port, unless something forwards it"},
    {"listen-address", "the address to listen at is this machine's", tg_doctor_listen_address,
     "set [net] listen to an address that 'ip addr' shows, or to tcp://*:PORT"},
    {"listen-port", "the port to listen at is free", tg_doctor_listen_port,
     "'ss -ltnp' shows who has it; stop that, or choose another port"},
    {"socket", "the control socket can be made", tg_doctor_socket,
     "set [control] socket to a folder that is there"},
    {"wake", "the wake-up pipe is one", tg_doctor_wake,
     "remove what is there and start the node, which makes it; or mkfifo it yourself"},
    {"store", "the store is whole", tg_doctor_store, ""},
    {"store-lock", "nobody else has the store", tg_doctor_store_lock,
     "stop the other process: 'fuser' on its store.lock names it"},
    {"mark", "the mark beside the store is there", tg_doctor_mark,
     "put 'mark' back, or start the node and wait until all partners have answered"},
    {"disk", "there is room on the disk", tg_doctor_disk, "make room: the node goes on by itself"},
    {"inodes", "files can be made on the disk", tg_doctor_inodes, "remove small files that nobody needs"},
    {"file-system", "the store is on a local disk", tg_doctor_fs,
     "set [node] data to a folder on a local disk, and move it there"},
    {"clock", "the clock is kept right", tg_doctor_clock,
     "run a time service: systemctl enable --now systemd-timesyncd"},
    {"time", "the time is possible", tg_doctor_time, "set the clock, and run a time service"},
    {"memlock", "the keys can be locked in memory", tg_doctor_memlock,
     "LimitMEMLOCK=64M in the unit, or 'ulimit -l 65536' before tamgad; then start it anew"},
    {"swap", "keys do not reach swap", tg_doctor_swap, "as for memlock, or 'swapoff -a'"},
    {"core", "no dump holds keys", tg_doctor_core, "LimitCORE=0 in the unit; then start the node anew"},
    {"files", "enough files can be open", tg_doctor_files_limit,
     "LimitNOFILE=65536 in the unit, or 'ulimit -n 65536' before tamgad"},
    {"memory", "the store can be mapped", tg_doctor_memory,
     "leave out LimitAS and 'ulimit -v': maps are address space, not memory"},
    {"unit", "the service starts with the machine", tg_doctor_unit, "systemctl enable --now tamgad"},
    {"running", "the node runs", tg_doctor_running, "start it: systemctl start tamgad, or tamgad DIR"},
    {"talks", "the node answers this user", tg_doctor_talks,
     "call this as root, or get the role admin in [control]"},
    {"version", "program and node are of one version", tg_doctor_version,
     "start the node anew after an upgrade"},
    {"append", "the node may append", tg_doctor_quarantine,
     "bring the links to partners up and wait; tamgad(8) has the rest"},
    {"index", "the index is up to date", tg_doctor_index,
     "wait; when it does not fall, the disk is too slow for what comes"},
    {"log-key", "the log key is good for more", tg_doctor_log_key, "tamga card draft --rotate log"},
    {"seal-key", "the seal key is young", tg_doctor_seal_key, "tamga card draft --rotate seal"},
    {"card-waits", "the newest card is in use", tg_doctor_card_waits, "start the node anew"},
    {"peers", "partners are enrolled", tg_doctor_peers,
     "tamga peer add THEIR.card, after you compared fingerprints"},
    {"peer-links", "all links are up", tg_doctor_peer_links,
     "'tamga peer test COUNTRY' says on which side to look"},
    {"peer-enrolled", "partners have enrolled us", tg_doctor_peer_enrolled,
     "hand them our card (tamga card show --raw); there: tamga peer add"},
    {"peer-clocks", "clocks of partners agree with ours", tg_doctor_peer_clocks,
     "compare both with a time server; one is wrong"},
    {"peer-versions", "partners run our version", tg_doctor_peer_versions,
     "agree on a day to upgrade; until then all works"},
    {"peer-overdue", "partners acknowledge in time", tg_doctor_peer_overdue,
     "'tamga status --partners' shows what waits"},
    {"peer-refusals", "partners take what we send", tg_doctor_peer_refusals,
     "'tamga status --partners' says why, and what to do"},
    {"peer-refused", "what partners send is understood here", tg_doctor_peer_refused_here,
     "upgrade this node, and it reads them; 'tamga log COUNTRY --entries' says why"},
    {"peer-clones", "each partner's keys run in one process", tg_doctor_peer_clones,
     "call them on a line you trust: their keys may be stolen, or a copy of their node runs"},
    {"forks", "every log has one history", tg_doctor_forks,
     "speak with the origin, then 'tamga peer unfreeze'; 'tamga log forks' has the proof"},
    {"witnesses", "logs are cosigned", tg_doctor_witnesses,
     "look at the links with 'tamga status': it is cut off, or somebody shows us an old head"},
    {"peer-oddities", "partners keep to the protocol", tg_doctor_peer_oddities,
     "the node's log says what was odd (event peer-odd)"},
};
const size_t tg_doctor_check_count = sizeof tg_doctor_checks / sizeof tg_doctor_checks[0];

/* ---- how checks say it ---- */

enum tg_doctor_level tg_doctor_say(struct tg_doctor *doctor, enum tg_doctor_level level, const char *format,
                                   ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(doctor->detail, sizeof doctor->detail, format, list);
    va_end(list);
    return level;
}

void tg_doctor_advise(struct tg_doctor *doctor, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(doctor->remedy, sizeof doctor->remedy, format, list);
    va_end(list);
}

void tg_doctor_path(const struct tg_doctor *doctor, const char *folder, const char *name,
                    char out[static TG_DOCTOR_PATH_BYTES])
{
    bool slash = name[0] && name[0] != '/';
    int bytes = snprintf(out, TG_DOCTOR_PATH_BYTES, "%s%s%s%s", doctor->root, folder, slash ? "/" : "", name);
    if (bytes < 0 || bytes >= TG_DOCTOR_PATH_BYTES) out[0] = '\0';
}

/* ---- what they look at ---- */

static void settings_read(struct tg_doctor *doctor)
{
    const char *folder = doctor->cli->data ? doctor->cli->data : getenv("TAMGA_DIR");
    if (folder && folder[0])
        tg_doctor_path(doctor, folder, "tamga.conf", doctor->config_path);
    else
        (void)snprintf(doctor->config_path, sizeof doctor->config_path, "%s", TG_DOCTOR_SERVICE_CONFIG);
    tg_config_defaults(doctor->config);
    doctor->config_err = tg_config_read(doctor->config_path, doctor->config, &doctor->config_em);
    /* What stands in the folder can be looked at without its settings. */
    if (!doctor->config_err || !folder || !folder[0]) return;
    struct tg_config *config = doctor->config;
    (void)snprintf(config->node.data, sizeof config->node.data, "%s", folder);
    (void)tg_path_join(folder, "keys", config->node.keys, sizeof config->node.keys, NULL);
    (void)tg_path_join(folder, "control.sock", config->control.socket, sizeof config->control.socket, NULL);
}

static void card_read(struct tg_doctor *doctor)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    char path[TG_DOCTOR_PATH_BYTES];
    tg_doctor_path(doctor, doctor->config->node.data, "card.note", path);
    doctor->card_err = tg_file_read(path, TG_CARD_BYTES_MAX, &note, &doctor->card_em);
    if (!doctor->card_err)
        doctor->card_err = tg_card_open(tg_buf_view(&note), doctor->card, &doctor->card_em);
}

static void user_find(struct tg_doctor *doctor)
{
    struct stat info;
    doctor->user_known = true;
    if (doctor->node == TG_NODE_TALKS)
        doctor->user = (uid_t)doctor->facts.uid;
    else if (!stat(doctor->config->node.data, &info))
        doctor->user = info.st_uid;
    else
        doctor->user_known = false;
}

static tg_err gather(struct tg_doctor *doctor)
{
    doctor->config = calloc(1, sizeof *doctor->config);
    doctor->card = calloc(1, sizeof *doctor->card);
    doctor->peers = calloc(TG_PEERS_MAX, sizeof *doctor->peers);
    if (!doctor->config || !doctor->card || !doctor->peers) return TG_ENOMEM;
    settings_read(doctor);
    card_read(doctor);
    tg_doctor_ask(doctor);
    user_find(doctor);
    return TG_OK;
}

/* ---- what is shown ---- */

static const char *const level_names[] = {"ok", "skipped", "warning", "problem"};

static void put_row(struct tg_doctor *doctor, const struct tg_doctor_check *check, enum tg_doctor_level level,
                    const char *remedy)
{
    struct tg_cli *cli = doctor->cli;
    struct tg_json json;
    tg_json_begin(&json, "check");
    tg_json_text(&json, "check", tg_view_str(check->id));
    tg_json_text(&json, "title", tg_view_str(check->title));
    tg_json_text(&json, "level", tg_view_str(level_names[level]));
    tg_json_text(&json, "detail", tg_view_str(doctor->detail));
    tg_json_text(&json, "remedy", tg_view_str(remedy));
    (void)tg_json_put(&json, cli);
}

static void put_cell(struct tg_cli *cli, const char *text, const char *end)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (!tg_text_escape(tg_view_str(text), &safe)) tg_put(cli, "%.*s", TG_VIEW_PRINT(tg_buf_view(&safe)));
    tg_put(cli, "%s", end);
}

static void put_tsv(struct tg_doctor *doctor, const struct tg_doctor_check *check, enum tg_doctor_level level,
                    const char *remedy)
{
    struct tg_cli *cli = doctor->cli;
    put_cell(cli, check->id, "\t");
    put_cell(cli, level_names[level], "\t");
    put_cell(cli, doctor->detail, "\t");
    put_cell(cli, remedy, "\n");
}

static void put_text(struct tg_doctor *doctor, const struct tg_doctor_check *check,
                     enum tg_doctor_level level, const char *remedy)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char left[32];
    (void)snprintf(left, sizeof left, "%-*s", LEFT_COLUMNS, level_names[level]);
    tg_err err = tg_buf_putf(&text, "%s: ", check->id);
    if (!err) err = tg_text_escape(tg_view_str(doctor->detail), &text);
    if (!err) tg_put_wrapped(doctor->cli, left, LEFT_COLUMNS, tg_buf_view(&text));
    if (!remedy[0]) return;
    tg_buf_clear(&text);
    if (!tg_text_escape(tg_view_str(remedy), &text))
        tg_put_wrapped(doctor->cli, "      do: ", LEFT_COLUMNS, tg_buf_view(&text));
}

static void check_run(struct tg_doctor *doctor, const struct tg_doctor_check *check, bool all,
                      size_t counts[static 4])
{
    doctor->detail[0] = doctor->remedy[0] = '\0';
    enum tg_doctor_level level = check->run(doctor);
    bool well = level == TG_DOCTOR_OK || level == TG_DOCTOR_SKIPPED;
    const char *remedy = well ? "" : doctor->remedy[0] ? doctor->remedy : check->remedy;
    counts[level]++;
    if (doctor->cli->format == TG_FORMAT_JSON)
        put_row(doctor, check, level, remedy);
    else if (doctor->cli->format == TG_FORMAT_TSV)
        put_tsv(doctor, check, level, remedy);
    else if (all || !well)
        put_text(doctor, check, level, remedy);
}

static void put_total(struct tg_doctor *doctor, const size_t counts[static 4])
{
    if (doctor->cli->format != TG_FORMAT_TEXT) return;
    bool any = counts[TG_DOCTOR_WARNING] || counts[TG_DOCTOR_PROBLEM];
    tg_put(doctor->cli, "%s%zu checks: %zu problem%s, %zu warning%s, %zu well", any ? "\n" : "",
           tg_doctor_check_count, counts[TG_DOCTOR_PROBLEM], counts[TG_DOCTOR_PROBLEM] == 1 ? "" : "s",
           counts[TG_DOCTOR_WARNING], counts[TG_DOCTOR_WARNING] == 1 ? "" : "s", counts[TG_DOCTOR_OK]);
    if (counts[TG_DOCTOR_SKIPPED]) tg_put(doctor->cli, ", %zu not looked at", counts[TG_DOCTOR_SKIPPED]);
    tg_put(doctor->cli, "\n");
}

tg_err tg_cmd_doctor(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    size_t counts[4] = {0};
    struct tg_doctor *doctor = calloc(1, sizeof *doctor);
    if (!doctor) return tg_fail(em, TG_ENOMEM, "out of memory");
    doctor->cli = cli;
    doctor->root = "";
    tg_err err = gather(doctor);
    if (!err && cli->format == TG_FORMAT_TSV) tg_put(cli, "check\tlevel\tdetail\tremedy\n");
    for (size_t i = 0; i < tg_doctor_check_count && !err; i++)
        check_run(doctor, &tg_doctor_checks[i], tg_args_has(args, "all"), counts);
    if (!err) put_total(doctor, counts);
    cli->answer_no = counts[TG_DOCTOR_PROBLEM] > 0;
    free(doctor->config);
    free(doctor->card);
    free(doctor->peers);
    free(doctor);
    return err ? tg_fail(em, err, "out of memory") : TG_OK;
}
