# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv metrics: what Prometheus gets, and makes of it."""

import json
import os
import re
import signal
import subprocess

import pytest

from lab import build, conns, everything, wait_until
from lab.shell import run


def metrics(daemon, status=0):
    """{name and labels: value}, once promtool has nothing to say of it."""
    done = subprocess.run(
        [build.swanadv(), "--socket", daemon.control.path, "metrics"],
        capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    run("promtool", "check", "metrics", stdin=done.stdout)
    return {name: int(value) for name, value in
            re.findall(r"^([^# ]\S*) (\d+)$", done.stdout, re.M)}


def expected(daemon):
    """What metrics() has of plugins, by what status and stats say."""
    stats, status = (json.loads(daemon.swanadv("--json", name,
                                               check=False).stdout)["plugins"]
                     for name in ("stats", "status"))
    found = {}
    for sections, suffix in ((status, ""), (stats, "_total")):
        for plugin, fields in sections.items():
            for field, value in fields.items():
                name = "charon_advanced_" + re.sub(
                    r"\W", "_", f"{plugin}_{field}") + suffix
                if sections is status and field in stats.get(plugin, {}):
                    continue
                if isinstance(value, dict):
                    found |= {f'{name}{{kind="{kind}"}}': number
                              for kind, number in value.items()}
                elif isinstance(value, int):
                    found[name] = int(value)
    return found


def test_all(lab):
    """All numbers and flags of all plugins, each with its type."""
    gw = lab.host("gw", lab.segment("10.1.0.0/24"),
                  lab.segment("10.3.0.0/24"))
    server = gw.charon(plugins=everything.settings(lab.dir / "log"),
                       without=["socket-default"])
    found, of_plugins = metrics(server), expected(server)
    # these change by being asked for
    own = re.compile("charon_advanced_control_")
    assert not {name: (value, found.get(name))
                for name, value in of_plugins.items()
                if found.get(name) != value and not own.match(name)}
    assert of_plugins.keys() <= found.keys()
    others = found.keys() - of_plugins.keys()
    assert {re.sub(r"\{.*", "", name) for name in others} == {
        f"charon_advanced_{name}" for name in (
            "up", "not_loaded", "unreadable", "restart_needed",
            "invalid_settings", "warnings")}
    text = server.swanadv("metrics").stdout
    counters = set(re.findall(r"^# TYPE (\S+) counter$", text, re.M))
    assert counters == {re.sub(r"\{.*", "", name) for name in of_plugins
                        if re.search(r"_total\b", name)}
    assert len(counters) > 20
    # each says what it is
    assert len(re.findall("^# HELP ", text, re.M)) == len(
        re.findall("^# TYPE ", text, re.M))


def test_what_happens(gw, alice):
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server = gw.charon(plugins={"control": {}, "bypass": {}, "strict-bind": {},
                                "unique-policy": {"mode": "keep"}})
    server.load(pair[0])
    name = "charon_advanced_unique_policy_"

    def counts():
        found = metrics(server)
        return (found[f"{name}accepted_total"], found[f"{name}sessions"],
                found[f'{name}replaced_total{{kind="limit"}}'])

    assert counts() == (0, 0, 0)
    client = alice.charon()
    client.load(pair[1])
    client.vici.initiate(ike="psk")
    assert counts() == (1, 1, 0)
    client.vici.terminate(ike="psk")
    server.vici.expect_sas(0)
    assert counts() == (1, 0, 0)

    # what needs a look
    found = metrics(server)
    assert found["charon_advanced_not_loaded"] == 1
    invalid = 'charon_advanced_invalid_settings{plugin="bypass"}'
    assert found[invalid] == 0
    server.reload(plugins={"control": {}, "bypass": {"lan": "maybe"},
                           "unique-policy": {"mode": "keep"}})
    assert metrics(server)[invalid] == 1
    assert metrics(server)["charon_advanced_unreadable"] == 0
    (gw.lab.dir / "gw.conf").unlink()
    assert metrics(server)["charon_advanced_unreadable"] == 1
    # and who is away is told as well
    server.stop()
    assert metrics(server, status=1) == {"charon_advanced_up": 0}


def test_hung(gw):
    """Who hangs is away, and whoever asks doesn't hang, too."""
    daemon = gw.charon(plugins={"control": {}})
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        assert metrics(daemon, status=1) == {"charon_advanced_up": 0}
    finally:
        os.kill(daemon.pid, signal.SIGCONT)


def test_format_is_its_own(gw):
    """Whatever the options for others say."""
    server = gw.charon(plugins={"control": {}})
    texts = [re.sub(r" \d+\n", "\n", server.swanadv(*options, "metrics").stdout)
             for options in ([], ["--json"], ["--raw"])]
    assert texts[0] == texts[1] == texts[2]


# answers each request with what a command prints
_SERVE = """
import http.server, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        done = subprocess.run(sys.argv[1:], capture_output=True)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(done.stdout)

http.server.HTTPServer(("127.0.0.1", 9100), Handler).serve_forever()
"""

_CONF = """
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - job_name: gateway
    static_configs: [{targets: ["127.0.0.1:9100"]}]
"""


@pytest.mark.unsanitized  # what it scrapes takes longer than its interval
def test_prometheus(gw, lab):
    """A real one scrapes it, and sees a gateway go."""
    server = gw.charon(plugins={"control": {}, "bypass": {"rules": {"a": {
        "src": "10.9.0.0/24", "dst": "10.8.0.0/24"}}}})
    conf = lab.dir / "prometheus.yml"
    conf.write_text(_CONF)
    log = (lab.dir / "prometheus.log").open("w")
    gw.popen("/usr/bin/python3", "-c", _SERVE, build.swanadv(), "--socket",
             server.control.path, "metrics", stdout=log,
             stderr=subprocess.STDOUT)
    gw.popen("prometheus", f"--config.file={conf}",
             f"--storage.tsdb.path={lab.dir}/tsdb",
             "--web.listen-address=127.0.0.1:9090", stdout=log,
             stderr=subprocess.STDOUT)

    def value(name):
        done = gw.run("promtool", "query", "instant", "-o", "json",
                      "http://127.0.0.1:9090", name, check=False)
        found = json.loads(done.stdout) if done.returncode == 0 else []
        return [sample["value"][1] for sample in found]

    policies = "charon_advanced_bypass_policies_added_total"
    wait_until(lambda: value(policies) == ["6"], 20,
               lambda: (lab.dir / "prometheus.log").read_text()[-2000:])
    assert value("charon_advanced_up") == ["1"]
    server.stop()
    wait_until(lambda: value("charon_advanced_up") == ["0"], 20)
    assert value(policies) == []
