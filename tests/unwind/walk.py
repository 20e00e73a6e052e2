# SPDX-License-Identifier: BSD-3-Clause
"""The two unwinders, and the calls as they were really made, which both are held against."""

from cfi import ADDRESS_BITS, CfiError, Frame

FP = 29
FRAMES_MAX = 32
CALLEE_SAVED = (*range(19, 29), FP)


class Wrong(Exception):
    """A place from which an unwinder does not find its way."""


def strip(address):
    """A return address without its signature (Arm ARM D8.10.4)."""
    return address & (1 << ADDRESS_BITS) - 1


class Activation:
    """One call, or an exception: where it goes back to, and what the caller had then."""

    def __init__(self, back, registers, exception=False):
        self.back, self.exception = back, exception
        self.registers = list(registers)

    @property
    def fp(self):
        return self.registers[FP]


class Stack:
    """The stack's bytes, read from SP to the end of the stack that it lies in, and kept."""

    def __init__(self, remote, ranges):
        self.remote, self.ranges = remote, ranges
        self.base, self.data = 0, b""

    def stop(self, sp, written):
        """A new stop; written: memory may have changed since the last one."""
        if written or not self.base <= sp < self.base + len(self.data):
            self.base, self.data = 0, b""
            self._read(sp)

    def _read(self, address):
        for base, end in self.ranges:
            if address == end:  # nothing is on it
                self.base, self.data = end, b""
                return
            if base <= address < end:
                data = self.remote.memory(address, end - address)
                if data is None:
                    raise Wrong(f"the stack at {address:#x} cannot be read")
                self.base, self.data = address, data
                return
        raise Wrong(f"{address:#x} is in no stack")

    def above(self, address, other):
        """Is other further out than address, or in another stack?"""
        return other > address or not any(base <= address < end and base <= other < end
                                          for base, end in self.ranges)

    def word(self, address):
        if address & 7:
            raise Wrong(f"{address:#x} is not aligned")
        if not self.base <= address <= self.base + len(self.data) - 8:
            self._read(address)
        at = address - self.base
        if at + 8 > len(self.data):
            raise Wrong(f"{address:#x} is above the stack")
        return int.from_bytes(self.data[at:at + 8], "little")


def walk_frame_records(registers, stack):
    """The return addresses that x29 leads to, innermost first."""
    chain, fp = [], registers[FP]
    while fp != 0:
        if len(chain) == FRAMES_MAX:
            raise Wrong("the frame records do not end")
        following, back = stack.word(fp), stack.word(fp + 8)
        if back == 0:
            break
        chain.append(strip(back))
        if following != 0 and not stack.above(fp, following):
            raise Wrong(f"the record at {fp:#x} leads back to {following:#x}")
        fp = following
    return chain


def walk_cfi(tables, pc, registers, stack, base, exact):
    """The frames from pc to the root. exact(address): the frame was interrupted there, not left by
    a call, so the row is that of the place itself and not that of the call before it.
    """
    frames = [Frame(pc, list(registers))]
    while True:
        frame = frames[-1]
        call = len(frames) > 1 and not exact(frame.pc)
        try:
            caller = tables.caller(frame, frame.pc - base - (4 if call else 0), stack.word)
        except CfiError as error:
            raise Wrong(f"frame {len(frames) - 1}, {frame.pc - base:#x}: {error}") from error
        if caller is None:
            return frames
        if len(frames) == FRAMES_MAX:
            raise Wrong("the frames do not end")
        frames.append(caller)
