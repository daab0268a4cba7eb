"""Cases for the differential tests: valid, damaged by one character, written differently; each with what an
independent oracle makes of it. One generator a type: cases(rng, count) yields (type, value, country, expected);
expected is the normal form, or None when the oracle refuses. LATER marks what node.mjs has still to answer."""
import hashlib
import ipaddress
import re
import string

import idna
import phonenumbers
import stdnum.bic
import stdnum.bitcoin
import stdnum.iban
import stdnum.imei
import stdnum.imo
import stdnum.imsi
import stdnum.luhn
import stdnum.mac
from stdnum.exceptions import ValidationError
from stdnum.tr import tckimlik

DIGITS = string.digits
UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase


class Later:
    """What node.mjs is asked: kind and value as it wants it; form makes the normal form of its answer."""

    def __init__(self, kind, value, form=lambda answer: answer):
        self.kind, self.value, self.form = kind, value, form


def damage(rng, text):
    """One character exchanged for one of its kind, dropped, doubled, or two neighbours changed over."""
    if not text:
        return text
    at = rng.randrange(len(text))
    c = text[at]
    kind = DIGITS if c.isdigit() else UPPER if c.isupper() else LOWER if c.islower() else " -.:/"
    way = rng.random()
    if way < .6:
        return text[:at] + rng.choice(kind) + text[at + 1:]
    if way < .75:
        return text[:at] + text[at + 1:]
    if way < .85:
        return text[:at] + c + text[at:]
    return text[:at] + text[at:at + 2][::-1] + text[at + 2:]


def separated(rng, text, marks=" -", every=4):
    mark = rng.choice(marks)
    return mark.join(text[i:i + every] for i in range(0, len(text), every))


def other_digits(rng, text):
    base = rng.choice((0x660, 0x6F0, 0xFF10))
    return "".join(chr(base + int(c)) if c in DIGITS else c for c in text)


def wide_letters(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def dressed(rng, text, marks=" -", every=4, wide=True):
    way = rng.random()
    if way < .4:
        return text
    if way < .6:
        return separated(rng, text, marks, every)
    if way < .7:
        return other_digits(rng, text)
    if way < .8 and wide:
        return wide_letters(text)
    if way < .9:
        return text.lower()
    return rng.choice((" ", "\u200b", "\u00a0", "\ufeff")) + text + rng.choice((" ", "\u200e", ""))


def varied(rng, text):
    """A third damaged."""
    return damage(rng, text) if rng.random() < .34 else text


def digits_of(rng, count):
    return "".join(rng.choices(DIGITS, k=count))


def luhn_put(text):
    return text + stdnum.luhn.calc_check_digit(text)


def oracle(call, text):
    try:
        return call(text)
    except (ValidationError, ValueError, KeyError, IndexError):
        return None


# ---- numbers with check digits ----

def imei(rng, count):
    def form(text):
        number = stdnum.imei.validate(text)
        return number[:14]
    for _ in range(count):
        text = digits_of(rng, 14)
        text = luhn_put(text) if rng.random() < .7 else text + digits_of(rng, rng.choice((0, 2)))
        text = varied(rng, text)
        if not text.isdigit():
            continue
        yield "imei", dressed(rng, text), "", oracle(form, text)


def imsi(rng, count):
    def form(text):
        return stdnum.imsi.validate(text)
    for _ in range(count):
        text = varied(rng, digits_of(rng, rng.choice((14, 15, 15, 15, 13, 16))))
        if text.isdigit():
            yield "imsi", dressed(rng, text), "", oracle(form, text)


def iccid(rng, count):
    for _ in range(count):
        text = varied(rng, luhn_put("89" + digits_of(rng, rng.choice((16, 17)))))
        if text.isdigit():
            valid = len(text) in (19, 20) and text.startswith("89") and stdnum.luhn.is_valid(text)
            if len(text) == 18 and text.startswith("89"):
                yield "iccid", dressed(rng, text), "", luhn_put(text)
            else:
                yield "iccid", dressed(rng, text), "", text if valid else None


def mac(rng, count):
    def form(text):
        return stdnum.mac.validate(text, validate_manufacturer=False).replace(":", "")
    for _ in range(count):
        text = "".join(rng.choices("0123456789abcdef", k=12))
        mark = rng.choice(":-")
        text = mark.join(text[i:i + 2] for i in range(0, 12, 2))
        text = varied(rng, text)
        expected = oracle(form, text)
        if rng.random() < .2:
            text = text.upper()
        if expected and rng.random() < .2:
            text = ".".join(expected[i:i + 4] for i in (0, 4, 8))
        yield "mac", text, "", expected


IBAN_LENGTHS = None


def iban(rng, count):
    countries = sorted(stdnum.iban._ibandb.prefixes, key=str) if hasattr(stdnum.iban, "_ibandb") else []
    structures = {prefix: info["bban"] for _, prefix, _, info, _ in countries}
    def chars(bban):
        return "".join("".join(rng.choices({"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER}[kind], k=int(size)))
                       for size, kind in re.findall(r"(\d+)!?([nac])", bban))
    names = sorted(structures)
    for _ in range(count):
        code = rng.choice(names)
        body = chars(structures[code])
        check = stdnum.iban.calc_check_digits(code + "00" + body)
        text = varied(rng, code + check + body)
        yield "iban", dressed(rng, text), "", oracle(lambda t: stdnum.iban.validate(t, check_country=False), text)


def bic(rng, count):
    def form(text):
        text = stdnum.bic.validate(text)
        return text[:8] if text[8:] == "XXX" else text
    for _ in range(count):
        text = "".join(rng.choices(UPPER, k=4)) + rng.choice(("TJ", "KZ", "DE", "RU", "GB", "AF", "QQ", "XK"))
        text += "".join(rng.choices(UPPER + DIGITS, k=2)) + rng.choice(("", "XXX", "500", "A1B"))
        text = varied(rng, text)
        yield "bic", dressed(rng, text, " ", 4), "", oracle(form, text)


def card_form(text):
    if not (12 <= len(text) <= 19 and stdnum.luhn.is_valid(text)):
        return None
    hidden = len(text) - 10
    tag = hashlib.sha256(b"tamga/payment-card/v1\0" + text.encode()).hexdigest()[:2]
    return text[:6] + "*" * hidden + text[-4:] + ("~" + tag if hidden >= 5 else "")


def payment_card(rng, count):
    for _ in range(count):
        text = luhn_put(rng.choice(("4", "5", "22", "62", "34", "9762", "9860")) + digits_of(rng, rng.randrange(9, 17)))
        text = varied(rng, text)
        if text.isdigit():
            yield "payment_card", dressed(rng, text), "", card_form(text)


def imo(rng, count):
    for _ in range(count):
        text = rng.choice("123456789") + digits_of(rng, 5)
        text += stdnum.imo.calc_check_digit(text + "0")
        text = varied(rng, text)
        value = rng.choice(("", "IMO", "IMO ", "imo")) + dressed(rng, text, wide=False)
        yield "imo", value, "", oracle(stdnum.imo.validate, text) if not text.startswith("0") else None


# ISO 3779 annex, written out once more
VIN_VALUES = {**{c: int(c) for c in DIGITS}, **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ",
              (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9)))}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check(text):
    rest = sum(VIN_VALUES[c] * w for c, w in zip(text, VIN_WEIGHTS)) % 11
    return "X" if rest == 10 else str(rest)


def vin(rng, count):
    letters = "".join(VIN_VALUES)
    for _ in range(count):
        text = rng.choice("12345WVZLXJKS") + "".join(rng.choices(letters, k=16))
        text = varied(rng, text[:8] + vin_check(text) + text[9:])
        good = len(text) == 17 and all(c in VIN_VALUES for c in text)
        if good and text[0] in "12345" and vin_check(text) != text[8]:
            good = False
        yield "vin", dressed(rng, text), "", text if good else None


def national_id(rng, count):
    """Turkish numbers; a wrong check digit is a doubt (flag 2), no refusal."""
    for _ in range(count):
        text = str(rng.randrange(1, 10)) + digits_of(rng, 8)
        text = varied(rng, text + tckimlik.calc_check_digits(text))
        if len(text) == 11 and text.isdigit():
            yield "national_id", "TR:" + text, "", ("TR:" + text, 0 if tckimlik.is_valid(text) else 2)


def mmsi_mid(text):
    for prefix, at in (("00", 2), ("0", 1), ("111", 3), ("98", 2), ("99", 2)):
        if text.startswith(prefix):
            return int(text[at:at + 3])
    if text[:3] in ("970", "972", "974"):
        return 201
    return int(text[1:4] if text[0] == "8" else text[:3])


def mmsi(rng, count):
    for _ in range(count):
        text = varied(rng, digits_of(rng, 9))
        if text.isdigit():
            good = len(text) == 9 and 201 <= mmsi_mid(text) <= 775
            yield "mmsi", dressed(rng, text, every=3), "", text if good else None


def asn(rng, count):
    for _ in range(count):
        number = rng.choice((rng.randrange(0, 70000), rng.randrange(0, 2 ** 33), 2 ** 32, 2 ** 32 - 1, 0))
        value = rng.choice(("AS", "as", "ASN ", "AS ", "")) + str(number)
        yield "asn", value, "", "AS%d" % number if 1 <= number < 2 ** 32 else None


# ---- addresses ----

def ip_form(text):
    address = ipaddress.ip_address(text)
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def ip_text(rng):
    if rng.random() < .5:
        return str(ipaddress.IPv4Address(rng.getrandbits(32)))
    value = rng.getrandbits(128)
    if rng.random() < .7:  # runs of zeros
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(8) * 16
            value &= ~(0xffff << at)
    if rng.random() < .1:
        value = 0xffff << 32 | rng.getrandbits(32)
    address = ipaddress.IPv6Address(value)
    way = rng.random()
    if way < .4:
        return str(address)
    if way < .6:
        return address.exploded
    if way < .8:
        head, tail = address.exploded[:29], ipaddress.IPv4Address(value & 0xffffffff)
        return head + ":" + str(tail)
    return str(address).upper()


def ip(rng, count):
    for _ in range(count):
        text = ip_text(rng)
        if rng.random() < .3:
            text = damage(rng, text)
        value = text
        if ":" not in text and rng.random() < .2:
            value = text.replace(".", rng.choice(("[.]", "(.)", "[dot]")))
        yield "ip", value, "", oracle(ip_form, text.strip())


def cidr(rng, count):
    def form(text):
        network = ipaddress.ip_network(text, strict=False)
        if network.version == 6 and network.network_address.ipv4_mapped and network.prefixlen >= 96:
            return "%s/%d" % (network.network_address.ipv4_mapped, network.prefixlen - 96)
        if network.version == 6 and ipaddress.ip_address(text.split("/")[0]).ipv4_mapped:
            raise ValueError("a mapped network wider than all of IPv4")
        return str(network)
    for _ in range(count):
        text = ip_text(rng)
        text += "/" + str(rng.randrange(0, 35 if "." in text and ":" not in text else 132))
        if rng.random() < .2:
            text = damage(rng, text)
        if "/" in text:
            yield "cidr", text, "", oracle(form, text.strip())


LABELS = ("mail почта банк пример книга узбек сафар محل شبكة کتاب خانه دانشگاه 例え 中文 한국 한글 bücher straße faß müller "
          "ελλάς σίγμα ñandú œuvre dağ ığdır İzmir тоҷик қазақ ёлка хочу bank-a a--b x1 3m דוגמה יום ไทย हिन्दी বাংলা "
          "ａｂｃ ﬁn ſs Ⅷ ½ ① ㎏ é e\u0301 ǆ ŀ Ω K").split()
ODD = "-_.·‿☃♥€§@ \u3002\u0640\u200d\u0301\u05d0\u0661\u06f1\u00ad\u1e9e\u2160\uff0e\U0001f600\u0345\u1f80"


def host_text(rng):
    labels = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if rng.random() < .3:
            labels.append("".join(rng.choices(LOWER + UPPER + DIGITS + "-", k=rng.randrange(1, 20))))
        else:
            labels.append("".join(rng.choice(LABELS) for _ in range(rng.choice((1, 1, 2)))))
    if rng.random() < .1:
        labels.append("a" * rng.randrange(60, 66))
    labels.append(rng.choice(("tj", "com", "рф", "uz", "net", "укр", "org")))
    text = ".".join(labels)
    if rng.random() < .15:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(ODD) + text[at:]
    if rng.random() < .15:
        text = oracle(lambda t: idna.encode(t, uts46=True).decode(), text) or text
        text = damage(rng, text) if rng.random() < .5 else text
    return text.upper() if rng.random() < .05 else text


def domain_form(text):
    return idna.encode(text, uts46=True, std3_rules=True, transitional=False).decode().rstrip(".").lower()


def domain(rng, count):
    for _ in range(count):
        text = host_text(rng).strip()
        value = text.replace(".", rng.choice(("[.]", "(dot)", "[dot]", "\u3002"))) if rng.random() < .1 else text
        yield "domain", value, "", oracle(domain_form, text)


def domain_whatwg(rng, count):
    for _ in range(count):
        text = host_text(rng).strip()
        if not any(c in text for c in "/\\?#:@"):  # where it would cut
            yield "domain", text, "", Later("domain", text)


def email(rng, count):
    atext = LOWER + UPPER + DIGITS + "!#$%&'*+-/=?^_`{|}~"
    shape = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
    for _ in range(count):
        local = "".join(rng.choices(atext + "..", k=rng.choice((1, 3, 8, 12, 63, 64, 65))))
        if rng.random() < .7:
            local = rng.choice(("ali", "Ali.Karimov", "a+news", "x_y-z", "o'neil"))
        host = host_text(rng)
        good = shape.match(local) and len(local) <= 64
        form = oracle(domain_form, host) if good else None
        text = local + "@" + host
        if rng.random() < .1:
            text = local + rng.choice(("[at]", "(at)", " at ")) + host
        yield "email", text, "", local.lower() + "@" + form if form else None


def url(rng, count):
    pieces = ("a", "b/", "../", "./", "%2e%2e/", "%2E/", "//", "x y", "é", "%41", "%zz", "\\", "~u", "a'b", "q=1", "тест",
              "{x}", "|", "^", "[1]", "<s>", "\"", "`", ";v=1", "@", ":", "$&+,")
    for _ in range(count):
        way = rng.random()
        host = host_text(rng)
        if way < .15:
            host = rng.choice(("0x7f.1", "2130706433", "017700000001", "192.168.1", "1.2.3.4", "256.1.1.1", "0x", "1.2.3.4.5",
                               "0300.0250.1.1", "4294967296", "1.2.3.08", "0xffffffff", "1..2"))
        elif way < .25:
            host = "[" + ip_text(rng) + "]"
        text = rng.choice(("http", "https", "HTTP", "ftp", "ws", "wss", "Https")) + "://"
        text += rng.choice(("", "", "", "u@", "u:p@", "u:@", ":p@", "@")) + host
        text += rng.choice(("", "", "", ":80", ":443", ":8080", ":", ":65535", ":65536", ":021", ":0"))
        text += rng.choice(("", "/")) + "".join(rng.choices(pieces, k=rng.randrange(0, 5))) if rng.random() < .8 else ""
        text += "?" + "".join(rng.choices(pieces, k=rng.randrange(0, 3))) if rng.random() < .3 else ""
        text += "#" + rng.choice(pieces) if rng.random() < .2 else ""
        if rng.random() < .1:
            text = damage(rng, text)
        value = "hxxp" + text[4:] if text.startswith("http") and rng.random() < .1 else text
        yield "url", value, "", Later("url", text)


# ---- telephones ----

def e164(text, country):
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_numbers(rng):
    """Valid numbers of every region, from the examples of each kind with their last digits changed."""
    kinds = phonenumbers.PhoneNumberType
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (kinds.MOBILE, kinds.FIXED_LINE, kinds.TOLL_FREE, kinds.VOIP):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, number


def phone(rng, count):
    examples = list(phone_numbers(rng))
    home = [e for e in examples if e[0] in ("TJ", "KG", "UZ", "KZ", "TM", "RU", "AF", "IR", "PK", "TR", "CN", "IT")]
    formats = phonenumbers.PhoneNumberFormat
    for i in range(count):
        region, example = rng.choice(home if i % 2 else examples)
        national = str(example.national_number)
        tail = rng.randrange(1, 6)
        number = phonenumbers.PhoneNumber(country_code=example.country_code,
                                          national_number=int(national[:-tail] + digits_of(rng, tail)),
                                          italian_leading_zero=example.italian_leading_zero)
        how = rng.choice((formats.E164, formats.INTERNATIONAL, formats.NATIONAL, formats.RFC3966))
        text = phonenumbers.format_number(number, how)
        country = region if how == formats.NATIONAL or rng.random() < .3 else ""
        if rng.random() < .25:
            text = damage(rng, text)
        expected = e164(text, country)
        if rng.random() < .2:
            text = other_digits(rng, text)
        elif text.startswith("+") and rng.random() < .1:
            text = "00" + text[1:]
        yield "phone", text, country, expected


# ---- coins, hashes, onion services ----

B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    value, out = int.from_bytes(data, "big"), ""
    while value:
        value, rest = divmod(value, 58)
        out = B58[rest] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def base58_check(data):
    return base58(data + hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4])


def base58_form(text):
    if any(c not in B58 for c in text):
        return None
    value = 0
    for c in text:
        value = value * 58 + B58.index(c)
    ones = len(text) - len(text.lstrip("1"))
    data = b"\0" * ones + value.to_bytes((value.bit_length() + 7) // 8, "big")
    if len(data) != 25 or base58_check(data[:21]) != text:
        return None
    chain = {0: "bitcoin", 5: "bitcoin", 0x30: "litecoin", 0x32: "litecoin", 0x41: "tron", 0x1e: "dogecoin",
             0x16: "dogecoin"}.get(data[0])
    return chain and chain + ":" + text


def keccak256(data):
    def rol(v, n):
        return (v << n | v >> (64 - n)) & (1 << 64) - 1 if n else v
    rounds, lfsr = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if lfsr & 1:
                constant |= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
        rounds.append(constant)
    state = [[0] * 5 for _ in range(5)]
    block = bytearray(data + b"\x01" + b"\0" * (-(len(data) + 1) % 136))
    block[-1] |= 0x80
    for at in range(0, len(block), 136):
        for i in range(17):
            state[i % 5][i // 5] ^= int.from_bytes(block[at + 8 * i:at + 8 * i + 8], "little")
        for constant in rounds:
            c = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
            d = [c[x - 1] ^ rol(c[(x + 1) % 5], 1) for x in range(5)]
            state = [[state[x][y] ^ d[x] for y in range(5)] for x in range(5)]
            x, y, current = 1, 0, state[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, state[x][y] = state[x][y], rol(current, (t + 1) * (t + 2) // 2 % 64)
            state = [[state[x][y] ^ (~state[(x + 1) % 5][y] & state[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
            state[0][0] ^= constant
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def eip55(lower):
    marks = keccak256(lower.encode()).hex()
    return "".join(c.upper() if int(m, 16) > 7 else c for c, m in zip(lower, marks))


def ethereum(rng, count):
    for _ in range(count):
        lower = "".join(rng.choices("0123456789abcdef", k=40))
        text = eip55(lower)
        way = rng.random()
        if way < .3:
            at = rng.randrange(40)
            text = text[:at] + text[at].swapcase() + text[at + 1:]
        elif way < .4:
            text = text.lower()
        elif way < .5:
            text = text.upper()
        elif way < .6:
            text = damage(rng, text)
        good = len(text) == 40 and all(c in string.hexdigits for c in text)
        mixed = good and text != text.lower() and text != text.upper()
        if mixed and eip55(text.lower()) != text:
            good = False
        yield "crypto", "0x" + text, "", "ethereum:0x" + text.lower() if good else None


def bitcoin(rng, count):
    alphabet = stdnum.bitcoin._bech32_alphabet
    def bech32(prefix, version, program, constant):
        bits = "".join(format(b, "08b") for b in program)
        bits += "0" * (-len(bits) % 5)
        data = [version] + [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
        checksum = stdnum.bitcoin.bech32_checksum(stdnum.bitcoin._expand_hrp(prefix) + data + [0] * 6) ^ constant
        data += [checksum >> 5 * (5 - i) & 31 for i in range(6)]
        return prefix + "1" + "".join(alphabet[d] for d in data)
    for _ in range(count):
        if rng.random() < .5:
            version = rng.choice((0, 5, 0x30, 0x32, 0x41, 0x1e, 0x16, 0x6f))
            text = base58_check(bytes([version]) + rng.randbytes(20))
            if rng.random() < .4:
                text = damage(rng, text)
            yield "crypto", text, "", base58_form(text)
            continue
        prefix = rng.choice(("bc", "ltc"))
        version = rng.choice((0, 0, 1, 2, 16))
        size = rng.choice((20, 32)) if version == 0 else 32
        text = bech32(prefix, version, rng.randbytes(size), 1 if version == 0 else 0x2bc830a3)
        good = True
        if rng.random() < .4:
            broken = damage(rng, text)
            good = broken == text
            text = broken
        chain = {"bc": "bitcoin", "ltc": "litecoin"}[prefix]
        if good and prefix == "bc" and version == 0 and not stdnum.bitcoin.is_valid(text):
            raise AssertionError(text)
        value = text.upper() if good and rng.random() < .2 else text
        yield "crypto", value, "", chain + ":" + text if good else None


def monero_check(data):
    """In blocks of 8 bytes, 11 characters each; the last of 5 bytes has 7."""
    data += keccak256(data)[:4]
    sizes = (0, 2, 3, 5, 6, 7, 9, 10, 11)
    out = ""
    for at in range(0, len(data), 8):
        block = data[at:at + 8]
        value, text = int.from_bytes(block, "big"), ""
        for _ in range(sizes[len(block)]):
            value, rest = divmod(value, 58)
            text = B58[rest] + text
        out += text
    return out


def monero(rng, count):
    for _ in range(count):
        tag = rng.choice((18, 42, 19))
        text = monero_check(bytes([tag]) + rng.randbytes(72 if tag == 19 else 64))
        good = text
        if rng.random() < .4:
            text = damage(rng, text)
        yield "crypto", text, "", "monero:" + text if text == good else None


def file_hash(rng, count):
    names = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
    for _ in range(count):
        size = rng.choice(list(names))
        text = "".join(rng.choices("0123456789abcdef", k=size))
        text = varied(rng, text)
        good = len(text) in names and all(c in string.hexdigits for c in text)
        value = text.upper() if rng.random() < .3 else text
        yield "hash", value, "", names[len(text)] + ":" + text.lower() if good else None


def onion(rng, count):
    import base64
    for _ in range(count):
        key = rng.randbytes(32)
        version = b"\x03" if rng.random() < .9 else b"\x02"
        check = hashlib.sha3_256(b".onion checksum" + key + version).digest()[:2]
        text = base64.b32encode(key + check + version).decode().lower()
        broken = varied(rng, text)
        good = broken == text and version == b"\x03"
        value = rng.choice(("", "http://", "www.")) + broken + ".onion" + rng.choice(("", "/"))
        yield "onion", value, "", text + ".onion" if good else None
