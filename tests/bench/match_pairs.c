/* Scores labelled pairs of persons with all their names and features: for the evaluation.
 *
 * usage: match_pairs PAIRS.tsv > RUN.tsv
 * Lines: pair, "left" or "right", field (name, alias, weak, birth, country, sex, document), value; a pair's lines together.
 * Writes pair, best score of any two names.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "match/score.h"

#define FILE_BYTES_MAX 200000000
#define NAMES_MAX 96
#define VALUES_MAX 32

struct person {
    struct tg_name names[NAMES_MAX];
    enum tg_name_kind kinds[NAMES_MAX];
    size_t names_count;
    struct tg_birth births[VALUES_MAX];
    uint16_t countries[VALUES_MAX];
    struct tg_view documents[VALUES_MAX];
    size_t documents_count;
    struct tg_features features;
};
static struct person sides[2];

static struct tg_view take(struct tg_view *text, char stop)
{
    const uint8_t *at = text->bytes == 0 ? NULL : memchr(text->data, stop, text->bytes);
    struct tg_view head = *text;
    if (at != NULL) head.bytes = (size_t)(at - text->data);
    size_t used = head.bytes + (at != NULL ? 1 : 0);
    text->data += used;
    text->bytes -= used;
    return head;
}

static void name_put(struct person *person, enum tg_name_kind kind, struct tg_view value)
{
    if (person->names_count == NAMES_MAX) return;
    if (tg_name_parse(value, &person->names[person->names_count], NULL) != TG_OK) return;
    person->kinds[person->names_count++] = kind;
}

static void field_put(struct person *person, struct tg_view field, struct tg_view value)
{
    struct tg_features *features = &person->features;
    if (tg_view_equal_str(field, "name")) name_put(person, TG_NAME_PRIMARY, value);
    if (tg_view_equal_str(field, "alias")) name_put(person, TG_NAME_ALIAS, value);
    if (tg_view_equal_str(field, "weak")) name_put(person, TG_NAME_WEAK, value);
    if (tg_view_equal_str(field, "birth") && features->births_count < VALUES_MAX) {
        struct tg_birth *birth = &person->births[features->births_count];
        if (tg_date_parse(value, &birth->date, NULL) == TG_OK) features->births_count++;
    }
    if (tg_view_equal_str(field, "country") && features->countries_count < VALUES_MAX) {
        uint16_t code = tg_country_code(value);
        if (code != 0) person->countries[features->countries_count++] = code;
    }
    if (tg_view_equal_str(field, "sex"))
        features->sex = value.bytes > 0 && value.data[0] == 'f' ? TG_SEX_FEMALE : TG_SEX_MALE;
    if (tg_view_equal_str(field, "document") && person->documents_count < VALUES_MAX)
        person->documents[person->documents_count++] = value;
}

static bool document_in_common(void)
{
    for (size_t i = 0; i < sides[0].documents_count; i++) {
        for (size_t k = 0; k < sides[1].documents_count; k++) {
            if (tg_view_equal(sides[0].documents[i], sides[1].documents[k])) return true;
        }
    }
    return false;
}

static unsigned best_score(void)
{
    unsigned best = 0;
    sides[0].features.document = document_in_common();
    for (size_t i = 0; i < 2; i++) {
        sides[i].features.births = sides[i].births;
        sides[i].features.countries = sides[i].countries;
    }
    for (size_t i = 0; i < sides[0].names_count; i++) {
        for (size_t k = 0; k < sides[1].names_count; k++) {
            struct tg_scored scored;
            enum tg_name_kind kind = sides[0].kinds[i] == TG_NAME_WEAK
                                         ? TG_NAME_WEAK
                                         : sides[1].kinds[k]; /* weak on either side */
            tg_score(&sides[0].names[i], &sides[0].features, &sides[1].names[k], kind, &sides[1].features,
                     &scored);
            if (scored.score > best) best = scored.score;
        }
    }
    return best;
}

int main(int argc, char **argv)
{
    TG_AUTO(tg_buf) struct tg_buf file = {.data = NULL};
    struct tg_errmsg em = {.text = ""};
    struct tg_view pair = {.data = NULL};
    if (argc != 2 || tg_file_read(argv[1], FILE_BYTES_MAX, &file, &em) != TG_OK) {
        fprintf(stderr, "usage: match_pairs PAIRS.tsv > RUN.tsv %s\n", em.text);
        return 2;
    }
    struct tg_view text = tg_buf_view(&file);
    while (text.bytes > 0) {
        struct tg_view line = take(&text, '\n');
        struct tg_view number = take(&line, '\t'), side = take(&line, '\t'), field = take(&line, '\t');
        if (pair.bytes > 0 && !tg_view_equal(pair, number)) {
            printf("%.*s\t%.4f\n", TG_VIEW_PRINT(pair), best_score() / (double)TG_SCORE_ONE);
            memset(sides, 0, sizeof sides);
        }
        pair = number;
        field_put(&sides[tg_view_equal_str(side, "right") ? 1 : 0], field, line);
    }
    if (pair.bytes > 0) printf("%.*s\t%.4f\n", TG_VIEW_PRINT(pair), best_score() / (double)TG_SCORE_ONE);
    return 0;
}
