# SPDX-License-Identifier: BSD-3-Clause
"""What the bench wants of a 64-bit little-endian ELF file: its symbols, and the size of what it loads."""

import bisect
import dataclasses
import struct

SECTION_SYMBOLS = 2
SECTION_NO_BITS = 8
FLAG_ALLOCATED = 2
FLAG_EXECUTABLE = 4
SYMBOL_NONE = 0
SYMBOL_FUNCTION = 2


@dataclasses.dataclass(frozen=True)
class Section:
    """One row of the section header table."""

    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


class Elf:
    """A file's symbols and sections (System V ABI, chapters 4 and 5)."""

    def __init__(self, content):
        self._content = content
        if content[:6] != b"\x7fELF\x02\x01":
            raise ValueError("no 64-bit little-endian ELF file")
        table, row_bytes, rows = struct.unpack_from("<Q10xHH", content, 0x28)
        self.sections = []
        for row in range(rows):
            field = struct.unpack_from("<IIQQQQI", content, table + row * row_bytes)
            self.sections.append(Section(field[1], *field[2:7]))
        self.values = {}
        self.functions = []
        self._labels = {}
        for section in self.sections:
            if section.kind == SECTION_SYMBOLS:
                self._read_symbols(content, section)
        self.functions.sort()
        self._starts = [start for start, _, _ in self.functions]
        self._label_starts = sorted(self._labels)

    def _read_symbols(self, content, section):
        names = self.sections[section.link].offset
        for at in range(section.offset, section.offset + section.size, 24):
            name, info, _, index, value, size = struct.unpack_from("<IBBHQQ", content, at)
            text = content[names + name : content.index(b"\0", names + name)].decode()
            if not text or text.startswith("$") or not 0 < index < len(self.sections):
                continue
            self.values[text] = value
            if not self.sections[index].flags & FLAG_EXECUTABLE:
                continue
            if info & 15 == SYMBOL_FUNCTION and size:
                self.functions.append((value, value + size, text))
            elif info & 15 in (SYMBOL_NONE, SYMBOL_FUNCTION):
                self._labels.setdefault(value, text)

    def name_of(self, address):
        """The function that holds address; in assembly without any, the label before it."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at >= 0 and address < self.functions[at][1]:
            return self.functions[at][2]
        at = bisect.bisect_right(self._label_starts, address) - 1
        return self._labels[self._label_starts[at]] if at >= 0 else "?"

    def calls(self, name):
        """Where BL calls a function (Arm ARM, C6.2: bits 31 to 26 are 100101, then the distance in words)."""
        found = []
        for section in self.sections:
            if section.flags & FLAG_EXECUTABLE and section.kind != SECTION_NO_BITS:
                code = self._content[section.offset : section.offset + section.size // 4 * 4]
                for index, (word,) in enumerate(struct.iter_unpack("<I", code)):
                    distance = (word & 0x1FFFFFF) - (word & 0x2000000)
                    at = section.address + 4 * index
                    if word >> 26 == 0b100101 and at + 4 * distance == self.values[name]:
                        found.append(at)
        return found

    def loaded_bytes(self):
        """Code, constants and initialised data: what the file brings into memory."""
        return sum(
            section.size
            for section in self.sections
            if section.flags & FLAG_ALLOCATED and section.kind != SECTION_NO_BITS
        )
