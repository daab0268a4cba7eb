# Scenes 1 to 3: keys are exchanged, the region is entered, a FLASH overtakes a bulk load.
# Must not know: how commands are run and compared (stage.sh).
# Read by scripts/demo. What each scene must show is its second line, and what it checks.
# shellcheck shell=bash disable=SC2004,SC2016,SC2154

scene_keys()
{
    local node digits pair ours theirs
    scene "Keys exchanged" "Each country makes its own keys; two that trust each other read the same digits."
    for node in tj kg uz; do port[$node]=$(free_port) || fail "no free port was found on 127.0.0.1"; done
    typed "tamga init tj --root-here --country TJ --name Tajikistan \\
    --listen tcp://127.0.0.1:${port[tj]} --passphrase-file passphrase"
    succeeds init
    typed "tamga init kg --root-here --country KG --name Kyrgyzstan \\
    --listen tcp://127.0.0.1:${port[kg]} --passphrase-file passphrase 2>/dev/null"
    succeeds init
    typed "tamga init uz --root-here --country UZ --name Uzbekistan \\
    --listen tcp://127.0.0.1:${port[uz]} --passphrase-file passphrase 2>/dev/null"
    succeeds init
    for node in tj kg uz; do node_start "$node"; done

    say "Dushanbe reads out the first line, Bishkek the second:"
    typed "tamga card fingerprint tj/card.note kg/card.note"
    succeeds fingerprint
    digits=$(cat "$out")
    typed "tamga card fingerprint kg/card.note tj/card.note"
    [ "$(cat "$out")" = "$digits" ] || fail "the two fingerprints differ"
    has '^([0-9]{5} ){8}[0-9]{2}$' "a fingerprint is eight groups of five digits and two check digits"

    say "A card whose digits are not those that were read out is refused:"
    typed "tamga --data tj peer add kg/card.note \\
    --fingerprint \"\$(tamga card fingerprint tj/card.note uz/card.note)\""
    [ "$code" != 0 ] || fail "a card with other digits was enrolled"
    typed "tamga --data tj peer add kg/card.note \\
    --fingerprint \"$digits\""
    succeeds "peer add"
    typed "tamga --data kg peer add tj/card.note \\
    --fingerprint \"$digits\""
    succeeds "peer add"
    say "The other two pairs likewise:"
    for pair in "tj uz" "uz tj" "kg uz" "uz kg"; do
        ours=${pair% *} theirs=${pair#* }
        typed "tamga --data $ours peer add $theirs/card.note \\
    --fingerprint \"\$(tamga card fingerprint $ours/card.note $theirs/card.note)\""
        succeeds "peer add"
    done
    until_true 20 all_linked || fail "the three nodes do not link"
    typed "tamga --data tj peer list"
    has '^KG .* up ' && has '^UZ .* up '
    promise "Trust begins with digits read out" "equal on both sides; others refused" \
        "tamga card fingerprint OURS THEIRS"
}

region_everywhere() { [ "$(records_of tj)" = 30 ] && [ "$(records_of kg)" = 30 ] && [ "$(records_of uz)" = 30 ]; }

# Record id of row $1 of the table of measures.
measure_id() { tamga --data tj show "situation_2024_06:measure-$1" --format json | head -n 1 | member id | head -n 1; }

scene_region()
{
    local node lower
    scene "The region" "What the press wrote in June 2024, entered by the country concerned, is one picture on every node."
    for node in TJ KG UZ; do
        lower=${node,,}
        shown "demo.d/region $node > region-$lower.jsonl"
        demo.d/region "$node" >"region-$lower.jsonl" || fail "the records of $node cannot be made"
        typed "tamga --data $lower import region-$lower.jsonl --list situation_2024_06 --to all | grep -E 'new|refused'"
        succeeds import
        has '^ +refused +0$' "no row was refused"
    done
    say "Four of the eleven measures say again what others say; they refer to these:"
    shown 'demo.d/region TJ 1=$(id of measure-1) 2=$(id of measure-2) > repeats.jsonl'
    demo.d/region TJ "1=$(measure_id 1)" "2=$(measure_id 2)" >repeats.jsonl || fail "the repeats cannot be made"
    typed "tamga --data tj import repeats.jsonl --list situation_2024_06 --to all | grep -E 'new|refused'"
    succeeds import
    has '^ +new +4$'
    until_true 30 region_everywhere || fail "not every node holds the 30 records of the region"

    typed "tamga --data tj situation --as-of 2024-06-30"
    has '^3 facilities, 4 incidents, 9 assessments$'
    has '15–20 members' && has '8–12 members' && has '10–15 members'
    has 'press.*not confirmed by a state' "what the press wrote is marked"
    has 'graded F3'
    cp "$out" situation.tj
    for node in kg uz; do
        say "The same on ${node^^}:"
        typed "tamga --data $node situation --as-of 2024-06-30 | head -n 8"
        quietly "tamga --data $node situation --as-of 2024-06-30"
        cmp -s "$out" situation.tj || fail "$node shows another situation than tj"
    done
    typed "tamga --data uz measures --as-of 2024-06-30"
    has '^Measures as of 2024-06-30 \(UTC\): 7, of which 0 overdue'
    has 'TJ-1#1, TJ-1#3' && has 'TJ-1#2, TJ-1#4' "what is said again stands beside what it repeats"
    cp "$out" measures.uz
    for node in tj kg; do
        quietly "tamga --data $node measures --as-of 2024-06-30"
        cmp -s "$out" measures.uz || fail "$node shows other measures than uz"
    done
    say "tj and kg print the same, word for word. Six months later, in Bishkek:"
    typed "tamga --data kg measures --as-of 2025-01-31 --overdue"
    has 'OVERDUE 123 d' && has 'OVERDUE 31 d'
    typed "tamga --data kg show situation_2024_06:measure-4 | tail -n 3"
    has 'refers to TJ-0#14' "a repeat names what it repeats"
    promise "One picture, whoever asks" "30 records, 3 facilities: same text on 3 nodes" \
        "tamga situation --as-of 2024-06-30"
}

# Milliseconds that addressees took, from the output of 'alert'.
stored_ms() { sed -nE 's/^ +stored by [A-Z]+ +([0-9]+) ms$/\1/p' "$1"; }

# bulk_numbers COUNT PREFIX: so many invented telephone numbers as CSV, up to a million.
bulk_numbers()
{
    awk -v count="$1" -v prefix="$2" 'BEGIN {
        print "kind,type,value"
        for (i = 0; i < count; i++) printf "indicator,phone,+%s %03d %03d\n", prefix, int(i / 1000), i % 1000
    }'
}

scene_flash()
{
    local load began typed_us i median worst
    scene "A FLASH during a bulk load" "KG takes in the United Nations list and 200,000 numbers; alerts from TJ overtake all of it."
    shown "zcat demo.d/un_consolidated.xml.gz > un.xml"
    zcat demo.d/un_consolidated.xml.gz >un.xml || fail "the list cannot be unpacked"
    bulk_numbers 200000 "996 700" >phones.csv
    : >flash.ms
    began=$(now_us)
    typed_behind "tamga --data kg import un.xml --list un_sc --to TJ,UZ" un.out
    load=$background
    typed_us=$(now_us)
    typed 'tamga --data tj alert --flash --title "Riot in block 3, guards held" --incident riot \
    --facility "Tajikistan Regional Penitentiary" --facility-country TJ \
    --asked "Watch the border posts" --to KG,UZ --wait 20 --yes'
    succeeds alert
    has 'stored by KG' && has 'stored by UZ'
    stored_ms "$out" >>flash.ms
    wait "$load" || { cp un.out "$out"; fail "the import of the list failed"; }
    cp un.out "$out"
    has '^ +new +489$' && has '^ +refused +0$'
    [ "$typed_us" -lt "$(cat un.out.end)" ] || fail "the list was in before the alert was typed"
    say "The list (489 entries) took $((($(cat un.out.end) - began) / 1000)) ms; the alert was typed" \
        "$(((typed_us - began) / 1000)) ms after it began. Now a long load:"
    typed_behind "tamga --data kg import phones.csv --list seized_2026 --to all" phones.out
    load=$background
    began=$(now_us)
    for i in 1 2 3 4 5 6; do
        typed "tamga --data tj alert --flash --test --title \"Line check $i\" --to KG,UZ --wait 20 --yes 2>/dev/null"
        succeeds alert
        kill -0 "$load" 2>/dev/null || { say "(the load had ended before this one: not counted)"; break; }
        stored_ms "$out" >>flash.ms
        sleep 0.1
    done
    [ "$(wc -l <flash.ms)" -ge 6 ] || fail "the load ended before two tests of the line were out"
    wait "$load" || { cp phones.out "$out"; fail "the import of the numbers failed"; }
    say "The load, when it was done after $((($(cat phones.out.end) - began) / 1000)) ms:"
    cat phones.out
    cp phones.out "$out"
    has '^ +new +200,000$'
    typed "tamga --data uz notices | head -n 3"
    has 'FLASH alert: Riot in block 3'
    median=$(sort -n flash.ms | sed -n "$((($(wc -l <flash.ms) + 1) / 2))p")
    worst=$(sort -n flash.ms | tail -n 1)
    [ "$median" -le 1000 ] || fail "half of the alerts took more than a second (median $median ms)"
    until_true 120 heads_equal || fail "the nodes do not hold the same logs"
    promise "A FLASH is stored within a second, load or not" "median $median ms, worst $worst ms under load" \
        "tamga alert --flash --test --title T --wait 20 --yes"
}
