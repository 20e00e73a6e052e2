# SPDX-License-Identifier: BSD-3-Clause
"""Secrets as flattened JWE (RFC 7516, 7.2.2) for the key of who asked: by jwcrypto where the answer is to be right, by
hand (RFC 7518, 4.6) where it is to be wrong or rare in one place."""

import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from jwcrypto import jwe, jwk

ALGORITHM, ENCRYPTION = "ECDH-ES+A256KW", "A256GCM"
MEMBERS = ("protected", "encrypted_key", "iv", "ciphertext", "tag")


def to_text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value):
    return json.dumps(value, separators=(",", ":"))


def seal(public, secret):
    """As Trustee answers: alg, enc and epk are all in `protected`, which jwcrypto's compact form has."""
    sealed = jwe.JWE(secret, compact_json({"alg": ALGORITHM, "enc": ENCRYPTION}), recipient=jwk.JWK(**public))
    return dict(zip(MEMBERS, sealed.serialize(compact=True).split(".")))


def public_key(public):
    x, y = (int.from_bytes(from_text(public[name]), "big") for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def epk_of(key, size=32):
    numbers = key.public_key().public_numbers()
    x, y = (to_text(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def length_prefixed(data):
    return len(data).to_bytes(4, "big") + data


def key_of(shared):
    """RFC 7518, 4.6.2: one round of the Concat KDF, no party's information, 256 bits."""
    name = length_prefixed(ALGORITHM.encode())
    return hashlib.sha256(b"\0\0\0\1" + shared + name + bytes(8) + (256).to_bytes(4, "big")).digest()


def seal_by_hand(public, secret, ephemeral=None, change=None, dump=compact_json):
    """change(header): spoils the protected header before all else is computed over it."""
    ephemeral = ephemeral or ec.generate_private_key(ec.SECP256R1())
    shared = ephemeral.exchange(ec.ECDH(), public_key(public))
    header = {"alg": ALGORITHM, "enc": ENCRYPTION, "epk": epk_of(ephemeral)}
    if change:
        change(header)
    protected = to_text(dump(header).encode())
    content_key, iv = os.urandom(32), os.urandom(12)
    sealed = AESGCM(content_key).encrypt(iv, secret, protected.encode())
    wrapped = aes_key_wrap(key_of(shared), content_key)
    return dict(zip(MEMBERS, (protected, *map(to_text, (wrapped, iv, sealed[:-16], sealed[-16:])))))


def search_ephemeral(public, wanted):
    """An ephemeral key with wanted(key, shared secret): one of some hundreds has a zero where it matters."""
    other = public_key(public)
    while True:
        key = ec.generate_private_key(ec.SECP256R1())
        if wanted(key, key.exchange(ec.ECDH(), other)):
            return key
