#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Breaks one row of the register table after the other and sees the contract programs notice.

refhv_mutant takes the option break=ROW and does not keep that row apart. The program rows (of a row that MRS does not
name: switch) must then have a failed check that names the row, and none that names another. The exit status is 0 if
every mutant was noticed so. Without names of rows: every row that carries a value on this CPU.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

CPU_OPTIONS = {"max": "max,pauth-impdef=on"}
LINE = re.compile(r"^(ok|FAIL) 8 ([a-z][a-z0-9_, ]*?)(?: (?:PRIVATE|SHARED|GUARDED|TRAPPED|ABSENT) [A-Z0-9]+|:)(.*)$")
FAILED = re.compile(r"^FAIL (.*)$")
EMPTY = re.compile(r"^note carries no bit here \[([a-z0-9_]+)\]")
TABLE_STATE = re.compile(r"^STATE\((\w+), (?:\w+, ){3}(\w+), (\w+),")

# One of each kind: SWITCH in its groups, what code can't do without, PSTATE, TIMER, GIC, SERROR, LAZY, HELD of debug
# and PMU, TRAP, EXIT.
SAMPLE = ("tcr_el1 apgakeyhi_el1 sp_el1 fpcr nzcv cntv_cval_el0 icc_pmr_el1 disr_el1 svcr dbgbvr0_el1 pmcr_el0 "
          "actlr_el1 x18 z0").split()

# Rows that another row's break shows in too.
SHOWS_IN = {
    "pmcr_el0": ["pmccntr_el0", "pmevcntr0_el0"],  # PMCR_EL0.E is what the counters count by
    "icc_sgi1r_el1": ["icc_hppir1_el1", "icc_iar1_el1", "icc_rpr_el1", "icc_eoir1_el1", "icc_dir_el1",
                      "isr_el1"],  # without SGIs there is nothing to see
    "icc_bpr0_el1": ["icc_bpr1_el1"],  # by ICC_CTLR_EL1.CBPR
    "icc_ctlr_el1": ["icc_bpr1_el1", "icc_eoir1_el1"],  # CBPR, EOImode
    "icc_ap1r0_el1": ["icc_rpr_el1"],  # a view
    "cntp_ctl_el0": ["cntp_cval_el0"],  # one check of the timer that both make
    "cntp_cval_el0": ["cntp_ctl_el0", "cntp_tval_el0"],  # and TVAL is a view of CVAL
}

# What the programs themselves stand on: besides the row's own checks anything may fail, or the end not come.
STANDS_ON = {
    "sctlr_el1": "VTL0 starts with VTL2's pattern in it",
    "sp_el1": "code that is not rows_cross.S has a stack",
    "daif": "VTL2's interrupt comes where VTL2 has no vectors",
    "icc_pmr_el1": "VTL2's interrupts come",
    "icc_igrpen1_el1": "VTL2's interrupts come",
}

# VTL2 does not come so far as to check anything.
ENDS = {
    "pc": "VTL2 goes on where VTL0 was",
}

# Nothing is there that refhv_mutant could leave out.
NOT_SWITCHED = {
    "currentel": "both VTLs of the programs are at EL1",
    "zcr_el1": "CPTR_EL2 traps it as an SVE instruction",
    "smcr_el1": "CPTR_EL2 traps it as an SME instruction",
    "za": "stays in the CPU, and CPTR_EL2 traps its instructions",
    "zt0": "stays in the CPU, and CPTR_EL2 traps its instructions",
    "x0": "shared: stays in place",
    "x19": "shared: stays in place",
    "q0": "shared: stays in place",
    "cntv_tval_el0": "a view of CNTV_CVAL_EL0",
    "icc_iar0_el1": "no interrupt is of group 0",
    "icc_eoir0_el1": "no interrupt is of group 0",
    "icc_hppir0_el1": "no interrupt is of group 0",
    "icc_asgi1r_el1": "goes nowhere",
    "icc_sgi0r_el1": "goes nowhere",
    "icc_iar1_el1": "a view of the list registers, which are the VTL's",
    "icc_eoir1_el1": "acts on the list registers, which are the VTL's",
    "icc_hppir1_el1": "a view of the list registers, which are the VTL's",
    "icc_rpr_el1": "a view of the active priorities, which are the VTL's",
    "icc_dir_el1": "acts on the list registers, which are the VTL's",
    "isr_el1": "a view of the list registers, which are the VTL's",
}


# Rows that carry nothing, but that refhv answers on -cpu max: one of each kind.
TRAPPED = ["actlr_el1", "erridr_el1", "lorsa_el1", "id_reserved_7_7_el1"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutant", required=True, type=pathlib.Path, help="refhv_mutant.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--rows", required=True, type=pathlib.Path, help="the program's ELF file")
    parser.add_argument("--switch", required=True, type=pathlib.Path, help="the program's ELF file")
    parser.add_argument("--table", required=True, type=pathlib.Path, help="registers.def")
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=12, help="seconds for a machine that hangs")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("mutants-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    parser.add_argument("--sample", action="store_true", help="a row of each kind")
    parser.add_argument("row", nargs="*")
    return parser.parse_args()


def run(options, program, row):
    """The console's lines with the row broken, or with none."""
    word = f"break={row} " if row else ""
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3",
        "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", "1", "-m", "512M",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", str(options.mutant),
        "-initrd", str(options.work / f"{program}.igvm"), "-append", f"{word}-- {word}",
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu:
        try:
            output, _ = qemu.communicate(timeout=options.timeout if row else 150)
        except subprocess.TimeoutExpired:
            qemu.kill()
            output, _ = qemu.communicate()
    (options.work / f"{program}-{row or 'whole'}.log").write_bytes(output)
    return output.decode("utf-8", "replace").replace("\r", "").splitlines()


def judge(row, lines):
    """What is wrong with how the mutant was noticed, or None."""
    named, others = set(), []
    for line in filter(FAILED.match, lines):
        match = LINE.match(line)
        if match:
            named |= set(match[2].split(", "))
        else:
            others.append(line)
    ended = any(line.startswith("done ") for line in lines)
    if row in ENDS:
        return None if named or others or not ended else "every check passed"
    if row not in named:
        return "no check of the row failed"
    if row in STANDS_ON:
        return None
    strangers = named - {row} - set(SHOWS_IN.get(row, ()))
    if strangers:
        return "checks of other rows failed: " + " ".join(sorted(strangers))
    if others:
        return "a check of no row failed: " + others[0]
    if not ended:
        return "the program did not come to its end"
    return None


def candidates(options, states):
    """Rows with a line for a way to enter VTL2, and bits to carry."""
    lines = run(options, "rows", None)
    lines += run(options, "switch", None)
    failures = [line for line in lines if FAILED.match(line)]
    if failures or sum(line.startswith("done ") for line in lines) != 2:
        sys.exit("with nothing broken the programs do not pass: " + "; ".join(failures[:3]))
    empty = {m[1] for m in map(EMPTY.match, lines) if m}
    rows = list(TRAPPED) if options.cpu == "max" else []
    for match in filter(None, map(LINE.match, lines)):
        carries = match[2] in states or "[" in match[3]
        for row in match[2].split(", "):
            if carries and row not in rows and row not in empty and row not in NOT_SWITCHED:
                rows.append(row)
    return rows


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    for program in ("rows", "switch"):
        subprocess.run([options.igvm_tool, "build", "--image", getattr(options, program), "--output",
                        options.work / f"{program}.igvm"], check=True, stdout=subprocess.DEVNULL)
    states = {m[1]: m[2] for m in map(TABLE_STATE.match, options.table.read_text().splitlines()) if m}
    start = time.monotonic()
    rows = options.row or (SAMPLE if options.sample else candidates(options, states))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        def try_row(row):
            return row, judge(row, run(options, "switch" if row in states else "rows", row))
        results = list(pool.map(try_row, rows))
    for row, problem in results:
        if problem:
            print(f"FAIL {row}: {problem}")
    noticed = sum(problem is None for _, problem in results)
    print(f"{noticed} of {len(rows)} broken rows noticed, {time.monotonic() - start:.1f} s")
    return 0 if noticed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
