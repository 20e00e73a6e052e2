# SPDX-License-Identifier: BSD-3-Clause
"""The default guest itself: its tools under Paravane; its drivers and the disk of tools on a plain QEMU's devices."""

import re
import sys

import pytest

from conftest import LIMIT, ROOT

sys.path.insert(0, str(ROOT / "tests"))
import plain as plain_guest  # noqa: E402 (beside this folder)

GUEST = ROOT / "build" / "guest"
DRIVERS = "virtio_mmio virtio_blk virtio_net virtio_console virtio-rng vmw_vsock_virtio_transport"


@pytest.fixture(scope="module", autouse=True)
def packages():
    """What comes from packages that aren't pinned may be missing where there is no mirror."""
    if not (GUEST / "tools.img").is_file():
        pytest.skip("./paravane setup found no mirror with packages for the guest")


def test_drivers_load(run):
    # Built in, or a module: the guest's modprobe knows both, and what each needs.
    result = run("--exec", f"for m in {DRIVERS} ext4 af_packet; do modprobe $m || echo $m; done; lsmod;"
                 " ping -c 1 127.0.0.1 >/dev/null")  # fmt: skip
    assert result.status == 0, result  # of the last: the loopback is up
    loaded = {line.split()[0] for line in result.out.splitlines()}
    assert {driver.replace("-", "_") for driver in DRIVERS.split()} <= loaded, result


def test_file_system(run):
    command = (
        "modprobe loop && dd if=/dev/zero of=/tmp/f bs=1M count=32 2>/dev/null"
        " && mkfs.ext4 -q /tmp/f && mount -o loop /tmp/f /mnt && echo kept >/mnt/file && umount /mnt"
        " && e2fsck -f -n /tmp/f >/dev/null 2>&1 && mount -o loop /tmp/f /mnt && cat /mnt/file"
    )
    result = run("--exec", command)
    assert result.status == 0, result
    assert result.out == "kept\n"


def test_an_initrd_of_the_users_gets_no_modules(run, tmp_path):
    empty = tmp_path / "initrd"
    empty.write_bytes(
        b"070701" + b"0" * 88 + b"0000000B" + b"0" * 8 + b"TRAILER!!!\0" + b"\0" * 3
    )
    result = run("--initrd", str(empty), "--exec", "/.paravane/busybox ls /lib; exit 3")
    assert result.status == 3, result
    assert "modules" not in result.out


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Runs a command in the guest on QEMU alone, with a virtio device of each kind that QEMU has for everyone."""
    disk = tmp_path_factory.mktemp("disk") / "disk.img"

    def run_plain(command):
        with open(disk, "wb") as file:
            file.truncate(64 << 20)
        text = plain_guest.run(
            # fmt: off
            ["qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on", "-smp", "2", "-m", "1G",
             "-nographic", "-no-reboot", "-global", "virtio-mmio.force-legacy=false",
             "-kernel", str(GUEST / "Image"), "-initrd", str(GUEST / "initrd"),
             "-append", "console=ttyAMA0 panic=-1 quiet pv.exec=x",
             "-drive", f"if=none,id=tools,format=raw,readonly=on,file={GUEST / 'tools.img'}",
             "-device", "virtio-blk-device,drive=tools,serial=tools",
             "-drive", f"if=none,id=disk,format=raw,file={disk}",
             "-device", "virtio-blk-device,drive=disk,serial=disk",
             "-nic", "none", "-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net",
             "-device", "virtio-rng-device", "-device", "virtio-serial-device",
             "-chardev", "null,id=hvc", "-device", "virtconsole,chardev=hvc",
             "-chardev", "null,id=port", "-device", "virtserialport,chardev=port,name=port"],
            # fmt: on
            nonce="x",
            command=command,
            limit=LIMIT,
        )
        found = re.search("\x1epv-begin x\r?\n(.*)\x1epv-end x ([0-9]+)", text, re.DOTALL)
        assert found, text
        return int(found[2]), found[1]

    return run_plain


# Sets d and t: the devices with these serial numbers.
SERIALS = (
    "for b in vda vdb; do case $(cat /sys/block/$b/serial) in"
    " disk) d=/dev/$b ;; tools) t=/dev/$b ;; esac; done\n"
)


def test_drivers_come_with_their_devices(plain):
    status, out = plain(
        SERIALS + "ls $d $t /dev/hwrng /dev/hvc0 /dev/vport0p1 | wc -l; cat /sys/class/net/eth0/flags\n"
        "mkfs.ext4 -q $d && mount $d /mnt && grep -c ' /mnt ext4 ' /proc/mounts\n"
        "[ $(head -c 100 /dev/hwrng | wc -c) = 100 ] && ! grep -e loop -e vsock /proc/modules"
    )
    assert status == 0, out
    # IFF_UP is the lowest bit: the interface stays down.
    assert out.split() == ["5", "0x1002", "1"], out


def test_dhcp(plain):
    status, out = plain("udhcpc -n -q -i eth0 >/dev/null 2>&1; ip -4 addr show eth0; cat /etc/resolv.conf")
    assert status == 0, out
    assert "inet 10.0.2." in out
    assert "nameserver 10.0.2.3" in out


def test_disk_of_tools(plain):
    # Each program runs, and no program of the disk lacks a library.
    status, out = plain(
        SERIALS + "tools $t && mkfs.ext4 -q $d && mount $d /mnt || exit 100\n"
        "in-tools fio --name=f --filename=/mnt/f --size=1M --rw=randrw --verify=crc32c --ioengine=libaio"
        " >/tmp/fio 2>&1 || { cat /tmp/fio; exit 101; }\n"
        "in-tools sh -c 'dd if=/dev/hwrng bs=2500 count=20 iflag=fullblock | rngtest -c 10' >/tmp/rng 2>&1\n"
        "grep -q 'bits received from input: 2' /tmp/rng || { cat /tmp/rng; exit 102; }\n"
        "in-tools iperf3 -s -1 >/dev/null 2>&1 &\n"
        "until in-tools iperf3 -c 127.0.0.1 -n 1M >/tmp/iperf 2>&1; do [ $((n += 1)) -lt 50 ] || exit 103; done\n"
        "mkdir /tmp/w; echo page >/tmp/w/i; httpd -p 127.0.0.1:8080 -h /tmp/w\n"
        "in-tools curl -s http://127.0.0.1:8080/i || exit 104\n"
        "modprobe vmw_vsock_virtio_transport\n"
        "in-tools socat -u OPEN:/tmp/w/i STDOUT || exit 105\n"
        # No such device: the family is known, and QEMU has no such device for everyone (vsock(7): ENODEV).
        "in-tools socat - VSOCK-CONNECT:2:1 2>&1 </dev/null | grep -o 'No such device'\n"
        # What the loader says of a library that isn't there (ld.so(8), LD_TRACE_LOADED_OBJECTS).
        "in-tools sh -c 'for p in /usr/bin/* /usr/sbin/*; do LD_TRACE_LOADED_OBJECTS=1"
        " /lib/ld-linux-aarch64.so.1 $p 2>/dev/null; done' >/tmp/libraries\n"
        "grep -q libaio /tmp/libraries && ! grep 'not found' /tmp/libraries"
    )
    assert status == 0, out
    assert out.splitlines() == ["page", "page", "No such device"], out
