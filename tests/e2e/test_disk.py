# SPDX-License-Identifier: BSD-3-Clause
"""The guest's disks, by Debian's own driver and tools; what the host's file holds is the judge."""

import hashlib
import os
import random

import pytest

from conftest import ROOT

TOOLS = ROOT / "build" / "guest" / "tools.img"
MIB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """Makes a raw disk image of so many MiB, all zeros unless it is given its content."""

    def make(mebibytes=64, name="disk.img", content=b""):
        path = tmp_path / name
        path.write_bytes(content)
        os.truncate(path, mebibytes * MIB)
        return path

    return make


def test_file_system(run, disk):
    # The command that the README shows.
    image = disk()
    result = run("--disk", str(image), "--exec",
                 "mkfs.ext4 -q /dev/vda && mount /dev/vda /mnt && df /mnt")  # fmt: skip
    assert result.status == 0, result
    assert result.out.splitlines()[1].split()[::5] == ["/dev/vda", "/mnt"]


def test_file_system_filled_and_checked(run, disk):
    # Filled to its last block, unmounted, checked; and again in another run of the machine.
    image = disk(96)
    fill = (
        "mkfs.ext4 -q /dev/vda && mount /dev/vda /mnt && i=0; head -c 3000000 /dev/urandom >/tmp/f;"
        " while cat /tmp/f >/mnt/$i 2>/dev/null; do i=$((i + 1)); done;"
        " rm /mnt/$i; (cd /mnt && sha256sum [0-9]* >/mnt/lost+found/sums || exit 1);"
        " ls /mnt | wc -l; umount /mnt && e2fsck -f -n /dev/vda >/dev/null 2>&1"
    )
    result = run("--disk", str(image), "--exec", fill)
    assert result.status == 0, result
    assert int(result.out) > 10
    check = "mount /dev/vda /mnt && cd /mnt && sha256sum -c lost+found/sums | grep -c ': OK$'"
    again = run("--disk", str(image), "--exec", check)
    assert again.status == 0, again
    assert int(again.out) == int(result.out) - 1


@pytest.mark.parametrize("block", [512, 4096])
def test_every_byte_both_ways(run, disk, block):
    content = random.Random(block).randbytes(32 * MIB)
    source = disk(32, "source.img", content)
    target = disk(32, "target.img")
    # Page by page and in large requests; direct, so that each is a request of the guest's.
    command = (
        "dd if=/dev/vda bs=1M iflag=direct 2>/dev/null | sha256sum;"
        "dd if=/dev/vda bs=4k count=1024 iflag=direct 2>/dev/null | sha256sum;"
        "dd if=/dev/vda of=/dev/vdb bs=512k iflag=direct oflag=direct 2>/dev/null && sync;"
        "cat /sys/block/vda/queue/logical_block_size"
    )
    result = run("--disk", f"{source},ro,block={block}", "--disk", f"{target},block={block}",
                 "--exec", command)  # fmt: skip
    assert result.status == 0, result
    sums = [hashlib.sha256(part).hexdigest() for part in (content, content[: 4 * MIB])]
    assert result.out.split() == [sums[0], "-", sums[1], "-", str(block)]
    assert target.read_bytes() == content


def test_what_a_disk_says(run, disk):
    first, second, third = disk(8, "a.img"), disk(16, "b.img"), disk(24, "c.img")
    command = (
        "cd /sys/block; for d in vda vdb vdc; do"
        " echo $(cat $d/size $d/ro $d/serial; echo; cat $d/queue/write_cache) $(ls $d/mq | wc -l);"
        " done; dd if=/dev/zero of=/dev/vdb count=1 2>/dev/null || echo refused"
    )
    result = run("--smp", "3", "--disk", f"{first},serial=first-1", "--disk", f"{second},ro",
                 "--disk", str(third), "--exec", command)  # fmt: skip
    assert result.status == 0, result
    lines = result.out.splitlines()
    assert lines[0] == "16384 0 first-1 write back 3"
    assert lines[1] == "32768 1 write back 3"
    assert lines[2] == "49152 0 write back 3"
    assert lines[3] == "refused"


def test_discard_reaches_the_file(run, disk):
    image = disk(32, content=b"\xaa" * (32 * MIB))
    before = os.stat(image).st_blocks
    result = run("--disk", str(image), "--exec", "blkdiscard -o 4194304 -l 16777216 /dev/vda")
    assert result.status == 0, result
    assert os.stat(image).st_blocks < before - (8 * MIB) // 512
    content = image.read_bytes()
    assert content[: 4 * MIB] == b"\xaa" * (4 * MIB)
    assert content[20 * MIB :] == b"\xaa" * (12 * MIB)


@pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")
def test_fio_verifies_over_all_queues(run, disk):
    command = (
        "tools /dev/vdb && in-tools fio --name=v --filename=/dev/vda --direct=1 --rw=randrw"
        " --bsrange=512-256k --bs_unaligned=0 --size=24M --offset_increment=24M --numjobs=4"
        " --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 --group_reporting >/tmp/log 2>&1"
        " || { cat /tmp/log; exit 1; }; cat /proc/interrupts | grep -c virtio"
    )
    result = run("--smp", "4", "--disk", str(disk(96)), "--disk", f"{TOOLS},ro", "--exec", command)
    assert result.status == 0, result


def test_driver_unbound_and_bound_under_load(run, disk):
    # 200 times, while dd reads: it gets errors, the machine does not.
    command = (
        "cd /sys/bus/virtio/drivers/virtio_blk; d=$(ls -d virtio* | head -n 1);"
        "(while :; do dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null; done) & load=$!;"
        "for i in $(seq 200); do echo $d >unbind && echo $d >bind || exit 1; done;"
        "kill $load; [ -b /dev/vda ] && dd if=/dev/vda bs=1M count=8 iflag=direct 2>/dev/null | sha256sum"
    )
    content = random.Random(1).randbytes(8 * MIB)
    result = run("--smp", "2", "--disk", str(disk(8, content=content)), "--exec", command)
    assert result.status == 0, result
    assert result.out.split()[0] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "option, words",
    [("{}/nothing", "no such file"), ("{}/a,x=1", "what is 'x=1'"), ("{}/a,serial=a b", "a serial"),
     ("{}/odd", "no multiple of 512")],
)  # fmt: skip
def test_wrong_disks_are_told(paravane, tmp_path, option, words):
    (tmp_path / "a").write_bytes(b"\0" * 512)
    (tmp_path / "odd").write_bytes(b"\0" * 511)
    result = paravane("run", "--disk", option.format(tmp_path), "--exec", "true")
    assert result.status == 2, result
    assert words in result.err
