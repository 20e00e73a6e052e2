# SPDX-License-Identifier: BSD-3-Clause
"""The tool under test, by its published command line."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
IGVM = os.environ.get("PARAVANE_IGVM") or str(ROOT / "build/host/host/igvm/igvm")
BATCH = 500  # files a call
REFUSED = re.compile(r"igvm: '([^']*)' is not good: (.+)")


def igvm(*arguments):
    return subprocess.run([IGVM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


def measure_batch(paths):
    """{path: (digest, None) or (None, why it is refused)}. Neither a signal nor silence passes."""
    done = igvm("measure", "--short", *paths)
    refused = dict(REFUSED.fullmatch(line).groups() for line in done.stderr.splitlines())
    digests = done.stdout.split()
    assert done.returncode == (1 if refused else 0), done
    assert set(refused) <= set(map(str, paths)), done.stderr
    assert len(digests) + len(refused) == len(paths), done
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests), done.stdout
    in_order = iter(digests)
    return {path: (None, refused[str(path)]) if str(path) in refused else (next(in_order), None) for path in paths}


def verdicts(folder, files):
    """Verdict of each of many (name, bytes); files stay on disk only while their batch is measured."""
    batch = []
    for name, raw in files:
        path = folder / f"{name}.igvm"
        path.write_bytes(raw)
        batch.append(path)
        if len(batch) == BATCH:
            yield from _finish(batch)
            batch = []
    yield from _finish(batch)


def _finish(batch):
    if not batch:
        return
    told = measure_batch(batch)
    for path in batch:
        raw = path.read_bytes()
        path.unlink()
        yield path.stem, raw, *told[path]
