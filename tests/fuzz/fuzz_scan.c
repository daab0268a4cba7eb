/* Any bytes as a text, in pieces: places in their order and within it, forms that are text. */
#include <stdlib.h>

#include "base/text.h"
#include "fuzz.h"
#include "match/scan.h"

struct seen {
    uint64_t bytes, at;
};

static tg_err on_found(void *ctx, const struct tg_scan_found *found)
{
    struct seen *seen = ctx;
    if (found->at + found->text.bytes > seen->bytes || !found->text.bytes) abort();
    if (found->form_count && found->at < seen->at) abort();
    if (found->form_count) seen->at = found->at + found->text.bytes;
    for (size_t i = 0; i < found->form_count; i++)
        if (!found->forms[i].form_bytes || !tg_utf8_valid(tg_selector_form(&found->forms[i]))) abort();
    return TG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct seen seen = {.bytes = bytes};
    struct tg_scan_options options = {.country = "TJ", .names = true, .on_found = on_found, .ctx = &seen};
    struct tg_scan *scan = tg_scan_new(&options);
    size_t piece = bytes ? 1 + data[0] : 1;
    if (!scan) return 0;
    for (size_t at = 0; at < bytes; at += piece)
        if (tg_scan_feed(scan, tg_view_of(data + at, bytes - at < piece ? bytes - at : piece))) abort();
    if (tg_scan_end(scan)) abort();
    tg_scan_free(scan);
    return 0;
}
