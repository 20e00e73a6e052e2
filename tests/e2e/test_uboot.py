# SPDX-License-Identifier: BSD-3-Clause
"""Debian's U-Boot for QEMU's virt board, unmodified, in VTL0: --firmware."""

import re

import pexpect
import pytest

from conftest import LIMIT, PARAVANE, first_of

UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"  # package u-boot-qemu
PROMPT = "\n=> "
RAM = 0x40000000
GIB = 1 << 30
MIB = 1 << 20
REFHV = 8 * MIB  # at the end of RAM; VTL2's memory is below it (host/refhv/README.md)


def uboot(*arguments):
    """U-Boot at its prompt."""
    child = pexpect.spawn(
        PARAVANE, ["run", "--timeout", str(LIMIT), "--firmware", UBOOT, *arguments],
        timeout=LIMIT, encoding="utf-8", codec_errors="replace",
    )
    child.delaybeforesend = None
    child.expect(r"(\d+) MiB for VTL2")
    child.hidden = REFHV + int(child.match[1]) * MIB  # of RAM, not VTL0's
    child.expect("Hit any key to stop autoboot")
    child.send(" ")
    child.expect(PROMPT)
    return child


def ask(child, command):
    """What the command prints."""
    child.sendline(command)
    child.expect_exact(command)
    child.expect(PROMPT)
    return child.before


def end(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_prompt_and_reset():
    child = uboot()
    assert "U-Boot 20" in ask(child, "version")
    assert re.search(r"relocaddr += 0x", ask(child, "bdinfo"))
    child.sendline("reset")
    assert end(child) == 0, child.before


@pytest.mark.parametrize(
    "memory, gibibytes, machine",
    first_of(("256M", 0.25, ["--smp", "1"]), ("1G", 1, ["--cpu", "cortex-a72"]), ("8G", 8, ["--smp", "4"])),
)
def test_memory_is_one_range(memory, gibibytes, machine):
    child = uboot("--memory", memory, *machine)
    size = int(gibibytes * GIB) - child.hidden
    told = ask(child, "bdinfo")
    assert f"-> start    = 0x{RAM:016x}" in told, told
    assert f"-> size     = 0x{size:016x}" in told, told
    ask(child, f"fdt addr {RAM:x}")
    told = ask(child, f"fdt print /memory@{RAM:x} reg")
    assert [int(cell, 16) for cell in re.findall(r"0x[0-9a-f]{8}", told)] == [
        RAM >> 32, RAM, size >> 32, size & 0xffffffff]
    # U-Boot has moved itself to the top; what lies below is memory, to the first and the last byte.
    last = RAM + 128 * MIB
    ask(child, f"mw.q {last:x} 0123456789abcdef")
    assert "0123456789abcdef" in ask(child, f"md.q {last:x} 1")
    child.sendline("reset")
    assert end(child) == 0, child.before


def test_vtl2_is_not_there():
    child = uboot("--memory", "512M")
    child.sendline(f"md {RAM + 512 * MIB - child.hidden:x} 1")
    child.expect('"Synchronous Abort" handler')
    assert end(child) == 0, child.before


def test_environment_is_the_default():
    # There is no flash to keep another one in: saving it fails, and nothing else does.
    child = uboot()
    assert "fdt_addr=0x40000000" in ask(child, "printenv fdt_addr")
    assert "OK" not in ask(child, "saveenv")
    assert "distro_bootcmd" in ask(child, "printenv bootcmd")
    child.sendline("reset")
    assert end(child) == 0, child.before


def test_empty_firmware_is_refused(run, tmp_path):
    file = tmp_path / "empty"
    file.write_bytes(b"")
    result = run("--firmware", str(file))
    assert result.status == 125, result
    assert "is empty" in result.err


def test_any_bytes_are_run(run, tmp_path):
    # A flat binary has no form to be checked: PSCI SYSTEM_OFF by HVC, in four instructions.
    words = [0xD2800100, 0xF2B08000, 0xD4000002, 0x14000000]
    file = tmp_path / "off"
    file.write_bytes(b"".join(word.to_bytes(4, "little") for word in words))
    result = run("--firmware", str(file))
    assert result.status == 0, result
