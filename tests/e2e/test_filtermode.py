# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode's rules in nftables, as CHILD_SAs, settings and others come and
go. What they do to packets is tested on a kernel with ESP.

      gw --------- alice
     10.9.0.1     10.9.0.2, 10.9.0.3      within tunnels
"""

import json
import os
import re
import subprocess
import threading

import pytest

from lab import DaemonError, ViciError, conns, wait_until
from lab.nft import Monitor
from lab.radius import Radius

TABLE = "charon_filtermode"
BASES = {"prerouting", "input", "forward-in", "forward-out", "output",
         "postrouting"}


def nft(host, *args):
    """What nft prints as JSON, without the header."""
    out = host.run("nft", "-j", *args).stdout
    return [item for item in json.loads(out)["nftables"]
            if "metainfo" not in item]


def tables(host):
    return [t["table"]["name"] for t in nft(host, "list", "tables")]


def chains(host, table=TABLE):
    """Handles of the chains, by name."""
    return {c["chain"]["name"]: c["chain"]["handle"]
            for c in nft(host, "list", "table", "inet", table)
            if "chain" in c}


def text(host, table=TABLE):
    """The table without counters, its chains and sets sorted."""
    listed = host.run("nft", "-s", "list", "table", "inet", table).stdout
    return "\n".join(sorted(re.findall(r"^\t(?!comment)\w.*?^\t\}$", listed,
                                       re.M | re.S)))


def elements(host, name="allowed", table=TABLE):
    found, = (s["set"] for s in nft(host, "list", "set", "inet", table, name))
    return found.get("elem", [])


def expect_elements(host, count, name="allowed"):
    wait_until(lambda: len(elements(host, name)) == count, 5, lambda: (
        f"{count} elements in {name}, there is {elements(host, name)}"))


def counted(daemon):
    """What list-filters has counted, by name."""
    return {rule.pop("name"): rule for rule in daemon.control.stream(
        "list-filters", "list-filter")}


def owners(daemon, address):
    """Who has an address, as find-filter-peers says."""
    return daemon.control.stream("find-filter-peers", "filter-peer",
                                 {"name": address})


def plugins(control=None, **settings):
    """Sections of the plugin, and of control if that is to be loaded."""
    found = {"filtermode": settings}
    return found if control is None else found | {"control": control}


def explain(daemon, who):
    """What explain says of the plugin."""
    answer = daemon.control.request("explain", {"name": who})
    return answer["plugins"]["filtermode"]["answers"]


def filtermode(host, libipsec=False, name=None, conf=None, **settings):
    """Start a daemon with the plugin."""
    return host.charon(name, plugins=plugins(**settings), libipsec=libipsec,
                       conf=conf or {})


def reload(daemon, **settings):
    """Reload, and return where the log was."""
    mark = daemon.log.mark()
    daemon.reload(plugins=plugins(**settings))
    return mark


@pytest.fixture
def peers(gw, alice):
    """Function that starts gw with settings and alice without the plugin, and
    loads a connection psk with a CHILD_SA psk, and another for two."""
    def start(setup=conns.psk_ikev2, more=None, **settings):
        gw.ip("address add 10.9.0.1/32 dev lo")
        alice.ip("address add 10.9.0.2/32 dev lo",
                 "address add 10.9.0.3/32 dev lo")
        server = filtermode(gw, libipsec=True, **settings)
        client = alice.charon(libipsec=True)
        for name, address in (("hq", "10.9.0.2"), ("rw", "10.9.0.3")):
            pair = setup(gw.v4, alice.v4, identity=f"{name}@lab", name=name,
                         child=("10.9.0.1/32", f"{address}/32"),
                         gateway={"remote": {"auth": "psk",
                                             "id": f"{name}@lab"}})
            server.load(pair[0])
            client.load(pair[1])
        return server, client
    return start


# -- settings ------------------------------------------------------------------

def test_modes(gw):
    """Each mode has rules of its own, and base chains stay in place."""
    daemon = filtermode(gw, mode="interfaces")
    daemon.log.expect(r"filtermode: mode interfaces, policy-based tunnels are "
                      rf"blocked, in table inet {TABLE}")
    before = chains(gw)
    assert before.keys() == BASES | {"tunnel-in", "tunnel-out"}
    reload(daemon, mode="ipsec", default="drop", rules={
        "a": {"action": "accept", "kind": "tunnel"}})
    daemon.log.expect(r"filtermode: mode ipsec, 1 rules, default drop, in "
                      rf"table inet {TABLE}")
    after = chains(gw)
    assert after.keys() == BASES | {"ipsec-in", "ipsec-out", "before-nat",
                                    "reject-out", "rule-a-in", "rule-a-out"
                                    } | {f"{chain}-{way}" for way in (
                                        "in", "out") for chain in (
                                        "rules", "answers", "errors")}
    # the very chains: no packet passes between two of them
    assert all(before[name] == after[name] for name in BASES)
    reload(daemon, mode="off")
    daemon.log.expect("filtermode: mode off")
    assert not tables(gw)
    reload(daemon, mode="interfaces", table="other", priority=5)
    assert tables(gw) == ["other"]
    reload(daemon, mode="interfaces", priority=6)
    assert tables(gw) == [TABLE]
    assert "priority filter + 6; policy accept" in text(gw)
    daemon.stop()
    assert not tables(gw)


def test_rules(gw):
    """nft takes whatever a rule may have, in the order of the file."""
    filtermode(gw, mode="ipsec", default="drop", log_default=True, rules={
        "one": {"src": "10.0.0.0/8, fd01::/64, 0.0.0.0/0",
                "dst": "10.0.0.0/16, 10.0.1.0/24, fd02::1", "protocol": "tcp",
                "dst_port": "22, 80-90", "src_port": "1024-65535, 20",
                "action": "accept"},
        "two": {"kind": "tunnel", "connections": "a*", "action": "reject"},
        "three": {"kind": "transport", "protocol": 47, "action": "drop",
                  "log": True},
        "four": {"kind": "vti", "direction": "in", "action": "accept"},
        "five": {"kind": "xfrmi", "direction": "out", "dst": "::/0",
                 "action": "reject"}})
    listed = text(gw)
    chain = re.search(r"chain rules-in \{(.*?)\n\t\}", listed, re.S).group(1)
    order = re.findall(r'rules\.\w+|rule-\w+-in', chain)
    # a VTI may be in a VRF
    assert order == ["rules.one", "rules.one", "rule-two-in", "rule-three-in",
                     "rules.four", "rules.four"]
    assert ("ip saddr { 0.0.0.0/0 } ip daddr { 10.0.0.0/16 } "
            "tcp sport { 20, 1024-65535 } tcp dport { 22, 80-90 } counter "
            'accept comment "rules.one"'
            ) in chain
    # and what it lists, so that somebody may save and restore all tables
    gw.run("nft", "-c", "-f", "-",
           stdin="flush ruleset\n" + gw.run("nft", "list", "ruleset").stdout)
    # ports can't be changed without the rules, and these are watched
    for command in ("delete", "add"):
        assert gw.run("nft", command, "element", "inet", TABLE,
                      "ports-one-dst", "{ 22 }" if command == "delete"
                      else "{ 23 }", check=False).returncode
    gw.run("nft", "flush", "table", "inet", TABLE)
    wait_until(lambda: text(gw) == listed, 5)


def test_rules_file(gw, lab):
    """Between the rules and the default; errors name its lines."""
    path = lab.dir / "fragment.nft"
    path.write_text("set admins { type ipv4_addr; }\n"
                    "chain ipsec-in {\n\tip saddr @admins accept\n}\n"
                    "chain reject-out {\n\tudp dport 53 reject\n}\n")
    settings = {"mode": "ipsec", "rules_file": path,
                "rules": {"a": {"action": "drop", "protocol": "udp"}}}
    daemon = filtermode(gw, **settings)
    assert re.search(r'jump rules-in\n\s*ip saddr @admins accept\n\s*counter '
                     r'accept comment "default"', text(gw))
    good = text(gw)
    for content, reason in (
            ("chain ipsec-in {\n\taccept\n\tjump nowhere\n}\n",
             r"line 3: .*No such file or directory"),
            ("chain ipsec-in {\n\ttcp dport what\n}\n", "line 2: "),
            # there is no rejecting after source NAT
            ("chain ipsec-out {\n\treject\n}\n",
             "(line 2|nft can't do in ipsec-out all that is there): .*not "
             "supported; move what rejects to chain reject-out"),
            ("}\ntable inet evil {\n", "line 1: unbalanced brace or quote"),
            # would be read anew whenever the table has to be installed again
            (f'include "{lab.dir}/*.more"\n', "line 1: no other file can be "),
            # the rules would be there and filter nothing
            ("\nflags dormant;\n", "line 2: our table can't have flags")):
        path.write_text(content)
        mark = reload(daemon, **settings)
        daemon.log.expect(rf'filtermode: rules_file = "{path}": {reason}.*; '
                          "keeping the previous settings", since=mark)
        assert text(gw) == good
    path.unlink()
    mark = reload(daemon, **settings)
    daemon.log.expect("No such file or directory; keeping", since=mark)
    os.mkfifo(path)
    mark = reload(daemon, **settings)
    daemon.log.expect("not a regular file; keeping", since=mark)
    # what was read stays in force, also if the table has to be installed again
    gw.run("nft", "flush", "ruleset")
    wait_until(lambda: tables(gw) and text(gw) == good, 2)


def test_rules_file_own_chains(gw, lab):
    """What the file has in chains that are ours takes nothing from them."""
    path = lab.dir / "fragment.nft"
    path.write_text("".join(f"chain {name} {{\n\taccept\n}}\n"
                            for name in BASES | {"before-nat"}))
    filtermode(gw, mode="ipsec", default="drop", rules_file=path)
    found = re.findall(r"chain (\S+) \{(.*?)\n\t\}", text(gw), re.S)
    assert {name for name, rules in found
            if re.search(r"\bgoto .*\n\t\taccept$", rules)} == (
                BASES - {"prerouting"} | {"before-nat"})
    assert not [name for name, rules in found
                if re.search(r"\n\t\taccept\n.*goto", rules, re.S)]


@pytest.mark.parametrize("settings,reason", [
    ({"mode": "on"}, r'mode = "on": expected one of off, ipsec, interfaces'),
    ({"mode": "ipsec", "rules_file": "/nowhere"},
     r'rules_file = "/nowhere": No such file or directory'),
    ({"mode": "interfaces", "table": "filter"},
     r'table = "filter": there is such a table that isn\'t ours, expected '
     "another name"),
    # a word of nft's, which only nft knows
    ({"mode": "interfaces", "table": "ip"},
     'table = "ip": that is a word of nft\'s, expected another name'),
])
def test_not_loading(gw, settings, reason):
    gw.run("nft", "add", "table", "inet", "filter")
    daemon = filtermode(gw, **settings)
    daemon.log.expect(f"filtermode: {reason}; not loading")
    assert "filtermode" not in daemon.log.expect("loaded plugins:.*").string
    assert tables(gw) == ["filter"]


def test_no_permission(gw):
    """Also a way to have charon not start without the rules."""
    with pytest.raises(DaemonError):
        gw.charon(conf={"plugins": {"filtermode!": {"load": True},
                                    "filtermode": {"mode": "ipsec"}}},
                  wrapper=["setpriv", "--bounding-set", "-net_admin",
                           "--inh-caps", "-net_admin"])
    gw.lab.daemons["gw"].log.expect(
        "filtermode: no permission to use nftables, which takes CAP_NET_ADMIN:"
        " Operation not permitted.*; not loading")


def test_kept_packets(gw):
    """What the kernel lets wait for a CHILD_SA passes none of our chains."""
    line = ("filtermode: packets that wait for a CHILD_SA get into it "
            "unfiltered, as net.core.xfrm_larval_drop is 0; set it to 1")
    gw.sysctl("net/core/xfrm_larval_drop", 0)
    daemon = filtermode(gw, mode="interfaces", control={})
    daemon.log.expect(line)
    warning = line.removeprefix("filtermode: ")
    assert warning in daemon.swanadv("status", check=False).stdout
    gw.sysctl("net/core/xfrm_larval_drop", 1)
    assert warning not in daemon.swanadv("status", check=False).stdout
    reload(daemon, mode="ipsec", control={})
    assert daemon.log.count(line) == 1
    # changed while charon runs
    gw.sysctl("net/core/xfrm_larval_drop", 0)
    assert warning in daemon.swanadv("status", check=False).stdout
    reload(daemon, mode="off", control={})
    assert warning not in daemon.swanadv("status", check=False).stdout
    assert daemon.log.count(line) == 1


def test_bad_reload(gw):
    daemon = filtermode(gw, mode="interfaces")
    before = text(gw)
    mark = reload(daemon, mode="ipsec", default="maybe")
    daemon.log.expect(r'filtermode: default = "maybe": expected one of accept, '
                      "drop; keeping the previous settings", since=mark)
    gw.run("nft", "add", "table", "inet", "filter")
    mark = reload(daemon, mode="ipsec", table="filter")
    daemon.log.expect('filtermode: table = "filter": there is.*; keeping the '
                      "previous settings", since=mark)
    assert text(gw) == before


# -- CHILD_SAs -----------------------------------------------------------------

def test_allow(gw, peers):
    """The set follows CHILD_SAs, and nothing is written on a rekeying."""
    server, client = peers(mode="interfaces", allow_connections="hq*")
    client.vici.initiate(child="rw")
    client.vici.initiate(child="hq")
    expect_elements(gw, 1)
    before, = elements(gw)
    warned = server.log.expect(
        r"filtermode: CHILD_SA rw\{\d+\} of connection 'rw' is blocked: mode = "
        r"interfaces, and it has no interface; add the connection to "
        r"filtermode.allow_connections")
    assert not re.search("CHILD_SA hq.*is blocked.*add the connection",
                         server.log.text())

    with Monitor(gw, TABLE) as monitor:
        for name in ("hq", "rw"):
            mark = client.log.mark()
            client.vici.rekey(child=name)
            client.log.expect(r"outbound CHILD_SA .* established", since=mark)
        sa, = server.vici.list_sas(name="hq")
        assert elements(gw) == [before]
    assert not monitor.lines
    assert server.log.count("is blocked.*it has no interface") == 1, warned

    server.vici.terminate(ike="hq")
    expect_elements(gw, 0)
    # what is allowed changes with the settings
    reload(server, mode="interfaces", allow_connections="rw")
    expect_elements(gw, 1)
    reload(server, mode="interfaces")
    assert "allowed" not in text(gw)


def test_connection_rule(gw, peers):
    """Accepted are known matches, and dropped are all but known others."""
    server, client = peers(mode="ipsec", rules={
        "a": {"connections": "hq", "kind": "tunnel", "action": "accept"},
        "d": {"connections": "hq", "kind": "tunnel", "action": "drop"}})
    client.vici.initiate(child="rw")
    expect_elements(gw, 1, "rule-d")
    client.vici.initiate(child="hq")
    expect_elements(gw, 1, "rule-a")
    assert elements(gw, "rule-d") != elements(gw, "rule-a")
    assert not server.log.count("is blocked")


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_user_rule(gw, peers, setup):
    """Who a peer is stays known, whatever charon forgets, and through
    rekeyings."""
    server, client = peers(setup, conf={"flush_auth_cfg": True}, control={},
                           mode="ipsec", rules={
        "a": {"ids": "hq@lab", "kind": "tunnel", "action": "accept"},
        "d": {"ids": "hq@*", "kind": "tunnel", "action": "drop"}})
    assert explain(server, "rw@lab") == ["mode ipsec: no rule, default accept"]
    assert explain(server, "hq@lab") == [
        "mode ipsec: rules.a (ids = hq@lab): accept, where it matches",
        "mode ipsec: rules.d (ids = hq@*): drop, where it matches",
        "mode ipsec: else, default accept"]
    client.vici.initiate(child="rw")
    expect_elements(gw, 1, "rule-d")
    client.vici.initiate(child="hq")
    expect_elements(gw, 1, "rule-a")
    before = elements(gw, "rule-a"), elements(gw, "rule-d")
    assert before[0] != before[1]
    with Monitor(gw, TABLE) as monitor:
        for what in ({"ike": "hq"}, {"child": "hq"}, {"child": "rw"}):
            mark = server.log.mark()
            client.vici.rekey(**what)
            server.log.expect(r"CHILD_SA .* established" if "child" in what
                              else r"IKE_SA \w+\[\d+\] (rekeyed|established)",
                              since=mark)
    assert (elements(gw, "rule-a"), elements(gw, "rule-d")) == before
    assert not monitor.lines
    server.vici.terminate(ike="hq")
    expect_elements(gw, 0, "rule-a")


def test_allow_users(gw, peers):
    """By who it is, and what else the lists say."""
    server, client = peers(control={}, mode="interfaces", allow_ids="hq@lab")
    for name in ("hq", "rw"):
        client.vici.initiate(child=name)
    expect_elements(gw, 1)
    server.log.expect(r"CHILD_SA rw\{\d+\} of connection 'rw' is blocked: ")
    assert not server.log.count(r"CHILD_SA hq\{\d+\} .* it has no interface")
    for more, count in (({"allow_ids": "*@lab"}, 2),
                        ({"allow_ids": "*@lab", "allow_groups": "staff"}, 0),
                        ({"allow_ids": "*@lab", "allow_connections": "rw"}, 1),
                        ({"allow_groups": "!staff"}, 0)):
        reload(server, control={}, mode="interfaces", **more)
        assert len(elements(gw)) == count, more
        # what is allowed is blocked by kernel-libipsec's device
        assert sum("one device for all" in line for who in ("hq@lab", "rw@lab")
                   for line in explain(server, who)) == count


def test_groups(gw, alice, bob):
    """Groups that RADIUS has, which change as somebody authenticates anew."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    users = {"alice": ("lab-password", 'Class := "staff"'),
             "bob": ("lab-password", 'Class = "guests", Class += "others"')}
    radius = Radius(gw, users)
    rules = {
        "staff": {"groups": "staff", "kind": "tunnel", "action": "accept"},
        "guests": {"groups": "guests", "kind": "tunnel", "action": "reject"}}
    found = plugins(control={}, mode="ipsec", default="drop", rules=rules)
    server = gw.charon(libipsec=True, plugins=found | {
        "eap-radius": radius.plugin(class_group=True)})
    daemons = []
    explained = [
        "mode ipsec: rules.staff (groups = staff) if a group of his matches: "
        "accept, where it matches", "mode ipsec: rules.guests (groups = guests)"
        " if a group of his matches: reject, where it matches",
        "mode ipsec: else, default drop"]
    for number, host in enumerate((alice, bob), 2):
        host.ip(f"address add 10.9.0.{number}/32 dev lo")
        pair = conns.eap(gw.v4, host.v4, host.name, method="md5", gw_name="rw",
                         child=("10.9.0.1/32", f"10.9.0.{number}/32"))
        pair[0].connections["rw"]["remote"]["auth"] = "eap-radius"
        pair[0].connections["rw"]["children"]["rw"]["remote_ts"] = [
            "10.9.0.0/24"]
        server.load(pair[0])
        assert explain(server, host.name) == explained
        daemon = host.charon(libipsec=True)
        daemon.load(pair[1])
        daemon.vici.initiate(child="eap")
        daemons.append(daemon)
    expect_elements(gw, 1, "rule-staff")
    # those that aren't guests
    expect_elements(gw, 1, "rule-guests")
    assert elements(gw, "rule-staff") == elements(gw, "rule-guests")
    users["alice"], users["bob"] = users["bob"], users["alice"]
    radius.change(users)
    for daemon, host in zip(daemons, (alice, bob)):
        mark = server.log.mark()
        daemon.vici.request("rekey", {"ike": "eap", "reauth": True})
        server.log.expect(r"CHILD_SA .* established", since=mark)
    bobs, = (child["reqid"] for sa in server.vici.expect_sas(2)
             if sa.user == "bob" for child in sa.children.values())
    wait_until(lambda: [str(e) for e in elements(gw, "rule-staff")] == [bobs] ==
               [str(e) for e in elements(gw, "rule-guests")], 5)
    # who an address is of, that a line of log names
    assert owners(server, "10.9.0.3") == [
        {"id": "bob", "connection": "rw", "network": "10.9.0.3",
         "groups": ["staff"]}]
    found, = owners(server, "10.9.0.2")
    assert found["id"] == "alice" and set(found["groups"]) == {"guests",
                                                               "others"}
    assert "bob" in server.swanadv("filter", "find", "10.9.0.3").stdout
    for name in ("0.0.0.0", "bob", "10.9.0.0/24", ""):
        with pytest.raises(ViciError, match="expected an address"):
            owners(server, name)
    mark = reload(server, mode="interfaces", allow_groups="staff")
    server.log.expect("those allowed are exempt", since=mark)
    assert [str(e) for e in elements(gw)] == [bobs]


@pytest.mark.parametrize("setup,notify", [
    (conns.psk_ikev2, "received TS_UNACCEPTABLE notify"),
    (conns.psk_ikev1, "received INVALID_ID_INFORMATION error notify"),
])
def test_reject(gw, peers, setup, notify):
    server, client = peers(setup, mode="interfaces", refuse_blocked=True,
                           allow_connections="hq")
    client.vici.initiate(child="hq")
    mark = client.log.mark()
    assert not client.vici.initiate(child="rw", timeout=3, must=False)
    client.log.expect(notify, since=mark)
    server.log.expect("filtermode: refusing CHILD_SA rw of connection 'rw': "
                      "mode = interfaces, refuse_blocked = yes, and it has no "
                      "interface; add the connection to "
                      "filtermode.allow_connections")
    # the other side may not know that it wants it
    reload(server, mode="interfaces")
    client.vici.initiate(child="rw")


def test_same_networks(gw, peers):
    """Packets don't show which of two CHILD_SAs they belong to, so one that is
    blocked must not come up beside one that isn't."""
    server, client = peers(mode="interfaces", allow_connections="hq")
    client.vici.initiate(child="hq")
    pair = conns.psk_ikev2(gw.v4, client.host.v4, identity="twin@lab",
                           name="twin", child=("10.9.0.1/32", "10.9.0.2/32"),
                           gateway={"remote": {"auth": "psk",
                                               "id": "twin@lab"}})
    server.load(pair[0])
    client.load(pair[1])
    assert not client.vici.initiate(child="twin", timeout=3, must=False)
    server.log.expect("filtermode: refusing CHILD_SA twin of connection 'twin':"
                      " mode = interfaces, and it has no interface but the "
                      "networks of connection 'hq', which is allowed")
    assert len(elements(gw)) == 1
    client.vici.terminate(ike="hq")
    client.vici.initiate(child="twin")
    # the other way round there is nothing that might pass
    client.vici.initiate(child="hq")
    server.log.expect(r"CHILD_SA hq\{\d+\} established", count=2)
    expect_elements(gw, 0)
    client.vici.terminate(ike="twin")
    expect_elements(gw, 1)


def test_reject_as_initiator(gw, peers):
    server, client = peers(mode="interfaces", refuse_blocked=True)
    server.load(conns.psk_ikev2(alice_v4(client), gw.v4, name="up",
                                child=("10.9.0.2/32", "10.9.0.1/32"))[1])
    client.load(conns.psk_ikev2(alice_v4(client), gw.v4, name="up",
                                child=("10.9.0.2/32", "10.9.0.1/32"))[0])
    assert not server.vici.initiate(child="up", timeout=3, must=False)
    server.log.expect("filtermode: refusing CHILD_SA up")
    wait_until(lambda: not any(sa.children for sa in client.vici.list_sas()))


def alice_v4(daemon):
    return daemon.host.v4


def test_virtual_ips(gw, alice):
    """Connections whose clients will be blocked are named when they are loaded,
    before anybody logs in."""
    daemon = filtermode(gw, mode="interfaces", allow_connections="allowed",
                        control={})
    pool = conns.Config(pools={"lab": {"addrs": "10.7.0.0/24"}})

    def load(name, pools=("lab",), child=None, **more):
        daemon.load(pool | conns.psk_ikev2(
            gw.v4, alice.v4, identity=f"{name}@lab", name=name,
            child=("10.9.0.1/32", "dynamic"),
            gateway={"pools": list(pools), **more,
                     "children": {name: child or {}}})[0])

    load("allowed")
    load("own", if_id_in="7", if_id_out="7")
    load("childs", child={"if_id_in": "8", "if_id_out": "8"})
    load("site", pools=())
    load("rw")
    line = ("filtermode: connection '{}' assigns virtual IPs, but what its "
            "clients send will be blocked: mode = interfaces, and it has no "
            "interface; add the connection to filtermode.allow_connections, "
            "or set its if_id_in and if_id_out")
    daemon.log.expect(line.format("rw"))
    assert status(daemon)["warnings"] == [
        "1 connection assigns virtual IPs to clients that will be blocked, see "
        "filtermode.allow_connections"]
    # once for each that is loaded
    load("more")
    daemon.log.expect(line.format("more"))
    # in one direction it has no interface
    load("half", if_id_in="7")
    daemon.log.expect(line.format("half"))
    assert daemon.log.count("assigns virtual IPs") == 3
    # what is in force counts
    reload(daemon, mode="interfaces", allow_connections="more, rw, half",
           control={})
    daemon.log.expect(line.format("allowed"))
    assert daemon.log.count("assigns virtual IPs") == 4
    reload(daemon, mode="ipsec", control={})
    wait_until(lambda: not status(daemon)["warnings"])


# -- ESP in userspace ----------------------------------------------------------

def ping(*ends):
    """Whether there are answers, of (host, source, target) each."""
    procs = [host.popen("ping", "-c", 1, "-W", 1, "-I", source, target)
             for host, source, target in ends]
    return tuple(proc.wait() == 0 for proc in procs)


def test_userspace(gw, peers):
    """kernel-libipsec's packets all use one device, and are filtered there."""
    icmp = {"protocol": "icmp", "action": "accept"}
    server, client = peers(mode="interfaces", allow_connections="hq",
                           control={})
    server.log.expect(
        "filtermode: kernel-libipsec's packets all use ipsec0, which doesn't "
        "show whose they are: filtermode.allow_\\* exempts nothing")
    client.vici.initiate(child="hq")
    server.log.expect(r"filtermode: CHILD_SA hq\{\d+\} of connection 'hq' is "
                      "blocked: mode = interfaces, and kernel-libipsec has one "
                      "device for all of them")

    def answers(**settings):
        reload(server, control={}, **settings)
        return ping((client.host, "10.9.0.2", "10.9.0.1"),
                    (gw, "10.9.0.1", "10.9.0.2"))

    passed, dropped, closed = (True, True), (False, False), {
        "mode": "ipsec", "default": "drop"}
    assert answers(mode="off") == passed
    assert answers(mode="interfaces", allow_connections="hq") == dropped
    assert answers(**closed) == dropped
    assert answers(**closed, rules={"a": icmp}) == passed
    counters = counted(server)
    assert (counters["rules.a"]["packets-in"],
            counters["rules.a"]["packets-out"]) == ("2", "2")
    assert answers(**closed, rules={"a": icmp | {"kind": "tunnel"}}) == passed
    mark = server.log.mark()
    accept = icmp | {"kind": "tunnel", "connections": "hq"}
    assert answers(**closed, rules={"a": accept}) == dropped
    server.log.expect(
        "all use ipsec0, .*: rules with connections, ids or groups accept none "
        "of them, and drop or reject those of others, too", since=mark)
    other = accept | {"connections": "other", "action": "drop"}
    assert answers(mode="ipsec", rules={"a": other}) == dropped
    # an address that only source NAT gets in
    gw.ip("address add 10.9.1.1/32 dev lo", "route add 10.9.0.2 dev ipsec0")
    gw.run("nft", "-f", "-", stdin="table ip n { chain c { type nat hook "
           "postrouting priority 100; ip saddr 10.9.1.1 snat to 10.9.0.1; }; }")
    inside = icmp | {"src": "10.9.0.0/24"}
    assert answers(**closed, rules={"a": inside}) == passed
    assert ping((gw, "10.9.1.1", "10.9.0.2")) == (True,)
    outside = icmp | {"src": "10.9.1.0/24"}
    assert answers(**closed, rules={"a": outside}) == dropped


def test_reject_out(gw, peers):
    """On the way out, what is rejected is told so before source NAT, and what
    matches only behind that is dropped; no packet is counted twice."""
    rules = {"a": {"direction": "out", "kind": "tunnel", "src": "10.9.0.0/24",
                   "protocol": "icmp", "action": "reject"}}
    server, client = peers(mode="ipsec", rules=rules, control={})
    client.vici.initiate(child="hq")
    gw.ip("address add 10.9.1.1/32 dev lo", "route add 10.9.0.2 dev ipsec0")
    gw.run("nft", "-f", "-", stdin="table ip n { chain c { type nat hook "
           "postrouting priority 100; ip saddr 10.9.1.1 snat to 10.9.0.1; }; }")

    def sent(source):
        said = gw.run("ping", "-c", 1, "-W", 1, "-I", source, "10.9.0.2",
                      check=False)
        counter = counted(server)["rules.a"]
        return ("Port Unreachable" in said.stdout, counter["action"],
                counter["packets-out"])

    assert sent("10.9.0.1") == (True, "reject", "1")
    assert sent("10.9.1.1") == (False, "reject", "2")


# -- others in nftables --------------------------------------------------------

TAMPERING = [
    ("flush", "ruleset"),
    ("delete", "table", "inet", TABLE),
    ("flush", "chain", "inet", TABLE, "tunnel-in"),
    ("insert", "rule", "inet", TABLE, "tunnel-in", "accept"),
    ("add", "element", "inet", TABLE, "allowed", "{ 77 }"),
    ("flush", "set", "inet", TABLE, "allowed"),
]


def test_changed_by_others(gw, peers):
    """Whatever is done to the table is undone within a second, and logged."""
    server, client = peers(mode="interfaces", allow_connections="hq")
    client.vici.initiate(child="hq")
    expect_elements(gw, 1)
    before, reqids = text(gw), elements(gw)
    for command in TAMPERING:
        gw.run("nft", *command)
        wait_until(lambda: tables(gw) == [TABLE] and text(gw) == before
                   and elements(gw) == reqids, 1, command)
    server.log.expect(rf"filtermode: table inet {TABLE} was changed or removed "
                      r"by nft \(\d+\), installed it again")
    # one line in ten seconds
    assert server.log.count("installed it again") == 1
    # still followed
    client.vici.terminate(ike="hq")
    expect_elements(gw, 0)


def test_changed_meanwhile(gw, peers):
    """Also what is done at the moment in which we change the table ourselves,
    as CHILD_SAs come and go, doesn't become what we compare with."""
    server, client = peers(mode="interfaces", allow_connections="hq")
    before = text(gw)
    for number in range(12):
        client.vici.initiate(child="hq")
        command = TAMPERING[2 + number % 2] if number % 3 else (
            "flush", "table", "inet", TABLE)
        tampering = gw.popen("nft", *command)
        client.vici.terminate(ike="hq")
        assert not tampering.wait()
        wait_until(lambda: tables(gw) == [TABLE] and text(gw) == before
                   and not elements(gw), 2, lambda: f"{number}: {command}")


def test_changed_at_installation(gw):
    """Nor what is done between an installation and the look at it, which takes
    its time if there is much to look at."""
    settings = {"mode": "ipsec", "rules": {
        f"r{number}": {"protocol": "udp", "dst_port": number, "action": "drop"}
        for number in range(1, 400)}}
    daemon = filtermode(gw, **settings)
    before = text(gw)
    for _ in range(2):
        over = threading.Event()
        with gw.popen("nft", "-i", stdin=subprocess.PIPE) as proc:
            def tamper():
                while not over.wait(0.01):
                    proc.stdin.write(b"flush chain inet %s ipsec-in\n"
                                     % TABLE.encode())
                    proc.stdin.flush()

            thread = threading.Thread(target=tamper)
            thread.start()
            reload(daemon, **settings)
            over.set()
            thread.join()
        wait_until(lambda: text(gw) == before, 3, lambda: text(gw))


def test_other_tables(gw):
    """We neither touch nor mind them."""
    gw.run("nft", "-f", "-", stdin="table inet mine { chain c { type filter "
           "hook input priority 0; tcp dport 22 accept; }; }\n"
           f"table ip {TABLE} {{ chain input {{ }}; }}\n")
    before = text(gw, "mine")
    daemon = filtermode(gw, mode="ipsec")
    with Monitor(gw, TABLE) as monitor:
        gw.run("nft", "add", "rule", "inet", "mine", "c", "accept")
        gw.run("nft", "flush", "chain", "ip", TABLE, "input")
        gw.run("nft", "delete", "table", "ip", TABLE)
    assert not [line for line in monitor.lines if "inet" in line]
    assert not daemon.log.count("installed it again")
    daemon.stop()
    assert tables(gw) == ["mine"]
    assert text(gw, "mine") == before.replace(
        "22 accept", "22 accept\n\t\taccept")


def test_nftables_service(gw, lab):
    """What `systemctl reload nftables` does: one transaction that flushes all
    and loads a file."""
    path = lab.dir / "nftables.conf"
    path.write_text("flush ruleset\ntable inet filter {\n\tchain input {\n"
                    "\t\ttype filter hook input priority 0;\n\t}\n}\n")
    gw.run("nft", "-f", path)
    filtermode(gw, mode="interfaces")
    before = text(gw)
    gw.run("nft", "-f", path)
    wait_until(lambda: set(tables(gw)) == {TABLE, "filter"}
               and text(gw) == before, 1)


def test_two_namespaces(gw, alice):
    daemon = filtermode(gw, mode="interfaces")
    filtermode(alice, mode="ipsec")
    before = text(alice)
    gw.run("nft", "flush", "ruleset")
    wait_until(lambda: tables(gw) == [TABLE], 1)
    reload(daemon, mode="off")
    assert text(alice) == before


# -- the end -------------------------------------------------------------------

def test_on_stop(gw):
    daemon = filtermode(gw, mode="interfaces", on_stop="keep",
                        allow_connections="hq")
    before = text(gw)
    daemon.stop()
    daemon.log.expect(rf"filtermode: table inet {TABLE} stays, as on_stop = "
                      "keep")
    assert text(gw) == before
    daemon.start()
    reload(daemon, mode="interfaces")
    daemon.stop()
    assert not tables(gw)


def test_other_name_after_kill(gw):
    """What another name was left under is named, not what is in use."""
    filtermode(gw, name="other", mode="interfaces", table="others")
    daemon = filtermode(gw, mode="interfaces", table="before")
    daemon.kill()
    gw.run("nft", "add", "table", "inet", "foreign")
    left = filtermode(gw, name="after", mode="interfaces")
    left.log.expect("filtermode: table inet before is left of a daemon that "
                    "has ended, and its rules apply; if no other is to have "
                    "it, delete it by `nft delete table inet before`")
    assert left.log.count("is left of") == 1


def test_kill(gw, peers):
    """The rules outlive the daemon, and the next one takes over: without a
    moment in which the base chains aren't there, and without what the old one
    allowed."""
    server, client = peers(mode="interfaces", allow_connections="hq")
    client.vici.initiate(child="hq")
    expect_elements(gw, 1)
    handles = chains(gw)
    with Monitor(gw, TABLE) as monitor:
        server.kill()
        assert len(elements(gw)) == 1
        server.start()
    assert elements(gw) == []
    assert {name: chains(gw)[name] for name in BASES} == {
        name: handles[name] for name in BASES}
    for line in monitor.lines:
        assert not re.search(r"delete table|delete chain \S+ \S+ "
                             r"(input|output|forward)", line)
    # a table that isn't wanted any more is found, too
    server.kill()
    filtermode(gw, name="next", mode="off")
    assert not tables(gw)


def test_two_daemons(gw):
    """A second daemon leaves a living one's table alone, and has it when that
    has ended."""
    first = filtermode(gw, name="first", mode="interfaces")
    handles = chains(gw)
    ports = {"port": 5000, "port_nat_t": 5001}
    filtermode(gw, name="off", conf=ports, mode="off").stop()
    waiting = filtermode(gw, name="waiting", conf=ports, mode="ipsec",
                         control={})
    held = (rf'filtermode: table = "{TABLE}": the charon that is process '
            rf"{first.pid} has it, expected another name; ")
    waiting.log.expect(f"{held}waiting until it ends")
    warning, = status(waiting)["warnings"]
    assert warning.startswith("the rules of another daemon are in force: ")
    assert waiting.control.request("list-filters")["installed"] == "no"
    # one with a table of its own keeps that
    reload(waiting, mode="ipsec", table="b", control={})
    assert set(tables(gw)) == {TABLE, "b"}
    mark = reload(waiting, mode="ipsec", control={})
    waiting.log.expect(f"{held}keeping the previous settings", since=mark)
    assert set(tables(gw)) == {TABLE, "b"}
    assert status(waiting)["invalid-settings"] and chains(gw) == handles
    reload(waiting, mode="off", control={})
    mark = reload(waiting, mode="ipsec", control={})
    waiting.log.expect(f"{held}waiting until it ends", since=mark)
    assert chains(gw) == handles and not first.log.count("installed it again")
    first.kill()
    waiting.log.expect("filtermode: mode ipsec, 0 rules", since=mark)
    assert status(waiting)["warnings"] == []
    # no packet passes between both
    assert {name: handles[name] for name in BASES} == {
        name: chains(gw)[name] for name in BASES}
    assert "ipsec-in" in chains(gw)
    waiting.stop()
    assert not tables(gw)


# -- control -------------------------------------------------------------------

def status(daemon):
    return daemon.control.plugin("filtermode")


def test_control_interfaces(gw, peers):
    """What control shows of CHILD_SAs and of others' changes, and swanadv."""
    server, client = peers(mode="interfaces", allow_connections="hq",
                           control={})
    with server.control.events("filter") as events:
        def event(kind):
            message = events.get(timeout=5)[1]
            assert message["type"] == kind
            return message

        client.vici.initiate(child="hq")
        # only for what test_userspace is about
        assert event("blocked")["connection"] == "hq"
        client.vici.initiate(child="rw")
        blocked = event("blocked")
        assert (blocked["connection"], blocked["child"], blocked["id"],
                blocked["host"]) == ("rw", "rw", "rw@lab", client.host.v4)
        sa, = server.vici.list_sas(name="rw")
        child, = sa.children.values()
        assert blocked["uniqueid"] == child["uniqueid"]
        found = status(server)
        assert found["warnings"] == [
            "kernel-libipsec's packets all use ipsec0: "
            "filtermode.allow_* exempts nothing",
            "2 CHILD_SAs are blocked, see filtermode.allow_connections"]
        assert (found["child-sas"], found["allowed"], found["blocked"]) == (
            "2", "0", "2")

        gw.run("nft", "flush", "ruleset")
        again = event("reinstalled")
        assert re.fullmatch(r"nft \(\d+\)", again["by"])
        answer = server.control.request("list-filters")
        assert answer["installed"] == "yes"
        assert (answer["mode"], answer["refuse-blocked"], answer["table"]) == (
            "interfaces", "no", TABLE)
        assert answer["sets"] == {"allowed": "1"}
        assert set(counted(server)) == {"allow_connections", "mode interfaces"}

        reload(server, mode="interfaces", refuse_blocked=True,
               allow_connections="hq", control={})
        assert event("changed")["mode"] == "interfaces"
        client.vici.terminate(ike="rw")
        assert not client.vici.initiate(child="rw", timeout=3, must=False)
        assert event("refused")["connection"] == "rw"
        assert server.control.plugin("filtermode", "stats") == {
            "reinstalled": "1", "blocked": "2", "refused": "1"}
        reload(server, control={})
        assert event("removed")["mode"] == "off"
    assert status(server)["mode"] == "off"
    assert server.control.request("list-filters")["installed"] == "no"


def test_control_ipsec(gw, lab):
    """Rules, their counters, and a reload that nft refuses."""
    path = lab.dir / "fragment.nft"
    path.write_text("chain ipsec-in { counter accept comment \"mine\"; }\n")
    settings = {"mode": "ipsec", "default": "drop", "rules_file": path,
                "rules": {"b": {"kind": "tunnel", "action": "accept"},
                          "a": {"src": "10.0.0.1, fd00::1",
                                "action": "reject"}}}
    daemon = filtermode(gw, control={}, **settings)
    answer = daemon.control.request("list-filters")
    assert (answer["mode"], answer["default"], answer["rules"],
            answer["rules-file"], answer["on-stop"], answer["priority"]) == (
        "ipsec", "drop", "2", str(path), "remove", "-10")
    zero = {f"{unit}-{direction}": "0" for unit in ("packets", "bytes")
            for direction in ("in", "out")}
    assert counted(daemon) == {
        "rules.b": {"action": "accept"} | zero,
        "rules.a": {"action": "reject"} | zero,
        "mine": {"action": "accept"} | zero,
        "invalid": {"action": "drop"} | zero,
        "default": {"action": "drop"} | zero}
    printed = daemon.swanadv("filter").stdout
    assert "mode: ipsec\n" in printed and re.search(
        r"^rules\.a +reject +0 ", printed, re.M)

    path.write_text("chain ipsec-in {\n\tjump nowhere\n}\n")
    with pytest.raises(ViciError, match=rf'rules_file = "{path}": line 2: '):
        daemon.control.request("reload")
    invalid, = status(daemon)["invalid-settings"]
    assert invalid.startswith(f'rules_file = "{path}": line 2: ')
    path.write_text("")
    daemon.control.request("reload")
    assert "invalid-settings" not in status(daemon)


def test_reqid_not_reused(gw, peers):
    """A reqid that a set may still have is nobody else's: not while the set
    can't be changed, and then again."""
    server, client = peers(mode="ipsec", control={}, rules={
        "a": {"ids": "hq@lab", "kind": "tunnel", "action": "accept"}})

    def reqid(name):
        client.vici.initiate(child=name)
        child, = server.vici.list_sas(name=name)[0].children.values()
        return child["reqid"]

    first = reqid("hq")
    expect_elements(gw, 1, "rule-a")
    with server.control.events("filter") as events:
        owner = gw.popen("nft", "-i", stdin=subprocess.PIPE)
        owner.stdin.write(b"delete table inet %s; add table inet %s "
                          b"{ flags owner; }\n" % ((TABLE.encode(),) * 2))
        owner.stdin.flush()
        assert events.get(timeout=5)[1]["type"] == "lost"
        server.vici.terminate(ike="hq")
        assert reqid("rw") != first
        owner.stdin.close()
        owner.wait()
        assert events.get(timeout=5)[1]["type"] == "reinstalled"
    assert not elements(gw, "rule-a")
    # numbers that aren't in use are used in turn
    assert reqid("hq") == first
    expect_elements(gw, 1, "rule-a")
    assert [str(e) for e in elements(gw, "rule-a")] == [first]


def test_lost(gw):
    """Somebody takes the table's name for one that only he may change."""
    daemon = filtermode(gw, mode="interfaces", control={})
    with daemon.control.events("filter") as events:
        owner = gw.popen("nft", "-i", stdin=subprocess.PIPE)
        owner.stdin.write(b"delete table inet %s; add table inet %s "
                          b"{ flags owner; }\n" % ((TABLE.encode(),) * 2))
        owner.stdin.flush()
        lost = events.get(timeout=5)[1]
        assert lost["type"] == "lost" and lost["error"]
        daemon.log.expect(rf"filtermode: table inet {TABLE} was changed or "
                          r"removed by nft \(\d+\), installing it again "
                          r"failed: .*Operation not permitted.*; trying again")
        warning, = status(daemon)["warnings"]
        assert "installing it again fails: " in warning
        assert daemon.control.request("list-filters")["installed"] == "no"
        # what is its owner's goes with him
        owner.stdin.close()
        owner.wait()
        assert events.get(timeout=5)[1]["type"] == "reinstalled"
    assert status(daemon)["warnings"] == []
    assert chains(gw).keys() == BASES | {"tunnel-in", "tunnel-out"}
