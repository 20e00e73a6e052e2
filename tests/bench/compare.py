#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same guest, side by side: under Paravane, and on plain QEMU with QEMU's own devices.

Called by ./paravane bench --compare. fio in the guest reads and writes a disk whose file is the same
for both; then bytes go to a peer on this machine and come from it. At the end a LUKS2 volume that Paravane
opens is beside one that the guest opens. Rates are of the guest's clock, which is the wall's, so they are
this machine's, now: what is compared is their ratio. The machines take turns, and each job's best round
counts.
Exit status: 0; with --check 1 if a budget is missed; 125 if a machine failed.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import compare_luks as luks  # noqa: E402
import compare_network as network  # noqa: E402
import plain  # noqa: E402 (beside this folder)

ROUNDS = 3
QUICK_MIB, FULL_MIB = 64, 256
VOLUME_QUICK_MIB, VOLUME_MIB = 32, 64
DISK_BYTES = 256 << 20
# Far more than a busy machine takes for one round.
LIMIT_SECONDS = 600
STATUS_MACHINE = 125
MARK = "\x1e"


@dataclasses.dataclass(frozen=True)
class Job:
    """What fio does, and how much longer it may take than on plain QEMU."""

    name: str
    title: str
    options: str
    budget: float | None = None


# The first as programs read: through the guest's page cache, the whole disk once. The others past it.
JOBS = (
    Job("read", "sequential read", "--rw=read --bs=1M --direct=0 --time_based=0 --ramp_time=0 --size=100%", 1.3),
    Job("read-1m", "sequential read, direct, 1 MiB", "--rw=read --bs=1M --iodepth=8"),
    Job("write-1m", "sequential write, direct, 1 MiB", "--rw=write --bs=1M --iodepth=8"),
    Job("read-4k", "random read, 4 KiB, 1 at a time", "--rw=randread --bs=4k --iodepth=1"),
    Job("read-4k-32", "random read, 4 KiB, 32 at a time", "--rw=randread --bs=4k --iodepth=32"),
    Job("write-4k-32", "random write, 4 KiB, 32 at a time", "--rw=randwrite --bs=4k --iodepth=32"),
)
# Fields of fio's terse output, version 3, from 0: bandwidth in KiB/s of reads and of writes.
TERSE_READ = 6
TERSE_WRITE = 47


class MachineError(Exception):
    """A machine did not do what the bench needs; the text says what."""


def arguments():
    parser = argparse.ArgumentParser(prog="./paravane bench --compare", allow_abbrev=False)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cpu", default="max,pauth-impdef=on")
    # This is a network namespace of its own, where a tap can be made.
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser.parse_args()


@dataclasses.dataclass(frozen=True)
class Plan:
    """What both machines have, and do."""

    disk: pathlib.Path
    tools: pathlib.Path
    link: network.Link
    command: str


def disk_command(seconds):
    """A line "NAME TERSE" a job. The disk of tools is the second one; vda is what is measured."""
    fio = (
        "in-tools fio --minimal --filename=/dev/vda --direct=1 --ioengine=libaio --randseed=1"
        f" --time_based --runtime={seconds} --ramp_time=1"
    )
    jobs = [f"echo {job.name} $({fio} --name={job.name} {job.options})" for job in JOBS]
    return "tools /dev/vdb && " + "; ".join(jobs)


def disk_arguments(plan):
    """QEMU's arguments for both disks, as scripts/run has them."""
    words = ["-global", "virtio-mmio.force-legacy=false"]
    for index, (file, read_only) in enumerate([(plan.disk, "off"), (plan.tools, "on")]):
        words += [
            "-drive",
            f"if=none,id=disk{index},file={file},format=raw,discard=unmap,read-only={read_only}",
            "-device", f"virtio-blk-device,drive=disk{index},bus=virtio-mmio-bus.{8 + index}",
        ]  # fmt: skip
    return words


def plain_command(options, plan, nonce):
    guest = options.root / "build" / "guest"
    return [
        options.qemu, "-M", "virt,gic-version=3", "-cpu", options.cpu, "-smp", "2", "-m", "1G",
        "-nographic", "-no-reboot", "-nic", "none",
        "-kernel", str(guest / "Image"), "-initrd", str(guest / "initrd"),
        "-append", f"console=ttyAMA0 panic=-1 quiet pv.exec={nonce}",
        *disk_arguments(plan), *network.qemu_arguments(plan.link),
    ]  # fmt: skip


def paravane_command(options, plan):
    card = [word for argument in network.qemu_arguments(plan.link) for word in ("--qemu-arg", argument)]
    return [
        str(options.root / "paravane"), "run", "--smp", "2", "--memory", "1G", "--cpu", options.cpu,
        "--timeout", str(LIMIT_SECONDS), "--disk", str(plan.disk), "--disk", f"{plan.tools},ro",
        "--net", "none", *card, "--exec", plan.command,
    ]  # fmt: skip


def call(command):
    """What it writes; it is ended with this program, whatever ends that."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        out, errors = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise MachineError("a machine did not come to its end") from error
    finally:
        process.terminate()
        process.wait()
    if process.returncode != 0:
        last = errors.decode("utf-8", "replace").strip()[-400:]
        raise MachineError(f"{command[0]}: status {process.returncode}: {last}")
    return out.decode("utf-8", "replace")


def between_markers(console, nonce):
    """What the guest's init has put between its markers (CONTRIBUTING.md)."""
    found = re.search(f"{MARK}pv-begin {nonce}\r?\n(.*){MARK}pv-end {nonce} 0", console, re.DOTALL)
    if found is None:
        raise MachineError("plain QEMU's guest did not come to its end:\n" + console[-400:])
    return found[1]


def results_of(text):
    """job -> KiB a second, and what else is known of it."""
    results = network.results_of(text)
    for line in text.splitlines():
        name, _, terse = line.partition(" ")
        fields = terse.split(";")
        if len(fields) > TERSE_WRITE:
            results[name] = {"kib_s": int(fields[TERSE_READ]) + int(fields[TERSE_WRITE])}
    wanted = [*(job.name for job in JOBS), *network.JOBS]
    missing = [name for name in wanted if not results.get(name, {}).get("kib_s")]
    if missing:
        raise MachineError(f"no result of {', '.join(missing)}: {text.strip()[-400:]}")
    return results


def measure_round(options, plan):
    """Results of both machines: (plain, Paravane)."""
    nonce = secrets.token_hex(16)
    try:
        console = plain.run(plain_command(options, plan, nonce), nonce, plan.command, LIMIT_SECONDS)
    except TimeoutError as error:
        raise MachineError("plain QEMU did not come to its end") from error
    ours = between_markers(console, nonce)
    paravane = call(paravane_command(options, plan))
    return results_of(ours), results_of(paravane)


def measure_volumes(options, count):
    """Rows of a machine with one VP, then of one with two."""
    tools = options.root / "build" / "guest" / "tools.img"
    mib = VOLUME_QUICK_MIB if options.quick else VOLUME_MIB
    with tempfile.TemporaryDirectory(prefix="paravane-bench.") as work, \
            luks.volumes(pathlib.Path(work), mib) as made:  # fmt: skip
        rows = []
        for vps in luks.VPS:
            text = call([
                str(options.root / "paravane"), "run", "--smp", str(vps), "--memory", "1G", "--cpu", options.cpu,
                "--timeout", str(LIMIT_SECONDS), *luks.run_arguments(made, tools),
                "--exec", luks.guest_command(made, count),
            ])  # fmt: skip
            found = luks.rows_of(text, mib, vps)
            if found is None:
                raise MachineError(f"no result of a volume: {text.strip()[-400:]}")
            rows += found
        return rows


def row(job, rounds):
    theirs, paravane = (
        max((results[side][job.name] for results in rounds), key=lambda result: result["kib_s"]) for side in (0, 1)
    )
    ratio = round(theirs["kib_s"] / paravane["kib_s"], 2)
    return {
        "name": job.name,
        "title": job.title,
        "plain_kib_s": theirs["kib_s"],
        "paravane_kib_s": paravane["kib_s"],
        "ratio": ratio,
        "limit": job.budget,
        "met": None if job.budget is None else ratio <= job.budget,
        "plain_interrupts_mib": theirs.get("interrupts_mib"),
        "paravane_interrupts_mib": paravane.get("interrupts_mib"),
        "paravane_exits_mib": paravane.get("exits_mib"),
    }


def rows_of(link, rounds):
    jobs = [*JOBS, *(Job(name, f"{title}, {link.name}", "") for name, title in network.JOBS.items())]
    return [row(job, rounds) for job in jobs]


def render(rows, count):
    width = max(len(item["title"]) for item in rows) + 1
    yield "The same guest on plain QEMU and under Paravane: MiB/s, and how much longer it takes."
    yield f"Best of {count} rounds; the rates are this machine's, the ratio is what counts."
    yield ""
    yield f"{'':{width}}{'plain QEMU':>11}{'Paravane':>10}{'ratio':>7}  budget"
    for item in rows:
        verdict = "-" if item["limit"] is None else f"{item['limit']}: {'met' if item['met'] else 'MISSED'}"
        rates = "".join(f"{item[side] / 1024:>{cells}.1f}" for side, cells in
                        (("plain_kib_s", 11), ("paravane_kib_s", 10)))  # fmt: skip
        yield f"{item['title']:{width}}{rates}{item['ratio']:>7.2f}  {verdict}"
    yield ""
    yield "The network device's interrupts, and the exits to Paravane, a MiB:"
    yield ""
    yield f"{'':{width}}{'plain QEMU':>11}{'Paravane':>10}{'exits':>7}"
    for item in rows:
        if item["paravane_exits_mib"] is not None:
            yield (f"{item['title']:{width}}{item['plain_interrupts_mib']:>11.1f}"
                   f"{item['paravane_interrupts_mib']:>10.1f}{item['paravane_exits_mib']:>7.1f}")  # fmt: skip


def measure(options, link):
    tools = options.root / "build" / "guest" / "tools.img"
    count, seconds, mib = (1, 1, QUICK_MIB) if options.quick else (ROUNDS, 4, FULL_MIB)
    if not tools.is_file():
        raise MachineError("there is no disk of tools, which has fio (./paravane setup says why)")
    with tempfile.TemporaryDirectory(prefix="paravane-bench.") as work, network.peer(link) as port:
        disk = pathlib.Path(work) / "disk"
        # Written once: what is read must be there, and not a hole.
        disk.write_bytes(secrets.token_bytes(1 << 20) * (DISK_BYTES >> 20))
        command = f"{disk_command(seconds)}; {network.guest_command(link, port, mib)}"
        plan = Plan(disk, tools, link, command)
        return [measure_round(options, plan) for _ in range(count)]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    link = network.TAP if options.tap else network.USER
    try:
        if options.tap:
            network.tap_make()
        rounds = measure(options, link)
        volumes = measure_volumes(options, len(rounds))
    except (MachineError, OSError, subprocess.CalledProcessError) as error:
        print(f"paravane: bench: {error}", file=sys.stderr)
        return STATUS_MACHINE
    rows = rows_of(link, rounds)
    print("\n".join(render(rows, len(rounds))))
    print("\n" + "\n".join(luks.lines(volumes, 1 + max(len(item["title"]) for item in rows))))
    if options.json is not None:
        report = {"schema": 3, "network": link.name, "rows": rows, "volumes": volumes}
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if options.check and any(item["met"] is False for item in [*rows, *volumes]) else 0


if __name__ == "__main__":
    sys.exit(main())
