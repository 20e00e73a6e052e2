# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: ./paravane as a user calls it, nothing from inside."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARAVANE = str(ROOT / "paravane")
# Under emulation on a busy machine a boot may take minutes; a hang is still a failure.
LIMIT = int(os.environ.get("PARAVANE_E2E_SECONDS", "180"))
# Of each kind one boot is always done; these are more of the same, and take long.
more = pytest.mark.skipif("PARAVANE_E2E_ALL" not in os.environ, reason="only with PARAVANE_E2E_ALL=1")


# One VP where a test does not say: booting takes three fifths of the time. Tests of more say how many.
VPS = ("--smp", "1")
# Of what is to be moved, in MiB.
MANY = 200 if "PARAVANE_E2E_ALL" in os.environ else 50


def first_of(*values):
    """For parametrize: the first one always, the others with PARAVANE_E2E_ALL=1."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=more if number else ()) for number, row in enumerate(rows)]


class Result:
    """One finished call."""

    def __init__(self, status, raw, err):
        self.status = status
        self.raw = raw
        self.out = raw.decode("utf-8", "replace")
        self.err = err

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"


def call(*arguments, limit=LIMIT + 60):
    done = subprocess.run(
        [PARAVANE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=limit,
        check=False,
    )
    return Result(
        done.returncode,
        done.stdout,
        done.stderr.decode("utf-8", "replace"),
    )


def archive(name, content):
    """A cpio archive (newc) of one program."""

    def entry(path, mode, data):
        fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + path + b"\0"
        head += b"\0" * (-len(head) % 4)
        return head + data + b"\0" * (-len(data) % 4)

    return entry(name, 0o100755, content) + entry(b"TRAILER!!!", 0, b"")


@pytest.fixture
def paravane():
    """Calls ./paravane with arguments."""
    return call


@pytest.fixture
def run():
    """Calls ./paravane run with a limit on its time."""

    def run_with_limit(*arguments, timeout=LIMIT):
        return call("run", "--timeout", str(timeout), *VPS, *arguments)

    return run_with_limit


@pytest.fixture
def run_live():
    """Starts ./paravane run; the test reads what it prints while it runs."""
    children = []

    def start(*arguments):
        child = subprocess.Popen(
            [PARAVANE, "run", "--timeout", str(LIMIT), *VPS, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.terminate()
        child.communicate()


@pytest.fixture
def image():
    """The default guest's kernel."""
    path = ROOT / "build" / "guest" / "Image"
    assert path.is_file(), "./paravane setup has not made the guest"
    return path
