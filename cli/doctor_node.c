/* doctor: what the node says of itself and of its partners.
 *
 * One verb, `doctor`, asked once; the checks read what came.
 */
#include "cli/doctor.h"
#include "cli/session.h"

static void take_text(const struct tg_control_msg *msg, const char *name, char *out, size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%s", tg_control_text(msg, name, ""));
}

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_doctor *doctor = ctx;
    if (!tg_row_is(msg, "peer") || doctor->peer_count == TG_PEERS_MAX) return TG_OK;
    struct tg_doctor_peer *peer = &doctor->peers[doctor->peer_count++];
    take_text(msg, "country", peer->country, sizeof peer->country);
    take_text(msg, "state", peer->state, sizeof peer->state);
    take_text(msg, "trouble", peer->trouble, sizeof peer->trouble);
    take_text(msg, "software", peer->software, sizeof peer->software);
    peer->enrolled_us = tg_control_number(msg, "enrolled_us", 0);
    peer->greeted = tg_control_number(msg, "greeted", 0);
    peer->skew_ms = tg_control_number(msg, "skew_ms", 0);
    peer->oddities = tg_control_number(msg, "oddities", 0);
    peer->seconds = tg_control_number(msg, "seconds", 0);
    peer->overdue = tg_control_number(msg, "overdue", 0);
    take_text(msg, "refused_refs", peer->refused, sizeof peer->refused);
    peer->we_refused = tg_control_number(msg, "we_refused", 0);
    peer->we_not_understood = tg_control_number(msg, "we_not_understood", 0);
    peer->withdrawals_open = tg_control_number(msg, "withdrawals_open", 0);
    return TG_OK;
}

static void facts_take(struct tg_doctor_facts *facts, const struct tg_control_msg *done)
{
    facts->uid = tg_control_number(done, "uid", 0);
    facts->memlock = tg_control_number(done, "memlock", 0);
    facts->files = tg_control_number(done, "files", 0);
    facts->files_open = tg_control_number(done, "files_open", 0);
    facts->memory = tg_control_number(done, "memory", 0);
    facts->core = tg_control_number(done, "core", 0);
    facts->locked = tg_control_number(done, "locked", 0);
    facts->behind = tg_control_number(done, "behind", 0);
    facts->maps = tg_control_number(done, "maps", 0);
    facts->key_left = tg_control_number(done, "key_left", -1);
    facts->seal_days = tg_control_number(done, "seal_days", -1);
    facts->card_waits = tg_control_number(done, "card_waits", 0);
    take_text(done, "version", facts->version, sizeof facts->version);
    take_text(done, "waiting", facts->waiting, sizeof facts->waiting);
    take_text(done, "stale", facts->stale, sizeof facts->stale);
    take_text(done, "forked", facts->forked, sizeof facts->forked);
}

void tg_doctor_ask(struct tg_doctor *doctor)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    struct tg_cli *cli = doctor->cli;
    if (!cli->socket) cli->socket = doctor->config->control.socket;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "doctor");
    doctor->node_err = tg_session_call(cli, &request, on_row, doctor, &arena, &done, &doctor->node_em);
    doctor->node = TG_NODE_TALKS;
    if (!doctor->node_err) facts_take(&doctor->facts, &done);
    if (doctor->node_err == TG_EUNREACHABLE) doctor->node = TG_NODE_STOPPED;
    if (doctor->node_err && doctor->node_err != TG_EUNREACHABLE) doctor->node = TG_NODE_CLOSED;
}

/* ---- the node itself ---- */

enum tg_doctor_level tg_doctor_running(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_OK, "it runs");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "the node does not run");
}

enum tg_doctor_level tg_doctor_talks(struct tg_doctor *doctor)
{
    if (doctor->node == TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "it does not run");
    if (doctor->node == TG_NODE_TALKS) return tg_doctor_say(doctor, TG_DOCTOR_OK, "it answers this user");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "what only the node sees is not looked at: %s",
                         tg_errmsg_text(&doctor->node_em, doctor->node_err));
}

static enum tg_doctor_level silent(struct tg_doctor *doctor)
{
    return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "only a node that runs can say");
}

enum tg_doctor_level tg_doctor_version(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (strcmp(doctor->facts.version, TG_VERSION) == 0)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s", TG_VERSION);
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "the node is version %s, this program is %s",
                         doctor->facts.version, TG_VERSION);
}

enum tg_doctor_level tg_doctor_quarantine(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (!doctor->facts.waiting[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "it may");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the node appends nothing: %s", doctor->facts.waiting);
}

enum tg_doctor_level tg_doctor_index(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (doctor->facts.behind <= TG_DOCTOR_BEHIND_MAX)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "up to date");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "%lld records are not on disk in the index yet",
                         (long long)doctor->facts.behind);
}

enum tg_doctor_level tg_doctor_log_key(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    int64_t left = doctor->facts.key_left;
    if (left < 0) return tg_doctor_say(doctor, TG_DOCTOR_OK, "good for every entry to come");
    enum tg_doctor_level level = left ? TG_DOCTOR_WARNING : TG_DOCTOR_PROBLEM;
    return tg_doctor_say(doctor, level, "the card lets the log key sign %lld more entries", (long long)left);
}

enum tg_doctor_level tg_doctor_seal_key(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    long long days = (long long)doctor->facts.seal_days;
    enum tg_doctor_level level = days > TG_SEAL_KEY_DAYS ? TG_DOCTOR_WARNING : TG_DOCTOR_OK;
    if (days < 0) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "its age is not known");
    return tg_doctor_say(doctor, level, "%lld day%s old", days, days == 1 ? "" : "s");
}

enum tg_doctor_level tg_doctor_card_waits(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (!doctor->facts.card_waits) return tg_doctor_say(doctor, TG_DOCTOR_OK, "in use");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING,
                         "a newer card is installed, and its keys wait for the next start");
}

enum tg_doctor_level tg_doctor_forks(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (!doctor->facts.forked[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "as far as partners tell");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "two were signed by %s: nothing of it is taken",
                         doctor->facts.forked);
}

enum tg_doctor_level tg_doctor_witnesses(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (!doctor->facts.stale[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "where the card names witnesses");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "not for three intervals: %s", doctor->facts.stale);
}

/* ---- partners ---- */

enum tg_doctor_level tg_doctor_peers(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    if (doctor->peer_count) return tg_doctor_say(doctor, TG_DOCTOR_OK, "%zu enrolled", doctor->peer_count);
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "no partner is enrolled");
}

/* "KG (why); UZ (why)" of all partners that are wrong in one way. why may write "" for none. */
static enum tg_doctor_level faults(struct tg_doctor *doctor, enum tg_doctor_level level, const char *well,
                                   bool (*wrong)(const struct tg_doctor_peer *peer, char *why,
                                                 size_t why_bytes))
{
    char text[TG_DOCTOR_DETAIL_BYTES] = "", why[200];
    size_t at = 0;
    if (doctor->node != TG_NODE_TALKS) return silent(doctor);
    for (size_t i = 0; i < doctor->peer_count && at < sizeof text; i++) {
        why[0] = '\0';
        if (!wrong(&doctor->peers[i], why, sizeof why)) continue;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%s%s", at ? "; " : "",
                               doctor->peers[i].country, why[0] ? ": " : "", why);
    }
    return at ? tg_doctor_say(doctor, level, "%s", text) : tg_doctor_say(doctor, TG_DOCTOR_OK, "%s", well);
}

static bool link_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    if (strcmp(peer->state, "up") == 0) return false;
    bool nowhere = strcmp(peer->state, "no-endpoint") == 0;
    (void)snprintf(why, why_bytes, "%s",
                   peer->trouble[0] ? peer->trouble
                   : nowhere        ? "its card names no endpoint, and it does not dial us"
                                    : "no link");
    return true;
}

static bool enrolled_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)why, (void)why_bytes;
    /* Who does not admit us never greets. */
    return peer->greeted ? !peer->enrolled_us : strstr(peer->trouble, "does not admit us") != NULL;
}

static bool clock_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    int64_t size = peer->skew_ms < 0 ? -peer->skew_ms : peer->skew_ms;
    (void)snprintf(why, why_bytes, "%lld s %s ours", (long long)(size / 1000),
                   peer->skew_ms < 0 ? "behind" : "ahead of");
    return peer->greeted && size > TG_SERVICE_SKEW_MS_MAX;
}

static bool version_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%s", peer->software);
    return peer->greeted && !strstr(peer->software, TG_VERSION);
}

static bool overdue_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%lld envelopes, %lld withdrawals", (long long)peer->overdue,
                   (long long)peer->withdrawals_open);
    return peer->overdue > 0;
}

static bool refusals_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%s", peer->refused);
    return peer->refused[0] != '\0';
}

static bool refused_here_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%lld refused, %lld not understood", (long long)peer->we_refused,
                   (long long)peer->we_not_understood);
    return peer->we_refused || peer->we_not_understood;
}

static bool oddities_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%lld", (long long)peer->oddities);
    return peer->oddities > 0;
}

static bool clones_wrong(const struct tg_doctor_peer *peer, char *why, size_t why_bytes)
{
    (void)snprintf(why, why_bytes, "%lld tries", (long long)peer->seconds);
    return peer->seconds > 0;
}

enum tg_doctor_level tg_doctor_peer_clones(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_PROBLEM, "no second one has tried", clones_wrong);
}

enum tg_doctor_level tg_doctor_peer_links(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_PROBLEM, "all are up", link_wrong);
}

enum tg_doctor_level tg_doctor_peer_enrolled(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_PROBLEM, "all whom we reach have enrolled us", enrolled_wrong);
}

enum tg_doctor_level tg_doctor_peer_clocks(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_PROBLEM, "the same as ours", clock_wrong);
}

enum tg_doctor_level tg_doctor_peer_versions(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_WARNING, "the same as ours", version_wrong);
}

enum tg_doctor_level tg_doctor_peer_overdue(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_WARNING, "nothing is overdue", overdue_wrong);
}

enum tg_doctor_level tg_doctor_peer_refusals(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_WARNING, "they take all", refusals_wrong);
}

enum tg_doctor_level tg_doctor_peer_refused_here(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_WARNING, "all of it", refused_here_wrong);
}

enum tg_doctor_level tg_doctor_peer_oddities(struct tg_doctor *doctor)
{
    return faults(doctor, TG_DOCTOR_WARNING, "none", oddities_wrong);
}
