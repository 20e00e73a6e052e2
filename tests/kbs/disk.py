#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""LUKS2 disks in files, without root, device mapper and loop devices: cryptsetup makes header and keyslot and tells the
volume key, and the payload's sectors are encrypted here."""

import argparse
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MIB = 1 << 20
STEP = MIB
HELLO = "hello from a volume that only an attested machine opens\n"


def cryptsetup(*arguments):
    done = subprocess.run(["cryptsetup", "--batch-mode", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"disk.py: cryptsetup {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


class Volume:
    """What cryptsetup says of a container, with the key that opens it."""

    def __init__(self, disk, key_file):
        metadata = json.loads(cryptsetup("luksDump", "--dump-json-metadata", disk))
        (segment,) = metadata["segments"].values()
        if segment["encryption"] != "aes-xts-plain64" or segment["type"] != "crypt":
            sys.exit(f"disk.py: {disk}: its encryption is not aes-xts-plain64")
        self.offset = int(segment["offset"])
        self.sector = segment["sector_size"]
        self.tweak = int(segment["iv_tweak"])
        dynamic = segment["size"] == "dynamic"
        self.bytes = os.stat(disk).st_size - self.offset if dynamic else int(segment["size"])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "key")
            cryptsetup("luksDump", "--dump-volume-key", "--volume-key-file", path, "--key-file", key_file, disk)
            self.key = algorithms.AES(path.read_bytes())

    def crypt(self, at, data, encrypt):
        """Whole sectors, the first being at this byte of the payload. plain64: the sector's number in units of 512
        bytes, whatever the sector's size, little endian in 16 bytes (dm-crypt without iv_large_sectors)."""
        parts = []
        for begin in range(0, len(data), self.sector):
            number = self.tweak + (at + begin) // 512
            cipher = Cipher(self.key, modes.XTS(number.to_bytes(16, "little")))
            context = cipher.encryptor() if encrypt else cipher.decryptor()
            parts.append(context.update(data[begin : begin + self.sector]) + context.finalize())
        return b"".join(parts)


def write_payload(disk, key_file, payload):
    volume = Volume(disk, key_file)
    with open(payload, "rb") as source, open(disk, "r+b") as target:
        for at in range(0, volume.bytes, STEP):
            data = source.read(min(STEP, volume.bytes - at))
            target.seek(volume.offset + at)
            target.write(volume.crypt(at, data, True))


def read_payload(disk, key_file, payload):
    volume = Volume(disk, key_file)
    with open(disk, "rb") as source, open(payload, "wb") as target:
        for at in range(0, volume.bytes, STEP):
            source.seek(volume.offset + at)
            target.write(volume.crypt(at, source.read(min(STEP, volume.bytes - at)), False))


def make_ext4(path, size, folder):
    """An ext4 file system with the folder's files in it; in blocks that are no smaller than the largest sector."""
    done = subprocess.run(
        ["/sbin/mke2fs", "-q", "-t", "ext4", "-b", "4096", "-m", "0", "-d", folder, "-E", "root_owner=0:0", path,
         f"{size // 1024}k"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"disk.py: mke2fs failed: {done.stderr.strip()}")


def make(given):
    if not given.key_file.exists():
        given.key_file.touch(mode=0o600)
        given.key_file.write_bytes(secrets.token_bytes(32))
    options = ["--type", "luks2", "--cipher", "aes-xts-plain64", "--key-size", given.key_bits,
               "--sector-size", given.sector, "--hash", given.hash, "--pbkdf", "pbkdf2",
               "--pbkdf-force-iterations", given.iterations]  # fmt: skip
    if given.offset:
        options += ["--offset", given.offset]
    for name in ("metadata", "keyslots"):
        size = getattr(given, f"{name}_size")
        options += [f"--luks2-{name}-size", size] if size else []
    offset = given.offset * 512 or 16 * MIB
    with open(given.disk, "wb") as file:
        file.truncate(offset + given.size * MIB)
    cryptsetup("luksFormat", *options, "--key-file", given.key_file, given.disk)
    with tempfile.TemporaryDirectory() as folder:
        payload = given.payload
        if payload is None:
            payload = pathlib.Path(folder, "payload")
            content = pathlib.Path(folder, "content")
            content.mkdir(mode=0o755)
            (content / "hello").write_text(HELLO)
            make_ext4(payload, given.size * MIB, content)
        elif payload.stat().st_size != given.size * MIB:
            sys.exit(f"disk.py: {payload} is not of --size {given.size} MiB")
        write_payload(given.disk, given.key_file, payload)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("make", help="a new container, with an ext4 in it that has a file `hello`")
    one.set_defaults(call=make)
    one.add_argument("--size", type=int, default=32, metavar="MIB", help="of the payload (default: %(default)s)")
    one.add_argument("--sector", type=int, default=4096, choices=[512, 1024, 2048, 4096])
    one.add_argument("--key-bits", type=int, default=512, choices=[256, 512])
    one.add_argument("--offset", type=int, default=0, metavar="SECTORS",
                     help="of the payload, in sectors of 512 bytes (default: cryptsetup's, 32768)")
    one.add_argument("--hash", default="sha256", help="of keyslot and digest (default: %(default)s)")
    one.add_argument("--iterations", type=int, default=1000, help="of PBKDF2 (default: %(default)s)")
    one.add_argument("--metadata-size", metavar="SIZE", help="as cryptsetup's --luks2-metadata-size")
    one.add_argument("--keyslots-size", metavar="SIZE", help="as cryptsetup's --luks2-keyslots-size")
    one.add_argument("--payload", type=pathlib.Path, metavar="FILE", help="instead of the ext4; of --size")
    other = commands.add_parser("read", help="what is in the container, decrypted, into a file")
    other.set_defaults(call=lambda given: read_payload(given.disk, given.key_file, given.output))
    other.add_argument("--output", required=True, metavar="FILE")
    for each in (one, other):
        each.add_argument("--key-file", required=True, type=pathlib.Path, metavar="FILE",
                          help="the passphrase, as cryptsetup's option has it; a fresh one if there is no such file")
        each.add_argument("disk", metavar="DISK")
    given = parser.parse_args()
    given.call(given)


if __name__ == "__main__":
    main()
