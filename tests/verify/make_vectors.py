#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes vectors/, and seeds for the fuzz harness: again only if their form changes, as no signature is made twice."""

import base64
import json
import pathlib

from verify_token import REALM_2023, REALM_2024, Machine, guest_challenge, write_json

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE / "vectors"
SEEDS = HERE.parent / "fuzz/corpus/fuzz_verify"
NONCE, DATA = b"nonce", b"data"


def main():
    machine = Machine("vectors")
    VECTORS.mkdir(exist_ok=True)
    SEEDS.mkdir(exist_ok=True)
    write_json(VECTORS / "anchors.json", machine.anchors())
    write_json(VECTORS / "reference.json", machine.reference())
    write_json(VECTORS / "events.json", {"hash": "sha-256", "events": machine.events})
    (VECTORS / "challenge.bin").write_bytes(machine.challenge)
    tokens = {f"{shape}-{name}": machine.token(shape, profile) for shape in (907, 399)
              for name, profile in (("none", None), ("2023", REALM_2023), ("2024", REALM_2024))}
    tokens["guest"] = machine.token(realm={10: guest_challenge(NONCE, DATA)})
    for name, token in tokens.items():
        (VECTORS / f"{name}.cbor").write_bytes(token)
        (SEEDS / name).write_bytes(b"\0" + token)
    guest = json.dumps({"kind": "cca", "token": base64.b64encode(tokens["guest"]).decode()}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(guest)}\r\n\r\n".encode()
    for name, seed in (("kbs", b"\1" + json.dumps({"token": list(tokens["907-2023"])}).encode()),
                       ("json", b"\1" + guest),
                       ("http", b"\2" + head + guest), ("anchors", b"\3" + (VECTORS / "anchors.json").read_bytes()),
                       ("reference", b"\4" + (VECTORS / "reference.json").read_bytes()),
                       ("events", b"\5" + (VECTORS / "events.json").read_bytes())):
        (SEEDS / name).write_bytes(seed)


if __name__ == "__main__":
    main()
