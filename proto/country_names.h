/* Names of countries → ISO 3166-1 alpha-2; see country_names.c for where the names are from. */
#ifndef TG_PROTO_COUNTRY_NAMES_H
#define TG_PROTO_COUNTRY_NAMES_H

#include "base/bytes.h"

/* By English name in any case ("Russian Federation"); NULL when unknown. Static storage. */
const char *tg_country_of_name(struct tg_view text);
/* By alpha-2 or alpha-3 code in any case, or by name. NULL when unknown. Static storage. */
const char *tg_country_of_text(struct tg_view text);

#endif
