# SPDX-License-Identifier: GPL-2.0-or-later
"""unique-policy on gateways that connect to each other, see sites.py."""

import pytest

import sites

# CPUs, not what they do, limit how many daemons there can be
pytestmark = pytest.mark.unsanitized


def test_sites(lab, pytestconfig):
    """No way loses its tunnel, or does worse than without the plugin. What one
    end takes for a leftover goes 10 s later."""
    every = pytestconfig.getoption("every_site")
    cells = sites.matrix() if every else sites.representative()
    outcomes = sites.run(lab, cells, 40 if every else 25)
    bad = list(sites.faults(cells, outcomes))
    assert not bad, "\n".join([f"{len(bad)} of {len(cells)}", *bad])
