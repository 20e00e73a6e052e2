# SPDX-License-Identifier: BSD-3-Clause
"""A command in the default guest on a plain QEMU: the other side of scripts/guest/init, over the serial line.

What is said there is in CONTRIBUTING.md, "The console's words". The kernel's command line has pv.exec=NONCE.
"""

import os
import select
import subprocess
import time


def run(argv, nonce, command, limit):
    """All that comes on the serial line until QEMU ends. TimeoutError after so many seconds."""
    told = command.encode()
    answers = [
        (f"\x1epv-begin {nonce}".encode(), f"{len(told)}\n".encode() + told),
        (f"\x1epv-end {nonce} ".encode(), b"\n"),
    ]
    heard = b""
    until = time.monotonic() + limit
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        line = process.stdout.fileno()
        while select.select([line], [], [], max(0, until - time.monotonic()))[0]:
            received = os.read(line, 65536)
            if not received:
                return heard.decode("utf-8", "replace")
            heard += received
            while answers and answers[0][0] in heard:
                process.stdin.write(answers.pop(0)[1])
                process.stdin.flush()
        raise TimeoutError(heard[-400:].decode("utf-8", "replace"))
    finally:
        process.kill()
        process.wait()
