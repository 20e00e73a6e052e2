# SPDX-License-Identifier: BSD-3-Clause
"""A KBS to test, as a process, with certificates, an anchor and reference values of forged machines."""

import json
import pathlib
import subprocess

import pytest

import forge
from client import Client

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
SECRET = bytes(range(256))


class Demo:
    def __init__(self, folder, options):
        self.folder = folder
        self.log = folder / "log"
        argv = [
            PYTHON, "-B", HERE / "kbs.py", "--anchors", folder / "anchors.json",
            "--reference", folder / "reference.json", "--certificate", folder / "server.pem",
            "--key", folder / "server.key", "--log", self.log,
            "--secret", f"default/key/disk={folder / 'secret'}", "--until-eof", *options,
        ]  # fmt: skip
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.clients = []

    def client(self, authority="ca.pem"):
        self.clients.append(Client(self.port, self.folder / authority))
        return self.clients[-1]

    def events(self, name):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == name]

    def stop(self):
        for client in self.clients:
            client.close()
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()
        crashes = self.events("crash")
        assert not crashes, crashes


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([PYTHON, "-B", HERE / "certificates.py", "--output", folder, "127.0.0.1", "localhost"], check=True)
    return folder


@pytest.fixture
def machine():
    return forge.Machine()


def fill(folder, certificates, machine):
    """With what a server needs that trusts this machine."""
    for file in certificates.iterdir():
        (folder / file.name).symlink_to(file)
    forge.write_anchors(folder / "anchors.json", machine)
    forge.write_reference(folder / "reference.json")
    (folder / "secret").write_bytes(SECRET)


@pytest.fixture
def demo(tmp_path, certificates, machine):
    """Starts a server with these options."""
    fill(tmp_path, certificates, machine)
    started = []

    def start(*options):
        started.append(Demo(tmp_path, options))
        return started[-1]

    yield start
    for each in started:
        each.stop()
