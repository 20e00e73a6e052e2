#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Steps the image an instruction at a time and unwinds at each, by frame records and by CFI.

What both must find is known: every call and return on the way is followed. The exit status is 0 if
they do at every instruction and the case went the way that it is about. --work DIR keeps
program.igvm and console.log.
"""

import argparse
import pathlib
import sys

from cfi import Tables
from elf import Elf
from machine import VTL2_BASE, Machine
from stepper import Stepper
from walk import Wrong

NOWHERE = 0x30000000  # neither memory nor a device: mapped for nobody

# parts: each (start, end): from the first instruction of the function start to the end, which is a
# function's first instruction, a number of VTL returns and the way to the next one, or the return
# from an exception (EXCEPTION). root: who must have called start, outermost last; others may stand
# between. pass_by: functions that must have been stepped through. fault: at its first call, the
# argument register of that function becomes an address of nothing. words: for the image.
EXCEPTION = "exception"
BOOT = ["boot_main", "paravane_entry"]
CASES = {
    "exits": {"parts": [("vmm_vp_run", 5)], "root": BOOT,
              "pass_by": ["emulate_instruction", "resume_abort"]},
    "fault": {"parts": [("guest_read", "log_print")], "root": ["start_guest"] + BOOT,
              "fault": ("vtl_copy", 1),
              "pass_by": ["vtl_copy", "vtl_vectors", "guest_access_fault"]},
    "simd": {"parts": [("crypto_sha", EXCEPTION), ("simd_give_back", 0)],
             "root": ["vmm_vp_run"] + BOOT, "pass_by": ["vector_simd", "simd_give_back"]},
    "panic": {"parts": [("read_nowhere", "panic_compose")], "root": BOOT, "words": "-- read",
              "pass_by": ["vtl_vectors", "panic_unwind"]},
}
STEPS_MAX = 20000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refhv", required=True, type=pathlib.Path, help="refhv.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, type=pathlib.Path, help="the image's ELF file")
    parser.add_argument("--kernel", type=pathlib.Path, help="VTL0's Image")
    parser.add_argument("--case", required=True, choices=CASES)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--option", action="append", default=[], help="a word for refhv")
    parser.add_argument("--switch", help="the immediate of the HVC that is the VTL return")
    parser.add_argument("--window", type=int, default=0,
                        help="instructions of the switch, at most, that have VTL0's x29")
    parser.add_argument("--synchronous", action="store_true",
                        help="the compiler's CFI holds in the body of a C function only")
    parser.add_argument("--records-beyond-exceptions", action="store_true",
                        help="the compiler's CFI counts from SP, which is not known there")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for one answer")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("unwind-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser.parse_args()


def judge(stepper, case, options):
    """What the whole way must have been."""
    problems = []
    missing = [name for name in case.get("pass_by", []) if name not in stepper.functions]
    if missing:
        problems.append(f"not on the way: {', '.join(missing)}")
    if options.switch is not None and stepper.immediates != {int(options.switch)}:
        problems.append(f"VTL returns by HVC {sorted(stepper.immediates)}, not #{options.switch}")
    windows = len(stepper.window_places)
    if windows > options.window or (options.window and not windows):
        problems.append(f"{windows} instructions of the switch have VTL0's x29, not up to "
                        f"{options.window}")
    return problems


def main():
    options = arguments()
    case = CASES[options.case]
    elf = Elf(options.image)
    words = " ".join([f"vtl2-base={VTL2_BASE:#x}", *options.option, case.get("words", "")])
    machine = Machine(options, words)
    stepper = Stepper(elf, Tables(elf), machine.remote, VTL2_BASE, options.synchronous,
                      options.records_beyond_exceptions)
    problems = []
    try:
        if "fault" in case:
            stepper.fault_at(*case["fault"], NOWHERE)
        for start, end in case["parts"]:
            stepper.begin(start, case["root"])
            stepper.run(end, STEPS_MAX)
    except (Wrong, ConnectionError, TimeoutError) as wrong:
        problems.append(f"step {stepper.steps}, {stepper.where()}: {wrong}")
    finally:
        machine.close()
    problems = problems or judge(stepper, case, options)
    for problem in problems:
        print("FAIL", problem)
    print(f"{options.case}: {stepper.steps} instructions in {len(stepper.functions)} functions, "
          f"{stepper.turns} VTL returns, {len(stepper.window_places)} with VTL0's x29, "
          f"{stepper.excused} without the compiler's CFI")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
