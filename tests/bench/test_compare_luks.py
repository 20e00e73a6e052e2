# SPDX-License-Identifier: BSD-3-Clause
"""The volume's table, on what dd says."""

import pathlib
import subprocess

import pytest

import compare_luks as luks

MIB = 1 << 20


def said(seconds, size=64 * MIB):
    """The last line of dd of coreutils 9.1."""
    return f"{size} bytes (67 MB, 64 MiB) copied, {seconds} s, 13.1 MB/s"


def text(times):
    """times: (job, side) -> seconds of each round; others take 8."""
    lines = ["noise", ""]
    for job in luks.JOBS:
        for side in luks.SIDES:
            lines += [f"{job.name} {side} {said(seconds)}" for seconds in times.get((job.name, side), [8])]
    return "\n".join(lines)


def test_best_of_each_side_counts():
    rows = luks.rows_of(text({("volume-read", "paravane"): [9, 2, 3.2e1], ("volume-read", "dm_crypt"): [4, 100]}), 64, 1)
    assert rows[0] == {"name": "volume-read", "title": "sequential read, 1 VP", "vps": 1, "paravane_kib_s": 32768,
                       "dm_crypt_kib_s": 16384, "ratio": 0.5, "limit": 1.0, "met": True}  # fmt: skip
    assert [row["name"] for row in rows] == [job.name for job in luks.JOBS]


@pytest.mark.parametrize("seconds, met", [(7.9, True), (8, False), (8.1, False)])
def test_as_fast_is_not_faster(seconds, met):
    rows = luks.rows_of(text({("volume-write-direct", "paravane"): [seconds]}), 64, 1)
    assert rows[2]["met"] is met
    line = list(luks.lines(rows, 40))[-1]
    assert line.startswith("sequential write, direct") and ("MISSED" in line) != met


def test_more_vps_have_the_same_budget():
    rows = luks.rows_of(text({}), 64, 2)
    assert all(row["limit"] == 1 and not row["met"] for row in rows)
    assert list(luks.lines(rows, 40))[-1].endswith("1.00  below 1.0: MISSED")


@pytest.mark.parametrize("times", [[], [0]])
def test_a_job_without_result_is_none(times):
    assert luks.rows_of(text({("volume-read", "dm_crypt"): times}), 64, 1) is None


def test_half_a_volume_is_no_result():
    whole = text({})
    assert luks.rows_of(whole, 64, 1) is not None
    assert luks.rows_of(whole, 128, 1) is None


def test_guest_does_each_job_on_each_side(tmp_path):
    (tmp_path / "key").write_text("secret")
    made = luks.Volumes(tmp_path / "a", tmp_path / "b", tmp_path / "key", 64)
    command = luks.guest_command(made, 2)
    subprocess.run(["sh", "-n"], input=command, text=True, check=True)
    for target in luks.SIDES.values():
        assert command.count(f"if={target} ") == 4 and command.count(f"of={target} ") == 2
    words = luks.run_arguments(made, pathlib.Path("tools.img"))
    assert [words[at + 1] for at, word in enumerate(words) if word == "--disk"] == [
        str(made.first), str(made.second), "tools.img,ro"]  # fmt: skip
