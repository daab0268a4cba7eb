/* One header of a ustar archive, made and read.
 *
 * Knows no file.
 */
#include "cli/archive_tar.h"

#include <stdio.h>

#define NAME_BYTES 100
#define MODE_AT 100
#define SIZE_AT 124
#define TIME_AT 136
#define SUM_AT 148
#define TYPE_AT 156
#define MAGIC_AT 257
#define OCTAL_MAX 077777777777u
#define NUMBER_BYTES 12

static const uint8_t magic[8] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};

static void octal_put(uint8_t *at, size_t digits, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%0*llo", (int)digits, (unsigned long long)value);
    memcpy(at, text, digits);
}

static void number_put(uint8_t *at, uint64_t value)
{
    if (value <= OCTAL_MAX) {
        octal_put(at, NUMBER_BYTES - 1, value);
        return;
    }
    at[0] = 0x80;
    tg_be64_put(at + NUMBER_BYTES - 8, value);
}

static tg_err octal_get(const uint8_t *at, size_t digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (at[i] < '0' || at[i] > '7') return TG_EFORMAT;
        value = value << 3 | (uint64_t)(at[i] - '0');
    }
    *ret_value = value;
    return TG_OK;
}

static tg_err number_get(const uint8_t *at, uint64_t *ret_value)
{
    if (at[0] != 0x80) return octal_get(at, NUMBER_BYTES - 1, ret_value);
    if (at[1] || at[2] || at[3]) return TG_EFORMAT;
    *ret_value = tg_be64_get(at + NUMBER_BYTES - 8);
    return TG_OK;
}

/* Of all bytes, those of the sum itself taken for blanks. */
static uint64_t sum_of(const uint8_t *block)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < TG_TAR_BLOCK_BYTES; i++) sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : block[i];
    return sum;
}

tg_err tg_tar_header_make(const char *name, unsigned mode, uint64_t bytes, int64_t time_s,
                          uint8_t out[static TG_TAR_BLOCK_BYTES])
{
    if (strlen(name) > NAME_BYTES) return TG_ELIMIT;
    memset(out, 0, TG_TAR_BLOCK_BYTES);
    memcpy(out, name, strlen(name));
    octal_put(out + MODE_AT, 7, mode);
    octal_put(out + MODE_AT + 8, 7, 0);  /* user */
    octal_put(out + MODE_AT + 16, 7, 0); /* group */
    number_put(out + SIZE_AT, bytes);
    number_put(out + TIME_AT, time_s > 0 ? (uint64_t)time_s : 0);
    out[TYPE_AT] = '0';
    memcpy(out + MAGIC_AT, magic, sizeof magic);
    octal_put(out + SUM_AT, 6, sum_of(out));
    out[SUM_AT + 6] = 0;
    out[SUM_AT + 7] = ' ';
    return TG_OK;
}

tg_err tg_tar_header_parse(const uint8_t block[static TG_TAR_BLOCK_BYTES], char ret_name[static 101],
                           uint64_t *ret_bytes)
{
    uint64_t sum = 0, bytes = 0;
    bool ustar = memcmp(block + MAGIC_AT, magic, sizeof magic) == 0 && block[TYPE_AT] == '0';
    if (!ustar || octal_get(block + SUM_AT, 6, &sum)) return TG_EFORMAT;
    if (sum != sum_of(block)) return TG_EHASH;
    if (number_get(block + SIZE_AT, &bytes)) return TG_EFORMAT;
    memcpy(ret_name, block, NAME_BYTES);
    ret_name[NAME_BYTES] = 0;
    *ret_bytes = bytes;
    return TG_OK;
}
