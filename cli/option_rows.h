/* Rows of option tables, by the kind of value: for the tables of commands that state something.
 *
 * Knows no command.
 */
#ifndef TG_CLI_OPTION_ROWS_H
#define TG_CLI_OPTION_ROWS_H

#include "cli/option.h"
#include "proto/record.h"

#define TG_WAIT_SECONDS_MAX 3600

#define TG_ROW_TEXT(name, argument, help)                          \
    {                                                              \
        name, 0, TG_OPTION_TEXT, false, argument, help, NULL, 0, 0 \
    }
#define TG_ROW_MANY(name, argument, help)                         \
    {                                                             \
        name, 0, TG_OPTION_TEXT, true, argument, help, NULL, 0, 0 \
    }
#define TG_ROW_FLAG(name, help)                                \
    {                                                          \
        name, 0, TG_OPTION_FLAG, false, NULL, help, NULL, 0, 0 \
    }
#define TG_ROW_DATE(name, help)                                  \
    {                                                            \
        name, 0, TG_OPTION_DATE, false, "DATE", help, NULL, 0, 0 \
    }
#define TG_ROW_TIME(name, help)                                  \
    {                                                            \
        name, 0, TG_OPTION_TIME, false, "TIME", help, NULL, 0, 0 \
    }
#define TG_ROW_COUNT(name, help)                                         \
    {                                                                    \
        name, 0, TG_OPTION_NUMBER, false, "N", help, NULL, 0, UINT32_MAX \
    }
#define TG_ROW_ONE_OF(name, which, help)                                     \
    {                                                                        \
        name, 0, TG_OPTION_CHOICE, false, "NAME", help, NULL, 1 + (which), 0 \
    }
#define TG_ROW_WAIT                                                                        \
    {                                                                                      \
        "wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "watch who stores it (0)", NULL, 0, \
            TG_WAIT_SECONDS_MAX                                                            \
    }
/* What a record of the everyday kinds may state of itself; the rest goes in through 'add --json'. */
#define TG_ROWS_BRIEF_HEAD                                                                               \
    TG_ROW_ONE_OF("source-type", TG_ENUM_SOURCE_TYPE, "human, technical, open, press, court ..."),       \
        TG_ROW_TEXT("source", "TEXT", "name of the paper, court, service"),                              \
        TG_ROW_TEXT("grade", "C3", "reliability A-F and credibility 1-6"),                               \
        TG_ROW_ONE_OF("tlp", TG_ENUM_TLP, "clear, green, amber (default), amber_strict, red"),           \
        TG_ROW_TEXT("purpose", "TEXT", "why it is kept"),                                                \
        TG_ROW_TEXT("legal-basis", "TEXT", "by what right"),                                             \
        TG_ROW_DATE("review", "when it must be looked at again"), TG_ROW_DATE("expiry", "when it ends"), \
        TG_ROW_TEXT("desk", "TEXT", "of the agency"), TG_ROW_TEXT("remark", "TEXT", "a note to readers")

#endif
