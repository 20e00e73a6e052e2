#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""All code of an image has unwind data: each instruction lies in one FDE, which can be followed."""

import argparse
import pathlib
import sys

from cfi import CfiError, Tables
from elf import Elf

PADDING = (0x00000000, 0xD503201F)  # between functions: UDF, NOP


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True, type=pathlib.Path, help="the image's ELF file")
    elf = Elf(parser.parse_args().image)
    tables = Tables(elf)
    begins = {entry[0] for entry in tables.entries}
    problems = [f"{f.name}: no FDE begins there" for f in elf.functions()
                if f.value not in begins and elf.is_code(f.value)]
    count = 0
    for address, word in elf.words():
        try:
            tables.row(address)
            count += 1
        except CfiError as error:
            if word not in PADDING:
                problems.append(f"{elf.name(address)}: {error}")
    for problem in problems[:20]:
        print("FAIL", problem)
    print(f"{count} instructions of {len(begins)} functions have unwind data")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
