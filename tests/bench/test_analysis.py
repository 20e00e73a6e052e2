# SPDX-License-Identifier: BSD-3-Clause
"""From counts to figures, on counts whose figures are known without the program."""

import struct

import pytest

import analysis
import bench
import elf

BOOT = "guest 0x42000000\nsample boot 500 400 1 1\nsite boot 0x10 400\n"
MACHINE = {"qemu": "0", "cpu": "none", "compiler": "none"}


def locate(address):
    if address < 0x100:
        return "refhv", f"r{address >> 4}"
    return ("paravane", "p") if address < 0x200 else None


def counts_of(lines):
    return analysis.read_counts(BOOT + lines + "end\n")


def whole(samples, longest=110):
    """A line a kind, all alike but for those in samples."""
    lines = ""
    for kind in (*analysis.KINDS, *analysis.REQUESTS, analysis.EVIDENCE):
        for refhv, paravane, times, *exits in samples.get(kind.name, [(100, 10, 4)]):
            lines += f"sample {kind.name} {refhv} {paravane} {exits[0] if exits else 1} {times}\n"
        lines += f"site {kind.name} 0x20 40\nlongest {kind.name} {longest}\n"
    return counts_of(lines)


def report_of(samples, image_bytes=(1000, 900)):
    return analysis.build_report(whole(samples), 4, 4, locate, image_bytes, MACHINE, {})


def exit_of(report, name):
    return next(part for part in report["exits"] if part["name"] == name)


def test_hashing_the_guest_is_apart():
    """Its time is that of the guest's length: the budget is for the rest."""
    counts = whole({})
    counts.sites["boot"] = {0x10: 150, 0x20: 250}
    report = analysis.build_report(
        counts, 4, 4, lambda address: ("paravane", "mbedtls_sha256_update" if address == 0x10 else "boot_main"),
        (1000, 900), MACHINE, {})
    assert (report["boot"]["paravane"], report["boot"]["hashing"]) == (400, 150)
    assert report["boot"]["budgets"][0]["value"] == 250


def test_kinds_of_another_machine():
    """Only those of the name are taken, and the start is this machine's."""
    one = whole({"disk-read-512": [(1, 2, 4)]})
    del one.samples["disk-luks-read-4096"], one.samples["disk-luks-write-4096"]
    other = whole({"disk-read-512": [(7, 7, 4)], "disk-luks-read-4096": [(3, 5, 4)]})
    other.samples["boot"] = {(9, 9, 1): 1}
    report = analysis.build_report(analysis.merge(one, other, "disk-luks-"), 4, 4, locate, (1000, 900), MACHINE, {})
    requests = {part["name"]: part["paravane"] for part in report["requests"]}
    assert (requests["disk-read-512"], requests["disk-luks-read-4096"], requests["disk-luks-write-4096"]) == (2, 5, 10)
    assert report["boot"]["paravane"] == 400


@pytest.mark.parametrize(
    "values, p50",
    [
        ({7: 1}, 7),
        ({1: 1, 2: 1}, 1),
        ({1: 1, 2: 1, 3: 1}, 2),
        ({9: 1, 5: 9_999}, 5),
        ({5: 5_000, 9: 5_000}, 5),
        ({5: 4_999, 9: 5_001}, 9),
    ],
)
def test_p50_is_the_value_that_half_do_not_exceed(values, p50):
    assert analysis.rank(values, 0.5) == p50


def test_total_is_of_each_exit_and_not_of_the_columns():
    # Half of the exits are dear in refhv, the other half in Paravane: all cost 110.
    columns = analysis.summaries({(100, 10, 1): 2, (10, 100, 1): 2})
    assert columns["refhv"] == {"p50": 10, "worst": 100}
    assert columns["paravane"] == {"p50": 10, "worst": 100}
    assert columns["total"] == {"p50": 110, "worst": 110}


def test_functions_are_averages_most_first():
    found = analysis.shares({0x20: 6, 0x24: 2, 0x30: 40, 0x100: 3, 0x1000: 99}, 4, locate)
    assert found["refhv"] == [
        {"name": "r3", "instructions": 10.0},
        {"name": "r2", "instructions": 2.0},
    ]
    assert found["paravane"] == [{"name": "p", "instructions": 0.75}]


@pytest.mark.parametrize("paravane, met", [(250, True), (251, False)])
def test_budget_of_paravane(paravane, met):
    part = exit_of(report_of({"pl011-read": [(1, paravane, 4)]}), "pl011-read")
    budgets = {item["what"]: item for item in part["budgets"]}
    assert budgets["paravane"] == {"what": "paravane", "limit": 250, "value": paravane, "met": met}
    assert budgets["total"]["met"]


@pytest.mark.parametrize("refhv, met", [(1379, True), (1380, False)])
def test_budget_of_the_round_trip(refhv, met):
    part = exit_of(report_of({"pl011-write": [(refhv, 100, 4)]}), "pl011-write")
    budgets = {item["what"]: item for item in part["budgets"]}
    assert budgets["total"] == {"what": "total", "limit": 1479, "value": refhv + 100, "met": met}


def test_missed_budgets_are_counted_and_told():
    report = report_of({"pl011-read": [(5000, 300, 4)], "pl011-write": [(1, 1, 4)]}, (524_289, 163_841))
    assert report["budgets_missed"] == 4
    text = analysis.render(report, 3)
    assert "Paravane 250: MISSED, total 1,479: MISSED" in text
    assert "Paravane 250: met, total 1,479: met" in text
    assert "bytes 524,288: MISSED, plain 163,840: MISSED" in text
    assert text.endswith("budgets missed: 4\n")


@pytest.mark.parametrize("paravane, met", [(4000, True), (4001, False)])
def test_request_is_all_its_exits(paravane, met):
    report = report_of({"disk-read-4096": [(900, paravane, 3, 4), (100, 9_000, 1, 3)]})
    part = next(part for part in report["requests"] if part["name"] == "disk-read-4096")
    assert (part["count"], part["refhv"], part["paravane"]) == (4, 900, paravane)
    assert (part["total"], part["exits"]) == (900 + paravane, 4)
    assert [item["met"] for item in part["budgets"]] == [met]
    assert report["budgets_missed"] == (0 if met else 1)
    line = next(line for line in analysis.render(report, 0).splitlines() if "read, 4 KiB" in line)
    assert line.split()[4:8] == ["900", f"{paravane:,}", f"{900 + paravane:,}", "4"]


@pytest.mark.parametrize("longest, met", [(1_000_000, True), (1_000_001, False)])
def test_hold_is_the_longest_exit_while_evidence_is_made(longest, met):
    # Request and answer are many exits: it is not their sum.
    counts = whole({"evidence": [(9_000_000, 150_000, 3, 43)]}, longest)
    report = analysis.build_report(counts, 4, 4, locate, (1000, 900), MACHINE, {})
    part = report["evidence"]
    assert (part["count"], part["exits"], part["total"], part["longest"]) == (3, 43, 9_150_000, longest)
    assert part["budgets"] == [{"what": "longest", "limit": 1_000_000, "value": longest, "met": met}]
    assert report["budgets_missed"] == (0 if met else 1)
    line = next(line for line in analysis.render(report, 0).splitlines() if "evidence" in line)
    assert f"{longest:,} in the longest of the 43 exits" in line and ("MISSED" in line) != met


def test_no_budget_for_other_exits():
    report = report_of({"no-device": [(90_000, 90_000, 4)]})
    assert exit_of(report, "no-device")["budgets"] == []
    assert report["budgets_missed"] == 0


def test_exits_that_are_missing_are_no_result():
    with pytest.raises(analysis.CountsError, match="wfi: 3 exits, not 4"):
        report_of({"wfi": [(1, 1, 3)]})


@pytest.mark.parametrize(
    "text",
    ["", BOOT, "end\n", "guest 0x0\nend\n", BOOT + "sample boot 1 1 1 1\nend\n"],
    ids=["empty", "cut off", "nothing", "no boot", "two boots"],
)
def test_damaged_counts_are_refused(text):
    with pytest.raises(analysis.CountsError):
        analysis.read_counts(text)


def elf_of(symbols):
    """An ELF file with code at 0x100, zeroed data, and these symbols: (name, info, section, value, size)."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name, *_ in symbols)
    table = bytes(24)
    for name, info, section, value, size in symbols:
        at = names.index(b"\0" + name.encode() + b"\0") + 1
        table += struct.pack("<IBBHQQ", at, info, 0, section, value, size)
    body = names + table
    rows = [
        (0, 0, 0, 0, 0, 0),
        (1, 2 | 4, 0x100, 0, 0x300, 0),  # code
        (8, 2 | 1, 0x400, 0, 0x999, 0),  # zeroed: not in the file
        (1, 2 | 1, 0x1400, 0, 0x20, 0),  # data
        (1, 0, 0, 0, 0x777, 0),  # debug information: not loaded
        (3, 0, 0, 64, len(names), 0),
        (2, 0, 0, 64 + len(names), len(table), 5),
    ]
    head = b"\x7fELF\x02\x01".ljust(0x28, b"\0") + struct.pack("<Q10xHHH", 64 + len(body), 64, 7, 0)
    return head + body + b"".join(
        struct.pack("<IIQQQQIIQQ", 0, kind, flags, address, offset, size, link, 0, 0, 24)
        for kind, flags, address, offset, size, link in rows
    )


def test_symbols():
    file = elf.Elf(
        elf_of(
            [
                ("alpha", 0x12, 1, 0x100, 0x40),
                ("inside", 0x00, 1, 0x120, 0),
                ("vectors", 0x00, 1, 0x200, 0),
                ("$x", 0x00, 1, 0x208, 0),
                ("beta", 0x02, 1, 0x300, 0x10),
                ("number", 0x11, 3, 0x1400, 8),
            ]
        )
    )
    assert file.values["number"] == 0x1400
    assert [file.name_of(a) for a in (0x100, 0x124, 0x13C)] == ["alpha"] * 3
    assert [file.name_of(a) for a in (0x200, 0x20C, 0x2FC)] == ["vectors"] * 3
    assert file.name_of(0x300) == "beta"
    assert file.name_of(0xFC) == "?"
    assert file.loaded_bytes() == 0x320


def test_no_elf_file():
    with pytest.raises(ValueError):
        elf.Elf(b"\x7fELF\x01\x01" + bytes(100))


def test_qemu_without_plugins_is_explained():
    said = bench.explain("qemu: plugin interface not enabled in this build\n")
    assert said.startswith("this QEMU takes no TCG plugins")
    assert said.endswith("not enabled in this build")
    assert bench.explain("qemu: no such CPU\n") == "qemu: no such CPU"
