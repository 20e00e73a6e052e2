# SPDX-License-Identifier: BSD-3-Clause
"""As much of an ELF64 file as the tests of machine code need: sections, symbols, code words."""

import bisect
import pathlib
import struct

SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_ALLOC, SHF_EXECINSTR = 2, 4
STT_NOTYPE, STT_FUNC = 0, 2


class Symbol:
    def __init__(self, name, value, size, kind):
        self.name, self.value, self.size, self.kind = name, value, size, kind


class Elf:
    """An executable; addresses are those it is linked for."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no little-endian ELF64 file")
        self._read_sections()
        self._read_symbols()

    def _read_sections(self):
        offset, = struct.unpack_from("<Q", self.data, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3A)
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.data, offset + i * size)
                   for i in range(count)]
        table = headers[names][4]
        self.sections = {self._string(table + h[0]): h for h in headers}
        self.code = [(h[3], h[4], h[5]) for h in headers
                     if h[2] & SHF_EXECINSTR and h[2] & SHF_ALLOC and h[1] != SHT_NOBITS]

    def _string(self, offset):
        return self.data[offset:self.data.index(b"\0", offset)].decode()

    def _read_symbols(self):
        header = next(h for h in self.sections.values() if h[1] == SHT_SYMTAB)
        strings = self.sections[".strtab"][4]
        self.symbols = {}
        places = []
        for i in range(header[4], header[4] + header[5], 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, i)
            symbol = Symbol(self._string(strings + name), value, size, info & 15)
            if section == 0 or symbol.name.startswith("$") or symbol.name == "":
                continue
            self.symbols[symbol.name] = symbol
            if symbol.kind in (STT_NOTYPE, STT_FUNC) and self.is_code(value):
                places.append((value, symbol.kind == STT_FUNC, symbol.name))
        self._places = sorted(places)

    def section(self, name):
        """The bytes of a section; empty if there is none."""
        header = self.sections.get(name)
        return self.data[header[4]:header[4] + header[5]] if header else b""

    def address(self, name):
        return self.symbols[name].value

    def functions(self):
        return [s for s in self.symbols.values() if s.kind == STT_FUNC and s.size]

    def is_code(self, address):
        return any(base <= address < base + size for base, _, size in self.code)

    def word(self, address):
        """The instruction at address."""
        for base, offset, size in self.code:
            if base <= address <= base + size - 4:
                return struct.unpack_from("<I", self.data, offset + address - base)[0]
        raise ValueError(f"no code at {address:#x}")

    def byte(self, address):
        """What is loaded there, or None; what is cleared at the start is zero."""
        for _, kind, flags, base, offset, size, *_ in self.sections.values():
            if flags & SHF_ALLOC and base <= address < base + size:
                return 0 if kind == SHT_NOBITS else self.data[offset + address - base]
        return None

    def words(self):
        """All of the code: (address, instruction)."""
        for base, offset, size in self.code:
            for at in range(0, size - size % 4, 4):
                yield base + at, struct.unpack_from("<I", self.data, offset + at)[0]

    def name(self, address):
        """What people call the place: the label before it and how far it is."""
        i = bisect.bisect_right(self._places, (address, True, "\x7f")) - 1
        if i < 0:
            return f"{address:#x}"
        value, _, name = self._places[i]
        return name if value == address else f"{name}+{address - value:#x}"

    def function(self, address):
        """The name of the function, or of the label, that address lies behind."""
        return self.name(address).split("+")[0]
