# SPDX-License-Identifier: GPL-2.0-or-later
"""async-crypto where the kernel can't do it: it says so and stands back.

    gw ------------- alice
       10.1.0.0/24
"""

import socket

import pytest

from lab import conns

NETLINK_CRYPTO = 21


def start(host, **settings):
    return host.charon(plugins={"async-crypto": settings, "control": {}})


def test_no_interface(gw, alice):
    """Said once, also with reloads; IKE goes on."""
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                      NETLINK_CRYPTO).close()
    except OSError:
        pass
    else:
        pytest.skip("this kernel has the interface, see tests/kernel")
    gateway, client = start(gw), alice.charon()
    for daemon, side in zip((gateway, client),
                            conns.psk_ikev2(gw.v4, alice.v4)):
        daemon.load(side)
    client.vici.initiate(ike="psk")
    gateway.vici.expect_sas(1, up=True)
    assert gateway.log.count(
        r"async-crypto: the kernel has no crypto user interface "
        r"\(CONFIG_CRYPTO_USER\): .*; SAs use its algorithms as they are") == 1
    status = gateway.control.plugin("async-crypto")
    assert status["warnings"] == ["the kernel has no crypto user interface "
                                  "(CONFIG_CRYPTO_USER)"]
    assert (status["algorithms"], status["parallel"]) == ("auto", [])


def test_invalid(gw):
    """Every error is named, and the plugin isn't loaded."""
    daemon = start(gw, algorithms="auto, x(", parallel_cpus="-1")
    for line in (r'algorithms = "x\(": expected auto, off, or at most 64 of '
                 "the kernel's names",
                 'parallel_cpus = "-1": expected a list of this kernel\'s '
                 "CPUs, which are 0"):
        daemon.log.expect("async-crypto: " + line)
    assert "async-crypto" not in daemon.vici.stats()["plugins"]
