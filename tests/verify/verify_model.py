# SPDX-License-Identifier: BSD-3-Clause
"""Another verifier: which checks fail. Written from host/verify/README.md. The wrapper has to be in order."""

import hashlib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from verify_token import (CHALLENGE, CONFIGURATION, HASH, IMPLEMENTATION, INSTANCE, KEY, KEY_HASH, LIFECYCLE, MEC,
                          PERSONALIZATION, PLATFORM, PLATFORM_2023, PLATFORM_HASH, PLATFORM_OLD, PROFILE, REALM,
                          REALM_2023, REALM_2024, REM, RIM, SERVICE, SOFTWARE, signed_bytes)

HASHES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}


class Fails(Exception):
    """A check that others wait for."""


def is_plain(value):
    """What a token may have in it."""
    if isinstance(value, dict):
        return all(type(label) in (int, str) for label in value) and all(map(is_plain, value.values()))
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, cbor2.CBORTag):
        return is_plain(value.value)
    return value is None or type(value) in (int, bytes, str, bool)


def loads(raw):
    """One item in its shortest form. None, which no part of a token is: it is not."""
    try:
        value = cbor2.loads(raw)
    except (cbor2.CBORDecodeError, TypeError, ValueError):
        return None
    return value if is_plain(value) and cbor2.dumps(value) == raw else None


def is_number(value, most):
    return type(value) is int and 0 <= value <= most


def is_bytes(value, length=None):
    return isinstance(value, bytes) and (length is None or len(value) == length)


def is_digest(value):
    return isinstance(value, bytes) and len(value) in (32, 48, 64)


def is_text(value):
    return isinstance(value, str)


def is_hash(value):
    return is_text(value) and value in HASHES


def is_software(value):
    return isinstance(value, list) and value and all(
        isinstance(part, dict) and is_digest(part.get(2)) and is_digest(part.get(5))
        and all(is_text(part.get(label, "")) for label in (1, 4, 6)) for part in value)


PLATFORM_FORMS = {
    CHALLENGE: is_digest, INSTANCE: lambda v: is_bytes(v, 33), LIFECYCLE: lambda v: is_number(v, 0xffff),
    IMPLEMENTATION: lambda v: is_bytes(v, 32), SOFTWARE: is_software, CONFIGURATION: is_bytes, PLATFORM_HASH: is_hash}
REALM_FORMS = {
    CHALLENGE: lambda v: is_bytes(v, 64), PERSONALIZATION: lambda v: is_bytes(v, 64), HASH: is_hash, KEY: is_bytes,
    RIM: is_digest, REM: lambda v: isinstance(v, list) and len(v) == 4 and all(map(is_digest, v)), KEY_HASH: is_hash}


def claims_good(claims, forms, optional):
    return (isinstance(claims, dict) and all(label in claims and form(claims[label]) for label, form in forms.items())
            and all(form(claims[label]) for label, form in optional.items() if label in claims))


def point_of(x, y):
    numbers = (int.from_bytes(coordinate, "big") for coordinate in (x, y))
    return ec.EllipticCurvePublicNumbers(*numbers, ec.SECP384R1()).public_key()


def signed_by(key, sign1):
    raw = sign1[3]
    if len(raw) != 96:
        return False
    try:
        key.verify(utils.encode_dss_signature(int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")),
                   signed_bytes(sign1[0], sign1[2]), ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True


def realm_key(claims):
    if PROFILE not in claims:
        raw = claims[KEY]
        if len(raw) != 97 or raw[0] != 4:
            raise ValueError
        return point_of(raw[1:49], raw[49:])
    key = loads(claims[KEY])
    if not isinstance(key, dict) or (key.get(1), key.get(-1), key.get(3, -35)) != (2, 2, -35) \
            or not (is_bytes(key.get(-2), 48) and is_bytes(key.get(-3), 48)):
        raise ValueError
    return point_of(key[-2], key[-3])


class Model:
    def __init__(self, machine):
        self.machine = machine
        self.fails = set()

    def require(self, good, check, *, stop=False):
        if not good:
            self.fails.add(check)
            if stop:
                raise Fails(check)

    def part(self, raw, name, forms, optional):
        """(the COSE_Sign1, its claims)"""
        sign1 = loads(raw)
        self.require(isinstance(sign1, cbor2.CBORTag) and sign1.tag == 18 and isinstance(sign1.value, list)
                     and len(sign1.value) == 4 and isinstance(sign1.value[1], dict)
                     and all(isinstance(sign1.value[i], bytes) for i in (0, 2, 3)), f"{name}-structure", stop=True)
        header = loads(sign1.value[0])
        self.require(isinstance(header, dict) and 2 not in header and not set(header) & set(sign1.value[1]),
                     f"{name}-structure", stop=True)
        self.require(header.get(1) == -35, f"{name}-algorithm")
        claims = loads(sign1.value[2])
        self.require(claims_good(claims, forms, optional), f"{name}-claims", stop=True)
        return sign1.value, claims

    def platform(self, raw):
        sign1, claims = self.part(raw, "platform", PLATFORM_FORMS, {PROFILE: is_text, SERVICE: is_text})
        self.require(claims.get(PROFILE) in (PLATFORM_2023, PLATFORM_OLD), "platform-profile")
        self.require(claims[LIFECYCLE] >> 8 == 0x30, "lifecycle")
        known = claims[INSTANCE] == self.machine.instance
        self.require(known, "platform-anchor")
        if known:
            self.require(signed_by(self.machine.platform_key.public_key(), sign1), "platform-signature")
            self.require(claims[IMPLEMENTATION] == self.machine.implementation, "implementation-id")
        return claims

    def realm(self, raw):
        sign1, claims = self.part(raw, "realm", REALM_FORMS, {
            PROFILE: is_text, INSTANCE: lambda v: is_bytes(v, 33), MEC: lambda v: is_number(v, 1)})
        key = None
        if claims.get(PROFILE) in (None, REALM_2023, REALM_2024):
            try:
                key = realm_key(claims)
            except ValueError:
                self.fails.add("realm-key")
        else:
            self.fails.add("realm-profile")
        good = all(len(value) == HASHES[claims[HASH]] for value in [claims[RIM], *claims[REM]])
        if claims.get(PROFILE) == REALM_2024:
            good = good and MEC in claims and claims.get(INSTANCE, b"\0")[0] == 1
        self.require(good, "realm-claims", stop=True)
        if key is not None:
            self.require(signed_by(key, sign1), "realm-signature")
        return claims

    def compare(self, claims, reference, challenge):
        self.require(claims[CHALLENGE] == challenge, "challenge")
        self.require(claims[HASH] == "sha-256", "hash")
        self.require(claims[RIM].hex() == reference["rim"], "rim")
        self.require(reference["rpv"] in (None, claims[PERSONALIZATION].hex()), "personalization")
        for i, should in enumerate(reference["rem"]):
            self.require(should is None or claims[REM][i].hex() == should, f"rem-{i + 1}")
        self.require(not reference["debug"], "debug")

    def judge(self, token, reference=None, challenge=None):
        self.fails = set()
        outer = cbor2.loads(token)
        parts = outer.value
        if outer.tag == 907:
            parts = {label: record[1] for label, record in parts.items()}
        platform = realm = None
        try:
            platform = self.platform(parts[PLATFORM])
        except Fails:
            pass
        try:
            realm = self.realm(parts[REALM])
        except Fails:
            return self.fails
        if platform is not None:
            digest = hashlib.new(realm[KEY_HASH].replace("-", ""), realm[KEY]).digest()
            self.require(platform[CHALLENGE] == digest, "binding")
        self.compare(realm, reference or self.machine.reference(), challenge or self.machine.challenge)
        return self.fails
