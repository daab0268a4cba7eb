/* Names side by side, letter by letter: which letters of two readings have a partner is found by edit distance.
 *
 * Knows no node and no record.
 */
#include "cli/explain.h"

#include <stdlib.h>

#include "base/text.h"

#define SPAN_BYTES (2 * TG_NAME_FOLD_BYTES_MAX + 2) /* two words, a blank between */
#define SIDE_BYTES (2 * SPAN_BYTES) /* the same with a gap for each letter of the other side */
#define GAP '-'                     /* folded words have none */
#define WORD_COLUMNS 22
#define SCREEN_COLUMNS 80
#define MARK_BEGIN "\033[1;4m"
#define MARK_END "\033[0m"

const char *tg_band_words(enum tg_band band)
{
    static const char *const words[] = {"not alike", "list: weakly alike", "review: a person has to look",
                                        "strong: a birth date or a document agrees too"};
    return (unsigned)band < 4 ? words[band] : words[0];
}

bool tg_marks_shown(const struct tg_cli *cli)
{
    const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return cli->out_terminal && !(plain && plain[0]) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* ---- letters ---- */

/* Words of a name as one text, and which of its bytes differ from the other side. */
struct span {
    char text[SIDE_BYTES];
    bool differs[SIDE_BYTES];
    size_t bytes;
};

static void span_of(const struct tg_name *name, unsigned at, unsigned count, struct span *span)
{
    *span = (struct span){0};
    for (unsigned i = at; i < at + count && i < name->count; i++) {
        size_t bytes = strlen(name->tokens[i].fold);
        if (span->bytes + bytes + 2 > SPAN_BYTES) return;
        if (i > at) span->text[span->bytes++] = ' ';
        memcpy(span->text + span->bytes, name->tokens[i].fold, bytes);
        span->bytes += bytes;
    }
}

static void all_differ(struct span *span)
{
    for (size_t i = 0; i < span->bytes; i++) span->differs[i] = span->text[i] != ' ';
}

static uint8_t least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return (uint8_t)(ab < c ? ab : c);
}

/* A reading in Latin letters; scripts without a table stand as they are. */
static bool is_latin(const struct span *span)
{
    for (size_t i = 0; i < span->bytes; i++)
        if ((uint8_t)span->text[i] >= 0x80) return false;
    return true;
}

static void letter_add(struct span *span, char c, bool differs)
{
    span->text[span->bytes] = c;
    span->differs[span->bytes++] = differs;
}

/* One letter of each side, 0 where it has none; a blank between two words that the other side joins is no difference. */
static void letters_add(struct span *left, struct span *right, char a, char b)
{
    bool differ = a != b;
    if (a || b != ' ') letter_add(left, a ? a : GAP, differ && a != ' ');
    if (b || a != ' ') letter_add(right, b ? b : GAP, differ && b != ' ');
}

static void turn_round(struct span *span)
{
    for (size_t i = 0, k = span->bytes; i + 1 < k; i++) {
        k--;
        char c = span->text[i];
        bool differs = span->differs[i];
        span->text[i] = span->text[k];
        span->differs[i] = span->differs[k];
        span->text[k] = c;
        span->differs[k] = differs;
    }
}

/* Letter under letter: both become as long as each other, with a gap where the other has a letter more. */
static void mark(struct span *a, struct span *b)
{
    if (!is_latin(a) || !is_latin(b)) {
        if (strcmp(a->text, b->text) == 0) return;
        all_differ(a);
        all_differ(b);
        return;
    }
    uint8_t edits[SPAN_BYTES + 1][SPAN_BYTES + 1];
    for (size_t i = 0; i <= a->bytes; i++) edits[i][0] = (uint8_t)i;
    for (size_t k = 0; k <= b->bytes; k++) edits[0][k] = (uint8_t)k;
    for (size_t i = 1; i <= a->bytes; i++)
        for (size_t k = 1; k <= b->bytes; k++)
            edits[i][k] = least(edits[i - 1][k] + 1u, edits[i][k - 1] + 1u,
                                edits[i - 1][k - 1] + (unsigned)(a->text[i - 1] != b->text[k - 1]));
    struct span left = {0}, right = {0};
    for (size_t i = a->bytes, k = b->bytes; i || k;) {
        bool both = i && k && edits[i][k] == edits[i - 1][k - 1] + (a->text[i - 1] != b->text[k - 1]);
        bool of_a = both || (i && edits[i][k] == edits[i - 1][k] + 1);
        bool of_b = both || !of_a;
        letters_add(&left, &right, of_a ? a->text[--i] : 0, of_b ? b->text[--k] : 0);
    }
    turn_round(&left);
    turn_round(&right);
    *a = left;
    *b = right;
}

static tg_err span_put(const struct span *span, bool marks, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < span->bytes && !err; i++) {
        char c = span->text[i];
        bool begins = span->differs[i] && (!i || !span->differs[i - 1]);
        bool ends = span->differs[i] && (i + 1 == span->bytes || !span->differs[i + 1]);
        bool small = c >= 'a' && c <= 'z';
        if (marks && begins) err = tg_buf_put_str(out, MARK_BEGIN);
        if (!marks && span->differs[i] && small) c = (char)(c - 'a' + 'A');
        if (!err) err = tg_buf_put(out, &c, 1);
        if (!err && marks && ends) err = tg_buf_put_str(out, MARK_END);
    }
    return err;
}

/* Two of them side by side; behind a word that is wider than its column the line goes on below. */
static tg_err cells_put(const struct span *first, const struct span *second, bool marks, struct tg_buf *out)
{
    const struct span *const cells[2] = {first, second};
    tg_err err = tg_buf_put_str(out, "  ");
    for (size_t i = 0; i < 2 && !err; i++) {
        size_t used = tg_text_columns(tg_view_of(cells[i]->text, cells[i]->bytes));
        size_t end = 2 + (i + 1) * (WORD_COLUMNS + 1), at = 2 + i * (WORD_COLUMNS + 1) + used;
        if (at > SCREEN_COLUMNS)
            err = tg_buf_put_str(out, "\n    "); /* not even half of the screen is enough */
        if (!err) err = span_put(cells[i], marks, out);
        if (!err && used > WORD_COLUMNS) {
            err = tg_buf_put_str(out, "\n");
            at = 0;
        }
        if (!err) err = tg_buf_putf(out, "%*s", (int)(end - at), "");
    }
    return err;
}

static void pair_of(const struct tg_compared *compared, const struct tg_aligned *pair, struct span *first,
                    struct span *second)
{
    span_of(compared->first, pair->query_at, pair->query_count, first);
    span_of(compared->second, pair->candidate_at, pair->candidate_count, second);
    mark(first, second);
}

/* ---- words side by side ---- */

/* The pair whose first word stands there: words are told in the order of the first name. */
static const struct tg_aligned *aligned_at(const struct tg_explanation *why, unsigned at)
{
    for (unsigned i = 0; i < why->aligned_count; i++)
        if (why->aligned[i].query_at == at) return &why->aligned[i];
    return NULL;
}

static tg_err aligned_line(struct tg_cli *cli, const struct tg_compared *compared,
                           const struct tg_aligned *pair)
{
    struct span first, second;
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    bool marks = tg_marks_shown(cli);
    pair_of(compared, pair, &first, &second);
    tg_err err = cells_put(&first, &second, marks, &line);
    if (!err) err = tg_buf_putf(&line, "%-9s", tg_how_name((enum tg_how)pair->how));
    if (!err && pair->similarity >= TG_SCORE_ONE) err = tg_buf_put_str(&line, "  1.00");
    if (!err && pair->similarity < TG_SCORE_ONE)
        err = tg_buf_putf(&line, "   .%02u", pair->similarity / 100u);
    if (!err) err = tg_buf_putf(&line, " %6u", pair->weight);
    if (!err) tg_put(cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&line)));
    return err;
}

static tg_err left_line(struct tg_cli *cli, const struct tg_name *name, uint16_t left, bool second)
{
    tg_err err = TG_OK;
    for (unsigned i = 0; i < name->count && !err; i++) {
        struct span span, nothing = {.text = "-", .bytes = 1};
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        if (!(left >> i & 1)) continue;
        span_of(name, i, 1, &span);
        all_differ(&span);
        bool marks = tg_marks_shown(cli);
        err = cells_put(second ? &nothing : &span, second ? &span : &nothing, marks, &line);
        if (!err) err = tg_buf_putf(&line, "left over       %6u", name->tokens[i].weight);
        if (!err) tg_put(cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&line)));
    }
    return err;
}

tg_err tg_explain_words(struct tg_cli *cli, const struct tg_compared *compared)
{
    const struct tg_explanation *why = &compared->scored->why;
    tg_put(cli, "  %-*s %-*s %-9s %6s %6s\n", WORD_COLUMNS, "first", WORD_COLUMNS, "second", "how", "alike",
           "weight");
    tg_err err = TG_OK;
    for (unsigned at = 0; at < compared->first->count && !err; at++) {
        const struct tg_aligned *pair = aligned_at(why, at);
        if (pair) err = aligned_line(cli, compared, pair);
    }
    if (!err) err = left_line(cli, compared->first, why->query_left, false);
    return err ? err : left_line(cli, compared->second, why->candidate_left, true);
}

/* The word of the second name at that place, marked against what it met. */
static void word_of(const struct tg_compared *compared, unsigned at, struct span *ret_span,
                    unsigned *ret_count)
{
    const struct tg_explanation *why = &compared->scored->why;
    struct span first;
    *ret_count = 1;
    for (unsigned i = 0; i < why->aligned_count; i++) {
        const struct tg_aligned *pair = &why->aligned[i];
        if (pair->candidate_at != at) continue;
        pair_of(compared, pair, &first, ret_span);
        *ret_count = pair->candidate_count;
        return;
    }
    span_of(compared->second, at, 1, ret_span);
    if (why->candidate_left >> at & 1) all_differ(ret_span);
}

tg_err tg_explain_name(struct tg_cli *cli, const char *first, size_t indent,
                       const struct tg_compared *compared)
{
    size_t used = strlen(first), most = cli->columns > indent + 20 ? cli->columns : indent + 20;
    tg_put(cli, "%s", first);
    for (unsigned at = 0; at < compared->second->count;) {
        struct span span;
        unsigned count;
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        word_of(compared, at, &span, &count);
        tg_err err = span_put(&span, tg_marks_shown(cli), &text);
        if (err) return err;
        size_t columns = tg_text_columns(tg_view_of(span.text, span.bytes));
        bool breaks = at && used + 1 + columns > most;
        if (breaks) tg_put(cli, "\n%*s", (int)indent, "");
        if (at && !breaks) tg_put(cli, " ");
        used = (breaks ? indent : used + (at != 0)) + columns;
        tg_put(cli, "%.*s", TG_VIEW_PRINT(tg_buf_view(&text)));
        at += count;
    }
    tg_put(cli, "\n");
    return TG_OK;
}

/* ---- for and against ---- */

static tg_err put_part(struct tg_buf *out, size_t begun, const char *text)
{
    return tg_buf_putf(out, "%s%s", out->bytes > begun ? ", " : "", text);
}

static tg_err put_points(struct tg_buf *out, size_t begun, const char *what, int points)
{
    char text[128];
    int size = points < 0 ? -points : points;
    (void)snprintf(text, sizeof text, "%s %c.%02d", what, points < 0 ? '-' : '+', size / 100);
    return put_part(out, begun, text);
}

static tg_err birth_put(const struct tg_explanation *why, size_t begun, struct tg_buf *out)
{
    char what[96];
    (void)snprintf(what, sizeof what, "birth date %s",
                   tg_birth_agreement_name((enum tg_birth_agreement)why->birth));
    return put_points(out, begun, what, why->birth_points);
}

/* Equal dates speak for it also where the names alone are worth all there is. */
static bool agrees(const struct tg_explanation *why)
{
    return why->birth != TG_BIRTH_UNKNOWN && why->birth_points >= 0;
}

static tg_err names_put(const struct tg_name *name, uint16_t bits, const char *which, size_t begun,
                        struct tg_buf *out)
{
    char lead[64];
    (void)snprintf(lead, sizeof lead, "only in %s:", which);
    tg_err err = bits ? put_part(out, begun, lead) : TG_OK;
    for (unsigned i = 0; i < name->count && !err; i++)
        if (bits >> i & 1) err = tg_buf_putf(out, " %s", name->tokens[i].fold);
    return err;
}

static tg_err words_put(const struct tg_compared *compared, size_t begun, struct tg_buf *out)
{
    const struct tg_explanation *why = &compared->scored->why;
    tg_err err = TG_OK;
    for (unsigned at = 0; at < compared->first->count && !err; at++) {
        const struct tg_aligned *pair = aligned_at(why, at);
        struct span second;
        char text[SIDE_BYTES + 32];
        if (!pair) continue;
        span_of(compared->second, pair->candidate_at, pair->candidate_count, &second);
        if (pair->similarity >= TG_SCORE_ONE)
            (void)snprintf(text, sizeof text, "%s", second.text);
        else
            (void)snprintf(text, sizeof text, "%s (%s .%02u)", second.text,
                           tg_how_name((enum tg_how)pair->how), pair->similarity / 100u);
        err = put_part(out, begun, text);
    }
    return err;
}

tg_err tg_explain_for(const struct tg_compared *compared, struct tg_buf *out)
{
    const struct tg_explanation *why = &compared->scored->why;
    size_t begun = out->bytes;
    tg_err err = words_put(compared, begun, out);
    if (!err && agrees(why)) err = birth_put(why, begun, out);
    if (!err && why->country_points > 0) err = put_points(out, begun, "country equal", why->country_points);
    if (!err && why->document_points > 0)
        err = put_points(out, begun, "document equal", why->document_points);
    return err;
}

tg_err tg_explain_against(const struct tg_compared *compared, struct tg_buf *out)
{
    const struct tg_explanation *why = &compared->scored->why;
    size_t begun = out->bytes;
    tg_err err = names_put(compared->first, why->query_left, compared->first_is, begun, out);
    if (!err) err = names_put(compared->second, why->candidate_left, compared->second_is, begun, out);
    if (!err && why->patronymic_contradicted) err = put_part(out, begun, "fathers differ");
    if (!err && why->birth != TG_BIRTH_UNKNOWN && !agrees(why)) err = birth_put(why, begun, out);
    if (!err && why->country_points < 0) err = put_points(out, begun, "country differs", why->country_points);
    if (!err && why->sex_points < 0) err = put_points(out, begun, "sex differs", why->sex_points);
    return err;
}

const char *tg_explain_cap(const struct tg_compared *compared)
{
    return compared->scored->why.capped ? "held at review: no full birth date and no document agrees" : NULL;
}

/* ---- for machines ---- */

static tg_err aligned_json(const struct tg_compared *compared, struct tg_buf *out)
{
    const struct tg_explanation *why = &compared->scored->why;
    tg_err err = tg_buf_put_str(out, "[");
    for (unsigned i = 0; i < why->aligned_count && !err; i++) {
        const struct tg_aligned *pair = &why->aligned[i];
        struct span first, second;
        span_of(compared->first, pair->query_at, pair->query_count, &first);
        span_of(compared->second, pair->candidate_at, pair->candidate_count, &second);
        err = tg_buf_putf(out, "%s{\"first\":", i ? "," : "");
        if (!err) err = tg_json_string(out, tg_view_of(first.text, first.bytes));
        if (!err) err = tg_buf_put_str(out, ",\"second\":");
        if (!err) err = tg_json_string(out, tg_view_of(second.text, second.bytes));
        if (!err)
            err = tg_buf_putf(out, ",\"how\":\"%s\",\"similarity\":%u,\"weight\":%u}",
                              tg_how_name((enum tg_how)pair->how), pair->similarity, pair->weight);
    }
    return err ? err : tg_buf_put_str(out, "]");
}

static tg_err left_json(const struct tg_name *name, uint16_t left, struct tg_buf *out)
{
    tg_err err = tg_buf_put_str(out, "[");
    bool first = true;
    for (unsigned i = 0; i < name->count && !err; i++) {
        if (!(left >> i & 1)) continue;
        err = tg_buf_put_str(out, first ? "" : ",");
        if (!err) err = tg_json_string(out, tg_view_str(name->tokens[i].fold));
        first = false;
    }
    return err ? err : tg_buf_put_str(out, "]");
}

static void raw(struct tg_json *json, const char *key, tg_err err, const struct tg_buf *value)
{
    if (!json->err) json->err = err;
    tg_json_raw(json, key, tg_buf_view(value));
}

void tg_explain_json(struct tg_json *json, const struct tg_compared *compared)
{
    const struct tg_explanation *why = &compared->scored->why;
    TG_AUTO(tg_buf) struct tg_buf aligned = {0}, first = {0}, second = {0};
    tg_json_number(json, "score", compared->scored->score);
    tg_json_text(json, "band", tg_view_str(tg_band_name((enum tg_band)compared->scored->band)));
    tg_json_number(json, "name_score", why->name_score);
    raw(json, "aligned", aligned_json(compared, &aligned), &aligned);
    raw(json, "only_first", left_json(compared->first, why->query_left, &first), &first);
    raw(json, "only_second", left_json(compared->second, why->candidate_left, &second), &second);
    tg_json_number(json, "fathers_differ", why->patronymic_contradicted);
    tg_json_text(json, "birth", tg_view_str(tg_birth_agreement_name((enum tg_birth_agreement)why->birth)));
    tg_json_number(json, "birth_points", why->birth_points);
    tg_json_number(json, "country_points", why->country_points);
    tg_json_number(json, "sex_points", why->sex_points);
    tg_json_number(json, "document_points", why->document_points);
    tg_json_number(json, "capped", why->capped);
    tg_json_number(json, "tables", why->tables_version);
}

void tg_explain_tsv(struct tg_cli *cli, const struct tg_compared *compared)
{
    const struct tg_explanation *why = &compared->scored->why;
    for (unsigned at = 0; at < compared->first->count; at++) {
        const struct tg_aligned *pair = aligned_at(why, at);
        struct span first, second;
        if (!pair) continue;
        span_of(compared->first, pair->query_at, pair->query_count, &first);
        span_of(compared->second, pair->candidate_at, pair->candidate_count, &second);
        tg_put(cli, "aligned\t%s\t%s\t%s\t%u\t%u\n", first.text, second.text,
               tg_how_name((enum tg_how)pair->how), pair->similarity, pair->weight);
    }
}
