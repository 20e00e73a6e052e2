# SPDX-License-Identifier: BSD-3-Clause
"""net/jwe.c opens what others encrypt for its key, and nothing that is wrong in one thing only."""

import json
import os
import random
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto import jwe, jwk
from jwe_seal import Sealer, encode

RANDOM = random.Random(7516)
OPENED = 200  # of each peer
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MEMBERS = ("protected", "encrypted_key", "iv", "ciphertext", "tag")


class Opener:
    def __init__(self, *words):
        self.process = subprocess.Popen([os.environ["PARAVANE_JWE_OPENER"], *words], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.x, self.y = (int(number, 16) for number in self.process.stdout.readline().split())
        public = {"kty": "EC", "crv": "P-256", "x": encode(self.x.to_bytes(32, "big")),
                  "y": encode(self.y.to_bytes(32, "big"))}
        # Who is no point of the curve is refused here already.
        self.key = jwk.JWK(**public)
        self.numbers = ec.EllipticCurvePublicNumbers(self.x, self.y, ec.SECP256R1()).public_key()

    def open(self, text):
        """The secret, or what is wrong, as text."""
        self.process.stdin.write(text.replace("\n", " ") + "\n")
        self.process.stdin.flush()
        word, _, rest = self.process.stdout.readline().rstrip("\n").partition(" ")
        assert word in ("ok", "no")
        return bytes.fromhex(rest) if word == "ok" else rest

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


@pytest.fixture(scope="module", params=["any", "zero"])
def opener(request):
    made = Opener(request.param)
    yield made
    made.close()


def by_jwcrypto(opener, secret):
    """As Trustee sends it: the five parts of the compact form, as members."""
    token = jwe.JWE(secret, json.dumps({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}))
    token.add_recipient(opener.key)
    return json.dumps(dict(zip(MEMBERS, token.serialize(compact=True).split("."))))


def flipped(text):
    """One bit of what one digit stands for, that is not the last: that may have bits for nothing."""
    members = json.loads(text)
    name = RANDOM.choice(MEMBERS)
    digits = list(members[name])
    at = RANDOM.randrange(len(digits) - 1)
    digits[at] = DIGITS[DIGITS.index(digits[at]) ^ 1 << RANDOM.randrange(6)]
    members[name] = "".join(digits)
    return json.dumps(members)


def test_jwcrypto(opener):
    for _ in range(OPENED):
        secret = os.urandom(RANDOM.randrange(1, 256))
        text = by_jwcrypto(opener, secret)
        assert opener.open(text) == secret
        assert isinstance(opener.open(flipped(text)), str)


def test_cryptography(opener):
    separators = [(",", ":"), (", ", ": "), (" ,\t", " : ")]
    for _ in range(OPENED):
        sealer = Sealer(opener.x, opener.y, os.urandom(RANDOM.randrange(257)))
        sealer.apu, sealer.apv = (os.urandom(RANDOM.randrange(65)) for _ in range(2))
        for name in ("apu", "apv"):
            if getattr(sealer, name) or RANDOM.randrange(2):
                sealer.header[name] = encode(getattr(sealer, name))
        sealer.header |= {name: "x" for name in ("kid", "typ", "cty", "new") if RANDOM.randrange(2)}
        sealer.header["epk"] = dict(RANDOM.sample(sorted(sealer.epk.items()), 4))
        items = list(sealer.header.items())
        RANDOM.shuffle(items)
        sealer.header = dict(items)
        pair = RANDOM.choice(separators)
        sealer.write_header = lambda header: json.dumps(header, separators=pair)
        assert opener.open(sealer.seal()) == sealer.secret


def wider_z(sealer):
    whole = sealer.z()
    sealer.z = lambda: b"\0" + whole


def shorter_key_encryption(sealer):
    sealer.header["alg"] = "ECDH-ES+A128KW"
    sealer.kek_algorithm, sealer.kek_bytes = b"ECDH-ES+A128KW", 16


def shorter_content_key(sealer):
    sealer.cek = os.urandom(16)


def shorter_content_encryption(sealer):
    sealer.header["enc"] = "A128GCM"
    sealer.cek = os.urandom(16)


def with_aad(sealer):
    sealer.others["aad"] = "QQ"
    sealer.aad = lambda protected: protected + ".QQ"


def off_the_curve(sealer):
    sealer.epk["y"] = encode((int.from_bytes(os.urandom(31), "big")).to_bytes(32, "big"))


def set_header(**parameters):
    return lambda sealer: sealer.header.update(parameters)


def set_others(**members):
    return lambda sealer: sealer.others.update(members)


def set_epk(**members):
    return lambda sealer: sealer.epk.update(members)


def set_all(**what):
    return lambda sealer: sealer.__dict__.update(what)


ALGORITHMS = "JWE: its algorithms are not ECDH-ES+A256KW and A256GCM"
CRITICAL = "JWE: it has critical parameters, or is compressed"
OTHERS = "JWE: it has not the members of the flattened form, or others"
HEADER = "JWE: its protected header is malformed"
IV_OR_TAG = "JWE: its initialization vector or tag is malformed"
NOT_FOR_US = "JWE: its encrypted key is not for this key"
POINT = "JWE: its ephemeral key is no point of P-256, or there is no entropy or memory"
PUBLIC = "JWE: its ephemeral key is no public key of P-256"


@pytest.mark.parametrize("spoil, why", [
    (shorter_key_encryption, ALGORITHMS),
    (shorter_content_encryption, ALGORITHMS),
    (shorter_content_key, "JWE: its encrypted key is malformed"),
    (set_header(alg="ECDH-ES+A256GCMKW"), ALGORITHMS),
    (set_header(zip="DEF"), CRITICAL),
    (set_header(crit=["kid"], kid="k"), CRITICAL),
    (set_epk(d="AQ"), PUBLIC),
    (set_epk(crv="P-384"), PUBLIC),
    (off_the_curve, POINT),
    (wider_z, NOT_FOR_US),
    (set_header(apu="QQ"), NOT_FOR_US),
    (set_all(apv=b"A"), NOT_FOR_US),
    (set_all(kek_algorithm=b"A256GCM"), NOT_FOR_US),
    (set_all(iv=bytes(16)), IV_OR_TAG),
    (set_all(tag_bytes=12), IV_OR_TAG),
    (set_all(padding="="), HEADER),
    (set_all(padding="\n"), HEADER),
    (set_all(aad=lambda protected: ""), "JWE: it is not authentic"),
    (set_all(aad=lambda protected: protected + "."), "JWE: it is not authentic"),
    (with_aad, OTHERS),
    (set_others(header={}), OTHERS),
    (set_others(header={"alg": "dir"}), OTHERS),
    (set_others(unprotected={"enc": "A128GCM"}), OTHERS),
    (set_others(recipients=[]), OTHERS),
    (set_all(secret=bytes(257)), "JWE: its ciphertext is malformed or too long"),
])
def test_one_thing_wrong(opener, spoil, why):
    sealer = Sealer(opener.x, opener.y, b"secret")
    assert opener.open(sealer.seal()) == b"secret"
    spoil(sealer)
    assert opener.open(sealer.seal()) == why


def test_another_key(opener):
    other = Opener()
    assert opener.open(by_jwcrypto(other, b"secret")) == NOT_FOR_US
    assert other.open(by_jwcrypto(other, b"secret")) == b"secret"
    other.close()


def test_escapes_are_not_base64url(opener):
    text = Sealer(opener.x, opener.y, b"secret").seal()
    assert json.loads(text.replace(': "ey', ': "\\u0065y')) == json.loads(text)
    assert opener.open(text.replace(': "ey', ': "\\u0065y')) == HEADER
