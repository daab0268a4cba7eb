/* config check, config print: the settings of a node, without the node.
 *
 * Opens nothing that they name. The table of settings is proto/config.c; described in tamga.conf(5).
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "proto/config.h"

#define PATH_BYTES 4096
#define CONFIG_NAME "tamga.conf"
#define CONFIG_DEFAULT "/etc/tamga/tamga.conf"

const struct tg_option tg_config_print_options[] = {
    {"defaults", 0, TG_OPTION_FLAG, false, NULL, "every setting as it is when no file sets it", NULL, 0, 0},
    TG_OPTION_END,
};

/* The word, a file or a folder; else the folder of --data or TAMGA_DIR; else the service's. */
static tg_err path_find(const struct tg_cli *cli, const struct tg_args *args, char out[static PATH_BYTES],
                        struct tg_errmsg *em)
{
    struct stat info;
    const char *given = args->word_count ? args->words[0] : cli->data;
    if (!given) given = getenv("TAMGA_DIR");
    if (!given || !given[0]) given = CONFIG_DEFAULT;
    if (!stat(given, &info) && S_ISDIR(info.st_mode))
        return tg_path_join(given, CONFIG_NAME, out, PATH_BYTES, em);
    int bytes = snprintf(out, PATH_BYTES, "%s", given);
    return bytes < PATH_BYTES ? TG_OK : tg_fail(em, TG_ELIMIT, "path '%.100s...' is too long", given);
}

tg_err tg_cmd_config_check(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    char path[PATH_BYTES];
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    if (!config) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = path_find(cli, args, path, em);
    if (!err) err = tg_config_read(path, config, em);
    if (err) return err;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "config");
        tg_json_text(&json, "path", tg_view_str(path));
        tg_json_text(&json, "result", tg_view_str("ok"));
        return tg_json_put(&json, cli);
    }
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    err = tg_text_escape(tg_view_str(path), &safe);
    if (!err) tg_put(cli, "settings are good: %.*s\n", TG_VIEW_PRINT(tg_buf_view(&safe)));
    return err;
}

static tg_err put_machine(struct tg_cli *cli, const struct tg_config *config)
{
    struct tg_config_key key;
    char takes[TG_CONFIG_TAKES_BYTES];
    tg_err err = TG_OK;
    bool json_wanted = cli->format == TG_FORMAT_JSON;
    if (!json_wanted) tg_put(cli, "section\tkey\tvalue\tdefault\tmeaning\n");
    for (size_t i = 0; !err && tg_config_key_at(i, &key, takes); i++) {
        TG_AUTO(tg_buf) struct tg_buf value = {0}, line = {0};
        err = tg_config_value_at(config, i, &value);
        if (err) break;
        if (json_wanted) {
            struct tg_json json;
            tg_json_begin(&json, "setting");
            tg_json_text(&json, "section", tg_view_str(key.section));
            tg_json_text(&json, "key", tg_view_str(key.name));
            tg_json_text(&json, "value", tg_buf_view(&value));
            tg_json_text(&json, "default", tg_view_str(key.fallback));
            tg_json_text(&json, "meaning", tg_view_str(key.doc));
            err = tg_json_put(&json, cli);
            continue;
        }
        err = tg_text_escape(tg_buf_view(&value), &line);
        if (!err)
            tg_put(cli, "%s\t%s\t%.*s\t%s\t%s\n", key.section, key.name, TG_VIEW_PRINT(tg_buf_view(&line)),
                   key.fallback, key.doc);
    }
    return err;
}

tg_err tg_cmd_config_print(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    char path[PATH_BYTES];
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    if (!config) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_config_defaults(config);
    tg_err err = TG_OK;
    if (!tg_args_has(args, "defaults")) {
        err = path_find(cli, args, path, em);
        if (!err) err = tg_config_read(path, config, em);
        if (err) return err;
    }
    if (cli->format != TG_FORMAT_TEXT) return put_machine(cli, config);
    err = tg_config_print(config, &text);
    if (err) return tg_fail(em, err, "out of memory");
    (void)fwrite(text.data, 1, text.bytes, cli->out);
    return TG_OK;
}
