# SPDX-License-Identifier: BSD-3-Clause
"""The side by side table, on figures that are known without a machine."""

import pytest

import compare


def terse(read, write):
    """fio's terse output, version 3: bandwidths are fields 7 and 48, counted from 1."""
    fields = ["3", "fio", "name", "0", "0", "1000", str(read)] + ["0"] * 40 + [str(write)] + ["0"] * 80
    return ";".join(fields)


def lines(rates):
    return "".join(f"{job.name} {terse(*rates.get(job.name, (10, 0)))}\n" for job in compare.JOBS)


def test_rates_are_of_reads_or_of_writes():
    rates = compare.rates_of(lines({"read-1m": (2048, 0), "write-1m": (0, 1024)}))
    assert (rates["read-1m"], rates["write-1m"], rates["read-4k"]) == (2048, 1024, 10)


@pytest.mark.parametrize("text", ["", "read-1m\n", lines({"read-1m": (0, 0)}), "fio: no such file\n"])
def test_a_job_without_result_is_none(text):
    with pytest.raises(compare.MachineError, match="read-1m"):
        compare.rates_of(text)


@pytest.mark.parametrize("plain, met", [(1300, True), (1320, False)])
def test_budget_is_of_the_best_rounds(plain, met):
    rounds = [({"read": plain}, {"read": 10}), ({"read": 20}, {"read": 1000})]
    item = compare.row(compare.JOBS[0], rounds)
    assert (item["plain_kib_s"], item["paravane_kib_s"], item["limit"]) == (plain, 1000, 1.3)
    assert (item["ratio"], item["met"]) == (plain / 1000, met)
    assert compare.row(compare.JOBS[2], [({"write-1m": 9}, {"write-1m": 1})])["met"] is None


def test_only_the_guests_own_output_counts():
    console = "boot\n\x1epv-begin 77\r\nread-1m 1\n\x1epv-end 77 0\nmore"
    assert compare.between_markers(console, "77") == "read-1m 1\n"
    for other in (console.replace("77 0", "77 1"), console.replace("begin 77", "begin 78")):
        with pytest.raises(compare.MachineError):
            compare.between_markers(other, "77")
