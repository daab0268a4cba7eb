/* Names: one man in many spellings, strangers kept apart, bands that hold, explanations that say why.
 *
 * Invented persons. Method: docs/formats-match.md.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "match/score.h"

static struct tg_scored score_full(const char *query, const struct tg_features *a, const char *candidate,
                                   enum tg_name_kind kind, const struct tg_features *b)
{
    struct tg_name left, right;
    struct tg_scored scored;
    cr_assert(tg_name_parse(tg_view_str(query), &left, NULL) == TG_OK, "%s", query);
    cr_assert(tg_name_parse(tg_view_str(candidate), &right, NULL) == TG_OK, "%s", candidate);
    tg_score(&left, a, &right, kind, b, &scored);
    return scored;
}

static struct tg_scored score(const char *query, const char *candidate)
{
    return score_full(query, NULL, candidate, TG_NAME_PRIMARY, NULL);
}

static struct tg_features born(struct tg_birth *storage, const char *date)
{
    *storage = (struct tg_birth){.approximate = false};
    cr_assert(tg_date_parse(tg_view_str(date), &storage->date, NULL) == TG_OK, "%s", date);
    return (struct tg_features){.births = storage, .births_count = 1};
}

static struct tg_scored score_born(const char *query, const char *query_date, const char *candidate,
                                   const char *date)
{
    struct tg_birth left, right;
    struct tg_features a = born(&left, query_date), b = born(&right, date);
    return score_full(query, &a, candidate, TG_NAME_PRIMARY, &b);
}

static void folds_to(const char *text, const char *latin)
{
    TG_AUTO(tg_buf) struct tg_buf out = {.data = NULL};
    cr_assert(tg_name_latin(tg_view_str(text), &out) == TG_OK);
    cr_expect(tg_view_equal_str(tg_buf_view(&out), latin), "'%s' reads '%.*s', not '%s'", text,
              (int)out.bytes, (const char *)out.data, latin);
}

Test(match_name, reads_every_script_of_the_region_in_latin)
{
    folds_to("Раҳмонов Абдулло", "Rahmonov Abdullo");
    folds_to("Ҷамшед Қосимзода", "Jamshed Qosimzoda");
    folds_to("Жакыпов Абдолла", "Zhakypov Abdolla");
    folds_to("Ўктам Ғофуров", "Oktam Ghofurov");
    folds_to("محمد", "Mhmd");
    folds_to("رحمانوف", "Rhmanov");
    folds_to("Νίκος", "Nikos");
    folds_to("გიორგი", "Giorgi");
    folds_to("Հայկ", "Hayk");
    folds_to("김정은", "Kim Jongun");
    folds_to("Rahmonov, Abdullo", "Rahmonov, Abdullo");
}

static const char *const one_man[] = {"Раҳмонов", "Рахмонов",   "Rahmonov",    "Rakhmonov",
                                      "Rahmon",   "Rahmonzoda", "Rahmon uulu", "رحمانزاده"};

Test(match_name, spellings_of_one_surname_meet_at_review)
{
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            struct tg_scored got = score(one_man[i], one_man[k]);
            cr_expect(got.band == TG_BAND_REVIEW, "'%s' and '%s' score %u", one_man[i], one_man[k],
                      got.score);
        }
    }
}

Test(match_name, spellings_of_one_surname_meet_beside_a_given_name)
{
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            char left[64], right[64];
            snprintf(left, sizeof left, "%s Далер", one_man[i]);
            snprintf(right, sizeof right, "Daler %s", one_man[k]);
            struct tg_scored got = score(left, right);
            cr_expect(got.band == TG_BAND_REVIEW, "'%s' and '%s' score %u", left, right, got.score);
        }
    }
}

Test(match_name, two_different_men_do_not_meet)
{
    static const char *const pairs[][2] = {{"Rahmonov Abdullo", "Karimov Abdullo"},
                                           {"Rahmonov Abdullo", "Rahmonov Firdavs"},
                                           {"Сафаров Далер", "Сайфуллаев Далерджон"},
                                           {"Nazarov Ali", "Hassan Ali"},
                                           {"Azizov Timur", "Gafurov Temir"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct tg_scored got = score(pairs[i][0], pairs[i][1]);
        cr_expect(got.score < TG_SCORE_REVIEW, "'%s' and '%s' score %u", pairs[i][0], pairs[i][1], got.score);
    }
}

Test(match_name, order_titles_particles_and_case_do_not_matter)
{
    uint16_t best = score("Abd al-Rahman al-Banna", "Abd al-Rahman al-Banna").score;
    cr_expect(score("AL BANNA, Abdurrahman", "Abd al-Rahman al-Banna").score >= TG_SCORE_STRONG);
    cr_expect(score("Haji Abdul Rahman Albanna", "Abd al-Rahman al-Banna").score >= TG_SCORE_STRONG);
    cr_expect(score("عبد الرحمن البنا", "Abd al-Rahman al-Banna").score >= TG_SCORE_REVIEW);
    cr_expect(score("Abubakr Karimov", "Abu Bakr Karimov").score >= TG_SCORE_STRONG);
    cr_expect(score("Nur al-Din Karimov", "Nuruddin Karimov").score >= TG_SCORE_STRONG);
    cr_expect(best > TG_SCORE_STRONG);
}

Test(match_name, look_alike_letters_of_another_script_are_repaired)
{
    cr_expect(score("Kаrimov Dаler", "Karimov Daler").score == score("Karimov Daler", "Karimov Daler").score);
    cr_expect(score("Кapимoв", "Каримов").score == score("Каримов", "Каримов").score);
}

Test(match_name, omitted_patronymic_is_free_and_a_contradicted_one_counts)
{
    uint16_t same = score("Каримов Далер Шарифович", "Karimov Daler Sharifovich").score;
    uint16_t omitted = score("Каримов Далер", "Karimov Daler Sharifovich").score;
    struct tg_scored other = score("Каримов Далер Шарифович", "Karimov Daler Rustamovich");
    cr_expect(omitted + 300 >= same, "%u %u", omitted, same);
    cr_expect(other.score + 500 < omitted, "%u %u", other.score, omitted);
    cr_expect(other.why.patronymic_contradicted);
    cr_expect(!score("Каримов Далер", "Karimov Daler Sharifovich").why.patronymic_contradicted);
}

Test(match_name, a_name_alone_never_goes_above_review)
{
    struct tg_scored same = score("Karimov Daler Sharifovich", "Karimov Daler Sharifovich");
    cr_expect(same.score > TG_SCORE_STRONG);
    cr_expect(same.band == TG_BAND_REVIEW);
    cr_expect(same.why.capped);
    struct tg_scored year = score_born("Karimov Daler", "1984", "Karimov Daler", "1984-07-21");
    cr_expect(year.band == TG_BAND_REVIEW, "a year is no full date");
    struct tg_scored first = score_born("Karimov Daler", "1984-01-01", "Karimov Daler", "1984-01-01");
    cr_expect(first.why.birth == TG_BIRTH_YEAR && first.band == TG_BAND_REVIEW,
              "1 January is often a default");
    struct tg_scored full = score_born("Karimov Daler", "1984-07-21", "Karimov Daler", "1984-07-21");
    cr_expect(full.band == TG_BAND_STRONG);
    struct tg_features document = {.document = true};
    cr_expect(score_full("Karimov Daler", &document, "Karimov Daler", TG_NAME_PRIMARY, NULL).band ==
              TG_BAND_STRONG);
}

Test(match_name, namesake_with_another_birth_date_is_not_shown)
{
    cr_expect(score_born("Karimov Daler", "1984-07-21", "Karimov Daler", "1991-03-02").band == TG_BAND_DROP);
    cr_expect(score_born("Karimov Daler", "1984-07-21", "Каримов Далер", "1985-03-02").band == TG_BAND_DROP);
    cr_expect(score_born("Karimov Daler", "1984-07-21", "Karimov Daler", "1984-03-02").score <
              TG_SCORE_REVIEW);
    cr_expect(score_born("Karimov Daler", "1984", "Karimov Daler", "1991").score < TG_SCORE_REVIEW);
}

Test(match_name, slips_of_a_birth_date_are_no_conflict)
{
    cr_expect(score_born("Karimov Daler", "1984-07-11", "Karimov Daler", "1984-11-07").why.birth ==
              TG_BIRTH_SWAPPED);
    cr_expect(score_born("Karimov Daler", "1984-07-11", "Karimov Daler", "1985-07-11").why.birth ==
              TG_BIRTH_YEAR_NEAR);
    cr_expect(score_born("Karimov Daler", "1984-07-11", "Karimov Daler", "1986-07-11").why.birth ==
              TG_BIRTH_CONFLICT);
    cr_expect(score_born("Karimov Daler", "1984-07-13", "Karimov Daler", "1984-11-07").why.birth ==
              TG_BIRTH_DAY_DIFFERS);
    cr_expect(score_born("Karimov Daler", "1984-07", "Karimov Daler", "1984-07-11").why.birth ==
              TG_BIRTH_MONTH);
    cr_expect(score_born("Karimov Daler", "1984", "Karimov Daler", "1985-07-11").why.birth ==
              TG_BIRTH_YEAR_NEAR);
    cr_expect(score_born("Karimov Daler", "1984", "Karimov Daler", "1986-07-11").why.birth ==
              TG_BIRTH_CONFLICT);
    cr_expect(score_born("Karimov Daler", "1984-07-11", "Karimov Daler", "1985-07-11").score >=
              TG_SCORE_REVIEW);
}

Test(match_name, any_birth_date_and_country_of_several_may_agree)
{
    struct tg_birth births[2] = {{.date = {1970, 1, 2}}, {.date = {1984, 7, 21}}},
                    one = {.date = {1984, 7, 21}};
    uint16_t listed[2] = {tg_country_code(tg_view_str("kg")), tg_country_code(tg_view_str("TJ"))};
    uint16_t asked = tg_country_code(tg_view_str("tj")), other = tg_country_code(tg_view_str("UZ"));
    struct tg_features a = {.births = &one, .births_count = 1, .countries = &asked, .countries_count = 1};
    struct tg_features b = {.births = births, .births_count = 2, .countries = listed, .countries_count = 2};
    struct tg_scored got = score_full("Karimov Daler", &a, "Karimov D.", TG_NAME_PRIMARY, &b);
    cr_expect(got.why.birth == TG_BIRTH_EXACT && got.why.country_points > 0);
    a.countries = &other;
    cr_expect(score_full("Karimov Daler", &a, "Karimov D.", TG_NAME_PRIMARY, &b).why.country_points < 0);
    a.sex = TG_SEX_MALE;
    b.sex = TG_SEX_FEMALE;
    cr_expect(score_full("Karimov Daler", &a, "Karimov D.", TG_NAME_PRIMARY, &b).why.sex_points < 0);
}

Test(match_name, weak_alias_and_bare_kunya_need_a_second_factor_and_full_agreement)
{
    struct tg_birth left, right;
    struct tg_features a = born(&left, "1984-07-21"), b = born(&right, "1984-07-21");
    cr_expect(score_full("Daler", NULL, "Daler", TG_NAME_WEAK, NULL).band == TG_BAND_DROP);
    cr_expect(score_full("Daler", &a, "Daler", TG_NAME_WEAK, &b).score >= TG_SCORE_REVIEW);
    cr_expect(score_full("Diler", &a, "Daler", TG_NAME_WEAK, &b).band == TG_BAND_DROP);
    cr_expect(score("Abu Hamza", "Abu Hamza").band == TG_BAND_DROP, "a bare kunya alone says nothing");
    cr_expect(score("Abu Hamza", "Hamza").band == TG_BAND_DROP);
    cr_expect(score_full("Abu Hamza", &a, "Abu Hamza", TG_NAME_PRIMARY, &b).score >= TG_SCORE_REVIEW);
}

Test(match_name, score_is_the_same_from_both_sides)
{
    static const char *const names[] = {"Rahmonov Abdullo Tohirovich",
                                        "Абдулло Раҳмон",
                                        "رحمانوف عبدالله",
                                        "Abu Bakr al-Tojiki",
                                        "Nuruddin Karimov",
                                        "K. Nur al-Din",
                                        "Ali",
                                        "Li Wei"};
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            uint16_t there = score(names[i], names[k]).score, back = score(names[k], names[i]).score;
            cr_expect(there == back, "'%s' and '%s': %u, %u", names[i], names[k], there, back);
        }
    }
}

Test(match_name, explains_itself)
{
    struct tg_name query, candidate;
    struct tg_scored scored =
        score_born("Каримов Далер", "1984-07-21", "Karimov Daller Sharifovich", "1984-07-21");
    TG_AUTO(tg_buf) struct tg_buf out = {.data = NULL};
    cr_assert(tg_name_parse(tg_view_str("Каримов Далер"), &query, NULL) == TG_OK);
    cr_assert(tg_name_parse(tg_view_str("Karimov Daller Sharifovich"), &candidate, NULL) == TG_OK);
    cr_assert(tg_score_explain(&query, &candidate, &scored, &out) == TG_OK);
    cr_assert(tg_buf_put(&out, "", 1) == TG_OK);
    const char *text = (const char *)out.data;
    cr_expect(strstr(text, "karimov = karimov (exact)") != NULL, "%s", text);
    cr_expect(strstr(text, "daler ~ daller (phonetic .97)") != NULL, "%s", text);
    cr_expect(strstr(text, "only listed: sharifovich") != NULL, "%s", text);
    cr_expect(strstr(text, "birth date equal +") != NULL, "%s", text);
    cr_expect(strstr(text, "tables 2") != NULL, "%s", text);
}

Test(match_name, refuses_what_is_no_name_and_cuts_what_is_too_much)
{
    struct tg_name name;
    struct tg_errmsg em = {.text = ""};
    char big[TG_NAME_BYTES_MAX + 1];
    memset(big, 'a', sizeof big);
    cr_expect(tg_name_parse(tg_view_str("... - 。"), &name, &em) == TG_EVALUE);
    cr_expect(tg_name_parse(tg_view_str(""), &name, &em) == TG_EVALUE);
    cr_expect(tg_name_parse(tg_view_str("\xff"), &name, &em) == TG_EFORMAT);
    cr_expect(tg_name_parse(tg_view_of(big, sizeof big), &name, &em) == TG_ELIMIT);
    cr_expect(tg_name_parse(tg_view_of(big, sizeof big - 1), &name, &em) == TG_OK);
    cr_expect(strlen(name.tokens[0].fold) <= TG_NAME_FOLD_BYTES_MAX);
    cr_expect(tg_name_parse(tg_view_str("a b c d e f g h i j k l m n o p q r s t"), &name, &em) == TG_OK);
    cr_expect(name.count == TG_NAME_TOKENS_MAX);
    cr_expect(tg_name_parse(tg_view_str("al bin von"), &name, &em) == TG_OK && name.count > 0);
}

/* tests/data/name_pairs: labelled by hand; a public matcher of the field gets 75 of 100 right on these. */
static size_t split(char *line, char *fields[], size_t max)
{
    size_t count = 0;
    for (char *at = line; at != NULL && count < max;) {
        fields[count++] = at;
        at = strchr(at, '\t');
        if (at != NULL) *at++ = 0;
    }
    return count;
}

Test(match_name, labelled_pairs_are_told_apart)
{
    struct tg_buf file = {.data = NULL};
    struct tg_errmsg em = {.text = ""};
    cr_assert(tg_file_read(TG_TEST_DATA "/name_pairs/pairs.tsv", 1 << 20, &file, &em) == TG_OK, "%s",
              em.text);
    cr_assert(tg_buf_put(&file, "", 1) == TG_OK);
    size_t right = 0, all = 0;
    for (char *line = strtok((char *)file.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *fields[3];
        if (split(line, fields, 3) != 3) continue;
        bool said = score(fields[0], fields[1]).score >= TG_SCORE_REVIEW;
        all++;
        right += said == (strcmp(fields[2], "true") == 0);
    }
    tg_buf_release(&file);
    cr_assert(all > 150, "%zu pairs", all);
    cr_expect(right * 100 >= all * 74, "%zu of %zu", right, all);
}
