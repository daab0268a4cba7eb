/* The configuration file: every key, what is refused and how it is said, and printing that reads back. */
#include <criterion/criterion.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "node/config_roles.h"

static struct tg_errmsg em;

static tg_err parse(const char *text, struct tg_config *config)
{
    em.text[0] = '\0';
    return tg_config_parse(tg_view_str(text), "tamga.conf", "/etc/tamga", config, &em);
}

Test(config, empty_file_is_the_defaults)
{
    struct tg_config config, defaults;
    memset(&config, 0xff, sizeof config);
    cr_assert_eq(parse("", &config), TG_OK, "%s", em.text);
    tg_config_defaults(&defaults);
    cr_expect_str_eq(config.node.data, "/var/lib/tamga");
    cr_expect_str_eq(config.node.keys, "/var/lib/tamga/keys");
    cr_expect_str_eq(config.control.socket, "/var/lib/tamga/control.sock");
    cr_expect_str_eq(config.net.listen, "");
    cr_expect_eq(config.net.heartbeat_ms, TG_HEARTBEAT_MS);
    cr_expect_eq(config.net.silence_ms, TG_SILENCE_MS);
    cr_expect_eq(config.net.handshake_ms, TG_HANDSHAKE_MS);
    cr_expect_eq(config.net.redial_max_ms, TG_REDIAL_MAX_MS);
    cr_expect(config.policy.flash_confirm);
    cr_expect_eq(config.log.format, TG_LOG_TEXT);
    cr_expect_eq(config.log.level, TG_LEVEL_INFO);
    cr_expect_str_eq(defaults.node.keys, config.node.keys);
    cr_expect_eq(defaults.net.silence_ms, config.net.silence_ms);
}

static const char full[] = "# comment\n"
                           "[node]\n"
                           "data = .\n"
                           "keys = secret/keys\r\n"
                           "passphrase = /etc/tamga/passphrase ; inline\n"
                           "country = TJ\n"
                           "[net]\n"
                           "listen = tcp://127.0.0.1:7701\n"
                           "heartbeat_ms = 1000\n"
                           "silence_ms=2000\n"
                           "\n"
                           "[control]\n"
                           "socket = run/control.sock\n"
                           "analyst = alice, bob @analysts\n"
                           "    carol,\n"
                           "\tdave\n"
                           "officer = 1000\n"
                           "[policy]\n"
                           "default_audience = KG, UZ\n"
                           "flash_confirm = no\n"
                           "[log]\n"
                           "format = json\n"
                           "level = warning\n"
                           "[store]\n"
                           "log_map_mib = 1\n";

Test(config, full_file_is_read)
{
    struct tg_config config;
    cr_assert_eq(parse(full, &config), TG_OK, "%s", em.text);
    cr_expect_str_eq(config.node.data, "/etc/tamga");
    cr_expect_str_eq(config.node.keys, "/etc/tamga/secret/keys");
    cr_expect_str_eq(config.node.passphrase, "/etc/tamga/passphrase");
    cr_expect_str_eq(config.node.country, "TJ");
    cr_expect_str_eq(config.net.listen, "tcp://127.0.0.1:7701");
    cr_expect_eq(config.net.silence_ms, 2000);
    cr_expect_str_eq(config.control.socket, "/etc/tamga/run/control.sock");
    cr_expect_str_eq(config.control.analyst, "alice, bob, @analysts, carol, dave");
    cr_expect_str_eq(config.control.officer, "1000");
    cr_expect_str_eq(config.policy.default_audience, "KG, UZ");
    cr_expect_not(config.policy.flash_confirm);
    cr_expect_eq(config.log.format, TG_LOG_JSON);
    cr_expect_eq(config.log.level, TG_LEVEL_WARNING);
    cr_expect_eq(config.store.log_map_mib, 1);
}

Test(config, printed_file_reads_back_to_the_same)
{
    struct tg_config config, again;
    TG_AUTO(tg_buf) struct tg_buf first = {.data = NULL};
    TG_AUTO(tg_buf) struct tg_buf second = {.data = NULL};
    cr_assert_eq(parse(full, &config), TG_OK);
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, ", officer-number-%d", i);
        strcat(config.control.officer, name);
    }
    cr_assert_eq(tg_config_print(&config, &first), TG_OK);
    cr_assert_eq(tg_config_parse(tg_buf_view(&first), "printed", NULL, &again, &em), TG_OK, "%s", em.text);
    cr_expect_str_eq(again.control.officer, config.control.officer);
    cr_expect_str_eq(again.node.keys, config.node.keys);
    cr_assert_eq(tg_config_print(&again, &second), TG_OK);
    cr_expect(tg_view_equal(tg_buf_view(&first), tg_buf_view(&second)));
}

Test(config, what_is_wrong_is_said_with_line_and_remedy)
{
    static const struct {
        const char *text;
        tg_err err;
        const char *says;
    } rows[] = {
        {"[nod]\n", TG_EVALUE, "tamga.conf:1: unknown section 'nod': did you mean 'node'?"},
        {"[gateway]\nx = 1\n", TG_EVALUE,
         "tamga.conf:1: unknown section 'gateway'; see 'tamga config print --defaults'"},
        {"[net]\n\nlissten = x\n", TG_EVALUE,
         "tamga.conf:3: unknown key 'lissten' in [net]: did you mean 'listen'?"},
        {"[node]\nlisten = x\n", TG_EVALUE,
         "tamga.conf:2: unknown key 'listen' in [node]: it belongs into [net]"},
        {"[net]\nfoobarbaz = x\n", TG_EVALUE, "tamga.conf:2: unknown key 'foobarbaz' in [net]; see"},
        {"data = /x\n", TG_EVALUE, "tamga.conf:1: unknown section ''"},
        {"[net]\nlisten = ipc:///x\n", TG_EVALUE,
         "tamga.conf:2: listen = 'ipc:///x': not of the form tcp://"},
        {"[net]\nheartbeat_ms = 99\n", TG_EVALUE,
         "tamga.conf:2: heartbeat_ms = '99': not a number from 100 to 60000"},
        {"[net]\nheartbeat_ms = 60001\n", TG_EVALUE, "not a number from 100 to 60000"},
        {"[net]\nheartbeat_ms = 2s\n", TG_EVALUE, "not a number"},
        {"[net]\nheartbeat_ms = 5001\n", TG_EVALUE,
         "silence_ms = 10000 is less than twice heartbeat_ms = 5001"},
        {"[node]\ncountry = tj\n", TG_EVALUE, "two capital letters"},
        {"[log]\nlevel = warn\n", TG_EVALUE, "did you mean 'warning'?"},
        {"[policy]\nflash_confirm = perhaps\n", TG_EVALUE, "not one of: yes, no"},
        {"[control]\nadmin = a;b\n", TG_EVALUE, "'a;b' is no name or @group"},
        {"[control]\nadmin = ../x\n", TG_EVALUE, "is no name or @group"},
        {"[control]\nreason_required = query, expotr\n", TG_EVALUE,
         "tamga.conf:2: reason_required = 'query, expotr': unknown name 'expotr': did you mean 'export'?"},
        {"[control]\nreason_required = status\n", TG_EVALUE, "what leaves an entry in the access log"},
        {"[log]\nlevel = info\nlevel = info\n", TG_EVALUE, "tamga.conf:3: key 'level' is given twice"},
        {"[log]\nlevel = info\n  debug\n", TG_EVALUE, "tamga.conf:3: "},
        {"[log]\nlevel\n", TG_EFORMAT, "tamga.conf:2: is neither [section], key = value, nor # comment"},
        {"[log\n", TG_EFORMAT, "tamga.conf:1: is neither"},
        {"[log]\n# \xff\n", TG_EFORMAT, "tamga.conf:2: line is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_config config = {.net.silence_ms = 77};
        cr_expect_eq(parse(rows[i].text, &config), rows[i].err, "%s: %s", rows[i].text, em.text);
        cr_expect(strstr(em.text, rows[i].says), "%s\n  said: %s\n  not:  %s", rows[i].text, em.text,
                  rows[i].says);
        cr_expect_eq(config.net.silence_ms, 77, "%s: output touched", rows[i].text);
    }
}

Test(config, longest_line_passes_and_one_byte_more_is_refused)
{
    struct tg_config config;
    char text[512];
    for (int extra = 0; extra < 2; extra++) {
        int prefix = snprintf(text, sizeof text, "[control]\nadmin = ");
        int length = 199 - 8 - 1 + extra; /* "admin = ", newline */
        memset(text + prefix, 'a', (size_t)length);
        snprintf(text + prefix + length, 2, "\n");
        cr_expect_eq(parse(text, &config), extra ? TG_EFORMAT : TG_OK, "%s", em.text);
        if (extra) cr_expect(strstr(em.text, "tamga.conf:2: line is longer than 199 bytes"), "%s", em.text);
    }
}

Test(config, nul_byte_and_over_long_file_are_refused)
{
    static char big[TG_CONFIG_BYTES_MAX + 1];
    struct tg_config config;
    cr_expect_eq(tg_config_parse(tg_view_of("[log]\nlevel = in\0fo\n", 20), "f", NULL, &config, &em),
                 TG_EFORMAT);
    memset(big, '\n', sizeof big);
    cr_expect_eq(tg_config_parse(tg_view_of(big, sizeof big - 1), "f", NULL, &config, &em), TG_OK);
    cr_expect_eq(tg_config_parse(tg_view_of(big, sizeof big), "f", NULL, &config, &em), TG_ELIMIT);
}

Test(config, file_is_read_with_its_folder_before_relative_paths)
{
    char folder[] = "/tmp/tamga-config-XXXXXX", path[64], keys[64];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/tamga.conf", folder);
    cr_assert_eq(tg_file_write(path, tg_view_str("[node]\ndata = .\n"), 0600, &em), TG_OK);
    struct tg_config config;
    cr_assert_eq(tg_config_read(path, &config, &em), TG_OK, "%s", em.text);
    cr_expect_str_eq(config.node.data, folder);
    snprintf(keys, sizeof keys, "%s/keys", folder);
    cr_expect_str_eq(config.node.keys, keys);
    unlink(path);
    cr_expect_eq(tg_config_read(path, &config, &em), TG_ENOENT);
    cr_expect(strstr(em.text, path), "%s", em.text);
    rmdir(folder);
}

Test(config, random_files_never_do_harm)
{
    unsigned short seed[3] = {4, 5, 6};
    char text[sizeof full];
    for (int round = 0; round < 5000; round++) {
        struct tg_config config;
        memcpy(text, full, sizeof full);
        for (int i = 0; i < 1 + round % 4; i++) {
            text[(size_t)nrand48(seed) % (sizeof full - 1)] = "[]=\n;# \t,@x\xd0"[nrand48(seed) % 12];
        }
        tg_config_parse(tg_view_of(text, (size_t)nrand48(seed) % sizeof full), "f", "/f", &config, NULL);
    }
}

Test(config, list_is_walked)
{
    struct tg_view rest = tg_view_str(" a,,b \t@c, "), item;
    cr_assert(tg_config_list_next(&rest, &item));
    cr_expect(tg_view_equal_str(item, "a"));
    cr_assert(tg_config_list_next(&rest, &item));
    cr_expect(tg_view_equal_str(item, "b"));
    cr_assert(tg_config_list_next(&rest, &item));
    cr_expect(tg_view_equal_str(item, "@c"));
    cr_expect_not(tg_config_list_next(&rest, &item));
}

static void put_list(char *list, const char *prefix, const char *text)
{
    snprintf(list, TG_CONFIG_LIST_BYTES, "%s%s", prefix, text);
}

Test(config, roles_come_by_name_number_group_and_ownership)
{
    struct tg_config config;
    tg_config_defaults(&config);
    const uid_t me = getuid(), nobody_uid = 65533, owner = 65532;
    const struct passwd *user = getpwuid(me);
    const struct group *group = getgrgid(getgid());
    cr_expect_eq(tg_config_roles(&config, me, getgid(), owner), 0);
    cr_expect_eq(tg_config_roles(&config, me, getgid(), me),
                 TG_ROLE_ANALYST | TG_ROLE_OFFICER | TG_ROLE_ADMIN);
    if (user) {
        put_list(config.control.analyst, "x, ", user->pw_name);
        cr_expect_eq(tg_config_roles(&config, me, getgid(), owner), TG_ROLE_ANALYST);
    }
    put_list(config.control.auditor, "", "65533");
    cr_expect_eq(tg_config_roles(&config, nobody_uid, 65533, owner), TG_ROLE_AUDITOR);
    if (group) {
        put_list(config.control.officer, "@", group->gr_name);
        cr_expect(tg_config_roles(&config, me, getgid(), owner) & TG_ROLE_OFFICER);
        cr_expect_not(tg_config_roles(&config, nobody_uid, 65531, owner) & TG_ROLE_OFFICER);
    }
    put_list(config.control.admin, "", "@65531");
    cr_expect(tg_config_roles(&config, nobody_uid, 65531, owner) & TG_ROLE_ADMIN);
    cr_expect_str_eq(tg_role_name(TG_ROLE_AUDITOR), "auditor");
    cr_expect_null(tg_role_name((enum tg_role)3));
}
