#!/bin/bash
# The stage of the demonstration notices what it should: each claim that does not hold ends the run with exit 1 and the scene's name,
# and whatever ends it, the folder and what was started are gone.
# Must not know: Tamga; 'tamga' is a stand-in here.
# Use: stage.sh FILE (scripts/demo.d/stage.sh)
# The scenes are expanded by the shell that plays them.
# shellcheck disable=SC2016
set -u

stage=$1
work=$(mktemp -d /tmp/tamga-demo-test.XXXXXX) || exit 4
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/root/scripts/demo.d" "$work/tmp"
printf '#!/bin/sh\necho tamga 0\n' >"$work/bin/tamga"
chmod +x "$work/bin/tamga"
bad=0

# play SCRIPT: a scene made of that script, on the stage; code and said as it ended.
play()
{
    said=$(env PATH="$work/bin:$PATH" TMPDIR="$work/tmp" root="$work/root" keep=no bash -c "
        . '$stage'
        stage_open
        scene 'A scene' 'what it shows'
        $1
        echo the end" 2>&1 </dev/null)
    code=$?
}

# expect WHAT CODE TEXT: of the scene that was played.
expect()
{
    local left
    left=$(ls "$work/tmp")
    [ "$code" = "$2" ] && grep -qF -- "$3" <<<"$said" && [ -z "$left" ] && return
    echo "$1: exit code $code, left behind '$left', said: $said"
    bad=$((bad + 1))
}

play 'typed "echo one; echo two"; succeeds echo; has "^one\$"; lacks three'
expect "claims that hold" 0 "the end"
grep -qF '$ echo one; echo two' <<<"$said" || { echo "the command is not shown as typed"; bad=$((bad + 1)); }

failed="FAILED in scene 1, A scene"
play 'typed "echo one"; has "^two\$" "why it matters"'
expect "a line that is missing" 1 "$failed: nothing printed matches '^two\$': why it matters"
play 'typed "echo one"; lacks one'
expect "a line too many" 1 "$failed"
play 'typed "exit 3"; succeeds it'
expect "a command that fails" 1 "$failed"
play 'typed "false | true"; succeeds it'
expect "a command that fails in front of a pipe" 1 "$failed"
play 'typed true; refuses 1'
expect "a command that should fail" 1 "$failed"
play 'until_true 1 false || fail "it never came"'
expect "what never comes" 1 "$failed: it never came"
play 'setsid sleep 1000 & pid[xx]=$!; disown; echo "started ${pid[xx]}"; fail "on purpose"'
expect "a scene that fails with a node running" 1 "$failed: on purpose"
kill -0 "$(sed -n 's/^started //p' <<<"$said")" 2>/dev/null && { echo "a process outlived its scene"; bad=$((bad + 1)); }
play 'kill -TERM $$; sleep 5'
expect "an end from outside" 143 "what it shows"

[ "$bad" = 0 ] || { echo "$bad of the stage's promises do not hold"; exit 1; }
