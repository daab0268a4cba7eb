/* Checks of doctor whose mistakes a test cannot make for real: swap, network file systems, a full disk, dumps, what a
 * node says of itself. The others are made in tests/e2e/test_doctor.py. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/doctor.h"

static struct tg_config config;
static struct tg_doctor_peer peers[2];
static char root[] = "/tmp/tamga-doctor-XXXXXX";

static struct tg_doctor talking(void)
{
    tg_config_defaults(&config);
    return (struct tg_doctor){
        .root = "",
        .config = &config,
        .node = TG_NODE_TALKS,
        .peers = peers,
        .facts = {.memlock = -1, .files = 65536, .memory = -1, .locked = 1, .key_left = -1}};
}

static void root_make(void)
{
    (void)strcpy(root, "/tmp/tamga-doctor-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        cr_assert_eq(tg_dir_ensure(path, 0700, NULL), TG_OK);
        *slash = '/';
    }
    cr_assert_eq(tg_file_write(path, tg_view_str(text), 0600, NULL), TG_OK);
}

static void root_remove(void)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", root);
    cr_assert_eq(system(command), 0);
}

Test(doctor, every_check_has_a_name_of_its_own_and_says_what_to_do)
{
    for (size_t i = 0; i < tg_doctor_check_count; i++) {
        const struct tg_doctor_check *check = &tg_doctor_checks[i];
        cr_expect(check->id[0] && check->title[0] && check->run);
        cr_expect_lt(strlen(check->remedy), 90, "%s", check->id);
        for (size_t k = 0; k < i; k++) {
            cr_expect_str_neq(check->id, tg_doctor_checks[k].id);
            cr_expect_neq(check->run, tg_doctor_checks[k].run, "%s", check->id);
        }
    }
    cr_expect_gt(tg_doctor_check_count, 20);
}

Test(doctor, file_systems_that_cannot_carry_a_store_are_known_and_a_disk_is_not_among_them)
{
    static const struct {
        uint64_t type;
        const char *name;
        enum tg_doctor_level level;
    } rows[] = {{0x6969, "NFS", TG_DOCTOR_PROBLEM},       {0xff534d42, "CIFS", TG_DOCTOR_PROBLEM},
                {0x65735546, "FUSE", TG_DOCTOR_PROBLEM},  {0x01021997, "9P", TG_DOCTOR_PROBLEM},
                {0x01021994, "tmpfs", TG_DOCTOR_PROBLEM}, {0x794c7630, "overlayfs", TG_DOCTOR_WARNING}};
    enum tg_doctor_level level = TG_DOCTOR_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(tg_doctor_file_system(rows[i].type, &level), rows[i].name);
        cr_expect_eq(level, rows[i].level, "%s", rows[i].name);
    }
    cr_expect_null(tg_doctor_file_system(0xef53, &level), "ext4");
    cr_expect_null(tg_doctor_file_system(0x58465342, &level), "XFS");
}

Test(doctor, a_disk_is_short_below_the_reserve_and_worth_a_warning_before)
{
    cr_expect_eq(tg_doctor_space(TG_STORE_RESERVE_BYTES - 1, TG_STORE_RESERVE_BYTES), TG_DOCTOR_PROBLEM);
    cr_expect_eq(tg_doctor_space(TG_STORE_RESERVE_BYTES, TG_STORE_RESERVE_BYTES), TG_DOCTOR_WARNING);
    cr_expect_eq(tg_doctor_space(TG_STORE_RESERVE_BYTES * TG_DOCTOR_SPACE_TIMES - 1, TG_STORE_RESERVE_BYTES),
                 TG_DOCTOR_WARNING);
    cr_expect_eq(tg_doctor_space(TG_STORE_RESERVE_BYTES * TG_DOCTOR_SPACE_TIMES, TG_STORE_RESERVE_BYTES),
                 TG_DOCTOR_OK);
    uint64_t larger = TG_STORE_RESERVE_BYTES * TG_DOCTOR_SPACE_TIMES; /* as the settings may have it */
    cr_expect_eq(tg_doctor_space(larger - 1, larger), TG_DOCTOR_PROBLEM);
}

Test(doctor, swap_is_a_problem_when_the_keys_are_not_locked)
{
    root_make();
    struct tg_doctor doctor = talking();
    doctor.root = root;
    put("/proc/swaps", "Filename Type Size Used Priority\n");
    cr_expect_eq(tg_doctor_swap(&doctor), TG_DOCTOR_OK, "no swap");
    put("/proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1000 0 -2\n");
    cr_expect_eq(tg_doctor_swap(&doctor), TG_DOCTOR_OK, "locked");
    doctor.facts.locked = 0;
    cr_expect_eq(tg_doctor_swap(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_eq(tg_doctor_memlock(&doctor), TG_DOCTOR_PROBLEM);
    root_remove();
}

Test(doctor, a_unit_that_is_installed_and_not_enabled_is_told)
{
    root_make();
    struct tg_doctor doctor = talking();
    doctor.root = root;
    cr_expect_eq(tg_doctor_unit(&doctor), TG_DOCTOR_OK, "a node that is no service");
    (void)snprintf(doctor.config_path, sizeof doctor.config_path, "%s", TG_DOCTOR_SERVICE_CONFIG);
    cr_expect_eq(tg_doctor_unit(&doctor), TG_DOCTOR_OK, "no unit");
    put("/usr/lib/systemd/system/tamgad.service", "[Unit]\n");
    cr_expect_eq(tg_doctor_unit(&doctor), TG_DOCTOR_WARNING);
    put("/etc/systemd/system/multi-user.target.wants/tamgad.service", "");
    cr_expect_eq(tg_doctor_unit(&doctor), TG_DOCTOR_OK);
    root_remove();
}

Test(doctor, limits_of_a_running_node_are_judged_by_what_it_says)
{
    struct tg_doctor doctor = talking();
    cr_expect_eq(tg_doctor_files_limit(&doctor), TG_DOCTOR_OK);
    doctor.facts.files = TG_DOCTOR_FILES_MIN - 1;
    cr_expect_eq(tg_doctor_files_limit(&doctor), TG_DOCTOR_PROBLEM);
    doctor.facts.files = 2000;
    doctor.facts.files_open = 1501;
    cr_expect_eq(tg_doctor_files_limit(&doctor), TG_DOCTOR_WARNING);
    doctor.facts.maps = 1 << 20;
    cr_expect_eq(tg_doctor_memory(&doctor), TG_DOCTOR_OK);
    doctor.facts.memory = 4 << 20;
    cr_expect_eq(tg_doctor_memory(&doctor), TG_DOCTOR_OK);
    doctor.facts.memory = (4 << 20) - 4;
    cr_expect_eq(tg_doctor_memory(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_eq(tg_doctor_core(&doctor), TG_DOCTOR_OK);
    doctor.facts.core = 1;
    cr_expect_eq(tg_doctor_core(&doctor), TG_DOCTOR_PROBLEM);
}

Test(doctor, a_node_that_waits_lags_or_runs_out_of_its_key_is_told)
{
    struct tg_doctor doctor = talking();
    cr_expect_eq(tg_doctor_quarantine(&doctor), TG_DOCTOR_OK);
    (void)strcpy(doctor.facts.waiting, "the mark is missing");
    cr_expect_eq(tg_doctor_quarantine(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_not_null(strstr(doctor.detail, "the mark is missing"));
    cr_expect_eq(tg_doctor_index(&doctor), TG_DOCTOR_OK);
    doctor.facts.behind = TG_DOCTOR_BEHIND_MAX + 1;
    cr_expect_eq(tg_doctor_index(&doctor), TG_DOCTOR_WARNING);
    cr_expect_eq(tg_doctor_log_key(&doctor), TG_DOCTOR_OK);
    doctor.facts.key_left = 5;
    cr_expect_eq(tg_doctor_log_key(&doctor), TG_DOCTOR_WARNING);
    doctor.facts.key_left = 0;
    cr_expect_eq(tg_doctor_log_key(&doctor), TG_DOCTOR_PROBLEM);
    (void)strcpy(doctor.facts.version, "0.0.1");
    cr_expect_eq(tg_doctor_version(&doctor), TG_DOCTOR_WARNING);
    (void)strcpy(doctor.facts.version, TG_VERSION);
    cr_expect_eq(tg_doctor_version(&doctor), TG_DOCTOR_OK);
}

Test(doctor, what_is_wrong_with_partners_is_told_by_name)
{
    struct tg_doctor doctor = talking();
    peers[0] = (struct tg_doctor_peer){
        .country = "KG", .state = "up", .greeted = 1, .enrolled_us = 1, .software = "tamga " TG_VERSION};
    peers[1] = (struct tg_doctor_peer){.country = "UZ",
                                       .state = "up",
                                       .greeted = 1,
                                       .software = "tamga 0.0.9",
                                       .skew_ms = -TG_SERVICE_SKEW_MS_MAX - 1,
                                       .overdue = 2,
                                       .withdrawals_open = 1,
                                       .oddities = 3};
    cr_expect_eq(tg_doctor_peers(&doctor), TG_DOCTOR_WARNING);
    doctor.peer_count = 1;
    cr_expect_eq(tg_doctor_peer_clocks(&doctor), TG_DOCTOR_OK);
    cr_expect_eq(tg_doctor_peer_versions(&doctor), TG_DOCTOR_OK);
    doctor.peer_count = 2;
    cr_expect_eq(tg_doctor_peer_enrolled(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_str_eq(doctor.detail, "UZ");
    cr_expect_eq(tg_doctor_peer_clocks(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_str_eq(doctor.detail, "UZ: 5 s behind ours");
    cr_expect_eq(tg_doctor_peer_versions(&doctor), TG_DOCTOR_WARNING);
    cr_expect_eq(tg_doctor_peer_overdue(&doctor), TG_DOCTOR_WARNING);
    cr_expect_str_eq(doctor.detail, "UZ: 2 envelopes, 1 withdrawals");
    cr_expect_eq(tg_doctor_peer_refusals(&doctor), TG_DOCTOR_OK);
    cr_expect_eq(tg_doctor_peer_refused_here(&doctor), TG_DOCTOR_OK);
    (void)strcpy(peers[1].refused, "TJ-4 enewer");
    peers[1].we_not_understood = 2;
    cr_expect_eq(tg_doctor_peer_refusals(&doctor), TG_DOCTOR_WARNING);
    cr_expect_str_eq(doctor.detail, "UZ: TJ-4 enewer");
    cr_expect_eq(tg_doctor_peer_refused_here(&doctor), TG_DOCTOR_WARNING);
    cr_expect_str_eq(doctor.detail, "UZ: 0 refused, 2 not understood");
    cr_expect_eq(tg_doctor_peer_oddities(&doctor), TG_DOCTOR_WARNING);
    cr_expect_eq(tg_doctor_peer_clones(&doctor), TG_DOCTOR_OK);
    peers[1].seconds = 2;
    cr_expect_eq(tg_doctor_peer_clones(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_str_eq(doctor.detail, "UZ: 2 tries");
    cr_expect_eq(tg_doctor_forks(&doctor), TG_DOCTOR_OK);
    cr_expect_eq(tg_doctor_witnesses(&doctor), TG_DOCTOR_OK);
    (void)strcpy(doctor.facts.forked, "UZ");
    (void)strcpy(doctor.facts.stale, "TJ, UZ");
    cr_expect_eq(tg_doctor_forks(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_eq(tg_doctor_witnesses(&doctor), TG_DOCTOR_WARNING);
    cr_expect_not_null(strstr(doctor.detail, "TJ, UZ"));
    (void)strcpy(peers[0].state, "no-endpoint");
    cr_expect_eq(tg_doctor_peer_links(&doctor), TG_DOCTOR_PROBLEM);
    cr_expect_not_null(strstr(doctor.detail, "KG: its card names no endpoint"));
}
