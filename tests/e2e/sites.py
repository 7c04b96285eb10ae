# SPDX-License-Identifier: GPL-2.0-or-later
"""Two gateways that connect to each other, in every way at once.

     10.8.0.0/16   a ----- path with delay ----- b   10.9.0.0/16

Each cell of the matrix is a connection with addresses, identities and networks
of its own, so that one pair of daemons serves all cells that have the options
in common that are the daemon's. What can't be told apart from stock's ways is
compared with them: each cell has a counterpart without the plugin.
"""

import itertools
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, replace

from lab import build, conns, echoes, wait_until

ENDS = ("both", "one")
TERMS = (("replace", 1), ("replace", 2), ("keep", 1), ("keep", 2),
         ("no", None), ("never", None))
VERSIONS = (1, 2) if build.has_ikev1() else (2,)
REUSE = (True, False)
CLOSE = ("none", "start", "trap")
EVENTS = ("cross", "a-then-b", "b-then-a", "reauth", "reauth-mbb")

_DELAY = 0.1
_INTERVAL = 0.5
_TOLERATED = 12
"""Lost echoes more than stock: what a busy machine makes of the same. What is
replaced is gone after 10 s."""


@dataclass(frozen=True)
class Cell:
    """One way; what the fields can be is above. Without plugin, terms and ends
    are those of the connection's option unique."""
    plugin: bool
    ends: str
    terms: tuple
    version: int
    reuse: bool
    close: str
    event: str

    @property
    def name(self):
        """Of the connection and all that belongs to it."""
        mode, limit = self.terms
        return "_".join(["plugin" if self.plugin else "stock", self.ends,
                         f"{mode}{limit or ''}", f"v{self.version}",
                         "reuse" if self.reuse else "new", self.close,
                         self.event])

    @property
    def stock(self):
        """The counterpart."""
        return replace(self, plugin=False, terms=(self.terms[0], None))

    @property
    def daemons(self):
        """What is the same for all cells of a pair of daemons: whether they
        have the plugin, and charon's settings."""
        ends = self.ends if self.plugin else None
        mbb = self.event == "reauth-mbb"
        return ends, self.reuse, mbb


@dataclass
class Outcome:
    """What became of a cell: IKE_SAs that are up with a CHILD_SA at both ends,
    IKE_SAs that were established, and which echo requests were answered."""
    up: int
    established: int
    echoes: str

    @property
    def lost(self):
        """Unanswered echo requests."""
        return self.echoes.count("0")


def matrix():
    """All cells with the plugin."""
    return [Cell(True, *values) for values in itertools.product(
        ENDS, TERMS, VERSIONS, REUSE, CLOSE, EVENTS)]


def representative():
    """Some of the matrix, on few daemons: what gateways with defaults at both
    ends see, and each two values of different fields together at least
    once."""
    daemons = {("both", True, False), ("both", False, True),
               ("one", False, False), ("one", True, True)}
    candidates = [cell for cell in matrix() if cell.daemons in daemons]
    chosen = [cell for cell in candidates if cell.terms == ("replace", 1)]
    missing = (set().union(*map(_value_pairs, matrix())) -
               set().union(*map(_value_pairs, chosen)))
    while missing:
        best = max(candidates, key=lambda c: len(missing & _value_pairs(c)))
        chosen.append(best)
        missing -= _value_pairs(best)
    return chosen


def _value_pairs(cell):
    return set(itertools.combinations(enumerate(astuple(cell)), 2))


class _Pair:
    """The daemons of some cells."""

    def __init__(self, lab, number, cells):
        self.cells = cells
        ends, reuse, mbb = cells[0].daemons
        path = lab.path("10.3.0.0/24", delay=_DELAY)
        hosts = [lab.host(f"{side}{number}", path) for side in "ab"]
        rules = {cell.name: {"connections": cell.name, "mode": cell.terms[0],
                             **({"limit": cell.terms[1]} if cell.terms[1]
                                else {})} for cell in cells}
        settings = {"unique-policy": {"rules": rules}}
        conf = {"reuse_ikesa": reuse, "make_before_break": mbb,
                "threads": 32, "cookie_threshold": 0, "block_threshold": 0,
                "init_limit_half_open": 0}
        plugins = [settings if ends else (),
                   settings if ends == "both" else ()]
        self.path = path
        # all addresses first, as charon takes its time with those that come
        # later; behind one address each, as kernels know a thousand neighbours
        nets = [[[f"10.{net}.{n >> 8}.{n & 255}" for n in range(len(cells))]
                 for net in pair] for pair in ((4, 5), (8, 9))]
        for side, host in enumerate(hosts):
            host.ip(*(f"address add {address}/32 dev lo"
                      for net in nets for address in net[side]),
                    f"route add 10.{(5, 4)[side]}.0.0/16 via "
                    f"{hosts[not side].v4}")
        self.daemons = [host.charon(plugins=plugin, conf=conf, libipsec=True)
                        for host, plugin in zip(hosts, plugins)]
        self._load(*nets)
        self._echoes = hosts[1].popen(
            sys.executable, echoes.__file__, _INTERVAL, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._echoes.stdin.write("".join(
            f"{b} {a}\n" for a, b in zip(*nets[1])))
        self._echoes.stdin.close()
        self._echoes.stdout.readline()
        self._start = time.monotonic()

    def _load(self, outer, inner):
        for side, daemon in enumerate(self.daemons):
            config = conns.Config(secrets=[conns.secret("IKE", conns.SECRET)])
            for n, cell in enumerate(self.cells):
                connection = self._connection(
                    cell, side, outer[side][n], outer[not side][n],
                    inner[side][n], inner[not side][n])
                # those that charon picks may be of two cells at a time, as
                # reauthentication takes its own along
                connection["children"][cell.name]["reqid"] = n + 1
                config.connections[cell.name] = connection
            daemon.load(config)

    @staticmethod
    def _connection(cell, side, me, other, my_net, other_net):
        ids = [f"{end}.{cell.name}" for end in "ab"]
        more = {}
        if not cell.plugin and (side == 0 or cell.ends == "both"):
            more["unique"] = cell.terms[0]
        return {
            "version": cell.version, "local_addrs": [me],
            "remote_addrs": [other], "encap": True,
            "proposals": ["aes128-sha256-ecp256"], **more,
            "local": {"auth": "psk", "id": ids[side]},
            "remote": {"auth": "psk", "id": ids[not side]},
            "children": {cell.name: {
                "local_ts": [f"{my_net}/32"], "remote_ts": [f"{other_net}/32"],
                "esp_proposals": ["aes128-sha256"],
                "close_action": cell.close}},
        }

    def initiate(self, side, cells):
        """Have an end initiate, without waiting for the outcome."""
        self.daemons[side].vici.request_all(
            ("initiate", {"child": cell.name, "ike": cell.name, "timeout": -1})
            for cell in cells)

    def reauthenticate(self, side, cells):
        """Have an end reauthenticate, without waiting for the outcome."""
        self.daemons[side].vici.request_all(
            ("rekey", {"ike": cell.name, "reauth": True}) for cell in cells)

    def having(self, *events):
        """Cells with these events."""
        return [cell for cell in self.cells if cell.event in events]

    def prepare(self):
        """What comes before the event."""
        self.initiate(0, self.having("a-then-b", "reauth", "reauth-mbb"))
        self.initiate(1, self.having("b-then-a"))

    def unprepared(self):
        """Cells for which that isn't done."""
        up = self._up()
        return [cell.name for cell in self.cells
                if cell.event != "cross" and not up[cell.name]]

    def act(self):
        """The event, at both ends at once: nothing gets through before both
        are under way."""
        marks = [daemon.log.mark() for daemon in self.daemons]
        cross = self.having("cross")
        again = self.having("reauth", "reauth-mbb")
        active = [cross + again + self.having("b-then-a"),
                  cross + again + self.having("a-then-b")]
        with self.path.held():
            for side, other in (0, "b-then-a"), (1, "a-then-b"):
                self.initiate(side, cross + self.having(other))
                self.reauthenticate(side, again)
            for daemon, mark, cells in zip(self.daemons, marks, active):
                names = {cell.name for cell in cells}
                wait_until(lambda n=names, d=daemon, m=mark:
                           n <= self._sent(d, m), 30,
                           lambda n=names, d=daemon, m=mark:
                           f"{d.name} to act on {n - self._sent(d, m)}")
        self._acted = time.monotonic()

    @staticmethod
    def _sent(daemon, mark):
        return {match[1] for match in daemon.log.matches(
            r"<(\S+)\|\d+> (sending packet|not establishing)", mark)}

    def _up(self):
        """IKE_SAs, or CHILD_SAs if they are fewer, that both ends have, by
        name. With IKEv1 a CHILD_SA may belong to one at this end and to
        another at that."""
        ike_sas, child_sas = zip(*map(self._list, self.daemons))
        ike_sas, child_sas = (
            Counter(name for name, _ in set.intersection(*ends))
            for ends in (ike_sas, child_sas))
        return ike_sas & child_sas

    @staticmethod
    def _list(daemon):
        ike_sas, child_sas = set(), set()
        for sa in daemon.vici.list_sas(up=True):
            ike_sas.add((sa.name, sa.raw["initiator-spi"]))
            # IKEv1 has two where the ends make one each at once, of which
            # they call one rekeyed
            child_sas |= {(sa.name, min(child["spi-in"], child["spi-out"]))
                          for child in sa.children.values()
                          if child["state"] in ("INSTALLED", "REKEYED")}
        return ike_sas, child_sas

    def stop_echoes(self):
        """Begin to end."""
        self._echoes.terminate()

    def outcomes(self):
        """Outcome of each cell."""
        up = self._up()
        established = Counter()
        for daemon in self.daemons:
            established |= Counter(match[1] for match in daemon.log.matches(
                r"IKE_SA (\S+)\[\d+\] established between"))
        lines = self._echoes.stdout.read().split()
        first = int((self._acted - self._start) / _INTERVAL)
        return {cell: Outcome(up[cell.name], established[cell.name],
                              line[first:])
                for cell, line in zip(self.cells, lines)}


def run(lab, cells, seconds):
    """Outcomes of the cells and their counterparts, some seconds later."""
    by_daemons = defaultdict(list)
    for cell in dict.fromkeys([*cells, *(cell.stock for cell in cells)]):
        by_daemons[cell.daemons].append(cell)
    pairs = [_Pair(lab, n, group)
             for n, group in enumerate(by_daemons.values())]
    for pair in pairs:
        pair.prepare()
    for pair in pairs:
        wait_until(lambda p=pair: not p.unprepared(), 60,
                   lambda p=pair: f"tunnels of {p.unprepared()}", interval=0.5)
    for pair in pairs:
        pair.act()
    time.sleep(seconds)
    for pair in pairs:
        pair.stop_echoes()
    outcomes = {}
    for pair in pairs:
        outcomes |= pair.outcomes()
    return outcomes


def faults(cells, outcomes):
    """A line for each cell that is worse off than its counterpart."""
    for cell in cells:
        mine, stock = outcomes[cell], outcomes[cell.stock]
        if (not mine.up or mine.established > stock.established + 1 or
                mine.lost > stock.lost + _TOLERATED):
            yield (f"{cell.name}: {mine.up} up, {mine.established} established,"
                   f" {mine.lost} lost; stock: {stock.up}, "
                   f"{stock.established}, {stock.lost}")
