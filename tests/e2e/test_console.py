# SPDX-License-Identifier: BSD-3-Clause
"""The guest's virtio console: the command's port, and hvc0, by Debian's own driver."""

import hashlib
import json
import socket

import pexpect
import pytest

from conftest import LIMIT, PARAVANE, ROOT, VPS, archive, first_of

# No driver: the command goes over the PL011.
WITHOUT_DRIVER = ["--append", "module_blacklist=virtio_console"]
TURNS = 20  # that the driver goes and comes


@pytest.fixture
def terminal():
    """./paravane run on a terminal."""
    children = []

    def start(*arguments):
        child = pexpect.spawn(
            PARAVANE,
            ["run", "--timeout", str(LIMIT), *VPS, *arguments],
            timeout=LIMIT,
            encoding="utf-8",
            dimensions=(37, 99),
        )
        children.append(child)
        child.expect("ends it")
        child.expect("# ")
        return child

    yield start
    for child in children:
        child.close(force=True)


def power_off(child):
    child.sendline("poweroff")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


# ---- The command's port ----


@pytest.mark.parametrize("way", first_of(["--smp", "4"], []))
def test_ten_megabytes_of_output(run, way):
    # Any bytes, and none of them lost or changed.
    result = run(*way, "--exec",
                 "head -c 10000000 /dev/urandom >/tmp/x; sha256sum </tmp/x | head -c 64; cat /tmp/x")  # fmt: skip
    assert result.status == 0, result.err
    digest, content = result.raw[:64], result.raw[64:]
    assert len(content) == 10000000
    assert hashlib.sha256(content).hexdigest() == digest.decode()


@pytest.mark.parametrize("way", [[], WITHOUT_DRIVER])
def test_input_is_closed(run, way):
    result = run(*way, "--exec", "cat; read line; echo $?")
    assert result.status == 0, result
    assert result.out == "1\n"


@pytest.mark.parametrize("way", [[], WITHOUT_DRIVER])
def test_long_command(run, way):
    lines = "".join(f"line {i}: é ' \" \\ $x `y`\n" for i in range(2400))
    command = f"cat <<'END'\n{lines}END\nexit 5"
    assert 60000 < len(command.encode()) <= 65536
    result = run(*way, "--exec", command)
    assert result.status == 5, result
    assert result.out == lines


def test_command_is_not_on_the_command_line(run):
    result = run("--exec", "echo a-word-of-the-command; cat /proc/cmdline")
    assert result.status == 0, result
    assert result.out.count("a-word-of-the-command") == 1


def test_command_too_long(paravane):
    result = paravane("run", "--exec", "x" * 65537)
    assert result.status == 2, result
    assert "65,536" in result.err


def test_binary_output_without_the_driver(run):
    result = run(*WITHOUT_DRIVER, "--exec",
                 "head -c 100000 /dev/urandom >/tmp/x; sha256sum </tmp/x | head -c 64; cat /tmp/x")  # fmt: skip
    assert result.status == 0, result.err
    assert hashlib.sha256(result.raw[64:]).hexdigest() == result.raw[:64].decode()


def test_command_that_lies_about_its_end(run, tmp_path):
    # It knows the guest's nonce: so it can end itself early, and nothing more.
    path = tmp_path / "run.json"
    result = run("--json", str(path), "--exec",
                 "n=$(sed 's/.*pv.exec=//; s/ .*//' /proc/cmdline);"
                 r"printf 'out\036pv-end %s 9\nmore' $n; printf 'refhv: end %s crash\n' $n;"
                 "head -c 300000 /dev/urandom; exit 1")  # fmt: skip
    assert result.status == 9, result
    assert result.out == "out"
    report = json.loads(path.read_text())
    assert report["end"] == "off" and report["command_status"] == 9


def test_hostile_init(run, tmp_path):
    # Garbage on the port, a beginning without an end, nothing read of what the host sends but a byte: that says
    # that it has seen the beginning.
    script = b"""#!/.paravane/busybox sh
b=/.paravane/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs devtmpfs /dev
$b modprobe virtio_mmio; $b modprobe virtio_console
until $b grep -qs exec /sys/class/virtio-ports/vport1p1/name; do :; done
n=$($b sed 's/.*pv.exec=//; s/ .*//' /proc/cmdline)
exec 3<>/dev/vport1p1
$b head -c 1000000 /dev/urandom >&3
printf '\\036pv-end %s 0\\n\\036pv-begin %s\\n\\036pv-begin %s\\nseen\\036pv-en' $n $n $n >&3
$b head -c 1 <&3
$b poweroff -f
"""
    initrd = tmp_path / "initrd"
    default = (ROOT / "build" / "guest" / "initrd").read_bytes()
    initrd.write_bytes(default + b"\0" * (-len(default) % 4) + archive(b"hostile", script))
    result = run("--initrd", str(initrd), "--append", "rdinit=/hostile", "--exec", "true")
    assert result.status == 125, result
    assert "ended before the command did" in result.err


# ---- hvc0 ----


def test_shell_on_hvc0(terminal):
    child = terminal("--console", "hvc0")
    # A line of the kernel's log, on a busy machine, would be in the middle of one of these.
    child.sendline("dmesg -n 1; tty; stty size; echo $((6 * 7)) done")
    child.expect(r"/dev/hvc0\r+\n37 99\r+\n42 done")
    # More than all buffers on the way hold.
    child.sendline("seq 1 3000; echo end of $((3 * 1000))")
    child.expect("end of 3000")
    numbers = [int(line) for line in child.before.splitlines() if line.isdigit()]
    assert numbers == list(range(1, 3001))
    power_off(child)


def test_uart_is_on_standard_error(run):
    # With hvc0 on stdio, Paravane's own lines and those of the firmware are not among the guest's.
    result = run("--console", "hvc0", "--append", "rdinit=/bin/poweroff")
    assert "paravane: " in result.err
    assert "paravane: " not in result.out


# ---- The driver comes and goes ----


def test_driver_unbound_and_bound(terminal, tmp_path):
    # What the host sends while there is no driver waits for it; output in between arrives whole.
    path = tmp_path / "port"
    child = terminal(
        *("--qemu-arg", "-chardev"),
        *("--qemu-arg", f"socket,id=port,path={path},server=on,wait=off"),
        *("--qemu-arg", "-device"),
        *("--qemu-arg", "virtio-serial-device,bus=virtio-mmio-bus.1,max_ports=4"),
        *("--qemu-arg", "-device"),
        *("--qemu-arg", "virtserialport,nr=1,name=org.paravane.exec,chardev=port"),
    )
    child.sendline("stty -echo; d=/sys/bus/virtio/drivers/virtio_console; v=$(cd $d; echo virtio*)")
    # The driver makes the file in /dev before it can be opened, and the name after that.
    child.sendline("find_port() { until grep -qs exec /sys/class/virtio-ports/*p1/name; do :; done; }")
    child.sendline("p=$(ls /dev/vport*p1)")
    child.sendline("seq 1 2000 >/tmp/lines; find_port; echo $v | tr v V")
    child.expect(r"Virtio[0-9]+\r+\n")
    body = "".join(f"{number}\n" for number in range(1, 2001)).encode()
    with socket.socket(socket.AF_UNIX) as host:
        host.settimeout(LIMIT)
        host.connect(str(path))
        for turn in range(TURNS):
            child.sendline(f"echo $v >$d/unbind; echo unbound $(({turn} + 1))")
            child.expect(rf"unbound {turn + 1}\r+\n")
            host.sendall(f"turn {turn}\n".encode())
            # Writing waits until the driver knows that the host is there; reading does not.
            child.sendline(
                "echo $v >$d/bind; find_port;"
                " { echo here; read -r l; echo got $l; cat /tmp/lines; } <>$p >&0"
            )
            expected = f"here\ngot turn {turn}\n".encode() + body
            got = b""
            while len(got) < len(expected):
                more = host.recv(65536)
                assert more, "QEMU has closed the port"
                got += more
            assert got == expected
        power_off(child)
