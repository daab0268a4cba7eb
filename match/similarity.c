/* How alike two tokens sound: weighted edits over phonetic codes.
 *
 * Knows sounds, not names. Costs are hundredths of a consonant; version: TG_NAME_TABLES_VERSION.
 */
#include "base/text.h"
#include "match/score_impl.h"

#define SOUNDS 27 /* a-z, and S as the last; w stands for what is no sound: no code has it */
#define NO_SOUND ('w' - 'a')
#define THIN0 7000
#define THIN1 7500
#define THIN2 9300
#define THIN3 9300
#define CONSONANT 100
#define VOWEL 49
#define VOWEL_UNWRITTEN 10 /* beside a script that leaves short vowels out */
#define VOWEL_WRITTEN 20   /* in such a script: a long one */
#define VOWEL_ABJAD_SHARE 50 /* hundredths */
#define ASPIRATE 43        /* h comes and goes */
#define SIMILARITY_PHONETIC 9700
#define SIMILARITY_EDITED 9690
#define SIMILARITY_STEM 9000
#define SIMILARITY_INITIAL 7000
#define SLIP_MIN 6 /* letters */
#define SIMILARITY_JOINED_MIN 7500
#define VOWEL_WEIGHT 55 /* of a sound in what two codes weigh together; a consonant weighs what it costs */
#define VOWEL_WEIGHT_ABJAD 22

/* clang-format off */
static const uint8_t substitution[SOUNDS][SOUNDS] = {
    /* a */ {0, 100, 100, 100, 18, 100, 100, 100, 30, 100, 100, 100, 100, 100, 18, 100, 100, 100, 100, 100, 30, 100, 100, 100, 100, 100, 100},
    /* b */ {100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 60, 100, 100, 100, 100, 100, 55, 100, 100, 100, 100, 100},
    /* c */ {100, 100, 0, 100, 100, 100, 100, 100, 100, 50, 60, 100, 100, 100, 100, 100, 100, 100, 60, 75, 100, 100, 100, 100, 100, 100, 50},
    /* d */ {100, 100, 100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 70, 100},
    /* e */ {18, 100, 100, 100, 0, 100, 100, 100, 15, 100, 100, 100, 100, 100, 30, 100, 100, 100, 100, 100, 30, 100, 100, 100, 100, 100, 100},
    /* f */ {100, 100, 100, 100, 100, 0, 100, 90, 100, 100, 100, 100, 100, 100, 100, 60, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100},
    /* g */ {100, 100, 100, 100, 100, 100, 0, 55, 70, 60, 50, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* h */ {100, 100, 100, 100, 100, 90, 55, 0, 100, 75, 55, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* i */ {30, 100, 100, 100, 15, 100, 70, 100, 0, 45, 100, 100, 100, 100, 30, 100, 100, 100, 100, 100, 25, 100, 100, 100, 100, 100, 100},
    /* j */ {100, 100, 50, 100, 100, 100, 60, 75, 45, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50, 60},
    /* k */ {100, 100, 60, 100, 100, 100, 50, 55, 100, 100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* l */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 80, 100, 100, 100, 80, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* m */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 55, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* n */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 80, 55, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* o */ {18, 100, 100, 100, 30, 100, 100, 100, 30, 100, 100, 100, 100, 100, 0, 100, 100, 100, 100, 100, 12, 40, 100, 100, 100, 100, 100},
    /* p */ {100, 60, 100, 100, 100, 60, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* q */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* r */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 80, 100, 100, 100, 100, 100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* s */ {100, 100, 60, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 75, 100, 100, 100, 100, 100, 35, 50},
    /* t */ {100, 100, 75, 50, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 75, 0, 100, 100, 100, 100, 100, 100, 100},
    /* u */ {30, 100, 100, 100, 30, 100, 100, 100, 25, 100, 100, 100, 100, 100, 12, 100, 100, 100, 100, 100, 0, 30, 100, 100, 100, 100, 100},
    /* v */ {100, 55, 100, 100, 100, 50, 100, 100, 100, 100, 100, 100, 100, 100, 40, 100, 100, 100, 100, 100, 30, 0, 100, 100, 100, 100, 100},
    /* w */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
    /* x */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100, 100},
    /* y */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100},
    /* z */ {100, 100, 100, 70, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 100, 100, 100, 35, 100, 100, 100, 100, 100, 100, 0, 70},
    /* S */ {100, 100, 50, 100, 100, 100, 100, 100, 100, 60, 100, 100, 100, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 100, 70, 0}};
/* clang-format on */

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* Whether one side comes from a script that leaves short vowels out. */
enum written { WRITTEN_ALIKE, WRITTEN_LEFT_ABJAD, WRITTEN_RIGHT_ABJAD };

static enum written written_of(uint8_t a_tags, uint8_t b_tags)
{
    bool a_abjad = (a_tags & TG_TOKEN_ABJAD) != 0, b_abjad = (b_tags & TG_TOKEN_ABJAD) != 0;
    return a_abjad == b_abjad ? WRITTEN_ALIKE : a_abjad ? WRITTEN_LEFT_ABJAD : WRITTEN_RIGHT_ABJAD;
}

/* What each sound costs to put in or leave out. */
static void presences_of(const struct tg_code *code, unsigned vowel, uint8_t out[static TG_NAME_FOLD_BYTES_MAX])
{
    const uint8_t costs[] = {[TG_SOUND_VOWEL] = (uint8_t)vowel,
                             [TG_SOUND_ASPIRATE] = ASPIRATE,
                             [TG_SOUND_CONSONANT] = CONSONANT};
    for (size_t i = 0; i < code->count; i++) out[i] = costs[code->kind[i]];
}

void tg_code_of(const char *text, size_t bytes, struct tg_code *ret_code)
{
    ret_code->count = (uint8_t)bytes;
    ret_code->vowels = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        bool vowel = is_vowel(c);
        ret_code->text[i] = c;
        ret_code->sound[i] = (uint8_t)(c == 'S' ? SOUNDS - 1 : c >= 'a' && c <= 'z' ? c - 'a' : NO_SOUND);
        ret_code->kind[i] = vowel ? TG_SOUND_VOWEL : c == 'h' ? TG_SOUND_ASPIRATE : TG_SOUND_CONSONANT;
        ret_code->vowels = (uint8_t)(ret_code->vowels + vowel);
    }
}

static unsigned weight_of(const struct tg_code *code, bool abjad)
{
    unsigned vowels = code->vowels, each = abjad ? VOWEL_WEIGHT_ABJAD : VOWEL_WEIGHT;
    return (code->count - vowels) * CONSONANT + vowels * each;
}

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned max2(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned vowel_cost(enum written written, enum written own)
{
    if (written == WRITTEN_ALIKE) return VOWEL;
    return written == own ? VOWEL_WRITTEN : VOWEL_UNWRITTEN;
}

/* Cost of the cheapest way from a to b; more than limit once it is known to be. */
static unsigned edits(const struct tg_code *a, const struct tg_code *b, enum written written, unsigned limit)
{
    unsigned row[TG_NAME_FOLD_BYTES_MAX + 1];
    uint8_t of_a[TG_NAME_FOLD_BYTES_MAX], of_b[TG_NAME_FOLD_BYTES_MAX];
    bool abjad = written != WRITTEN_ALIKE;
    presences_of(a, vowel_cost(written, WRITTEN_LEFT_ABJAD), of_a);
    presences_of(b, vowel_cost(written, WRITTEN_RIGHT_ABJAD), of_b);
    row[0] = 0;
    for (size_t k = 0; k < b->count; k++) row[k + 1] = row[k] + of_b[k];
    for (size_t i = 0; i < a->count; i++) {
        const uint8_t *costs = substitution[a->sound[i]];
        unsigned diagonal = row[0], gone = of_a[i], here = row[0] + gone, least = here;
        bool vowel = abjad && a->kind[i] == TG_SOUND_VOWEL;
        row[0] = here;
        for (size_t k = 0; k < b->count; k++) {
            unsigned above = row[k + 1], cost = costs[b->sound[k]];
            if (vowel && b->kind[k] == TG_SOUND_VOWEL) cost = cost * VOWEL_ABJAD_SHARE / 100;
            here = min2(min2(above + gone, here + of_b[k]), diagonal + (a->text[i] == b->text[k] ? 0 : cost));
            row[k + 1] = here;
            diagonal = above;
            least = min2(least, here);
        }
        if (least > limit) return least;
    }
    return row[b->count];
}

/* Few consonants say little when the vowels are not written. */
static unsigned thin_max(const struct tg_code *a, const struct tg_code *b)
{
    static const uint16_t most[] = {THIN0, THIN1, THIN2, THIN3};
    size_t least = min2((unsigned)(a->count - a->vowels), (unsigned)(b->count - b->vowels));
    return least < sizeof most / sizeof most[0] ? most[least] : TG_SCORE_ONE;
}

static bool is_same(const struct tg_code *a, const struct tg_code *b)
{
    return a->count == b->count && memcmp(a->text, b->text, a->count) == 0;
}

static unsigned code_similarity(const struct tg_code *a, const struct tg_code *b, enum written written)
{
    bool abjad = written != WRITTEN_ALIKE;
    unsigned weight = weight_of(a, abjad) + weight_of(b, abjad), similarity = SIMILARITY_PHONETIC;
    if (a->count == 0 || b->count == 0) return 0;
    if (!is_same(a, b)) {
        unsigned limit = weight * (TG_SCORE_ONE - TG_SIMILARITY_MIN) / (2 * TG_SCORE_ONE);
        unsigned cost = edits(a, b, written, limit);
        if (cost > limit) return 0;
        if (cost > 0) similarity = min2(TG_SCORE_ONE - cost * 2U * TG_SCORE_ONE / weight, SIMILARITY_EDITED);
    }
    return abjad ? min2(similarity, thin_max(a, b)) : similarity;
}

bool tg_within_one_edit(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    if (a_bytes > b_bytes + 1 || b_bytes > a_bytes + 1) return false;
    size_t front = 0, back = 0;
    while (front < a_bytes && front < b_bytes && a[front] == b[front]) front++;
    size_t least = a_bytes < b_bytes ? a_bytes : b_bytes;
    while (back < least - front && a[a_bytes - 1 - back] == b[b_bytes - 1 - back]) back++;
    return a_bytes - front - back <= 1 && b_bytes - front - back <= 1;
}

static bool folds_near(const char *a, const char *b)
{
    size_t a_bytes = strlen(a), b_bytes = strlen(b);
    if (a_bytes < TG_FOLD_DELETION_MIN || b_bytes < TG_FOLD_DELETION_MIN) return strcmp(a, b) == 0;
    return tg_within_one_edit(a, a_bytes, b, b_bytes);
}

static bool skeletons_near(const char *a, const char *b, bool exactly)
{
    char a_bones[TG_NAME_FOLD_BYTES_MAX + 1], b_bones[TG_NAME_FOLD_BYTES_MAX + 1];
    if (a[0] == 0 || b[0] == 0) return false;
    size_t a_bytes = tg_skeleton(a, strlen(a), a_bones), b_bytes = tg_skeleton(b, strlen(b), b_bones);
    if (a_bytes == 0 || b_bytes == 0) return strcmp(a, b) == 0;
    bool same = a_bytes == b_bytes && memcmp(a_bones, b_bones, a_bytes) == 0;
    if (same || exactly || a_bytes < TG_SKELETON_DELETION_MIN || b_bytes < TG_SKELETON_DELETION_MIN)
        return same;
    return tg_within_one_edit(a_bones, a_bytes, b_bones, b_bytes);
}

static const char *base_of(const struct tg_name_token *token)
{
    return token->stem[0] != 0 ? token->stem : token->phonetic;
}

/* Whether two tokens are near enough to be compared. */
static bool is_near(const struct tg_name_token *a, const struct tg_name_token *b)
{
    if (folds_near(a->fold, b->fold) || skeletons_near(a->phonetic, b->phonetic, false) ||
        skeletons_near(a->alternative, b->phonetic, false) || skeletons_near(a->phonetic, b->alternative, false) ||
        skeletons_near(a->alternative, b->alternative, false))
        return true;
    return (a->stem[0] != 0 || b->stem[0] != 0) && skeletons_near(base_of(a), base_of(b), true);
}

void tg_sounding_of(const struct tg_name_token *token, struct tg_sounding *ret_sounding)
{
    ret_sounding->token = token;
    tg_code_of(token->phonetic, strlen(token->phonetic), &ret_sounding->phonetic);
    tg_code_of(token->alternative, strlen(token->alternative), &ret_sounding->alternative);
    tg_code_of(token->stem, strlen(token->stem), &ret_sounding->stem);
}

static enum tg_how how_of(const struct tg_name_token *a, const struct tg_name_token *b, unsigned codes,
                          unsigned stems)
{
    if (codes == SIMILARITY_PHONETIC) return TG_HOW_PHONETIC;
    if (stems > codes) return TG_HOW_STEM;
    bool skeleton = skeletons_near(a->phonetic, b->phonetic, true) ||
                    skeletons_near(a->alternative, b->phonetic, true) ||
                    skeletons_near(a->phonetic, b->alternative, true);
    return skeleton ? TG_HOW_SKELETON : TG_HOW_FUZZY;
}

/* One letter of a long word: a slip, however it sounds. */
static bool is_slip(const char *a, const char *b)
{
    return strlen(a) >= SLIP_MIN && strlen(b) >= SLIP_MIN && folds_near(a, b);
}

/* The best of all readings; stems count for less. */
static uint16_t compare_forms(const struct tg_sounding *a, const struct tg_name_token *b, enum tg_how *ret_how)
{
    struct tg_code phonetic, other;
    enum written written = written_of(a->token->tags, b->tags);
    unsigned codes = 0, stems = 0;
    tg_code_of(b->phonetic, strlen(b->phonetic), &phonetic);
    codes = code_similarity(&a->phonetic, &phonetic, written);
    if (a->alternative.count > 0) codes = max2(codes, code_similarity(&a->alternative, &phonetic, written));
    if (b->alternative[0] != 0) {
        tg_code_of(b->alternative, strlen(b->alternative), &other);
        codes = max2(codes, code_similarity(&a->phonetic, &other, written));
        codes = max2(codes, code_similarity(&a->alternative, &other, written));
    }
    if (codes < SIMILARITY_STEM && (a->stem.count > 0 || b->stem[0] != 0)) {
        if (b->stem[0] != 0) tg_code_of(b->stem, strlen(b->stem), &other);
        stems = code_similarity(a->stem.count > 0 ? &a->stem : &a->phonetic,
                                b->stem[0] != 0 ? &other : &phonetic, written) *
                SIMILARITY_STEM / SIMILARITY_PHONETIC;
    }
    unsigned similarity = max2(codes, stems);
    if (similarity < TG_SIMILARITY_MIN && is_slip(a->token->fold, b->fold)) similarity = TG_SIMILARITY_MIN;
    if (similarity < TG_SIMILARITY_MIN) return 0;
    if (ret_how != NULL) *ret_how = how_of(a->token, b, codes, stems);
    return (uint16_t)similarity;
}

uint16_t tg_initial_similarity(uint8_t tags, char first, uint8_t other_tags, char other_first)
{
    bool either = ((tags | other_tags) & TG_TOKEN_INITIAL) != 0;
    return either && first == other_first && first != 0 ? SIMILARITY_INITIAL : 0;
}

uint16_t tg_sounding_similarity(const struct tg_sounding *a, const struct tg_name_token *b, bool near,
                                enum tg_how *ret_how)
{
    const struct tg_name_token *token = a->token;
    if (strcmp(token->fold, b->fold) == 0) {
        if (ret_how != NULL) *ret_how = TG_HOW_EXACT;
        return TG_SCORE_ONE;
    }
    /* a script without a table, or one that spells a name in one way: as written or not at all */
    if (((token->fold[0] | b->fold[0]) & 0x80) != 0 || (token->tags & b->tags & TG_TOKEN_SYLLABIC) != 0) return 0;
    if (((token->tags | b->tags) & TG_TOKEN_INITIAL) != 0) {
        if (ret_how != NULL) *ret_how = TG_HOW_INITIAL;
        return tg_initial_similarity(token->tags, token->phonetic[0], b->tags, b->phonetic[0]);
    }
    return near || is_near(token, b) ? compare_forms(a, b, ret_how) : 0;
}

uint16_t tg_token_similarity(const struct tg_name_token *a, const struct tg_name_token *b,
                             enum tg_how *ret_how)
{
    struct tg_sounding sounding;
    tg_sounding_of(a, &sounding);
    return tg_sounding_similarity(&sounding, b, false, ret_how);
}

size_t tg_joined_code(const struct tg_name_token *first, const struct tg_name_token *second, char *out)
{
    if (((first->tags | second->tags) & TG_TOKEN_INITIAL) != 0) return 0;
    if ((second->tags & TG_TOKEN_PARTICLE) != 0) return 0;
    size_t front = strlen(first->phonetic), back = strlen(second->phonetic);
    size_t skip = front > 0 && back > 0 && first->phonetic[front - 1] == second->phonetic[0] ? 1 : 0;
    if (front + back - skip > TG_NAME_FOLD_BYTES_MAX) return 0;
    memcpy(out, first->phonetic, front);
    memcpy(out + front, second->phonetic + skip, back - skip + 1);
    return front + back - skip;
}

uint16_t tg_joined_similarity(const char *joined, uint8_t tags, const struct tg_name_token *token)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    if (tg_skeleton(joined, strlen(joined), bones) < TG_JOINED_SKELETON_MIN ||
        !skeletons_near(joined, token->phonetic, true))
        return 0;
    struct tg_code code, other;
    tg_code_of(joined, strlen(joined), &code);
    tg_code_of(token->phonetic, strlen(token->phonetic), &other);
    unsigned similarity = code_similarity(&code, &other, written_of(tags, token->tags));
    return similarity < SIMILARITY_JOINED_MIN ? 0 : (uint16_t)similarity;
}
