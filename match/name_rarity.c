#include "match/name_words.h"
uint8_t tg_rarity(const char *phonetic, size_t bytes)
{
    (void)phonetic;
    (void)bytes;
    return 100;
}
