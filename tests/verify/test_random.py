# SPDX-License-Identifier: BSD-3-Clause
"""Tokens spoilt at random. Behind keys that sign anything, the model and the tool name the same checks; where bytes
are changed and nothing is signed again, nothing is accepted."""

import random

import cbor2
import pytest

from verify_model import Model
from verify_token import (GONE, HASH, INSTANCE, KEY, KEY_HASH, MEC, PLATFORM_2023, PLATFORM_OLD, PROFILE, REALM_2023,
                          REALM_2024, REM, RIM, Machine, changed, cose_key, new_key, point, sign1, wrap)
from verify_tool import Verifier, failed

MACHINE = Machine()
OTHERS = [new_key(f"other {i}") for i in range(3)]
SIGNED = 2000
FLIPPED = 2000


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    return Verifier(tmp_path_factory.mktemp("random"), MACHINE)


def random_value(rng, old):
    """Something else in a claim's place; most of it nearly right."""
    if isinstance(old, bytes) and rng.random() < 0.6:
        at = rng.randrange(len(old))
        return rng.choice((old[:at] + bytes([old[at] ^ 1 << rng.randrange(8)]) + old[at + 1:], old[:-1], old + b"\0",
                           rng.randbytes(len(old)), rng.randbytes(rng.choice((32, 48, 64)))))
    if isinstance(old, list) and rng.random() < 0.7:
        new = list(old)
        rng.choice((new.pop, lambda: new.append(new[0]), lambda: rng.shuffle(new),
                    lambda: new.__setitem__(0, random_value(rng, new[0]))))()
        return [None if value is GONE else value for value in new]
    if isinstance(old, dict) and rng.random() < 0.8:
        label = rng.choice(list(old))
        return changed(old, {label: GONE if rng.random() < 0.4 else random_value(rng, old[label])})
    if isinstance(old, int) and rng.random() < 0.7:
        return rng.choice((old ^ 1 << rng.randrange(17), old + 1, -old, 0x3000 + rng.randrange(0x200)))
    return rng.choice((0, 1, -1, 1 << 40, "", "sha-256", "sha-384", "sha-512", PLATFORM_2023, PLATFORM_OLD, REALM_2023,
                       REALM_2024, b"", bytes(32), bytes(33), bytes(64), [], {}, None, True, GONE))


def spoil_claims(rng, claims):
    label = rng.choice(list(claims)) if rng.random() < 0.9 else rng.choice((PROFILE, MEC, INSTANCE, 99, "text"))
    return changed(claims, {label: random_value(rng, claims.get(label, 0))})


def spoil_part(rng, raw):
    """The COSE_Sign1 around good claims."""
    sign = cbor2.loads(raw)
    value = list(sign.value)
    at = rng.randrange(4)
    if at == 0:
        value[0] = cbor2.dumps(rng.choice((
            {}, {1: -7}, {1: -35, 4: b"k"}, {1: -35, 2: [4]}, [], {1: -36}, {4: 1, 1: -35})))
    elif at == 1:
        value[1] = rng.choice(({1: -35}, {4: b"kid"}, [], {1: 1}, {"a": 1}))
    else:
        value[at] = random_value(rng, value[at])
        if value[at] is GONE:
            del value[at]
    return cbor2.dumps(cbor2.CBORTag(18 if rng.random() < 0.95 else 98, value))


def random_token(rng):
    profile = rng.choice((None, REALM_2023, REALM_2024))
    platform, realm = MACHINE.parts(profile)
    realm_key = MACHINE.realm_key
    what = rng.randrange(7)
    if what == 0:
        platform = spoil_claims(rng, platform)
    elif what == 1:
        realm = spoil_claims(rng, realm)
    elif what == 2:
        # The platform vouches for what the realm says now.
        platform, realm = MACHINE.parts(profile, realm={label: value for label, value in (
            (label, random_value(rng, realm[label])) for label in rng.sample(list(realm), 2)) if value is not GONE})
        platform = platform if rng.random() < 0.5 else spoil_claims(rng, platform)
    elif what == 3:
        key = rng.choice(OTHERS)
        realm = {**realm, KEY: rng.choice((cose_key(key), point(key))),
                 KEY_HASH: rng.choice(("sha-256", "sha-384", "sha-512"))}
        realm_key = rng.choice((key, realm_key))
    elif what == 5:
        # Measured by another hash, and all of it as long as that makes it.
        name, length = rng.choice((("sha-384", 48), ("sha-512", 64)))
        realm = {**realm, HASH: name, RIM: rng.randbytes(length), REM: [rng.randbytes(length) for _ in range(4)]}
    platform_key = MACHINE.platform_key if rng.random() < 0.9 else rng.choice(OTHERS)
    parts = [sign1(platform_key, cbor2.dumps(platform)), sign1(realm_key, cbor2.dumps(realm))]
    if what == 4:
        at = rng.randrange(2)
        parts[at] = spoil_part(rng, parts[at])
    return wrap(*parts, rng.choice((907, 399)))


def test_signed(verifier, tmp_path):
    """The model and the tool agree, check by check."""
    rng = random.Random("signed")
    seen = {}
    for i in range(SIGNED):
        token = random_token(rng)
        should = Model(MACHINE).judge(token)
        verdict = verifier.judge(token)
        if failed(verdict) != should or verdict["accepted"] != (not should):
            path = tmp_path / f"signed-{i}.cbor"
            path.write_bytes(token)
            pytest.fail(f"{path}: the tool says {failed(verdict)}, the model {should}: {verdict}")
        for check in should or {"accepted"}:
            seen[check] = seen.get(check, 0) + 1
    # The random tokens are worth something: each of these has come up.
    assert set(seen) == {"accepted", "platform-structure", "platform-algorithm", "platform-profile", "platform-claims",
                         "platform-anchor", "platform-signature", "implementation-id", "lifecycle", "realm-structure",
                         "realm-algorithm", "realm-profile", "realm-claims", "realm-key", "binding", "realm-signature",
                         "challenge", "hash", "rim", "personalization", "rem-1", "rem-2", "rem-3", "rem-4"}, seen


def flipped(rng, token):
    at = rng.randrange(len(token))
    return rng.choice((
        lambda: token[:at] + bytes([token[at] ^ 1 << rng.randrange(8)]) + token[at + 1:],
        lambda: token[:at] + bytes([rng.randrange(256)]) + token[at + 1:],
        lambda: token[:at] + token[at + 1:],
        lambda: token[:at] + rng.randbytes(1) + token[at:],
        lambda: token[:at],
        lambda: token[:at] + token[at:][rng.randrange(16):],
        lambda: token[:at] + token[max(0, at - rng.randrange(1, 64)):],
    ))()


def test_flipped(verifier, tmp_path):
    """No bit of a token is without a meaning: a changed one is refused, with its reason."""
    rng = random.Random("flipped")
    good = [MACHINE.token(shape, profile) for shape in (907, 399) for profile in (None, REALM_2023, REALM_2024)]
    for i in range(FLIPPED):
        token = rng.choice(good)
        spoilt = flipped(rng, token)
        if spoilt == token:
            continue
        verdict = verifier.judge(spoilt)
        told = "problem" in verdict or failed(verdict)
        if verdict["accepted"] or not told:
            path = tmp_path / f"flipped-{i}.cbor"
            path.write_bytes(spoilt)
            pytest.fail(f"{path}: {verdict}")


def test_every_length(verifier):
    token = MACHINE.token()
    for length in range(len(token)):
        verdict = verifier.judge(token[:length])
        assert "problem" in verdict if length == 0 else failed(verdict) == {"wrapper"}, length
