# SPDX-License-Identifier: BSD-3-Clause
"""The guest's network, by Debian's own driver: behind QEMU's user network."""

import contextlib
import hashlib
import queue
import random
import socket
import threading

import pytest

from conftest import LIMIT, MANY

MIB = 1 << 20
UP = "ip link set eth0 up && udhcpc -n -q -i eth0 >/dev/null 2>&1 || exit 99; "


class Server:
    """A TCP server on 127.0.0.1: sends `content` to who connects, tells the sum of what came."""

    def __init__(self, content=b""):
        self.content = content
        self.sums = queue.Queue()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer, contextlib.suppress(OSError):
            if self.content:
                peer.sendall(self.content)
                peer.shutdown(socket.SHUT_WR)  # nc ends at once, whatever it still has to send
            digest = hashlib.sha256()
            while part := peer.recv(1 << 16):
                digest.update(part)
            self.sums.put(digest.hexdigest())


@pytest.fixture
def server():
    servers = []

    def make(content=b""):
        servers.append(Server(content))
        return servers[-1]

    yield make
    for each in servers:
        each.listener.close()


def test_lease_and_ping(run):
    result = run("--smp", "2", "--exec", UP + "ping -c 3 10.0.2.2 | grep -c 'seq='; cat /sys/class/net/eth0/mtu;"
                 " cat /sys/class/net/eth0/address; ls /sys/class/net/eth0/queues | wc -l")  # fmt: skip
    assert result.status == 0, result
    assert result.out.split() == ["3", "1500", "52:54:00:12:34:56", "4"]


def test_no_card_no_device(run):
    result = run("--net", "none", "--exec", "ls /sys/class/net")
    assert result.status == 0, result
    assert result.out.split() == ["lo"]


def test_every_byte_both_ways(run, server):
    # In; out a tenth, as QEMU's user network takes a segment at a time.
    content = random.Random(5).randbytes(MANY * MIB)
    source, target = server(content), server()
    command = (
        UP + f"mount -t tmpfs -o size=500m none /mnt && nc 10.0.2.2 {source.port} </dev/null >/mnt/f;"
        f" sha256sum </mnt/f; head -c {MANY * MIB // 10} /mnt/f | nc 10.0.2.2 {target.port}"
    )
    result = run("--exec", command, timeout=900)
    assert result.status == 0, result
    assert result.out.split()[0] == hashlib.sha256(content).hexdigest()
    assert target.sums.get(timeout=LIMIT) == hashlib.sha256(content[: MANY * MIB // 10]).hexdigest()


def test_published_port(run, server):
    # QEMU takes a connection before the guest does: so the guest says first that it listens (state 0A).
    ready = server()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    found = []

    def ask():
        ready.sums.get(timeout=LIMIT)
        with socket.create_connection(("127.0.0.1", port), LIMIT) as peer:
            found.append(peer.recv(100))

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    result = run("--publish", f"{port}:7", "--exec",
                 UP + "echo from the guest | nc -l -p 7 & until grep -q ':0007 .* 0A ' /proc/net/tcp*; do :; done;"
                 f" nc 10.0.2.2 {ready.port} </dev/null; wait", timeout=120)  # fmt: skip
    asker.join(5)
    assert found == [b"from the guest\n"], result


def test_wrong_options(run):
    for words in (["--net", "tap"], ["--publish", "80"], ["--publish", "0:80"],
                  ["--net", "none", "--publish", "8080:80"]):  # fmt: skip
        assert run(*words).status == 2


def test_driver_unbound_and_bound_under_load(run, server):
    content = random.Random(6).randbytes(4 * MIB)
    source = server(content)
    command = (
        UP + "cd /sys/bus/virtio/drivers/virtio_net; d=$(ls -d virtio* | head -n 1);"
        f"(while :; do nc -w 1 10.0.2.2 {source.port} </dev/null >/dev/null 2>&1; done) & load=$!;"
        "for i in $(seq 30); do echo $d >unbind && echo $d >bind || exit 1;"
        " ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ping -c 1 -w 1 10.0.2.2 >/dev/null 2>&1;"
        " done; kill $load; wait $load 2>/dev/null;"
        + UP + f"nc 10.0.2.2 {source.port} </dev/null | sha256sum"
    )  # fmt: skip
    result = run("--smp", "2", "--exec", command, timeout=300)
    assert result.status == 0, result
    assert result.out.split()[0] == hashlib.sha256(content).hexdigest()


def test_link_down_and_up(run_live, tmp_path):
    # QEMU's monitor unplugs the cable when the guest says so, and plugs it in again.
    monitor = tmp_path / "monitor"
    child = run_live(
        "--qemu-arg", "-monitor", "--qemu-arg", f"unix:{monitor},server=on,wait=off", "--exec",
        "ip link set eth0 up; for state in 0 1 0 1; do echo want $state;"
        " until grep -q $state /sys/class/net/eth0/carrier; do :; done; done; echo done",
    )  # fmt: skip
    seen = []
    with socket.socket(socket.AF_UNIX) as peer:
        for line in child.stdout:
            if not seen:
                peer.connect(str(monitor))
            seen.append(line)
            if line.startswith("want"):
                peer.sendall(b"set_link net0 %s\n" % (b"on" if line == "want 1\n" else b"off"))
    assert child.wait(LIMIT) == 0
    assert seen == ["want 0\n", "want 1\n"] * 2 + ["done\n"]
