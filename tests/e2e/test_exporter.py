# SPDX-License-Identifier: GPL-2.0-or-later
"""charon-exporter: metrics over HTTP, for somebody who may only read."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from lab import build, conns, wait_until
from lab.shell import run

PORT = 9914
# runs in the host's namespace: has $requests, prints [status, type, body] each
CLIENT = r"""
import concurrent.futures, http.client, json, sys
def get(request):
    host, port, method, path, count = request
    client = http.client.HTTPConnection(host, port, timeout=60)
    client.request(method, path, headers={"X": "x" * count})
    answer = client.getresponse()
    return [answer.status, answer.getheader("Content-Type"),
            answer.read().decode()]
requests = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(max(1, len(requests))) as pool:
    print(json.dumps(list(pool.map(get, requests))))
"""
# connections that are never done, until stdin ends
SLOW = r"""
import socket, sys
text = sys.argv[1].encode()
socks = [socket.create_connection(("127.0.0.1", int(sys.argv[2])))
         for _ in range(100)]
for sock in socks:
    sock.sendall(text)
print("ready", flush=True)
sys.stdin.read()
"""


def ask(host, *requests):
    """What requests are answered, all at once."""
    done = host.run(sys.executable, "-c", CLIENT, stdin=json.dumps(requests))
    return json.loads(done.stdout)


def get(host, path="/metrics", method="GET", address="127.0.0.1", count=0):
    """What a request is answered: (status, body)."""
    status, kind, body = ask(host, (address, PORT, method, path, count))[0]
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    return status, body


def is_up(host):
    """Whether metrics say so."""
    status, body = get(host)
    assert status == 200
    run("promtool", "check", "metrics", stdin=body)
    return int(re.search("^charon_advanced_up (.*)$", body, re.M)[1])


class Exporter:
    """One that runs until the test's end."""

    def __init__(self, host, path, *args, wrapper=()):
        self._host = host
        self.process = host.popen(
            *wrapper, build.exporter(), "--program", build.swanadv(),
            "--socket", path, *args, stderr=subprocess.PIPE)

    def wait(self):
        """Wait until it answers."""
        wait_until(lambda: f":{PORT} " in self._host.run(
            "ss", "-Hltn").stdout)
        return self

    def end(self):
        """End it, and return what it said."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return said.decode()


@pytest.fixture
def exporters():
    """Those that are to be ended."""
    found = []
    yield found
    for exporter in found:
        if exporter.process.poll() is None:
            exporter.process.kill()
            exporter.process.communicate()


@pytest.fixture
def server(lab, gw):
    """A daemon with a socket to read at."""
    lab.dir.chmod(0o755)
    return gw.charon(plugins={
        "unique-policy": {}, "accounting": {}, "control": {
            "readonly_socket": f"unix://{lab.dir}/readonly",
            "readonly_group": "adm"}})


@pytest.fixture
def exporter(lab, gw, server, exporters):
    """One that runs as nobody, in the group of that socket."""
    exporters.append(Exporter(
        gw, lab.dir / "readonly", wrapper=[
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=adm",
            "--bounding-set=-all", "--no-new-privs"]))
    return exporters[0].wait()


def test_scrape(gw, alice, server, exporter):
    """What swanadv says, of what happens."""
    assert is_up(gw)
    both = conns.psk_ikev2(gw.v4, alice.v4)
    server.load(both[0])
    client = alice.charon()
    client.load(both[1])
    client.vici.initiate(ike="psk")
    wait_until(lambda: "charon_advanced_unique_policy_sessions 1\n"
               in get(gw)[1])
    assert "psk" not in get(gw)[1]
    own = server.swanadv("metrics").stdout
    names = re.compile("^charon_advanced[^ ]+", re.M)
    assert names.findall(own) == names.findall(get(gw)[1])
    # on loopback only, and no other thing
    assert ":9914" not in gw.run("ss", "-Hltn", "not", "src",
                                 "127.0.0.1").stdout
    assert get(gw, "/")[0] == get(gw, "/metrics/x")[0] == 404
    assert get(gw, method="HEAD") == (200, "")
    assert get(gw, method="POST")[0] == get(gw, method="DELETE")[0] == 405
    assert exporter.end() == ""


def test_prometheus(gw, tmp_path, exporter):
    """Prometheus itself scrapes it."""
    config = tmp_path / "prometheus.yml"
    config.write_text(json.dumps({"scrape_configs": [{
        "job_name": "charon", "scrape_interval": "1s",
        "static_configs": [{"targets": [f"127.0.0.1:{PORT}"]}]}]}))
    with gw.popen("prometheus", f"--config.file={config}",
                  f"--storage.tsdb.path={tmp_path / 'data'}",
                  "--web.listen-address=127.0.0.1:9990",
                  stderr=subprocess.DEVNULL) as prometheus:
        try:
            def query(expression):
                done = gw.run("promtool", "query", "instant",
                              "http://127.0.0.1:9990", expression, check=False)
                return done.stdout

            wait_until(lambda: "=> 1 @" in query("charon_advanced_up"), 30)
            assert "=> 1 @" in query('up{job="charon"}')
        finally:
            prometheus.kill()


def test_away(gw, server, exporter):
    """A charon that is away, and one that hangs, is told as such; and one that
    is back, too."""
    assert is_up(gw)
    server.stop()
    wait_until(lambda: not is_up(gw))
    server.start()
    wait_until(lambda: is_up(gw))
    os.kill(server.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: not is_up(gw), 30)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    wait_until(lambda: is_up(gw))


def test_many(gw, server, exporter):
    """A hundred at once cost about as much as one."""
    def connects():
        return int(server.control.plugin("control", "stats")[
            "readonly-connects"])

    before = connects()
    answers = ask(gw, *[("127.0.0.1", PORT, "GET", "/metrics", 0)] * 100)
    assert {status for status, _, _ in answers} == {200}
    assert all("charon_advanced_up 1" in body for _, _, body in answers)
    # one a second
    assert connects() - before < 50


def test_zabbix(lab, gw, server):
    """The manual's parameter for its agent."""
    manual = build.REPOSITORY / "tools/swanadv/swanadv.8"
    command, = re.findall(r"^UserParameter=charon\.metric\[\*\],(.*)$",
                          manual.read_text().replace("\\-", "-"), re.M)
    for name, value in (("up", "1"), ("unique_policy_sessions", "0")):
        # as the agent does
        run = command.replace("$$", "\0").replace("$1", name).replace(
            "\0", "$").replace("/run/charon.readonly.vici",
                               str(lab.dir / "readonly")).replace(
            "swanadv", str(build.swanadv()), 1)
        assert gw.run("sh", "-c", run).stdout == f"{value}\n"


@pytest.mark.parametrize("text", ["", "GET /metrics HTT",
                                  "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_endless(gw, exporter, text):
    """A hundred that are never done keep nobody else from it."""
    with gw.popen(sys.executable, "-c", SLOW, text, PORT,
                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as slow:
        assert slow.stdout.readline() == b"ready\n"
        for _ in range(3):
            assert is_up(gw)
        slow.stdin.close()
    assert exporter.process.poll() is None


def test_hostile(gw, exporter):
    """What is too long or isn't HTTP is refused, and others are served."""
    assert ask(gw, ("127.0.0.1", PORT, "GET", "/metrics", 100000))[0][0] in (
        413, 431)
    for text in ("\0" * 1000, "GET\r\n\r\n", "x" * 100000,
                 "GET / HTTP/9.9\n\n"):
        gw.run(sys.executable, "-c", "import socket, sys\n"
               "s = socket.create_connection(('127.0.0.1', 9914))\n"
               "s.sendall(eval(sys.argv[1]).encode()); s.close()", repr(text))
        assert is_up(gw)
    assert exporter.process.poll() is None


def test_without_program(lab, gw, exporters):
    """Who can't run swanadv says so, and stays."""
    exporters.append(Exporter(gw, "/none", "--program", "/none"))
    exporters[0].wait()
    assert get(gw)[0] == 500
    assert exporters[0].end() == ("charon-exporter: can't run /none: No such "
                                  "file or directory\n")


@pytest.mark.parametrize("program,why", [
    ("echo half of it; kill -9 $$", "it was killed"),
    ("exec yes", "it prints too much"),
    ("echo half of it; exec sleep 1000", "it hangs"),
])
def test_useless_program(lab, gw, exporters, tmp_path, program, why):
    """What may be a part of it only isn't told as all of it."""
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    exporters.append(Exporter(gw, "/none", "--program", path))
    exporters[0].wait()
    assert get(gw)[0] == 500
    assert set(exporters[0].end().splitlines()) == {
        f"charon-exporter: {path} is of no use: {why}"}


def test_addresses(lab, gw, exporters):
    """IPv6, one that is taken, and those that are none."""
    exporters.append(Exporter(gw, "/none", "--listen", f"[::1]:{PORT}"))
    exporters[0].wait()
    assert get(gw, address="::1")[0] == 200

    def start(*args):
        done = subprocess.run(
            ["ip", "netns", "exec", gw.ns, build.exporter(), *args], text=True,
            capture_output=True, timeout=20)
        return done.returncode, done.stdout + done.stderr

    assert start("--listen", f"[::1]:{PORT}") == (
        1, "charon-exporter: can't listen: Address already in use\n")
    for address in ("", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", ":1",
                    "127.0.0.1:65536", "127.0.0.1:1x", "localhost:1", "::1:80",
                    "[::1]", "[::1:80", "[x]:80", "256.0.0.1:80", "-1:-1",
                    "127.0.0.1:99999999999999999999", "[" + "1" * 99 + "]:1"):
        assert start(f"--listen={address}") == (
            2, f'charon-exporter: --listen = "{address}": expected '
            "ADDRESS:PORT or [ADDRESS]:PORT, a port of 1-65535\n")
    assert start("x") == (2, "charon-exporter: 'x' is one too many\n")
    assert start("--nothing")[0] == 2
    assert start("--help")[1].startswith("usage: charon-exporter")
    assert re.fullmatch(r"charon-exporter [\d.]+\n", start("--version")[1])


def test_unit(tmp_path):
    """systemd has nothing to say of it, and it has no rights that it doesn't
    need."""
    text = (build.BUILD / "tools/exporter/charon-exporter.service").read_text()
    program, = re.findall(
        r"^ExecStart=(\S+) --socket /run/charon.readonly.vici$", text, re.M)
    unit = tmp_path / "charon-exporter.service"
    unit.write_text(text.replace(program, str(build.exporter())))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                          capture_output=True, text=True)
    assert "charon-exporter" not in done.stderr, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes",
                           "--no-pager", unit], capture_output=True, text=True)
    level, = re.findall(r"exposure level for \S+: (\S+)", done.stdout)
    assert float(level) < 2
