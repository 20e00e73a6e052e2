# SPDX-License-Identifier: BSD-3-Clause
"""A server that misbehaves: the key is used, or no guest is started. One boot a kind of misbehaviour; the client
meets every one of them in tests/kbs_peer, and the whole machine with PARAVANE_E2E_ALL=1."""

import subprocess

import pytest

from conftest import more
from kbs_server import HELLO, KBS, LUKS, READ, refused

ROWS = [line.split(None, 2) for line in subprocess.run([KBS / "kbs.py", "--list"], capture_output=True, text=True,
                                                       check=True).stdout.splitlines()]  # fmt: skip
# A kind each, and what the line on the console has to say.
KINDS = {
    "tls-wrong-name": "TLS: auth: certificate is for another name",
    "jwe-flip-tag": "key: resource: ",
    "not-http": "protocol: auth: ",
    "secret-wrong": "LUKS2: no keyslot opens with the released key",
}
# The same of all: by the name, else by its first part.
WORDS = {
    "tls-other-ca": "TLS: auth: certificate is not signed by a trust anchor", "redirect": "protocol: auth: HTTP status 307",
    "tls": "TLS: auth: ", "closed": "connection: auth: ", "silent": "connection: attest: ", "auth": "refused: auth: ",
    "attest": "refused: attest: ", "detail": "refused: attest: ", "nonce-swapped": "refused: attest: ",
    "resource": "refused: resource: ", "nonce": "protocol: auth: ", "json": "protocol: auth: ",
    "json-twice-jwe": "key: resource: ", "body-cut": "connection: resource: ", "body": "protocol: auth: ",
    "length": "protocol: auth: ", "chunk": "protocol: auth: ", "header": "protocol: auth: ",
    "cookie": "protocol: auth: ",
    "jwe": "key: resource: ", "secret-empty": "key: resource: ", "secret-large": "key: resource: ",
    "secret": "LUKS2: no keyslot opens with the released key",
}  # fmt: skip


@pytest.fixture
def boot(run, tmp_path):
    log = tmp_path / "log"

    def start(name):
        return run(*LUKS, "--kbs-option", f"--misbehave={name}", "--kbs-option", f"--log={log}", "--exec", READ)

    yield start
    # A server that breaks looks like one that refuses.
    assert '"event": "connection"' in log.read_text() and '"event": "crash"' not in log.read_text()


def rows(outcome, *first):
    """Those of an outcome; all but the first ones take their time."""
    return [pytest.param(name, marks=[] if name in first else more) for name, each, _ in ROWS if each == outcome]


@pytest.mark.parametrize("name", rows("released", "tls-intermediate"))
def test_released(boot, name):
    result = boot(name)
    assert result.status == 0, result
    assert result.out == HELLO


@pytest.mark.parametrize("name", rows("refused", *KINDS))
def test_refused(boot, name):
    refused(boot(name), KINDS.get(name) or WORDS.get(name) or WORDS[name.split("-")[0]])


@pytest.mark.parametrize("name", rows("either"))
def test_either(boot, name):
    result = boot(name)
    if result.status == 0:
        assert result.out == HELLO
    else:
        refused(result)


def test_reason_of_the_server_is_cleaned(boot):
    result = boot("detail-hostile")
    refused(result, "refused: attest: HTTP status 401 AttestationError: ")
    assert not set(result.raw + result.err.encode()) & {0x00, 0x1B, 0x1E, 0x9B}


@more
@pytest.mark.parametrize("name", ["auth-401", "attest-401", "resource-401", "closed"])
def test_asked_again(boot, name):
    # The first attempt fails, the next one is good.
    result = boot(f"{name}:1")
    assert result.status == 0, result
    assert result.out == HELLO


@more
def test_not_asked_for_ever(run, tmp_path):
    log = tmp_path / "log"
    refused(run(*LUKS, "--kbs-option", "--misbehave=attest-401", "--kbs-option", f"--log={log}"))
    assert 2 <= log.read_text().count('"path": "/kbs/v0/auth"') <= 10
