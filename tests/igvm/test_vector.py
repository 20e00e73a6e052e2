# SPDX-License-Identifier: BSD-3-Clause
"""Section 7.1: the published file "mini", byte for byte; and what is known of the model without the tool."""

import hashlib
import struct

from igvm_format import (
    BODIES, FIXED, LENGTHS, NAMES, PAGE, UNMEASURED, VSM, Header, context, measure, page_record, parse, records,
    reseal, variable_headers, write,
)
from igvm_random import good_file
from igvm_rules import check
from igvm_tool import igvm

MINI_FIXED = "4947564d 02000000 20000000 58000000 9c100000 9f83cf07 01000000 00100000"
MINI_VARIABLE = (
    "01000000 10000000 01000000 02010100 00000000 00000000"
    "02030000 18000000 00000000 00000000 01000000 78000000 00000000 00000000"
    "04030000 14000000 00000000 00000000 01000000 78100000 00000000 00000000")
MINI_AFTER_PAGE = "2417bb2cde33efe2574fb106e7d4aabf0f099d188b9d6ff9fb72f726919b6947"
MINI_DIGEST = "57cb2c3f7d0a84b1a85d77dad65189f661f566d4319ec332fd36587e1b390a75"
MINI_SHA256 = "512c898c11a8489db7e8820bea4d549636f92598efb1380a736d958b1b7ead67"


def mini_headers():
    return [
        Header("SUPPORTED_PLATFORM", compatibility_mask=1, highest_vtl=2, platform_type=VSM, platform_version=1),
        Header("PAGE_DATA", b"A" + bytes(PAGE - 1), gpa=0, compatibility_mask=1),
        Header("VP_CONTEXT", context([(2, 0x20022, 0x1000)]), compatibility_mask=1),
    ]


def test_mini_byte_for_byte():
    raw = write(mini_headers())
    assert len(raw) == 4252
    assert raw[:32] == bytes.fromhex(MINI_FIXED)
    assert raw[32:0x78] == bytes.fromhex(MINI_VARIABLE)
    assert struct.unpack_from("<I", raw, 20) == (0x07CF839F,)
    assert hashlib.sha256(raw).hexdigest() == MINI_SHA256


def test_mini_digest():
    headers = parse(write(mini_headers()))
    assert measure(headers) == MINI_DIGEST
    first, second = records(headers, 1)
    assert (len(first), len(second)) == (0x1020, 48)
    after_page = hashlib.sha256(bytes(32) + first).digest()
    assert after_page.hex() == MINI_AFTER_PAGE
    assert hashlib.sha256(after_page + second).hexdigest() == MINI_DIGEST


def test_mini_by_the_tool(tmp_path):
    path = tmp_path / "mini.igvm"
    path.write_bytes(write(mini_headers()))
    done = igvm("measure", "--short", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, MINI_DIGEST + "\n", "")
    done = igvm("measure", path)
    # Section 5.2: upper case, and one of the three members of `reference`.
    assert f'"vbs_boot_digest":"{MINI_DIGEST.upper()}"' in done.stdout.replace(" ", "")
    assert '"class_id":"7fb00ee4-a7ff-11ed-9e2f-00155d09de56"' in done.stdout.replace(" ", "")
    assert done.stdout.count("\n") == 1


def test_model_has_the_lengths_of_section_2():
    assert {number: body.size for number, body in BODIES.items()} == LENGTHS
    assert len(NAMES) == len(LENGTHS)


def test_model_round_trip():
    for seed in range(150):
        raw, headers, canonical = good_file(seed)
        assert check(raw) == [], seed
        again = parse(raw)
        assert measure(again) == measure(headers)
        assert [repr(header) for header in again] == [repr(header) for header in headers]
        if canonical:
            assert write(again) == raw


def test_model_makes_all_types():
    """All but SNP_ID_BLOCK, which is of x64."""
    made = {header.name for seed in range(400) for header in good_file(seed)[1]}
    assert made == set(NAMES.values()) - {"SNP_ID_BLOCK"}


def test_model_repeats_itself():
    """The seed that a failure tells makes the file again."""
    for seed in range(20):
        assert good_file(seed)[0] == good_file(seed)[0]
    assert good_file(1)[0] != good_file(2)[0]


def test_digest_sees_what_section_7_says():
    """A page's place, content and flag; not its place in the file."""
    page = Header("PAGE_DATA", bytes(PAGE), gpa=0x5000, compatibility_mask=1)
    without = measure(mini_headers())
    zeros = measure([*mini_headers(), page])
    page.data = None
    assert measure([*mini_headers(), page]) == zeros != without
    page.fields["flags"] = UNMEASURED
    unmeasured = measure([*mini_headers(), page])
    page.data = b"Z" * PAGE
    assert measure([*mini_headers(), page]) == unmeasured != zeros
    page.fields["gpa"] = 0x6000
    assert measure([*mini_headers(), page]) != unmeasured
    assert page_record(0x5000, 4, bytes(PAGE))[24:32] == struct.pack("<Q", 5)


def test_reseal_mends_the_crc_only():
    raw = write(mini_headers())
    broken = raw[:20] + bytes(4) + raw[24:]
    assert check(broken) == ["checksum"]
    assert reseal(broken) == raw
    assert len(variable_headers(mini_headers())) == FIXED.unpack_from(raw)[3]
