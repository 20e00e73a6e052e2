# SPDX-License-Identifier: BSD-3-Clause
"""Every way in which the server can be told to misbehave; misbehave_http.py and misbehave_jwe.py have the rows."""

import dataclasses
from typing import Any, Callable


@dataclasses.dataclass
class Row:
    """One misbehaviour: what it does, and hooks of which each changes one thing."""

    tells: str
    # Whether a client that is right still gets the secret; None: as it likes.
    released: bool | None = False
    answer: dict[str, Callable] = dataclasses.field(default_factory=dict)  # by step: changes the Answer in place
    body: dict[str, Callable] = dataclasses.field(default_factory=dict)  # by step: JSON text to another text
    nonce: Callable[[str], Any] | None = None  # what the client is told instead
    sealed: Callable | None = None  # (public key, secret): the JWE
    secret: Callable[[bytes], bytes] | None = None
    new_cookie: bool = False  # each answer brings another cookie, and only that one counts
    certificate: str | None = None  # this one of the folder is shown; the client's trust anchor is its ca.pem
    old_tls: bool = False
    closed: bool = False  # connections are closed as soon as they are there


NOTHING = Row("behaves", True)


def rows():
    # pylint: disable=import-outside-toplevel
    import misbehave_http
    import misbehave_jwe

    return misbehave_http.ROWS | misbehave_jwe.ROWS


class Misbehaviour:
    """NAME, or NAME:COUNT: for the first COUNT attempts of a client."""

    def __init__(self, text=None):
        name, _, count = (text or "").partition(":")
        self.row = rows()[name] if name else NOTHING
        self.count = int(count) if count else None

    def of(self, attempt):
        """The row that counts for this attempt, the first being 1."""
        return self.row if self.count is None or attempt <= self.count else NOTHING
