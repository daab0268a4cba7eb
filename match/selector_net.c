/* E-mail addresses, domain names, web addresses.
 *
 * Knows no resolver and asks nobody. [RFC 5321 §4.1.2], [UTS 46], [WHATWG URL]; docs/formats-match.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/cursor.h"
#include "crypto/hash.h"
#include "match/selector_impl.h"

#define LOCAL_MAX 64
#define URL_HEAD_BYTES 440

/* Second-level names that anyone can register under: alone they say nothing. */
static const char *const suffixes[] = {
    "co.uk",  "org.uk", "ac.uk",  "gov.uk", "com.tr", "org.tr", "gov.tr", "com.tj", "org.tj", "gov.tj",
    "com.kg", "org.kg", "gov.kg", "com.uz", "org.uz", "gov.uz", "com.kz", "org.kz", "gov.kz", "com.ru",
    "org.ru", "net.ru", "com.tm", "org.tm", "gov.tm", "com.af", "org.af", "gov.af", "com.pk", "org.pk",
    "gov.pk", "com.cn", "org.cn", "net.cn", "gov.cn", "co.ir",  "ac.ir",  "gov.ir", "co.in",  "com.au",
    "co.jp",  "co.kr",  "com.br", "com.ua", "org.ua", "in.ua",  "edu.tr", "edu.kg", "edu.uz", "edu.kz",
};

static bool is_public_suffix(const char *host)
{
    if (strchr(host, '.') == NULL) return true;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(host, suffixes[i]) == 0) return true;
    }
    return false;
}

/* Domains set aside for documents and tests [RFC 2606]. */
static bool is_example(const char *host)
{
    static const char *const ends[] = {"example", "example.com", "example.org", "example.net",
                                       "test",    "invalid",     "localhost",   "local"};
    size_t bytes = strlen(host);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        if (bytes < end || strcmp(host + bytes - end, ends[i]) != 0) continue;
        if (bytes == end || host[bytes - end - 1] == '.') return true;
    }
    return false;
}

/* Marks what is doubtful or noise in form. */
static tg_err registered_host(const struct tg_sel_in *in, struct tg_view host, char out[static 254],
                              struct tg_selector *form, struct tg_errmsg *em)
{
    bool doubt = false;
    tg_err err = tg_sel_host(in, host, out, &doubt, em);
    if (err != TG_OK) return err;
    if (doubt) form->flags |= TG_SELECTOR_ADVISORY;
    if (tg_host_is_numeric(tg_view_str(out))) {
        return tg_fail(em, TG_EFORMAT, "'%s' ends in a number: that is no domain name, perhaps an IP address",
                       in->shown);
    }
    if (is_public_suffix(out)) {
        return tg_fail(em, TG_EVALUE, "'%s' is a bare public suffix: name the domain under it", in->shown);
    }
    if (is_example(out)) form->flags |= TG_SELECTOR_NOISE;
    return TG_OK;
}

tg_err tg_sel_domain(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], host[254];
    size_t bytes = tg_sel_refang(in->plain, text);
    tg_err err = registered_host(in, tg_view_of(text, bytes), host, out, em);
    if (err != TG_OK) return err;
    return tg_sel_form(out, em, "%s", host);
}

static bool is_atext(char c)
{
    return tg_ascii_is_alnum(c) || (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Letters beyond ASCII are composed and folded [RFC 6531]; the result has room for LOCAL_MAX bytes. */
static tg_err local_part(const struct tg_sel_in *in, struct tg_view local, char out[static LOCAL_MAX + 1],
                         struct tg_errmsg *em)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t bytes =
        utf8proc_map(local.data, (utf8proc_ssize_t)local.bytes, &mapped,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_COMPAT);
    tg_err err = TG_OK;
    if (bytes < 0) return tg_fail(em, TG_EFORMAT, "part before @ of '%s' cannot be read", in->shown);
    if (bytes == 0 || bytes > LOCAL_MAX) {
        err = tg_fail(em, TG_ELIMIT, "part before @ of '%s' is empty or longer than %d bytes", in->shown,
                      LOCAL_MAX);
    }
    for (utf8proc_ssize_t i = 0; err == TG_OK && i < bytes; i++) {
        char c = (char)mapped[i];
        bool dot = c == '.' && i > 0 && i + 1 < bytes && mapped[i - 1] != '.';
        if (dot || mapped[i] >= 0x80 || is_atext(c)) continue;
        err = tg_fail(em, TG_EFORMAT, "part before @ of '%s' holds '%c' where no address can have it",
                      in->shown, c > ' ' ? c : '?');
    }
    if (err == TG_OK) {
        memcpy(out, mapped, (size_t)bytes);
        out[bytes] = 0;
    }
    free(mapped);
    return err;
}

tg_err tg_sel_email(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], local[LOCAL_MAX + 1], host[254];
    struct tg_view view = tg_view_of(text, tg_sel_refang(in->plain, text));
    (void)tg_sel_eat(&view, "mailto:");
    if (view.bytes > 2 && view.data[0] == '<' && view.data[view.bytes - 1] == '>') {
        view = tg_view_of(view.data + 1, view.bytes - 2);
    }
    size_t at = view.bytes;
    while (at > 0 && view.data[at - 1] != '@') at--;
    if (at == 0) return tg_fail(em, TG_EFORMAT, "e-mail address '%s' has no @", in->shown);
    tg_err err = local_part(in, tg_view_of(view.data, at - 1), local, em);
    if (err != TG_OK) return err;
    err = registered_host(in, tg_view_of(view.data + at, view.bytes - at), host, out, em);
    if (err != TG_OK) return err;
    return tg_sel_form(out, em, "%s@%s", local, host);
}

static const struct scheme {
    const char *name;
    unsigned port;
} schemes[] = {{"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}};

struct url {
    const struct scheme *scheme;
    struct tg_view user, password, host, path, query;
    unsigned port;
    bool has_port, has_query; /* a port other than the scheme's */
};

static tg_err url_scheme(const struct tg_sel_in *in, struct tg_view *text, struct url *url, bool *ret_guessed,
                         struct tg_errmsg *em)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct tg_view rest = *text;
        if (!tg_sel_eat(&rest, schemes[i].name) || !tg_sel_eat(&rest, ":")) continue;
        if (rest.bytes > 0 && tg_ascii_is_digit((char)rest.data[0])) break; /* host "http" with a port */
        while (rest.bytes > 0 && (rest.data[0] == '/' || rest.data[0] == '\\')) rest.data++, rest.bytes--;
        url->scheme = &schemes[i];
        *text = rest;
        return TG_OK;
    }
    for (size_t i = 0; i + 2 < text->bytes && text->data[i] != '/'; i++) {
        if (memcmp(text->data + i, "://", 3) == 0) {
            return tg_fail(em, TG_EVALUE, "address '%s' has another scheme than http, https, ftp, ws, wss",
                           in->shown);
        }
    }
    url->scheme = &schemes[0];
    *ret_guessed = true;
    return TG_OK;
}

/* Cut view at the first byte of stops; the rest, from that byte on, is returned. */
static struct tg_view cut(struct tg_view *view, const char *stops)
{
    size_t at = 0;
    while (at < view->bytes && (view->data[at] == 0 || strchr(stops, (char)view->data[at]) == NULL)) at++;
    struct tg_view rest = tg_view_of(view->data + at, view->bytes - at);
    view->bytes = at;
    return rest;
}

static tg_err url_authority(const struct tg_sel_in *in, struct tg_view authority, struct url *url,
                            struct tg_errmsg *em)
{
    size_t at = authority.bytes;
    while (at > 0 && authority.data[at - 1] != '@') at--;
    if (at > 0) {
        url->user = tg_view_of(authority.data, at - 1);
        url->password = cut(&url->user, ":");
        if (url->password.bytes > 0) url->password.data++, url->password.bytes--;
        authority = tg_view_of(authority.data + at, authority.bytes - at);
    }
    size_t colon = authority.bytes;
    while (colon > 0 && authority.data[colon - 1] != ':' && authority.data[colon - 1] != ']') colon--;
    url->host = authority;
    if (colon == 0 || authority.data[colon - 1] == ']') return TG_OK;
    struct tg_view port = tg_view_of(authority.data + colon, authority.bytes - colon);
    uint64_t value = 0;
    if (port.bytes > 0 && tg_text_u64(port, 65535, &value) != TG_OK) {
        return tg_fail(em, TG_EVALUE, "address '%s' has a port that is not 0 to 65535", in->shown);
    }
    url->host.bytes = colon - 1;
    url->port = (unsigned)value;
    url->has_port = port.bytes > 0 && url->port != url->scheme->port;
    return TG_OK;
}

static tg_err url_split(const struct tg_sel_in *in, struct tg_view text, struct url *url, bool *ret_guessed,
                        struct tg_errmsg *em)
{
    tg_err err = url_scheme(in, &text, url, ret_guessed, em);
    if (err != TG_OK) return err;
    (void)cut(&text, "#");
    struct tg_view authority = text;
    struct tg_view rest = cut(&authority, "/\\?");
    url->path = rest;
    url->query = cut(&url->path, "?");
    url->has_query = url->query.bytes > 0;
    if (url->has_query) url->query.data++, url->query.bytes--;
    return url_authority(in, authority, url, em);
}

/* Hosts may have percent signs, as addresses that hide theirs do. out has room for the host; its length, 0 when what comes
 * out is no text. */
static size_t unescape(struct tg_view host, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < host.bytes; i++) {
        uint8_t byte = host.data[i];
        if (byte == '%' && i + 2 < host.bytes &&
            tg_hex_decode(tg_view_of(host.data + i + 1, 2), &byte, 1) == TG_OK)
            i += 2;
        out[at++] = (char)byte;
    }
    return tg_utf8_valid(tg_view_of(out, at)) ? at : 0;
}

static tg_err url_host(const struct tg_sel_in *in, struct tg_view host, char out[static 254], bool *ret_doubt,
                       struct tg_errmsg *em)
{
    uint8_t address[16];
    char plain[TG_SELECTOR_TEXT_BYTES_MAX + 1];
    if (host.bytes > 2 && host.data[0] == '[' && host.data[host.bytes - 1] == ']') {
        if (!tg_ip6_parse(tg_view_of(host.data + 1, host.bytes - 2), address)) {
            return tg_fail(em, TG_EFORMAT, "address '%s' has a bad IPv6 host", in->shown);
        }
        char text[TG_IP_TEXT_BYTES];
        tg_ip_format(address, 16, text);
        (void)snprintf(out, 254, "[%s]", text);
        return TG_OK;
    }
    if (memchr(host.data, '%', host.bytes) != NULL) host = tg_view_of(plain, unescape(host, plain));
    tg_err err = tg_sel_host(in, host, out, ret_doubt, em);
    if (err != TG_OK) return err;
    if (tg_host_is_numeric(tg_view_str(out))) {
        if (!tg_ip4_parse_loose(tg_view_str(out), address)) {
            return tg_fail(em, TG_EFORMAT, "address '%s' has a bad IPv4 host", in->shown);
        }
        tg_ip_format(address, 4, out);
        return TG_OK;
    }
    if (strchr(out, '.') == NULL) {
        return tg_fail(em, TG_EVALUE, "address '%s' has a host without a dot", in->shown);
    }
    return TG_OK;
}

static void put_escaped(struct tg_wr *wr, struct tg_view text, const char *also)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t byte = text.data[i];
        if (byte > ' ' && byte < 0x7F && strchr(also, (char)byte) == NULL) {
            tg_wr_u8(wr, byte);
            continue;
        }
        tg_wr_u8(wr, '%');
        tg_wr_u8(wr, (uint8_t)hex[byte >> 4]);
        tg_wr_u8(wr, (uint8_t)hex[byte & 15]);
    }
}

static void put_user(struct tg_wr *wr, const struct url *url)
{
    static const char also[] = "\"<>`{}#?/:;=@[\\]^|";
    if (url->user.bytes == 0 && url->password.bytes == 0) return;
    put_escaped(wr, url->user, also);
    if (url->password.bytes > 0) tg_wr_u8(wr, ':');
    put_escaped(wr, url->password, also);
    tg_wr_u8(wr, '@');
}

/* "." with one dot, ".." with two, also where a dot is written %2e; 0 else. */
static unsigned dots_of(struct tg_view segment)
{
    unsigned dots = 0;
    while (segment.bytes > 0 && dots < 3) {
        if (!tg_sel_eat(&segment, ".") && !tg_sel_eat(&segment, "%2e")) return 0;
        dots++;
    }
    return dots < 3 ? dots : 0;
}

static void put_path(struct tg_wr *wr, struct tg_view path)
{
    size_t root = wr->at;
    if (path.bytes == 0) tg_wr_u8(wr, '/');
    while (path.bytes > 0) {
        path.data++;
        path.bytes--;
        struct tg_view segment = path;
        path = cut(&segment, "/\\");
        unsigned dots = dots_of(segment);
        if (dots == 2) {
            while (wr->at > root && wr->start[--wr->at] != '/') {
            }
        }
        if (dots > 0 && path.bytes > 0) continue;
        tg_wr_u8(wr, '/');
        if (dots == 0) put_escaped(wr, segment, "\"<>`{}#?");
    }
}

/* Forms over the limit keep their head; behind a '#', which no form has otherwise, stands the hash of the whole. */
static tg_err url_finish(const struct tg_wr *wr, struct tg_selector *out, struct tg_errmsg *em)
{
    if (wr->err != TG_OK)
        return tg_fail(em, TG_ELIMIT, "web address is longer than %d bytes", TG_SELECTOR_TEXT_BYTES_MAX);
    if (wr->at <= URL_HEAD_BYTES) return tg_sel_form(out, em, "%.*s", (int)wr->at, (const char *)wr->start);
    struct tg_hash hash;
    char hex[TG_HEX_BYTES(TG_HASH_BYTES)];
    tg_sha256_of(tg_wr_view_of(wr), &hash);
    tg_hex_encode(hash.bytes, TG_HASH_BYTES, hex);
    return tg_sel_form(out, em, "%.*s#%s", URL_HEAD_BYTES, (const char *)wr->start, hex);
}

/* A shortened form is taken as it is, so that forms are stable. */
static bool is_shortened(struct tg_view text)
{
    if (text.bytes != URL_HEAD_BYTES + 1 + 64 || text.data[URL_HEAD_BYTES] != '#') return false;
    uint8_t hash[32];
    return tg_hex_decode(tg_view_of(text.data + URL_HEAD_BYTES + 1, 64), hash, 32) == TG_OK;
}

tg_err tg_sel_url(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], host[254];
    uint8_t form[TG_SELECTOR_TEXT_BYTES_MAX];
    struct tg_view view = tg_view_of(text, tg_sel_refang(in->plain, text));
    struct url url = {.port = 0};
    bool guessed = false, doubt = false;
    tg_err err = url_split(in, view, &url, &guessed, em);
    if (err != TG_OK) return err;
    err = url_host(in, url.host, host, &doubt, em);
    if (err != TG_OK) return err;
    if (doubt) out->flags |= TG_SELECTOR_ADVISORY;
    if (is_shortened(view)) return tg_sel_form(out, em, "%.*s", TG_VIEW_PRINT(view));
    struct tg_wr wr = tg_wr_init(form, sizeof form);
    tg_wr_str(&wr, url.scheme->name);
    tg_wr_str(&wr, "://");
    put_user(&wr, &url);
    tg_wr_str(&wr, host);
    char port[8];
    (void)snprintf(port, sizeof port, ":%u", url.port);
    if (url.has_port) tg_wr_str(&wr, port);
    put_path(&wr, url.path);
    if (url.has_query) {
        tg_wr_u8(&wr, '?');
        put_escaped(&wr, url.query, "\"<>#'");
    }
    if (is_example(host)) out->flags |= TG_SELECTOR_NOISE;
    if (guessed) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK, "address '%s' has no scheme, read as http", in->shown);
    }
    return url_finish(&wr, out, em);
}
