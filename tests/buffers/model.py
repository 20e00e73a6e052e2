# SPDX-License-Identifier: BSD-3-Clause
"""A CPU with SPE, TRBE and BRBE, as bad as the architecture lets it be.

- A write to a control counts from the next context synchronization event on; until then the old
  value may be used as well as the new one (Arm ARM D17.9, R_RPVRNK; D6.6, I_VKRGM).
- Each instruction is sampled and traced while that may be on. A record stays on its way until the
  unit's synchronization instruction behind a context synchronization event, and then a DSB
  (D17.9, I_MLGHW; D6.6, R_MRVPT). Synchronized with the buffer on it is written, by the address
  that VTL0 chose and VTL2's translation; with the buffer off it is dropped (D17.4, D6.2.1).
- Each branch taken while branch records may be on is recorded (D19).
- A register of a feature that the CPU does not have is undefined; one of a buffer that EL1 does not
  own must not be touched, but for the ID register that says so.
"""

PSB_CSYNC, TSB_CSYNC = 17, 18
NOTHING = (0, 32, 34, 36, 38)  # NOP, BTI
PACIASP, AUTIASP = 25, 29
OWNER_NOT_EL1 = 1 << 4  # PMBIDR_EL1.P, TRBIDR_EL1.P
E1BRE = 1 << 1
SIGNATURE_SHIFT = 48
DSB_BOTH = (3, 7, 11, 15)  # OSH, NSH, ISH, SY: loads and stores


class Fault(Exception):
    """What must not happen."""


class Buffer:
    """SPE or TRBE: a control register whose bit 0, E, turns it on, and records on their way."""

    def __init__(self, name, control, barrier, there, owned):
        self.name, self.control, self.barrier = name, control, barrier
        self.there, self.owned = there, owned
        self.new, self.settled, self.synchronized = 0, 0, 0

    def waiting(self):
        return self.new + self.settled + self.synchronized


class Model:
    def __init__(self, table, memory, spe, trbe, brbe, pauth=True):
        """spe, trbe: None, "el2" or "el1", whoever owns it; brbe: whether it is there."""
        self.table, self.memory, self.pauth = table, memory, pauth
        self.buffers = [
            Buffer("SPE", "pmblimitr_el1", PSB_CSYNC, spe is not None, spe == "el1"),
            Buffer("TRBE", "trblimitr_el1", TSB_CSYNC, trbe is not None, trbe == "el1")]
        self.features = {"BASE", "DEBUG", "TRF"}
        self.features |= {name for name, there in (("SPE", spe), ("TRBE", trbe), ("BRBE", brbe),
                                                   ("PAUTH", pauth)) if there}
        self.values = {"pmbidr_el1": 0 if spe == "el1" else OWNER_NOT_EL1,
                       "trbidr_el1": 0 if trbe == "el1" else OWNER_NOT_EL1}
        for feature in self.features & table.features.keys():
            name, shift, least = table.features[feature]
            self.values[name] = self.values.get(name, 0) | least << shift
        self.possible = {}  # control: the values that may count
        self.stores, self.branches_recorded, self.exposed = [], [], 0
        self.on_hypervisor = None

    def set_control(self, name, value):
        """VTL0's value: in force."""
        self.values[name] = value
        self.possible[name] = {value}

    def may_be_on(self, name, bit=1):
        return any(value & bit for value in self.possible.get(name, {0}))

    def arrive(self):
        """VTL2 is entered: what VTL0 was sampled and traced at is on its way still."""
        for buffer in self.buffers:
            buffer.new = buffer.synchronized = 0
            buffer.settled = int(buffer.there and buffer.owned and self.may_be_on(buffer.control))

    def execute(self):
        """An instruction of VTL2 is."""
        on = [b for b in self.buffers if b.there and b.owned and self.may_be_on(b.control)]
        for buffer in on:
            buffer.new += 1
        self.exposed += bool(on)

    def hazards(self):
        """Why a store of VTL2 is not safe now."""
        found = [f"{b.name} may be on" for b in self.buffers
                 if b.there and b.owned and self.may_be_on(b.control)]
        found += [f"{b.waiting()} records of {b.name} are on their way" for b in self.buffers
                  if b.waiting()]
        if "BRBE" in self.features and self.may_be_on("brbcr_el1", E1BRE):
            found.append("BRBE may be on")
        return found

    # ---- What the interpreter asks for ----

    def context_synchronization(self):
        for name, values in self.possible.items():
            self.possible[name] = {self.values[name]} if values else values
        for buffer in self.buffers:
            buffer.settled += buffer.new
            buffer.new = 0

    def data_barrier(self, domain):
        if domain not in DSB_BOTH:
            raise Fault(f"a DSB of kind {domain}")
        for buffer in self.buffers:
            buffer.synchronized = 0

    def hint(self, cpu, number):
        for buffer in self.buffers:
            if number == buffer.barrier and buffer.settled:
                if self.may_be_on(buffer.control):
                    raise Fault(f"{buffer.settled} records of {buffer.name} go through VTL2's "
                                "translation")
                buffer.synchronized += buffer.settled
                buffer.settled = 0
        if number in (PACIASP, AUTIASP) and self.pauth:
            signature = (cpu.sp >> 4 & 0x7FFF | 1) << SIGNATURE_SHIFT
            if number == AUTIASP and cpu.x[30] >> SIGNATURE_SHIFT << SIGNATURE_SHIFT != signature:
                raise Fault("a return address that is not signed so")
            cpu.x[30] ^= signature
        elif number not in (PACIASP, AUTIASP, PSB_CSYNC, TSB_CSYNC, *NOTHING):
            raise Fault(f"hint {number}")

    def _register(self, fields, write):
        register = self.table.registers.get(fields)
        encoding = "s{}_{}_c{}_c{}_{}".format(*fields)
        if register is None:
            raise Fault(f"{encoding} is not in the table")
        if register.feature not in self.features:
            raise Fault(f"{register.name} is undefined: no {register.feature}")
        if write and register.access != "RW":
            raise Fault(f"{register.name} is written")
        for buffer in self.buffers:
            if register.feature == buffer.name and not buffer.owned and \
                    not register.name.endswith("idr_el1"):
                raise Fault(f"{register.name} is touched; EL1 does not own it")
        return register.name

    def read_register(self, cpu, fields):
        return self.values.get(self._register(fields, False), 0)

    def write_register(self, cpu, fields, value):
        name = self._register(fields, True)
        self.values[name] = value
        if name in self.possible:
            self.possible[name] = self.possible[name] | {value}

    def write_pstate(self, op1, op2, value):
        if (op1, op2) not in ((3, 6), (0, 5)):  # DAIFSet, SPSel
            raise Fault(f"PSTATE field {op1}, {op2}")

    def maintain(self, fields):
        """Caches and TLBs are nothing here."""

    def branch(self, source, target):
        if "BRBE" in self.features and self.may_be_on("brbcr_el1", E1BRE):
            self.branches_recorded.append(source)

    def hypervisor(self, cpu, immediate):
        self.on_hypervisor(cpu, immediate)

    def load(self, address, size):
        return self.memory.load(address, size)

    def store(self, address, value, size):
        hazards = self.hazards()
        if hazards:
            raise Fault("a store, but " + ", ".join(hazards))
        self.stores.append((address, size))
        self.memory.store(address, value, size)


class Memory:
    """Bytes that were put there or written; the image's code and data; all else is an error."""

    def __init__(self, elf, base):
        self.elf, self.base, self.bytes = elf, base, {}

    def put(self, address, values):
        for i, value in enumerate(values):
            self.store(address + 8 * i, value, 8)

    def get(self, address):
        return self.load(address, 8)

    def load(self, address, size):
        data = [self._byte(address + i) for i in range(size)]
        return int.from_bytes(bytes(data), "little")

    def _byte(self, address):
        if address in self.bytes:
            return self.bytes[address]
        value = self.elf.byte(address - self.base)
        if value is None:
            raise Fault(f"a load from {address:#x}")
        return value

    def store(self, address, value, size):
        for i, byte in enumerate(value.to_bytes(size, "little")):
            self.bytes[address + i] = byte
