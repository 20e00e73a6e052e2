# SPDX-License-Identifier: BSD-3-Clause
"""A verifier of Arm CCA attestation tokens. Sections are those of "Realm Management Monitor specification" 1.0 (RMM),
RFC 9783 (PSA token), RFC 9052 and 9053 (COSE); claims by number, as on the wire."""

import hashlib
import json

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwcrypto import jwk

PLATFORM, REALM = 44234, 44241
NONCE, UEID, PROFILE = 10, 256, 265
LIFECYCLE, IMPLEMENTATION, COMPONENTS, PLATFORM_HASH = 2395, 2396, 2399, 2402
RPV, HASH, RAK, RIM, REM, RAK_HASH = 44235, 44236, 44237, 44238, 44239, 44240
PLATFORM_PROFILES = ("http://arm.com/CCA-SSD/1.0.0", "tag:arm.com,2023:cca_platform#1.0.0")
REALM_PROFILES = (None, "tag:arm.com,2023:realm#1.0.0")
CWT_CONTENT_FORMAT = 263  # CoAP's number of an EAT in a CWT
ES384 = -35
DIGESTS = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
REGISTERS = 4


class Refused(Exception):
    """Why; goes to who asked."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def decode(raw, what):
    """One item and nothing behind it, in the shortest form: so there is no map with a key twice."""
    try:
        item = cbor2.loads(raw)
        same = cbor2.dumps(item) == raw
    except Exception as error:  # whatever a stranger's bytes make of a decoder
        raise Refused(f"{what} is no CBOR") from error
    require(same, f"{what} is not in CBOR's shortest form, or something is behind it")
    return item


def bytes_of(claims, number, sizes, what):
    value = claims.get(number)
    require(isinstance(value, bytes) and len(value) in sizes, f"{what} is missing, or of a wrong length")
    return value


def digest_of(claims, number, what):
    name = claims.get(number)
    require(isinstance(name, str) and name in DIGESTS, f"{what} is none that is known")
    return name


def outer(token):
    """The two signed tokens, out of either shape (tag 399: byte strings, 907: conceptual message wrappers)."""
    item = decode(token, "the token")
    require(isinstance(item, cbor2.CBORTag) and item.tag in (399, 907), "the token's outer tag is neither 399 nor 907")
    parts = item.value
    require(isinstance(parts, dict) and set(parts) == {PLATFORM, REALM}, "the token has other parts than its two")
    found = []
    for name, part in (("platform", parts[PLATFORM]), ("realm", parts[REALM])):
        if item.tag == 907:
            wrapped = isinstance(part, list) and len(part) == 2 and part[0] == CWT_CONTENT_FORMAT
            require(wrapped, f"the {name} token is not wrapped as tag 907 has it")
            part = part[1]
        require(isinstance(part, bytes), f"the {name} token is no byte string")
        found.append(part)
    return found


class Signed:
    """A COSE_Sign1 (RFC 9052, 4.2); its claims are a stranger's until `check` has been passed."""

    def __init__(self, raw, name):
        self.name = name
        item = decode(raw, f"the {name} token")
        shape = isinstance(item, cbor2.CBORTag) and item.tag == 18 and isinstance(item.value, list)
        require(shape and len(item.value) == 4, f"the {name} token is no COSE_Sign1")
        kinds = [type(part) for part in item.value]
        require(kinds == [bytes, dict, bytes, bytes], f"the {name} token is no COSE_Sign1")
        self.protected, _, self.payload, self.signature = item.value
        header = decode(self.protected, f"the {name} token's header")
        require(isinstance(header, dict) and header.get(1) == ES384, f"the {name} token's algorithm is not ES384")
        self.claims = decode(self.payload, f"the {name} token's claims")
        require(isinstance(self.claims, dict), f"the {name} token's claims are no map")

    def check(self, key):
        """RFC 9053, 2.1: r and s, each as long as the curve's order."""
        signed = cbor2.dumps(["Signature1", self.protected, b"", self.payload])
        require(len(self.signature) == 96, f"the {self.name} token's signature is not 96 bytes")
        r, s = (int.from_bytes(part, "big") for part in (self.signature[:48], self.signature[48:]))
        try:
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA384()))
        except InvalidSignature as error:
            raise Refused(f"the {self.name} token's signature is not valid") from error


class Anchors:
    """Platforms that are trusted, as Trustee's store has them: [{pkey, implementation-id, instance-id}]."""

    def __init__(self, path):
        self.keys = {}
        with open(path, encoding="utf-8") as file:
            for entry in json.load(file):
                key = jwk.JWK(**entry["pkey"]).get_op_key("verify")
                if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp384r1":
                    raise ValueError(f"{path}: a key is not on P-384")
                names = bytes.fromhex(entry["instance-id"]), bytes.fromhex(entry["implementation-id"])
                self.keys[names] = key

    def key(self, instance, implementation):
        key = self.keys.get((instance, implementation))
        require(key is not None, "the platform is not one of the trusted")
        return key


class Reference:
    """What a good machine has in its registers: the file that `igvm measure --rem` writes."""

    def __init__(self, path, allow_debug=False):
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        if value["hash"] != "sha-256" or len(value["rem"]) != REGISTERS:
            raise ValueError(f"{path}: no reference values that are known here")
        # Of this the token tells nothing but the RIM: an image that its host can debug keeps no secret from it.
        self.refused = value["debug"] is not False and not allow_debug
        self.rim = bytes.fromhex(value["rim"])
        self.rpv = None if value["rpv"] is None else bytes.fromhex(value["rpv"])
        self.rem = [None if rem is None else bytes.fromhex(rem) for rem in value["rem"]]
        self.names = {index: [] for index in range(1, REGISTERS + 1)}
        for event in value.get("events", []):
            self.names[event["register"]].append(event["name"])

    def compare(self, realm):
        require(not self.refused, "the reference is an image that its host can debug")
        require(realm[RIM] == self.rim, "RIM (Paravane and its policy) is not the reference's")
        for index, (want, have) in enumerate(zip(self.rem, realm[REM]), 1):
            what = ", ".join(self.names[index])
            require(want in (None, have), f"REM {index}{what and f' ({what})'} is not the reference's")
        require(self.rpv in (None, realm[RPV]), "RPV (the policy that the host has named) is not the reference's")


def raw_point(point):
    """An uncompressed point of P-384: 97 bytes (SEC 1, 2.3.3)."""
    require(len(point) == 97 and point[0] == 4, "the realm's key is no point of 97 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), point)
    except ValueError as error:
        raise Refused("the realm's key is not on P-384") from error


def realm_key(claims):
    """44237: a raw point where there is no profile, else a COSE_Key (RFC 9053, 7.1.1)."""
    raw = claims.get(RAK)
    require(isinstance(raw, bytes), "the realm's key is missing")
    if claims.get(PROFILE) is None:
        return raw_point(raw)
    key = decode(raw, "the realm's key")
    require(isinstance(key, dict) and key.get(1) == 2 and key.get(-1) == 2, "the realm's key is no COSE_Key of P-384")
    require(key.get(3) in (None, ES384), "the realm's key is for another algorithm than ES384")
    return raw_point(b"\4" + bytes_of(key, -2, (48,), "the key's x") + bytes_of(key, -3, (48,), "the key's y"))


def check_platform(signed, anchors):
    claims = signed.claims
    instance = bytes_of(claims, UEID, (33,), "the platform's instance id")
    implementation = bytes_of(claims, IMPLEMENTATION, (32,), "the platform's implementation id")
    signed.check(anchors.key(instance, implementation))
    require(claims.get(PROFILE) in PLATFORM_PROFILES, "the platform token's profile is none that is known")
    digest_of(claims, PLATFORM_HASH, "the platform's hash algorithm")
    lifecycle = claims.get(LIFECYCLE)
    # RFC 9783, 4.3.1: 0x3000 to 0x30ff is secured.
    require(isinstance(lifecycle, int) and lifecycle >> 8 == 0x30, "the platform's lifecycle is not secured")
    require(isinstance(claims.get(COMPONENTS), list), "the platform tells of no software")


def check_realm(signed, platform):
    claims = signed.claims
    require(claims.get(PROFILE) in REALM_PROFILES, "the realm token's profile is none that is known")
    key = realm_key(claims)
    hashed = DIGESTS[digest_of(claims, RAK_HASH, "the hash of the realm's key")](claims[RAK]).digest()
    require(platform.claims.get(NONCE) == hashed, "the two tokens are not bound: the platform names another realm key")
    signed.check(key)
    size = DIGESTS[digest_of(claims, HASH, "the realm's hash algorithm")]().digest_size
    bytes_of(claims, NONCE, (64,), "the realm's challenge")
    bytes_of(claims, RPV, (64,), "RPV")
    bytes_of(claims, RIM, (size,), "RIM")
    registers = claims.get(REM)
    require(isinstance(registers, list) and len(registers) == REGISTERS, "there are not four REMs")
    require(all(isinstance(rem, bytes) and len(rem) == size for rem in registers), "a REM is of a wrong length")
    require(claims[HASH] == "sha-256", "the realm's hash algorithm is not sha-256")


def verify(token, anchors, reference, report_data):
    """The realm's claims of a token that is good in every way; else raises Refused."""
    platform, realm = (Signed(raw, name) for raw, name in zip(outer(token), ("platform", "realm")))
    check_platform(platform, anchors)
    check_realm(realm, platform)
    want = report_data + bytes(64 - len(report_data))
    require(realm.claims[NONCE] == want, "the evidence is not for this session: its challenge is another")
    reference.compare(realm.claims)
    return realm.claims
