# SPDX-License-Identifier: BSD-3-Clause
"""A bad network, by tests/kbs/relay.py: between QEMU's user network and the guest, or Paravane's stack. And the ways in
which a machine gets its addresses, and its server's."""

import concurrent.futures
import contextlib
import ctypes
import hashlib
import ipaddress
import json
import os
import random
import socket
import subprocess
import threading

import pytest

from conftest import first_of, more
from kbs_server import HOST, KBS, build, by_url, disk, enrol, opens, refused
from kbs_server import Server as Broker
from test_net import UP, Server

BAD = ["--lose", "0.05", "--double", "0.05", "--reorder", "0.05", "--delay-chance", "0.1", "--spoil", "0.02",
       "--shorten", "0.02"]  # fmt: skip


class Network:
    """--net user with a relay in it."""

    def __init__(self, *options):
        self.process = subprocess.Popen([KBS / "relay.py", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)  # fmt: skip
        words = json.loads(self.process.stdout.readline())
        self.arguments = ["--net", "none", *(word for each in words for word in ("--qemu-arg", each))]

    def end(self):
        """What became of the frames."""
        told, _ = self.process.communicate()
        return json.loads(told) if told else None


@pytest.fixture
def network():
    started = []

    def start(*options):
        started.append(Network(*options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end()


@more
def test_guest_through_a_good_relay(run, network):
    wire = network()
    result = run(*wire.arguments, "--exec", UP + "ping -c 3 -i 0.1 10.0.2.2 | grep -c 'seq='")
    assert result.status == 0, result
    assert result.out.split() == ["3"]
    counts = wire.end()
    assert counts["out"]["seen"] >= 5 and counts["in"]["seen"] >= 5


@more
def test_guest_through_a_bad_relay(run, network):
    # TCP makes good what the relay does: the test is of the relay.
    content = random.Random(4).randbytes(300_000)
    wire = network(*BAD, "--seed", "7")
    source = Server(content)
    up = "ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0; "
    result = run(*wire.arguments, "--exec", up + f"nc 10.0.2.2 {source.port} </dev/null | sha256sum")
    assert result.status == 0, result
    assert result.out.split()[0] == hashlib.sha256(content).hexdigest()
    source.listener.close()
    counts = wire.end()
    for name in ("lost", "doubled", "delayed", "late", "shortened", "spoilt"):
        assert counts["in"][name] > 0, counts


@pytest.fixture
def boot(run, tmp_path):
    """Runs a machine that is enrolled at a server behind that network."""
    broker = Broker(tmp_path)
    image = disk(tmp_path)
    igvm = build(tmp_path, broker)
    enrol(broker, igvm)
    yield lambda *words: run("--igvm", str(igvm), "--disk", str(image), *words)
    broker.stop()


@pytest.mark.parametrize("seed", first_of(*range(1, 9)))
def test_released_through_a_bad_network(boot, network, seed):
    opens(boot(*network(*BAD, "--seed", str(seed)).arguments))


@more
@pytest.mark.parametrize("options", [
    ["--double", "1"], ["--reorder", "0.5"], ["--delay-chance", "1", "--delay", "400"], ["--lose", "0.3"],
    ["--spoil", "0.3"], ["--shorten", "0.3"],
], ids=lambda options: options[0])  # fmt: skip
def test_released_through_one_kind_of_it(boot, network, options):
    opens(boot(*network(*options).arguments))


@pytest.mark.parametrize("cut", first_of("6:3", "1:3", "20:20"))
def test_released_after_a_cut(boot, network, cut):
    wire = network("--cut", cut)
    opens(boot(*wire.arguments))
    assert wire.end()["out"]["cut"] > 0


@pytest.mark.parametrize("cut", first_of("1:1000000", "12:1000000", "25:1000000"))
def test_cut_for_good(boot, network, cut):
    refused(boot(*network("--cut", cut).arguments))


# ---- Addresses ----

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
TYPES = {1: ipaddress.IPv4Address, 28: ipaddress.IPv6Address}  # RFC 1035, 3.2.2; RFC 3596, 2.1
NAME = "kbs.example"
HOST6 = "fec0::2"


def dump(folder):
    """QEMU writes down what passes at the card."""
    return ("--qemu-arg", "-object", "--qemu-arg", f"filter-dump,id=dump0,netdev=net0,file={folder / 'frames'}")


def passed(folder, address):
    return ipaddress.ip_address(address).packed in (folder / "frames").read_bytes()


def test_address_by_the_hosts_words(boot, tmp_path):
    opens(boot("--refhv", "-- ip=10.0.2.77/24,10.0.2.2", *dump(tmp_path)))
    assert passed(tmp_path, "10.0.2.77") and not passed(tmp_path, "10.0.2.15")


@pytest.mark.parametrize("words, told", first_of(
    ("ip=10.0.2.77/40,10.0.2.2", "prefix"), ("ip=10.0.2", "ADDRESS/PREFIX"), ("ip=fd00::1/48,fe80::1", "prefix"),
))  # fmt: skip
def test_address_that_is_none(boot, words, told):
    refused(boot("--refhv", f"-- {words}"), "ip=", told)


def usable():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-mn", "true"], check=False).returncode == 0


def in_namespace(folder, function):
    """Calls it in a thread whose only network is a loopback of its own, where the server for names is."""

    def enter():
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        for line in ("ip link set lo up", "mount --make-rprivate /",
                     f"mount --bind {folder / 'resolv.conf'} /etc/resolv.conf"):  # fmt: skip
            subprocess.run(line.split(), check=True)
        return function()

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(enter).result()


@contextlib.contextmanager
def names(addresses):
    """A server for names (RFC 1035, 4.1) that knows one. Yields what it was asked: [(name, type)]."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 53))
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # what comes from here ends the thread
    end.bind(("127.0.0.1", 0))
    asked = []

    def answer(query):
        labels, at = [], 12
        while size := query[at]:
            labels.append(query[at + 1 : at + 1 + size].decode())
            at += 1 + size
        kind, known = int.from_bytes(query[at + 1 : at + 3], "big"), ".".join(labels) == NAME
        asked.append((".".join(labels), kind))
        found = [each.packed for each in map(ipaddress.ip_address, addresses) if isinstance(each, TYPES.get(kind, ()))]
        found = found if known else []
        head = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1\0%c\0\0\0\0" % len(found)
        rows = [b"\xc0\x0c" + query[at + 1 : at + 5] + b"\0\0\0\x3c\0%c" % len(each) + each for each in found]
        return head + query[12 : at + 5] + b"".join(rows)

    def serve():
        while True:
            query, source = peer.recvfrom(512)
            if source[1] == end.getsockname()[1]:
                return
            peer.sendto(answer(query), source)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        end.sendto(b"", ("127.0.0.1", 53))
        thread.join(10)
        end.close()
        peer.close()


@pytest.mark.skipif(not usable(), reason="needs root and namespaces")
@pytest.mark.parametrize("addresses, listen, words", first_of(
    ([HOST], "127.0.0.1", ()), ([HOST6], "::1", ()), ([HOST, HOST6], "127.0.0.1", ()),
    ([HOST], "127.0.0.1", ("--refhv", "-- ip=10.0.2.77/24,10.0.2.2,10.0.2.3")),
))  # fmt: skip
def test_server_by_its_name(run, tmp_path, addresses, listen, words):
    def test():
        broker = Broker(tmp_path, host=NAME, listen=listen)
        with names(addresses) as asked:
            by_url(run, broker, *words)
        broker.stop()
        assert {name for name, _ in asked} == {NAME}

    in_namespace(tmp_path, test)


@pytest.mark.skipif(not usable(), reason="needs root and namespaces")
@pytest.mark.parametrize("words", first_of([], ["--refhv", f"-- ip=fec0::77/64,{HOST6}"]))
def test_server_by_ipv6(run, tmp_path, words):
    def test():
        broker = Broker(tmp_path, host=HOST6, listen="::1")
        by_url(run, broker, *dump(tmp_path), *words)
        broker.stop()
        assert passed(tmp_path, HOST6) and passed(tmp_path, "fec0::77") == bool(words)

    in_namespace(tmp_path, test)
