/* Near-duplicate texts: word 3-shingles, and an exact join of all whose Jaccard similarity is 0.7 or more.
 *
 * Knows no records, places or times. Method: docs/formats-match.md "Repeats".
 */
#ifndef TG_MATCH_NEAR_H
#define TG_MATCH_NEAR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/hash.h"

/* What a text is compared by: keyed hashes of its shingles, ascending, each once. */
struct tg_near_text {
    const uint64_t *shingles;
    uint32_t count; /* 0: no words, alike to nothing */
    uint32_t words;
};

/* Shingles of a text: of every three words in a row, of fewer than three all of them. A word is a run of letters, digits
 * and marks, without case. What is no UTF-8 separates words.
 *
 * block  texts of different blocks share no shingle, and so are never alike
 * Memory from the arena. TG_ENOMEM. Thread: any.
 */
tg_err tg_near_read(const struct tg_token_key *key, uint64_t block, struct tg_view text,
                    struct tg_arena *arena, struct tg_near_text *ret_text);

/* Jaccard of 0.7 or more, in integers. */
bool tg_near_alike(const struct tg_near_text *a, const struct tg_near_text *b);

/* later > earlier: places in the array. Anything but TG_OK ends the join and is returned. */
typedef tg_err (*tg_on_near)(void *ctx, uint32_t earlier, uint32_t later);

struct tg_near_join_stats {
    uint64_t compared;
    uint64_t cut; /* texts of which not every earlier one was looked at, or told: see the limits TG_NEAR_ */
};

/* Every text with the earlier ones that it is alike to. A text that equals an earlier one is told with the first such
 * alone, and stands for nothing further; so a million equal texts cost a million look-ups and no pairs.
 *
 * Errors: TG_ELIMIT over TG_NEAR_TEXTS_MAX, TG_ENOMEM. Thread: any.
 */
tg_err tg_near_join(const struct tg_near_text *texts, size_t count, tg_on_near on_near, void *ctx,
                    struct tg_near_join_stats *ret_stats);

#endif
