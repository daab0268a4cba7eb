/* Any bytes as an age file: what opens has the layout that it says, and keys as text come back as they were. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "crypto/age.h"
#include "fuzz.h"

static void payload_check(const struct tg_key *key, struct tg_view payload)
{
    static uint8_t plain[TG_AGE_CHUNK_BYTES];
    uint64_t chunks = 0, bytes = 0, found = 0;
    if (tg_age_layout(payload.bytes, &chunks, &bytes)) return;
    for (uint64_t i = 0; i < chunks; i++) {
        size_t take = payload.bytes < TG_AGE_SEALED_BYTES ? payload.bytes : TG_AGE_SEALED_BYTES;
        if (take < 16) abort();
        if (tg_age_chunk_open(key, i, i + 1 == chunks, tg_view_of(payload.data, take), plain)) return;
        found += take - 16;
        payload = tg_view_of(payload.data + take, payload.bytes - take);
    }
    if (payload.bytes || found != bytes) abort();
}

static void keys_check(struct tg_view text)
{
    struct tg_age_recipient recipient;
    struct tg_key identity;
    char to[TG_AGE_RECIPIENT_TEXT_BYTES], secret[TG_AGE_IDENTITY_TEXT_BYTES];
    if (!tg_age_recipient_parse(text, &recipient, NULL)) {
        struct tg_age_recipient again;
        tg_age_recipient_format(&recipient, to);
        if (tg_age_recipient_parse(tg_view_str(to), &again, NULL)) abort();
        if (memcmp(&again, &recipient, sizeof again) != 0) abort();
    }
    if (!tg_age_identity_parse(text, &identity, NULL)) {
        struct tg_key again;
        tg_age_identity_format(&identity, secret);
        if (tg_age_identity_parse(tg_view_str(secret), &again, NULL)) abort();
        if (memcmp(&again, &identity, sizeof again) != 0) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    /* Of the test kit: its files open with it, so that what is behind the header is reached. */
    static const char own[] = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
    TG_AUTO(tg_key) struct tg_key identity, payload_key;
    size_t at = 0;
    struct tg_view file = tg_view_of(data, bytes);
    keys_check(file);
    if (tg_age_identity_parse(tg_view_str(own), &identity, NULL)) abort();
    const struct tg_age_keys keys = {.identities = &identity, .identity_count = 1};
    if (tg_age_header_open(file, &keys, &payload_key, &at, NULL)) return 0;
    if (at > bytes) abort();
    payload_check(&payload_key, tg_view_of(data + at, bytes - at));
    return 0;
}
