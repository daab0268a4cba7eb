/* The quick way to a normal form and the rules of its type agree, whatever is written. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "match/selector_impl.h"

static uint64_t state = 88172645463325252u;
static uint32_t chance(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % below);
}

static const enum tg_selector_type types[] = {TG_SELECTOR_PHONE, TG_SELECTOR_EMAIL, TG_SELECTOR_DOMAIN,
                                              TG_SELECTOR_IP, TG_SELECTOR_HASH};

static size_t compare(enum tg_selector_type type, const char *text)
{
    struct tg_selector fast, ruled;
    if (!tg_sel_fast(type, tg_view_str(text), &fast)) return 0;
    tg_err err = tg_sel_by_rules(type, tg_view_str(text), NULL, &ruled, NULL);
    cr_assert_eq(err, TG_OK, "%s '%s' is refused by its rules and taken as '%s'", tg_selector_name(type),
                 text, fast.form);
    cr_assert_str_eq(fast.form, ruled.form, "%s '%s': '%s', by its rules '%s'", tg_selector_name(type), text,
                     fast.form, ruled.form);
    cr_assert_eq(fast.flags, ruled.flags, "%s '%s': flags %u and %u", tg_selector_name(type), text,
                 fast.flags, ruled.flags);
    cr_assert_eq(fast.form_bytes, ruled.form_bytes);
    return 1;
}

static void digits_put(char *out, size_t *at, size_t count)
{
    while (count--) out[(*at)++] = (char)('0' + (chance(12) < 9 ? chance(10) : 0));
}

/* A value of the type, as people write it. */
static void value_write(enum tg_selector_type type, char out[static 128])
{
    static const char *const tlds[] = {"com",   "ru",  "tj",    "uk",     "example", "test",
                                       "local", "org", "co.uk", "com.tj", "x1"};
    static const char *const hosts[] = {"mail", "a",   "co",  "example",      "x-y",
                                        "A9",   "com", "gov", "xn--e1afmkfd", "a--b"};
    static const char *const dials[] = {"+992", "+996", "+7", "+1", "+39", "+44", "+90", "+999", "+49"};
    size_t at = 0;
    if (type == TG_SELECTOR_PHONE) {
        at = (size_t)sprintf(out, "%s", dials[chance(9)]);
        for (unsigned groups = chance(5); groups; groups--) {
            out[at++] = " -.()"[chance(5)];
            digits_put(out, &at, 1 + chance(4));
        }
        digits_put(out, &at, chance(10));
    } else if (type == TG_SELECTOR_IP) {
        at = (size_t)sprintf(out, "%u.%u.%u.%u", chance(260), chance(256), chance(256), chance(300));
    } else if (type == TG_SELECTOR_HASH) {
        static const size_t lengths[] = {32, 40, 64, 33, 56};
        for (size_t left = lengths[chance(5)]; left; left--) out[at++] = "0123456789abcdefABCDEF"[chance(22)];
    } else {
        if (type == TG_SELECTOR_EMAIL)
            at = (size_t)sprintf(out, "%s%c%s@", hosts[chance(10)], "._+-@"[chance(5)], hosts[chance(10)]);
        for (unsigned labels = 1 + chance(3); labels; labels--)
            at += (size_t)sprintf(out + at, "%s.", hosts[chance(10)]);
        at += (size_t)sprintf(out + at, "%s", tlds[chance(11)]);
    }
    out[at] = 0;
}

Test(match_selector_fast, agrees_with_the_rules_on_what_people_write)
{
    size_t taken[5] = {0};
    for (int i = 0; i < 60000; i++) {
        char text[128];
        size_t which = chance(5);
        value_write(types[which], text);
        for (uint32_t flaws = chance(4) ? 0 : chance(3), bytes = (uint32_t)strlen(text); flaws && bytes;
             flaws--)
            text[chance(bytes)] = (char)(1 + chance(255));
        for (size_t k = 0; k < 5; k++)
            taken[k] += k == which ? compare(types[k], text) : 0 * compare(types[k], text);
    }
    for (size_t i = 0; i < 5; i++)
        cr_expect(taken[i] > 1000, "%s: only %zu", tg_selector_name(types[i]), taken[i]);
}

Test(match_selector_fast, leaves_edges_to_the_rules)
{
    static const char *const edges[] = {"",
                                        "+",
                                        "+992",
                                        "+9929000000011111",
                                        "+992 (0)900000001",
                                        "+39 06 123456",
                                        "a@b",
                                        "@a.tj",
                                        "a@@b.tj",
                                        "co.uk",
                                        "com.tj",
                                        "x.co.uk",
                                        "a.example",
                                        "www.example.com",
                                        "localhost",
                                        "a.localhost",
                                        "1.2.3",
                                        "01.2.3.4",
                                        "10.0.0.1",
                                        "1.2.3.4.",
                                        "1.2.3.256",
                                        "a..b.tj",
                                        "-a.tj",
                                        "a-.tj",
                                        "a.tj.",
                                        "a.b1",
                                        "d41d8cd98f00b204e9800998ecf8427e",
                                        "00000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        for (size_t k = 0; k < 5; k++) (void)compare(types[k], edges[i]);
}
