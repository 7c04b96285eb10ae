# SPDX-License-Identifier: GPL-2.0-or-later
"""strongSwan's own settings of the advanced page that take the kernel's ESP:
IP compression and make before break.

        10.1.0.0/24, fd01::/64
    ----+-----------+----
        |           |
       gw         alice
"""

import re

import pytest

import esp

pytestmark = pytest.mark.needs("esp")

_ECHO = 1200
"""Payload of compressible echo requests, in bytes."""


def wire_length(alice, address):
    """Largest ESP packet that a compressible echo takes."""
    with alice.capture("esp") as capture:
        alice.run("ping", "-n", "-c", 3, "-i", 0.2, "-s", _ECHO, "-p", "00",
                  address)
        capture.expect("ESP")
        return max(int(re.search(r"length (\d+)$", line)[1])
                   for line in capture.lines())


@pytest.mark.parametrize("family", ["v4", "v6"])
@pytest.mark.needs("ipcomp")
def test_ipcomp(gw, alice, family):
    """IPComp SAs in the kernel of both, and fewer bytes on the wire."""
    ours, theirs = getattr(gw, family), getattr(alice, family)
    esp.connect(gw, alice, esp.pair(
        ours, theirs, (ours, theirs),
        gw_child={"ipcomp": True}, client_child={"ipcomp": True}))
    for host in (gw, alice):
        comp = esp.states(host, "comp")
        assert len(comp) == 2, comp
        assert all("comp deflate" in state for state in comp)
    assert wire_length(alice, ours) < _ECHO / 4


@pytest.mark.parametrize("proposer", ["gw", "alice", None])
@pytest.mark.needs("ipcomp")
def test_ipcomp_one_sided(gw, alice, proposer):
    """If only one side wants it the tunnel comes up without."""
    esp.connect(gw, alice, esp.pair(
        gw.v4, alice.v4, (gw.v4, alice.v4),
        gw_child={"ipcomp": proposer == "gw"},
        client_child={"ipcomp": proposer == "alice"}))
    for host in (gw, alice):
        assert len(esp.states(host, "esp")) == 2
        assert not esp.states(host, "comp")
    assert wire_length(alice, gw.v4) > _ECHO
