# SPDX-License-Identifier: GPL-2.0-or-later
"""unity-ext on a gateway, with vpnc as the client.

        10.1.0.0/24
    ----+---------+----
        |         |
       gw       alice          gw has 10.77.{1,2,9}.1

Only 10.77.1.0/24 and 10.77.2.0/24 are reached through the tunnel.
"""

import shutil

import pytest

from lab import conns, wait_until
from lab.conf import merge
from lab.vpnc import Vpnc

pytestmark = pytest.mark.skipif(not shutil.which("vpnc"),
                                reason="vpnc isn't installed")

USER, PASSWORD = "alice", "lab-password"
GROUP = "labgroup"
NETS = ["10.77.1.0/24", "10.77.2.0/24"]
STAFF = {
    "connections": "road*",
    "banner": "Welcome to the \"lab\"\nbehave",
    "default_domain": "corp.lab",
    "split_dns": "corp.lab, Example.ORG.",
    "split_include": "10.77.1.0/24, 10.77.2.0/24",
    "split_exclude": "192.168.7.0/24",
    "backup_servers": "192.0.2.1, gw2.corp.lab",
    "save_password": True,
    "pfs": False,
    "dns": "10.77.1.1, 10.77.2.1",
    "nbns": "10.77.1.3",
}


def gateway(gw, rules=None, plugins=None, pool=None, **conf):
    """A gateway that vpnc can talk to."""
    for net in (*NETS, "10.77.9.0/24"):
        gw.ip(f"address add {net.replace('.0/24', '.1/32')} dev lo")
    config, _ = conns.xauth(
        gw.v4, "%any", USER, PASSWORD, name="road", aggressive=True,
        child=(NETS, "dynamic"),
        gateway={"proposals": ["aes256-sha1-modp2048"], "pools": ["pool"],
                 "local": {"id": gw.v4}, "dpd_delay": 0,
                 "remote": {"id": f"keyid:{GROUP}"}, "children": {"road": {
                     "esp_proposals": ["aes256-sha1", "aes128-sha1"]}}})
    daemon = gw.charon(
        libipsec=True, conf={"cisco_unity": True, **conf},
        plugins=merge({"unity-ext": {"rules": rules or {}}}, plugins or {}))
    daemon.load(config, pools={
        "pool": {"addrs": "10.99.0.0/24", **(pool or {})}})
    return daemon


def vpnc(alice, gw):
    return Vpnc(alice, gw.v4, GROUP, conns.SECRET, USER, PASSWORD)


EXPECTED = {
    "CISCO_BANNER": STAFF["banner"],
    "CISCO_DEF_DOMAIN": "corp.lab",
    "CISCO_SPLIT_DNS": "corp.lab,example.org",
    "CISCO_SPLIT_INC": "2",
    "CISCO_SPLIT_INC_0_ADDR": "10.77.1.0",
    "CISCO_SPLIT_INC_0_MASK": "255.255.255.0",
    "CISCO_SPLIT_INC_0_MASKLEN": "24",
    "CISCO_SPLIT_INC_0_PROTOCOL": "0",
    "CISCO_SPLIT_INC_0_SPORT": "0",
    "CISCO_SPLIT_INC_0_DPORT": "0",
    "CISCO_SPLIT_INC_1_ADDR": "10.77.2.0",
    "CISCO_SPLIT_INC_1_MASK": "255.255.255.0",
    "CISCO_SPLIT_INC_1_MASKLEN": "24",
    "INTERNAL_IP4_ADDRESS": "10.99.0.1",
    "INTERNAL_IP4_DNS": "10.77.1.1 10.77.2.1",
    "INTERNAL_IP4_NBNS": "10.77.1.3",
}


def picked(environment, names=EXPECTED):
    return {name: environment.get(name) for name in names}


def test_vpnc(gw, alice):
    """Everything a group has, beside stock unity, attr and a pool that have
    it, too: nothing arrives twice."""
    daemon = gateway(
        gw, {"staff": STAFF},
        {"unity": {}, "attr": {"28672": "from-attr", "28675": "attr.lab",
                               "split-include": "10.66.0.0/16",
                               "28674": "attr.lab", "dns": "10.66.0.1"}},
        {"split_include": ["10.66.2.0/24"], "dns": ["10.66.0.2"]})
    alice.route("10.77.9.0/24", via=gw.v4)
    with vpnc(alice, gw) as client:
        environment = client.environment()
        assert picked(environment) == EXPECTED
        assert client.log.count("got save password setting: 1") == 1
        assert client.log.count("got pfs setting: 0") == 1
        assert client.log.count("unknown attribute 28678") == 0
        daemon.vici.expect_sas(1, up=True)
        with gw.capture("icmp or udp port 4500") as wire:
            wait_until(lambda: alice.ping("10.77.1.1", timeout=1), 10)
            assert alice.ping("10.77.2.1")
            wire.expect(r"\.4500: UDP-encap")
            assert not wire.count("ICMP")
            assert alice.ping("10.77.9.1")
            wire.expect("ICMP")
    daemon.vici.expect_sas(0)
    daemon.log.expect(
        r"unity-ext: 'alice' at [\d.]+ matches rule 'staff', sending")


def test_short_entries(gw, alice):
    """Without a group, what attr and a pool have is merged, in the form that
    vpnc takes."""
    gateway(gw, plugins={"attr": {"split-include": "10.77.1.0/24",
                                  "28674": "attr.lab"}},
            pool={"split_include": ["10.77.2.0/24", "10.77.1.0/24"]})
    with vpnc(alice, gw) as client:
        environment = client.environment()
    assert environment["CISCO_DEF_DOMAIN"] == "attr.lab"
    assert picked(environment, ["CISCO_SPLIT_INC", "CISCO_SPLIT_INC_0_ADDR",
                                "CISCO_SPLIT_INC_1_ADDR"]) == {
        "CISCO_SPLIT_INC": "2", "CISCO_SPLIT_INC_0_ADDR": "10.77.1.0",
        "CISCO_SPLIT_INC_1_ADDR": "10.77.2.0"}


def test_reload(gw, alice):
    """The first rule that matches counts, new settings for the next client,
    and invalid ones not at all."""
    plugins = {"unity-ext": {"rules": {
        "bob": {"ids": "bob", "banner": "not yours"},
        "alice": {"ids": "alice", "banner": "first"},
        "all": {"connections": "*", "banner": "last"}}}}
    daemon = gateway(gw, plugins=plugins, cisco_unity=False)
    daemon.log.expect(r"unity-ext: charon.cisco_unity isn't set, .*; set "
                      r"charon.cisco_unity = yes")
    with vpnc(alice, gw) as client:
        assert client.environment()["CISCO_BANNER"] == "first"

    rules = plugins["unity-ext"]["rules"]
    rules["alice"] |= {"banner": "second", "dns": "ns.lab"}
    daemon.reload(plugins=plugins)
    daemon.log.expect(r'unity-ext: rules.alice.dns = "ns.lab": expected IP '
                      r"addresses, .*; keeping the previous settings")
    with vpnc(alice, gw) as client:
        assert client.environment()["CISCO_BANNER"] == "first"

    rules["alice"]["dns"] = "10.77.1.1"
    daemon.reload(plugins=plugins)
    with vpnc(alice, gw) as client:
        environment = client.environment()
    assert environment["CISCO_BANNER"] == "second"
    assert environment["INTERNAL_IP4_DNS"] == "10.77.1.1"
