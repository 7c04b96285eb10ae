# SPDX-License-Identifier: GPL-2.0-or-later
"""A laboratory of network namespaces with real charon daemons in them.

Needs no pytest: conftest.py wraps it for the tests, scripts/demo imports it.

    with Lab() as lab:
        net = lab.segment("10.1.0.0/24", "fd01::/64")
        gw = lab.host("gw", net).charon(plugins={"unique-policy": {}})
"""

from lab import conns
from lab.build import BuildError
from lab.daemon import DaemonError
from lab.pki import Pki
from lab.poll import Timeout, wait_until
from lab.topology import Lab
from lab.vici import ViciError

__all__ = ["BuildError", "DaemonError", "Lab", "Pki", "Timeout", "ViciError",
           "conns", "wait_until"]
