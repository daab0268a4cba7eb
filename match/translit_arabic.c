/* Arabic script in Latin: Arabic, Persian, Pashto, Kurdish, Urdu. Short vowels are not written; comparing makes up for it.
 *
 * Knows letters and their neighbours, not names. Version: TG_NAME_TABLES_VERSION.
 */
#include "match/translit.h"

#define A(cp) [(cp)-0x620]
static const struct tg_letter arabic[0x6E0 - 0x620] = {
    A(0x621) = {"", NULL},   A(0x622) = {"a", NULL},  A(0x623) = {"a", NULL},  A(0x624) = {"u", NULL},
    A(0x625) = {"i", NULL},  A(0x626) = {"i", NULL},  A(0x627) = {"a", NULL},  A(0x628) = {"b", NULL},
    A(0x629) = {"a", NULL},  A(0x62A) = {"t", NULL},  A(0x62B) = {"s", "t"},   A(0x62C) = {"j", NULL},
    A(0x62D) = {"h", NULL},  A(0x62E) = {"kh", NULL}, A(0x62F) = {"d", NULL},  A(0x630) = {"z", "d"},
    A(0x631) = {"r", NULL},  A(0x632) = {"z", NULL},  A(0x633) = {"s", NULL},  A(0x634) = {"sh", NULL},
    A(0x635) = {"s", NULL},  A(0x636) = {"z", "d"},   A(0x637) = {"t", NULL},  A(0x638) = {"z", NULL},
    A(0x639) = {"a", NULL},  A(0x63A) = {"gh", NULL}, A(0x641) = {"f", NULL},  A(0x642) = {"q", NULL},
    A(0x643) = {"k", NULL},  A(0x644) = {"l", NULL},  A(0x645) = {"m", NULL},  A(0x646) = {"n", NULL},
    A(0x647) = {"h", NULL},  A(0x648) = {"u", "v"},   A(0x649) = {"a", "i"},   A(0x64A) = {"i", NULL},
    A(0x671) = {"a", NULL},  A(0x679) = {"t", NULL},  A(0x67C) = {"t", NULL},  A(0x67E) = {"p", NULL},
    A(0x681) = {"dz", NULL}, A(0x685) = {"ts", NULL}, A(0x686) = {"ch", NULL}, A(0x688) = {"d", NULL},
    A(0x689) = {"d", NULL},  A(0x691) = {"r", NULL},  A(0x693) = {"r", NULL},  A(0x695) = {"r", NULL},
    A(0x696) = {"zh", NULL}, A(0x698) = {"zh", NULL}, A(0x69A) = {"sh", NULL}, A(0x6A4) = {"v", NULL},
    A(0x6A9) = {"k", NULL},  A(0x6AB) = {"g", NULL},  A(0x6AF) = {"g", NULL},  A(0x6B5) = {"l", NULL},
    A(0x6BA) = {"n", NULL},  A(0x6BC) = {"n", NULL},  A(0x6BE) = {"h", NULL},  A(0x6C0) = {"a", NULL},
    A(0x6C1) = {"h", NULL},  A(0x6C3) = {"a", NULL},  A(0x6C6) = {"o", NULL},  A(0x6CB) = {"v", NULL},
    A(0x6CC) = {"i", NULL},  A(0x6CD) = {"ai", NULL}, A(0x6CE) = {"e", NULL},  A(0x6D0) = {"e", NULL},
    A(0x6D2) = {"e", NULL},  A(0x6D3) = {"e", NULL},  A(0x6D5) = {"a", NULL},
};

static bool is_yeh(uint32_t cp)
{
    return cp == 0x64A || cp == 0x6CC || cp == 0x649;
}

static bool is_alef(uint32_t cp)
{
    return cp == 0x627 || cp == 0x622 || cp == 0x623 || cp == 0x671;
}

/* Endings and groups that are read as a whole. Letters from the standard order, so that yeh of either kind fits. */
static const struct {
    uint32_t letters[5];
    uint8_t count;
    bool at_end;
    const char *reading;
} groups[] = {
    {{0x627, 0x644, 0x644, 0x647}, 4, false, "allah"}, /* الله */
    {{0x644, 0x644, 0x647}, 3, true, "llah"},          /* لله */
    {{0x648, 0x641, 0x6CC, 0x686}, 4, true, "ovich"},  /* وفیچ */
    {{0x648, 0x648, 0x6CC, 0x686}, 4, true, "ovich"},  /* وویچ */
    {{0x648, 0x6CC, 0x686}, 3, true, "ovich"},         /* ویچ */
    {{0x648, 0x641, 0x627}, 3, true, "ova"},           /* وفا */
    {{0x648, 0x648, 0x627}, 3, true, "ova"},           /* ووا */
    {{0x6CC, 0x641, 0x627}, 3, true, "eva"},           /* یفا */
    {{0x648, 0x641}, 2, true, "ov"},                   /* وف */
    {{0x648, 0x641, 0x641}, 3, true, "ov"},            /* وفف */
    {{0x6CC, 0x641}, 2, true, "ev"},                   /* یف */
    {{0x6CC, 0x6CC}, 2, false, "ey"},                  /* یی */
};

static bool group_here(const uint32_t *word, size_t count, size_t at, size_t group)
{
    size_t length = groups[group].count;
    if (at + length > count || (groups[group].at_end && at + length != count)) return false;
    for (size_t i = 0; i < length; i++) {
        bool same = word[at + i] == groups[group].letters[i] ||
                    (is_yeh(word[at + i]) && groups[group].letters[i] == 0x6CC);
        if (!same) return false;
    }
    return at >= 2 || !groups[group].at_end;
}

/* Waw is a consonant at the front and beside alef. */
static bool waw_is_consonant(const uint32_t *word, size_t count, size_t at)
{
    return at == 0 || (at + 1 < count && is_alef(word[at + 1])) || (is_alef(word[at - 1]) && at + 1 < count);
}

bool tg_letter_arabic(const uint32_t *word, size_t count, size_t at, struct tg_letter *ret_letter,
                      size_t *ret_used)
{
    uint32_t cp = word[at];
    *ret_used = 1;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (!group_here(word, count, at, i)) continue;
        *ret_letter = (struct tg_letter){groups[i].reading, NULL};
        *ret_used = groups[i].count;
        return true;
    }
    if (cp < 0x620 || cp - 0x620 >= sizeof arabic / sizeof arabic[0] || arabic[cp - 0x620].main == NULL)
        return false;
    *ret_letter = arabic[cp - 0x620];
    bool last = at + 1 == count && count > 2;
    if (cp == 0x648 && waw_is_consonant(word, count, at)) *ret_letter = (struct tg_letter){"v", "u"};
    if ((cp == 0x647 || cp == 0x6C1) && last && !is_alef(word[at - 1]))
        *ret_letter = (struct tg_letter){"a", "h"};
    if (is_yeh(cp) && at == 0) *ret_letter = (struct tg_letter){"y", NULL};
    if (cp == 0x649 && !last) *ret_letter = (struct tg_letter){"i", NULL};
    return true;
}
