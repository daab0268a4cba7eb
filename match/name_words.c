/* Words with a meaning of their own in names, and the suffixes of surnames and patronymics.
 *
 * Knows folds, not scripts. How common names are stands in name_rarity.c. Version: TG_NAME_TABLES_VERSION.
 */
#include "match/name_words.h"

static const struct {
    char fold[11];
    uint8_t role;
} words[] = {
    {"haji", TG_WORD_TITLE},     {"hajji", TG_WORD_TITLE},     {"hadji", TG_WORD_TITLE},
    {"haj", TG_WORD_TITLE},      {"hajj", TG_WORD_TITLE},      {"khoji", TG_WORD_TITLE},
    {"mullah", TG_WORD_TITLE},   {"mulla", TG_WORD_TITLE},     {"mola", TG_WORD_TITLE},
    {"maulavi", TG_WORD_TITLE},  {"mawlawi", TG_WORD_TITLE},   {"maulawi", TG_WORD_TITLE},
    {"molvi", TG_WORD_TITLE},    {"moulavi", TG_WORD_TITLE},   {"mawlavi", TG_WORD_TITLE},
    {"maulana", TG_WORD_TITLE},  {"sheikh", TG_WORD_TITLE},    {"shaykh", TG_WORD_TITLE},
    {"shaikh", TG_WORD_TITLE},   {"sheik", TG_WORD_TITLE},     {"shekh", TG_WORD_TITLE},
    {"cheikh", TG_WORD_TITLE},   {"sayyid", TG_WORD_TITLE},    {"seyed", TG_WORD_TITLE},
    {"sayed", TG_WORD_TITLE},    {"syed", TG_WORD_TITLE},      {"seyyed", TG_WORD_TITLE},
    {"sayyed", TG_WORD_TITLE},   {"dr", TG_WORD_TITLE},        {"doctor", TG_WORD_TITLE},
    {"mr", TG_WORD_TITLE},       {"mrs", TG_WORD_TITLE},       {"ms", TG_WORD_TITLE},
    {"prof", TG_WORD_TITLE},     {"professor", TG_WORD_TITLE}, {"general", TG_WORD_TITLE},
    {"gen", TG_WORD_TITLE},      {"colonel", TG_WORD_TITLE},   {"col", TG_WORD_TITLE},
    {"maj", TG_WORD_TITLE},      {"brigadier", TG_WORD_TITLE}, {"brig", TG_WORD_TITLE},
    {"lt", TG_WORD_TITLE},       {"capt", TG_WORD_TITLE},      {"captain", TG_WORD_TITLE},
    {"qari", TG_WORD_TITLE},     {"qari", TG_WORD_TITLE},      {"hafiz", TG_WORD_TITLE},
    {"ustad", TG_WORD_TITLE},    {"ustod", TG_WORD_TITLE},     {"ostad", TG_WORD_TITLE},
    {"ustaz", TG_WORD_TITLE},    {"imam", TG_WORD_TITLE},      {"alhaj", TG_WORD_TITLE},
    {"alhaji", TG_WORD_TITLE},   {"jr", TG_WORD_TITLE},        {"sr", TG_WORD_TITLE},
    {"maalim", TG_WORD_TITLE},   {"engineer", TG_WORD_TITLE},  {"domullo", TG_WORD_TITLE},
    {"mullo", TG_WORD_TITLE},    {"eshon", TG_WORD_TITLE},

    {"al", TG_WORD_ARTICLE},     {"el", TG_WORD_ARTICLE},      {"ul", TG_WORD_ARTICLE},
    {"ad", TG_WORD_ARTICLE},     {"as", TG_WORD_ARTICLE},      {"ash", TG_WORD_ARTICLE},
    {"ar", TG_WORD_ARTICLE},     {"az", TG_WORD_ARTICLE},      {"an", TG_WORD_ARTICLE},
    {"at", TG_WORD_ARTICLE},     {"ud", TG_WORD_ARTICLE},      {"ur", TG_WORD_ARTICLE},
    {"us", TG_WORD_ARTICLE},     {"ed", TG_WORD_ARTICLE},      {"ol", TG_WORD_ARTICLE},
    {"od", TG_WORD_ARTICLE},     {"il", TG_WORD_ARTICLE},

    {"de", TG_WORD_PARTICLE},    {"la", TG_WORD_PARTICLE},     {"del", TG_WORD_PARTICLE},
    {"los", TG_WORD_PARTICLE},   {"las", TG_WORD_PARTICLE},    {"da", TG_WORD_PARTICLE},
    {"dos", TG_WORD_PARTICLE},   {"das", TG_WORD_PARTICLE},    {"do", TG_WORD_PARTICLE},
    {"van", TG_WORD_PARTICLE},   {"von", TG_WORD_PARTICLE},    {"der", TG_WORD_PARTICLE},
    {"den", TG_WORD_PARTICLE},   {"y", TG_WORD_PARTICLE},      {"e", TG_WORD_PARTICLE},
    {"i", TG_WORD_PARTICLE},

    {"bin", TG_WORD_NASAB},      {"ibn", TG_WORD_NASAB},       {"ben", TG_WORD_NASAB},
    {"bn", TG_WORD_NASAB},       {"bint", TG_WORD_NASAB},      {"binti", TG_WORD_NASAB},
    {"binte", TG_WORD_NASAB},    {"ould", TG_WORD_NASAB},      {"uld", TG_WORD_NASAB},
    {"ebn", TG_WORD_NASAB},

    {"uulu", TG_WORD_FILIAL},    {"uly", TG_WORD_FILIAL},      {"ogli", TG_WORD_FILIAL},
    {"oghli", TG_WORD_FILIAL},   {"ogly", TG_WORD_FILIAL},     {"oglu", TG_WORD_FILIAL},
    {"oghlu", TG_WORD_FILIAL},   {"oghly", TG_WORD_FILIAL},    {"ugli", TG_WORD_FILIAL},
    {"ugly", TG_WORD_FILIAL},    {"qizi", TG_WORD_FILIAL},     {"kizi", TG_WORD_FILIAL},
    {"kyzy", TG_WORD_FILIAL},    {"qyzy", TG_WORD_FILIAL},     {"gyzy", TG_WORD_FILIAL},
    {"kyzi", TG_WORD_FILIAL},    {"kizy", TG_WORD_FILIAL},     {"ulu", TG_WORD_FILIAL},
    {"ughli", TG_WORD_FILIAL},   {"aaulu", TG_WORD_FILIAL},

    {"zoda", TG_WORD_ZODA},      {"zada", TG_WORD_ZODA},       {"zade", TG_WORD_ZODA},
    {"zadeh", TG_WORD_ZODA},     {"zadah", TG_WORD_ZODA},      {"zodah", TG_WORD_ZODA},

    {"abu", TG_WORD_KUNYA},      {"abou", TG_WORD_KUNYA},      {"abi", TG_WORD_KUNYA},
    {"abo", TG_WORD_KUNYA},      {"aboo", TG_WORD_KUNYA},      {"umm", TG_WORD_KUNYA},
    {"um", TG_WORD_KUNYA},       {"ummu", TG_WORD_KUNYA},      {"oum", TG_WORD_KUNYA},
    {"om", TG_WORD_KUNYA},       {"ebu", TG_WORD_KUNYA},       {"abua", TG_WORD_KUNYA},

    {"abd", TG_WORD_SERVANT},    {"abdul", TG_WORD_SERVANT},   {"abdal", TG_WORD_SERVANT},
    {"abdel", TG_WORD_SERVANT},  {"abdol", TG_WORD_SERVANT},   {"abdur", TG_WORD_SERVANT},
    {"abdus", TG_WORD_SERVANT},  {"abdoul", TG_WORD_SERVANT},  {"abdil", TG_WORD_SERVANT},
    {"abdool", TG_WORD_SERVANT}, {"abdu", TG_WORD_SERVANT},    {"abdar", TG_WORD_SERVANT},
    {"abdor", TG_WORD_SERVANT},  {"abdun", TG_WORD_SERVANT},

    {"din", TG_WORD_DIN},        {"deen", TG_WORD_DIN},        {"uddin", TG_WORD_DIN},
    {"eddin", TG_WORD_DIN},      {"eddine", TG_WORD_DIN},      {"uddeen", TG_WORD_DIN},
    {"aldin", TG_WORD_DIN},      {"addin", TG_WORD_DIN},       {"ullah", TG_WORD_DIN},
    {"ulla", TG_WORD_DIN},       {"allah", TG_WORD_DIN},       {"ollah", TG_WORD_DIN},
    {"dine", TG_WORD_DIN},       {"ulloh", TG_WORD_DIN},
};

static enum tg_word_role listed_role(const char *fold)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].fold[0] == fold[0] && strcmp(words[i].fold, fold) == 0)
            return (enum tg_word_role)words[i].role;
    }
    return TG_WORD_PLAIN;
}

/* "dinov", "allahzada": the end of a name together with its suffix. */
static bool is_din_with_suffix(const char *fold)
{
    char stem[TG_NAME_FOLD_BYTES_MAX + 1];
    const char *class = NULL;
    bool patronymic = false;
    size_t cut = tg_suffix_cut(fold, strlen(fold), &patronymic, &class);
    if (cut == 0) return false;
    memcpy(stem, fold, cut);
    stem[cut] = 0;
    return listed_role(stem) == TG_WORD_DIN;
}

enum tg_word_role tg_word_role_of(const char *fold)
{
    enum tg_word_role role = listed_role(fold);
    return role == TG_WORD_PLAIN && is_din_with_suffix(fold) ? TG_WORD_DIN : role;
}

/* class: all suffixes that do the same work. */
static const struct {
    char end[8];
    bool patronymic;
    char class[5];
} suffixes[] = {
    {"yevich", true, "ovic"}, {"evich", true, "ovic"},   {"ovich", true, "ovic"},  {"iyevich", true, "ovic"},
    {"ievich", true, "ovic"}, {"ovych", true, "ovic"},   {"evych", true, "ovic"},  {"avich", true, "ovic"},
    {"ovitch", true, "ovic"}, {"evitch", true, "ovic"},  {"yevna", true, "ovna"},  {"ievna", true, "ovna"},
    {"ovna", true, "ovna"},   {"evna", true, "ovna"},    {"ivna", true, "ovna"},   {"avna", true, "ovna"},
    {"ichna", true, "ovna"},  {"uulu", true, "uli"},     {"oghli", true, "uli"},   {"ogli", true, "uli"},
    {"ogly", true, "uli"},    {"oglu", true, "uli"},     {"uly", true, "uli"},     {"kyzy", true, "kizi"},
    {"qyzy", true, "kizi"},   {"qizi", true, "kizi"},    {"kizi", true, "kizi"},   {"gyzy", true, "kizi"},
    {"zoda", false, "zoda"},  {"zada", false, "zoda"},   {"zadeh", false, "zoda"}, {"zadah", false, "zoda"},
    {"zade", false, "zoda"},  {"zodah", false, "zoda"},  {"yeva", false, "ova"},   {"ieva", false, "ova"},
    {"ova", false, "ova"},    {"eva", false, "ova"},     {"yova", false, "ova"},   {"ava", false, "ova"},
    {"yev", false, "ov"},     {"iev", false, "ov"},      {"ov", false, "ov"},      {"ev", false, "ov"},
    {"off", false, "ov"},     {"eff", false, "ov"},      {"yov", false, "ov"},     {"ow", false, "ov"},
    {"ew", false, "ov"},      {"ou", false, "ov"},       {"au", false, "ov"},      {"eu", false, "ov"},
};

size_t tg_suffix_cut(const char *fold, size_t bytes, bool *ret_patronymic, const char **ret_class)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t end = strlen(suffixes[i].end);
        if (bytes < end + 3 || end <= best || fold[bytes - 1] != suffixes[i].end[end - 1]) continue;
        if (memcmp(fold + bytes - end, suffixes[i].end, end) != 0) continue;
        best = end;
        *ret_patronymic = suffixes[i].patronymic;
        *ret_class = suffixes[i].class;
    }
    return best == 0 ? 0 : bytes - best;
}
