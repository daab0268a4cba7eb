/* How alike two tokens sound: weighted edits over phonetic codes.
 *
 * Knows sounds, not names. Costs are hundredths of a consonant; version: TG_NAME_TABLES_VERSION.
 */
#include "base/text.h"
#include "match/score_impl.h"

#define SOUNDS 27 /* a-z, and S as the last */
#define THIN0 7000
#define THIN1 7500
#define THIN2 8500
#define THIN3 9300
#define CONSONANT 100
#define VOWEL 45
#define VOWEL_UNWRITTEN 10 /* beside a script that leaves short vowels out */
#define VOWEL_WRITTEN 20   /* in such a script: a long one */
#define VOWEL_ABJAD_SHARE 50 /* hundredths */
#define ASPIRATE 45        /* h comes and goes */
#define SIMILARITY_PHONETIC 9700
#define SIMILARITY_EDITED 9400
#define SIMILARITY_STEM 9000
#define SIMILARITY_INITIAL 7000

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
    /* w */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100, 100, 100},
    /* x */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100, 100},
    /* y */ {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 0, 100, 100},
    /* z */ {100, 100, 100, 70, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 100, 100, 100, 35, 100, 100, 100, 100, 100, 100, 0, 70},
    /* S */ {100, 100, 50, 100, 100, 100, 100, 100, 100, 60, 100, 100, 100, 100, 100, 100, 100, 100, 50, 100, 100, 100, 100, 100, 100, 70, 0}};
/* clang-format on */

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* Codes as numbers, and what each costs to put in or leave out. */
struct sounds {
    uint8_t sound[TG_NAME_FOLD_BYTES_MAX + 1], presence[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t count;
};

static void sounds_of(const char *code, size_t bytes, unsigned vowel, struct sounds *ret_sounds)
{
    for (size_t i = 0; i < bytes; i++) {
        char c = code[i];
        ret_sounds->sound[i] = (uint8_t)(c == 'S' ? SOUNDS - 1 : c >= 'a' && c <= 'z' ? c - 'a' : SOUNDS);
        ret_sounds->presence[i] = (uint8_t)(is_vowel(c) ? vowel : c == 'h' ? ASPIRATE : CONSONANT);
    }
    ret_sounds->count = bytes;
}

/* A vowel takes the place of a vowel for less beside a script that leaves them out. */
static unsigned replacing(const struct sounds *a, size_t i, const struct sounds *b, size_t k, bool abjad)
{
    unsigned x = a->sound[i], y = b->sound[k];
    if (x == SOUNDS || y == SOUNDS) return CONSONANT;
    bool vowels = abjad && a->presence[i] < ASPIRATE && b->presence[k] < ASPIRATE;
    return vowels ? substitution[x][y] * VOWEL_ABJAD_SHARE / 100U : substitution[x][y];
}

static unsigned weight_of(const char *code, size_t bytes, bool abjad)
{
    unsigned weight = 0;
    for (size_t i = 0; i < bytes; i++)
        weight += is_vowel(code[i]) && abjad ? 25 : is_vowel(code[i]) ? 55 : CONSONANT;
    return weight;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned two = a < b ? a : b;
    return two < c ? two : c;
}

/* Whether one side comes from a script that leaves short vowels out. */
enum written { WRITTEN_ALIKE, WRITTEN_LEFT_ABJAD, WRITTEN_RIGHT_ABJAD };

static unsigned vowel_cost(enum written written, enum written own)
{
    if (written == WRITTEN_ALIKE) return VOWEL;
    return written == own ? VOWEL_WRITTEN : VOWEL_UNWRITTEN;
}

/* Cost of the cheapest way from a to b; more than limit once it is known to be. */
static unsigned edits(const char *a_code, size_t a_bytes, const char *b_code, size_t b_bytes,
                      enum written written, unsigned limit)
{
    bool abjad = written != WRITTEN_ALIKE;
    unsigned row[TG_NAME_FOLD_BYTES_MAX + 1];
    struct sounds a, b;
    sounds_of(a_code, a_bytes, vowel_cost(written, WRITTEN_LEFT_ABJAD), &a);
    sounds_of(b_code, b_bytes, vowel_cost(written, WRITTEN_RIGHT_ABJAD), &b);
    row[0] = 0;
    for (size_t k = 0; k < b.count; k++) row[k + 1] = row[k] + b.presence[k];
    for (size_t i = 0; i < a.count; i++) {
        unsigned diagonal = row[0], gone = a.presence[i], least;
        row[0] += gone;
        least = row[0];
        for (size_t k = 0; k < b.count; k++) {
            unsigned above = row[k + 1], same = a_code[i] == b_code[k] ? 0 : replacing(&a, i, &b, k, abjad);
            row[k + 1] = min3(above + gone, row[k] + b.presence[k], diagonal + same);
            diagonal = above;
            least = row[k + 1] < least ? row[k + 1] : least;
        }
        if (least > limit) return least;
    }
    return row[b.count];
}

static size_t consonants_of(const char *code)
{
    size_t count = 0;
    for (; *code != 0; code++) count += !is_vowel(*code);
    return count;
}

/* Few consonants say little when the vowels are not written. */
static uint16_t thin_max(const char *a, const char *b)
{
    static const uint16_t most[] = {THIN0, THIN1, THIN2, THIN3};
    size_t x = consonants_of(a), y = consonants_of(b), least = x < y ? x : y;
    return least < sizeof most / sizeof most[0] ? most[least] : TG_SCORE_ONE;
}

static uint16_t min_u16(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static uint16_t code_similarity(const char *a, const char *b, enum written written)
{
    bool abjad = written != WRITTEN_ALIKE;
    size_t a_bytes = strlen(a), b_bytes = strlen(b);
    unsigned weight = weight_of(a, a_bytes, abjad) + weight_of(b, b_bytes, abjad);
    if (weight == 0) return 0;
    unsigned limit = weight * (TG_SCORE_ONE - TG_SIMILARITY_MIN) / (2 * TG_SCORE_ONE);
    unsigned cost = edits(a, a_bytes, b, b_bytes, written, limit);
    if (cost == 0) return abjad ? min_u16(SIMILARITY_PHONETIC, thin_max(a, b)) : SIMILARITY_PHONETIC;
    if (cost > limit) return 0;
    unsigned similarity = TG_SCORE_ONE - cost * 2U * TG_SCORE_ONE / weight;
    similarity = similarity < SIMILARITY_EDITED ? similarity : SIMILARITY_EDITED;
    if (abjad) similarity = min_u16((uint16_t)similarity, thin_max(a, b));
    return (uint16_t)similarity;
}

/* Whether one text becomes the other by at most one letter put in, left out or replaced. */
static bool within_one_edit(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
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
    return within_one_edit(a, a_bytes, b, b_bytes);
}

static bool skeletons_near(const char *a, const char *b, bool exactly)
{
    char a_bones[TG_NAME_FOLD_BYTES_MAX + 1], b_bones[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t a_bytes = tg_skeleton(a, strlen(a), a_bones), b_bytes = tg_skeleton(b, strlen(b), b_bones);
    if (a_bytes == 0 || b_bytes == 0) return strcmp(a, b) == 0;
    bool same = a_bytes == b_bytes && memcmp(a_bones, b_bones, a_bytes) == 0;
    if (same || exactly || a_bytes < TG_SKELETON_DELETION_MIN || b_bytes < TG_SKELETON_DELETION_MIN)
        return same;
    return within_one_edit(a_bones, a_bytes, b_bones, b_bytes);
}

struct best {
    uint16_t similarity;
    enum tg_how how;
};

static void better(struct best *best, uint16_t similarity, enum tg_how how)
{
    if (similarity > best->similarity) *best = (struct best){similarity, how};
}

static void compare_codes(const char *a, const char *b, bool near, enum written abjad, struct best *best)
{
    if (a[0] == 0 || b[0] == 0) return;
    if (!near && !skeletons_near(a, b, false)) return;
    uint16_t similarity = code_similarity(a, b, abjad);
    bool same = strcmp(a, b) == 0;
    better(best, similarity,
           same                         ? TG_HOW_PHONETIC
           : skeletons_near(a, b, true) ? TG_HOW_SKELETON
                                        : TG_HOW_FUZZY);
}

static void compare_stems(const struct tg_name_token *a, const struct tg_name_token *b,
                          enum written abjad, struct best *best)
{
    if (a->stem[0] == 0 && b->stem[0] == 0) return;
    const char *a_stem = a->stem[0] != 0 ? a->stem : a->phonetic;
    const char *b_stem = b->stem[0] != 0 ? b->stem : b->phonetic;
    if (!skeletons_near(a_stem, b_stem, true)) return;
    unsigned similarity = code_similarity(a_stem, b_stem, abjad);
    better(best, (uint16_t)(similarity * SIMILARITY_STEM / SIMILARITY_PHONETIC), TG_HOW_STEM);
}

uint16_t tg_initial_similarity(uint8_t tags, char first, uint8_t other_tags, char other_first)
{
    bool either = ((tags | other_tags) & TG_TOKEN_INITIAL) != 0;
    return either && first == other_first && first != 0 ? SIMILARITY_INITIAL : 0;
}

static enum written written_of(uint8_t a_tags, uint8_t b_tags)
{
    bool a_abjad = (a_tags & TG_TOKEN_ABJAD) != 0, b_abjad = (b_tags & TG_TOKEN_ABJAD) != 0;
    return a_abjad == b_abjad ? WRITTEN_ALIKE : a_abjad ? WRITTEN_LEFT_ABJAD : WRITTEN_RIGHT_ABJAD;
}

uint16_t tg_token_similarity(const struct tg_name_token *a, const struct tg_name_token *b,
                             enum tg_how *ret_how)
{
    struct best best = {0, TG_HOW_EXACT};
    enum written abjad = written_of(a->tags, b->tags);
    if (strcmp(a->fold, b->fold) == 0) {
        better(&best, TG_SCORE_ONE, TG_HOW_EXACT);
    } else if (((a->fold[0] | b->fold[0]) & 0x80) != 0 || (a->tags & b->tags & TG_TOKEN_SYLLABIC) != 0) {
        return 0; /* a script without a table, or one that spells a name in one way: as written or not at all */
    } else if (((a->tags | b->tags) & TG_TOKEN_INITIAL) != 0) {
        better(&best, tg_initial_similarity(a->tags, a->phonetic[0], b->tags, b->phonetic[0]),
               TG_HOW_INITIAL);
    } else {
        compare_codes(a->phonetic, b->phonetic, folds_near(a->fold, b->fold), abjad, &best);
        compare_codes(a->alternative, b->phonetic, false, abjad, &best);
        compare_codes(a->phonetic, b->alternative, false, abjad, &best);
        compare_codes(a->alternative, b->alternative, false, abjad, &best);
        compare_stems(a, b, abjad, &best);
    }
    if (best.similarity < TG_SIMILARITY_MIN) return 0;
    if (ret_how != NULL) *ret_how = best.how;
    return best.similarity;
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
    uint16_t similarity = code_similarity(joined, token->phonetic, written_of(tags, token->tags));
    return similarity < 7500 ? 0 : similarity;
}
