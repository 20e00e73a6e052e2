# SPDX-License-Identifier: BSD-3-Clause
"""The A64 instructions of the VTL switch and of a CPU's start, carried out word by word.

Encodings: Arm ARM (DDI 0487), C4.1. What is not here is an error that names the word, so that code
which comes to use more is noticed and not skipped.
"""

MASK = (1 << 64) - 1
SP = 31  # also XZR, as the instruction has it


class Unknown(Exception):
    """An instruction that is not known."""


def bits(word, high, low):
    return word >> low & (1 << high - low + 1) - 1


def signed(value, width):
    return value - (1 << width) if value >> width - 1 else value


def logical_immediate(n, immr, imms):
    """DecodeBitMasks (Arm ARM J1.3), 64 bits."""
    length = (n << 6 | ~imms & 0x3F).bit_length() - 1
    size = 1 << length
    ones, turn = (imms & size - 1) + 1, immr & size - 1
    part = (1 << ones) - 1
    part = (part >> turn | part << size - turn) & (1 << size) - 1
    value = 0
    for at in range(0, 64, size):
        value |= part << at
    return value


class Cpu:
    """General registers, flags, PC; the rest is `machine`'s: memory, system registers, barriers."""

    def __init__(self, machine, pc):
        self.machine, self.pc = machine, pc
        self.x = [0] * 31
        self.sp = 0
        self.flags = (False, False, False, False)  # N, Z, C, V

    def get(self, n, wide=True):
        value = 0 if n == SP else self.x[n]
        return value if wide else value & 0xFFFFFFFF

    def set(self, n, value, wide=True):
        if n != SP:
            self.x[n] = value & (MASK if wide else 0xFFFFFFFF)

    def get_sp(self, n):
        return self.sp if n == SP else self.x[n]

    def set_sp(self, n, value):
        if n == SP:
            self.sp = value & MASK
        else:
            self.set(n, value)

    def step(self, word):
        following = self.pc + 4
        group = bits(word, 28, 25)
        if group & 0b1110 == 0b1000:
            self._immediate(word)
        elif group & 0b1110 == 0b1010:
            following = self._branch_or_system(word, following)
        elif group & 0b0101 == 0b0100:
            self._memory(word)
        elif group & 0b0111 == 0b0101:
            self._register(word)
        else:
            raise Unknown(f"{word:#010x}")
        self.pc = following & MASK

    # ---- Data processing ----

    def _immediate(self, word):
        kind, wide = bits(word, 25, 23), bool(word >> 31)
        rd, rn = bits(word, 4, 0), bits(word, 9, 5)
        if kind in (0, 1):  # ADR, ADRP
            offset = signed(bits(word, 23, 5) << 2 | bits(word, 30, 29), 21)
            base, scale = (self.pc & ~0xFFF, 12) if word >> 31 else (self.pc, 0)
            self.set(rd, base + offset * (1 << scale))
        elif kind == 2 and wide:
            self._add_immediate(word, rd, rn)
        elif kind == 4:  # AND, ORR, EOR
            self._logical_immediate(word, wide, rd, rn)
        elif kind == 5 and bits(word, 30, 29) != 0b01:  # MOVN, MOVZ, MOVK
            self._move_wide(word, wide, rd)
        elif kind == 6 and bits(word, 30, 29) == 0b10 and wide:  # UBFM
            right, left = bits(word, 21, 16), bits(word, 15, 10)
            if left < right:
                raise Unknown(f"{word:#010x}, UBFM that shifts left")
            self.set(rd, self.get(rn) >> right & (1 << left - right + 1) - 1)
        else:
            raise Unknown(f"{word:#010x}")

    def _add_immediate(self, word, rd, rn):
        subtract, flags = bits(word, 30, 30), bits(word, 29, 29)
        value = bits(word, 21, 10) << (12 if bits(word, 22, 22) else 0)
        if not flags:  # ADD, SUB
            self.set_sp(rd, self.get_sp(rn) + (-value if subtract else value))
        elif subtract:  # SUBS, CMP
            self._flags_of_difference(self.get_sp(rn), value)
            self.set(rd, self.get_sp(rn) - value)
        else:
            raise Unknown(f"{word:#010x}")

    def _logical_immediate(self, word, wide, rd, rn):
        operation = bits(word, 30, 29)
        if not wide or operation == 3:
            raise Unknown(f"{word:#010x}")
        value = logical_immediate(bits(word, 22, 22), bits(word, 21, 16), bits(word, 15, 10))
        old = self.get(rn)
        self.set_sp(rd, (old & value, old | value, old ^ value)[operation])

    def _move_wide(self, word, wide, rd):
        operation, shift, value = bits(word, 30, 29), 16 * bits(word, 22, 21), bits(word, 20, 5)
        if operation == 0b00:
            self.set(rd, ~(value << shift), wide)
        elif operation == 0b10:
            self.set(rd, value << shift, wide)
        else:
            self.set(rd, self.get(rd) & ~(0xFFFF << shift) | value << shift, wide)

    def _register(self, word):
        rd, rn, rm = bits(word, 4, 0), bits(word, 9, 5), bits(word, 20, 16)
        wide, shift = bool(word >> 31), bits(word, 15, 10)
        if word & 0x1FE00000 == 0x0A000000 and bits(word, 30, 29) == 0b01 and wide:  # ORR, LSL
            self.set(rd, self.get(rn) | self.get(rm) << shift)
        elif word & 0xFFE00000 == 0x8B000000:  # ADD, LSL
            self.set(rd, self.get(rn) + (self.get(rm) << shift))
        elif word & 0xFF200000 == 0xEB000000 and bits(word, 23, 22) == 0 and shift == 0:  # SUBS
            a, b = self.get(rn), self.get(rm)
            self._flags_of_difference(a, b)
            self.set(rd, a - b)
        else:
            raise Unknown(f"{word:#010x}")

    def _flags_of_difference(self, a, b):
        value = a - b & MASK
        overflow = (a ^ b) & (a ^ value)
        self.flags = (bool(value >> 63), value == 0, a >= b, bool(overflow >> 63))

    # ---- Branches and system instructions ----

    def _branch_or_system(self, word, following):
        top = bits(word, 31, 24)
        target = None
        if word & 0x7C000000 == 0x14000000:  # B, BL
            target = self.pc + signed(bits(word, 25, 0), 26) * 4
            if word >> 31:
                self.x[30] = following
        elif top & 0x7E == 0x34:  # CBZ, CBNZ
            if (self.get(bits(word, 4, 0), bool(word >> 31)) == 0) != bool(top & 1):
                target = self.pc + signed(bits(word, 23, 5), 19) * 4
        elif top & 0x7E == 0x36:  # TBZ, TBNZ
            bit = bits(word, 31, 31) << 5 | bits(word, 23, 19)
            if self.get(bits(word, 4, 0)) >> bit & 1 == top & 1:
                target = self.pc + signed(bits(word, 18, 5), 14) * 4
        elif top == 0x54 and bits(word, 4, 4) == 0:  # B.cond
            if self._holds(bits(word, 3, 0)):
                target = self.pc + signed(bits(word, 23, 5), 19) * 4
        elif word == 0xD65F03C0:  # RET
            target = self.x[30]
        elif word & 0xFFE0001F == 0xD4000002:  # HVC
            self.machine.hypervisor(self, bits(word, 20, 5))
        elif top == 0xD5:
            self._system(word)
        else:
            raise Unknown(f"{word:#010x}")
        if target is None:
            return following
        self.machine.branch(self.pc, target)
        return target

    def _holds(self, condition):
        n, z, c, v = self.flags
        value = (z, c, n, v, c and not z, n == v, n == v and not z, True)[condition >> 1]
        return value != bool(condition & 1) or condition == 15

    def _system(self, word):
        fields = (bits(word, 20, 19), bits(word, 18, 16), bits(word, 15, 12), bits(word, 11, 8),
                  bits(word, 7, 5))
        op0, op1, crn, crm, op2 = fields
        rt, read = bits(word, 4, 0), bits(word, 21, 21)
        if op0 >= 2 and read:  # MRS
            self.set(rt, self.machine.read_register(self, fields))
        elif op0 >= 2:  # MSR
            self.machine.write_register(self, fields, self.get(rt))
        elif op0 == 1 and not read:  # SYS: AT, DC, IC, TLBI
            self.machine.maintain(fields)
        elif op0 == 0 and (op1, crn, rt) == (3, 2, 31):
            self.machine.hint(self, crm << 3 | op2)
        elif op0 == 0 and (op1, crn, rt) == (3, 3, 31) and op2 == 6:
            self.machine.context_synchronization()  # ISB
        elif op0 == 0 and (op1, crn, rt) == (3, 3, 31) and op2 == 4:
            self.machine.data_barrier(crm)  # DSB
        elif op0 == 0 and crn == 4 and rt == 31:
            self.machine.write_pstate(op1, op2, crm)
        else:
            raise Unknown(f"{word:#010x}")

    # ---- Loads and stores ----

    def _memory(self, word):
        if word & 0x3C000000 == 0x28000000 and word >> 30 == 2:
            self._pair(word)
        elif word & 0x3F000000 == 0x39000000 and word >> 30 in (2, 3) and bits(word, 23, 23) == 0:
            size = 1 << (word >> 30)  # LDR, STR with an offset
            address = self.get_sp(bits(word, 9, 5)) + bits(word, 21, 10) * size
            self._access(address, bits(word, 4, 0), size, bits(word, 22, 22))
        elif word & 0xFFA0FC00 == 0xF8206800:  # LDR, STR with a register, LSL #0
            address = self.get_sp(bits(word, 9, 5)) + self.get(bits(word, 20, 16))
            self._access(address, bits(word, 4, 0), 8, bits(word, 22, 22))
        else:
            raise Unknown(f"{word:#010x}")

    def _pair(self, word):
        mode, load, rn = bits(word, 24, 23), bits(word, 22, 22), bits(word, 9, 5)
        offset = signed(bits(word, 21, 15), 7) * 8
        base = self.get_sp(rn)
        if mode == 0:
            raise Unknown(f"{word:#010x}")
        address = base if mode == 1 else base + offset
        self._access(address, bits(word, 4, 0), 8, load)
        self._access(address + 8, bits(word, 14, 10), 8, load)
        if mode != 2:
            self.set_sp(rn, base + offset)

    def _access(self, address, register, size, load):
        if load:
            self.set(register, self.machine.load(address & MASK, size))
        else:
            self.machine.store(address & MASK, self.get(register) & (1 << 8 * size) - 1, size)
