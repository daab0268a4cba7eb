/* doctor: the machine — clock, memory, limits, disk, the unit of systemd.
 *
 * Looks, and changes nothing.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/doctor.h"

#define PROC_BYTES_MAX 65536
#define MIB 1048576ULL
#define DAY_S 86400

/* ---- clock ---- */

enum tg_doctor_level tg_doctor_clock(struct tg_doctor *doctor)
{
    struct timex timex = {.modes = 0};
    int state = adjtimex(&timex);
    if (state < 0) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "the kernel does not say");
    if (state != TIME_ERROR && !(timex.status & STA_UNSYNC))
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "synchronised");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "nothing keeps this machine's clock right");
}

/* A file made by this node cannot be younger than now. */
enum tg_doctor_level tg_doctor_time(struct tg_doctor *doctor)
{
    char path[TG_DOCTOR_PATH_BYTES], now[TG_WHEN_BYTES], then[TG_WHEN_BYTES];
    struct stat info;
    int64_t now_ms = tg_clock_wall_ms(doctor->cli->clock);
    tg_doctor_path(doctor, doctor->config->node.data, "card.note", path);
    if (stat(path, &info)) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no card to compare with");
    tg_when_format(now_ms, now);
    tg_when_format((int64_t)info.st_mtime * 1000, then);
    if ((int64_t)info.st_mtime <= now_ms / 1000 + DAY_S)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s", now);
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "it is %s here, and the card was made %s", now, then);
}

/* ---- memory and limits ---- */

/* As the node has it, else as a node started from this shell would; -1: none. */
static int64_t limit_of(const struct tg_doctor *doctor, int64_t of_node, __rlimit_resource_t resource)
{
    struct rlimit limit;
    if (doctor->node == TG_NODE_TALKS) return of_node;
    if (getrlimit(resource, &limit)) return -1;
    return limit.rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_cur;
}

static const char *whose(const struct tg_doctor *doctor)
{
    return doctor->node == TG_NODE_TALKS ? "the node may" : "a node started from here may";
}

enum tg_doctor_level tg_doctor_memlock(struct tg_doctor *doctor)
{
    if (doctor->node == TG_NODE_TALKS && doctor->facts.locked)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "the keys are locked in memory");
    int64_t bytes = limit_of(doctor, doctor->facts.memlock, RLIMIT_MEMLOCK);
    bool enough = bytes < 0 || bytes >= TG_DOCTOR_MEMLOCK_BYTES_MIN;
    if (enough && doctor->node != TG_NODE_TALKS)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s lock enough memory", whose(doctor));
    if (enough) return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the node's keys are not locked in memory");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "%s lock %lld bytes of memory: keys can reach swap",
                         whose(doctor), (long long)bytes);
}

enum tg_doctor_level tg_doctor_swap(struct tg_doctor *doctor)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char path[TG_DOCTOR_PATH_BYTES];
    tg_doctor_path(doctor, "/proc", "swaps", path);
    if (tg_file_read(path, PROC_BYTES_MAX, &text, NULL))
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "the kernel does not say");
    const uint8_t *end = memchr(text.data, '\n', text.bytes); /* of the heading */
    bool swaps = end && (size_t)(end - text.data) + 1 < text.bytes;
    if (!swaps) return tg_doctor_say(doctor, TG_DOCTOR_OK, "this machine does not swap");
    if (doctor->node == TG_NODE_TALKS && doctor->facts.locked)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "this machine swaps, and the keys are locked in memory");
    if (doctor->node != TG_NODE_TALKS)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "this machine swaps; the node locks its keys");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                         "this machine swaps, and the keys are not locked in memory");
}

enum tg_doctor_level tg_doctor_core(struct tg_doctor *doctor)
{
    if (doctor->node != TG_NODE_TALKS)
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "the node forbids them when it starts");
    if (!doctor->facts.core) return tg_doctor_say(doctor, TG_DOCTOR_OK, "forbidden");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "a crash of the node would write its keys to disk");
}

enum tg_doctor_level tg_doctor_files_limit(struct tg_doctor *doctor)
{
    struct rlimit own;
    int64_t files = doctor->facts.files;
    /* The node takes all that it may have when it starts. */
    if (doctor->node != TG_NODE_TALKS)
        files = getrlimit(RLIMIT_NOFILE, &own) || own.rlim_max == RLIM_INFINITY ? -1 : (int64_t)own.rlim_max;
    if (files >= 0 && files < TG_DOCTOR_FILES_MIN)
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "%s open %lld files", whose(doctor),
                             (long long)files);
    if (files >= 0 && doctor->facts.files_open * 4 > files * 3)
        return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "the node has %lld of %lld files open",
                             (long long)doctor->facts.files_open, (long long)files);
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s open enough files", whose(doctor));
}

/* LMDB maps the whole store, and the maps double when they grow. */
enum tg_doctor_level tg_doctor_memory(struct tg_doctor *doctor)
{
    int64_t bytes = limit_of(doctor, doctor->facts.memory, RLIMIT_AS);
    int64_t maps =
        doctor->node == TG_NODE_TALKS
            ? doctor->facts.maps
            : (int64_t)(MIB * (doctor->config->store.log_map_mib + doctor->config->store.index_map_mib));
    if (bytes < 0 || bytes / 4 >= maps)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s map the whole store", whose(doctor));
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                         "%s use %lld MiB of address space; the store maps %lld MiB", whose(doctor),
                         (long long)(bytes >> 20), (long long)(maps >> 20));
}

/* ---- disk ---- */

enum tg_doctor_level tg_doctor_space(uint64_t free_bytes, uint64_t reserve_bytes)
{
    if (free_bytes < reserve_bytes) return TG_DOCTOR_PROBLEM;
    return free_bytes < reserve_bytes * TG_DOCTOR_SPACE_TIMES ? TG_DOCTOR_WARNING : TG_DOCTOR_OK;
}

enum tg_doctor_level tg_doctor_disk(struct tg_doctor *doctor)
{
    struct statvfs fs;
    const char *data = doctor->config->node.data;
    if (statvfs(data, &fs)) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no folder '%s'", data);
    uint64_t bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    char size[TG_COUNT_BYTES];
    tg_size_format((int64_t)bytes, size);
    uint64_t reserve_bytes = (uint64_t)doctor->config->store.reserve_mib << 20;
    enum tg_doctor_level level = tg_doctor_space(bytes, reserve_bytes);
    return tg_doctor_say(
        doctor, level, "%s free for '%s'%s", size, data,
        level == TG_DOCTOR_PROBLEM ? ": only urgent alerts are taken, it is below [store] reserve_mib" : "");
}

enum tg_doctor_level tg_doctor_inodes(struct tg_doctor *doctor)
{
    struct statvfs fs;
    const char *data = doctor->config->node.data;
    if (statvfs(data, &fs)) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no folder '%s'", data);
    /* Some file systems count none. */
    if (fs.f_files == 0 || fs.f_favail >= TG_DOCTOR_INODES_MIN)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "enough files can be made");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "only %llu more files can be made at '%s'",
                         (unsigned long long)fs.f_favail, data);
}

/* Numbers as in statfs(2); those that the node refuses itself are in store/dir.c. */
const char *tg_doctor_file_system(uint64_t type, enum tg_doctor_level *ret_level)
{
    static const struct {
        uint64_t type;
        const char *name;
        enum tg_doctor_level level;
    } rows[] = {
        {0x6969, "NFS", TG_DOCTOR_PROBLEM},        {0x517b, "SMB", TG_DOCTOR_PROBLEM},
        {0xfe534d42, "SMB2", TG_DOCTOR_PROBLEM},   {0xff534d42, "CIFS", TG_DOCTOR_PROBLEM},
        {0x65735546, "FUSE", TG_DOCTOR_PROBLEM},   {0x5346414f, "AFS", TG_DOCTOR_PROBLEM},
        {0x6b414653, "AFS", TG_DOCTOR_PROBLEM},    {0x00c36400, "Ceph", TG_DOCTOR_PROBLEM},
        {0x01021997, "9P", TG_DOCTOR_PROBLEM},     {0x01161970, "GFS2", TG_DOCTOR_PROBLEM},
        {0x7461636f, "OCFS2", TG_DOCTOR_PROBLEM},  {0x0bd00bd0, "Lustre", TG_DOCTOR_PROBLEM},
        {0x786f4256, "vboxsf", TG_DOCTOR_PROBLEM}, {0x01021994, "tmpfs", TG_DOCTOR_PROBLEM},
        {0x858458f6, "ramfs", TG_DOCTOR_PROBLEM},  {0x794c7630, "overlayfs", TG_DOCTOR_WARNING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type != type) continue;
        *ret_level = rows[i].level;
        return rows[i].name;
    }
    return NULL;
}

enum tg_doctor_level tg_doctor_fs(struct tg_doctor *doctor)
{
    struct statfs fs;
    enum tg_doctor_level level = TG_DOCTOR_OK;
    const char *data = doctor->config->node.data;
    if (statfs(data, &fs)) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no folder '%s'", data);
    const char *name = tg_doctor_file_system((uint32_t)fs.f_type, &level);
    if (!name) return tg_doctor_say(doctor, TG_DOCTOR_OK, "a local disk");
    bool memory = strcmp(name, "tmpfs") == 0 || strcmp(name, "ramfs") == 0;
    return tg_doctor_say(doctor, level, "'%s' is on %s%s", data, name,
                         memory                       ? ": it is gone at the next start of the machine"
                         : level == TG_DOCTOR_WARNING ? ": it goes with its container"
                                                      : ", which cannot give what a database needs");
}

/* ---- the unit ---- */

static bool there(const struct tg_doctor *doctor, const char *folder, const char *name)
{
    char path[TG_DOCTOR_PATH_BYTES];
    struct stat info;
    tg_doctor_path(doctor, folder, name, path);
    return lstat(path, &info) == 0;
}

enum tg_doctor_level tg_doctor_unit(struct tg_doctor *doctor)
{
    static const char *const folders[] = {"/etc/systemd/system", "/usr/local/lib/systemd/system",
                                          "/usr/lib/systemd/system", "/lib/systemd/system"};
    bool installed = false;
    if (strcmp(doctor->config_path, TG_DOCTOR_SERVICE_CONFIG) != 0)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "this node is no service");
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        installed = installed || there(doctor, folders[i], "tamgad.service");
    if (!installed) return tg_doctor_say(doctor, TG_DOCTOR_OK, "no unit is installed");
    if (there(doctor, "/etc/systemd/system/multi-user.target.wants", "tamgad.service"))
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "enabled");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING,
                         "tamgad.service is installed and will not start with the machine");
}
