/* What stands around an @, a dot or a bracket: e-mail and web addresses, domains, onions, handles.
 *
 * Also where they were made harmless ("hxxps://evil[.]example", "name (at) example.org"). What was looked at is passed
 * over, taken or not, so that no text makes the scanner look at a byte more than a few times.
 */
#include "match/scan_impl.h"

#define HOST_BYTES_MAX 256
#define LABEL_BYTES_MAX 190 /* 63 characters in UTF-8 */
#define NUMBER_DOTS_MAX 6

/* Whether the character that begins there is part of words, not punctuation beyond ASCII. */
static bool joins(const uint8_t *lead)
{
    if (lead[0] == 0xC2 || lead[0] == 0xE2 || lead[0] == 0xEF) return false;
    if (lead[0] == 0xE3 && lead[1] == 0x80) return false;
    return !(lead[0] == 0xD8 && (lead[1] == 0x8C || lead[1] == 0x9B || lead[1] == 0x9F));
}

static size_t left_bound(const struct tg_scan *scan, size_t mark)
{
    size_t reach = mark > HOST_BYTES_MAX ? mark - HOST_BYTES_MAX : 0;
    return reach > scan->floor ? reach : scan->floor;
}

static size_t right_bound(const struct tg_scan *scan, size_t mark)
{
    size_t reach = mark + TG_SCAN_REACH_BYTES / 2;
    return reach < scan->bytes ? reach : scan->bytes;
}

/* Where the host ends that goes on to the left of at. */
static size_t host_left(const struct tg_scan *scan, size_t at, size_t bound)
{
    const uint8_t *window = scan->window;
    while (at > bound) {
        size_t lead = at - 1;
        if (window[lead] < 0x80) {
            if (!tg_scan_is(window[lead], TG_SCAN_HOST) && window[lead] != '.') break;
        } else {
            while (lead > bound && (window[lead] & 0xC0) == 0x80) lead--;
            if (!joins(window + lead)) break;
        }
        at = lead;
    }
    while (at < scan->bytes && (window[at] == '.' || window[at] == '-')) at++;
    return at;
}

static size_t local_left(const struct tg_scan *scan, size_t at, size_t bound)
{
    while (at > bound && tg_scan_is(scan->window[at - 1], TG_SCAN_LOCAL)) at--;
    while (tg_scan_is(scan->window[at], TG_SCAN_LOCAL) && !tg_ascii_is_alnum((char)scan->window[at]) &&
           scan->window[at] != '_')
        at++;
    return at;
}

static size_t eaten(const struct tg_scan *scan, size_t at, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        size_t bytes = strlen(words[i]), k = 0;
        while (k < bytes && tg_ascii_lower((char)scan->window[at + k]) == words[i][k]) k++;
        if (k == bytes) return bytes;
    }
    return 0;
}

static size_t dot_at(const struct tg_scan *scan, size_t at)
{
    static const char *const dots[] = {"[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", NULL};
    if (scan->window[at] == '.') return 1;
    return scan->window[at] && strchr("[({", scan->window[at]) ? eaten(scan, at, dots) : 0;
}

static size_t at_sign_at(const struct tg_scan *scan, size_t at)
{
    static const char *const signs[] = {"[at]", "(at)", "{at}", "[@]", "(@)", " (at) ", " [at] ", NULL};
    if (scan->window[at] == '@') return 1;
    return scan->window[at] && strchr("[({ ", scan->window[at]) ? eaten(scan, at, signs) : 0;
}

static bool host_char(const struct tg_scan *scan, size_t at)
{
    uint8_t c = scan->window[at];
    if (c < 0x80) return tg_scan_is(c, TG_SCAN_HOST);
    return (c & 0xC0) == 0x80 || joins(scan->window + at);
}

/* The end of the host that begins at at; *ret_dots counts its dots, *ret_last is where its last label begins. */
static size_t host_right(const struct tg_scan *scan, size_t at, size_t bound, size_t *ret_dots,
                         size_t *ret_last)
{
    size_t label = at;
    while (at < bound && at - label <= LABEL_BYTES_MAX) {
        if (host_char(scan, at)) {
            at++;
            continue;
        }
        size_t dot = dot_at(scan, at);
        if (!dot || at + dot >= bound || !host_char(scan, at + dot)) break;
        label = at += dot;
        ++*ret_dots;
        *ret_last = at;
    }
    return at;
}

static bool has_letter(const struct tg_scan *scan, size_t from, size_t to)
{
    for (; from < to; from++)
        if (tg_scan_is(scan->window[from], TG_SCAN_LETTER) || scan->window[from] >= 0x80) return true;
    return false;
}

static bool is_among(struct tg_view word, const char *const *words, size_t count)
{
    char lower[32];
    if (word.bytes >= sizeof lower) return false;
    for (size_t i = 0; i < word.bytes; i++) lower[i] = tg_ascii_lower((char)word.data[i]);
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == word.bytes && memcmp(lower, words[i], word.bytes) == 0) return true;
    return false;
}

/* Endings of file names, which no top-level domain has. */
static bool is_file_ending(struct tg_view label)
{
    static const char *const endings[] = {"bmp",    "csv", "dll",  "doc",  "docx", "exe",  "gif",
                                          "gz",     "htm", "html", "jpeg", "jpg",  "json", "log",
                                          "mp3",    "pdf", "php",  "png",  "pptx", "rar",  "rtf",
                                          "sqlite", "txt", "wav",  "xls",  "xlsx", "xml"};
    return is_among(label, endings, sizeof endings / sizeof endings[0]);
}

/* A last label in Cyrillic: of a few domains, or of a sentence that goes on without a blank ("г.Душанбе"). */
static bool is_cyrillic_ending(struct tg_view label)
{
    static const char *const endings[] = {"рф",  "рус",  "бел",    "укр",    "қаз",    "мон",
                                          "срб", "сайт", "бг",     "ком",    "орг",    "дети",
                                          "ею",  "мкд",  "онлайн", "москва", "католик"};
    return is_among(label, endings, sizeof endings / sizeof endings[0]);
}

static bool ending_fits(struct tg_view label)
{
    bool ascii = true, digit = false;
    for (size_t i = 0; i < label.bytes; i++) {
        ascii = ascii && label.data[i] < 0x80;
        digit = digit || tg_ascii_is_digit((char)label.data[i]);
    }
    if (!ascii)
        return (label.data[0] != 0xD0 && label.data[0] != 0xD1 && label.data[0] != 0xD2) ||
               is_cyrillic_ending(label);
    if (label.bytes > 4 && tg_ascii_lower((char)label.data[0]) == 'x' && label.data[2] == '-') return true;
    return label.bytes >= 2 && !digit && !is_file_ending(label);
}

/* Before a host: "https://", "hxxp[:]//"; where the scheme begins, or from. */
static size_t scheme_left(const struct tg_scan *scan, size_t from, size_t bound)
{
    static const char *const marks[] = {"://", "[:]//", "[://]"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t bytes = strlen(marks[i]), at = from;
        if (from < bound + bytes || memcmp(scan->window + from - bytes, marks[i], bytes) != 0) continue;
        at -= bytes;
        while (at > bound && tg_scan_is(scan->window[at - 1], TG_SCAN_LETTER)) at--;
        return at;
    }
    return from;
}

/* To the end of a web address, without the punctuation of the sentence around it. */
static size_t url_right(const struct tg_scan *scan, size_t at, size_t bound)
{
    size_t begin = at;
    while (at < bound &&
           (scan->window[at] < 0x80 ? tg_scan_is(scan->window[at], TG_SCAN_URL) : host_char(scan, at)))
        at++;
    while (at > begin && strchr(".,:;!?*", scan->window[at - 1])) at--;
    return at;
}

/* ---- what it may be ---- */

static tg_err email_look(struct tg_scan *scan, size_t sign, size_t sign_bytes, bool *ret_taken)
{
    size_t dots = 0, last = 0, host = sign + sign_bytes;
    size_t local = local_left(scan, sign, left_bound(scan, sign));
    size_t end = host_right(scan, host, right_bound(scan, host), &dots, &last);
    while (end > host && scan->window[end - 1] == '-') end--;
    *ret_taken = local < sign && end > host;
    if (!*ret_taken) return TG_OK;
    bool fits = dots && ending_fits(tg_scan_view(scan, last, end));
    if (fits && tg_scan_try(scan, TG_SELECTOR_EMAIL, local, end))
        (void)tg_scan_try(scan, TG_SELECTOR_DOMAIN, host, end);
    if (scan->form_count) return tg_scan_give(scan, local, end);
    scan->floor = host;
    return TG_OK;
}

static tg_err handle_look(struct tg_scan *scan, size_t sign)
{
    static const enum tg_selector_type services[] = {TG_SELECTOR_TELEGRAM, TG_SELECTOR_VK, TG_SELECTOR_X,
                                                     TG_SELECTOR_INSTAGRAM, TG_SELECTOR_TIKTOK};
    size_t end = sign + 1, bound = right_bound(scan, sign);
    while (end < bound && (tg_ascii_is_alnum((char)scan->window[end]) || scan->window[end] == '_' ||
                           scan->window[end] == '.'))
        end++;
    while (end > sign + 1 && scan->window[end - 1] == '.') end--;
    for (size_t i = 0; end > sign + 2 && i < sizeof services / sizeof services[0]; i++)
        (void)tg_scan_try(scan, services[i], sign, end);
    scan->floor = end;
    return tg_scan_give(scan, sign, end);
}

static void links_try(struct tg_scan *scan, size_t from, size_t host, size_t to)
{
    static const struct {
        const char *host;
        enum tg_selector_type type;
    } links[] = {{"t.me", TG_SELECTOR_TELEGRAM},
                 {"telegram.me", TG_SELECTOR_TELEGRAM},
                 {"wa.me", TG_SELECTOR_WHATSAPP},
                 {"chat.whatsapp.com", TG_SELECTOR_WHATSAPP},
                 {"vk.com", TG_SELECTOR_VK},
                 {"vk.ru", TG_SELECTOR_VK},
                 {"x.com", TG_SELECTOR_X},
                 {"twitter.com", TG_SELECTOR_X},
                 {"facebook.com", TG_SELECTOR_FACEBOOK},
                 {"www.facebook.com", TG_SELECTOR_FACEBOOK},
                 {"instagram.com", TG_SELECTOR_INSTAGRAM},
                 {"www.instagram.com", TG_SELECTOR_INSTAGRAM},
                 {"tiktok.com", TG_SELECTOR_TIKTOK},
                 {"www.tiktok.com", TG_SELECTOR_TIKTOK},
                 {"signal.group", TG_SELECTOR_SIGNAL}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        size_t bytes = strlen(links[i].host);
        if (to - host <= bytes || scan->window[host + bytes] != '/') continue;
        struct tg_view rest = tg_scan_view(scan, host, host + bytes);
        if (is_among(rest, &links[i].host, 1)) (void)tg_scan_try(scan, links[i].type, from, to);
    }
}

static tg_err host_look(struct tg_scan *scan, size_t host, size_t end, size_t last, size_t dots,
                        bool *ret_taken)
{
    size_t from = scheme_left(scan, host, left_bound(scan, host));
    bool numeric = !has_letter(scan, host, end);
    if (numeric && from == host && dots <= NUMBER_DOTS_MAX) return TG_OK; /* a number's business */
    *ret_taken = true;
    scan->floor = end;
    if (numeric && from == host) return TG_OK; /* of no use to anybody */
    while (end > host && scan->window[end - 1] == '-') end--;
    bool is_url = from < host || scan->window[end] == '/';
    size_t to = is_url || (scan->window[end] == ':' && tg_scan_is(scan->window[end + 1], TG_SCAN_DIGIT))
                    ? url_right(scan, end, right_bound(scan, host))
                    : end;
    scan->floor = to;
    if (!numeric && !ending_fits(tg_scan_view(scan, last, end))) return TG_OK;
    bool onion = end - host > 6 && memcmp(scan->window + end - 6, ".onion", 6) == 0;
    if (onion) (void)tg_scan_try(scan, TG_SELECTOR_ONION, host, end);
    links_try(scan, from, host, to);
    if (is_url) (void)tg_scan_try(scan, TG_SELECTOR_URL, from, to);
    if (!onion) (void)tg_scan_try(scan, numeric ? TG_SELECTOR_IP : TG_SELECTOR_DOMAIN, host, end);
    return tg_scan_give(scan, from, to);
}

tg_err tg_scan_address(struct tg_scan *scan, size_t mark, bool *ret_taken)
{
    size_t dots = 0, last = 0, sign = at_sign_at(scan, mark);
    size_t host = sign ? mark : host_left(scan, mark, left_bound(scan, mark));
    size_t end = sign ? mark : host_right(scan, host, right_bound(scan, mark), &dots, &last);
    if (!sign && end <= mark && !dots) return TG_OK; /* a bracket, a dot of no host */
    size_t bytes = at_sign_at(scan, end);
    bool in_url = bytes && scheme_left(scan, host, left_bound(scan, host)) < host;
    if (bytes && !in_url) {
        tg_err err = email_look(scan, end, bytes, ret_taken);
        bool alone = !*ret_taken && bytes == 1 && sign;
        if (err || *ret_taken || !alone) return err;
        *ret_taken = true;
        return handle_look(scan, mark);
    }
    return dots ? host_look(scan, host, end, last, dots, ret_taken) : TG_OK;
}
