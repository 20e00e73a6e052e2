# SPDX-License-Identifier: BSD-3-Clause
"""No key without proof: the demonstration, and the disk that the key opens."""

import contextlib
import hashlib
import os
import pathlib
import re
import select
import signal
import subprocess

import pytest

from conftest import LIMIT, PARAVANE, ROOT, first_of, more
from kbs_server import HELLO, LUKS, READ, disk, file_in, payload, refused
from test_uboot import ask, end, uboot

TOOLS = ROOT / "build/guest/tools.img"


def opens(result):
    assert result.status == 0, result
    assert result.out == HELLO


# ---- The demonstration ----


def test_readme(run):
    opens(run(*LUKS, "--exec", READ))


def test_tampered(run):
    refused(run(*LUKS, "--append", "tampered=1"), "refused", "REM 3 (command line) is not the reference's")


@more
def test_tampered_says_so_with_a_command_too(run):
    result = run(*LUKS, "--append", "tampered=1", "--exec", READ)
    refused(result, "refused", "command line")
    assert result.out == ""


def test_debug_image(run):
    refused(run(*LUKS, "--debug", "--exec", READ), "refused", "RIM")


@pytest.mark.parametrize("tag, framing", first_of((399, "chunked"), (399, "length"), (907, "chunked")))
def test_each_shape(run, tag, framing):
    opens(run(*LUKS, "--refhv", f"token={tag}", "--kbs-option", f"--http={framing}", "--exec", READ))


@pytest.mark.parametrize("machine", first_of(["--smp", "1"], ["--smp", "8", "--memory", "2G"]))
def test_each_machine(run, machine):
    opens(run(*LUKS, *machine, "--exec", READ))


def test_no_entropy_but_the_hosts(run):
    refused(run(*LUKS, "--cpu", "cortex-a72", "--exec", READ), "no entropy but the host's: this CPU has no RNDR")


def test_mistakes_on_the_command_line(run, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(4096))
    for words in (["--luks", "a/b/c", "--no-attest"], ["--kbs", "https://a"], ["--luks-key", str(file)],
                  ["--luks", "a/b/c", "--kbs", "https://a", "--disk", str(file)],
                  ["--luks", "a/b/c", "--kbs", "https://a", "--kbs-ca", str(file)],
                  ["--luks", "a/b/c", "--disk", str(file)], ["--luks", "a/b/c", "--luks-key", str(file)],
                  ["--luks", "a/b/c", "--igvm", str(file)], ["--luks", 'a"/b/c'],
                  ["--luks", "a/b/c", "--kbs-ca", str(file)], ["--reference", str(file)]):  # fmt: skip
        result = run(*words)
        assert result.status == 2 and "run: " in result.err, result


@pytest.mark.parametrize("resource", first_of("a/b", "one", "a/b/c/d", "a//c"))
def test_resource_that_is_none(run, resource):
    result = run("--luks", resource)
    assert result.status == 125 and "repository/type/tag" in result.err, result


def test_server_that_does_not_start(run):
    result = run(*LUKS, "--kbs-option", "--misbehave=no-such-thing")
    assert result.status == 125 and "did not start" in result.err, result


def children_of(number):
    """{last part of the program's or script's name: process}"""
    found = {}
    for child in pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            found |= {word.rpartition(b"/")[2]: int(child) for word in words[:2]}
    return found


def test_server_ends_with_the_run(tmp_path):
    # However that ends: SIGKILL leaves no time to see to it.
    child = subprocess.Popen(
        [PARAVANE, "run", *LUKS, "--qemu-arg", "-S", "--timeout", "60"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    try:
        found = {}
        while b"pv-run" not in found:
            assert child.poll() is None
            found = children_of(child.pid)
        server_end = os.pidfd_open(found[b"kbs.py"])
    finally:
        child.kill()
        child.wait()
    ended, _, _ = select.select([server_end], [], [], LIMIT)
    os.kill(found[b"pv-run"], signal.SIGTERM)
    os.close(server_end)
    assert ended


def test_no_network(run):
    refused(run(*LUKS, "--net", "none"), "network card")


# ---- The volume ----


def with_disk(folder, image):
    return (*LUKS, "--disk", str(image), "--luks-key", str(folder / "secret"))


@pytest.mark.parametrize("options", first_of(
    ["--sector", "512", "--offset", "4096", "--keyslots-size", "512k"], ["--key-bits", "256"],
    ["--sector", "1024", "--hash", "sha512"], ["--sector", "2048"], ["--metadata-size", "64k"],
    ["--iterations", "100000"],
))  # fmt: skip
def test_read_written_and_read_back(run, tmp_path, options):
    image = disk(tmp_path, *options)
    new = "dd if=/dev/urandom of=/mnt/new bs=1M count=8 2>/dev/null && sha256sum </mnt/new >/mnt/sum; umount /mnt"
    opens(run(*with_disk(tmp_path, image), "--exec", f"{READ} && {new}"))
    inside = payload(tmp_path, image)
    assert subprocess.run(["/sbin/e2fsck", "-f", "-n", inside], capture_output=True, check=False).returncode == 0
    subprocess.run(["/sbin/debugfs", "-R", f"dump new {tmp_path / 'new'}", inside], capture_output=True, check=True)
    told = subprocess.run(["sha256sum"], stdin=open(tmp_path / "new", "rb"), capture_output=True, check=True).stdout
    assert told.decode() == file_in(inside, "sum")


FILES = (1, 2, 3, 4)
EACH = f"for i in {' '.join(map(str, FILES))}; do"
AT_ONCE = (
    f"mount /dev/vda /mnt; {EACH} (dd if=/dev/urandom of=/mnt/$i bs=64k count=64 conv=fsync 2>/dev/null;"
    " sha256sum </mnt/$i >/mnt/sum$i) & done; wait; echo 3 >/proc/sys/vm/drop_caches;"
    f" {EACH} sha256sum </mnt/$i >/tmp/sum$i & done; wait;"
    f" {EACH} cmp /mnt/sum$i /tmp/sum$i && echo $i; done; umount /mnt"
)


def test_several_vps_at_once(run, tmp_path):
    # Each VP with a queue of its own; and one decrypts what another has asked for.
    image = disk(tmp_path, "--size", "48")
    result = run(*with_disk(tmp_path, image), "--smp", "4", "--exec", AT_ONCE)
    assert result.out.split() == [str(i) for i in FILES], result
    inside = payload(tmp_path, image)
    assert subprocess.run(["/sbin/e2fsck", "-f", "-n", inside], capture_output=True, check=False).returncode == 0
    for i in FILES:
        subprocess.run(["/sbin/debugfs", "-R", f"dump {i} {tmp_path / 'new'}", inside], capture_output=True, check=True)
        told = hashlib.sha256((tmp_path / "new").read_bytes()).hexdigest()
        assert file_in(inside, f"sum{i}").split()[0] == told


@more
def test_firmware_is_measured_and_reads_the_volume(tmp_path):
    # In sectors of 512 bytes: U-Boot reads such, whatever the disk says that it has.
    child = uboot(*with_disk(tmp_path, disk(tmp_path, "--sector", "512")))
    ask(child, "virtio scan")
    assert re.search(r" 56 +hello", ask(child, "ls virtio 0 /"))
    child.sendline("reset")
    assert end(child) == 0, child.before


OPEN_BY_ITSELF = (
    "tools /dev/vdb; modprobe -a dm-crypt xts; head -c 13 /proc/version >/tmp/key;"
    " in-tools cryptsetup open --key-file /tmp/key /dev/vda x && mount /dev/mapper/x /mnt && cat /mnt/pv;"
    " echo of dm-crypt >/mnt/dm; umount /mnt; in-tools cryptsetup close x"
)


@pytest.mark.skipif(not TOOLS.exists(), reason="no disk of tools: see ./paravane setup")
@pytest.mark.parametrize("sector, again", first_of((4096, False), (512, True)))
def test_disk_is_one_for_dm_crypt(run, tmp_path, sector, again):
    # Through Paravane; by dm-crypt in a guest, with no part of Paravane's; and through Paravane again.
    (tmp_path / "secret").write_bytes(b"Linux version")
    (tmp_path / "second").write_bytes(b"plain" * 4096)
    image = disk(tmp_path, "--sector", sector)
    write = "mount /dev/vda /mnt && echo of paravane >/mnt/pv; umount /mnt; head -c 5 /dev/vdb"
    result = run(*with_disk(tmp_path, image), "--disk", str(tmp_path / "second"), "--exec", write)
    assert result.out == "plain", result  # other disks stay as they are
    result = run("--disk", str(image), "--disk", f"{TOOLS},ro", "--exec", OPEN_BY_ITSELF)
    assert result.out == "of paravane\n", result
    assert file_in(payload(tmp_path, image), "dm") == "of dm-crypt\n"
    if again:
        result = run(*with_disk(tmp_path, image), "--exec", "mount /dev/vda /mnt && cat /mnt/dm")
        assert result.out == "of dm-crypt\n", result


def spoil(path, *places):
    content = bytearray(path.read_bytes())
    for at in places:
        content[at] ^= 1
    path.write_bytes(content)


# LUKS2 on-disk format, 2.1 and 2.2: a header of 4 KiB and its JSON, and both again; a checksum is over both.
FIRST, SECOND = 0x1800, 0x4000 + 0x1800
PAYLOAD = 16 << 20  # where cryptsetup puts it


@pytest.mark.parametrize("place", first_of(FIRST, SECOND))
def test_one_spoilt_header_of_two(run, tmp_path, place):
    image = disk(tmp_path)
    spoil(image, place)
    opens(run(*with_disk(tmp_path, image), "--exec", READ))


def test_both_headers_spoilt(run, tmp_path):
    image = disk(tmp_path)
    spoil(image, FIRST, SECOND)
    refused(run(*with_disk(tmp_path, image), "--exec", READ), "LUKS")


@more
def test_no_container(run, tmp_path):
    (tmp_path / "disk.img").write_bytes(bytes(32 << 20))
    (tmp_path / "secret").write_bytes(b"secret")
    refused(run(*with_disk(tmp_path, tmp_path / "disk.img")), "LUKS")


def test_header_of_another_disk(run, tmp_path):
    # The host's own, with a key that it knows: in what it opens the host could read what is written.
    image = disk(tmp_path)
    other = disk(tmp_path, name="other.img", key="other-secret")
    with open(image, "r+b") as target, open(other, "rb") as source:
        target.write(source.read(PAYLOAD))
    refused(run(*with_disk(tmp_path, image), "--exec", READ), "key")
