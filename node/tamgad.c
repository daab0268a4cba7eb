/* tamgad: the daemon. Reads configuration and keys, joins node, transport, control socket and signals in one loop.
 *
 * Knows no verb and no message. Options: node/daemon_options.c; configuration: proto/config.c.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/vault.h"
#include "node/control_server.h"
#include "node/core.h"
#include "node/daemon_options.h"
#include "node/notify.h"
#include "node/service.h"
#include "node/transport_zap.h"
#include "node/wake.h"
#include "proto/config.h"

#define CARD_NAME "card.note"
#define KEY_NAME "node.key"
#define MIB 1048576u
#define SIGNAL_LOOK_MS 100

/* ---- configuration ---- */

static tg_err config_path(const char *given, char out[static TG_CONFIG_PATH_BYTES], struct tg_errmsg *em)
{
    struct stat info;
    if (!given) given = TG_CONFIG_DEFAULT_PATH;
    if (!stat(given, &info) && S_ISDIR(info.st_mode))
        return tg_path_join(given, TG_CONFIG_FILE_NAME, out, TG_CONFIG_PATH_BYTES, em);
    int written = snprintf(out, TG_CONFIG_PATH_BYTES, "%s", given);
    return written < TG_CONFIG_PATH_BYTES ? TG_OK
                                          : tg_fail(em, TG_ELIMIT, "path '%.100s...' is too long", given);
}

static tg_err config_load(const struct tg_daemon_options *options, struct tg_config *ret_config,
                          struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = config_path(options->config, path, em);
    return err ? err : tg_config_read(path, ret_config, em);
}

static tg_err config_print(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_config *config = calloc(1, sizeof *config);
    if (!config) return TG_ENOMEM;
    tg_config_defaults(config);
    tg_err err = options->config ? config_load(options, config, em) : TG_OK;
    if (!err) err = tg_config_print(config, &text);
    free(config);
    if (!err && fwrite(text.data, 1, text.bytes, stdout) != text.bytes)
        err = tg_fail_errno(em, TG_EIO, errno, "cannot write to standard output");
    return err;
}

/* ---- passphrase and keys ---- */

/* guarded: the service manager keeps the file where nobody else reads, and it may belong to root. */
static tg_err passphrase_of_file(const char *path, bool guarded, struct tg_secret **ret_passphrase,
                                 struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err =
        tg_buf_reserve(&text, TG_PASSPHRASE_BYTES_MAX + 1); /* so that it does not move and leave traces */
    if (!err && guarded) err = tg_file_read(path, TG_PASSPHRASE_BYTES_MAX + 1, &text, em);
    if (!err && !guarded) err = tg_file_read_private(path, TG_PASSPHRASE_BYTES_MAX + 1, &text, em);
    size_t bytes = text.bytes;
    if (bytes && text.data[bytes - 1] == '\n') bytes--;
    if (!err && !bytes) err = tg_fail(em, TG_EVALUE, "passphrase file '%s' is empty", path);
    if (!err && !(*ret_passphrase = tg_secret_new_copy(text.data, bytes))) err = TG_ENOMEM;
    if (text.data) tg_wipe(text.data, text.capacity);
    return err ? tg_context(em, err, "cannot read the passphrase") : TG_OK;
}

/* While the terminal is quiet no signal may end the node: it is looked for, the terminal put back, and then obeyed. */
static bool signal_waits(void)
{
    sigset_t pending;
    (void)sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

static tg_err line_read(char *out, size_t out_bytes, struct tg_errmsg *em)
{
    struct pollfd typed = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!signal_waits() && poll(&typed, 1, SIGNAL_LOOK_MS) <= 0)
        ;
    if (signal_waits()) return tg_fail(em, TG_EPASSPHRASE, "no passphrase was typed");
    ssize_t got = read(STDIN_FILENO, out, out_bytes - 1);
    if (got < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read the passphrase");
    out[got] = 0;
    out[strcspn(out, "\r\n")] = 0;
    return out[0] ? TG_OK : tg_fail(em, TG_EPASSPHRASE, "no passphrase was typed");
}

static tg_err passphrase_typed(struct tg_secret **ret_passphrase, struct tg_errmsg *em)
{
    struct termios before, silent;
    char line[TG_PASSPHRASE_BYTES_MAX + 2] = "";
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return tg_fail(em, TG_EPASSPHRASE,
                       "no terminal to ask for the passphrase: set [node] passphrase to a file that only "
                       "the node's user can read");
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    sigset_t stopping, signals;
    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGINT);
    (void)sigaddset(&stopping, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stopping, &signals);
    (void)fputs("passphrase: ", stderr);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    tg_err err = line_read(line, sizeof line, em);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void)fputc('\n', stderr);
    if (signal_waits()) (void)sigprocmask(SIG_UNBLOCK, &stopping, NULL); /* ends it, as nothing has begun */
    (void)sigprocmask(SIG_SETMASK, &signals, NULL);
    if (!err && !(*ret_passphrase = tg_secret_new_copy(line, strlen(line)))) err = TG_ENOMEM;
    tg_wipe(line, sizeof line);
    return err;
}

/* "": neither the configuration nor the service manager names a file. */
static tg_err passphrase_path(const struct tg_config *config, char out[static TG_CONFIG_PATH_BYTES],
                              bool *ret_guarded, struct tg_errmsg *em)
{
    *ret_guarded = false;
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    (void)snprintf(out, TG_CONFIG_PATH_BYTES, "%s", config->node.passphrase);
    if (out[0] || !credentials || !credentials[0]) return TG_OK;
    tg_err err = tg_path_join(credentials, TG_CREDENTIAL_NAME, out, TG_CONFIG_PATH_BYTES, em);
    if (!err && access(out, F_OK)) out[0] = 0;
    *ret_guarded = !err;
    return err;
}

static tg_err keys_open(const struct tg_config *config, const struct tg_secret *passphrase,
                        struct tg_vault **ret_vault, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_view phrase = tg_view_of(tg_secret_data(passphrase), tg_secret_bytes(passphrase));
    tg_err err = tg_path_join(config->node.keys, KEY_NAME, path, sizeof path, em);
    if (!err) err = tg_file_read_private(path, TG_KEYFILE_BYTES_MAX, &bytes, em);
    if (err) return tg_context(em, err, "cannot read the node's keys");
    err = tg_keyfile_open(tg_buf_view(&bytes), phrase, &keyfile, em);
    if (!err) err = tg_vault_new(&keyfile, ret_vault, em);
    return err ? tg_context(em, err, "cannot open key file '%s'", path) : TG_OK;
}

static tg_err vault_open(const struct tg_config *config, struct tg_vault **ret_vault, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    TG_AUTO_PTR(tg_secret) struct tg_secret *passphrase = NULL;
    bool guarded = false;
    tg_err err = passphrase_path(config, path, &guarded, em);
    if (!err)
        err =
            path[0] ? passphrase_of_file(path, guarded, &passphrase, em) : passphrase_typed(&passphrase, em);
    return err ? err : keys_open(config, passphrase, ret_vault, em);
}

static tg_err card_read(const struct tg_config *config, struct tg_buf *ret_note, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = tg_path_join(config->node.data, CARD_NAME, path, sizeof path, em);
    if (!err) err = tg_file_read(path, TG_CARD_BYTES_MAX, ret_note, em);
    return err ? tg_context(em, err, "cannot read our own card") : TG_OK;
}

/* ---- the daemon ---- */

struct daemon {
    const struct tg_daemon_options *options;
    struct tg_config config;
    char config_path[TG_CONFIG_PATH_BYTES];
    struct tg_buf card;
    struct tg_events *events;
    struct tg_vault *vault; /* until the node has it */
    struct tg_node *node;
    struct tg_zap *zap;
    struct tg_transport_zmq *transport;
    struct tg_service *service;
    struct tg_control_server *server;
    struct tg_notify notify;
    struct tg_wake wake;
    int signals;
    bool stopping;
};

/* How local numbers are read: as configured, else as on our card. */
static tg_err country_set(struct daemon *daemon, struct tg_errmsg *em)
{
    char *country = daemon->config.node.country;
    if (country[0]) return TG_OK;
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    if (!card) return TG_ENOMEM;
    tg_err err = tg_card_open(tg_buf_view(&daemon->card), card, em);
    if (err) return tg_context(em, err, "cannot use our own card");
    memcpy(country, card->country, sizeof card->country);
    return TG_OK;
}

static void on_wake(void *ctx, unsigned precedence, bool match)
{
    struct daemon *daemon = ctx;
    if (match)
        tg_wake_match(&daemon->wake);
    else
        tg_wake_alert(&daemon->wake, precedence);
}

static tg_err node_start(struct daemon *daemon, struct tg_errmsg *em)
{
    struct tg_config *config = &daemon->config;
    struct tg_node_options options = {
        .data = config->node.data,
        .card_note = tg_buf_view(&daemon->card),
        .vault = daemon->vault,
        .country = config->node.country,
        .default_audience = config->policy.default_audience,
        .review_days = (int32_t)config->policy.review_days,
        .on_wake = on_wake,
        .wake_ctx = daemon,
        .not_read_minutes = {config->policy.not_read_routine, config->policy.not_read_priority,
                             config->policy.not_read_immediate, config->policy.not_read_flash},
        .overdue_seconds = {config->policy.overdue_routine, config->policy.overdue_priority,
                            config->policy.overdue_immediate, config->policy.overdue_flash},
        .log_map_bytes = (size_t)config->store.log_map_mib * MIB,
        .index_map_bytes = (size_t)config->store.index_map_mib * MIB,
        .reserve_bytes = (uint64_t)config->store.reserve_mib * MIB,
        .clock = tg_clock_system(),
        .random = tg_random_system(),
        .events = daemon->events,
        .override_start = daemon->options->override_start,
        .discard_index = daemon->options->discard_index,
    };
    tg_err err = tg_node_new(&options, &daemon->node, em);
    if (!err) daemon->vault = NULL;
    return err;
}

static tg_err transport_start(struct daemon *daemon, struct tg_errmsg *em)
{
    const struct tg_config *config = &daemon->config;
    struct tg_transport_zmq_options options = {
        .node = daemon->node->id,
        .listen = config->net.listen,
        .heartbeat_ms = config->net.heartbeat_ms,
        .silence_ms = config->net.silence_ms,
        .handshake_ms = config->net.handshake_ms,
        .redial_max_ms = config->net.redial_max_ms,
        .clock = tg_clock_system(),
        .random = tg_random_system(),
    };
    memcpy(options.boot, daemon->node->boot, sizeof options.boot);
    tg_err err = tg_zap_new(&daemon->zap, em);
    if (err) return err;
    tg_vault_curve(daemon->node->vault, options.curve_public, options.curve_secret);
    options.has_former =
        tg_vault_curve_former(daemon->node->vault, options.former_public, options.former_secret);
    err = tg_transport_zmq_new(daemon->zap, &options, &daemon->transport, em);
    tg_wipe(options.curve_secret, sizeof options.curve_secret);
    tg_wipe(options.former_secret, sizeof options.former_secret);
    if (err) {
        tg_event(daemon->events, TG_EV_LISTEN_FAILED, TG_F_TEXT("endpoint", config->net.listen));
        return err;
    }
    const char *endpoint = tg_transport_zmq_endpoint(daemon->transport);
    if (endpoint[0]) tg_event(daemon->events, TG_EV_LISTENING, TG_F_TEXT("endpoint", endpoint));
    return tg_node_connect(daemon->node, tg_transport_zmq_ops(daemon->transport), em);
}

static tg_err link_of(void *ctx, const struct tg_hash *peer, struct tg_transport_link *ret_link)
{
    return tg_transport_zmq_link(ctx, peer, ret_link);
}

static tg_err service_start(struct daemon *daemon, struct tg_errmsg *em)
{
    struct tg_service_options options = {
        .node = daemon->node,
        .config = &daemon->config,
        .config_path = daemon->config_path,
        .owner = getuid(),
        .version = TG_VERSION,
        .link = link_of,
        .link_ctx = daemon->transport,
    };
    tg_err err = tg_service_new(&options, &daemon->service);
    if (err) return err;
    struct tg_control_handler handler = tg_service_handler(daemon->service);
    err = tg_control_server_new(daemon->config.control.socket, &handler, tg_clock_system(), &daemon->server,
                                em);
    if (err) return err;
    struct tg_service_port port = tg_service_port_of_server(daemon->server);
    tg_service_attach(daemon->service, &port);
    return TG_OK;
}

static void daemon_release(struct daemon *daemon)
{
    tg_control_server_free(daemon->server);
    tg_service_free(daemon->service);
    tg_node_free(daemon->node);
    tg_transport_zmq_free(daemon->transport);
    tg_zap_free(daemon->zap);
    tg_vault_free(daemon->vault);
    tg_events_free(daemon->events);
    tg_buf_release(&daemon->card);
    tg_notify_close(&daemon->notify);
    if (daemon->signals >= 0) (void)close(daemon->signals);
}

static tg_err daemon_start(struct daemon *daemon, struct tg_errmsg *em)
{
    const struct tg_config *config = &daemon->config;
    tg_err err = tg_events_new(STDERR_FILENO, config->log.format, config->log.level, tg_clock_system(),
                               &daemon->events);
    if (!err) err = card_read(config, &daemon->card, em);
    if (!err) err = country_set(daemon, em);
    if (!err) err = vault_open(config, &daemon->vault, em);
    bool locked = !err && tg_vault_locked(daemon->vault);
    if (!err)
        err = tg_wake_open(config->wake.fifo, config->wake.min_precedence, config->wake.matches,
                           tg_clock_system(), daemon->events, &daemon->wake, em);
    if (!err) err = node_start(daemon, em);
    if (!err) err = transport_start(daemon, em);
    if (!err) err = service_start(daemon, em);
    if (err) return err;
    tg_event(
        daemon->events, TG_EV_NODE_STARTED, TG_F_NODE("node", &daemon->node->id),
        TG_F_TEXT("country", daemon->node->card->country), TG_F_TEXT("version", TG_VERSION),
        TG_F_TEXT("socket", config->control.socket),
        TG_F_TEXT("keys", locked ? "locked in memory" : "may reach swap: raise the limit of locked memory"));
    return TG_OK;
}

/* ---- the loop ---- */

/* Signals are read like any other descriptor, so that none comes between a check and a wait. */
static tg_err signals_open(int *ret_fd, struct tg_errmsg *em)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot block signals");
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot receive signals");
    *ret_fd = fd;
    return TG_OK;
}

static int sooner(int a_ms, int b_ms)
{
    if (a_ms < 0) return b_ms;
    return b_ms < 0 || a_ms < b_ms ? a_ms : b_ms;
}

static int wait_ms(const struct daemon *daemon, bool more)
{
    if (more || tg_control_server_pending(daemon->server)) return 0;
    int ms = sooner(tg_node_timeout_ms(daemon->node), tg_control_server_timeout_ms(daemon->server));
    ms = sooner(ms, tg_notify_timeout_ms(&daemon->notify));
    return sooner(ms, tg_service_timeout_ms(daemon->service));
}

/* A terminal that was closed, or a reload that asks for what is read at the start alone, ends nobody's node. */
static void on_signal(struct daemon *daemon)
{
    struct signalfd_siginfo info;
    if (read(daemon->signals, &info, sizeof info) <= 0) return;
    if (info.ssi_signo == SIGHUP)
        tg_event_plain(daemon->events, TG_EV_HANGUP);
    else
        daemon->stopping = true;
}

/* Waits, then gives everybody a turn: network, signals, programs, the node's own work, unfinished answers. */
static tg_err turn(struct daemon *daemon, bool *more, struct tg_errmsg *em)
{
    struct pollfd fds[TG_CONTROL_FDS_MAX + 1] = {{.fd = daemon->signals, .events = POLLIN}};
    size_t clients = tg_control_server_fds(daemon->server, fds + 1);
    bool network_more = false, node_more = false;
    tg_err err = tg_transport_zmq_poll(daemon->transport, fds, clients + 1, wait_ms(daemon, *more),
                                       tg_node_on_transport, daemon->node, &network_more, em);
    if (err) return err;
    if (fds[0].revents) on_signal(daemon);
    tg_control_server_handle(daemon->server, fds + 1, clients);
    err = tg_node_work(daemon->node, &node_more, em);
    if (err) return err;
    tg_service_tick(daemon->service);
    if (tg_service_stopping(daemon->service)) daemon->stopping = true;
    tg_notify_alive(&daemon->notify);
    *more = network_more || node_more;
    return TG_OK;
}

static tg_err daemon_run(struct daemon *daemon, struct tg_errmsg *em)
{
    bool more = true;
    tg_err err = TG_OK;
    tg_notify_say(&daemon->notify, "READY=1\nSTATUS=answers and is ready for peers");
    while (!err && !daemon->stopping) err = turn(daemon, &more, em);
    tg_notify_say(&daemon->notify, "STOPPING=1");
    if (err) {
        tg_event(daemon->events, TG_EV_NODE_FAILED, TG_F_TEXT("why", tg_errmsg_text(em, err)));
        return err;
    }
    tg_event_plain(daemon->events, TG_EV_NODE_STOPPING);
    return tg_node_settle(daemon->node, em);
}

static tg_err run(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    struct daemon *daemon = calloc(1, sizeof *daemon);
    if (!daemon) return TG_ENOMEM;
    daemon->options = options;
    daemon->signals = -1;
    tg_err err = tg_notify_open(getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"), tg_clock_system(),
                                &daemon->notify, em);
    if (!err) err = config_path(options->config, daemon->config_path, em);
    if (!err) err = tg_config_read(daemon->config_path, &daemon->config, em);
    if (!err) err = signals_open(&daemon->signals, em);
    if (!err) err = daemon_start(daemon, em);
    if (!err) err = daemon_run(daemon, em);
    daemon_release(daemon);
    free(daemon);
    return err;
}

/* ---- check ---- */

static tg_err check_keys(const struct tg_config *config, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = NULL;
    bool guarded;
    tg_err err = passphrase_path(config, path, &guarded, em);
    if (err) return err;
    if (path[0] || isatty(STDIN_FILENO)) return vault_open(config, &vault, em);
    err = tg_path_join(config->node.keys, KEY_NAME, path, sizeof path, em);
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    if (!err) err = tg_file_read_private(path, TG_KEYFILE_BYTES_MAX, &bytes, em);
    if (!err) (void)fputs("no passphrase at hand: the key file was found and not opened\n", stderr);
    return err;
}

static tg_err check(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    if (!config || !card) return TG_ENOMEM;
    tg_err err = config_load(options, config, em);
    if (!err) err = card_read(config, &note, em);
    if (!err) err = tg_card_open(tg_buf_view(&note), card, em);
    if (!err) err = check_keys(config, em);
    if (err) return err;
    char id[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&card->node, id);
    const char *listen = config->net.listen;
    (void)printf("configuration is good: node %s (%s), %s%s, control socket %s\n", id, card->country,
                 listen[0] ? "listens at " : "dials only", listen, config->control.socket);
    return TG_OK;
}

static tg_err check_config(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    if (!config) return TG_ENOMEM;
    tg_err err = config_load(options, config, em);
    if (!err) (void)puts("configuration is good");
    return err;
}

/* ---- main ---- */

/* No core dump holds a key, nobody attaches, and what we make is ours alone. */
static tg_err harden(struct tg_errmsg *em)
{
    const struct rlimit none = {0, 0};
    (void)umask(077);
    if (setrlimit(RLIMIT_CORE, &none))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot forbid core dumps");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot forbid memory dumps");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot give up privileges");
    /* Every peer takes several descriptors, and libzmq without any left spins: take all that we may have. */
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    return TG_OK;
}

static tg_err version_print(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    (void)options;
    (void)em;
    (void)printf("tamgad %s\n", TG_VERSION);
    return TG_OK;
}

static tg_err help(const struct tg_daemon_options *options, struct tg_errmsg *em)
{
    (void)options;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_daemon_help(&text);
    if (err) return tg_fail(em, err, "cannot show help: out of memory");
    (void)fwrite(text.data, 1, text.bytes, stdout);
    return TG_OK;
}

static tg_err (*const actions[])(const struct tg_daemon_options *options, struct tg_errmsg *em) = {
    [TG_DAEMON_RUN] = run,
    [TG_DAEMON_CHECK] = check,
    [TG_DAEMON_CHECK_CONFIG] = check_config,
    [TG_DAEMON_PRINT_CONFIG] = config_print,
    [TG_DAEMON_VERSION] = version_print,
    [TG_DAEMON_HELP] = help,
};

int main(int count, char **words)
{
    struct tg_daemon_options options;
    struct tg_errmsg em = {.text = ""};
    tg_err err = tg_daemon_options_read(count, words, &options, &em);
    if (!err) err = harden(&em);
    if (!err) err = tg_crypto_init(&em);
    if (!err) err = actions[options.action](&options, &em);
    if (!err) return 0;
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const char *text = tg_errmsg_text(&em, err);
    bool escaped = !tg_text_escape(tg_view_str(text), &line) && !tg_buf_put(&line, "", 1);
    (void)fprintf(stderr, "tamgad: %s\n", escaped ? (const char *)line.data : text);
    return tg_err_exit_code(err);
}
