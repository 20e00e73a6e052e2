# SPDX-License-Identifier: BSD-3-Clause
"""From the plugin's counts to the report: percentiles, budgets, shares of functions, and the table."""

import collections
import dataclasses

SCHEMA = 1
OWNERS = ("refhv", "paravane")
COLUMNS = ("refhv", "paravane", "total")

# What Linux 6.1's KVM takes for its cheapest in-kernel exit on the same emulated CPU.
ROUND_TRIP = 1479
DEVICE_ACCESS = {"paravane": 250, "total": ROUND_TRIP}
BOOT_BUDGET = 3_000_000
IMAGE_BUDGET = 512 * 1024
PLAIN_BUDGET = 160 * 1024  # of the image without attestation


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of exit: the guest's label, what it is, and what it may cost at p50."""

    name: str
    title: str
    budgets: dict = dataclasses.field(default_factory=dict)


KINDS = (
    Kind("pl011-read", "PL011 read (FR)", DEVICE_ACCESS),
    Kind("pl011-write", "PL011 write (DR, a character)", DEVICE_ACCESS),
    Kind("no-device", "read of no device, to abort vector"),
    Kind("get-register", "hypercall, fast GetVpRegisters"),
    Kind("signal-event", "hypercall, SignalEvent"),
    Kind("psci-version", "PSCI_VERSION"),
    Kind("vtl-call", "VTL call (HVC #2)"),
    Kind("wfi", "WFI, woken by the virtual timer"),
    Kind("interrupt", "interrupt for VTL2 (serial byte)"),
    Kind("interrupt-status", "virtio InterruptStatus read", DEVICE_ACCESS),
    Kind("queue-notify", "virtio QueueNotify, nothing to do", DEVICE_ACCESS),
)

# Several exits each: the notification, the host's interrupt, and the guest's taking of its own.
REQUESTS = (
    Kind("disk-read-512", "disk read, 512 bytes"),
    Kind("disk-read-4096", "disk read, 4 KiB", {"paravane": 4_000}),
    Kind("disk-read-65536", "disk read, 64 KiB"),
    Kind("disk-write-512", "disk write, 512 bytes"),
    Kind("disk-write-4096", "disk write, 4 KiB"),
    Kind("disk-write-65536", "disk write, 64 KiB"),
    Kind("disk-luks-read-4096", "LUKS2 disk read, 4 KiB", {"paravane": 16_000}),
    Kind("disk-luks-write-4096", "LUKS2 disk write, 4 KiB"),
    Kind("frame-out-64", "network frame out, 64 bytes"),
    Kind("frame-out-1514", "network frame out, 1,514 bytes"),
    Kind("frame-in-64", "network frame in, 64 bytes"),
    Kind("frame-in-1514", "network frame in, 1,514 bytes"),
    Kind("socket-64", "vsock there and back, 64 bytes"),
    Kind("socket-4096", "vsock there and back, 4 KiB"),
)


# Longest time that a VP is kept from its guest: that of an exit, refhv's instructions and Paravane's.
HOLD_BUDGET = 1_000_000
# A program of the guest's asks for evidence (net/README.md), until it has the answer.
EVIDENCE = Kind("evidence", "evidence for a program of the guest")
EVIDENCE_TIMES = 3  # guest.S


class CountsError(ValueError):
    """The plugin's file is not whole, or not of this guest."""


@dataclasses.dataclass
class Counts:
    """The plugin's file: (refhv, paravane, exits) -> times, and executions of each address, by kind; the
    longest exit of each kind; (refhv, paravane) of each part of the start."""

    guest: int = 0
    longest: dict = dataclasses.field(default_factory=dict)
    parts: dict = dataclasses.field(default_factory=dict)
    samples: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))
    sites: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))


def read_counts(text):
    counts = Counts()
    whole = False
    for line in text.splitlines():
        words = line.split()
        if words[0] == "guest":
            counts.guest = int(words[1], 16)
        elif words[0] == "sample":
            refhv, paravane, exits, times = map(int, words[2:])
            counts.samples[words[1]][(refhv, paravane, exits)] = times
        elif words[0] == "longest":
            counts.longest[words[1]] = int(words[2])
        elif words[0] == "part":
            counts.parts[words[1]] = (int(words[2]), int(words[3]))
        elif words[0] == "site":
            counts.sites[words[1]][int(words[2], 16)] = int(words[3])
        whole = words == ["end"]
    if not whole:
        raise CountsError("the plugin's counts are not complete")
    if len(counts.samples["boot"]) != 1 or sum(counts.samples["boot"].values()) != 1:
        raise CountsError("the guest did not start, or not once")
    return counts


def merge(counts, other, prefix):
    """Takes from another machine's counts the kinds of that name, which it alone has."""
    for name in list(other.samples):
        if name.startswith(prefix):
            counts.samples[name] = other.samples[name]
    return counts


def rank(values, share):
    """The smallest value that at least this share of all values does not exceed. values: value -> times."""
    needed = share * sum(values.values())
    seen = 0
    for value in sorted(values):
        seen += values[value]
        if seen >= needed:
            return value
    raise CountsError("no exits to take a percentile of")


def summary(values):
    return {"p50": rank(values, 0.5), "worst": max(values)}


def summaries(samples):
    """p50 and worst of refhv's, Paravane's and all instructions."""
    columns = {name: collections.Counter() for name in COLUMNS}
    for (refhv, paravane, _), times in samples.items():
        columns["refhv"][refhv] += times
        columns["paravane"][paravane] += times
        columns["total"][refhv + paravane] += times
    return {name: summary(values) for name, values in columns.items()}


def shares(sites, exits, locate):
    """Functions by instructions an exit, most first; locate: address -> (owner, function), or None."""
    hits = {owner: collections.Counter() for owner in OWNERS}
    for address, times in sites.items():
        place = locate(address)
        if place is not None:
            hits[place[0]][place[1]] += times
    return {
        owner: [
            {"name": name, "instructions": round(times / exits, 2)}
            for name, times in sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        ]
        for owner, counter in hits.items()
    }


def budget(what, limit, value):
    return {"what": what, "limit": limit, "value": value, "met": value <= limit}


def exit_report(kind, counts, expected, locate):
    samples = counts.samples[kind.name]
    exits = sum(samples.values())
    if exits < expected:
        raise CountsError(f"{kind.name}: {exits} exits, not {expected}")
    columns = summaries(samples)
    return {
        "name": kind.name,
        "title": kind.title,
        "count": exits,
        **columns,
        "budgets": [budget(w, limit, columns[w]["p50"]) for w, limit in kind.budgets.items()],
        "functions": shares(counts.sites[kind.name], exits, locate),
    }


def request_report(kind, counts, expected, locate):
    """As that of an exit, and the exits. Only p50 and no functions: when the host answers is the one thing
    that does not repeat, and a request whose answer comes at a rare time takes another way."""
    report = exit_report(kind, counts, expected, locate)
    exits = collections.Counter()
    for (_, _, number), times in counts.samples[kind.name].items():
        exits[number] += times
    columns = {name: report[name]["p50"] for name in COLUMNS}
    return {
        **{name: report[name] for name in ("name", "title", "count", "budgets")},
        **columns,
        "exits": rank(exits, 0.5),
    }


def evidence_report(counts, locate):
    """As that of a request, and its longest exit: all that the answer takes is the guest's own waiting."""
    report = request_report(EVIDENCE, counts, EVIDENCE_TIMES, locate)
    report["longest"] = counts.longest[EVIDENCE.name]
    report["budgets"] = [budget("longest", HOLD_BUDGET, report["longest"])]
    return report


def build_report(counts, expected, requests, locate, image_bytes, machine, images):
    """The whole report, as --json writes it (schema.json). image_bytes: of the image, and of the plain one."""
    ((boot_refhv, boot_paravane, _),) = counts.samples["boot"]
    boot_functions = shares(counts.sites["boot"], 1, locate)
    hashing = round(sum(part["instructions"] for part in boot_functions["paravane"] if "sha256" in part["name"]))
    report = {
        "schema": SCHEMA,
        "machine": machine,
        "images": images,
        "exits_per_kind": expected,
        "exits": [exit_report(kind, counts, expected, locate) for kind in KINDS],
        "requests_per_kind": requests,
        "requests": [request_report(kind, counts, requests, locate) for kind in REQUESTS],
        "evidence": evidence_report(counts, locate),
        "boot": {
            "refhv": boot_refhv,
            "paravane": boot_paravane,
            "hashing": hashing,  # of the guest's parts: it takes what they are long
            "budgets": [budget("paravane", BOOT_BUDGET, boot_paravane - hashing)],
            "functions": boot_functions,
        },
        "image": {
            "bytes": image_bytes[0],
            "plain_bytes": image_bytes[1],
            "budgets": [budget("bytes", IMAGE_BUDGET, image_bytes[0]),
                        budget("plain_bytes", PLAIN_BUDGET, image_bytes[1])],
        },
    }
    report["budgets_missed"] = sum(not item["met"] for item in all_budgets(report))
    return report


def all_budgets(report):
    single = [report[name] for name in ("evidence", "boot", "image")]
    for part in [*report["exits"], *report["requests"], *single]:
        yield from part["budgets"]


# ---- The table -----------------------------------------------------------------------------------

NAMES = {"refhv": "refhv", "paravane": "Paravane", "total": "total", "bytes": "bytes", "plain_bytes": "plain",
         "longest": "an exit"}  # fmt: skip
TITLE_WIDTH = max(len(kind.title) for kind in KINDS) + 1
CELLS = "{:>8}{:>10}{:>8}"


def verdict(budgets):
    words = [
        f"{NAMES[item['what']]} {item['limit']:,}: {'met' if item['met'] else 'MISSED'}"
        for item in budgets
    ]
    return ", ".join(words) or "-"


def table_lines(report):
    title = f"{'':{TITLE_WIDTH}}"
    names = CELLS.format(*(NAMES[name] for name in COLUMNS))
    p50 = f"p50 of {report['exits_per_kind']:,}"
    yield f"{title}{p50:>{len(names)}}{'worst':>{len(names)}}"
    yield f"{title}{names}{names}  budgets, at p50"
    for part in report["exits"]:
        cells = "".join(
            CELLS.format(*(format(part[name][which], ",") for name in COLUMNS))
            for which in ("p50", "worst")
        )
        yield f"{part['title']:{TITLE_WIDTH}}{cells}  {verdict(part['budgets'])}"


def request_lines(report):
    """The requests: only p50, and in the place of worst the exits."""
    yield f"{'':{TITLE_WIDTH}}{'p50 of ' + format(report['requests_per_kind'], ','):>26}"
    yield f"{'':{TITLE_WIDTH}}{CELLS.format(*(NAMES[name] for name in COLUMNS))}{'exits':>7}  budgets"
    for part in report["requests"]:
        cells = CELLS.format(*(format(part[name], ",") for name in COLUMNS))
        yield f"{part['title']:{TITLE_WIDTH}}{cells}{part['exits']:>7}  {verdict(part['budgets'])}"


def evidence_lines(report):
    part = report["evidence"]
    yield (
        f"{part['longest']:,} in the longest of the {part['exits']:,} exits while a program of the guest has evidence made,"
        f" {part['paravane']:,} of Paravane's and {part['refhv']:,} of refhv's in all;"
        f" {verdict(part['budgets'])}"
    )


def boot_lines(report):
    boot = report["boot"]
    image = report["image"]
    yield (
        f"{boot['paravane'] - boot['hashing']:,} of Paravane's from VTL2's entry to the guest's first instruction,"
        f" and {boot['hashing']:,} for hashing the guest;"
        f" {verdict(boot['budgets'])}"
    )
    yield (
        f"{image['bytes']:,} bytes of code and data in Paravane's image, {image['plain_bytes']:,} in that without"
        f" attestation; {verdict(image['budgets'])}"
    )


def function_lines(part, most):
    """The functions of an exit in two columns, refhv's and Paravane's."""
    columns = []
    for owner in OWNERS:
        listed = part["functions"][owner]
        cells = [f"{f['instructions']:>9,.1f}  {f['name']}" for f in listed[:most]]
        rest = sum(f["instructions"] for f in listed[most:])
        if rest:
            cells.append(f"{rest:>9,.1f}  {len(listed) - most} more")
        columns.append(cells)
    for row in range(max(map(len, columns))):
        left, right = (cells[row] if row < len(cells) else "" for cells in columns)
        yield f"{left:48}{right}".rstrip()


def render(report, most, more=()):
    """The report as text; most: functions shown for each exit; more: lines behind the table."""
    machine = report["machine"]
    lines = [
        "Instructions between two of the guest's, by what made it leave VTL0:",
        f"QEMU {machine['qemu']}, -cpu {machine['cpu']}, one VP, images by {machine['compiler']}",
        "",
        *table_lines(report),
        "",
        "Requests, from the guest's notification to its acknowledging of the interrupt, all exits in:",
        "",
        *request_lines(report),
        "",
        *evidence_lines(report),
        *boot_lines(report),
        "",
        *more,
    ]
    if most:
        lines += ["", "Instructions an exit, by function (average); left refhv, right Paravane:"]
        for part in report["exits"]:
            lines += ["", part["title"], *function_lines(part, most)]
        lines += ["", "from reset to the guest", *function_lines(report["boot"], most)]
    missed = report["budgets_missed"]
    lines += ["", f"budgets missed: {missed}"]
    return "\n".join(lines) + "\n"
