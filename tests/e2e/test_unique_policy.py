# SPDX-License-Identifier: GPL-2.0-or-later
"""unique-policy between real daemons.

        10.1.0.0/24, fd01::/64                 10.2.0.0/24
    ----+-----------+---------+---- eth0 nat eth1 ----+----
        |           |         |                       |
       gw         alice      bob                    carol

alice, bob and carol are three places from which one user connects. The
gateway counts in the plugin's table, so most tests look at which IKE_SAs it
has and at what the client is told.
"""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509

from lab import DaemonError, ViciError, build, conns, wait_until
from lab.conf import merge
from lab.pki import Pki
from lab.poll import patience
from lab.radius import Radius

USER = "user@lab"


def gateway(host, settings, config, **options):
    daemon = host.charon(plugins={"unique-policy": settings}, **options)
    daemon.load(config)
    return daemon


def silent(pair):
    """A client that never sends INITIAL_CONTACT; charon's does with the first
    IKE_SA to a peer."""
    for connection in pair[1].connections.values():
        connection["unique"] = "never"
    return pair


def ikev2(gw, client, **more):
    return conns.psk_ikev2(gw.v4, client.v4, USER, **more)


def client(host, config, name=None, **options):
    """A client that has connected: the daemon."""
    daemon = host.charon(name, **options)
    daemon.load(config)
    daemon.vici.initiate(ike=next(iter(config.connections)))
    return daemon


def rejected(host, config, **options):
    """A client that must not get in: the daemon."""
    daemon = host.charon(**options)
    daemon.load(config)
    refused(daemon, config)
    return daemon


def refused(daemon, config):
    with pytest.raises(ViciError, match="AUTHENTICATION_FAILED"):
        daemon.vici.initiate(ike=next(iter(config.connections)))


def with_child(setup, gw, client, **more):
    """Connections with a CHILD_SA, which reauthentication takes."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    client.ip("address add 10.9.0.2/32 dev lo")
    return setup(gw.v4, client.v4, USER, name="net",
                 child=("10.9.0.1/32", "10.9.0.2/32"), **more)


# mode, INITIAL_CONTACT sent, whether alice's and bob's are up in the end
MODES = [
    ("replace", True, False, True),
    ("replace", False, False, True),
    ("no", True, False, True),
    ("no", False, True, True),
    ("never", True, True, True),
    ("never", False, True, True),
    ("keep", True, True, False),
    ("keep", False, True, False),
]


# what a client may call itself where RADIUS is told "alice" or the like
SPELLINGS = [
    "ALICE", "email:alice", "rfc822:Alice", "userfqdn:alice", "@@alice",
    "fqdn:alice", "dns:alice", "@alice", "keyid:alice", "keyid:ALICE",
    "@#616c696365", "asn1dn:alice", "asn1gn:alice", "ipv4:#616c696365",
    "{0}:alice", "{1}:alice", "{2}:#616c696365",
    "{3}:Alice", "{9}:alice", "{11}:alice", "{201}:alice",
]


def radius_login(gw, client, name, **more):
    """Connections with EAP-RADIUS, and a client that says it is `name`."""
    raw = f"keyid:{name}"
    pair = conns.eap(gw.v4, client.v4, raw, method="md5",
                     gw_name="radius", name="radius", **more)
    pair[0].connections["radius"]["remote"]["auth"] = "eap-radius"
    return pair


def radius_gateway(gw, settings, **options):
    """A gateway that asks FreeRADIUS about alice and others."""
    users = {name: ("lab-password", 'Class := "staff"')
             for name in ("alice", "Alice", "ALICE")}
    users["carol"] = ("lab-password", 'Class := "guests"')
    users["dave"] = ("lab-password", 'Class = "staff", Class += "guests", '
                                     'Class += "others"')
    server = Radius(gw, users)
    return gw.charon(plugins={
        "unique-policy": settings,
        "eap-radius": server.plugin(class_group=True)}, **options)


def test_spelling(gw, alice, bob):
    """One account is one user, however its name is spelt, and no rule is
    escaped by a prefix."""
    server = radius_gateway(gw, {"mode": "never", "rules": {
        "alice": {"ids": "alice", "mode": "keep"}}}, log_levels={"ike": 2})
    pair = radius_login(gw, alice, "alice")
    server.load(pair[0])
    client(alice, pair[1])
    daemon = bob.charon()
    for name in SPELLINGS:
        pair = radius_login(gw, bob, name)
        daemon.load(pair[1])
        mark = server.log.mark()
        refused(daemon, pair[1])
        server.log.expect("(?i)unique-policy: rejected 'alice' at .*, "
                          "rule alice$", since=mark)
    assert len(server.vici.list_sas(up=True)) == 1


def test_groups_from_radius(gw, alice, bob):
    """The rule of the group that RADIUS puts a user in, by any Class."""
    server = radius_gateway(gw, {"mode": "never", "rules": {
        "guests": {"groups": "guests", "mode": "keep"}}})
    for name, admitted in (("alice", True), ("carol", False),
                           ("dave", False)):
        first, second = (radius_login(gw, host, name)
                         for host in (alice, bob))
        server.load(first[0])
        daemons = [host.charon(f"{host.name}-{name}")
                   for host in (alice, bob)]
        for daemon, pair in zip(daemons, (first, second)):
            daemon.load(pair[1])
        daemons[0].vici.initiate(ike="radius")
        assert daemons[1].vici.initiate(ike="radius", must=False) == admitted
        for daemon in daemons:
            daemon.stop()
    server.log.expect("see unique-policy.rules.guests.limit$")


def certificate_then(gw, client, pki, way, user):
    """Connections with one certificate for all, then XAuth or EAP."""
    pair = conns.cert(gw.v4, client.v4, pki.issue("gw.lab"),
                      pki.issue("device@lab", "--san", "any.lab"),
                      version=1 if way == "xauth" else 2)
    server, config = (half.connections["cert"] for half in pair)
    if way == "xauth":
        server["remote-xauth"] = {"auth": "xauth-generic"}
        config["local-xauth"] = {"auth": "xauth", "xauth_id": user}
    else:
        server["remote"]["round"] = config["local"]["round"] = 1
        server["remote2"] = {"auth": "eap-md5", "eap_id": "%any", "round": 2}
        config["local2"] = {"auth": "eap-md5", "eap_id": user, "id": user,
                            "round": 2}
    login = conns.Config(secrets=[conns.secret(
        "XAUTH" if way == "xauth" else "EAP", "lab-password", user)])
    return tuple(half | login for half in pair)


@pytest.mark.parametrize("way", ["xauth", "eap"])
def test_certificate_then_name(gw, alice, bob, tmp_path, way):
    """Whoever has a certificate and then a name is counted by the name: not
    with others that have the same certificate."""
    # all that IKEv1 has for it
    pki = Pki(tmp_path, key=("rsa", 2048))
    one, two, again = (certificate_then(gw, host, pki, way, user) for (
        host, user) in ((alice, "one@lab"), (bob, "two@lab"),
                        (bob, "one@lab")))
    server = gateway(gw, {"mode": "keep"},
                     one[0] | conns.Config(secrets=two[0].secrets))
    client(alice, one[1])
    daemon = client(bob, two[1])
    # with XAuth, the client is up first
    assert {sa.user for sa in server.vici.expect_sas(2, up=True)} == {
        "one@lab", "two@lab"}
    daemon.vici.terminate(ike="cert")
    daemon.load(again[1])
    assert not daemon.vici.initiate(ike="cert", must=False)
    server.log.expect("unique-policy: rejected 'one@lab'")
    sa, = server.vici.expect_sas(1, up=True)
    assert (sa.user, sa.remote_host) == ("one@lab", alice.v4)


def test_outer_identity(lab, gw, alice, bob, pki):
    """What a client says outside of EAP-TTLS is all that a gateway knows, who
    it proves to be to the RADIUS server isn't; that is said."""
    shutil.copy(build.watch("libstrongswan-two-names"), lab.plugin_dir)
    server = gw.charon(plugins={
        "unique-policy": {"mode": "keep"}, "control": {},
        "eap-radius": Radius(gw, {
            name: ("lab-password", "") for name in ("one", "two")},
            pki.issue("aaa.lab")).plugin()})

    def pair(address, inner):
        return conns.eap(gw.v4, address, inner, method="ttls",
                         gw_credential=credential)

    def login(host, inner, outer):
        config = pair(host.v4, inner)[1]
        config.connections["eap"]["local"]["aaa_id"] = "aaa.lab"
        daemon = host.charon(f"{host.name}-{inner}-{outer}", plugins={
            "two-names": {"outer": outer, "load": 1000}, "eap-ttls": {}},
            without=["eap-identity"])
        daemon.load(config)
        up = daemon.vici.initiate(ike="eap", must=False)
        if not up:
            daemon.stop()
        return up

    # once, as some charons close the IKE_SAs of what is loaded with changes
    credential = pki.issue("gw.lab")
    config = pair("%any", "one")[0]
    config.connections["eap"]["remote"]["auth"] = "eap-radius"
    server.load(config)
    assert login(alice, "one", "anonymous")
    # somebody else
    assert not login(bob, "two", "anonymous")
    server.log.expect("unique-policy: rejected 'anonymous'")
    # the same user once more
    assert login(bob, "one", "another")
    advice = "have the RADIUS server refuse logins whose inner one differs"
    assert server.log.count(
        "unique-policy: connection 'eap' is used with EAP_TTLS, of which the "
        f"outer identity counts; {advice}$") == 1
    assert ("clients pick the identity that counts on eap; "
            + advice) in server.swanadv("status", check=False).stdout


def test_rounds(gw, alice, bob):
    """Whoever authenticates in several rounds is the EAP identity, whichever
    of them it is used in."""
    def pair(host):
        first, second = conns.eap(gw.v4, host.v4, USER)
        # EAP, then a pre-shared key, with names of no interest
        first.connections["eap"]["remote"]["round"] = 1
        first.connections["eap"]["remote2"] = {"auth": "psk", "round": 2}
        second.connections["eap"]["local"]["round"] = 1
        second.connections["eap"]["local2"] = {
            "auth": "psk", "id": f"{host.name}@lab", "round": 2}
        first.secrets.append(conns.secret("IKE", conns.SECRET))
        second.secrets.append(conns.secret("IKE", conns.SECRET))
        return first, second

    server = gateway(gw, {"mode": "keep", "rules": {"user": {"ids": USER}}},
                     pair(alice)[0])
    client(alice, pair(alice)[1])
    rejected(bob, pair(bob)[1])
    server.log.expect(f"unique-policy: rejected '{USER}' at .*"
                      "see unique-policy.rules.user.limit$")


def test_long_identity(gw, alice, pki):
    """Rules see all of an identity, also what is behind the 511 bytes that
    are logged; of all plugins that have such rules."""
    oid = x509.NameOID
    credential = pki.issue_dn(
        (oid.ORGANIZATION_NAME, "lab"),
        *[(oid.ORGANIZATIONAL_UNIT_NAME, f"unit {n}") for n in range(60)],
        (oid.COMMON_NAME, "long"))
    pair = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), credential,
                      gateway={"pools": ["pool"]},
                      initiator={"vips": ["0.0.0.0"]})
    rule = {"long": {"ids": "*CN=long"}}
    plugins = {"unique-policy": {"rules": rule},
               "unity-ext": {"rules": merge(rule, {"long": {
                   "default_domain": "corp.lab"}})},
               "auth-policy": {"rules": merge(rule, {"long": {
                   "revocation": "strict"}})}}
    server = gw.charon(plugins={**plugins, "revocation": {}},
                       log_levels={"ike": 2})
    server.load(pair[0], pools={"pool": {"addrs": "10.8.0.0/24"}})
    daemon = rejected(alice, pair[1])
    server.log.expect("auth-policy: refused certificate .*"
                      r"auth-policy\.rules\.long\.revocation")
    plugins["auth-policy"] = {}
    server.reload(plugins={**plugins, "revocation": {}})
    daemon.vici.initiate(ike="cert")
    server.log.expect("unique-policy: admitted .*, rule long$")
    server.log.expect("unity-ext: .* matches rule 'long', sending")


# what the owner of a certificate may call himself: as the rule does, another of
# its names, as others spell it, by patterns, by its serial number
CERT_NAMES = [
    "owner@lab", "phone@lab", "O=lab, CN=owner@lab",
    "*r@lab", "*er@lab", "O=lab, CN=*", "@#4d2a",
]


@pytest.mark.parametrize("first", CERT_NAMES)
def test_names_of_a_certificate(gw, alice, bob, pki, first):
    """One certificate is one user, and no rule about it is escaped, whichever
    of its names the peer picks; certificates that share a name are apart."""
    def pair(host, name, credential, connection="cert"):
        return conns.cert(gw.v4, host.v4, pki.issue("gw.lab"), credential,
                          name=connection, gw_name="cert", initiator={
                              "local": {"id": name}, "unique": "never"})

    owner = pki.issue("owner@lab", "--san", "phone@lab", "--san", "all.lab",
                      "--serial", "4d2a")
    server = gateway(gw, {"mode": "never", "rules": {
        "owner": {"ids": "owner@lab", "mode": "keep"}}},
        pair(alice, first, owner)[0])
    client(alice, pair(alice, first, owner)[1])
    daemon = bob.charon()
    for name in CERT_NAMES:
        login = pair(bob, name, owner)
        daemon.load(login[1])
        refused(daemon, login[1])
    assert len(server.vici.list_sas(up=True)) == 1
    server.reload(plugins={"unique-policy": {"mode": "keep"}})
    other = pair(bob, "other@lab", pki.issue("other@lab", "--san", "all.lab"),
                 "other")
    daemon.load(other[1])
    daemon.vici.initiate(ike="other")
    assert len(server.vici.list_sas(up=True)) == 2
    # of those who have no certificate, too
    login = conns.psk_ikev2(gw.v4, bob.v4, "phone@lab")
    server.load(login[0])
    daemon.load(login[1])
    refused(daemon, login[1])


@pytest.mark.parametrize("mode,contact,old,new", MODES)
@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_modes(gw, alice, bob, setup, mode, contact, old, new):
    first = setup(gw.v4, alice.v4, USER)
    second = setup(gw.v4, bob.v4, USER)
    if not contact:
        first, second = silent(first), silent(second)
    server = gateway(gw, {"mode": mode}, first[0])
    client(alice, first[1])
    if new:
        client(bob, second[1])
    else:
        rejected(bob, second[1])
    up = server.vici.expect_sas(old + new, up=True)
    assert [sa.remote_host for sa in up] == (
        old * [alice.v4] + new * [bob.v4])
    assert all(sa.user == USER for sa in up)


def test_replaced_client_is_told(gw, alice, bob):
    """INITIAL_CONTACT means that nobody is there, else a DELETE is sent."""
    first, second = (silent(ikev2(gw, host)) for host in (alice, bob))
    server = gateway(gw, {}, first[0])
    old = client(alice, first[1])
    client(bob, second[1])
    old.vici.expect_sas(0)
    line = server.log.expect(r"unique-policy: IKE_SA \[(\d+)\] replaces "
                             r"\[(\d+)\] at ([\d.]+)\[\d+\]")
    assert line.group(1, 2, 3) == ("2", "1", alice.v4)


def test_other_identity_is_no_duplicate(gw, alice, bob):
    first = conns.psk_ikev2(gw.v4, alice.v4, "one@lab")
    second = conns.psk_ikev2(gw.v4, bob.v4, "two@lab")
    server = gateway(gw, {"mode": "keep"}, first[0])
    client(alice, first[1])
    client(bob, second[1])
    assert len(server.vici.list_sas(up=True)) == 2


def with_address(gw, client, user=USER, name="rw", gw_name="rw",
                 setup=conns.psk_ikev2, **more):
    """Connections with a virtual IP of a pool that has two, no more than
    there are users, and a CHILD_SA for it."""
    more["gateway"] = {"pools": ["two"], **more.get("gateway", {})}
    more["initiator"] = {"vips": ["0.0.0.0"], **more.get("initiator", {})}
    server, config = setup(
        gw.v4, client.v4, user, name=name, gw_name=gw_name,
        child=("10.9.0.1/32", "dynamic"), **more)
    server.pools["two"] = {"addrs": "10.8.0.1-10.8.0.2"}
    return server, config


# settings of the plugin, None without it, whether INITIAL_CONTACT is sent, and
# the connection's own policy
NEWCOMER_ACCEPTED = [
    (None, True, "no"),
    ({"mode": "no"}, True, "no"),
    ({"mode": "replace"}, True, "no"),
    ({"mode": "replace"}, False, "no"),
    ({"mode": "replace", "evict": "idle"}, False, "no"),
    ({"mode": "keep", "keep_timeout": "1s"}, False, "no"),
    (None, True, "replace"),
    ({"mode": "replace"}, True, "replace"),
    ({"mode": "never"}, True, "replace"),
    (None, True, "keep"),
    ({"mode": "replace"}, True, "keep"),
    ({"mode": "keep"}, True, "keep"),
]


@pytest.mark.parametrize("settings,contact,unique", NEWCOMER_ACCEPTED)
def test_address_of_the_dead(gw, alice, bob, settings, contact, unique):
    """A client dies, its user connects from elsewhere, and the pool has no
    other address: that is free again before the newcomer asks for it."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    first, second = (with_address(gw, host, gateway={"unique": unique})
                     for host in (alice, bob))
    other = with_address(gw, alice, "other@lab", name="other")
    if not contact:
        first, second = silent(first), silent(second)
    server = gw.charon(plugins={"unique-policy": settings} if settings else (),
                       libipsec=True)
    server.load(first[0])
    dead, newcomer = (host.charon(libipsec=True) for host in (alice, bob))
    dead.load(first[1], other[1])
    newcomer.load(second[1])
    dead.vici.initiate(child="other")
    dead.vici.initiate(child="rw")
    address, = dead.vici.list_sas(name="rw")[0].raw["local-vips"]
    dead.kill()
    if "keep_timeout" in str(settings):
        wait_until(lambda: newcomer.vici.initiate(child="rw", must=False), 10,
                   "the dead one to yield", interval=0.5)
    else:
        began = time.monotonic()
        newcomer.vici.initiate(child="rw")
        assert time.monotonic() - began < patience(2)
    sa, = newcomer.vici.list_sas()
    assert sa.raw["local-vips"] == [address]
    assert bob.ping("10.9.0.1", source=address)
    assert not server.log.count("unable to assign address")
    assert server.vici.list_sas(remote_id="other@lab", up=True)
    if unique != "no":
        server.log.expect(f"destroying duplicate IKE_SA for peer '{USER}', "
                          "received INITIAL_CONTACT")


@pytest.mark.parametrize("settings", [
    {"mode": "no"}, {"mode": "replace"}, {"mode": "replace", "evict": "idle"}])
@pytest.mark.parametrize("old,new", [
    (conns.psk_ikev1, conns.psk_ikev1), (conns.psk_ikev2, conns.psk_ikev1),
    (conns.psk_ikev1, conns.psk_ikev2)])
def test_address_across_versions(gw, alice, bob, settings, old, new):
    """The same where one of them or both use IKEv1."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    first = with_address(gw, alice, setup=old)
    second = with_address(gw, bob, name="rw", setup=new,
                          gw_name="rw" if new == old else "other")
    for pair in (first, second):
        pair[0].pools["two"]["addrs"] = "10.8.0.1/32"
    server = gateway(gw, settings, first[0], libipsec=True)
    server.load(second[0])
    dead, newcomer = (host.charon(libipsec=True) for host in (alice, bob))
    dead.load(first[1])
    newcomer.load(second[1])
    dead.vici.initiate(child="rw")
    dead.kill()
    newcomer.vici.initiate(child="rw")
    sa, = newcomer.vici.list_sas()
    assert sa.raw["local-vips"] == ["10.8.0.1"]
    # a responder of Quick Mode has its CHILD_SA after the initiator
    wait_until(lambda: bob.ping("10.9.0.1", source="10.8.0.1"))


@pytest.mark.parametrize("contact,late", [(True, False), (False, False),
                                          (False, True)])
def test_address_of_the_replaced(gw, alice, bob, contact, late):
    """The same, but the first device is alive: it is told, and the address
    is the other one's; also if the pool is asked before the plugin."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    first, second = (with_address(gw, host) for host in (alice, bob))
    if not contact:
        first, second = silent(first), silent(second)
    first[0].pools["two"]["addrs"] = "10.8.0.1/32"
    server = gateway(gw, {}, first[0], libipsec=True, conf={
        "plugins": {"vici": {"load": 1000}}} if late else None)
    device, newcomer = (host.charon(libipsec=True) for host in (alice, bob))
    device.load(first[1])
    newcomer.load(second[1])
    for first, other in ((device, newcomer), (newcomer, device)):
        first.vici.initiate(child="rw")
        other.vici.expect_sas(0)
        server.vici.expect_sas(1)
    assert bool(server.log.count("unable to assign address")) == late
    assert server.vici.list_sas()[0].remote_host == bob.v4
    assert bob.ping("10.9.0.1", source="10.8.0.1")


# how the dead device's IKE_SA is still there: it is being deleted, or was
# superseded by one that has to go, too; what the newcomer connects with and
# whether it sends INITIAL_CONTACT; and the mode
LEFTOVERS = [
    ("deleted", conns.psk_ikev2, False, "replace"),
    ("deleted", conns.psk_ikev1, False, "replace"),
    ("deleted", conns.psk_ikev2, True, "replace"),
    ("deleted", conns.psk_ikev2, True, "keep"),
    ("deleted", conns.psk_ikev2, True, "no"),
    ("superseded", conns.psk_ikev2, False, "replace"),
]


def test_address_of_leftovers(gw, alice, bob):
    """A user has his address again, also if what his dead device left doesn't
    count anymore."""
    gw.ip("address add 10.9.0.1/32 dev lo")
    rules, pairs = {}, {}
    for number, (what, setup, contact, mode) in enumerate(LEFTOVERS):
        name = f"c{number}"
        rules[name] = {"connections": f"{name}*", "mode": mode}
        first, second = (with_address(
            gw, host, f"{name}@lab", name=name, gw_name=gw_name, setup=how,
            gateway={"pools": [name], "remote": {"id": f"{name}@lab"}})
            for host, how, gw_name in (
                (alice, conns.psk_ikev2, name),
                (bob, setup, f"{name}-{setup.__name__}")))
        first[0].pools[name] = {"addrs": f"10.8.1.{number}/32"}
        silent(first)
        if not contact:
            silent(second)
        pairs[name] = first, second
    server = gw.charon(plugins={"unique-policy": {"rules": rules}},
                       libipsec=True)
    dead, newcomer = (host.charon(libipsec=True) for host in (alice, bob))
    for first, second in pairs.values():
        server.load(first[0] | second[0])
        dead.load(first[1])
        newcomer.load(second[1])
    for name in pairs:
        dead.vici.initiate(child=name)
    dead.kill()
    dead.start()
    for name, (what, *_) in zip(pairs, LEFTOVERS):
        if what == "superseded":
            dead.load(pairs[name][0][1])
            dead.vici.initiate(child=name)
        else:
            # nobody answers as the daemon there doesn't know it
            server.vici.request("terminate", {"ike": name, "timeout": -1})
    dead.kill()
    for number, name in enumerate(pairs):
        newcomer.vici.initiate(child=name)
        sa, = newcomer.vici.list_sas(name=name)
        assert sa.raw["local-vips"] == [f"10.8.1.{number}"]
        assert bob.ping("10.9.0.1", source=f"10.8.1.{number}")


def test_addresses_of_crossing_logins(gw, alice, bob):
    """Two devices of each user connect at once, and there are as many
    addresses as users: who is left has one."""
    users = [f"u{number}@lab" for number in range(12)]
    server = gateway(gw, {}, conns.Config(), libipsec=True,
                     conf={**conns.MANY_CLIENTS, **conns.MANY_PEERS},
                     # so that it takes time
                     log_levels={"default": 4})
    daemons = [host.charon(libipsec=True, conf=conns.MANY_CLIENTS)
               for host in (alice, bob)]
    for daemon in daemons:
        for user, address in zip(users, daemon.host.add_addresses(len(users))):
            pair = with_address(gw, address, user, name=user)
            pair[0].pools["two"]["addrs"] = f"10.8.0.1-10.8.0.{len(users)}"
            server.load(pair[0])
            daemon.load(pair[1])
    with ThreadPoolExecutor(2 * len(users)) as pool:
        for _ in range(3):
            list(pool.map(
                lambda way: way[0].vici.initiate(child=way[1], must=False),
                [(daemon, user) for user in users for daemon in daemons]))
            sas = server.vici.expect_sas(len(users))
            assert sorted(sa.user for sa in sas) == sorted(users)
            assert all(sa.raw.get("remote-vips") for sa in sas)
            for daemon in daemons:
                for sa in daemon.vici.list_sas():
                    daemon.vici.terminate(ike_id=sa.uniqueid, force=True)
            server.vici.expect_sas(0)


def credentials(pki):
    return pki.issue("gw.lab"), pki.issue(USER)


# every way to authenticate as USER: name, pair of (gw, client)
WAYS = {
    "psk": lambda g, c, p: conns.psk_ikev2(g, c, USER),
    "cert": lambda g, c, p: conns.cert(g, c, *credentials(p)),
    "eap": lambda g, c, p: conns.eap(g, c, USER, identity="phone@lab"),
    "main": lambda g, c, p: conns.psk_ikev1(g, c, USER),
    "aggressive": lambda g, c, p: conns.psk_ikev1(g, c, USER, aggressive=True,
                                                  name="aggressive"),
    "cert1": lambda g, c, p: conns.cert(g, c, *credentials(p), version=1,
                                        name="cert1"),
    "xauth": lambda g, c, p: conns.xauth(g, c, USER, identity="phone@lab"),
}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "psk"])
@pytest.mark.parametrize("mode", ["replace", "keep"])
def test_counted_across_connections(gw, alice, bob, pki, way, mode):
    """IKE versions, connections and address families together; where there is
    an EAP or XAuth identity, that is who the user is."""
    first = conns.psk_ikev2(gw.v6, alice.v6, USER, name="v6")
    second = WAYS[way](gw.v4, bob.v4, pki)
    server = gateway(gw, {"mode": mode}, first[0])
    client(alice, first[1])
    server.load(second[0])
    later = bob.charon()
    later.load(second[1])
    # in aggressive mode, the client is up before the gateway decides
    later.vici.initiate(ike=next(iter(second[1].connections)), must=False)
    later.vici.expect_sas(mode == "replace")
    winner = bob.v4 if mode == "replace" else alice.v6
    wait_until(lambda: [(sa.remote_host, sa.user) for sa in
                        server.vici.list_sas(up=True)] == [(winner, USER)],
               5, f"the session of {winner} alone")


def test_place_without_child(gw, alice, bob):
    """An IKE_SA without its CHILD_SA, which charon keeps, has its place, as it
    may have others at any time; its own client is nobody else."""
    first = with_child(conns.psk_ikev2, gw, alice)
    bob.ip("address add 10.9.0.2/32 dev lo")
    second = conns.psk_ikev2(gw.v4, bob.v4, USER, name="net",
                             child=("10.9.0.1/32", "10.9.0.2/32"))
    first[1].connections["net"]["children"]["net"]["esp_proposals"] = [
        "aes256-sha512"]
    server = gateway(gw, {"mode": "keep"}, first[0], libipsec=True)
    failing, other = (host.charon(libipsec=True) for host in (alice, bob))
    failing.load(first[1])
    other.load(second[1])
    for number in (1, 2):
        assert not failing.vici.initiate(child="net", must=False)
        failing.vici.expect_sas(1, up=True)
        refused(other, second[1])
    failing.vici.terminate(ike="net")
    server.vici.expect_sas(0)
    other.vici.initiate(child="net")


def test_xauth_rejection_reaches_the_peer(gw, alice, bob):
    first, second = (conns.xauth(gw.v4, host.v4, USER)
                     for host in (alice, bob))
    server = gateway(gw, {"mode": "keep"}, first[0])
    client(alice, first[1])
    daemon = bob.charon()
    daemon.load(second[1])
    assert not daemon.vici.initiate(ike="xauth", must=False)
    daemon.vici.expect_sas(0)
    server.log.expect(f"unique-policy: rejected '{USER}'")
    assert len(server.vici.list_sas(up=True)) == 1


def test_identity_and_local(gw, alice, bob):
    """match = identity+local: once for each of the gateway's identities."""
    other = {"local": {"id": "other.lab"}}
    first = conns.psk_ikev2(gw.v4, alice.v4, USER)
    second = conns.psk_ikev2(gw.v4, bob.v4, USER, name="other", gateway=other,
                             initiator={"remote": {"id": "other.lab"}})
    server = gateway(gw, {"mode": "keep", "match": "identity+local"},
                     first[0])
    server.load(second[0])
    client(alice, first[1])
    daemon = client(bob, second[1])
    third = conns.psk_ikev2(gw.v4, bob.v4, USER, name="third")
    daemon.load(third[1])
    refused(daemon, third[1])
    assert len(server.vici.list_sas(up=True)) == 2


def test_limit_and_oldest(gw, alice):
    """Three of five stay: the last three; one that leaves makes room."""
    pairs = [conns.psk_ikev2(gw.v4, address.v4, USER, name=f"c{n}",
                             gw_name="all", initiator={"unique": "never"})
             for n, address in enumerate(alice.add_addresses(5))]
    server = gateway(gw, {"limit": 3}, pairs[0][0])
    daemon = alice.charon(conf=conns.MANY_CLIENTS)
    for n, pair in enumerate(pairs):
        daemon.load(pair[1])
        daemon.vici.initiate(ike=f"c{n}")
    server.vici.expect_sas(3)
    daemon.vici.expect_sas(3)
    assert [sa.name for sa in daemon.vici.list_sas()] == ["c2", "c3", "c4"]
    daemon.vici.terminate(ike="c3")
    daemon.vici.initiate(ike="c0")
    assert [sa.name for sa in daemon.vici.list_sas()] == ["c2", "c4", "c0"]


@pytest.mark.parametrize("evict,gone", [("oldest", "talks"), ("idle", "quiet")])
def test_evict(gw, alice, bob, evict, gone):
    """The older of two talks to the gateway, which makes a difference."""
    pairs = {
        "talks": ikev2(gw, alice, name="talks", gw_name="all",
                       initiator={"unique": "never", "dpd_delay": 1}),
        "quiet": ikev2(gw, bob, name="quiet", gw_name="all",
                       initiator={"unique": "never"}),
    }
    server = gateway(gw, {"limit": 2, "evict": evict}, pairs["talks"][0])
    daemons = {"talks": client(alice, pairs["talks"][1], conf={})}
    daemons["quiet"] = client(bob, pairs["quiet"][1])
    mark = daemons["talks"].log.mark()
    daemons["talks"].log.expect("parsed INFORMATIONAL response", count=2,
                                since=mark)
    third = conns.psk_ikev2(gw.v6, bob.v6, USER, name="third", gw_name="v6")
    server.load(third[0])
    daemons["quiet"].load(third[1])
    daemons["quiet"].vici.initiate(ike="third")
    daemons[gone].vici.expect_sas(0, name=gone)
    server.vici.expect_sas(2, up=True)


@pytest.mark.parametrize("mode", ["keep", "replace"])
@pytest.mark.parametrize("make_before_break", [False, True])
def test_ikev2_reauthentication(gw, alice, bob, mode, make_before_break):
    pair = with_child(conns.psk_ikev2, gw, alice)
    server = gateway(gw, {"mode": mode}, pair[0], libipsec=True)
    daemon = alice.charon(conf={"make_before_break": make_before_break},
                          libipsec=True)
    daemon.load(pair[1])
    daemon.vici.initiate(child="net")
    for number in (2, 3, 4):
        daemon.vici.request("rekey", {"ike": "net", "reauth": True})
        server.log.expect(rf"IKE_SA net\[{number}\] established")
        daemon.vici.expect_sas(1)
        sa, = server.vici.expect_sas(1, up=True)
        assert sa.uniqueid == number
        daemon.log.expect(r"CHILD_SA net\{\d+\} established", count=number)
        assert alice.ping("10.9.0.1", source="10.9.0.2")
    if mode == "keep":
        rejected(bob, ikev2(gw, bob, initiator={"childless": "allow"})[1])
    assert not server.log.count(
        f"unique-policy: rejected '{USER}' at {alice.v4}")


def test_ikev2_rekeying_keeps_the_place(gw, alice, bob):
    pair = ikev2(gw, alice)
    server = gateway(gw, {"mode": "keep"}, pair[0])
    daemon = client(alice, pair[1])
    # by either side
    for who in (daemon, server, daemon):
        before, = server.vici.expect_sas(1, up=True)
        who.vici.request("rekey", {"ike": "psk"})
        server.log.expect(
            rf"IKE_SA psk\[{before.uniqueid + 1}\] (established|rekeyed)|"
            rf"psk\[{before.uniqueid + 1}\] state change")
        server.vici.expect_sas(1)
    second = ikev2(gw, bob)
    other = rejected(bob, second[1])
    # the place of the rekeyed IKE_SA is given back when it goes
    daemon.vici.expect_sas(1)
    daemon.vici.terminate(ike="psk")
    other.vici.initiate(ike="psk")
    # and it is found under its new SPIs
    server.reload(plugins={"unique-policy": {"mode": "replace"}})
    other.vici.request("rekey", {"ike": "psk"})
    server.vici.expect_sas(1, up=True)
    daemon.vici.initiate(ike="psk")
    sa, = server.vici.expect_sas(1, up=True)
    assert sa.remote_host == alice.v4


def test_rekeying_does_not_save_the_superseded(gw, alice):
    """An IKE_SA that has to go, but is rekeyed before it is deleted."""
    pair = silent(ikev2(gw, alice))
    server = gateway(gw, {"mode": "replace"}, pair[0])
    daemon = alice.charon(conf={"reuse_ikesa": False})
    daemon.load(pair[1])
    for _ in range(2):
        daemon.vici.initiate(ike="psk")
    server.log.expect(r"\[2\] supersedes \[1\]")
    daemon.vici.request("rekey", {"ike-id": 1})
    server.log.expect(r"\[3\] rekeyed")
    sa, = server.vici.expect_sas(1)
    assert sa.uniqueid == 2


@pytest.mark.parametrize("mode", ["keep", "replace"])
def test_ikev1_reauthentication_keeps_children(gw, alice, mode):
    pair = with_child(conns.psk_ikev1, gw, alice)
    server = gateway(gw, {"mode": mode}, pair[0], libipsec=True)
    daemon = alice.charon(libipsec=True)
    daemon.load(pair[1])
    daemon.vici.initiate(child="net")
    server.log.expect("CHILD_SA .* established")
    old, = server.vici.expect_sas(1)
    child, = old.children.values()
    daemon.vici.request("rekey", {"ike": "net", "reauth": True})
    server.log.expect("adopting 1 children")
    server.vici.expect_sas(1, state="ESTABLISHED", uniqueid=old.uniqueid + 1)
    # they follow after that line in the log
    kept, = wait_until(lambda: server.vici.list_sas(
        uniqueid=old.uniqueid + 1)[0].children.values())
    assert kept["spi-in"] == child["spi-in"]
    assert alice.ping("10.9.0.1", source="10.9.0.2")
    # and so it is once the old IKE_SA is gone
    server.vici.expect_sas(1, timeout=15)
    assert alice.ping("10.9.0.1", source="10.9.0.2")


def test_mobike(lab):
    """A client that moves keeps its place, and takes it along."""
    net = lab.segment("10.3.0.0/24")
    gw, alice, bob = (lab.host(name, net) for name in ("gw", "alice", "bob"))
    pair = conns.psk_ikev2(gw.v4, "%any", USER)
    server = gateway(gw, {"mode": "keep"}, pair[0], log_levels={"ike": 2})
    daemon = client(alice, pair[1])
    old = alice.v4
    alice.sysctl("net/ipv4/conf/all/promote_secondaries", 1)
    new = alice.add_address().v4
    alice.ip(f"address del {old}/24 dev eth0")
    server.log.expect(rf"unique-policy: IKE_SA \[1\] moved to {new}",
                      timeout=15)
    # bob, at the address that alice left, is another client
    bob.ip(f"address add {old}/24 dev eth0")
    rejected(bob, conns.psk_ikev2(gw.v4, old, USER)[1])
    # alice, restarted where it is now, is not
    daemon.kill()
    daemon.start()
    daemon.load(pair[1])
    daemon.vici.initiate(ike="psk")
    server.vici.expect_sas(1, up=True)


@pytest.mark.parametrize("mobike", [True, False])
def test_nat(lab, net, gw, mobike):
    """Two clients behind a NAT are two; a NAT that rebinds is followed, also
    where charon itself leaves that to MOBIKE."""
    inside = lab.segment("10.2.0.0/24")
    nat = lab.router("nat", net, inside, masquerade=net)
    hosts = [lab.host(name, inside) for name in ("carol", "dave")]
    for host in hosts:
        host.route("default", nat.on(inside).v4)
    carol, dave = hosts
    pair = with_child(conns.psk_ikev2, gw, carol,
                      initiator={"dpd_delay": 1, "mobike": mobike})
    server = gateway(gw, {"mode": "keep"}, pair[0], log_levels={"ike": 2},
                     libipsec=True)
    daemon = carol.charon(conf={"make_before_break": True}, libipsec=True)
    daemon.load(pair[1])
    daemon.vici.initiate(child="net")
    rejected(dave, ikev2(gw, dave, initiator={"childless": "allow"})[1])
    # another port for carol
    nat.run("nft", "flush ruleset")
    nat.run("nft", "-f", "-", stdin=(
        "table ip rebound {\n"
        "  chain post {\n"
        "    type nat hook postrouting priority srcnat\n"
        "    oifname eth0 meta l4proto udp masquerade to :20000-20100\n"
        "  }\n"
        "}\n"))
    nat.run("conntrack", "-F", check=False)
    server.log.expect(rf"unique-policy: IKE_SA \[1\] moved to {nat.v4}\[20",
                      timeout=10)
    sa, = server.vici.expect_sas(1, up=True)
    # it is still the one, as a reauthentication shows
    daemon.vici.request("rekey", {"ike": "net", "reauth": True})
    # charon delays it by 6 to 15 s if the CHILD_SA is being rekeyed just then
    daemon.log.expect(r"IKE_SA net\[2\] established", timeout=20)
    server.vici.expect_sas(1, up=True)


@pytest.mark.parametrize("mode", ["keep", "replace"])
@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
@pytest.mark.parametrize("contact", [True, False])
def test_restart_from_the_same_address(gw, alice, setup, mode, contact):
    """A crashed client gets in again, and isn't counted twice."""
    pair = setup(gw.v4, alice.v4, USER)
    if not contact:
        pair = silent(pair)
    server = gateway(gw, {"mode": mode}, pair[0])
    daemon = client(alice, pair[1])
    name = next(iter(pair[1].connections))
    for _ in range(3):
        daemon.kill()
        daemon.start()
        daemon.load(pair[1])
        daemon.vici.initiate(ike=name)
    if contact:
        server.vici.expect_sas(1)
    else:
        assert server.log.count("supersedes") == 3
    server.reload()
    server.log.expect("1 identities; 4 accepted, 0 rejected")


def test_dead_peer_is_found_by_probing(gw, alice, bob):
    """Without dpd_delay and keep_timeout, a rejection checks the old one."""
    pair, second = ikev2(gw, alice), ikev2(gw, bob)
    server = gateway(gw, {"mode": "keep"}, pair[0],
                     conf={"retransmit_timeout": 0.2, "retransmit_tries": 1})
    daemon = client(alice, pair[1])
    # one that is alive stays
    other = rejected(bob, second[1])
    daemon.log.expect("parsed INFORMATIONAL request")
    refused(other, second[1])
    daemon.kill()
    refused(other, second[1])
    # checks are as rare as lines in the log
    wait_until(lambda: other.vici.initiate(ike="psk", must=False), 20,
               "the dead one to be found", interval=0.5)
    server.log.expect("giving up after 1 retransmits")
    sa, = server.vici.expect_sas(1)
    assert sa.remote_host == bob.v4


def test_all_holders_are_probed(gw, alice, bob):
    """Six hold the places, the newest is dead: it is found, too."""
    hosts = alice.add_addresses(5)
    pairs = [conns.psk_ikev2(gw.v4, address.v4, USER, name=f"c{n}",
                             gw_name="all", initiator={"unique": "never"})
             for n, address in enumerate(hosts)]
    server = gateway(gw, {"mode": "keep", "limit": 6}, pairs[0][0],
                     conf={"retransmit_timeout": 0.2, "retransmit_tries": 1})
    alive = alice.charon(conf=conns.MANY_CLIENTS)
    for n, pair in enumerate(pairs):
        alive.load(pair[1])
        alive.vici.initiate(ike=f"c{n}")
    client(bob, ikev2(gw, bob)[1]).kill()
    late = conns.psk_ikev2(gw.v4, bob.add_address().v4, USER, name="late")
    other = bob.charon("late")
    other.load(late[1])
    refused(other, late[1])
    server.vici.expect_sas(5)
    other.vici.initiate(ike="late")
    assert len(server.vici.list_sas(up=True)) == 6


def test_keep_timeout(gw, alice, bob):
    pair, second = ikev2(gw, alice), ikev2(gw, bob)
    server = gateway(gw, {"mode": "keep", "keep_timeout": "4s"}, pair[0])
    pair[1].connections["psk"]["dpd_delay"] = "1s"
    daemon = client(alice, pair[1])
    other = rejected(bob, second[1])
    # one that talks stays for as long as it does
    daemon.log.expect("parsed INFORMATIONAL response", count=6, timeout=10)
    refused(other, second[1])
    daemon.kill()
    refused(other, second[1])
    wait_until(lambda: other.vici.initiate(ike="psk", must=False), 10,
               "the dead one to yield", interval=0.5)
    server.log.expect(r"replaces \[1\] at .* nothing received for [4-7]s")
    sa, = server.vici.expect_sas(1)
    assert sa.remote_host == bob.v4


def test_rules(gw, bob):
    """First match in file order, by connection and by identity."""
    rules = {
        "zero": {"connections": "site-*", "mode": "never"},
        "guests": {"ids": "guest*, !guest-boss@lab", "mode": "keep"},
        "late": {"ids": "*", "mode": "no"},
    }
    server = gateway(gw, {"rules": rules}, conns.Config(),
                     log_levels={"ike": 2})
    daemon = bob.charon()
    for name, user, terms in [
            ("site-a", "guest@lab", "mode never, limit 1, rule zero"),
            ("rw", "guest@lab", "mode keep, limit 1, rule guests"),
            ("rw", "guest-boss@lab", "mode no, limit 1, rule late")]:
        pair = conns.psk_ikev2(gw.v4, bob.v4, user, name=name)
        server.load(pair[0])
        daemon.load(pair[1])
        mark = server.log.mark()
        daemon.vici.initiate(ike=name)
        server.log.expect(f"admitted '{user}' at .*: {terms}$", since=mark)
        daemon.vici.terminate(ike=name)
        server.vici.request("unload-conn", {"name": name})


def test_rejection_log(gw, alice, bob):
    """One line that says who, why, who is in the way and which option it is;
    floods are counted, not logged."""
    pair, second = ikev2(gw, alice), ikev2(gw, bob)
    server = gateway(gw, {"rules": {"staff": {"ids": "*@lab", "mode": "keep",
                                              "limit": 1}}}, pair[0])
    client(alice, pair[1])
    daemon = rejected(bob, second[1])
    server.log.expect(
        rf"unique-policy: rejected '{USER}' at {bob.v4}\[\d+\] on connection "
        rf"'psk': mode keep, limit 1, held by \[1\] at {alice.v4}\[\d+\] for "
        r"\d+s; see unique-policy\.rules\.staff\.limit$")
    for _ in range(5):
        refused(daemon, second[1])
    assert server.log.count("unique-policy: rejected") == 1
    server.reload()
    server.log.expect("1 sessions of 1 identities; 1 accepted, 6 rejected")


@pytest.mark.parametrize("mode", ["keep", "replace"])
def test_200_at_once(gw, alice, mode):
    """Exactly five of 200 remain, and nothing is left of the others."""
    pairs = [conns.psk_ikev2(gw.v4, address.v4, USER, name=f"c{n}",
                             gw_name="all", initiator={"unique": "never"})
             for n, address in enumerate(alice.add_addresses(200))]
    server = gateway(gw, {"mode": mode, "limit": 5}, pairs[0][0],
                     conf=conns.MANY_PEERS)
    daemon = alice.charon(conf=conns.MANY_CLIENTS)
    config = pairs[0][1]
    for pair in pairs[1:]:
        config |= pair[1]
    daemon.load(config)
    outcome = daemon.vici.initiate_many(config.connections)
    server.vici.expect_sas(5, timeout=15)
    daemon.vici.expect_sas(5)
    if mode == "keep":
        assert sum(outcome.values()) == 5
    server.reload()
    line = server.log.expect(r"5 sessions of 1 identities; (\d+) accepted, "
                             r"(\d+) rejected; closed: (\d+) replaced")
    accepted, refusals, replaced = map(int, line.groups())
    assert (accepted, refusals, replaced) == (
        (5, 195, 0) if mode == "keep" else (200, 0, 195))
    for sa in daemon.vici.list_sas():
        daemon.vici.terminate(ike=sa.name)
    server.vici.expect_sas(0)
    server.reload()
    server.log.expect("0 sessions of 0 identities")


def test_failed_logins_leave_nothing(gw, alice):
    """Peers that don't get through authentication aren't in the table."""
    good, bad = ikev2(gw, alice), ikev2(gw, alice, psk="wrong")
    server = gateway(gw, {"mode": "keep"}, good[0])
    daemon = alice.charon()
    daemon.load(bad[1])
    for _ in range(10):
        refused(daemon, bad[1])
    server.reload()
    server.log.expect("0 sessions of 0 identities; 0 accepted, 0 rejected")


@pytest.mark.parametrize("policy", ["replace", "keep", "never", "no"])
def test_connection_with_its_own_policy(gw, alice, policy):
    """That it is charon's is logged once, and shown until it isn't."""
    own = policy in ("replace", "keep")
    pair = ikev2(gw, alice, gateway={"unique": policy})
    server = gw.charon(plugins={"unique-policy": {}, "control": {}})
    server.load(pair[0])
    daemon = client(alice, pair[1])
    for _ in range(2):
        daemon.vici.terminate(ike="psk")
        daemon.vici.initiate(ike="psk")
    assert server.log.count(
        f"connection 'psk' has unique = {policy}, which .* is asked; "
        "set unique = never there$") == own
    warning = ("charon decides about duplicates on psk; "
               "set unique = never there")
    assert (warning in server.swanadv("status", check=False).stdout) == own
    pair[0].connections["psk"]["unique"] = "never"
    # before, as since 6.0 a change of its connection closes an IKE_SA
    daemon.vici.terminate(ike="psk")
    server.load(pair[0])
    daemon.vici.initiate(ike="psk")
    assert warning not in server.swanadv("status", check=False).stdout


IPSEC_CONF = """
conn rw
	keyexchange = ikev2
	authby = secret
	ike = aes128-sha256-ecp256!
	left = %any
	leftid = gw.lab
	right = %any
	auto = add
"""


@pytest.mark.parametrize("setup,own", [
    ("", True), ("config setup\n\tuniqueids = never\n", False)])
def test_ipsec_conf(gw, alice, setup, own):
    """There every connection is charon's by default, and the advice is what
    to set there."""
    file = gw.lab.dir / "ipsec.conf"
    file.write_text(setup + IPSEC_CONF)
    server = gw.charon(
        plugins={"unique-policy": {}, "control": {}, "stroke": {}},
        # which starts charon
        wrapper=["sh", "-c", f"exec {starter()} --nofork --conf {file}"])
    pair = ikev2(gw, alice)
    server.load(conns.Config(secrets=pair[0].secrets))
    server.log.expect("added configuration 'rw'")
    client(alice, pair[1])
    advice = "uniqueids = never under config setup if it is of ipsec.conf"
    assert server.log.count("connection 'rw' has unique = replace, .*"
                            f"{advice}$") == own
    assert (advice in server.swanadv("status", check=False).stdout) == own


def starter():
    """Path of the program that loads ipsec.conf."""
    return build.daemon().parent / "starter"


def test_reload(gw, alice, bob):
    """New terms from the next login on; sessions stay; a bad file changes
    nothing."""
    pair, second = ikev2(gw, alice), ikev2(gw, bob)
    server = gateway(gw, {"mode": "keep"}, pair[0])
    client(alice, pair[1])
    daemon = rejected(bob, second[1])
    mark = server.log.mark()
    server.reload(plugins={"unique-policy": {
        "mode": "replace", "limit": "abc", "rules": {"x": {"nosuch": "1"}}}})
    server.log.expect('unique-policy: limit = "abc": expected 1-65535; '
                      "keeping the previous settings", since=mark)
    server.log.expect('unique-policy: rules.x.nosuch = "1": unknown option.*; '
                      "keeping the previous settings", since=mark)
    refused(daemon, second[1])
    server.reload(plugins={"unique-policy": {"mode": "keep", "limit": 2}})
    daemon.vici.initiate(ike="psk")
    assert len(server.vici.expect_sas(2, up=True)) == 2
    server.reload(plugins={"unique-policy": {"mode": "replace"}})
    assert len(server.vici.list_sas(up=True)) == 2
    # the table is still there
    third = conns.psk_ikev2(gw.v6, bob.v6, USER, name="v6")
    server.load(third[0])
    daemon.load(third[1])
    daemon.vici.initiate(ike="v6")
    sa, = server.vici.expect_sas(1, up=True)
    assert sa.remote_host == bob.v6


BAD = [
    ({"mode": "yes"}, r'mode = "yes": expected one of .*; not loading'),
    ({"limit": "-5"}, 'limit = "-5": expected 1-65535; not loading'),
    ({"limit": "99999999999"}, 'limit = "99999999999": expected 1-65535'),
    ({"limits": "5"}, 'limits = "5": unknown option'),
    ({"mode": ""}, "mode"),
    ({"rules": {"a": {"ids": "a"}, "b": "c"}}, "rules.b"),
    ({"rules": {"a": {"mode": "keep"}}}, "rules.a: has no criteria"),
    ({"rules": {"a": {"ids": "a", "mode": "no", "limit": 2}}},
     "rules.a.limit: has no effect with mode no"),
]


@pytest.mark.parametrize("settings,line", BAD)
def test_bad_settings_at_start(gw, alice, settings, line):
    """The plugin isn't loaded, says why, and the daemon goes on."""
    pair = ikev2(gw, alice)
    server = gateway(gw, settings, pair[0])
    server.log.expect("unique-policy: " + line)
    server.log.expect("plugin 'unique-policy': failed to load")
    client(alice, pair[1])
    server.vici.expect_sas(1, up=True)


def test_bytes_that_are_not_utf8(gw):
    conf = b'charon { plugins { unique-policy { mode = "ke\xffep" } } }\n'
    server = gw.charon(plugins=["unique-policy"], conf=conf)
    server.log.expect(r'unique-policy: mode = "ke\\xffep": .*; not loading')


def test_critical(gw):
    """Marked as critical, it has the daemon refuse to start instead."""
    critical = {"plugins": {"unique-policy!": {"load": True}}}
    options = {"mode": "keep", "load": False}
    gw.charon(plugins={"unique-policy": options}, conf=critical).log.expect(
        "loaded plugins:.* unique-policy ")
    options["mode"] = "yes"
    with pytest.raises(DaemonError, match="unique-policy: mode"):
        gw.charon("bad", plugins={"unique-policy": options}, conf=critical)


def test_ten_thousand_rules(gw, alice, bob):
    pair, second = ikev2(gw, alice), ikev2(gw, bob)
    rules = {f"r{n}": {"ids": f"user{n}@*", "mode": "no"}
             for n in range(9999)}
    rules["last"] = {"ids": USER, "mode": "keep"}
    server = gateway(gw, {"rules": rules}, pair[0], start_timeout=60)
    client(alice, pair[1])
    rejected(bob, second[1])
    server.log.expect("see unique-policy.rules.last.limit")
