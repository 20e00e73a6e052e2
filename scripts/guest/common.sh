# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sourced by what makes the guest's parts in build/guest.
set -eu
umask 022
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/guest

# stop_if_made NAME FILE...: ends the script if NAME was made from these files as they are now. Else: one
# at a time, and a folder to work in. finish NAME at the end.
stop_if_made() {
    mark=$out/$1.done
    shift
    key=$(cat "$@" | sha256sum | cut -d' ' -f1)
    [ "$(cat "$mark" 2>/dev/null)" != "$key" ] || exit 0
    mkdir -p "$out"
    exec 8>"$out/lock"
    flock 8
    [ "$(cat "$mark" 2>/dev/null)" != "$key" ] || exit 0
    work=$out/work
    rm -rf "$work"
    mkdir "$work"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

finish() {
    echo "$key" >"$mark"
}

# packages FOLDER NAME...: as scripts/packages. Who has only a folder of the pinned files can do without.
packages() {
    "$root/scripts/packages" "$@" 8>&- && return 0
    [ -n "${PARAVANE_ARCHIVES:-}" ] || exit 1
    return 1
}
