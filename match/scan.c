/* The window over a text, and where in it to look closer.
 *
 * Most text holds nothing: so whole blocks are passed over in which no digit, @, dot or bracket stands.
 */
#include <stdlib.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "match/scan_impl.h"

#define BLOCK_BYTES 32
#define CONTEXT_BYTES 60
#define PADDING_BYTES 32 /* zeros behind the text, so that looking a few bytes ahead needs no bound */

#define D (TG_SCAN_DIGIT | TG_SCAN_HEX | TG_SCAN_HOST | TG_SCAN_LOCAL | TG_SCAN_URL | TG_SCAN_MARK)
#define L (TG_SCAN_LETTER | TG_SCAN_HOST | TG_SCAN_LOCAL | TG_SCAN_URL)
#define X (L | TG_SCAN_HEX)
#define U TG_SCAN_URL
#define P (TG_SCAN_URL | TG_SCAN_LOCAL)
#define M TG_SCAN_MARK
#define S TG_SCAN_SPACER
#define H (TG_SCAN_HOST | TG_SCAN_URL)
#define H16 H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H
/* clang-format off */
const uint8_t tg_scan_class[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* ! " # $ % & ' ( ) * + , - . / */
    S, U, 0, U, U, P, U, 0, M | S, S, U, P, 0, S | P | TG_SCAN_HOST, S | M | P, S | U,
    D, D, D, D, D, D, D, D, D, D, U, 0, 0, U, 0, U,
    M | U, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, M, 0, 0, 0, P,
    0, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, U, 0,
    H16, H16, H16, H16, H16, H16, H16, H16,
};
/* clang-format on */
#undef D
#undef L
#undef X
#undef U
#undef P
#undef M
#undef S
#undef H
#undef H16

struct tg_scan *tg_scan_new(const struct tg_scan_options *options)
{
    struct tg_scan *scan = calloc(1, sizeof *scan);
    if (!scan) return NULL;
    scan->options = *options;
    scan->lines.line = scan->name_lines.line = 1;
    scan->window = calloc(1, TG_SCAN_WINDOW_BYTES + PADDING_BYTES);
    if (!scan->window) {
        free(scan);
        return NULL;
    }
    return scan;
}

void tg_scan_free(struct tg_scan *scan)
{
    if (!scan) return;
    free(scan->window);
    free(scan);
}

/* ---- what was found ---- */

bool tg_scan_try(struct tg_scan *scan, enum tg_selector_type type, size_t from, size_t to)
{
    if (scan->form_count == TG_SCAN_FORMS_MAX || from >= to) return false;
    struct tg_selector *form = &scan->forms[scan->form_count];
    if (tg_selector_normalise(type, tg_scan_view(scan, from, to), scan->options.country, form, NULL))
        return false;
    scan->form_count++;
    return true;
}

static void lines_count(const struct tg_scan *scan, struct tg_scan_lines *lines, size_t to)
{
    const uint8_t *at = scan->window + lines->counted, *end = scan->window + to;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        lines->line++;
        at++;
    }
    lines->counted = to > lines->counted ? to : lines->counted;
}

static bool is_middle(uint8_t c)
{
    return (c & 0xC0) == 0x80;
}

static void context_set(const struct tg_scan *scan, size_t from, size_t to, struct tg_scan_found *found)
{
    size_t begin = from, end = to;
    while (begin > 0 && from - begin < CONTEXT_BYTES && scan->window[begin - 1] != '\n') begin--;
    while (begin < from && is_middle(scan->window[begin])) begin++;
    while (end < scan->bytes && end - to < CONTEXT_BYTES && scan->window[end] != '\n') end++;
    while (end > to && is_middle(scan->window[end])) end--;
    found->before = tg_scan_view(scan, begin, from);
    found->after = tg_scan_view(scan, to, end);
}

static tg_err give(struct tg_scan *scan, size_t from, size_t to, size_t form_count)
{
    struct tg_scan_lines *lines = form_count ? &scan->lines : &scan->name_lines;
    lines_count(scan, lines, from);
    struct tg_scan_found found = {.at = scan->base + from,
                                  .line = lines->line,
                                  .text = tg_scan_view(scan, from, to),
                                  .forms = scan->forms,
                                  .form_count = form_count};
    context_set(scan, from, to, &found);
    return scan->options.on_found(scan->options.ctx, &found);
}

tg_err tg_scan_give(struct tg_scan *scan, size_t from, size_t to)
{
    size_t count = scan->form_count;
    if (!count) return TG_OK;
    scan->form_count = 0;
    scan->floor = to;
    return give(scan, from, to, count);
}

tg_err tg_scan_give_name(struct tg_scan *scan, size_t from, size_t to)
{
    return give(scan, from, to, 0);
}

/* ---- where to look ---- */

/* Bit i: byte i of the block may be part of a selector. */
#ifdef __SSE2__
static uint32_t block_marks(const uint8_t *block)
{
    uint32_t marks = 0;
    for (unsigned i = 0; i < BLOCK_BYTES; i += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)(block + i));
        __m128i digits =
            _mm_cmpgt_epi8(_mm_set1_epi8(-128 + 10), _mm_sub_epi8(bytes, _mm_set1_epi8((char)('0' + 128))));
        __m128i points = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('@')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
        __m128i brackets = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('[')),
                                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('(')));
        __m128i any = _mm_or_si128(digits, _mm_or_si128(points, brackets));
        marks |= (uint32_t)_mm_movemask_epi8(any) << i;
    }
    return marks;
}
#else
static uint32_t block_marks(const uint8_t *block)
{
    uint32_t marks = 0;
    for (unsigned i = 0; i < BLOCK_BYTES; i++) marks |= (uint32_t)tg_scan_is(block[i], TG_SCAN_MARK) << i;
    return marks;
}
#endif

/* Not the end of a sentence, nor what only opens a bracket. */
static bool may_begin(const uint8_t *at)
{
    if (at[0] == '.') return tg_scan_is(at[1], TG_SCAN_HOST);
    if (at[0] != '[' && at[0] != '(') return true;
    return at[1] == '.' || at[1] == '@' || at[1] == ':' || (at[1] | 0x20) == 'd' || (at[1] | 0x20) == 'a';
}

/* The next place in at..end that may be part of a selector, or end. Blocks may reach over what the window holds, into zeros
 * or what is looked at later. */
static size_t mark_next(const struct tg_scan *scan, size_t at, size_t end)
{
    for (; at < end; at += BLOCK_BYTES) {
        uint32_t marks = block_marks(scan->window + at);
        for (; marks; marks &= marks - 1) {
            size_t found = at + (size_t)__builtin_ctz(marks);
            if (found >= end) return end;
            if (may_begin(scan->window + found)) return found;
        }
    }
    return end;
}

static tg_err look(struct tg_scan *scan, size_t end)
{
    tg_err err = TG_OK;
    size_t at = scan->next > scan->floor ? scan->next : scan->floor;
    while (!err && at < end && (at = mark_next(scan, at, end)) < end) {
        bool taken = false;
        scan->form_count = 0;
        err = tg_scan_address(scan, at, &taken);
        if (!err && !taken && tg_scan_is(scan->window[at], TG_SCAN_DIGIT)) err = tg_scan_number(scan, at);
        at = scan->floor > at ? scan->floor : at + 1;
    }
    scan->next = at > end ? at : end;
    return err;
}

/* ---- the window ---- */

static void move_on(struct tg_scan *scan)
{
    size_t lowest = scan->next < scan->name_next || !scan->options.names ? scan->next : scan->name_next;
    size_t gone = lowest > TG_SCAN_REACH_BYTES ? lowest - TG_SCAN_REACH_BYTES : 0;
    lines_count(scan, &scan->lines, gone);
    lines_count(scan, &scan->name_lines, gone);
    memmove(scan->window, scan->window + gone, scan->bytes - gone);
    scan->bytes -= gone;
    scan->next -= gone;
    scan->name_next -= scan->options.names ? gone : 0;
    scan->floor = scan->floor > gone ? scan->floor - gone : 0;
    scan->lines.counted -= gone;
    scan->name_lines.counted -= gone;
    scan->base += gone;
}

static tg_err window_take(struct tg_scan *scan, bool last)
{
    memset(scan->window + scan->bytes, 0, PADDING_BYTES);
    size_t end = last ? scan->bytes : scan->bytes - TG_SCAN_REACH_BYTES;
    tg_err err = look(scan, end);
    return err || !scan->options.names ? err : tg_scan_words(scan, end);
}

tg_err tg_scan_feed(struct tg_scan *scan, struct tg_view bytes)
{
    tg_err err = TG_OK;
    while (bytes.bytes && !err) {
        size_t room = TG_SCAN_WINDOW_BYTES - scan->bytes;
        size_t more = bytes.bytes < room ? bytes.bytes : room;
        memcpy(scan->window + scan->bytes, bytes.data, more);
        scan->bytes += more;
        bytes = tg_view_of(bytes.data + more, bytes.bytes - more);
        if (scan->bytes < TG_SCAN_WINDOW_BYTES) break;
        err = window_take(scan, false);
        if (!err) move_on(scan);
    }
    return err;
}

tg_err tg_scan_end(struct tg_scan *scan)
{
    tg_err err = window_take(scan, true);
    scan->bytes = scan->next = scan->floor = scan->name_next = 0;
    scan->base = 0;
    scan->lines = scan->name_lines = (struct tg_scan_lines){.line = 1};
    return err;
}
