# SPDX-License-Identifier: GPL-2.0-or-later
"""Each plugin in a charon that may do less than root.

     10.1.0.0/24, fd01::/64
        gw ----------- alice
     all plugins     unity-ext

user       started by root, which charon gives up (charon.user), as on Alpine
service    charon-systemd as another user, with the capabilities it needs
container  root with these capabilities, nothing but /run and the laboratory's
           folder to write to

What a plugin lacks there is in LACKS, the line that it says so with: all else
works. Both daemons are confined.
"""

import re
from collections import namedtuple
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from lab import Lab, ViciError, build, conns, pcsc, wait_until  # noqa: E402
from lab.vici import Vici  # noqa: E402

_CAPS = "-all,+net_admin,+net_raw,+net_bind_service"
_RUN = "chmod 755 /run\n"
# with a service manager's RuntimeDirectory
_SERVICE = _RUN + """
install -d -o nobody /run/charon
exec setpriv --reuid=nobody --regid=nogroup --clear-groups \
    --inh-caps="$1" --ambient-caps="$1" --bounding-set="$1" "${@:2}"
"""
_CONTAINER = _RUN + """
for at in "$2" /sys /proc/sys; do mount --bind "$at" "$at"; done
for at in / /sys /proc/sys; do mount -o remount,ro,bind "$at"; done
exec setpriv --bounding-set="$1" --inh-caps=-all --no-new-privs "${@:3}"
"""

HOW = {
    "user": lambda lab: {
        "conf": {"user": "nobody", "group": "nogroup"},
        "wrapper": ["bash", "-ec", _RUN + 'exec "$@"', "bash"]},
    "service": lambda lab: {
        "kind": "charon-systemd",
        "wrapper": ["bash", "-ec", _SERVICE, "bash", _CAPS]},
    "container": lambda lab: {
        "wrapper": ["bash", "-ec", _CONTAINER, "bash", _CAPS, lab.dir]},
}

NO_RECORD = (r"unity-ext: can't record DNS servers '10\.77\.1\.1' of 'road' "
             r"\[\d+\] in '/run/charon-unity-ext': Permission denied; see "
             r"unity-ext\.state_dir$")

LACKS = {
    # opened at the start, as root, but not after a rotation
    ("user", "peer-log"): r"peer-log: rules\.b\.file: can't open {}/b: "
    "Permission denied; the rule is not active$",
    ("user", "unity-ext"): NO_RECORD,
    ("service", "control"): r'control: socket = "unix:///run/charon\.advanced'
    r"\.vici\": can't listen there: Permission denied; trying again",
    ("service", "peer-log"): r"peer-log: rules\.b\.file: can't open {}/b: "
    "Permission denied; the rule is not active$",
    ("service", "unity-ext"): NO_RECORD,
    ("container", "peer-log"): r"peer-log: rules\.b\.file: can't open {}/b: "
    "Read-only file system; the rule is not active$",
}

Confined = namedtuple("Confined", "how lab gw alice server client card logs")


def _connections(gw, alice, pki):
    """(gateway's, client's): psk, road with DNS servers, cert, and many, an
    IKEv1 connection that is there to be looked at."""
    pairs = [
        conns.psk_ikev2(gw.v4, alice.v4, "a@lab", name="psk"),
        conns.psk_ikev2(gw.v4, alice.v4, "road@lab", name="road", child=(
            "10.77.0.0/16", "dynamic"), gateway={
                "pools": ["pool"], "remote": {"id": "road@lab"}},
            initiator={"vips": ["0.0.0.0"]}),
        conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), pki.issue("c@lab")),
    ]
    server = pairs[0][0] | pairs[1][0] | pairs[2][0]
    client = pairs[0][1] | pairs[1][1] | pairs[2][1]
    server.pools["pool"] = {"addrs": "10.99.0.0/24"}
    if build.is_stock("xauth-generic"):
        many = conns.psk_ikev1(gw.v4, alice.v4, name="many")[0]
        many.connections["many"]["children"] = {
            f"c{n}": {"local_ts": [f"10.88.{n}.0/24"]} for n in range(7)}
        server |= many
    return server, client


def _control(server, how):
    """Its socket, which only charon's own /run has."""
    path = "charon.advanced.vici"
    if (how, "control") in LACKS:
        server.log.expect(LACKS[how, "control"])
        path = "charon/control"
        server.reload(plugins=server._plugins | {
            "control": {"socket": f"unix:///run/{path}"}})
    return Vici(Path(f"/proc/{server.pid}/root/run/{path}"))


@pytest.fixture(scope="module")
def confined(request, pki):
    how = request.param
    with Lab() as lab:
        # whoever runs there writes logs and sockets
        lab.dir.chmod(0o777)
        (lab.dir / "program").write_text(
            f"#!/bin/sh\nenv > {lab.dir}/env\n"
            f"mv {lab.dir}/env {lab.dir}/dns.$1\n")
        (lab.dir / "program").chmod(0o755)
        # root's, or of what can't be written to
        logs = Path("/var/log") if how == "container" else lab.dir / "root"
        logs.mkdir(exist_ok=True)
        net = lab.segment("10.1.0.0/24", "fd01::/64")
        gw, alice = lab.host("gw", net), lab.host("alice", net)
        gw.ip("address add 10.77.1.1/32 dev lo")
        reader = pcsc.Pcscd(gw)
        reader.start()
        # as that of its systemd unit; there is no polkit here
        reader.socket.chmod(0o666)
        card = pcsc.PivCard(gw, "card", pki.issue("card@lab"))
        plugins = {name: {} for name in build.plugins()} | {
            "auth-policy": {"rules": {"c": {
                "ids": "c@lab", "revocation": "strict"}}},
            "bypass": {"rules": {"a": {
                "src": "10.5.0.0/16", "dst": "10.6.0.1"}}},
            "control": {"socket": "unix:///run/charon.advanced.vici"},
            "filtermode": {"mode": "ipsec"},
            "ikev1-policy": {"phase2_exchanges": "auto"},
            "pcsc-token": {"helper": build.BUILD /
                           "plugins/pcsc-token/pcsc-token-helper",
                           "tokens": {"a": {"module": pcsc.opensc(),
                                            "handle": "01",
                                            "pin": card.pin}}},
            "peer-log": {"rules": {
                "a": {"ids": "a@lab", "file": lab.dir / "peer"},
                "b": {"ids": "b@lab", "file": logs / "b"}}},
            "peer-resolve": {"connections": "follow"},
            "accounting": {"file": lab.dir / "accounting"},
            "revocation": {},
            "strict-bind": {"interfaces": "eth0"},
            "unique-policy": {"mode": "replace"},
            "unity-ext": {"rules": {"a": {
                "ids": "road@lab", "dns": "10.77.1.1",
                "split_dns": "corp.lab"}}},
        }
        plugins = {name: value for name, value in plugins.items()
                   if name in [*build.plugins(), "revocation"]}
        try:
            server = gw.charon(plugins=plugins, libipsec=True,
                               without=["socket-default"],
                               **HOW[how](lab) | {"env": reader.env})
            server.control = _control(server, how)
            more = HOW[how](lab)
            more["conf"] = more.get("conf", {}) | {"reuse_ikesa": False}
            client = alice.charon(plugins={"unity-ext": {
                "dns_method": "exec", "dns_program": lab.dir / "program"}},
                libipsec=True, **more)
            configs = _connections(gw, alice, pki)
            server.load(configs[0])
            client.load(configs[1])
            yield Confined(how, lab, gw, alice, server, client, card, logs)
        finally:
            reader.kill()
            card.remove()


def accounting(c):
    """Also after a rotation, in a folder that it may write to."""
    file = c.lab.dir / "accounting"
    c.client.vici.initiate(ike="psk")
    wait_until(lambda: '"start"' in file.read_text())
    file.rename(file.with_suffix(".1"))
    c.server.reload()
    wait_until(lambda: file.exists() and '"start"' in file.read_text())
    c.client.vici.terminate(ike="psk")
    wait_until(lambda: '"end"' in file.read_text())


def async_crypto(c):
    """Whatever the kernel has, it can be asked."""
    found = status(c, "async-crypto")
    assert "Operation not permitted" not in str(found["warnings"])


def auth_policy(c):
    with pytest.raises(ViciError):
        c.client.vici.initiate(ike="cert")
    c.server.log.expect("auth-policy: refused certificate .* revocation is "
                        "strict and there is neither a CRL nor an URI")


def bypass(c):
    """At run time, too."""
    c.server.control.request("add-bypass", {
        "name": "b", "src": "10.5.0.0/16", "dst": "10.6.0.2"})
    found = c.gw.run("ip", "xfrm", "policy").stdout
    assert {"10.6.0.1/32", "10.6.0.2/32"} <= set(found.split())


def control(c):
    """With a socket in a folder that it may write to, after a reload."""
    assert c.server.control.request("version")["daemon"] in (
        "charon", "charon-systemd")
    assert "socket" in status(c, "control")


def filtermode(c):
    """What others remove is back."""
    c.gw.run("nft", "flush", "ruleset")
    wait_until(lambda: "charon_filtermode" in c.gw.run(
        "nft", "list", "tables").stdout)


def ikev1_policy(c):
    wait_until(lambda: status(c, "ikev1-policy")["window"] != "3")


def pcsc_token(c):
    c.card.insert()
    c.server.log.expect(r"pcsc-token: tokens\.a: loaded the key of the card",
                        15)


def peer_log(c):
    """Also after a rotation, in a folder that it may write to."""
    file = c.lab.dir / "peer"
    c.client.vici.initiate(ike="psk")
    wait_until(lambda: "established between" in file.read_text())
    for path in (file, c.logs / "b"):
        if path.exists():
            path.rename(path.with_suffix(".1"))
    c.server.reload()
    c.client.vici.terminate(ike="psk")
    wait_until(lambda: "deleting IKE_SA" in file.read_text())


def peer_resolve(c):
    """By the resolver's files."""
    c.server.load(conns.psk_ikev2("%any", c.gw.v4, name="follow", initiator={
        "remote_addrs": [c.alice.v4, "localhost"]})[1])
    c.client.load(conns.psk_ikev2(c.alice.v4, "%any", name="follow")[0])
    c.server.vici.initiate(ike="follow")
    wait_until(lambda: "current" in str(c.server.control.stream(
        "list-peer-names", "list-peer-name")), 5, lambda: str(
            c.server.control.stream("list-peer-names", "list-peer-name")))
    c.server.vici.terminate(ike="follow")


def strict_bind(c):
    """An address that comes later."""
    later = c.gw.add_address().v4
    wait_until(lambda: {f"{later}:500", f"{later}:4500"} <= set(
        c.gw.run("ss", "-Hlun").stdout.replace("%eth0", "").split()))


def unique_policy(c):
    for _ in range(2):
        c.client.vici.initiate(ike="psk")
    c.server.log.expect(r"unique-policy: IKE_SA \[\d+\] supersedes")
    c.client.vici.terminate(ike="psk")


def unity_ext(c):
    """With records in a folder that it may write to, after a reload."""
    c.client.vici.initiate(child="road")
    if (c.how, "unity-ext") in LACKS:
        c.client.log.expect(LACKS[c.how, "unity-ext"])
        c.client.vici.terminate(ike="road")
        c.client.reload(plugins={"unity-ext": c.client._plugins["unity-ext"] | {
            "state_dir": c.lab.dir / "state"}})
        c.client.vici.initiate(child="road")
    wait_until((c.lab.dir / "dns.up").exists)
    assert "10.77.1.1" in (c.lab.dir / "dns.up").read_text()
    c.client.vici.terminate(ike="road")
    wait_until((c.lab.dir / "dns.down").exists)


def status(c, plugin):
    return c.server.control.plugin(plugin)


@pytest.mark.parametrize("plugin", build.plugins())
@pytest.mark.parametrize("confined", [
    pytest.param(how, marks=pytest.mark.xdist_group(f"confined-{how}"))
    for how in HOW], indirect=True)
def test_plugin(confined, plugin):
    globals()[plugin.replace("-", "_")](confined)
    line = LACKS.get((confined.how, plugin))
    log = (confined.client if plugin == "unity-ext" else confined.server).log
    said = [found for found in log.text().splitlines()
            if re.search("denied|not permitted|Read-only", found) and
            f" {plugin}: " in found]
    if line:
        assert any(re.search(line.format(re.escape(str(confined.logs))), text)
                   for text in said), said
    else:
        assert not said


def test_files_of_root(lab, gw):
    """What root may read is read at the start, but not by a reload: what it
    had is kept, and status says so."""
    lab.dir.chmod(0o777)
    file = lab.dir / "networks"
    file.write_text("10.5.0.0/16\n")
    file.chmod(0o600)
    daemon = gw.charon(plugins={"control": {}, "bypass": {"rules": {"a": {
        "src": f"@{file}", "dst": "10.6.0.1"}}}}, **HOW["user"](lab))

    def shown():
        return daemon.swanadv("status", check=False).stdout

    assert "NOT IN FORCE" not in shown()
    daemon.reload()
    line = (rf'bypass: rules\.a\.src = "@{re.escape(str(file))}": Permission '
            "denied, expected a file with an item a line")
    daemon.log.expect(line + "; keeping the previous settings$")
    assert re.search("^NOT IN FORCE " + line, shown(), re.M)
    assert "10.6.0.1/32" in gw.run("ip", "xfrm", "policy").stdout.split()
    file.chmod(0o644)
    daemon.reload()
    wait_until(lambda: "NOT IN FORCE" not in shown())
