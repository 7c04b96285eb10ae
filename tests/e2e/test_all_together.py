# SPDX-License-Identifier: GPL-2.0-or-later
"""All plugins in one daemon, beside those of upstream that touch the same."""

import pytest

from lab import build, conns

# as far as the distribution has them
UPSTREAM = [name for name in ("attr", "bypass-lan", "connmark", "counters",
                              "duplicheck", "unity", "updown")
            if build.is_stock(name)]
USER = "mobile@lab"
BAD = "failed to load|not loading|not started|keeping the previous"


def start(gw, **more):
    settings = {name: {} for name in [*UPSTREAM, *build.plugins()]}
    settings |= {"strict-bind": {"interfaces": "eth0"},
                 "unique-policy": {"mode": "replace"},
                 "bypass": {"lan": True}, **more}
    return gw.charon(plugins=settings, without=["socket-default"])


@pytest.fixture
def server(gw):
    return start(gw)


def test_all_load(server):
    loaded = set(server.vici.stats()["plugins"])
    assert loaded >= {*UPSTREAM, *build.plugins()}
    assert not server.log.count(BAD)
    server.reload()
    assert not server.log.count(BAD)


@pytest.mark.skipif("bypass-lan" not in UPSTREAM, reason="no bypass-lan")
def test_bypass_lan_is_named(gw, server):
    """Once at the start and once for a reload, and only if both do it."""
    line = (r"bypass: plugin bypass-lan excludes local subnets, too, .*; set "
            r"charon\.plugins\.bypass-lan\.load = no$")
    server.log.expect(line)
    assert server.log.count(line) == 1
    mark = server.log.mark()
    server.reload(plugins={"strict-bind": {"interfaces": "eth0"},
                           "bypass": {"lan": False}})
    server.log.expect("bypass: 0 policies for ", since=mark)
    assert server.log.count(line) == 1


def test_duplicates_are_handled_once(gw, alice, bob, server):
    """The old session goes once, the new one stays."""
    pairs = {host: conns.psk_ikev2(gw.v4, host.v4, USER)
             for host in (alice, bob)}
    # the gateway's half is the same for both
    server.load(pairs[alice][0])
    for host, pair in pairs.items():
        daemon = host.charon()
        daemon.load(pair[1])
        daemon.vici.initiate(ike=next(iter(pair[1].connections)))
    server.log.expect(r"unique-policy: IKE_SA \[2\] replaces \[1\]")
    assert server.log.count("unique-policy: IKE_SA .* replaces") == 1
    server.vici.expect_sas(1)
