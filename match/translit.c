/* Transliteration tables: Cyrillic of eight languages, Hebrew, Greek, Armenian, Georgian, Hangul, Latin beyond ASCII.
 *
 * Knows letters, not names. Arabic script is in translit_arabic.c. Version: TG_NAME_TABLES_VERSION.
 */
#include "match/translit.h"

#define LOOKUP(table, first, cp)                                             \
    ((cp) >= (first) && (cp) - (first) < sizeof(table) / sizeof(table)[0] && \
             (table)[(cp) - (first)].main != NULL                            \
         ? &(table)[(cp) - (first)]                                          \
         : NULL)

/* Russian, Ukrainian, Belarusian, Tajik, Uzbek, Kazakh, Kyrgyz, Turkmen, Tatar. Small letters from U+0430. */
#define C(cp) [(cp)-0x430]
static const struct tg_letter cyrillic[0x530 - 0x430] = {
    C(0x430) = {"a", NULL},  C(0x431) = {"b", NULL},    C(0x432) = {"v", NULL},  C(0x433) = {"g", "h"},
    C(0x434) = {"d", NULL},  C(0x435) = {"e", NULL},    C(0x436) = {"zh", NULL}, C(0x437) = {"z", NULL},
    C(0x438) = {"i", NULL},  C(0x439) = {"y", NULL},    C(0x43A) = {"k", NULL},  C(0x43B) = {"l", NULL},
    C(0x43C) = {"m", NULL},  C(0x43D) = {"n", NULL},    C(0x43E) = {"o", NULL},  C(0x43F) = {"p", NULL},
    C(0x440) = {"r", NULL},  C(0x441) = {"s", NULL},    C(0x442) = {"t", NULL},  C(0x443) = {"u", NULL},
    C(0x444) = {"f", NULL},  C(0x445) = {"kh", NULL},   C(0x446) = {"ts", NULL}, C(0x447) = {"ch", NULL},
    C(0x448) = {"sh", NULL}, C(0x449) = {"shch", NULL}, C(0x44A) = {"", NULL},   C(0x44B) = {"y", NULL},
    C(0x44C) = {"", NULL},   C(0x44D) = {"e", NULL},    C(0x44E) = {"yu", NULL}, C(0x44F) = {"ya", NULL},
    C(0x451) = {"yo", "e"},  C(0x454) = {"ye", NULL},   C(0x456) = {"i", NULL},  C(0x457) = {"yi", NULL},
    C(0x458) = {"y", NULL},  C(0x459) = {"l", NULL},    C(0x45A) = {"n", NULL},  C(0x45B) = {"ch", NULL},
    C(0x45E) = {"o", "u"},   C(0x45F) = {"j", NULL},    C(0x452) = {"dj", NULL}, C(0x455) = {"dz", NULL},
    C(0x491) = {"g", NULL},  C(0x493) = {"gh", NULL},   C(0x4E3) = {"i", NULL},  C(0x49B) = {"q", NULL},
    C(0x4EF) = {"u", NULL},  C(0x4B3) = {"h", NULL},    C(0x4B7) = {"j", NULL},  C(0x4D9) = {"a", "e"},
    C(0x4A3) = {"ng", "n"},  C(0x4E9) = {"o", NULL},    C(0x4B1) = {"u", NULL},  C(0x4AF) = {"u", NULL},
    C(0x4BB) = {"h", NULL},  C(0x497) = {"j", NULL},    C(0x495) = {"gh", NULL}, C(0x4A1) = {"q", NULL},
    C(0x499) = {"dh", NULL}, C(0x4AB) = {"s", NULL},    C(0x49D) = {"g", NULL},  C(0x4CF) = {"", NULL},
    C(0x4B9) = {"j", NULL},  C(0x4D3) = {"a", NULL},    C(0x4E7) = {"o", NULL},  C(0x4F1) = {"u", NULL},
};

const struct tg_letter *tg_letter_cyrillic(uint32_t cp)
{
    return LOOKUP(cyrillic, 0x430, cp);
}

static const struct tg_letter hebrew[] = {
    {"a", NULL},  {"b", "v"},   {"g", NULL}, {"d", NULL}, {"h", NULL}, {"u", "v"},  {"z", NULL},
    {"kh", NULL}, {"t", NULL},  {"i", NULL}, {"k", "kh"}, {"k", "kh"}, {"l", NULL}, {"m", NULL},
    {"m", NULL},  {"n", NULL},  {"n", NULL}, {"s", NULL}, {"a", NULL}, {"f", NULL}, {"p", "f"},
    {"ts", NULL}, {"ts", NULL}, {"k", NULL}, {"r", NULL}, {"sh", "s"}, {"t", NULL},
};

const struct tg_letter *tg_letter_hebrew(uint32_t cp)
{
    return LOOKUP(hebrew, 0x5D0, cp);
}

static const struct tg_letter greek[] = {
    {"a", NULL},  {"v", "b"},   {"g", NULL},  {"d", NULL}, {"e", NULL}, {"z", NULL}, {"i", NULL},
    {"th", NULL}, {"i", NULL},  {"k", NULL},  {"l", NULL}, {"m", NULL}, {"n", NULL}, {"x", NULL},
    {"o", NULL},  {"p", NULL},  {"r", NULL},  {"s", NULL}, {"s", NULL}, {"t", NULL}, {"u", "i"},
    {"f", NULL},  {"kh", NULL}, {"ps", NULL}, {"o", NULL},
};

const struct tg_letter *tg_letter_greek(uint32_t cp)
{
    return LOOKUP(greek, 0x3B1, cp);
}

static const struct tg_letter armenian[] = {
    {"a", NULL}, {"b", NULL},  {"g", NULL},  {"d", NULL},  {"e", NULL},  {"z", NULL},  {"e", NULL},
    {"y", NULL}, {"t", NULL},  {"zh", NULL}, {"i", NULL},  {"l", NULL},  {"kh", NULL}, {"ts", NULL},
    {"k", NULL}, {"h", NULL},  {"dz", NULL}, {"gh", NULL}, {"ch", NULL}, {"m", NULL},  {"y", NULL},
    {"n", NULL}, {"sh", NULL}, {"o", NULL},  {"ch", NULL}, {"p", NULL},  {"j", NULL},  {"r", NULL},
    {"s", NULL}, {"v", NULL},  {"t", NULL},  {"r", NULL},  {"ts", NULL}, {"u", NULL},  {"p", NULL},
    {"k", NULL}, {"o", NULL},  {"f", NULL},  {"ev", NULL},
};

const struct tg_letter *tg_letter_armenian(uint32_t cp)
{
    return LOOKUP(armenian, 0x561, cp);
}

static const struct tg_letter georgian[] = {
    {"a", NULL},  {"b", NULL},  {"g", NULL},  {"d", NULL},  {"e", NULL},  {"v", NULL},  {"z", NULL},
    {"t", NULL},  {"i", NULL},  {"k", NULL},  {"l", NULL},  {"m", NULL},  {"n", NULL},  {"o", NULL},
    {"p", NULL},  {"zh", NULL}, {"r", NULL},  {"s", NULL},  {"t", NULL},  {"u", NULL},  {"p", NULL},
    {"k", NULL},  {"gh", NULL}, {"q", NULL},  {"sh", NULL}, {"ch", NULL}, {"ts", NULL}, {"dz", NULL},
    {"ts", NULL}, {"ch", NULL}, {"kh", NULL}, {"j", NULL},  {"h", NULL},
};

const struct tg_letter *tg_letter_georgian(uint32_t cp)
{
    return LOOKUP(georgian, 0x10D0, cp);
}

/* Latin letters whose reading is not that of their base letter. */
static const struct {
    uint16_t cp;
    struct tg_letter letter;
} latin[] = {
    {0xDF, {"ss", NULL}},  {0xE6, {"ae", NULL}},  {0xE7, {"ch", "s"}},   {0xF0, {"d", NULL}},
    {0xF6, {"o", "oe"}},   {0xF8, {"o", "oe"}},   {0xFC, {"u", "ue"}},   {0xFE, {"th", NULL}},
    {0x107, {"ch", NULL}}, {0x10D, {"ch", NULL}}, {0x111, {"d", NULL}},  {0x11F, {"gh", ""}},
    {0x127, {"h", NULL}},  {0x131, {"i", NULL}},  {0x142, {"l", NULL}},  {0x14B, {"ng", NULL}},
    {0x153, {"oe", NULL}}, {0x15B, {"sh", NULL}}, {0x15F, {"sh", NULL}}, {0x161, {"sh", NULL}},
    {0x17E, {"zh", NULL}}, {0x219, {"sh", NULL}}, {0x259, {"a", "e"}},   {0x1E5, {"g", NULL}},
};

const struct tg_letter *tg_letter_latin(uint32_t cp)
{
    for (size_t i = 0; i < sizeof latin / sizeof latin[0]; i++) {
        if (latin[i].cp == cp) return &latin[i].letter;
    }
    return NULL;
}

static void append(char *out, size_t *at, const char *text)
{
    while (*text != 0) out[(*at)++] = *text++;
}

void tg_letter_hangul(uint32_t cp, char out[static 8])
{
    static const char initials[19][3] = {"k",  "kk", "n", "d",  "tt", "r", "m", "b", "pp", "s",
                                         "ss", "",   "j", "jj", "ch", "k", "t", "p", "h"};
    static const char medials[21][4] = {"a",  "ae", "ya", "yae", "o",  "e",  "yo", "ye", "o",  "wa", "wae",
                                        "oe", "yo", "u",  "wo",  "we", "wi", "yu", "u",  "ui", "i"};
    static const char finals[28][3] = {"",  "k", "k", "k", "n", "n", "n", "t",  "l", "k", "m", "l", "l", "l",
                                       "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"};
    uint32_t index = cp - 0xAC00;
    size_t at = 0;
    append(out, &at, initials[index / 588]);
    append(out, &at, medials[index % 588 / 28]);
    append(out, &at, finals[index % 28]);
    out[at] = 0;
}

static const struct {
    uint16_t latin, cyrillic;
} look_alikes[] = {{'a', 0x430}, {'e', 0x435}, {'o', 0x43E}, {'p', 0x440},  {'c', 0x441},  {'x', 0x445},
                   {'y', 0x443}, {'i', 0x456}, {'k', 0x43A}, {'m', 0x43C},  {'t', 0x442},  {'b', 0x432},
                   {'h', 0x43D}, {'j', 0x458}, {'s', 0x455}, {0xEB, 0x451}, {0x115, 0x435}};

uint32_t tg_look_alike_cyrillic(uint32_t letter)
{
    for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++) {
        if (look_alikes[i].latin == letter) return look_alikes[i].cyrillic;
    }
    return 0;
}

uint32_t tg_look_alike_latin(uint32_t letter)
{
    for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++) {
        if (look_alikes[i].cyrillic == letter) return look_alikes[i].latin;
    }
    return 0;
}
