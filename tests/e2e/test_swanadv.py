# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv: what it prints, what it returns, what it says if something is
wrong. What it shows of each plugin is in test_control.py."""

import json
import os
import pty
import re
import select
import signal
import subprocess
from datetime import datetime

import pytest

from lab import build, conns, everything, wait_until

DOC = (build.REPOSITORY / "doc/control.md").read_text()
RULE = {"src": "10.9.0.0/24", "dst": "10.8.0.0/24"}


def swanadv(*args, status=0, **more):
    """Run it without a daemon: (stdout, stderr)."""
    done = subprocess.run([build.swanadv(), *map(str, args)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **more)
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def gateway(gw):
    return gw.charon(plugins={"control": {}, "bypass": {
        "rules": {"file": RULE}}})


def test_text(gateway):
    def lines(*args):
        return gateway.swanadv(*args).stdout.splitlines()

    assert lines("status")[0] == (
        "bypass: lan no, subnets 0, rules 1, runtime-rules 0, policies 6")
    assert lines("bypass", "add", "b", "src=10.9.1.1", "dst=10.8.1.1,10.8.1.2",
                 "protocol=udp", "dst_port=53") == []
    header, first, second = lines("bypass")
    assert header.split() == ["name", "origin", "src", "dst", "direction",
                              "policies"]
    assert first.split() == ["file", "config", "10.9.0.0/24", "10.8.0.0/24",
                             "both", "6"]
    assert "10.8.1.1/32[udp/domain], 10.8.1.2/32[udp/domain]" in second
    # columns stand below each other
    assert {line.index(word) for line, word in (
        (header, "direction"), (first, "both"), (second, "both"))
    } == {header.index("direction")}
    assert lines("bypass", "list") == [header, first, second]
    assert lines("bypass", "delete", "b") == []
    assert "    policies-added: 18" in lines("stats")
    assert "loaded: bypass, control" in lines("version")


# what bash calls when a word is to be completed
_COMPLETE = """
source "$1"
PATH=$2:$PATH
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_swanadv
printf "%s\\n" "${COMPREPLY[@]}"
"""


def complete(*words):
    """What bash offers for the last one of swanadv's arguments."""
    script = build.REPOSITORY / "tools/swanadv/completions/swanadv"
    done = subprocess.run(
        ["bash", "-c", _COMPLETE, "bash", script, build.swanadv().parent,
         "swanadv", *map(str, words)], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    return set(done.stdout.split())


def test_completion(gateway):
    """All that --help knows, and the names of what there is."""
    usage = swanadv("--help")[0]
    assert complete("") == set(re.findall(r"^  ([a-z][\w-]*)", usage, re.M))
    assert complete("-") >= set(re.findall(r"(?<=, )--[\w-]+", usage))
    assert complete("by") == {"bypass"}
    assert complete("setting", "set", "charon.port") == {
        "charon.port", "charon.port_nat_t"}
    assert complete("bypass", "") == {"list", "add", "delete"}
    assert "direction=" in complete("bypass", "add", "x", "d")
    assert complete("--socket", gateway.control.path, "bypass", "delete",
                    "") == {"file"}
    assert complete("monitor", "") == set(
        re.findall(r"^### (\S+)", DOC.split("\n## Events")[1], re.M))


# what a daemon may tell that a rule is called
HOSTILE = ["$(touch x)", "`touch x`", "a;touch x", "a|touch x", "a&touch x",
           "a>x", "*", "?", "~", "$HOME", "${IFS}", "a b", " a", "'a", '"a',
           "\\", "\\u0061", "a\\", "\"name\": \"b\"", "!!", "#a", "{a,b}",
           "a=b", "\u00fcber", "-a", "<(touch x)"]


@pytest.mark.parametrize("command", ["bypass", "log"])
def test_completion_of_hostile_names(gw, tmp_path, command):
    """Nothing that was read is expanded, neither when it is offered nor when
    the line that it was put into is run."""
    daemon = gw.charon(plugins={"control": {}, "bypass": {}, "peer-log": {}})
    for n, name in enumerate(HOSTILE):
        daemon.control.request(
            {"bypass": "add-bypass", "log": "add-log"}[command],
            {"name": name} | {"bypass": RULE | {"dst": f"10.8.0.{n}"},
                              "log": {"ids": "a", "syslog": "daemon"}}[command])
    script = build.REPOSITORY / "tools/swanadv/completions/swanadv"
    run = f"""
        source {script}
        PATH={build.swanadv().parent}:$PATH
        COMP_WORDS=(swanadv -s {daemon.control.path} {command} delete "")
        COMP_CWORD=5
        _swanadv
        for word in "${{COMPREPLY[@]}}"; do
            eval "set -- $word"
            [ $# = 1 ] && printf "%s\\n" "$1"
        done
        COMP_WORDS[5]='\\$\\('
        _swanadv
        printf "%s\\n" "${{COMPREPLY[@]}}"
    """
    for name in ("a", "b", "file"):
        (tmp_path / name).touch()
    done = subprocess.run(["bash", "-c", run], text=True, cwd=tmp_path,
                          capture_output=True)
    *names, last = done.stdout.splitlines()
    # but for one that looks like JSON's escape of a control character
    assert sorted(names) == sorted(
        name for name in HOSTILE if "\\u" not in name), done.stderr
    assert last == r"\$\(touch\ x\)"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "file"}


def test_completion_by_tab(gateway, tmp_path):
    """With a terminal: tab, and enter."""
    name = "$(touch x)"
    gateway.control.request("add-bypass", RULE | {"name": name,
                                                  "dst": "10.8.1.1"})
    gateway.control.request("add-bypass", RULE | {"name": "site:b=1",
                                                  "dst": "10.8.1.2"})
    (tmp_path / "f$(touch y)").write_text("bypass {\n}\n")
    script = build.REPOSITORY / "tools/swanadv/completions/swanadv"
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"], stdin=theirs, stdout=theirs,
        stderr=theirs, cwd=tmp_path, start_new_session=True,
        env=os.environ | {"PS1": "", "INPUTRC": "/dev/null",
                          "HISTFILE": "", "TERM": "dumb"})
    os.close(theirs)

    def type_(text):
        os.write(ours, text.encode())

    read = b""

    def shown(text):
        nonlocal read
        if select.select([ours], [], [], 0)[0]:
            read += os.read(ours, 65536)
        return text.encode() in read

    try:
        type_(f"source {script}; PATH={build.swanadv().parent}:$PATH\r")
        type_("echo rea''dy\r")
        wait_until(lambda: shown("ready"))
        type_(f"swanadv -s {gateway.control.path} bypass delete \\$\t")
        wait_until(lambda: shown("touch\\ x"))
        type_("\r")
        wait_until(lambda: len(gateway.control.stream(
            "list-bypasses", "list-bypass")) == 2)
        # where the shell has words end, but we don't
        type_(f"swanadv --socket=unix://{gateway.control.path} bypass delete "
              "site:b\t")
        wait_until(lambda: shown("site:b=1"))
        type_("\r")
        wait_until(lambda: len(gateway.control.stream(
            "list-bypasses", "list-bypass")) == 1)
        type_("swanadv check f\t")
        wait_until(lambda: shown("touch\\ y"))
        type_("\r")
        wait_until(lambda: shown("valid (sections"))
        # a daemon that hangs has the shell wait for a moment only
        os.kill(gateway.pid, signal.SIGSTOP)
        type_(f"swanadv -s {gateway.control.path} bypass delete \t\x15"
              "echo go''es on\r")
        wait_until(lambda: shown("goes on"))
        assert [path.name for path in tmp_path.iterdir()] == ["f$(touch y)"]
    finally:
        os.kill(gateway.pid, signal.SIGCONT)
        shell.kill()
        shell.wait()
        os.close(ours)


# of fields, and of what is within plugins
TYPES = {"": "section"} | dict(re.findall(
    r"^\| `([\w-]+)` \| (\w+) \| ", DOC, re.M))


def check_types(name, value):
    """A value in JSON against doc/control.md: only numbers and flags are
    something else than they are in a message."""
    kind = TYPES[name]
    if name == "plugins":
        for plugin in value.values():
            check_types("", plugin)
    elif kind == "section":
        assert type(value) is dict, name
        for key, item in value.items():
            check_types(key, item)
    elif kind in ("list", "numbers"):
        items, expected = ((value, str) if kind == "list" else
                           (value.values(), int))
        assert all(type(item) is expected for item in items), (name, value)
    else:
        assert type(value) is {"text": str, "number": int, "flag": bool}[
            kind], (name, value)


def test_json_types(gw, alice, lab):
    """Each field of all plugins has the type that doc/control.md says, though
    names and identities look like others."""
    server = gw.charon(plugins=everything.settings(lab.dir / "peer.log"),
                       without=["socket-default"])
    pair = conns.psk_ikev2(gw.v4, alice.v4, "12345")
    server.load(pair[0])
    client = alice.charon()
    client.load(pair[1])

    def parse(*args):
        # status ends with 1 for what it warns of
        found = json.loads(server.swanadv("--json", *args, check=args != (
            "status",)).stdout)
        for item in found.pop("items", []):
            check_types("", item)
            yield item
        check_types("", found)
        yield found

    with subprocess.Popen(
            [build.swanadv(), "-s", server.control.path, "-j", "-n", "1",
             "monitor", "session"], text=True, stdout=subprocess.PIPE) as seen:
        wait_until(lambda: server.control.plugin("control")[
            "registrations"] == "1")
        client.vici.initiate(ike=next(iter(pair[1].connections)))
        event = json.loads(seen.stdout.readline())
    check_types("", event["data"])
    assert event["event"] == "session" and event["data"]["id"] == "12345"
    assert datetime.fromisoformat(event["time"]).tzinfo

    session, answer = parse("session")
    assert session["id"] == "12345" and session["port"] in (500, 4500)
    assert answer == {}
    assert [*parse("bypass", "add", "yes", "src=10.9.1.1", "dst=10.8.1.1")] == [
        {}]
    rule = [rule for rule in parse("bypass") if rule.get("name") == "yes"][0]
    assert rule["origin"] == "runtime" and rule["policies"] == 6
    [*parse("log", "add", "12345", "ids=yes", "ike=3",
            f"file={lab.dir / '1.log'}")]
    rule = [rule for rule in parse("log") if rule.get("name") == "12345"][0]
    assert (rule["level"], rule["levels"], rule["ids"]) == (
        2, {"ike": 3}, ["yes"])
    *rules, answer = parse("filter")
    assert answer["installed"] is True and "rules.a" in {
        rule["name"] for rule in rules}
    for command in ("binding", "token", "stats", "version"):
        assert [*parse(command)]
    status, = parse("status")
    assert status["plugins"]["bypass"]["lan"] is True
    assert status["plugins"]["unique-policy"]["sessions"] == 1
    answer, = parse("reload")
    assert answer["plugins"]["bypass"] == {"reloaded": True}


def json_errors(*args, run=swanadv, status=1):
    """What --json prints of what goes wrong: {message: error}."""
    done = run("--json", *args, status=status)
    errors = json.loads(done[1])["errors"]
    assert done[1].count("\n") == 1
    return done[0], {error["message"]: error for error in errors}


def test_json_errors(gateway, tmp_path):
    """Whatever goes wrong comes as JSON on stderr, and stdout has a document
    only if there was an answer."""
    def ask(*args, **more):
        return json_errors("-s", gateway.control.path, *args, **more)

    out, errors = ask("bypass", "delete", "x")
    assert not out and list(errors) == [
        'name = "x": there is no rule of this name']
    out, errors = ask("bypass", "add", "b", "src=x", "dst=y", "protocol=z")
    assert not out and {line.split(" = ")[0] for line in errors} == {
        "src", "dst", "protocol"}
    for args in (["token"], ["monitor", "session"]):
        out, errors = ask(*args)
        assert not out and "isn't loaded" in next(iter(errors))
    # what became of each plugin is told beside what is wrong
    gateway._plugins = {"control": {}, "bypass": {"lan": "maybe"}}
    gateway._configure()
    out, errors = ask("reload")
    message, = errors
    assert message.startswith('bypass: lan = "maybe": expected ')
    plugins = json.loads(out)["plugins"]
    assert plugins["control"] == {"reloaded": True}
    assert plugins["bypass"]["reloaded"] is False
    assert [f"bypass: {line}" for line in plugins["bypass"]["errors"]] == [
        message]
    out, errors = json_errors("-s", tmp_path / "none", "status", status=2)
    assert not out and next(iter(errors)).startswith("can't connect to ")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [build.swanadv(), "-s", gateway.control.path, "-j", "status"],
            text=True, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2 and json.loads(done.stderr) == {"errors": [
        {"message": "can't write: No space left on device"}]}


def test_raw(gateway):
    assert gateway.swanadv("--raw", "bypass").stdout.startswith(
        "list-bypass {name=file origin=config src=[10.9.0.0/24] ")


@pytest.mark.parametrize("options", [[], ["--json"], ["--raw"]])
def test_monitor(gateway, options):
    process = subprocess.Popen(
        [build.swanadv(), "-s", gateway.control.path, "-n", "1", *options,
         "monitor", "bypass"], text=True, stdout=subprocess.PIPE)
    number = 0
    while process.poll() is None and number < 500:
        gateway.control.request("add-bypass", RULE | {
            "name": f"r{number}", "dst": f"10.8.1.{number}"})
        number += 1
    line, = process.communicate(timeout=5)[0].splitlines()
    assert process.returncode == 0
    if options == ["--json"]:
        event = json.loads(line)
        assert event["event"] == "bypass"
        assert event["data"]["policies-added"] == 6
    else:
        assert re.search(r"bypass.*added.*r\d", line)


def test_errors(gateway, tmp_path):
    def fails(*args):
        done = gateway.swanadv(*args, check=False)
        assert done.returncode == 1
        return done.stdout

    assert fails("bypass", "delete", "file") == (
        'swanadv: name = "file": the rule is in the configuration, expected '
        "one that was added at run time\n")
    assert 'swanadv: src = "x": expected' in fails(
        "bypass", "add", "b", "src=x", "dst=10.8.0.1")
    for args in (["token"], ["session"], ["monitor", "session"]):
        assert "the plugin that has it isn't loaded" in fails(*args)

    path = tmp_path / "none"
    error = swanadv("--socket", path, "status", status=2)[1]
    assert error.startswith(f"swanadv: can't connect to unix://{path}: No such")
    assert "charon.plugins.control.load = yes" in error
    for address in ("192.0.2.1", "192.0.2.256:1"):
        assert "isn't an address and a port" in swanadv(
            "--socket", f"tcp://{address}", "status", status=2)[1]
    conf = tmp_path / "strongswan.conf"
    conf.write_text("charon { plugins { control { socket = x } } }\n")
    assert swanadv("status", status=2, env=os.environ | {
        "STRONGSWAN_CONF": str(conf)})[1].startswith(
            f'swanadv: charon.plugins.control.socket = "x": {SOCKET}')
    gateway.kill()
    assert "check that charon runs, it did once" in fails("stats")


def test_usage():
    text = swanadv("--help")[0]
    for command in ("status", "explain", "session", "ikev1-peer", "bypass",
                    "filter", "binding", "block", "token", "peer-name", "log",
                    "monitor", "reload", "check", "stats", "metrics",
                    "version"):
        assert f"\n  {command} " in text
        one = swanadv(command, "--help")[0]
        assert f"\n  {command} " in one and len(one) < len(text)
    assert swanadv("--version")[0].startswith("swanadv ")


def test_default_socket(gateway, tmp_path):
    """That of the daemon which runs, as charon-systemd falls back to charon."""
    conf = tmp_path / "strongswan.conf"
    env = os.environ | {"STRONGSWAN_CONF": str(conf)}
    mine, none = gateway.control.path, tmp_path / "none"

    def section(daemon, socket):
        return (f"{daemon} {{\nplugins {{\ncontrol {{\n"
                f"socket = unix://{socket}\n}}\n}}\n}}\n")

    for text in (section("charon", mine), section("charon-systemd", mine),
                 section("charon", none) + section("charon-systemd", mine),
                 section("charon", mine) + section("charon-systemd", none)):
        conf.write_text(text)
        assert swanadv("status", env=env)[0]


ADD_BYPASS = "bypass add NAME src=NETWORKS dst=NETWORKS [OPTION=VALUE...]"
ADD_LOG = "log add NAME [OPTION=VALUE...]"
ACTIONS = "expected one of list, add, delete"
OPTIONS = ("expected one of -s, --socket -j, --json -r, --raw -n, --count "
           "-f, --file -d, --dry-run -c, --confirm -h, --help -v, --verbose "
           "-V, --version")
SOCKET = "expected an absolute path, unix:///PATH or tcp://ADDRESS:PORT"
COUNT = "expected 1-4294967295"
# for each command: too few, too many, repeated and empty arguments, with what
# is said
MISUSE = [
    ((), "there is no command, see swanadv --help"),
    (("",), "'': expected one of status, "),
    (("nothing",), "'nothing': expected one of status, "),
    (("--help", "nothing"), "'nothing': expected one of status, "),
    *(((command, argument), f"'{argument}' is one too many: expected {command}")
      for command in ("status", "stats", "metrics", "version", "reload")
      for argument in ("extra", "")),
    *(((command, "list", argument),
       f"'{argument}' is one too many: expected {command} [list]")
      for command in ("session", "crl", "usage", "ikev1-peer", "bypass",
                      "binding", "filter", "block", "token", "peer-name", "log")
      for argument in ("list", "")),
    *(((command, argument), f"{command}: '{argument}': expected one of list")
      for command in ("session", "crl", "usage", "ikev1-peer", "binding",
                      "token")
      for argument in ("nothing", "")),
    *((("filter", argument),
       f"filter: '{argument}': expected one of list, find")
      for argument in ("nothing", "")),
    (("filter", "find"), "something is missing: expected filter find ADDRESS"),
    *(((command, argument), f"{command}: '{argument}': {ACTIONS}")
      for command in ("bypass", "block", "log")
      for argument in ("nothing", "")),
    *((("peer-name", argument),
       f"peer-name: '{argument}': expected one of list, resolve")
      for argument in ("nothing", "")),
    *(((command, *words), f"'{words[-1]}' {problem}: expected {command} [ID|")
      for command in ("last", "lastb") for words, problem in (
          (("",), "is empty"), (("a", "b"), "is one too many"),
          (("x" * 65536,), "is too long"))),
    (("--file", "x", "status"), "--file: expected with last, lastb, setting "
     "set, unset and confirm only"),
    (("--dry-run", "setting"),
     "--dry-run: expected with setting set and unset only"),
    (("--confirm", "1", "setting", "confirm"),
     "--confirm: expected with setting set and unset only"),
    *((("-c", count, "setting", "unset", "x"),
       f'--confirm = "{count}": expected 1-86400')
      for count in ("abc", "-1", "", "0", "86401")),
    (("block", "add"), "something is missing: expected block add KEY=VALUE..."),
    (("block", "delete"),
     "something is missing: expected block delete KEY=VALUE..."),
    (("block", "delete", "x="), "'x=' has no value: expected block delete"),
    (("block", "add", "x"),
     "'x' isn't an option and its value: expected block add KEY=VALUE..."),
    (("block", "add", "id=x", "id=y"), "'id=y' is there twice: expected block"),
    (("setting", "list", "a", "b"),
     "'b' is one too many: expected setting [list] [PATTERN]"),
    (("setting", "list", ""), "'' is empty: expected setting [list] [PATTERN]"),
    (("setting", "set"),
     "something is missing: expected setting set KEY VALUE..."),
    (("setting", "set", "charon.port"), "'charon.port' is without a value: "
     "expected setting set KEY VALUE..."),
    (("setting", "set", "charon.port", ""),
     "'' is empty: expected setting set KEY VALUE..."),
    (("setting", "unset"), "something is missing: expected setting unset KEY"),
    (("setting", "unset", "charon.port", "x"),
     "'x' is one too many: expected setting unset KEY"),
    (("setting", "unset", "x"), "'x' is no setting: expected a key of "),
    (("setting", "confirm", "x"),
     "'x' is one too many: expected setting confirm"),
    (("peer-name", "resolve", "now"),
     "'now' is one too many: expected peer-name resolve"),
    *(((command, "delete"),
       f"something is missing: expected {command} delete NAME")
      for command in ("bypass", "log")),
    *(((command, "delete", *names),
       f"'{names[-1]}' {problem}: expected {command} delete NAME")
      for command in ("bypass", "log") for names, problem in (
          (("",), "is empty"), (("x" * 256,), "is too long"),
          (("a", "a"), "is one too many"), (("a", ""), "is one too many"))),
    *(((command, "add"), f"something is missing: expected {synopsis}")
      for command, synopsis in (("bypass", ADD_BYPASS), ("log", ADD_LOG))),
    *(((command, "add", *words),
       f"'{words[-1]}' {problem}: expected {synopsis}")
      for command, synopsis in (("bypass", ADD_BYPASS), ("log", ADD_LOG))
      for words, problem in (
          (("",), "is empty"), (("a=b",), "isn't a name"),
          (("x" * 256,), "is too long"),
          (("a", "src"), "isn't an option and its value"),
          (("a", ""), "isn't an option and its value"),
          (("a", "=b"), "isn't an option and its value"),
          (("a", "src="), "has no value"),
          (("a", "src=a", "dst=b", "src=a"), "is there twice"),
          (("a", "name=b"), "is what stands before the options"),
          (("a", "src=" + "x" * 65536), "is too long"),
          (("a", "x" * 256 + "=a"), "is too long"))),
    *((("monitor", *events), f"'{events[-1]}' {problem}: expected monitor "
       "[EVENT...]")
      for events, problem in (
          (("",), "is empty"), (("x" * 256,), "is too long"),
          (("a", "b", "a"), "is there twice"))),
    (("check", ""), "'' is empty: expected check [FILE...]"),
    (("explain", ""), "'' is empty: expected explain ID|ADDRESS"),
    (("explain",), "something is missing: expected explain ID|ADDRESS"),
    *((("-n", count, "monitor"), f'--count = "{count}": {COUNT}')
      for count in ("abc", "-1", "", "0", "1x", " 1", "+1", "4294967296",
                    "99999999999999999999")),
    (("-n", "1", "status"),
     "--count: expected with monitor, last and lastb only"),
    (("-n",), "-n: expected a value"),
    (("status", "--socket"), "--socket: expected a value"),
    *((("-s", path, "status"), f'--socket = "{path}": {SOCKET}')
      for path in ("", "x", "unix://x", "unix:/x", "ftp://x",
                   "/" + "x" * 107, "unix:///" + "x" * 107)),
    (("--nothing",), f"--nothing: {OPTIONS}"),
    (("-hx", "status"), f"-x: {OPTIONS}"),
]


def test_misuse():
    """Exit status 2, and one line that says what is accepted; no daemon is
    asked, and no command is left out."""
    for args, message in MISUSE:
        out, error = swanadv(*args, status=2)
        assert not out and error.startswith(f"swanadv: {message}"), args
        assert error.endswith("\n") and error.count("\n") == 1
        out, errors = json_errors(*args, status=2)
        assert not out and [f"swanadv: {line}\n" for line in errors] == [error]
    words = {args[:2] for args, _ in MISUSE}
    for name, action in re.findall(
            r"^  ([a-z][\w-]*)(?: \[?(list|add|delete|resolve|set|"
            r"unset|confirm)\]?)?",
            swanadv("--help")[0], re.M):
        assert (name, action) in words


def ended_by(process, timeout=10):
    """Exit status and stderr of a process that has to end by itself."""
    return process.wait(timeout), process.stderr.read()


def test_output_lost(gateway):
    """Who can't write says so and ends, also if there is nothing to write."""
    def start(*args, **more):
        return subprocess.Popen(
            [build.swanadv(), "-s", gateway.control.path, *args], text=True,
            stderr=subprocess.PIPE, **more)

    rules = 0

    def happen():
        nonlocal rules
        gateway.control.request("add-bypass", RULE | {
            "name": f"r{rules}", "dst": f"10.8.1.{rules}"})
        rules += 1

    def registrations():
        return gateway.control.plugin("control")["registrations"]

    def because(reason, options=()):
        text = f"can't write: {reason}"
        return 1, (json.dumps({"errors": [{"message": text}]})
                   if "--json" in options else f"swanadv: {text}") + "\n"

    full = open("/dev/full", "w")
    no_space = "No space left on device"
    formats = [], ["--json"], ["--raw"]
    for options in formats:
        for command in ("status", "bypass", "stats", "version", "reload"):
            assert ended_by(start(*options, command, stdout=full)) == because(
                no_space, options)
        assert ended_by(start(*options, "status", preexec_fn=lambda:
                              os.close(1))) == because(
            "Bad file descriptor", options)
    for args in (["--help"], ["--version"], ["check", gateway._file("conf")]):
        assert ended_by(start(*args, stdout=full)) == because(no_space)
    wait_until(lambda: registrations() == "0")

    # monitor | head -1: the line is read, and then nobody is there
    monitors = [start(*options, "monitor", stdout=subprocess.PIPE)
                for options in formats]
    to_full = start("monitor", stdout=full)
    wait_until(lambda: registrations() == "4")
    happen()
    assert ended_by(to_full) == because(no_space)
    for monitor in monitors:
        assert "bypass" in monitor.stdout.readline()
        monitor.stdout.close()
    # no further event: it is noticed all the same
    for options, monitor in zip(formats, monitors):
        assert ended_by(monitor) == because("Broken pipe", options)
    wait_until(lambda: registrations() == "0")


CONF = """\
# daemons
charon {
\tload_modular = yes
\tplugins {
\t\tbypass {
\t\t\tlan = maybe
\t\t\trules {
\t\t\t\ta {
\t\t\t\t\tsrc = 10.1.0.0/33 # a comment
\t\t\t\t\tdst = "10.2.0.1,
\t\t\t\t\t\t10.2.0.2"
\t\t\t\t}
\t\t\t}
\t\t}
\t\tunique-policy { mode = kept }
\t}
}
include more/*.conf
"""

ERRORS = [
    '{dir}/x.conf:6: bypass: lan = "maybe": expected ',
    '{dir}/x.conf:15: unique-policy: mode = "kept": expected one of never, ',
    '{dir}/more/a.conf:2: bypass: lan_interface = "eth0": unknown option, ',
]


def test_check(tmp_path):
    """Each error with its file and line, also of files that are included."""
    conf = tmp_path / "x.conf"
    conf.write_text(CONF)
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.conf").write_text(
        "charon-systemd { plugins { bypass {\n\tlan_interface = eth0\n} } }\n")
    lines = swanadv("check", conf, status=1)[1].splitlines()
    assert len(lines) == len(ERRORS)
    for line, error in zip(sorted(lines), sorted(
            error.format(dir=tmp_path) for error in ERRORS)):
        assert line.startswith(error)
    found = json.loads(swanadv("--json", "check", conf, status=1)[0])["errors"]
    assert [f"{e['where']}: {e['plugin']}: {e['message']}"
            for e in found] == lines

    # checked against each other once those around them are valid
    conf.write_text(CONF.replace("maybe", "yes").replace("kept", "keep"))
    (tmp_path / "more/a.conf").unlink()
    line, = swanadv("check", conf, status=1)[1].splitlines()
    assert line.startswith(
        f'{conf}:9: bypass: rules.a.src = "10.1.0.0/33": expected ')
    conf.write_text(conf.read_text().replace("/33", "/16"))
    assert swanadv("check", conf)[0] == (
        f"{conf}: valid (sections of plugins: 2)\n")
    assert json.loads(swanadv("--json", "check", conf)[0]) == {
        "file": str(conf), "errors": [], "warnings": []}


@pytest.mark.skipif(build.has_ikev1(), reason="this strongSwan has IKEv1")
def test_no_ikev1(gw):
    """What is only for IKEv1 is right, has no effect, and is told."""
    rules = {"a": {"ids": "*", "banner": "hello", "pfs": True}}
    daemon = gw.charon(plugins={
        "control": {}, "unity-ext": {"rules": rules}})
    assert daemon.log.count("unity-ext: .* has no effect, as this charon has "
                            "no IKEv1") == 1
    warning, = daemon.control.plugin("unity-ext")["warnings"]
    assert warning.startswith("banner and all else")
    assert "unity-ext" in daemon.vici.stats()["plugins"]
    del rules["a"]["banner"], rules["a"]["pfs"]
    mark = daemon.log.mark()
    daemon.reload(plugins={"control": {}, "unity-ext": {"rules": rules}})
    assert not daemon.log.count("no IKEv1", mark)


def test_check_odd_files(tmp_path):
    conf = tmp_path / "x.conf"
    conf.write_text("charon {\n plugins {\n  bypass { lan = yes\n }\n}}}\n")
    assert swanadv("check", conf, status=1)[1].startswith(
        f"{conf}:5: syntax error")
    conf.write_text("charon { filelog { } }\n")
    assert "plugins: 0" in swanadv("check", conf)[0]
    # a plugin's snippet, and one that refers to others
    conf.write_text("bypass {\n\tlan = yes\n}\n")
    swanadv("check", conf)
    conf.write_text("base {\n lan = perhaps\n}\n"
                    "charon.plugins.bypass : base {\n}\n")
    swanadv("check", conf, status=1)
    conf.write_text("bypass { load = yes\n rules { " + "a" * 5000 +
                    " { src = 1 } } }\n")
    swanadv("check", conf, status=1)
    conf.write_text("include nothing.conf\n")
    assert "there is no such file" in swanadv("check", conf)[1]
    for text in ("a { include\n", '"', "a = \"\\",
                 "}}}{", "\0bypass { lan = x }", "a : {{ = }"):
        conf.write_text(text)
        swanadv("check", conf, status=1)
    assert "No such file" in swanadv("check", tmp_path / "y", status=2)[1]
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, "/dev/zero"):
        assert swanadv("check", path, status=2, timeout=20)[1] == (
            f"{path}: isn't a regular file\n")
    # charon's plugin loader takes what it doesn't know for no
    for value in ("yes", "No", "TRUE", "enabled", "0", "-5", "20"):
        conf.write_text(f"bypass {{\n load = {value}\n}}\n")
        swanadv("check", conf)
    for value in ("on", "y", "5x"):
        conf.write_text(f"bypass {{\n load = {value}\n}}\n")
        assert swanadv("check", conf, status=1)[1] == (
            f'{conf}:2: bypass: load = "{value}": expected yes, no or a '
            "priority\n")
    # each plugin's own snippet is valid
    snippets = list(build.BUILD.glob("plugins/*/*.conf"))
    assert snippets
    invalid = [path.name for path in snippets if subprocess.run(
        [build.swanadv(), "check", path], capture_output=True).returncode]
    assert not invalid
