# SPDX-License-Identifier: BSD-3-Clause
"""An answer of the server, which can be spoilt in any place before it is sent."""

import json

ERRORS = "https://github.com/confidential-containers/kbs/errors/"


class Answer:
    def __init__(self, status, body="", headers=()):
        self.status = status
        self.body = body  # text; \udc80 to \udcff stand for bytes that are no UTF-8
        self.headers = list(headers)
        self.raw = None  # bytes, sent instead of all of the above
        self.cut = None  # where the sent bytes end, as an index
        self.silent = False  # nothing is sent at all


def good(value, headers=()):
    return Answer(200, json.dumps(value), headers)


def error(variant, detail):
    """As Trustee tells errors: 404 for two of them, 401 for all others, and no content type."""
    status = 404 if variant in ("InvalidRequestPath", "PluginNotFound") else 401
    return Answer(status, json.dumps({"type": ERRORS + variant, "detail": detail}))
