# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode's sets in tables of the operator's, as peers, settings and others
come and go.

      gw --------- alice, bob
     10.9.0.1     10.7.0.0/29, fd07::/125      within tunnels
"""

import errno
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import build, conns, wait_until
from lab.conns import Config
from lab.nft import Monitor
from lab.radius import Radius

MINE = """
table inet mine {
	set staff { type ipv4_addr; elements = { 192.0.2.1 comment "his, too" }; }
	set staff6 { typeof ip6 saddr; flags interval; }
	set everybody { type ipv4_addr; flags interval; }
	set nets { type ipv4_addr; flags interval; counter; }
}
table ip mine {
	set staff { type ipv4_addr; }
}
"""
OWN = "192.0.2.1"

SETS = {
    "staff": {"table": "mine", "set": "staff", "ids": "alice*@lab"},
    "staff6": {"table": "inet mine", "set": "staff6", "ids": "alice*@lab"},
    "other": {"table": "ip mine", "set": "staff", "connections": "rw",
              "ids": "bob@lab"},
    "all": {"table": "mine", "set": "everybody", "connections": "rw"},
    "nets": {"table": "mine", "set": "nets", "ids": "*",
             "what": "networks"},
}


def plugins(sets=None, **settings):
    return {"filtermode": {"sets": SETS if sets is None else sets, **settings},
            "control": {}}


def elements(host, name="staff", table="inet mine"):
    """Elements, with whether they have our mark."""
    out = host.run("nft", "-j", "list", "set", *table.split(), name).stdout
    found, = (item["set"] for item in json.loads(out)["nftables"]
              if "set" in item)

    def element(item):
        own = isinstance(item, dict) and "elem" in item
        value = item["elem"]["val"] if own else item
        if isinstance(value, dict):
            value = ("{addr}/{len}".format(**value["prefix"])
                     if "prefix" in value else "-".join(value["range"]))
        mark = item["elem"].get("comment") if own else None
        return value, mark == "charon filtermode"

    return dict(map(element, found.get("elem", [])))


def ours(host, name="staff", table="inet mine"):
    return {element for element, mark in elements(host, name, table).items()
            if mark}


def expect(host, wanted, name="staff", table="inet mine", timeout=1):
    wait_until(lambda: ours(host, name, table) == set(wanted), timeout,
               lambda: f"{wanted} in {name}: {elements(host, name, table)}")


def status(daemon):
    return daemon.control.plugin("filtermode")


def mine(host, rules=MINE):
    host.run("nft", "-f", "-", stdin=rules)


def gateway(gw, conf=None, more=None, env=None, **settings):
    """A daemon on gw, with other plugins perhaps."""
    gw.ip("address add 10.9.0.1/32 dev lo", "address add fd09::1/128 dev lo")
    return gw.charon(libipsec=True, conf=conf or {}, env=env or {},
                     plugins=plugins(**settings) | (more or {}))


POOLS = Config(pools={"v4": {"addrs": "10.7.0.0/29"},
                      "v6": {"addrs": "fd07::/125"}})


def pair(gw, host, identity, setup=conns.psk_ikev2, name="rw", families=2,
         **more):
    """Configurations of a client that has virtual IPs."""
    ts = ["dynamic", "dynamic"][:families]
    near = ["10.9.0.1/32", "fd09::1/128"][:families]
    return setup(gw.v4, host.v4, identity=identity, name=name,
                 child=(near, ts[:1]),
                 gateway={"pools": ["v4", "v6"][:families], "unique": "never"},
                 initiator={"vips": ["0.0.0.0", "::"][:families]} | more)


def vips(daemon, name="rw"):
    """Virtual IPs of a client, by family."""
    sa, = daemon.vici.list_sas(name=name, up=True)
    return [address.decode() if isinstance(address, bytes) else address
            for address in sa.raw["local-vips"]]


@pytest.fixture
def peers(gw, alice, bob):
    """Function that starts gw, alice and bob, with the operator's sets."""
    def start(setup=conns.psk_ikev2, families=2, **settings):
        mine(gw)
        server = gateway(gw, **settings)
        server.load(POOLS)
        clients = []
        for host in (alice, bob):
            configs = pair(gw, host, f"{host.name}@lab", setup,
                           families=families)
            server.load(configs[0])
            client = host.charon(libipsec=True)
            client.load(configs[1])
            clients.append(client)
        return server, *clients
    return start


def test_own_rules(gw, peers):
    """What it is for: by a rule of the operator's that has the set, one user's
    packets pass and those of another don't."""
    server, alice, bob = peers(families=1)
    mine(gw, """table inet mine { chain input {
        type filter hook input priority 0;
        iifname "ipsec0" ip saddr @staff accept; iifname "ipsec0" drop;
    }; }""")
    for client in (alice, bob):
        client.vici.initiate(child="rw")
    assert alice.host.ping("10.9.0.1", source=vips(alice)[0])
    assert not bob.host.ping("10.9.0.1", source=vips(bob)[0], timeout=1)
    server.reload(plugins=plugins({"staff": SETS["staff"] | {
        "ids": "bob@lab"}}))
    assert bob.host.ping("10.9.0.1", source=vips(bob)[0])


def test_users(gw, peers):
    """The addresses of who is meant, in each family; elements of his own stay,
    and nothing of ours is left in the end."""
    server, alice, bob = peers()
    server.log.expect("filtermode: sets.staff: set staff in table inet mine "
                      "has 0 elements of ours")
    for client in (alice, bob):
        client.vici.initiate(child="rw")
    v4, v6 = vips(alice)
    bobs, _ = vips(bob)
    # before the client knows it
    assert elements(gw) == {OWN: False, v4: True}
    assert ours(gw, "staff6") == {v6}
    assert ours(gw, "staff", "ip mine") == {bobs}
    assert ours(gw, "everybody") == {v4, bobs}
    expect(gw, {v4, bobs}, "nets")
    assert status(server)["address-sets"] == {
        "staff": "1", "staff6": "1", "other": "1", "all": "2", "nets": "2"}
    assert not status(server)["warnings"]

    def owners(address):
        return [found["id"] for found in server.control.stream(
            "find-filter-peers", "filter-peer", {"name": address})]

    assert owners(v4) == owners(v6) == ["alice@lab"]
    alice.vici.terminate(ike="rw")
    expect(gw, {bobs}, "everybody")
    assert elements(gw) == {OWN: False} and not ours(gw, "staff6")
    assert not owners(v4) and owners(bobs) == ["bob@lab"]
    server.stop()
    assert elements(gw) == {OWN: False}
    for name, table in (("everybody", "inet mine"), ("staff", "ip mine"),
                        ("nets", "inet mine")):
        assert not elements(gw, name, table)


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_rekeying(gw, peers, setup):
    """Nothing is written as long as somebody has an address, whichever SA is
    made anew."""
    server, alice, bob = peers(setup, families=1)
    alice.vici.initiate(child="rw")
    v4, = vips(alice)
    expect(gw, {v4})
    wait_until(lambda: ours(gw, "nets") == {v4})
    with Monitor(gw, " element ") as monitor:
        for _ in range(2):
            for what in ({"ike": "rw"}, {"child": "rw"}):
                mark = server.log.mark()
                alice.vici.rekey(**what)
                server.log.expect(r"CHILD_SA .* established" if "child" in what
                                  else r"IKE_SA \w+\[\d+\] "
                                  "(rekeyed|established)", since=mark)
        if setup is conns.psk_ikev2:
            wait_until(lambda: len(server.vici.list_children()) == 1)
    assert not monitor.lines and ours(gw) == {v4}
    # another CHILD_SA of the same peer: the last one takes it along
    server.vici.terminate(ike="rw")
    expect(gw, set())


@pytest.mark.parametrize("mbb", [False, True])
def test_reauthentication(gw, alice, mbb):
    """Whoever authenticates anew is in the sets of the groups that he has then,
    and never in those of both."""
    mine(gw)
    users = {"alice": ("lab-password", 'Class := "staff"')}
    radius = Radius(gw, users)
    sets = {"staff": {"table": "mine", "set": "staff", "groups": "staff"},
            "guests": {"table": "mine", "set": "everybody",
                       "groups": "!staff, *"}}
    server = gateway(gw, sets=sets, more={
        "eap-radius": radius.plugin(class_group=True)})
    server.load(POOLS)

    def setup(*args, identity, name, **more):
        found = conns.eap(*args, "alice", method="md5", name=name, **more)
        found[0].connections[name]["remote"]["auth"] = "eap-radius"
        return found

    configs = pair(gw, alice, None, setup, families=1)
    server.load(configs[0])
    client = alice.charon(libipsec=True, conf={"make_before_break": mbb})
    client.load(configs[1])
    client.vici.initiate(child="rw")
    v4, = vips(client)
    assert ours(gw) == {v4}
    assert not ours(gw, "everybody")

    def again():
        mark = server.log.mark()
        client.vici.rekey(ike="rw", reauth=True)
        server.log.expect(r"CHILD_SA .* established", since=mark)
        wait_until(lambda: len(server.vici.list_sas()) == 1
                   and len(server.vici.list_children()) == 1)

    again()
    assert vips(client) == [v4]
    expect(gw, {v4})
    users["alice"] = "lab-password", 'Class := "guests"'
    radius.change(users)
    again()
    expect(gw, {v4}, "everybody")
    assert not ours(gw)
    server.vici.terminate(ike="rw")
    expect(gw, set(), "everybody")


def test_two_devices(gw, peers):
    """Each of one user's has its address in; one that goes takes only its."""
    server, first, second = peers(families=1)
    configs = pair(gw, second.host, "alice-2@lab", families=1)
    second.load(configs[1])
    for client in (first, second):
        client.vici.initiate(child="rw")
    v4, other = vips(first) + vips(second)
    assert ours(gw) == {v4, other} == ours(gw, "everybody")
    first.vici.terminate(ike="rw")
    expect(gw, {other})


def test_full(gw, peers):
    """What a set has no room for isn't tried again and again, and is in as soon
    as there is room."""
    server, first, second = peers(families=1)
    gw.run("nft", "add table inet small; "
           "add set inet small one { type ipv4_addr; size 1; }")
    server.reload(plugins=plugins({"one": {
        "table": "small", "set": "one", "connections": "rw"}}))
    first.vici.initiate(child="rw")
    v4, = vips(first)
    assert ours(gw, "one", "inet small") == {v4}
    refused = (r'sets.one.set = "one": nftables refused to add 10.7.0.\d+: '
               "the set is full")
    second.vici.initiate(child="rw")
    server.log.expect(f"filtermode: {refused}")
    assert any(re.search(refused, text) for text in status(server)["warnings"])
    with Monitor(gw, "small") as monitor:
        for _ in range(3):
            second.vici.terminate(ike="rw")
            server.vici.expect_sas(1)
            wait_until(lambda: not status(server)["warnings"])
            second.vici.initiate(child="rw")
            wait_until(lambda: status(server)["warnings"])
    assert not monitor.lines
    other, = vips(second)
    first.vici.terminate(ike="rw")
    expect(gw, {other}, "one", "inet small", timeout=2)
    wait_until(lambda: not status(server)["warnings"])


def test_changes_hands(gw, peers):
    """The next owner of an address is never let through by the element of the
    one before: it is gone before he knows his address."""
    server, alice, bob = peers(families=1)
    server.load(pools={"v4": {"addrs": "10.7.0.1/32"}})
    with Monitor(gw, " element ") as monitor:
        for _ in range(5):
            for client, meant in ((alice, True), (bob, False)):
                client.vici.initiate(child="rw")
                assert vips(client) == ["10.7.0.1"]
                assert ours(gw) == ({"10.7.0.1"} if meant else set())
                mark = server.log.mark()
                server.vici.terminate(ike="rw")
                server.log.expect("lease 10.7.0.1 .* went offline", since=mark)
    assert sum("inet mine staff " in line for line in monitor.lines) == 10


def test_without_child(gw, peers):
    """Who has an address but no CHILD_SA is in until his IKE_SA goes."""
    server, alice, bob = peers(families=1)
    configs = pair(gw, alice.host, "alice@lab", families=1, name="net")
    configs[0].connections["net"]["children"]["net"]["local_ts"] = [
        "10.9.9.9/32"]
    configs[0].connections["net"]["remote"]["id"] = "alice@net"
    configs[1].connections["net"]["local"]["id"] = "alice@net"
    server.load(configs[0])
    alice.load(configs[1])
    server.reload(plugins=plugins({"staff": SETS["staff"] | {
        "ids": "alice@net"}}))
    alice.vici.initiate(child="net", timeout=3, must=False)
    assert ours(gw) == set(vips(alice, "net"))
    assert not server.vici.list_children()
    with Monitor(gw, " element ") as monitor:
        for _ in range(2):
            mark = server.log.mark()
            alice.vici.rekey(ike="net")
            server.log.expect(r"IKE_SA net\[\d+\] rekeyed", since=mark)
            wait_until(lambda: len(server.vici.list_sas()) == 1)
            # whatever the end of the old one brought about is in by then
            bob.vici.initiate(child="rw")
            bob.vici.terminate(ike="rw")
            assert ours(gw) == set(vips(alice, "net"))
    assert not monitor.lines
    server.vici.terminate(ike="net")
    expect(gw, set())


def test_another_address(gw, peers):
    """Who asks for another address than his CHILD_SA has is in with that, too,
    as long as it is there, unless somebody who isn't meant is assigned it. That
    both have CHILD_SAs takes IKEv1, and clients that have lost theirs but are
    taken for those that they were."""
    server, alice, bob = peers(conns.psk_ikev1, families=1)

    def again(client):
        """Returns whether the gateway took its address from it, as it does
        unless it is slow to find out who that is."""
        old, = vips(client)
        client.kill()
        client.start()
        client.load(pair(gw, client.host, f"{client.host.name}@lab",
                         conns.psk_ikev1, families=1, vips=["10.7.9.9"])[1])
        mark, own = server.log.mark(), client.log.mark()
        client.vici.initiate(ike="rw")
        client.log.expect("installing new virtual IP", since=own)
        return server.log.matches(f"lease {old} .* went offline", since=mark)

    for number in range(5):
        name = f"v{number}"
        configs = pair(gw, bob.host, "bob@lab", conns.psk_ikev1, families=1)
        configs[0].connections["rw"]["pools"] = [name]
        server.load(configs[0], pools={name: {
            "addrs": f"10.7.{number}.1-10.7.{number}.3"}})
        for client in (alice, bob):
            client.vici.initiate(child="rw")
        first, = vips(alice)
        if again(alice) and again(bob):
            break
        server.vici.terminate(ike="rw", force=True)
        for daemon in (server, alice, bob):
            daemon.vici.expect_sas(0)
    assert vips(bob) == [first]
    assert ours(gw) == set(vips(alice))
    assert len(server.vici.list_children()) == 2


def test_mobike(lab):
    """A client that moves keeps its virtual IP, and so does the set."""
    net = lab.segment("10.3.0.0/24")
    gw, alice = (lab.host(name, net) for name in ("gw", "alice"))
    mine(gw)
    server = gateway(gw)
    server.load(POOLS)
    configs = pair(gw, alice, "alice@lab", families=1)
    server.load(configs[0])
    client = alice.charon(libipsec=True)
    configs[1].connections["rw"]["local_addrs"] = ["%any"]
    client.load(configs[1])
    client.vici.initiate(child="rw")
    v4, = vips(client)
    expect(gw, {v4}, "nets")
    old = alice.v4
    alice.sysctl("net/ipv4/conf/all/promote_secondaries", 1)
    new = alice.add_address().v4
    with Monitor(gw, " element ") as monitor:
        alice.ip(f"address del {old}/24 dev eth0")
        wait_until(lambda: server.vici.list_sas()[0].raw["remote-host"] ==
                   new, 15)
        assert ours(gw) == {v4}
    assert not monitor.lines


def test_networks(gw, alice):
    """What the other side of a CHILD_SA has, as far as others don't have it as
    well, in both families, prefixes and ranges."""
    mine(gw)
    sets = {"nets": SETS["nets"] | {"connections": "!closed"},
            "nets6": SETS["nets"] | {"set": "staff6", "table": "inet mine"}}
    alice.ip(*(f"address add {address} dev lo" for address in (
        "10.20.0.1/32", "10.20.0.129/32", "10.20.1.1/32", "10.20.2.1/32",
        "10.20.3.1/32", "fd20::1/128", "fd20:1::1/128")))
    server = gateway(gw, sets=sets)
    client = alice.charon(libipsec=True)

    def load(name, *networks):
        configs = conns.psk_ikev2(
            gw.v4, alice.v4, identity=f"{name}@lab", name=name,
            child=(["10.9.0.0/16", "fd09::/64"], networks),
            gateway={"remote": {"auth": "psk", "id": f"{name}@lab"}})
        server.load(configs[0])
        client.load(configs[1])

    load("site", "10.20.0.0/24", "10.20.2.1-10.20.2.9", "10.20.3.1/32",
         "fd20::/64", "fd20:1::1/128")
    load("part", "10.20.0.128/25", "10.20.1.0/24")
    load("closed", "10.20.1.0/24")
    client.vici.initiate(child="site")
    expect(gw, {"10.20.0.0/24", "10.20.2.1-10.20.2.9", "10.20.3.1"}, "nets")
    expect(gw, {"fd20::/64", "fd20:1::1"}, "staff6")
    # nftables has no two that overlap, so one waits for the other to go
    client.vici.initiate(child="part")
    line = (r'sets.nets.set = "nets": nftables refused to add '
            r"10.20.0.128/25: .*overlap")
    server.log.expect(f"filtermode: {line}")
    assert re.match(line, *status(server)["warnings"])
    expect(gw, {"10.20.0.0/24", "10.20.1.0/24", "10.20.2.1-10.20.2.9",
                "10.20.3.1"}, "nets")
    # packets don't show whose they are
    client.vici.initiate(child="closed")
    expect(gw, {"10.20.0.0/24", "10.20.2.1-10.20.2.9", "10.20.3.1"}, "nets")
    client.vici.terminate(ike="site")
    expect(gw, {"10.20.0.128/25"}, "nets")
    expect(gw, set(), "staff6")
    wait_until(lambda: not status(server)["warnings"])
    client.vici.terminate(ike="closed")
    expect(gw, {"10.20.0.128/25", "10.20.1.0/24"}, "nets")


def test_reload(gw, peers):
    """Sets and rules that come, change and go, at once and without a gap."""
    server, alice, bob = peers(families=1, sets={"staff": SETS["staff"]})
    for client in (alice, bob):
        client.vici.initiate(child="rw")
    v4, bobs = vips(alice) + vips(bob)
    assert ours(gw) == {v4} and not ours(gw, "everybody")

    def reload(**sets):
        mark = server.log.mark()
        server.reload(plugins=plugins(sets))
        return mark

    with Monitor(gw, " element ") as monitor:
        reload(staff=SETS["staff"], everybody=SETS["all"])
        assert ours(gw, "everybody") == {v4, bobs}
    assert not [line for line in monitor.lines if "mine staff" in line]
    # the same set by another name, and about others
    reload(users=SETS["staff"] | {"ids": "bob@lab"})
    assert elements(gw) == {OWN: False, bobs: True}
    assert not ours(gw, "everybody")
    mark = reload(users=SETS["staff"] | {"ids": "["})
    server.log.expect(r'filtermode: sets.users.ids = "\[": .*; keeping the '
                      "previous settings", since=mark)
    mark = reload(users=SETS["staff"] | {"table": "mine; flush ruleset"})
    server.log.expect('filtermode: sets.users.table = "mine; flush ruleset": '
                      "expected a table's name of letters.*; keeping the "
                      "previous settings", since=mark)
    assert ours(gw) == {bobs}
    reload()
    assert elements(gw) == {OWN: False}


@pytest.mark.parametrize("mode", ["off", "ipsec"])
def test_changed_by_others(gw, peers, lab, mode):
    """Whatever others do to a set, it is filled again within a second; what
    they put there is left alone."""
    path = lab.dir / "nftables.conf"
    path.write_text("flush ruleset\n" + MINE)
    server, alice, bob = peers(families=1, mode=mode)
    for client in (alice, bob):
        client.vici.initiate(child="rw")
    v4, bobs = vips(alice) + vips(bob)
    expect(gw, {v4, bobs}, "nets")
    for command in ("-f", path), ("flush set inet mine staff",), (
            f"delete element inet mine staff {{ {v4} }}",), (
            f"delete element inet mine staff {{ {v4} }}; "
            f"add element inet mine staff {{ {v4} comment \"x\" }}; "
            f"delete element inet mine staff {{ {v4} }}",):
        gw.run("nft", *command)
        expect(gw, {v4})
        expect(gw, {v4, bobs}, "everybody")
        expect(gw, {v4, bobs}, "nets")
        expect(gw, {bobs}, "staff", "ip mine")
    server.log.expect("filtermode: sets.staff: set staff in table inet mine "
                      "was changed by others, filled it again")
    # an element of his that is one of ours as well isn't ours
    gw.run("nft", f"delete element inet mine staff {{ {v4} }}; "
           f"add element inet mine staff {{ {v4}, 10.7.0.99 }}")
    wait_until(lambda: status(server)["address-sets"]["staff"] == "0")
    assert not ours(gw) and not status(server)["warnings"]
    alice.vici.terminate(ike="rw")
    expect(gw, {bobs}, "everybody")
    assert elements(gw).keys() >= {v4, "10.7.0.99"}
    # while somebody changes the table all the time, too
    for number in range(10):
        tamper = gw.popen("nft", "-f", path)
        bob.vici.terminate(ike="rw")
        bob.vici.initiate(child="rw")
        assert not tamper.wait()
        expect(gw, set(vips(bob)), "everybody")
        expect(gw, set(vips(bob)), "nets")
        assert elements(gw) == {OWN: False}, number


@pytest.mark.unsanitized  # which would have to be preloaded, too
def test_fails(lab, gw, peers):
    """What nftables fails to do is done as soon as it can, without another
    event: also in a set that the settings don't name any more."""
    faults = lab.dir / "faults"
    server, alice, bob = peers(families=1, env={
        "LD_PRELOAD": build.watch("netlink-faults"), "NETLINK_FAULTS": faults})
    fault = f"nftables 12 send {errno.ENOBUFS}"
    for client in (alice, bob):
        client.vici.initiate(child="rw")
    v4, bobs = vips(alice) + vips(bob)
    expect(gw, {v4, bobs}, "nets")
    faults.write_text(fault)
    alice.vici.terminate(ike="rw")
    reason = (f'sets.staff.set = "staff": nftables refused to remove {v4}: '
              ".*No buffer space available")
    server.log.expect(f"filtermode: {reason}")
    wait_until(lambda: any(re.match(reason, line)
                           for line in status(server)["warnings"]))
    assert ours(gw) == {v4}
    faults.unlink()
    expect(gw, set())
    wait_until(lambda: not status(server)["warnings"])
    # dropped meanwhile, or named again before it was empty
    faults.write_text(fault)
    server.reload(plugins=plugins({"staff": SETS["staff"]}))
    server.log.expect('filtermode: sets.all.set = "everybody": nftables '
                      f"refused to remove {bobs}: .*No buffer space available")
    wait_until(lambda: len(status(server)["warnings"]) == 3)
    server.reload(plugins=plugins({name: SETS[name]
                                   for name in ("staff", "nets")}))
    faults.unlink()
    expect(gw, set(), "everybody")
    expect(gw, set(), "staff", "ip mine")
    wait_until(lambda: not status(server)["warnings"])
    assert ours(gw, "nets") == {bobs}
    assert status(server)["address-sets"] == {"staff": "0", "nets": "1"}


@pytest.mark.unsanitized  # likewise
def test_slow(lab, gw, peers):
    """A login waits for nftables for a bounded time. Who would have an address
    that may be in as that of the one before is closed, and others aren't
    concerned."""
    faults = lab.dir / "faults"
    server, alice, bob = peers(families=1, env={
        "LD_PRELOAD": build.watch("netlink-faults"), "NETLINK_FAULTS": faults})
    server.load(pools={"v4": {"addrs": "10.7.0.1/32"}})
    alice.host.ip("address add 10.20.0.1/32 dev lo")
    configs = conns.psk_ikev2(gw.v4, alice.host.v4, identity="alice@plain",
                              name="plain",
                              child=(["10.9.0.1/32"], ["10.20.0.1/32"]),
                              gateway={"remote": {"auth": "psk",
                                                  "id": "alice@plain"}})
    server.load(configs[0])
    alice.load(configs[1])
    alice.vici.initiate(child="rw")
    faults.write_text("nftables 12 send 0 wait")
    alice.vici.terminate(ike="rw")
    alice.vici.initiate(child="plain")
    bob.vici.initiate(child="rw", timeout=10, must=False)
    server.log.expect(
        "filtermode: sets weren't brought in line within 5 s, as nftables is "
        r"busy; closing IKE_SA rw\[\d+\], whose virtual IPs may be in them for "
        "somebody else", timeout=10)
    assert ours(gw) == {"10.7.0.1"}
    sa, = server.vici.expect_sas(1)
    assert sa.name == "plain"
    faults.unlink()
    expect(gw, set())
    # he isn't asked whether he got the DELETE
    for sa in bob.vici.list_sas():
        bob.vici.terminate(ike_id=sa.uniqueid, force=True)
    bob.vici.initiate(child="rw")
    assert vips(bob) == ["10.7.0.1"]
    assert ours(gw, "everybody") == {"10.7.0.1"} and not ours(gw)


def test_kill(gw, peers):
    """What a daemon that was killed has left is known, and removed by the next
    one."""
    server, alice, bob = peers(families=1)
    alice.vici.initiate(child="rw")
    v4, = vips(alice)
    server.kill()
    assert elements(gw) == {OWN: False, v4: True}
    server.start()
    assert elements(gw) == {OWN: False} and not ours(gw, "everybody")


def test_two_daemons(gw):
    """A second daemon leaves a living one's set alone, and fills it when that
    has ended."""
    mine(gw)
    sets = {"all": SETS["staff"]}
    first = gw.charon("first", plugins=plugins(sets))
    gw.run("nft", 'add element inet mine staff { 10.7.0.9 comment "charon '
           'filtermode" }')
    second = gw.charon("second", conf={"port": 5000, "port_nat_t": 5001},
                       plugins=plugins(sets))
    line = (f'sets.all.set = "staff": the charon that is process {first.pid} '
            "has it, expected another set")
    second.log.expect(f"filtermode: {line}")
    assert status(second)["warnings"] == [line]
    # the first one knows that nobody has it
    expect(gw, set())
    gw.run("nft", 'add element inet mine staff { 192.0.2.7 }')
    first.kill()
    second.log.expect("filtermode: sets.all: set staff in table inet mine has "
                      "0 elements of ours")
    assert not status(second)["warnings"]
    second.stop()
    assert elements(gw) == {OWN: False, "192.0.2.7": False}


WRONG = [
    ("", 'table = "inet mine": there is no such table'),
    ("table ip6 mine { set staff { type ipv6_addr; }; }",
     'table = "inet mine": there is no such table, but ip6 mine'),
    ("table inet mine { }",
     'set = "staff": there is no such set in table inet mine'),
    ("table inet mine { map staff { type ipv4_addr : mark; }; }",
     'set = "staff": there is no such set in table inet mine'),
    ("table inet mine { set staff { type inet_service; }; }",
     'set = "staff": expected a set of type ipv4_addr or ipv6_addr'),
    ("table inet mine { set staff { type ipv4_addr . inet_service; }; }",
     'set = "staff": expected a set of type ipv4_addr or ipv6_addr'),
    ("table inet mine { set staff { type ipv4_addr; flags interval; "
     "auto-merge; }; }", 'set = "staff": expected a set without auto-merge'),
    ("table inet mine { set staff { type ipv4_addr; timeout 1h; }; }",
     'set = "staff": expected a set without timeout'),
    ("table inet mine { set staff { type ipv4_addr; size 1; elements = "
     "{ 192.0.2.1 }; }; }",
     'set = "staff": nftables refused to add 10.7.0.1: the set is full'),
    ("table inet mine { set staff { type ipv4_addr; flags interval; elements = "
     "{ 10.7.0.0/24 }; }; }",
     'set = "staff": nftables refused to add 10.7.0.1: interval overlaps'),
]


def test_wrong(gw, peers):
    """A set that isn't there, or isn't one to fill, is a line and a warning,
    and is filled as soon as it is one."""
    server, alice, bob = peers(families=1, sets={"all": SETS["staff"]})
    alice.vici.initiate(child="rw")
    v4, = vips(alice)
    for rules, reason in WRONG:
        mine(gw, f"flush ruleset\n{rules}\n")
        # one line for each in ten seconds
        server.log.expect(f"filtermode: sets.all.{re.escape(reason)}")
        wait_until(lambda: any(w.startswith(f"sets.all.{reason}")
                               for w in status(server)["warnings"]))
        mine(gw, f"flush ruleset\n{MINE}")
        expect(gw, {v4})
        wait_until(lambda: not status(server)["warnings"])
    # not one that wants no interval
    mark = server.log.mark()
    server.reload(plugins=plugins({"all": SETS["staff"] | {
        "what": "networks"}}))
    server.log.expect('filtermode: sets.all.set = "staff": expected a set with '
                      "flags interval, as what = networks", since=mark)
    assert len(status(server)["warnings"]) == 1
    # gone before we are
    gw.run("nft", "flush", "ruleset")
    server.stop()


@pytest.mark.parametrize("option", ["table", "set"])
def test_words(gw, option):
    """Names that nft takes for something else are named as such, by their
    option."""
    mine(gw)
    server = gateway(gw, sets={"all": SETS["staff"] | {option: "counter"}})
    value = {"table": "inet counter", "set": "counter"}[option]
    line = (f'sets.all.{option} = "{value}": that is a word of nft\'s, '
            "expected another name")
    server.log.expect(f"filtermode: {line}")
    assert status(server)["warnings"] == [line]
    server.reload(plugins=plugins({"all": SETS["staff"]}))
    assert not status(server)["warnings"]


def test_storm(gw, alice, lab):
    """Many that log in and out at once, while the operator's firewall is
    loaded again and again: each address is in, and none stays."""
    path = lab.dir / "nftables.conf"
    path.write_text("flush ruleset\n" + MINE)
    mine(gw)
    server = gateway(gw, conf=conns.MANY_PEERS,
                     sets={"staff": SETS["staff"] | {"ids": "*"}})
    server.load(Config(pools={"v4": {"addrs": "10.7.0.0/24"}}))
    client = alice.charon(libipsec=True, conf=conns.MANY_CLIENTS)
    names = [f"c{number}" for number in range(100)]
    for name in names:
        configs = conns.psk_ikev2(
            gw.v4, alice.v4, identity=f"{name}@lab", name=name,
            child=(["10.9.0.1/32"], ["dynamic"]),
            gateway={"pools": ["v4"], "unique": "never"},
            initiator={"vips": ["0.0.0.0"]})
        server.load(configs[0])
        client.load(configs[1])

    def reloads():
        return gw.popen("sh", "-c", "for i in $(seq 20); do nft -f "
                        f"{path}; done")

    tamper = reloads()
    assert all(client.vici.initiate_many(names, timeout=60).values())
    assert not tamper.wait()
    held = {vips(client, name)[0] for name in names}
    assert len(held) == len(names)
    expect(gw, held)
    tamper = reloads()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda name: client.vici.terminate(ike=name), names))
    assert not tamper.wait()
    server.vici.expect_sas(0, timeout=20)
    expect(gw, set())
    assert elements(gw) == {OWN: False}
    assert not status(server)["warnings"]
