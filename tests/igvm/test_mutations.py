# SPDX-License-Identifier: BSD-3-Clause
"""Good files with a few bits or headers changed, CRC mended. What the model refuses, the tool has to refuse; what the
tool takes, both have to measure alike. Section 3: stricter or equal.
"""

import collections
import random
import struct

from igvm_format import FIXED, LENGTHS, frame, measure, parse, reseal, seal
from igvm_random import good_file
from igvm_rules import check
from igvm_tool import verdicts

BITS = 5000
MEMBERS = 3000
HEADERS = 3000
SEEDS = 500  # good files to begin with
MOST_PAGES = 4
INTERESTING = (0, 1, 2, 3, 4, 8, 0x80, 0xFF, 0xFFF, 0x1000, 0x1001, 0x200000, 0x7FFFFFFF, 0x80000000, 0xFFFFF000,
               0xFFFFFFFF)


def flip_bits(raw, rng):
    """Mostly in the headers, sometimes in data: contexts are there."""
    raw = bytearray(raw)
    headers = FIXED.size + FIXED.unpack_from(raw)[3]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(headers if rng.random() < 0.9 else len(raw))
        raw[at] ^= 1 << rng.randrange(8)
    return reseal(bytes(raw))


def change_member(raw, rng):
    """A word of a body becomes a neighbour of what it was, or a number that is often a limit."""
    raw = bytearray(raw)
    at = FIXED.size + rng.randrange(FIXED.unpack_from(raw)[3] // 4) * 4
    (word,) = struct.unpack_from("<I", raw, at)
    new = rng.choice((*INTERESTING, word + 1, word - 1, word + 0x1000, word - 0x1000, word << 1, word >> 1, len(raw)))
    struct.pack_into("<I", raw, at, new & 0xFFFFFFFF)
    return reseal(bytes(raw))


def split(raw):
    """(frames, data)"""
    frames = []
    at = FIXED.size
    end = at + FIXED.unpack_from(raw)[3]
    while at < end:
        (count,) = struct.unpack_from("<I", raw, at + 4)
        count = 8 + count + -count % 8
        frames.append(raw[at:at + count])
        at += count
    return frames, raw[end:]


def change_headers(raw, rng):
    """One header gone, twice, elsewhere, or new. Offsets are left as they are: data begins elsewhere, so most of them
    point to other data than before, which is no mistake as long as it is inside."""
    frames, blobs = split(raw)
    at = rng.randrange(len(frames))
    kind = rng.randrange(4)
    if kind == 0:
        del frames[at]
    elif kind == 1:
        frames.insert(rng.randrange(len(frames) + 1), frames[at])
    elif kind == 2:
        frames.insert(rng.randrange(len(frames)), frames.pop(at))
    else:
        number = rng.choice(sorted(LENGTHS))
        body = bytearray(LENGTHS[number])
        body[rng.randrange(len(body))] = rng.choice((1, 2, 16))
        frames.insert(at, frame(number, bytes(body)))
    return seal(b"".join(frames), blobs)


def compare(folder, name, mutate, count):
    tally = collections.Counter()
    wrong = []

    def files():
        for number in range(count):
            rng = random.Random(f"{name} {number}")
            yield f"{name}-{number}", mutate(good_file(number % SEEDS, MOST_PAGES)[0], rng)

    for case, raw, digest, why in verdicts(folder, files()):
        problems = check(raw)
        tally["bad" if problems else "taken" if digest else "stricter"] += 1
        if digest and (problems or digest != measure(parse(raw))):
            kept = folder / f"kept-{case}.igvm"
            kept.write_bytes(raw)
            wrong.append(f"{kept}: " + (f"the tool takes it: {problems}" if problems else "another digest"))
    assert not wrong, "\n".join(wrong)
    # Or the test says nothing: enough of both kinds, and few that only the tool refuses.
    assert sum(tally.values()) == count
    assert tally["bad"] > count // 4, tally
    assert tally["taken"] > count // 50, tally
    assert tally["stricter"] < count // 4, tally


def test_flipped_bits(tmp_path):
    compare(tmp_path, "bits", flip_bits, BITS)


def test_changed_members(tmp_path):
    compare(tmp_path, "members", change_member, MEMBERS)


def test_changed_headers(tmp_path):
    compare(tmp_path, "headers", change_headers, HEADERS)


def truncated(raw):
    """The file cut at every length of its headers and a little more: as it is; with a right total; with the
    variable headers said to end there too.
    """
    end = FIXED.size + FIXED.unpack_from(raw)[3]
    for count in range(1, end + 40):
        cut = raw[:count]
        yield f"cut-{count}", cut
        if count < FIXED.size:
            continue
        cut = cut[:16] + struct.pack("<I", count) + cut[20:]
        yield f"total-{count}", reseal(cut)
        size = count - FIXED.size
        yield f"headers-{count}", reseal(cut[:12] + struct.pack("<I", size) + cut[16:])
        # And so that a byte of data is there.
        cut = cut[:12] + struct.pack("<II", size, count + 1) + cut[20:] + b"x"
        yield f"data-{count}", reseal(cut)


def test_truncated(tmp_path):
    for seed in (2, 7):
        raw, _, _ = good_file(seed, MOST_PAGES)
        for case, cut, digest, _ in verdicts(tmp_path, truncated(raw)):
            assert (digest is None) or not check(cut) and digest == measure(parse(cut)), (seed, case)


def test_sizes_that_wrap(tmp_path):
    """Offset and size of the headers, each alone right, together beyond 32 bits."""
    raw, _, _ = good_file(2, MOST_PAGES)
    words = list(FIXED.unpack_from(raw))

    def files():
        for offset in (0, 8, 32, 0x7FFFFFFF, 0xFFFFFFE0, 0xFFFFFFFF):
            for size in (0, 1, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFE0, 0xFFFFFFF8, 0xFFFFFFFF):
                words[2:4] = offset, size
                yield f"{offset:x}-{size:x}", reseal(FIXED.pack(*words) + raw[FIXED.size:])

    for case, _, digest, _ in verdicts(tmp_path, files()):
        assert digest is None, case
