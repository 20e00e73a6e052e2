# SPDX-License-Identifier: BSD-3-Clause
"""net/kbs.c releases what the demonstration's key broker gives, and nothing when that misbehaves. The server shares no
code with it. TLS is Python's here: net/tls has tests of its own."""

import concurrent.futures
import os
import pathlib
import re
import select
import socket
import ssl
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kbs"))

# pylint: disable=wrong-import-position,unused-import
import misbehave  # noqa: E402
import forge  # noqa: E402
from conftest import SECRET, Demo, certificates, demo, fill, machine  # noqa: E402,F401

CLIENT = os.environ["PARAVANE_KBS_CLIENT"]
ROWS = misbehave.rows()
# What is not TLS' alone.
OURS = [name for name, row in ROWS.items() if row.certificate is None and not row.old_tls]
# A secret that is another is one all the same: only the disk can tell.
OTHERS = {"secret-wrong": len(SECRET), "secret-longer": len(SECRET) + 1}
# enum kbs_status; and how often something is tried (net/README.md, "The key broker's client").
CONNECT, PROTOCOL, REFUSED, KEY = 2, 4, 5, 6
NONCE = (PROTOCOL, 1, "auth: the nonce is none of 1 to 256 plain characters")
LONG = (PROTOCOL, 1, "auth: the body is too long")
HEAD = (PROTOCOL, 1, "auth: the head is too long")
STRING = (PROTOCOL, 1, "auth: a malformed string")
ALGORITHMS = (KEY, 1, "resource: JWE: its algorithms are not ")
EXTENDED = (KEY, 1, "resource: JWE: it has critical parameters, or is compressed")
WRAPPED = (KEY, 1, "resource: JWE: its encrypted key is not for this key")
POINT = (KEY, 1, "resource: JWE: its ephemeral key is no point of P-256")
COORDINATES = (KEY, 1, "resource: JWE: its ephemeral key's coordinates are malformed")
SIZES = (KEY, 1, "resource: JWE: its initialization vector or tag is malformed")
FORGED = (KEY, 1, "resource: JWE: it is not authentic")
MEMBERS = (KEY, 1, "resource: JWE: it has not the members of the flattened form, or others")
# Of each that is refused: status, attempts, and how the reason begins; of what may be either, what this client does.
TOLD = {
    "auth-version": (REFUSED, 3, "auth: HTTP status 401 AttestationError: client protocol version mismatch"),
    "auth-401": (REFUSED, 3, "auth: HTTP status 401"), "auth-500": (REFUSED, 5, "auth: HTTP status 500"),
    "attest-401": (REFUSED, 3, "attest: HTTP status 401"),
    "attest-refused": (REFUSED, 3, "attest: HTTP status 401 AttestationError: told to refuse"),
    "resource-401": (REFUSED, 3, "resource: HTTP status 401"),
    "resource-404": (REFUSED, 1, "resource: HTTP status 404 PluginNotFound: no such plugin"),
    "detail-hostile": (REFUSED, 3, "attest: HTTP status 401 AttestationError: "),
    "silent": (CONNECT, 5, "attest: "), "closed": (CONNECT, 5, "auth: "),
    "nonce-empty": NONCE, "nonce-4096": NONCE, "nonce-control": NONCE, "nonce-quote": NONCE, "nonce-non-ascii": NONCE,
    "nonce-number": NONCE,
    "nonce-swapped": (REFUSED, 3, "attest: HTTP status 401 AttestationError: the nonce is not the one of this session"),
    "json-twice": (PROTOCOL, 1, "auth: a member twice"), "json-twice-escaped": (PROTOCOL, 1, "auth: a member twice"),
    "json-twice-jwe": (KEY, 1, "resource: JWE: it is no JSON"),
    "json-deep": (PROTOCOL, 1, "auth: too many brackets in brackets"),
    "json-many": (PROTOCOL, 1, "auth: an object of too many members"),
    "json-surrogate": STRING, "json-utf8": STRING, "json-nul": STRING, "json-cut": STRING,
    "json-behind": (PROTOCOL, 1, "auth: something behind the value"), "json-array": NONCE,
    # net/jwe.h: base64url with escapes in it is refused.
    "json-escaped": (KEY, 1, "resource: JWE: its protected header is malformed"),
    "body-cut": (PROTOCOL, 1, "resource: the response ends in the middle"),
    "body-large": LONG, "length-absurd": LONG, "chunk-absurd": LONG, "chunk-many": LONG,
    "length-twice": (PROTOCOL, 1, "auth: Content-Length is there twice"),
    "length-both": (PROTOCOL, 1, "auth: Content-Length comes with Transfer-Encoding"),
    "chunk-sign": (PROTOCOL, 1, "auth: a chunk's size is no number"),
    "header-large": HEAD, "header-many": HEAD, "header-folded": (PROTOCOL, 1, "auth: Content-Length is no number"),
    "not-http": (PROTOCOL, 1, "auth: this is no HTTP/1.1"), "redirect": (PROTOCOL, 1, "auth: HTTP status 307"),
    "cookie-none": (PROTOCOL, 1, "auth: there is no session"),
    "cookie-long": (PROTOCOL, 1, "auth: the session's cookie is none"),
    "cookie-hostile": (PROTOCOL, 1, "auth: the session's cookie is none"),
    "jwe-rsa1-5": ALGORITHMS, "jwe-dir": ALGORITHMS, "jwe-ecdh-es": ALGORITHMS, "jwe-a128gcm": ALGORITHMS,
    "jwe-crit": EXTENDED, "jwe-zip": EXTENDED, "jwe-apu": WRAPPED,
    "jwe-curve": (KEY, 1, "resource: JWE: its ephemeral key is no public key of P-256"),
    "jwe-not-on-curve": POINT, "jwe-infinity": POINT, "jwe-above-prime": POINT,
    "jwe-long-x": COORDINATES, "jwe-short-x": COORDINATES,
    # The bit is in x: which point that makes, or none, is chance.
    "jwe-flip-protected": (KEY, 1, "resource: JWE: its ephemeral key"),
    "jwe-flip-encrypted-key": WRAPPED, "jwe-flip-iv": FORGED, "jwe-flip-ciphertext": FORGED, "jwe-flip-tag": FORGED,
    "jwe-short-key": (KEY, 1, "resource: JWE: its encrypted key is malformed"),
    "jwe-short-iv": SIZES, "jwe-short-tag": SIZES, "jwe-padded": SIZES, "jwe-other-key": WRAPPED, "jwe-no-tag": MEMBERS,
    "jwe-epk-twice": MEMBERS, "jwe-epk-outside": MEMBERS, "jwe-header-alg": MEMBERS, "jwe-header-enc": MEMBERS,
    "jwe-aad": MEMBERS, "secret-empty": (KEY, 1, "resource: the secret is empty"),
    "secret-large": (KEY, 1, "resource: JWE: its ciphertext is malformed or too long"),
}  # fmt: skip


class Tls:
    """Takes connections, and gives them to the server by TLS; ends each where TLS does."""

    def __init__(self, started):
        self.started = started
        self.context = ssl.create_default_context(cafile=started.folder / "ca.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(plain,), daemon=True).start()

    def relay(self, plain):
        try:
            with plain, socket.create_connection(("127.0.0.1", self.started.port)) as raw:
                with self.context.wrap_socket(raw, server_hostname="127.0.0.1") as tls:
                    self.pump(plain, tls)
        except OSError:
            pass

    @staticmethod
    def pump(plain, tls):
        """Both ways in one thread: OpenSSL's connections are not for two. To the end of both."""
        ends = [plain, tls]
        while plain in ends:
            ready, _, _ = select.select(ends, [], [], 0 if tls in ends and tls.pending() else None)
            if plain in ready:
                if not (part := plain.recv(65536)):
                    return
                tls.sendall(part)
            if tls in ready or (tls in ends and tls.pending()):
                tls.setblocking(False)
                try:
                    if not (part := tls.recv(65536)):
                        ends.remove(tls)
                        plain.shutdown(socket.SHUT_WR)
                    else:
                        plain.sendall(part)
                except ssl.SSLWantReadError:
                    pass
                finally:
                    tls.setblocking(True)

    def close(self):
        self.listener.close()


class Outcome:
    def __init__(self, started, machine, resource="default/key/disk"):  # noqa: F811
        self.secret = None
        tls = Tls(started)
        process = subprocess.Popen([CLIENT, str(tls.port), resource], text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        while True:
            line = process.stdout.readline()
            word, _, rest = line.rstrip("\n").partition(" ")
            if word != "challenge":
                break
            process.stdin.write(machine.token(bytes.fromhex(rest)).hex() + "\n")
            process.stdin.flush()
        process.stdin.close()
        assert process.wait(60) == 0
        process.stdout.close()
        tls.close()
        if word == "secret":
            self.secret = bytes.fromhex(rest)
        else:
            told = re.fullmatch("status ([0-9]+), ([0-9]+) attempts: ([ -~]+)\n", line)
            assert told, line
            self.status, self.attempts, self.reason = int(told[1]), int(told[2]), told[3]


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("legacy", [False, True])
def test_released(demo, machine, framing, legacy):  # noqa: F811
    if legacy:
        machine.legacy()
    assert Outcome(demo("--http", framing), machine).secret == SECRET


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory, certificates):  # noqa: F811
    """Of all misbehaviours, several at a time: most of it is waiting."""
    base = tmp_path_factory.mktemp("outcomes")

    def outcome(name):
        one = forge.Machine()
        (base / name).mkdir()
        fill(base / name, certificates, one)
        started = Demo(base / name, ["--misbehave", name])
        try:
            return Outcome(started, one)
        finally:
            started.stop()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        # The one whose waiting takes long goes first.
        yield {name: pool.submit(outcome, name) for name in sorted(OURS, key=lambda name: name != "silent")}


@pytest.mark.parametrize("name", OURS)
def test_misbehaviour(outcomes, name):
    outcome = outcomes[name].result()
    if name in OTHERS:
        assert len(outcome.secret) == OTHERS[name] and outcome.secret != SECRET
    elif ROWS[name].released:
        assert outcome.secret == SECRET
    else:
        status, attempts, words = TOLD[name]
        assert (outcome.secret, outcome.status, outcome.attempts) == (None, status, attempts), outcome.reason
        assert outcome.reason.startswith(words), outcome.reason


def test_later(demo, machine):  # noqa: F811
    assert Outcome(demo("--misbehave", "attest-401:2"), machine).secret == SECRET
    assert Outcome(demo("--misbehave", "closed:3"), machine).secret == SECRET


def test_refused(demo, machine):  # noqa: F811
    machine.realm[44238] = bytes(32)
    outcome = Outcome(demo(), machine)
    assert (outcome.secret, outcome.attempts) == (None, 3)
    assert outcome.reason.startswith("attest: HTTP status 401 "), outcome.reason


def test_no_such_resource(demo, machine):  # noqa: F811
    outcome = Outcome(demo(), machine, "default/key/other")
    assert (outcome.secret, outcome.attempts) == (None, 3)
    assert outcome.reason.startswith("resource: HTTP status 401 PluginInternalError: "), outcome.reason
