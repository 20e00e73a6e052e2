# SPDX-License-Identifier: BSD-3-Clause
"""Misbehaviour in the secret and the JWE around it."""

import functools
import json
import os

from jwcrypto import jwk

import seal
from misbehave import Row


def header(**members):
    """Other members in the protected header, over which all else is computed."""
    return functools.partial(seal.seal_by_hand, change=lambda protected: protected.update(members))


def epk(**members):
    return functools.partial(seal.seal_by_hand, change=lambda protected: protected["epk"].update(members))


def added(**members):
    return lambda public, secret: seal.seal_by_hand(public, secret) | members


def epk_outside(public, secret):
    """In the unprotected header, where jwcrypto's JSON form and the jose command put it."""
    found = {}
    sealed = seal.seal_by_hand(public, secret, change=lambda protected: found.update(epk=protected.pop("epk")))
    return sealed | {"header": found}


def epk_twice(public, secret):
    found = {}
    sealed = seal.seal_by_hand(public, secret, change=lambda protected: found.update(epk=protected["epk"]))
    return sealed | {"header": found}


def flipped(member):
    def make(public, secret):
        sealed = seal.seal(public, secret)
        data = bytearray(seal.from_text(sealed[member]))
        data[len(data) // 2] ^= 1
        return sealed | {member: seal.to_text(bytes(data))}

    return make


def shortened(member):
    def make(public, secret):
        sealed = seal.seal(public, secret)
        return sealed | {member: seal.to_text(seal.from_text(sealed[member])[:-1])}

    return make


def padded(public, secret):
    sealed = seal.seal(public, secret)
    return sealed | {"iv": sealed["iv"] + "====", "tag": sealed["tag"] + "=="}


def lacking(member):
    return lambda public, secret: {
        name: value for name, value in seal.seal(public, secret).items() if name != member
    }  # fmt: skip


def for_another_key(_, secret):
    return seal.seal(jwk.JWK.generate(kty="EC", crv="P-256").export_public(as_dict=True), secret)


def coordinates(key):
    numbers = key.public_key().public_numbers()
    return numbers.x, numbers.y


def with_ephemeral(wanted):
    """wanted(ephemeral key, shared secret)."""

    def make(public, secret):
        return seal.seal_by_hand(public, secret, seal.search_ephemeral(public, wanted))

    return make


def short_x(public, secret):
    """A leading zero left out, which RFC 7518, 6.2.1.2 does not allow."""
    key = seal.search_ephemeral(public, lambda key, _: coordinates(key)[0] >> 248 == 0)
    text = seal.to_text(coordinates(key)[0].to_bytes(31, "big"))
    return seal.seal_by_hand(public, secret, key, lambda protected: protected["epk"].update(x=text))


def spaced(value):
    """In other order and spacing: what is signed are the bytes as they are sent."""
    return json.dumps(dict(reversed(value.items())), indent=3)


ROWS = {
    "jwe-rsa1-5": Row("JWE: alg RSA1_5", sealed=header(alg="RSA1_5")),
    "jwe-dir": Row("JWE: alg dir", sealed=header(alg="dir")),
    "jwe-ecdh-es": Row("JWE: alg ECDH-ES", sealed=header(alg="ECDH-ES")),
    "jwe-a128gcm": Row("JWE: enc A128GCM", sealed=header(enc="A128GCM")),
    "jwe-crit": Row("JWE: an extension that must be understood", sealed=header(crit=["new"], new=1)),
    "jwe-zip": Row("JWE: says that it is compressed", sealed=header(zip="DEF")),
    "jwe-apu": Row("JWE: apu, which goes into the key, but did not", sealed=header(apu="QQ")),
    "jwe-curve": Row("JWE: epk is on P-384, it says", sealed=epk(crv="P-384")),
    "jwe-not-on-curve": Row("JWE: epk is a point that is not on the curve", sealed=epk(y=seal.to_text(b"\1" * 32))),
    "jwe-infinity": Row("JWE: epk is (0, 0), which some take for infinity",
                        sealed=epk(x=seal.to_text(bytes(32)), y=seal.to_text(bytes(32)))),
    "jwe-above-prime": Row("JWE: epk's coordinates are above the field's prime",
                           sealed=epk(x=seal.to_text(b"\xff" * 32), y=seal.to_text(b"\xff" * 32))),
    "jwe-long-x": Row("JWE: epk's x of 33 bytes", sealed=epk(x=seal.to_text(bytes(33)))),
    "jwe-short-x": Row("JWE: epk's x without its leading zero", sealed=short_x),
    "jwe-flip-protected": Row("JWE: one bit of protected is another", sealed=flipped("protected")),
    "jwe-flip-encrypted-key": Row("JWE: one bit of encrypted_key is another", sealed=flipped("encrypted_key")),
    "jwe-flip-iv": Row("JWE: one bit of iv is another", sealed=flipped("iv")),
    "jwe-flip-ciphertext": Row("JWE: one bit of ciphertext is another", sealed=flipped("ciphertext")),
    "jwe-flip-tag": Row("JWE: one bit of tag is another", sealed=flipped("tag")),
    "jwe-short-key": Row("JWE: encrypted_key of 39 bytes", sealed=shortened("encrypted_key")),
    "jwe-short-iv": Row("JWE: iv of 11 bytes", sealed=shortened("iv")),
    "jwe-short-tag": Row("JWE: tag of 15 bytes", sealed=shortened("tag")),
    "jwe-padded": Row("JWE: base64url with padding", sealed=padded),
    "jwe-no-tag": Row("JWE: no tag", sealed=lacking("tag")),
    "jwe-other-key": Row("JWE: for another key than the client's", sealed=for_another_key),
    "jwe-spacing": Row("JWE: protected in other spacing and order", True,
                       sealed=functools.partial(seal.seal_by_hand, dump=spaced)),
    "jwe-epk-twice": Row("JWE: epk in both headers", sealed=epk_twice),
    "jwe-epk-outside": Row("JWE: epk in the unprotected header", None, sealed=epk_outside),
    "jwe-header-alg": Row("JWE: an unprotected header says alg dir", sealed=added(header={"alg": "dir"})),
    "jwe-header-enc": Row("JWE: an unprotected header says enc A128GCM", sealed=added(header={"enc": "A128GCM"})),
    "jwe-aad": Row("JWE: a member aad, which went into no tag", sealed=added(aad="QUFE")),
    "jwe-zero-shared": Row("JWE: the shared secret begins with a zero", True,
                           sealed=with_ephemeral(lambda _, shared: shared[0] == 0)),
    "jwe-zero-x": Row("JWE: epk's x begins with a zero", True,
                      sealed=with_ephemeral(lambda key, _: coordinates(key)[0] >> 248 == 0)),
    "jwe-zero-y": Row("JWE: epk's y begins with a zero", True,
                      sealed=with_ephemeral(lambda key, _: coordinates(key)[1] >> 248 == 0)),
    "secret-empty": Row("a secret of no bytes", secret=lambda _: b""),
    "secret-large": Row("a secret of 40 KiB", secret=lambda _: os.urandom(40960)),
    # The JWE is good: what is wrong shows only at the disk.
    "secret-wrong": Row("another secret, of the same length", secret=lambda secret: os.urandom(len(secret))),
    "secret-longer": Row("the secret and a newline", secret=lambda secret: secret + b"\n"),
}  # fmt: skip
