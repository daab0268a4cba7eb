/* A name taken apart: titles, particles, kunyas, patronymics, suffixes, and the forms of each token.
 *
 * Knows nothing of indexes or scores. Tags and forms: docs/formats-match.md.
 */
#include "match/name.h"

#include "base/text.h"
#include "match/name_words.h"

struct parse {
    struct tg_word words[TG_NAME_TOKENS_MAX];
    uint8_t roles[TG_NAME_TOKENS_MAX];
    size_t count, at;
    struct tg_name *name;
    bool father_next, child_next; /* after bin; after abu */
};

static bool is_abjad(uint8_t script)
{
    return script == TG_SCRIPT_ARABIC || script == TG_SCRIPT_HEBREW;
}

static void join(char out[static TG_NAME_FOLD_BYTES_MAX + 1], const char *first, const char *second)
{
    size_t at = strlen(first), more = strlen(second);
    if (at + more > TG_NAME_FOLD_BYTES_MAX) more = TG_NAME_FOLD_BYTES_MAX - at;
    char joined[TG_NAME_FOLD_BYTES_MAX + 1];
    memcpy(joined, first, at);
    memcpy(joined + at, second, more);
    joined[at + more] = 0;
    memcpy(out, joined, at + more + 1);
}

/* What the name is called elsewhere: the code of its kin stands beside it, with the suffix that it carries. */
static void kin_make(struct tg_name_token *token, const char *suffix)
{
    const char *base = token->stem[0] != 0 ? token->stem : token->phonetic;
    const char *kin = tg_name_kin(base);
    if (kin == NULL && token->stem[0] == 0 && token->alternative[0] != 0) kin = tg_name_kin(token->alternative);
    if (kin == NULL) return;
    join(token->alternative, kin, suffix);
    if (strcmp(token->alternative, token->phonetic) == 0) token->alternative[0] = 0;
    if (token->stem[0] != 0 || strcmp(kin, token->phonetic) != 0) join(token->stem, kin, "");
}

static void stem_make(struct tg_name_token *token)
{
    const char *class = "";
    bool patronymic = false, abjad = (token->tags & TG_TOKEN_ABJAD) != 0;
    size_t cut = tg_suffix_cut(token->fold, strlen(token->fold), &patronymic, &class);
    if (cut > 0) {
        (void)tg_phonetic(token->fold, cut, abjad, token->stem);
        token->tags |= TG_TOKEN_SUFFIX;
        if (patronymic) token->tags |= TG_TOKEN_PATRONYMIC;
    }
    kin_make(token, class);
    if (token->stem[0] != 0) return;
    size_t bytes = strlen(token->phonetic);
    if (bytes > 6 && memcmp(token->phonetic, "abdu", 4) == 0 && token->fold[0] == 'a') {
        memcpy(token->stem, token->phonetic + 4, bytes - 4 + 1);
        return;
    }
    bool article = bytes > 5 && memcmp(token->fold, "al", 2) == 0 && strchr("aeiou", token->fold[2]) == NULL;
    if (article) (void)tg_phonetic(token->fold + 2, strlen(token->fold) - 2, abjad, token->stem);
}

/* Of a script without a table: short words are shared by many. */
static uint8_t weight_as_written(const char *fold)
{
    size_t letters = 0;
    for (; *fold != 0; fold++) letters += (*fold & 0xC0) != 0x80;
    return letters == 1 ? 40 : letters == 2 ? 70 : 100;
}

/* Codes, stem and weight from the fold. */
static void forms_make(struct tg_name_token *token, const char *second)
{
    bool abjad = (token->tags & TG_TOKEN_ABJAD) != 0;
    size_t bytes = tg_phonetic(token->fold, strlen(token->fold), abjad, token->phonetic);
    token->alternative[0] = 0;
    if (second[0] != 0) {
        (void)tg_phonetic(second, strlen(second), abjad, token->alternative);
        if (strcmp(token->alternative, token->phonetic) == 0) token->alternative[0] = 0;
    }
    token->stem[0] = 0;
    stem_make(token);
    const char *base = token->stem[0] != 0 ? token->stem : token->phonetic;
    uint8_t rarity = tg_rarity(token->phonetic, bytes), stem_rarity = tg_rarity(base, strlen(base));
    token->weight = rarity < stem_rarity ? rarity : stem_rarity;
    if ((token->tags & TG_TOKEN_INITIAL) != 0 || bytes == 1) token->weight = 15;
    if ((token->fold[0] & 0x80) != 0) token->weight = weight_as_written(token->fold);
    if ((token->tags & TG_TOKEN_TITLE) != 0) token->weight = 10;
    if ((token->tags & TG_TOKEN_PARTICLE) != 0) token->weight = 1;
}

static struct tg_name_token *token_new(struct parse *parse, uint8_t tags)
{
    if (parse->name->count == TG_NAME_TOKENS_MAX) return NULL;
    struct tg_name_token *token = &parse->name->tokens[parse->name->count++];
    memset(token, 0, sizeof *token);
    token->tags = tags;
    return token;
}

static uint8_t tags_of(const struct tg_word *word)
{
    return (uint8_t)((is_abjad(word->script) ? TG_TOKEN_ABJAD : 0) |
                     (word->script == TG_SCRIPT_HANGUL ? TG_TOKEN_SYLLABIC : 0) |
                     (word->initial ? TG_TOKEN_INITIAL : 0));
}

static void take_plain(struct parse *parse, uint8_t tags)
{
    const struct tg_word *word = &parse->words[parse->at++];
    if (parse->child_next) tags |= TG_TOKEN_KUNYA;
    if (parse->father_next && parse->at < parse->count) tags |= TG_TOKEN_PATRONYMIC;
    parse->child_next = parse->father_next = false;
    struct tg_name_token *token = token_new(parse, (uint8_t)(tags | tags_of(word)));
    if (token == NULL) return;
    memcpy(token->fold, word->fold, sizeof token->fold);
    forms_make(token, word->alt);
}

static void take_particle(struct parse *parse)
{
    const struct tg_word *word = &parse->words[parse->at++];
    struct tg_name_token *token =
        token_new(parse, (uint8_t)(TG_TOKEN_PARTICLE | (tags_of(word) & TG_TOKEN_ABJAD)));
    if (token == NULL) return;
    memcpy(token->fold, word->fold, sizeof token->fold);
    forms_make(token, "");
}

/* "abd al rahman", "abdul rahman": one token. */
static void take_servant(struct parse *parse)
{
    size_t next = parse->at + 1;
    if (next < parse->count && parse->roles[next] == TG_WORD_ARTICLE) next++;
    bool joins =
        next < parse->count && !parse->words[next].after_comma && (parse->roles[next] == TG_WORD_PLAIN || parse->roles[next] == TG_WORD_TITLE ||
                                strcmp(parse->words[next].fold, "allah") == 0);
    if (!joins) {
        take_plain(parse, 0);
        return;
    }
    const struct tg_word *word = &parse->words[next];
    uint8_t tags = tags_of(word) & TG_TOKEN_ABJAD;
    if (parse->child_next) tags |= TG_TOKEN_KUNYA;
    if (parse->father_next && next + 1 < parse->count) tags |= TG_TOKEN_PATRONYMIC;
    parse->child_next = parse->father_next = false;
    parse->at = next + 1;
    struct tg_name_token *token = token_new(parse, tags);
    if (token == NULL) return;
    char second[TG_NAME_FOLD_BYTES_MAX + 1] = "";
    join(token->fold, "abdul", word->fold);
    if (word->alt_bytes > 0) join(second, "abdul", word->alt);
    forms_make(token, second);
}

static struct tg_name_token *plain_before(struct parse *parse)
{
    if (parse->name->count == 0) return NULL;
    struct tg_name_token *token = &parse->name->tokens[parse->name->count - 1];
    return (token->tags & (TG_TOKEN_PARTICLE | TG_TOKEN_TITLE | TG_TOKEN_INITIAL)) != 0 ? NULL : token;
}

/* "Rahmon uulu": the word before is the father. */
static void take_filial(struct parse *parse)
{
    struct tg_name_token *father = plain_before(parse);
    if (father == NULL) {
        take_plain(parse, 0);
        return;
    }
    father->tags |= TG_TOKEN_PATRONYMIC | TG_TOKEN_SUFFIX;
    if (father->stem[0] == 0) memcpy(father->stem, father->phonetic, sizeof father->stem);
    take_particle(parse);
}

/* "Rahmon zoda": one token with a suffix. "Nur al-Din", "Saif ullah": one token. */
static void take_suffix(struct parse *parse, bool din)
{
    struct tg_name_token *before = parse->words[parse->at].after_comma ? NULL : plain_before(parse);
    size_t articles = 0;
    if (before == NULL && din && parse->name->count > 1) {
        const struct tg_word *article = &parse->words[parse->at - 1];
        if (parse->roles[parse->at - 1] == TG_WORD_ARTICLE && article->fold_bytes == 2) {
            parse->name->count--;
            articles = 1;
            before = plain_before(parse);
            parse->name->count += before == NULL;
        }
    }
    if (before == NULL) {
        take_plain(parse, 0);
        return;
    }
    const char *suffix = parse->words[parse->at++].fold;
    if (din && suffix[0] == 'd') join(before->fold, before->fold, "ud");
    if (din && articles > 0 && suffix[0] == 'l') join(before->fold, before->fold, "u");
    bool allah = din && strncmp(suffix, "allah", 5) == 0;
    if (allah) join(before->fold, before->fold, "ulla");
    join(before->fold, before->fold, allah ? suffix + 5 : suffix);
    before->tags &= (uint8_t) ~(TG_TOKEN_SUFFIX | TG_TOKEN_PATRONYMIC);
    forms_make(before, "");
}

static void take_next(struct parse *parse)
{
    switch ((enum tg_word_role)parse->roles[parse->at]) {
    case TG_WORD_TITLE:
        take_plain(parse, TG_TOKEN_TITLE);
        return;
    case TG_WORD_ARTICLE:
    case TG_WORD_PARTICLE:
        take_particle(parse);
        return;
    case TG_WORD_NASAB:
        take_particle(parse);
        parse->father_next = true;
        return;
    case TG_WORD_KUNYA:
        take_particle(parse);
        parse->name->tokens[parse->name->count - 1].tags |= TG_TOKEN_KUNYA;
        parse->child_next = true;
        return;
    case TG_WORD_FILIAL:
        take_filial(parse);
        return;
    case TG_WORD_ZODA:
        take_suffix(parse, false);
        return;
    case TG_WORD_SERVANT:
        take_servant(parse);
        return;
    case TG_WORD_DIN:
        take_suffix(parse, true);
        return;
    case TG_WORD_PLAIN:
        take_plain(parse, 0);
        return;
    }
}

/* A name of nothing but particles and titles is made of names after all. */
static void finish(struct tg_name *name)
{
    bool kunya = name->count > 0, real = false;
    for (size_t i = 0; i < name->count; i++) {
        uint8_t tags = name->tokens[i].tags;
        if ((tags & (TG_TOKEN_PARTICLE | TG_TOKEN_TITLE)) == 0) real = true;
        if ((tags & (TG_TOKEN_PARTICLE | TG_TOKEN_TITLE | TG_TOKEN_KUNYA)) == 0) kunya = false;
    }
    name->bare_kunya = kunya && real;
    for (size_t i = 0; i < name->count && !real; i++) {
        name->tokens[i].tags &= (uint8_t) ~(TG_TOKEN_PARTICLE | TG_TOKEN_TITLE | TG_TOKEN_KUNYA);
        forms_make(&name->tokens[i], "");
    }
}

static uint8_t script_majority(const struct parse *parse)
{
    unsigned counts[TG_SCRIPT_OTHER + 1] = {0}, best = TG_SCRIPT_NONE;
    for (size_t i = 0; i < parse->count; i++) counts[parse->words[i].script]++;
    for (unsigned s = 0; s <= TG_SCRIPT_OTHER; s++) {
        if (counts[s] > counts[best]) best = s;
    }
    return (uint8_t)best;
}

tg_err tg_name_parse(struct tg_view text, struct tg_name *ret_name, struct tg_errmsg *em)
{
    struct parse parse = {.at = 0, .name = ret_name};
    tg_err err = tg_fold_words(text, parse.words, &parse.count);
    if (err == TG_ELIMIT)
        return tg_fail(em, err, "name has %zu bytes, more than %d", text.bytes, TG_NAME_BYTES_MAX);
    if (err != TG_OK) return tg_fail(em, err, "name is not valid UTF-8");
    if (parse.count == 0) return tg_fail(em, TG_EVALUE, "name has no letters");
    for (size_t i = 0; i < parse.count; i++) {
        parse.roles[i] =
            parse.words[i].initial ? TG_WORD_PLAIN : (uint8_t)tg_word_role_of(parse.words[i].fold);
    }
    ret_name->count = 0;
    ret_name->script = script_majority(&parse);
    while (parse.at < parse.count) take_next(&parse);
    finish(ret_name);
    return TG_OK;
}

static tg_err latin_word(const struct tg_word *word, bool first, struct tg_buf *out)
{
    char capital[TG_NAME_FOLD_BYTES_MAX + 1];
    memcpy(capital, word->fold, sizeof capital);
    if (capital[0] >= 'a' && capital[0] <= 'z') capital[0] = (char)(capital[0] - 'a' + 'A');
    tg_err err = TG_OK;
    if (!first) err = tg_buf_put_str(out, word->joined_left ? "-" : " ");
    return err != TG_OK ? err : tg_buf_put_str(out, capital);
}

tg_err tg_name_latin(struct tg_view text, struct tg_buf *out)
{
    struct tg_word words[TG_NAME_TOKENS_MAX];
    size_t count = 0, before = out->bytes;
    tg_err err = tg_fold_words(text, words, &count);
    if (err != TG_OK) return err;
    bool latin = true;
    for (size_t i = 0; i < count; i++)
        latin = latin && words[i].script <= TG_SCRIPT_LATIN && !words[i].repaired;
    if (latin) return tg_buf_put_view(out, text);
    for (size_t i = 0; i < count && err == TG_OK; i++) err = latin_word(&words[i], i == 0, out);
    if (err != TG_OK) out->bytes = before;
    return err;
}
