/* The fields of a record as checked values: what proto/tamga.proto says, in our own types.
 *
 * Must not know: the wire, protobuf-c, files. Described in docs/records.md; a unit test holds the two together.
 *
 * Conventions: texts are never NULL ("" when absent); sub-records are never NULL (`present` tells); ids are
 * NULL when absent; dates have year 0 when absent; times are unix milliseconds, 0 when absent; numbers of
 * int64_t are TG_REC_UNKNOWN when absent. An enumeration may hold a number that is not in its list here: the
 * record is then newer than this program. Everything is owned by the arena that the record was decoded into.
 */
#ifndef TG_PROTO_RECORD_TYPES_H
#define TG_PROTO_RECORD_TYPES_H

#include "base/date.h"
#include "crypto/hash.h"
#include "match/selector.h"

#define TG_REC_UNKNOWN (-1)

enum tg_kind {
    TG_KIND_NEWER = 0, /* a kind that this program does not know */
    TG_KIND_ALERT = 10,
    TG_KIND_INDICATOR = 11,
    TG_KIND_PERSON = 12,
    TG_KIND_CELL = 13,
    TG_KIND_FACILITY = 14,
    TG_KIND_INCIDENT = 15,
    TG_KIND_ASSESSMENT = 16,
    TG_KIND_MEASURE = 17,
    TG_KIND_WITHDRAWAL = 18,
    TG_KIND_CONTACT = 19,
    TG_KIND_CUSTODY = 20,
    TG_KIND_LINK = 21,
    TG_KIND_REQUEST = 22,
    TG_KIND_ANSWER = 23,
    TG_KIND_SIGHTING = 24,
    TG_KIND_SAMENESS = 25,
    TG_KIND_DISPUTE = 26,
    TG_KIND_ACKNOWLEDGEMENT = 29,
};

enum tg_rec_source_type {
    TG_SOURCE_TYPE_UNSPECIFIED = 0,
    TG_SOURCE_TYPE_HUMAN = 1,
    TG_SOURCE_TYPE_TECHNICAL = 2,
    TG_SOURCE_TYPE_OPEN = 3,
    TG_SOURCE_TYPE_PRESS = 4,
    TG_SOURCE_TYPE_COURT = 5,
    TG_SOURCE_TYPE_PARTNER = 6,
    TG_SOURCE_TYPE_OFFICIAL_LIST = 7,
    TG_SOURCE_TYPE_CUSTODY = 8,
    TG_SOURCE_TYPE_DOCUMENT = 9,
    TG_SOURCE_TYPE_OTHER = 10,
};
enum tg_rec_tlp {
    TG_TLP_UNSPECIFIED = 0,
    TG_TLP_CLEAR = 1,
    TG_TLP_GREEN = 2,
    TG_TLP_AMBER = 3,
    TG_TLP_AMBER_STRICT = 4,
    TG_TLP_RED = 5,
};
enum tg_rec_pap {
    TG_PAP_UNSPECIFIED = 0,
    TG_PAP_CLEAR = 1,
    TG_PAP_GREEN = 2,
    TG_PAP_AMBER = 3,
    TG_PAP_RED = 4,
};
enum tg_rec_release {
    TG_RELEASE_UNSPECIFIED = 0,
    TG_RELEASE_ORCON = 1,
    TG_RELEASE_NATIONAL = 2,
    TG_RELEASE_FREE = 3,
};
enum tg_rec_reliability {
    TG_RELIABILITY_UNSPECIFIED = 0,
    TG_RELIABILITY_A = 1,
    TG_RELIABILITY_B = 2,
    TG_RELIABILITY_C = 3,
    TG_RELIABILITY_D = 4,
    TG_RELIABILITY_E = 5,
    TG_RELIABILITY_F = 6,
};
enum tg_rec_credibility {
    TG_CREDIBILITY_UNSPECIFIED = 0,
    TG_CREDIBILITY_1 = 1,
    TG_CREDIBILITY_2 = 2,
    TG_CREDIBILITY_3 = 3,
    TG_CREDIBILITY_4 = 4,
    TG_CREDIBILITY_5 = 5,
    TG_CREDIBILITY_6 = 6,
};
enum tg_rec_reference_role {
    TG_REFERENCE_ROLE_RELATED = 0,
    TG_REFERENCE_ROLE_REPEATS = 1,
    TG_REFERENCE_ROLE_BASED_ON = 2,
    TG_REFERENCE_ROLE_PART_OF = 3,
    TG_REFERENCE_ROLE_MEMBER_OF = 4,
    TG_REFERENCE_ROLE_ANSWERS = 5,
};
enum tg_rec_name_kind {
    TG_NAME_KIND_UNSPECIFIED = 0,
    TG_NAME_KIND_PRIMARY = 1,
    TG_NAME_KIND_ALIAS = 2,
    TG_NAME_KIND_WEAK = 3,
    TG_NAME_KIND_KUNYA = 4,
    TG_NAME_KIND_NICKNAME = 5,
    TG_NAME_KIND_FORMER = 6,
    TG_NAME_KIND_ORIGINAL = 7,
};
enum tg_rec_place_role {
    TG_PLACE_ROLE_UNSPECIFIED = 0,
    TG_PLACE_ROLE_BIRTH = 1,
    TG_PLACE_ROLE_RESIDENCE = 2,
    TG_PLACE_ROLE_ADDRESS = 3,
    TG_PLACE_ROLE_SEEN = 4,
    TG_PLACE_ROLE_OPERATION = 5,
    TG_PLACE_ROLE_OTHER = 6,
};
enum tg_rec_document_type {
    TG_DOCUMENT_TYPE_UNSPECIFIED = 0,
    TG_DOCUMENT_TYPE_PASSPORT = 1,
    TG_DOCUMENT_TYPE_IDENTITY = 2,
    TG_DOCUMENT_TYPE_DRIVING_LICENCE = 3,
    TG_DOCUMENT_TYPE_RESIDENCE = 4,
    TG_DOCUMENT_TYPE_TRAVEL = 5,
    TG_DOCUMENT_TYPE_BIRTH_CERTIFICATE = 6,
    TG_DOCUMENT_TYPE_REGISTRATION = 7,
    TG_DOCUMENT_TYPE_TAX = 8,
    TG_DOCUMENT_TYPE_OTHER = 9,
};
enum tg_rec_nature {
    TG_NATURE_UNSPECIFIED = 0,
    TG_NATURE_ACTUAL = 1,
    TG_NATURE_EXERCISE = 2,
    TG_NATURE_TEST = 3,
};
enum tg_rec_precedence {
    TG_PRECEDENCE_ROUTINE = 0,
    TG_PRECEDENCE_PRIORITY = 1,
    TG_PRECEDENCE_IMMEDIATE = 2,
    TG_PRECEDENCE_FLASH = 3,
};
enum tg_rec_thread_kind {
    TG_THREAD_KIND_FIRST = 0,
    TG_THREAD_KIND_UPDATE = 1,
    TG_THREAD_KIND_ANSWER = 2,
    TG_THREAD_KIND_STAND_DOWN = 3,
};
enum tg_rec_on_hit {
    TG_ON_HIT_UNSPECIFIED = 0,
    TG_ON_HIT_INFORM = 1,
    TG_ON_HIT_CHECK = 2,
    TG_ON_HIT_LOCATE = 3,
    TG_ON_HIT_STOP = 4,
    TG_ON_HIT_SEIZE = 5,
    TG_ON_HIT_WARN = 6,
};
enum tg_rec_sex {
    TG_REC_SEX_UNSPECIFIED = 0,
    TG_REC_SEX_MALE = 1,
    TG_REC_SEX_FEMALE = 2,
    TG_REC_SEX_OTHER = 3,
};
enum tg_rec_person_status {
    TG_PERSON_STATUS_UNSPECIFIED = 0,
    TG_PERSON_STATUS_SUSPECT = 1,
    TG_PERSON_STATUS_WANTED = 2,
    TG_PERSON_STATUS_CONVICTED = 3,
    TG_PERSON_STATUS_ASSOCIATE = 4,
    TG_PERSON_STATUS_WITNESS = 5,
    TG_PERSON_STATUS_VICTIM = 6,
    TG_PERSON_STATUS_MISSING = 7,
    TG_PERSON_STATUS_CLEARED = 8,
    TG_PERSON_STATUS_LISTED = 9,
};
enum tg_rec_cell_kind {
    TG_CELL_KIND_UNSPECIFIED = 0,
    TG_CELL_KIND_PRISON_CELL = 1,
    TG_CELL_KIND_CELL = 2,
    TG_CELL_KIND_NETWORK = 3,
    TG_CELL_KIND_ORGANISATION = 4,
    TG_CELL_KIND_MEDIA = 5,
    TG_CELL_KIND_FINANCE = 6,
    TG_CELL_KIND_FACILITATION = 7,
    TG_CELL_KIND_OTHER = 8,
};
enum tg_rec_cell_status {
    TG_CELL_STATUS_UNSPECIFIED = 0,
    TG_CELL_STATUS_FORMING = 1,
    TG_CELL_STATUS_ACTIVE = 2,
    TG_CELL_STATUS_DORMANT = 3,
    TG_CELL_STATUS_DISMANTLED = 4,
    TG_CELL_STATUS_LISTED = 5,
};
enum tg_rec_facility_kind {
    TG_FACILITY_KIND_UNSPECIFIED = 0,
    TG_FACILITY_KIND_PRISON = 1,
    TG_FACILITY_KIND_PRETRIAL = 2,
    TG_FACILITY_KIND_CAMP = 3,
    TG_FACILITY_KIND_BORDER_POST = 4,
    TG_FACILITY_KIND_POLICE = 5,
    TG_FACILITY_KIND_COURT = 6,
    TG_FACILITY_KIND_HOSPITAL = 7,
    TG_FACILITY_KIND_TRAINING_SITE = 8,
    TG_FACILITY_KIND_OTHER = 9,
};
enum tg_rec_incident_kind {
    TG_INCIDENT_KIND_UNSPECIFIED = 0,
    TG_INCIDENT_KIND_RIOT = 1,
    TG_INCIDENT_KIND_HOSTAGE_TAKING = 2,
    TG_INCIDENT_KIND_ESCAPE = 3,
    TG_INCIDENT_KIND_ESCAPE_ATTEMPT = 4,
    TG_INCIDENT_KIND_PROPAGATION = 5,
    TG_INCIDENT_KIND_RECRUITMENT = 6,
    TG_INCIDENT_KIND_GATHERING = 7,
    TG_INCIDENT_KIND_DEFIANCE = 8,
    TG_INCIDENT_KIND_SMUGGLING = 9,
    TG_INCIDENT_KIND_OUTSIDE_COORDINATION = 10,
    TG_INCIDENT_KIND_STAFF_COLLUSION = 11,
    TG_INCIDENT_KIND_ATTACK = 12,
    TG_INCIDENT_KIND_THREAT = 13,
    TG_INCIDENT_KIND_FINANCING = 14,
    TG_INCIDENT_KIND_TRAVEL = 15,
    TG_INCIDENT_KIND_OTHER = 16,
};
enum tg_rec_incident_status {
    TG_INCIDENT_STATUS_UNSPECIFIED = 0,
    TG_INCIDENT_STATUS_ONGOING = 1,
    TG_INCIDENT_STATUS_ENDED = 2,
    TG_INCIDENT_STATUS_PREVENTED = 3,
};
enum tg_rec_casualty_group {
    TG_CASUALTY_GROUP_UNSPECIFIED = 0,
    TG_CASUALTY_GROUP_STAFF = 1,
    TG_CASUALTY_GROUP_DETAINEES = 2,
    TG_CASUALTY_GROUP_FORCES = 3,
    TG_CASUALTY_GROUP_CIVILIANS = 4,
    TG_CASUALTY_GROUP_PERPETRATORS = 5,
};
enum tg_rec_item_class {
    TG_ITEM_CLASS_UNSPECIFIED = 0,
    TG_ITEM_CLASS_PHONE = 1,
    TG_ITEM_CLASS_SIM = 2,
    TG_ITEM_CLASS_MEDIA = 3,
    TG_ITEM_CLASS_LITERATURE = 4,
    TG_ITEM_CLASS_WEAPON = 5,
    TG_ITEM_CLASS_EXPLOSIVE = 6,
    TG_ITEM_CLASS_MONEY = 7,
    TG_ITEM_CLASS_DOCUMENT = 8,
    TG_ITEM_CLASS_DRUGS = 9,
    TG_ITEM_CLASS_TOOL = 10,
    TG_ITEM_CLASS_OTHER = 11,
};
enum tg_rec_factor {
    TG_FACTOR_UNSPECIFIED = 0,
    TG_FACTOR_MONITORING = 1,
    TG_FACTOR_TRAINING = 2,
    TG_FACTOR_STAFFING = 3,
    TG_FACTOR_OVERCROWDING = 4,
    TG_FACTOR_INFRASTRUCTURE = 5,
    TG_FACTOR_SMUGGLING = 6,
    TG_FACTOR_REHABILITATION = 7,
    TG_FACTOR_OUTSIDE_CONTACT = 8,
    TG_FACTOR_TENSIONS = 9,
    TG_FACTOR_COOPERATION = 10,
    TG_FACTOR_PROPAGANDA = 11,
    TG_FACTOR_ECONOMY = 12,
    TG_FACTOR_OTHER = 13,
};
enum tg_rec_severity {
    TG_SEVERITY_UNSPECIFIED = 0,
    TG_SEVERITY_LOW = 1,
    TG_SEVERITY_MODERATE = 2,
    TG_SEVERITY_HIGH = 3,
    TG_SEVERITY_CRITICAL = 4,
};
enum tg_rec_measure_status {
    TG_MEASURE_STATUS_UNSPECIFIED = 0,
    TG_MEASURE_STATUS_PROPOSED = 1,
    TG_MEASURE_STATUS_AGREED = 2,
    TG_MEASURE_STATUS_RUNNING = 3,
    TG_MEASURE_STATUS_DONE = 4,
    TG_MEASURE_STATUS_SUSPENDED = 5,
    TG_MEASURE_STATUS_DROPPED = 6,
};
enum tg_rec_withdrawal_reason {
    TG_WITHDRAWAL_REASON_UNSPECIFIED = 0,
    TG_WITHDRAWAL_REASON_WRONG_PERSON = 1,
    TG_WITHDRAWAL_REASON_EXPIRED = 2,
    TG_WITHDRAWAL_REASON_COURT_ORDER = 3,
    TG_WITHDRAWAL_REASON_SUPERSEDED = 4,
    TG_WITHDRAWAL_REASON_SOURCE_BURNED = 5,
    TG_WITHDRAWAL_REASON_ERROR = 6,
    TG_WITHDRAWAL_REASON_DELISTED = 7,
    TG_WITHDRAWAL_REASON_OTHER = 8,
};
enum tg_rec_subject_kind {
    TG_SUBJECT_KIND_UNSPECIFIED = 0,
    TG_SUBJECT_KIND_PERSON = 1,
    TG_SUBJECT_KIND_CELL = 2,
    TG_SUBJECT_KIND_ORGANISATION = 3,
    TG_SUBJECT_KIND_FACILITY = 4,
    TG_SUBJECT_KIND_THING = 5,
};
enum tg_rec_contact_kind {
    TG_CONTACT_KIND_UNSPECIFIED = 0,
    TG_CONTACT_KIND_CALL = 1,
    TG_CONTACT_KIND_MESSAGE = 2,
    TG_CONTACT_KIND_MEETING = 3,
    TG_CONTACT_KIND_TRANSFER = 4,
    TG_CONTACT_KIND_VISIT = 5,
    TG_CONTACT_KIND_LETTER = 6,
    TG_CONTACT_KIND_ONLINE = 7,
    TG_CONTACT_KIND_OTHER = 8,
};
enum tg_rec_custody_status {
    TG_CUSTODY_STATUS_UNSPECIFIED = 0,
    TG_CUSTODY_STATUS_HELD = 1,
    TG_CUSTODY_STATUS_TRANSFERRED = 2,
    TG_CUSTODY_STATUS_RELEASED = 3,
    TG_CUSTODY_STATUS_ESCAPED = 4,
    TG_CUSTODY_STATUS_DECEASED = 5,
};
enum tg_rec_link_relation {
    TG_LINK_RELATION_UNSPECIFIED = 0,
    TG_LINK_RELATION_MEMBER_OF = 1,
    TG_LINK_RELATION_LEADS = 2,
    TG_LINK_RELATION_KIN = 3,
    TG_LINK_RELATION_ASSOCIATE = 4,
    TG_LINK_RELATION_CELLMATE = 5,
    TG_LINK_RELATION_VISITOR = 6,
    TG_LINK_RELATION_USES = 7,
    TG_LINK_RELATION_OWNS = 8,
    TG_LINK_RELATION_FINANCES = 9,
    TG_LINK_RELATION_LOCATED_AT = 10,
    TG_LINK_RELATION_OTHER = 11,
};
enum tg_rec_answer_outcome {
    TG_ANSWER_OUTCOME_UNSPECIFIED = 0,
    TG_ANSWER_OUTCOME_POSITIVE = 1,
    TG_ANSWER_OUTCOME_NEGATIVE = 2,
    TG_ANSWER_OUTCOME_PARTIAL = 3,
    TG_ANSWER_OUTCOME_INTERIM = 4,
    TG_ANSWER_OUTCOME_REFUSED = 5,
};
enum tg_rec_sighting_outcome {
    TG_SIGHTING_OUTCOME_UNSPECIFIED = 0,
    TG_SIGHTING_OUTCOME_CONFIRMED = 1,
    TG_SIGHTING_OUTCOME_NOT_HIM = 2,
    TG_SIGHTING_OUTCOME_POSSIBLE = 3,
    TG_SIGHTING_OUTCOME_FOLLOW_UP = 4,
};
enum tg_rec_sameness_verdict {
    TG_SAMENESS_VERDICT_UNSPECIFIED = 0,
    TG_SAMENESS_VERDICT_SAME = 1,
    TG_SAMENESS_VERDICT_DIFFERENT = 2,
    TG_SAMENESS_VERDICT_POSSIBLE = 3,
};
enum tg_rec_dispute_ground {
    TG_DISPUTE_GROUND_UNSPECIFIED = 0,
    TG_DISPUTE_GROUND_WRONG_PERSON = 1,
    TG_DISPUTE_GROUND_WRONG_FACT = 2,
    TG_DISPUTE_GROUND_OUTDATED = 3,
    TG_DISPUTE_GROUND_UNLAWFUL = 4,
    TG_DISPUTE_GROUND_SOURCE = 5,
    TG_DISPUTE_GROUND_OTHER = 6,
};
enum tg_rec_dispute_raiser {
    TG_DISPUTE_RAISER_UNSPECIFIED = 0,
    TG_DISPUTE_RAISER_HOLDER = 1,
    TG_DISPUTE_RAISER_SUBJECT = 2,
    TG_DISPUTE_RAISER_COURT = 3,
    TG_DISPUTE_RAISER_OVERSIGHT = 4,
    TG_DISPUTE_RAISER_ORIGIN = 5,
};
enum tg_rec_dispute_decision {
    TG_DISPUTE_DECISION_UNSPECIFIED = 0,
    TG_DISPUTE_DECISION_REJECTED = 1,
    TG_DISPUTE_DECISION_CORRECTED = 2,
    TG_DISPUTE_DECISION_WITHDRAWN = 3,
};
enum tg_rec_acknowledgement_state {
    TG_ACKNOWLEDGEMENT_STATE_UNSPECIFIED = 0,
    TG_ACKNOWLEDGEMENT_STATE_READ = 1,
    TG_ACKNOWLEDGEMENT_STATE_ACTED = 2,
    TG_ACKNOWLEDGEMENT_STATE_ANSWERED = 3,
};

struct tg_rec_source {
    bool present;
    enum tg_rec_source_type type;
    const char *name;      /* of the paper, court, service */
    const char *reference; /* its number, page, address */
    struct tg_date date;
};

struct tg_rec_handling {
    bool present;
    enum tg_rec_tlp tlp;
    enum tg_rec_pap pap;
    enum tg_rec_release release;
    const char *release_authority; /* who decides on onward release */
    const char *purpose;
    const char *legal_basis;
    struct tg_date review;
    struct tg_date expiry;
};

struct tg_rec_grading {
    bool present;
    enum tg_rec_reliability reliability;
    enum tg_rec_credibility credibility;
};

struct tg_rec_reference {
    bool present;
    const struct tg_hash *id;
    enum tg_rec_reference_role role;
};

struct tg_rec_listing {
    bool present;
    struct tg_date listed_on;
    struct tg_date updated;
    const char *programme; /* regime or section of the list */
};

struct tg_rec_head {
    bool present;
    const char *list;        /* outside list this comes from, e.g. un_sc */
    const char *external_id; /* its permanent number there */
    const char *agency;      /* of the origin */
    const char *desk;
    const struct tg_rec_source *source;
    struct tg_date observed_from;
    struct tg_date observed_to;
    int64_t reported_ms;  /* time; when the origin entered it. Not part of the content digest */
    const char *language; /* of the texts */
    const char *note;
    const struct tg_rec_handling *handling;
    const struct tg_rec_grading *grading;
    const struct tg_hash *supersedes; /* record id. Not part of the content digest */
    const struct tg_rec_reference *refers;
    size_t refers_count;
    const struct tg_rec_listing *listing;
    const char *const *critical;
    size_t critical_count;
};

struct tg_rec_name {
    bool present;
    const char *text; /* as written */
    const char *script;
    enum tg_rec_name_kind kind;
    const char *language;
};

struct tg_rec_birth {
    bool present;
    struct tg_date date;
    struct tg_date date_to; /* with it: some day from `date` to `date_to` */
    bool approximate;
    const char *note;
};

struct tg_rec_point {
    bool present;
    int32_t latitude_e7;
    int32_t longitude_e7;
};

struct tg_rec_place {
    bool present;
    enum tg_rec_place_role role;
    const char *name;
    const char *country;
    const char *region;
    const char *city;
    const char *street;
    const char *note;
    const struct tg_rec_point *point;
    const char *country_text; /* as written, when no code fits */
};

struct tg_rec_nationality {
    bool present;
    const char *country;
    const char *text; /* one line, as written, when no code fits */
    const char *note;
};

struct tg_rec_document {
    bool present;
    enum tg_rec_document_type type;
    const char *number;
    const char *country; /* issuer */
    struct tg_date issued;
    struct tg_date expires;
    const char *note;
    const char *type_text; /* as written, when no type fits */
    const char *country_text;
    const char *city; /* of issue */
};

struct tg_rec_selector {
    bool present;
    enum tg_selector_type type;
    const char *value;   /* as written */
    const char *country; /* issuer or numbering plan, where the value alone does not tell */
    const char *note;
    struct tg_date from;
    struct tg_date to;
    /* Computed here, never taken from the wire. Empty when this node cannot normalise the value: the
     * selector is then shown and kept, and not indexed. */
    struct tg_view normal;
    uint32_t flags;      /* TG_SELECTOR_NOISE and its kin (match/selector.h) */
    const char *refusal; /* why there is no normal form; "" when there is one */
};

struct tg_rec_facility_ref {
    bool present;
    const char *name;
    const struct tg_hash *id; /* record id of the Facility, when known */
    const char *country;
};

struct tg_rec_estimate {
    bool present;
    int64_t low;
    int64_t high;
    struct tg_date as_of;
    const char *basis;
};

struct tg_rec_subject {
    bool present;
    const struct tg_hash *id; /* record id, when one is known here */
    const char *name;         /* as written */
    const struct tg_rec_selector *selector;
    enum tg_rec_subject_kind kind; /* a link's object needs none where its relation tells */
};

struct tg_rec_alert {
    bool present;
    enum tg_rec_nature nature;
    enum tg_rec_precedence precedence;
    enum tg_rec_thread_kind thread;
    const struct tg_hash *thread_of; /* record id of the thread's first alert */
    const char *title;
    const char *text;
    enum tg_rec_incident_kind incident;
    const struct tg_rec_facility_ref *facility;
    const struct tg_rec_place *place;
    int64_t at_ms;       /* time of what it tells of */
    const char *asked;   /* of the reader */
    const char *contact; /* reachable at any hour */
    const struct tg_rec_selector *selectors;
    size_t selectors_count;
};

struct tg_rec_indicator {
    bool present;
    const struct tg_rec_selector *selectors;
    size_t selectors_count;
    const char *use; /* what it serves for */
    struct tg_date valid_from;
    struct tg_date valid_until;
    const struct tg_hash *cell; /* record ids */
    const struct tg_hash *person;
    enum tg_rec_on_hit on_hit;
    const char *text;
    const char *category;
    const struct tg_rec_facility_ref *facility;
};

struct tg_rec_person {
    bool present;
    const struct tg_rec_name *names;
    size_t names_count;
    const struct tg_rec_birth *births;
    size_t births_count;
    enum tg_rec_sex sex;
    const struct tg_rec_place *places;
    size_t places_count;
    const struct tg_rec_nationality *nationalities;
    size_t nationalities_count;
    const struct tg_rec_document *documents;
    size_t documents_count;
    const struct tg_rec_selector *selectors; /* phones, accounts, vehicles */
    size_t selectors_count;
    const char *const *roles;
    size_t roles_count;
    enum tg_rec_person_status status;
    bool minor;
    const char *text;
    const char *const *titles;
    size_t titles_count;
};

struct tg_rec_cell {
    bool present;
    const struct tg_rec_name *names;
    size_t names_count;
    enum tg_rec_cell_kind kind;
    const struct tg_rec_place *area;
    const struct tg_rec_facility_ref *facility;
    const struct tg_rec_estimate *size;
    enum tg_rec_cell_status status;
    const char *parent; /* organisation */
    const struct tg_hash *parent_id;
    const struct tg_rec_place *places;
    size_t places_count;
    const struct tg_rec_selector *selectors;
    size_t selectors_count;
    const char *text;
};

struct tg_rec_occupancy {
    bool present;
    int64_t held;
    int64_t staff;
    struct tg_date as_of;
};

struct tg_rec_facility {
    bool present;
    const struct tg_rec_name *names;
    size_t names_count;
    enum tg_rec_facility_kind kind;
    const char *regime;
    int64_t capacity;
    const struct tg_rec_occupancy *occupancy;
    const char *operator;
    const struct tg_rec_place *place;
    const char *country;
    const char *text;
};

struct tg_rec_casualties {
    bool present;
    enum tg_rec_casualty_group group;
    int64_t killed;
    int64_t injured;
};

struct tg_rec_item {
    bool present;
    enum tg_rec_item_class item_class;
    const char *description;
    int64_t quantity;
    const struct tg_rec_selector *selectors;
    size_t selectors_count;
    const char *concealment;
    const char *route;
};

struct tg_rec_incident {
    bool present;
    enum tg_rec_incident_kind kind;
    struct tg_date from;
    struct tg_date to;
    int64_t at_ms; /* time, when known to the hour */
    const struct tg_rec_facility_ref *facility;
    const struct tg_rec_place *place;
    const char *title;
    const char *text;
    const char *outcome;
    const struct tg_rec_casualties *casualties;
    size_t casualties_count;
    const struct tg_rec_estimate *participants;
    const struct tg_rec_estimate *occurrences; /* of a series told as one */
    const struct tg_rec_item *items;
    size_t items_count;
    enum tg_rec_incident_status status;
};

struct tg_rec_assessment {
    bool present;
    const char *scope;
    const char *country;
    const struct tg_rec_facility_ref *facility;
    enum tg_rec_factor factor;
    const char *text;
    enum tg_rec_severity severity;
    const char *basis;
    struct tg_date as_of;
    const struct tg_hash *answered_by; /* record ids of Measures */
    size_t answered_by_count;
};

struct tg_rec_metric {
    bool present;
    const char *name;
    const char *baseline;
    const char *current;
    struct tg_date as_of;
};

struct tg_rec_measure {
    bool present;
    const char *area; /* of policy */
    const char *action;
    const char *objective;
    const char *expected_outcome;
    const char *responsible;
    struct tg_date start;
    struct tg_date due;
    enum tg_rec_measure_status status;
    const struct tg_rec_metric *metric;
    const char *country;
    const struct tg_rec_facility_ref *facility;
    int64_t time_limit_months;
    const char *text;
};

struct tg_rec_withdrawal {
    bool present;
    const struct tg_hash *target; /* record id */
    enum tg_rec_withdrawal_reason reason;
    const char *text;
    const struct tg_hash *successor; /* record id */
    int64_t deadline_ms;             /* time */
};

struct tg_rec_contact {
    bool present;
    enum tg_rec_contact_kind kind;
    const struct tg_rec_selector *initiators; /* who called, wrote, paid */
    size_t initiators_count;
    const struct tg_rec_selector *receivers; /* who was called, written to, paid */
    size_t receivers_count;
    const struct tg_rec_subject *persons; /* who took part, as far as known */
    size_t persons_count;
    struct tg_date from;
    struct tg_date to;
    int64_t at_ms; /* time, when known to the hour */
    int64_t times; /* how often from `from` to `to` */
    const struct tg_rec_facility_ref *facility;
    const struct tg_rec_place *place;
    const char *text;
};

struct tg_rec_custody {
    bool present;
    const struct tg_rec_subject *person;
    const struct tg_rec_facility_ref *facility;
    enum tg_rec_custody_status status;
    struct tg_date from;
    struct tg_date to;
    struct tg_date expected_release;
    const char *section; /* block, wing or cell */
    const char *regime;
    const char *sentence;
    const char *text;
};

struct tg_rec_link {
    bool present;
    const struct tg_rec_subject *subject;
    enum tg_rec_link_relation relation; /* of the subject to the object */
    const struct tg_rec_subject *object;
    const char *detail; /* such as brother, lawyer, paid by */
    struct tg_date from;
    struct tg_date to;
    const char *text;
};

struct tg_rec_request {
    bool present;
    const char *title;
    const char *text;
    int64_t due_ms;                        /* time by which an answer is asked for */
    const struct tg_rec_subject *subjects; /* whom or what it is about */
    size_t subjects_count;
    const char *contact; /* reachable at any hour */
};

struct tg_rec_answer {
    bool present;
    const struct tg_hash *request; /* record id of the Request */
    enum tg_rec_answer_outcome outcome;
    const char *text;
    const struct tg_hash *records; /* record ids that answer it */
    size_t records_count;
};

struct tg_rec_sighting {
    bool present;
    const struct tg_hash *target; /* record id of what was hit */
    enum tg_rec_sighting_outcome outcome;
    int64_t at_ms;
    const struct tg_rec_facility_ref *facility;
    const struct tg_rec_place *place;
    const char *name;                       /* of the one who was checked, as written */
    struct tg_date birth;                   /* of the one who was checked */
    const struct tg_rec_document *document; /* that was shown; not_him is bound to it */
    struct tg_date until;                   /* not_him holds until then */
    const struct tg_rec_selector *selector; /* that hit */
    const char *action;                     /* what was done */
    const char *text;
    const struct tg_hash *follows; /* record id of the Sighting that this follows */
};

struct tg_rec_sameness {
    bool present;
    const struct tg_hash *first;  /* record id */
    const struct tg_hash *second; /* record id */
    enum tg_rec_sameness_verdict verdict;
    const char *basis; /* what it rests on */
    const char *text;
};

struct tg_rec_dispute {
    bool present;
    const struct tg_hash *target;      /* record id of what is contested */
    enum tg_rec_dispute_ground ground; /* stated by who contests */
    enum tg_rec_dispute_raiser raised_by;
    const char *text;
    int64_t deadline_ms; /* by which the origin is asked to decide */
    const struct tg_hash
        *decides; /* record id of the Dispute that this decides; by the origin of the target */
    enum tg_rec_dispute_decision decision;
};

struct tg_rec_acknowledgement {
    bool present;
    const struct tg_hash *target; /* record id */
    enum tg_rec_acknowledgement_state state;
    int64_t at_ms;
    const char *by; /* desk or function, not a name */
    const char *text;
};

#endif
