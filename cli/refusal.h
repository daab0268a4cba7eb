/* What a partner's refusal means, and what to do about it, from the code of its receipt.
 *
 * Knows the codes of docs/formats.md "receipt", no verb.
 */
#ifndef TG_CLI_REFUSAL_H
#define TG_CLI_REFUSAL_H

#include "cli/output.h"

/* Why, as a clause: "needs a newer program there". Static. */
const char *tg_refusal_why(const char *code);
/* What the sender does. Static. */
const char *tg_refusal_advice(const char *code);
/* Both, below the line that names the partner. state "in part": some record of the envelope is meant. */
tg_err tg_refusal_put(struct tg_cli *cli, const char *state, const char *code);

#endif
