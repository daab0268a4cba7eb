/* What a file does not say of its own records: built-in profiles, and setting one by name.
 *
 * Must not know: where the settings come from.
 */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "proto/import_impl.h"

#define DAY_MS 86400000LL

void tg_import_profile_default(enum tg_import_format format, int64_t now_ms,
                               struct tg_import_profile *ret_profile)
{
    int16_t year = tg_date_of_day((int32_t)(now_ms / DAY_MS)).year;
    struct tg_import_profile profile = {
        .source_type = TG_SOURCE_TYPE_OTHER,
        .tlp = TG_TLP_AMBER,
        .reliability = TG_RELIABILITY_F,
        .credibility = TG_CREDIBILITY_6,
        .kind = TG_KIND_INDICATOR,
        .review = {.year = (int16_t)(year + 1), .month = 12, .day = 31},
        .expiry = {.year = (int16_t)(year + 2), .month = 12, .day = 31},
        .reported_ms = now_ms,
    };
    if (format == TG_IMPORT_UN_XML) {
        profile.list = "un_sc";
        profile.language = "en";
        profile.source_type = TG_SOURCE_TYPE_OFFICIAL_LIST;
        profile.source_name = "United Nations Security Council Consolidated List";
        profile.tlp = TG_TLP_CLEAR;
        profile.release = TG_RELEASE_FREE;
        profile.purpose = "implementation of United Nations Security Council sanctions";
        profile.legal_basis = "Charter of the United Nations, Article 41";
        profile.reliability = TG_RELIABILITY_A;
        profile.credibility = TG_CREDIBILITY_2;
        profile.person_status = TG_PERSON_STATUS_LISTED;
        profile.kind = TG_KIND_PERSON;
    }
    *ret_profile = profile;
}

enum setting_type { SET_TEXT, SET_DATE, SET_ENUM, SET_KIND };
static const struct setting {
    const char *name;
    enum setting_type type;
    size_t offset;
    enum tg_rec_enum which;
} settings[] = {
#define TEXT(member)                                                     \
    {                                                                    \
#member, SET_TEXT, offsetof(struct tg_import_profile, member), 0 \
    }
#define DATE(member)                                                     \
    {                                                                    \
#member, SET_DATE, offsetof(struct tg_import_profile, member), 0 \
    }
#define ENUM(member, which)                                                  \
    {                                                                        \
#member, SET_ENUM, offsetof(struct tg_import_profile, member), which \
    }
    TEXT(list),
    TEXT(agency),
    TEXT(desk),
    TEXT(language),
    ENUM(source_type, TG_ENUM_SOURCE_TYPE),
    TEXT(source_name),
    TEXT(source_reference),
    DATE(source_date),
    ENUM(tlp, TG_ENUM_TLP),
    ENUM(pap, TG_ENUM_PAP),
    ENUM(release, TG_ENUM_RELEASE),
    TEXT(purpose),
    TEXT(legal_basis),
    DATE(review),
    DATE(expiry),
    ENUM(reliability, TG_ENUM_RELIABILITY),
    ENUM(credibility, TG_ENUM_CREDIBILITY),
    ENUM(person_status, TG_ENUM_PERSON_STATUS),
    {"kind", SET_KIND, offsetof(struct tg_import_profile, kind), 0},
#undef TEXT
#undef DATE
#undef ENUM
};
#define SETTINGS (sizeof settings / sizeof *settings)

static const struct setting *setting_of(const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(settings[i].name, name) == 0) return &settings[i];
    }
    return NULL;
}

static tg_err unknown_setting(const char *name, struct tg_errmsg *em)
{
    const char *names[SETTINGS];
    for (size_t i = 0; i < SETTINGS; i++) names[i] = settings[i].name;
    const char *nearest = tg_text_nearest(name, names, SETTINGS);
    if (nearest)
        return tg_fail(em, TG_EUSAGE, "unknown profile field '%.64s'; did you mean '%s'?", name, nearest);
    return tg_fail(em, TG_EUSAGE,
                   "unknown profile field '%.64s'; fields are tlp, purpose, legal_basis, review…", name);
}

tg_err tg_import_profile_set(struct tg_import_profile *profile, const char *name, const char *text,
                             struct tg_errmsg *em)
{
    const struct setting *setting = setting_of(name);
    if (!setting) return unknown_setting(name, em);
    uint8_t *at = (uint8_t *)profile + setting->offset;
    struct tg_date date;
    enum tg_kind kind;
    int value;
    tg_err err = TG_OK;
    switch (setting->type) {
    case SET_TEXT:
        memcpy(at, &text, sizeof text);
        break;
    case SET_DATE:
        err = tg_date_parse(tg_view_str(text), &date, em);
        if (!err) memcpy(at, &date, sizeof date);
        break;
    case SET_ENUM:
        err = tg_enum_parse(setting->which, tg_view_str(text), &value, em);
        if (!err) memcpy(at, &value, sizeof value);
        break;
    case SET_KIND:
        if (!tg_kind_from_name(tg_view_str(text), &kind)) {
            return tg_fail(em, TG_EVALUE, "profile field 'kind': unknown kind '%.64s'", text);
        }
        memcpy(at, &kind, sizeof kind);
        break;
    }
    return err ? tg_context(em, err, "profile field '%s'", name) : TG_OK;
}

static char *text_or_empty(struct tg_build *build, const char *text)
{
    return tg_build_text(build, tg_view_str(text ? text : ""));
}

static void source_fill(struct tg_build *build, const struct tg_import_profile *profile,
                        Tamga__V1__Head *head)
{
    Tamga__V1__Source *source = tg_build_new(build, &tamga__v1__source__descriptor);
    if (!source || !profile->source_type) return;
    source->type = (Tamga__V1__SourceType)profile->source_type;
    source->name = text_or_empty(build, profile->source_name);
    source->reference = text_or_empty(build, profile->source_reference);
    source->date = tg_build_date(build, profile->source_date);
    head->source = source;
}

static void handling_fill(struct tg_build *build, const struct tg_import_profile *profile,
                          Tamga__V1__Head *head)
{
    Tamga__V1__Handling *handling = tg_build_new(build, &tamga__v1__handling__descriptor);
    if (!handling) return;
    handling->tlp = (Tamga__V1__Tlp)profile->tlp;
    handling->pap = (Tamga__V1__Pap)profile->pap;
    handling->release = (Tamga__V1__Release)profile->release;
    handling->purpose = text_or_empty(build, profile->purpose);
    handling->legal_basis = text_or_empty(build, profile->legal_basis);
    handling->review = tg_build_date(build, profile->review);
    handling->expiry = tg_build_date(build, profile->expiry);
    head->handling = handling;
}

const Tamga__V1__Head *tg_import_head(const struct tg_import_profile *profile, struct tg_arena *arena)
{
    struct tg_build build = {.arena = arena};
    Tamga__V1__Head *head = tg_build_new(&build, &tamga__v1__head__descriptor);
    if (!head) return NULL;
    head->list = text_or_empty(&build, profile->list);
    head->agency = text_or_empty(&build, profile->agency);
    head->desk = text_or_empty(&build, profile->desk);
    head->language = text_or_empty(&build, profile->language);
    head->reported = profile->reported_ms;
    source_fill(&build, profile, head);
    handling_fill(&build, profile, head);
    Tamga__V1__Grading *grading = tg_build_new(&build, &tamga__v1__grading__descriptor);
    if (grading && profile->reliability && profile->credibility) {
        grading->reliability = (Tamga__V1__Reliability)profile->reliability;
        grading->credibility = (Tamga__V1__Credibility)profile->credibility;
        head->grading = grading;
    }
    return build.failed ? NULL : head;
}
