# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest: a program that connects to Paravane's services. Prints one line a test that holds."""

import errno
import select
import socket
import sys
import zlib

HOST = 2
ECHO = 7
INSPECT = 80
REQUEST = b"GET /inspect HTTP/1.1\r\nHost: paravane\r\n\r\n"
MIB = 1 << 20


def connect(port=ECHO):
    one = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    one.settimeout(60)
    one.connect((HOST, port))
    return one


def read_all(one):
    """To the end of the stream."""
    parts = []
    while part := one.recv(65536):
        parts.append(part)
    return b"".join(parts)


def data(seed, size):
    """So many bytes that do not repeat soon."""
    block = bytes((seed * 31 + i * 7 + i // 251) & 255 for i in range(65521))
    return (block * (size // len(block) + 1))[:size]


def thousand_at_once():
    socks = [connect(INSPECT) for _ in range(1000)]
    for one in socks:
        one.sendall(REQUEST)
    for one in socks:
        head, body = read_all(one).split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nContent-Length: %d\r\n" % len(body) in head
        one.close()


def thousand_in_turn():
    for turn in range(125):
        socks = [connect() for _ in range(8)]
        for number, one in enumerate(socks):
            one.sendall(b"%d %d" % (turn, number))
        for number, one in enumerate(socks):
            assert one.recv(100) == b"%d %d" % (turn, number)
            one.close()


def exchange(socks, blocks, times):
    """Sends to each its block so many times, reads what comes back, all at once; returns the checksums of that."""
    todo = {one: [memoryview(block), times] for one, block in zip(socks, blocks)}
    sums = {one: [0, 0] for one in socks}
    for one in socks:
        one.setblocking(False)
    while any(sums[one][1] < len(block) * times for one, block in zip(socks, blocks)):
        ready, free, _ = select.select(socks, [one for one in socks if todo[one][1]], [], 60)
        assert ready or free
        for one in ready:
            part = one.recv(65536)
            assert part
            sums[one] = [zlib.crc32(part, sums[one][0]), sums[one][1] + len(part)]
        for one in free:
            rest, left = todo[one]
            rest = rest[one.send(rest) :]
            todo[one] = [rest, left] if rest else [memoryview(blocks[socks.index(one)]), left - 1]
    return [sums[one] for one in socks]


def hundred_megabytes():
    blocks = [data(number, 5 * MIB) for number in range(4)]
    socks = [connect() for _ in blocks]
    got = exchange(socks, blocks, 5)
    for block, (check, size) in zip(blocks, got):
        want = 0
        for _ in range(5):
            want = zlib.crc32(block, want)
        assert (check, size) == (want, 25 * MIB)
    for one in socks:
        one.close()


def reader_that_waits():
    """One that does not read stops its own sender, and nobody else; and then gets all of it."""
    block = data(9, 4 * MIB)
    slow = connect()
    # The guest's own room for what it has not read.
    slow.setsockopt(40, 2, 65536)  # AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE
    slow.setsockopt(40, 0, 65536)  # SO_VM_SOCKETS_BUFFER_SIZE
    slow.setblocking(False)
    sent = 0
    # Until nothing moves while another connection has been served ten times.
    quiet = 0
    while quiet < 10:
        try:
            sent += slow.send(block[sent : sent + 65536])
            quiet = 0
        except BlockingIOError:
            other = connect()
            other.sendall(b"others go on")
            assert other.recv(100) == b"others go on"
            other.close()
            quiet += 1
    assert 65536 <= sent < 1 * MIB, sent
    slow.setblocking(True)
    got = 0
    while got < sent:
        part = slow.recv(65536)
        assert part == block[got : got + len(part)] and part
        got += len(part)
    slow.shutdown(socket.SHUT_WR)
    assert slow.recv(1) == b""
    slow.close()


def half_closed():
    one = connect()
    one.sendall(b"the rest")
    one.shutdown(socket.SHUT_WR)
    assert read_all(one) == b"the rest"
    one.close()
    # It reads no more, but sends; what comes back is nobody's, and does not stop it.
    one = connect()
    one.shutdown(socket.SHUT_RD)
    one.sendall(data(1, 1 * MIB))
    one.close()
    # The service ends first.
    one = connect(INSPECT)
    one.sendall(REQUEST)
    assert read_all(one).startswith(b"HTTP/1.1 200 ")
    try:
        one.sendall(b"more")
        raise AssertionError("sent to who is gone")
    except OSError as error:
        assert error.errno in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)
    one.close()


def refused():
    for port in (ECHO + 1, 0xFFFF):
        try:
            connect(port)
            raise AssertionError("nobody listens there")
        except OSError as error:
            assert error.errno == errno.ECONNRESET


def ask():
    """What inspect says, for the host to look at."""
    one = connect(INSPECT)
    one.sendall(REQUEST)
    print(read_all(one).split(b"\r\n\r\n", 1)[1].decode())
    one.close()


def crowd():
    """A thousand ask for evidence at once: one or a few get it, the others are told to come again; twice, and the first
    time every second one leaves without an answer."""
    request = b"GET /evidence?nonce=AAEC HTTP/1.1\r\nHost: paravane\r\n\r\n"
    for leaves in (True, False):
        socks = [connect(INSPECT) for _ in range(1000)]
        for one in socks:
            one.sendall(request)
        if leaves:
            for one in socks[::2]:
                one.close()
            del socks[::2]
        counts = {200: 0, 429: 0}
        for one in socks:
            head, body = read_all(one).split(b"\r\n\r\n", 1)
            assert b"\r\nContent-Length: %d\r\n" % len(body) in head
            status = int(head.split(b" ")[1])
            counts[status] += 1
            assert (b'"token":"' in body) == (status == 200)
            assert (b"\r\nRetry-After: 1\r\n" in head) == (status == 429)
            one.close()
        assert counts[429] > len(socks) / 2 and (leaves or counts[200] > 0), counts


def rebind(times=50):
    """The driver goes and comes back while connections are open and full of data."""
    name = "/sys/bus/virtio/drivers/vmw_vsock_virtio_transport/"
    device = sys.argv[2]
    for turn in range(times):
        socks = [connect() for _ in range(4)]
        for one in socks:
            one.sendall(data(turn, 8000))
        for what in ("unbind", "bind"):
            with open(name + what, "w") as file:
                file.write(device)
        for one in socks:
            try:
                # What had come by then may still be read.
                read_all(one)
            except OSError as error:
                assert error.errno in (errno.ECONNRESET, errno.ENOTCONN), error
            one.close()
        one = connect()
        one.sendall(b"again")
        assert one.recv(100) == b"again"
        one.close()


for test in sys.argv[1].split(","):
    globals()[test]()
    print("ok", test, flush=True)
