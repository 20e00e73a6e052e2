# SPDX-License-Identifier: BSD-3-Clause
"""Evidence that programs of the guest ask for by socat: fresh, bound to what they have chosen, and explained."""

import base64
import hashlib
import json
import os
import re
import sys

import pytest

from conftest import ROOT, first_of
from test_vsock import CLIENT, TOOLS

sys.path.append(str(ROOT / "tests" / "kbs"))
import cca

ANCHORS = ROOT / "host" / "refhv" / "test-trust-anchor.json"
pytestmark = pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")
# One start a second is what Paravane allows.
ASK = (
    "ask() { printf 'GET %s HTTP/1.1\\r\\nHost: p\\r\\n\\r\\n' \"$1\" | in-tools socat -t 60 - VSOCK-CONNECT:2:80; }; "
    "again() { while ask \"$1\" >/tmp/answer; grep -q '^HTTP/1.1 429' /tmp/answer; do :; done; cat /tmp/answer; }; "
)
NONCE, OTHER, DATA = bytes(range(64)), b"another nonce", bytes(range(255, 191, -1))


def text(some):
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def path(nonce, some=None):
    return f"/evidence?nonce={text(nonce)}" + ("" if some is None else f"&data={text(some)}")


@pytest.fixture
def answers(run, tmp_path):
    """Runs a command in the guest that asks; returns status and body of each answer, JSON as what it says."""

    def call(command, *arguments):
        disk = tmp_path / "client.img"
        disk.write_bytes(CLIENT.read_bytes())
        os.truncate(disk, 65536)
        prepare = f"tools /dev/vda && tr -d '\\0' </dev/vdb >/tmp/client.py && ulimit -n 4096 && {ASK}"
        result = run("--disk", f"{TOOLS},ro", "--disk", str(disk), *arguments, "--exec", prepare + command, timeout=600)
        assert result.status == 0, result
        found, left = [], result.raw
        while left:
            head, left = left.split(b"\r\n\r\n", 1)
            head = head.decode()
            size = int(re.search(r"\r\nContent-Length: (\d+)\r\n", head)[1])
            assert ("\r\nContent-Type: application/json\r\n" in head) == (size != 0)
            body, left = left[:size], left[size:]
            assert len(body) == size, result
            found.append((int(head.split(" ")[1]), json.loads(body) if body else None))
        return found

    return call


class Explained:
    """The registers are what /measurements says, and what its events make."""

    def __init__(self, measurements):
        self.registers = [bytes.fromhex(value) for value in measurements["registers"]]
        assert measurements["hash"] == "sha-256"
        made = [bytes(32)] * len(self.registers)
        for event in measurements["events"]:
            each = hashlib.sha256(event["name"].encode()).digest() + bytes.fromhex(event["digest"])
            made[event["register"] - 1] = hashlib.sha256(made[event["register"] - 1] + each).digest()
        assert made == self.registers

    def compare(self, realm):
        assert realm[cca.REM] == self.registers and any(realm[cca.RIM])


def verified(evidence, nonce, some, measurements):
    """The challenge as the documentation has it, and a token that says it."""
    challenge = hashlib.sha512(
        b"Paravane guest evidence 1\0" + bytes([len(nonce)]) + nonce + bytes([len(some)]) + some
    ).digest()
    assert evidence["kind"] == "cca" and set(evidence) == {"kind", "nonce", "data", "challenge", "token"}
    assert evidence["nonce"] == text(nonce) and evidence["data"] == text(some)
    assert evidence["challenge"] == challenge.hex()
    token = base64.b64decode(evidence["token"], validate=True)
    return cca.verify(token, cca.Anchors(ANCHORS), Explained(measurements), challenge)


@pytest.mark.parametrize("tag", first_of(399, 907))
def test_evidence(answers, tag):
    asked = [path(NONCE, DATA), path(OTHER), "/measurements", "/policy"]
    got = answers("".join(f"again '{each}'; " for each in asked), "--refhv", f"token={tag}")
    assert [status for status, _ in got] == [200] * 4
    first, second, measurements, policy = (body for _, body in got)
    one = verified(first, NONCE, DATA, measurements)
    other = verified(second, OTHER, b"", measurements)
    assert one[cca.RIM] == other[cca.RIM]
    names = [(event["register"], event["name"]) for event in measurements["events"]]
    assert names == [(1, "policy"), (2, "kernel"), (2, "initrd"), (3, "command line"), (4, "device tree")]
    assert measurements["events"][0]["digest"] == policy["digest"]
    assert not policy["attest"] and not policy["debug"] and policy["console"]
    assert policy["server"] is None and policy["resource"] is None and policy["anchors"] == []
    # A token for one nonce is none for another.
    with pytest.raises(cca.Refused, match="not for this session"):
        cca.verify(base64.b64decode(first["token"]), cca.Anchors(ANCHORS), Explained(measurements), bytes(64))


def test_mistakes(answers):
    asked = ["/evidence", "/evidence?nonce=", "/evidence?nonce=AA==", f"/evidence?nonce={'A' * 88}",
             "/evidence?nonce=AA&data=+", "/evidence?nonce=AA&date=AA", "/evidences?nonce=AA"]  # fmt: skip
    got = answers("".join(f"ask '{each}'; " for each in asked) + f"ask '{path(OTHER)}'")
    assert [status for status, _ in got] == [400] * 6 + [404, 200]
    assert all("error" in body for _, body in got[:6])


@pytest.mark.parametrize("smp", first_of(4, 1))
def test_crowd(answers, smp):
    # A thousand that ask at once, some of them gone before they are answered; then it is as it was.
    crowd = "[ \"$(in-tools python3 /tmp/client.py crowd)\" = 'ok crowd' ] || exit; "
    command = crowd + f"again '{path(OTHER)}'; ask /measurements; ask /inspect"
    (status, evidence), (_, measurements), (_, state) = answers(command, "--smp", str(smp))
    assert status == 200
    verified(evidence, OTHER, b"", measurements)
    assert state["vsock"]["open"] == 1 and state["vsock"]["accepted"] > 2000
    assert all(queue["broken"] is None for device in state["devices"] for queue in device["queues"])
