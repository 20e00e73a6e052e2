# SPDX-License-Identifier: BSD-3-Clause
"""That each misbehaviour is the one it says: by a client that believes much, and by looking at the answers."""

import http.client
import json
import re
import ssl
import subprocess

import pytest

import misbehave
import seal
from client import Client, Failed
from conftest import HERE, PYTHON, SECRET

ROWS = misbehave.rows()


def outcome(client, machine):
    """The secret, or whatever went wrong with Python's HTTP, TLS, JSON or jwcrypto."""
    try:
        return client.release(machine)
    except Exception as error:  # pylint: disable=broad-except
        return error


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.released])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_released(demo, machine, name, framing):
    assert outcome(demo("--misbehave", name, "--http", framing).client(), machine) == SECRET


# What this client does not notice: it is Paravane's that has to.
BELIEVED = {
    "nonce-empty", "nonce-4096", "nonce-control", "nonce-quote", "nonce-non-ascii", "json-nul", "json-twice",
    "json-twice-escaped", "json-twice-jwe", "json-many", "json-surrogate", "body-large", "header-folded",
    "length-twice", "length-both", "chunk-many", "cookie-long", "cookie-hostile",
    "jwe-header-enc", "jwe-header-alg", "jwe-aad", "jwe-padded", "secret-empty", "secret-large", "secret-wrong",
    "secret-longer", "jwe-short-x", "jwe-epk-outside", "json-escaped", "tls-1.2", "silent",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.released and name not in BELIEVED])
def test_refused(demo, machine, name):
    assert isinstance(outcome(demo("--misbehave", name).client(), machine), Exception)


def test_for_the_first_attempts_only(demo, machine):
    started = demo("--misbehave", "attest-401:2")
    results = [outcome(started.client(), machine) for _ in range(3)]
    assert [isinstance(result, Failed) for result in results] == [True, True, False]
    assert results[2] == SECRET


def test_closed_for_the_first_connections_only(demo, machine):
    started = demo("--misbehave", "closed:1")
    assert isinstance(outcome(started.client(), machine), OSError)
    assert outcome(started.client(), machine) == SECRET


def test_nonces(demo):
    for name, told in (("empty", ""), ("4096", "A" * 4096), ("number", 7)):
        assert demo("--misbehave", f"nonce-{name}").client().auth() == told
    assert "\x07" in demo("--misbehave", "nonce-control").client().auth()
    assert "\0" in demo("--misbehave", "json-nul").client().auth()


def sealed(demo, machine, name):
    client = demo("--misbehave", name).client()
    client.auth()
    client.attest(machine.token(client.challenge()))
    text = client.resource()
    return client, text, json.loads(seal.from_text(text["protected"]))


@pytest.mark.parametrize("name, at", [("jwe-zero-x", "x"), ("jwe-zero-y", "y")])
def test_coordinates_with_zeros(demo, machine, name, at):
    _, _, header = sealed(demo, machine, name)
    raw = seal.from_text(header["epk"][at])
    assert raw[0] == 0 and len(raw) == 32


def test_short_coordinate_is_31_bytes(demo, machine):
    _, _, header = sealed(demo, machine, "jwe-short-x")
    assert len(seal.from_text(header["epk"]["x"])) == 31


def test_spacing_is_other_bytes(demo, machine):
    client, text, header = sealed(demo, machine, "jwe-spacing")
    raw = seal.from_text(text["protected"]).decode()
    assert "\n" in raw and list(header)[0] == "epk"
    assert client.open(text) == SECRET


def test_epk_places(demo, machine):
    _, text, header = sealed(demo, machine, "jwe-epk-twice")
    assert text["header"]["epk"] == header["epk"]
    client, text, header = sealed(demo, machine, "jwe-epk-outside")
    assert "epk" not in header and client.open(text) == SECRET


@pytest.mark.parametrize("member", seal.MEMBERS)
def test_one_bit(demo, machine, member):
    # Turned back, it is the right answer.
    client = demo("--misbehave", f"jwe-flip-{member.replace('_', '-')}").client()
    client.auth()
    client.attest(machine.token(client.challenge()))
    text = client.resource()
    data = bytearray(seal.from_text(text[member]))
    data[len(data) // 2] ^= 1
    assert client.open(text | {member: seal.to_text(bytes(data))}) == SECRET


def test_secrets(demo, machine):
    _, text, _ = sealed(demo, machine, "secret-empty")
    assert text["ciphertext"] == "" and len(seal.from_text(text["tag"])) == 16
    assert len(demo("--misbehave", "secret-large").client().release(machine)) == 40960
    assert demo("--misbehave", "secret-longer").client().release(machine) == SECRET + b"\n"
    wrong = demo("--misbehave", "secret-wrong").client().release(machine)
    assert len(wrong) == len(SECRET) and wrong != SECRET


# What of it is on the wire, as a pattern.
RAW = {
    "chunk-absurd": rb"\r\n\r\nffffffffffffffff\r\n", "chunk-sign": rb"\r\n\r\n-2\r\n",
    "chunk-many": rb"\r\n\r\n(1\r\n \r\n){1000}", "redirect": rb"^HTTP/1\.1 307 .*\r\nLocation: https://",
    "length-absurd": rb"\r\nContent-Length: 18446744073709551618\r\n",
    "length-both": rb"Content-Length: 2\r\nTransfer-Encoding: chunked",
    "length-twice": rb"Content-Length: 2\r\nContent-Length: 5\r\n", "header-folded": rb"\r\nContent-Length:\r\n 2\r\n",
    "header-large": rb"\r\nX-Long: a{10000}", "header-many": rb"\r\n(X-Many: a\r\n){1000}", "not-http": rb"^SSH-2\.0",
    "body-large": rb"\r\nContent-Length: 1048[67]\d\d\r\n",
    "cookie-long": rb"\r\nSet-Cookie: kbs-session-id=a{5000}\r\n",
    "cookie-hostile": rb'\r\nSet-Cookie: kbs-session-id=a"\tb\r\n', "cookie-none": rb"^((?!Set-Cookie)[^{])+\{",
    "json-utf8": rb'\{"extra":"\xff"', "json-twice": rb'\{"nonce":"[^"]+","nonce": "',
    "json-twice-escaped": rb'\{"nonce":"","\\u006eonce": "', "json-deep": rb'\{"extra":\[{10000}',
    "json-many": rb'\{("m\d+":\d+,){500}', "json-surrogate": rb'\{"extra":"\\ud800",', "json-behind": rb"\}\{\}$",
    "json-cut": rb'"extra-par$', "json-array": rb"\r\n\r\n\[\{.*\}\]$", "json-nul": rb'\{"nonce": "[^"]+\\u0000="',
    "json-escaped": rb'\{"\\u006E\\u006F\\u006E\\u0063\\u0065":', "nonce-empty": rb'\{"nonce": ""',
    "nonce-4096": rb'\{"nonce": "A{4096}"', "nonce-control": rb'\{"nonce": "[^"]+\\u0007="',
    "nonce-quote": rb'\{"nonce": "[^"]+\\"\\\\"', "nonce-non-ascii": rb'\{"nonce": "[^"]+\\u00fc="',
    "nonce-number": rb'\{"nonce": 7,', "auth-401": rb"^HTTP/1\.1 401 .*\r\nContent-Length: 0\r\n\r\n$",
    "auth-500": rb"^HTTP/1\.1 500 .*<html>", "auth-version": rb"^HTTP/1\.1 401 .*AttestationError.*expect 9\.9\.9",
}  # fmt: skip


@pytest.mark.parametrize("name, told", RAW.items())
def test_raw_answers(demo, name, told):
    """As they are on the wire."""
    client = demo("--misbehave", name).client()
    client.connection.connect()
    body = b'{"version":"0.4.0","tee":"cca","extra-params":""}'
    client.connection.sock.sendall(b"POST /kbs/v0/auth HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" %
                                   (len(body), body))  # fmt: skip
    answer = client.connection.sock.recv(65536)
    assert re.search(told, answer, re.DOTALL), answer


def test_raw_resource(demo, machine):
    """A member twice: of the two this client sees one."""
    client, text, _ = sealed(demo, machine, "json-twice-jwe")
    client.connection.request("GET", "/kbs/v0/resource/default/key/disk", headers={"Cookie": client.cookie})
    assert client.connection.getresponse().read().count(b'"protected":') == 2 and client.open(text) == SECRET


@pytest.mark.parametrize("name, at, value", [
    ("jwe-header-alg", "header", {"alg": "dir"}), ("jwe-header-enc", "header", {"enc": "A128GCM"}),
    ("jwe-aad", "aad", "QUFE"),
])  # fmt: skip
def test_members_outside(demo, machine, name, at, value):
    _, text, _ = sealed(demo, machine, name)
    assert text.pop(at) == value and set(text) == set(seal.MEMBERS)


def test_padding(demo, machine):
    _, text, _ = sealed(demo, machine, "jwe-padded")
    assert text["iv"].endswith("=") and text["tag"].endswith("=")


@pytest.mark.parametrize("name, at, value", [
    ("jwe-rsa1-5", "alg", "RSA1_5"), ("jwe-dir", "alg", "dir"), ("jwe-ecdh-es", "alg", "ECDH-ES"),
    ("jwe-a128gcm", "enc", "A128GCM"), ("jwe-crit", "crit", ["new"]), ("jwe-zip", "zip", "DEF"),
    ("jwe-apu", "apu", "QQ"),
])  # fmt: skip
def test_protected_header(demo, machine, name, at, value):
    _, _, header = sealed(demo, machine, name)
    assert header[at] == value


@pytest.mark.parametrize("name, x, y", [
    ("jwe-infinity", bytes(32), bytes(32)), ("jwe-above-prime", b"\xff" * 32, b"\xff" * 32),
    ("jwe-long-x", bytes(33), None), ("jwe-not-on-curve", None, b"\1" * 32),
])  # fmt: skip
def test_ephemeral_keys(demo, machine, name, x, y):
    _, _, header = sealed(demo, machine, name)
    for at, value in (("x", x), ("y", y)):
        assert value is None or seal.from_text(header["epk"][at]) == value


@pytest.mark.parametrize("name, at, size", [("key", "encrypted_key", 39), ("iv", "iv", 11), ("tag", "tag", 15)])
def test_short_members(demo, machine, name, at, size):
    _, text, _ = sealed(demo, machine, f"jwe-short-{name}")
    assert len(seal.from_text(text[at])) == size


CERTIFICATES = {
    "tls-other-ca": "certificate signature failure|unable to get local issuer|self-signed|signature",
    "tls-self-signed": "self.signed",
    "tls-wrong-name": "mismatch|match",
    "tls-expired": "expired",
    "tls-not-yet": "not yet valid",
    "tls-not-ca": "CA|issuer",
    "tls-client": "purpose",
}  # fmt: skip


@pytest.mark.parametrize("name, reason", CERTIFICATES.items())
def test_certificates(demo, name, reason):
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        demo("--misbehave", name).client().auth()


def test_pinned_certificate(demo, machine):
    # The certificate itself is the trust anchor.
    assert demo("--misbehave", "tls-self-signed").client("pinned.pem").release(machine) == SECRET


def test_old_tls(demo):
    started = demo("--misbehave", "tls-1.2")
    client = started.client()
    assert client.auth()
    assert [event["version"] for event in started.events("handshake")] == ["TLSv1.2"]
    context = ssl.create_default_context(cafile=started.folder / "ca.pem")
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    client = Client(started.port)
    client.connection = http.client.HTTPSConnection("127.0.0.1", started.port, context=context)
    with pytest.raises(ssl.SSLError, match="version"):
        client.auth()


def test_silent(demo, machine):
    client = demo("--misbehave", "silent").client()
    client.auth()
    client.connection.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):
        client.attest(machine.token(client.challenge()))


def test_list_and_mistakes():
    kbs = [PYTHON, "-B", HERE / "kbs.py"]
    told = subprocess.run([*kbs, "--list"], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in told.splitlines()] == list(ROWS)
    for more in ([], ["--misbehave", "no-such"], ["--misbehave", "silent:x"]):
        files = ["--certificate", "a", "--key", "a", "--anchors", "a", "--reference", "a"] if more else []
        assert subprocess.run([*kbs, *files, *more], capture_output=True, check=False).returncode == 2
