# SPDX-License-Identifier: BSD-3-Clause
"""How a machine ends: by the guest's will, or by something that a user must be told."""

import os
import re
import struct
import time

import pexpect
import pytest

from conftest import LIMIT, PARAVANE, VPS, first_of

PROMPT = r"~ # "


def console(*arguments):
    child = pexpect.spawn(
        PARAVANE, ["run", "--timeout", str(LIMIT), *VPS, *arguments], timeout=LIMIT, encoding="utf-8",
        codec_errors="replace",
    )
    child.delaybeforesend = None
    return child


def end(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.parametrize("command", first_of("reboot", "poweroff", "poweroff -f", "reboot -f", "exit"))
def test_console_and_clean_end(command):
    child = console()
    child.expect(PROMPT)
    child.sendline("echo $((6 * 7))")
    child.expect("\n42\r")
    child.expect(PROMPT)
    child.sendline(command)
    assert end(child) == 0, child.before


def test_end_line_is_not_shown_and_cannot_be_forged():
    child = console("--append", "quiet")
    child.expect(PROMPT)
    child.sendline("echo refhv: end 00 crash; cat /proc/cmdline /proc/device-tree/chosen/bootargs")
    child.expect(PROMPT)
    assert not re.search(r"\bnonce=", child.before), "refhv's nonce reaches the guest"
    child.sendline("poweroff -f")
    assert end(child) == 0
    assert "refhv: end" not in child.before


def test_quit_key_is_no_clean_end():
    child = console()
    child.expect(PROMPT)
    child.send("\x01x")
    assert end(child) == 125
    assert "Ctrl-A x" in child.before


def test_panic_is_a_failure(run):
    result = run("--exec", "echo c > /proc/sysrq-trigger")
    assert result.status == 125, result
    assert result.err.rstrip().endswith("paravane: the guest's kernel panicked")


def test_end_before_the_command_is_a_failure(run):
    result = run("--exec", "echo started; poweroff -f")
    assert result.status == 125, result
    assert result.out.startswith("started\n")
    assert "the guest ended before the command did" in result.err


def test_timeout(run):
    start = time.monotonic()
    result = run("--exec", "mkfifo f; read line <f", timeout=10)
    assert result.status == 124, result
    assert "--timeout" in result.err
    assert time.monotonic() - start < LIMIT


def test_no_such_kernel(run, tmp_path):
    result = run("--kernel", str(tmp_path / "nothing"), "--exec", "true")
    assert result.status == 2, result
    assert "no such file" in result.err


def one_line(result):
    """Fails, not by a timeout, and says so in a line of its own."""
    assert result.status not in (0, 124), result
    last = result.err.rstrip().splitlines()[-1]
    assert last.startswith("paravane: "), result


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\0" * 4096], ids=["empty", "text", "zero"])
def test_kernel_that_is_none(run, tmp_path, content):
    path = tmp_path / "Image"
    path.write_bytes(content)
    one_line(run("--kernel", str(path), "--exec", "true"))


@pytest.mark.parametrize("bytes_left", first_of(4096, 32, 64, 1 << 20))
def test_truncated_kernel(run, tmp_path, image, bytes_left):
    # arm64 Image: image_size at byte 16 says how much there should be (Documentation/arm64/booting).
    path = tmp_path / "Image"
    path.write_bytes(image.read_bytes()[:bytes_left])
    result = run("--kernel", str(path), "--exec", "true", timeout=60)
    assert result.status != 0, result
    assert result.err.strip(), "no word of explanation"


def test_kernel_of_another_machine(run, tmp_path, image):
    # Bit 0 of flags (byte 24): big endian.
    content = bytearray(image.read_bytes())
    struct.pack_into("<Q", content, 24, struct.unpack_from("<Q", content, 24)[0] | 1)
    path = tmp_path / "Image"
    path.write_bytes(content)
    one_line(run("--kernel", str(path), "--exec", "true"))


@pytest.fixture(scope="module")
def good_igvm(tmp_path_factory):
    """An IGVM file as the tool makes it, with no guest in it: small."""
    import subprocess

    from conftest import ROOT

    path = tmp_path_factory.mktemp("igvm") / "good.igvm"
    subprocess.run(
        [PARAVANE, "igvm", "build", "--image", str(ROOT / "build/image/boot/paravane.elf"),
         "--output", str(path)],
        check=True, stdin=subprocess.DEVNULL,
    )
    return path.read_bytes()


def test_igvm_without_a_kernel(run, tmp_path, good_igvm):
    path = tmp_path / "igvm"
    path.write_bytes(good_igvm)
    one_line(run("--igvm", str(path)))


def damage_magic(content):
    content[0] ^= 0xFF


def damage_checksum(content):
    content[20] ^= 0x01


def damage_headers(content):
    content[24:512] = os.urandom(488)


def damage_length(content):
    del content[len(content) // 2:]


def damage_all(content):
    content[:] = os.urandom(len(content))


def damage_nothing_left(content):
    del content[1:]


@pytest.mark.parametrize(
    "damage",
    [damage_magic, damage_checksum, damage_headers, damage_length, damage_all, damage_nothing_left],
)
def test_corrupt_igvm(run, tmp_path, good_igvm, damage):
    content = bytearray(good_igvm)
    damage(content)
    path = tmp_path / "igvm"
    path.write_bytes(content)
    result = run("--igvm", str(path), timeout=60)
    one_line(result)
    assert "refhv" in result.out + result.err
