# SPDX-License-Identifier: BSD-3-Clause
"""The guest's entropy device, by Debian's own driver."""

import pytest

from conftest import ROOT

TOOLS = ROOT / "build" / "guest" / "tools.img"


DRAW = "dd if=/dev/hwrng bs=64 count=1 2>/dev/null | od -An -tx1 | tr -d ' \\n'; echo; "


@pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")
def test_fips_140_2_tests(run):
    # A good source fails about one block of 2,500 bytes in 1,300 (rngtest(1)).
    command = (
        "cat /sys/class/misc/hw_random/rng_current; tools /dev/vda; in-tools sh -c"
        " 'dd if=/dev/hwrng bs=2500 count=101 iflag=fullblock 2>/dev/null | rngtest -c 100 2>&1'"
        " | grep -E 'FIPS 140-2 (successes|failures):'"
    )
    result = run("--disk", f"{TOOLS},ro", "--exec", command)
    assert result.status == 0, result
    driver, successes, failures = result.out.splitlines()
    assert driver.startswith("virtio_rng.")
    assert int(successes.split()[-1]) >= 98 and int(failures.split()[-1]) <= 2, result


def test_limited_and_no_two_machines_draw_the_same(run):
    # 250 kB/s in the long run, after 16 KiB at once: 512 KiB take two seconds of the guest's clock.
    limit = (
        "s=$(cut -d. -f1 /proc/uptime); dd if=/dev/hwrng of=/dev/null bs=4096 count=160 2>/dev/null;"
        " echo $(($(cut -d. -f1 /proc/uptime) - s))"
    )
    first, second = (run("--exec", DRAW + command) for command in (limit, ":"))
    assert first.status == second.status == 0, (first, second)
    (one, seconds), (other,) = first.out.split(), second.out.split()
    assert len(one) == len(other) == 128 and one != other
    assert int(seconds) >= 1
