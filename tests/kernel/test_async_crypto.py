# SPDX-License-Identifier: GPL-2.0-or-later
"""async-crypto in a kernel that is there for it.

    gw ------------- alice
       10.1.0.0/24

alice has the plugin. As gw is on the same kernel, what is parallel for one is
for the other, and a CHILD_SA has four users.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

import esp
from lab import ViciError, wait_until

pytestmark = pytest.mark.needs("esp", "own-kernel")

GCM = "rfc4106(gcm(aes))"
CBC = "authenc(hmac(sha256),cbc(aes))"

# prints how many datagrams came, and how many of them out of order, once they
# have stopped
_RECEIVER = """
import json, socket, struct, sys
SO_RCVBUFFORCE = 33
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
s.bind((sys.argv[1], 7777))
print("ready", flush=True)
last, got, late = -1, 0, 0
while got < int(sys.argv[2]):
    number, = struct.unpack("!i", s.recv(4))
    s.settimeout(10)
    got += 1
    late += number < last
    last = max(last, number)
print(json.dumps([got, late]))
"""

_SENDER = """
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 7777))
for number in range(int(sys.argv[2])):
    # small and large ones in turn take different times to encrypt
    s.send(struct.pack("!i", number) + bytes(1200 if number % 2 else 0))
    if number % 20 == 0:
        time.sleep(0.02)
"""


def algorithms(host):
    """What is in /proc/crypto: {driver: {field: value}}."""
    found = {}
    for block in host.run("cat", "/proc/crypto").stdout.split("\n\n"):
        fields = dict(re.findall(r"^(\w+)\s*: (.*)$", block, re.M))
        if fields:
            found[fields["driver"]] = fields
    return found


def _wrapped(host):
    return {fields["name"]: int(fields["priority"])
            for driver, fields in algorithms(host).items()
            if driver.startswith("pcrypt(")}


def parallel(host):
    """The names of algorithms that new SAs get parallel."""
    return {name for name, rank in _wrapped(host).items() if rank > 1}


def retired(host):
    """The names of those that there are for old SAs alone."""
    return {name for name, rank in _wrapped(host).items() if rank == 1}


def users(host, name):
    """How many SAs use an algorithm (without pcrypt, with it): references to
    its IV generators but the kernel's own."""
    count = [0, 0]
    for driver, fields in algorithms(host).items():
        if fields["name"] in (f"seqiv({name})", f"echainiv({name})"):
            count["(pcrypt(" in driver] += int(fields["refcnt"]) - 1
    return tuple(count)


def expect_users(host, name, plain=0, parallel=0):
    """Wait until so many SAs use it; the kernel frees them with a delay."""
    wait_until(lambda: users(host, name) == (plain, parallel), 5,
               lambda: f"{plain}, {parallel} users, not {users(host, name)}")


def plugin(**settings):
    return {"async-crypto": settings, "control": {}}


def daemons(gw, alice, *proposals, child=None, **settings):
    """Two daemons, alice's with the plugin, and a connection between them."""
    child = {"esp_proposals": proposals or ["aes128gcm16"], **(child or {})}
    configs = esp.pair(gw.v4, alice.v4, (gw.v4, alice.v4),
                       gw_child=child, client_child=child)
    # with 0 an SA that was rekeyed stays until it expires
    conf = {"delete_rekeyed_delay": 1}
    gateway = gw.charon(conf=conf)
    client = alice.charon(conf=conf, plugins=plugin(**settings))
    gateway.load(configs[0])
    client.load(configs[1])
    return gateway, client


def rekey(client, gw, alice):
    """Rekey the CHILD_SA, and wait until the old one is gone on both."""
    old = spis(alice)
    client.vici.request("rekey", {"child": "psk"})
    for host in (gw, alice):
        wait_until(lambda: len(spis(host)) == 2 and not spis(host) & old, 10)


def close(daemon):
    """Close all of its IKE_SAs, as its peer may be doing, too."""
    with contextlib.suppress(ViciError):
        daemon.vici.request("terminate", {"ike": "psk", "force": "yes"})
    wait_until(lambda: not daemon.vici.list_sas())


def spis(host):
    return {re.search(r"spi (0x\w+)", state)[1]
            for state in esp.states(host, "esp")}


@pytest.fixture(autouse=True)
def clean(alice):
    """Nothing is left by a test, whatever it did. A daemon that stops removes
    what nothing uses, and doesn't wait for long for the rest."""
    yield
    for daemon in alice.lab.daemons.values():
        if daemon.alive:
            close(daemon)
    for name in GCM, CBC:
        wait_until(lambda name=name: not users(alice, name)[1], 10)
    for daemon in alice.lab.daemons.values():
        daemon.stop()
    assert not parallel(alice) | retired(alice)


def test_auto(gw, alice):
    """The SAs' algorithms, not all that is proposed; gone at the end."""
    _, client = daemons(gw, alice, "aes128gcm16", "aes128-sha256")
    assert not parallel(alice)
    client.vici.initiate(child="psk")
    client.log.expect(re.escape(
        f"async-crypto: {GCM} is parallel now, as pcrypt(") + r".*gcm.*\); "
        "existing SAs change with their next rekeying")
    status = client.control.plugin("async-crypto")
    assert (set(status["parallel"]), status["warnings"]) == ({GCM}, [])
    assert parallel(alice) == {GCM}
    # gw's SAs were there first, without
    rekey(client, gw, alice)
    expect_users(alice, GCM, parallel=4)
    assert alice.ping(gw.v4)


def test_at_once(gw, alice):
    """Also the SA of a connection that was loaded just before."""
    _, client = daemons(gw, alice, "aes128-sha256")
    client.vici.initiate(child="psk")
    # gw's may have been there first, without
    wait_until(lambda: users(alice, CBC)[1] in (2, 4), 5,
               lambda: str(users(alice, CBC)))
    assert alice.ping(gw.v4)


def test_listed(gw, alice):
    """What is listed is there before anything else; what the kernel doesn't
    have is named and costs the others nothing."""
    _, client = daemons(gw, alice, "aes128-sha256",
                        algorithms=f"rfc1(x), {CBC}")
    client.log.expect(re.escape("async-crypto: the kernel has no algorithm "
                                "rfc1(x), see async-crypto.algorithms"),
                      count=1)
    assert parallel(alice) == {CBC}
    client.vici.initiate(child="psk")
    expect_users(alice, CBC, parallel=4)
    assert alice.ping(gw.v4)


def enable(client, times):
    """Have GCM parallel for the nth time. The log says when that is through;
    the kernel lists the algorithm before."""
    client.reload(plugins=plugin(algorithms=GCM))
    client.log.expect(re.escape(f"async-crypto: {GCM} is parallel now"),
                      count=times)
    assert parallel(client.host) == {GCM}


def test_reload(gw, alice):
    """Off and on again: SAs keep what they have, new ones change."""
    _, client = daemons(gw, alice, algorithms="off")
    client.vici.initiate(child="psk")
    expect_users(alice, GCM, plain=4)

    enable(client, 1)
    # the SAs' own are no longer listed, and there are no others
    assert users(alice, GCM) == (0, 0)
    rekey(client, gw, alice)
    expect_users(alice, GCM, parallel=4)
    assert alice.ping(gw.v4)

    client.reload(plugins=plugin(algorithms="off"))
    client.log.expect(re.escape(f"async-crypto: {GCM} is not parallel any "
                                "more; existing SAs"))
    wait_until(lambda: not parallel(alice))
    rekey(client, gw, alice)
    expect_users(alice, GCM, plain=4)
    client.log.expect(r"async-crypto: removed pcrypt\(")

    # with an SA that uses it in between
    enable(client, 2)
    rekey(client, gw, alice)
    client.reload(plugins=plugin(algorithms="off"))
    wait_until(lambda: not parallel(alice))
    assert retired(alice) == {GCM}
    enable(client, 3)
    rekey(client, gw, alice)
    expect_users(alice, GCM, parallel=4)
    assert alice.ping(gw.v4)


def test_invalid(gw, alice):
    """An invalid reload changes nothing; masks have the kernel's range."""
    _, client = daemons(gw, alice, algorithms=GCM)
    client.reload(plugins=plugin(algorithms="off", parallel_cpus="0,2"))
    client.log.expect('async-crypto: parallel_cpus = "0,2": expected a list '
                      "of this kernel's CPUs, which are 0-1; keeping the "
                      "previous settings")
    assert parallel(alice) == {GCM}


def masks(host):
    return {f"{way} {kind}": int(host.run(
        "cat", f"/sys/kernel/pcrypt/{way}/{kind}_cpumask").stdout, 16)
        for way in ("pencrypt", "pdecrypt") for kind in ("parallel", "serial")}


def test_masks(gw, alice):
    """Set, changed and put back."""
    _, client = daemons(gw, alice, algorithms=GCM, parallel_cpus="1")
    before = masks(alice)
    assert before["pencrypt parallel"] == before["pdecrypt parallel"] == 2
    client.reload(plugins=plugin(algorithms=GCM, serial_cpus="0"))
    wait_until(lambda: masks(alice)["pencrypt serial"] == 1)
    after = masks(alice)
    assert after["pencrypt parallel"] == before["pencrypt serial"]
    client.vici.initiate(child="psk")
    assert alice.ping(gw.v4)
    client.stop()
    assert set(masks(alice).values()) == {before["pencrypt serial"]}


def test_killed(gw, alice):
    """What a killed daemon left is found: taken over, or removed."""
    _, client = daemons(gw, alice, algorithms=f"{GCM}, {CBC}")
    assert parallel(alice) == {GCM, CBC}
    client.kill()
    assert parallel(alice) == {GCM, CBC}
    other = alice.charon("other", plugins=plugin(algorithms=GCM))
    other.log.expect(r"async-crypto: found pcrypt\(.* of a run that didn't "
                     "end in order", count=2)
    wait_until(lambda: parallel(alice) == {GCM})


def test_left(gw, alice):
    """What SAs of others use is left to them, and removed by the next run."""
    gateway, client = daemons(gw, alice, algorithms=GCM)
    client.vici.initiate(child="psk")
    expect_users(alice, GCM, parallel=4)
    os.kill(gateway.pid, signal.SIGSTOP)
    try:
        client.stop()
        assert retired(alice) == {GCM}
        client.log.expect("async-crypto: left 1 parallel algorithms to the "
                          "SAs that use them")
    finally:
        os.kill(gateway.pid, signal.SIGCONT)
    gateway.vici.expect_sas(0)
    other = alice.charon("other", plugins=plugin(algorithms="off"))
    other.log.expect(r"async-crypto: removed pcrypt\(")


def test_two_daemons(gw, alice):
    """The second one in a network leaves the first one's alone, also when it
    ends, and takes over once the first one has ended."""
    _, client = daemons(gw, alice, algorithms=GCM)
    settings = plugin(algorithms=f"{GCM}, {CBC}")
    second, third = (alice.charon(name, plugins=settings,
                                  conf={"port": 0, "port_nat_t": 0})
                     for name in ("second", "third"))
    for daemon in second, third:
        daemon.log.expect(f"async-crypto: left to process {client.pid}, which "
                          "makes algorithms parallel for all, until it ends")
    warning, = second.control.plugin("async-crypto")["warnings"]
    assert f"process {client.pid}" in warning
    third.stop()
    assert parallel(alice) == {GCM}
    client.stop()
    wait_until(lambda: parallel(alice) == {GCM, CBC}, 10,
               lambda: str(parallel(alice)))


def test_foreign(gw, alice):
    """What somebody else made stays."""
    alice.run("python3", "-c",
              "import socket\n"
              "s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)\n"
              "try: s.bind(('aead', 'pcrypt(rfc4543(gcm(aes)))'))\n"
              "except OSError: pass\n")
    assert parallel(alice) == {"rfc4543(gcm(aes))"}
    _, client = daemons(gw, alice, algorithms="rfc4543(gcm(aes))")
    client.log.expect(r"async-crypto: rfc4543\(gcm\(aes\)\) is parallel "
                      r"already, as pcrypt\(.*\), which is left alone")
    client.stop()
    assert parallel(alice) == {"rfc4543(gcm(aes))"}
    # not something that a test can leave
    alice.run("modprobe", "-r", "pcrypt", check=False)


@pytest.fixture
def no_pcrypt(gw):
    """A kernel whose module pcrypt is not there."""
    modules = Path("/lib/modules", os.uname().release, "kernel/crypto")
    module, = modules.glob("pcrypt.ko*")
    gw.run("modprobe", "-r", "pcrypt")
    hidden = module.rename(module.with_suffix(".hidden"))
    yield
    hidden.rename(module)


def test_no_pcrypt(gw, alice, no_pcrypt):
    """Named once, and SAs are as they are without the plugin."""
    _, client = daemons(gw, alice, "aes128gcm16", "aes128-sha256")
    client.vici.initiate(child="psk")
    expect_users(alice, GCM, plain=4)
    assert alice.ping(gw.v4)
    rekey(client, gw, alice)
    assert client.log.count("async-crypto: ") == 1
    client.log.expect("async-crypto: the kernel has no pcrypt .*, SAs use its "
                      "algorithms as they are")
    warning, = client.control.plugin("async-crypto")["warnings"]
    assert "pcrypt" in warning


def test_not_permitted(gw):
    """Named once, and the daemon goes on: as in a container, that may have
    SAs in its network, but no algorithms of its own."""
    daemon = gw.charon(
        plugins=plugin(algorithms=f"{GCM}, {CBC}"),
        wrapper=["unshare", "--user", "--map-root-user", "--net"])
    daemon.log.expect(re.escape(f"async-crypto: making {GCM} parallel failed: "
                                "Operation not permitted"))
    assert daemon.log.count("async-crypto: ") == 1
    assert "async-crypto" in daemon.vici.stats()["plugins"]


@pytest.mark.parametrize("algorithm", [GCM, CBC])
def test_order(gw, alice, algorithm):
    """No datagram is lost to a replay window of 32, and none comes late."""
    proposal = "aes128gcm16" if algorithm == GCM else "aes128-sha256"
    _, client = daemons(gw, alice, proposal, child={"replay_window": 32},
                        algorithms=algorithm)
    client.vici.initiate(child="psk")
    expect_users(alice, algorithm, parallel=4)
    count = 2000
    for source, sink in (alice, gw), (gw, alice):
        receiver = sink.popen("python3", "-c", _RECEIVER, sink.v4, count,
                              stdout=subprocess.PIPE, text=True)
        assert receiver.stdout.readline() == "ready\n"
        source.run("python3", "-c", _SENDER, sink.v4, count)
        assert json.loads(receiver.communicate()[0]) == [count, 0]
