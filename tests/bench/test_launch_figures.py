# SPDX-License-Identifier: BSD-3-Clause
"""The start's parts and its network, on figures that are known without a machine."""

import struct

import pytest

import analysis
import elf
import launch
from test_analysis import BOOT

CARD = bytes.fromhex("565400123456")
USER_NETWORK = bytes.fromhex("52550a000202")
RELEASED = "paravane: attestation: the key was released (512 ms, 1 attempts, 3 exchanges)\n"


def dump(*sources):
    """pcap's form: a head of 24 bytes, and 16 before each frame (draft-ietf-opsawg-pcap, 4 and 5)."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1)
    for number, source in enumerate(sources):
        frame = bytes(6) + source + bytes(48 + number)
        content += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    return content


def counts_of(parts):
    return analysis.read_counts(BOOT + "".join(f"part {name} {2 * n} {n}\n" for name, n in parts.items()) + "end\n")


def all_parts(**known):
    return {part.name: known.get(part.name, 1000) for part in (*launch.PARTS, launch.REST)}


def test_a_round_trip_is_an_answer_behind_a_question():
    ours, theirs = CARD, USER_NETWORK
    found = launch.frames(dump(ours, theirs, ours, ours, theirs, theirs, theirs, ours))
    assert found == {"out": 4, "in": 4, "round_trips": 2}
    # What nobody has asked for is none.
    assert launch.frames(dump(theirs, theirs)) == {"out": 0, "in": 2, "round_trips": 0}


def test_other_records_are_refused():
    with pytest.raises(launch.LaunchError):
        launch.frames(bytes(24))


def test_parts_and_their_sum():
    report = launch.report_of(counts_of(all_parts(tls=40_000_400)), RELEASED, dump(CARD, USER_NETWORK))
    assert report["exchanges"] == 3 and len(report["parts"]) == len(launch.PARTS) + 1
    text = list(launch.lines(report, 40))
    assert next(line for line in text if line.startswith("TLS")).split() == ["TLS", "80,001", "40,000"]
    rest = 1000 * len(launch.PARTS)
    total = f"{(40_000_400 + rest) / 1000:,.0f}"
    assert next(line for line in text if line.startswith("in all")).split()[-1] == total
    assert text[-1] == "3 exchanges with the broker; 1 frames out and 1 in, 1 round trips"


def test_without_a_key_there_are_no_figures():
    with pytest.raises(launch.LaunchError, match="refused: attest"):
        launch.report_of(counts_of(all_parts()), "cannot start: attestation: refused: attest\n", dump())


class Image:
    """A call of each function but one, 16 bytes behind the last."""

    def __init__(self, without):
        names = [name for part in launch.PARTS for name in part.functions if name != without]
        self.at = {name: [16 * index] for index, name in enumerate(names)}

    def calls(self, name):
        return self.at.get(name, [])


def test_plugin_is_told_who_calls_a_part():
    words = launch.plugin_words(Image(None), 0x41000000)
    assert words[:4] == ["part=measuring", "call=0x41000000", "call=0x41000010", "part=network"]
    with pytest.raises(launch.LaunchError, match="kbs_release"):
        launch.plugin_words(Image("kbs_release"), 0)


def test_calls_are_bl_to_the_function():
    # Arm ARM, C6.2: BL 0x94000000, B 0x14000000, with the distance in words in bits 25 to 0.
    words = (0x94000002, 0x14000001, 0xD503201F, 0x97FFFFFF, 0x94000001)
    code = struct.pack("<5I", *words)
    names = b"\0callee\0"
    symbol = bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0x1008, 8)
    body = names + symbol + code
    at = 64 + len(names) + len(symbol)
    rows = [(0, 0, 0, 0, 0, 0), (1, 2 | 4, 0x1000, at, len(code), 0), (3, 0, 0, 64, len(names), 0),
            (2, 0, 0, 64 + len(names), len(symbol), 2)]  # fmt: skip
    head = b"\x7fELF\x02\x01".ljust(0x28, b"\0") + struct.pack("<Q10xHHH", 64 + len(body), 64, 4, 0)
    file = elf.Elf(head + body + b"".join(
        struct.pack("<IIQQQQIIQQ", 0, kind, flags, address, offset, size, link, 0, 0, 24)
        for kind, flags, address, offset, size, link in rows))  # fmt: skip
    # To 0x1008: the first word, eight bytes before it; and the fourth, a word behind it. Not the branch there.
    assert file.calls("callee") == [0x1000, 0x100C]
