# SPDX-License-Identifier: BSD-3-Clause
"""Call frame information of .debug_frame, read and followed to the letter.

DWARF 5, 6.4; DWARF for the Arm 64-bit Architecture (IHI 0057): x0-x30 are 0-30, SP is 31,
RA_SIGN_STATE is 34. A place without an FDE, an unknown instruction or rule is an error.
"""

import struct

SP, RA, RA_SIGN_STATE = 31, 30, 34
ADDRESS_BITS = 48  # TCR_EL1.T0SZ is 16 or more: a signature lies above (Arm ARM D8.10.4)


class CfiError(Exception):
    """What stands in the tables cannot be followed."""


class Bytes:
    """A cursor that does not run over the end."""

    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def take(self, form):
        size = struct.calcsize(form)
        if self.at + size > self.end:
            raise CfiError("the table ends in the middle of an entry")
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return value

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take("<B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self):
        start = self.at
        value = self.unsigned()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) & 1 else value

    def string(self):
        end = self.data.index(b"\0", self.at)
        value, self.at = self.data[self.at:end], end + 1
        return value

    def more(self):
        return self.at < self.end


class Row:
    """The rules of one place. rules: register -> (kind, value); none: the register is the same."""

    def __init__(self):
        self.cfa, self.rules, self.signed = None, {}, False

    def copy(self):
        row = Row()
        row.cfa, row.rules, row.signed = self.cfa, dict(self.rules), self.signed
        return row


class Cie:
    def __init__(self, entry):
        self.version = entry.take("<B")
        if self.version not in (1, 3, 4):
            raise CfiError(f"a CIE of version {self.version}")
        if entry.string() != b"":
            raise CfiError("a CIE with an augmentation")
        if self.version == 4 and (entry.take("<B"), entry.take("<B")) != (8, 0):
            raise CfiError("a CIE with other addresses than 64 bits")
        self.code_factor, self.data_factor = entry.unsigned(), entry.signed()
        self.ra = entry.take("<B") if self.version == 1 else entry.unsigned()
        if self.ra != RA:
            raise CfiError(f"the return address is in register {self.ra}")
        self.row = Program(self, None).run(entry, None)


class Program:
    """The instructions of a CIE or an FDE, up to the row of an address (None: to the end)."""

    def __init__(self, cie, start):
        self.cie, self.location, self.stack = cie, start, []
        self.row = cie.row.copy() if start is not None else Row()

    def run(self, code, address):
        while code.more():
            opcode = code.take("<B")
            advance = self._advance(opcode, code)
            if advance is None:
                self._rule(opcode, code)
                continue
            if address is None:
                raise CfiError("a CIE that advances")
            if address < self.location + advance * self.cie.code_factor:
                break
            self.location += advance * self.cie.code_factor
        return self.row

    @staticmethod
    def _advance(opcode, code):
        if opcode & 0xC0 == 0x40:
            return opcode & 0x3F
        forms = {0x02: "<B", 0x03: "<H", 0x04: "<I"}
        return code.take(forms[opcode]) if opcode in forms else None

    def _offset(self, value):
        return ("offset", value * self.cie.data_factor)

    def _restore(self, register):
        if register in self.cie.row.rules:
            self.row.rules[register] = self.cie.row.rules[register]
        else:
            self.row.rules.pop(register, None)

    def _rule(self, opcode, code):
        row = self.row
        if opcode & 0xC0 == 0x80:
            row.rules[opcode & 0x3F] = self._offset(code.unsigned())
        elif opcode & 0xC0 == 0xC0:
            self._restore(opcode & 0x3F)
        elif opcode == 0x00:  # nop
            pass
        elif opcode == 0x05:  # offset_extended
            register = code.unsigned()
            row.rules[register] = self._offset(code.unsigned())
        elif opcode == 0x06:  # restore_extended
            self._restore(code.unsigned())
        elif opcode == 0x07:  # undefined
            row.rules[code.unsigned()] = ("undefined", 0)
        elif opcode == 0x08:  # same_value
            row.rules.pop(code.unsigned(), None)
        elif opcode == 0x09:  # register
            register = code.unsigned()
            row.rules[register] = ("register", code.unsigned())
        elif opcode == 0x0A:  # remember_state
            self.stack.append(row.copy())
        elif opcode == 0x0B:  # restore_state
            if not self.stack:
                raise CfiError("restore_state without remember_state")
            self.row = self.stack.pop()
        elif opcode == 0x0C:  # def_cfa
            row.cfa = (code.unsigned(), code.unsigned())
        elif opcode == 0x0D:  # def_cfa_register
            row.cfa = (code.unsigned(), row.cfa[1])
        elif opcode == 0x0E:  # def_cfa_offset
            row.cfa = (row.cfa[0], code.unsigned())
        elif opcode == 0x11:  # offset_extended_sf
            register = code.unsigned()
            row.rules[register] = self._offset(code.signed())
        elif opcode == 0x12:  # def_cfa_sf
            register = code.unsigned()
            row.cfa = (register, code.signed() * self.cie.data_factor)
        elif opcode == 0x13:  # def_cfa_offset_sf
            row.cfa = (row.cfa[0], code.signed() * self.cie.data_factor)
        elif opcode == 0x2D:  # AARCH64_negate_ra_state
            row.signed = not row.signed
        else:
            raise CfiError(f"call frame instruction {opcode:#x}")


class Frame:
    """Registers of one activation: x0-x30 and SP in 0-31; None: nothing says what it was."""

    def __init__(self, pc, registers):
        self.pc, self.registers = pc, registers

    @property
    def sp(self):
        return self.registers[SP]


class Tables:
    def __init__(self, elf):
        """GNU ld leaves the FDEs of functions that it drops, at address 0: they are not those of
        the function that is there.
        """
        section = elf.section(".debug_frame")
        first = {s.size for s in elf.functions() if s.value == 0}
        self.entries = []
        self._section, self._rows = section, {}
        cies = {}
        cursor = Bytes(section)
        while cursor.more():
            start = cursor.at
            length = cursor.take("<I")
            if length == 0xFFFFFFFF:
                raise CfiError("64-bit DWARF")
            entry = Bytes(section, cursor.at, cursor.at + length)
            cursor.at += length
            pointer = entry.take("<I")
            if pointer == 0xFFFFFFFF:
                cies[start] = Cie(entry)
                continue
            begin, size = entry.take("<Q"), entry.take("<Q")
            if begin == 0 and size not in first or not elf.is_code(begin):
                continue
            self.entries.append((begin, begin + size, cies[pointer], entry.at, entry.end))

    def row(self, address):
        if address not in self._rows:
            self._rows[address] = self._find(address)
        return self._rows[address]

    def _find(self, address):
        found = [entry for entry in self.entries if entry[0] <= address < entry[1]]
        if len(found) != 1:
            raise CfiError(f"{len(found)} FDEs, not one")
        begin, _, cie, start, end = found[0]
        return Program(cie, begin).run(Bytes(self._section, start, end), address)

    def caller(self, frame, place, read):
        """The frame that frame was called from, or None at the root.

        place: the linked address whose row counts; read(address): eight bytes of the stack.
        """
        row = self.row(place)
        rule = row.rules.get(RA)
        if rule is not None and rule[0] == "undefined":
            return None
        if row.cfa is None or frame.registers[row.cfa[0]] is None:
            raise CfiError("the CFA's register is not known")
        cfa = frame.registers[row.cfa[0]] + row.cfa[1]
        registers = list(frame.registers)
        # Arm's procedure call standard: who is called may have lost what is not callee-saved.
        for register in range(0, 19):
            registers[register] = None
        for register, (kind, value) in row.rules.items():
            if kind == "offset":
                registers[register] = read(cfa + value)
            elif kind == "register":
                registers[register] = frame.registers[value]
            else:
                registers[register] = None
        registers[SP] = cfa
        back = registers[RA]
        if back is None:
            raise CfiError("the return address is not known")
        if row.signed:
            back &= (1 << ADDRESS_BITS) - 1
            registers[RA] = back
        return Frame(back, registers)
