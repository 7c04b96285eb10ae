# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts/demo shows; scripts/demo has built it all before.

unique-policy:

        10.1.0.0/24
    ----+-----------+---------+---------+----
        |           |         |         |
       gw         alice      bob      carol

One user connects from alice, then bob, then carol.

bypass:

        10.1.0.0/24, fd01::/64         10.2.0.0/24
    ----+--------------------- eth0 gw eth1 ----+---------+----
        |                                       |         |
      alice                                    bob      carol
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/e2e"))

from lab import Lab, Pki, build, conns, wait_until  # noqa: E402
from lab.radius import Radius  # noqa: E402

USER = "user@example.org"

UP, REJECTED, GONE = "up", "rejected", "gone"

# settings, whether clients send INITIAL_CONTACT, what is promised to each
CASES = [
    ({"mode": "replace"}, False, [GONE, UP]),
    ({"mode": "replace"}, True, [GONE, UP]),
    ({"mode": "no"}, False, [UP, UP]),
    ({"mode": "no"}, True, [GONE, UP]),
    ({"mode": "never"}, False, [UP, UP]),
    ({"mode": "never"}, True, [UP, UP]),
    ({"mode": "keep"}, False, [UP, REJECTED]),
    ({"mode": "keep"}, True, [UP, REJECTED]),
    ({"mode": "replace", "limit": 2}, True, [GONE, UP, UP]),
    ({"mode": "keep", "limit": 2}, True, [UP, UP, REJECTED]),
]


def table(head, rows):
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in [head, *rows])
              for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    for line in lines:
        print("| " + " | ".join(cell.ljust(width) for cell, width
                                in zip(line, widths)) + " |")


def connect(host, gw, contact):
    """A client of the user, and whether it came up."""
    config = conns.psk_ikev2(gw.v4, host.v4, USER)[1]
    if not contact:
        config.connections["psk"]["unique"] = "never"
    daemon = host.charon()
    daemon.load(config)
    return daemon.vici.initiate(ike="psk", must=False)


def unique_policy(settings, contact, promised):
    """Connect one client after the other, and see who is up in the end."""
    with Lab() as lab:
        net = lab.segment("10.1.0.0/24")
        gw = lab.host("gw", net)
        server = gw.charon(plugins={"unique-policy": settings})
        server.load(conns.psk_ikev2(gw.v4, "%any", USER)[0])
        hosts = [lab.host(name, net) for name in ("alice", "bob", "carol")]
        came_up = {}
        for host in hosts[:len(promised)]:
            came_up[host.v4] = connect(host, gw, contact)

        def outcome():
            up = {sa.remote_host for sa in server.vici.list_sas(up=True)}
            return [UP if address in up else GONE if was_up else REJECTED
                    for address, was_up in came_up.items()]

        try:
            wait_until(lambda: outcome() == promised, 3)
        except AssertionError:
            pass
        return outcome()


def show_unique_policy():
    """The table; returns whether all is as promised."""
    print("\nunique-policy: one user connects from several places, a new "
          "client each\n")
    head = ["settings", "INITIAL_CONTACT", "1st IKE_SA", "2nd IKE_SA",
            "3rd IKE_SA", "as promised"]
    rows, good = [], True
    for settings, contact, promised in CASES:
        seen = unique_policy(settings, contact, promised)
        good &= seen == promised
        rows.append([", ".join(f"{k} = {v}" for k, v in settings.items()),
                     "sent" if contact else "not sent",
                     *(seen + [""] * (3 - len(seen))),
                     "yes" if seen == promised else "NO"])
    table(head, rows)
    return good


BYPASS = {"lan": True, "lan_interfaces": "eth0", "rules": {
    "server": {"src": "%eth0", "dst": "10.2.0.1"}}}


def show_bypass():
    """What gets through a gateway whose tunnel takes everything; returns
    whether all is as promised."""
    print("\nbypass: alice's pings, and a tunnel for 0.0.0.0/0 and ::/0 on gw "
          "that isn't up\n")
    with Lab() as lab:
        lan = lab.segment("10.1.0.0/24", "fd01::/64")
        far = lab.segment("10.2.0.0/24")
        bob, carol = (lab.host(name, far) for name in ("bob", "carol"))
        gw = lab.router("gw", lan, far)
        alice = lab.host("alice", lan)
        alice.route("default", gw.v4)
        for host in bob, carol:
            host.route("default", gw.on(far).v4)
        for net in "0.0.0.0/0", "::/0":
            end = "::" if ":" in net else "192.0.2."
            gw.ip(*(f"xfrm policy add dir {way} src {net} dst {net} "
                    f"priority 300000 tmpl src {end}1 dst {end}2 proto esp "
                    "mode tunnel" for way in ("in", "out", "fwd")))
        # what for, to whom, whether it passes with the plugin
        pings = [("lan = yes", gw.v4, True), ("lan = yes", gw.v6, True),
                 ("rules.server", bob.v4, True), ("", carol.v4, False)]
        before = [alice.ping(to, timeout=0.5) for _, to, _ in pings]
        gw.charon(plugins={"bypass": BYPASS})
        # neighbour discovery, which failed before, may take another echo
        after = [any(alice.ping(to, timeout=0.5)
                     for _ in range(5 if promised else 1))
                 for _, to, promised in pings]
    rows = [[to, why, *("passes" if seen else "lost" for seen in (was, now)),
             "yes" if (was, now) == (False, promised) else "NO"]
            for (why, to, promised), was, now in zip(pings, before, after)]
    table(["to", "because of", "before", "after", "as promised"], rows)
    return all(row[-1] == "yes" for row in rows)


STAFF = {"mode": "ipsec", "default": "drop", "rules": {
    "staff": {"kind": "tunnel", "groups": "staff", "action": "accept"}}}


def show_filtermode():
    """Which users pass by their group; returns whether all is as promised."""
    print("\nfiltermode: RADIUS has users' groups, default = drop, and one rule"
          "\naccepts what the CHILD_SAs of staff carry, by their reqid\n")
    users = {"alice": "staff", "bob": "guests"}
    with Lab() as lab:
        net = lab.segment("10.1.0.0/24")
        gw = lab.host("gw", net)
        gw.ip("address add 10.9.0.1/32 dev lo")
        radius = Radius(gw, {name: (conns.SECRET, f'Class := "{group}"')
                             for name, group in users.items()})
        server = gw.charon(libipsec=True, plugins={
            "filtermode": STAFF,
            "eap-radius": radius.plugin(class_group=True)})
        for number, name in enumerate(users, 2):
            host = lab.host(name, net)
            host.ip(f"address add 10.9.0.{number}/32 dev lo")
            pair = conns.eap(gw.v4, host.v4, name, conns.SECRET, method="md5",
                             gw_name="rw", child=("10.9.0.1/32", "10.9.0.0/24"))
            pair[0].connections["rw"]["remote"]["auth"] = "eap-radius"
            pair[1].connections["eap"]["children"]["eap"]["local_ts"] = [
                f"10.9.0.{number}/32"]
            server.load(pair[0])
            client = host.charon(libipsec=True)
            client.load(pair[1])
            client.vici.initiate(child="eap")
        reqids = {sa.user: child["reqid"] for sa in server.vici.list_sas()
                  for child in sa.children.values()}

        def accepted():
            out = gw.run("nft", "list", "set", "inet", "charon_filtermode",
                         "rule-staff").stdout
            found = re.search(r"elements = \{([^}]*)", out)
            return {word.strip() for word in found[1].split(",")
                    } if found else set()

        try:
            wait_until(lambda: reqids["alice"] in accepted(), 3)
        except AssertionError:
            pass
        passing = {name: reqid in accepted() for name, reqid in reqids.items()}
    rows = [[name, group, reqids[name],
             "rules.staff, accept" if passing[name] else "default, drop",
             "yes" if passing[name] == (group == "staff") else "NO"]
            for name, group in users.items()]
    table(["user", "group", "reqid", "meets", "as promised"], rows)
    return all(row[-1] == "yes" for row in rows)


def show_auth_policy():
    """Who stays when a CRL comes; returns whether all is as promised."""
    print("\nauth-policy: alice and bob are connected when a CRL is loaded "
          "that lists\nalice's certificate; then both connect again\n")
    rows = []
    with Lab() as lab:
        net = lab.segment("10.1.0.0/24")
        gw = lab.host("gw", net)
        pki = Pki(lab.dir)
        own = pki.issue("gw.lab")
        server = gw.charon(plugins={"auth-policy": {}, "revocation": {}})
        clients = {}
        for name in ("alice", "bob"):
            host = lab.host(name, net)
            pair = conns.cert(gw.v4, host.v4, own, pki.issue(f"{name}@lab"),
                              name=name)
            server.load(pair[0])
            clients[name] = host.charon()
            clients[name].load(pair[1])
            clients[name].vici.initiate(ike=name)
        listed = pki.issue("alice@lab").path
        server.vici.request("load-cert", {
            "type": "X509_CRL", "flag": "NONE", "data": pki.crl(
                "--reason", "key-compromise", "--cert", listed).read_text()})
        try:
            wait_until(lambda: not clients["alice"].vici.list_sas(), 5)
        except AssertionError:
            pass
        for name, client in clients.items():
            now = [UP if client.vici.list_sas() else GONE]
            if now == [UP]:
                client.vici.terminate(ike=name)
            now.append(UP if client.vici.initiate(ike=name, must=False)
                       else REJECTED)
            good = now == ([GONE, REJECTED] if name == "alice" else [UP, UP])
            rows.append([name, *now, "yes" if good else "NO"])
    table(["user", "session", "next login", "as promised"], rows)
    return all(row[-1] == "yes" for row in rows)


def show_status():
    """What an operator gets to see; returns whether it is there."""
    print("\ncontrol: what swanadv says about a gateway with alice connected\n")
    with Lab() as lab:
        net = lab.segment("10.1.0.0/24")
        gw, alice = lab.host("gw", net), lab.host("alice", net)
        file = lab.dir / "accounting.json"
        server = gw.charon(without=["socket-default"], plugins={
            "accounting": {"file": file}, "bypass": BYPASS, "control": {},
            "strict-bind": {"interfaces": "eth0"},
            "unique-policy": {"mode": "keep"},
            **({"ikev1-policy": {}} if build.has_ikev1() else {})})
        server.load(conns.psk_ikev2(gw.v4, "%any", USER)[0])
        connect(alice, gw, True)
        texts = {command: server.swanadv(*command.split()).stdout
                 for command in ("status", "session", "binding")}
        # a second later
        wait_until(lambda: USER in file.read_text())
        texts["last"] = server.swanadv("last", "--file", file).stdout
        metrics = server.swanadv("metrics").stdout.splitlines(True)
        texts["metrics | grep ^charon_advanced_accounting"] = "".join(
            line for line in metrics
            if line.startswith("charon_advanced_accounting"))
    for command, text in texts.items():
        print(f"# swanadv {command}\n{text}")
    return USER in texts["session"] and gw.v4 in texts["binding"] and \
        USER in texts["last"]


def main():
    results = [show_unique_policy(), show_bypass(), show_filtermode(),
               show_auth_policy(), show_status()]
    sys.exit(not all(results))


main()
