# SPDX-License-Identifier: BSD-3-Clause
"""A client of the KBS protocol 0.4.0 for the server's own tests. It believes what it reads: what a client has to refuse
is tested with Paravane's."""

import base64
import hashlib
import http.client
import json
import ssl

from jwcrypto import jwe, jwk


class Failed(Exception):
    """An answer that is not 200."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body

    def detail(self):
        return json.loads(self.body)["detail"]


class Client:
    def __init__(self, port, authority=None):
        context = ssl.create_default_context(cafile=authority)
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
        self.cookie = None
        self.nonce = None
        self.key = jwk.JWK.generate(kty="EC", crv="P-256")

    def close(self):
        self.connection.close()

    def call(self, method, path, body=None, **headers):
        if self.cookie:
            headers["Cookie"] = self.cookie
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        self.connection.request(method, "/kbs/v0/" + path, content, headers)
        response = self.connection.getresponse()
        text = response.read()
        for value in response.headers.get_all("Set-Cookie", []):
            if value.startswith("kbs-session-id="):
                self.cookie = value.split(";")[0]
        if response.status != 200:
            raise Failed(response.status, text.decode())
        return json.loads(text)

    def auth(self, **changes):
        request = {"version": "0.4.0", "tee": "cca", "extra-params": ""} | changes
        self.nonce = self.call("POST", "auth", request)["nonce"]
        return self.nonce

    def public(self):
        key = self.key.export_public(as_dict=True)
        return {"kty": "EC", "crv": "P-256", "alg": "ECDH-ES+A256KW", "x": key["x"], "y": key["y"]}

    def challenge(self):
        """By hand: RFC 8785's form of this object, with the members in their order and no spaces."""
        key = self.public()
        text = (
            f'{{"additional-evidence":"","nonce":"{self.nonce}","tee-pubkey":{{"alg":"ECDH-ES+A256KW",'
            f'"crv":"P-256","kty":"EC","x":"{key["x"]}","y":"{key["y"]}"}}}}'
        )
        return hashlib.sha384(text.encode()).digest() + bytes(16)

    def attest(self, token, nonce=None, **changes):
        body = {
            "runtime-data": {"nonce": nonce or self.nonce, "tee-pubkey": self.public()},
            "tee-evidence": {"primary_evidence": {"token": list(token)}, "additional_evidence": ""},
        }
        return self.call("POST", "attest", body | changes)

    def resource(self, name="default/key/disk"):
        return self.call("GET", "resource/" + name)

    def open(self, sealed):
        opened = jwe.JWE()
        opened.deserialize(json.dumps(sealed), key=self.key)
        return opened.payload

    def release(self, machine):
        """All of it, for the token of a forged machine."""
        self.auth()
        self.attest(machine.token(self.challenge()))
        return self.open(self.resource())


def ear(token):
    """The claims in a token of the server's."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
