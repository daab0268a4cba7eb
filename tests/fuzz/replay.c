/* Runs every file of the given folders through a fuzz target: the corpus as an ordinary test.
 *
 * An empty or missing folder fails, so that a lost corpus is noticed.
 */
#include <dirent.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "fuzz.h"

#define INPUT_BYTES_MAX (1u << 24)

static int replay_file(const char *folder, const char *name)
{
    TG_AUTO(tg_buf) struct tg_buf input = {0};
    char path[4096];
    struct tg_errmsg em = {0};
    tg_err err = tg_path_join(folder, name, path, sizeof path, &em);
    if (!err) err = tg_file_read(path, INPUT_BYTES_MAX, &input, &em);
    if (err) {
        fprintf(stderr, "%s\n", tg_errmsg_text(&em, err));
        return 1;
    }
    (void)LLVMFuzzerTestOneInput(input.data ? input.data : (const uint8_t *)"", input.bytes);
    return 0;
}

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    int failed = 0;
    size_t files = 0;
    if (!dir) {
        fprintf(stderr, "no folder '%s'\n", folder);
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        failed += replay_file(folder, entry->d_name);
        files++;
    }
    closedir(dir);
    printf("%s: %zu inputs\n", folder, files);
    return failed || !files;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) failed |= replay_folder(argv[i]);
    return failed;
}
