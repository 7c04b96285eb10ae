# SPDX-License-Identifier: GPL-2.0-or-later
"""unity-ext on both ends, with the kernel's ESP.

        10.1.0.0/24
    ----+---------+----
        |         |
       gw       alice          gw has 10.77.{1,9}.1
"""

import pytest

import esp
from lab import conns, wait_until

pytestmark = pytest.mark.needs("esp")

OPTIONS = {
    "name": "road", "child": (["10.77.1.0/24"], "dynamic"),
    "gateway": {"pools": ["pool"], "encap": False},
    "initiator": {"vips": ["0.0.0.0"], "encap": False, "children": {"road": {
        "remote_ts": ["10.77.0.0/16"]}}},
}


def test_split_include(lab, gw, alice):
    """What is included goes through the tunnel, and nothing else does; names
    in the domains are the program's to resolve."""
    config = conns.xauth(gw.v4, alice.v4, "alice", **OPTIONS)
    for address in "10.77.1.1", "10.77.9.1":
        gw.ip(f"address add {address}/32 dev lo")
    server = gw.charon(conf={"cisco_unity": True}, plugins={
        "unity-ext": {"rules": {"a": {
            "connections": "road", "banner": "hello",
            "split_dns": "corp.lab", "dns": "10.77.1.1",
            "split_include": "10.77.1.0/24"}}}})
    server.load(config[0], pools={"pool": {"addrs": "10.99.0.0/24"}})
    program = lab.dir / "program"
    program.write_text("#!/bin/sh\n"
                       f'echo "$1 $UNITY_DOMAINS" >> {lab.dir}/told\n')
    program.chmod(0o755)
    client = alice.charon(conf={"cisco_unity": True}, plugins={
        "unity": {}, "unity-ext": {
            "state_dir": lab.dir / "state", "dns_method": "exec",
            "dns_program": program}})
    client.load(config[1])
    client.vici.initiate(child="road")
    client.log.expect("unity-ext: banner of gateway .*: hello")
    told = lab.dir / "told"
    wait_until(told.exists, 10, "the program to be called")
    assert told.read_text() == "up corp.lab\n"
    assert len(esp.states(alice, "esp")) == 2
    with alice.capture("esp") as capture:
        assert alice.ping("10.77.1.1")
        capture.expect(r"10\.1\.0\.1 > .*: ESP")
    policies = alice.run("ip", "xfrm", "policy").stdout
    assert "dst 10.77.1.0/24" in policies
    assert "10.77.9" not in policies and "10.77.0.0/16" not in policies
    assert not alice.ping("10.77.9.1", timeout=0.5)
    client.vici.terminate(ike="road")
    wait_until(lambda: told.read_text() == "up corp.lab\ndown corp.lab\n", 10)
    assert not esp.states(alice, "esp")
