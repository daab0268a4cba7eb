/* What a record says of whom it names, in the terms that names are compared in; and two records compared.
 *
 * Knows no index and no node. Scores: match/score.h.
 */
#ifndef TG_PROTO_LIKENESS_H
#define TG_PROTO_LIKENESS_H

#include "match/score.h"
#include "proto/record.h"

/* Storage that tg_features points into. */
struct tg_births {
    struct tg_birth births[TG_BIRTHS_MAX];
    uint16_t countries[TG_NAME_COUNTRIES_MAX];
};
struct tg_features tg_likeness_features(const struct tg_facets *facets, struct tg_births *storage);
/* Names a person or a cell: is compared as a name. */
bool tg_likeness_is_name(const struct tg_facet_name *name);
enum tg_name_kind tg_likeness_kind(const struct tg_facet_name *name);

/* What is said of the person beside a name. Must not move: features points into it. */
struct tg_asked {
    struct tg_birth birth;
    uint16_t country;
    struct tg_features features;
};
/* Texts as given, "" when not; the birth in any way of match/birth.h, with the nationality for its calendar; a birth that stands already (from the typed text) stays when none is given.
 * TG_EVALUE, TG_EFORMAT. */
tg_err tg_asked_features(const char *birth, const char *nationality, const char *sex, struct tg_asked *asked,
                         struct tg_errmsg *em);
/* Take the first full date out of the text: "karim valiev 1984-07-21". */
void tg_asked_date_take(char *text, struct tg_date *ret_date);

/* Two records by their names, births, countries, sexes and papers. */
struct tg_likeness {
    bool compared;                /* both have a name */
    struct tg_view first, second; /* the two names that are most alike; on loan from the records */
    struct tg_name first_name, second_name;
    struct tg_scored scored;
    struct tg_view paper; /* normal form of a paper that both have; empty: none */
    bool births_conflict, sexes_conflict;
    /* Numbers of one sort that a person has one of, and that differ; empty: none. On loan. */
    struct tg_view number_first, number_second;
};
/* first is the one that is asked with. At most names_max names of each are looked at. Arena: scratch and what is on
 * loan. TG_ENOMEM. */
tg_err tg_likeness_of(const struct tg_record *first, const struct tg_record *second, size_t names_max,
                      struct tg_arena *arena, struct tg_likeness *ret_likeness);
static inline bool tg_likeness_conflicts(const struct tg_likeness *likeness)
{
    return likeness->births_conflict || likeness->sexes_conflict || likeness->number_first.bytes;
}

#endif
