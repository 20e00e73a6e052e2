# SPDX-License-Identifier: BSD-3-Clause
"""`igvm sign` on files of the model: all headers stay, one is new, and the digest is as before.

What it signs is checked by openssl, against igvm.md 2.3.
"""

import json
import random
import shutil
import struct
import subprocess

import pytest

from igvm_format import NUMBERS, PAGE, VSM, Header, context, measure, parse, reseal, write, write_scattered
from igvm_random import good_headers
from igvm_recipe import Recipe
from igvm_rules import check
from igvm_tool import igvm

SIGNED = 60
BASE = 1 << 40
PC, X2 = 0x20022, 0x20002

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the keys")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two pairs on P-384: (private, public) each."""
    folder = tmp_path_factory.mktemp("keys")
    made = []
    for name in ("one", "two"):
        private, public = folder / f"{name}.pem", folder / f"{name}.pub"
        openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", private)
        openssl("ec", "-in", private, "-pubout", "-out", public)
        made.append((private, public))
    return made


def with_policy(seed):
    """Random headers with what `sign` asks for: Paravane's image in a region of its own, where VTL2 begins, and X2, the
    offset of a policy page (boot/igvm/igvm_policy.h).
    """
    kept = [header for header in good_headers(seed) if header.name not in ("RELOCATABLE_REGION", "VBS_MEASUREMENT")]
    contexts = [header for header in kept if header.name == "VP_CONTEXT" and header.data[4] == 2]
    mask = next(header.compatibility_mask for header in kept if header.name == "SUPPORTED_PLATFORM"
                and header.platform_type == VSM)
    contexts = [header for header in contexts if header.compatibility_mask == mask]
    if not contexts:
        contexts = [Header("VP_CONTEXT", compatibility_mask=mask)]
        kept += contexts
    contexts[0].data = context([(2, PC, BASE), (2, X2, PAGE)])
    policy = struct.pack("<8sIIII8x", b"PVPOLCY0", 1, 32, 2, seed).ljust(PAGE, b"\0")
    region = Header("RELOCATABLE_REGION", compatibility_mask=mask, vtl=2, flags=3, alignment=0x200000, base_gpa=BASE,
                    size=0x200000, minimum_gpa=0, maximum_gpa=BASE * 2)
    platforms = sum(header.name == "SUPPORTED_PLATFORM" for header in kept)
    return [*kept[:platforms], region, *kept[platforms:],
            Header("PAGE_DATA", b"\x2a" * PAGE, gpa=BASE, compatibility_mask=mask),
            Header("PAGE_DATA", policy, gpa=BASE + PAGE, compatibility_mask=mask)]


def meaning(headers):
    """All of them but where data lies. A page of zeros is not in a file that the tool writes (section 6)."""
    told = []
    for header in headers:
        if header.name == "VBS_MEASUREMENT":
            continue
        data = header.data if header.data and (header.name != "PAGE_DATA" or any(header.data)) else None
        told.append((header.name, {**header.fields, "file_offset": 0}, data))
    return told


@pytest.mark.parametrize("seed", range(SIGNED))
def test_all_else_stays(tmp_path, keys, seed):
    (private, public), (other_private, other) = keys
    headers = with_policy(seed)
    raw = write(headers) if seed % 2 else write_scattered(headers, random.Random(seed))
    assert check(raw) == []
    path, output = tmp_path / "file.igvm", tmp_path / "signed.igvm"
    path.write_bytes(raw)
    done = igvm("sign", path, "--key", private, "--output", output)
    assert done.returncode == 0, done
    signed_raw = output.read_bytes()
    assert check(signed_raw) == []
    signed = parse(signed_raw)
    assert meaning(signed) == meaning(headers)
    assert [header.name for header in signed].count("VBS_MEASUREMENT") == 1
    assert signed[-1].name == "VBS_MEASUREMENT"
    assert measure(signed) == measure(headers)
    assert (signed[-1].version, signed[-1].product_id, signed[-1].module_id, signed[-1].svn, signed[-1].policy_flags,
            signed[-1].digest_algo, signed[-1].signing_algo) == (1, 0x7466736D, 0x736276, seed, 0, 1, 1)
    assert signed[-1].digest == bytes.fromhex(measure(headers)).ljust(64, b"\0")
    assert write(signed) == signed_raw
    assert igvm("verify", output, "--public-key", public).returncode == 0
    assert igvm("verify", output, "--public-key", other).returncode == 1
    assert igvm("verify", output, "--digest", measure(headers)).returncode == 0
    # Signed again by another key: in the old one's place.
    assert igvm("sign", output, "--key", other_private, "--output", path).returncode == 0
    again = parse(path.read_bytes())
    assert meaning(again) == meaning(headers) and len(again) == len(signed)
    assert igvm("verify", path, "--public-key", public).returncode == 1
    assert igvm("verify", path, "--public-key", other).returncode == 0


def der_integer(number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes((2, len(content))) + content


def test_openssl_takes_the_signature(tmp_path, keys):
    """Section 2.3: what is signed, word by word. It does not say how a signature lies in its room: it is r and s, and
    the public key x and y, 48 bytes each, the highest byte first.
    """
    private, public = keys[0]
    path, output = tmp_path / "file.igvm", tmp_path / "signed.igvm"
    statement, signature = tmp_path / "statement", tmp_path / "signature"
    path.write_bytes(write(with_policy(9)))
    done = igvm("sign", path, "--key", private, "--output", output, "--product", "0x1234", "--module", "77")
    assert done.returncode == 0, done
    signed = parse(output.read_bytes())[-1]
    digest = bytes.fromhex(measure(with_policy(9)))
    statement.write_bytes(struct.pack("<7I", 1, 0x1234, 77, 9, 0, 1, 1) + digest)
    numbers = b"".join(der_integer(int.from_bytes(signed.signature[at:at + 48], "big")) for at in (0, 48))
    signature.write_bytes(bytes((0x30, len(numbers))) + numbers)
    assert b"OK" in openssl("dgst", "-sha384", "-verify", public, "-signature", signature, statement)
    assert not any(signed.signature[96:] + signed.public_key[96:])
    point = openssl("ec", "-in", private, "-pubout", "-outform", "der")[-96:]
    assert signed.public_key[:96] == point


def test_unsigned_file_has_no_signature(tmp_path, keys):
    path = tmp_path / "file.igvm"
    path.write_bytes(write(with_policy(1)))
    assert igvm("verify", path, "--public-key", keys[0][1]).returncode == 1


def test_flipped_bits_of_the_measurement(tmp_path, keys):
    """No byte of the header but the padding of its members is without a meaning, and that is zeros."""
    path, output = tmp_path / "file.igvm", tmp_path / "signed.igvm"
    path.write_bytes(write(with_policy(2)))
    assert igvm("sign", path, "--key", keys[0][0], "--output", output).returncode == 0
    signed = output.read_bytes()
    at = signed.index(struct.pack("<II", NUMBERS["VBS_MEASUREMENT"], 864)) + 8
    body = signed[at:at + 864]
    used = [i for i in range(4, 864) if body[i] or i < 96]
    for i in used[::3]:
        spoiled = bytearray(signed)
        spoiled[at + i] ^= 0x10
        path.write_bytes(reseal(bytes(spoiled)))
        assert igvm("verify", path, "--public-key", keys[0][1]).returncode == 1, i


def test_a_measured_bit_flipped(tmp_path, keys):
    """The digest in the signature is not the file's any more."""
    headers = with_policy(5)
    path, output = tmp_path / "file.igvm", tmp_path / "signed.igvm"
    path.write_bytes(write(headers))
    assert igvm("sign", path, "--key", keys[0][0], "--output", output).returncode == 0
    signed = parse(output.read_bytes())
    measured = [header for header in signed if header.name == "PAGE_DATA" and not header.flags and header.data]
    assert measured and measure(signed) == measure(headers)
    before = measure(signed)
    measured[0].data = bytes(PAGE - 1) + bytes((measured[0].data[-1] ^ 1,))
    assert measure(signed) != before
    path.write_bytes(write(signed))
    assert igvm("verify", path, "--public-key", keys[0][1]).returncode == 1


def test_block_that_denies_its_policy(tmp_path, keys):
    """Who sends a file may put any block into it: the digest stays, and the policy page's word counts."""
    recipe = Recipe(3, tmp_path / "recipe")
    recipe.put("firmware.bin", b"firmware")
    recipe.path.write_text(json.dumps({"version": 1, "image": "image.elf", "svn": 3, "policy": {"debug": True},
                                       "guest": {"firmware": "firmware.bin"}}), encoding="utf-8")
    path, output = tmp_path / "a-debug.igvm", tmp_path / "b-debug.igvm"
    assert igvm("build", "--manifest", recipe.path, "--output", path).returncode == 0
    assert igvm("sign", path, "--key", keys[0][0], "--output", output).returncode == 0
    digest = measure(parse(output.read_bytes()))
    for changes in ({}, {"policy_flags": 0}, {"svn": 4}):
        headers = parse(output.read_bytes())
        headers[-1].fields.update(changes)
        path.write_bytes(write(headers))
        told = json.loads(igvm("measure", path).stdout)
        assert told["series"][0]["reference"]["vbs_boot_digest"] == digest.upper()
        assert told["series"][0]["endorsement"]["build_info"]["debug_build"] is True, changes
        done = igvm("measure", "--rem", path)
        if not changes:
            assert (json.loads(done.stdout)["debug"], json.loads(done.stdout)["svn"]) == (True, 3)
        else:
            assert (done.returncode, done.stdout) == (1, "") and "another security version or debugging" in done.stderr
