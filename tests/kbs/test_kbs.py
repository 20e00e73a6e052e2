# SPDX-License-Identifier: BSD-3-Clause
"""The server, asked by a client that does it right and in each place wrong. Protocol: Trustee's KBS 0.4.0."""

import base64
import json
import re
import ssl

import pytest

import cca
import forge
import misbehave
import trustee
from client import Failed, ear
from conftest import SECRET

ERRORS = "https://github.com/confidential-containers/kbs/errors/"
# RFC 7518, 6.2.1.1: the generator as a public key.
GENERATOR = {
    "kty": "EC", "crv": "P-256", "alg": "ECDH-ES+A256KW",
    "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}  # fmt: skip


def refused(call, status=401, variant=None, detail=""):
    with pytest.raises(Failed) as failure:
        call()
    assert failure.value.status == status
    if variant:
        assert f'"type": "{ERRORS}{variant}"' in failure.value.body
    assert re.search(detail, failure.value.detail())


def test_report_data_of_a_known_runtime():
    # A value computed elsewhere, by two implementations of RFC 8785.
    nonce = base64.b64encode(bytes(range(32))).decode()
    assert trustee.report_data(nonce, GENERATOR).hex() == (
        "9edc01b09e997f6578d6bd8f7fc2b28dfaaf4e5417793667b7ece025d50c7cf5b9b0f7d2bbbcebe25d2f53bd33807ce3"
    )


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("tag", [399, 907])
def test_released(demo, machine, framing, tag):
    machine.tag = tag
    client = demo("--http", framing).client()
    assert client.release(machine) == SECRET


def test_shape_of_what_is_answered(demo, machine):
    started = demo()
    client = started.client()
    nonce = client.auth()
    assert len(nonce) == 44 and len(base64.b64decode(nonce)) == 32
    first = client.cookie
    assert re.fullmatch("kbs-session-id=[0-9a-f]{32}", first)
    token = machine.token(client.challenge())
    answer = client.attest(token)
    claims = ear(answer["token"])
    assert claims["submods"]["cpu0"]["ear.status"] == "affirming"
    assert client.attest(b"ignored") == answer  # attested once, attested
    sealed = client.resource()
    assert list(sealed) == ["protected", "encrypted_key", "iv", "ciphertext", "tag"]
    assert client.cookie == first
    assert [event["version"] for event in started.events("handshake")] == ["TLSv1.3"]
    assert [event["token"] for event in started.events("evidence")] == [token.hex()]
    assert SECRET.hex() not in started.log.read_text() and "cookie" not in started.log.read_text()


def test_each_session_for_itself(demo, machine):
    started = demo()
    first, second = started.client(), started.client()
    first.auth()
    assert second.auth() != first.nonce
    first.attest(machine.token(first.challenge()))
    refused(second.resource, variant="TokenNotFound")
    assert first.open(first.resource()) == SECRET


@pytest.mark.parametrize("request_, detail", [
    ({"version": "0.4.1"}, "version 0.4.0"),
    ({"version": "0.1.1"}, "version 0.4.0"),
    ({"version": 0.4}, "version 0.4.0"),
    ({"tee": "sample"}, "no evidence but cca"),
    ({"more": 1}, "members"),
])  # fmt: skip
def test_auth_refused(demo, request_, detail):
    refused(lambda: demo().client().auth(**request_), detail=detail)


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b"null", b"\xff", b'{"version":"0.4.0","tee":"cca"}', b"[" * 100000,
    b'{"version":"0.4.0","version":"0.4.0","tee":"cca","extra-params":""}',
])  # fmt: skip
def test_auth_of_no_request(demo, body):
    refused(lambda: demo().client().call("POST", "auth", body), variant="SerdeError")


@pytest.mark.parametrize("method, path", [
    ("GET", "auth"), ("GET", "attest"), ("POST", "resource/default/key/disk"), ("GET", "nothing"), ("GET", "../auth"),
    ("DELETE", "resource/default/key/disk"), ("GET", "resource"),
])  # fmt: skip
def test_nothing_there(demo, method, path):
    body = {} if method == "POST" else None
    refused(lambda: demo().client().call(method, path, body), 404, "PluginNotFound")


def test_no_session(demo, machine):
    client = demo().client()
    refused(client.resource, variant="AttestationError", detail="no session")
    client.auth()
    token = machine.token(client.challenge())
    client.cookie = "kbs-session-id=" + "0" * 32
    refused(lambda: client.attest(token), variant="AttestationError", detail="no session")


def test_expired_sessions_go():
    kbs = trustee.Kbs("", "", {}, misbehave.Misbehaviour(), lambda *_, **__: None)
    for _ in range(3):
        answer = kbs.handle("POST", "/kbs/v0/auth", {}, b'{"version":"0.4.0","tee":"cca","extra-params":""}')
    assert answer.status == 200 and len(kbs.sessions) == 3
    first, second, _ = kbs.sessions.values()
    first.until = second.until = 0
    (cookie,) = (name for name, value in kbs.sessions.items() if value is first)
    assert "no session" in kbs.handle("GET", "/kbs/v0/resource/a/b/c", {trustee.COOKIE: cookie}, b"").body
    kbs.handle("POST", "/kbs/v0/auth", {}, b'{"version":"0.4.0","tee":"cca","extra-params":""}')
    assert [session.number for session in kbs.sessions.values()] == [3, 4]


def test_not_attested(demo):
    client = demo().client()
    client.auth()
    refused(client.resource, variant="TokenNotFound")


@pytest.mark.parametrize("name, detail", [
    ("default/key/other", "no such resource"), ("default/key", "REPOSITORY"), ("default/key/disk/", "REPOSITORY"),
    ("default/.key/disk", "REPOSITORY"), ("default//disk", "REPOSITORY"), ("default/key/%64isk", "REPOSITORY"),
])  # fmt: skip
def test_no_such_resource(demo, machine, name, detail):
    client = demo().client()
    client.release(machine)
    refused(lambda: client.resource(name), variant="PluginInternalError", detail=detail)


def test_evidence_of_an_earlier_session(demo, machine):
    # The very bytes that were good once, by who has seen them: another nonce, and another key anyway.
    started = demo()
    started.client().release(machine)
    token = bytes.fromhex(started.events("evidence")[0]["token"])
    thief = started.client()
    thief.auth()
    refused(lambda: thief.attest(token), variant="AttestationError", detail="not for this session")
    refused(thief.resource, variant="TokenNotFound")


def test_nonce_of_an_earlier_session(demo, machine):
    started = demo()
    first, second = started.client(), started.client()
    first.auth()
    second.auth()
    second.nonce = first.nonce
    refused(lambda: second.attest(machine.token(second.challenge())), detail="nonce is not")


def test_key_that_the_evidence_is_not_for(demo, machine):
    client, thief = demo().client(), None
    client.auth()
    token = machine.token(client.challenge())
    thief = client.key
    client.key = type(thief).generate(kty="EC", crv="P-256")
    refused(lambda: client.attest(token), detail="not for this session")


@pytest.mark.parametrize("changes, detail", [
    ({"init-data": {"format": "toml", "body": ""}}, "init data"),
    ({"runtime-data": {"nonce": ""}}, "runtime-data"),
    ({"tee-evidence": {"primary_evidence": {"token": []}, "additional_evidence": "{}"}}, "additional"),
    ({"tee-evidence": {"primary_evidence": {"token": []}}}, "tee-evidence"),
    ({"tee-evidence": {"primary_evidence": {"token": "0"}, "additional_evidence": ""}}, "array of bytes"),
    ({"tee-evidence": {"primary_evidence": {"token": [256]}, "additional_evidence": ""}}, "array of bytes"),
    ({"tee-evidence": {"primary_evidence": {"token": [True]}, "additional_evidence": ""}}, "array of bytes"),
    ({"tee-evidence": {"primary_evidence": {"token": []}, "additional_evidence": ""}}, "no CBOR"),
    ({"more": 1}, "members"),
])  # fmt: skip
def test_attest_refused(demo, machine, changes, detail):
    client = demo().client()
    client.auth()
    refused(lambda: client.attest(machine.token(client.challenge()), **changes), detail=detail)


@pytest.mark.parametrize("changes", [
    {"kty": "RSA"}, {"crv": "P-521"}, {"alg": "ECDH-ES"}, {"kid": "1"}, {"x": GENERATOR["x"] + "="},
    {"x": "A" * 42}, {"x": "A" * 44}, {"y": "A" * 43}, {"y": 7},
])  # fmt: skip
def test_keys_refused(demo, changes):
    client = demo().client()
    client.auth()
    runtime = {"nonce": client.nonce, "tee-pubkey": GENERATOR | changes}
    refused(lambda: client.attest(b"", **{"runtime-data": runtime}), detail="tee-pubkey")


def test_wrong_machine(demo, machine):
    machine.realm[44238] = bytes(32)
    client = demo().client()
    refused(lambda: client.release(machine), variant="AttestationError", detail="RIM")


def test_debug_image(demo, machine, tmp_path):
    forge.write_reference(tmp_path / "reference.json", debug=True)
    refused(lambda: demo().client().release(machine), variant="AttestationError", detail="its host can debug")
    assert demo("--allow-debug").client().release(machine) == SECRET


def test_not_enrolled_yet(demo, machine, tmp_path):
    client = demo().client()
    (tmp_path / "reference.json").unlink()
    refused(lambda: client.release(machine), detail="what to expect")
    forge.write_reference(tmp_path / "reference.json")
    assert client.release(machine) == SECRET


def test_reference_that_is_none(demo, machine, tmp_path):
    client = demo().client()
    for text in ("", "{}", "[]", '{"hash":"sha-256","rem":[0,0,0,0],"rim":1,"rpv":null}'):
        (tmp_path / "reference.json").write_text(text)
        refused(lambda: client.release(machine), detail="what to expect")


def test_anchor_with_a_key_on_another_curve(tmp_path):
    key = {name: GENERATOR[name] for name in ("kty", "crv", "x", "y")}
    entry = {"pkey": key, "instance-id": "", "implementation-id": ""}
    (tmp_path / "a").write_text(json.dumps([entry]))
    with pytest.raises(ValueError, match="P-384"):
        cca.Anchors(tmp_path / "a")


def test_crash_is_told(demo, machine, tmp_path):
    # Whatever comes of a server's own mistake, no test passes by it.
    started = demo()
    (tmp_path / "secret").unlink()
    with pytest.raises(OSError):
        started.client().release(machine)
    assert "FileNotFoundError" in started.events("crash")[0]["detail"]
    with pytest.raises(AssertionError, match="FileNotFoundError"):
        started.stop()
    started.log.write_text("")


@pytest.mark.parametrize("authority", ["other-ca.pem", "pinned.pem"])
def test_client_checks_the_certificate(demo, authority):
    started = demo()
    with pytest.raises(ssl.SSLCertVerificationError):
        started.client(authority).auth()


@pytest.mark.parametrize("raw, told", [
    (b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "no request of HTTP/1.1"),
    (b"GET / HTTP/1.1\r\n\r\n", "no Host"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "twice"),
    (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "header line"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "header line"),
    (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "header line"),
    (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", "ASCII"),
    (b"GET nothing HTTP/1.1\r\nHost: a\r\n\r\n", "no request"),
    (b"POST / HTTP/1.1\r\nHost: a\r\n\r\n", "without Content-Length"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", "no number"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\na", "no number"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "chunks"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1;b=2\r\n\r\n", "Cookie"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000, "too long"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n", "too long"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b" " * 8000 + b"\1\r\n\r\n", "header line"),  # at once
])  # fmt: skip
def test_strict(demo, raw, told):
    client = demo().client()
    client.connection.connect()
    stream = client.connection.sock
    stream.sendall(raw)
    answer = b""
    while part := stream.recv(4096):
        answer += part
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n") and told.encode() in answer
