/* Any text as a note of withholding: what is taken is written again the same by whoever signs it. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/withholding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tg_withholding held;
    struct tg_sign_secret secret;
    struct tg_sign_public public_key;
    struct tg_note_key key;
    static const uint8_t seed[32] = {7};
    char name[TG_KEY_NAME_BYTES];
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    if (tg_withholding_parse(tg_view_of(data, bytes), &held, NULL)) return 0;
    tg_sign_secret_from_seed(seed, &secret, &public_key);
    tg_key_name_format(&held.by, TG_KEY_ROLE_STORE, 0, name);
    if (tg_note_key_make(name, TG_NOTE_ED25519, &public_key, &key)) abort();
    struct tg_signer signer = tg_signer_of_secret(&secret);
    if (tg_withholding_sign(&held, &key, &signer, &note, NULL)) abort();
    if (note.bytes < bytes || memcmp(note.data, data, bytes) != 0) abort();
    return tg_withholding_open(tg_buf_view(&note), &key, &held, NULL) ? (abort(), 0) : 0;
}
