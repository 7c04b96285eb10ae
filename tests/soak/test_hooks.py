# SPDX-License-Identifier: GPL-2.0-or-later
"""What plugins do in hooks of the bus, watched by tests/watch: they have one
IKE_SA and the whole bus waiting for them."""

import contextlib
import re
import shutil

import pytest

from lab import ViciError, build, conns
from lab.everything import settings

LINE = re.compile(r"hook-watch: (\S+) (\S+): (\d+) calls, (\d+) blocked, "
                  r"longest (\d+) us, (\d+) checkouts")


# plugins that have hooks
LISTENERS = {"accounting", "auth-policy", "control", "filtermode",
             "ikev1-policy", "pcsc-token", "peer-log", "peer-resolve",
             "strict-bind", "unique-policy", "unity-ext"}
SETUPS = {"v2": conns.psk_ikev2}
if build.has_ikev1():
    SETUPS["v1"] = conns.psk_ikev1


@pytest.fixture
def server(lab, gw):
    gw.connect(lab.segment("10.2.0.0/24"))
    shutil.copy(build.watch("libstrongswan-hook-watch"), lab.plugin_dir)
    return gw.charon(
        plugins=settings(lab.dir / "peer.log") | {
            "hook-watch": {"load": 1000}},
        without=["socket-default"], libipsec=True)


def test_hooks(lab, gw, alice, server):
    client = alice.charon(libipsec=True)
    for number, (name, setup) in enumerate(SETUPS.items()):
        gw.ip(f"address add 10.77.{number}.1/32 dev lo")
        alice.ip(f"address add 10.78.{number}.1/32 dev lo")
        pair = setup(gw.v4, alice.v4, "p7@lab", name=name, child=(
            f"10.77.{number}.0/24", f"10.78.{number}.0/24"))
        server.load(pair[0])
        client.load(pair[1])
    for _ in range(20):
        for name in SETUPS:
            client.vici.initiate(child=name)
            client.vici.request("rekey", {"child": name})
            mark = client.log.mark()
            client.vici.request("rekey", {"ike": name})
            server.reload()
            # IKEv1 reauthenticates
            client.log.expect(rf"{name}\[\d+\] (rekeyed|established) between",
                              since=mark)
            # the one that was replaced may go by itself meanwhile
            with contextlib.suppress(ViciError):
                client.vici.terminate(ike=name, force=True)
    server.stop()
    assert not {match.group(1) for match in server.log.matches(
        r"hook-watch: hook \d+ of (\S+) isn't watched")} & set(build.plugins())
    hooks = [match.groups() for match in server.log.matches(LINE)
             if match.group(1) in build.plugins()]
    # all read what is logged at the start
    assert {plugin for plugin, hook, *_ in hooks if hook != "log"} == (
        LISTENERS & set(build.plugins()))
    for plugin, hook, *numbers in hooks:
        calls, blocked, longest, checkouts = map(int, numbers)
        assert not checkouts, (plugin, hook)
        # some are not the hook's fault: a thread that has a lock for a moment
        # may lose its CPU, on a busy machine more often than on another
        assert blocked <= max(1, calls / 20), (plugin, hook, calls, longest)
