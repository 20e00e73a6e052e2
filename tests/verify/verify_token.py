# SPDX-License-Identifier: BSD-3-Clause
"""Makes CCA tokens, good ones and others, by cbor2 and cryptography; and what a verifier is told of the machine.

Claims: RFC 9783 and Arm's CCA token; COSE: RFC 9052. The rules of registers and challenges: host/verify/README.md.
"""

import base64
import hashlib
import json
import random

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

PLATFORM, REALM = 44234, 44241
CHALLENGE, INSTANCE, PROFILE = 10, 256, 265
LIFECYCLE, IMPLEMENTATION, SOFTWARE, SERVICE, CONFIGURATION, PLATFORM_HASH = 2395, 2396, 2399, 2400, 2401, 2402
PERSONALIZATION, HASH, KEY, RIM, REM, KEY_HASH, MEC = 44235, 44236, 44237, 44238, 44239, 44240, 44243

PLATFORM_2023 = "tag:arm.com,2023:cca_platform#1.0.0"
PLATFORM_OLD = "http://arm.com/CCA-SSD/1.0.0"
REALM_2023 = "tag:arm.com,2023:realm#1.0.0"
REALM_2024 = "tag:arm.com,2024:realm#2.0.0"

GONE = object()  # as a value: the claim is left out


def head(major, argument, width=None):
    """The head of a CBOR item; width: bytes of the argument, other than the fewest."""
    if width is None:
        width = next(n for n in (0, 1, 2, 4, 8) if argument < (24 if n == 0 else 1 << 8 * n))
    additional = {0: argument, 1: 24, 2: 25, 4: 26, 8: 27}[width]
    return bytes([major << 5 | additional]) + (argument.to_bytes(width, "big") if width else b"")


def new_key(seed):
    """A key on P-384 that is the same for the same seed."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha384(seed.encode()).digest(), "big") >> 1, ec.SECP384R1())


def coordinates(key):
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(48, "big"), numbers.y.to_bytes(48, "big")


def point(key):
    x, y = coordinates(key)
    return b"\x04" + x + y


def cose_key(key, **more):
    x, y = coordinates(key)
    return cbor2.dumps({1: 2, -1: 2, -2: x, -3: y, **{int(k): v for k, v in more.items()}})


def signed_bytes(protected, payload):
    return cbor2.dumps(["Signature1", protected, b"", payload])


def signature(key, protected, payload):
    r, s = utils.decode_dss_signature(key.sign(signed_bytes(protected, payload), ec.ECDSA(hashes.SHA384())))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def sign1(key, payload, protected=None, unprotected=None, tag=18, sign=signature):
    protected = cbor2.dumps({1: -35}) if protected is None else protected
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected or {}, payload, sign(key, protected, payload)]))


def wrap(platform, realm, shape=907):
    if shape == 907:
        return cbor2.dumps(cbor2.CBORTag(907, {PLATFORM: [263, platform], REALM: [263, realm]}))
    return cbor2.dumps(cbor2.CBORTag(399, {PLATFORM: platform, REALM: realm}))


def changed(claims, changes):
    claims = {**claims, **changes}
    return {label: value for label, value in claims.items() if value is not GONE}


def registers(events):
    values = [bytes(32)] * 4
    for event in events:
        at = event["register"] - 1
        values[at] = hashlib.sha256(values[at] + hashlib.sha256(event["name"].encode()).digest()
                                    + bytes.fromhex(event["digest"])).digest()
    return values


def guest_challenge(nonce, data=b""):
    parts = bytes([len(nonce)]) + nonce + bytes([len(data)]) + data
    return hashlib.sha512(b"Paravane guest evidence 1\0" + parts).digest()


def base64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Machine:
    """One machine and what runs on it, by a seed."""

    def __init__(self, seed="machine"):
        rng = random.Random(seed)
        self.platform_key = new_key(f"{seed} platform")
        self.realm_key = new_key(f"{seed} realm")
        self.implementation = rng.randbytes(32)
        self.instance = b"\x01" + rng.randbytes(32)
        self.rim = rng.randbytes(32)
        policy = rng.randbytes(32)
        self.personalization = policy + bytes(32)
        self.challenge = rng.randbytes(48) + bytes(16)
        self.events = [
            {"register": 1, "name": "policy", "digest": policy.hex()},
            {"register": 2, "name": "kernel", "digest": rng.randbytes(32).hex()},
            {"register": 2, "name": "initrd", "digest": rng.randbytes(32).hex()},
            {"register": 3, "name": "command line", "digest": rng.randbytes(32).hex()},
            {"register": 4, "name": "device tree", "digest": rng.randbytes(32).hex()},
        ]

    # What a verifier is told.

    def anchors(self):
        x, y = coordinates(self.platform_key)
        return [{"pkey": {"kty": "EC", "crv": "P-384", "x": base64url(x), "y": base64url(y)},
                 "implementation-id": self.implementation.hex(), "instance-id": self.instance.hex()}]

    def reference(self):
        return {"rim": self.rim.hex(), "rpv": self.personalization.hex(),
                "rem": [value.hex() for value in registers(self.events)],
                "hash": "sha-256", "debug": False, "svn": 3, "events": self.events}

    # What it says.

    def platform_claims(self, key_claim, key_hash="sha256"):
        return {
            PROFILE: PLATFORM_2023,
            CHALLENGE: hashlib.new(key_hash, key_claim).digest(),
            INSTANCE: self.instance,
            LIFECYCLE: 0x3003,
            IMPLEMENTATION: self.implementation,
            SOFTWARE: [{1: "refhv", 2: bytes(range(32)), 4: "1", 5: bytes(32), 6: "sha-256"}],
            SERVICE: "https://verifier.example",
            CONFIGURATION: b"\xcf\xcf",
            PLATFORM_HASH: "sha-256",
        }

    def realm_claims(self, profile=REALM_2023):
        claims = {
            CHALLENGE: self.challenge,
            PERSONALIZATION: self.personalization,
            HASH: "sha-256",
            KEY: cose_key(self.realm_key) if profile else point(self.realm_key),
            RIM: self.rim,
            REM: registers(self.events),
            KEY_HASH: "sha-256",
        }
        if profile:
            claims[PROFILE] = profile
        if profile == REALM_2024:
            claims |= {INSTANCE: b"\x01" + bytes(range(32)), MEC: 1}
        return claims

    def parts(self, profile=REALM_2023, platform=None, realm=None):
        """The two maps of claims, changed; the platform vouches for the key that is really there."""
        realm_claims = changed(self.realm_claims(profile), realm or {})
        key = realm_claims.get(KEY)
        name = {"sha-384": "sha384", "sha-512": "sha512"}.get(str(realm_claims.get(KEY_HASH)), "sha256")
        claims = self.platform_claims(key if isinstance(key, bytes) else b"", name)
        return changed(claims, platform or {}), realm_claims

    def token(self, shape=907, profile=REALM_2023, platform=None, realm=None):
        platform_claims, realm_claims = self.parts(profile, platform, realm)
        return wrap(sign1(self.platform_key, cbor2.dumps(platform_claims)),
                    sign1(self.realm_key, cbor2.dumps(realm_claims)), shape)


def write_json(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
