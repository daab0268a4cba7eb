/* Names that are one name in several languages: Жакып, Yoqub, Yaqub; Mykola, Mikalai, Nikolay.
 *
 * Knows sounds, not persons. A fixed table, so that every node reads alike; version: TG_NAME_TABLES_VERSION.
 */
#include <string.h>

#include "match/name_words.h"

#define KEY_MIN 3 /* sounds that stay when a final e or i is taken off */

/* Phonetic code without a final e or i; the code that stands for all of its kin. In order of strcmp. */
/* clang-format off */
static const struct {
    char code[12], kin[11];
} table[] = {
    {"SamSidin", "Samsidin"}, {"Samsadin", "Samsidin"}, {"Samsedin", "Samsidin"}, {"Samsidin", "Samsidin"},
    {"Samsitdin", "Samsidin"}, {"Samsodin", "Samsidin"}, {"Samsudin", "Samsidin"}, {"Samsutdin", "Samsidin"},
    {"Sarif", "Sarif"}, {"Sarip", "Sarif"}, {"Serif", "Sarif"}, {"abdilda", "abdula"}, {"abdula", "abdula"},
    {"abdulah", "abdula"}, {"abdulo", "abdula"}, {"abraham", "ibrahim"}, {"abrahim", "ibrahim"},
    {"acmed", "ahmad"}, {"ahmad", "ahmad"}, {"ahmadu", "ahmad"}, {"ahmat", "ahmad"}, {"ahmd", "ahmad"},
    {"ahmed", "ahmad"}, {"ahmet", "ahmad"}, {"ahmod", "ahmad"}, {"aisa", "isa"}, {"akbar", "akbar"},
    {"akber", "akbar"}, {"akbor", "akbar"}, {"akbr", "akbar"}, {"akpar", "akbar"}, {"akram", "ikram"},
    {"akrom", "ikram"}, {"aksana", "oksana"}, {"aksmad", "ahmad"}, {"aksmed", "ahmad"}, {"ale", "oleg"},
    {"aleks", "aleks"}, {"aleksandar", "aleksandr"}, {"aleksander", "aleksandr"}, {"aleksandr", "aleksandr"},
    {"aleksandra", "aleksandra"}, {"aleksandru", "aleksandr"}, {"aleksej", "aleks"}, {"alena", "elena"},
    {"aliaks", "aleks"}, {"aliaksandr", "aleksandr"}, {"aliaksandra", "aleksandra"}, {"alona", "elena"},
    {"amadu", "ahmad"}, {"amir", "amir"}, {"amr", "umar"}, {"ana", "ana"}, {"andr", "andr"},
    {"andrej", "andr"}, {"andrzej", "andr"}, {"anuar", "anvar"}, {"anvar", "anvar"}, {"anver", "anvar"},
    {"anvor", "anvar"}, {"arsem", "artem"}, {"arsiom", "artem"}, {"artem", "artem"}, {"artiom", "artem"},
    {"artjom", "artem"}, {"artom", "artem"}, {"asan", "hasan"}, {"atman", "usman"}, {"avdula", "abdula"},
    {"badredin", "badridin"}, {"badridin", "badridin"}, {"badrudin", "badridin"}, {"bagatur", "bahadur"},
    {"bagdan", "bohdan"}, {"bahadir", "bahadur"}, {"bahadur", "bahadur"}, {"bahodir", "bahadur"},
    {"bahodur", "bahadur"}, {"bahruz", "behruz"}, {"bahtiar", "bahtiar"}, {"bahtior", "bahtiar"},
    {"bahtur", "bahadur"}, {"baksodir", "bahadur"}, {"bakstior", "bahtiar"}, {"baktiar", "bahtiar"},
    {"baris", "boris"}, {"batir", "bahadur"}, {"behroz", "behruz"}, {"behruz", "behruz"}, {"bhtiar", "bahtiar"},
    {"bogdan", "bohdan"}, {"bohdan", "bohdan"}, {"boris", "boris"}, {"brahim", "ibrahim"}, {"camid", "hamid"},
    {"camsedin", "Samsidin"}, {"carif", "Sarif"}, {"cerif", "Sarif"}, {"dafar", "zafar"}, {"daniar", "daniar"},
    {"danier", "daniar"}, {"daud", "davud"}, {"daut", "davud"}, {"davud", "davud"}, {"davut", "davud"},
    {"denis", "denis"}, {"dimitr", "dmitr"}, {"dmitr", "dmitr"}, {"dmitro", "dmitr"}, {"doniar", "daniar"},
    {"donier", "daniar"}, {"donior", "daniar"}, {"dovud", "davud"}, {"dzianis", "denis"}, {"dzmitr", "dmitr"},
    {"ebrahim", "ibrahim"}, {"egor", "egor"}, {"ehia", "iahia"}, {"ehor", "egor"}, {"eisa", "isa"},
    {"ekaterina", "ekaterina"}, {"ekber", "akbar"}, {"ekram", "ikram"}, {"elena", "elena"},
    {"elias", "ilias"}, {"emir", "amir"}, {"enver", "anvar"}, {"eskandar", "iskandar"}, {"eskander", "iskandar"},
    {"esmaeil", "ismail"}, {"esmail", "ismail"}, {"eugen", "evgen"}, {"evgen", "evgen"}, {"evhen", "evgen"},
    {"fadil", "fazil"}, {"faizilda", "faizula"}, {"faizola", "faizula"}, {"faizula", "faizula"},
    {"faizulo", "faizula"}, {"farid", "farid"}, {"faroh", "faruh"}, {"faru", "faruh"}, {"faruh", "faruh"},
    {"faruks", "faruh"}, {"fatim", "fatima"}, {"fatima", "fatima"}, {"fatma", "fatima"}, {"fazil", "fazil"},
    {"fazl", "fazil"}, {"fazlula", "faizula"}, {"fedir", "fedor"}, {"fedor", "fedor"}, {"feizula", "faizula"},
    {"feodor", "fedor"}, {"ferdaus", "firdavs"}, {"ferdovs", "firdavs"}, {"ferdus", "firdavs"},
    {"fiodar", "fedor"}, {"fiodor", "fedor"}, {"firdaus", "firdavs"}, {"firdavs", "firdavs"},
    {"firdevs", "firdavs"}, {"firdus", "firdavs"}, {"fizala", "faizula"}, {"fizula", "faizula"},
    {"fodar", "fedor"}, {"fodor", "fedor"}, {"forid", "farid"}, {"fotima", "fatima"}, {"fozil", "fazil"},
    {"frdus", "firdavs"}, {"gader", "kadir"}, {"gadir", "kadir"}, {"gafar", "jafar"}, {"gafur", "gafur"},
    {"gaidar", "haidar"}, {"galeb", "galib"}, {"galib", "galib"}, {"galina", "galina"}, {"galip", "galib"},
    {"gamal", "jamal"}, {"gana", "ana"}, {"gapur", "gafur"}, {"gasem", "kasim"}, {"gasim", "kasim"},
    {"genad", "genad"}, {"georg", "georg"}, {"gofur", "gafur"}, {"golib", "galib"}, {"grigor", "grigor"},
    {"habib", "habib"}, {"habip", "habib"}, {"haidar", "haidar"}, {"haider", "haidar"}, {"hakim", "hakim"},
    {"haled", "halid"}, {"halet", "halid"}, {"halid", "halid"}, {"halim", "halim"}, {"halina", "galina"},
    {"halit", "halid"}, {"hamid", "hamid"}, {"hamit", "hamid"}, {"hamza", "hamza"}, {"hamzat", "hamza"},
    {"hana", "ana"}, {"hasan", "hasan"}, {"hasen", "hasan"}, {"heidar", "haidar"}, {"heider", "haidar"},
    {"henad", "genad"}, {"henadz", "genad"}, {"heorh", "georg"}, {"hidar", "haidar"}, {"hider", "haidar"},
    {"hinadz", "genad"}, {"hisrav", "husrav"}, {"hokim", "hakim"}, {"holid", "halid"}, {"horSid", "hurSid"},
    {"hosain", "husain"}, {"hosein", "husain"}, {"hosro", "husrav"}, {"hosrov", "husrav"}, {"hrihor", "grigor"},
    {"hsin", "husain"}, {"hsn", "hasan"}, {"hurSed", "hurSid"}, {"hurSid", "hurSid"}, {"husain", "husain"},
    {"husan", "husain"}, {"husein", "husain"}, {"husen", "husain"}, {"husin", "husain"}, {"husrav", "husrav"},
    {"husrov", "husrav"}, {"iahia", "iahia"}, {"iaho", "iahia"}, {"iahor", "egor"}, {"iakb", "iakub"},
    {"iakub", "iakub"}, {"iakup", "iakub"}, {"iaraslau", "iaroslav"}, {"iaroslav", "iaroslav"},
    {"iaugen", "evgen"}, {"iauhen", "evgen"}, {"iauhin", "evgen"}, {"ibira", "ibrahim"}, {"ibragim", "ibrahim"},
    {"ibrahem", "ibrahim"}, {"ibrahim", "ibrahim"}, {"ibraim", "ibrahim"}, {"ibrohim", "ibrahim"},
    {"igor", "igor"}, {"ihar", "igor"}, {"ihor", "igor"}, {"ikram", "ikram"}, {"ikrom", "ikram"},
    {"ilia", "ilia"}, {"ilias", "ilias"}, {"ilja", "ilia"}, {"ilos", "ilias"}, {"iosif", "iusuf"},
    {"isa", "isa"}, {"iskandar", "iskandar"}, {"iskander", "iskandar"}, {"iskandr", "iskandar"},
    {"ismael", "ismail"}, {"ismail", "ismail"}, {"ismailo", "ismail"}, {"ismoil", "ismail"},
    {"iso", "isa"}, {"iulia", "iulia"}, {"iunis", "iunus"}, {"iunos", "iunus"}, {"iunus", "iunus"},
    {"iur", "iur"}, {"iusef", "iusuf"}, {"iusif", "iusuf"}, {"iusof", "iusuf"}, {"iusub", "iusuf"},
    {"iusuf", "iusuf"}, {"iusup", "iusuf"}, {"izmail", "ismail"}, {"jabar", "jabar"}, {"jabor", "jabar"},
    {"jafar", "jafar"}, {"jafer", "jafar"}, {"jahja", "iahia"}, {"jahor", "egor"}, {"jakia", "iahia"},
    {"jakip", "iakub"}, {"jakub", "iakub"}, {"jakup", "iakub"}, {"jalal", "jalal"}, {"jalaladin", "jalolidin"},
    {"jalaletdin", "jalolidin"}, {"jalalidin", "jalolidin"}, {"jalaludin", "jalolidin"}, {"jalol", "jalal"},
    {"jalolidin", "jalolidin"}, {"jamSed", "jamSid"}, {"jamSet", "jamSid"}, {"jamSid", "jamSid"},
    {"jamSit", "jamSid"}, {"jamal", "jamal"}, {"jamel", "jamal"}, {"jamol", "jamal"}, {"japar", "jafar"},
    {"jaroslav", "iaroslav"}, {"javad", "javad"}, {"javat", "javad"}, {"jegor", "egor"}, {"jekaterina", "ekaterina"},
    {"jelena", "elena"}, {"jemal", "jamal"}, {"jevgen", "evgen"}, {"josef", "iusuf"}, {"jozef", "iusuf"},
    {"julia", "iulia"}, {"junus", "iunus"}, {"jur", "iur"}, {"jusip", "iusuf"}, {"jusuf", "iusuf"},
    {"jusup", "iusuf"}, {"jvad", "javad"}, {"kabib", "habib"}, {"kader", "kadir"}, {"kadir", "kadir"},
    {"kafer", "jafar"}, {"kaidar", "haidar"}, {"kakim", "hakim"}, {"kalid", "halid"}, {"kalip", "galib"},
    {"kamal", "kamal"}, {"kamaletdin", "kamolidin"}, {"kamaludin", "kamolidin"}, {"kamol", "kamal"},
    {"kamolidin", "kamolidin"}, {"kamolitdin", "kamolidin"}, {"kamza", "hamza"}, {"kanstansin", "konstantin"},
    {"kanstantin", "konstantin"}, {"kapar", "gafur"}, {"kapur", "gafur"}, {"karim", "karim"},
    {"kasan", "hasan"}, {"kasem", "kasim"}, {"kasiarina", "ekaterina"}, {"kasim", "kasim"},
    {"kasm", "kasim"}, {"katerina", "ekaterina"}, {"kemal", "kamal"}, {"kemaledin", "kamolidin"},
    {"kerim", "karim"}, {"kiril", "kiril"}, {"kirilo", "kiril"}, {"kodir", "kadir"}, {"konstantin", "konstantin"},
    {"korim", "karim"}, {"kosem", "kasim"}, {"kosim", "kasim"}, {"kostiantin", "konstantin"},
    {"ksabib", "habib"}, {"ksaidar", "haidar"}, {"ksakim", "hakim"}, {"ksalim", "halim"}, {"ksamid", "hamid"},
    {"ksamza", "hamza"}, {"ksasan", "hasan"}, {"ksolid", "halid"}, {"ksurSed", "hurSid"}, {"ksurSid", "hurSid"},
    {"ksusain", "husain"}, {"ksusan", "husain"}, {"ksusrav", "husrav"}, {"kurSid", "hurSid"},
    {"kurSit", "hurSid"}, {"kusain", "husain"}, {"kusein", "husain"}, {"leanid", "leonid"},
    {"leonid", "leonid"}, {"liudmila", "liudmila"}, {"ljudmila", "liudmila"}, {"ludmila", "liudmila"},
    {"macmud", "mahmud"}, {"maged", "majid"}, {"magomad", "muhamad"}, {"magomed", "muhamad"},
    {"mahamad", "muhamad"}, {"mahamed", "muhamad"}, {"mahamud", "mahmud"}, {"mahd", "mahd"},
    {"mahmud", "mahmud"}, {"mahmut", "mahmud"}, {"mahomed", "muhamad"}, {"majed", "majid"},
    {"majid", "majid"}, {"maksamad", "muhamad"}, {"maksmud", "mahmud"}, {"mamadu", "muhamad"},
    {"mamat", "muhamad"}, {"mamed", "muhamad"}, {"mamet", "muhamad"}, {"mansor", "mansur"},
    {"mansur", "mansur"}, {"mehd", "mahd"}, {"mehmed", "muhamad"}, {"mehmet", "muhamad"}, {"meht", "mahd"},
    {"mhmd", "muhamad"}, {"micail", "mihail"}, {"mihael", "mihail"}, {"mihail", "mihail"}, {"mihailo", "mihail"},
    {"mihajlo", "mihail"}, {"mihas", "mihail"}, {"mikala", "nikola"}, {"mikita", "nikita"},
    {"mikola", "nikola"}, {"mirad", "murad"}, {"mirat", "murad"}, {"mirza", "mirza"}, {"mirzo", "mirza"},
    {"mohamad", "muhamad"}, {"mohamed", "muhamad"}, {"mohamod", "muhamad"}, {"mohamud", "muhamad"},
    {"mohd", "muhamad"}, {"mohsen", "muhsin"}, {"mohsin", "muhsin"}, {"mohtar", "muhtar"}, {"mojtaba", "mujtaba"},
    {"moktar", "muhtar"}, {"morad", "murad"}, {"mortada", "murtaza"}, {"mortaza", "murtaza"},
    {"morteza", "murtaza"}, {"mostafa", "mustafa"}, {"mrad", "murad"}, {"muhamad", "muhamad"},
    {"muhamadu", "muhamad"}, {"muhamed", "muhamad"}, {"muhamet", "muhamad"}, {"muhsen", "muhsin"},
    {"muhsin", "muhsin"}, {"muhtar", "muhtar"}, {"muhtor", "muhtar"}, {"mujtaba", "mujtaba"},
    {"muksamad", "muhamad"}, {"mukstor", "muhtar"}, {"murad", "murad"}, {"muradu", "murad"},
    {"murat", "murad"}, {"murod", "murad"}, {"murtada", "murtaza"}, {"murtaza", "murtaza"},
    {"murza", "mirza"}, {"mustafa", "mustafa"}, {"mustafo", "mustafa"}, {"mustofa", "mustafa"},
    {"mustopo", "mustafa"}, {"naser", "nasir"}, {"nasir", "nasir"}, {"nasirilda", "nasrula"},
    {"nasr", "nasir"}, {"nasrala", "nasrula"}, {"nasrola", "nasrula"}, {"nasrula", "nasrula"},
    {"nasrulo", "nasrula"}, {"natalia", "natalia"}, {"natalja", "natalia"}, {"nikita", "nikita"},
    {"nikola", "nikola"}, {"nikolaj", "nikola"}, {"nosir", "nasir"}, {"nur", "nur"}, {"nura", "nur"},
    {"nuradin", "nuridin"}, {"nuraldin", "nuridin"}, {"nurdin", "nuridin"}, {"nuredin", "nuridin"},
    {"nuridin", "nuridin"}, {"nuritdin", "nuridin"}, {"nurudin", "nuridin"}, {"nuruldin", "nuridin"},
    {"okb", "iakub"}, {"oksana", "oksana"}, {"okub", "iakub"}, {"ole", "oleg"}, {"oleg", "oleg"},
    {"oleks", "aleks"}, {"oleksander", "aleksandr"}, {"oleksandr", "aleksandr"}, {"oleksandra", "aleksandra"},
    {"olena", "elena"}, {"olga", "olga"}, {"olha", "olga"}, {"omar", "umar"}, {"omaru", "umar"},
    {"omer", "umar"}, {"omor", "umar"}, {"omur", "umar"}, {"onus", "iunus"}, {"osef", "iusuf"},
    {"osif", "iusuf"}, {"osman", "usman"}, {"osmanu", "usman"}, {"osmon", "usman"}, {"ospan", "usman"},
    {"osuf", "iusuf"}, {"otman", "usman"}, {"ounes", "iunus"}, {"ounus", "iunus"}, {"ousef", "iusuf"},
    {"ousof", "iusuf"}, {"ousuf", "iusuf"}, {"parit", "farid"}, {"paruk", "faruh"}, {"parvez", "parviz"},
    {"parviz", "parviz"}, {"patima", "fatima"}, {"paval", "pavel"}, {"pavel", "pavel"}, {"pavlo", "pavel"},
    {"pazil", "fazil"}, {"petar", "petr"}, {"petr", "petr"}, {"petro", "petr"}, {"piatr", "petr"},
    {"piatro", "petr"}, {"piotr", "petr"}, {"potr", "petr"}, {"raSid", "raSid"}, {"raSit", "raSid"},
    {"racid", "raSid"}, {"racman", "rahman"}, {"rahim", "rahim"}, {"rahman", "rahman"}, {"rahmn", "rahman"},
    {"rahmon", "rahman"}, {"rahmun", "rahman"}, {"raim", "rahim"}, {"raksim", "rahim"}, {"raksmon", "rahman"},
    {"rasislau", "rostislav"}, {"rasul", "rasul"}, {"reda", "riza"}, {"reza", "riza"}, {"rida", "riza"},
    {"rihor", "grigor"}, {"ristam", "rustam"}, {"riza", "riza"}, {"rizo", "riza"}, {"rostam", "rustam"},
    {"rostislav", "rostislav"}, {"rosul", "rasul"}, {"rustam", "rustam"}, {"rustem", "rustam"},
    {"rzo", "riza"}, {"saber", "sabir"}, {"sabir", "sabir"}, {"sadeg", "sadik"}, {"sadek", "sadik"},
    {"sadig", "sadik"}, {"sadik", "sadik"}, {"saeid", "said"}, {"sahrab", "suhrab"}, {"said", "said"},
    {"saidu", "said"}, {"saifadin", "saifidin"}, {"saifedin", "saifidin"}, {"saifidin", "saifidin"},
    {"saifitdin", "saifidin"}, {"saifudin", "saifidin"}, {"saijan", "saijan"}, {"saijon", "saijan"},
    {"saishan", "saijan"}, {"sait", "said"}, {"sal", "sal"}, {"saleh", "sal"}, {"salih", "sal"},
    {"salim", "salim"}, {"seid", "said"}, {"seifedin", "saifidin"}, {"seijan", "saijan"}, {"seishan", "saijan"},
    {"seit", "said"}, {"selim", "salim"}, {"serg", "serg"}, {"sergej", "serg"}, {"serh", "serg"},
    {"siapan", "stepan"}, {"siarh", "serg"}, {"sijan", "saijan"}, {"silaiman", "sulaiman"},
    {"simaf", "timof"}, {"sirgij", "serg"}, {"sirh", "serg"}, {"siril", "kiril"}, {"skander", "iskandar"},
    {"slaiman", "sulaiman"}, {"smagul", "ismail"}, {"smail", "ismail"}, {"sobir", "sabir"},
    {"sodik", "sadik"}, {"sohrab", "suhrab"}, {"sohrob", "suhrab"}, {"sol", "sal"}, {"soleiman", "sulaiman"},
    {"solim", "salim"}, {"soliman", "sulaiman"}, {"stanislau", "stanislav"}, {"stanislaus", "stanislav"},
    {"stanislav", "stanislav"}, {"stepan", "stepan"}, {"stiapan", "stepan"}, {"suhrab", "suhrab"},
    {"suhrap", "suhrab"}, {"suhrob", "suhrab"}, {"suksrob", "suhrab"}, {"sulaiman", "sulaiman"},
    {"sulaimon", "sulaiman"}, {"suleiman", "sulaiman"}, {"suleimon", "sulaiman"}, {"sulejman", "sulaiman"},
    {"suleman", "sulaiman"}, {"suliman", "sulaiman"}, {"svetlana", "svetlana"}, {"sviatlana", "svetlana"},
    {"svitlana", "svetlana"}, {"taher", "tahir"}, {"tahir", "tahir"}, {"taimur", "timur"}, {"tair", "tahir"},
    {"tasiana", "tatiana"}, {"tatiana", "tatiana"}, {"tatjana", "tatiana"}, {"teimur", "timur"},
    {"temir", "timur"}, {"temur", "timur"}, {"tetiana", "tatiana"}, {"tetjana", "tatiana"},
    {"timof", "timof"}, {"timur", "timur"}, {"tohir", "tahir"}, {"toksir", "tahir"}, {"uladzimer", "vladimir"},
    {"uladzimir", "vladimir"}, {"uladzislau", "vladislav"}, {"umar", "umar"}, {"umer", "umar"},
    {"umor", "umar"}, {"usein", "husain"}, {"usen", "husain"}, {"usman", "usman"}, {"usmon", "usman"},
    {"uson", "husain"}, {"usub", "iusuf"}, {"usup", "iusuf"}, {"utman", "usman"}, {"valadzimir", "vladimir"},
    {"viacaslau", "viaceslav"}, {"viaceslau", "viaceslav"}, {"viaceslav", "viaceslav"}, {"viaseslav", "viaceslav"},
    {"viktar", "viktor"}, {"viktor", "viktor"}, {"vjaseslav", "viaceslav"}, {"vladimer", "vladimir"},
    {"vladimir", "vladimir"}, {"vladislau", "vladislav"}, {"vladislav", "vladislav"}, {"volha", "olga"},
    {"volodimir", "vladimir"}, {"zafar", "zafar"}, {"zakaria", "zakaria"}, {"zakario", "zakaria"},
    {"zapar", "zafar"}, {"zekeria", "zakaria"}, {"zobair", "zubair"}, {"zober", "zubair"}, {"zofar", "zafar"},
    {"zubair", "zubair"}, {"zubeir", "zubair"}, {"zuhrab", "suhrab"},
};
/* clang-format on */

static size_t key_of(const char *phonetic, char out[static TG_NAME_FOLD_BYTES_MAX + 1])
{
    size_t bytes = strlen(phonetic);
    while (bytes > KEY_MIN && (phonetic[bytes - 1] == 'i' || phonetic[bytes - 1] == 'e')) bytes--;
    memcpy(out, phonetic, bytes);
    out[bytes] = 0;
    return bytes;
}

const char *tg_name_kin(const char *phonetic)
{
    char key[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t low = 0, high = sizeof table / sizeof table[0];
    if (key_of(phonetic, key) >= sizeof table[0].code) return NULL;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(key, table[middle].code);
        if (order == 0) return table[middle].kin;
        if (order < 0) high = middle;
        if (order > 0) low = middle + 1;
    }
    return NULL;
}
