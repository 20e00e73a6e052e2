# SPDX-License-Identifier: BSD-3-Clause
"""The server's side of Trustee's KBS protocol 0.4.0, for the one TEE `cca`. Knows HTTP's words, not its bytes."""

import base64
import datetime
import hashlib
import json
import re
import secrets
import threading
import time
import uuid

from jwcrypto import jwk, jws

import cca
import seal
from answer import error, good

VERSION = "0.4.0"
PREFIX = "/kbs/v0/"
COOKIE = "kbs-session-id"
LIFE_SECONDS = 300
SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9_.-]*"
RESOURCE = re.compile(f"resource/({SEGMENT}/{SEGMENT}/{SEGMENT})")


class Wrong(Exception):
    """A request that is not as the protocol has it: Trustee's variant, and what exactly."""

    def __init__(self, variant, detail):
        super().__init__(detail)
        self.variant = variant


class Session:
    def __init__(self, number):
        self.number = number
        self.nonce = base64.b64encode(secrets.token_bytes(32)).decode()
        self.until = time.monotonic() + LIFE_SECONDS
        self.token = None
        self.public = None


def no_member_twice(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member is there twice")
    return value


def object_of(body):
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=no_member_twice)
    except (ValueError, RecursionError) as reason:
        raise Wrong("SerdeError", f"the body is no JSON: {reason}") from reason
    return value


def members(value, what, needed, allowed=()):
    """The needed members of an object, which has no others than those and the allowed ones."""
    if not isinstance(value, dict) or not set(needed) <= set(value) <= {*needed, *allowed}:
        raise Wrong("SerdeError", f"{what} has not the members {', '.join(needed)}")
    return [value[name] for name in needed]


def public_key(value):
    """RFC 7518, 6.2.1: a point of P-256, and no member that a typed reader would drop."""
    _, _, _, x, y = members(value, "tee-pubkey", ("kty", "crv", "alg", "x", "y"))
    if (value["kty"], value["crv"], value["alg"]) != ("EC", "P-256", seal.ALGORITHM):
        raise Wrong("JweError", f"tee-pubkey is not a P-256 key for {seal.ALGORITHM}")
    if not all(isinstance(text, str) and re.fullmatch("[A-Za-z0-9_-]{43}", text) for text in (x, y)):
        raise Wrong("JweError", "a coordinate of tee-pubkey is not 32 bytes in base64url without padding")
    try:
        seal.public_key(value)
    except ValueError as reason:
        raise Wrong("JweError", "tee-pubkey is not on P-256") from reason
    return value


def evidence_of(value):
    primary, additional = members(value, "tee-evidence", ("primary_evidence", "additional_evidence"))
    if additional != "":
        raise Wrong("AttestationError", "additional evidence is not looked at by this server")
    (token,) = members(primary, "primary_evidence", ("token",))
    if not isinstance(token, list) or not all(type(byte) is int and 0 <= byte <= 255 for byte in token):
        raise Wrong("SerdeError", "the token is no array of bytes")
    return bytes(token)


def report_data(nonce, public):
    """SHA-384 of the runtime data in RFC 8785's form, which for these strings is Python's sorted and compact one."""
    runtime = {"additional-evidence": "", "nonce": nonce, "tee-pubkey": public}
    canonical = json.dumps(runtime, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha384(canonical.encode()).digest()


class Kbs:
    def __init__(self, anchors, reference, resources, misbehaviour, log, allow_debug=False):
        self.anchors = anchors  # paths: read at each attestation, as enrolling may come after the start
        self.reference = reference
        self.resources = resources
        self.misbehaviour = misbehaviour
        self.log = log
        self.allow_debug = allow_debug
        self.sessions = {}
        self.count = 0
        self.lock = threading.Lock()
        self.key = jwk.JWK.generate(kty="EC", crv="P-256")

    def handle(self, method, path, cookies, body):
        """The answer to a request; the session that it belongs to has its place in `Set-Cookie`."""
        with self.lock:
            try:
                return self.answer(method, path, cookies, body)
            except Exception as error:
                # Our own mistake. For the client it is one more connection that ends, which must not pass for refusal.
                self.log("crash", detail=repr(error))
                raise

    def answer(self, method, path, cookies, body):
        step, call = self.step(method, path)
        try:
            session, answer = call(cookies, body)
        except Wrong as wrong:
            return self.refuse(step, wrong.variant, str(wrong))
        except cca.Refused as reason:
            return self.refuse(step, "AttestationError", str(reason))
        return self.finish(step, session, answer)

    def step(self, method, path):
        if (method, path) == ("POST", PREFIX + "auth"):
            return "auth", self.auth
        if (method, path) == ("POST", PREFIX + "attest"):
            return "attest", self.attest
        if method == "GET" and path.startswith(PREFIX + "resource/"):
            return "resource", lambda cookies, _: self.resource(path[len(PREFIX) :], cookies)
        return "other", self.nothing

    def refuse(self, step, variant, detail):
        self.log(step, outcome="refused", variant=variant, detail=detail)
        return error(variant, detail)

    def row(self, session):
        return self.misbehaviour.of(session.number)

    def finish(self, step, session, answer):
        """Puts the cookie in, and what is misbehaviour of this step."""
        row = self.row(session)
        if row.new_cookie:
            self.sessions = {name: value for name, value in self.sessions.items() if value is not session}
            self.sessions[uuid.uuid4().hex] = session
        name = next(name for name, value in self.sessions.items() if value is session)
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=LIFE_SECONDS)
        answer.headers.append(("Set-Cookie", f"{COOKIE}={name}; Expires={until:%a, %d %b %Y %H:%M:%S} GMT"))
        if step in row.body:
            answer.body = row.body[step](answer.body)
        if step in row.answer:
            row.answer[step](answer)
        self.log(step, outcome="good" if answer.status == 200 else "misbehaved", session=session.number)
        return answer

    def session(self, cookies):
        session = self.sessions.get(cookies.get(COOKIE))
        if session is None or session.until < time.monotonic():
            raise Wrong("AttestationError", "the cookie names no session")
        return session

    def nothing(self, _cookies, _body):
        raise Wrong("PluginNotFound", "there is nothing of that name, or not by this method")

    def auth(self, _cookies, body):
        version, tee, _ = members(object_of(body), "the request", ("version", "tee", "extra-params"))
        if version != VERSION:
            raise Wrong("AttestationError", f"protocol version {VERSION} is spoken here, and no other")
        if tee != "cca":
            raise Wrong("AttestationError", "no evidence but cca is taken here")
        now = time.monotonic()
        self.sessions = {name: value for name, value in self.sessions.items() if value.until >= now}
        self.count += 1
        session = Session(self.count)
        self.sessions[uuid.uuid4().hex] = session
        told = self.row(session).nonce
        nonce = session.nonce if told is None else told(session.nonce)
        return session, good({"nonce": nonce, "extra-params": ""})

    def attest(self, cookies, body):
        session = self.session(cookies)
        if session.token is None:
            request = object_of(body)
            runtime, evidence = members(request, "the request", ("runtime-data", "tee-evidence"), ("init-data",))
            if request.get("init-data") is not None:
                raise Wrong("AttestationError", "init data is not looked at by this server")
            nonce, public = members(runtime, "runtime-data", ("nonce", "tee-pubkey"))
            token = evidence_of(evidence)
            self.log("evidence", session=session.number, token=token.hex())
            if nonce != session.nonce:
                raise Wrong("AttestationError", "the nonce is not the one of this session")
            self.appraise(token, report_data(nonce, public_key(public)))
            session.public = public
            session.token = self.sign(session)
        return session, good({"token": session.token})

    def appraise(self, token, data):
        try:
            reference = cca.Reference(self.reference, self.allow_debug)
            anchors = cca.Anchors(self.anchors)
        except (OSError, ValueError, KeyError, TypeError) as reason:
            raise cca.Refused("this server has not been told, or not well, what to expect") from reason
        cca.verify(token, anchors, reference, data)

    def sign(self, session):
        """A token in the manner of Trustee's (EAR): nobody here reads it."""
        now = int(time.time())
        runtime = {"runtime_data_claims": {"nonce": session.nonce, "tee-pubkey": session.public}}
        claims = {
            "eat_profile": "tag:github.com,2024:confidential-containers/Trustee", "iss": "CoCo-Attestation-Service",
            "iat": now, "exp": now + LIFE_SECONDS,
            "submods": {"cpu0": {"ear.status": "affirming", "ear.veraison.annotated-evidence": runtime}},
        }  # fmt: skip
        signed = jws.JWS(json.dumps(claims))
        signed.add_signature(self.key, protected=json.dumps({"alg": "ES256", "typ": "JWT"}))
        return signed.serialize(compact=True)

    def resource(self, path, cookies):
        session = self.session(cookies)
        if session.token is None:
            raise Wrong("TokenNotFound", "this session has not been attested")
        found = RESOURCE.fullmatch(path)
        if not found:
            raise Wrong("PluginInternalError", "a resource is named REPOSITORY/TYPE/TAG")
        if found[1] not in self.resources:
            raise Wrong("PluginInternalError", "there is no such resource")
        row = self.row(session)
        with open(self.resources[found[1]], "rb") as file:
            secret = file.read()
        if row.secret:
            secret = row.secret(secret)
        return session, good((row.sealed or seal.seal)(session.public, secret))
