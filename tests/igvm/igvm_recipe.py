# SPDX-License-Identifier: BSD-3-Clause
"""Inputs for `igvm build` at random: an ELF file as small as can be, arm64 Images, initrds, firmware, manifests."""

import gzip
import json
import random
import struct

PAGE = 4096
LINKED = 0  # the image is linked to run anywhere
EM_AARCH64 = 183


def elf(rng, pages, bss=0):
    """ET_DYN with one segment to load. ELF-64 object file format, 2 and 5."""
    text = b"".join(rng.choice((bytes(PAGE), rng.randbytes(PAGE))) for _ in range(pages - 1))
    text = rng.randbytes(64).ljust(PAGE, b"\0") + text + rng.randbytes(rng.randrange(1, PAGE))
    offset = 0x1000
    ident = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 3, EM_AARCH64, 1, LINKED, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7, offset, LINKED, LINKED, len(text), len(text) + bss, PAGE)
    return (header + segment).ljust(offset, b"\0") + text


def kernel(rng, pages):
    """An arm64 Image by booting.rst, 4: little endian, 4 KiB pages, to be anywhere."""
    size = pages * PAGE
    head = struct.pack("<IIQQQQQQII", 0x14000010, 0, 0, size + rng.randrange(4) * PAGE, 0xA, 0, 0, 0, 0x644D5241, 0)
    return head + rng.randbytes(size - len(head) - rng.randrange(PAGE - 64))


class Recipe:
    """A manifest and what it names, in a folder."""

    def __init__(self, seed, folder):
        self.rng = random.Random(f"recipe {seed}")
        self.folder = folder
        folder.mkdir(exist_ok=True)
        rng = self.rng
        self.manifest = {"version": 1, "image": self.put("image.elf", elf(rng, rng.randrange(1, 12),
                                                                         rng.choice((0, 100, 5 * PAGE))))}
        if rng.random() < 0.5:
            self.manifest["memory"] = rng.choice(("6M", "4096K", 8 << 20, "16M"))
        if rng.random() < 0.5:
            self.manifest["svn"] = rng.randrange(1 << 32)
        guest = self.guest(rng.choice(("none", "linux", "linux", "firmware")))
        if guest:
            self.manifest["guest"] = guest
        self.debug = False
        if rng.random() < 0.6:
            self.manifest["policy"] = self.policy()
        self.output = "out-debug.igvm" if self.debug else "out.igvm"
        self.path = folder / "manifest.json"
        self.path.write_text(json.dumps(self.manifest), encoding="utf-8")

    def put(self, name, content):
        (self.folder / name).write_bytes(content)
        return name

    def guest(self, kind):
        rng = self.rng
        if kind == "firmware":
            return {"firmware": self.put("firmware.bin", rng.randbytes(rng.randrange(1, 5 * PAGE)))}
        if kind == "none":
            return None
        plain = kernel(rng, rng.randrange(1, 8))
        content = gzip.compress(plain, 1, mtime=0) if rng.random() < 0.3 else plain
        guest = {"kernel": self.put("Image", content)}
        if rng.random() < 0.7:
            guest["initrd"] = self.put("initrd", rng.randbytes(rng.randrange(1, 5 * PAGE)))
        if rng.random() < 0.7:
            guest["command_line"] = "".join(rng.choice("abc =,0") for _ in range(rng.randrange(1, 300)))
        return guest

    def policy(self):
        self.debug = self.rng.random() < 0.4
        return {"console": self.rng.random() < 0.5, "debug": self.debug}
