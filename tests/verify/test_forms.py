# SPDX-License-Identifier: BSD-3-Clause
"""What a token travels in; challenges of guests; event logs; trust anchors and reference values; the command line."""

import base64
import json
import random

import pytest

from verify_token import Machine, base64url, guest_challenge, write_json
from verify_tool import Verifier, failed, reason, verify

MACHINE = Machine()
TOKEN = MACHINE.token()


@pytest.fixture
def verifier(tmp_path):
    return Verifier(tmp_path, MACHINE)


def guest_json(**changes):
    """GET /evidence. What stands beside the token is the guest's word, and nobody asks it."""
    return json.dumps({"kind": "cca", "nonce": "AAAA", "data": "", "challenge": "00" * 64,
                       "token": base64.b64encode(TOKEN).decode(), **changes}).encode()


def http(body, status="200 OK", head="Content-Length: LENGTH\r\n"):
    head = head.replace("LENGTH", str(len(body)))
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{head}\r\n".encode() + body


# ---- Forms ----

@pytest.mark.parametrize("form", (
    TOKEN,
    json.dumps({"token": list(TOKEN)}).encode(),
    b" \r\n\t" + json.dumps({"token": list(TOKEN)}, indent=2).encode() + b"\n",
    guest_json(),
))
def test_forms(verifier, tmp_path, form):
    assert verifier.judge(form)["accepted"]
    path = tmp_path / "token"
    path.write_bytes(form)
    done = verify(path, *verifier.options())
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.endswith(b"\naccepted\n")


@pytest.mark.parametrize("form", (
    b"", b"{", b"[]", b"null", b"{}", b'{"token":null}', b'{"token":{}}', b'{"token":[256]}', b'{"token":[-1]}',
    b'{"token":[1.0]}', b'{"token":["1"]}', b'{"token":[1],"token":[1]}', b'{"token":"====","kind":"cca"}',
    guest_json(kind="vbs"), guest_json(kind=None), guest_json(kind=1),
    guest_json(token=base64.b64encode(TOKEN).decode().rstrip("=") + "*"), guest_json(token=base64url(TOKEN) + "-_"),
    guest_json(token=base64.b64encode(TOKEN).decode() + "\n"), guest_json()[:-1], guest_json() + b"x",
    json.dumps({"token": [0] * 65537}).encode(), json.dumps({"token": "AAAA" * 21846}).encode(),
    b"\xd9" + bytes(65536), TOKEN.hex().encode(), base64.b64encode(TOKEN), b"\xff" + TOKEN, http(guest_json())),
    ids=lambda form: f"{len(form)}-bytes")
def test_no_token(verifier, form):
    verdict = verifier.judge(form)
    assert set(verdict) == {"accepted", "problem"}, verdict
    done = verify("-", *verifier.options(), stdin=form)
    assert (done.returncode, done.stderr) == (1, b"") and done.stdout.startswith(b"refused: there is no token: ")


def test_long_form(verifier):
    """Nothing of a text that is too long for a token is read."""
    form = json.dumps({"token": list(TOKEN)}).encode()
    assert verifier.judge(form + b" " * (8 * 65536 - len(form)))["accepted"]
    for text in (form + b" " * (8 * 65536 - len(form) + 1), b'{"token":[' + b"{}," * 350000 + b"{}]}"):
        assert verifier.judge(text)["problem"] == "there is no token: it is longer than a token can be"
        done = verify("--fetch", *verifier.options(), stdin=http(text))
        assert done.returncode == 1 and b"longer than a token can be" in done.stdout
    # More than is read of any file.
    for options, text in ((("-",), form), (("--fetch",), http(form))):
        assert verify(*options, *verifier.options(), stdin=text + b" " * (17 << 20)).returncode == 1


def test_empty_token(verifier):
    for form in (b'{"token":[]}', b'{"token":""}'):
        assert failed(verifier.judge(form)) == {"wrapper"}


@pytest.mark.parametrize("answer", (
    http(guest_json()),
    http(guest_json(), head="CONTENT-length:\t LENGTH \r\n"),
    http(guest_json(), head=""),
    http(guest_json(), status="200"),
    http(TOKEN),
    http(guest_json()).replace(b"\r\n", b"\n"),
))
def test_fetch(verifier, answer):
    done = verify("--fetch", *verifier.options(), stdin=answer)
    assert (done.returncode, done.stderr) == (0, b""), done


@pytest.mark.parametrize("answer", (
    b"", guest_json(), TOKEN, http(guest_json(), status="429 Too Many Requests"), http(guest_json(), status="2000 OK"),
    http(guest_json(), status="503 Service Unavailable"), http(guest_json()).replace(b"HTTP/1.1", b"HTTP/1.0"),
    http(guest_json(), head="Content-Length: 1\r\n"), http(guest_json(), head="Content-Length: LENGTH0\r\n"),
    http(guest_json(), head="Content-Length: LENGTH\r\nContent-Length: LENGTH\r\n"),
    http(guest_json(), head="Content-Length: -1\r\n"),
    http(guest_json(), head="Content-Length:\r\n"), http(guest_json(), head="Content-Length: 99999999999999999999\r\n"),
    http(guest_json(), head="Transfer-Encoding: chunked\r\n"), http(guest_json())[:-1], http(guest_json())[:60],
    b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\n" * 100))
def test_fetch_refused(verifier, answer):
    done = verify("--fetch", "--json", *verifier.options(), stdin=answer)
    assert (done.returncode, done.stderr) == (1, b"")
    assert set(json.loads(done.stdout)) == {"accepted", "problem"}


# ---- Challenges ----

@pytest.mark.parametrize("nonce, data", ((b"n", b""), (b"\xff" * 64, b""), (b"nonce", b"data"), (bytes(64), bytes(64)),
                                         (b"\xfb\xff", b"\xfb\xff\xfe")))
def test_nonce(verifier, nonce, data):
    token = MACHINE.token(realm={10: guest_challenge(nonce, data)})
    some = verifier.options()[:4]
    given = ["--data", base64url(data)] if data else []
    assert verifier.judge(token, options=[*some, "--nonce", base64url(nonce), *given])["accepted"]
    assert failed(verifier.judge(TOKEN, options=[*some, "--nonce", base64url(nonce), *given])) == {"challenge"}
    # Another split of the same bytes is another question.
    other = [*some, "--nonce", base64url(nonce + data[:1])] if len(nonce) < 64 else [*some, "--nonce", "AAAA"]
    if data:
        assert failed(verifier.judge(token, options=[*other, "--data", base64url(data[1:])])) == {"challenge"}
        assert failed(verifier.judge(token, options=[*some, "--nonce", base64url(nonce)])) == {"challenge"}


def test_guest_is_no_broker(verifier):
    """The challenge of a key broker ends in 16 zero bytes, that of a guest does not: seen here for a thousand."""
    rng = random.Random("nonces")
    assert MACHINE.challenge[48:] == bytes(16)
    assert all(guest_challenge(rng.randbytes(rng.randrange(1, 65)))[48:] != bytes(16) for _ in range(1000))
    assert verifier.judge(MACHINE.token(realm={10: guest_challenge(b"n")}), options=[
        *verifier.options()[:4], "--nonce", base64url(b"n")])["accepted"]


# ---- Event logs ----

def with_events(tmp_path, events, **more):
    return ["--events", write_json(tmp_path / "events.json", {"events": events, **more})]


def test_events(verifier, tmp_path):
    log = with_events(tmp_path, MACHINE.events, hash="sha-256", registers=["00" * 32] * 4)
    verdict = verifier.judge(TOKEN, *log)
    assert verdict["accepted"]
    assert [reason(verdict, f"events-{i}") for i in range(1, 5)] == [
        "policy", "kernel, initrd", "command line", "device tree"]


def test_events_that_lie(verifier, tmp_path):
    events = [dict(event) for event in MACHINE.events]
    events[1]["digest"] = "00" * 32
    assert failed(verifier.judge(TOKEN, *with_events(tmp_path, events))) == {"events-2"}
    assert failed(verifier.judge(TOKEN, *with_events(tmp_path, MACHINE.events[:4]))) == {"events-4"}
    assert failed(verifier.judge(TOKEN, *with_events(tmp_path, []))) == {f"events-{i}" for i in range(1, 5)}
    renamed = [{**event, "name": event["name"].replace("kernel", "firmware")} for event in MACHINE.events]
    assert failed(verifier.judge(TOKEN, *with_events(tmp_path, renamed))) == {"events-2"}
    moved = [MACHINE.events[i] for i in (0, 2, 1, 3, 4)]
    assert failed(verifier.judge(TOKEN, *with_events(tmp_path, moved))) == {"events-2"}


def test_nothing_measured(verifier, tmp_path):
    token = MACHINE.token(realm={44239: [bytes(32)] * 4})
    verdict = verifier.judge(token, *with_events(tmp_path, []))
    assert failed(verdict) == {f"rem-{i}" for i in range(1, 5)}
    assert reason(verdict, "events-1") == "nothing was measured"


@pytest.mark.parametrize("change, words", (
    (lambda events: events[2].update(digest="11" * 32), "'initrd' is not the reference's"),
    (lambda events: events[1].update(name="firmware"), "'firmware' stands where 'kernel' should"),
    (lambda events: events.pop(2), "'initrd' is missing"),
    (lambda events: events.append({"register": 2, "name": "more", "digest": "11" * 32}), "'more' is one too many"),
))
def test_what_differs(verifier, tmp_path, change, words):
    """A machine that runs something else, with a true log: the verdict names what."""
    other = Machine()
    other.events = [dict(event) for event in MACHINE.events]
    change(other.events)
    verdict = verifier.judge(other.token(), *with_events(tmp_path, other.events))
    assert failed(verdict) == {"rem-2"} and reason(verdict, "rem-2").endswith("; " + words)
    # With a log that is not the token's, nothing is said of what differs.
    verdict = verifier.judge(other.token(), *with_events(tmp_path, MACHINE.events))
    assert failed(verdict) == {"rem-2", "events-2"} and ";" not in reason(verdict, "rem-2")


EVENT = MACHINE.events[0]


@pytest.mark.parametrize("log", (
    [], {}, {"events": {}}, {"events": [1]}, {"events": [{**EVENT, "register": 0}]},
    {"events": [{**EVENT, "register": 5}]},
    {"events": [{**EVENT, "register": "1"}]}, {"events": [{**EVENT, "name": ""}]},
    {"events": [{**EVENT, "name": "n" * 32}]},
    {"events": [{**EVENT, "name": "\x1b[2J"}]}, {"events": [{**EVENT, "name": "ü"}]},
    {"events": [{**EVENT, "name": 1}]},
    {"events": [{**EVENT, "digest": None}]}, {"events": [{**EVENT, "digest": "0" * 63}]},
    {"events": [{**EVENT, "digest": "g" * 64}]}, {"events": [EVENT] * 65}, {"events": [EVENT], "hash": "sha-512"}))
def test_bad_events(verifier, tmp_path, log):
    """The log is the guest's: evidence refused, and not a mistake of who asks."""
    more = ["--events", write_json(tmp_path / "bad.json", log)]
    verdict = verifier.judge(TOKEN, *more)
    assert set(verdict) == {"accepted", "problem"} and verdict["problem"].startswith("the event log is not good: ")
    done = verify("-", *verifier.options(), *more, stdin=TOKEN)
    assert (done.returncode, done.stderr) == (1, b"") and done.stdout == f"refused: {verdict['problem']}\n".encode()


def test_long_events(verifier, tmp_path):
    full = json.dumps({"events": [{**EVENT, "name": "n" * 31}] * 64}, indent=4).encode()
    path = tmp_path / "log"
    for room, words in ((65536, None), (65537, "longer than a log"), ((16 << 20) + 1, "longer than a log")):
        path.write_bytes(full + b" " * (room - len(full)))
        verdict = verifier.judge(TOKEN, "--events", path)
        assert words in verdict["problem"] if words else failed(verdict) == {f"events-{i}" for i in range(1, 5)}


# ---- Trust anchors, reference values ----

ANCHOR = MACHINE.anchors()[0]
KEY = ANCHOR["pkey"]


@pytest.mark.parametrize("anchors", (
    None, {}, [], ANCHOR, [1], [{}], [ANCHOR, ANCHOR], [{**ANCHOR, "pkey": {}}],
    [{**ANCHOR, "implementation-id": "00"}],
    [{**ANCHOR, "instance-id": ANCHOR["instance-id"][:-2]}], [{**ANCHOR, "pkey": {**KEY, "crv": "P-256"}}],
    [{**ANCHOR, "pkey": {**KEY, "kty": "RSA"}}], [{**ANCHOR, "pkey": {**KEY, "alg": "ES256"}}],
    [{**ANCHOR, "pkey": {**KEY, "x": KEY["x"][:-1]}}], [{**ANCHOR, "pkey": {**KEY, "y": KEY["y"] + "A" * 4}}],
    [{**ANCHOR, "pkey": {**KEY, "x": KEY["x"][:-1] + "="}}], [ANCHOR, {**ANCHOR, "instance-id": "zz" * 33}]))
def test_bad_anchors(verifier, anchors):
    write_json(verifier.anchors, anchors)
    done = verify("-", *verifier.options(), stdin=TOKEN)
    assert (done.returncode, done.stdout) == (2, b"") and b"anchors.json' is not good: " in done.stderr


def test_anchors_that_may_be(verifier):
    write_json(verifier.anchors, [{**ANCHOR, "pkey": {**KEY, "alg": "ES384", "use": "sig"}, "comment": 1,
                                   "instance-id": ANCHOR["instance-id"].upper()}])
    assert verifier.judge(TOKEN)["accepted"]
    # A key that is none is found when it is needed.
    write_json(verifier.anchors, [{**ANCHOR, "pkey": {**KEY, "x": KEY["y"]}}])
    assert failed(verifier.judge(TOKEN)) == {"platform-signature"}


REFERENCE = MACHINE.reference()


@pytest.mark.parametrize("change", (
    *({name: None} for name in REFERENCE if name != "rpv"), {"more": 1}, {"rim": REFERENCE["rim"] + "00"},
    {"rpv": "00" * 32},
    {"rem": []},
    {"rem": REFERENCE["rem"][:3]}, {"rem": ["00"] * 4}, {"rem": [None] * 5}, {"hash": "sha-512"}, {"debug": 0},
    {"svn": -1},
    {"svn": 1 << 32}, {"svn": "1"}, {"events": [{}]}, {"events": REFERENCE["events"][:1]},
    {"rem": ["00" * 32, *REFERENCE["rem"][1:]]}))
def test_bad_reference(verifier, change):
    write_json(verifier.reference, {**REFERENCE, **change})
    done = verify("-", *verifier.options(), stdin=TOKEN)
    assert (done.returncode, done.stdout) == (2, b"") and b"reference.json' is not good: " in done.stderr


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_without(verifier, name):
    write_json(verifier.reference, {key: value for key, value in REFERENCE.items() if key != name})
    assert verify("-", *verifier.options(), stdin=TOKEN).returncode == (0 if name == "events" else 2)


def test_reference_with_open_event(verifier, tmp_path):
    events = [{**event, "digest": None} if event["name"] == "device tree" else event for event in REFERENCE["events"]]
    write_json(verifier.reference, {**REFERENCE, "events": events, "rem": [*REFERENCE["rem"][:3], None]})
    assert verifier.judge(TOKEN, *with_events(tmp_path, MACHINE.events))["accepted"]


# ---- The command line ----

@pytest.mark.parametrize("arguments", (
    (), ("-",), ("--anchors", "A"), ("-", "--anchors", "A"), ("-", "--anchors", "A", "--any-image"),
    ("-", "--anchors", "A", "--any-challenge"), ("-", "--any-image", "--any-challenge"),
    ("-", "-", "--anchors", "A", "--any-image", "--any-challenge"),
    ("--anchors", "A", "--any-image", "--any-challenge"),
    ("--fetch", "-", "--anchors", "A", "--any-image", "--any-challenge"),
    ("-", "--anchors", "A", "--anchors", "A", "--any-image", "--any-challenge"),
    ("-", "--anchors", "A", "--any-image", "--reference", "R", "--any-challenge"),
    ("-", "--anchors", "A", "--any-image", "--any-challenge", "--nonce", "AAAA"),
    ("-", "--anchors", "A", "--any-image", "--challenge", "00" * 64, "--nonce", "AAAA"),
    ("-", "--anchors", "A", "--any-image", "--challenge", "00" * 63),
    ("-", "--anchors", "A", "--any-image", "--challenge", "x" * 128),
    ("-", "--anchors", "A", "--any-image", "--challenge", "00" * 64, "--data", "AAAA"),
    *(("-", "--anchors", "A", "--any-image", "--nonce", nonce)
      for nonce in ("", "A", "AA=", "AA==", "AB", "A+A", "A" * 87)),
    ("-", "--anchors", "A", "--any-image", "--nonce", "AAAA", "--data", "A" * 87),
    ("-", "--anchors", "A", "--any-image", "--any-challenge", "--unknown"), ("-", "--anchors"),
))
def test_mistakes(verifier, arguments):
    names = {"A": verifier.anchors, "R": verifier.reference}
    done = verify(*(names.get(argument, argument) for argument in arguments), stdin=TOKEN)
    assert (done.returncode, done.stdout) == (2, b"") and done.stderr, done


def test_files_that_are_not_there(verifier, tmp_path):
    gone = tmp_path / "gone"
    for arguments in ((gone, *verifier.options()), ("-", "--anchors", gone, "--any-image", "--any-challenge"),
                      ("-", "--anchors", verifier.anchors, "--reference", gone, "--any-challenge"),
                      ("-", *verifier.options(), "--events", gone), (tmp_path, *verifier.options())):
        done = verify(*arguments, stdin=TOKEN)
        assert (done.returncode, done.stdout) == (2, b"") and b"can't read '" in done.stderr, done


def test_help():
    done = verify("--help")
    assert done.returncode == 0 and done.stdout.startswith(b"usage: ./paravane verify") and done.stderr == b""
