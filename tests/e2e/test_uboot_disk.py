# SPDX-License-Identifier: BSD-3-Clause
"""Debian's U-Boot in VTL0 lists the guest's disks and reads them."""

import random
import re
import shutil
import subprocess
import zlib

import pytest

from conftest import ROOT
from test_uboot import RAM, ask, end, uboot

SECTOR = 512
MIB = 1 << 20
LOAD = RAM + 2 * MIB  # U-Boot's own default


@pytest.fixture
def disk(tmp_path):
    """32 MiB that repeat from run to run."""
    path = tmp_path / "disk"
    path.write_bytes(random.Random(1).randbytes(32 * MIB))
    return path


def read(child, number, first, count):
    """Sectors of disk `number` at LOAD."""
    told = ask(child, f"virtio dev {number}")
    assert "is now current device" in told, told
    told = ask(child, f"virtio read {LOAD:x} {first:x} {count:x}")
    assert f"{count} blocks read: OK" in told, told


def memory(child, at, count):
    """Bytes as md shows them."""
    lines = re.findall(r"^[0-9a-f]+: ((?:[0-9a-f]{2} )+)", ask(child, f"md.b {at:x} {count:x}"), re.M)
    return bytes.fromhex("".join(lines))


def expect_data(child, at, data):
    told = ask(child, f"crc32 {at:x} {len(data):x}")
    assert f"==> {zlib.crc32(data):08x}" in told, told


def test_disk_is_listed_and_read(disk):
    child = uboot("--disk", f"{disk},ro,serial=uboot-1")
    ask(child, "virtio scan")
    told = ask(child, "virtio info")
    assert "Device 0:" in told and "Capacity: 32.0 MB = 0.0 GB (65536 x 512)" in told, told
    data = disk.read_bytes()
    # First and last sectors, byte by byte; all of it by checksum.
    for first in (0, 65535):
        read(child, 0, first, 1)
        assert memory(child, LOAD, SECTOR) == data[first * SECTOR : (first + 1) * SECTOR]
    read(child, 0, 0, 65536)
    expect_data(child, LOAD, data)
    child.sendline("reset")
    assert end(child) == 0, child.before


def test_disk_is_written(disk, tmp_path):
    second = tmp_path / "second"
    second.write_bytes(bytes(MIB))
    child = uboot("--disk", f"{disk},ro", "--disk", str(second))
    ask(child, "virtio scan")
    read(child, 0, 8, 16)
    ask(child, "virtio dev 1")
    told = ask(child, f"virtio write {LOAD:x} 64 10")
    assert "16 blocks written: OK" in told, told
    child.sendline("reset")
    assert end(child) == 0, child.before
    written = second.read_bytes()
    at = 0x64 * SECTOR
    assert written[at : at + 16 * SECTOR] == disk.read_bytes()[8 * SECTOR : 24 * SECTOR]
    assert not any(written[:at]) and not any(written[at + 16 * SECTOR :])


@pytest.fixture
def file_system(tmp_path):
    """An ext4 with a kernel and its initrd."""
    image = tmp_path / "ext4"
    image.write_bytes(bytes(96 * MIB))
    root = tmp_path / "root"
    root.mkdir()
    for name in ("Image", "initrd"):
        shutil.copy(ROOT / "build" / "guest" / name, root)
    subprocess.run(["mkfs.ext4", "-q", "-d", root, image], check=True)
    return image


def test_linux_starts_from_a_file_system(file_system):
    child = uboot("--disk", f"{file_system},ro")
    kernel = RAM + 4 * MIB  # kernel_addr_r and ramdisk_addr_r of this U-Boot
    initrd = RAM + 64 * MIB
    ask(child, "virtio scan")
    assert re.search(r"[0-9]+ Image", ask(child, "ls virtio 0 /"))
    assert "bytes read" in ask(child, f"load virtio 0 {kernel:x} /Image")
    expect_data(child, kernel, (ROOT / "build" / "guest" / "Image").read_bytes())
    assert "bytes read" in ask(child, f"load virtio 0 {initrd:x} /initrd")
    ask(child, "setenv bootargs console=ttyAMA0 panic=-1 quiet")
    child.sendline(f"booti {kernel:x} {initrd:x}:$filesize {RAM:x}")
    child.expect("~ # ")
    child.sendline("poweroff -f")
    assert end(child) == 0, child.before
