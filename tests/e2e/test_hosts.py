# SPDX-License-Identifier: BSD-3-Clause
"""The same guest over the ways in which a host may keep the contract, and guests that know Hyper-V."""

import subprocess

import pytest

from conftest import ROOT, archive


COUNTER = b"""#!/.paravane/busybox sh
b=/.paravane/busybox
$b mount -t devtmpfs devtmpfs /dev
echo $($b nproc) processors >/dev/console
$b stty sane </dev/console
$b poweroff -f
"""


# Reference 5.7 (SIMP slot 0 in place of the intercept page), 8.4 C1 (x29 and x30 shared), K13 (no register
# page), 7.1 (another base of the relocatable region).
@pytest.mark.parametrize(
    "option, seen",
    [
        ("intercept=simp", "intercepts by SIMP"),
        ("x29=shared", "VTL return: SMCCC"),
        ("smccc=off", "x29 and x30 are private"),
        ("smccc=off x29=shared", "x29 and x30 are shared"),
        ("regpage=off", "intercepts by assist page"),
        ("vtl2-base=0x50000000", "VTL2 0x50000000..0x50600000"),
    ],
)
def test_guest_runs_on_a_host_with(run, tmp_path, option, seen):
    initrd = tmp_path / "initrd"
    default = (ROOT / "build" / "guest" / "initrd").read_bytes()
    initrd.write_bytes(default + b"\0" * (-len(default) % 4) + archive(b"counter", COUNTER))
    options = [word for one in option.split() for word in ("--refhv", one)]
    result = run("--smp", "2", *options, "--initrd", str(initrd), "--append", "rdinit=/counter quiet")
    assert result.status == 0, result
    assert seen in result.out, result
    assert "2 processors" in result.out, result


@pytest.fixture(scope="module")
def hyperv_kernel(tmp_path_factory):
    """A Debian kernel that detects Hyper-V by SMCCC, as Linux does from 6.15 on."""
    fetched = subprocess.run(
        [str(ROOT / "scripts" / "fetch"), "kernel-hyperv"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        pytest.skip("no mirror has this kernel any more: " + fetched.stderr.strip())
    folder = tmp_path_factory.mktemp("kernel")
    subprocess.run(["dpkg-deb", "-x", fetched.stdout.strip(), str(folder)], check=True)
    return next(folder.glob("usr/lib/modules/*/vmlinuz"))


def test_linux_that_detects_hyperv(run, hyperv_kernel):
    result = run(
        "--smp", "2", "--kernel", str(hyperv_kernel), "--exec", "nproc; dmesg | grep Hyper-V:"
    )
    assert result.status == 0, result
    lines = result.out.splitlines()
    assert lines[0] == "2"
    assert any("Hyper-V: privilege flags low 0x" in line for line in lines), result
