# SPDX-License-Identifier: BSD-3-Clause
# From llvm-objdump -d: the functions with an instruction that names an FP, SIMD or SVE register, or that
# the disassembler does not know.
/^[0-9a-f]+ <.*>:$/ {
    name = substr($2, 2, length($2) - 3)
    next
}
/<unknown>$/ {
    seen[name] = 1
}
{
    sub(/<[^>]*>/, "")
    if ($0 ~ /[ \t,{\[]([bhsdqvz]([0-9]|[12][0-9]|3[01])|p([0-9]|1[0-5])|[Ff][Pp][CcSs][Rr])([].,}\/ \t]|$)/) {
        seen[name] = 1
    }
}
END {
    for (name in seen) {
        print name
    }
}
