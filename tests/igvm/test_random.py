# SPDX-License-Identifier: BSD-3-Clause
"""Thousands of files of the Python writer, read and measured by the tool: same digest, same headers."""

import hashlib
import json

from igvm_format import (
    CCA, MEMBERS, NUMBERS, REGISTERS, context_registers, measure, platform_bits, write,
)
from igvm_random import Maker, good_file
from igvm_tool import igvm, verdicts

FILES = 4000
LARGE = 12  # with hundreds of pages
DUMPED = 300


def compare_digests(folder, seeds, most_pages):
    expected = {}

    def files():
        for seed in seeds:
            raw, headers, _ = good_file(seed, most_pages)
            expected[str(seed)] = measure(headers)
            yield str(seed), raw

    for seed, raw, digest, why in verdicts(folder, files()):
        if digest != expected[seed]:
            kept = folder / f"kept-{seed}.igvm"
            kept.write_bytes(raw)
            assert why is None, f"seed {seed} refused: {why}: {kept}"
            assert digest == expected[seed], f"seed {seed}: {kept}"
    return len(expected)


def test_digests_are_equal(tmp_path):
    assert compare_digests(tmp_path, range(FILES), 12) == FILES


def test_digests_of_large_files_are_equal(tmp_path):
    assert compare_digests(tmp_path, range(LARGE), 700) == LARGE


def number(value):
    """Of the dump: 64-bit members are text."""
    return int(value, 0) if isinstance(value, str) else value


def expected_registers(header, cca_mask):
    if header.compatibility_mask & cca_mask:
        return None
    names = {register: name for name, register in REGISTERS.items()}
    return [(vtl, names[register], value) for vtl, register, value in context_registers(header.data)]


def compare_header(header, told, cca_mask):
    assert told["type"] == header.name
    for member, code in MEMBERS[NUMBERS[header.name]]:
        value = getattr(header, member)
        if header.name == "VBS_MEASUREMENT" and code[-1] == "s":
            # Zeros behind a digest that is shorter than its room need not be told.
            assert told[member] and bytes.fromhex(told[member]).ljust(len(value), b"\0") == value, member
        elif code[-1] == "s":
            assert number(told[member]) == int.from_bytes(value, "little"), member
        else:
            assert number(told[member]) == value, (header, member)
    if header.name == "PAGE_DATA":
        expected = hashlib.sha256(header.data).hexdigest() if header.data is not None else None
        assert told.get("sha256") == expected
    if header.name == "VP_CONTEXT":
        expected = expected_registers(header, cca_mask)
        if expected is not None:
            found = [(each["vtl"], each["name"], number(each["value"])) for each in told["registers"]]
            assert found == expected


def compare_dump(path, raw, headers):
    done = igvm("dump", "--json", path)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["file"]["bytes"] == len(raw)
    assert told["file"]["sha256"] == hashlib.sha256(raw).hexdigest()
    assert number(told["file"]["crc32"]) == int.from_bytes(raw[20:24], "little")
    assert told["digest"] == measure(headers)
    told_headers = told["platforms"] + told["headers"]
    assert [each["type"] for each in told_headers] == [header.name for header in headers]
    cca_mask = platform_bits(headers, CCA)
    for header, each in zip(headers, told_headers):
        compare_header(header, each, cca_mask)


def test_dump_tells_the_same_headers(tmp_path):
    shown = set()
    path = tmp_path / "file.igvm"
    for seed in range(DUMPED):
        raw, headers, _ = good_file(seed)
        path.write_bytes(raw)
        compare_dump(path, raw, headers)
        shown |= {header.name for header in headers}
    assert len(shown) > 20  # nearly every type


def test_human_dump_has_the_digest_and_every_type(tmp_path):
    path = tmp_path / "file.igvm"
    for seed in range(20):
        raw, headers, _ = good_file(seed)
        path.write_bytes(raw)
        done = igvm("dump", path)
        assert (done.returncode, done.stderr) == (0, "")
        assert measure(headers) in done.stdout
        for header in headers:
            assert header.name in done.stdout, (seed, header)


def test_one_bad_file_is_told_and_the_others_are_measured(tmp_path):
    good = tmp_path / "good.igvm"
    bad = tmp_path / "bad.igvm"
    headers = Maker(1).headers()
    good.write_bytes(write(headers))
    bad.write_bytes(write(headers)[:-1])
    done = igvm("measure", "--short", good, bad, good)
    assert done.returncode == 1
    assert done.stdout == (measure(headers) + "\n") * 2
    assert str(bad) in done.stderr and done.stderr.count("\n") == 1


def test_nothing_is_no_file(tmp_path):
    for path in (tmp_path / "empty.igvm", tmp_path / "missing.igvm", tmp_path):
        if path.name == "empty.igvm":
            path.write_bytes(b"")
        done = igvm("measure", "--short", path)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert str(path) in done.stderr
