#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A bad network: passes Ethernet frames between QEMU's network card and its user network, and loses, delays, doubles,
reorders, shortens and spoils some, by a plan that a seed decides. All counting is by frames of one direction; the
frames of the guest are `out`, those to it `in`.

Prints a line of JSON: the arguments for QEMU. Relays until standard input ends, then prints a line of counts."""

import argparse
import heapq
import json
import random
import selectors
import socket
import sys
import time

FRAME_BYTES = 65536
MAC_BYTES = 12
DIRECTIONS = ("out", "in")


def chance(text):
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a chance is 0 to 1")
    return value


def span(text):
    first, _, count = text.partition(":")
    return range(int(first), int(first) + int(count))


class Plan:
    """What becomes of the next frame of one direction. A decision takes the same number of random numbers whatever it
    is, so that frame N meets the same fate with other chances before it."""

    def __init__(self, given, name):
        self.random = random.Random(f"{given.seed} {name}")
        self.given = given
        self.number = 0
        self.counts = dict.fromkeys(("seen", "lost", "cut", "doubled", "delayed", "late", "shortened", "spoilt"), 0)

    def happens(self, name, likely):
        """One random number, always."""
        happens = self.random.random() < likely
        self.counts[name] += happens
        return happens

    def fate(self, frame):
        """The frames that come of it: [(seconds from now, how many frames of this direction to wait for, bytes)]."""
        given = self.given
        self.number += 1
        self.counts["seen"] += 1
        place = self.random.random()
        lost = self.happens("lost", given.lose)
        doubled = self.happens("doubled", given.double)
        delay = given.delay / 1000 * place if self.happens("delayed", given.delay_chance) else 0
        behind = given.distance if self.happens("late", given.reorder) else 0
        if self.happens("shortened", given.shorten):
            frame = frame[: MAC_BYTES + int(place * (len(frame) - MAC_BYTES))]
        if self.happens("spoilt", given.spoil) and len(frame) > MAC_BYTES:
            # Never the addresses: QEMU's user network would take it for another machine's.
            at = MAC_BYTES + int(place * (len(frame) - MAC_BYTES))
            frame = frame[:at] + bytes([frame[at] ^ 1 << self.number % 8]) + frame[at + 1 :]
        if any(self.number in cut for cut in given.cut):
            self.counts["cut"] += 1
            return []
        if lost or not frame:
            return []
        return [(delay, behind, frame)] * (1 + doubled)


class Direction:
    def __init__(self, plan, target, address):
        self.plan = plan
        self.target = target
        self.address = address
        self.waiting = []  # (number of the frame to wait for, order, frame)
        self.order = 0

    def take(self, frame, later):
        """later(seconds, call)."""
        for delay, behind, result in self.plan.fate(frame):
            self.order += 1
            if behind:
                heapq.heappush(self.waiting, (self.plan.number + behind, self.order, result))
                # Where nothing follows, it is not to be waited for without end.
                later(0.2, self.flush_late)
            elif delay:
                later(delay, lambda result=result: self.send(result))
            else:
                self.send(result)
        while self.waiting and self.waiting[0][0] <= self.plan.number:
            self.send(heapq.heappop(self.waiting)[2])

    def flush_late(self):
        if self.waiting:
            self.send(heapq.heappop(self.waiting)[2])

    def send(self, frame):
        try:
            self.target.sendto(frame, self.address)
        except OSError:
            pass  # QEMU is not there yet, or not any more: the frame is lost, as on any wire


def udp(port=0):
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", port))
    return peer


def free_port():
    """QEMU has no way to tell a port that it has chosen by itself."""
    with udp() as probe:
        return probe.getsockname()[1]


class Relay:
    def __init__(self, given):
        self.sockets = [udp(), udp()]  # towards the card, towards the user network
        ports = [free_port(), free_port()]
        addresses = [("127.0.0.1", port) for port in ports]
        plans = {name: Plan(given, name) for name in DIRECTIONS}
        self.directions = [Direction(plans["out"], self.sockets[1], addresses[1]),
                           Direction(plans["in"], self.sockets[0], addresses[0])]  # fmt: skip
        self.timers = []
        self.order = 0
        self.user = given.user
        self.bus = given.bus
        self.ports = ports

    def qemu(self):
        """The card, and the user network behind a hub, which connects one network to another."""
        here = [each.getsockname()[1] for each in self.sockets]
        ends = [f"udp=127.0.0.1:{mine},localaddr=127.0.0.1:{theirs}" for mine, theirs in zip(here, self.ports)]
        return [
            "-netdev", f"socket,id=card0,{ends[0]}",
            "-device", f"virtio-net-device,netdev=card0{self.bus and f',bus={self.bus}'}",
            "-netdev", f"user,id=user0{self.user and f',{self.user}'}",
            "-netdev", "hubport,id=hub0,hubid=0,netdev=user0",
            "-netdev", f"socket,id=wire0,{ends[1]}", "-netdev", "hubport,id=hub1,hubid=0,netdev=wire0",
        ]  # fmt: skip

    def later(self, seconds, call):
        self.order += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.order, call))

    def run_timers(self):
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2]()

    def run(self, until):
        """Until this file can be read from."""
        selector = selectors.DefaultSelector()
        for peer, direction in zip(self.sockets, self.directions):
            selector.register(peer, selectors.EVENT_READ, direction)
        selector.register(until, selectors.EVENT_READ, None)
        while True:
            wait = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
            for key, _ in selector.select(wait):
                if key.data is None:
                    return
                try:
                    key.data.take(key.fileobj.recv(FRAME_BYTES), self.later)
                except ConnectionError:
                    pass  # what was sent before did not arrive
            self.run_timers()

    def counts(self):
        return {name: direction.plan.counts for name, direction in zip(DIRECTIONS, self.directions)}


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    for name, what in (("lose", "is lost"), ("double", "comes twice"), ("reorder", "comes behind later ones"),
                       ("delay-chance", "is delayed"), ("shorten", "loses its end"), ("spoil", "has a bit changed")):
        parser.add_argument(f"--{name}", type=chance, default=0, metavar="CHANCE", help=f"that a frame {what}, 0 to 1")
    parser.add_argument("--delay", type=float, default=50, metavar="MS", help="at most (default: %(default)s)")
    parser.add_argument("--distance", type=int, default=3, metavar="FRAMES",
                        help="behind how many a late frame comes (default: %(default)s), or 0.2 s where none follow")
    parser.add_argument("--cut", type=span, action="append", default=[], metavar="FIRST:COUNT",
                        help="the wire is cut: so many frames of each direction are lost; may be repeated")
    parser.add_argument("--user", default="", metavar="OPTIONS", help="for QEMU's user network: hostfwd=..., ipv6=off")
    parser.add_argument("--bus", default="virtio-mmio-bus.3", help="of the card (default: %(default)s); empty: any")
    return parser.parse_args(arguments)


def main():
    given = options()
    relay = Relay(given)
    print(json.dumps(relay.qemu()), flush=True)
    relay.run(sys.stdin)
    print(json.dumps(relay.counts()), flush=True)


if __name__ == "__main__":
    main()
