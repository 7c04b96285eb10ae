# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of a peer's identities counts, where charon itself ends EAP.

    10.1.0.0/24
    ----+--------+-------+-------+----
        |        |       |       |
        gw     alice    bob    carol

A client with two names says one of them outside of EAP-TTLS, and proves to be
the other one within. Charon binds that one to the IKE_SA since the fix for
CVE-2026-78134: it is tried with the installed plugin eap-ttls, and with that of
another revision of the same version, if Debian still has one.
"""

import re
import shutil

import pytest

from lab import build, conns, debs
from lab.shell import run

PACKAGE = "libcharon-extra-plugins"
TTLS = "libstrongswan-eap-ttls.so"
# what the plugin says since the fix
FIXED = b"keeping certificate-authenticated identity"

pytestmark = pytest.mark.skipif(not build.is_stock("eap-ttls"),
                                reason="this strongSwan has no eap-ttls")


def installed():
    """The plugin that the host has."""
    return build.plugin_dir() / TTLS


def former():
    """That of an older revision of the same version."""
    found = run("dpkg-query", "-W", "-f", "${Version}", PACKAGE, check=False)
    if build.PREFIX or found.returncode:
        pytest.skip("not Debian's strongSwan")
    current = found.stdout
    madison = run("apt-cache", "madison", PACKAGE).stdout
    for version in re.findall(r"\| (\S+) \|", madison):
        if (version.rsplit("-", 1)[0] == current.rsplit("-", 1)[0] and
                run("dpkg", "--compare-versions", version, "lt", current,
                    check=False).returncode == 0):
            return (debs.unpacked(f"{PACKAGE}={version}") /
                    "usr/lib/ipsec/plugins" / TTLS)
    return pytest.skip(f"apt has no revision before {current}")


# EAP method, the gateway's plugin, and what asks for certificates within
ROWS = {
    "EAP-MSCHAPv2": ("mschapv2", None),
    "EAP-TTLS": ("ttls", installed),
    "EAP-TTLS of the revision before": ("ttls", former),
}


@pytest.fixture
def carol(lab, net):
    return lab.host("carol", net)


def dial(host, config, method, outer):
    """Initiate with a name that is said outside."""
    more = {"plugins": ["eap-ttls"]}
    if method == "ttls":
        for section, options in config.connections["eap"].items():
            if section in ("local", "local-2"):
                options["aaa_id"] = "gw.lab"
        more = {"plugins": {"two-names": {"outer": outer, "load": 1000},
                            "eap-ttls": {}},
                "without": ["eap-identity"]}
    daemon = host.charon(**more)
    daemon.load(config)
    return daemon.vici.initiate(ike="eap", must=False)


@pytest.mark.parametrize("row", ROWS)
def test_identity_that_counts(lab, gw, alice, bob, carol, pki, row,
                              record_property):
    """For unique-policy's limit and rules."""
    method, plugin = ROWS[row]
    path = plugin and plugin()
    shutil.copy(build.watch("libstrongswan-two-names"), lab.plugin_dir)
    if path:
        shutil.copy(path, lab.plugin_dir)
    inner = not path or FIXED in path.read_bytes()
    server = gw.charon(plugins={
        "unique-policy": {"mode": "keep", "rules": {
            "proven": {"ids": "one", "limit": 1},
            "said": {"ids": "anonymous", "limit": 1}}},
        "control": {}, "eap-ttls": {"phase2_method": "md5"}})
    credential = pki.issue("gw.lab")

    def pair(address, user):
        return conns.eap(gw.v4, address, user, method=method,
                         gw_credential=credential)

    server.load(*(pair("%any", user)[0] for user in ("one", "two")))

    def login(host, user, outer):
        return dial(host, pair(host.v4, user)[1], method, outer)

    assert login(alice, "one", "anonymous")
    name, rule = ("one", "proven") if inner else ("anonymous", "said")
    session, = server.control.stream("list-sessions", "list-session")
    assert (session["id"], session["rule"]) == (name, rule)
    # the same user once more, and somebody else who says to be the first
    assert login(bob, "one", "another") is not inner
    assert login(carol, "two", "anonymous") is inner
    assert server.log.count(f"unique-policy: rejected '{name}'") == 1
    record_property("row", {"method": row, "counts":
                            "inner" if inner else "outer"})


@pytest.mark.parametrize("row", [name for name in ROWS if "TTLS" in name])
def test_rules_of_auth_policy(lab, gw, alice, bob, carol, pki, row):
    """A certificate without a CRL, then EAP-TTLS: who is refused by a rule for
    the identity that counts isn't spared by another one that he says."""
    method, plugin = ROWS[row]
    path = plugin()
    for each in (path, build.watch("libstrongswan-two-names")):
        shutil.copy(each, lab.plugin_dir)
    inner = FIXED in path.read_bytes()
    server = gw.charon(plugins={
        "revocation": {}, "eap-ttls": {"phase2_method": "md5"},
        "auth-policy": {"rules": {"a": {"ids": "one" if inner else "anonymous",
                                        "revocation": "strict"}}}})
    credential, own = pki.issue("gw.lab"), pki.issue("client@lab")

    def pair(address, user):
        both = conns.eap(gw.v4, address, user, identity="client@lab",
                         method=method, gw_credential=credential)
        for config, side in zip(both, ("remote", "local")):
            rounds = config.connections["eap"]
            rounds[f"{side}-2"] = {**rounds.pop(side), "round": 2}
            rounds[f"{side}-1"] = {"auth": "pubkey", "id": "client@lab",
                                   "round": 1}
        rounds["local-1"]["certs"] = [own.cert]
        both[1].keys.append(own.key)
        return both

    server.load(*(pair("%any", user)[0] for user in ("one", "two")))
    refused = "auth-policy: refused .*auth-policy.rules.a.revocation"
    assert not dial(alice, pair(alice.v4, "one")[1], method, "anonymous")
    assert server.log.count(refused) == 1
    # another name outside, which counts or doesn't
    assert dial(bob, pair(bob.v4, "one")[1], method, "another") is not inner
    # which has one line for a certificate
    assert server.log.count("authorization hook forbids") == 1 + inner
    assert dial(carol, pair(carol.v4, "two")[1], method, "another")
