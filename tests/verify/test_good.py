# SPDX-License-Identifier: BSD-3-Clause
"""Good tokens of every shape pass; what they say is told; what is not asked for is waived and said to be."""

import pathlib

import cbor2
import pytest

from verify_model import Model
from verify_token import (GONE, HASH, KEY, KEY_HASH, PLATFORM_OLD, PROFILE, REALM_2023, REALM_2024, SERVICE,
                          SOFTWARE, Machine, base64url, cose_key, registers, sign1, wrap, write_json)
from verify_tool import Verifier, failed, reason, skipped, verify

EVENTS = {f"events-{i}" for i in range(1, 5)}


@pytest.fixture(scope="module")
def machine():
    return Machine()


@pytest.fixture
def verifier(tmp_path, machine):
    return Verifier(tmp_path, machine)


@pytest.mark.parametrize("shape", (907, 399))
@pytest.mark.parametrize("profile", (None, REALM_2023, REALM_2024))
def test_shapes(verifier, machine, shape, profile):
    token = machine.token(shape, profile)
    verdict = verifier.judge(token)
    assert verdict["accepted"] and failed(verdict) == set() and skipped(verdict) == EVENTS
    assert Model(machine).judge(token) == set()
    assert reason(verdict, "wrapper") == f"tag {shape}, {len(token)} bytes"


def test_what_it_says(verifier, machine):
    verdict = verifier.judge(machine.token())
    assert verdict["platform"] == {"instance-id": machine.instance.hex(),
                                   "implementation-id": machine.implementation.hex(), "lifecycle": 0x3003}
    assert verdict["realm"] == {"challenge": machine.challenge.hex(), "rim": machine.rim.hex(),
                                "rpv": machine.personalization.hex(),
                                "rem": [value.hex() for value in registers(machine.events)]}


@pytest.mark.parametrize("changes", (
    {"platform": {PROFILE: PLATFORM_OLD}},
    {"platform": {SERVICE: GONE}},
    {"platform": {SOFTWARE: [{2: bytes(64), 5: bytes(48)}, {2: bytes(32), 5: bytes(32), 1: "", 9: 1}]}},
    {"platform": {2395: 0x30ff}},
    {"platform": {99999: {1: [True, None, -5, "ü"]}, "text": b""}},
    {"realm": {99999: cbor2.CBORTag(40000, 2), -70000: False}},
    {"realm": {KEY_HASH: "sha-384"}},
    {"realm": {KEY_HASH: "sha-512"}},
))
def test_what_may_differ(verifier, machine, changes):
    """Claims that nobody knows are passed over (RFC 9711, 4), in whatever order they stand."""
    token = machine.token(**changes)
    assert failed(verifier.judge(token)) == set() == Model(machine).judge(token)
    platform, realm = machine.parts(**changes)
    token = wrap(sign1(machine.platform_key, cbor2.dumps(dict(reversed(platform.items())))),
                 sign1(machine.realm_key, cbor2.dumps(dict(reversed(realm.items()))), unprotected={4: b"kid"}))
    assert verifier.judge(token)["accepted"]


def test_key_with_more(verifier, machine):
    token = machine.token(realm={KEY: cose_key(machine.realm_key, **{"3": -35, "4": [2]})})
    assert verifier.judge(token)["accepted"]


def test_many_anchors(tmp_path, verifier, machine):
    others = [Machine(f"other {i}").anchors()[0] for i in range(20)]
    anchors = write_json(tmp_path / "many.json", [*others, *machine.anchors()])
    options = ["--anchors", anchors, *verifier.options()[2:]]
    assert verifier.judge(machine.token(), options=options)["accepted"]
    assert verifier.judge(Machine("other 7").token(), options=options)["accepted"] is False


def test_waived(verifier, machine):
    other = Machine("machine")
    other.rim, other.challenge = bytes(32), bytes(64)
    token = other.token(realm={HASH: "sha-512", 44238: bytes(64), 44239: [bytes(64)] * 4})
    some = ["--anchors", verifier.anchors]
    image = {"hash", "rim", "personalization", "rem-1", "rem-2", "rem-3", "rem-4", "debug"}
    verdict = verifier.judge(token, options=[*some, "--any-image", "--any-challenge"])
    assert verdict["accepted"] and skipped(verdict) == {"challenge"} | image | EVENTS
    verdict = verifier.judge(token, options=[*some, "--any-image", "--challenge", machine.challenge.hex()])
    assert failed(verdict) == {"challenge"} and skipped(verdict) == image | EVENTS
    verdict = verifier.judge(machine.token(), options=[*some, "--reference", verifier.reference, "--any-challenge"])
    assert verdict["accepted"] and skipped(verdict) == {"challenge"} | EVENTS


def test_reference_that_leaves_open(verifier, machine):
    reference = machine.reference()
    reference["rem"][3] = None
    reference["events"] = [event for event in reference["events"] if event["register"] != 4]
    write_json(verifier.reference, reference)
    token = machine.token(realm={44239: [*registers(machine.events)[:3], bytes(range(32))]})
    verdict = verifier.judge(token)
    assert verdict["accepted"] and skipped(verdict) == {"rem-4"} | EVENTS
    assert Model(machine).judge(token, reference) == set()


def test_host_without_personalization(verifier, machine):
    """One that does not let it be set: the policy is in the launch digest and in register 1, too."""
    reference = {**machine.reference(), "rpv": None}
    write_json(verifier.reference, reference)
    token = machine.token(realm={44235: bytes(64)})
    verdict = verifier.judge(token)
    assert verdict["accepted"] and skipped(verdict) == {"personalization"} | EVENTS
    assert Model(machine).judge(token, reference) == set()


def test_debug_image(verifier, machine):
    reference = {**machine.reference(), "debug": True}
    write_json(verifier.reference, reference)
    assert failed(verifier.judge(machine.token())) == {"debug"} == Model(machine).judge(machine.token(), reference)
    verdict = verifier.judge(machine.token(), "--allow-debug")
    assert verdict["accepted"] and "debug" in skipped(verdict)


VECTORS = pathlib.Path(__file__).parent / "vectors"


@pytest.mark.parametrize("name", sorted(path.stem for path in VECTORS.glob("*.cbor")))
def test_vectors(name):
    """What the unit tests read is what it says."""
    asked = ["--nonce", base64url(b"nonce"), "--data", base64url(b"data")] if name == "guest" else [
        "--challenge", (VECTORS / "challenge.bin").read_bytes().hex()]
    done = verify(VECTORS / f"{name}.cbor", "--anchors", VECTORS / "anchors.json",
                  "--reference", VECTORS / "reference.json", "--events", VECTORS / "events.json", *asked)
    assert (done.returncode, done.stderr) == (0, b""), done
