# SPDX-License-Identifier: BSD-3-Clause
"""The volume's part of compare.py: one LUKS2 container twice, in one machine under Paravane, which opens the one; the
guest opens the other by dm-crypt, on a disk that is plain to Paravane. dd reads and writes both in turns."""

import contextlib
import dataclasses
import pathlib
import re
import secrets
import shutil
import subprocess

DISK_PY = pathlib.Path(__file__).resolve().parents[1] / "kbs" / "disk.py"
SIDES = {"paravane": "/dev/vda", "dm_crypt": "/dev/mapper/volume"}
VPS = (1, 2)
# dd's last line; its whole size is read or written.
COPIED = re.compile(r"^(\d+) bytes .* copied, ([0-9.e-]+) s,", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Job:
    """What dd does, TARGET being the volume; how much longer it may take than by dm-crypt."""

    name: str
    title: str
    command: str
    budget: float = 1.0


JOBS = (
    Job("volume-read", "sequential read", "if=TARGET of=/dev/null bs=1M"),
    Job("volume-read-direct", "sequential read, direct", "if=TARGET of=/dev/null bs=1M iflag=direct"),
    Job("volume-write-direct", "sequential write, direct", "if=/dev/zero of=TARGET bs=1M count=COUNT oflag=direct"),
)


@dataclasses.dataclass(frozen=True)
class Volumes:
    """The same container in two files, and what opens it."""

    first: pathlib.Path
    second: pathlib.Path
    key: pathlib.Path
    mib: int


@contextlib.contextmanager
def volumes(folder, mib):
    made = Volumes(folder / "volume", folder / "volume-plain", folder / "volume-key", mib)
    made.key.write_text(secrets.token_hex(16))
    payload = folder / "payload"
    payload.write_bytes(secrets.token_bytes(1 << 20) * mib)
    subprocess.run([DISK_PY, "make", "--size", str(mib), "--payload", payload, "--key-file", made.key, made.first],
                   check=True)  # fmt: skip
    payload.unlink()
    shutil.copyfile(made.first, made.second)
    yield made


def run_arguments(made, tools):
    """Of ./paravane run: the volume is vda, the container vdb, the tools vdc."""
    disks = [word for disk in (made.first, made.second, f"{tools},ro") for word in ("--disk", str(disk))]
    return ["--luks", "default/key/disk", "--luks-key", str(made.key), *disks]


def guest_command(made, rounds):
    """A line "JOB SIDE WORDS-OF-DD" each; nothing of the volume is in the guest's cache before. Both must hold the same."""
    lines = [
        "set -e",
        "tools /dev/vdc",
        "modprobe -a dm-crypt xts aes-ce-blk",
        f"echo -n {made.key.read_text()} >/tmp/key",
        "in-tools cryptsetup open --key-file /tmp/key /dev/vdb volume",
        f"cmp -n 1048576 {SIDES['paravane']} {SIDES['dm_crypt']}",
    ]
    for _ in range(rounds):
        for job in JOBS:
            for side, target in SIDES.items():
                words = job.command.replace("TARGET", target).replace("COUNT", str(made.mib))
                lines += ["echo 3 >/proc/sys/vm/drop_caches",
                          f"echo {job.name} {side} $(in-tools dd {words} 2>&1 | tail -n 1)"]  # fmt: skip
    return "\n".join(lines)


def rows_of(text, mib, vps):
    """A row a job: the best of each side. None: a job has no result."""
    best = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        side, _, rest = rest.partition(" ")
        copied = COPIED.match(rest)
        if copied and int(copied[1]) == mib << 20 and float(copied[2]) > 0:
            rate = round((mib << 10) / float(copied[2]))
            best[name, side] = max(rate, best.get((name, side), 0))
    if not all(best.get((job.name, side)) for job in JOBS for side in SIDES):
        return None
    rows = []
    for job in JOBS:
        ratio = best[job.name, "dm_crypt"] / best[job.name, "paravane"]
        rows.append({
            "name": job.name, "title": f"{job.title}, {vps} VP{'s' * (vps > 1)}", "vps": vps,
            **{f"{side}_kib_s": best[job.name, side] for side in SIDES},
            "ratio": round(ratio, 2), "limit": job.budget, "met": ratio < job.budget,
        })  # fmt: skip
    return rows


def lines(rows, width):
    yield "A LUKS2 volume that Paravane opens, and one that the guest opens by dm-crypt: MiB/s, and how much longer"
    yield "Paravane's takes, in one machine."
    yield ""
    yield f"{'':{width}}{'dm-crypt':>11}{'Paravane':>10}{'ratio':>7}  budget"
    for item in rows:
        rates = f"{item['dm_crypt_kib_s'] / 1024:>11.1f}{item['paravane_kib_s'] / 1024:>10.1f}{item['ratio']:>7.2f}"
        verdict = "met" if item["met"] else "MISSED"
        yield f"{item['title']:{width}}{rates}  below {item['limit']}: {verdict}"
