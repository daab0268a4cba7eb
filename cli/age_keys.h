/* The keys of an encrypted backup as options name them: whom it is made for, and what opens it.
 *
 * Knows no backup. Files of recipients and identities are those of age and age-keygen: a key a line, # begins a comment.
 */
#ifndef TG_CLI_AGE_KEYS_H
#define TG_CLI_AGE_KEYS_H

#include "cli/cli.h"
#include "crypto/age.h"

struct tg_age_recipients {
    struct tg_age_recipient items[TG_AGE_RECIPIENTS_MAX];
    size_t count;
};
/* --recipient, --recipients-file and --new-identity, each as often as it stands there. A new identity is on the disk
 * when this returns. TG_EFORMAT, TG_EKEY, TG_ELIMIT, TG_EEXIST. */
tg_err tg_age_recipients_read(struct tg_cli *cli, const struct tg_args *args,
                              struct tg_age_recipients *recipients, struct tg_errmsg *em);

struct tg_age_identities {
    struct tg_key items[TG_AGE_RECIPIENTS_MAX];
    size_t count;
};
void tg_age_identities_release(struct tg_age_identities *identities);
TG_AUTO_DEFINE(tg_age_identities, tg_age_identities_release)
/* --identity, as often as it stands there. A file that is itself encrypted to a passphrase asks for it, or takes it from
 * --passphrase-file. TG_EUSAGE none was given, TG_EFORMAT, TG_EDENIED others may read the file, TG_EPASSPHRASE. */
tg_err tg_age_identities_read(struct tg_cli *cli, const struct tg_args *args,
                              struct tg_age_identities *identities, struct tg_errmsg *em);

#endif
