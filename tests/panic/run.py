#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs one fault of the panic program and checks Paravane's record of it.

The exit status is 0 if the console has the record, twice (from Paravane itself, and from the
hypervisor by the crash registers), if its offsets symbolize to the functions that the fault went
through, and if refhv's last line says "crash". --work DIR keeps program.igvm and console.log.
"""

import argparse
import pathlib
import re
import secrets
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contract"))
from run import CPU_OPTIONS, END, build_igvm, need  # noqa: E402 (the contract runner's parts)

CRASH_CODE = 0x454E415641524150  # "PARAVANE", vtl/cpu/panic.h
NOWHERE = 0x30000000  # panic.c
DATA_READ, DATA_WRITE, FETCH = "data read", "data write", "instruction fetch"
UNIT = "FP and SIMD unit"
BOOT = ["boot_main", "paravane_entry"]

# What the record must say. trace: functions, innermost first, as they must follow one another
# (others may stand between); lr: the function that lr lies in. fault: kind, fault status (Arm ARM
# D19.2.37, without the level), and where FAR points to.
CASES = {
    "check": {"what": r"/?tests/panic/panic\.c:\d+: sum == 1", "trace": ["fail_check"] + BOOT},
    "read": {"fault": (DATA_READ, "translation", NOWHERE), "trace": ["read_nowhere"] + BOOT},
    "leaf": {"fault": (DATA_READ, "translation", NOWHERE), "trace": ["read_leaf"] + BOOT,
             "lr": "call_leaf"},
    "write-text": {"fault": (DATA_WRITE, "permission", "write_text"),
                   "trace": ["write_text"] + BOOT},
    "write-constant": {"fault": (DATA_WRITE, "permission", None),
                       "trace": ["write_constant"] + BOOT},
    "execute-data": {"fault": (FETCH, "permission", "elr"), "trace": BOOT, "lr": "execute_data"},
    "simd": {"fault": (UNIT, None, None), "trace": ["use_simd_untaken"] + BOOT},
    "overflow": {"fault": (DATA_WRITE, "translation", "guard"),
                 "trace": ["overflow", "overflow", "overflow_boot"] + BOOT},
    "overflow-vp": {"vp": 1, "fault": (DATA_WRITE, "translation", "guard"),
                    "trace": ["overflow_secondary", "overflow_secondary", "overflow_vp",
                              "cpu_secondary_main", "secondary_entry"]},
    "canary": {"what": r"stack:0: canary overwritten",
               "trace": ["__stack_chk_fail", "smash_stack"] + BOOT},
    "in-sink": {"fault": (DATA_READ, "translation", NOWHERE),
                "trace": ["host_uart_write", "fault_in_sink"] + BOOT},
    "twice": {"nested": True, "trace": ["host_uart_write"]},
    "both": {"vp": None, "what": r"/?tests/panic/panic\.c:\d+: sum == 1", "trace": ["fail_check"]},
}

HEAD = re.compile(r"^paravane: panic: vp (\d+): (.*)$")
EXCEPTION = re.compile(r"^paravane: vector (\d+) esr 0x([0-9a-f]+) far 0x([0-9a-f]+) "
                       r"elr \+0x([0-9a-f]+) lr \+0x([0-9a-f]+) spsr 0x([0-9a-f]+) "
                       r"sp 0x([0-9a-f]+)$")
REGISTER = re.compile(r"\bx(\d+) 0x([0-9a-f]+)")
TRACE = re.compile(r"^paravane: #(\d+) \+0x([0-9a-f]+)$")
CRASHED = re.compile(r"^refhv: VTL2 crashed: ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)$")


class Wrong(Exception):
    """What the record has and should not have, or the other way round."""


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refhv", required=True, type=pathlib.Path, help="refhv.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, type=pathlib.Path, help="panic.elf")
    parser.add_argument("--symbolizer", default="llvm-symbolizer")
    parser.add_argument("--case", required=True, choices=CASES)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for the machine")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("panic-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser.parse_args()


def run_machine(options, igvm, nonce):
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3",
        "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", "2", "-m", "512M",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", str(options.refhv),
        "-initrd", str(igvm), "-append", f"nonce={nonce} -- {options.case}",
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu:
        try:
            output, _ = qemu.communicate(timeout=options.timeout)
        except subprocess.TimeoutExpired:
            qemu.kill()
            output, _ = qemu.communicate()
            output += b"\n(the machine did not end in time)\n"
    (options.work / "console.log").write_bytes(output)
    return output.decode("utf-8", "replace").replace("\r", "").splitlines()


def symbolize(options, offsets):
    """The function names of each offset, innermost first: what is inlined has several."""
    output = subprocess.run(
        [options.symbolizer, f"--obj={options.image}", "--functions=linkage", "--inlining",
         *map(hex, offsets)],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    # A clone is named after its function: GCC's "name.constprop.0".
    groups = [[name.split(".")[0] for name in group.splitlines()[::2]]
              for group in output.strip().split("\n\n")]
    expect(len(groups) == len(offsets), f"the symbolizer said {output!r}")
    return groups


def records(lines):
    """Each record: its lines from the head to the end of the trace."""
    found = []
    for i, line in enumerate(lines):
        if HEAD.match(line):
            end = i + 1
            while end < len(lines) and lines[end].startswith("paravane: "):
                end += 1
            found.append(lines[i:end])
    return found


def check_fault(options, case, record):
    exception = EXCEPTION.match(record[1])
    expect(exception, f"no line of the exception: {record[1]!r}")
    vector, esr, far, elr, lr, spsr, sp = (
        int(value, 10 if i == 0 else 16) for i, value in enumerate(exception.groups()))
    kind, status, place = case["fault"]
    # Current EL: 0x25 data abort, 0x21 instruction abort, 7 unit; WnR is bit 6; status is bits 5:2.
    ec, write = esr >> 26, bool(esr & 1 << 6)
    expect(vector == 4, f"vector {vector} is not the current EL's synchronous one")
    expect(ec == {FETCH: 0x21, UNIT: 7}.get(kind, 0x25), f"EC {ec:#x} is no {kind}")
    if kind in (DATA_READ, DATA_WRITE):
        expect(write == (kind == DATA_WRITE), f"{kind}, but WnR is {write}")
    expect(status is None or esr >> 2 & 0xF == {"translation": 1, "permission": 3}[status],
           f"ESR {esr:#x} is no {status} fault")
    expect(spsr & 0x3CF == 0x3C5, f"SPSR {spsr:#x} is not EL1h with all masked")

    values = {int(n): int(value, 16) for line in record for n, value in REGISTER.findall(line)}
    expect(sorted(values) == list(range(31)), f"not x0 to x30: {sorted(values)}")
    image = (values[30] & (1 << 48) - 1) - 4 - lr & (1 << 64) - 1
    expect(image % 0x200000 == 0, f"x30 and lr give {image:#x} as the image's base")
    if place == "guard":
        # A page below what is in use: the one that SP has just left, or is about to.
        expect(0 <= sp - far < 0x2000 or 0 <= far - sp < 0x2000, f"FAR {far:#x}, SP {sp:#x}")
    elif place == "elr":
        expect(far == image + elr, f"FAR {far:#x} is not the PC")
    elif isinstance(place, str):
        names = symbolize(options, [far - image])[0]
        expect(place in names, f"FAR is in {names}, not in {place}")
    elif place is not None:
        expect(far == place, f"FAR {far:#x} is not {place:#x}")
    if "lr" in case:
        names = symbolize(options, [lr])[0]
        expect(case["lr"] in names, f"lr is in {names}, not in {case['lr']}")
    return elr


def check_trace(options, case, record, elr):
    entries = [(int(m[1]), int(m[2], 16)) for m in map(TRACE.match, record) if m]
    expect([n for n, _ in entries] == list(range(len(entries))), "a trace with gaps")
    offsets = [offset for _, offset in entries]
    expect(elr is None or offsets[0] == elr, "the trace does not begin where the fault was")
    names = [name for group in symbolize(options, offsets) for name in group]
    rest = iter(names)
    expect(all(wanted in rest for wanted in case["trace"]),
           f"the trace is {names}, not {case['trace']}")
    if elr is not None and "lr" not in case or elr is None and case["trace"][0] != "fail_check":
        expect(names[0] == case["trace"][0], f"the trace begins in {names[0]}")
    # "both" may have been either VP.
    ends = {case["trace"][-1]} if case.get("vp", 0) is not None else {BOOT[-1], "secondary_entry"}
    expect(names[-1] in ends, f"the trace ends in {names[-1]}")


def check_nested(options, case, lines):
    """A fault in the report of a fault: ELR and ESR alone, by the crash registers."""
    crashed = next((m for m in map(CRASHED.match, lines) if m), None)
    expect(crashed, "the hypervisor shows no crash")
    elr, esr = int(crashed[1], 16), int(crashed[2], 16)
    expect(esr >> 26 == 0x25, f"ESR {esr:#x} is no data abort")
    image = elr & ~0x1FFFFF
    names = symbolize(options, [elr - image])[0]
    expect(case["trace"][0] in names, f"ELR is in {names}, not in {case['trace']}")


def check_record(options, case, record):
    head = HEAD.match(record[0])
    vp = case.get("vp", 0)
    expect(vp is None or int(head[1]) == vp, f"VP {head[1]} reports, not {vp}")
    expect(re.fullmatch(case.get("what", "exception"), head[2]), f"the reason is {head[2]!r}")
    elr = check_fault(options, case, record) if "fault" in case else None
    expect(elr is not None or TRACE.match(record[1]), "registers without an exception")
    check_trace(options, case, record, elr)


def check(options, lines, nonce):
    case = CASES[options.case]
    end = END.match(lines[-1]) if lines else None
    expect(end and end[1] == nonce and end[2] == "crash",
           f"the last line is {lines[-1] if lines else None!r}")
    if case.get("nested"):
        check_nested(options, case, lines)
        return
    found = records(lines)
    expect(len(found) == 2, f"{len(found)} records, not Paravane's and the hypervisor's")
    expect(found[0] == found[1], "the two records differ")
    check_record(options, case, found[0])
    crashed = next((m for m in map(CRASHED.match, lines) if m), None)
    expect(crashed and int(crashed[1], 16) == CRASH_CODE, "no crash code of a panic")


def main():
    options = arguments()
    need(options.refhv, "build the image preset")
    need(options.image, "build the image preset")
    need(options.igvm_tool, "build the host preset")
    options.work.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(8)
    lines = run_machine(options, build_igvm(options), nonce)
    try:
        check(options, lines, nonce)
    except Wrong as wrong:
        print(f"FAIL {options.case}: {wrong}")
        print("the console's last lines:", *lines[-40:], sep="\n    ")
        return 1
    print(f"ok   {options.case}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
