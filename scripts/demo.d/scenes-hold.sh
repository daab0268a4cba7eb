# Scenes 6 to 8: the worst night, the wrong man, the auditor.
# Must not know: how commands are run and compared (stage.sh).
# Read by scripts/demo. Evidence files: docs/formats-evidence.md.
# shellcheck shell=bash disable=SC2016,SC2154

log_size() { heads "$1" | sed -nE "s/^$2 ([0-9]+) .*/\1/p"; }
import_got_going() { [ "$(log_size tj TJ)" -ge "$1" ] || ! kill -0 "$background" 2>/dev/null; }

show_heads()
{
    local node
    for node in tj kg uz; do
        typed "tamga --data $node log --format tsv | cut -f 1,3,9 | grep -E '[0-9a-f]{64}' | sort"
        [ "$(counts .)" = 3 ] || fail "$node does not show three logs"
        cp "$out" "heads.$node"
        cmp -s heads.tj "heads.$node" || fail "$node holds other logs than tj"
    done
}

scene_night()
{
    local answered total begin kept
    scene "The worst night" "KG is cut off, TJ dies in the middle of an import. Both come back, and nothing acknowledged is lost."
    total=150000
    bulk_numbers "$total" "992 900" >night.csv
    node_kill kg
    typed 'tamga --data tj alert --flash --title "Escape over the north wall" --incident escape \
    --facility "Tajikistan Regional Penitentiary" --facility-country TJ --to KG,UZ --wait 3 --yes'
    refuses 1
    has 'stored by UZ' && lacks 'stored by KG'
    say "KG cannot answer, and TJ says so. Now an import, and TJ's process is killed when it is under way:"
    begin=$(log_size tj TJ)
    typed_behind "tamga --data tj import night.csv --list night --to all" night.out
    until_true 60 import_got_going $((begin + 8)) || fail "the import does not begin"
    kill -0 "$background" 2>/dev/null || fail "the import ended before it could be cut"
    node_kill tj
    wait "$background"
    cat night.out
    cp night.out "$out"
    answered=$(sed -nE 's/^([0-9,]+) records? .*(kept|durable).*/\1/p' night.out | tr -d ,)
    [ "${answered:-0}" -gt 0 ] || fail "the import does not say how much was acknowledged"
    [ "$answered" -lt "$total" ] || fail "the import was not cut"
    say "Morning."
    node_start tj
    node_start kg
    until_true 30 all_linked || fail "the nodes do not link again"
    say "What was acknowledged is there; the same import goes on where it was cut:"
    typed "tamga --data tj import night.csv --list night --to all"
    succeeds import
    kept=$(sed -nE 's/^ +unchanged +([0-9,]+)$/\1/p' "$out" | tr -d ,)
    [ "$kept" -ge "$answered" ] || fail "$answered were acknowledged, $kept are there"
    has "^ +new +$(number $((total - kept)))$" "the rest is new"
    until_true 60 heads_equal || fail "the nodes do not hold the same logs"
    typed "tamga --data kg notices | grep -A 1 'alert' | tail -n 2"
    has 'Escape over the north wall' "the alert of the night reached KG"
    say "Every node holds every log to the same head:"
    show_heads
    promise "Acknowledged is never lost, even by kill -9" "$(number "$answered") acknowledged, $(number "$kept") there; 3 logs equal" \
        "tamga log"
}

gone_at() { tamga --data "$1" query "Рустам Назаров" --birth 1979-02-11 --reason wait >/dev/null 2>&1; [ $? = 1 ]; }
held_at() { tamga --data "$1" query "Рустам Назаров" --birth 1979-02-11 --reason wait >/dev/null 2>&1; }

scene_wrong_man()
{
    local node
    scene "The wrong man" "A wrong record is withdrawn: gone at every holder, acknowledged by each, not taken in again."
    cat >wanted.csv <<'END'
external_id,kind,name,birth,nationality,status,legal_basis
W-1,person,Rustam Nazarov,1979-02-11,TJ,wanted,order 5 of 2026
W-2,person,Bakhtiyor Olimov,1982-09-01,TJ,wanted,order 6 of 2026
END
    typed "cat wanted.csv"
    typed 'tamga --data tj import wanted.csv --list tj_wanted --to KG,UZ \
    --set purpose=counter-terrorism --set source_type=court \
    --set source_name="court in Dushanbe" --set reliability=b --set credibility=2'
    succeeds import
    for node in kg uz; do until_true 20 held_at "$node" || fail "$node does not find the record"; done
    typed 'tamga --data kg query "Рустам Назаров" --birth 1979-02-11 --reason "arrest at the border"'
    succeeds query
    say "The fingerprints are another man's."
    typed 'tamga --data tj withdraw tj_wanted:W-1 --reason wrong_person \
    --note "fingerprints differ" --wait 20 --yes'
    has 'gone at KG' && has 'gone at UZ'
    succeeds withdraw
    for node in tj kg uz; do
        until_true 20 gone_at "$node" || fail "$node still finds the record"
        typed "tamga --data $node query \"Рустам Назаров\" --birth 1979-02-11 --reason \"is he gone\""
        refuses 1
    done
    say "His neighbour in the same envelope stays readable; importing the same file again does not bring him back:"
    typed 'tamga --data kg query "Bakhtiyor Olimov" --birth 1982-09-01 --reason "still wanted"'
    has 'strong .*Bakhtiyor Olimov'
    typed 'tamga --data tj import wanted.csv --list tj_wanted --to KG,UZ \
    --set purpose=counter-terrorism --set source_type=court \
    --set source_name="court in Dushanbe" --set reliability=b --set credibility=2'
    has '^ +new +0$' && has '^ +blocked +1 '
    promise "A withdrawal reaches every holder and stays" "gone on 3 of 3 nodes, import blocked" \
        "tamga withdraw REF --reason wrong_person"
}

verified() { quietly "env -i \"\$(command -v tamga)\" verify $1 --card tj/card.note"; }

# damage OFFSET FILE: riot.evidence with the lowest bit of one byte flipped.
damage()
{
    local byte
    byte=$(od -An -tu1 -j "$1" -N 1 riot.evidence | tr -d ' ')
    {
        head -c "$1" riot.evidence
        printf '%b' "\\0$(printf '%o' $((byte ^ 1)))"
        tail -c +$(($1 + 2)) riot.evidence
    } >"$2"
}

# place TEXT: where that text stands in the file, and there the first byte from $2 on that stays a letter or digit when its bit is
# flipped, so that the form of the file is whole and its meaning is not.
place()
{
    local at
    at=$(grep -abo -- "$1" riot.evidence | head -n 1 | cut -d : -f 1)
    [ -n "$at" ] || return 1
    at=$((at + $2))
    until [[ $(tail -c +$((at + 1)) riot.evidence | head -c 1) == [0-9B-Yb-y] ]]; do at=$((at + 1)); done
    echo "$at"
}

# refused_part WHERE TEXT OFFSET NAMED: flip one bit behind that text; verify must refuse the file and name that part.
refused_part()
{
    local at
    at=$(place "$2" "$3") || fail "no '$2' in the evidence file"
    damage "$at" damaged.evidence
    verified damaged.evidence
    refuses 1
    has "^NOT VALID +the damaged part is: $4\$"
    printf '  byte %5d, %-32s %s\n' "$at" "$1" "$(head -n 1 "$out")"
    parts=$((parts + 1))
}

scene_auditor()
{
    local parts=0 at bytes refused=0 tried=0
    scene "The auditor" "A record is proven offline with public keys alone; after one flipped bit the damaged part is named."
    typed "tamga --data uz export situation_2024_06:incident-1 -o riot.evidence 2>/dev/null"
    succeeds export
    say "Anywhere, with an empty environment and no node, nothing but the file and the card:"
    typed 'env -i "$(command -v tamga)" verify riot.evidence --card tj/card.note'
    succeeds verify
    has '^VALID' && has '^Not proven'
    say "One bit flipped in the record, and the same command:"
    at=$(place '"bytes": "' 30) || fail "no record in the evidence file"
    damage "$at" damaged.evidence
    typed 'env -i "$(command -v tamga)" verify damaged.evidence --card tj/card.note'
    refuses 1
    has '^NOT VALID +the damaged part is: record$'
    say "The same for one bit elsewhere:"
    refused_part "the name on the card" 'nname ' 8 "card signature"
    refused_part "the card's signature" '/root [A-Za-z0-9+/]*=' 20 "card signature"
    refused_part "the manifest: who, where, when" 'nextra ' 120 "manifest signature"
    refused_part "the manifest's signature" 'nextra ' 400 "manifest signature"
    refused_part "the root of the log" '/log/0.n[0-9]*.n' 14 "checkpoint signature"
    refused_part "the log head's signature" '/log/0 ' 30 "checkpoint signature"
    refused_part "the salt of the record" '"salt": "' 12 "records path"
    refused_part "the path inside the envelope" '"path": \["' 20 "records path"
    bytes=$(wc -c <riot.evidence)
    for ((at = 7; at < bytes; at += bytes / 120)); do
        damage "$at" damaged.evidence
        verified damaged.evidence
        tried=$((tried + 1))
        [ "$code" = 1 ] && refused=$((refused + 1))
    done
    echo "  and one bit in each of $tried more bytes, evenly over the file: $refused refused"
    [ "$refused" = "$tried" ] || fail "a damaged file was taken for valid"
    promise "Proof without a node or a secret" "valid; $((parts + 1 + tried)) of $((parts + 1 + tried)) flipped bits refused" \
        "tamga verify FILE --card CARD"
}
