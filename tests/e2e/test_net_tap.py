# SPDX-License-Identifier: BSD-3-Clause
"""The guest's network behind a card that cuts and sums by itself: a tap with virtio headers, in a network namespace
that is the test's own and ends with it. Nothing leaves it."""

import concurrent.futures
import contextlib
import ctypes
import hashlib
import json
import os
import socket
import subprocess
import threading

import pytest

from conftest import MANY, ROOT

TOOLS = ROOT / "build" / "guest" / "tools.img"
CLONE_NEWNET = 0x40000000
MIB = 1 << 20
SIZE = 32 * MIB
TAP = (
    "--net", "none",
    "--qemu-arg", "-netdev",
    "--qemu-arg", "tap,id=tap0,ifname=pvtap0,script=no,downscript=no,vnet_hdr=on",
    "--qemu-arg", "-device",
    "--qemu-arg", "virtio-net-device,netdev=tap0,bus=virtio-mmio-bus.3",
)  # fmt: skip
UP = (
    "modprobe virtio_net; modprobe af_packet; ip addr add 10.9.9.2/24 dev eth0; ip link set eth0 up;"
    " ping -c 1 -w 10 10.9.9.1 >/dev/null || exit 9; "
)


def usable():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return False
    return subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not usable(), reason="needs root, /dev/net/tun and network namespaces")


def in_namespace(function):
    """Calls it in a thread with a network namespace of its own, where the tap is the only other device."""

    def enter():
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        for line in ("tuntap add pvtap0 mode tap vnet_hdr", "addr add 10.9.9.1/24 dev pvtap0", "link set pvtap0 up"):
            subprocess.run(["ip", *line.split()], check=True)
        return function()

    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(enter).result()


def tap_counts():
    """Packets and bytes that the tap has got from the guest, and sent to it."""
    rows = subprocess.run(["ip", "-s", "link", "show", "pvtap0"], check=True, capture_output=True, text=True).stdout
    lines = rows.splitlines()
    received = next(i for i, line in enumerate(lines) if line.split()[:1] == ["RX:"])
    sent = next(i for i, line in enumerate(lines) if line.split()[:1] == ["TX:"])
    return [tuple(int(word) for word in lines[i + 1].split()[1::-1]) for i in (received, sent)]


@contextlib.contextmanager
def server(port, serve):
    """Gives each connection to serve, one after the other."""
    listener = socket.create_server(("10.9.9.1", port))

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def digest_back(connection):
    """Takes what is posted by HTTP; its sum is the answer."""
    with connection.makefile("rb") as request:
        length = 0
        while (line := request.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        digest = hashlib.sha256(request.read(length)).hexdigest()
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 64\r\n\r\n" + digest.encode())


def test_segments_are_cut_by_the_card(run):
    content = os.urandom(SIZE)

    def transfer():
        with server(7001, digest_back), server(7002, lambda connection: connection.sendall(content)):
            result = run(
                *TAP, "--exec",
                # Text, as wget posts strings; and wget as it writes more at a time than a frame holds.
                UP + f"head -c {SIZE * 3 // 4} /dev/urandom | base64 >/tmp/f; sha256sum </tmp/f;"
                " wget -q -O - --post-file /tmp/f http://10.9.9.1:7001/; echo;"
                " nc 10.9.9.1 7002 </dev/null | sha256sum",
            )  # fmt: skip
        return result, tap_counts()

    result, (from_guest, to_guest) = in_namespace(transfer)
    assert result.status == 0, result
    made, came, got = [line.split()[0] for line in result.out.splitlines()]
    assert came == made
    assert got == hashlib.sha256(content).hexdigest()
    # A frame that was not cut is longer than the MTU: most of the bytes went in such, both ways.
    assert from_guest[1] >= SIZE and from_guest[1] / from_guest[0] > 3000, from_guest
    assert to_guest[1] >= SIZE and to_guest[1] / to_guest[0] > 3000, to_guest


@pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")
def test_much_each_way(run):
    part = os.urandom(MIB)
    content = hashlib.blake2b(part * MANY).hexdigest()
    came = hashlib.blake2b()

    def take(connection):
        while data := connection.recv(1 << 20):
            came.update(data)

    def give(connection):
        for _ in range(MANY):
            connection.sendall(part)

    def transfer():
        with server(7001, take), server(7002, lambda connection: connection.sendall(part)), server(7003, give):
            return run(
                *TAP, "--disk", f"{TOOLS},ro", "--exec",
                UP + f"tools /dev/vda; s='in-tools socat -u -b 262144'; $s TCP:10.9.9.1:7002 - >/tmp/part;"
                f" (for i in $(seq {MANY}); do cat /tmp/part; done) | $s - TCP:10.9.9.1:7001;"
                " $s TCP:10.9.9.1:7003 - | in-tools b2sum",
            )  # fmt: skip

    result = in_namespace(transfer)
    assert result.status == 0, result
    assert result.out.split()[0] == content
    assert came.hexdigest() == content


@pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")
def test_iperf3(run):
    def transfer():
        servers = [
            subprocess.Popen(["iperf3", "-s", "-1", "-B", "10.9.9.1", "-p", port, "-J"],
                             stdout=subprocess.PIPE, text=True)
            for port in ("5201", "5202")
        ]  # fmt: skip
        try:
            result = run(
                *TAP, "--disk", f"{TOOLS},ro", "--exec",
                UP + "tools /dev/vda; in-tools iperf3 -c 10.9.9.1 -p 5201 -n 50M >/tmp/log 2>&1 &&"
                " in-tools iperf3 -c 10.9.9.1 -p 5202 -n 50M -R >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }",
            )  # fmt: skip
            return result, [json.loads(server.communicate(timeout=20)[0]) for server in servers]
        finally:
            for server in servers:
                server.kill()

    result, (sent, received) = in_namespace(transfer)
    assert result.status == 0, result
    # What is under way at the end does not count.
    assert sent["end"]["sum_received"]["bytes"] >= 45 * MIB
    assert received["end"]["sum_sent"]["bytes"] >= 45 * MIB
