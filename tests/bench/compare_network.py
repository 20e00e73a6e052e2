# SPDX-License-Identifier: BSD-3-Clause
"""The network's part of compare.py: what the guest's card is connected to, and who is at the other end.

transfer.py is the guest's end. Nothing here leaves the machine: the peer is at 127.0.0.1, behind QEMU's user network,
or at a tap's address in a network namespace that scripts/bench has made for it.
"""

import contextlib
import dataclasses
import pathlib
import shlex
import socket
import subprocess
import threading

MIB = 1 << 20
PART = 1 << 18
PROGRAM = pathlib.Path(__file__).parent / "transfer.py"
JOBS = {"network-send": "network send", "network-receive": "network receive"}


@dataclasses.dataclass(frozen=True)
class Link:
    """How the guest reaches the peer, on both machines."""

    name: str
    netdev: str
    peer: str  # its address as the guest sees it
    listen: str
    guest: str


USER = Link("user", "user,id=net0", "10.0.2.2", "127.0.0.1", "10.0.2.15/24")
# Whose headers say what is left to be cut and summed: frames of 64 KiB, where the guest's driver takes them.
TAP = Link("tap", "tap,id=net0,ifname=pvtap0,script=no,downscript=no,vnet_hdr=on", "10.9.9.1", "10.9.9.1",
           "10.9.9.2/24")  # fmt: skip


def tap_make():
    """In a network namespace of our own, which takes it along."""
    # The loopback is the key broker's.
    for line in ("link set lo up", "tuntap add pvtap0 mode tap vnet_hdr", f"addr add {TAP.listen}/24 dev pvtap0",
                 "link set pvtap0 up"):  # fmt: skip
        subprocess.run(["ip", *line.split()], check=True)


def qemu_arguments(link):
    """The card where scripts/run has it."""
    return ["-netdev", link.netdev, "-device", "virtio-net-device,netdev=net0,bus=virtio-mmio-bus.3"]


def serve(connection):
    """One transfer: its first line says which way, as the guest sees it, and how much."""
    with connection, contextlib.suppress(OSError):
        line = b""
        while not line.endswith(b"\n"):
            line += connection.recv(1)
        direction, left = line.split()[0], int(line.split()[1])
        part = bytearray(PART)
        while direction == b"send" and left > 0 and (now := connection.recv_into(part, min(left, PART))):
            left -= now
        if direction == b"receive":
            for _ in range(left // PART):
                connection.sendall(part)
        elif left == 0:
            connection.sendall(b".")


@contextlib.contextmanager
def peer(link):
    """Serves who connects; gives the port."""
    listener = socket.create_server((link.listen, 0))

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def guest_command(link, port, mib):
    """The tools are mounted."""
    return (
        f"ip addr add {link.guest} dev eth0 && ip link set eth0 up && ping -c 1 -w 30 {link.peer} >/dev/null"
        f" && in-tools python3 -c {shlex.quote(PROGRAM.read_text())} {link.peer} {port} {mib * MIB}"
    )


def results_of(text):
    """job -> KiB a second, and a MiB's interrupts and exits: None where there is no Paravane."""
    results = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 5 and words[0] in JOBS:
            size = int(words[1]) / MIB
            results[words[0]] = {
                "kib_s": round(size * 1024 / float(words[2])),
                "interrupts_mib": round(int(words[3]) / size, 1),
                "exits_mib": None if words[4] == "-" else round(int(words[4]) / size, 1),
            }
    return results
