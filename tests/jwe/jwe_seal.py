# SPDX-License-Identifier: BSD-3-Clause
"""Encrypts by RFC 7516 and RFC 7518, each step by itself, so that a test may do one of them otherwise.

`Sealer(x, y, secret)` holds what goes in, as it should be; change what is to be wrong, then `seal()`.
"""

import base64
import json
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_wrap


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sized(data):
    return len(data).to_bytes(4, "big") + data


class Sealer:
    def __init__(self, x, y, secret):
        self.secret = secret
        self.ephemeral = ec.generate_private_key(ec.SECP256R1())
        self.recipient = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        point = self.ephemeral.public_key().public_numbers()
        self.epk = {"kty": "EC", "crv": "P-256", "x": encode(point.x.to_bytes(32, "big")),
                    "y": encode(point.y.to_bytes(32, "big"))}
        self.header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "epk": self.epk}
        self.apu = self.apv = b""
        self.kek_algorithm = b"ECDH-ES+A256KW"
        self.kek_bytes = 32
        self.cek = os.urandom(32)
        self.iv = os.urandom(12)
        self.tag_bytes = 16
        self.padding = ""  # behind the protected header
        self.aad = None
        self.others = {}  # members beside the five
        self.write_header = json.dumps

    def z(self):
        return self.ephemeral.exchange(ec.ECDH(), self.recipient)

    def seal(self):
        info = sized(self.kek_algorithm) + sized(self.apu) + sized(self.apv)
        info += (self.kek_bytes * 8).to_bytes(4, "big")
        kek = ConcatKDFHash(hashes.SHA256(), self.kek_bytes, info).derive(self.z())
        protected = encode(self.write_header(self.header).encode()) + self.padding
        aad = protected if self.aad is None else self.aad(protected)
        content = AESGCM(self.cek).encrypt(self.iv, self.secret, aad.encode())
        members = {"protected": protected, "encrypted_key": encode(aes_key_wrap(kek, self.cek)),
                   "iv": encode(self.iv), "ciphertext": encode(content[:-16]),
                   "tag": encode(content[-16:][:self.tag_bytes])}
        return json.dumps(members | self.others)
