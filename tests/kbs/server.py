# SPDX-License-Identifier: BSD-3-Clause
"""HTTP/1.1 over TLS 1.3, as strict as RFC 9112 lets a server be, one thread a connection."""

import contextlib
import re
import socket
import ssl
import threading
from http import HTTPStatus

from answer import Answer

HEADER_BYTES = 8192
BODY_BYTES = 1 << 18
IDLE_SECONDS = 60
TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST = re.compile(r"(GET|POST|PUT|DELETE|HEAD) (/[!-~]*) HTTP/1\.1")
# White space around the value is taken off afterwards: three stars that may share it take cubic time.
HEADER = re.compile(f"({TOKEN}):([\t -~]*)")
COOKIE = re.compile(f'({TOKEN})=([!#-+\\--:<-[\\]-~]*)')  # RFC 6265, 4.1.1


class Broken(Exception):
    """What comes is no request of HTTP/1.1; nothing behind it can be understood."""


class Request:
    def __init__(self, method, path, headers):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = b""

    def cookies(self):
        pairs = [COOKIE.fullmatch(part) for part in self.headers.get("cookie", "").split("; ") if part]
        if not all(pairs):
            raise Broken("the Cookie header is not name=value; name=value")
        return {pair[1]: pair[2] for pair in pairs}

    def length(self):
        if "transfer-encoding" in self.headers:
            raise Broken("bodies in chunks are not taken here")
        text = self.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,6}", text) or int(text) > BODY_BYTES:
            raise Broken(f"the length is no number up to {BODY_BYTES}")
        if self.method == "POST" and "content-length" not in self.headers:
            raise Broken("a POST without Content-Length")
        return int(text)


def parse(head):
    try:
        first, *lines = head.decode("ascii").split("\r\n")
    except UnicodeDecodeError as error:
        raise Broken("the header is not ASCII") from error
    request = REQUEST.fullmatch(first)
    if not request:
        raise Broken("the first line is no request of HTTP/1.1")
    headers = {}
    for line in lines:
        header = HEADER.fullmatch(line)
        if not header or header[1].lower() in headers:
            raise Broken("a header line is none, or is there twice")
        headers[header[1].lower()] = header[2].strip(" \t")
    if "host" not in headers:
        raise Broken("no Host header")
    return Request(request[1], request[2], headers)


class Connection:
    """One client's: reads requests, writes answers."""

    def __init__(self, stream, chunked):
        self.stream = stream
        self.chunked = chunked
        self.received = b""

    def more(self):
        part = self.stream.recv(65536)
        self.received += part
        return part != b""

    def request(self):
        """None at the end."""
        while b"\r\n\r\n" not in self.received:
            if len(self.received) > HEADER_BYTES:
                raise Broken("the header is too long")
            if not self.more():
                if self.received:
                    raise Broken("the connection ended inside of a header")
                return None
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        if len(head) > HEADER_BYTES:
            raise Broken("the header is too long")
        request = parse(head)
        length = request.length()
        while len(self.received) < length:
            if not self.more():
                raise Broken("the connection ended inside of a body")
        request.body, self.received = self.received[:length], self.received[length:]
        return request

    def in_chunks(self, body):
        """Of sizes that are no round number; an extension and a trailer, which a reader has to pass over."""
        parts = [body[at : at + 97] for at in range(0, len(body), 97)]
        return b"".join(b"%X;note=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nX-Trailer: 1\r\n\r\n"

    def bytes_of(self, answer):
        if answer.raw is not None:
            return answer.raw
        body = answer.body.encode("utf-8", "surrogateescape")
        phrases = {status.value: status.phrase for status in HTTPStatus}
        lines = [f"HTTP/1.1 {answer.status} {phrases[answer.status]}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines.append("Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode()
        return head + (self.in_chunks(body) if self.chunked else body)

    def answer(self, answer):
        if not answer.silent:
            self.stream.sendall(self.bytes_of(answer)[: answer.cut])

    def wait(self):
        """Until the client has enough of it."""
        while self.more():
            self.received = b""


class Server:
    def __init__(self, kbs, misbehaviour, certificate, log, chunked=False):
        self.kbs = kbs
        self.misbehaviour = misbehaviour
        self.certificate = certificate  # function of a row: certificate file, key file
        self.log = log
        self.chunked = chunked
        self.connections = 0

    def context(self, row):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if row.old_tls:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(*self.certificate(row))
        return context

    def serve(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return  # the listener is closed: the end
            self.connections += 1
            threading.Thread(target=self.connected, args=(peer, self.connections), daemon=True).start()

    def connected(self, peer, number):
        # What acts before HTTP does so by connections: a client may use one or several for an attempt.
        row = self.misbehaviour.of(number)
        self.log("connection", number=number)
        peer.settimeout(IDLE_SECONDS)
        try:
            if not row.closed:
                self.serve_one(peer, number, self.context(row))
        except Exception as error:
            self.log("crash", detail=repr(error))
            raise
        finally:
            peer.close()

    def serve_one(self, peer, number, context):
        try:
            with context.wrap_socket(peer, server_side=True) as stream:
                self.talk(stream)
        except ssl.SSLError as error:
            self.log("tls", number=number, reason=error.reason)
        except OSError as error:
            self.log("lost", number=number, reason=type(error).__name__)

    def talk(self, stream):
        connection = Connection(stream, self.chunked)
        self.log("handshake", version=stream.version())
        try:
            while (request := connection.request()) is not None:
                self.log("request", method=request.method, path=request.path)
                answer = self.kbs.handle(request.method, request.path, request.cookies(), request.body)
                connection.answer(answer)
                if answer.cut is not None:
                    return
                if answer.silent or answer.raw is not None:
                    connection.wait()
                if request.headers.get("connection", "").lower() == "close":
                    break
        except Broken as error:
            self.log("broken", detail=str(error))
            connection.answer(Answer(400, str(error), [("Connection", "close")]))
        self.end(stream)

    @staticmethod
    def end(stream):
        """close_notify, so that the client knows that nothing was cut off."""
        stream.settimeout(2)
        with contextlib.suppress(OSError):
            stream.unwrap()


def listen(text):
    host, _, port = text.rpartition(":")
    return socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
