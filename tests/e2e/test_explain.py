# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv explain: what will apply to somebody, before he connects."""

import json

import pytest

from lab import build, conns
from lab.log import Log

STAFF, SITE, OLD = "ann@staff", "site@lab", "old@lab"


def settings(tmp_path):
    """Of all plugins that have rules for peers."""
    return {
        "control": {},
        "unique-policy": {"mode": "replace", "limit": 3, "rules": {
            "boss": {"ids": "*@staff", "groups": "bosses", "mode": "never"},
            "staff": {"ids": "*@staff", "connections": "r*", "mode": "keep",
                      "limit": 1},
            "late": {"ids": "*@staff", "groups": "others", "mode": "no"}}},
        "auth-policy": {"rules": {
            "sites": {"connections": "site", "revocation": "strict"},
            "own": {"cas": "*O=Lab*", "revocation": "ifuri"}}},
        "unity-ext": {"rules": {
            "a": {"ids": STAFF, "dns": "10.9.0.1", "split_dns": "lab"}}},
        "ikev1-policy": {"phase2_exchanges": 20, "unencrypted_main_mode": True,
                         "unencrypted_main_mode_peers": f"{OLD}, 10.1.0.3"},
        "bypass": {"rules": {
            "net": {"src": "10.9.0.0/24", "dst": "10.1.0.0/29"}}},
        "filtermode": {"mode": "interfaces", "allow_connections": "rw"},
        "strict-bind": {"addresses": "10.1.0.0/24"},
        "peer-log": {"rules": {
            "a": {"ids": STAFF, "file": tmp_path / "a", "level": 3},
            "b": {"ids": "*", "addresses": "10.1.0.2",
                  "file": tmp_path / "b"}}},
    }


@pytest.fixture
def gateway(gw, alice, tmp_path):
    """With a connection for users, one for a site and, where there is that,
    one of IKEv1."""
    plugins = settings(tmp_path)
    config = conns.psk_ikev2(gw.v4, alice.v4, name="rw", gateway={
        "remote": {"id": "*@staff"}}, child=("10.9.0.0/24", "dynamic"))[0]
    config |= conns.eap(gw.v4, alice.v4, "eve", gateway={
        "remote": {"eap_id": "eve"}, "remote_addrs": ["10.1.0.3"]})[0]
    config |= conns.psk_ikev2(gw.v4, alice.v4, name="site", gateway={
        "remote": {"id": SITE}, "remote_addrs": [alice.v4]},
        child=("10.9.0.0/24", "10.8.0.0/24"))[0]
    if build.has_ikev1():
        config |= conns.psk_ikev1(gw.v4, alice.v4, name="old", gateway={
            "remote": {"id": OLD}, "unique": "replace",
            "local_addrs": ["10.7.0.1"]})[0]
    else:
        del plugins["ikev1-policy"]
    daemon = gw.charon(plugins=plugins, without=("socket-default",))
    daemon.load(config)
    return daemon


def explain(daemon, who):
    """{plugin: its lines}, with the connections as None."""
    lines = daemon.swanadv("explain", who).stdout.splitlines()
    found = {None: lines.pop(0).removeprefix(f"{who}: ")}
    for line in lines:
        plugin, text = line.split(": ", 1)
        found.setdefault(plugin, []).append(text)
    return found


def test_user(gateway, gw, alice, tmp_path):
    found = explain(gateway, STAFF)
    assert found.pop(None) == "for him are loaded rw"
    assert found == {
        "unique-policy": [
            "rules.boss (ids = *@staff; groups = bosses) if a group of his "
            "matches: mode never",
            "rules.staff (connections = r*; ids = *@staff) else: mode keep, "
            "limit 1, keep_timeout 0"],
        "auth-policy": [
            "rules.own (cas = *O=Lab*) if a CA of his matches: revocation "
            "ifuri, grace 0, refused if nothing is found",
            "no rule else: revocation relaxed, grace 0"],
        "unity-ext": ["rules.a (ids = ann@staff): he is sent 2 attributes with "
                      "IKEv2, 3 with IKEv1 and Unity"],
        "filtermode": [
            "mode interfaces: child 'rw' passes, as allow_* names it"],
        "strict-bind": ["can be reached at 10.1.0.1[500] (eth0)",
                        "can be reached at 10.1.0.1[4500] (eth0)"],
        "peer-log": [f"rules.a: logged at level 3 to {tmp_path / 'a'}",
                     "rules.b if he comes from its addresses: logged at level "
                     f"2 to {tmp_path / 'b'}"]}
    # and so it is
    client = alice.charon()
    client.load(conns.psk_ikev2(gw.v4, alice.v4, STAFF, name="rw")[1])
    client.vici.initiate(ike="rw")
    session, = gateway.control.stream("list-sessions", "list-session")
    assert session["rule"] == "staff" and session["connection"] == "rw"
    Log(tmp_path / "a").expect("authentication of 'ann@staff' with pre-shared")


def test_site(gateway):
    found = explain(gateway, SITE)
    assert found[None] == "for him are loaded site"
    assert found["unique-policy"] == [
        "no rule: mode replace, limit 3, evict oldest"]
    assert found["auth-policy"] == [
        "rules.sites (connections = site): revocation strict, grace 0, refused "
        "if nothing is found or there is no CRL and no URI"]
    assert found["unity-ext"] == ["no rule: he is sent nothing"]
    assert found["filtermode"] == [
        "mode interfaces: child 'site' is blocked, as it has no interface and "
        "allow_* doesn't name it"]


def test_address(gateway, alice, tmp_path):
    """It is for whom may come from there, on all of these connections."""
    found = explain(gateway, alice.v4)
    names = ["rw", "site", *(["old"] if build.has_ikev1() else [])]
    assert found[None] == f"for him are loaded {', '.join(names)}"
    assert found["bypass"] == [
        "rules.net (config, direction both): what it matches of the address is "
        "excluded from IPsec"]
    assert "on site: rules.sites (connections = site): revocation strict, " \
        "grace 0, refused if nothing is found or there is no CRL and no URI" \
        in found["auth-policy"]
    assert found["peer-log"] == [
        "rules.a if he is one of its ids: logged at level 3 to "
        f"{tmp_path / 'a'}", f"rules.b: logged at level 2 to {tmp_path / 'b'}"]
    assert explain(gateway, "10.1.0.9")["bypass"] == [
        "no rule is about the address"]


def test_ikev1(gateway):
    build.need_ikev1()
    found = explain(gateway, OLD)
    assert found["unique-policy"][0].startswith(
        "charon decides, as the connection has unique = replace; set unique = "
        "never there")
    assert found["ikev1-policy"] == [
        "may send the end of main mode in clear: unencrypted_main_mode = yes, "
        "and he is in unencrypted_main_mode_peers",
        "may run as many Quick Modes at once as a window of 20 exchanges "
        "holds: phase2_exchanges = 20"]
    assert found["strict-bind"] == [
        "can't be reached: no address is bound that is a local one of the "
        "connection"]
    address = explain(gateway, "10.1.0.4")
    assert ("on old: may not send the end of main mode in clear: he isn't in "
            "unencrypted_main_mode_peers") in address["ikev1-policy"]
    assert ("on old: can't be reached: no address is bound that is a local one "
            "of the connection") in address["strict-bind"]


def test_many(gw, alice):
    """More connections than one answer names, and lines that are about some
    of them."""
    daemon = gw.charon(plugins={"control": {}, "filtermode": {
        "mode": "interfaces"}, "unique-policy": {"rules": {
            "a": {"connections": "c00[1-7]", "mode": "keep"},
            "b": {"connections": "c500, c001", "mode": "no"}}}})
    daemon.load(*(conns.psk_ikev2(gw.v4, alice.v4, name=f"c{n:03}", gateway={
        "remote": {"id": "*@many"}}, child=("10.9.0.0/24", "dynamic"))[0]
                  for n in range(502)))
    found = explain(daemon, "a@many")
    assert found[None] == "for him are loaded " + ", ".join(
        f"c{n:03}" for n in range(500)) + " and 2 more"
    blocked = ("is blocked, as it has no interface and allow_* doesn't name "
               "it")
    # no line is the same twice, as each has the name of a child
    assert found["filtermode"][499:] == [
        f"on c499: mode interfaces: child 'c499' {blocked}",
        "... and 2 lines more"]
    assert found["unique-policy"] == [
        "on c000, c008, c009, c010, c011, ...: no rule: mode replace, limit 1, "
        "evict oldest",
        "on c001, c002, c003, c004, c005, ...: rules.a (connections = "
        "c00[1-7]): mode keep, limit 1, keep_timeout 0",
        "on c500: rules.b (connections = c500, c001): mode no"]


def test_nobody(gateway):
    """Whom no connection is for, and what is wrong."""
    found = explain(gateway, "C=CH, O=Other, CN=x")
    assert found[None] == "no connection that is loaded is for him"
    assert found["unique-policy"] == [
        "no rule: mode replace, limit 3, evict oldest"]
    answer = json.loads(gateway.swanadv("--json", "explain", STAFF).stdout)
    assert answer["connections"] == ["rw"]
    assert len(answer["plugins"]["unique-policy"]["answers"]) == 2
    done = gateway.swanadv("explain", "0.0.0.0", check=False)
    assert 'name = "0.0.0.0": expected an identity or an' in done.stdout
    for args in ([], [""], ["a", "b"]):
        done = gateway.swanadv("explain", *args, check=False)
        assert done.returncode == 2 and "expected explain ID|ADDRESS" in (
            done.stdout)
    assert explain(gateway, "eve")[None] == "for him are loaded eap"
    # settings as they come to be in force
    gateway._plugins["unique-policy"] = {"mode": "never"}
    gateway.reload()
    assert explain(gateway, STAFF)["unique-policy"] == ["no rule: mode never"]
