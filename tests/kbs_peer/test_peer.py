# SPDX-License-Identifier: BSD-3-Clause
"""net/kbs.c releases what the demonstration's key broker gives, and nothing when that misbehaves. The server shares no
code with it. TLS is Python's here: net/tls has tests of its own."""

import concurrent.futures
import os
import pathlib
import re
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
OTHERS = {"secret-wrong", "secret-longer"}
# net/jwe.h: base64url with escapes in it is refused.
ESCAPES = {"json-escaped"}


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
                    threading.Thread(target=self.pump, args=(plain, tls), daemon=True).start()
                    self.pump(tls, plain)
        except OSError:
            pass

    @staticmethod
    def pump(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

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
        assert outcome.secret and outcome.secret != SECRET
    elif ROWS[name].released:
        assert outcome.secret == SECRET
    elif ROWS[name].released is False or name in ESCAPES:
        assert outcome.secret is None


def test_later(demo, machine):  # noqa: F811
    assert Outcome(demo("--misbehave", "attest-401:2"), machine).secret == SECRET
    assert Outcome(demo("--misbehave", "closed:3"), machine).secret == SECRET


def test_refused(demo, machine):  # noqa: F811
    machine.realm[44238] = bytes(32)
    outcome = Outcome(demo(), machine)
    assert (outcome.secret, outcome.attempts) == (None, 3)
    assert outcome.reason.startswith("attest: HTTP status 401 "), outcome.reason
    outcome = Outcome(demo(), machine, "default/key/other")
    assert outcome.secret is None
