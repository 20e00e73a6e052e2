# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sourced by the checks. A check prints one line a finding, with the file, and fails if there was one.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
findings=0
# The LLVM whose clang-format and clang-tidy have the say, whatever compiles: one that Debian 12 and 13
# both have, so that a change is judged alike on both. Also in scripts/setup and CONTRIBUTING.md.
# shellcheck disable=SC2034 # for the checks
llvm=19

found() {
    echo "FAILED: $*"
    findings=$((findings + 1))
}

finish() {
    [ "$findings" -eq 0 ]
}

# The project's own files of these endings: sources PATTERN... Works without git too.
sources() {
    for pattern in "$@"; do
        find . -path ./build -prune -o -path ./.git -prune -o -type f -name "$pattern" -print
    done | sed 's|^\./||' | LC_ALL=C sort
}
