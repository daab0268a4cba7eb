"""Cases for papers, dates and places: machine readable zones, persons' dates, coordinates. See cases.py."""
import datetime
from decimal import ROUND_FLOOR, Decimal

from cases import DIGITS, UPPER, Later, damage, digits_of, other_digits

COUNTRIES = "TJK KGZ UZB KAZ TKM RUS AFG IRN PAK TUR CHN ITA FRA GBR USA D".split()


def check(text):
    total = 0
    for i, c in enumerate(text):
        total += (0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55) * (7, 3, 1)[i % 3]
    return str(total % 10)


def two_digit(day):
    return day.strftime("%y%m%d")


def zone_of(rng):
    """Lines of a zone and the fields that they were made from."""
    name = "".join(rng.choices(UPPER, k=rng.randrange(2, 12)))
    given = "<".join("".join(rng.choices(UPPER, k=rng.randrange(2, 9))) for _ in range(rng.choice((1, 2))))
    issuer = rng.choice(COUNTRIES)
    nation = rng.choice(COUNTRIES)
    number = "".join(rng.choices(UPPER + DIGITS, k=rng.choice((7, 8, 9, 9)) - 1)) + rng.choice(DIGITS)
    expiry = datetime.date(2020, 1, 1) + datetime.timedelta(rng.randrange(7300))
    birth = datetime.date(1940, 1, 1) + datetime.timedelta(rng.randrange(25000))
    sex = rng.choice("MF<")
    optional = "".join(rng.choices(UPPER + DIGITS, k=rng.choice((0, 5, 7))))
    form = rng.choice(("TD1", "TD2", "TD3", "MRVA", "MRVB"))
    kind = {"TD1": "I", "TD2": "I", "TD3": "P", "MRVA": "V", "MRVB": "V"}[form]
    n, b, e = number.ljust(9, "<"), two_digit(birth), two_digit(expiry)
    names = name + "<<" + given
    person = nation.ljust(3, "<") + b + check(b) + sex + e + check(e)
    head = kind.ljust(2, "<") + issuer.ljust(3, "<")
    if form == "TD1":
        first = n + check(n) + optional.ljust(15, "<")
        dates = b + check(b) + sex + e + check(e) + nation.ljust(3, "<")
        whole = first + b + check(b) + e + check(e) + "<" * 11
        lines = [head + first, dates + "<" * 11 + check(whole), names.ljust(30, "<")[:30]]
    elif form == "TD2":
        second = n + check(n) + person + optional.ljust(7, "<")
        whole = second[:10] + second[13:20] + second[21:]
        lines = [(head + names).ljust(36, "<")[:36], second + check(whole)]
    elif form == "TD3":
        field = optional.ljust(14, "<")
        second = n + check(n) + person + field + check(field)
        whole = second[:10] + second[13:20] + second[21:]
        lines = [(head + names).ljust(44, "<")[:44], second + check(whole)]
    else:
        width = 44 if form == "MRVA" else 36
        lines = [(head + names).ljust(width, "<")[:width], (n + check(n) + person + optional.ljust(width - 28, "<"))]
    fields = [form, kind, issuer, nation, number, name, given.replace("<", " "), "X" if sex == "<" else sex,
              birth.isoformat(), expiry.isoformat(), optional]
    return lines, fields


def mrz(rng, count):
    """From the fields that a zone was made of; a third damaged, then npm's mrz says whether any check notices."""
    for _ in range(count):
        lines, fields = zone_of(rng)
        if rng.random() < .34:
            at = rng.randrange(len(lines))
            line = lines[at]
            i = rng.randrange(len(line))
            new = rng.choice(DIGITS if line[i].isdigit() else UPPER)
            lines[at] = line[:i] + new + line[i + 1:]
            yield "mrz", " ".join(lines), "", Later("mrz", lines)
            continue
        value = rng.choice((" ", "", "\t".replace("\t", "  "))).join(lines)
        if rng.random() < .2:
            value = value.lower()
        yield "mrz", value, "", "|".join(fields)


def mrz_confused(rng, count):
    """One O for 0, I for 1 or the reverse in the number or a date: undone and marked (1), or refused."""
    swaps = {"0": "O", "O": "0", "1": "I", "I": "1"}
    for _ in range(count):
        lines, fields = zone_of(rng)
        at, first = (0, 5) if fields[0] == "TD1" else (1, 0)
        width = len(fields[4]) if fields[0] != "TD1" else len(fields[4])
        places = [i for i in range(first, first + width) if lines[at][i] in swaps]
        if not places:
            continue
        i = rng.choice(places)
        line = lines[at]
        lines[at] = line[:i] + swaps[line[i]] + line[i + 1:]
        # Another single exchange that gives the same sum makes it ambiguous: then it must be refused.
        field = lines[at][first:first + 9]
        wanted = line[first + 9]
        same = [j for j in range(9) if field[j] in swaps and
                check(field[:j] + swaps[field[j]] + field[j + 1:]) == wanted]
        yield "mrz", " ".join(lines), "", ("|".join(fields), 1) if len(same) == 1 else None


def birth(rng, count):
    for _ in range(count):
        day = datetime.date(1900, 1, 1) + datetime.timedelta(rng.randrange(46000))
        iso, way = day.isoformat(), rng.random()
        if way < .35:
            text = rng.choice((iso, day.strftime("%d.%m.%Y"), day.strftime("%Y/%m/%d"), day.strftime("%d %b %Y"),
                               day.strftime("%d-%m-%Y"), day.strftime("%-d %B %Y")))
            yield "birth", other_digits(rng, text) if rng.random() < .2 else text, "", iso
        elif way < .45:
            text = "%04d-%02d-%02d" % (day.year, rng.randrange(0, 14), rng.randrange(0, 33))
            year, month, dom = map(int, text.split("-"))
            try:
                expected = datetime.date(year, month or 1, dom or 1).isoformat()
                expected = expected[:4 if not month else 7 if not dom else 10] if month or not dom else None
            except ValueError:
                expected = None
            yield "birth", text, "", expected
        elif way < .5:
            yield "birth", iso[:7], "", iso[:7]
        elif way < .75:
            yield "birth", Later("persian", iso), "IR" if rng.random() < .5 else "", iso
        else:
            yield "birth", Later("islamic-civil", iso), "", iso


def seven(value):
    return str(value.quantize(Decimal("0.0000001"), ROUND_FLOOR))


def coordinates(rng, count):
    for _ in range(count):
        lat = Decimal(rng.randrange(-900000000, 900000001)) / 10 ** 7
        lon = Decimal(rng.randrange(-1800000000, 1800000001)) / 10 ** 7
        way = rng.random()
        if way < .4:
            a, b = "%.*f" % (rng.choice((4, 6, 7)), lat), "%.*f" % (rng.choice((4, 6, 7)), lon)
            text = a + rng.choice((", ", ",", "; ", " ")) + b
        elif way < .7:
            a, b = "%.6f" % abs(lat), "%.6f" % abs(lon)
            ns, ew = "NS"[lat < 0], "EW"[lon < 0]
            text = rng.choice(("%s°%s %s°%s" % (a, ns, b, ew), "%s%s, %s%s" % (ns, a, ew, b)))
            if rng.random() < .3:
                text = "%s°%s %s°%s" % (b, ew, a, ns)
            a, b = ("-" if lat < 0 else "") + a, ("-" if lon < 0 else "") + b
        else:
            a = "%d" % rng.randrange(-95, 96)
            b = "%d" % rng.randrange(-185, 186)
            text = a + ", " + b
        x, y = Decimal(a), Decimal(b)
        good = abs(x) <= 90 and abs(y) <= 180
        x, y = x + 0 if x else Decimal(0), y + 0 if y else Decimal(0)
        yield "coordinates", text, "", "%.7f,%.7f" % (x, y) if good else None
