/* How many sources stand behind several records: reports that cite one another, or the same third thing, are one voice.
 *
 * Knows no node. Rules: docs/formats-match.md "Clusters".
 */
#ifndef TG_PROTO_SOURCES_H
#define TG_PROTO_SOURCES_H

#include "proto/record.h"

/* The same voice: one refers to the other or replaces it, both have one number of one list, or both name one and the same
 * source by name and reference. */
bool tg_sources_same(const struct tg_record *a, const struct tg_record *b);
/* At most TG_CLUSTER_MEMBERS_MAX records; further ones are not looked at. */
size_t tg_sources_count(const struct tg_record *const *records, size_t count);

#endif
