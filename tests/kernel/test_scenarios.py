# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenario of charon-advanced(7) whose tunnel comes up by its traffic, from
the text of the page."""

import pytest

from lab import wait_until
from lab.manual import Section, branch_office

pytestmark = pytest.mark.needs("esp", "nft")


def test_branch_office(lab):
    page = Section("Branch office behind NAT, both ends may initiate")
    ends = branch_office(lab, lab.segment("192.0.2.0/24"))
    daemons = [page.charon("Headquarters", ends.hq),
               page.charon("Branch", ends.branch)]
    for sender, target, source in ends.pings:
        wait_until(lambda: sender.ping(target, source), 10,
                   "the tunnel to carry packets")
        assert all(len(daemon.vici.list_children()) == 1
                   for daemon in daemons)
        # not by the tunnel, which is for all of 10.0.0.0/8
        assert ends.pc.ping("10.2.0.1")
        daemons[0].vici.terminate(ike="branch-ulm")
        daemons[1].vici.expect_sas(0)
