# SPDX-License-Identifier: GPL-2.0-or-later
"""All plugins for a while on one gateway, and what is left of it.

        10.1.0.0/24             10.2.0.0/24, 10.77.N.0/24
    ----+----------+------- eth0 gw eth1 ----
        |          |
       a (IKEv2)   b (IKEv1) ...

    /usr/bin/python3 -m pytest tests/soak --peers 500 --seconds 900
"""

import contextlib
import os
import random
import re
from pathlib import Path

import actors
from lab import build, conns, pcsc, wait_until
from lab.everything import State, settings

# lines of our plugins and of what isn't about a peer, which may be wrong in
# many ways here
OURS = re.compile(r"\d\d\[(LIB|KNL|DMN|JOB|MGR)\]|\d\d\[.*\] (<.*> )?"
                  rf"({'|'.join(build.plugins())}): ")
# what they say about a life like that
EXPECTED = re.compile("|".join((
    # counters
    r"auth-policy: certificates: ", r"unique-policy: .* accepted, ",
    # Operator's bad settings
    r": expected .*; keeping the previous settings",
    # pcscd comes and goes, and with nothing to load from it
    r"pcsc-token: .*pcscd",
)))
ERROR = re.compile(r"error|fail|unable|invalid|can't|refus", re.I)


def memory(pid):
    """Resident memory in KiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def files(pid):
    """Number of open file descriptors."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_soak(lab, request, tmp_path):
    peers = request.config.getoption("peers")
    seconds = request.config.getoption("seconds")
    rng = random.Random(request.config.getoption("seed"))
    net = lab.segment("10.1.0.0/24")
    gw = lab.host("gw", net, lab.segment("10.2.0.0/24"))
    hosts = [lab.host(name, net) for name in "abcd"]
    log = tmp_path / "p7.log"

    with contextlib.ExitStack() as stack:
        pcscd = None
        if not pcsc.missing():
            pcscd = stack.enter_context(pcsc.Pcscd(gw))
        server = gw.charon(
            plugins=settings(log), without=["socket-default"],
            conf=conns.MANY_PEERS | {
                "retransmit_tries": 2, "retransmit_timeout": 1},
            env=pcscd.env if pcscd else None)
        state = State(gw, server)
        table = state.table()
        # IKEv1 on every other host
        setups = [conns.psk_ikev2, conns.psk_ikev1 if build.has_ikev1() else
                  conns.psk_ikev2] * 2
        everybody = []
        for number, (host, setup) in enumerate(zip(hosts, setups)):
            # a peer that died, or whose DELETE was lost, is found out
            server.load(setup(gw.v4, "%any", name=setup.__name__, gateway={
                "dpd_delay": 3, "dpd_timeout": 10})[0])
            users = [f"p{n}" for n in range(number, peers, len(hosts))]
            everybody.append(actors.Peers(host, gw.v4, setup, users,
                                          random.Random(rng.random())))
        variants = [
            (settings(log), False),
            (settings(log, bypass={"rules": {}},
                      unique_policy={"mode": "no"}), False),
            (settings(log, unique_policy={"mode": "keep", "limit": 2},
                      filtermode={"default": "drop"}), False),
            (settings(log, bypass={"lan": "perhaps"}), True),
            (settings(log, unique_policy={"limit": 0},
                      filtermode={"mode": "on"}), True)]

        def start():
            cast = [*everybody, actors.Flapper(gw, rng),
                    actors.Operator(server, variants, rng),
                    actors.Clients(server, rng)]
            return actors.Actors(
                cast + ([actors.Tokens(pcscd, rng)] if pcscd else []))

        def soak():
            """Half of it: what the daemon takes when all is quiet again."""
            with start() as cast:
                cast.wait(seconds / 2)
            server.reload(plugins=settings(log))
            # what the plugins have is what charon and the kernel have
            wait_until(lambda: state.sessions() == state.sas(), 20, lambda: (
                f"sessions {state.sessions() - state.sas()} are gone, IKE_SAs "
                f"{state.sas() - state.sessions()} have none"))
            wait_until(lambda: state.bypass() == len(state.policies()), 10)
            wait_until(lambda: state.bindings() == state.sockets(), 10,
                       lambda: f"{state.bindings()}, not {state.sockets()}")
            assert state.table() == table
            # and nobody stays when everybody leaves
            for group in everybody:
                group.leave()
            server.vici.expect_sas(0, timeout=40)
            wait_until(lambda: not state.sessions(), 10)
            print(cast.acts)
            return memory(server.pid), files(server.pid)

        half, end = soak(), soak()
        print(f"memory {half[0]}, {end[0]} KiB; files {half[1]}, {end[1]}")
        # sanitizers have memory of their own, for each thread
        if "CHARON_ADVANCED_ENV" not in os.environ:
            assert end[0] < half[0] * 1.1 + 2048
        # some clients of control have gone without being noticed yet
        assert end[1] <= half[1] + 5
        odd = [line for line in server.log.text().splitlines()
               if OURS.search(line) and ERROR.search(line) and
               not EXPECTED.search(line)]
        assert not odd, f"{len(odd)} lines\n" + "\n".join(odd[:20])
        server.stop()
        assert not state.policies()
        assert gw.run("nft", "list", "tables").stdout == ""
    others = [line for line in log.read_text().splitlines()
              if re.search(r"p\d+@lab", line) and "p7@lab" not in line]
    assert not others
