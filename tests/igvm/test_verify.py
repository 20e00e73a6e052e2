# SPDX-License-Identifier: BSD-3-Clause
"""`igvm verify`: no page can be changed unseen. Every page of a built file has one bit flipped, in turn."""

import json
import random

import pytest

from igvm_craft import page
from igvm_format import FIXED, PAGE, SHARED, UNMEASURED, frames, measure, parse, reseal, write
from igvm_recipe import Recipe, elf, kernel
from igvm_tool import igvm

ZERO_DIGEST = "0" * 64


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """(manifest, path of the file, its bytes): an image without and with zero pages, a Linux guest."""
    recipe = Recipe(0, tmp_path_factory.mktemp("verify") / "recipe")
    rng = random.Random("verify")
    recipe.put("image.elf", elf(rng, 8, PAGE))
    recipe.put("Image", kernel(rng, 4))
    recipe.put("initrd", rng.randbytes(3 * PAGE))
    recipe.path.write_text(json.dumps({
        "version": 1, "image": "image.elf", "svn": 7,
        "guest": {"kernel": "Image", "initrd": "initrd", "command_line": "quiet"}}), encoding="utf-8")
    path = recipe.folder / "good.igvm"
    assert igvm("build", "--manifest", recipe.path, "--output", path).returncode == 0
    return recipe.path, path, path.read_bytes()


def outcome(path, *arguments):
    """Exit status; 1 comes with words."""
    done = igvm("verify", path, *arguments)
    assert done.returncode in (0, 1), done
    assert done.returncode == 0 or done.stderr, done
    return done.returncode


def changed(file, raw):
    path = file[1].with_name("changed.igvm")
    path.write_bytes(raw)
    return path


def test_the_file_itself(file):
    manifest, path, raw = file
    digest = measure(parse(raw))
    assert outcome(path, "--manifest", manifest) == 0
    assert outcome(path, "--digest", digest) == 0
    assert outcome(path, "--digest", digest.upper()) == 0
    assert outcome(path, "--manifest", manifest, "--digest", digest) == 0
    assert outcome(path, "--digest", ZERO_DIGEST) == 1
    # One right and one wrong is wrong.
    assert outcome(path, "--manifest", manifest, "--digest", ZERO_DIGEST) == 1


def test_mistakes(file):
    _, path, _ = file
    for arguments in ((path,), (), (path, "--digest", "12"), (path, "--digest", "x" * 64), (path, "--digest")):
        done = igvm("verify", *arguments)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr, done


def test_every_page_flipped(file):
    manifest, _, raw = file
    digest = measure(parse(raw))
    rng = random.Random("flip")
    seen = {0: 0, SHARED: 0, UNMEASURED: 0}
    offsets = set()
    for header in parse(raw):
        if header.name != "PAGE_DATA" or header.data is None or header.file_offset in offsets:
            continue
        offsets.add(header.file_offset)
        spoiled = bytearray(raw)
        spoiled[header.file_offset + rng.randrange(PAGE)] ^= 1 << rng.randrange(8)
        path = changed(file, spoiled)
        assert outcome(path, "--manifest", manifest) == 1, header
        assert outcome(path, "--digest", digest) == (0 if header.flags else 1), header
        assert outcome(path, "--manifest", manifest, "--digest", digest) == 1, header
        seen[header.flags] += 1
    assert seen[0] >= 4 and seen[SHARED] >= 4 and seen[UNMEASURED] == 1, seen


def test_every_zero_page_filled(file):
    """Pages that have no bytes in the file get some."""
    manifest, _, raw = file
    digest = measure(parse(raw))
    zeros = [i for i, header in enumerate(parse(raw)) if header.name == "PAGE_DATA" and header.data is None]
    assert zeros
    for i in zeros:
        headers = parse(raw)
        headers[i].data = bytes(PAGE - 1) + b"\x01"
        path = changed(file, write(headers))
        assert outcome(path, "--manifest", manifest) == 1
        assert outcome(path, "--digest", digest) == 1


def test_every_header_gone(file):
    """Each header left out, where a file without it is good at all."""
    manifest, _, raw = file
    digest = measure(parse(raw))
    for i, gone in enumerate(parse(raw)):
        headers = parse(raw)
        del headers[i]
        path = changed(file, write(headers))
        assert outcome(path, "--manifest", manifest) == 1, gone
        measured = gone.name in ("PARAMETER_INSERT", "VP_CONTEXT") or (
            gone.name == "PAGE_DATA" and not gone.flags & SHARED)
        if measured:
            assert outcome(path, "--digest", digest) == 1, gone


def test_a_page_more(file):
    manifest, _, raw = file
    headers = [*parse(raw), page(0x60000000, b"more")]
    path = changed(file, write(headers))
    assert outcome(path, "--manifest", manifest) == 1
    assert outcome(path, "--digest", measure(parse(raw))) == 1
    assert outcome(path, "--digest", measure(headers)) == 0


def test_every_bit_of_the_registers(file):
    """What VTL2 starts with: all of it is measured."""
    _, _, raw = file
    digest = measure(parse(raw))
    (context,) = (header for header in parse(raw) if header.name == "VP_CONTEXT")
    rng = random.Random("registers")
    for at in range(len(context.data)):
        spoiled = bytearray(raw)
        spoiled[context.file_offset + at] ^= 1 << rng.randrange(8)
        assert outcome(changed(file, spoiled), "--digest", digest) == 1, at


def test_header_bytes_flipped(file):
    """A bit of every fourth byte of the headers, CRC mended: never byte for byte what the manifest makes."""
    manifest, _, raw = file
    rng = random.Random("headers")
    end = FIXED.size + FIXED.unpack_from(raw)[3]
    assert sum(8 + len(body) + len(padding) for _, body, padding in frames(raw)) == end - FIXED.size
    for at in range(FIXED.size, end, 4):
        spoiled = bytearray(raw)
        spoiled[at + rng.randrange(4)] ^= 1 << rng.randrange(8)
        assert outcome(changed(file, reseal(bytes(spoiled))), "--manifest", manifest) == 1, at
