# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv status: what isn't in force comes first."""

import json
import os
import signal
import time

import pytest

from lab import build
from lab.daemon import STOCK_PLUGINS
from lab.poll import patience, wait_until


def status(daemon, *options, code):
    """Its lines."""
    done = daemon.swanadv(*options, "status", check=False)
    assert done.returncode == code, done.stdout
    return done.stdout.splitlines()


def test_all_well(gw):
    """One line for each plugin, and status 0."""
    daemon = gw.charon(plugins={"control": {}, "bypass": {}})
    daemon.log.expect(r"charon-advanced: in force: bypass, control$")
    assert [line.split(":")[0] for line in status(daemon, code=0)] == [
        "bypass", "control"]
    # and with -v all that they say
    lines = status(daemon, "-v", code=0)
    assert lines[0] == "bypass: " and "  lan: no" in lines
    assert any(line.startswith("  commands: list-bypasses") for line in lines)


@pytest.mark.parametrize("name, settings, reason", [
    ("strict-bind", {"interfaces": "eth*"},
     "not started, as socket-default is loaded, too, which binds any address; "
     "set charon.plugins.socket-default.load = no"),
    ("strict-bind", {}, "interfaces: nothing says what to bind, expected "
     "interfaces, addresses or auto = yes"),
    ("bypass", {"lan": "maybe"}, 'lan = "maybe": expected yes or no')])
@pytest.mark.parametrize("before", [False, True])
def test_not_loaded(gw, name, settings, reason, before):
    """Whether control is loaded before it or after."""
    plugins = {"control": {"load": 2 if before else 1},
               name: {"load": 1 if before else 2, **settings}}
    daemon = gw.charon(plugins=plugins)
    daemon.log.expect("charon-advanced: in force: control; not loaded: "
                      f"{name}$")
    lines = status(daemon, code=2)
    reason += "; once mended, restart charon"
    assert lines[0] == f"NOT LOADED {name}: {reason}"
    assert lines[1].startswith("control: ")
    # the reason is there after reloads, too
    daemon.reload()
    assert status(daemon, code=2)[0] == lines[0]
    answer = json.loads(daemon.swanadv("--json", "status", check=False).stdout)
    assert answer["not-loaded"] == [f"{name}: {reason}"]
    # until it isn't wanted any more
    daemon.reload(plugins={"control": {}, name: {"load": False}})
    assert len(status(daemon, code=0)) == 1


def test_not_modular(gw):
    """A list of plugins, as of old."""
    daemon = gw.charon(conf={
        "load_modular": False, "load": f"{' '.join(STOCK_PLUGINS)} control "
        "bypass! unity-ext"}, plugins={
            "control": {}, "unity-ext": {"load": False}})
    assert "bypass" in status(daemon, code=0)[0]
    daemon.reload(conf={"load_modular": False, "load": "control strict-bind"})
    assert sorted(status(daemon, code=1)[:2]) == [
        "RESTART NEEDED charon.plugins.bypass.load = no: it is loaded",
        "RESTART NEEDED charon.plugins.strict-bind.load = yes: it is not "
        "loaded"]


def test_all_errors(gw):
    """All that is wrong with what isn't loaded, as it was written."""
    daemon = gw.charon(plugins={"control": {}, "unique-policy": {
        "limit": "%s%n", "mode": "x; not", "unknown": 1}})
    lines = status(daemon, code=2)
    assert [line.split(" = ")[0] for line in lines[:-1]] == [
        f"NOT LOADED unique-policy: {key}" for key in (
            "limit", "mode", "unknown")]
    assert '"%s%n"' in lines[0] and '"x; not"' in lines[1]
    for args in (["session"], ["reload"]):
        done = daemon.swanadv("-v", *args, check=False)
        assert done.returncode == 2
        assert "--verbose: expected with status and setting list" in done.stdout


def test_not_installed(gw):
    """Or not for this strongSwan: nobody gave a reason."""
    daemon = gw.charon(plugins={"control": {}, "bypass": {}})
    daemon.stop()
    library = gw.lab.plugin_dir / "libstrongswan-bypass.so"
    library.rename(library.with_suffix(".away"))
    daemon.start()
    assert status(daemon, code=2)[0] == (
        "NOT LOADED bypass: it may not be installed, see charon's log of its "
        "start")


def test_without_control(gw):
    daemon = gw.charon(plugins={"unique-policy": {}, "strict-bind": {}})
    daemon.log.expect("charon-advanced: in force: unique-policy; not loaded: "
                      "strict-bind$")


def test_restart_needed(gw):
    """What a reload can't put in force: rc 0, and nothing had changed."""
    plugins = {"control": {}, "bypass": {}}
    daemon = gw.charon(plugins=plugins)
    daemon.reload(conf={"port": 600}, plugins={
        "control": {}, "bypass": {"load": False}, "unique-policy": {}})
    assert sorted(status(daemon, code=1)[:3]) == [
        "RESTART NEEDED charon.plugins.bypass.load = no: it is loaded",
        "RESTART NEEDED charon.plugins.unique-policy.load = yes: it is not "
        "loaded",
        "RESTART NEEDED charon.port = 600: in force is 500"]
    # a critical plugin's section has it, too, and 500 is the default
    daemon.reload(conf={"port": 500, "plugins": {"unique-policy!":
                                                 {"load": True}}},
                  plugins=plugins)
    line, *_ = status(daemon, code=1)
    assert "unique-policy.load = yes" in line
    daemon.reload(conf={}, plugins=plugins)
    assert len(status(daemon, code=0)) == 2


def test_ports_that_are_the_same(gw):
    """As charon reads them, however they are written."""
    daemon = gw.charon(plugins={"control": {}})
    for port in ("0500", " 500", "+500", "many"):
        daemon.reload(conf={"port": port, "port_nat_t": "04500"})
        assert len(status(daemon, code=0)) == 1, port
    daemon.reload(conf={"port": "0501"})
    assert status(daemon, code=1)[0] == (
        "RESTART NEEDED charon.port = 0501: in force is 500")


@pytest.mark.parametrize("text", [None, "charon {\n"])
def test_unreadable(gw, text):
    """A file that can't be read tells no plugin, whoever reloads."""
    daemon = gw.charon(plugins={"control": {}})
    file = gw.lab.dir / "gw.conf"
    good = file.read_text()
    file.unlink()
    if text:
        file.write_text(good + text)
    daemon.swanctl("--reload-settings", check=False)
    assert status(daemon, code=2)[0] == (
        f"NOT IN FORCE {file}: can't be read, the previous settings stay; see "
        "swanadv check")
    file.write_text(good)
    assert len(status(daemon, code=0)) == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_hung(gw, options):
    """Monitoring hears of it."""
    daemon = gw.charon(plugins={"control": {}})
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        lines = status(daemon, *options, code=2)
        assert time.monotonic() - begun < patience(12)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    message = (f"no answer from unix://{daemon.control.path} within 10 "
               "seconds; charon hangs, see its log")
    if options:
        error, = json.loads(lines[-1])["errors"]
        assert error == {"message": f"status: {message}"}
    else:
        assert lines == [f"swanadv: status: {message}"]


def test_lan(gw):
    """What lan does, or can't, is said as long as it's so."""
    plugins = {"control": {}, "bypass": {"lan": True, "lan_interfaces": "br0"}}
    stock = {"bypass-lan": {}} if build.has_bypass_lan() else {}
    daemon = gw.charon(plugins=plugins | stock)
    rival = ("WARNING bypass: plugin bypass-lan excludes local subnets, too, "
             "whatever bypass.lan_interfaces says; set charon.plugins."
             "bypass-lan.load = no")
    nothing = ("WARNING bypass: lan = yes excludes nothing, as there is no "
               "local subnet; name the LAN's interfaces in lan_interfaces")
    warnings = [rival] if stock else []
    assert status(daemon, code=1)[:-2] == [*warnings, nothing]
    plugins["bypass"] = {"lan": True}
    daemon.reload(plugins=plugins | stock)
    assert status(daemon, code=len(warnings))[:-2] == warnings
    # an uplink is none
    gw.ip("route add default dev eth0")
    left_out = nothing.replace(";", " but those in left-out;")
    wait_until(lambda: left_out in daemon.swanadv("status", check=False).stdout)
    plugins["bypass"] = {}
    daemon.reload(plugins=plugins | stock)
    assert len(status(daemon, code=0)) == 2


def test_order(gw):
    """The worst comes first."""
    build.need_ikev1()
    daemon = gw.charon(plugins={"control": {}, "bypass": {}, "ikev1-policy": {
        "unencrypted_main_mode_peers": "192.0.2.1"}, "strict-bind": {}})
    daemon.reload(conf={"port": 600}, plugins={
        "control": {}, "bypass": {"lan": "y"}, "strict-bind": {},
        "ikev1-policy": {"unencrypted_main_mode_peers": "192.0.2.1"}})
    assert [line.split(":")[0] for line in status(daemon, code=2)] == [
        "NOT LOADED strict-bind", "NOT IN FORCE bypass",
        "RESTART NEEDED charon.port = 600", "WARNING ikev1-policy",
        "bypass", "control", "ikev1-policy"]
