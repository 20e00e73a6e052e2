# SPDX-License-Identifier: BSD-3-Clause
"""Makes CCA tokens for tests: good ones, and ones that are wrong in one place."""

import hashlib
import json

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwcrypto import jwk

INSTANCE = b"\1" + bytes(range(32))
IMPLEMENTATION = bytes(range(100, 132))
RIM = bytes([0x11]) * 32
RPV = bytes([0x22]) * 32 + bytes(32)
EVENTS = [
    {"register": register, "name": name, "digest": hashlib.sha256(f"content of {name}".encode()).hexdigest()}
    for register, name in ((1, "policy"), (2, "kernel"), (2, "initrd"), (3, "command line"), (4, "device tree"))
]


def rem(register):
    """Zeros, extended by each of its events: RMM, "Realm Extensible Measurement"; what Paravane extends with."""
    value = bytes(32)
    for event in EVENTS:
        if event["register"] == register:
            data = hashlib.sha256(event["name"].encode()).digest() + bytes.fromhex(event["digest"])
            value = hashlib.sha256(value + data).digest()
    return value


REMS = [rem(register) for register in range(1, 5)]


def new_key():
    return ec.generate_private_key(ec.SECP384R1())


def point(key):
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(48, "big"), numbers.y.to_bytes(48, "big")


def sign(payload, key, protected=None):
    """A COSE_Sign1 (RFC 9052, 4.2 and 4.4) in ES384."""
    protected = cbor2.dumps({1: -35}) if protected is None else protected
    payload = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    der = key.sign(cbor2.dumps(["Signature1", protected, b"", payload]), ec.ECDSA(hashes.SHA384()))
    signature = b"".join(number.to_bytes(48, "big") for number in decode_dss_signature(der))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


class Machine:
    """A platform, and a realm on it, with members to be changed before a token is made."""

    def __init__(self):
        self.platform_key = self.signing_platform_key = new_key()
        self.realm_key = self.signing_realm_key = new_key()
        self.tag = 907
        self.raw_rak = False
        x, y = point(self.realm_key)
        self.platform = {
            265: "tag:arm.com,2023:cca_platform#1.0.0", 256: INSTANCE, 2396: IMPLEMENTATION, 2395: 0x3000,
            2401: b"configuration", 2402: "sha-256",
            2399: [{1: "firmware", 2: bytes(32), 5: bytes(32)}],
        }  # fmt: skip
        self.realm = {
            265: "tag:arm.com,2023:realm#1.0.0", 44235: RPV, 44236: "sha-256",
            44237: cbor2.dumps({1: 2, 3: -35, -1: 2, -2: x, -3: y}), 44238: RIM, 44239: list(REMS), 44240: "sha-256",
        }  # fmt: skip

    def legacy(self):
        """The older shape: no realm profile, the key a raw point, outer tag 399."""
        self.tag = 399
        del self.realm[265]
        self.realm[44237] = b"\4" + b"".join(point(self.realm_key))

    def token(self, challenge):
        platform, realm = dict(self.platform), dict(self.realm)
        realm.setdefault(10, challenge)
        if isinstance(realm.get(44237), bytes):
            platform.setdefault(10, hashlib.sha256(realm[44237]).digest())
        parts = sign(platform, self.signing_platform_key), sign(realm, self.signing_realm_key)
        return self.wrap(*parts)

    def wrap(self, platform, realm):
        parts = [[263, part] if self.tag == 907 else part for part in (platform, realm)]
        return cbor2.dumps(cbor2.CBORTag(self.tag, {44234: parts[0], 44241: parts[1]}))


def write_anchors(path, machine):
    key = jwk.JWK.from_pyca(machine.platform_key.public_key()).export_public(as_dict=True)
    key.pop("kid", None)
    entry = {"pkey": key, "implementation-id": IMPLEMENTATION.hex(), "instance-id": INSTANCE.hex()}
    path.write_text(json.dumps([entry]))


def write_reference(path, **changes):
    value = {
        "rim": RIM.hex(), "rpv": RPV.hex(), "rem": [each.hex() for each in REMS], "hash": "sha-256", "debug": False,
        "svn": 0, "events": EVENTS,
    }  # fmt: skip
    path.write_text(json.dumps(value | changes))
