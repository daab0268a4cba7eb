/* NOT READ: alerts of ours that an addressee has not read in time, so that somebody calls. For node/ alone.
 *
 * Worked out when somebody looks, from the alert's precedence, what the addressee has said and the configured minutes;
 * nothing of it is stored but the notice. Described in docs/control.md "Not read".
 */
#ifndef TG_NODE_NOT_READ_H
#define TG_NODE_NOT_READ_H

#include "node/duty.h"

/* When an alert of ours has to have been read, unix milliseconds; 0: whenever they like. */
int64_t tg_not_read_due_ms(const struct tg_node *node, const struct tg_record *alert, uint64_t created);
/* Is it ours, live and not over, the time is up, and that partner, who was addressed, has not said that it was read? */
bool tg_not_read_is(struct tg_node *node, const struct tg_found *found, const struct tg_hash *who,
                    const struct tg_said *said);
/* "call +998 71 ...", or what to do when no contact is known. Not escaped. */
#define TG_NOT_READ_CALL_BYTES (TG_CARD_CONTACT_BYTES_MAX + 64)
void tg_not_read_call(struct tg_node *node, const struct tg_hash *who,
                      char out[static TG_NOT_READ_CALL_BYTES]);

/* One addressee who has not. Anything but TG_OK ends the walk and is returned. */
typedef tg_err (*tg_on_not_read)(void *ctx, const struct tg_found *found, const struct tg_hash *who);
tg_err tg_not_read_each(struct tg_node *node, const struct tg_found *found, tg_on_not_read on_not_read,
                        void *ctx, struct tg_errmsg *em);
/* Raises the notices of one alert that are due and were not raised before. */
tg_err tg_not_read_tell(struct tg_node *node, const struct tg_hash *alert, struct tg_errmsg *em);

/* Alerts of ours that are young enough to be told of, newest first. */
typedef tg_err (*tg_on_own_alert)(void *ctx, const struct tg_found *found);
tg_err tg_not_read_alerts(struct tg_node *node, tg_on_own_alert on_alert, void *ctx, struct tg_errmsg *em);

#endif
