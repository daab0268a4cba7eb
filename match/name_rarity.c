/* How rare a name is: 1..100 by its sounds, from how many persons of the public UN, OFAC and EU lists bear it.
 *
 * Knows sounds, not persons. A fixed table, so that every node weighs alike; version: TG_NAME_TABLES_VERSION.
 */
#include <string.h>

#include "match/name_words.h"

/* Phonetic code with every run of vowels as 'a'; a name that is not here weighs RARE. In order of strcmp. */
#define RARE 100
/* clang-format off */
static const struct {
    char sounds[15];
    uint8_t weight;
} common[] = {
    {"Sa", 91}, {"Sar", 95}, {"abad", 88}, {"abas", 84}, {"abdakadar", 87}, {"abdal", 90}, {"abdala", 68},
    {"abdalalah", 97}, {"abdalazaz", 97}, {"abdarahman", 83}, {"abdasalam", 93}, {"abraham", 66},
    {"ad", 95}, {"adal", 97}, {"adalfa", 97}, {"adan", 97}, {"adard", 87}, {"adarda", 90}, {"adnan", 93},
    {"aga", 91}, {"agana", 97}, {"agar", 60}, {"agaravac", 83}, {"agaravna", 95}, {"agnasa", 91},
    {"aha", 93}, {"ahand", 97}, {"ahar", 88}, {"ahmad", 56}, {"ahmd", 77}, {"akatarana", 95},
    {"akbar", 97}, {"akram", 97}, {"aksana", 97}, {"ala", 47}, {"aladzamar", 81}, {"aladzamaravac", 84},
    {"alag", 64}, {"alagavac", 90}, {"alaksa", 54}, {"alaksandar", 61}, {"alaksandr", 43},
    {"alaksandravac", 56}, {"alaksandravna", 76}, {"alaksavac", 69}, {"alaksavna", 95}, {"alana", 69},
    {"albarta", 77}, {"alga", 79}, {"alvara", 97}, {"alvaraz", 90}, {"amad", 91}, {"amala", 95},
    {"aman", 77}, {"amar", 67}, {"amara", 97}, {"amr", 88}, {"an", 85}, {"ana", 78}, {"anas", 87},
    {"anastasa", 95}, {"anatal", 62}, {"anatala", 66}, {"anatalavac", 65}, {"anatalavna", 83},
    {"andra", 56}, {"andras", 97}, {"andravac", 81}, {"ang", 75}, {"angal", 91}, {"anraka", 90},
    {"antan", 83}, {"antana", 72}, {"anvar", 97}, {"ar", 64}, {"ara", 63}, {"arala", 97}, {"aralana", 97},
    {"arana", 84}, {"aravac", 66}, {"aravna", 97}, {"arkada", 97}, {"armanda", 95}, {"artaga", 93},
    {"artam", 86}, {"artara", 90}, {"asa", 91}, {"asad", 88}, {"asaf", 78}, {"asam", 93}, {"asama", 97},
    {"asan", 97}, {"askar", 93}, {"asmal", 82}, {"asman", 91}, {"atman", 97}, {"avad", 93}, {"avala", 95},
    {"avan", 59}, {"avanav", 93}, {"avanavac", 67}, {"avanavna", 97}, {"avgan", 70}, {"avgana", 68},
    {"avganavac", 72}, {"azam", 91}, {"bada", 97}, {"baka", 97}, {"balal", 97}, {"baras", 70},
    {"barasavac", 81}, {"basar", 97}, {"batraga", 95}, {"ca", 78}, {"cal", 80}, {"can", 87}, {"cang", 82},
    {"daga", 95}, {"dana", 91}, {"danal", 88}, {"danas", 84}, {"dara", 95}, {"darvaS", 97}, {"davad", 83},
    {"daz", 95}, {"dmatr", 95}, {"dmatra", 58}, {"dmatravac", 84}, {"dzmatra", 93}, {"fad", 97},
    {"fadar", 80}, {"fadaravac", 85}, {"faras", 91}, {"farnanda", 90}, {"farnandaz", 91}, {"fata", 93},
    {"faz", 95}, {"flaras", 93}, {"frada", 97}, {"fransaska", 91}, {"gabral", 95}, {"gal", 93},
    {"galana", 97}, {"gamaz", 87}, {"gana", 93}, {"ganad", 79}, {"ganada", 74}, {"ganadavac", 82},
    {"ganzalaz", 79}, {"garan", 97}, {"garga", 77}, {"gargavac", 86}, {"garman", 95}, {"garsa", 85},
    {"gas", 97}, {"gastalam", 97}, {"gastava", 88}, {"gataraz", 88}, {"glab", 95}, {"gragar", 85},
    {"gragara", 93}, {"gragaravac", 87}, {"ha", 86}, {"haSam", 97}, {"habab", 88}, {"hada", 88},
    {"hak", 93}, {"haktar", 97}, {"halad", 87}, {"halal", 93}, {"hamad", 73}, {"hamada", 95},
    {"hamda", 91}, {"han", 79}, {"hana", 84}, {"hara", 97}, {"harara", 93}, {"harb", 97},
    {"harnandaz", 81}, {"hasam", 97}, {"hasan", 54}, {"hasana", 93}, {"hatam", 97}, {"hsan", 87},
    {"hsn", 82}, {"ja", 81}, {"jabar", 93}, {"jahn", 95}, {"jak", 97}, {"jala", 83}, {"jama", 88},
    {"jamal", 85}, {"jan", 70}, {"jana", 97}, {"jang", 82}, {"jara", 93}, {"jarga", 81}, {"jasa", 63},
    {"jasas", 79}, {"javad", 83}, {"javar", 93}, {"ka", 87}, {"kadafa", 97}, {"kadar", 83}, {"kam", 77},
    {"kamal", 95}, {"kana", 95}, {"kang", 83}, {"kanstantan", 75}, {"kanstantanavac", 88}, {"kantara", 95},
    {"kara", 95}, {"karal", 90}, {"karam", 91}, {"karlas", 77}, {"kasam", 86}, {"kastala", 87},
    {"kastra", 97}, {"kaznas", 95}, {"kaznasav", 95}, {"klada", 95}, {"kvang", 97}, {"la", 84},
    {"lagan", 97}, {"lala", 97}, {"lalah", 97}, {"lan", 93}, {"lana", 95}, {"lanad", 72},
    {"lanadavac", 85}, {"lanadavna", 91}, {"lapaz", 79}, {"larasa", 95}, {"las", 80}, {"lazaz", 97},
    {"lvavac", 95}, {"ma", 88}, {"madana", 93}, {"magal", 86}, {"magamad", 97}, {"mahal", 57},
    {"mahalavac", 68}, {"mahalavna", 88}, {"mahamad", 38}, {"mahamada", 91}, {"mahda", 81}, {"mahlaf", 97},
    {"mahmad", 70}, {"mahsan", 84}, {"maja", 87}, {"majad", 90}, {"makala", 77}, {"makalavac", 82},
    {"maksam", 79}, {"malak", 93}, {"malan", 97}, {"malana", 97}, {"man", 83}, {"manal", 88},
    {"manaz", 97}, {"mang", 85}, {"mansar", 84}, {"manta", 97}, {"mar", 97}, {"mara", 66}, {"marala", 97},
    {"maran", 82}, {"marana", 79}, {"marat", 97}, {"maraz", 95}, {"markaz", 95}, {"martan", 95},
    {"martanaz", 95}, {"martaza", 93}, {"masa", 83}, {"masad", 97}, {"masava", 97}, {"mastafa", 76},
    {"mata", 95}, {"maza", 93}, {"mhda", 97}, {"mhmad", 93}, {"mhmd", 60}, {"na", 95}, {"naf", 91},
    {"nakala", 53}, {"nakalavac", 62}, {"nakalavna", 80}, {"nal", 95}, {"nam", 86}, {"nar", 95},
    {"nasar", 85}, {"natala", 79}, {"nazar", 88}, {"pak", 95}, {"pala", 97}, {"para", 95}, {"paraz", 86},
    {"patr", 70}, {"patrasa", 95}, {"patrav", 95}, {"patravac", 78}, {"paval", 82}, {"pavl", 80},
    {"pavlavac", 83}, {"ra", 78}, {"raSad", 88}, {"raba", 91}, {"raban", 95}, {"rabarta", 97},
    {"rada", 93}, {"radragaz", 79}, {"rafal", 90}, {"raham", 87}, {"rahman", 78}, {"ral", 95},
    {"ralas", 97}, {"raman", 79}, {"ramaraz", 86}, {"ranat", 97}, {"randan", 97}, {"rankan", 97},
    {"ras", 91}, {"raslan", 86}, {"rastam", 93}, {"rava", 97}, {"ravara", 87}, {"raz", 95}, {"raza", 70},
    {"sa", 85}, {"sad", 63}, {"sada", 91}, {"sak", 95}, {"sala", 73}, {"salam", 75}, {"salaman", 90},
    {"saltan", 91}, {"saman", 88}, {"samar", 88}, {"san", 86}, {"sancaz", 83}, {"sang", 81}, {"sar", 97},
    {"sarga", 48}, {"sargavac", 67}, {"sargavna", 88}, {"sarha", 81}, {"sasar", 88}, {"stanaslav", 97},
    {"svatlana", 87}, {"ta", 97}, {"taha", 95}, {"tahar", 87}, {"tahr", 97}, {"takrata", 81},
    {"tamafa", 97}, {"tamar", 97}, {"tan", 84}, {"tana", 97}, {"tarak", 93}, {"taras", 81}, {"tatana", 82},
    {"tkrata", 83}, {"va", 93}, {"vacaslav", 74}, {"vacaslavavac", 85}, {"vadam", 79}, {"vadamavac", 97},
    {"vaktar", 52}, {"vaktaravac", 61}, {"vaktaravna", 83}, {"vala", 82}, {"valad", 97}, {"valadamar", 80},
    {"valadamaravac", 90}, {"valansa", 95}, {"valantan", 88}, {"valantanavac", 95}, {"valar", 79},
    {"valara", 76}, {"valaravac", 80}, {"van", 84}, {"vargas", 90}, {"vasal", 66}, {"vasala", 74},
    {"vasalavac", 74}, {"vasalavna", 86}, {"vatal", 97}, {"vatala", 83}, {"vladamar", 47},
    {"vladamaravac", 56}, {"vladamaravna", 77}, {"vladaslav", 87}, {"za", 95}, {"zad", 97}, {"zahar", 87},
};
/* clang-format on */

static size_t sounds_of(const char *phonetic, size_t bytes, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = strchr("aeiou", phonetic[i]) != NULL ? 'a' : phonetic[i];
        if (c == 'a' && at > 0 && out[at - 1] == 'a') continue;
        out[at++] = c;
    }
    out[at] = 0;
    return at;
}

uint8_t tg_rarity(const char *phonetic, size_t bytes)
{
    char sounds[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t low = 0, high = sizeof common / sizeof common[0];
    if (sounds_of(phonetic, bytes, sounds) >= sizeof common[0].sounds) return RARE;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(sounds, common[middle].sounds);
        if (order == 0) return common[middle].weight;
        if (order < 0) high = middle;
        if (order > 0) low = middle + 1;
    }
    return RARE;
}
