# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings of the appliance's page that charon itself provides.

        10.1.0.0/24          10.2.0.0/24
    ----+---------+-----     ----+---------+-----
        |         |              |         |
       gw       alice            +--------gw, alice

Each with the distribution's plugins alone, and with all of ours loaded beside
them, which must not change what these settings do. What needs ESP of the
kernel is in tests/kernel.
"""

import re

import pytest

from ikev1_peer import Ikev1Peer
from lab import Pki, build, conns, logs, wait_until
from lab.poll import patience

# settings of plugins that don't load without any
NEUTRAL = {"strict-bind": {"interfaces": "eth*"}}

# an initiator gives up soon
IMPATIENT = {"retransmit_tries": 1, "retransmit_timeout": 0.5}


@pytest.fixture(params=["stock", "bundle"])
def bundle(request):
    """Settings of our plugins: none, or of all that were built."""
    if request.param == "stock":
        return {}
    return {name: NEUTRAL.get(name, {}) for name in build.plugins()}


def charon(host, bundle, plugins=(), **options):
    """A daemon with our plugins."""
    plugins = {name: {} for name in plugins} | bundle
    without = ["socket-default"] if "strict-bind" in bundle else []
    daemon = host.charon(plugins=plugins, without=without, **options)
    loaded = daemon.vici.stats()["plugins"]
    assert set(bundle) <= set(loaded)
    return daemon


def connect(gw, alice, bundle, pair, conf=None, **options):
    """A gateway and a client that is up: the daemons."""
    server = charon(gw, bundle, conf=conf, **options)
    server.load(pair[0])
    client = alice.charon()
    client.load(pair[1])
    client.vici.initiate(ike=next(iter(pair[1].connections)))
    return server, client


# --- logging controls --------------------------------------------------------

def test_filelog_levels(gw, alice, bundle, lab):
    """A level for each subsystem, in as many files as one likes, and changed
    at run time."""
    paths = {name: lab.dir / f"{name}.log" for name in ("ike", "rest")}

    def loggers(**ike):
        return {"filelog": {
            "ike": {"path": paths["ike"], "flush_line": True,
                    "log_level": True, "default": -1, **ike},
            "rest": {"path": paths["rest"], "flush_line": True,
                     "log_level": True, "default": 1, "ike": -1, "enc": 0},
        }}

    def groups(name, since=0):
        """Subsystems and levels in a file."""
        text = paths[name].read_text()[since:]
        return set(re.findall(r"^\d\d\[([A-Z]{3})(\d)\]", text, re.MULTILINE))

    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server, client = connect(gw, alice, bundle, pair, loggers(ike=3))
    assert {group for group, _ in groups("ike")} == {"IKE"}
    assert {level for _, level in groups("ike")} >= {"1", "3"}
    rest = groups("rest")
    assert {("NET", "1"), ("CFG", "1")} <= rest
    assert not {group for group, _ in rest} & {"IKE", "ENC"}
    assert "2" not in {level for _, level in rest}

    server.reload(conf=loggers(enc=1))
    size = len(paths["ike"].read_text())
    client.vici.terminate(ike="psk")
    assert groups("ike", size) == {("ENC", "1")}


def journal(daemon):
    """The daemon's messages in its journal."""
    return logs.journal(daemon, "SYSLOG_IDENTIFIER=lab-charon", "+",
                        "SYSLOG_IDENTIFIER=charon-systemd")


@logs.needs_journald
def test_syslog_levels(gw, alice, bundle):
    """Facility, level of each subsystem, identifier and priorities."""
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server, _ = connect(gw, alice, bundle, pair, {"syslog": {
        "identifier": "lab-charon",
        "daemon": {"default": 0, "net": 1, "map_level": 4, "log_level": True},
        "auth": {"default": -1, "ike": 1},
    }}, wrapper=logs.WITH_JOURNAL)
    wait_until(lambda: any("established" in entry["MESSAGE"]
                           for entry in journal(server)), 10, "log in journal")
    found = {"3": [], "10": [], "4": []}
    for entry in journal(server):
        found[entry["SYSLOG_FACILITY"]].append(entry)
    daemon = {re.search(r"\[([A-Z]{3})(\d)\]", entry["MESSAGE"]).groups():
              entry["PRIORITY"] for entry in found["3"]}
    # map_level: level 0 is warning, level 1 is notice
    assert daemon["NET", "1"] == "5"
    assert {group for group, level in daemon if level == "1"} == {"NET"}
    auth = found["10"] + found["4"]
    assert auth and all("[IKE]" in entry["MESSAGE"] for entry in auth)


@logs.needs_journald
def test_journal_levels(gw, alice, bundle):
    """charon-systemd's native logger, with fields to search for."""
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server, _ = connect(
        gw, alice, bundle, pair, {"journal": {"default": -1, "ike": 2}},
        kind="charon-systemd", wrapper=logs.WITH_JOURNAL)
    wait_until(lambda: any("established" in entry["MESSAGE"]
                           for entry in journal(server)), 10, "log in journal")
    entries = [entry for entry in journal(server) if "GROUP" in entry]
    assert {entry["GROUP"] for entry in entries} == {"IKE"}
    assert {entry["LEVEL"] for entry in entries} >= {"1", "2"}
    assert "psk" in {entry.get("IKE_SA_NAME") for entry in entries}


# --- ports, interfaces -------------------------------------------------------

def udp_ports(host):
    """Local UDP ports of a host."""
    lines = host.run("ss", "-Hlun").stdout.splitlines()
    return {int(line.split()[3].rsplit(":", 1)[1]) for line in lines}


def test_ports(gw, alice, bundle):
    """Custom IKE and NAT traversal ports, and none of the usual ones."""
    pair = conns.psk_ikev2(gw.v4, alice.v4,
                           initiator={"local_port": 4500,
                                      "remote_port": 4501})
    server, client = connect(gw, alice, bundle, pair,
                             {"port": 1500, "port_nat_t": 4501})
    assert udp_ports(gw) == {1500, 4501}
    sa, = client.vici.list_sas(up=True)
    assert sa.raw["remote-port"] == "4501"


def test_ports_take_both(gw, alice, bundle):
    """A peer that doesn't have both ports in its connection isn't up."""
    server = charon(gw, bundle, conf={"port": 1500, "port_nat_t": 4501})
    client = alice.charon(conf=IMPATIENT)
    names = []
    for options in ({}, {"remote_port": 4501}, {"local_port": 4500},
                    {"remote_port": 1500}):
        names.append(f"psk{len(names)}")
        pair = conns.psk_ikev2(gw.v4, alice.v4, name=names[-1],
                               initiator=options)
        server.load(pair[0])
        client.load(pair[1])
    assert not any(client.vici.initiate_many(names).values())


def test_port_without_nat_traversal(gw, alice, bundle):
    """The IKE port as a client uses it that has no NAT in between."""
    pair = conns.psk_ikev1(gw.v4, alice.v4)
    server = charon(gw, bundle, conf={"port": 1500, "port_nat_t": 0})
    server.load(pair[0])
    wait_until(lambda: 1500 in udp_ports(gw), 10, "port 1500")
    assert 500 not in udp_ports(gw)
    client = alice.charon(conf={"port": 1500} | IMPATIENT)
    pair[1].connections["psk1"]["remote_port"] = 1500
    pair[1].connections["psk1"]["encap"] = False
    client.load(pair[1])
    assert client.vici.initiate(ike="psk1", must=False)


@pytest.mark.parametrize("use,first,second", [
    (None, True, True), ("eth0", True, False), ("eth1", False, True)])
def test_interfaces_use(lab, bundle, use, first, second):
    """Peers on other interfaces get no answer."""
    nets = lab.segment("10.1.0.0/24"), lab.segment("10.2.0.0/24")
    gw, alice = lab.host("gw", *nets), lab.host("alice", *nets)
    server = charon(gw, bundle, conf={"interfaces_use": use} if use else {})
    client = alice.charon(conf=IMPATIENT)
    up = []
    for number, net in enumerate(nets):
        pair = conns.psk_ikev2(gw.on(net).v4, alice.on(net).v4,
                               name=f"net{number}")
        server.load(pair[0])
        client.load(pair[1])
        up.append(client.vici.initiate(ike=f"net{number}", must=False))
    assert up == [first, second]


# --- unique, revocation, as connections have them ----------------------------

@pytest.mark.parametrize("unique,contact,old,new", [
    ("never", True, True, True), ("no", True, False, True),
    ("no", False, True, True), ("replace", False, False, True),
    ("keep", False, True, False)])
def test_unique(gw, alice, bob, bundle, unique, contact, old, new):
    """How a connection treats a second login of an identity."""
    clients = {"unique": "no" if contact else "never"}
    pairs = [conns.psk_ikev2(gw.v4, host.v4, gateway={"unique": unique},
                             name=host.name, gw_name="gw", initiator=clients)
             for host in (alice, bob)]
    if bundle:
        # takes the place of a connection's "no" and "never"
        bundle["unique-policy"] = {"mode": "no" if unique == "no" else "never"}
    server = charon(gw, bundle)
    server.load(pairs[0][0])
    for host, pair in zip((alice, bob), pairs):
        client = host.charon()
        client.load(pair[1])
        up = client.vici.initiate(ike=host.name, must=False)
    assert up == new
    up = server.vici.expect_sas(old + new, up=True)
    assert [sa.remote_host for sa in up] == old * [alice.v4] + new * [bob.v4]


@pytest.mark.parametrize("revocation,without,unreachable", [
    ("relaxed", True, True), ("ifuri", True, False), ("strict", False, False)])
def test_revocation(gw, alice, bundle, pki, tmp_path, revocation, without,
                    unreachable):
    """What a connection does if there is no CRL, or no way to one."""
    own = Pki(tmp_path)
    users = {
        "without": own.issue("without@lab"),
        "unreachable": own.issue("unreachable@lab", "--crl",
                                 f"http://{alice.v4}:1/crl"),
    }
    server = charon(gw, bundle, ["revocation", "curl"])
    client = alice.charon()
    up = {}
    for name, credential in users.items():
        pair = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), credential,
                          name=name, gw_name="gw",
                          gateway={"remote": {"revocation": revocation}})
        server.load(pair[0])
        client.load(pair[1])
        up[name] = client.vici.initiate(ike=name, must=False)
    assert up == {"without": without, "unreachable": unreachable}


# --- IKEv1 -------------------------------------------------------------------

def ikev1_peer(host, gw):
    """A peer that sends what no charon does."""
    return Ikev1Peer(host, gw.v4, "alice@lab", conns.SECRET)


def same(bundle, **settings):
    """Have ikev1-policy, which takes the place of charon's settings, set the
    same as they do."""
    if "ikev1-policy" in bundle:
        bundle["ikev1-policy"] = settings


@pytest.mark.parametrize("window,lost", [(3, True), (20, False)])
def test_max_ikev1_exchanges(gw, alice, bundle, window, lost):
    """A peer that starts 20 Quick Modes at once, and finishes them."""
    same(bundle, phase2_exchanges=window)
    gw.ip(*(f"address add 10.9.1.{n}/32 dev lo" for n in range(1, 21)))
    children = {f"net-{n}": {"local_ts": [f"10.9.1.{n}/32"],
                             "remote_ts": [f"10.9.0.{n}/32"],
                             "esp_proposals": ["aes128-sha256"]}
                for n in range(1, 21)}
    server = charon(gw, bundle, conf={"max_ikev1_exchanges": window},
                    libipsec=True)
    server.load(conns.psk_ikev1(gw.v4, "%any", gateway={
        "encap": True, "children": children})[0])
    with ikev1_peer(alice, gw) as peer:
        peer.main_mode()
        modes = [peer.quick_mode(f"10.9.0.{n}", f"10.9.1.{n}")
                 for n in range(1, 21)]
        for mode in modes:
            mode.start()
        for mode in modes:
            mode.finish()

        def up():
            sa, = server.vici.list_sas()
            return sum(child["state"] == "INSTALLED"
                       for child in sa.children.values())

        if lost:
            server.log.expect("decryption failed|could not decrypt payloads")
            assert up() < 3
        else:
            wait_until(lambda: up() == 20, 10, lambda: f"20, there are {up()}")


@pytest.mark.parametrize("accept", [False, True])
def test_accept_unencrypted_mainmode_messages(gw, alice, bundle, accept):
    """A peer whose third message of main mode is in clear."""
    same(bundle, unencrypted_main_mode=accept)
    server = charon(gw, bundle,
                    conf={"accept_unencrypted_mainmode_messages": accept})
    server.load(conns.psk_ikev1(gw.v4, "%any")[0])
    with ikev1_peer(alice, gw) as peer:
        try:
            peer.main_mode(clear=True)
        except RuntimeError:
            assert not accept
        assert len(server.vici.list_sas(up=True)) == accept


# --- make before break -------------------------------------------------------

@pytest.mark.parametrize("before", [False, True])
def test_make_before_break(gw, alice, bundle, before):
    """The order in which reauthentication sets up and closes IKE_SAs; whether
    packets get lost is in tests/kernel."""
    for host, address in ((gw, "10.9.0.1"), (alice, "10.9.0.2")):
        host.ip(f"address add {address}/32 dev lo")
    # the gateway is the initiator here, as that is who decides
    pair = conns.psk_ikev2(alice.v4, gw.v4, name="net",
                           child=("10.9.0.2/32", "10.9.0.1/32"))
    alice.charon(libipsec=True).load(pair[0])
    client = charon(gw, bundle, conf={"make_before_break": before},
                    libipsec=True)
    client.load(pair[1])
    client.vici.initiate(child="net")
    client.vici.request("rekey", {"ike": "net", "reauth": True})
    client.log.expect(r"IKE_SA net\[2\] established")
    client.log.expect(r"IKE_SA deleted")
    order = [match.group() for match in client.log.matches(
        r"IKE_SA net\[2\] established|IKE_SA deleted")]
    assert (order[0] == "IKE_SA net[2] established") == before
    client.vici.expect_sas(1, up=True)


# --- retransmission ----------------------------------------------------------

# settings, and the pauses between what is sent, shortest and longest
RETRANSMISSIONS = [
    ({"tries": 2, "base": 2}, [(0.4, 0.4), (0.8, 0.8)]),
    ({"tries": 0}, []),
    ({"tries": 2, "timeout": 0.8, "base": 1}, [(0.8, 0.8)] * 2),
    ({"tries": 3, "base": 4, "limit": 1}, [(0.4, 0.4), (1, 1), (1, 1)]),
    # more than 20 percent are as 20
    ({"tries": 4, "base": 1, "jitter": 90}, [(0.32, 0.4)] * 4),
]


@pytest.mark.parametrize("version", [2, 1])
def test_retransmission(lab, net, gw, bundle, version):
    """How often and when a request is sent again to a peer that doesn't
    answer."""
    clients = []
    with gw.capture("dst port 500") as capture:
        for number, (settings, _) in enumerate(RETRANSMISSIONS):
            host = lab.host(f"client{number}", net)
            client = charon(host, bundle, conf={
                f"retransmit_{key}": value for key, value in
                ({"timeout": 0.4} | settings).items()})
            psk = conns.psk_ikev2 if version == 2 else conns.psk_ikev1
            client.load(psk(gw.v4, host.v4, name="net")[1])
            client.vici.request("initiate", {"ike": "net", "timeout": "-1"})
            clients.append(client)
        for client, (settings, _) in zip(clients, RETRANSMISSIONS):
            client.log.expect(
                f"giving up after {settings['tries']} retransmits", 15)
            client.vici.expect_sas(0)
    for client, (settings, pauses) in zip(clients, RETRANSMISSIONS):
        sent = [float(line.split()[0]) for line in
                capture.lines(f"src {client.host.v4}")]
        assert len(sent) == settings["tries"] + 1
        found = [later - earlier for earlier, later in zip(sent, sent[1:])]
        for (least, most), pause in zip(pauses, found):
            # a busy machine is late, with the earlier one as well
            assert least - patience(0.1) <= pause <= most + patience(0.25)
        assert "jitter" not in settings or min(found) < pauses[0][1]


# --- Cisco extensions --------------------------------------------------------

@pytest.mark.parametrize("unity", [True, False])
def test_cisco_unity(gw, alice, bundle, unity):
    """A client learns what is behind the gateway, as split includes."""
    nets = ["10.9.1.0/24", "10.9.2.0/24"]
    pair = conns.xauth(gw.v4, alice.v4, "user", name="net",
                       child=(nets, "dynamic"),
                       gateway={"pools": ["pool"]},
                       initiator={"vips": ["0.0.0.0"]})
    pair[1].connections["net"]["children"]["net"]["remote_ts"] = ["0.0.0.0/0"]
    conf = {"cisco_unity": unity}
    server = charon(gw, bundle, ["unity"], conf=conf, libipsec=True)
    gw.ip(*(f"address add 10.9.{n}.1/24 dev lo" for n in (1, 2)))
    server.load(pair[0], pools={"pool": {"addrs": "10.9.9.0/24"}})
    client = alice.charon(plugins=["unity"], conf=conf, libipsec=True)
    client.load(pair[1])
    client.vici.initiate(child="net")
    sa, = client.vici.list_sas(up=True)
    child, = sa.children.values()
    assert child["remote-ts"] == (nets if unity else nets[:1])
    assert bool(server.log.count("received Cisco Unity vendor ID")) == unity
