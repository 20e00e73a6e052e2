# SPDX-License-Identifier: BSD-3-Clause
"""Steps the machine, follows every call and return, and holds both unwinders against that."""

from assembly import Assembly
from cfi import RA, SP
from walk import CALLEE_SAVED, Activation, Stack, Wrong, strip, walk_cfi, walk_frame_records

# Instructions that change the stack of calls (Arm ARM C6.2).
BL, BL_MASK = 0x94000000, 0xFC000000
BLR, BLR_MASK = 0xD63F0000, 0xFFFFFC1F
B, B_MASK = 0x14000000, 0xFC000000
HVC, HVC_MASK = 0xD4000002, 0xFFE0001F
MEMORY, MEMORY_MASK = 0x08000000, 0x0A000000  # C4.1: loads and stores
RET, ERET = 0xD65F03C0, 0xD69F03E0
PSTATE_DAIF, PSTATE_EL, PSTATE_EL1 = 0x3C0, 0xC, 0x4
HYPERVISOR_MAX = 4  # times that it may take one instruction
VECTORS_BYTES, VECTOR_BYTES = 0x800, 0x80
STACKS = [("__boot_guard", "__boot_stack_top"), ("__emergency_guard", "__emergency_stack_top")]
PAGE = 4096


class Stepper:
    def __init__(self, elf, tables, remote, base, synchronous, records_only):
        self.elf, self.tables, self.remote, self.base = elf, tables, remote, base
        self.assembly = Assembly(elf)
        self.synchronous = synchronous
        self.records_only = records_only  # beyond an exception
        # A page of each is a guard, never mapped.
        ranges = [(base + elf.address(low) + PAGE, base + elf.address(top)) for low, top in STACKS]
        self.stack = Stack(remote, ranges)
        self.windows = [(base + s.value, base + elf.address(f"{name}_end"))
                        for name, s in elf.symbols.items()
                        if name.endswith("_window") and f"{name}_end" in elf.symbols]
        self.vectors = base + elf.address("vtl_vectors")
        self.vectors_end = self.vectors + elf.symbols["vtl_vectors"].size
        self.shadow = []  # outermost first
        self.pc, self.registers, self.pstate = 0, [], 0
        self.written = True
        self.fault = None
        self.steps = self.turns = self.exceptions = self.excused = 0
        self.functions, self.window_places, self.immediates = set(), set(), set()

    # ---- Where the machine is ----

    def _look(self):
        self.registers, self.pc, self.pstate = self.remote.registers()

    def where(self):
        return f"{self.elf.name(self.pc - self.base)} ({self.pc - self.base:#x})"

    def _name(self, address):
        return self.elf.name(address - self.base)

    def _run_to(self, address, other=None):
        self.remote.set_break(address)
        if not self.remote.resume():
            raise Wrong("the machine has ended")
        self.remote.clear_break(address)
        self._look()
        if self.pc not in (address, other):
            raise Wrong(f"came to {self.pc:#x} and not to {address:#x}")

    def begin(self, start, root):
        """To the first instruction of start. The callers that CFI finds end with root."""
        self._run_to(self.base + self.elf.address(start))
        self.stack.stop(self.registers[SP], True)
        frames = walk_cfi(self.tables, self.pc, self.registers, self.stack, self.base,
                          lambda pc: False)
        names = [self.elf.function(f.pc - 4 - self.base) for f in frames[1:]]
        if names[-len(root):] != root:
            raise Wrong(f"called by {names}, not by {root}")
        # x0-x18 are nobody's after a call: the CFI walk does not know them.
        self.shadow = [Activation(f.pc, f.registers) for f in reversed(frames[1:])]

    # ---- One instruction ----

    def fault_at(self, function, register, address):
        """At the next call of function, that register becomes that address."""
        self.fault = (self.base + self.elf.address(function), register, address)

    def run(self, end, steps_max):
        """To the end: a function's first instruction, a number of VTL returns and the way to the
        next one, or the return from an exception ("exception").
        """
        place = None
        if isinstance(end, str) and end != "exception":
            place = self.base + self.elf.address(end)
        exceptions, turns = self.exceptions, self.turns
        while True:
            if self.steps >= steps_max:
                raise Wrong("too many instructions")
            if self.fault is not None and self.pc == self.fault[0]:
                self.remote.set_register(*self.fault[1:])
                self.fault = None
                self._look()
            self._check()
            self.steps += 1
            if self.pc == place or end == "exception" and self.exceptions > exceptions or \
                    end == self.turns - turns and self._is_return():
                return
            self._step()

    def _instruction(self):
        return self.elf.word(self.pc - self.base)

    def _is_return(self):
        """At the HVC that is the VTL return."""
        return (self._instruction() & HVC_MASK == HVC and
                self._name(self.pc).startswith("hv_switch"))

    def _step(self):
        word, pc, before = self._instruction(), self.pc, self.registers
        self.written = word & MEMORY_MASK == MEMORY or word & HVC_MASK == HVC
        if word & HVC_MASK == HVC:
            if self._is_return():
                self.immediates.add(word >> 5 & 0xFFFF)
                self.turns += 1
            self._run_to(pc + 4)
            return
        self._step_once()
        if word & BL_MASK == BL or word & BLR_MASK == BLR:
            self.shadow.append(Activation(pc + 4, before))
        elif word == RET:
            self._return(pc)
        elif word == ERET:
            self.shadow.pop()
            self.exceptions += 1
        elif self._is_vector(self.pc) and word & B_MASK != B:
            self.shadow.append(Activation(pc, before, exception=True))

    def _step_once(self):
        """One instruction; if the hypervisor takes it, until it is made again or left behind."""
        pc = self.pc
        for _ in range(HYPERVISOR_MAX):
            if not self.remote.step():
                raise Wrong("the machine has ended")
            self._look()
            if self.pstate & PSTATE_EL == PSTATE_EL1:
                break
            self.remote.set_break(pc)
            self._run_to(pc + 4, pc)
            self.remote.clear_break(pc)
            if self.pc != pc:
                break
        if not self.elf.is_code(self.pc - self.base):
            raise Wrong(f"from {self._name(pc)} to {self.pc:#x}, which is no code")

    def _is_vector(self, pc):
        return (self.vectors <= pc < self.vectors + VECTORS_BYTES and
                (pc - self.vectors) % VECTOR_BYTES == 0)

    def _return(self, pc):
        call = self.shadow.pop()
        if self.pc != call.back:
            raise Wrong(f"{self._name(pc)} returns to {self._name(self.pc)}, "
                        f"called from {self._name(call.back)}")
        changed = [r for r in (*CALLEE_SAVED, SP) if self.registers[r] != call.registers[r]
                   and call.registers[r] is not None]
        if changed:
            raise Wrong(f"{self._name(pc)} returned with registers {changed} changed")

    # ---- The unwinders ----

    def _truths(self):
        """The chains that may be found, innermost first: (return addresses, calls they belong to).

        Until the vectors have made a record of the interrupted place they leave it out, and with it
        the place that the interrupted function returns to, if that has no record of its own.
        """
        calls = self.shadow[::-1]
        yield calls
        at = next((i for i, call in enumerate(calls) if call.exception), None)
        if at is None:
            return
        leaf = at + 1 < len(calls) and calls[at + 1].fp == calls[at].fp
        if at == 0:
            yield calls[1:]
            if leaf:
                yield calls[2:]
        if leaf:
            yield calls[:at + 1] + calls[at + 2:]

    def _check(self):
        self.functions.add(self.elf.function(self.pc - self.base))
        in_window = any(start <= self.pc < end for start, end in self.windows)
        self.stack.stop(self.registers[SP], self.written)
        frame_records = None if in_window else self._check_frame_records()
        if in_window:
            self.window_places.add(self.pc)
            if self.pstate & PSTATE_DAIF != PSTATE_DAIF:
                raise Wrong("interrupts are not masked while x29 is VTL0's")
        self._check_cfi(frame_records)

    def _check_frame_records(self):
        try:
            chain = walk_frame_records(self.registers, self.stack)
        except Wrong as wrong:
            raise Wrong(f"by frame records: {wrong}") from wrong
        back = strip(self.registers[RA])
        for calls in self._truths():
            truth = [call.back for call in calls]
            # Where a function has no record, or not yet, or no more, its caller is in x30 alone.
            if chain == truth or truth and chain == truth[1:] and back == truth[0]:
                return chain
        raise Wrong(f"by frame records: {self._show(chain)}; it was {self._show_truth()}")

    def _check_cfi(self, frame_records):
        interrupted = {call.back for call in self.shadow if call.exception}
        if interrupted and self.records_only:
            return
        try:
            frames = walk_cfi(self.tables, self.pc, self.registers, self.stack, self.base,
                              lambda pc: pc in interrupted)
            chain = [frame.pc for frame in frames[1:]]
            calls = next((c for c in self._truths() if [x.back for x in c] == chain), None)
            if calls is None:
                raise Wrong(f"{self._show(chain)}; it was {self._show_truth()}")
            self._check_registers(frames, calls)
        except Wrong as wrong:
            if not self._is_excused(frame_records):
                raise Wrong(f"by CFI: {wrong}") from wrong
            self.excused += 1

    def _check_registers(self, frames, calls):
        """What each caller had in the registers that a call keeps, and its SP; not beyond an
        exception, as the unwind data of the vectors gives places only.
        """
        depth = next((i for i, c in enumerate(self.shadow[::-1]) if c.exception), len(calls))
        for frame, callee, call in list(zip(frames[1:], frames, calls))[:depth]:
            wrong = [r for r in (*CALLEE_SAVED, SP) if call.registers[r] is not None
                     and frame.registers[r] != call.registers[r]]
            if wrong:
                raise Wrong(f"registers {wrong} of {self._name(call.back)} are not what they were")
            if frame.sp < callee.sp:
                raise Wrong(f"SP goes down to {frame.sp:#x} in {self._name(call.back)}")

    def _is_excused(self, frame_records):
        """Older compilers give the CFA of the body of a C function. They are not held to it in the
        instructions that make the frame and take it away, where that is no place of the stack.
        """
        if not self.synchronous or frame_records is None or not self.shadow or \
                self.assembly.holds(self.pc - self.base):
            return False
        register, offset = self.tables.row(self.pc - self.base).cfa
        return self.registers[register] + offset != self.shadow[-1].registers[SP]

    def _show(self, chain):
        return " < ".join(self._name(address) for address in chain) or "nothing"

    def _show_truth(self):
        return self._show([call.back for call in reversed(self.shadow)])
