# SPDX-License-Identifier: BSD-3-Clause
"""An unmodified Debian kernel to a shell, over the machines that a user can ask for."""

import json

import pytest

from conftest import first_of


def test_output_is_the_commands_alone(run):
    result = run("--exec", "echo out; echo err >&2; printf 'no newline'")
    assert result.status == 0, result
    assert result.out == "out\nerr\nno newline"


@pytest.mark.parametrize("status", first_of(255, 0, 1, 42, 127))
def test_exit_status_is_the_commands(run, status):
    result = run("--exec", f"exit {status}")
    assert result.status == status, result
    assert result.out == ""


def test_command_is_passed_unchanged(run):
    result = run("--exec", """printf '%s|' "a  b" 'c"d' '$HOME' "\\\\"; echo "é" """)
    assert result.status == 0, result
    assert result.out == 'a  b|c"d|$HOME|\\|é\n'


def test_what_the_guest_is(run):
    # Root with a system under it, Debian's kernel, PSCI by HVC and a GICv3 of VTL0's own.
    result = run("--exec", "id -u; [ -d /proc/1 ] && [ -d /sys/bus ] && [ -c /dev/null ]; echo $?;"
                 " uname -m; cat /proc/version; dmesg | grep -E 'psci: |GICv3: ' | head -n 20")  # fmt: skip
    assert result.status == 0, result
    assert result.out.startswith("0\n0\naarch64\nLinux version 6.1.")
    assert "debian-kernel@lists.debian.org" in result.out
    assert "psci: PSCIv1." in result.out
    assert "GICv3: " in result.out


@pytest.mark.parametrize("count", first_of(8, 1, 2, 4))
def test_every_vp_runs(run, count):
    # Each CPU is asked to run something: being listed as online is not enough.
    command = (
        "nproc; for c in $(seq 0 $(($(nproc) - 1))); do"
        " taskset $(printf %x $((1 << c))) awk '{ print $39 }' /proc/self/stat; done"
    )
    result = run("--smp", str(count), "--exec", command)
    assert result.status == 0, result
    assert result.out.split() == [str(count)] + [str(c) for c in range(count)]


def test_vp_goes_off_and_on(run):
    # PSCI CPU_OFF, AFFINITY_INFO and CPU_ON of a VP whose VTL2 stays.
    online = "/sys/devices/system/cpu/cpu1/online"
    command = f"for i in 1 2 3; do echo 0 >{online}; nproc; echo 1 >{online}; nproc; done"
    result = run("--smp", "2", "--exec", command)
    assert result.status == 0, result
    assert result.out.split() == ["1", "2"] * 3


@pytest.mark.parametrize("size, mebibytes", first_of(("256M", 256), ("8G", 8192), ("1G", 1024)))
def test_memory_is_there(run, size, mebibytes):
    result = run("--memory", size, "--exec", "awk '/MemTotal/ { print $2 }' /proc/meminfo")
    assert result.status == 0, result
    total = int(result.out) // 1024
    # What refhv, VTL2, the kernel and its page tables keep: less than 64 MiB and 4 %.
    assert mebibytes * 0.96 - 64 < total < mebibytes


@pytest.mark.parametrize("model", first_of("cortex-a72", "max,pauth-impdef=on"))
def test_cpu_model(run, model):
    result = run("--cpu", model, "--exec", "grep -m 1 Features /proc/cpuinfo")
    assert result.status == 0, result
    features = result.out.split(":")[1].split()
    assert "fp" in features
    # Cortex-A72 is Armv8.0: LSE atomics came with Armv8.1.
    assert ("atomics" in features) == model.startswith("max")


def test_append_reaches_the_kernel(run):
    result = run("--append", "loglevel=3 my.word=1", "--exec", "cat /proc/cmdline")
    assert result.status == 0, result
    assert result.out.rstrip().endswith("loglevel=3 my.word=1")


def test_own_initrd(run, tmp_path):
    # An empty archive of the user's: the command still finds a shell to run in.
    empty = tmp_path / "initrd"
    empty.write_bytes(
        b"070701" + b"0" * 88 + b"0000000B" + b"0" * 8 + b"TRAILER!!!\0" + b"\0" * 3
    )
    result = run("--initrd", str(empty), "--exec", "echo here")
    assert result.status == 0, result
    assert result.out == "here\n"


def test_json(run, tmp_path):
    path = tmp_path / "run.json"
    result = run("--json", str(path), "--exec", "exit 3")
    assert result.status == 3, result
    report = json.loads(path.read_text())
    assert report["end"] == "off"
    assert report["exit_status"] == 3
    assert report["command_status"] == 3
    assert report["kernel_panic"] is False
    times = report["wall_seconds"]
    assert 0 < times["kernel_start"] < times["command_start"] <= times["command_end"] <= times["end"]


@pytest.mark.parametrize("count", first_of(2, 1))
def test_icount(run, count):
    # All VPs on one thread: one that waits for another must let it run.
    result = run("--icount", "--smp", str(count), "--exec", "nproc")
    assert result.status == 0, result
    assert result.out == f"{count}\n"
