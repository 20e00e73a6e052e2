# SPDX-License-Identifier: BSD-3-Clause
"""The verifier: good tokens of each shape, and tokens that are wrong in one place, each with its reason."""

import hashlib
import json
import re

import cbor2
import pytest

import cca
import forge
from conftest import HERE

DATA = hashlib.sha384(b"report data").digest()


@pytest.fixture
def check(tmp_path, machine):
    forge.write_anchors(tmp_path / "anchors.json", machine)

    def verify(token=None, **reference):
        forge.write_reference(tmp_path / "reference.json", **reference)
        token = machine.token(DATA + bytes(16)) if token is None else token
        anchors, values = cca.Anchors(tmp_path / "anchors.json"), cca.Reference(tmp_path / "reference.json")
        return cca.verify(token, anchors, values, DATA)

    return verify


def refused(check, reason, token=None, **reference):
    with pytest.raises(cca.Refused, match=reason):
        check(token, **reference)


def test_both_shapes(check, machine):
    assert check()[44238] == forge.RIM
    machine.tag = 399
    assert check()[44238] == forge.RIM
    machine.legacy()
    assert check()[44238] == forge.RIM


def test_null_is_not_compared(check, machine):
    machine.realm[44239][2] = bytes(32)
    machine.realm[44235] = bytes(64)
    check(rpv=None, rem=[forge.REMS[0].hex(), forge.REMS[1].hex(), None, forge.REMS[3].hex()])


@pytest.mark.parametrize("debug", [True, None, 0, "false"])
def test_debug_image(check, debug):
    refused(check, "its host can debug", debug=debug)


@pytest.mark.parametrize("lifecycle", [0x3000, 0x3003, 0x30FF])
def test_secured(check, machine, lifecycle):
    machine.platform[2395] = lifecycle
    check()


@pytest.mark.parametrize("lifecycle", [0, 0x1000, 0x2FFF, 0x3100, 0x4000, 0x5000, 0x6000, 0x13000, "0", None])
def test_not_secured(check, machine, lifecycle):
    machine.platform[2395] = lifecycle
    refused(check, "lifecycle")


@pytest.mark.parametrize("claim, value, reason", [
    (265, "tag:arm.com,2024:cca_platform#2.0.0", "profile"),
    (265, None, "profile"),
    (256, b"\1" + bytes(32), "not one of the trusted"),
    (256, b"\1" * 32, "instance id"),
    (2396, bytes(32), "not one of the trusted"),
    (2396, None, "implementation id"),
    (2402, "md5", "hash algorithm"),
    (2399, None, "software"),
    (10, bytes(32), "not bound"),
    (10, b"", "not bound"),
])  # fmt: skip
def test_platform_claims(check, machine, claim, value, reason):
    machine.platform[claim] = value
    refused(check, reason)


@pytest.mark.parametrize("claim, value, reason", [
    (265, "tag:arm.com,2024:realm#2.0.0", "profile"),
    (265, 7, "profile"),
    (10, DATA + b"\1" + bytes(15), "not for this session"),
    (10, bytes(64), "not for this session"),
    (10, DATA, "challenge"),
    (44235, bytes(64), "RPV"),
    (44235, bytes(63), "RPV"),
    (44236, "sha-512", "RIM"),
    (44236, "md5", "hash algorithm"),
    (44236, ["sha-256"], "hash algorithm"),
    (44237, None, "key is missing"),
    (44237, b"", "key is no CBOR"),
    (44237, cbor2.dumps({1: 2, -1: 1, -2: bytes(48), -3: bytes(48)}), "no COSE_Key"),
    (44237, cbor2.dumps({1: 2, 3: -7, -1: 2, -2: bytes(48), -3: bytes(48)}), "another algorithm"),
    (44237, cbor2.dumps({1: 2, -1: 2, -2: bytes(48), -3: bytes(48)}), "not on P-384"),
    (44237, cbor2.dumps({1: 2, -1: 2, -2: bytes(47), -3: bytes(48)}), "key's x"),
    (44238, bytes(32), "RIM"),
    (44238, bytes(31), "RIM"),
    (44239, forge.REMS[:3], "four REMs"),
    (44239, [*forge.REMS[:3], bytes(31)], "REM is of a wrong length"),
    (44240, "sha-1", "hash of the realm's key"),
    (44240, "sha-384", "not bound"),
])  # fmt: skip
def test_realm_claims(check, machine, claim, value, reason):
    machine.realm[claim] = value
    refused(check, reason)


@pytest.mark.parametrize("index, what", enumerate(["policy", "kernel, initrd", "command line", "device tree"]))
def test_each_register(check, machine, index, what):
    machine.realm[44239][index] = bytes(32)
    refused(check, rf"REM {index + 1} [(]{what}[)] is not")


def test_register_without_an_event(check, machine):
    machine.realm[44239][3] = bytes(32)
    refused(check, "REM 4 is not", events=forge.EVENTS[:4])


def test_rak_hash_of_each_kind(check, machine):
    for name, digest in (("sha-384", hashlib.sha384), ("sha-512", hashlib.sha512)):
        machine.realm[44240] = name
        machine.platform[10] = digest(machine.realm[44237]).digest()
        check()


def test_signed_by_another(check, machine):
    own, machine.signing_platform_key = machine.signing_platform_key, forge.new_key()
    refused(check, "platform token's signature")
    machine.signing_platform_key, machine.signing_realm_key = own, forge.new_key()
    refused(check, "realm token's signature")


def test_parts_of_two_machines(check, machine):
    other = forge.Machine()
    challenge = DATA + bytes(16)
    mine, theirs = (cbor2.loads(each.token(challenge)).value for each in (machine, other))
    refused(check, "not bound", machine.wrap(mine[44234][1], theirs[44241][1]))
    refused(check, "platform token's signature", machine.wrap(theirs[44234][1], mine[44241][1]))


def test_algorithm_is_es384_and_protected(check, machine):
    good = cbor2.loads(machine.token(DATA + bytes(16))).value
    platform, realm = good[44234][1], good[44241][1]
    for protected in (cbor2.dumps({1: -7}), cbor2.dumps({}), b""):
        payload = cbor2.loads(platform).value[2]
        refused(check, "header|algorithm", machine.wrap(forge.sign(payload, machine.platform_key, protected), realm))
    unprotected = cbor2.loads(realm)
    unprotected.value[0], unprotected.value[1] = cbor2.dumps({}), {1: -35}
    refused(check, "algorithm", machine.wrap(platform, cbor2.dumps(unprotected)))


def test_every_bit_of_a_byte_here_and_there(check, machine):
    token = machine.token(DATA + bytes(16))
    for at in range(0, len(token), 7):
        changed = bytearray(token)
        changed[at] ^= 1 << at % 8
        refused(check, "", bytes(changed))


def test_cut_and_longer(check, machine):
    token = machine.token(DATA + bytes(16))
    for end in (*range(0, len(token), 13), len(token) - 1):
        refused(check, "no CBOR", token[:end])
    refused(check, "shortest", token + b"\0")


@pytest.mark.parametrize("token, reason", [
    (cbor2.dumps({44234: b"", 44241: b""}), "outer tag"),
    (cbor2.dumps(cbor2.CBORTag(398, {44234: b"", 44241: b""})), "outer tag"),
    (cbor2.dumps(cbor2.CBORTag(399, {44234: b""})), "other parts"),
    (cbor2.dumps(cbor2.CBORTag(399, {44234: b"", 44241: b"", 1: 1})), "other parts"),
    (cbor2.dumps(cbor2.CBORTag(399, {44234: [263, b""], 44241: b""})), "no byte string"),
    (cbor2.dumps(cbor2.CBORTag(907, {44234: b"", 44241: b""})), "not wrapped"),
    (cbor2.dumps(cbor2.CBORTag(907, {44234: [264, b""], 44241: [263, b""]})), "not wrapped"),
    (cbor2.dumps(cbor2.CBORTag(399, {44234: b"", 44241: b""})), "platform token is no CBOR"),
    (bytes.fromhex("d9018fa219acca4019acca40"), "shortest"),  # a key twice
    (bytes.fromhex("d9018fbf19acca4019acd140ff"), "shortest"),  # a map of no told length
    (b"\x81" * 100000, "no CBOR"),
])  # fmt: skip
def test_outer_shape(check, token, reason):
    refused(check, reason, token)


def test_reference_store_of_refhv():
    """host/refhv/test-rv-store.json, for Trustee's local verifier, against the bytes that test_refhv_token holds refhv to:
    that verifier wants one entry of this implementation with the same configuration and software."""
    form = (HERE.parent / "unit/refhv_token_form.h").read_text().partition("token_form[] = {")[2]
    token = bytes.fromhex("".join(re.findall("0x([0-9a-f]{2})", form)))
    claims = cca.Signed(cca.outer(token)[0], "platform").claims
    software = [{"component-type": each[1], "measurement-value": each[2].hex(), "signer-id": each[5].hex()}
                for each in claims[2399]]  # fmt: skip
    entry = {"implementation-id": claims[2396].hex(), "platform-configuration": claims[2401].hex(),
             "sw-components": software}  # fmt: skip
    store = json.loads((HERE.parent.parent / "host/refhv/test-rv-store.json").read_text())
    assert store == {"platform": [entry], "realm": []}
