/* Option tables: parsing, help lines.
 *
 * Knows no command and prints nothing. What a person may type is described in docs/cli.md.
 */
#include "cli/option.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/date.h"
#include "base/text.h"
#include "proto/record.h"

#define NAMES_MAX 128

static const struct tg_option *option_named(const struct tg_option *options, struct tg_view name)
{
    for (; options && options->name; options++)
        if (tg_view_equal_str(name, options->name)) return options;
    return NULL;
}

static const struct tg_option *option_lettered(const struct tg_option *options, char letter)
{
    for (; options && options->name; options++)
        if (options->letter && options->letter == letter) return options;
    return NULL;
}

static size_t names_collect(const struct tg_option *options, const char **names, size_t count)
{
    for (; options && options->name && count < NAMES_MAX; options++) names[count++] = options->name;
    return count;
}

const char *tg_option_choice(const struct tg_option *option, size_t i)
{
    if (option->enumeration) {
        const char *name = NULL;
        int value;
        return tg_enum_at((enum tg_rec_enum)(option->enumeration - 1), i, &name, &value) ? name : NULL;
    }
    for (size_t k = 0; option->choices && option->choices[k]; k++)
        if (k == i) return option->choices[k];
    return NULL;
}

static tg_err unknown_option(const char *who, const char *typed, const struct tg_option *const *tables,
                             struct tg_errmsg *em)
{
    char name[64] = "";
    const char *from = typed[1] == '-' ? typed + 2 : typed + 1;
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(from, "="), from);
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; *tables; tables++) count = names_collect(*tables, names, count);
    const char *nearest = name[0] ? tg_text_nearest(name, names, count) : NULL;
    if (nearest)
        return tg_fail(em, TG_EUSAGE, "unknown option '%.60s' of '%s': did you mean '--%s'?", typed, who,
                       nearest);
    return tg_fail(em, TG_EUSAGE, "unknown option '%.60s' of '%s': see '%s%s --help'", typed, who,
                   strcmp(who, "tamga") == 0 ? "" : "tamga ", who);
}

static tg_err choice_refused(const struct tg_option *option, const char *text, const char *const *names,
                             size_t count, struct tg_errmsg *em)
{
    const char *nearest = tg_text_nearest(text, names, count);
    if (nearest)
        return tg_fail(em, TG_EUSAGE, "'--%s' does not know '%.60s': did you mean '%s'?", option->name, text,
                       nearest);
    TG_AUTO(tg_buf) struct tg_buf list = {0};
    for (size_t i = 0; i < count; i++)
        if (tg_buf_putf(&list, "%s%s", i ? ", " : "", names[i])) break;
    return tg_fail(em, TG_EUSAGE, "'--%s' does not know '%.60s': it takes %.*s", option->name, text,
                   TG_VIEW_PRINT(tg_buf_view(&list)));
}

static tg_err parse_choice(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (const char *name; count < NAMES_MAX && (name = tg_option_choice(option, count)); count++) {
        names[count] = name;
        if (strcmp(name, arg->text) != 0) continue;
        arg->number = (int64_t)count;
        return TG_OK;
    }
    return choice_refused(option, arg->text, names, count, em);
}

static tg_err parse_number(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    uint64_t max = option->number_max ? option->number_max : INT64_MAX, value = 0;
    if (tg_text_u64(tg_view_str(arg->text), max, &value))
        return tg_fail(em, TG_EUSAGE, "'--%s' takes a whole number up to %llu, not '%.60s'", option->name,
                       (unsigned long long)max, arg->text);
    arg->number = (int64_t)value;
    return TG_OK;
}

static tg_err parse_date(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    struct tg_date date;
    tg_err err = tg_date_parse(tg_view_str(arg->text), &date, NULL);
    if (!err) return TG_OK;
    return tg_fail(em, TG_EUSAGE, "'--%s' takes a date such as 2024, 2024-06 or 2024-06-30, %s '%.60s'",
                   option->name, err == TG_EVALUE ? "and no calendar has" : "not", arg->text);
}

static tg_err parse_time(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    if (!tg_time_parse(tg_view_str(arg->text), &arg->number, NULL)) return TG_OK;
    return tg_fail(em, TG_EUSAGE, "'--%s' takes 2024-06-30 or 2024-06-30T12:00:00+05:00, not '%.60s'",
                   option->name, arg->text);
}

static tg_err parse_any(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)option, (void)em;
    arg->number = 0;
    return TG_OK;
}

static tg_err value_check(const struct tg_option *option, struct tg_arg *arg, struct tg_errmsg *em)
{
    static tg_err (*const parsers[])(const struct tg_option *, struct tg_arg *, struct tg_errmsg *) = {
        [TG_OPTION_FLAG] = parse_any,      [TG_OPTION_TEXT] = parse_any,      [TG_OPTION_FILE] = parse_any,
        [TG_OPTION_NUMBER] = parse_number, [TG_OPTION_CHOICE] = parse_choice, [TG_OPTION_DATE] = parse_date,
        [TG_OPTION_TIME] = parse_time,
    };
    if (option->kind != TG_OPTION_FLAG && !tg_utf8_valid(tg_view_str(arg->text)))
        return tg_fail(em, TG_EUSAGE, "the value of '--%s' is not UTF-8", option->name);
    return parsers[option->kind](option, arg, em);
}

static tg_err value_put(const struct tg_option *option, const char *text, struct tg_args *args,
                        struct tg_errmsg *em)
{
    if (!option->repeat && tg_args_has(args, option->name))
        return tg_fail(em, TG_EUSAGE, "'--%s' is given twice", option->name);
    if (args->value_count == TG_CLI_VALUES_MAX)
        return tg_fail(em, TG_EUSAGE, "more than %d options: put them into a file", TG_CLI_VALUES_MAX);
    struct tg_arg arg = {.option = option, .text = text};
    tg_err err = value_check(option, &arg, em);
    if (!err) args->values[args->value_count++] = arg;
    return err;
}

/* One call's state while it is read. */
struct scan {
    const char *who;
    const struct tg_option *const *tables;
    int argc, at;
    char *const *argv;
    struct tg_args *args;
    struct tg_errmsg *em;
};

static tg_err option_take(struct scan *scan, const struct tg_option *option, const char *inline_value)
{
    if (option->kind == TG_OPTION_FLAG) {
        if (inline_value)
            return tg_fail(scan->em, TG_EUSAGE, "'--%s' takes no value, '%.60s' was given", option->name,
                           inline_value);
        return value_put(option, "", scan->args, scan->em);
    }
    if (inline_value) return value_put(option, inline_value, scan->args, scan->em);
    if (scan->at >= scan->argc)
        return tg_fail(scan->em, TG_EUSAGE, "'--%s' needs a value: --%s %s", option->name, option->name,
                       option->argument ? option->argument : "TEXT");
    return value_put(option, scan->argv[scan->at++], scan->args, scan->em);
}

static tg_err long_take(struct scan *scan, const char *typed)
{
    size_t bytes = strcspn(typed + 2, "=");
    const char *value = typed[2 + bytes] == '=' ? typed + 2 + bytes + 1 : NULL;
    struct tg_view name = tg_view_of(typed + 2, bytes);
    for (const struct tg_option *const *table = scan->tables; *table; table++) {
        const struct tg_option *option = option_named(*table, name);
        if (option) return option_take(scan, option, value);
    }
    return unknown_option(scan->who, typed, scan->tables, scan->em);
}

static tg_err letter_take(struct scan *scan, const char *typed)
{
    for (const struct tg_option *const *table = scan->tables; *table; table++) {
        const struct tg_option *option = option_lettered(*table, typed[1]);
        if (option) return option_take(scan, option, typed[2] ? typed + 2 : NULL);
    }
    return unknown_option(scan->who, typed, scan->tables, scan->em);
}

static tg_err word_put(struct scan *scan, const char *word)
{
    if (scan->args->word_count == TG_CLI_WORDS_MAX)
        return tg_fail(scan->em, TG_EUSAGE, "more than %d words in one call", TG_CLI_WORDS_MAX);
    if (!tg_utf8_valid(tg_view_str(word))) return tg_fail(scan->em, TG_EUSAGE, "a word is not UTF-8");
    scan->args->words[scan->args->word_count++] = word;
    return TG_OK;
}

tg_err tg_args_parse(const char *who, const struct tg_option *const *tables, int from, int argc,
                     char *const *argv, bool stop_at_word, struct tg_args *args, int *ret_next,
                     struct tg_errmsg *em)
{
    struct scan scan = {who, tables, argc, from, argv, args, em};
    bool words_only = false;
    while (scan.at < argc) {
        const char *typed = argv[scan.at];
        bool option = !words_only && typed[0] == '-' && typed[1];
        if (!option && stop_at_word) break;
        scan.at++;
        tg_err err = TG_OK;
        if (option && strcmp(typed, "--") == 0)
            words_only = true;
        else if (option)
            err = typed[1] == '-' ? long_take(&scan, typed) : letter_take(&scan, typed);
        else
            err = word_put(&scan, typed);
        if (err) return err;
    }
    if (ret_next) *ret_next = scan.at;
    return TG_OK;
}

static const struct tg_arg *arg_named(const struct tg_args *args, const char *name)
{
    for (size_t i = 0; i < args->value_count; i++)
        if (strcmp(args->values[i].option->name, name) == 0) return &args->values[i];
    return NULL;
}

bool tg_args_has(const struct tg_args *args, const char *name)
{
    return arg_named(args, name) != NULL;
}

const char *tg_args_text(const struct tg_args *args, const char *name, const char *fallback)
{
    const struct tg_arg *arg = arg_named(args, name);
    return arg ? arg->text : fallback;
}

int64_t tg_args_number(const struct tg_args *args, const char *name, int64_t fallback)
{
    const struct tg_arg *arg = arg_named(args, name);
    return arg ? arg->number : fallback;
}

const char *tg_args_each(const struct tg_args *args, const char *name, size_t *at)
{
    while (*at < args->value_count) {
        const struct tg_arg *arg = &args->values[(*at)++];
        if (strcmp(arg->option->name, name) == 0) return arg->text;
    }
    return NULL;
}

static void left_format(const struct tg_option *option, char *out, size_t out_bytes)
{
    char letter[8] = "";
    if (option->letter) (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    bool value = option->kind != TG_OPTION_FLAG;
    (void)snprintf(out, out_bytes, "  %s--%s%s%s", letter, option->name, value ? " " : "",
                   value ? (option->argument ? option->argument : "TEXT") : "");
}

/* The help text behind the left column, broken at blanks. */
static tg_err help_wrap(const char *help, size_t indent, size_t columns, struct tg_buf *out)
{
    size_t width = columns > indent + 20 ? columns - indent : 20;
    while (*help) {
        size_t bytes = strlen(help), take = bytes;
        if (bytes > width) {
            for (take = width; take > 0 && help[take] != ' '; take--) continue;
            if (!take) take = width;
        }
        tg_err err = tg_buf_putf(out, "%.*s\n", (int)take, help);
        help += take + (help[take] == ' ');
        if (!err && *help) err = tg_buf_putf(out, "%*s", (int)indent, "");
        if (err) return err;
    }
    return TG_OK;
}

tg_err tg_options_help(const struct tg_option *options, size_t count, size_t columns, struct tg_buf *out)
{
    char left[128];
    size_t width = 0, i = 0;
    for (const struct tg_option *option = options; option && option->name && i < count; option++, i++) {
        left_format(option, left, sizeof left);
        if (strlen(left) > width) width = strlen(left);
    }
    i = 0;
    for (const struct tg_option *option = options; option && option->name && i < count; option++, i++) {
        left_format(option, left, sizeof left);
        tg_err err = tg_buf_putf(out, "%-*s  ", (int)width, left);
        if (!err) err = help_wrap(option->help, width + 2, columns, out);
        if (err) return err;
    }
    return TG_OK;
}
