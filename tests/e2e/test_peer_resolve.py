# SPDX-License-Identifier: GPL-2.0-or-later
"""peer-resolve: peers whose host names stand for another address by now.

        10.1.0.0/24  fd01::/64
    ----+--------+--------+---
        |        |        |
        gw      alice    bob

gw has several addresses, and the daemon that follows is alice's. Names are in
a hosts file of hers, or a server's that can be stopped.
"""

import os
import signal
import time

import pytest

from lab import conns, wait_until
from lab.conf import merge
from lab.dns import Dnsmasq
from lab.poll import patience

NAME = "gw.example"
# as charon's mount namespace has them
WITH = ["sh", "-ec", 'mount --bind "$0" /etc/hosts; exec "$@"']
LOCAL, REMOTE = "10.9.0.2/32", "10.9.0.1/32"


class Client:
    """alice's daemon, and the hosts file that it has."""

    def __init__(self, host, libipsec=False, conf=None, plugins=(),
                 connections="*", **settings):
        self.hosts = host.lab.dir / f"{host.name}.hosts"
        self.hosts.touch()
        self.daemon = host.charon(
            libipsec=libipsec, conf=conf, wrapper=[*WITH, self.hosts],
            plugins={name: {} for name in plugins} | {
                "control": {}, "peer-resolve": {
                    "interval": "1s", **settings,
                    **({"connections": connections} if connections else {})}})
        self.log, self.vici = self.daemon.log, self.daemon.vici

    def name(self, *addresses, name=NAME):
        """Let a name have addresses."""
        others = [line for line in self.hosts.read_text().splitlines()
                  if not line.endswith(f" {name}")]
        # in place, as it is a mount
        self.hosts.write_text("".join(f"{line}\n" for line in [
            *others, *(f"{address} {name}" for address in addresses)]))

    def peers(self):
        return self.daemon.control.stream("list-peer-names", "list-peer-name")

    def expect(self, state, **fields):
        """Wait until there is one peer, in a state."""
        def found():
            peers = self.peers()
            # in the resolver's order
            return len(peers) == 1 and peers[0]["state"] == state and all(
                sorted(peers[0].get(key.replace("_", "-"), "")) ==
                sorted(value) for key, value in fields.items())

        return wait_until(found, 10, lambda: f"{state} {fields}: "
                          f"{self.peers()}\n{self.daemon.tail(30)}")

    def at(self, host):
        """Wait until there is one IKE_SA, which is up, at an address."""
        def found():
            sas = self.vici.list_sas()
            return len(sas) == 1 and sas[0].state == "ESTABLISHED" and \
                sas[0].remote_host == host and sas[0]

        return wait_until(found, 15, lambda: f"one at {host}: "
                          f"{self.vici.list_sas()}\n{self.daemon.tail(40)}")


def pair(gw, client, version=2, name="net", child=True, **more):
    """Connections of gateway and client, who knows the former by name."""
    psk = conns.psk_ikev2 if version == 2 else conns.psk_ikev1
    return psk("%any", client.v4, name=name,
               child=(REMOTE, LOCAL) if child else None, initiator=merge(
                   {"remote_addrs": [NAME], "local_addrs": ["%any"]},
                   more.pop("initiator", {})), **more)


def nets(gw, alice):
    """The networks behind them."""
    gw.ip(f"address add {REMOTE} dev lo")
    alice.ip(f"address add {LOCAL} dev lo")


@pytest.mark.parametrize("version", [2, 1])
@pytest.mark.parametrize("child", [True, False])
def test_follows(gw, alice, version, child):
    """One IKE_SA before and after, with its CHILD_SA, and packets pass."""
    nets(gw, alice)
    gw.ip("address add 10.1.0.101/24 dev eth0")
    both = pair(gw, alice, version, child=child)
    server = gw.charon(libipsec=True)
    server.load(both[0])
    client = Client(alice, libipsec=True)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(**{"child" if child else "ike": "net"})
    client.expect("current", host=gw.v4)
    assert not child or alice.ping("10.9.0.1", "10.9.0.2")
    client.name("10.1.0.101")
    sa = client.at("10.1.0.101")
    client.log.expect(rf"peer-resolve: net\[1\]: moved from {gw.v4} to "
                      r"10.1.0.101, as IKE_SA net\[2\]")
    client.expect("current", host="10.1.0.101", names=[NAME])
    assert len(sa.children) == child
    if child:
        assert alice.ping("10.9.0.1", "10.9.0.2")
    server.vici.expect_sas(1, up=True)


def test_other_machine_while_the_first_is_dead(gw, alice, bob):
    """A peer that doesn't answer anymore isn't waited for: dead peer detection
    would take minutes."""
    for host in (gw, bob):
        nets(host, alice) if host is gw else host.ip(
            f"address add {REMOTE} dev lo")
    both = pair(gw, alice, initiator={"dpd_delay": "1s"})
    server, other = gw.charon(libipsec=True), bob.charon(libipsec=True)
    for daemon in (server, other):
        daemon.load(both[0])
    client = Client(alice, libipsec=True)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(child="net")
    client.expect("current", host=gw.v4)
    server.kill()
    client.log.expect("retransmit 1 of request", 20)
    client.name(bob.v4)
    client.at(bob.v4)
    assert alice.ping("10.9.0.1", "10.9.0.2")


def closes_unloaded(client):
    """Does charon close the IKE_SAs of what is unloaded?"""
    return client.vici.major() >= 6


def test_who_is_followed(gw, alice):
    """Connections that are named, and whose peers have a place."""
    gw.ip("address add 10.1.0.101/24 dev eth0")
    conf = {name: pair(gw, alice, child=False, name=name, gw_name="net",
                       initiator=more)
            for name, more in {
                "a-name": {}, "b-name": {},
                "a-net": {"remote_addrs": [NAME, "10.1.0.0/24"]},
                "a-gone": {}}.items()}
    gw.charon().load(conf["a-name"][0])
    client = Client(alice, conf={"reuse_ikesa": False},
                    connections="a*, !a-z")

    def explain(who):
        answer = client.daemon.control.request("explain", {"name": who})
        return answer["plugins"]["peer-resolve"]["answers"]

    client.name(gw.v4)
    for name, both in conf.items():
        client.daemon.load(both[1])
    followed = (f"followed: {NAME} is resolved each 1 seconds while he is "
                "connected, unless as a client")
    others = ["on b-name: not followed: connections doesn't name it",
              f"on a-net: not followed: remote_addrs = {NAME}, 10.1.0.0/24 has "
              "no host name, or more than host names and addresses"]
    assert explain("gw.lab") == [f"on a-name, a-gone: {followed}", *others]
    for name in conf:
        client.vici.initiate(ike=name)
    client.vici.request("unload-conn", {"name": "a-gone"})
    client.expect("current", connection="a-name")
    client.name("10.1.0.101")
    sa = client.log.expect(r"moved from .* as IKE_SA a-name\[(\d+)\]")[1]
    client.expect("current", host="10.1.0.101")
    for who in "gw.lab", "10.1.0.101":
        assert explain(who) == [
            f"on a-name: {followed}", f"on a-name: IKE_SA {sa} is at "
            f"10.1.0.101, and {NAME} at 10.1.0.101: current", *others]
    assert explain("other.lab") == []
    stay = {"b-name", "a-net"} | (
        set() if closes_unloaded(client) else {"a-gone"})
    assert {sa.name: sa.remote_host for sa in client.vici.list_sas(up=True)
            } == {"a-name": "10.1.0.101"} | dict.fromkeys(stay, gw.v4)
    client.daemon.reload(plugins={"control": {}, "peer-resolve": {}})
    wait_until(lambda: not client.peers(), 10, "no peer")
    assert explain("gw.lab") == ["not followed: connections isn't set"]
    assert client.daemon.control.plugin("peer-resolve")["warnings"] == [
        "no peer is followed: set connections"]


def threads(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/task"))


def test_threads(gw, alice):
    """They are there while connections are named, also by a reload, or a peer
    is moved still."""
    both = pair(gw, alice, child=False)
    gw.charon().load(both[0])
    # charon's own who resolves names, which stays then; control would have
    # threads, too, once it is asked
    client = Client(alice, connections=None, conf={"host_resolver": {
        "min_threads": 1, "max_threads": 1}})
    daemon, unset = client.daemon, {"control": {}, "peer-resolve": {}}
    named = unset | {"peer-resolve": {"connections": "net", "interval": "1s"}}
    daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(ike="net")
    client.name()
    count = threads(daemon)

    def expect(more):
        wait_until(lambda: threads(daemon) - count == more, 10,
                   lambda: f"{more} more threads: {threads(daemon) - count}")

    for n in 1, 2, 3:
        daemon.reload(plugins=named)
        client.log.expect(f"can't resolve {NAME}", count=n)
        # who has asked for it has ended
        expect(1)
        if n < 3:
            daemon.reload(plugins=unset)
            expect(0)
    # what was begun goes on
    client.name(gw.v4)
    client.log.expect(f"{NAME} is resolved again")
    client.name("10.1.0.99")
    client.log.expect("moving it there")
    daemon.reload(plugins=unset)
    assert threads(daemon) > count
    client.vici.terminate(ike_id="1")
    client.log.expect(f"can't be moved from {gw.v4} to 10.1.0.99: it was "
                      "closed meanwhile")
    expect(0)


def test_peer_that_connected(gw, alice):
    """One that initiated is looked for, too, if it doesn't come by itself; but
    no client."""
    gw.ip("address add 10.1.0.101/24 dev eth0")
    server = Client(alice)
    server.name(gw.v4)
    server.daemon.load(*(config for name, more in {
        "site": {}, "client": {"pools": ["pool"]}}.items() for config in [
            conns.psk_ikev2("%any", gw.v4, name=name, gateway={
                "remote_addrs": [NAME], "local_addrs": [alice.v4],
                "remote": {"id": name}, "local": {"id": name}, **more})[0]]),
        pools={"pool": {"addrs": "10.9.9.0/24"}})
    daemon = gw.charon()
    for name, more in {"site": {}, "client": {"vips": ["0.0.0.0"]}}.items():
        daemon.load(conns.psk_ikev2(alice.v4, "%any", name=name, identity=name,
                                    initiator={"remote": {"id": name}, **more})
                    [1])
        daemon.vici.initiate(ike=name)
    wait_until(lambda: [peer["state"] for peer in server.peers()] ==
               ["current"] * 2, 10, lambda: f"2 peers: {server.peers()}")
    server.name("10.1.0.101")
    server.log.expect(r"moved from .* as IKE_SA site\[3\]")
    server.log.expect(rf"client\[2\]: {NAME} is at 10.1.0.101 now, but the "
                      "peer has connected as a client")
    assert {sa.name: sa.remote_host for sa in server.vici.list_sas(up=True)
            } == {"site": "10.1.0.101", "client": gw.v4}


def test_stays(gw, alice, bob):
    """What isn't a move: more addresses, none, a failure; and a new address
    where nobody answers, or another peer."""
    both = pair(gw, alice, child=False)
    server = gw.charon()
    server.load(both[0])
    stranger = conns.psk_ikev2("%any", alice.v4, psk="other", name="net")
    bob.charon().load(stranger[0])
    client = Client(alice, conf={"retransmit_tries": 1,
                                 "retransmit_timeout": 0.3})
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(ike="net")
    client.expect("current")
    client.name("10.1.0.99", gw.v4, gw.v6)
    client.expect("current", resolved_to=["10.1.0.99", gw.v4, gw.v6])
    client.name()
    client.log.expect(f"peer-resolve: can't resolve {NAME}: .*; its peers stay "
                      "where they are")
    client.expect("current", resolved_to=["10.1.0.99", gw.v4, gw.v6])
    warnings = client.daemon.control.plugin("peer-resolve")["warnings"]
    assert warnings[0].startswith(f"net: can't resolve {NAME}: ")
    client.name("10.1.0.99")
    client.log.expect(f"peer-resolve: {NAME} is resolved again")
    client.log.expect(
        rf"peer-resolve: net\[1\]: can't be moved from {gw.v4} to 10.1.0.99: "
        "it doesn't answer there, or not as the same peer; trying again in 1 "
        "seconds")
    client.log.expect("trying again in 2 seconds")
    client.name(bob.v4)
    client.log.expect("received AUTHENTICATION_FAILED|authentication of")
    client.log.expect(f"can't be moved from {gw.v4} to {bob.v4}")
    client.name(gw.v4)
    client.expect("current", host=gw.v4)
    sa = client.at(gw.v4)
    assert sa.uniqueid == 1
    assert client.log.count("can't resolve") == 1
    server.vici.expect_sas(1, up=True)


@pytest.mark.parametrize("unload", [False, True])
def test_closed_meanwhile(gw, alice, unload):
    """What an operator closes doesn't come back at the new address."""
    both = pair(gw, alice, child=False, initiator={"keyingtries": 0})
    gw.charon().load(both[0])
    client = Client(alice)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(ike="net")
    client.expect("current")
    client.name("10.1.0.99")
    client.log.expect("moving it there")
    if unload:
        if closes_unloaded(client):
            pytest.skip("this charon closes the IKE_SAs of what is unloaded")
        client.vici.request("unload-conn", {"name": "net"})
    client.vici.terminate(ike_id="1")
    client.log.expect(rf"net\[1\]: can't be moved from {gw.v4} to 10.1.0.99: "
                      "it was closed meanwhile$")
    client.vici.expect_sas(0)


def rekey(daemon, client):
    """Have a daemon rekey what the client has, and wait until it has that."""
    before = client.vici.list_sas()[0].uniqueid
    daemon.vici.request("rekey", {"ike": "net"})
    wait_until(lambda: any(
        sa.uniqueid > before and sa.state == "ESTABLISHED"
        for sa in client.vici.list_sas()), 5,
        lambda: f"rekeyed: {client.vici.list_sas()}\n{client.daemon.tail(30)}")


@pytest.mark.parametrize("closed", [False, True])
def test_tunnel_lives_on(gw, alice, closed):
    """While nobody answers at a new address, the IKE_SA is rekeyed by both, and
    moved to the right address after that, or set up anew if the peer closes
    it."""
    nets(gw, alice)
    gw.ip("address add 10.1.0.101/24 dev eth0")
    both = pair(gw, alice, initiator={"keyingtries": 0, "children": {
        "net": {"close_action": "start"}}})
    server = gw.charon(libipsec=True)
    server.load(both[0])
    client = Client(alice, libipsec=True)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(child="net")
    client.expect("current")
    client.name("10.1.0.99")
    client.log.expect("moving it there")
    rekey(client.daemon, client)
    server.vici.expect_sas(1, up=True)
    rekey(server, client)
    server.vici.expect_sas(1, up=True)
    if closed:
        before = client.log.count("restarting CHILD_SA net")
        server.vici.terminate(ike="net")
        client.log.expect(f"can't be moved from {gw.v4} to 10.1.0.99: charon "
                          "connects to it anew")
        assert client.log.count("restarting CHILD_SA net") == before + 1
        return
    client.name("10.1.0.101")
    client.at("10.1.0.101")
    client.log.expect(rf"\]: moved from {gw.v4} to 10.1.0.101")
    assert alice.ping("10.9.0.1", "10.9.0.2")
    # charon may hang if it connects anew, for close_action, while it stops
    client.daemon.stop()


@pytest.mark.parametrize("before_break", [False, True])
def test_reauthenticated_meanwhile(gw, alice, before_break):
    """A new IKE_SA at the old address has to go, too, once somebody answers at
    the new one."""
    nets(gw, alice)
    both = pair(gw, alice)
    gw.charon(libipsec=True).load(both[0])
    client = Client(alice, libipsec=True, conf={
        "make_before_break": before_break, "retransmit_tries": 1,
        "retransmit_timeout": 0.3})
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(child="net")
    client.expect("current")
    client.name("10.1.0.101")
    client.log.expect("moving it there")
    client.vici.request("rekey", {"ike-id": "1", "reauth": True})
    client.log.expect(f"initiating IKE_SA .* to {gw.v4}", count=2)
    sa = client.at(gw.v4)
    assert sa.uniqueid > 1
    # seen as such, before somebody is there
    client.log.expect(rf"net\[{sa.uniqueid}\]: can't be moved from {gw.v4}")
    gw.ip("address add 10.1.0.101/24 dev eth0")
    client.at("10.1.0.101")
    assert alice.ping("10.9.0.1", "10.9.0.2")


def test_child_is_on_its_way(gw, alice):
    """A CHILD_SA that is being set up is so before the peer is moved, which
    would have one otherwise, while we didn't."""
    nets(gw, alice)
    gw.ip("address add 10.1.0.101/24 dev eth0")
    new = "10.9.0.3/32"
    gw.ip(f"address add {new} dev lo")
    both = pair(gw, alice, gateway={"children": {"new": {
        "local_ts": [new], "remote_ts": [LOCAL]}}}, initiator={"children": {
            "new": {"local_ts": [LOCAL], "remote_ts": [new]}}})
    server = gw.charon(libipsec=True)
    server.load(both[0])
    client = Client(alice, libipsec=True)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(child="net")
    client.expect("current")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        client.vici.request("initiate", {"child": "new", "timeout": -1})
        client.log.expect(r"<net\|1> generating CREATE_CHILD_SA request")
        client.name("10.1.0.101")
        client.expect("moving")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    client.log.expect(r"<net\|1> CHILD_SA new\{2\} established")
    assert {*client.at("10.1.0.101").children} >= {"net-3", "new-4"}


def test_who_does_not_answer(gw, alice):
    """An attempt ends, however many keyingtries there are; if charon gets
    elsewhere by them, the peer wasn't moved, but has a tunnel."""
    gw.ip("address add 10.1.0.101/24 dev eth0")
    both = pair(gw, alice, child=False, initiator={"keyingtries": 0})
    gw.charon().load(both[0])
    client = Client(alice, interval="60s", conf={"retransmit_tries": 1,
                                                 "retransmit_timeout": 0.3})

    def resolve(*addresses):
        client.name(*addresses)
        client.daemon.control.request("resolve-peer-names")

    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(ike="net")
    client.expect("current", host=gw.v4)
    # offline, as dynamic DNS has it
    resolve("0.0.0.0", "127.0.0.2")
    client.log.expect(f"can't resolve {NAME}: no address of a peer; its peers")
    resolve("10.1.0.98")
    client.log.expect(
        rf"can't be moved from {gw.v4} to 10.1.0.98: it doesn't answer there, "
        "or not as the same peer; trying again in 60 seconds")
    client.at(gw.v4)
    resolve("10.1.0.99")
    client.log.expect("is at 10.1.0.99 now, moving it there")
    # charon asks for this one by itself
    client.name("10.1.0.101")
    client.log.expect(rf"can't be moved from {gw.v4} to 10.1.0.99")
    sa = client.vici.expect_sas(1, up=True)[0]
    assert sa.remote_host in (gw.v4, "10.1.0.101")
    assert client.log.count(r"\]: moved from") == 0


def test_flapping(gw, alice):
    """Answers that take turns move a peer once."""
    gw.ip("address add 10.1.0.101/24 dev eth0")
    both = pair(gw, alice, child=False)
    gw.charon().load(both[0])
    client = Client(alice)
    client.daemon.load(both[1])
    client.name(gw.v4)
    client.vici.initiate(ike="net")
    client.expect("current")
    client.name("10.1.0.101")
    client.at("10.1.0.101")
    client.expect("current", host="10.1.0.101")
    client.name(gw.v4)
    client.expect("held", target=gw.v4)
    client.log.expect(rf"peer-resolve: net\[2\]: {NAME} changes to and fro; "
                      f"stays at 10.1.0.101 in place of {gw.v4}, until that "
                      "has been so for 10 times peer-resolve.interval")
    client.name("10.1.0.101")
    client.expect("current", host="10.1.0.101")
    assert client.log.count("moved from") == 1


def test_hung_server(gw, alice):
    """A name server that doesn't answer holds up neither charon's workers, nor
    logins by other names, nor the end."""
    conf = alice.lab.dir / "resolv.conf"
    conf.write_text(f"nameserver {gw.v4}\n")
    gw.ip("address add 10.1.0.101/24 dev eth0")
    names = [f"gw{n}.example" for n in range(20)]
    both = [pair(gw, alice, name=f"net{n}", child=False, gw_name="net",
                 initiator={"remote_addrs": [gw.v4, name]})
            for n, name in enumerate(names)]
    gw.charon().load(both[0][0])
    client = Client(alice)
    pid = client.daemon.pid
    mount = alice.run("nsenter", f"--mount=/proc/{pid}/ns/mnt",
                      f"--root=/proc/{pid}/root", "mount", "--bind", conf,
                      "/etc/resolv.conf")
    assert mount.returncode == 0
    with Dnsmasq(gw, gw.v4, {"example": gw.v4}) as server, server.hung():
        for n, (_, connection) in enumerate(both):
            client.daemon.load(connection)
            client.vici.initiate(ike=f"net{n}")
        wait_until(lambda: len(client.peers()) == 20, 10, "20 peers")
        # what is done for a moment doesn't count, and always takes six or less
        wait_until(lambda: sum(map(int, client.vici.stats()["workers"][
            "active"].values())) <= 6, 2, "idle workers")
        client.vici.terminate(ike="net0")
        begun = time.monotonic()
        client.daemon.stop()
        assert time.monotonic() - begun < patience(2)
