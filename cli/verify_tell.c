/* How `verify` tells an answer: steps, points, cosignatures, refusals; and how it reads folders.
 *
 * Knows no kind of thing.
 */
#include <stdarg.h>

#include "base/file.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "cli/verify.h"

#define EXIT_SYSTEM 4

void tg_verify_point(struct tg_cli *cli, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tg_put_wrapped(cli, "  - ", 4, tg_view_str(text));
}

void tg_verify_steps_put(struct tg_cli *cli, const struct tg_verify_step *steps, size_t count, size_t failed,
                         unsigned none)
{
    for (size_t i = 0; i < count; i++) {
        bool reached = i < failed, nothing = reached && (none >> i & 1);
        char first[48];
        (void)snprintf(first, sizeof first, "  %-5s %-21s",
                       i == failed ? "FAIL"
                       : nothing   ? "none"
                       : reached   ? "ok"
                                   : "-",
                       steps[i].name);
        tg_put_wrapped(cli, first, 29, tg_view_str(reached && !nothing ? steps[i].text : ""));
    }
}

void tg_verify_cosigned_proven(struct tg_cli *cli, const struct tg_cosigned *cosigned)
{
    if (cosigned->seen)
        tg_verify_point(cli,
                        "%zu witness%s whose card is at hand saw that head and no other history of this log",
                        cosigned->seen, cosigned->seen == 1 ? "" : "es");
    if (!tg_cosigned_settled(cosigned)) return;
    tg_verify_point(cli,
                    "the head is settled: %zu of the %zu on the origin's card cosigned it, it takes %zu%s",
                    cosigned->listed, cosigned->witnesses, cosigned->needed,
                    cosigned->witnesses < 3 ? " (equivocation would be detected, not excluded)" : "");
}

void tg_verify_cosigned_not_proven(struct tg_cli *cli, const struct tg_cosigned *cosigned)
{
    if (!cosigned->seen)
        tg_verify_point(
            cli,
            "that the log has no second history: no witness whose card is at hand has cosigned this head");
    else
        tg_verify_point(cli, "that the log has no second history beyond what these witnesses saw");
    if (tg_cosigned_settled(cosigned)) return;
    if (!cosigned->witnesses)
        tg_verify_point(cli, "that the head is settled: the origin's card lists no witness");
    else
        tg_verify_point(
            cli,
            "that the head is settled: %zu of the %zu witnesses on the origin's card cosigned it, as "
            "far as their cards are at hand, and it takes %zu",
            cosigned->listed, cosigned->witnesses, cosigned->needed);
}

void tg_verify_json_begin(struct tg_json *json, const char *kind, tg_err verdict, const char *step,
                          const struct tg_errmsg *em)
{
    tg_json_begin(json, "verify");
    tg_json_text(json, "kind", tg_view_str(kind));
    tg_json_raw(json, "valid", tg_view_str(verdict ? "false" : "true"));
    tg_json_text(json, "step", tg_view_str(verdict ? step : ""));
    tg_json_text(json, "error", tg_view_str(verdict ? tg_err_name(verdict) : ""));
    tg_json_text(json, "why", tg_view_str(verdict ? tg_errmsg_text(em, verdict) : ""));
}

void tg_verify_json_cosigned(struct tg_json *json, const struct tg_cosigned *cosigned)
{
    tg_json_number(json, "cosignatures", (int64_t)cosigned->seen);
    tg_json_number(json, "witnesses", (int64_t)cosigned->witnesses);
    tg_json_number(json, "witnesses_needed", (int64_t)cosigned->needed);
    tg_json_raw(json, "settled", tg_view_str(tg_cosigned_settled(cosigned) ? "true" : "false"));
}

tg_err tg_verify_refused(struct tg_verifying *verifying, const char *kind, const struct tg_verify_step *steps,
                         size_t count, size_t failed, tg_err verdict, struct tg_errmsg *em)
{
    struct tg_cli *cli = verifying->cli;
    if (failed >= count || tg_err_exit_code(verdict) == EXIT_SYSTEM)
        return tg_context(em, verdict, "'%s' could not be checked", verifying->path);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_verify_json_begin(&json, kind, verdict, steps[failed].name, em);
        tg_err err = tg_json_put(&json, cli);
        if (err) return err;
    } else {
        tg_put(cli, "NOT VALID  the damaged part is: %s\n\n", steps[failed].name);
        tg_verify_steps_put(cli, steps, count, failed, verifying->none);
    }
    return tg_context(em, verdict, "'%s' is refused", verifying->path);
}

/* ---- folders ---- */

static tg_err folder_read(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out,
                          struct tg_errmsg *em)
{
    const struct tg_verify_folder *folder = ctx;
    char whole[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(folder->path, path, whole, sizeof whole, em);
    return err ? err : tg_file_read(whole, bytes_max, out, em);
}

static tg_err folder_progress(void *ctx, uint64_t done, uint64_t total)
{
    const struct tg_verify_folder *folder = ctx;
    if (folder->progress) tg_progress_at(folder->progress, done, total, done);
    return tg_interrupt_check(NULL);
}

struct tg_tiles_source tg_verify_source(struct tg_verify_folder *folder)
{
    return (struct tg_tiles_source){.read = folder_read, .ctx = folder, .progress = folder_progress};
}
