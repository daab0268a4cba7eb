/* A file to be screened: what it is, and its bytes.
 */
#include "cli/screen_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/docx_text.h"

#define DOCUMENT_FD 3
#define DOCUMENT_PATH "/dev/fd/3" /* whatever the file is called, its name is no option and no pattern */

static const struct converter {
    enum tg_screen_kind kind;
    const char *path, *package;
    const char *argv[8];
} converters[] = {
    {TG_SCREEN_PDF,
     "/usr/bin/pdftotext",
     "poppler-utils",
     {"pdftotext", "-q", "-enc", "UTF-8", DOCUMENT_PATH, "-", NULL}},
    {TG_SCREEN_DOCX, "/usr/bin/unzip", "unzip", {"unzip", "-p", DOCUMENT_PATH, "word/document.xml", NULL}},
};

/* ---- the file ---- */

static tg_err file_open(struct tg_screen_input *input, struct tg_errmsg *em)
{
    struct stat about;
    if (strcmp(input->path, "-") == 0)
        input->file = stdin;
    else if (!(input->file = fopen(input->path, "re")))
        return errno == ENOENT ? tg_fail(em, TG_ENOENT, "no file '%s'", input->path)
                               : tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", input->path);
    if (fstat(fileno(input->file), &about) != 0)
        return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", input->path);
    if (S_ISDIR(about.st_mode)) return tg_fail(em, TG_EIO, "cannot read '%s': it is a folder", input->path);
    if (S_ISREG(about.st_mode)) input->file_bytes = (uint64_t)about.st_size;
    input->front_bytes = fread(input->front, 1, sizeof input->front, input->file);
    if (ferror(input->file)) return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", input->path);
    return TG_OK;
}

static bool begins(const struct tg_screen_input *input, const char *mark, size_t bytes)
{
    return input->front_bytes >= bytes && memcmp(input->front, mark, bytes) == 0;
}

/* Many zeros or other controls are no text's, but for those of UTF-16, which all stand on one side of its pairs. */
static bool is_binary(const struct tg_screen_input *input)
{
    size_t zeros[2] = {0, 0}, controls = 0, bytes = input->front_bytes;
    bool marked =
        begins(input, "\xFF\xFE", 2) || begins(input, "\xFE\xFF", 2) || begins(input, "\0\0\xFE\xFF", 4);
    for (size_t i = 0; i < bytes; i++) {
        uint8_t c = input->front[i];
        zeros[i % 2] += c == 0;
        controls += c && c < ' ' && c != 0x1B && !(c >= '\t' && c <= '\r');
    }
    size_t all = zeros[0] + zeros[1], fewer = zeros[0] < zeros[1] ? zeros[0] : zeros[1];
    bool utf16 = marked || (4 * all > bytes && 16 * fewer < all);
    return !utf16 && (64 * all > bytes || 32 * controls > bytes);
}

static tg_err kind_see(struct tg_screen_input *input, enum tg_screen_kind asked, struct tg_errmsg *em)
{
    input->kind = asked;
    if (asked != TG_SCREEN_AUTO) return TG_OK;
    if (begins(input, "%PDF-", 5)) input->kind = TG_SCREEN_PDF;
    if (begins(input, "PK\003\004", 4)) input->kind = TG_SCREEN_DOCX;
    if (input->kind != TG_SCREEN_AUTO || !is_binary(input)) return TG_OK;
    return tg_fail(em, TG_EFORMAT,
                   "'%s' is no text, table, PDF or DOCX; '--as text' looks through it all the same",
                   input->path);
}

/* ---- the converter ---- */

static void limit_set(int what, rlim_t most)
{
    struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
    (void)setrlimit(what, &limit);
}

static _Noreturn void converter_run(const struct converter *converter, int document, int out)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    limit_set(RLIMIT_CPU, TG_CONVERT_CPU_S);
    limit_set(RLIMIT_AS, TG_CONVERT_MEMORY_BYTES);
    limit_set(RLIMIT_CORE, 0);
    limit_set(RLIMIT_FSIZE, 0);
    int kept = fcntl(document, F_DUPFD, 10), pipe_end = fcntl(out, F_DUPFD, 10);
    bool ready = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
                 dup2(pipe_end, STDOUT_FILENO) >= 0 && dup2(kept, DOCUMENT_FD) >= 0;
    (void)close_range(DOCUMENT_FD + 1, ~0U, 0);
    if (ready)
        (void)execve(converter->path, (char *const *)(uintptr_t)converter->argv,
                     (char *const *)(uintptr_t)environment);
    _exit(127);
}

static tg_err converter_start(struct tg_screen_input *input, const struct converter *converter,
                              struct tg_errmsg *em)
{
    int ends[2];
    if (!input->file_bytes)
        return tg_fail(em, TG_EUSAGE, "a %s cannot be read through a pipe: save it and give the file",
                       converter->kind == TG_SCREEN_PDF ? "PDF" : "DOCX");
    if (access(converter->path, X_OK) != 0)
        return tg_fail(em, TG_ESYSTEM, "'%s' needs %s: install it with 'apt install %s'", input->path,
                       converter->argv[0], converter->package);
    if (pipe2(ends, O_CLOEXEC) != 0) return tg_fail_errno(em, TG_EIO, errno, "cannot make a pipe");
    input->program = converter->argv[0];
    input->converter = fork();
    if (input->converter == 0) converter_run(converter, fileno(input->file), ends[1]);
    (void)close(ends[1]);
    input->pipe = ends[0];
    if (input->converter < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot start %s", input->program);
    if (converter->kind != TG_SCREEN_DOCX) return TG_OK;
    input->docx = tg_docx_text_new();
    return input->docx ? TG_OK : tg_fail(em, TG_ENOMEM, "out of memory");
}

tg_err tg_screen_input_open(struct tg_screen_input *input, const char *path, enum tg_screen_kind asked,
                            struct tg_errmsg *em)
{
    *input = (struct tg_screen_input){.path = path, .pipe = -1};
    tg_err err = file_open(input, em);
    if (!err) err = kind_see(input, asked, em);
    for (size_t i = 0; !err && i < sizeof converters / sizeof converters[0]; i++)
        if (converters[i].kind == input->kind) err = converter_start(input, &converters[i], em);
    return err;
}

/* Its word on the document, once it has said all. */
static tg_err converter_end(struct tg_screen_input *input, struct tg_errmsg *em)
{
    int status = 0;
    pid_t ended = input->converter > 0 ? waitpid(input->converter, &status, 0) : 0;
    if (!ended) return TG_OK;
    input->converter = 0;
    if (WIFSIGNALED(status))
        return tg_fail(em, TG_EFORMAT, "%s was ended by signal %d on '%s': is it damaged, or huge?",
                       input->program, WTERMSIG(status), input->path);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return tg_fail(em, TG_EFORMAT,
                       "%s cannot read '%s' (it ended with %d): is it damaged, or under a password?",
                       input->program, input->path, WEXITSTATUS(status));
    return TG_OK;
}

static tg_err pipe_read(struct tg_screen_input *input, void *out, size_t bytes_max, size_t *ret_bytes,
                        struct tg_errmsg *em)
{
    struct pollfd ready = {.fd = input->pipe, .events = POLLIN};
    int polled;
    while ((polled = poll(&ready, 1, TG_CONVERT_WAIT_MS)) < 0 && errno == EINTR) continue;
    if (!polled)
        return tg_fail(em, TG_EBUSY, "%s says nothing for %d s on '%s'", input->program,
                       TG_CONVERT_WAIT_MS / 1000, input->path);
    ssize_t got = read(input->pipe, out, bytes_max);
    if (got < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read from %s", input->program);
    input->read_bytes += (uint64_t)got;
    if (input->read_bytes > TG_CONVERTED_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "'%s' unpacks to more than 4 GiB: what came before was screened",
                       input->path);
    *ret_bytes = (size_t)got;
    return got ? TG_OK : converter_end(input, em);
}

static tg_err docx_read(struct tg_screen_input *input, void *out, size_t bytes_max, size_t *ret_bytes,
                        struct tg_errmsg *em)
{
    uint8_t xml[16384];
    for (;;) {
        size_t got = 0, given = tg_docx_text_take(input->docx, out, bytes_max);
        *ret_bytes = given;
        if (given || tg_docx_text_ended(input->docx)) return TG_OK;
        tg_err err = pipe_read(input, xml, sizeof xml, &got, em);
        if (!err) err = tg_docx_text_feed(input->docx, tg_view_of(xml, got), em);
        if (err) return tg_context(em, err, "'%s'", input->path);
    }
}

tg_err tg_screen_input_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct tg_screen_input *input = ctx;
    if (input->docx) return docx_read(input, out, bytes_max, ret_bytes, em);
    if (input->pipe >= 0) return pipe_read(input, out, bytes_max, ret_bytes, em);
    size_t waiting = input->front_bytes - input->front_at;
    size_t bytes = waiting < bytes_max ? waiting : bytes_max;
    memcpy(out, input->front + input->front_at, bytes);
    input->front_at += bytes;
    if (!bytes) bytes = fread(out, 1, bytes_max, input->file);
    if (!bytes && ferror(input->file))
        return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", input->path);
    input->read_bytes += bytes;
    *ret_bytes = bytes;
    return TG_OK;
}

void tg_screen_input_release(struct tg_screen_input *input)
{
    if (input->converter > 0) {
        (void)kill(input->converter, SIGKILL);
        (void)waitpid(input->converter, NULL, 0);
    }
    if (input->pipe >= 0) (void)close(input->pipe);
    if (input->file && input->file != stdin) (void)fclose(input->file);
    tg_docx_text_free(input->docx);
}
