# SPDX-License-Identifier: BSD-3-Clause
"""Which code was written in assembly: .debug_info's units of that language.

DWARF 5, 6.1.2: .debug_aranges gives a unit's code. The assembler writes it for each file; clang
for C does not, so it is read only where C has to be told from assembly.
"""

import struct


class Assembly:
    def __init__(self, elf):
        self.ranges = []
        data, at = elf.section(".debug_aranges"), 0
        while at < len(data):
            length, version, _, address_size, _ = struct.unpack_from("<IHIBB", data, at)
            if (version, address_size) != (2, 8):
                raise ValueError(".debug_aranges of another kind")
            end = at + 4 + length
            at += 16
            while at + 16 <= end:
                base, size = struct.unpack_from("<QQ", data, at)
                self.ranges.append((base, base + size))
                at += 16
            at = end

    def holds(self, address):
        return any(base <= address < end for base, end in self.ranges)
