# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv: what it prints, what it returns, what it says if something is
wrong. What it shows of each plugin is in test_control.py."""

import json
import re
import subprocess

import pytest

from lab import build

RULE = {"src": "10.9.0.0/24", "dst": "10.8.0.0/24"}


def swanadv(*args, status=0):
    """Run it without a daemon: (stdout, stderr)."""
    done = subprocess.run([build.swanadv(), *map(str, args)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
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
    assert lines("bypass", "del", "b") == []
    assert "  policies: 6" in lines("stats")
    assert "plugins: bypass, control" in lines("version")


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
    assert complete("") == set(re.findall(r"^  (\w+)", usage, re.M))
    assert complete("-") >= set(re.findall(r"(?<=, )--\w+", usage))
    assert complete("by") == {"bypass"}
    assert complete("bypass", "") == {"list", "add", "del"}
    assert "direction=" in complete("bypass", "add", "x", "d")
    assert complete("--socket", gateway.control.path, "bypass", "del",
                    "") == {"file"}
    documented = (build.REPOSITORY / "doc/control.md").read_text().split(
        "## Events")[1]
    assert complete("monitor", "") == set(
        re.findall(r"^### (\S+)", documented, re.M))


def test_json_and_raw(gateway):
    def parse(*args):
        return json.loads(gateway.swanadv("--json", *args).stdout)

    rule, = parse("bypass")
    assert rule["name"] == "file" and rule["src"] == [RULE["src"]]
    assert parse("status")["bypass"]["rules"] == "1"
    assert parse("version")["plugins"] == ["bypass", "control"]
    assert parse("bypass", "add", "b", "src=10.9.1.1", "dst=10.8.1.1")
    done = gateway.swanadv("--json", "bypass", "del", "x", check=False)
    assert done.returncode == 1 and '"success": "no"' in done.stdout
    assert gateway.swanadv("--raw", "bypass").stdout.startswith(
        "list-bypass-rule {name=file origin=config src=[10.9.0.0/24] ")


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
        assert event["data"]["policies-added"] == "6"
    else:
        assert re.search(r"bypass.*added.*r\d", line)


def test_errors(gateway, tmp_path):
    def fails(*args):
        done = gateway.swanadv(*args, check=False)
        assert done.returncode == 1
        return done.stdout

    assert fails("bypass", "del", "file") == (
        'swanadv: name = "file": the rule is in the configuration, expected '
        "one that was added at run time\n")
    assert 'swanadv: rules.b.src = "x": expected' in fails(
        "bypass", "add", "b", "src=x", "dst=10.8.0.1")
    for args in (["tokens"], ["sessions"], ["monitor", "session"]):
        assert "the plugin that has it isn't loaded" in fails(*args)

    path = tmp_path / "none"
    error = swanadv("--socket", path, "status", status=1)[1]
    assert error.startswith(f"swanadv: can't connect to unix://{path}: No such")
    assert "charon.plugins.control.load = yes" in error
    gateway.kill()
    assert "check that charon runs, it did once" in fails("status")


def test_usage():
    text = swanadv("--help")[0]
    for command in ("status", "sessions", "bypass", "filter", "bindings",
                    "tokens", "log", "monitor", "reload", "check", "stats",
                    "version"):
        assert f"\n  {command} " in text
        one = swanadv(command, "--help")[0]
        assert f"\n  {command} " in one and len(one) < len(text)
    assert swanadv("--version")[0].startswith("swanadv ")
    for args in ([], ["nothing"], ["bypass", "nothing"], ["bypass", "add"],
                 ["bypass", "add", "a", "src"], ["bypass", "del"], ["check"],
                 ["--nothing"]):
        assert swanadv(*args, status=2)[1]


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
    found = json.loads(swanadv("--json", "check", conf, status=1)[0])
    assert {(e["where"], e["plugin"]) for e in found} == {
        (":".join(line.split(":")[:2]), line.split(": ")[1])
        for line in lines}

    # checked against each other once each value is valid
    conf.write_text(CONF.replace("maybe", "yes").replace("kept", "keep"))
    (tmp_path / "more/a.conf").unlink()
    assert swanadv("check", conf, status=1)[1].startswith(
        f'{conf}:9: bypass: rules.a.src = "10.1.0.0/33": expected ')
    conf.write_text(conf.read_text().replace("/33", "/16"))
    assert swanadv("check", conf)[0] == (
        f"{conf}: valid (sections of plugins: 2)\n")


def test_check_odd_files(tmp_path):
    conf = tmp_path / "x.conf"
    conf.write_text("charon {\n plugins {\n  bypass { lan = yes\n }\n}}}\n")
    assert swanadv("check", conf, status=1)[1].startswith(
        f"{conf}:5: syntax error")
    conf.write_text("charon { filelog { } }\n")
    assert "no section of a plugin" in swanadv("check", conf, status=1)[1]
    # a plugin's snippet, and one that refers to others
    conf.write_text("bypass {\n\tlan = yes\n}\n")
    swanadv("check", conf)
    conf.write_text("base {\n lan = perhaps\n}\n"
                    "charon.plugins.bypass : base {\n}\n")
    swanadv("check", conf, status=1)
    conf.write_text("bypass { rules { " + "a" * 5000 + " { src = 1 } } }\n")
    swanadv("check", conf, status=1)
    for text in ("include nothing.conf\n", "a { include\n", '"', "a = \"\\", "}}}{",
                 "\0bypass { lan = x }", "a : {{ = }"):
        conf.write_text(text)
        swanadv("check", conf, status=1)
    assert "No such file" in swanadv("check", tmp_path / "y", status=1)[1]
    # each plugin's own snippet is valid
    snippets = list(build.BUILD.glob("plugins/*/*.conf"))
    assert snippets
    invalid = [path.name for path in snippets if subprocess.run(
        [build.swanadv(), "check", path], capture_output=True).returncode]
    assert set(invalid) <= {"strict-bind.conf"}  # has to be told what to bind
