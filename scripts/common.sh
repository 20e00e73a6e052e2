# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sourced by the parts of ./paravane.
set -eu
umask 022
root=${PARAVANE_ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
export PARAVANE_ROOT="$root"

say() {
    echo "paravane: $*" >&2
}

# die [-STATUS] MESSAGE...
die() {
    status=1
    case $1 in
    -[0-9]*)
        status=${1#-}
        shift
        ;;
    esac
    echo "paravane: $*" >&2
    exit "$status"
}

# A mistake on the command line.
wrong() {
    die -2 "$*"
}

# need_value OPTION COUNT: COUNT arguments are left, the option included.
need_value() {
    [ "$2" -ge 2 ] || wrong "$1 needs a value"
}

# The lines of a log that tell why a compiler, CMake or apt failed.
telling='error:|Error|FAILED|^E: '

# quietly WHAT COMMAND...: output into a log, shown if the command fails.
quietly() {
    what=$1
    shift
    mkdir -p "$root/build/log"
    log=$root/build/log/$(echo "$what" | tr ' /' '__').log
    if ! "$@" >"$log" 2>&1 </dev/null; then
        if grep -qE "$telling" "$log"; then
            grep -E -A3 "$telling" "$log" | head -n 40 >&2
        else
            tail -n 40 "$log" >&2
        fi
        die "$what failed; all of its output is in ${log#"$root"/}"
    fi
}
