# SPDX-License-Identifier: BSD-3-Clause
"""Each thing that a token can lie about, one at a time: the verdict names the check, and no other.

Liars have keys: what is changed is signed again, if not said otherwise.
"""

import hashlib

import cbor2
import pytest

from verify_model import Model
from verify_token import (CHALLENGE, CONFIGURATION, GONE, HASH, IMPLEMENTATION, INSTANCE, KEY, KEY_HASH, LIFECYCLE, MEC,
                          PERSONALIZATION, PLATFORM, PLATFORM_HASH, PROFILE, REALM, REALM_2023, REALM_2024, REM, RIM,
                          SERVICE, SOFTWARE, Machine, coordinates, cose_key, head, new_key, point, registers, sign1,
                          signature, wrap)
from verify_tool import Verifier, failed, reason

MACHINE = Machine()
OTHER = new_key("other")
RIGHT = registers(MACHINE.events)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    return Verifier(tmp_path_factory.mktemp("broken"), MACHINE)


def expect(verifier, token, checks, model=True):
    verdict = verifier.judge(token)
    assert not verdict["accepted"]
    assert failed(verdict) == checks, verdict
    if model:
        assert Model(MACHINE).judge(token) == checks


# ---- Claims ----

X, Y = coordinates(MACHINE.realm_key)
PLATFORM_CLAIMS = (
    [({label: GONE}, "platform-claims") for label in
     (CHALLENGE, INSTANCE, LIFECYCLE, IMPLEMENTATION, SOFTWARE, CONFIGURATION, PLATFORM_HASH)]
    + [({label: value}, "platform-claims") for label, value in (
        (CHALLENGE, bytes(31)), (CHALLENGE, "text"), (CHALLENGE, []), (INSTANCE, MACHINE.instance[:32]),
        (INSTANCE, MACHINE.instance + b"\0"), (LIFECYCLE, -1), (LIFECYCLE, 0x10000), (LIFECYCLE, b"\x30\x03"),
        (LIFECYCLE, 1 << 63), (IMPLEMENTATION, MACHINE.implementation[:31]), (SOFTWARE, []), (SOFTWARE, [[]]),
        (SOFTWARE, {}), (SOFTWARE, [{2: bytes(32)}]), (SOFTWARE, [{5: bytes(32)}]),
        (SOFTWARE, [{2: bytes(32), 5: b""}]),
        (SOFTWARE, [{2: bytes(32), 5: bytes(32), 1: 1}]), (SOFTWARE, [{2: bytes(32), 5: bytes(32), 6: b""}]),
        (SERVICE, 5), (CONFIGURATION, "text"), (PLATFORM_HASH, "md5"), (PLATFORM_HASH, 1), (PROFILE, 1))]
    + [({PROFILE: GONE}, "platform-profile"), ({PROFILE: ""}, "platform-profile"),
       ({PROFILE: "tag:arm.com,2023:cca_platform#1.0.1"}, "platform-profile"),
       ({PROFILE: REALM_2023}, "platform-profile")]
    + [({LIFECYCLE: value}, "lifecycle") for value in
       (0, 0x0fff, 0x1000, 0x2000, 0x2fff, 0x3100, 0x3fff, 0x4000, 0x5000, 0x6000, 0xffff)]
    + [({INSTANCE: b"\x01" + bytes(32)}, "platform-anchor"),
       ({INSTANCE: b"\x02" + MACHINE.instance[1:]}, "platform-anchor"),
       ({IMPLEMENTATION: bytes(32)}, "implementation-id"),
       ({CHALLENGE: bytes(32)}, "binding"), ({CHALLENGE: bytes(48)}, "binding"), ({CHALLENGE: bytes(64)}, "binding")])

REALM_CLAIMS = (
    [({label: GONE}, "realm-claims") for label in (CHALLENGE, PERSONALIZATION, HASH, KEY, RIM, REM, KEY_HASH)]
    + [({label: value}, "realm-claims") for label, value in (
        (CHALLENGE, bytes(63)), (CHALLENGE, bytes(65)), (CHALLENGE, "x" * 64), (PERSONALIZATION, bytes(32)),
        (HASH, "sha-1"), (HASH, "SHA-256"), (HASH, -16), (HASH, "sha-384"), (KEY, X.hex()),
        (RIM, bytes(33)), (RIM, bytes(48)),
        (RIM, bytes(64)), (REM, RIGHT[:3]), (REM, [*RIGHT, bytes(32)]), (REM, [*RIGHT[:3], b""]),
        (REM, [*RIGHT[:3], bytes(48)]),
        (REM, [*RIGHT[:3], "x"]), (REM, b"".join(RIGHT)), (REM, dict(enumerate(RIGHT))),
        (KEY_HASH, "sha-224"), (KEY_HASH, 5),
        (PROFILE, 2023), (INSTANCE, bytes(32)), (MEC, 2), (MEC, "private"))]
    + [({PROFILE: value}, "realm-profile") for value in ("", "tag:arm.com,2025:realm#3.0.0", REALM_2023 + "\0")]
    + [({KEY: value}, "realm-key") for value in (
        b"", point(MACHINE.realm_key), cose_key(MACHINE.realm_key) + b"\0", cbor2.dumps([]),
        cbor2.dumps({1: 2, -1: 2, -2: X}),
        cbor2.dumps({1: 2, -1: 2, -2: X, -3: True}), cbor2.dumps({1: 2, -1: 1, -2: X, -3: Y}),
        cbor2.dumps({1: 1, -1: 2, -2: X, -3: Y}), cbor2.dumps({-1: 2, -2: X, -3: Y}),
        cbor2.dumps({1: 2, -1: 2, -2: X[1:], -3: Y}),
        cbor2.dumps({1: 2, -1: 2, -2: X, -3: X}), cbor2.dumps({1: 2, -1: 2, -2: bytes(48), -3: bytes(48)}),
        cose_key(MACHINE.realm_key, **{"3": -7}), cose_key(new_key("x"), **{"3": 5}))]
    + [({KEY: cose_key(OTHER)}, "realm-signature")]
    + [({CHALLENGE: bytes(64)}, "challenge"), ({CHALLENGE: MACHINE.challenge[:63] + b"\1"}, "challenge"),
       ({RIM: bytes(32)}, "rim"), ({PERSONALIZATION: bytes(64)}, "personalization"),
       ({PERSONALIZATION: MACHINE.personalization[:63] + b"\1"}, "personalization")]
    + [({REM: [*RIGHT[:i], bytes(32), *RIGHT[i + 1:]]}, f"rem-{i + 1}") for i in range(4)])


@pytest.mark.parametrize("changes, check", PLATFORM_CLAIMS)
def test_platform_claims(verifier, changes, check):
    expect(verifier, MACHINE.token(platform=changes), {check})


@pytest.mark.parametrize("changes, check", REALM_CLAIMS)
def test_realm_claims(verifier, changes, check):
    expect(verifier, MACHINE.token(realm=changes), {check})


@pytest.mark.parametrize("changes", ({INSTANCE: GONE}, {INSTANCE: b"\x02" + bytes(32)}, {MEC: GONE}))
def test_claims_of_2024(verifier, changes):
    expect(verifier, MACHINE.token(profile=REALM_2024, realm=changes), {"realm-claims"})


@pytest.mark.parametrize("raw", (
    b"", point(OTHER)[1:], b"\x02" + X, b"\x06" + X + Y, b"\x04" + X + X, cose_key(OTHER), bytes(97)))
def test_bare_point(verifier, raw):
    expect(verifier, MACHINE.token(profile=None, realm={KEY: raw}), {"realm-key"})


def test_key_of_another_form(verifier):
    """Another text for the same key: the platform has vouched for a text."""
    platform, realm = MACHINE.parts()
    again = cbor2.dumps({-3: Y, -2: X, -1: 2, 1: 2})
    token = wrap(sign1(MACHINE.platform_key, cbor2.dumps(platform)),
                 sign1(MACHINE.realm_key, cbor2.dumps({**realm, KEY: again})))
    expect(verifier, token, {"binding"})


@pytest.mark.parametrize("name, length", (("sha-512", 32), ("sha-512", 48), ("sha-384", 32), ("sha-256", 48)))
def test_binding_of_another_length(verifier, name, length):
    """A digest cut short, or with zeros behind it."""
    digest = hashlib.new(name.replace("-", ""), cose_key(MACHINE.realm_key)).digest()
    token = MACHINE.token(realm={KEY_HASH: name}, platform={CHALLENGE: digest.ljust(length, b"\0")[:length]})
    expect(verifier, token, {"binding"})


def test_other_hash(verifier):
    token = MACHINE.token(realm={HASH: "sha-512", RIM: bytes(64), REM: [bytes(64)] * 4})
    expect(verifier, token, {"hash", "rim", "rem-1", "rem-2", "rem-3", "rem-4"})


# ---- Signatures and binding ----

def tampered(part, label, value):
    """A claim changed behind the signer's back."""
    platform, realm = (cbor2.dumps(claims) for claims in MACHINE.parts())
    claims = cbor2.loads(platform if part == PLATFORM else realm)
    claims[label] = value
    new = cbor2.dumps(claims)
    if part == PLATFORM:
        return wrap(sign1(MACHINE.platform_key, new, sign=lambda key, header, _: signature(key, header, platform)),
                    sign1(MACHINE.realm_key, realm))
    return wrap(sign1(MACHINE.platform_key, platform),
                sign1(MACHINE.realm_key, new, sign=lambda key, header, _: signature(key, header, realm)))


@pytest.mark.parametrize("part, label, value, checks", (
    (PLATFORM, SERVICE, "https://other.example", {"platform-signature"}),
    (PLATFORM, CONFIGURATION, b"", {"platform-signature"}),
    (PLATFORM, LIFECYCLE, 0x3000, {"platform-signature"}),
    (PLATFORM, 5, 5, {"platform-signature"}),
    (REALM, RIM, bytes(32), {"realm-signature", "rim"}),
    (REALM, CHALLENGE, bytes(64), {"realm-signature", "challenge"}),
    (REALM, MEC, 0, {"realm-signature"}),
))
def test_tampered(verifier, part, label, value, checks):
    expect(verifier, tampered(part, label, value), checks)


def test_other_keys(verifier):
    platform, realm = (cbor2.dumps(claims) for claims in MACHINE.parts())
    good = sign1(MACHINE.platform_key, platform), sign1(MACHINE.realm_key, realm)
    expect(verifier, wrap(sign1(OTHER, platform), good[1]), {"platform-signature"})
    expect(verifier, wrap(good[0], sign1(OTHER, realm)), {"realm-signature"})
    expect(verifier, wrap(sign1(MACHINE.realm_key, platform), good[1]), {"platform-signature"})
    # The right header, and another one signed.
    other_header = cbor2.dumps({1: -35, 4: b"kid"})
    mine = sign1(MACHINE.platform_key, platform, sign=lambda key, _, payload: signature(key, other_header, payload))
    expect(verifier, wrap(mine, good[1]), {"platform-signature"})


def test_another_realm_of_the_platform(verifier):
    """A realm whose key the platform has not vouched for, otherwise the same."""
    platform, realm = MACHINE.parts()
    other = {**realm, KEY: cose_key(OTHER)}
    token = wrap(sign1(MACHINE.platform_key, cbor2.dumps(platform)), sign1(OTHER, cbor2.dumps(other)))
    expect(verifier, token, {"binding"})


@pytest.mark.parametrize("spoil", (
    lambda raw: raw[:95], lambda raw: raw + b"\0", lambda raw: b"", lambda raw: bytes(96), lambda raw: b"\xff" * 96,
    lambda raw: raw[48:] + raw[:48], lambda raw: raw[:48] + bytes(48), lambda raw: bytes(48) + raw[48:],
    *(lambda raw, at=at: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:] for at in (0, 47, 48, 95))))
@pytest.mark.parametrize("part", ("platform", "realm"))
def test_signature_bytes(verifier, part, spoil):
    platform, realm = (cbor2.dumps(claims) for claims in MACHINE.parts())

    def spoilt(key, header, payload):
        return spoil(signature(key, header, payload))
    token = wrap(sign1(MACHINE.platform_key, platform, sign=spoilt if part == "platform" else signature),
                 sign1(MACHINE.realm_key, realm, sign=spoilt if part == "realm" else signature))
    expect(verifier, token, {f"{part}-signature"})


# ---- COSE ----

def with_part(part, raw):
    """The token with one part in another form; its claims are the good ones."""
    platform, realm = (cbor2.dumps(claims) for claims in MACHINE.parts())
    if part == "platform":
        return wrap(raw(MACHINE.platform_key, platform), sign1(MACHINE.realm_key, realm))
    return wrap(sign1(MACHINE.platform_key, platform), raw(MACHINE.realm_key, realm))


@pytest.mark.parametrize("part", ("platform", "realm"))
@pytest.mark.parametrize("header", ({}, {1: -7}, {1: -36}, {1: 5}, {1: "ES384"}, {4: b""}, {"1": -35}))
def test_algorithm(verifier, part, header):
    token = with_part(part, lambda key, payload: sign1(key, payload, protected=cbor2.dumps(header)))
    expect(verifier, token, {f"{part}-algorithm"})


@pytest.mark.parametrize("part", ("platform", "realm"))
@pytest.mark.parametrize("raw", (
    lambda key, payload: sign1(key, payload, tag=17),
    lambda key, payload: sign1(key, payload, tag=61),
    lambda key, payload: sign1(key, payload)[1:],
    lambda key, payload: sign1(key, payload, protected=b""),
    lambda key, payload: sign1(key, payload, protected=b"\x80"),
    lambda key, payload: sign1(key, payload, protected=cbor2.dumps({1: -35, 2: [1]})),
    lambda key, payload: sign1(key, payload, unprotected={1: -35}),
    lambda key, payload: sign1(key, payload, protected=cbor2.dumps({1: -35, "a": 1}), unprotected={"a": 2}),
    lambda key, payload: sign1(key, payload) + b"\0",
    lambda key, payload: sign1(key, payload)[:-1],
    lambda key, payload: b"",
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [b"\xa1\x01\x38\x22", {}, None, bytes(96)])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [b"\xa1\x01\x38\x22", {}, payload])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [b"\xa1\x01\x38\x22", {}, payload, bytes(96), 1])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [{1: -35}, {}, payload, bytes(96)])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [b"\xa1\x01\x38\x22", [], payload, bytes(96)])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, [b"\xa1\x01\x38\x22", {}, payload, "x" * 96])),
    lambda key, payload: cbor2.dumps(cbor2.CBORTag(18, {0: 1, 1: 2, 2: 3, 3: 4})),
))
def test_structure(verifier, part, raw):
    expect(verifier, with_part(part, raw), {f"{part}-structure"})


# ---- The wrapper ----

GOOD = MACHINE.token()
PARTS = [record[1] for record in cbor2.loads(GOOD).value.values()]
TAG = cbor2.CBORTag


@pytest.mark.parametrize("outer", (
    TAG(908, {PLATFORM: [263, PARTS[0]], REALM: [263, PARTS[1]]}),
    TAG(907, {PLATFORM: PARTS[0], REALM: PARTS[1]}),
    TAG(399, {PLATFORM: [263, PARTS[0]], REALM: [263, PARTS[1]]}),
    TAG(907, {PLATFORM: [262, PARTS[0]], REALM: [263, PARTS[1]]}),
    TAG(907, {PLATFORM: [263, PARTS[0]], REALM: ["263", PARTS[1]]}),
    TAG(907, {PLATFORM: [263, PARTS[0], 1], REALM: [263, PARTS[1]]}),
    TAG(907, {PLATFORM: [263, PARTS[0]], REALM: [263]}),
    TAG(907, {PLATFORM: [263, PARTS[0]]}),
    TAG(907, {REALM: [263, PARTS[1]]}),
    TAG(907, {PLATFORM: [263, PARTS[0]], REALM: [263, PARTS[1]], 1: 1}),
    TAG(907, {PLATFORM: [263, PARTS[0]], 44242: [263, PARTS[1]]}),
    TAG(907, [PLATFORM, REALM]),
    TAG(399, {PLATFORM: PARTS[0], REALM: PARTS[1].hex()}),
    TAG(399, TAG(399, {PLATFORM: PARTS[0], REALM: PARTS[1]})),
    TAG(55799, TAG(399, {PLATFORM: PARTS[0], REALM: PARTS[1]})),
))
def test_wrapper(verifier, outer):
    expect(verifier, cbor2.dumps(outer), {"wrapper"}, model=False)


# ---- Strict CBOR: each of these is well-formed, or nearly, and signed; other readers take some of them ----

def payloads():
    """(what, the realm's claims written in another way)"""
    _, claims = MACHINE.parts()
    pairs = [(cbor2.dumps(label), cbor2.dumps(value)) for label, value in claims.items()]
    count, body = len(pairs), b"".join(key + value for key, value in pairs)
    yield "indefinite map", b"\xbf" + body + b"\xff"
    yield "long count", head(5, count, 1) + body
    yield "long label", head(5, count) + head(0, CHALLENGE, 1) + pairs[0][1] + body[len(pairs[0][0] + pairs[0][1]):]
    yield "indefinite bytes", head(5, count + 1) + body + head(0, 9) + b"\x5f\x41\x00\xff"
    yield "indefinite array", head(5, count + 1) + body + head(0, 9) + b"\x9f\xff"
    yield "claim twice, equal", head(5, count + 1) + body + b"".join(pairs[0])
    yield "claim twice", head(5, count + 1) + body + pairs[0][0] + cbor2.dumps(bytes(64))
    yield "claim twice, the other first", head(5, count + 1) + pairs[0][0] + cbor2.dumps(bytes(64)) + body
    yield "twice deep down", head(5, count + 1) + body + head(0, 9) + b"\xa2\x01\x01\x01\x02"
    yield "half float", head(5, count + 1) + body + head(0, 9) + b"\xf9\x3c\x00"
    yield "double float", head(5, count + 1) + body + head(0, 9) + b"\xfb" + bytes([0x3f, 0xf1] + [0x99] * 6)
    yield "undefined", head(5, count + 1) + body + head(0, 9) + b"\xf7"
    yield "simple value", head(5, count + 1) + body + head(0, 9) + b"\xe0"
    yield "false in two bytes", head(5, count + 1) + body + head(0, 9) + b"\xf8\x14"
    yield "break alone", head(5, count + 1) + body + head(0, 9) + b"\xff"
    yield "reserved", head(5, count + 1) + body + head(0, 9) + b"\x1c"
    yield "array as a label", head(5, count + 1) + body + b"\x80\x00"
    yield "bytes as a label", head(5, count + 1) + body + b"\x41\x00\x00"
    yield "tagged label", head(5, count + 1) + body + b"\xc1\x09\x00"
    yield "text that is none", head(5, count + 1) + body + head(0, 9) + b"\x62\xc0\x80"
    yield "surrogate", head(5, count + 1) + body + head(0, 9) + b"\x63\xed\xa0\x80"
    yield "too deep", head(5, count + 1) + body + head(0, 9) + b"\x81" * 8 + b"\x00"
    yield "a thousand deep", head(5, count + 1) + body + head(0, 9) + b"\xc1" * 1000 + b"\x00"
    yield "an item too many", head(5, count) + body + b"\x00"
    yield "an item too few", head(5, count + 1) + body
    yield "a billion items", head(5, count + 1) + body + head(0, 9) + head(4, 10**9) + bytes(9)
    yield "all the items there are", head(5, count + 1) + body + head(0, 9) + head(5, (1 << 64) - 1)
    yield "a string of everything", head(5, count + 1) + body + head(0, 9) + head(2, (1 << 64) - 1)
    yield "no map", cbor2.dumps([1])
    yield "nothing", b""
    yield "257 labels", head(5, count + 257) + body + b"".join(cbor2.dumps(1000 + i) + b"\0" for i in range(257))


@pytest.mark.parametrize("what, payload", payloads())
def test_strict(verifier, what, payload):
    platform, _ = MACHINE.parts()
    token = wrap(sign1(MACHINE.platform_key, cbor2.dumps(platform)), sign1(MACHINE.realm_key, payload))
    expect(verifier, token, {"realm-claims"}, model=False)
    verdict = verifier.judge(token)
    assert what == "no map" or reason(verdict, "realm-claims").startswith("not strict CBOR: ")


def test_just_deep_enough(verifier):
    """Eight levels are taken: the map of claims, and seven arrays in it."""
    deep = cbor2.loads(b"\x81" * 7 + b"\x00")
    assert verifier.judge(MACHINE.token(realm={9: deep}))["accepted"]
