# SPDX-License-Identifier: BSD-3-Clause
"""From the start to the key: what Paravane's parts take, and what goes over the network, in a machine that is attested as
any is. The broker, its certificates and the disk are the demonstration's (tests/kbs), fresh each time."""

import contextlib
import dataclasses
import json
import pathlib
import re
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
KBS = ROOT / "tests" / "kbs"
ANCHORS = ROOT / "host" / "refhv" / "test-trust-anchor.json"
HOST = "10.0.2.2"  # where QEMU's user network has this machine
RESOURCE = "default/key/disk"
# QEMU's user network has addresses of that kind; Paravane's own is the card's, with another first byte.
THEIRS = bytes.fromhex("5255")
RELEASED = re.compile(r"the key was released \(\d+ ms, (\d+) attempts, (\d+) exchanges\)")


class LaunchError(Exception):
    """There was no key, or what the bench needs for it is missing; the text says what."""


@dataclasses.dataclass(frozen=True)
class Part:
    """Instructions between the calls of these functions and their returns, without those of an inner part."""

    name: str
    title: str
    functions: tuple = ()


PARTS = (
    Part("measuring", "measuring the guest", ("measure_bytes", "measure_guest")),
    Part("network", "the network, and waiting for it",
         ("net_up", "net_down", "net_wait", "stack_wait", "lookup", "connection_open")),
    Part("tls", "TLS", ("stream_open", "stream_send", "stream_receive", "stream_close")),
    Part("evidence", "evidence", ("vtl_evidence_start", "vtl_evidence_continue")),
    Part("jwe", "JWE, and its key", ("jwe_key_make", "jwe_open")),
    Part("kbs", "the broker's protocol", ("kbs_release",)),
    Part("luks", "opening the volume", ("virtio_blk_unlock",)),
)  # fmt: skip
REST = Part("rest", "all else of the start")  # the plugin's name


def plugin_words(paravane, base):
    """The plugin's arguments: each part, and who calls its functions."""
    words = []
    for part in PARTS:
        calls = [at for name in part.functions for at in paravane.calls(name)]
        if not calls:
            raise LaunchError(f"nothing calls {', '.join(part.functions)}")
        words += [f"part={part.name}", *(f"call={base + at:#x}" for at in calls)]
    return words


def run(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)  # fmt: skip
    if done.returncode != 0:
        raise LaunchError(f"{command[0]}: {done.stderr.strip()[-400:]}")
    return done.stdout


@contextlib.contextmanager
def broker(folder):
    """A broker that knows folder/reference.json when it is asked, and folder/disk, which its secret opens; its port."""
    run(KBS / "certificates.py", "--output", folder, HOST)
    run(KBS / "disk.py", "make", "--size", 1, "--key-file", folder / "secret", folder / "disk")
    command = [KBS / "kbs.py", "--certificate", folder / "server.pem", "--key", folder / "server.key",
               "--anchors", ANCHORS, "--reference", folder / "reference.json",
               "--secret", f"{RESOURCE}={folder / 'secret'}", "--until-eof"]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        port = process.stdout.readline()
        if not port:
            raise LaunchError("the broker did not start (reason above)")
        yield int(port)
    finally:
        process.communicate()


def make_igvm(files, folder, port, ram):
    """The file, and the personalization value of its policy; the guest is folder/guest. ram: VTL0's."""
    policy = {"attest": True, "server": f"https://{HOST}:{port}", "resource": RESOURCE, "trust_anchors": ["ca.pem"]}
    manifest = {"version": 1, "image": "/", "policy": policy}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    run(files.igvm_tool, "build", "--manifest", folder / "manifest.json", "--image", files.paravane_elf,
        "--kernel", folder / "guest", "--output", folder / "launch.igvm")  # fmt: skip
    machine = [word for first, end in ram for word in ("--ram", f"{first:#x}:{end - first:#x}")]
    reference = run(files.igvm_tool, "measure", "--rem", "--vps", 1, *machine, "--disks", 1, folder / "launch.igvm")
    (folder / "reference.json").write_text(reference)
    return folder / "launch.igvm", json.loads(reference)["rpv"]


def qemu_words(folder):
    """Disk and network: all frames that pass are left in folder/frames."""
    return [
        "-drive", f"if=none,id=disk,format=raw,file={folder / 'disk'}",
        "-device", "virtio-blk-device,drive=disk,bus=virtio-mmio-bus.8",
        "-netdev", "user,id=network,ipv6=off", "-device", "virtio-net-device,netdev=network,bus=virtio-mmio-bus.3",
        "-object", f"filter-dump,id=frames,netdev=network,file={folder / 'frames'}",
    ]  # fmt: skip


def frames(content):
    """Of a file in pcap's form: frames from Paravane, frames to it, and how often one of the latter comes after one of
    the former: the round trips."""
    magic, = struct.unpack_from("<I", content)
    if magic != 0xA1B2C3D4:
        raise LaunchError("QEMU's record of the frames is none")
    counts = {"out": 0, "in": 0, "round_trips": 0}
    at, last = 24, "in"
    while at + 16 <= len(content):
        bytes_kept, = struct.unpack_from("<I", content, at + 8)
        source = content[at + 16 + 6 : at + 16 + 12]
        direction = "in" if source.startswith(THEIRS) else "out"
        counts[direction] += 1
        counts["round_trips"] += direction == "in" and last == "out"
        at, last = at + 16 + bytes_kept, direction
    return counts


def report_of(counts, console, dumped):
    """The figures: counts of the plugin, what was on the serial line, the file of frames."""
    released = RELEASED.search(console)
    if released is None:
        raise LaunchError("no key was released:\n" + console[-600:])
    return {
        "exchanges": int(released[2]),
        "frames": frames(dumped),
        "parts": [
            {"name": part.name, "title": part.title, "refhv": counts.parts[part.name][0],
             "paravane": counts.parts[part.name][1]}
            for part in (*PARTS, REST)
        ],
    }  # fmt: skip


def lines(report, width):
    """The table, in thousands: the broker's certificate, signatures and answers are others each time."""
    parts = report["parts"]
    sums = {"title": "in all", **{name: sum(part[name] for part in parts) for name in ("refhv", "paravane")}}
    yield "From the start to the guest's first instruction, with attestation and a volume opened, in thousands:"
    yield ""
    yield f"{'':{width}}{'refhv':>8}{'Paravane':>10}"
    for part in (*parts, sums):
        cells = "".join(f"{part[name] / 1000:>{room},.0f}" for name, room in (("refhv", 8), ("paravane", 10)))
        yield f"{part['title']:{width}}{cells}"
    yield (
        f"{report['exchanges']} exchanges with the broker; {report['frames']['out']} frames out and {report['frames']['in']} in,"
        f" {report['frames']['round_trips']} round trips"
    )
