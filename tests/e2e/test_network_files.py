# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks from files, wherever an option takes networks."""

import re

import pytest

from lab import build, conf
from lab.shell import run

RULE = {"src": "10.1.0.0/24"}


def plugins(where):
    """Each plugin with an option that takes networks, all from one file."""
    every = {
        "bypass": {"rules": {"r": {**RULE, "dst": f"10.9.0.0/16, {where}"}}},
        "filtermode": {"mode": "ipsec", "rules": {
            "r": {"src": where, "action": "drop"}}},
        "ikev1-policy": {"unencrypted_main_mode": True,
                         "unencrypted_main_mode_peers": where},
        "peer-log": {"rules": {"r": {
            "addresses": where, "ike": 2, "syslog": "daemon"}}},
        "strict-bind": {"addresses": f"10.1.0.1, {where}"},
        "unity-ext": {"rules": {"g": {"ids": "*", "split_include": where}}},
    }
    return {name: every[name] for name in every if name in build.plugins()}


KEYS = ["bypass: rules.r.dst", "filtermode: rules.r.src",
        "ikev1-policy: unencrypted_main_mode_peers",
        "peer-log: rules.r.addresses", "strict-bind: addresses",
        "unity-ext: rules.g.split_include"]
KEYS = [key for key in KEYS if key.split(":")[0] in build.plugins()]


@pytest.fixture
def nets(lab):
    """The file."""
    path = lab.dir / "nets"
    path.write_text("# branches\n10.2.0.0/16\n10.4.0.0/16 # Bern\n")
    return path


@pytest.fixture
def server(gw, nets):
    return gw.charon(plugins=plugins(f"@{nets}"), without=["socket-default"])


def in_force(gw):
    """The networks that the kernel was told of, by bypass and filtermode."""
    text = gw.run("ip", "xfrm", "policy").stdout
    table = gw.run("nft", "list", "table", "inet", "charon_filtermode").stdout
    return tuple(sorted(set(re.findall(rf"10\.[2-8]\.0\.0/16", found)))
                 for found in (text, table))


def test_followed(gw, nets, server):
    """Read at the start and at each reload, nothing else changed."""
    assert in_force(gw) == (["10.2.0.0/16", "10.4.0.0/16"],) * 2
    nets.write_text("10.4.0.0/16\n10.6.0.0/16\n")
    server.vici.reload_settings()
    server.log.expect("bypass: .*, 6 added, 6 removed")
    assert in_force(gw) == (["10.4.0.0/16", "10.6.0.0/16"],) * 2


def test_invalid(gw, nets, server):
    """Each plugin names the line, and all is as it was."""
    before = in_force(gw)
    nets.write_text("# branches\n10.3.0.0/16\n10.300.0.0/16\n")
    mark = server.log.mark()
    server.vici.reload_settings()
    for key in KEYS:
        server.log.expect(re.escape(f'{key} = "10.300.0.0/16": {nets}:3, '
                                    "expected ") +
                          ".*; keeping the previous settings", since=mark)
    assert in_force(gw) == before


@pytest.mark.parametrize("reason", ["No such file or directory",
                                    "it has no items"])
def test_lost(gw, nets, server, reason):
    """Neither a missing nor an empty file means that there are none."""
    before = in_force(gw)
    nets.unlink()
    if reason == "it has no items":
        nets.touch()
    mark = server.log.mark()
    server.vici.reload_settings()
    for key in KEYS:
        server.log.expect(re.escape(f'{key} = "@{nets}": {reason}, expected a '
                                    "file with an item a line; keeping the "
                                    "previous settings"), since=mark)
    assert in_force(gw) == before


def test_checked_offline(lab, nets):
    """swanadv check reads the files, too."""
    file = lab.dir / "check.conf"
    file.write_text(conf.dumps({"charon": {"plugins": plugins(f"@{nets}")}}))
    run(build.swanadv(), "check", file)
    nets.write_text("10.300.0.0/16\n")
    done = run(build.swanadv(), "check", file, check=False)
    assert done.returncode == 1
    for key in KEYS:
        plugin, option = key.split(": ")
        assert re.search(rf"^{file}:\d+: .*{re.escape(option)} = "
                         rf'"10\.300\.0\.0/16": {nets}:1, expected ',
                         done.stdout, re.MULTILINE), plugin
