# SPDX-License-Identifier: BSD-3-Clause
"""The command under test, by its published command line."""

import json
import os
import pathlib
import subprocess

from verify_token import write_json

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERIFY = os.environ.get("PARAVANE_VERIFY") or str(ROOT / "build/host/host/verify/pv-verify")


def verify(*arguments, stdin=b""):
    return subprocess.run([VERIFY, *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=False)


class Verifier:
    """One set of anchors and reference values, many tokens."""

    def __init__(self, folder, machine):
        self.folder = folder
        self.anchors = write_json(folder / "anchors.json", machine.anchors())
        self.reference = write_json(folder / "reference.json", machine.reference())
        self.challenge = machine.challenge

    def options(self):
        return ["--anchors", self.anchors, "--reference", self.reference, "--challenge", self.challenge.hex()]

    def judge(self, token, *more, options=None):
        """The verdict, as JSON; status and verdict agree."""
        done = verify("-", "--json", *(self.options() if options is None else options), *more, stdin=token)
        assert done.returncode in (0, 1) and done.stderr == b"", done
        verdict = json.loads(done.stdout)
        assert verdict["accepted"] == (done.returncode == 0), done
        if "problem" in verdict:
            assert not verdict["accepted"]
            return verdict
        for check in verdict["checks"]:
            assert check["reason"] and check["reason"].isprintable() and check["reason"].isascii(), check
            assert check["required"] or check["result"] == "skipped", check
        required = [check["result"] for check in verdict["checks"] if check["required"]]
        assert verdict["accepted"] == (set(required) == {"passed"})
        return verdict


def failed(verdict):
    return {check["check"] for check in verdict["checks"] if check["result"] == "failed"}


def skipped(verdict):
    return {check["check"] for check in verdict["checks"] if check["result"] == "skipped"}


def reason(verdict, name):
    return next(check["reason"] for check in verdict["checks"] if check["check"] == name)
