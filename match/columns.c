/* What the columns of somebody's table hold.
 *
 * A header word decides before values do: whoever wrote it knew. Rules: docs/formats-match.md "Columns of a table".
 */
#include "match/columns.h"

#include <utf8proc.h>

#include "base/text.h"

#define HEADER_BYTES_MAX 256
#define AGREE_OF_TEN 7 /* values that must look alike */
#define NAME_WORDS_MAX 6

static const struct {
    unsigned holds;
    const char *name;
} roles[] = {
#define ROLE(upper, number, name) {number, name},
    TG_COLUMN_LIST(ROLE)
#undef ROLE
};
#define ROLES (sizeof roles / sizeof roles[0])

const char *tg_holds_name(unsigned holds)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].holds == holds) return roles[i].name;
    return tg_selector_name((enum tg_selector_type)holds);
}

tg_err tg_holds_of_name(struct tg_view name, unsigned *ret_holds, struct tg_errmsg *em)
{
    const char *names[ROLES + TG_SELECTOR_TYPES_END];
    size_t count = 0;
    enum tg_selector_type type;
    for (size_t i = 0; i < ROLES; i++) {
        names[count++] = roles[i].name;
        if (!tg_view_equal_str(name, roles[i].name)) continue;
        *ret_holds = roles[i].holds;
        return TG_OK;
    }
    if (!tg_selector_type_of_name(name, &type, NULL)) {
        *ret_holds = (unsigned)type;
        return TG_OK;
    }
    for (unsigned i = 0; i < TG_SELECTOR_TYPES_END; i++)
        if (tg_selector_name((enum tg_selector_type)i))
            names[count++] = tg_selector_name((enum tg_selector_type)i);
    char typed[32];
    size_t bytes = name.bytes < sizeof typed - 1 ? name.bytes : sizeof typed - 1;
    memcpy(typed, name.data, bytes);
    typed[bytes] = 0;
    const char *nearest = tg_text_nearest(typed, names, count);
    return tg_fail(em, TG_EVALUE, "no column holds '%s'%s%s%s", typed, nearest ? ": did you mean '" : "",
                   nearest ? nearest : ": phone, passport, name, birth and the like, or ignore",
                   nearest ? "'?" : "");
}

/* ---- headers ---- */

/* Of two that fit the longer one counts. Words as a header has them once it is folded: small letters, one blank between. */
static const struct {
    const char *words;
    unsigned holds;
} headers[] = {
    {"name", TG_HOLDS_NAME},
    {"full name", TG_HOLDS_NAME},
    {"passenger", TG_HOLDS_NAME},
    {"passenger name", TG_HOLDS_NAME},
    {"guest", TG_HOLDS_NAME},
    {"holder", TG_HOLDS_NAME},
    {"contact name", TG_HOLDS_NAME},
    {"fio", TG_HOLDS_NAME},
    {"фио", TG_HOLDS_NAME},
    {"имя и фамилия", TG_HOLDS_NAME},
    {"ному насаб", TG_HOLDS_NAME},
    {"пассажир", TG_HOLDS_NAME},
    {"الاسم", TG_HOLDS_NAME},
    {"اسم", TG_HOLDS_NAME},
    {"نام و نام خانوادگی", TG_HOLDS_NAME},
    {"alias", TG_HOLDS_NAME},
    {"surname", TG_HOLDS_SURNAME},
    {"last name", TG_HOLDS_SURNAME},
    {"lastname", TG_HOLDS_SURNAME},
    {"family name", TG_HOLDS_SURNAME},
    {"фамилия", TG_HOLDS_SURNAME},
    {"насаб", TG_HOLDS_SURNAME},
    {"familiya", TG_HOLDS_SURNAME},
    {"familiyasi", TG_HOLDS_SURNAME},
    {"soyadı", TG_HOLDS_SURNAME},
    {"тегі", TG_HOLDS_SURNAME},
    {"نام خانوادگی", TG_HOLDS_SURNAME},
    {"first name", TG_HOLDS_GIVEN},
    {"firstname", TG_HOLDS_GIVEN},
    {"given name", TG_HOLDS_GIVEN},
    {"given names", TG_HOLDS_GIVEN},
    {"forename", TG_HOLDS_GIVEN},
    {"имя", TG_HOLDS_GIVEN},
    {"ном", TG_HOLDS_GIVEN},
    {"ism", TG_HOLDS_GIVEN},
    {"ismi", TG_HOLDS_GIVEN},
    {"adı", TG_HOLDS_GIVEN},
    {"аты", TG_HOLDS_GIVEN},
    {"نام", TG_HOLDS_GIVEN},
    {"patronymic", TG_HOLDS_PATRONYMIC},
    {"middle name", TG_HOLDS_PATRONYMIC},
    {"father s name", TG_HOLDS_PATRONYMIC},
    {"отчество", TG_HOLDS_PATRONYMIC},
    {"номи падар", TG_HOLDS_PATRONYMIC},
    {"sharifi", TG_HOLDS_PATRONYMIC},
    {"birth", TG_HOLDS_BIRTH},
    {"birthday", TG_HOLDS_BIRTH},
    {"birthdate", TG_HOLDS_BIRTH},
    {"date of birth", TG_HOLDS_BIRTH},
    {"dob", TG_HOLDS_BIRTH},
    {"born", TG_HOLDS_BIRTH},
    {"рождения", TG_HOLDS_BIRTH},
    {"дата рождения", TG_HOLDS_BIRTH},
    {"таваллуд", TG_HOLDS_BIRTH},
    {"tug ilgan", TG_HOLDS_BIRTH},
    {"doğum tarihi", TG_HOLDS_BIRTH},
    {"تاریخ تولد", TG_HOLDS_BIRTH},
    {"تاريخ الميلاد", TG_HOLDS_BIRTH},
    {"place of birth", TG_HOLDS_IGNORE},
    {"место рождения", TG_HOLDS_IGNORE},
    {"nationality", TG_HOLDS_COUNTRY},
    {"citizenship", TG_HOLDS_COUNTRY},
    {"гражданство", TG_HOLDS_COUNTRY},
    {"шаҳрвандӣ", TG_HOLDS_COUNTRY},
    {"fuqaroligi", TG_HOLDS_COUNTRY},
    {"uyruğu", TG_HOLDS_COUNTRY},
    {"sex", TG_HOLDS_SEX},
    {"gender", TG_HOLDS_SEX},
    {"пол", TG_HOLDS_SEX},
    {"ҷинс", TG_HOLDS_SEX},
    {"jinsi", TG_HOLDS_SEX},
    {"issuer", TG_HOLDS_ISSUER},
    {"issued by", TG_HOLDS_ISSUER},
    {"issuing country", TG_HOLDS_ISSUER},
    {"issuing state", TG_HOLDS_ISSUER},
    {"document country", TG_HOLDS_ISSUER},
    {"страна выдачи", TG_HOLDS_ISSUER},
    {"document", TG_HOLDS_DOCUMENT},
    {"document no", TG_HOLDS_DOCUMENT},
    {"document number", TG_HOLDS_DOCUMENT},
    {"doc no", TG_HOLDS_DOCUMENT},
    {"doc number", TG_HOLDS_DOCUMENT},
    {"travel document", TG_HOLDS_DOCUMENT},
    {"id document", TG_HOLDS_DOCUMENT},
    {"документ", TG_HOLDS_DOCUMENT},
    {"ҳуҷҷат", TG_HOLDS_DOCUMENT},
    {"document type", TG_HOLDS_IGNORE},
    {"date of issue", TG_HOLDS_IGNORE},
    {"expiry", TG_HOLDS_IGNORE},
    {"passport expiry", TG_HOLDS_IGNORE},
    {"passport expiry date", TG_HOLDS_IGNORE},
    {"срок действия", TG_HOLDS_IGNORE},
    {"passport", TG_SELECTOR_PASSPORT},
    {"passport number", TG_SELECTOR_PASSPORT},
    {"passport no", TG_SELECTOR_PASSPORT},
    {"паспорт", TG_SELECTOR_PASSPORT},
    {"номер паспорта", TG_SELECTOR_PASSPORT},
    {"шиноснома", TG_SELECTOR_PASSPORT},
    {"passport country", TG_HOLDS_ISSUER},
    {"national id", TG_SELECTOR_NATIONAL_ID},
    {"identity number", TG_SELECTOR_NATIONAL_ID},
    {"id card", TG_SELECTOR_NATIONAL_ID},
    {"personal number", TG_SELECTOR_NATIONAL_ID},
    {"иин", TG_SELECTOR_NATIONAL_ID},
    {"пинфл", TG_SELECTOR_NATIONAL_ID},
    {"инн", TG_SELECTOR_NATIONAL_ID},
    {"phone", TG_SELECTOR_PHONE},
    {"phone number", TG_SELECTOR_PHONE},
    {"telephone", TG_SELECTOR_PHONE},
    {"tel", TG_SELECTOR_PHONE},
    {"mobile", TG_SELECTOR_PHONE},
    {"msisdn", TG_SELECTOR_PHONE},
    {"caller", TG_SELECTOR_PHONE},
    {"callee", TG_SELECTOR_PHONE},
    {"a number", TG_SELECTOR_PHONE},
    {"b number", TG_SELECTOR_PHONE},
    {"телефон", TG_SELECTOR_PHONE},
    {"номер телефона", TG_SELECTOR_PHONE},
    {"моб", TG_SELECTOR_PHONE},
    {"هاتف", TG_SELECTOR_PHONE},
    {"تلفن", TG_SELECTOR_PHONE},
    {"email", TG_SELECTOR_EMAIL},
    {"e mail", TG_SELECTOR_EMAIL},
    {"mail", TG_SELECTOR_EMAIL},
    {"почта", TG_SELECTOR_EMAIL},
    {"эл почта", TG_SELECTOR_EMAIL},
    {"domain", TG_SELECTOR_DOMAIN},
    {"hostname", TG_SELECTOR_DOMAIN},
    {"url", TG_SELECTOR_URL},
    {"website", TG_SELECTOR_URL},
    {"ip", TG_SELECTOR_IP},
    {"ip address", TG_SELECTOR_IP},
    {"imei", TG_SELECTOR_IMEI},
    {"imsi", TG_SELECTOR_IMSI},
    {"iccid", TG_SELECTOR_ICCID},
    {"mac", TG_SELECTOR_MAC},
    {"mac address", TG_SELECTOR_MAC},
    {"iban", TG_SELECTOR_IBAN},
    {"bic", TG_SELECTOR_BIC},
    {"swift", TG_SELECTOR_BIC},
    {"card number", TG_SELECTOR_PAYMENT_CARD},
    {"номер карты", TG_SELECTOR_PAYMENT_CARD},
    {"plate", TG_SELECTOR_PLATE},
    {"license plate", TG_SELECTOR_PLATE},
    {"registration plate", TG_SELECTOR_PLATE},
    {"vehicle plate", TG_SELECTOR_PLATE},
    {"госномер", TG_SELECTOR_PLATE},
    {"vin", TG_SELECTOR_VIN},
    {"imo", TG_SELECTOR_IMO},
    {"mmsi", TG_SELECTOR_MMSI},
    {"hash", TG_SELECTOR_HASH},
    {"md5", TG_SELECTOR_HASH},
    {"sha1", TG_SELECTOR_HASH},
    {"sha256", TG_SELECTOR_HASH},
    {"wallet", TG_SELECTOR_CRYPTO},
    {"crypto address", TG_SELECTOR_CRYPTO},
    {"onion", TG_SELECTOR_ONION},
    {"telegram", TG_SELECTOR_TELEGRAM},
    {"whatsapp", TG_SELECTOR_WHATSAPP},
    {"signal", TG_SELECTOR_SIGNAL},
    {"vk", TG_SELECTOR_VK},
    {"twitter", TG_SELECTOR_X},
    {"facebook", TG_SELECTOR_FACEBOOK},
    {"instagram", TG_SELECTOR_INSTAGRAM},
    {"tiktok", TG_SELECTOR_TIKTOK},
    {"text", TG_HOLDS_TEXT},
    {"message", TG_HOLDS_TEXT},
    {"body", TG_HOLDS_TEXT},
    {"note", TG_HOLDS_TEXT},
    {"notes", TG_HOLDS_TEXT},
    {"сообщение", TG_HOLDS_TEXT},
    {"примечание", TG_HOLDS_TEXT},
};

/* " passport no ": small letters and digits, one blank around each word. */
static void header_fold(struct tg_view header, char out[static HEADER_BYTES_MAX + 8])
{
    size_t at = 0;
    out[at++] = ' ';
    while (header.bytes && at < HEADER_BYTES_MAX) {
        uint32_t cp = tg_utf8_next(&header);
        utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
        bool letter = (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
                      category == UTF8PROC_CATEGORY_ND;
        if (letter)
            at += tg_utf8_put((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), (uint8_t *)out + at);
        else if (out[at - 1] != ' ')
            out[at++] = ' ';
    }
    if (out[at - 1] != ' ') out[at++] = ' ';
    out[at] = 0;
}

bool tg_holds_of_header(struct tg_view header, unsigned *ret_holds)
{
    char folded[HEADER_BYTES_MAX + 8], words[HEADER_BYTES_MAX];
    size_t longest = 0;
    if (!tg_utf8_valid(header)) return false;
    header_fold(header, folded);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        size_t bytes = strlen(headers[i].words);
        if (bytes <= longest || bytes + 3 > sizeof words) continue;
        words[0] = words[bytes + 1] = ' ';
        memcpy(words + 1, headers[i].words, bytes);
        words[bytes + 2] = 0;
        if (!strstr(folded, words)) continue;
        longest = bytes;
        *ret_holds = headers[i].holds;
    }
    return longest != 0;
}

/* ---- values ---- */

/* Two or more words of letters alone. */
static bool looks_name(struct tg_view value)
{
    size_t words = 0;
    bool in_word = false;
    while (value.bytes) {
        uint32_t cp = tg_utf8_next(&value);
        utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
        bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_MC;
        if (letter && !in_word) words++;
        bool joins = cp == '-' || cp == '\'' || cp == 0x2019 || cp == 0x2BB || cp == 0x2BC || cp == '.';
        if (!letter && !joins && cp != ' ' && cp != ',') return false;
        in_word = letter || joins;
    }
    return words >= 2 && words <= NAME_WORDS_MAX;
}

void tg_column_sample_add(struct tg_column_sample *sample, struct tg_view value, const char *hint_country)
{
    struct tg_selector form;
    struct tg_date date;
    enum tg_date_order order = TG_DATE_ORDER_UNKNOWN;
    value = tg_text_trim(value);
    if (!value.bytes || sample->count == TG_COLUMN_SAMPLES_MAX || !tg_utf8_valid(value)) return;
    sample->count++;
    if (!tg_column_date(value, &order, &date)) {
        sample->dates++;
    } else if (looks_name(value)) {
        sample->names++;
    } else if (tg_selector_guess(value, hint_country, &form, 1)) {
        sample->types[form.type]++;
    } else {
        sample->texts++;
    }
}

unsigned tg_column_sample_holds(const struct tg_column_sample *sample)
{
    /* Nearly anything with a digit is one of these: only the header can say so. */
    static const enum tg_selector_type weak[] = {TG_SELECTOR_PASSPORT, TG_SELECTOR_NATIONAL_ID,
                                                 TG_SELECTOR_PLATE,    TG_SELECTOR_BIC,
                                                 TG_SELECTOR_MMSI,     TG_SELECTOR_IMO};
    unsigned enough = (sample->count * AGREE_OF_TEN + 9) / 10;
    if (!sample->count) return TG_HOLDS_TEXT;
    if (sample->names >= enough) return TG_HOLDS_NAME;
    for (unsigned type = 1; type < TG_SELECTOR_TYPES_END; type++) {
        bool is_weak = false;
        for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) is_weak = is_weak || weak[i] == type;
        if (!is_weak && sample->types[type] >= enough) return type;
    }
    return TG_HOLDS_TEXT;
}

/* ---- dates ---- */

struct date_parts {
    unsigned numbers[3], digits[3];
    size_t count;
    char separator;
    unsigned month_named; /* 1 + place of a month that is written out */
};

static unsigned month_of(struct tg_view word)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    for (unsigned i = 0; i < 12 && word.bytes >= 3; i++) {
        bool same = true;
        for (size_t k = 0; k < 3; k++) same = same && tg_ascii_lower((char)word.data[k]) == months[i][k];
        if (same) return i + 1;
    }
    return 0;
}

static bool parts_read(struct tg_view text, struct date_parts *parts)
{
    size_t at = 0;
    while (at < text.bytes && parts->count < 3) {
        size_t from = at;
        unsigned number = 0;
        while (at < text.bytes && tg_ascii_is_digit((char)text.data[at]) && at - from < 8)
            number = number * 10 + (unsigned)(text.data[at++] - '0');
        size_t digits = at - from;
        while (!digits && at < text.bytes && tg_ascii_is_alnum((char)text.data[at]) &&
               !tg_ascii_is_digit((char)text.data[at]))
            at++;
        if (!digits && !(number = month_of(tg_view_of(text.data + from, at - from)))) return false;
        if (!digits) parts->month_named = (unsigned)parts->count + 1;
        parts->numbers[parts->count] = number;
        parts->digits[parts->count++] = (unsigned)digits;
        if (at < text.bytes && strchr("./- ", (char)text.data[at])) parts->separator = (char)text.data[at++];
    }
    return at == text.bytes;
}

static tg_err date_make(unsigned year, unsigned month, unsigned day, struct tg_date *ret_date)
{
    char text[TG_DATE_TEXT_BYTES];
    struct tg_date date = {.year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
    if (year < 1850 || year > 2100 || month > 12 || day > 31) return TG_EVALUE;
    tg_date_format(date, text);
    return tg_date_parse(tg_view_str(text), ret_date, NULL);
}

tg_err tg_column_date(struct tg_view value, enum tg_date_order *order, struct tg_date *ret_date)
{
    struct date_parts parts = {.count = 0};
    value = tg_text_trim(value);
    if (value.bytes > 10 && (value.data[10] == ' ' || value.data[10] == 'T'))
        value.bytes = 10; /* a time behind */
    if (!tg_date_parse(value, ret_date, NULL) && value.bytes > 4) return TG_OK;
    if (!parts_read(value, &parts)) return TG_EFORMAT;
    unsigned *n = parts.numbers;
    if (parts.count == 1 && parts.digits[0] == 8)
        return date_make(n[0] / 10000, n[0] / 100 % 100, n[0] % 100, ret_date);
    if (parts.count == 3 && parts.digits[0] == 4) return date_make(n[0], n[1], n[2], ret_date);
    if (parts.count != 3 || parts.digits[2] != 4) return TG_EFORMAT;
    if (parts.month_named == 2) return date_make(n[2], n[1], n[0], ret_date);
    if (parts.month_named == 1) return date_make(n[2], n[0], n[1], ret_date);
    if (parts.month_named) return TG_EFORMAT;
    if (n[0] > 12 || parts.separator == '.') *order = TG_DATE_DAY_FIRST;
    if (n[1] > 12) *order = TG_DATE_MONTH_FIRST;
    if (*order == TG_DATE_DAY_FIRST) return date_make(n[2], n[1], n[0], ret_date);
    if (*order == TG_DATE_MONTH_FIRST) return date_make(n[2], n[0], n[1], ret_date);
    return n[0] == n[1] ? date_make(n[2], n[0], n[1], ret_date) : date_make(n[2], 0, 0, ret_date);
}
