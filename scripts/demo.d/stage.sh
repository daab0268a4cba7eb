# What the scenes stand on: a folder of their own, nodes as processes, commands shown as typed, claims checked, and an orderly end.
# Must not know: what any scene shows. Read by scripts/demo, which sets root and keep.
# Outputs of tamga that are read here: docs/cli.md (exit codes, JSON lines).
# shellcheck shell=bash disable=SC2016,SC2034,SC2154

home=         # the folder of this run
out=          # file with what the last command printed
code=0        # and its exit code
scene=        # number and title of the scene that plays
scenes=0
declare -A pid=()  # of each node
declare -A port=()
rows=()            # of the closing table: promise|measured|command

bold='' dim='' red='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' plain=$'\033[0m'; fi

# ---- the end, whatever comes ----

nodes_end()
{
    local node
    for node in "${!pid[@]}"; do kill -TERM "${pid[$node]}" 2>/dev/null; done
    for node in "${!pid[@]}"; do
        until_true 5 node_gone "$node" || kill -KILL "${pid[$node]}" 2>/dev/null
        wait "${pid[$node]}" 2>/dev/null
    done
    pid=()
}

stage_close()
{
    local status=$?
    trap - EXIT INT TERM HUP
    [ -z "$home" ] && exit "$status"
    if [ "$keep" = yes ] && [ "$status" = 0 ]; then exit 0; fi
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    nodes_end
    cd / && rm -rf "$home"
    exit "$status"
}

# The claim of this scene does not hold: say which, what was printed last, what the nodes logged, and end.
fail()
{
    local node
    {
        echo
        echo "${red}FAILED${plain} in scene $scene: $*"
        echo "last command: exit code $code, printed:"
        [ -n "$out" ] && [ -f "$out" ] && tail -n 20 "$out"
        for node in "$home"/*.log; do
            [ -f "$node" ] && { echo "--- end of ${node##*/}"; tail -n 5 "$node"; }
        done
    } >&2
    exit 1
}

stage_open()
{
    local where=${TMPDIR:-/tmp}
    # A control socket's path has room for 107 bytes.
    [ ${#where} -le 60 ] || where=/tmp
    home=$(mktemp -d "$where/tamga-demo.XXXXXX") || cannot "no temporary folder can be made in '$where'"
    trap stage_close EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    cd "$home" || exit 4
    out=$home/.out
    ln -s "$root/scripts/demo.d" demo.d
    (umask 077 && echo "a passphrase of this demonstration" >passphrase)
    SECONDS=0
    echo "$(tamga --version | head -n 1): three countries, each a process of its own, on $(nproc) cores of this machine."
    echo "Persons and numbers are invented; the situation is what the press wrote; the list is the UN's own."
}

# ---- what is shown ----

# scene "title" "what it shows, in one line"
scene()
{
    scenes=$((scenes + 1))
    scene="$scenes, $1"
    printf '\n\n%s%d  %s%s\n%s\n' "$bold" "$scenes" "$1" "$plain" "$2"
}

say() { printf '\n%s%s%s\n' "$dim" "$*" "$plain"; }

shown() { printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"; }

# Show a command, run it, show all that it prints; exit code in $code, output in $out.
typed()
{
    shown "$1"
    quietly "$1"
    cat "$out"
}

# The same without showing: for what only the check needs.
quietly()
{
    (set -o pipefail && eval "$1") >"$out" 2>&1 </dev/null
    code=$?
}

# typed_behind COMMAND FILE: show it, run it in the background; its number in $background, its output in FILE, its end in FILE.end.
typed_behind()
{
    shown "$1 &"
    (
        eval "$1" >"$2" 2>&1 </dev/null
        status=$?
        now_us >"$2.end"
        exit $status
    ) &
    background=$!
}

# ---- what is checked ----

succeeds() { [ "$code" = 0 ] || fail "'$1' should have succeeded"; }
refuses() { [ "$code" = "$1" ] || fail "exit code $code where $1 was due"; }
has() { grep -qE -- "$1" "$out" || fail "nothing printed matches '$1'${2:+: $2}"; }
lacks() { ! grep -qE -- "$1" "$out" || fail "something printed matches '$1'${2:+: $2}"; }
counts() { grep -cE -- "$1" "$out"; }

# until_true SECONDS COMMAND...: try until it succeeds.
until_true()
{
    local end=$(($(now_us) + $1 * 1000000))
    shift
    until "$@"; do
        [ "$(now_us)" -lt "$end" ] || return 1
        sleep 0.02
    done
}

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }

# member NAME: values of that member in JSON lines on standard input, one a line.
member() { grep -oE "\"$1\":(\"[^\"]*\"|[0-9.]+)" | sed -E 's/^"[^"]*"://; s/^"(.*)"$/\1/'; }

# number N: with commas, as a person reads it.
number() { echo "$1" | sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta'; }

# promise TEXT, MEASURED, COMMAND: a row of the closing table.
promise() { rows+=("$1|$2|$3"); }

# ---- nodes ----

free_port()
{
    local try
    for _ in $(seq 100); do
        try=$((20000 + RANDOM % 12000))
        case " ${port[*]-} " in *" $try "*) continue ;; esac
        (exec 3<>"/dev/tcp/127.0.0.1/$try") 2>/dev/null || { echo "$try"; return; }
    done
    return 1
}

node_gone() { ! kill -0 "${pid[$1]}" 2>/dev/null; }
node_answers() { tamga --data "$1" status >/dev/null 2>&1; }
node_up_or_gone() { node_answers "$1" || node_gone "$1"; }

# Start a node and wait until it answers.
node_start()
{
    shown "tamgad $1 2>> $1.log &"
    setsid tamgad "$1" 2>>"$1.log" </dev/null >/dev/null &
    pid[$1]=$!
    disown
    until_true 30 node_up_or_gone "$1"
    node_answers "$1" || fail "node '$1' does not answer"
}

node_kill()
{
    shown "kill -9 ${pid[$1]}    # the process of $1"
    kill -KILL "${pid[$1]}"
    until_true 10 node_gone "$1" || fail "node '$1' lives after kill -9"
}

# Links of node $1 that are up.
links_up() { tamga --data "$1" peer list --format json 2>/dev/null | member state | grep -cx up; }
has_links() { [ "$(links_up "$1")" = "$2" ]; }
all_linked() { has_links tj 2 && has_links kg 2 && has_links uz 2; }

# "country size root" of every log that node $1 holds, and what is missing.
heads() { tamga --data "$1" log --format json 2>/dev/null | grep '"row":"log"' | sed -E 's/.*"country":"([A-Z]+)".*/\1 &/' |
    while read -r country line; do
        echo "$country $(echo "$line" | member size) $(echo "$line" | member root) missing $(echo "$line" | member missing)"
    done | sort; }
heads_equal() { [ -n "$(heads tj)" ] && [ "$(heads tj)" = "$(heads kg)" ] && [ "$(heads tj)" = "$(heads uz)" ]; }
records_of() { tamga --data "$1" status --format json 2>/dev/null | grep '"row":"node"' | member records; }

# ---- the end of the show ----

stage_table()
{
    local row promise measured command
    printf '\n\n%sWhat was promised, what was measured just now, how to see it again%s\n\n' "$bold" "$plain"
    for row in "${rows[@]}"; do
        IFS='|' read -r promise measured command <<<"$row"
        printf '%-47s %s\n' "$promise" "$measured"
        printf '%s    $ %s%s\n' "$dim" "$command" "$plain"
    done
    printf '\nAll %d scenes showed what they claim, in %d seconds.\n' "$scenes" "$SECONDS"
}

stage_hand_over()
{
    local bin=$root/build/release/cli/tamga
    rm -f "$out"
    printf '\nThe three nodes go on running. Try:\n\n'
    printf '  %s\n' "$bin --data $home/tj status" "$bin --data $home/kg notices" \
        "$bin --data $home/uz situation --as-of 2024-06-30" "$bin --data $home/tj query \"Карим Валиев\" --birth 1984-07-21" \
        "$bin --data $home/tj alert --flash --test --title \"Line check\" --wait 5 --yes" "$bin --data $home/kg access"
    printf '\nTo stop them and remove what they hold:\n\n'
    printf '  for node in tj kg uz; do %s --data %s/$node stop --yes; done; rm -rf %s\n' "$bin" "$home" "$home"
}
