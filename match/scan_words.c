/* Words that may be a name: two to five that begin with capitals, and the small words that stand in names.
 *
 * Scripts without capitals have names here only around "bin" and its kin. Knows no name.
 */
#include <utf8proc.h>

#include "match/scan_impl.h"

#define WORD_BYTES_MAX 64
#define SENTENCE_WORDS_MAX \
    64 /* a heading in capitals is looked at three words at a time, so many words long */
#define WINDOW_WORDS 3
#define PARTICLE_BYTES_MAX 10

struct word {
    size_t from, to;
    bool particle;
};
struct words {
    struct word items[SENTENCE_WORDS_MAX];
    size_t count;
};

static bool is_letter(const uint8_t *at)
{
    if (at[0] < 0x80) return tg_scan_is(at[0], TG_SCAN_LETTER) || at[0] == '\'' || at[0] == '-';
    if (at[0] == 0xC2 || at[0] == 0xEF || (at[0] == 0xE3 && at[1] == 0x80)) return false;
    if (at[0] == 0xE2) return at[1] == 0x80 && (at[2] == 0x98 || at[2] == 0x99); /* apostrophes */
    return !(at[0] == 0xD8 && (at[1] == 0x8C || at[1] == 0x9B || at[1] == 0x9F));
}

static size_t letter_bytes(uint8_t lead)
{
    if (lead < 0xC0) return 1;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static size_t word_end(const struct tg_scan *scan, size_t at)
{
    for (; at < scan->bytes; at += letter_bytes(scan->window[at])) {
        while (tg_scan_is(scan->window[at], TG_SCAN_LETTER)) at++;
        if (!is_letter(scan->window + at)) break;
    }
    return at < scan->bytes ? at : scan->bytes;
}

static bool begins_capital(struct tg_view word)
{
    if (word.data[0] < 0x80) return word.data[0] >= 'A' && word.data[0] <= 'Z';
    utf8proc_int32_t cp = -1;
    (void)utf8proc_iterate(word.data, (utf8proc_ssize_t)word.bytes, &cp);
    return cp > 0 && utf8proc_category(cp) == UTF8PROC_CATEGORY_LU;
}

static bool is_one_of(struct tg_view word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tg_view_equal_str(word, words[i])) return true;
    return false;
}

/* Small words that stand between the capitals of a name. */
static bool is_particle(struct tg_view word)
{
    static const char *const particles[] = {"al",   "el",   "bin",  "ibn",  "bint", "abu",  "oglu",
                                            "ogli", "qizi", "uulu", "kyzy", "uly",  "оглы", "огли",
                                            "угли", "кызы", "қизи", "ўғли", "улы",  "уулу", "кизи",
                                            "зода", "ибн",  "бин",  "de",   "van",  "von",  "o'g'li"};
    return word.bytes <= PARTICLE_BYTES_MAX &&
           is_one_of(word, particles, sizeof particles / sizeof particles[0]);
}

static bool is_father(struct tg_view word)
{
    static const char *const fathers[] = {"بن", "ابن", "بنت", "ولد"};
    return word.data[0] >= 0xD8 && word.bytes <= PARTICLE_BYTES_MAX &&
           is_one_of(word, fathers, sizeof fathers / sizeof fathers[0]);
}

static tg_err words_give(struct tg_scan *scan, const struct words *words, size_t from, size_t count)
{
    while (count && words->items[from + count - 1].particle) count--;
    size_t capitals = 0;
    for (size_t i = from; i < from + count; i++) capitals += !words->items[i].particle;
    if (capitals < 2) return TG_OK;
    return tg_scan_give_name(scan, words->items[from].from, words->items[from + count - 1].to);
}

/* At the beginning of a sentence the first word may be any. */
static bool begins_sentence(const struct tg_scan *scan, size_t at)
{
    while (at > 0 && (scan->window[at - 1] == ' ' || scan->window[at - 1] == '"')) at--;
    return at == 0 || strchr(".!?:;\n\r\t", scan->window[at - 1]) != NULL;
}

static tg_err sequence_give(struct tg_scan *scan, const struct words *words)
{
    tg_err err = TG_OK;
    if (words->count <= TG_SCAN_NAME_WORDS_MAX) {
        err = words_give(scan, words, 0, words->count);
        bool sentence = words->count > 2 && begins_sentence(scan, words->items[0].from);
        return err || !sentence ? err : words_give(scan, words, 1, words->count - 1);
    }
    for (size_t i = 0; !err && i + WINDOW_WORDS <= words->count; i++)
        err = words_give(scan, words, i, WINDOW_WORDS);
    return err;
}

/* Whether the next word follows after one blank, and where it begins. */
static bool follows(const struct tg_scan *scan, size_t at, size_t *ret_next)
{
    const uint8_t *window = scan->window + at;
    size_t blank = window[0] == ' ' ? 1 : window[0] == 0xC2 && window[1] == 0xA0 ? 2 : 0;
    *ret_next = at + blank;
    return blank && at + blank < scan->bytes && is_letter(window + blank);
}

/* Words from the first one on, as long as they go on as a name does. */
static size_t sequence_read(const struct tg_scan *scan, size_t at, struct words *words)
{
    size_t reach = at + TG_SCAN_REACH_BYTES - WORD_BYTES_MAX, next = at, end = at;
    while (words->count < SENTENCE_WORDS_MAX && next < reach) {
        size_t to = word_end(scan, next);
        struct tg_view word = tg_scan_view(scan, next, to);
        bool capital = begins_capital(word), particle = !capital && words->count && is_particle(word);
        if (to - next > WORD_BYTES_MAX || (!capital && !particle)) break;
        words->items[words->count++] = (struct word){.from = next, .to = to, .particle = particle};
        end = to;
        if (!follows(scan, to, &next)) break;
    }
    return end;
}

/* "... X bin Y ...": the words on both sides. */
static tg_err father_give(struct tg_scan *scan, size_t from, size_t to)
{
    size_t before = from, next, end = to;
    if (!follows(scan, to, &next)) return TG_OK;
    end = word_end(scan, next);
    while (before > 0 && scan->window[before - 1] == ' ') before--;
    while (before > 0 && scan->window[before - 1] >= 0x80 && from - before < WORD_BYTES_MAX) before--;
    while (before < from && (scan->window[before] & 0xC0) == 0x80) before++;
    return before + 1 < from && end - next <= WORD_BYTES_MAX ? tg_scan_give_name(scan, before, end) : TG_OK;
}

tg_err tg_scan_words(struct tg_scan *scan, size_t end)
{
    size_t at = scan->name_next;
    tg_err err = TG_OK;
    while (!err && at < end) {
        if (!is_letter(scan->window + at)) {
            at++;
            continue;
        }
        size_t to = word_end(scan, at);
        struct tg_view word = tg_scan_view(scan, at, to);
        if (begins_capital(word)) {
            struct words words;
            words.count = 0;
            size_t after = sequence_read(scan, at, &words);
            if (words.count > 1) err = sequence_give(scan, &words);
            at = after > to ? after : to;
            continue;
        }
        if (is_father(word)) err = father_give(scan, at, to);
        at = to;
    }
    scan->name_next = at;
    return err;
}
