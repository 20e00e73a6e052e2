# SPDX-License-Identifier: BSD-3-Clause
"""LUKS2 disks that are made and read without root."""

import json
import pathlib
import random
import subprocess

import pytest

import disk
from conftest import HERE, PYTHON

MIB = 1 << 20


def call(*arguments):
    return subprocess.run([PYTHON, "-B", HERE / "disk.py", *map(str, arguments)], capture_output=True, text=True,
                          check=False)  # fmt: skip


def cat(image, name):
    return subprocess.run(["/sbin/debugfs", "-R", f"cat {name}", image], capture_output=True, check=True).stdout


@pytest.mark.parametrize("options", [
    [], ["--sector", "512"], ["--key-bits", "256"], ["--offset", "4096", "--sector", "2048", "--keyslots-size", "512k"],
    ["--hash", "sha512", "--metadata-size", "64k"],
])  # fmt: skip
def test_made_and_read(tmp_path, options):
    made = call("make", "--size", 8, "--key-file", tmp_path / "key", *options, tmp_path / "disk")
    assert made.returncode == 0, made
    assert (tmp_path / "key").stat().st_mode & 0o77 == 0
    # cryptsetup itself opens the keyslot.
    test = ["cryptsetup", "open", "--test-passphrase", "--key-file", tmp_path / "key", tmp_path / "disk"]
    tested = subprocess.run(test, check=False)
    assert tested.returncode == 0
    raw = (tmp_path / "disk").read_bytes()
    assert disk.HELLO.encode() not in raw and b"lost+found" not in raw
    read = call("read", "--key-file", tmp_path / "key", "--output", tmp_path / "payload", tmp_path / "disk")
    assert read.returncode == 0, read
    assert cat(tmp_path / "payload", "hello") == disk.HELLO.encode()
    assert subprocess.run(["/sbin/e2fsck", "-f", "-n", tmp_path / "payload"], capture_output=True,
                          check=False).returncode == 0  # fmt: skip


def test_own_payload_and_another_key(tmp_path):
    content = random.Random(3).randbytes(3 * MIB)
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "key").write_bytes(b"a passphrase\nof two lines")
    arguments = ["--key-file", tmp_path / "key", tmp_path / "disk"]
    assert call("make", "--size", 3, "--payload", tmp_path / "content", *arguments).returncode == 0
    assert call("read", "--output", tmp_path / "back", *arguments).returncode == 0
    assert (tmp_path / "back").read_bytes() == content
    (tmp_path / "key").write_bytes(b"a passphrase\n")
    wrong = call("read", "--output", tmp_path / "back", *arguments)
    assert wrong.returncode == 1 and "cryptsetup luksDump failed" in wrong.stderr


class Plain(disk.Volume):
    """A volume of a given key, without a container."""

    def __init__(self, key, sector, tweak=0):  # pylint: disable=super-init-not-called
        self.key = disk.algorithms.AES(key)
        self.sector = sector
        self.tweak = tweak


def test_sectors_as_the_standard_has_them():
    # IEEE 1619-2018, annex B, vector 4 (data unit 0) and 5 (data unit 1) as far as the first 16 bytes of each.
    key = bytes.fromhex("27182818284590452353602874713526" "31415926535897932384626433832795")
    plain = bytes(range(256)) * 2
    first = Plain(key, 512).crypt(0, plain, True)
    assert first[:16].hex() == "27a7479befa1d476489f308cd4cfa6e2"
    second = Plain(key, 512).crypt(512, first, True)
    assert second[:16].hex() == "264d3ca8512194fec312c8c9891f279f"
    assert Plain(key, 512, 1).crypt(0, first, True) == second


def test_numbers_count_512_bytes_whatever_the_sector():
    key = bytes(range(64))
    data = random.Random(1).randbytes(8192)
    large = Plain(key, 4096).crypt(0, data, True)
    assert large[4096:4112] == Plain(key, 512).crypt(8 * 512, data[4096:4608], True)[:16]
    assert Plain(key, 4096).crypt(0, large, False) == data


def test_metadata_is_as_asked(tmp_path):
    assert call("make", "--size", 4, "--sector", 512, "--key-bits", 256, "--offset", 8192, "--keyslots-size", "1m",
                "--key-file", tmp_path / "key", tmp_path / "disk").returncode == 0  # fmt: skip
    told = subprocess.run(["cryptsetup", "luksDump", "--dump-json-metadata", tmp_path / "disk"], capture_output=True,
                          check=True).stdout  # fmt: skip
    metadata = json.loads(told)
    assert metadata["segments"]["0"]["sector_size"] == 512 and metadata["segments"]["0"]["offset"] == str(4 * MIB)
    assert metadata["keyslots"]["0"]["key_size"] == 32
    assert metadata["keyslots"]["0"]["kdf"]["type"] == "pbkdf2"
    assert pathlib.Path(tmp_path / "disk").stat().st_size == 8 * MIB
