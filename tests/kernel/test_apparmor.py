# SPDX-License-Identifier: GPL-2.0-or-later
"""Each plugin in a charon that AppArmor confines, on a kernel that has it.

       10.1.0.0/24
     gw ----------- alice
all plugins       unity-ext

With the profile as Debian ships it, what a plugin lacks is in LACKS, with the
line that it says so; all else works. With what our packages add to the profile
nothing is lacking, and the kernel has nothing to deny.
"""

import re
from pathlib import Path

import pytest

from lab import build, conns, wait_until
from lab.shell import run
from lab.vici import Vici
from vm import apparmor

pytestmark = pytest.mark.needs("esp", "own-kernel")

SECURITY = Path("/sys/kernel/security")
SOCKET = "run/charon.advanced.vici"
RESOLVER = Path("/usr/sbin/resolvconf")

LACKS = {
    "async-crypto": r"async-crypto: parallel_cpus = 0 is not in force, "
                    r"/sys/kernel/pcrypt/\S+: Permission denied$",
    "unity-ext": r"unity-ext: can't record DNS servers '10\.77\.1\.1' of "
                 r"'road' \[\d+\] in '/run/charon-unity-ext': Permission "
                 r"denied; see unity-ext\.state_dir$",
}
# control does without its lock on the folder, filtermode without names of
# groups and realms, and without the warning about xfrm_larval_drop
DENIED = {
    ("mkdir", "/run/charon-unity-ext/"),
    ("open", "/etc/iproute2/group"),
    ("open", "/etc/iproute2/rt_realms"),
    ("open", "/proc/sys/net/core/xfrm_larval_drop"),
    ("open", "/run/"),
    ("open", "/sys/kernel/pcrypt/pdecrypt/parallel_cpumask"),
    ("open", "/sys/kernel/pcrypt/pencrypt/parallel_cpumask"),
}


@pytest.fixture(params=["shipped", "completed"])
def profile(request):
    """The profile in force for all charons."""
    path = apparmor.WHERE / request.param
    if not path.exists():
        pytest.skip("no package apparmor, or no profile, to be had")
    if not (SECURITY / "apparmor").exists():
        run("mount", "-t", "securityfs", "none", SECURITY)
    (SECURITY / "apparmor/.replace").write_bytes(path.read_bytes())
    yield request.param
    (SECURITY / "apparmor/.remove").write_text(apparmor.NAME)


@pytest.fixture
def resolver():
    """A resolvconf that has nothing to do."""
    RESOLVER.write_text("#!/bin/sh\ncat > /dev/null\n")
    RESOLVER.chmod(0o755)
    yield
    RESOLVER.unlink()


def denied(gw):
    """(operation, what) that the kernel has denied charon."""
    text = gw.run("dmesg").stdout
    return {(operation, name) for operation, name in re.findall(
        r'apparmor="DENIED" operation="(\w+)" .*profile="/usr/lib/ipsec/'
        r'charon"(?: name="(.*?)")?', text)}


def test_profile(lab, gw, alice, profile, resolver):
    gw.run("dmesg", "--clear")
    gw.ip("address add 10.77.1.1/32 dev lo")
    plugins = {name: {} for name in build.plugins()} | {
        "async-crypto": {"algorithms": "rfc4106(gcm(aes))",
                         "parallel_cpus": "0"},
        "bypass": {"rules": {"a": {"src": "10.5.0.0/16", "dst": "10.6.0.1"}}},
        "control": {"socket": f"unix:///{SOCKET}"},
        "filtermode": {"mode": "ipsec"},
        "peer-log": {"rules": {"a": {"ids": "*", "file": lab.dir / "peer"}}},
        "strict-bind": {"interfaces": "eth0"},
        "unique-policy": {"mode": "replace"},
        "unity-ext": {"rules": {"a": {"ids": "road@lab", "dns": "10.77.1.1",
                                      "split_dns": "corp.lab"}}},
    }
    plugins = {name: value for name, value in plugins.items()
               if name in build.plugins()}
    server = gw.charon(plugins=plugins, without=["socket-default"])
    client = alice.charon(plugins={"unity-ext": {"dns_method": "resolvconf"}})
    for daemon in (server, client):
        assert Path(f"/proc/{daemon.pid}/attr/current").read_text().strip() \
            == f"{apparmor.NAME} (enforce)"
    config = conns.psk_ikev2(gw.v4, alice.v4, "road@lab", name="road", child=(
        "10.77.0.0/16", "dynamic"), gateway={"pools": ["pool"]},
        initiator={"vips": ["0.0.0.0"]})
    server.load(config[0], pools={"pool": {"addrs": "10.99.0.0/24"}})
    client.load(config[1])
    client.vici.initiate(child="road")
    # where the profile allows a socket
    control = Vici(Path(f"/proc/{server.pid}/root", SOCKET))
    session, = control.stream("list-sessions", "list-session")
    assert session["id"] == "road@lab"
    control.request("add-bypass", {"name": "b", "src": "10.5.0.0/16",
                                   "dst": "10.6.0.2"})
    policies = gw.run("ip", "xfrm", "policy").stdout
    assert "10.6.0.1/32" in policies and "10.6.0.2/32" in policies
    gw.run("nft", "flush", "ruleset")
    wait_until(lambda: "charon_filtermode" in gw.run(
        "nft", "list", "tables").stdout)
    assert "road@lab" in (lab.dir / "peer").read_text()
    later = gw.add_address().v4
    wait_until(lambda: f"{later}:500" in gw.run("ss", "-Hlun").stdout.replace(
        "%eth0", ""))
    if profile == "shipped":
        server.log.expect(LACKS["async-crypto"])
        client.log.expect(LACKS["unity-ext"])
        assert denied(gw) == DENIED
    else:
        client.log.expect("unity-ext: set DNS servers '10.77.1.1' of 'road'")
        assert not denied(gw)
        assert "Permission denied" not in server.log.text()
