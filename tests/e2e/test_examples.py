# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in doc/examples, as it is."""

import json
import os
import re
import select
import shutil
import subprocess
import sys

import pytest

from lab import build, conns, wait_until
from lab.shell import run

EXAMPLES = build.REPOSITORY / "doc/examples"


def comes(client):
    """A client connects, and leaves."""
    client.vici.initiate(ike="psk")
    client.vici.terminate(ike="psk")


def told(client, out):
    """What is told as a client comes. What comes before there is a listener
    isn't, so that leaving may be all."""
    comes(client)
    while select.select([out], [], [], 0.1)[0]:
        line = out.readline().decode()
        if line.startswith("accepted "):
            return line


def test_sessions(gw, alice, bob):
    """Who is there is listed, who comes is told."""
    gateway = gw.charon(plugins={"control": {}, "unique-policy": {}})
    clients = []
    for host in alice, bob:
        server, client = conns.psk_ikev2(gw.v4, host.v4, f"{host.name}@lab")
        gateway.load(server)
        clients.append(host.charon())
        clients[-1].load(client)
    clients[0].vici.initiate(ike="psk")
    program = subprocess.Popen(
        [sys.executable, EXAMPLES / "sessions.py", gateway.control.path],
        env=os.environ | {"PYTHONPATH": str(build.VICI_PYTHON)},
        stdout=subprocess.PIPE, bufsize=0)
    try:
        assert program.stdout.readline().decode() == (
            f"up 1 alice@lab psk {alice.v4}\n")
        line = wait_until(lambda: told(clients[1], program.stdout), 10,
                          "an event")
        assert re.fullmatch(rf"accepted \d+ bob@lab psk {bob.v4}\n", line)
    finally:
        program.kill()
        program.communicate()


@pytest.mark.skipif(not shutil.which("logrotate"),
                    reason="logrotate is not installed")
def test_logrotate(lab, gw, alice):
    """charon's own file and one of peer-log go on under the old name."""
    logs = [lab.dir / "charon-all.log", lab.dir / "charon-alice.log"]
    gateway = gw.charon(
        conf={"filelog": {"all": {"path": logs[0], "flush_line": True,
                                  "default": 1}}},
        plugins={"peer-log": {"rules": {"alice": {
            "connections": "psk", "level": 1, "file": logs[1]}}}})
    server, client = conns.psk_ikev2(gw.v4, alice.v4, "alice@lab")
    gateway.load(server)
    daemon = alice.charon()
    daemon.load(client)

    def written():
        comes(daemon)
        for log in logs:
            wait_until(lambda: log.exists() and "alice@lab" in log.read_text(),
                       5, f"lines in {log}")

    written()
    text = (EXAMPLES / "logrotate").read_text()
    assert text.count("/var/log/") == 1 and text.count("swanctl ") == 1
    config = lab.dir / "logrotate.conf"
    config.write_text(
        text.replace("/var/log/", f"{lab.dir}/").replace(
            "swanctl --reload-settings", "swanctl --reload-settings --uri "
            f"unix://{gateway.vici.path}"))
    run("logrotate", "--force", "--state", lab.dir / "state", config)
    written()
    for log in logs:
        assert "alice@lab" in log.with_name(f"{log.name}.1").read_text()


# {alert: a series that has it, and for how many minutes}
_ALERTS = {
    "CharonAway": ("up 0", 2),
    "PluginNotLoaded": ("not_loaded 1", 0),
    "SettingsNotInForce": ('invalid_settings{plugin="p"} 2', 0),
    "SettingsUnreadable": ("unreadable 1", 0),
    "RestartNeeded": ("restart_needed 1", 24 * 60),
    "PluginWarns": ('warnings{plugin="p"} 1', 15),
    "LoginsRefused": ("unique_policy_rejected_total 0+2x1500", 15),
    "RecordsLost": ("accounting_journal_dropped_total 0+1x1500", 1),
}


def test_alerts(tmp_path, gw):
    """Each comes when it should, for series that there are."""
    text = (EXAMPLES / "alerts.yml").read_text()
    assert set(re.findall(r"alert: (\w+)", text)) == _ALERTS.keys()
    gateway = gw.charon(plugins={"control": {}, "unique-policy": {},
                                 "auth-policy": {}, "accounting": {}})
    series = gateway.swanadv("metrics").stdout
    assert set(re.findall(r"charon_advanced_\w+", text)) <= set(
        re.findall(r"^charon_advanced_\w+", series, re.M))
    tests = []
    for alert, (line, minutes) in _ALERTS.items():
        name, value = ("charon_advanced_" + line).split(" ")
        values = value if "x" in value else f"{value}x1500"
        firing = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
        tests.append({
            "interval": "1m",
            "input_series": [{"series": name, "values": values}],
            "promql_expr_test": [
                {"expr": firing, "eval_time": f"{at}m",
                 "exp_samples": [{"value": 1}] if fires else []}
                for at, fires in ((minutes // 2, minutes == 0),
                                  (minutes + 1, True))]})
    # JSON is YAML
    (tmp_path / "test.yml").write_text(json.dumps({
        "rule_files": [str(EXAMPLES / "alerts.yml")], "tests": tests}))
    run("promtool", "check", "rules", EXAMPLES / "alerts.yml")
    run("promtool", "test", "rules", tmp_path / "test.yml")

