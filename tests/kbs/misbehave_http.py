# SPDX-License-Identifier: BSD-3-Clause
"""Misbehaviour in TLS, HTTP, cookies, JSON and the protocol's steps."""

import json

from answer import error
from misbehave import Row


def failing(status, variant="", detail=""):
    """Another answer; without a variant one of no body."""

    def change(answer):
        answer.body = error(variant, detail).body if variant else detail
        answer.status = status
        answer.headers = []

    return change


def raw(data):
    def change(answer):
        answer.raw = data

    return change


def with_headers(*headers):
    def change(answer):
        answer.headers += headers

    return change


def redirect(answer):
    answer.status, answer.body = 307, ""
    answer.headers.append(("Location", "https://10.0.2.2:1/kbs/v0/elsewhere"))


def cut(answer):
    answer.cut = -5


def silent(answer):
    answer.silent = True


def no_cookie(answer):
    answer.headers = []


def decorated_cookie(answer):
    name, value = answer.headers[0]
    answer.headers = [(name, "other=1; Path=/"), (name, value + "; Path=/kbs/v0; Secure; HttpOnly; SameSite=Strict")]


def cookie(value):
    def change(answer):
        answer.headers = [("Set-Cookie", f"kbs-session-id={value}")]

    return change


def member_twice(text):
    """{"a":1,...} to {"a":1,"a":1,...}: which of two counts differs from reader to reader."""
    name, value = next(iter(json.loads(text).items()))
    return "{" + json.dumps(name) + ":" + json.dumps(value) + "," + text[1:]


def member_twice_escaped(text):
    """The same, with a letter of the second name written as an escape."""
    name = next(iter(json.loads(text)))
    return text.replace(f'"{name}"', f'"{name}":"","\\u{ord(name[0]):04x}{name[1:]}"', 1)


def behind(more):
    return lambda text: text + more


def inside(value):
    """A member that nobody asked for."""
    return lambda text: '{"extra":' + value + "," + text[1:]


def many_members(text):
    return "{" + "".join(f'"m{index}":{index},' for index in range(5000)) + text[1:]


def roomy(text):
    return "\r\n\t " + json.dumps(json.loads(text), indent=4) + " \n\n"


def escaped(text):
    """Each character of each string, names too, as an escape."""

    def write(value):
        if isinstance(value, dict):
            return "{" + ",".join(f"{write(name)}:{write(member)}" for name, member in value.items()) + "}"
        if isinstance(value, str):
            return '"' + "".join(f"\\u{ord(letter):04X}" for letter in value) + '"'
        return json.dumps(value)

    return write(json.loads(text))


DEEP = "[" * 20000 + "]" * 20000
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

ERRORS = {
    "auth-version": Row("auth: the error of another protocol version", answer={
        "auth": failing(401, "AttestationError", "client protocol version mismatch: expect 9.9.9")}),
    "auth-401": Row("auth: 401 without a body", answer={"auth": failing(401)}),
    "auth-500": Row("auth: 500 with a page of HTML", answer={"auth": failing(500, detail="<html>no</html>")}),
    "attest-401": Row("attest: 401 without a body", answer={"attest": failing(401)}),
    "attest-refused": Row("attest: refused, whatever the evidence",
                          answer={"attest": failing(401, "AttestationError", "told to refuse")}),
    "resource-401": Row("resource: 401 without a body", answer={"resource": failing(401)}),
    "resource-404": Row("resource: 404", answer={"resource": failing(404, "PluginNotFound", "no such plugin")}),
    "detail-hostile": Row("attest: a reason of 3000 characters, some of them for terminals", answer={
        "attest": failing(401, "AttestationError", "\x1b[2J\x1epv-end \n\r\t\x9b\u202e" + "A" * 3000)}),
    "silent": Row("attest: no answer, and the connection stays", answer={"attest": silent}),
    "closed": Row("connections are closed as soon as they are there", closed=True),
}  # fmt: skip

NONCES = {
    "nonce-empty": Row("auth: an empty nonce", nonce=lambda _: ""),
    "nonce-4096": Row("auth: a nonce of 4096 characters", nonce=lambda _: "A" * 4096),
    "nonce-control": Row("auth: a nonce with a control character", nonce=lambda text: text[:-2] + "\x07="),
    "nonce-quote": Row("auth: a nonce with a quote and a backslash", nonce=lambda text: text[:-2] + '"\\'),
    "nonce-non-ascii": Row("auth: a nonce with a letter that is not ASCII", nonce=lambda text: text[:-2] + "\u00fc="),
    "nonce-number": Row("auth: a nonce that is a number", nonce=lambda _: 7),
    "nonce-swapped": Row("auth: another nonce than the one that the server then expects",
                         nonce=lambda text: text[:43][::-1] + "="),
}  # fmt: skip

JSON = {
    "json-twice": Row("auth: a member twice", body={"auth": member_twice}),
    "json-twice-escaped": Row("auth: a member twice, once with an escape in its name",
                              body={"auth": member_twice_escaped}),
    "json-twice-jwe": Row("resource: a member twice", body={"resource": member_twice}),
    "json-deep": Row("auth: arrays 20000 deep", body={"auth": inside(DEEP)}),
    "json-many": Row("auth: 5000 members", body={"auth": many_members}),
    "json-surrogate": Row("auth: half of a surrogate pair", body={"auth": inside('"\\ud800"')}),
    "json-utf8": Row("auth: bytes that are no UTF-8", body={"auth": inside('"\udcff"')}),
    "json-nul": Row("auth: a nonce with an escaped NUL", nonce=lambda text: text[:-2] + "\0="),
    "json-behind": Row("auth: something behind the object", body={"auth": behind("{}")}),
    "json-cut": Row("auth: half an object, of the length that was told", body={"auth": lambda text: text[:-9]}),
    "json-array": Row("auth: an array instead of an object", body={"auth": lambda text: f"[{text}]"}),
    "json-roomy": Row("all: white space wherever JSON lets it be", True,
                      body={"auth": roomy, "attest": roomy, "resource": roomy}),
    # RFC 7515, 2 has base64url without anything else in it; a reader may hold a JWE to that.
    "json-escaped": Row("all: each character of each string as an escape", None,
                        body={"auth": escaped, "attest": escaped, "resource": escaped}),
}  # fmt: skip

HTTP = {
    "body-cut": Row("resource: the connection ends before the body does", answer={"resource": cut}),
    "body-large": Row("auth: a body of 1 MiB", body={"auth": behind(" " * (1 << 20))}),
    "length-absurd": Row("auth: a length of 2^64 and then some",
                         answer={"auth": raw(OK + b"Content-Length: 18446744073709551618\r\n\r\n{}")}),
    "length-twice": Row("auth: two lengths that differ",
                        answer={"auth": raw(OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}   ")}),
    "length-both": Row("auth: a length and chunks", answer={"auth": raw(
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")}),
    "chunk-absurd": Row("auth: a chunk of 2^64 - 1 bytes", answer={"auth": raw(CHUNKED + b"ffffffffffffffff\r\n{}")}),
    "chunk-sign": Row("auth: a chunk of -2 bytes", answer={"auth": raw(CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n")}),
    "chunk-many": Row("auth: 200000 chunks of a byte", answer={"auth": raw(CHUNKED + b"1\r\n \r\n" * 200000)}),
    "header-large": Row("auth: a header of 64 KiB", answer={"auth": with_headers(("X-Long", "a" * 65536))}),
    "header-many": Row("auth: 5000 headers", answer={"auth": with_headers(*[("X-Many", "a")] * 5000)}),
    "header-folded": Row("auth: a folded header, obsolete since RFC 7230",
                         answer={"auth": raw(OK + b"Content-Length:\r\n 2\r\n\r\n{}")}),
    "not-http": Row("auth: what is no HTTP", answer={"auth": raw(b"SSH-2.0-OpenSSH_9.2\r\n" * 40)}),
    "redirect": Row("auth: redirected to another server", answer={"auth": redirect}),
}  # fmt: skip

TLS = {
    "tls-other-ca": Row("TLS: a certificate of another authority, of the same name", certificate="other-ca"),
    "tls-self-signed": Row("TLS: a certificate that only it itself has signed", certificate="pinned"),
    "tls-wrong-name": Row("TLS: a certificate for another name and address", certificate="wrong-name"),
    "tls-not-ca": Row("TLS: signed by a certificate that is no authority's", certificate="not-ca"),
    "tls-client": Row("TLS: a certificate for clients", certificate="client"),
    # A client without a trusted clock does not look at dates, unless its policy says so.
    "tls-expired": Row("TLS: a certificate that expired a year ago", None, certificate="expired"),
    "tls-not-yet": Row("TLS: a certificate that is good in a year", None, certificate="not-yet"),
    "tls-intermediate": Row("TLS: a certificate of an authority below the trusted one", True, certificate="chain"),
    "tls-1.2": Row("TLS: version 1.2 and nothing newer", old_tls=True),
}  # fmt: skip

COOKIES = {
    "cookie-new": Row("each answer brings another cookie, and only the newest counts", True, new_cookie=True),
    "cookie-none": Row("auth: no cookie", answer={"auth": no_cookie}),
    "cookie-decorated": Row("auth: a second cookie, and all attributes that there are", True,
                            answer={"auth": decorated_cookie}),
    "cookie-long": Row("auth: a cookie of 5000 characters", answer={"auth": cookie("a" * 5000)}),
    "cookie-hostile": Row("auth: a cookie with a quote and a tab in it", answer={"auth": cookie('a"\tb')}),
}  # fmt: skip

ROWS = ERRORS | NONCES | JSON | HTTP | TLS | COOKIES
