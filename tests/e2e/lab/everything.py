# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway with all plugins, and what it has."""

import re

from lab import build

# of plugins that do nothing, or not enough, without any
SETTINGS = {
    "bypass": {"lan": True, "lan_interfaces": "eth1",
               "rules": {"a": {"src": "10.5.0.0/16", "dst": "10.6.0.1"}}},
    "filtermode": {"mode": "ipsec", "rules": {
        "a": {"protocol": "icmp", "action": "accept"}}},
    "pcsc-token": {"poll_interval": "1s"},
    "peer-log": {"rules": {"a": {"ids": "p7@lab", "ike": 2}}},
    "peer-resolve": {"connections": "*", "interval": "5s"},
    "strict-bind": {"interfaces": "eth0, eth1"},
    "unique-policy": {"mode": "replace"},
    "unity-ext": {"rules": {"a": {"ids": "*", "banner": "hello"}}},
}


def settings(log, **changed):
    """Those of all plugins that were built."""
    found = {name: SETTINGS.get(name, {}) | changed.get(
        name.replace("-", "_"), {}) for name in build.plugins()}
    found["peer-log"] = {"rules": {"a": {**SETTINGS["peer-log"]["rules"]["a"],
                                         "file": log}}}
    found["accounting"] = {"file": log.with_name("accounting.json")}
    return found


class State:
    """What a gateway has, by its plugins and by the kernel."""

    def __init__(self, gw, server):
        self._gw, self._server = gw, server

    def sessions(self):
        return {int(session["uniqueid"]) for session in
                self._server.control.stream("list-sessions", "list-session")}

    def sas(self):
        return {sa.uniqueid for sa in self._server.vici.list_sas(up=True)}

    def bypass(self):
        """Policies that bypass says it has."""
        return sum(int(rule["policies"]) for rule in
                   self._server.control.stream("list-bypasses",
                                               "list-bypass"))

    def policies(self):
        """Selectors and directions of those that the kernel has."""
        text = self._gw.run("ip", "-s", "xfrm", "policy").stdout
        return sorted(re.findall(r"^(src .*) uid 1652125793\n\s+dir (\w+)",
                                 text, re.MULTILINE))

    def bindings(self):
        return {(b["address"], int(b["port"])) for b in
                self._server.control.stream("list-bindings", "list-binding")}

    def sockets(self):
        text = self._gw.run("ss", "-Hlunp").stdout
        return {(re.sub(r"%.*|[][]", "", address), int(port))
                for address, port in re.findall(
                    rf"(\S+):(\d+) +\S+ +users:.*pid={self._server.pid},",
                    text)}

    def table(self):
        """The lines of filtermode's table, without their counts."""
        text = self._gw.run("nft", "list", "table", "inet",
                            "charon_filtermode").stdout
        return sorted(re.sub(r"packets \d+ bytes \d+", "", text).splitlines())
