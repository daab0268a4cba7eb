/* The thread of an alert on the screen: its alerts in order, and under each what every addressee has said.
 *
 * Knows no command. Rows `thread` and `addressee` of verb `show`: docs/control.md "Duty".
 */
#ifndef TG_CLI_THREAD_H
#define TG_CLI_THREAD_H

#include "cli/output.h"

/* Zero-initialise. */
struct tg_thread {
    bool begun;
    int64_t at_ms; /* of the alert whose addressees come */
};
tg_err tg_thread_put(struct tg_cli *cli, struct tg_thread *thread, const struct tg_control_msg *msg);
tg_err tg_addressee_put(struct tg_cli *cli, const struct tg_thread *thread, const struct tg_control_msg *msg);

/* "EXERCISE FLASH alert stand-down", from the names that rows carry; an actual one has no mark. */
#define TG_ALERT_WORDS_BYTES 80
void tg_alert_words(const char *nature, const char *precedence, const char *thread,
                    char out[static TG_ALERT_WORDS_BYTES]);

#endif
