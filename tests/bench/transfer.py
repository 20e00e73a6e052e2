# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest, from the disk of tools: bytes to the peer of compare_network.py and from it, by the guest's clock.

Prints one line a direction, as compare_network.py reads it: NAME BYTES SECONDS INTERRUPTS EXITS. Exits are those that
Paravane has counted, of any device; "-" where there is no Paravane.
"""

import os
import re
import socket
import sys
import time

PART = 1 << 18
PARAVANE = (2, 80)
REQUEST = b"GET /inspect HTTP/1.1\r\nHost: paravane\r\n\r\n"


def exits():
    """All so far; None without Paravane."""
    try:
        with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as inspect:
            inspect.connect(PARAVANE)
            inspect.sendall(REQUEST)
            with inspect.makefile("rb") as answer:
                page = answer.read().partition(b"\r\n\r\n")[2]
    except OSError:
        return None
    # Its Python is a small one, without json.
    kinds = re.search(rb'"exits":\{([^}]*)\}', page)[1]
    return sum(map(int, re.findall(rb":(\d+)", kinds)))


def interrupts():
    """Of the network device, on all CPUs."""
    device = os.path.basename(os.path.realpath("/sys/class/net/eth0/device"))
    with open("/proc/interrupts", encoding="ascii") as table:
        words = next(line for line in map(str.split, table) if line[-1] == device)
    return sum(int(words[1 + cpu]) for cpu in range(os.cpu_count()))


def send(peer, size):
    part = bytes(PART)
    for _ in range(size // PART):
        peer.sendall(part)
    # All has arrived.
    return peer.recv(1) == b"."


def receive(peer, size):
    part = bytearray(PART)
    left = size
    while left > 0 and (now := peer.recv_into(part)):
        left -= now
    return left == 0


def seconds(address, direction, size):
    with socket.create_connection(address, timeout=120) as peer:
        start = time.monotonic()
        peer.sendall(f"{direction.__name__} {size}\n".encode())
        if not direction(peer, size):
            sys.exit("the peer has gone")
        return time.monotonic() - start


def main():
    host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for direction in (send, receive):
        # Not from a cold start.
        seconds((host, port), direction, size // 8)
        before = interrupts(), exits()
        took = seconds((host, port), direction, size)
        after = interrupts(), exits()
        left = "-" if before[1] is None else after[1] - before[1]
        print(f"network-{direction.__name__}", size, f"{took:.6f}", after[0] - before[0], left)


main()
