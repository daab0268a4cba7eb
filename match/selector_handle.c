/* Accounts on services: numeric id first, else the handle in lower case, or the code of an invitation.
 *
 * Knows what the services allow in a handle, and how links to them look; docs/formats-match.md.
 */
#include "match/selector_impl.h"

#define HANDLE_MAX 64

/* What one service allows. */
struct service {
    const char *name;
    const char *hosts[4]; /* link hosts, without "www." and "m." */
    const char *others;   /* characters besides a-z and 0-9 */
    uint8_t chars_min, chars_max;
    bool letter_first;
};

static const struct service telegram = {"Telegram", {"t.me/", "telegram.me/", "telegram.dog/"}, "_", 4, 32,
                                        true};
static const struct service vk = {"VK", {"vk.com/", "vkontakte.ru/", "vk.ru/"}, "._", 2, 32, false};
static const struct service x = {"X", {"x.com/", "twitter.com/", "mobile.twitter.com/"}, "_", 1, 15, false};
static const struct service facebook = {"Facebook", {"facebook.com/", "fb.com/", "fb.me/"}, ".", 5, 50,
                                        false};
static const struct service instagram = {"Instagram", {"instagram.com/", "instagr.am/"}, "._", 1, 30, false};
static const struct service tiktok = {"TikTok", {"tiktok.com/"}, "._", 2, 24, false};

static bool all_digits(struct tg_view text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (!tg_ascii_is_digit((char)text.data[i])) return false;
    }
    return text.bytes > 0;
}

/* Take scheme and host of a link off; whether there was one. */
static bool link_take(const struct service *service, struct tg_view *text)
{
    struct tg_view rest = *text;
    (void)(tg_sel_eat(&rest, "https://") || tg_sel_eat(&rest, "http://"));
    (void)(tg_sel_eat(&rest, "www.") || tg_sel_eat(&rest, "m."));
    for (size_t i = 0; i < 4 && service->hosts[i] != NULL; i++) {
        if (!tg_sel_eat(&rest, service->hosts[i])) continue;
        *text = rest;
        return true;
    }
    return false;
}

/* Cut behind the first path segment. */
static void cut_link(struct tg_view *text)
{
    for (size_t i = 0; i < text->bytes; i++) {
        if (strchr("/?#", (char)text->data[i]) != NULL) {
            text->bytes = i;
            return;
        }
    }
}

static tg_err id_form(const struct tg_sel_in *in, const char *prefix, struct tg_view digits,
                      struct tg_selector *out, struct tg_errmsg *em)
{
    uint64_t id = 0;
    const char *sign = tg_sel_eat(&digits, "-") ? "-" : "";
    if (!all_digits(digits) || tg_text_u64(digits, INT64_MAX, &id) != TG_OK || id == 0) {
        return tg_fail(em, TG_EVALUE, "'%s' has no numeric id", in->shown);
    }
    return tg_sel_form(out, em, "%s:%s%llu", prefix, sign, (unsigned long long)id);
}

static tg_err handle_form(const struct tg_sel_in *in, const struct service *service, struct tg_view text,
                          struct tg_selector *out, struct tg_errmsg *em)
{
    char handle[HANDLE_MAX + 1];
    (void)tg_sel_eat(&text, "@");
    if (text.bytes < service->chars_min || text.bytes > service->chars_max) {
        return tg_fail(em, TG_EFORMAT, "handles of %s have %u to %u characters, '%s' has %zu", service->name,
                       service->chars_min, service->chars_max, in->shown, text.bytes);
    }
    for (size_t i = 0; i < text.bytes; i++) {
        char c = tg_ascii_lower((char)text.data[i]);
        if (!tg_ascii_is_alnum(c) && (c == 0 || strchr(service->others, c) == NULL)) {
            return tg_fail(em, TG_EFORMAT, "handle '%s' holds a character that %s does not allow", in->shown,
                           service->name);
        }
        handle[i] = c;
    }
    handle[text.bytes] = 0;
    if (service->letter_first && !(handle[0] >= 'a' && handle[0] <= 'z')) {
        return tg_fail(em, TG_EFORMAT, "handle '%s' does not begin with a letter", in->shown);
    }
    out->flags |= TG_SELECTOR_REUSED;
    return tg_sel_form(out, em, "@%s", handle);
}

/* Codes of invitations keep their case. */
static tg_err code_form(const struct tg_sel_in *in, const char *prefix, struct tg_view code, size_t chars_min,
                        struct tg_selector *out, struct tg_errmsg *em)
{
    if (code.bytes < chars_min || code.bytes > HANDLE_MAX) {
        return tg_fail(em, TG_EFORMAT, "invitation '%s' has a code of %zu characters, not %zu to %d",
                       in->shown, code.bytes, chars_min, HANDLE_MAX);
    }
    for (size_t i = 0; i < code.bytes; i++) {
        char c = (char)code.data[i];
        if (!tg_ascii_is_alnum(c) && c != '_' && c != '-') {
            return tg_fail(em, TG_EFORMAT,
                           "invitation '%s' has a code with other characters than A-Z a-z 0-9 _ -",
                           in->shown);
        }
    }
    return tg_sel_form(out, em, "%s:%.*s", prefix, TG_VIEW_PRINT(code));
}

static tg_err phone_form(const struct tg_sel_in *in, struct tg_view text, struct tg_selector *out,
                         struct tg_errmsg *em)
{
    struct tg_sel_in phone = *in;
    phone.plain = text;
    return tg_sel_phone(&phone, out, em);
}

static tg_err telegram_link(const struct tg_sel_in *in, struct tg_view text, struct tg_selector *out,
                            struct tg_errmsg *em)
{
    if (tg_sel_eat(&text, "joinchat/") || tg_sel_eat(&text, "+")) {
        cut_link(&text);
        if (all_digits(text) && text.bytes > 6) return phone_form(in, text, out, em);
        return code_form(in, "invite", text, 8, out, em);
    }
    if (tg_sel_eat(&text, "c/")) {
        cut_link(&text);
        char id[32] = "-100";
        if (!all_digits(text) || text.bytes > 14)
            return tg_fail(em, TG_EFORMAT, "'%s' names no channel", in->shown);
        memcpy(id + 4, text.data, text.bytes);
        return id_form(in, "id", tg_view_str(id), out, em);
    }
    (void)tg_sel_eat(&text, "s/");
    cut_link(&text);
    return handle_form(in, &telegram, text, out, em);
}

tg_err tg_sel_telegram(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    if (link_take(&telegram, &text)) return telegram_link(in, text, out, em);
    if (tg_sel_eat(&text, "tg://resolve?domain=")) {
        const uint8_t *more = memchr(text.data, '&', text.bytes);
        if (more != NULL) text.bytes = (size_t)(more - text.data);
        return handle_form(in, &telegram, text, out, em);
    }
    if (tg_sel_eat(&text, "tg://user?id=") || tg_sel_eat(&text, "id:"))
        return id_form(in, "id", text, out, em);
    if (tg_sel_eat(&text, "tg://join?invite=") || tg_sel_eat(&text, "invite:")) {
        return code_form(in, "invite", text, 8, out, em);
    }
    if (text.bytes > 0 && text.data[0] == '+') return phone_form(in, text, out, em);
    struct tg_view digits = text;
    (void)tg_sel_eat(&digits, "-");
    if (all_digits(digits)) return id_form(in, "id", text, out, em);
    return handle_form(in, &telegram, text, out, em);
}

tg_err tg_sel_whatsapp(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const struct service chat = {.name = "WhatsApp", .hosts = {"chat.whatsapp.com/"}};
    static const struct service wa = {.name = "WhatsApp",
                                      .hosts = {"wa.me/", "api.whatsapp.com/send?phone="}};
    struct tg_view text = in->plain;
    if (tg_sel_eat(&text, "invite:") || link_take(&chat, &text)) {
        cut_link(&text);
        return code_form(in, "invite", text, 16, out, em);
    }
    bool link = link_take(&wa, &text);
    cut_link(&text);
    if (!link) {
        for (size_t i = 0; i < text.bytes; i++) { /* 992...@s.whatsapp.net */
            if (text.data[i] == '@') link = true, text.bytes = i;
        }
    }
    if (!link || !all_digits(text)) return phone_form(in, text, out, em);
    char digits[HANDLE_MAX + 2] = "+";
    if (text.bytes > HANDLE_MAX) return tg_fail(em, TG_ELIMIT, "'%s' has too many digits", in->shown);
    memcpy(digits + 1, text.data, text.bytes);
    return phone_form(in, tg_view_of(digits, text.bytes + 1), out, em);
}

/* A number, a user name with its dot and digits, or the link of a group. */
tg_err tg_sel_signal(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const struct service group = {.name = "Signal", .hosts = {"signal.group/#"}};
    static const struct service user = {.name = "Signal", .others = "_.", .chars_min = 6, .chars_max = 35};
    struct tg_view text = in->plain;
    if (tg_sel_eat(&text, "group:") || link_take(&group, &text))
        return code_form(in, "group", text, 16, out, em);
    (void)tg_sel_eat(&text, "@");
    const uint8_t *dot = memchr(text.data, '.', text.bytes);
    bool letter = text.bytes > 0 && (text.data[0] == '_' || (tg_ascii_lower((char)text.data[0]) >= 'a'));
    if (dot == NULL || !letter) return phone_form(in, text, out, em);
    struct tg_view tail = tg_view_of(dot + 1, text.bytes - (size_t)(dot + 1 - text.data));
    if (!all_digits(tail) || tail.bytes < 2) {
        return tg_fail(em, TG_EFORMAT, "Signal name '%s' does not end in a dot and two or more digits",
                       in->shown);
    }
    return handle_form(in, &user, text, out, em);
}

tg_err tg_sel_vk(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const struct {
        const char *typed, *prefix;
    } ids[] = {{"id:", "id"},     {"group:", "group"}, {"id", "id"},
               {"club", "group"}, {"public", "group"}, {"event", "group"}};
    struct tg_view text = in->plain;
    if (link_take(&vk, &text)) cut_link(&text);
    if (all_digits(text)) return id_form(in, "id", text, out, em);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct tg_view rest = text;
        if (tg_sel_eat(&rest, ids[i].typed) && all_digits(rest))
            return id_form(in, ids[i].prefix, rest, out, em);
    }
    return handle_form(in, &vk, text, out, em);
}

tg_err tg_sel_x(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    if (link_take(&x, &text)) {
        if (tg_sel_eat(&text, "i/user/")) {
            cut_link(&text);
            return id_form(in, "id", text, out, em);
        }
        cut_link(&text);
    }
    if (tg_sel_eat(&text, "id:")) return id_form(in, "id", text, out, em);
    return handle_form(in, &x, text, out, em);
}

/* Dots in the handle are ignored by the service. */
tg_err tg_sel_facebook(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    char handle[HANDLE_MAX + 1];
    size_t at = 0;
    if (link_take(&facebook, &text) && tg_sel_eat(&text, "profile.php?id=")) {
        const uint8_t *more = memchr(text.data, '&', text.bytes);
        if (more != NULL) text.bytes = (size_t)(more - text.data);
        return id_form(in, "id", text, out, em);
    }
    cut_link(&text);
    if (tg_sel_eat(&text, "id:") || all_digits(text)) return id_form(in, "id", text, out, em);
    (void)tg_sel_eat(&text, "@");
    for (size_t i = 0; i < text.bytes && at < HANDLE_MAX; i++) {
        if (text.data[i] != '.') handle[at++] = (char)text.data[i];
    }
    if (all_digits(tg_view_of(handle, at))) return id_form(in, "id", tg_view_of(handle, at), out, em);
    return handle_form(in, &facebook, tg_view_of(handle, at), out, em);
}

static tg_err plain_handle(const struct tg_sel_in *in, const struct service *service, struct tg_selector *out,
                           struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    if (link_take(service, &text)) cut_link(&text);
    if (tg_sel_eat(&text, "id:")) return id_form(in, "id", text, out, em);
    return handle_form(in, service, text, out, em);
}

tg_err tg_sel_instagram(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    return plain_handle(in, &instagram, out, em);
}

tg_err tg_sel_tiktok(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    return plain_handle(in, &tiktok, out, em);
}

/* "service:name", for services without a type of their own. */
tg_err tg_sel_handle(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const struct service service_names = {"service names", {NULL}, ".-_", 2, 32, true};
    static const struct service names = {"other services", {NULL}, "._-+#@!~$", 1, HANDLE_MAX, false};
    struct tg_selector service = {.flags = 0}, handle = {.flags = 0};
    const uint8_t *colon = memchr(in->plain.data, ':', in->plain.bytes);
    if (colon == NULL) {
        return tg_fail(em, TG_EFORMAT, "handle '%s' names no service: write service:name, as in discord:name",
                       in->shown);
    }
    size_t at = (size_t)(colon - in->plain.data);
    struct tg_view typed = tg_text_trim(tg_view_of(in->plain.data, at));
    tg_err err = handle_form(in, &service_names, typed, &service, em);
    if (err != TG_OK) return err;
    struct tg_view name = tg_text_trim(tg_view_of(colon + 1, in->plain.bytes - at - 1));
    err = handle_form(in, &names, name, &handle, em);
    if (err != TG_OK) return err;
    out->flags |= TG_SELECTOR_REUSED;
    return tg_sel_form(out, em, "%s:%s", service.form + 1, handle.form + 1);
}
