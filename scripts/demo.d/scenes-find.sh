# Scenes 4 and 5: one number in two countries, one man in three spellings.
# Must not know: how commands are run and compared (stage.sh).
# Read by scripts/demo. What each scene must show is its second line, and what it checks.
# shellcheck shell=bash disable=SC2154

has_convergence() { tamga --data "$1" notices --format json 2>/dev/null | grep -q '"kind":"convergence"'; }

scene_phone()
{
    local node
    scene "A seized phone" "Two countries report one number, each in its own spelling; both are told at once, and nobody else."
    typed 'tamga --data kg add indicator --selector "phone=+996 555 12 34 56" \
    --use "telephone found in block 2" --source-type custody --grade B2 --to TJ --wait 20'
    succeeds "add indicator"
    typed 'tamga --data tj add indicator --selector "phone=00996 (555) 12-34-56" \
    --use "last number dialled before the riot" --source-type custody --grade B2 --to KG --wait 20'
    succeeds "add indicator"
    for node in tj kg; do
        until_true 20 has_convergence "$node" || fail "$node has no notice of convergence"
        typed "tamga --data $node notices | grep -A 1 convergence"
        has 'convergence .* meets'
        has 'telephone number \+996555123456'
    done
    say "Uzbekistan was no addressee of either:"
    typed "tamga --data uz query \"+996555123456\" --reason \"is it known here\""
    refuses 1
    promise "What two report meets, for these two alone" "notice in both; the third finds nothing" "tamga notices"
}

three_hold_persons() { [ "$(tamga --data tj query "Valiev" --all --format json --reason wait 2>/dev/null | grep -c '"kind":"person"')" -ge 2 ]; }

scene_spellings()
{
    local person name
    scene "One man, three spellings" "A Latin record is found in Cyrillic, in Persian and in German letters, with the reasons."
    person='--nationality TJ --sex male --purpose "counter-terrorism" \
    --source-type court --source "court in Bishkek" --review 2027-06-30 \
    --expiry 2028-06-30 --to TJ,UZ --wait 20'
    typed "tamga --data kg add person --name \"Karim Valiev\" --birth 1984-07-21 --status wanted \\
    --legal-basis \"order 12 of 2026\" --grade B2 \\
    $person"
    succeeds "add person"
    typed "tamga --data kg add person --name \"Karim Valiev\" --birth 1991-03-02 --status witness \\
    --legal-basis \"order 13 of 2026\" --grade B2 \\
    $person"
    succeeds "add person"
    until_true 20 three_hold_persons || fail "tj does not find the two persons"
    for name in "Карим Валиев" "کریم ولی‌اف" "Karim Walijew"; do
        typed "tamga --data tj query \"$name\" --birth 1984-07-21 --reason \"case 44\""
        has '^ 1\. .* strong .*Karim Valiev \(b\. 1984-07-21\)' "the man is found"
        has '(exact|skeleton|table)' "the reasons are shown"
        lacks '1991-03-02' "the namesake of another birth date is no match"
    done
    say "His namesake, a witness born in 1991, is no match, even when weak likenesses are asked for:"
    typed "tamga --data tj query \"Карим Валиев\" --birth 1984-07-21 --all --reason \"case 44\""
    lacks '1991-03-02'
    say "Without a birth date both are shown, to be reviewed by a person, and neither as a match:"
    typed "tamga --data tj query \"Карим Валиев\" --reason \"case 44\""
    has '1984-07-21' && has '1991-03-02'
    lacks ' strong ' "a name alone is no strong match"
    say "The same with the published list, in letters in which it does not have him:"
    typed "tamga --data uz query \"Наджмуддин Фарадж Ахмад\" --birth 1956-07-07 --reason \"screening\""
    has 'NAJMUDDIN FARAJ AHMAD'
    promise "Found in any script, namesakes kept apart" "3 of 3 spellings; the namesake in none" \
        "tamga query \"Карим Валиев\" --birth 1984-07-21"
}
