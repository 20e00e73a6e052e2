# SPDX-License-Identifier: BSD-3-Clause
"""The side by side table, on figures that are known without a machine."""

import os
import subprocess
import sys
import types

import pytest

import compare
import compare_network as network


def terse(read, write):
    """fio's terse output, version 3: bandwidths are fields 7 and 48, counted from 1."""
    fields = ["3", "fio", "name", "0", "0", "1000", str(read)] + ["0"] * 40 + [str(write)] + ["0"] * 80
    return ";".join(fields)


def lines(rates, network=("network-send 1048576 0.5 20 70", "network-receive 2097152 0.25 5 -")):
    disk = "".join(f"{job.name} {terse(*rates.get(job.name, (10, 0)))}\n" for job in compare.JOBS)
    return disk + "".join(f"{line}\n" for line in network)


def test_rates_are_of_reads_or_of_writes():
    results = compare.results_of(lines({"read-1m": (2048, 0), "write-1m": (0, 1024)}))
    assert [results[name]["kib_s"] for name in ("read-1m", "write-1m", "read-4k")] == [2048, 1024, 10]


def test_the_networks_figures_are_a_mib_s():
    results = compare.results_of(lines({}))
    assert results["network-send"] == {"kib_s": 2048, "interrupts_mib": 20, "exits_mib": 70}
    assert results["network-receive"] == {"kib_s": 8192, "interrupts_mib": 2.5, "exits_mib": None}


@pytest.mark.parametrize("text", ["", "read-1m\n", lines({"read-1m": (0, 0)}), "fio: no such file\n"])
def test_a_job_without_result_is_none(text):
    with pytest.raises(compare.MachineError, match="read-1m"):
        compare.results_of(text)


def test_a_transfer_without_result_is_none():
    with pytest.raises(compare.MachineError, match="network-receive"):
        compare.results_of(lines({}, ["network-send 1048576 0.5 20 70", "the peer has gone"]))


def rounds_of(*rates):
    """(plain, Paravane) a round, of all jobs alike."""
    names = [*(job.name for job in compare.JOBS), *network.JOBS]
    return [
        tuple({name: {"kib_s": kib, "interrupts_mib": 2.0, "exits_mib": 60.0 + kib} for name in names} for kib in pair)
        for pair in rates
    ]


@pytest.mark.parametrize("plain, met", [(1300, True), (1320, False)])
def test_budget_is_of_the_best_rounds(plain, met):
    item = compare.row(compare.JOBS[0], rounds_of((plain, 10), (20, 1000)))
    assert (item["plain_kib_s"], item["paravane_kib_s"], item["limit"]) == (plain, 1000, 1.3)
    assert (item["ratio"], item["met"]) == (plain / 1000, met)
    # Its other figures are of that round too.
    assert item["paravane_exits_mib"] == 1060
    assert compare.row(compare.JOBS[2], rounds_of((9, 1)))["met"] is None


def test_table_has_a_line_a_job_and_says_what_the_card_is_connected_to():
    rows = compare.rows_of(network.TAP, rounds_of((2048, 1024)))
    assert [item["name"] for item in rows] == [*(job.name for job in compare.JOBS), *network.JOBS]
    text = list(compare.render(rows, 1))
    for item in rows:
        line = next(line for line in text if line.startswith(item["title"] + " "))
        assert line.removeprefix(item["title"]).split()[:3] == ["2.0", "1.0", "2.00"]
    assert "network send, tap" in text[-2] and text[-2].split()[-3:] == ["2.0", "2.0", "1084.0"]
    # Exits are counted where there is a Paravane only.
    rows[-1]["paravane_exits_mib"] = None
    assert len(list(compare.render(rows, 1))) == len(text) - 1


def test_both_machines_have_the_same_card(tmp_path):
    options = types.SimpleNamespace(qemu="qemu", cpu="max", root=tmp_path)
    for link in (network.USER, network.TAP):
        plan = compare.Plan(tmp_path / "disk", tmp_path / "tools", link, "true")
        card = network.qemu_arguments(link)
        words = compare.plain_command(options, plan, "77")
        assert words[-len(card) :] == card
        words = compare.paravane_command(options, plan)
        assert [words[at + 1] for at, word in enumerate(words) if word == "--qemu-arg"] == card
        assert words[words.index("--net") + 1] == "none"


def test_guests_program_and_the_peer_understand_each_other(tmp_path):
    # The program on this machine, with a device of the guest's made up; no Paravane is here.
    proc = tmp_path / "interrupts"
    proc.write_text("      CPU0\n 17: " + "3 " * os.cpu_count() + "GICv3 51 Edge virtio7\n")
    program = network.PROGRAM.read_text()
    program = program.replace("/proc/interrupts", str(proc)).replace("/sys/class/net/eth0/device", "/virtio7")
    assert str(proc) in program and '"/virtio7"' in program
    program = program.replace("socket.AF_VSOCK", "-2")
    with network.peer(network.USER) as port:
        out = subprocess.run(
            [sys.executable, "-c", program, "127.0.0.1", str(port), str(16 * network.MIB)],
            check=True, capture_output=True, text=True, timeout=60,
        ).stdout  # fmt: skip
    results = network.results_of(out)
    assert set(results) == set(network.JOBS)
    for result in results.values():
        assert result["kib_s"] > 0 and result["interrupts_mib"] == 0 and result["exits_mib"] is None


def test_only_the_guests_own_output_counts():
    console = "boot\n\x1epv-begin 77\r\nread-1m 1\n\x1epv-end 77 0\nmore"
    assert compare.between_markers(console, "77") == "read-1m 1\n"
    for other in (console.replace("77 0", "77 1"), console.replace("begin 77", "begin 78")):
        with pytest.raises(compare.MachineError):
            compare.between_markers(other, "77")
