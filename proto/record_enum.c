/* Names of the enumerations, in lower case, and their agreement with the schema.
 *
 * Must not know: records. Described in proto/tamga.proto; compiled against it.
 */
#include "proto/record_fields.h"

#include <string.h>

#include "base/text.h"

static const char *const names_source_type[] = {"unspecified", "human",    "technical", "open",
                                                "press",       "court",    "partner",   "official_list",
                                                "custody",     "document", "other"};
static const char *const names_tlp[] = {"unspecified", "clear", "green", "amber", "amber_strict", "red"};
static const char *const names_pap[] = {"unspecified", "clear", "green", "amber", "red"};
static const char *const names_release[] = {"unspecified", "orcon", "national", "free"};
static const char *const names_reliability[] = {"unspecified", "a", "b", "c", "d", "e", "f"};
static const char *const names_credibility[] = {"unspecified", "1", "2", "3", "4", "5", "6"};
static const char *const names_reference_role[] = {"related", "repeats",   "based_on",
                                                   "part_of", "member_of", "answers"};
static const char *const names_name_kind[] = {"unspecified", "primary",  "alias",  "weak",
                                              "kunya",       "nickname", "former", "original"};
static const char *const names_place_role[] = {"unspecified", "birth",     "residence", "address",
                                               "seen",        "operation", "other"};
static const char *const names_document_type[] = {
    "unspecified",  "passport", "identity", "driving_licence", "residence", "travel", "birth_certificate",
    "registration", "tax",      "other"};
static const char *const names_selector_type[] = {
    "unspecified", "phone",       "email",    "domain",      "url",    "ip",   "cidr",
    "imei",        "imsi",        "iccid",    "mac",         "iban",   "bic",  "payment_card",
    "passport",    "national_id", "plate",    "vin",         "imo",    "mmsi", "hash",
    "crypto",      "onion",       "telegram", "whatsapp",    "signal", "vk",   "x",
    "facebook",    "instagram",   "tiktok",   "coordinates", "handle", "asn"};
static const char *const names_nature[] = {"unspecified", "actual", "exercise", "test"};
static const char *const names_precedence[] = {"routine", "priority", "immediate", "flash"};
static const char *const names_thread_kind[] = {"first", "update", "answer", "stand_down"};
static const char *const names_on_hit[] = {"unspecified", "inform", "check", "locate",
                                           "stop",        "seize",  "warn"};
static const char *const names_sex[] = {"unspecified", "male", "female", "other"};
static const char *const names_person_status[] = {"unspecified", "suspect", "wanted", "convicted",
                                                  "associate",   "witness", "victim", "missing",
                                                  "cleared",     "listed"};
static const char *const names_cell_kind[] = {"unspecified", "prison_cell",  "cell",
                                              "network",     "organisation", "media",
                                              "finance",     "facilitation", "other"};
static const char *const names_cell_status[] = {"unspecified", "forming",    "active",
                                                "dormant",     "dismantled", "listed"};
static const char *const names_facility_kind[] = {"unspecified",   "prison", "pretrial", "camp",
                                                  "border_post",   "police", "court",    "hospital",
                                                  "training_site", "other"};
static const char *const names_incident_kind[] = {"unspecified",
                                                  "riot",
                                                  "hostage_taking",
                                                  "escape",
                                                  "escape_attempt",
                                                  "propagation",
                                                  "recruitment",
                                                  "gathering",
                                                  "defiance",
                                                  "smuggling",
                                                  "outside_coordination",
                                                  "staff_collusion",
                                                  "attack",
                                                  "threat",
                                                  "financing",
                                                  "travel",
                                                  "other"};
static const char *const names_incident_status[] = {"unspecified", "ongoing", "ended", "prevented"};
static const char *const names_casualty_group[] = {"unspecified", "staff",     "detainees",
                                                   "forces",      "civilians", "perpetrators"};
static const char *const names_item_class[] = {"unspecified", "phone",  "sim",       "media",
                                               "literature",  "weapon", "explosive", "money",
                                               "document",    "drugs",  "tool",      "other"};
static const char *const names_factor[] = {
    "unspecified", "monitoring",     "training",        "staffing", "overcrowding", "infrastructure",
    "smuggling",   "rehabilitation", "outside_contact", "tensions", "cooperation",  "propaganda",
    "economy",     "other"};
static const char *const names_severity[] = {"unspecified", "low", "moderate", "high", "critical"};
static const char *const names_measure_status[] = {"unspecified", "proposed",  "agreed", "running",
                                                   "done",        "suspended", "dropped"};
static const char *const names_withdrawal_reason[] = {"unspecified", "wrong_person", "expired",
                                                      "court_order", "superseded",   "source_burned",
                                                      "error",       "delisted",     "other"};
static const char *const names_subject_kind[] = {"unspecified",  "person",   "cell",
                                                 "organisation", "facility", "thing"};
static const char *const names_contact_kind[] = {"unspecified", "call",   "message", "meeting", "transfer",
                                                 "visit",       "letter", "online",  "other"};
static const char *const names_custody_status[] = {"unspecified", "held",    "transferred",
                                                   "released",    "escaped", "deceased"};
static const char *const names_link_relation[] = {"unspecified", "member_of", "leads",      "kin",
                                                  "associate",   "cellmate",  "visitor",    "uses",
                                                  "owns",        "finances",  "located_at", "other"};
static const char *const names_answer_outcome[] = {"unspecified", "positive", "negative",
                                                   "partial",     "interim",  "refused"};
static const char *const names_sighting_outcome[] = {"unspecified", "confirmed", "not_him", "possible",
                                                     "follow_up"};
static const char *const names_sameness_verdict[] = {"unspecified", "same", "different", "possible"};
static const char *const names_dispute_ground[] = {"unspecified", "wrong_person", "wrong_fact", "outdated",
                                                   "unlawful",    "source",       "other"};
static const char *const names_dispute_raiser[] = {"unspecified", "holder",    "subject",
                                                   "court",       "oversight", "origin"};
static const char *const names_dispute_decision[] = {"unspecified", "rejected", "corrected", "withdrawn"};
static const char *const names_acknowledgement_state[] = {"unspecified", "read", "acted", "answered"};

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), "the schema has another number")
SAME(TG_SOURCE_TYPE_UNSPECIFIED, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_UNSPECIFIED);
SAME(TG_SOURCE_TYPE_HUMAN, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_HUMAN);
SAME(TG_SOURCE_TYPE_TECHNICAL, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_TECHNICAL);
SAME(TG_SOURCE_TYPE_OPEN, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_OPEN);
SAME(TG_SOURCE_TYPE_PRESS, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_PRESS);
SAME(TG_SOURCE_TYPE_COURT, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_COURT);
SAME(TG_SOURCE_TYPE_PARTNER, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_PARTNER);
SAME(TG_SOURCE_TYPE_OFFICIAL_LIST, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_OFFICIAL_LIST);
SAME(TG_SOURCE_TYPE_CUSTODY, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_CUSTODY);
SAME(TG_SOURCE_TYPE_DOCUMENT, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_DOCUMENT);
SAME(TG_SOURCE_TYPE_OTHER, TAMGA__V1__SOURCE_TYPE__SOURCE_TYPE_OTHER);
SAME(TG_TLP_UNSPECIFIED, TAMGA__V1__TLP__TLP_UNSPECIFIED);
SAME(TG_TLP_CLEAR, TAMGA__V1__TLP__TLP_CLEAR);
SAME(TG_TLP_GREEN, TAMGA__V1__TLP__TLP_GREEN);
SAME(TG_TLP_AMBER, TAMGA__V1__TLP__TLP_AMBER);
SAME(TG_TLP_AMBER_STRICT, TAMGA__V1__TLP__TLP_AMBER_STRICT);
SAME(TG_TLP_RED, TAMGA__V1__TLP__TLP_RED);
SAME(TG_PAP_UNSPECIFIED, TAMGA__V1__PAP__PAP_UNSPECIFIED);
SAME(TG_PAP_CLEAR, TAMGA__V1__PAP__PAP_CLEAR);
SAME(TG_PAP_GREEN, TAMGA__V1__PAP__PAP_GREEN);
SAME(TG_PAP_AMBER, TAMGA__V1__PAP__PAP_AMBER);
SAME(TG_PAP_RED, TAMGA__V1__PAP__PAP_RED);
SAME(TG_RELEASE_UNSPECIFIED, TAMGA__V1__RELEASE__RELEASE_UNSPECIFIED);
SAME(TG_RELEASE_ORCON, TAMGA__V1__RELEASE__RELEASE_ORCON);
SAME(TG_RELEASE_NATIONAL, TAMGA__V1__RELEASE__RELEASE_NATIONAL);
SAME(TG_RELEASE_FREE, TAMGA__V1__RELEASE__RELEASE_FREE);
SAME(TG_RELIABILITY_UNSPECIFIED, TAMGA__V1__RELIABILITY__RELIABILITY_UNSPECIFIED);
SAME(TG_RELIABILITY_A, TAMGA__V1__RELIABILITY__RELIABILITY_A);
SAME(TG_RELIABILITY_B, TAMGA__V1__RELIABILITY__RELIABILITY_B);
SAME(TG_RELIABILITY_C, TAMGA__V1__RELIABILITY__RELIABILITY_C);
SAME(TG_RELIABILITY_D, TAMGA__V1__RELIABILITY__RELIABILITY_D);
SAME(TG_RELIABILITY_E, TAMGA__V1__RELIABILITY__RELIABILITY_E);
SAME(TG_RELIABILITY_F, TAMGA__V1__RELIABILITY__RELIABILITY_F);
SAME(TG_CREDIBILITY_UNSPECIFIED, TAMGA__V1__CREDIBILITY__CREDIBILITY_UNSPECIFIED);
SAME(TG_CREDIBILITY_1, TAMGA__V1__CREDIBILITY__CREDIBILITY_1);
SAME(TG_CREDIBILITY_2, TAMGA__V1__CREDIBILITY__CREDIBILITY_2);
SAME(TG_CREDIBILITY_3, TAMGA__V1__CREDIBILITY__CREDIBILITY_3);
SAME(TG_CREDIBILITY_4, TAMGA__V1__CREDIBILITY__CREDIBILITY_4);
SAME(TG_CREDIBILITY_5, TAMGA__V1__CREDIBILITY__CREDIBILITY_5);
SAME(TG_CREDIBILITY_6, TAMGA__V1__CREDIBILITY__CREDIBILITY_6);
SAME(TG_REFERENCE_ROLE_RELATED, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_RELATED);
SAME(TG_REFERENCE_ROLE_REPEATS, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_REPEATS);
SAME(TG_REFERENCE_ROLE_BASED_ON, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_BASED_ON);
SAME(TG_REFERENCE_ROLE_PART_OF, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_PART_OF);
SAME(TG_REFERENCE_ROLE_MEMBER_OF, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_MEMBER_OF);
SAME(TG_REFERENCE_ROLE_ANSWERS, TAMGA__V1__REFERENCE_ROLE__REFERENCE_ROLE_ANSWERS);
SAME(TG_NAME_KIND_UNSPECIFIED, TAMGA__V1__NAME_KIND__NAME_KIND_UNSPECIFIED);
SAME(TG_NAME_KIND_PRIMARY, TAMGA__V1__NAME_KIND__NAME_KIND_PRIMARY);
SAME(TG_NAME_KIND_ALIAS, TAMGA__V1__NAME_KIND__NAME_KIND_ALIAS);
SAME(TG_NAME_KIND_WEAK, TAMGA__V1__NAME_KIND__NAME_KIND_WEAK);
SAME(TG_NAME_KIND_KUNYA, TAMGA__V1__NAME_KIND__NAME_KIND_KUNYA);
SAME(TG_NAME_KIND_NICKNAME, TAMGA__V1__NAME_KIND__NAME_KIND_NICKNAME);
SAME(TG_NAME_KIND_FORMER, TAMGA__V1__NAME_KIND__NAME_KIND_FORMER);
SAME(TG_NAME_KIND_ORIGINAL, TAMGA__V1__NAME_KIND__NAME_KIND_ORIGINAL);
SAME(TG_PLACE_ROLE_UNSPECIFIED, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_UNSPECIFIED);
SAME(TG_PLACE_ROLE_BIRTH, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_BIRTH);
SAME(TG_PLACE_ROLE_RESIDENCE, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_RESIDENCE);
SAME(TG_PLACE_ROLE_ADDRESS, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_ADDRESS);
SAME(TG_PLACE_ROLE_SEEN, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_SEEN);
SAME(TG_PLACE_ROLE_OPERATION, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_OPERATION);
SAME(TG_PLACE_ROLE_OTHER, TAMGA__V1__PLACE_ROLE__PLACE_ROLE_OTHER);
SAME(TG_DOCUMENT_TYPE_UNSPECIFIED, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_UNSPECIFIED);
SAME(TG_DOCUMENT_TYPE_PASSPORT, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_PASSPORT);
SAME(TG_DOCUMENT_TYPE_IDENTITY, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_IDENTITY);
SAME(TG_DOCUMENT_TYPE_DRIVING_LICENCE, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_DRIVING_LICENCE);
SAME(TG_DOCUMENT_TYPE_RESIDENCE, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_RESIDENCE);
SAME(TG_DOCUMENT_TYPE_TRAVEL, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_TRAVEL);
SAME(TG_DOCUMENT_TYPE_BIRTH_CERTIFICATE, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_BIRTH_CERTIFICATE);
SAME(TG_DOCUMENT_TYPE_REGISTRATION, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_REGISTRATION);
SAME(TG_DOCUMENT_TYPE_TAX, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_TAX);
SAME(TG_DOCUMENT_TYPE_OTHER, TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_OTHER);
SAME(TG_SELECTOR_NONE, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_UNSPECIFIED);
SAME(TG_SELECTOR_PHONE, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_PHONE);
SAME(TG_SELECTOR_EMAIL, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_EMAIL);
SAME(TG_SELECTOR_DOMAIN, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_DOMAIN);
SAME(TG_SELECTOR_URL, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_URL);
SAME(TG_SELECTOR_IP, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_IP);
SAME(TG_SELECTOR_CIDR, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_CIDR);
SAME(TG_SELECTOR_IMEI, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_IMEI);
SAME(TG_SELECTOR_IMSI, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_IMSI);
SAME(TG_SELECTOR_ICCID, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_ICCID);
SAME(TG_SELECTOR_MAC, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_MAC);
SAME(TG_SELECTOR_IBAN, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_IBAN);
SAME(TG_SELECTOR_BIC, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_BIC);
SAME(TG_SELECTOR_PAYMENT_CARD, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_PAYMENT_CARD);
SAME(TG_SELECTOR_PASSPORT, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_PASSPORT);
SAME(TG_SELECTOR_NATIONAL_ID, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_NATIONAL_ID);
SAME(TG_SELECTOR_PLATE, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_PLATE);
SAME(TG_SELECTOR_VIN, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_VIN);
SAME(TG_SELECTOR_IMO, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_IMO);
SAME(TG_SELECTOR_MMSI, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_MMSI);
SAME(TG_SELECTOR_HASH, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_HASH);
SAME(TG_SELECTOR_CRYPTO, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_CRYPTO);
SAME(TG_SELECTOR_ONION, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_ONION);
SAME(TG_SELECTOR_TELEGRAM, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_TELEGRAM);
SAME(TG_SELECTOR_WHATSAPP, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_WHATSAPP);
SAME(TG_SELECTOR_SIGNAL, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_SIGNAL);
SAME(TG_SELECTOR_VK, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_VK);
SAME(27, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_X);
SAME(TG_SELECTOR_FACEBOOK, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_FACEBOOK);
SAME(TG_SELECTOR_INSTAGRAM, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_INSTAGRAM);
SAME(TG_SELECTOR_TIKTOK, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_TIKTOK);
SAME(TG_SELECTOR_COORDINATES, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_COORDINATES);
SAME(TG_SELECTOR_HANDLE, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_HANDLE);
SAME(TG_SELECTOR_ASN, TAMGA__V1__SELECTOR_TYPE__SELECTOR_TYPE_ASN);
SAME(TG_NATURE_UNSPECIFIED, TAMGA__V1__NATURE__NATURE_UNSPECIFIED);
SAME(TG_NATURE_ACTUAL, TAMGA__V1__NATURE__NATURE_ACTUAL);
SAME(TG_NATURE_EXERCISE, TAMGA__V1__NATURE__NATURE_EXERCISE);
SAME(TG_NATURE_TEST, TAMGA__V1__NATURE__NATURE_TEST);
SAME(TG_PRECEDENCE_ROUTINE, TAMGA__V1__PRECEDENCE__PRECEDENCE_ROUTINE);
SAME(TG_PRECEDENCE_PRIORITY, TAMGA__V1__PRECEDENCE__PRECEDENCE_PRIORITY);
SAME(TG_PRECEDENCE_IMMEDIATE, TAMGA__V1__PRECEDENCE__PRECEDENCE_IMMEDIATE);
SAME(TG_PRECEDENCE_FLASH, TAMGA__V1__PRECEDENCE__PRECEDENCE_FLASH);
SAME(TG_THREAD_KIND_FIRST, TAMGA__V1__THREAD_KIND__THREAD_KIND_FIRST);
SAME(TG_THREAD_KIND_UPDATE, TAMGA__V1__THREAD_KIND__THREAD_KIND_UPDATE);
SAME(TG_THREAD_KIND_ANSWER, TAMGA__V1__THREAD_KIND__THREAD_KIND_ANSWER);
SAME(TG_THREAD_KIND_STAND_DOWN, TAMGA__V1__THREAD_KIND__THREAD_KIND_STAND_DOWN);
SAME(TG_ON_HIT_UNSPECIFIED, TAMGA__V1__ON_HIT__ON_HIT_UNSPECIFIED);
SAME(TG_ON_HIT_INFORM, TAMGA__V1__ON_HIT__ON_HIT_INFORM);
SAME(TG_ON_HIT_CHECK, TAMGA__V1__ON_HIT__ON_HIT_CHECK);
SAME(TG_ON_HIT_LOCATE, TAMGA__V1__ON_HIT__ON_HIT_LOCATE);
SAME(TG_ON_HIT_STOP, TAMGA__V1__ON_HIT__ON_HIT_STOP);
SAME(TG_ON_HIT_SEIZE, TAMGA__V1__ON_HIT__ON_HIT_SEIZE);
SAME(TG_ON_HIT_WARN, TAMGA__V1__ON_HIT__ON_HIT_WARN);
SAME(TG_REC_SEX_UNSPECIFIED, TAMGA__V1__SEX__SEX_UNSPECIFIED);
SAME(TG_REC_SEX_MALE, TAMGA__V1__SEX__SEX_MALE);
SAME(TG_REC_SEX_FEMALE, TAMGA__V1__SEX__SEX_FEMALE);
SAME(TG_REC_SEX_OTHER, TAMGA__V1__SEX__SEX_OTHER);
SAME(TG_PERSON_STATUS_UNSPECIFIED, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_UNSPECIFIED);
SAME(TG_PERSON_STATUS_SUSPECT, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_SUSPECT);
SAME(TG_PERSON_STATUS_WANTED, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_WANTED);
SAME(TG_PERSON_STATUS_CONVICTED, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_CONVICTED);
SAME(TG_PERSON_STATUS_ASSOCIATE, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_ASSOCIATE);
SAME(TG_PERSON_STATUS_WITNESS, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_WITNESS);
SAME(TG_PERSON_STATUS_VICTIM, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_VICTIM);
SAME(TG_PERSON_STATUS_MISSING, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_MISSING);
SAME(TG_PERSON_STATUS_CLEARED, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_CLEARED);
SAME(TG_PERSON_STATUS_LISTED, TAMGA__V1__PERSON_STATUS__PERSON_STATUS_LISTED);
SAME(TG_CELL_KIND_UNSPECIFIED, TAMGA__V1__CELL_KIND__CELL_KIND_UNSPECIFIED);
SAME(TG_CELL_KIND_PRISON_CELL, TAMGA__V1__CELL_KIND__CELL_KIND_PRISON_CELL);
SAME(TG_CELL_KIND_CELL, TAMGA__V1__CELL_KIND__CELL_KIND_CELL);
SAME(TG_CELL_KIND_NETWORK, TAMGA__V1__CELL_KIND__CELL_KIND_NETWORK);
SAME(TG_CELL_KIND_ORGANISATION, TAMGA__V1__CELL_KIND__CELL_KIND_ORGANISATION);
SAME(TG_CELL_KIND_MEDIA, TAMGA__V1__CELL_KIND__CELL_KIND_MEDIA);
SAME(TG_CELL_KIND_FINANCE, TAMGA__V1__CELL_KIND__CELL_KIND_FINANCE);
SAME(TG_CELL_KIND_FACILITATION, TAMGA__V1__CELL_KIND__CELL_KIND_FACILITATION);
SAME(TG_CELL_KIND_OTHER, TAMGA__V1__CELL_KIND__CELL_KIND_OTHER);
SAME(TG_CELL_STATUS_UNSPECIFIED, TAMGA__V1__CELL_STATUS__CELL_STATUS_UNSPECIFIED);
SAME(TG_CELL_STATUS_FORMING, TAMGA__V1__CELL_STATUS__CELL_STATUS_FORMING);
SAME(TG_CELL_STATUS_ACTIVE, TAMGA__V1__CELL_STATUS__CELL_STATUS_ACTIVE);
SAME(TG_CELL_STATUS_DORMANT, TAMGA__V1__CELL_STATUS__CELL_STATUS_DORMANT);
SAME(TG_CELL_STATUS_DISMANTLED, TAMGA__V1__CELL_STATUS__CELL_STATUS_DISMANTLED);
SAME(TG_CELL_STATUS_LISTED, TAMGA__V1__CELL_STATUS__CELL_STATUS_LISTED);
SAME(TG_FACILITY_KIND_UNSPECIFIED, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_UNSPECIFIED);
SAME(TG_FACILITY_KIND_PRISON, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_PRISON);
SAME(TG_FACILITY_KIND_PRETRIAL, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_PRETRIAL);
SAME(TG_FACILITY_KIND_CAMP, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_CAMP);
SAME(TG_FACILITY_KIND_BORDER_POST, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_BORDER_POST);
SAME(TG_FACILITY_KIND_POLICE, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_POLICE);
SAME(TG_FACILITY_KIND_COURT, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_COURT);
SAME(TG_FACILITY_KIND_HOSPITAL, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_HOSPITAL);
SAME(TG_FACILITY_KIND_TRAINING_SITE, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_TRAINING_SITE);
SAME(TG_FACILITY_KIND_OTHER, TAMGA__V1__FACILITY_KIND__FACILITY_KIND_OTHER);
SAME(TG_INCIDENT_KIND_UNSPECIFIED, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_UNSPECIFIED);
SAME(TG_INCIDENT_KIND_RIOT, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_RIOT);
SAME(TG_INCIDENT_KIND_HOSTAGE_TAKING, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_HOSTAGE_TAKING);
SAME(TG_INCIDENT_KIND_ESCAPE, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_ESCAPE);
SAME(TG_INCIDENT_KIND_ESCAPE_ATTEMPT, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_ESCAPE_ATTEMPT);
SAME(TG_INCIDENT_KIND_PROPAGATION, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_PROPAGATION);
SAME(TG_INCIDENT_KIND_RECRUITMENT, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_RECRUITMENT);
SAME(TG_INCIDENT_KIND_GATHERING, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_GATHERING);
SAME(TG_INCIDENT_KIND_DEFIANCE, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_DEFIANCE);
SAME(TG_INCIDENT_KIND_SMUGGLING, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_SMUGGLING);
SAME(TG_INCIDENT_KIND_OUTSIDE_COORDINATION, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_OUTSIDE_COORDINATION);
SAME(TG_INCIDENT_KIND_STAFF_COLLUSION, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_STAFF_COLLUSION);
SAME(TG_INCIDENT_KIND_ATTACK, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_ATTACK);
SAME(TG_INCIDENT_KIND_THREAT, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_THREAT);
SAME(TG_INCIDENT_KIND_FINANCING, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_FINANCING);
SAME(TG_INCIDENT_KIND_TRAVEL, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_TRAVEL);
SAME(TG_INCIDENT_KIND_OTHER, TAMGA__V1__INCIDENT_KIND__INCIDENT_KIND_OTHER);
SAME(TG_INCIDENT_STATUS_UNSPECIFIED, TAMGA__V1__INCIDENT_STATUS__INCIDENT_STATUS_UNSPECIFIED);
SAME(TG_INCIDENT_STATUS_ONGOING, TAMGA__V1__INCIDENT_STATUS__INCIDENT_STATUS_ONGOING);
SAME(TG_INCIDENT_STATUS_ENDED, TAMGA__V1__INCIDENT_STATUS__INCIDENT_STATUS_ENDED);
SAME(TG_INCIDENT_STATUS_PREVENTED, TAMGA__V1__INCIDENT_STATUS__INCIDENT_STATUS_PREVENTED);
SAME(TG_CASUALTY_GROUP_UNSPECIFIED, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_UNSPECIFIED);
SAME(TG_CASUALTY_GROUP_STAFF, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_STAFF);
SAME(TG_CASUALTY_GROUP_DETAINEES, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_DETAINEES);
SAME(TG_CASUALTY_GROUP_FORCES, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_FORCES);
SAME(TG_CASUALTY_GROUP_CIVILIANS, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_CIVILIANS);
SAME(TG_CASUALTY_GROUP_PERPETRATORS, TAMGA__V1__CASUALTY_GROUP__CASUALTY_GROUP_PERPETRATORS);
SAME(TG_ITEM_CLASS_UNSPECIFIED, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_UNSPECIFIED);
SAME(TG_ITEM_CLASS_PHONE, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_PHONE);
SAME(TG_ITEM_CLASS_SIM, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_SIM);
SAME(TG_ITEM_CLASS_MEDIA, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_MEDIA);
SAME(TG_ITEM_CLASS_LITERATURE, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_LITERATURE);
SAME(TG_ITEM_CLASS_WEAPON, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_WEAPON);
SAME(TG_ITEM_CLASS_EXPLOSIVE, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_EXPLOSIVE);
SAME(TG_ITEM_CLASS_MONEY, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_MONEY);
SAME(TG_ITEM_CLASS_DOCUMENT, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_DOCUMENT);
SAME(TG_ITEM_CLASS_DRUGS, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_DRUGS);
SAME(TG_ITEM_CLASS_TOOL, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_TOOL);
SAME(TG_ITEM_CLASS_OTHER, TAMGA__V1__ITEM_CLASS__ITEM_CLASS_OTHER);
SAME(TG_FACTOR_UNSPECIFIED, TAMGA__V1__FACTOR__FACTOR_UNSPECIFIED);
SAME(TG_FACTOR_MONITORING, TAMGA__V1__FACTOR__FACTOR_MONITORING);
SAME(TG_FACTOR_TRAINING, TAMGA__V1__FACTOR__FACTOR_TRAINING);
SAME(TG_FACTOR_STAFFING, TAMGA__V1__FACTOR__FACTOR_STAFFING);
SAME(TG_FACTOR_OVERCROWDING, TAMGA__V1__FACTOR__FACTOR_OVERCROWDING);
SAME(TG_FACTOR_INFRASTRUCTURE, TAMGA__V1__FACTOR__FACTOR_INFRASTRUCTURE);
SAME(TG_FACTOR_SMUGGLING, TAMGA__V1__FACTOR__FACTOR_SMUGGLING);
SAME(TG_FACTOR_REHABILITATION, TAMGA__V1__FACTOR__FACTOR_REHABILITATION);
SAME(TG_FACTOR_OUTSIDE_CONTACT, TAMGA__V1__FACTOR__FACTOR_OUTSIDE_CONTACT);
SAME(TG_FACTOR_TENSIONS, TAMGA__V1__FACTOR__FACTOR_TENSIONS);
SAME(TG_FACTOR_COOPERATION, TAMGA__V1__FACTOR__FACTOR_COOPERATION);
SAME(TG_FACTOR_PROPAGANDA, TAMGA__V1__FACTOR__FACTOR_PROPAGANDA);
SAME(TG_FACTOR_ECONOMY, TAMGA__V1__FACTOR__FACTOR_ECONOMY);
SAME(TG_FACTOR_OTHER, TAMGA__V1__FACTOR__FACTOR_OTHER);
SAME(TG_SEVERITY_UNSPECIFIED, TAMGA__V1__SEVERITY__SEVERITY_UNSPECIFIED);
SAME(TG_SEVERITY_LOW, TAMGA__V1__SEVERITY__SEVERITY_LOW);
SAME(TG_SEVERITY_MODERATE, TAMGA__V1__SEVERITY__SEVERITY_MODERATE);
SAME(TG_SEVERITY_HIGH, TAMGA__V1__SEVERITY__SEVERITY_HIGH);
SAME(TG_SEVERITY_CRITICAL, TAMGA__V1__SEVERITY__SEVERITY_CRITICAL);
SAME(TG_MEASURE_STATUS_UNSPECIFIED, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_UNSPECIFIED);
SAME(TG_MEASURE_STATUS_PROPOSED, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_PROPOSED);
SAME(TG_MEASURE_STATUS_AGREED, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_AGREED);
SAME(TG_MEASURE_STATUS_RUNNING, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_RUNNING);
SAME(TG_MEASURE_STATUS_DONE, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_DONE);
SAME(TG_MEASURE_STATUS_SUSPENDED, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_SUSPENDED);
SAME(TG_MEASURE_STATUS_DROPPED, TAMGA__V1__MEASURE_STATUS__MEASURE_STATUS_DROPPED);
SAME(TG_WITHDRAWAL_REASON_UNSPECIFIED, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_UNSPECIFIED);
SAME(TG_WITHDRAWAL_REASON_WRONG_PERSON, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_WRONG_PERSON);
SAME(TG_WITHDRAWAL_REASON_EXPIRED, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_EXPIRED);
SAME(TG_WITHDRAWAL_REASON_COURT_ORDER, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_COURT_ORDER);
SAME(TG_WITHDRAWAL_REASON_SUPERSEDED, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_SUPERSEDED);
SAME(TG_WITHDRAWAL_REASON_SOURCE_BURNED, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_SOURCE_BURNED);
SAME(TG_WITHDRAWAL_REASON_ERROR, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_ERROR);
SAME(TG_WITHDRAWAL_REASON_DELISTED, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_DELISTED);
SAME(TG_WITHDRAWAL_REASON_OTHER, TAMGA__V1__WITHDRAWAL_REASON__WITHDRAWAL_REASON_OTHER);
SAME(TG_SUBJECT_KIND_UNSPECIFIED, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_UNSPECIFIED);
SAME(TG_SUBJECT_KIND_PERSON, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON);
SAME(TG_SUBJECT_KIND_CELL, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_CELL);
SAME(TG_SUBJECT_KIND_ORGANISATION, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_ORGANISATION);
SAME(TG_SUBJECT_KIND_FACILITY, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_FACILITY);
SAME(TG_SUBJECT_KIND_THING, TAMGA__V1__SUBJECT_KIND__SUBJECT_KIND_THING);
SAME(TG_CONTACT_KIND_UNSPECIFIED, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_UNSPECIFIED);
SAME(TG_CONTACT_KIND_CALL, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_CALL);
SAME(TG_CONTACT_KIND_MESSAGE, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_MESSAGE);
SAME(TG_CONTACT_KIND_MEETING, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_MEETING);
SAME(TG_CONTACT_KIND_TRANSFER, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_TRANSFER);
SAME(TG_CONTACT_KIND_VISIT, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_VISIT);
SAME(TG_CONTACT_KIND_LETTER, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_LETTER);
SAME(TG_CONTACT_KIND_ONLINE, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_ONLINE);
SAME(TG_CONTACT_KIND_OTHER, TAMGA__V1__CONTACT_KIND__CONTACT_KIND_OTHER);
SAME(TG_CUSTODY_STATUS_UNSPECIFIED, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_UNSPECIFIED);
SAME(TG_CUSTODY_STATUS_HELD, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_HELD);
SAME(TG_CUSTODY_STATUS_TRANSFERRED, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_TRANSFERRED);
SAME(TG_CUSTODY_STATUS_RELEASED, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_RELEASED);
SAME(TG_CUSTODY_STATUS_ESCAPED, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_ESCAPED);
SAME(TG_CUSTODY_STATUS_DECEASED, TAMGA__V1__CUSTODY_STATUS__CUSTODY_STATUS_DECEASED);
SAME(TG_LINK_RELATION_UNSPECIFIED, TAMGA__V1__LINK_RELATION__LINK_RELATION_UNSPECIFIED);
SAME(TG_LINK_RELATION_MEMBER_OF, TAMGA__V1__LINK_RELATION__LINK_RELATION_MEMBER_OF);
SAME(TG_LINK_RELATION_LEADS, TAMGA__V1__LINK_RELATION__LINK_RELATION_LEADS);
SAME(TG_LINK_RELATION_KIN, TAMGA__V1__LINK_RELATION__LINK_RELATION_KIN);
SAME(TG_LINK_RELATION_ASSOCIATE, TAMGA__V1__LINK_RELATION__LINK_RELATION_ASSOCIATE);
SAME(TG_LINK_RELATION_CELLMATE, TAMGA__V1__LINK_RELATION__LINK_RELATION_CELLMATE);
SAME(TG_LINK_RELATION_VISITOR, TAMGA__V1__LINK_RELATION__LINK_RELATION_VISITOR);
SAME(TG_LINK_RELATION_USES, TAMGA__V1__LINK_RELATION__LINK_RELATION_USES);
SAME(TG_LINK_RELATION_OWNS, TAMGA__V1__LINK_RELATION__LINK_RELATION_OWNS);
SAME(TG_LINK_RELATION_FINANCES, TAMGA__V1__LINK_RELATION__LINK_RELATION_FINANCES);
SAME(TG_LINK_RELATION_LOCATED_AT, TAMGA__V1__LINK_RELATION__LINK_RELATION_LOCATED_AT);
SAME(TG_LINK_RELATION_OTHER, TAMGA__V1__LINK_RELATION__LINK_RELATION_OTHER);
SAME(TG_ANSWER_OUTCOME_UNSPECIFIED, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_UNSPECIFIED);
SAME(TG_ANSWER_OUTCOME_POSITIVE, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_POSITIVE);
SAME(TG_ANSWER_OUTCOME_NEGATIVE, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_NEGATIVE);
SAME(TG_ANSWER_OUTCOME_PARTIAL, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_PARTIAL);
SAME(TG_ANSWER_OUTCOME_INTERIM, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_INTERIM);
SAME(TG_ANSWER_OUTCOME_REFUSED, TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_REFUSED);
SAME(TG_SIGHTING_OUTCOME_UNSPECIFIED, TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_UNSPECIFIED);
SAME(TG_SIGHTING_OUTCOME_CONFIRMED, TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_CONFIRMED);
SAME(TG_SIGHTING_OUTCOME_NOT_HIM, TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_NOT_HIM);
SAME(TG_SIGHTING_OUTCOME_POSSIBLE, TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_POSSIBLE);
SAME(TG_SIGHTING_OUTCOME_FOLLOW_UP, TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_FOLLOW_UP);
SAME(TG_SAMENESS_VERDICT_UNSPECIFIED, TAMGA__V1__SAMENESS_VERDICT__SAMENESS_VERDICT_UNSPECIFIED);
SAME(TG_SAMENESS_VERDICT_SAME, TAMGA__V1__SAMENESS_VERDICT__SAMENESS_VERDICT_SAME);
SAME(TG_SAMENESS_VERDICT_DIFFERENT, TAMGA__V1__SAMENESS_VERDICT__SAMENESS_VERDICT_DIFFERENT);
SAME(TG_SAMENESS_VERDICT_POSSIBLE, TAMGA__V1__SAMENESS_VERDICT__SAMENESS_VERDICT_POSSIBLE);
SAME(TG_DISPUTE_GROUND_UNSPECIFIED, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_UNSPECIFIED);
SAME(TG_DISPUTE_GROUND_WRONG_PERSON, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_WRONG_PERSON);
SAME(TG_DISPUTE_GROUND_WRONG_FACT, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_WRONG_FACT);
SAME(TG_DISPUTE_GROUND_OUTDATED, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_OUTDATED);
SAME(TG_DISPUTE_GROUND_UNLAWFUL, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_UNLAWFUL);
SAME(TG_DISPUTE_GROUND_SOURCE, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_SOURCE);
SAME(TG_DISPUTE_GROUND_OTHER, TAMGA__V1__DISPUTE_GROUND__DISPUTE_GROUND_OTHER);
SAME(TG_DISPUTE_RAISER_UNSPECIFIED, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_UNSPECIFIED);
SAME(TG_DISPUTE_RAISER_HOLDER, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_HOLDER);
SAME(TG_DISPUTE_RAISER_SUBJECT, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_SUBJECT);
SAME(TG_DISPUTE_RAISER_COURT, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_COURT);
SAME(TG_DISPUTE_RAISER_OVERSIGHT, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_OVERSIGHT);
SAME(TG_DISPUTE_RAISER_ORIGIN, TAMGA__V1__DISPUTE_RAISER__DISPUTE_RAISER_ORIGIN);
SAME(TG_DISPUTE_DECISION_UNSPECIFIED, TAMGA__V1__DISPUTE_DECISION__DISPUTE_DECISION_UNSPECIFIED);
SAME(TG_DISPUTE_DECISION_REJECTED, TAMGA__V1__DISPUTE_DECISION__DISPUTE_DECISION_REJECTED);
SAME(TG_DISPUTE_DECISION_CORRECTED, TAMGA__V1__DISPUTE_DECISION__DISPUTE_DECISION_CORRECTED);
SAME(TG_DISPUTE_DECISION_WITHDRAWN, TAMGA__V1__DISPUTE_DECISION__DISPUTE_DECISION_WITHDRAWN);
SAME(TG_ACKNOWLEDGEMENT_STATE_UNSPECIFIED,
     TAMGA__V1__ACKNOWLEDGEMENT_STATE__ACKNOWLEDGEMENT_STATE_UNSPECIFIED);
SAME(TG_ACKNOWLEDGEMENT_STATE_READ, TAMGA__V1__ACKNOWLEDGEMENT_STATE__ACKNOWLEDGEMENT_STATE_READ);
SAME(TG_ACKNOWLEDGEMENT_STATE_ACTED, TAMGA__V1__ACKNOWLEDGEMENT_STATE__ACKNOWLEDGEMENT_STATE_ACTED);
SAME(TG_ACKNOWLEDGEMENT_STATE_ANSWERED, TAMGA__V1__ACKNOWLEDGEMENT_STATE__ACKNOWLEDGEMENT_STATE_ANSWERED);

struct enum_row {
    const ProtobufCEnumDescriptor *pb;
    const char *const *names; /* by value, which run from 0 without holes */
    size_t count;
};
#define ENUM_ROW(which, list)                                            \
    [TG_ENUM_##which] = {&tamga__v1__##list##__descriptor, names_##list, \
                         sizeof names_##list / sizeof *names_##list}
static const struct enum_row rows[TG_ENUMS] = {
    ENUM_ROW(SOURCE_TYPE, source_type),
    ENUM_ROW(TLP, tlp),
    ENUM_ROW(PAP, pap),
    ENUM_ROW(RELEASE, release),
    ENUM_ROW(RELIABILITY, reliability),
    ENUM_ROW(CREDIBILITY, credibility),
    ENUM_ROW(REFERENCE_ROLE, reference_role),
    ENUM_ROW(NAME_KIND, name_kind),
    ENUM_ROW(PLACE_ROLE, place_role),
    ENUM_ROW(DOCUMENT_TYPE, document_type),
    ENUM_ROW(SELECTOR_TYPE, selector_type),
    ENUM_ROW(NATURE, nature),
    ENUM_ROW(PRECEDENCE, precedence),
    ENUM_ROW(THREAD_KIND, thread_kind),
    ENUM_ROW(ON_HIT, on_hit),
    ENUM_ROW(SEX, sex),
    ENUM_ROW(PERSON_STATUS, person_status),
    ENUM_ROW(CELL_KIND, cell_kind),
    ENUM_ROW(CELL_STATUS, cell_status),
    ENUM_ROW(FACILITY_KIND, facility_kind),
    ENUM_ROW(INCIDENT_KIND, incident_kind),
    ENUM_ROW(INCIDENT_STATUS, incident_status),
    ENUM_ROW(CASUALTY_GROUP, casualty_group),
    ENUM_ROW(ITEM_CLASS, item_class),
    ENUM_ROW(FACTOR, factor),
    ENUM_ROW(SEVERITY, severity),
    ENUM_ROW(MEASURE_STATUS, measure_status),
    ENUM_ROW(WITHDRAWAL_REASON, withdrawal_reason),
    ENUM_ROW(SUBJECT_KIND, subject_kind),
    ENUM_ROW(CONTACT_KIND, contact_kind),
    ENUM_ROW(CUSTODY_STATUS, custody_status),
    ENUM_ROW(LINK_RELATION, link_relation),
    ENUM_ROW(ANSWER_OUTCOME, answer_outcome),
    ENUM_ROW(SIGHTING_OUTCOME, sighting_outcome),
    ENUM_ROW(SAMENESS_VERDICT, sameness_verdict),
    ENUM_ROW(DISPUTE_GROUND, dispute_ground),
    ENUM_ROW(DISPUTE_RAISER, dispute_raiser),
    ENUM_ROW(DISPUTE_DECISION, dispute_decision),
    ENUM_ROW(ACKNOWLEDGEMENT_STATE, acknowledgement_state),
};

static const struct enum_row *row_of(const ProtobufCEnumDescriptor *descriptor)
{
    for (size_t i = 0; i < TG_ENUMS; i++) {
        if (rows[i].pb == descriptor) return &rows[i];
    }
    return NULL;
}

static const char *name_in(const struct enum_row *row, int value)
{
    return value >= 0 && (size_t)value < row->count ? row->names[value] : NULL;
}

const char *tg_enum_name(enum tg_rec_enum which, int value)
{
    return name_in(&rows[which], value);
}

const char *tg_enum_name_pb(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const struct enum_row *row = row_of(descriptor);
    return row ? name_in(row, value) : NULL;
}

/* True when the zero of the enumeration is a value like the others. */
static bool zero_is_a_value(const struct enum_row *row)
{
    return strcmp(row->names[0], "unspecified") != 0;
}

bool tg_enum_at(enum tg_rec_enum which, size_t i, const char **ret_name, int *ret_value)
{
    const struct enum_row *row = &rows[which];
    size_t value = i + (zero_is_a_value(row) ? 0 : 1);
    if (value >= row->count) return false;
    *ret_name = row->names[value];
    *ret_value = (int)value;
    return true;
}

/* Lower case, with '_' for '-', '+' and ' '; false when too long for a name. */
static bool name_fold(struct tg_view text, char out[static TG_ENUM_NAME_BYTES_MAX + 1])
{
    if (text.bytes == 0 || text.bytes > TG_ENUM_NAME_BYTES_MAX) return false;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = tg_ascii_lower((char)text.data[i]);
        out[i] = c == '-' || c == '+' || c == ' ' ? '_' : c;
    }
    out[text.bytes] = '\0';
    return strlen(out) == text.bytes;
}

static tg_err parse_in(const struct enum_row *row, struct tg_view text, int *ret_value, struct tg_errmsg *em)
{
    char folded[TG_ENUM_NAME_BYTES_MAX + 1];
    size_t first = zero_is_a_value(row) ? 0 : 1;
    if (!name_fold(text, folded)) {
        return tg_fail(em, TG_EVALUE, "no such name; use one such as '%s'", row->names[first]);
    }
    for (size_t i = first; i < row->count; i++) {
        if (strcmp(folded, row->names[i]) == 0) {
            *ret_value = (int)i;
            return TG_OK;
        }
    }
    const char *nearest = tg_text_nearest(folded, row->names + first, row->count - first);
    if (nearest) return tg_fail(em, TG_EVALUE, "unknown name '%s'; did you mean '%s'?", folded, nearest);
    return tg_fail(em, TG_EVALUE, "unknown name '%s'; use one such as '%s' or '%s'", folded,
                   row->names[first], row->names[row->count - 1]);
}

tg_err tg_enum_parse(enum tg_rec_enum which, struct tg_view text, int *ret_value, struct tg_errmsg *em)
{
    return parse_in(&rows[which], text, ret_value, em);
}

tg_err tg_enum_parse_pb(const ProtobufCEnumDescriptor *descriptor, struct tg_view text, int *ret_value,
                        struct tg_errmsg *em)
{
    const struct enum_row *row = row_of(descriptor);
    if (!row) return tg_fail(em, TG_EBUG, "enumeration '%s' is in no table", descriptor->name);
    return parse_in(row, text, ret_value, em);
}

const enum tg_kind tg_kinds[] = {
    TG_KIND_ALERT,    TG_KIND_INDICATOR,  TG_KIND_PERSON,          TG_KIND_CELL,       TG_KIND_FACILITY,
    TG_KIND_INCIDENT, TG_KIND_ASSESSMENT, TG_KIND_MEASURE,         TG_KIND_WITHDRAWAL, TG_KIND_CONTACT,
    TG_KIND_CUSTODY,  TG_KIND_LINK,       TG_KIND_REQUEST,         TG_KIND_ANSWER,     TG_KIND_SIGHTING,
    TG_KIND_SAMENESS, TG_KIND_DISPUTE,    TG_KIND_ACKNOWLEDGEMENT,
};
const size_t tg_kinds_count = sizeof tg_kinds / sizeof *tg_kinds;

const char *tg_kind_name(enum tg_kind kind)
{
    const struct tg_kind_row *row = tg_kind_row_of(kind);
    return row ? row->name : "newer";
}

bool tg_kind_from_name(struct tg_view name, enum tg_kind *ret_kind)
{
    for (size_t i = 0; i < tg_kind_rows_count; i++) {
        if (!tg_view_equal_str(name, tg_kind_rows[i].name)) continue;
        *ret_kind = tg_kind_rows[i].kind;
        return true;
    }
    return false;
}

static void mark_number(struct tg_sha256 *state, uint32_t number)
{
    uint8_t bytes[4];
    tg_be32_put(bytes, number);
    tg_sha256_update(state, TG_VIEW_ARRAY(bytes));
}

/* Numbers of kinds and fields, and how many values each enumeration has: they only ever grow. */
uint32_t tg_record_schema_mark(void)
{
    struct tg_sha256 state;
    struct tg_hash hash;
    tg_sha256_init(&state);
    for (size_t i = 0; i < tg_kind_rows_count; i++) mark_number(&state, (uint32_t)tg_kind_rows[i].kind);
    for (size_t m = 0; m < tg_message_infos_count; m++) {
        mark_number(&state, (uint32_t)tg_message_infos[m]->fields_count);
        for (size_t i = 0; i < tg_message_infos[m]->fields_count; i++)
            mark_number(&state, tg_pb_field(tg_message_infos[m], i)->id);
    }
    for (size_t i = 0; i < TG_ENUMS; i++) mark_number(&state, (uint32_t)rows[i].count);
    tg_sha256_final(&state, &hash);
    return tg_be32_get(hash.bytes);
}
