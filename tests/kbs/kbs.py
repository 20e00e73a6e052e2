#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A small key broker service for demonstrations and tests: speaks Trustee's KBS protocol 0.4.0 over TLS 1.3, verifies
Arm CCA evidence by itself, and releases files. It can be told to misbehave. Not for secrets: it has no policy, no
administration, and its own key is lost when it ends."""

import argparse
import json
import pathlib
import sys
import threading
import time

import misbehave
import server
import trustee


class Log:
    """JSON lines of what happened, for tests; nothing secret is in it."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8") if path else None  # pylint: disable=consider-using-with
        self.lock = threading.Lock()

    def __call__(self, event, **members):
        if self.file:
            line = json.dumps({"event": event, "time": round(time.time(), 3), **members})
            with self.lock:
                print(line, file=self.file, flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print every misbehaviour, and what a client gets then")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT",
                        help="port 0: any; the port is the one line on standard output (default: %(default)s)")
    parser.add_argument("--certificate", metavar="FILE", help="PEM, with all of the chain but the trust anchor")
    parser.add_argument("--key", metavar="FILE")
    parser.add_argument("--anchors", metavar="FILE", help="trusted platforms, as Trustee's store has them")
    parser.add_argument("--reference", metavar="FILE",
                        help="what `paravane igvm measure --rem` printed; read at each use")
    parser.add_argument("--allow-debug", action="store_true", help="release to an image that its host can debug, too")
    parser.add_argument("--secret", action="append", default=[], metavar="REPOSITORY/TYPE/TAG=FILE",
                        help="what to release; may be repeated")
    parser.add_argument("--misbehave", metavar="NAME[:COUNT]",
                        help="misbehave, or only in the first COUNT attempts. Certificates of the names in --list lie "
                        "in the folder of --certificate")
    parser.add_argument("--http", choices=["length", "chunked"], default="length", help="how bodies are framed")
    parser.add_argument("--log", metavar="FILE", help="JSON lines of what happened")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    return parser, parser.parse_args()


def tell_rows():
    outcomes = {True: "released", False: "refused", None: "either"}
    for name, row in misbehave.rows().items():
        print(f"{name:24} {outcomes[row.released]:9} {row.tells}")


def main():
    parser, given = options()
    if given.list:
        tell_rows()
        return
    if not (given.certificate and given.key and given.anchors and given.reference):
        parser.error("--certificate, --key, --anchors and --reference are needed")
    if not all("=" in text for text in given.secret):
        parser.error("--secret takes REPOSITORY/TYPE/TAG=FILE")
    try:
        misbehaviour = misbehave.Misbehaviour(given.misbehave)
    except (KeyError, ValueError):
        parser.error(f"--misbehave {given.misbehave}: --list tells what there is")

    def certificate(row):
        if row.certificate is None:
            return given.certificate, given.key
        folder = pathlib.Path(given.certificate).parent
        return folder / f"{row.certificate}.pem", folder / f"{row.certificate}.key"

    log = Log(given.log)
    kbs = trustee.Kbs(given.anchors, given.reference, dict(text.split("=", 1) for text in given.secret),
                      misbehaviour, log, given.allow_debug)  # fmt: skip
    listener = server.listen(given.listen)
    serving = server.Server(kbs, misbehaviour, certificate, log, given.http == "chunked")
    threading.Thread(target=serving.serve, args=(listener,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    if given.until_eof:
        sys.stdin.buffer.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
