/* The name index: same answers as scoring everything, new names found at once, removed ones gone.
 *
 * Invented persons. Guarantee: docs/formats-match.md.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "match/name_index.h"

#define ARENA_BYTES (16 << 20)
static const struct tg_token_key key = {.bytes = {7, 7, 7}};

static uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717U;
}

static tg_err add(struct tg_name_index *index, uint64_t id, const char *text, enum tg_name_kind kind,
                  const struct tg_features *features)
{
    struct tg_name_entry entry = {.id = id, .text = tg_view_str(text), .kind = kind};
    if (features != NULL) entry.features = *features;
    return tg_name_index_add(index, &entry, NULL);
}

static size_t ask(const struct tg_name_index *index, const char *text, const struct tg_features *features,
                  uint16_t threshold, size_t limit, struct tg_arena *arena, struct tg_name_result **results)
{
    struct tg_name_query query = {.text = tg_view_str(text), .threshold = threshold, .limit = limit};
    size_t count = 0;
    if (features != NULL) query.features = *features;
    cr_assert(tg_name_index_query(index, &query, arena, results, &count, NULL) == TG_OK, "%s", text);
    return count;
}

static bool finds(const struct tg_name_index *index, const char *text, uint64_t id)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    tg_arena_init(&arena, ARENA_BYTES);
    size_t count = ask(index, text, NULL, TG_SCORE_REVIEW, 20, &arena, &results);
    for (size_t i = 0; i < count; i++) {
        if (results[i].id == id) return true;
    }
    return false;
}

Test(match_index, cyrillic_and_persian_queries_find_the_latin_name_at_once)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    cr_assert(add(index, 11, "Rahmonov Abdullo", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_expect(finds(index, "Раҳмонов Абдулло", 11));
    cr_expect(finds(index, "Рахмонов Абдулло Тохирович", 11));
    cr_expect(finds(index, "Rahmonzoda Abdullo", 11));
    cr_expect(finds(index, "عبدالله رحمانزاده", 11));
    cr_expect(!finds(index, "Karimov Daler", 11));
    cr_assert(add(index, 12, "Каримов Далер", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_expect(finds(index, "Karimov Daler", 12), "a new name is found before any merge");
    cr_assert(tg_name_index_merge(index) == TG_OK);
    cr_expect(finds(index, "Karimov Daler", 12) && finds(index, "Rahmonov Abdullo", 11), "and after it");
    cr_assert(add(index, 13, "Sharipov Alisher", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_expect(finds(index, "Шарипов Алишер", 13), "and beside a merged segment");
}

Test(match_index, removed_names_are_gone_and_their_neighbours_stay)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    cr_assert(add(index, 1, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_assert(add(index, 1, "Karimov D", TG_NAME_ALIAS, NULL) == TG_OK);
    cr_assert(add(index, 2, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_assert(tg_name_index_remove(index, 1) == TG_OK);
    cr_expect(tg_name_index_remove(index, 1) == TG_ENOENT);
    cr_expect(!finds(index, "Karimov Daler", 1) && finds(index, "Karimov Daler", 2));
    cr_assert(tg_name_index_merge(index) == TG_OK);
    struct tg_name_index_stats stats;
    tg_name_index_stats(index, &stats);
    cr_expect(stats.names == 1, "%zu", stats.names);
    cr_expect(!finds(index, "Karimov Daler", 1) && finds(index, "Karimov Daler", 2));
    cr_assert(add(index, 1, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_expect(finds(index, "Karimov Daler", 1), "an id can come back");
}

Test(match_index, one_person_is_one_result_by_his_best_name)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    tg_arena_init(&arena, ARENA_BYTES);
    cr_assert(add(index, 5, "Karimov D Sharifovich", TG_NAME_ALIAS, NULL) == TG_OK);
    cr_assert(add(index, 5, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_assert(add(index, 4, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    size_t count = ask(index, "Karimov Daler", NULL, TG_SCORE_LIST, 20, &arena, &results);
    cr_assert(count == 2);
    cr_expect(results[0].id == 4 && results[1].id == 5, "equal scores: the smaller id first");
    cr_expect(tg_view_equal_str(results[1].name, "Karimov Daler"));
    cr_expect(ask(index, "Karimov Daler", NULL, TG_SCORE_LIST, 1, &arena, &results) == 1);
    cr_expect(ask(index, "Karimov Daler", NULL, TG_SCORE_LIST, 0, &arena, &results) == 0);
}

Test(match_index, namesake_with_another_birth_date_is_no_result)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    tg_arena_init(&arena, ARENA_BYTES);
    struct tg_birth his = {.date = {1984, 7, 21}}, other = {.date = {1991, 3, 2}};
    struct tg_features a = {.births = &his, .births_count = 1}, b = {.births = &other, .births_count = 1};
    cr_assert(add(index, 1, "Karimov Daler", TG_NAME_PRIMARY, &a) == TG_OK);
    cr_assert(add(index, 2, "Karimov Daler", TG_NAME_PRIMARY, &b) == TG_OK);
    size_t count = ask(index, "Каримов Далер", &a, TG_SCORE_LIST, 20, &arena, &results);
    cr_assert(count == 1 && results[0].id == 1);
    cr_expect(results[0].scored.band == TG_BAND_STRONG);
    cr_expect(ask(index, "Каримов Далер", NULL, TG_SCORE_LIST, 20, &arena, &results) == 2);
}

Test(match_index, refuses_what_is_no_name_and_stays_as_it_was)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    cr_expect(add(index, 1, "...", TG_NAME_PRIMARY, NULL) == TG_EVALUE);
    cr_expect(add(index, 1, "\xff", TG_NAME_PRIMARY, NULL) == TG_EFORMAT);
    struct tg_name_index_stats stats;
    tg_name_index_stats(index, &stats);
    cr_expect(stats.names == 0);
    cr_expect(tg_name_index_remove(index, 1) == TG_ENOENT);
    cr_expect(!finds(index, "Karimov", 1), "an empty index answers");
}

static const char *const surnames[] = {
    "Rahmonov", "Раҳмонов", "Rakhmonov", "Rahmonzoda", "Karimov", "Каримова", "Qosimov",   "Kasymov",
    "قاسموف",   "al-Banna", "Albanna",   "Sharipov",   "Шарипов", "Zhakypov", "Yoqubov",   "Ikromov",
    "Li",       "Ali zoda", "Xurshidov", "Хуршидов",   "Saidov",  "Саидов",   "bin Laden", "Nazarzoda"};
static const char *const givens[] = {"Abdullo",  "Абдулла",  "Abdul Rahman", "Abdurahman", "Nur al-Din",
                                     "Nuruddin", "Daler",    "Далер",        "محمد",       "Muhammad",
                                     "Mohamed",  "Abu Bakr", "Abubakr",      "A.",         "Д.",
                                     "Jamshed",  "Ҷамшед",   "Zhamshid",     "Ali",        "Aly"};
static const char *const fathers[] = {
    "", "", " Sharifovich", " Шарифович", " Rahim ogli", " Рахман уулу", " bin Ahmad Said", " ibn Umar Hoji"};

/* A name of parts, sometimes with a letter changed. */
static void invent(uint64_t *state, char out[static 160])
{
    const char *surname = surnames[chance(state) % 24], *given = givens[chance(state) % 20];
    const char *father = fathers[chance(state) % 8];
    bool turned = chance(state) % 2 == 0;
    snprintf(out, 160, "%s %s%s", turned ? surname : given, turned ? given : surname, father);
    size_t bytes = strlen(out), at = chance(state) % bytes;
    bool slip = chance(state) % 3 == 0 && out[at] >= 'a' && out[at] <= 'z';
    if (slip) out[at] = (char)('a' + chance(state) % 26);
}

#define PEOPLE 900
#define QUERIES 250
struct person {
    char text[160];
    struct tg_birth birth;
    struct tg_features features;
    enum tg_name_kind kind;
    struct tg_name name;
};
static struct person people[PEOPLE];

static void invent_features(uint64_t *state, struct person *person)
{
    person->features = (struct tg_features){.births = &person->birth, .births_count = chance(state) % 2};
    person->birth =
        (struct tg_birth){.date = {(int16_t)(1980 + chance(state) % 3), (uint8_t)(1 + chance(state) % 2),
                                   (uint8_t)(1 + chance(state) % 2)}};
}

/* Whether the index must know the candidate: some pair of tokens, or of joined neighbours, is alike. */
static bool reachable(const struct tg_scored *scored)
{
    for (size_t i = 0; i < scored->why.aligned_count; i++) {
        if (scored->why.aligned[i].how != TG_HOW_INITIAL) return true;
    }
    return false;
}

static void compare(const struct tg_name_index *index, const struct person *asked, uint16_t threshold)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    tg_arena_init(&arena, ARENA_BYTES);
    size_t count =
        ask(index, asked->text, &asked->features, threshold, TG_NAME_RESULTS_MAX, &arena, &results);
    size_t expected = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct tg_scored scored;
        tg_score(&asked->name, &asked->features, &people[i].name, people[i].kind, &people[i].features,
                 &scored);
        if (scored.score < threshold || !reachable(&scored)) continue;
        expected++;
        size_t at = 0;
        while (at < count && results[at].id != i) at++;
        cr_assert(at < count, "'%s' must find '%s' (%u)", asked->text, people[i].text, scored.score);
        cr_assert(results[at].scored.score == scored.score, "'%s' and '%s': index %u, exhaustive %u",
                  asked->text, people[i].text, results[at].scored.score, scored.score);
        cr_assert(memcmp(&results[at].scored, &scored, sizeof scored) == 0,
                  "'%s' and '%s': another explanation", asked->text, people[i].text);
    }
    cr_assert(count == expected, "'%s': index %zu, exhaustive %zu", asked->text, count, expected);
    for (size_t i = 1; i < count; i++) cr_assert(results[i - 1].scored.score >= results[i].scored.score);
}

Test(match_index, answers_equal_an_exhaustive_search)
{
    uint64_t state = 2024;
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct person *person = &people[i];
        invent(&state, person->text);
        invent_features(&state, person);
        person->kind = chance(&state) % 8 == 0 ? TG_NAME_WEAK : TG_NAME_PRIMARY;
        cr_assert(tg_name_parse(tg_view_str(person->text), &person->name, NULL) == TG_OK);
        cr_assert(add(index, i, person->text, person->kind, &person->features) == TG_OK);
        if (i == PEOPLE / 2) cr_assert(tg_name_index_merge(index) == TG_OK);
    }
    static const uint16_t thresholds[] = {3000, TG_SCORE_LIST, TG_SCORE_REVIEW};
    for (size_t i = 0; i < QUERIES; i++) {
        struct person asked;
        invent(&state, asked.text);
        invent_features(&state, &asked);
        cr_assert(tg_name_parse(tg_view_str(asked.text), &asked.name, NULL) == TG_OK);
        asked.features.births = &asked.birth;
        compare(index, &asked, thresholds[i % 3]);
    }
}

/* One letter put in, left out or replaced, in any word long enough. */
static void slip(uint64_t *state, const char *word, char out[static 64])
{
    size_t bytes = strlen(word), at = chance(state) % bytes;
    char letter = (char)('a' + chance(state) % 26);
    switch (chance(state) % 3) {
    case 0:
        snprintf(out, 64, "%.*s%c%s", (int)at, word, letter, word + at);
        break;
    case 1:
        snprintf(out, 64, "%.*s%s", (int)at, word, word + at + 1);
        break;
    default:
        snprintf(out, 64, "%.*s%c%s", (int)at, word, letter, word + at + 1);
        break;
    }
}

Test(match_index, a_word_one_letter_off_is_always_a_candidate)
{
    static const char *const words[] = {"rahmonov", "karimov", "shokirov", "abdullo",
                                        "jamshed",  "firdavs", "nazarov",  "tohirov"};
    uint64_t state = 99;
    for (int round = 0; round < 400; round++) {
        char slipped[64], query[128];
        TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_name_result *results = NULL;
        tg_arena_init(&arena, ARENA_BYTES);
        const char *word = words[chance(&state) % 8];
        slip(&state, word, slipped);
        struct tg_name left, right;
        cr_assert(tg_name_parse(tg_view_str(word), &left, NULL) == TG_OK &&
                  tg_name_parse(tg_view_str(slipped), &right, NULL) == TG_OK);
        if (left.count != 1 || right.count != 1) continue;
        cr_assert(add(index, 1, word, TG_NAME_PRIMARY, NULL) == TG_OK);
        snprintf(query, sizeof query, "%s", slipped);
        struct tg_scored scored;
        tg_score(&right, NULL, &left, TG_NAME_PRIMARY, NULL, &scored);
        size_t count = ask(index, query, NULL, 1, 20, &arena, &results);
        cr_expect(scored.score > 2500, "'%s' and '%s' are one letter apart: %u", word, slipped, scored.score);
        cr_expect(count == 1 && results[0].scored.score == scored.score, "'%s' must find '%s'", slipped,
                  word);
    }
}

Test(match_index, many_names_of_one_key_do_not_lose_each_other)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    tg_arena_init(&arena, ARENA_BYTES);
    for (uint64_t i = 0; i < 3000; i++)
        cr_assert(add(index, i, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    cr_expect(ask(index, "Karimov Daler", NULL, TG_SCORE_REVIEW, 5000, &arena, &results) ==
              TG_NAME_RESULTS_MAX);
    struct tg_name_index_stats stats;
    tg_name_index_stats(index, &stats);
    cr_expect(stats.names == 3000 && stats.tokens == 2);
}

Test(match_index, a_query_over_the_budget_of_its_arena_says_so)
{
    TG_AUTO_PTR(tg_name_index) struct tg_name_index *index = tg_name_index_new(&key);
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_name_result *results = NULL;
    size_t count = 77;
    tg_arena_init(&arena, 64);
    cr_assert(add(index, 1, "Karimov Daler", TG_NAME_PRIMARY, NULL) == TG_OK);
    struct tg_name_query query = {
        .text = tg_view_str("Karimov Daler"), .threshold = TG_SCORE_LIST, .limit = 20};
    cr_expect(tg_name_index_query(index, &query, &arena, &results, &count, NULL) == TG_ENOMEM);
    cr_expect(count == 77 && results == NULL, "outputs untouched");
}
