# SPDX-License-Identifier: GPL-2.0-or-later
"""unique-policy on gateways that connect to each other, see sites.py."""

import pytest

import sites
from lab import build, conns

MODES = ("replace", "keep", "no", "never")
SETUPS = [conns.psk_ikev2, *([conns.psk_ikev1] if build.has_ikev1() else [])]


# CPUs, not what they do, limit how many daemons there can be
@pytest.mark.unsanitized
def test_sites(lab, pytestconfig):
    """No way loses its tunnel, or does worse than without the plugin. What one
    end takes for a leftover goes 10 s later."""
    every = pytestconfig.getoption("every_site")
    cells = sites.matrix() if every else sites.representative()
    outcomes = sites.run(lab, cells, 40 if every else 25)
    bad = list(sites.faults(cells, outcomes))
    assert not bad, "\n".join([f"{len(bad)} of {len(cells)}", *bad])


def test_restarted_peer(gw, alice):
    """What we initiated goes if the peer says that it has no other, and if the
    mode listens to that; else it stays, beside what the peer initiates."""
    rules, pairs = {}, {}
    for mode in MODES:
        for setup in SETUPS:
            for contact in True, False:
                name = f"{mode}-{setup.__name__}-{contact}"
                host = alice.add_address().v4
                rules[name] = {"connections": name, "mode": mode}
                pairs[name] = setup(
                    gw.v4, host, f"{name}@lab", name=name,
                    gateway={"remote_addrs": [host],
                             "remote": {"id": f"{name}@lab"}},
                    initiator={} if contact else {"unique": "never"})
    server = gw.charon(plugins={"unique-policy": {"rules": rules}},
                       conf=conns.MANY_CLIENTS)
    peer = alice.charon(conf=conns.MANY_CLIENTS)
    for pair in pairs.values():
        server.load(pair[0])
        peer.load(pair[1])
    assert all(server.vici.initiate_many(pairs).values())
    peer.kill()
    peer.start()
    for pair in pairs.values():
        peer.load(pair[1])
    assert all(peer.vici.initiate_many(pairs).values())
    for name in pairs:
        goes = name.endswith("True") and not name.startswith("never")
        sas = server.vici.expect_sas(1 if goes else 2, name=name)
        assert [sa.initiator for sa in sas] == [True, False][goes:], name
