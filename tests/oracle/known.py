"""Where Tamga knowingly differs from an oracle: groups, a test on (value, country, expected, got), and why.

got is what the driver wrote, split: ["ok", form, flags] or ["no", reason]."""
import re
import unicodedata

from idna import idnadata
from idna.intranges import intranges_contain

ADVISORY = 2
NAMES = "domain domain_whatwg email url"


def took(got):
    return got[0] == "ok"


def doubted(got):
    return took(got) and int(got[2]) & ADVISORY


def normal_digits(text):
    return "".join(str(unicodedata.digit(c, c)) for c in text)


def labels_of(form):
    """The labels of the host in a form, decoded."""
    host = re.sub(r"^[a-z]+://([^/@]*@)?|[/:?].*$", "", form.rpartition("@")[2] if "://" not in form else form)
    for label in host.split("."):
        try:
            yield label[4:].encode().decode("punycode") if label.startswith("xn--") else label
        except UnicodeError:
            yield label


def beyond_2008(value, country, expected, got):
    """A code point that IDNA 2008 does not permit, or only in a context; an underscore; a hyphen third and fourth."""
    def permitted(cp):
        return intranges_contain(cp, idnadata.codepoint_classes["PVALID"])
    return took(got) and expected is None and any(
        label[2:4] == "--" or any(not permitted(ord(c)) for c in label) or re.search("[\u0660-\u0669].*[\u06f0-\u06f9]|"
                                                                                     "[\u06f0-\u06f9].*[\u0660-\u0669]", label)
        for label in labels_of(got[1]))


def dns_forbids(value, country, expected, got):
    if took(got) or not expected:
        return False
    host = re.sub(r"^[a-z]+://([^/@]*@)?|[/:?].*$", "", expected).rstrip(".")
    return len(host) > 253 or any(len(label) > 63 for label in host.split(".")) or any(
        label[:1] == "-" or label[-1:] == "-" or re.search("[\0-,/:-@\\[-^`{-\x7f]", label) or not label
        for label in labels_of(expected))


KNOWN = [
    (NAMES, lambda v, c, e, g: e is None and doubted(g),
     "a name that breaks the rules of IDNA (directions, marks, what a label decodes to) is kept with a doubt"),
    (NAMES, lambda v, c, e, g: e is None and took(g) and re.search("[\u200b-\u200d\u00ad\u2060]", v),
     "an invisible mark that is no part of a name is dropped: text copied from documents holds them"),
    ("domain email", beyond_2008, "UTS 46, as browsers, takes symbols, underscores and more that IDNA 2008 does not register"),
    ("domain_whatwg url", dns_forbids, "browsers check neither lengths nor hyphens nor ASCII beyond letters and digits; DNS does"),
    ("domain_whatwg", lambda v, c, e, g: not took(g) and re.fullmatch(r"[0-9.]+", str(e)), "an IP address is no domain name"),
    ("domain_whatwg", lambda v, c, e, g: doubted(g) and g[1] == e and re.search("[\u0590-\u08ff\ufb1d-\ufefc]", v),
     "directions are looked at as RFC 5893 says; Node does so only where a label begins from the right"),
    ("url", lambda v, c, e, g: not took(g) and "without a dot" in g[1] and "." not in
     re.split("/", e.partition("://")[2])[0].rpartition("@")[2], "a host without a dot means something else on every network"),
    ("url", lambda v, c, e, g: took(g) and e and re.sub(r"\.(:\d+)?/", r"\1/", e, count=1) == g[1], "the root's final dot is left out"),
    ("url", lambda v, c, e, g: re.search("[\uff01-\uff5e]", v), "full-width letters are read as ordinary ones"),
    ("url", lambda v, c, e, g: "\\." in v, "a backslash and a dot is how some make an address harmless"),
    ("url", lambda v, c, e, g: not took(g) and "another scheme" in g[1] and not re.match("(https?|ftp|wss?):", e),
     "addresses of the five schemes that browsers open"),
    ("domain domain_whatwg email", lambda v, c, e, g: not took(g) and "bare public suffix" in g[1],
     "a bare public suffix names nobody"),
    ("bic", lambda v, c, e, g: not took(g) and e and "no country" in g[1], "python3-stdnum does not look at the country"),
    ("mac", lambda v, c, e, g: took(g) and e is None and re.fullmatch("[0-9a-fA-F]{2}([-:. ][0-9a-fA-F]{2}){5}", v),
     "marks may differ between the groups"),
    ("imsi", lambda v, c, e, g: e is None and took(g), "operators' codes change faster than tables: a country code in use is enough, "
     "one that is not in use is a doubt"),
    ("imsi", lambda v, c, e, g: not took(g) and str(e)[:3] in ("991", "902", "995"), "codes of trials, no telephones"),
    ("mrz", lambda v, c, e, g: took(g) and g[2] == "1", "O and 0, I and 1 exchanged so that the check digits hold, and said so"),
    ("mrz", lambda v, c, e, g: took(g) and g[1].split("|")[7] == "X", "sex stands in no check digit: unspecified when unreadable"),
    ("phone", lambda v, c, e, g: doubted(g) and e is None, "without + it is read as international, with a doubt"),
    ("phone", lambda v, c, e, g: not took(g) and "something else than digits" in g[1],
     "letters and colons before the number are not skipped"),
    ("phone", lambda v, c, e, g: c == "BY" or str(e)[:4] == "+375", "numbers of Belarus may begin with 8, which is dialled in "
     "front of others, too: it stays where both fit"),
    ("phone", lambda v, c, e, g: str(e)[:3] == "+54" or c == "AR", "mobile numbers of Argentina change when dialled from abroad"),
    ("phone", lambda v, c, e, g: not took(g) and re.match(r"\W*00", normal_digits(v)),
     "00 in front is the way abroad, never a number at home"),
    ("phone", lambda v, c, e, g: c == "BQ", "+599 is shared with Curaçao, whose numbers are longer by one digit"),
]
