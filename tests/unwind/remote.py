# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's debugger port: the few packets of the GDB remote protocol that a stepping test needs."""

G_REGISTERS = 33  # x0-x30, SP, PC; then CPSR


class Remote:
    def __init__(self, connection, timeout):
        """connection: a connected socket; no answer within timeout seconds is an error."""
        self.socket, self.pending, self.acknowledge = connection, b"", True
        self.socket.settimeout(timeout)
        self.command("qSupported")
        # QEMU writes registers for those only who have asked how they are described.
        self.command("qXfer:features:read:target.xml:0,1000")
        # Neither timers nor interrupts between two steps: a step is an instruction.
        if self.command("Qqemu.sstep=7") != "OK":
            raise ConnectionError("the debugger port does not know how to step")
        # No acknowledgement of each packet: half the traffic.
        if self.command("QStartNoAckMode") == "OK":
            self.acknowledge = False

    def _receive(self):
        while True:
            start = self.pending.find(b"$")
            end = self.pending.find(b"#", start) if start >= 0 else -1
            if end >= 0 and len(self.pending) >= end + 3:
                packet = self.pending[start + 1:end]
                self.pending = self.pending[end + 3:]
                if self.acknowledge:
                    self.socket.sendall(b"+")
                return packet.decode("latin1")
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("QEMU closed the debugger port")
            self.pending += data

    def command(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 255))
        return self._receive()

    def _done(self, text):
        answer = self.command(text)
        if answer != "OK":
            raise ConnectionError(f"{text}: {answer}")

    def registers(self):
        """x0-x30 and SP, the PC, PSTATE."""
        data = bytes.fromhex(self.command("g")[:G_REGISTERS * 16 + 8])
        values = [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data), 8)]
        return values[:32], values[32], values[33]

    def set_register(self, number, value):
        self._done(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def memory(self, address, size):
        """Bytes as the CPU would read them now, or None."""
        answer = self.command(f"m{address:x},{size:x}")
        return None if answer.startswith("E") else bytes.fromhex(answer)

    def set_break(self, address):
        self._done(f"Z1,{address:x},4")

    def clear_break(self, address):
        self._done(f"z1,{address:x},4")

    def step(self):
        return self._stop(self.command("s"))

    def resume(self):
        return self._stop(self.command("c"))

    @staticmethod
    def _stop(answer):
        """True: stopped; False: the machine has ended."""
        if answer[0] in "WX":
            return False
        if answer[0] not in "ST":
            raise ConnectionError(f"a stop reply {answer!r}")
        return True
