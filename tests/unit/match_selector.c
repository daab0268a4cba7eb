/* Selectors: each type's normal form, and both sides of each edge; laws that hold for all of them.
 *
 * Invented values, but for published test numbers. Normal forms: docs/formats-match.md.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "match/selector.h"

/* form NULL: refused, and says is part of the reason. */
struct row {
    enum tg_selector_type type;
    const char *text, *hint, *form, *says;
    uint32_t flags;
};

static const struct row rows[] = {
    {TG_SELECTOR_PHONE, "+992 (90) 123-45-67", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "00992901234567", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "901234567", "TJ", "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "992901234567", "tj", "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "992901234567", NULL, "+992901234567", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_PHONE, "8 916 123 45 67", "RU", "+79161234567", NULL, 0},
    {TG_SELECTOR_PHONE, "8121234567", "RU", "+78121234567", NULL, 0},
    {TG_SELECTOR_PHONE, "8 (701) 234 56 78", "KZ", "+77012345678", NULL, 0},
    {TG_SELECTOR_PHONE, "0555 123 456", "KG", "+996555123456", NULL, 0},
    {TG_SELECTOR_PHONE, "90 123 45 67", "UZ", "+998901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "0912 345 6789", "IR", "+989123456789", NULL, 0},
    {TG_SELECTOR_PHONE, "+44 (0)20 7946 0018", NULL, "+442079460018", NULL, 0},
    {TG_SELECTOR_PHONE, "+39 06 1234 5678", NULL, "+390612345678", NULL, 0},
    {TG_SELECTOR_PHONE, "8 029 123-45-67", "BY", "+375291234567", NULL, 0},
    {TG_SELECTOR_PHONE, "06 20 123 4567", "HU", "+36201234567", NULL, 0},
    {TG_SELECTOR_PHONE, "+247 62826", NULL, "+24762826", NULL, 0},
    {TG_SELECTOR_PHONE, "(415) 555-2671", "US", "+14155552671", NULL, 0},
    {TG_SELECTOR_PHONE, "۰۹۱۲۳۴۵۶۷۸۹", "IR", "+989123456789", NULL, 0},
    {TG_SELECTOR_PHONE, "٠٠٩٩٢٩٠١٢٣٤٥٦٧", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "tel:+992901234567", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_PHONE, "+992901234567 ext. 12", NULL, "+992901234567", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_PHONE, "+992000000000", NULL, "+992000000000", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_PHONE, "+99290123456", NULL, NULL, "8 digits behind +992", 0},
    {TG_SELECTOR_PHONE, "+9929012345678", NULL, NULL, "10 digits behind +992", 0},
    {TG_SELECTOR_PHONE, "901234567", NULL, NULL, "no dialling code", 0},
    {TG_SELECTOR_PHONE, "+999123456789", NULL, NULL, "no dialling code that is in use", 0},
    {TG_SELECTOR_PHONE, "12ab567", "TJ", NULL, "something else than digits", 0},
    {TG_SELECTOR_PHONE, "+", NULL, NULL, "no digits", 0},

    {TG_SELECTOR_PHONE, "+7 8 800 200 06 00", NULL, "+78002000600", NULL, 0},
    {TG_SELECTOR_PHONE, "+011523456728", NULL, NULL, "no dialling code that is in use", 0},
    {TG_SELECTOR_PHONE, "+1 476 2672", NULL, NULL, "7 digits behind +1", 0},

    {TG_SELECTOR_EMAIL, "Ali.Karimov@Mail.TJ", NULL, "ali.karimov@mail.tj", NULL, 0},
    {TG_SELECTOR_EMAIL, "ali[at]mail[.]tj", NULL, "ali@mail.tj", NULL, 0},
    {TG_SELECTOR_EMAIL, "mailto:ali@почта.рф", NULL, "ali@xn--80a1acny.xn--p1ai", NULL, 0},
    {TG_SELECTOR_EMAIL, "a@example.com", NULL, "a@example.com", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_EMAIL, "ali.mail.tj", NULL, NULL, "no @", 0},
    {TG_SELECTOR_EMAIL, ".ali@mail.tj", NULL, NULL, "holds '.'", 0},
    {TG_SELECTOR_EMAIL, "ali@com.tj", NULL, NULL, "bare public suffix", 0},
    {TG_SELECTOR_EMAIL, "a234567890123456789012345678901234567890123456789012345678901234@mail.tj", NULL,
     "a234567890123456789012345678901234567890123456789012345678901234@mail.tj", NULL, 0},
    {TG_SELECTOR_EMAIL, "a2345678901234567890123456789012345678901234567890123456789012345@mail.tj", NULL,
     NULL, "64 bytes", 0},

    {TG_SELECTOR_DOMAIN, "WWW.Mail.TJ.", NULL, "www.mail.tj", NULL, 0},
    {TG_SELECTOR_DOMAIN, "mail(dot)tj", NULL, "mail.tj", NULL, 0},
    {TG_SELECTOR_DOMAIN, "bücher.de", NULL, "xn--bcher-kva.de", NULL, 0},
    {TG_SELECTOR_DOMAIN, "BÜCHER.de", NULL, "xn--bcher-kva.de", NULL, 0},
    {TG_SELECTOR_DOMAIN, "faß.de", NULL, "xn--fa-hia.de", NULL, 0},
    {TG_SELECTOR_DOMAIN, "例え。テスト", NULL, "xn--r8jz45g.xn--zckzah", NULL, 0},
    {TG_SELECTOR_DOMAIN, "mail.tj", NULL, "mail.tj", NULL, 0},
    {TG_SELECTOR_DOMAIN, "i♥.ws", NULL, "xn--i-n3p.ws", NULL, 0},
    {TG_SELECTOR_DOMAIN, "mail۱.tj", NULL, "xn--mail-yzg.tj", NULL, 0}, /* not mail1.tj */
    {TG_SELECTOR_DOMAIN, "نامه\u200cای.com", NULL, "xn--mgba3gch31f060k.com", NULL,
     0}, /* the joiner counts */
    {TG_SELECTOR_DOMAIN, "XN--MGBA3GCH31F060K.com", NULL, "xn--mgba3gch31f060k.com", NULL, 0},
    {TG_SELECTOR_DOMAIN, "ma\u200cil.tj", NULL, "mail.tj", NULL, 0}, /* here it does not */
    {TG_SELECTOR_DOMAIN, "محلabc.com", NULL, "xn--abc-c0e9ie.com", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_DOMAIN, "xn--BCHER-2pa.de", NULL, "xn--bcher-2pa.de", NULL,
     TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_DOMAIN, "a\ue000.tj", NULL, NULL, "no domain name can have", 0},
    {TG_SELECTOR_DOMAIN, "tj", NULL, NULL, "bare public suffix", 0},
    {TG_SELECTOR_DOMAIN, "-mail.tj", NULL, NULL, "hyphen at its end", 0},
    {TG_SELECTOR_DOMAIN, "ma il.tj", NULL, NULL, "no domain name can have", 0},
    {TG_SELECTOR_DOMAIN, "10.20.30.40", NULL, NULL, "ends in a number", 0},
    {TG_SELECTOR_DOMAIN, "a23456789012345678901234567890123456789012345678901234567890123.tj", NULL,
     "a23456789012345678901234567890123456789012345678901234567890123.tj", NULL, 0},
    {TG_SELECTOR_DOMAIN, "a234567890123456789012345678901234567890123456789012345678901234.tj", NULL, NULL,
     "longer than 63", 0},
    {TG_SELECTOR_DOMAIN, "xn--999999999999.tj", NULL, NULL, "does not decode", 0},

    {TG_SELECTOR_URL, "hxxps://Mail[.]tj/a/../b?q=1#top", NULL, "https://mail.tj/b?q=1", NULL, 0},
    {TG_SELECTOR_URL, "HTTP://mail.tj:80", NULL, "http://mail.tj/", NULL, 0},
    {TG_SELECTOR_URL, "https://mail.tj:8443/", NULL, "https://mail.tj:8443/", NULL, 0},
    {TG_SELECTOR_URL, "https://mail.tj:0/", NULL, "https://mail.tj:0/", NULL, 0},
    {TG_SELECTOR_URL, "https://ali:@mail.tj/", NULL, "https://ali@mail.tj/", NULL, 0},
    {TG_SELECTOR_URL, "https://ali:a:b@mail.tj/", NULL, "https://ali:a%3Ab@mail.tj/", NULL, 0},
    {TG_SELECTOR_URL, "https://:@mail.tj/", NULL, "https://mail.tj/", NULL, 0},
    {TG_SELECTOR_URL, "http://m%61il%2etj/", NULL, "http://mail.tj/", NULL, 0},
    {TG_SELECTOR_URL, "http://%ff.tj/", NULL, NULL, "no host", 0},
    {TG_SELECTOR_URL, "http://0x7f.1/", NULL, "http://127.0.0.1/", NULL, 0},
    {TG_SELECTOR_URL, "http://[2001:DB8::1]/x", NULL, "http://[2001:db8::1]/x", NULL, 0},
    {TG_SELECTOR_URL, "http://mail.tj/a b", NULL, "http://mail.tj/a%20b", NULL, 0},
    {TG_SELECTOR_URL, "mail.tj/x", NULL, "http://mail.tj/x", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_URL, "gopher://mail.tj/", NULL, NULL, "another scheme", 0},
    {TG_SELECTOR_URL, "http://mail.tj:65536/", NULL, NULL, "port", 0},
    {TG_SELECTOR_URL, "http:///", NULL, NULL, "no host", 0},

    {TG_SELECTOR_IP, "185.10.20.30", NULL, "185.10.20.30", NULL, 0},
    {TG_SELECTOR_IP, "185[.]10[.]20[.]30", NULL, "185.10.20.30", NULL, 0},
    {TG_SELECTOR_IP, "::ffff:185.10.20.30", NULL, "185.10.20.30", NULL, 0},
    {TG_SELECTOR_IP, "2A00:0000:0:0:1::1", NULL, "2a00::1:0:0:1", NULL, 0},
    {TG_SELECTOR_IP, "10.0.0.1", NULL, "10.0.0.1", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IP, "172.31.255.255", NULL, "172.31.255.255", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IP, "172.32.0.0", NULL, "172.32.0.0", NULL, 0},
    {TG_SELECTOR_IP, "100.64.0.1", NULL, "100.64.0.1", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IP, "fe80::1", NULL, "fe80::1", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IP, "255.255.255.255", NULL, "255.255.255.255", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IP, "185.10.20.256", NULL, NULL, "no IP address", 0},
    {TG_SELECTOR_IP, "185.10.20.030", NULL, NULL, "no IP address", 0},
    {TG_SELECTOR_IP, "fe80::1%eth0", NULL, NULL, "zone", 0},
    {TG_SELECTOR_IP, "1::2::3", NULL, NULL, "no IP address", 0},

    {TG_SELECTOR_CIDR, "185.10.20.0/24", NULL, "185.10.20.0/24", NULL, 0},
    {TG_SELECTOR_CIDR, "185.10.20.30/24", NULL, "185.10.20.0/24", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_CIDR, "2a00::/16", NULL, "2a00::/16", NULL, 0},
    {TG_SELECTOR_CIDR, "185.10.20.0/33", NULL, NULL, "bad length", 0},
    {TG_SELECTOR_CIDR, "185.10.20.0", NULL, NULL, "no /length", 0},

    {TG_SELECTOR_IMEI, "49-015420-323751-8", NULL, "49015420323751", NULL, 0},
    {TG_SELECTOR_IMEI, "490154203237518", NULL, "49015420323751", NULL, 0},
    {TG_SELECTOR_IMEI, "4901542032375101", NULL, "49015420323751", NULL, 0},
    {TG_SELECTOR_IMEI, "49015420323751", NULL, "49015420323751", NULL, 0},
    {TG_SELECTOR_IMEI, "490154203237517", NULL, NULL, "expected 8", 0},
    {TG_SELECTOR_IMEI, "4901542032375", NULL, NULL, "13 digits", 0},
    {TG_SELECTOR_IMEI, "49015420323751011", NULL, NULL, "longer than 16", 0},
    {TG_SELECTOR_IMEI, "000000000000000", NULL, "00000000000000", NULL, TG_SELECTOR_NOISE},

    {TG_SELECTOR_IMSI, "436010123456789", NULL, "436010123456789", NULL, 0},
    {TG_SELECTOR_IMSI, "001010123456789", NULL, "001010123456789", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_IMSI, "201010123456789", NULL, "201010123456789", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_IMSI, "136010123456789", NULL, NULL, "no country has that code", 0},
    {TG_SELECTOR_IMSI, "4360101234567", NULL, NULL, "13 digits", 0},

    {TG_SELECTOR_ICCID, "8991101200003204514", NULL, "8991101200003204514", NULL, 0},
    {TG_SELECTOR_ICCID, "899110120000320451", NULL, "8991101200003204514", NULL, 0},
    {TG_SELECTOR_ICCID, "8991101200003204514F", NULL, "8991101200003204514", NULL, 0},
    {TG_SELECTOR_ICCID, "8991101200003204511", NULL, NULL, "expected 4", 0},
    {TG_SELECTOR_ICCID, "7991101200003204510", NULL, NULL, "begin with 89", 0},

    {TG_SELECTOR_MAC, "00-1B-44-11-3A-B7", NULL, "001b44113ab7", NULL, 0},
    {TG_SELECTOR_MAC, "001b.4411.3ab7", NULL, "001b44113ab7", NULL, 0},
    {TG_SELECTOR_MAC, "0:1b:44:11:3a:7", NULL, "001b44113a07", NULL, 0},
    {TG_SELECTOR_MAC, "001b44-113ab7", NULL, "001b44113ab7", NULL, 0},
    {TG_SELECTOR_MAC, "0:01b:44:11:3a:b7", NULL, NULL, "in groups of", 0},
    {TG_SELECTOR_MAC, "00::1b:44:11:3a:b7", NULL, NULL, "in groups of", 0},
    {TG_SELECTOR_MAC, "02:1b:44:11:3a:b7", NULL, "021b44113ab7", NULL, TG_SELECTOR_RANDOM},
    {TG_SELECTOR_MAC, "ff:ff:ff:ff:ff:ff", NULL, "ffffffffffff", NULL,
     TG_SELECTOR_NOISE | TG_SELECTOR_RANDOM},
    {TG_SELECTOR_MAC, "00:1b:44:11:3a", NULL, NULL, "not 12 hexadecimal", 0},

    {TG_SELECTOR_IBAN, "gb82 west 1234 5698 7654 32", NULL, "GB82WEST12345698765432", NULL, 0},
    {TG_SELECTOR_IBAN, "KZ86125KZT5004100100", NULL, "KZ86125KZT5004100100", NULL, 0},
    {TG_SELECTOR_IBAN, "GB81WEST12345698765432", NULL, NULL, "expected 82", 0},
    {TG_SELECTOR_IBAN, "GB82WEST1234569876543", NULL, NULL, "those of GB have 22", 0},
    {TG_SELECTOR_IBAN, "TJ82WEST12345698765432", NULL, NULL, "no country with IBANs", 0},

    {TG_SELECTOR_BIC, "DEUTDEFFXXX", NULL, "DEUTDEFF", NULL, 0},
    {TG_SELECTOR_BIC, "deutdeff500", NULL, "DEUTDEFF500", NULL, 0},
    {TG_SELECTOR_BIC, "DEUTDEF", NULL, NULL, "7 characters", 0},
    {TG_SELECTOR_BIC, "DEUTQQFF", NULL, NULL, "no country", 0},

    {TG_SELECTOR_PAYMENT_CARD, "4111 1111 1111 1112", NULL, NULL, "ending '1112'", 0},
    {TG_SELECTOR_PAYMENT_CARD, "41111111111", NULL, NULL, "11 digits", 0},

    {TG_SELECTOR_PASSPORT, "TJ:A 1234567", NULL, "TJ:A1234567", NULL, 0},
    {TG_SELECTOR_PASSPORT, "tjk:a1234567<<", NULL, "TJ:A1234567", NULL, 0},
    {TG_SELECTOR_PASSPORT, "А1234567", "TJ", "TJ:A1234567", NULL, 0},
    {TG_SELECTOR_PASSPORT, "D:C01X00T47", NULL, "DE:C01X00T47", NULL, 0},
    {TG_SELECTOR_PASSPORT, "A1234567", NULL, "ZZ:A1234567", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_PASSPORT, "QQ:A1234567", NULL, NULL, "no country", 0},
    {TG_SELECTOR_PASSPORT, "TJ:1234", NULL, NULL, "shorter than 5", 0},
    {TG_SELECTOR_PASSPORT, "TJ:ABCDEF", NULL, NULL, "no digit", 0},
    {TG_SELECTOR_NATIONAL_ID, "KZ:900101300017", NULL, "KZ:900101300017", NULL, 0},
    {TG_SELECTOR_NATIONAL_ID, "KZ:900101300018", NULL, "KZ:900101300018", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_NATIONAL_ID, "TR:10000000146", NULL, "TR:10000000146", NULL, 0},
    {TG_SELECTOR_NATIONAL_ID, "TR:10000000147", NULL, "TR:10000000147", NULL, TG_SELECTOR_ADVISORY},

    {TG_SELECTOR_PLATE, "1234 АВ 01", "TJ", "TJ:1234AB01", NULL, 0},
    {TG_SELECTOR_PLATE, "1234ab01", "TJ", "TJ:1234AB01", NULL, 0},
    {TG_SELECTOR_PLATE, "1", "TJ", NULL, "shorter than 2", 0},

    {TG_SELECTOR_VIN, "1m8gdm9axkp042788", NULL, "1M8GDM9AXKP042788", NULL, 0},
    {TG_SELECTOR_VIN, "1M8GDM9A1KP042788", NULL, NULL, "expected X", 0},
    {TG_SELECTOR_VIN, "WVWZZZ1JZ3W386752", NULL, "WVWZZZ1JZ3W386752", NULL, TG_SELECTOR_ADVISORY},
    {TG_SELECTOR_VIN, "WVWZZZ1JZ3W38675", NULL, NULL, "16 characters", 0},
    {TG_SELECTOR_VIN, "WVWZZZ1JZ3W38675O", NULL, NULL, "holds 'O'", 0},

    {TG_SELECTOR_IMO, "IMO 9074729", NULL, "9074729", NULL, 0},
    {TG_SELECTOR_IMO, "9074728", NULL, NULL, "expected 9", 0},
    {TG_SELECTOR_MMSI, "422123456", NULL, "422123456", NULL, 0},
    {TG_SELECTOR_MMSI, "200123456", NULL, NULL, "201 to 775", 0},
    {TG_SELECTOR_MMSI, "776123456", NULL, NULL, "201 to 775", 0},
    {TG_SELECTOR_MMSI, "775123456", NULL, "775123456", NULL, 0},

    {TG_SELECTOR_HASH, "900150983CD24FB0D6963F7D28E17F72", NULL, "md5:900150983cd24fb0d6963f7d28e17f72", NULL,
     0},
    {TG_SELECTOR_HASH, "sha1:a9993e364706816aba3e25717850c26c9cd0d89d", NULL,
     "sha1:a9993e364706816aba3e25717850c26c9cd0d89d", NULL, 0},
    {TG_SELECTOR_HASH, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NULL,
     "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_HASH, "900150983cd24fb0d6963f7d28e17f7", NULL, NULL, "31 characters", 0},
    {TG_SELECTOR_HASH, "900150983cd24fb0d6963f7d28e17f7g", NULL, NULL, "0-9 and a-f", 0},
    {TG_SELECTOR_HASH, "sha1:900150983cd24fb0d6963f7d28e17f72", NULL, NULL, "32 characters", 0},

    {TG_SELECTOR_CRYPTO, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", NULL,
     "bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", NULL, 0},
    {TG_SELECTOR_CRYPTO, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", NULL, NULL, "mistyped", 0},
    {TG_SELECTOR_CRYPTO, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", NULL,
     "bitcoin:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", NULL, 0},
    {TG_SELECTOR_CRYPTO, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", NULL,
     "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", NULL, 0},
    {TG_SELECTOR_CRYPTO, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", NULL,
     "bitcoin:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", NULL, 0},
    {TG_SELECTOR_CRYPTO, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", NULL, NULL, "mistyped", 0},
    {TG_SELECTOR_CRYPTO, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", NULL,
     "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", NULL, 0},
    {TG_SELECTOR_CRYPTO, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", NULL,
     "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", NULL, 0},
    {TG_SELECTOR_CRYPTO, "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", NULL, NULL, "mistyped", 0},
    {TG_SELECTOR_CRYPTO, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", NULL,
     "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", NULL, 0},

    {TG_SELECTOR_CRYPTO,
     "41d7ke5VQnR2BDNSgrTE9j3X8QQ5Bnbbs4s3SMTX7y416CxUJqrTLW97YsWGEBnhxH8tnYDcX85QRAEhaAzrTSrZ89rbBUS", NULL,
     "monero:41d7ke5VQnR2BDNSgrTE9j3X8QQ5Bnbbs4s3SMTX7y416CxUJqrTLW97YsWGEBnhxH8tnYDcX85QRAEhaAzrTSrZ89rbBUS",
     NULL, 0},
    {TG_SELECTOR_CRYPTO,
     "41d7ke5VQnR2BDNSgrTE9j3X8QQ5Bnbbs4s3SMTX7y416CxUJqrTLW97YsWGEBnhxH8tnYDcX85QRAEhaAzrTSrZ89rbBU2", NULL,
     NULL, "mistyped", 0},
    {TG_SELECTOR_CRYPTO,
     "9sAfEtjkh9X2BDNSgrTE9j3X8QQ5Bnbbs4s3SMTX7y416CxUJqrTLW97YsWGEBnhxH8tnYDcX85QRAEhaAzrTSrZ8DgTyWM", NULL,
     NULL, "no kind that Monero has", 0},

    {TG_SELECTOR_ONION, "http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/", NULL,
     "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", NULL, 0},
    {TG_SELECTOR_ONION, "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczae.onion", NULL, NULL, "", 0},
    {TG_SELECTOR_ONION, "3g2upl4pq6kufc4m.onion", NULL, NULL, "version 2", 0},

    {TG_SELECTOR_TELEGRAM, "https://t.me/Some_Name", NULL, "@some_name", NULL, TG_SELECTOR_REUSED},
    {TG_SELECTOR_TELEGRAM, "@some_name", NULL, "@some_name", NULL, 0},
    {TG_SELECTOR_TELEGRAM, "id: 0", NULL, NULL, "no numeric id", 0},
    {TG_SELECTOR_TELEGRAM, "123456789", NULL, "id:123456789", NULL, 0},
    {TG_SELECTOR_TELEGRAM, "-1001234567890", NULL, "id:-1001234567890", NULL, 0},
    {TG_SELECTOR_TELEGRAM, "t.me/c/1234567890/12", NULL, "id:-1001234567890", NULL, 0},
    {TG_SELECTOR_TELEGRAM, "https://t.me/+AbCdEfGhIjK1", NULL, "invite:AbCdEfGhIjK1", NULL, 0},
    {TG_SELECTOR_TELEGRAM, "abc", NULL, NULL, "4 to 32", 0},
    {TG_SELECTOR_TELEGRAM, "@some-name", NULL, NULL, "does not allow", 0},
    {TG_SELECTOR_WHATSAPP, "https://wa.me/992901234567", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_WHATSAPP, "992901234567@s.whatsapp.net", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_SIGNAL, "+992901234567", NULL, "+992901234567", NULL, 0},
    {TG_SELECTOR_SIGNAL, "Some_name.42", NULL, "@some_name.42", NULL, 0},
    {TG_SELECTOR_SIGNAL, "some_name.4", NULL, NULL, "two or more digits", 0},
    {TG_SELECTOR_VK, "https://vk.com/id12345", NULL, "id:12345", NULL, 0},
    {TG_SELECTOR_VK, "club77", NULL, "group:77", NULL, 0},
    {TG_SELECTOR_X, "https://twitter.com/Some_Name/status/1", NULL, "@some_name", NULL, 0},
    {TG_SELECTOR_X, "@sixteen_letters_", NULL, NULL, "1 to 15", 0},
    {TG_SELECTOR_FACEBOOK, "facebook.com/profile.php?id=1000123", NULL, "id:1000123", NULL, 0},
    {TG_SELECTOR_FACEBOOK, "some.name.x", NULL, "@somenamex", NULL, 0},
    {TG_SELECTOR_INSTAGRAM, "instagram.com/some.name/", NULL, "@some.name", NULL, 0},
    {TG_SELECTOR_TIKTOK, "https://www.tiktok.com/@some.name", NULL, "@some.name", NULL, 0},
    {TG_SELECTOR_HANDLE, "Discord: Some#1234", NULL, "discord:some#1234", NULL, 0},
    {TG_SELECTOR_HANDLE, "some", NULL, NULL, "names no service", 0},

    {TG_SELECTOR_COORDINATES, "38.5597722, 68.7870383", NULL, "38.5597722,68.7870383", NULL, 0},
    {TG_SELECTOR_COORDINATES, "38°33'36\"N 68°47'24\"E", NULL, "38.5600000,68.7900000", NULL, 0},
    {TG_SELECTOR_COORDINATES, "geo:38.5,68.7;u=50", NULL, "38.5000000,68.7000000;u=50", NULL, 0},
    {TG_SELECTOR_COORDINATES, "-33.9, 18.4 ± 2 km", NULL, "-33.9000000,18.4000000;u=2000", NULL, 0},
    {TG_SELECTOR_COORDINATES, "38.5597722 68.7870383", NULL, "38.5597722,68.7870383", NULL, 0},
    {TG_SELECTOR_COORDINATES, "90,180", NULL, "90.0000000,180.0000000", NULL, 0},
    {TG_SELECTOR_COORDINATES, "98.7, 38.5", NULL, NULL, "swapped", 0},
    {TG_SELECTOR_COORDINATES, "38.5, 180.1", NULL, NULL, "outside", 0},
    {TG_SELECTOR_COORDINATES, "0,0", NULL, "0.0000000,0.0000000", NULL, TG_SELECTOR_NOISE},
    {TG_SELECTOR_ASN, "as 13335", NULL, "AS13335", NULL, 0},
    {TG_SELECTOR_ASN, "AS0", NULL, NULL, "from 1", 0},
};

static void check(const struct row *row)
{
    struct tg_selector got = {.type = TG_SELECTOR_NONE, .form = "untouched"};
    struct tg_errmsg em = {.text = ""};
    tg_err err = tg_selector_normalise(row->type, tg_view_str(row->text), row->hint, &got, &em);
    const char *name = tg_selector_name(row->type);
    if (row->form == NULL) {
        cr_expect(err != TG_OK, "%s '%s' was taken as '%s'", name, row->text, got.form);
        cr_expect(strcmp(got.form, "untouched") == 0, "%s '%s' touched its output", name, row->text);
        cr_expect(strstr(em.text, row->says) != NULL, "%s '%s' says '%s', not '%s'", name, row->text, em.text,
                  row->says);
        return;
    }
    cr_expect(err == TG_OK, "%s '%s': %s", name, row->text, em.text);
    cr_expect(strcmp(got.form, row->form) == 0, "%s '%s' gives '%s', not '%s'", name, row->text, got.form,
              row->form);
    cr_expect(got.form_bytes == strlen(got.form), "%s '%s' length", name, row->text);
    uint32_t looked_at = TG_SELECTOR_NOISE | TG_SELECTOR_ADVISORY | TG_SELECTOR_RANDOM;
    cr_expect((got.flags & looked_at) == (row->flags & looked_at), "%s '%s' has flags %x", name, row->text,
              got.flags);
    if ((got.flags & TG_SELECTOR_ADVISORY) != 0)
        cr_expect(em.text[0] != 0, "%s '%s' has a doubt without words", name, row->text);
}

Test(match_selector, gives_the_normal_form_or_the_reason_at_both_sides_of_each_edge)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check(&rows[i]);
}

Test(match_selector, normal_form_is_its_own_normal_form)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_selector once, twice;
        if (tg_selector_normalise(rows[i].type, tg_view_str(rows[i].text), rows[i].hint, &once, NULL) !=
            TG_OK)
            continue;
        struct tg_errmsg em = {.text = ""};
        tg_err err = tg_selector_normalise(rows[i].type, tg_selector_form(&once), NULL, &twice, &em);
        cr_expect(err == TG_OK, "'%s': %s", once.form, em.text);
        cr_expect(strcmp(once.form, twice.form) == 0, "'%s' becomes '%s'", once.form, twice.form);
    }
}

Test(match_selector, each_type_has_an_accepted_and_a_refused_value_above)
{
    for (unsigned type = 1; type < TG_SELECTOR_TYPES_END; type++) {
        bool row = false;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) row = row || rows[i].type == type;
        cr_expect(row, "type %u '%s' has no row", type, tg_selector_name((enum tg_selector_type)type));
    }
}

Test(match_selector, payment_card_form_never_holds_the_number)
{
    struct tg_selector card;
    cr_assert(tg_selector_normalise(TG_SELECTOR_PAYMENT_CARD, tg_view_str("4539 5787 6362 1486"), NULL, &card,
                                    NULL) == TG_OK);
    cr_assert(strncmp(card.form, "453957******1486~", 17) == 0, "%s", card.form);
    cr_assert(card.form_bytes == 19);
    cr_assert((card.flags & TG_SELECTOR_MASKED) != 0);
    struct tg_selector again;
    cr_assert(tg_selector_normalise(TG_SELECTOR_PAYMENT_CARD, tg_selector_form(&card), NULL, &again, NULL) ==
              TG_OK);
    cr_assert(strcmp(card.form, again.form) == 0);
    struct tg_errmsg em = {.text = ""};
    cr_assert(tg_selector_normalise(TG_SELECTOR_PAYMENT_CARD, tg_view_str("4539578763621487"), NULL, &card,
                                    &em) != TG_OK);
    cr_assert(strstr(em.text, "453957") == NULL, "refusal shows the number");
}

Test(match_selector, long_web_address_keeps_head_and_hash_and_stays_the_same)
{
    char text[1200];
    int at = snprintf(text, sizeof text, "https://mail.tj/");
    memset(text + at, 'a', 1000);
    text[at + 1000] = 0;
    struct tg_selector one, two, other;
    cr_assert(tg_selector_normalise(TG_SELECTOR_URL, tg_view_str(text), NULL, &one, NULL) == TG_OK);
    cr_assert(one.form_bytes == 440 + 1 + 64);
    cr_assert(tg_selector_normalise(TG_SELECTOR_URL, tg_selector_form(&one), NULL, &two, NULL) == TG_OK);
    cr_assert(strcmp(one.form, two.form) == 0);
    text[at + 999] = 'b';
    cr_assert(tg_selector_normalise(TG_SELECTOR_URL, tg_view_str(text), NULL, &other, NULL) == TG_OK);
    cr_assert(strcmp(one.form, other.form) != 0);
}

Test(match_selector, refuses_bad_utf8_controls_emptiness_and_length)
{
    struct tg_selector out;
    char big[TG_SELECTOR_TEXT_BYTES_MAX + 1];
    memset(big, '1', sizeof big);
    for (unsigned type = 1; type < TG_SELECTOR_TYPES_END; type++) {
        enum tg_selector_type t = (enum tg_selector_type)type;
        cr_expect(tg_selector_normalise(t, tg_view_str("\xff\xfe"), NULL, &out, NULL) == TG_EFORMAT);
        cr_expect(tg_selector_normalise(t,
                                        tg_view_str("12\x01"
                                                    "34"),
                                        NULL, &out, NULL) == TG_EFORMAT);
        cr_expect(tg_selector_normalise(t, tg_view_str(" \t "), NULL, &out, NULL) == TG_EFORMAT);
        cr_expect(tg_selector_normalise(t, tg_view_of(big, sizeof big), NULL, &out, NULL) == TG_ELIMIT);
        cr_expect(tg_selector_normalise(t, tg_view_of(big, sizeof big - 1), NULL, &out, NULL) != TG_OK);
    }
    cr_assert(tg_selector_normalise(TG_SELECTOR_NONE, tg_view_str("x"), NULL, &out, NULL) == TG_EVALUE);
    cr_assert(tg_selector_normalise(TG_SELECTOR_TYPES_END, tg_view_str("x"), NULL, &out, NULL) == TG_EVALUE);
}

Test(match_selector, names_its_types_and_suggests_the_nearest)
{
    enum tg_selector_type type;
    struct tg_errmsg em = {.text = ""};
    cr_assert(tg_selector_type_of_name(tg_view_str("imei"), &type, NULL) == TG_OK);
    cr_assert(type == TG_SELECTOR_IMEI);
    cr_assert(tg_selector_type_of_name(tg_view_str("phnoe"), &type, &em) == TG_EVALUE);
    cr_assert(strstr(em.text, "did you mean 'phone'") != NULL, "%s", em.text);
    cr_assert(tg_selector_type_of_number(33, &type) == TG_OK);
    cr_assert(tg_selector_type_of_number(34, &type) == TG_EVALUE);
    cr_assert(tg_selector_type_of_number(0, &type) == TG_EVALUE);
}

static bool guessed_first(const char *text, const char *hint, enum tg_selector_type type)
{
    struct tg_selector out[8];
    size_t count = tg_selector_guess(tg_view_str(text), hint, out, 8);
    return count > 0 && out[0].type == type;
}

Test(match_selector, guesses_what_an_analyst_typed)
{
    cr_expect(guessed_first("+992 90 123 45 67", NULL, TG_SELECTOR_PHONE));
    cr_expect(guessed_first("901234567", "TJ", TG_SELECTOR_PHONE));
    cr_expect(guessed_first("ali@mail.tj", NULL, TG_SELECTOR_EMAIL));
    cr_expect(guessed_first("https://mail.tj/x", NULL, TG_SELECTOR_URL));
    cr_expect(guessed_first("https://t.me/some_name", NULL, TG_SELECTOR_TELEGRAM));
    cr_expect(guessed_first("@some_name", NULL, TG_SELECTOR_TELEGRAM));
    cr_expect(guessed_first("185.10.20.30", NULL, TG_SELECTOR_IP));
    cr_expect(guessed_first("185.10.20.0/24", NULL, TG_SELECTOR_CIDR));
    cr_expect(guessed_first("mail.tj", NULL, TG_SELECTOR_DOMAIN));
    cr_expect(guessed_first("900150983cd24fb0d6963f7d28e17f72", NULL, TG_SELECTOR_HASH));
    cr_expect(guessed_first("490154203237518", NULL, TG_SELECTOR_IMEI));
    cr_expect(guessed_first("imei:490154203237518", NULL, TG_SELECTOR_IMEI));
    cr_expect(guessed_first("A1234567", "TJ", TG_SELECTOR_PASSPORT));
    cr_expect(guessed_first("38.55, 68.78", NULL, TG_SELECTOR_COORDINATES));
    struct tg_selector out[8];
    cr_expect(tg_selector_guess(tg_view_str("Rahmonov Abdullo"), NULL, out, 8) == 0, "a name is no selector");
    cr_expect(tg_selector_guess(tg_view_str("Раҳмонов"), "TJ", out, 8) == 0);
}

/* xorshift64*: the same everywhere. */
static uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717U;
}

Test(match_selector, whatever_is_accepted_is_stable_and_clean)
{
    static const char letters[] = "0123456789+-.:/@ abcdefxyzAB[]()?#%_\xd0\x90\xd9\xa1";
    uint64_t state = 42;
    for (int round = 0; round < 40000; round++) {
        char text[64];
        size_t bytes = 1 + chance(&state) % 40;
        for (size_t i = 0; i < bytes; i++) text[i] = letters[chance(&state) % (sizeof letters - 1)];
        enum tg_selector_type type =
            (enum tg_selector_type)(1 + chance(&state) % (TG_SELECTOR_TYPES_END - 1));
        struct tg_selector once, twice;
        if (tg_selector_normalise(type, tg_view_of(text, bytes), NULL, &once, NULL) != TG_OK) continue;
        cr_assert(once.form_bytes == strlen(once.form) && once.form_bytes > 0);
        cr_assert(tg_selector_normalise(type, tg_selector_form(&once), NULL, &twice, NULL) == TG_OK,
                  "%s '%s' from '%.*s'", tg_selector_name(type), once.form, (int)bytes, text);
        cr_assert(strcmp(once.form, twice.form) == 0, "%s '%s' from '%.*s' becomes '%s'",
                  tg_selector_name(type), once.form, (int)bytes, text, twice.form);
    }
}
