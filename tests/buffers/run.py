#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the machine code of the VTL switch and of a CPU's start on a CPU with SPE, TRBE and BRBE.

Each form of the switch and both starts, in every combination of there or not, owned by EL1 or not,
on or off. The exit status is 0 if nothing that VTL0 set up records VTL2 or is written behind its
back, and VTL0 finds what it set up. With --mutants, each instruction that this hangs on is left out
in turn, and the status is 0 if each time some combination shows it.
"""

import argparse
import itertools
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/unwind"))
from a64 import Cpu, Unknown  # noqa: E402
from elf import Elf  # noqa: E402 (the unwind test's part)
from model import E1BRE, PSB_CSYNC, TSB_CSYNC, Fault, Memory, Model  # noqa: E402
from table import Table  # noqa: E402

BASE = 0x50000000
VP, STACK, ASSIST, RETURN = 0x70000000, 0x71000000, 0x72000000, 0x73000000
VP_BYTES, FRAME_BYTES = 4096, 256
SMCCC_VTL_RETURN = 0xC6000012  # docs/vtl-contract.md, 2.1
ASSIST_REGISTERS = 0x10
SHARED = (*range(18), *range(19, 29))
STEPS_MAX = 2000
# Of VTL2's instructions, so many may be behind the first control's write and before the return, and
# the other way round: what the writes themselves take.
EXPOSED_MAX = 16
NOP = 0xD503201F
HVC, HVC_MASK = 0xD4000002, 0xFFE0001F
BARRIERS, BARRIER_MASK = (0xD503309F, 0xD50330DF), 0xFFFFF0FF  # DSB, ISB
# The controls, VTL0's values of them, on and off. Pointers are VTL0's own.
CONTROLS = {"SPE": "pmblimitr_el1", "TRBE": "trblimitr_el1", "BRBE": "brbcr_el1"}
ON = {"SPE": 0xFFFF000012345001, "TRBE": 0xFFFF000023456001, "BRBE": E1BRE | 1}
OFF = {"SPE": 0xFFFF000034567000, "TRBE": 0xFFFF000045678000, "BRBE": 1}
OFFSETS = {"SPE": "VP_PROFILING", "TRBE": "VP_TRACING", "BRBE": "VP_BRANCHES"}


def words(tag, count=31):
    """Registers that tell whose they are."""
    return [tag << 48 | 0x1111 * n for n in range(count)]


class Scene:
    """What the CPU has, and what VTL0 set it to: before this return and before the next entry."""

    def __init__(self, spe, trbe, brbe, again):
        self.features = {"SPE": spe, "TRBE": trbe, "BRBE": brbe}
        self.again = again  # VTL0 leaves on what it had on, or the other way round
        self.owned = [name for name, state in self.features.items() if state in ("on", "off")]

    def __str__(self):
        return " ".join(f"{name}={state or 'absent'}" for name, state in self.features.items()) + \
            ("" if self.again else ", other before")

    def model(self, table, memory):
        def owner(state):
            return {None: None, "el2": "el2"}.get(state, "el1")
        return Model(table, memory, owner(self.features["SPE"]), owner(self.features["TRBE"]),
                     self.features["BRBE"] is not None)

    def value(self, name, now):
        on = (self.features[name] == "on") == (now or self.again)
        return (ON if on else OFF)[name] + (0 if now else 0x8000 if name != "BRBE" else 0)


def scenes():
    states = (None, "el2", "off", "on")
    return [Scene(*all_states)
            for all_states in itertools.product(states, states, (None, "off", "on"), (True, False))]


class Image:
    """The code, with words replaced."""

    def __init__(self, elf, replaced=None):
        self.elf, self.replaced = elf, replaced or {}

    def word(self, address):
        return self.replaced.get(address, self.elf.word(address))


def step(image, model, cpu):
    place = cpu.pc - BASE
    model.execute()
    try:
        cpu.step(image.word(place))
    except (Fault, Unknown, ValueError) as error:
        raise Fault(f"{image.elf.name(place)}: {error}") from error


def expect(condition, what):
    if not condition:
        raise Fault(what)


class Switch:
    """One call of a form of the switch: VTL return, VTL0, entry, return to the caller."""

    def __init__(self, image, table, name, scene):
        self.image, self.table, self.name, self.scene = image, table, name, scene
        self.smccc, self.shared = "smccc" in name, "shared" in name
        self.memory = Memory(image.elf, BASE)
        self.model = scene.model(table, self.memory)
        self.model.on_hypervisor = self.vtl0
        self.cpu = Cpu(self.model, BASE + image.elf.address(name))
        self.given, self.left = words(0xA), words(0xB)
        self.returned = 0

    def at(self, offset):
        return VP + self.table.offsets[offset]

    def prepare(self):
        mine, given = words(0xC), self.given
        self.cpu.x[:], self.cpu.x[0], self.cpu.x[30] = mine, VP, RETURN
        self.cpu.sp = STACK
        self.memory.put(VP, [0] * (VP_BYTES // 8))
        self.memory.put(ASSIST, [0] * 16)
        self.memory.put(STACK - FRAME_BYTES, [0] * (FRAME_BYTES // 8))
        self.memory.put(VP, given)
        self.memory.put(self.at("VP_ASSIST"), [ASSIST])
        bits = 0
        for name in self.scene.owned:
            bits |= 1 << self.table.offsets[{"SPE": "VP_BUFFER_PROFILING_BIT",
                                             "TRBE": "VP_BUFFER_TRACING_BIT",
                                             "BRBE": "VP_BUFFER_BRANCHES_BIT"}[name]]
            self.memory.put(self.at(OFFSETS[name]), [self.scene.value(name, now=False)])
            self.model.set_control(CONTROLS[name], 0)
        self.memory.put(self.at("VP_BUFFERS"), [bits])
        self.model.set_control("pmscr_el1", 3)

    def vtl0(self, cpu, immediate):
        """At the HVC: what VTL0 gets; then what it leaves."""
        self.returned += 1
        expect(immediate == (0 if self.smccc else 3), f"HVC #{immediate}")
        self.check_given(cpu)
        self.check_exposed()
        self.model.exposed = 0
        expect(not self.model.branches_recorded, "branches of VTL2 before its return are recorded: "
               + self.places())
        for n in SHARED:
            cpu.x[n] = self.left[n]
        if self.shared:
            cpu.x[29:31] = self.left[29:31]
        for name in self.scene.owned:
            self.model.set_control(CONTROLS[name], self.scene.value(name, now=True))
        self.model.arrive()

    def check_given(self, cpu):
        for n in SHARED:
            wanted = SMCCC_VTL_RETURN if self.smccc and n == 0 else self.given[n]
            expect(cpu.x[n] == wanted, f"VTL0 gets x{n} {cpu.x[n]:#x}, not {wanted:#x}")
        if self.smccc:
            expect(self.memory.get(ASSIST + ASSIST_REGISTERS) == self.given[0],
                   "VTL0's x0 is not in the assist page")
        if self.shared:
            expect(cpu.x[29:31] == self.given[29:31], "VTL0 does not get its x29 and x30")
        else:
            expect(cpu.x[29] == cpu.sp, "x29 is not VTL2's frame record")
        expect(cpu.x[18] == VP, "x18 is not the VP")
        for name in self.scene.owned:
            value, wanted = self.model.values[CONTROLS[name]], self.scene.value(name, now=False)
            expect(value == wanted, f"VTL0 gets {CONTROLS[name]} {value:#x}, not {wanted:#x}")

    def check_exposed(self):
        expect(self.model.exposed <= EXPOSED_MAX,
               f"{self.model.exposed} instructions with a buffer on")

    def places(self):
        return ", ".join(self.image.elf.name(at - BASE) for at in self.model.branches_recorded)

    def run(self):
        self.prepare()
        symbol = self.image.elf.symbols[self.name]
        for _ in range(STEPS_MAX):
            if not symbol.value <= self.cpu.pc - BASE < symbol.value + symbol.size:
                break
            step(self.image, self.model, self.cpu)
        # Back in the caller, or in a function called last, in its place.
        expect(RETURN in (self.cpu.pc, self.cpu.x[30]), "it does not come back")
        self.check_back()

    def check_back(self):
        cpu, left = self.cpu, self.left
        expect(self.returned == 1, f"{self.returned} VTL returns")
        expect(not self.model.hazards(), ", ".join(self.model.hazards()))
        self.check_exposed()
        expect(not self.model.branches_recorded, "branches of VTL2 behind its entry are recorded: "
               + self.places())
        expect(cpu.x[19:30] == words(0xC)[19:30] and cpu.sp == STACK,
               "registers that a call keeps are not VTL2's")
        for n in (*SHARED, *((29, 30) if self.shared else ())):
            value = self.memory.get(VP + 8 * n)
            expect(value == left[n], f"VTL0's x{n} is kept as {value:#x}, not {left[n]:#x}")
        for name in self.scene.owned:
            value = self.memory.get(self.at(OFFSETS[name]))
            wanted = self.scene.value(name, now=True)
            expect(value == wanted, f"VTL0's {CONTROLS[name]} is kept as {value:#x}")
        for address, size in self.model.stores:
            expect(any(low <= address and address + size <= high for low, high in (
                (VP, VP + VP_BYTES), (STACK - FRAME_BYTES, STACK), (ASSIST, ASSIST + 128))),
                f"a store to {address:#x}")


class Start:
    """From where a CPU begins to its first store."""

    def __init__(self, image, table, name, scene):
        self.image = image
        self.model = scene.model(table, Memory(image.elf, BASE))
        self.cpu = Cpu(self.model, BASE + image.elf.address(name))
        for feature in scene.owned:
            self.model.set_control(CONTROLS[feature], scene.value(feature, now=True))
        self.model.arrive()
        if name == "secondary_entry":  # its struct cpu
            self.cpu.x[0] = BASE + image.elf.address("cpus")

    def run(self):
        for _ in range(STEPS_MAX):
            step(self.image, self.model, self.cpu)
            if self.model.stores:
                return
        raise Fault("no store is reached")


def calls_hypervisor(elf, function):
    return any(elf.word(address) & HVC_MASK == HVC
               for address in range(function.value, function.value + function.size, 4))


def subjects(elf):
    """What is run: (class, name, scenes)."""
    everything = scenes()
    nothing = [scene for scene in everything if not scene.owned]
    for function in sorted(elf.functions(), key=lambda f: f.value):
        if function.name.startswith("hv_switch_") and calls_hypervisor(elf, function):
            yield Switch, function.name, everything if "_buffers" in function.name else nothing
    for name in ("paravane_entry", "secondary_entry"):
        yield Start, name, [scene for scene in everything if scene.again]


def failures(image, table, kind, name, its_scenes):
    """What is wrong in which scene."""
    for scene in its_scenes:
        try:
            kind(image, table, name, scene).run()
        except Fault as fault:
            yield scene, fault


def guards(elf, table, kind, name):
    """Addresses of what makes the guard in a function: barriers, writes of the controls.

    At a start others follow before the first store that would do for the ISB and the DSB.
    """
    encodings = {fields for fields, r in table.registers.items() if r.name in CONTROLS.values()}
    hints = (NOP | PSB_CSYNC << 5, NOP | TSB_CSYNC << 5)
    symbol = elf.symbols[name]
    for address in range(symbol.value, symbol.value + symbol.size, 4):
        word = elf.word(address)
        fields = (word >> 19 & 3, word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7)
        write = word & 0xFFF00000 == 0xD5100000 and fields in encodings
        barrier = word & BARRIER_MASK in BARRIERS and kind is Switch
        if write or barrier or word in hints:
            yield address


def check(elf, table):
    problems = count = 0
    for kind, name, its_scenes in subjects(elf):
        found = list(failures(Image(elf), table, kind, name, its_scenes))
        for scene, fault in found[:4]:
            print(f"FAIL {name}, {scene}: {fault}")
        problems += len(found)
        count += len(its_scenes)
        print(f"{name}: {len(its_scenes) - len(found)} of {len(its_scenes)} combinations")
    return problems == 0 and count > 0


def check_mutants(elf, table):
    good = True
    for kind, name, its_scenes in subjects(elf):
        wrong = {scene for scene, _ in failures(Image(elf), table, kind, name, its_scenes)}
        right = [scene for scene in its_scenes if scene not in wrong]
        places = list(guards(elf, table, kind, name))
        alive = [address for address in places if not any(
            failures(Image(elf, {address: NOP}), table, kind, name, right))]
        for address in alive:
            print(f"FAIL {elf.name(address)}: nobody misses {elf.word(address):#010x}")
        guarded = kind is Start or "_buffers" in name
        good = good and not alive and bool(places) == guarded
        print(f"{name}: {len(places) - len(alive)} of {len(places)} instructions are missed")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", required=True, type=pathlib.Path, help="the image's ELF file")
    parser.add_argument("--mutants", action="store_true")
    options = parser.parse_args()
    elf, table = Elf(options.image), Table(ROOT)
    return 0 if (check_mutants if options.mutants else check)(elf, table) else 1


if __name__ == "__main__":
    sys.exit(main())
