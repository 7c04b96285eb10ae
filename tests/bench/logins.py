# SPDX-License-Identifier: GPL-2.0-or-later
"""IKE_SAs per second that gateways set up, one beside the other."""

import statistics
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lab import conns  # noqa: E402

PARALLEL = 20
"""Logins under way at once."""


class Side:
    """A gateway and a client daemon that logs in again and again.

    setup is one of conns' that takes the addresses and the identity; patience
    is for how many seconds the client waits for an answer before it asks once
    more; more is for the gateway's daemon.
    """

    def __init__(self, lab, net, name, plugins, logins, setup, patience=4,
                 **more):
        gw, client = (lab.host(f"{name}-{role}", net)
                      for role in ("gw", "client"))
        self.address = gw.v4
        self.server = gw.charon(plugins=plugins, conf=conns.MANY_PEERS, **more)
        self._client = client.charon(conf=conns.MANY_CLIENTS | {
            "retransmit_timeout": patience})
        addresses = client.add_addresses(PARALLEL)
        config = conns.Config()
        never = {"unique": "never"}
        self._names = [f"c{n}" for n in range(logins)]
        for n, connection in enumerate(self._names):
            pair = setup(gw.v4, addresses[n % PARALLEL].v4, f"user{n}@lab",
                         name=connection, gw_name="all", gateway=never,
                         initiator=never)
            if not n:
                self.server.load(pair[0])
            config.connections.update(pair[1].connections)
            config.secrets[:] = pair[1].secrets
        self._client.load(config)

    def log_in(self):
        """All of them."""
        for first in range(0, len(self._names), PARALLEL):
            outcome = self._client.vici.initiate_many(
                self._names[first:first + PARALLEL])
            assert all(outcome.values()), outcome

    def log_out(self):
        """All of them."""
        for name in self._names:
            self._client.vici.terminate(ike=name, force=True)
        self.server.vici.expect_sas(0, timeout=30)

    def rate(self):
        """Logins per second; they are gone afterwards."""
        start = time.monotonic()
        self.log_in()
        rate = len(self._names) / (time.monotonic() - start)
        self.log_out()
        return rate


def compare(title, sides, rounds):
    """Measure {name: Side} in turn, and print a table of their ratios to the
    first one."""
    rates = {name: [] for name in sides}
    for number in range(rounds):
        # who goes first alternates, as a machine's speed drifts
        for name in list(sides)[::-1] if number % 2 else list(sides):
            rates[name].append(sides[name].rate())
    first = next(iter(rates.values()))
    print(f"| {title} | IKE_SAs per second, median (min-max) | ratio, median "
          "of pairs (min-max) |\n|---|---|---|")
    for name, values in rates.items():
        ratios = [value / stock for value, stock in zip(values, first)]
        print(f"| {name} | {statistics.median(values):.0f} "
              f"({min(values):.0f}-{max(values):.0f}) | "
              f"{statistics.median(ratios):.3f} ({min(ratios):.3f}-"
              f"{max(ratios):.3f}) |")
