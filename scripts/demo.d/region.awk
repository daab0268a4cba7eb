# The tables of situation_2024_06 as records of one country, one JSON object a line.
# Must not know: record ids, but for those given in ids ("1=<id> 2=<id>"), which switch to the measures that repeat others.
# Tables: situation_2024_06/SOURCE.md. Records: docs/records.md.

BEGIN {
    FS = "\t"
    pairs = split(ids, pair, " ")
    for (i = 1; i <= pairs; i++) id_of[substr(pair[i], 1, index(pair[i], "=") - 1)] = substr(pair[i], index(pair[i], "=") + 1)
}

function quoted(text)
{
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

# A member of an object, or nothing when the table says nothing.
function text_of(key, value) { return value == "" ? "" : ",\"" key "\":" quoted(value) }
function number_of(key, value) { return value == "" ? "" : ",\"" key "\":" value }

function table_name()
{
    sub(/.*\//, "", FILENAME)
    sub(/\.tsv$/, "", FILENAME)
    return FILENAME
}

# What every record says of itself: from the press, and how far that is to be believed.
function head(number, more)
{
    return "\"head\":{\"list\":\"situation_2024_06\",\"external_id\":\"" number "\"" \
           ",\"source\":{\"type\":\"press\",\"name\":\"SpecialEurasia, Dushanbe\",\"date\":\"2024-06\"}" \
           ",\"language\":\"en\",\"handling\":{\"tlp\":\"green\",\"purpose\":\"security of prisons\"}" \
           ",\"grading\":{\"reliability\":\"F\",\"credibility\":\"3\"}" more "}"
}

function put(kind, number, more, body)
{
    sub(/^,/, "", body)
    print "{\"v\":1,\"kind\":\"" kind "\"," head(number, more) ",\"" kind "\":{" body "}}"
}

function facility(name) { return ",\"facility\":{\"name\":" quoted(name) ",\"country\":\"" country_of[name] "\"}" }

FNR == 1 { table = table_name(); next }

{ row = FNR - 1 }

table == "repeats" { repeats[$1] = $2; next }

table == "facilities" { country_of[$1] = $2 }

# Only measures may be repeats; the second round prints nothing else.
pairs > 0 && table != "measures" { next }

table == "facilities" && $2 == country {
    put("facility", "facility-" row, "", ",\"names\":[{\"text\":" quoted($1) ",\"kind\":\"primary\"}],\"kind\":\"prison\"" \
        text_of("regime", $3) text_of("country", $2))
    put("cell", "cell-" row, "", ",\"kind\":\"prison_cell\"" facility($1) \
        ",\"size\":{\"low\":" $4 ",\"high\":" $5 text_of("as_of", $6) ",\"basis\":\"as reported\"},\"parent\":\"Islamic State\"")
}

table == "incidents" && country_of[$1] == country {
    times = $6 == "multiple" ? ",\"occurrences\":{\"low\":2,\"basis\":\"multiple; the number is not given\"}" : number_of("x", "")
    put("incident", "incident-" row, "", text_of("kind", $2) text_of("from", $4) text_of("to", $5) facility($1) \
        text_of("text", $3) times)
}

# What concerns the region and no country of its own is entered by TJ.
table == "assessments" && (substr($1, 1, 2) == country || ($1 == "region" && country == "TJ")) {
    put("assessment", "assessment-" row, "", text_of("scope", $1) ($1 == "region" ? "" : text_of("country", country)) \
        text_of("factor", $2) text_of("text", $3) ",\"as_of\":\"2024-06\"")
}

# The three tables of measures are addressed to Tajikistan.
table == "measures" && country == "TJ" && (row in repeats) == (pairs > 0) {
    more = ""
    if (row in repeats) {
        if (!(repeats[row] in id_of)) { print "the id of row " repeats[row] " is missing" > "/dev/stderr"; exit 1 }
        more = ",\"refers\":[{\"id\":\"" id_of[repeats[row]] "\",\"role\":\"repeats\"}]"
    }
    put("measure", "measure-" row, more, text_of("area", $2) text_of("action", $3) text_of("objective", $4) \
        text_of("expected_outcome", $5) text_of("responsible", $6) ",\"status\":\"proposed\",\"country\":\"TJ\"" \
        number_of("time_limit_months", $7) ",\"text\":" quoted("table " $1 " of the report"))
}
