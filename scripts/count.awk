# SPDX-License-Identifier: BSD-3-Clause
# Counts test cases in the output of `ctest -V`: prints "PASSED FAILED". A program that names its cases
# (cmocka, pytest, the contract programs' ok and FAIL lines) counts by them, any other as one case. A
# program that failed without a failed case (a crash, a timeout) is one failed case more.
{
    sub(/\r$/, "")
}
/^[0-9]+: / {
    id = $1
    line = substr($0, length(id) + 2)
}
/^[0-9]+: \[  PASSED  \] [0-9]+ test/ {
    good[id] += $5
}
/^[0-9]+: \[  FAILED  \] .*[0-9]+ test\(s\), listed below/ {
    match(line, /[0-9]+ test\(s\), listed/)
    bad[id] += substr(line, RSTART, RLENGTH) + 0
}
/^[0-9]+: (PASS|ok) / {
    good[id]++
}
/^[0-9]+: FAIL / {
    bad[id]++
}
# A contract program's own count, which its FAIL lines are part of.
/^[0-9]+: .*: [0-9]+ of [0-9]+ checks passed/ {
    match(line, /[0-9]+ of [0-9]+ checks/)
    split(substr(line, RSTART, RLENGTH), word, " ")
    good[id] = word[1]
    bad[id] = word[3] - word[1]
}
/^[0-9]+: (=+ )?[0-9]+ (passed|failed|error|skipped|deselected).* in [0-9.]+s/ {
    if (match(line, /[0-9]+ passed/)) {
        good[id] += substr(line, RSTART, RLENGTH) + 0
    }
    if (match(line, /[0-9]+ failed/)) {
        bad[id] += substr(line, RSTART, RLENGTH) + 0
    }
    if (match(line, /[0-9]+ error/)) {
        bad[id] += substr(line, RSTART, RLENGTH) + 0
    }
}
# "3/12 Test  #5: name .....   Passed    0.01 sec"
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    match($0, /#[0-9]+:/)
    id = substr($0, RSTART + 1, RLENGTH - 1)
    if ($0 ~ /   Passed +[0-9.]+ sec/) {
        passed += good[id] + bad[id] > 0 ? good[id] : 1
        failed += bad[id]
    } else {
        passed += good[id]
        failed += bad[id] > 0 ? bad[id] : 1
    }
}
END {
    print passed + 0, failed + 0
}
