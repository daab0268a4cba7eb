/* Any bytes as a configuration file: what is taken prints to a file that reads back to the same. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_buf) struct tg_buf first = {0};
    TG_AUTO(tg_buf) struct tg_buf second = {0};
    struct tg_errmsg em = {0};
    struct tg_config config;
    if (tg_config_parse(tg_view_of(data, bytes), "fuzz", NULL, &config, &em)) return 0;
    if (tg_config_print(&config, &first)) abort();
    /* A path near the longest line leaves no room for what follows data; that is said, not taken. */
    if (tg_config_parse(tg_buf_view(&first), "printed", NULL, &config, &em) == TG_EFORMAT) return 0;
    if (tg_config_print(&config, &second)) abort();
    if (!tg_view_equal(tg_buf_view(&first), tg_buf_view(&second))) abort();
    return 0;
}
