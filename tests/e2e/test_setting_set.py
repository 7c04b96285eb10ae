# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv setting set, unset and confirm: what becomes of the file, and of
charon."""

import fcntl
import grp
import json
import os
import pty
import random
import re
import signal
import subprocess
import termios
import time

import pytest

from lab import build, everything
from lab.poll import patience, wait_until
from lab.shell import run
from test_page import page

POLICY = "charon.plugins.unique-policy."
CHANGED, REFUSED, USAGE, UNCHANGED = range(4)
CONF = """charon {
\tload_modular = yes
\tplugins {
\t\tcontrol {
\t\t\tsocket = unix://%s/none
\t\t}
\t\tunique-policy {
\t\t\tload = yes
\t\t}
\t}
}
include strongswan.d/*.conf
"""


class Place:
    """A strongswan.conf, and the file beside it that is written."""

    def __init__(self, conf):
        self.conf = conf
        self.folder = conf.parent / "strongswan.d"
        self.file = self.folder / "charon-advanced.conf"

    def env(self):
        return os.environ | {"STRONGSWAN_CONF": str(self.conf)}

    def popen(self, *args, **more):
        more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE, **more}
        return subprocess.Popen([build.swanadv(), *map(str, args)], text=True,
                                env=self.env(), **more)

    def call(self, *args, status=CHANGED, stdin="", **more):
        """stdout and stderr of swanadv."""
        done = subprocess.run([build.swanadv(), *map(str, args)], text=True,
                              timeout=patience(60), capture_output=True,
                              input=stdin, env=self.env(), **more)
        assert done.returncode == status, (args, done.stdout, done.stderr)
        return done.stdout, done.stderr

    def set(self, *args, **more):
        return self.call("setting", "set", *args, **more)

    def unset(self, *args, **more):
        return self.call("setting", "unset", *args, **more)

    def value(self, key):
        """What setting list has of a key, (value, file)."""
        out = self.call("-j", "setting", "list", key)[0]
        found, = [item for item in json.loads(out)["items"]
                  if item["key"] == key]
        return (found.get("value"),
                found.get("where", "").rpartition(":")[0])

    def text(self):
        return self.file.read_text() if self.file.exists() else None

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def place(tmp_path):
    """One without a charon."""
    conf = tmp_path / "strongswan.conf"
    conf.write_text(CONF % tmp_path)
    (tmp_path / "strongswan.d").mkdir()
    return Place(conf)


@pytest.fixture
def start(gw, lab):
    """Start charon with plugins, and get it and its place."""
    def start_(**plugins):
        (lab.dir / "strongswan.d").mkdir()
        daemon = gw.charon(
            plugins={"control": {}, "unique-policy": {}, **plugins},
            conf="include strongswan.d/*.conf\n")
        return daemon, Place(daemon._file("conf"))
    return start_


def mode(daemon):
    """unique-policy's, in force."""
    return re.search(r"unique-policy: mode (\w+)",
                     daemon.swanadv("status", check=False).stdout)[1]


# what the file has


def test_fresh_file(place):
    """It is made as strongSwan's own are, of sections that are closed."""
    out, err = place.set(POLICY + "mode", "keep")
    assert err == "" and "charon doesn't run" in out
    assert out.splitlines()[1].split() == [POLICY + "mode", "keep"]
    assert place.text().endswith(
        "charon {\n\tplugins {\n\t\tunique-policy {\n\t\t\tmode = keep\n"
        "\t\t}\n\t}\n}\n")
    assert place.value(POLICY + "mode") == ("keep", str(place.file))
    assert place.file.stat().st_mode & 0o777 == 0o644
    assert place.files() == ["charon-advanced.conf"]
    out, err = place.set(POLICY + "mode", "keep", status=UNCHANGED)
    assert out == f"{place.file}: unchanged\n" and err == ""


def test_statuses(place):
    """Changed, refused, a call that makes no sense, unchanged."""
    place.set(POLICY + "limit", "3", status=CHANGED)
    place.set(POLICY + "limit", "3", status=UNCHANGED)
    place.set(POLICY + "limit", "x", status=REFUSED)
    place.set(POLICY + "limit", status=USAGE)
    place.unset(POLICY + "limit", status=CHANGED)
    place.unset(POLICY + "limit", status=UNCHANGED)
    place.unset(POLICY + "limits", status=USAGE)
    place.call("setting", "confirm", status=REFUSED)


def test_example_for_ansible(place):
    """The task in the manual does what it says, once."""
    text = (build.REPOSITORY / "tools/swanadv/swanadv.8").read_text()
    args = re.search(r"argv: \[swanadv, (.*)\]", text)[1].replace("\\", "")
    unchanged = int(re.search(r"not in \[0, (\d)\]", text)[1])
    place.call(*args.split(", "), status=CHANGED)
    place.call(*args.split(", "), status=unchanged)


def test_comments_and_unknown_lines_stay(place):
    """Nothing but the value changes, however the file is written."""
    place.file.write_text(
        "# mine\ncharon { # open\n  threads = 17 # many\n"
        "  plugins { unique-policy { mode=no # why\n  limit = \"1\" } }\n"
        "  # later\n}\n#end")
    place.set(POLICY + "mode", "keep")
    place.set(POLICY + "limit", "2")
    place.set("charon.port", "501")
    place.set("charon.plugins.bypass.load", "yes")
    assert place.text() == (
        "# mine\ncharon { # open\n  threads = 17 # many\n"
        "  plugins { unique-policy { mode= keep # why\n  limit = 2 } \n"
        "\t\tbypass {\n\t\t\tload = yes\n\t\t}\n\t}\n"
        "  # later\n\tport = 501\n}\n#end")
    place.unset("charon.port")
    place.unset(POLICY + "mode")
    place.unset(POLICY + "limit")
    place.unset("charon.plugins.bypass")
    assert place.text() == (
        "# mine\ncharon { # open\n  threads = 17 # many\n"
        "  plugins { unique-policy {  # why\n   } \n"
        "\t}\n  # later\n}\n#end")


def test_line_ends(place):
    """Lines that end as Windows' do, and a last one that doesn't end."""
    place.file.write_bytes(b"charon {\r\n\tport = 1\r\n}\r\n# last")
    place.set("charon.port", "2")
    place.set("charon-systemd.journal.ike", "2")
    assert place.file.read_bytes() == (
        b"charon {\r\n\tport = 2\r\n}\r\n# last\n"
        b"charon-systemd {\n\tjournal {\n\t\tike = 2\n\t}\n}\n")


def test_set_where_it_is_set(place):
    """Of several lines with a key, the one that wins is changed; unset removes
    them all, with values of several lines."""
    place.file.write_text(
        "charon {\n\tport = 1\n\tport = 2\n\tinterfaces_use = \"a,\\\n"
        "  b\nc\"\n}\ncharon { port = 3 }\n")
    place.set("charon.port", "4")
    assert place.text().endswith("charon { port = 4 }\n")
    place.unset("charon.port")
    assert place.text() == ("charon {\n\tinterfaces_use = \"a,\\\n"
                            "  b\nc\"\n}\n")
    place.unset("charon.interfaces_use")
    assert place.text() == ""


@pytest.mark.parametrize("key, words, value", [
    ("charon.make_before_break", ["no"], "no"),
    ("charon.retransmit_base", ["1.8"], "1.8"),
    ("charon.filelog.a.ike", ["--", "-1"], "-1"),
    ("charon.filelog./var/log/x.ike", ["2"], None),
    ("charon.plugins.accounting.update_interval", ["90s"], "90s"),
    (POLICY + "evict", ["idle"], "idle"),
    (POLICY + "rules.a.ids", ["*@a", "b", "c"], "*@a, b, c"),
    (POLICY + "rules.a.ids", ["'C=CH, O=\"A\", CN=*'"],
     "'C=CH, O=\"A\", CN=*'"),
    ("charon.plugins.bypass.rules.x",
     ["src=192.0.2.0/24", "dst=192.0.2.1-192.0.2.9"], None),
    ("charon.plugins.auth-policy.revocation", ["strict"], "strict"),
])
def test_types(place, key, words, value):
    """One option of each type; a name with a dot is no name."""
    before = [] if words[0] != "--" else words.pop(0)
    if "/var/" in key:
        place.set(key.replace("x.ike", "x.y.ike"), *words, status=USAGE)
        place.set(key, *words)
        return
    place.call(*([before] if before else []), "setting", "set", key, *words)
    if value is not None:
        assert place.value(key)[0] == value
    else:
        assert place.value(key + ".src")[0] == "192.0.2.0/24"


HOSTILE = ['a"b', "a#b", "a{b", "a}b", "a\\b", "a\\", "\\n", "a\nb", "a\r\nb",
           "a\tb", " a", "a ", "a  b", "include x", "x = y", "$(id)", "a;b",
           "\x1b[31mred", "é ü 漢", "%s%n", "'", '"', '\\"', "}\n}\ncharon {",
           "a:b", "=", "#", "{", "\r"]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values(place, value):
    """Each is what charon reads then; nothing of it is anything else."""
    place.set("charon.interfaces_use", value)
    assert place.value("charon.interfaces_use")[0] == value
    out, _ = place.set("charon.interfaces_use", "x")
    assert "\x1b" not in out and len(out.splitlines()) == 3
    place.unset("charon.interfaces_use")
    assert place.text().count("\n") == 2 and "{" not in place.text()


@pytest.mark.parametrize("value", ["\udcff", "a\udcc3", ""])
def test_values_that_cannot_be(place, value):
    """What isn't UTF-8 and what is empty is refused, and nothing written."""
    place.set(POLICY + "rules.a.ids", value,
              status=REFUSED if value else USAGE)
    assert place.text() is None and place.files() == []


@pytest.mark.parametrize("name", [
    "a b", "a{", "a}", 'a"', "a#", "a=", "a:b", "a,b", "a%sb", "a\nb", "",
    "a\x1b", "include", "<name>", "é\x80".encode("latin-1").decode(
        "utf-8", "surrogateescape"), "x" * 300, "\u0085"])
def test_hostile_names(place, name):
    for call in (lambda key: place.set(key, "x", status=USAGE),
                 lambda key: place.unset(key, status=USAGE)):
        _, err = call(f"{POLICY}rules.{name}.ids")
        assert len(err.splitlines()) == 1 and "\x1b" not in err
    assert place.files() == []


@pytest.mark.parametrize("name", ["é", "漢", "a@b", "a+b", "a'b", "*", "-",
                                  "a;b", "$x", "a/b", "includ"])
def test_odd_names(place, name):
    """What charon takes for a name is one."""
    place.set(f"{POLICY}rules.{name}.ids", "x")
    assert place.value(f"{POLICY}rules.{name}.ids")[0] == "x"
    place.unset(f"{POLICY}rules.{name}")
    assert "{" not in place.text()


@pytest.mark.parametrize("key", [
    "a", "charon", "charon.plugins", "charon.plugins.unknown.x",
    "charon.threads", "unique-policy.mode", "charon.plugins.unique-policy.x",
    POLICY + "rules.a", POLICY + "mode.x", "charon.filelog.a", "libx.y",
    "connections.a.unique", "charon..port", ".charon.port", "charon.port.",
    "charon-systemd.port", "charon.journal.ike", "."])
def test_unknown_keys(place, key):
    place.set(key, "x", status=USAGE)
    assert place.files() == []


@pytest.mark.parametrize("key", ["charon", "charon.plugins", "libx", "a.b",
                                 "charon.filelog", "charon-systemd"])
def test_sections_of_others(place, key):
    """Sections where others have keys aren't removed."""
    place.file.write_text("charon {\n\tthreads = 17\n\tplugins {\n\t\tx {\n"
                          "\t\t\ty = 1\n\t\t}\n\t}\n}\n")
    before = place.text()
    place.unset(key, status=USAGE)
    assert place.text() == before


# what is checked


def test_bad_values(place):
    """Errors are those of check, and the file stays."""
    place.set(POLICY + "mode", "keep")
    before = place.text()
    inode = place.file.stat().st_ino
    for key, value in ((POLICY + "mode", "x"), (POLICY + "limit", "0"),
                       (POLICY + "rules.a.ids", "[a"),
                       ("charon.port", "65536"),
                       ("charon.plugins.bypass.load", "maybe")):
        out, err = place.set(key, value, status=REFUSED)
        assert out == "" and "expected" in err and value in err, err
        assert str(place.file) in err
        assert (place.text(), place.file.stat().st_ino) == (before, inode)
    error, = json.loads(place.call("-j", "setting", "set", POLICY + "mode",
                                   "x", status=REFUSED)[1])["errors"]
    assert error["message"] == ('mode = "x": expected one of never, no, '
                                "replace, keep")
    assert error["plugin"] == "unique-policy"
    copy = place.folder / "copy.conf"
    copy.write_text(before.replace("keep", "x"))
    assert error["message"] in place.call("check", status=1)[1]


def test_plugins_of_others(place):
    """Whether one is loaded can be set, and nothing else of it."""
    place.set("charon.plugins.strict-bind", "load=yes", "auto=yes")
    assert "load = no" not in place.text()
    place.set("charon.plugins.socket-default.load", "no")
    assert "socket-default {\n\t\t\tload = no" in place.text()
    place.set("charon.plugins.socket-default.load", "maybe", status=REFUSED)
    place.set("charon.plugins.socket-default.use_ipv4", "no", status=USAGE)
    place.set("charon.plugins.unique-polcy.load", "no", status=REFUSED)
    place.unset("charon.plugins.socket-default.load")
    assert "socket-default" not in place.text()


def test_what_goes_together(place):
    """Options of a section that need each other are set at once."""
    place.set("charon.plugins.bypass.load", "yes")
    _, err = place.set("charon.plugins.bypass.rules.a.src", "192.0.2.1",
                       status=REFUSED)
    assert "rules.a" in err
    place.set("charon.plugins.bypass.rules.a", "src=192.0.2.1",
              "dst=192.0.2.2")
    place.set("charon", "port=501", "port_nat_t=4501",
              "plugins.unique-policy.mode=no")
    assert place.value("charon.port_nat_t")[0] == "4501"
    assert place.value(POLICY + "mode")[0] == "no"
    for pairs in (["port=1", "port=2"], ["port"], ["=1"], ["port="],
                  ["plugins=1"], ["port=1", "x=2"]):
        place.set("charon", *pairs, status=USAGE)


def test_errors_of_others(place):
    """What is wrong elsewhere is told, and has to be mended there."""
    place.conf.write_text(place.conf.read_text() + "charon {\n\tplugins {\n"
                          "\t\tunique-polcy {\n\t\t}\n\t}\n}\n")
    assert f"{place.conf}:15: unique-policy: unique-polcy: " in place.set(
        POLICY + "mode", "no", status=REFUSED)[1]
    assert place.files() == []


def test_new_warnings_only(place):
    """What is new is told, what was there before isn't."""
    place.set("charon.plugins.unity-ext.load", "yes")
    _, err = place.set("charon.plugins.unity-ext.rules.a", "ids=x",
                       "banner=x")
    assert f"{place.file}:" in err and "warning: unity-ext: rules: " in err
    assert "cisco_unity" not in place.set(POLICY + "mode", "no")[1]
    assert "cisco_unity" in place.call("check")[1]


def test_broken_before(place):
    """Files that charon can't read are for check and an editor."""
    place.file.write_text("charon {\n")
    assert "see swanadv check" in place.set("charon.port", "1",
                                            status=REFUSED)[1]
    assert place.text() == "charon {\n"
    place.file.write_bytes(b"charon {\n}\n\0")
    place.set("charon.port", "1", status=REFUSED)
    place.file.unlink()
    place.conf.unlink()
    place.set("charon.port", "1", status=REFUSED)
    assert place.files() == []


def test_another_file(place):
    """One that sets it later wins, and is named with its line; an earlier one
    doesn't."""
    late = place.folder / "zz.conf"
    late.write_text("charon {\n\tport = 502\n}\n")
    (place.folder / "aa.conf").write_text("charon {\n\tport_nat_t = 1\n}\n")
    _, err = place.set("charon.port", "501", status=REFUSED)
    assert f"{late}:2 sets it after" in err and "with 502" in err
    assert place.text() is None
    place.set("charon.port", "502", status=UNCHANGED)
    place.set("charon.port_nat_t", "4501")
    out, _ = place.unset("charon.port", status=UNCHANGED)
    assert f"{late}:2 has it" in out
    out, _ = place.unset("charon.port_nat_t")
    assert out.splitlines()[1].split()[:3] == ["charon.port_nat_t", "4501",
                                               "1"]
    late.write_text("charon {\n\tport =\n}\n")
    assert "no value" in place.set("charon.port", "1", status=REFUSED)[1]
    late.write_text("charon-systemd {\n\tport = 502\n}\n")
    assert f"{late}:2 sets it" in place.set("charon.port", "1",
                                            status=REFUSED)[1]
    assert late.read_text() == "charon-systemd {\n\tport = 502\n}\n"


def test_rule_elsewhere(place):
    """A rule that is in another file as well can't be removed here."""
    other = place.folder / "a.conf"
    other.write_text(f"charon {{ plugins {{ unique-policy {{ rules {{ a {{\n"
                     "limit = 2\n} } } } }\n")
    place.set(POLICY + "rules.a.ids", "x")
    assert f"{other}:" in place.unset(POLICY + "rules.a", status=REFUSED)[1]
    place.unset(POLICY + "rules.b", status=UNCHANGED)


def test_rule_is_not_left_empty(place):
    """A rule that lost its last option would be for everybody."""
    place.set(POLICY + "rules.a", "ids=x", "limit=2")
    place.unset(POLICY + "rules.a.limit")
    before = place.text()
    assert f"unset that" in place.unset(POLICY + "rules.a.ids",
                                        status=REFUSED)[1]
    assert place.text() == before
    place.file.write_text(before.replace("ids =", "# his\nids ="))
    place.unset(POLICY + "rules.a.ids", status=REFUSED)
    place.unset(POLICY + "rules.a")
    assert "{" not in place.text()


def test_unset_of_sections(place):
    """All of one goes, and nothing of others."""
    place.set(POLICY + "rules.a", "ids=x")
    place.set(POLICY + "rules.ab", "ids=y")
    place.set(POLICY + "mode", "no")
    place.set("charon.filelog.a", "ike=2", "path=/x")
    out, _ = place.unset(POLICY + "rules.a")
    assert [line.split()[0] for line in out.splitlines()[1:-1]] == [
        POLICY + "rules.a.ids"]
    assert place.value(POLICY + "rules.ab.ids")[0] == "y"
    place.unset(POLICY + "rules")
    place.unset("charon.filelog.a")
    assert place.value(POLICY + "mode")[0] == "no"
    place.unset(POLICY[:-1])
    assert "{" not in place.text()
    place.unset(POLICY[:-1], status=UNCHANGED)


def test_file_option(place, tmp_path):
    """Another file, if charon reads it, once, and outside of sections."""
    mine = tmp_path / "mine.conf"
    _, err = place.call("-f", mine, "setting", "set", "charon.port", "1",
                        status=REFUSED)
    assert "isn't included by" in err and not mine.exists()
    place.conf.write_text(place.conf.read_text() + "include mine.conf\n")
    place.call("--file", mine, "setting", "set", "charon.port", "1")
    assert "port = 1" in mine.read_text() and place.text() is None
    place.conf.write_text(place.conf.read_text() + "include mine.conf\n")
    assert "more than once" in place.call(
        "-f", mine, "setting", "set", "charon.port", "2", status=REFUSED)[1]
    inner = tmp_path / "inner.conf"
    inner.write_text("")
    place.conf.write_text(CONF.replace("\tplugins {", "\tplugins {\n"
                                       "include inner.conf\n") % tmp_path)
    assert "in a section" in place.call(
        "-f", inner, "setting", "set", "charon.port", "2", status=REFUSED)[1]
    for file in ("/nonexistent/x/y.conf", place.folder, "/dev/null"):
        place.call("-f", file, "setting", "set", "charon.port", "2",
                   status=REFUSED)
    # it may be strongswan.conf itself
    place.call("-f", place.conf, "setting", "set", "charon.port", "3")
    assert "\tport = 3\n}\ninclude" in place.conf.read_text()


def test_options_elsewhere(place):
    place.call("-d", "setting", status=USAGE)
    place.call("-c", "3", "setting", "confirm", status=USAGE)
    place.call("-f", "x", "status", status=USAGE)
    for seconds in ("0", "x", "-1", "86401"):
        place.call("-c", seconds, "setting", "unset", "charon.port",
                   status=USAGE)


def test_secret(place):
    """From stdin, in neither output, and nobody else reads the file."""
    key = "charon.plugins.pcsc-token.tokens.t.pin"
    place.set("charon.port", "501")
    place.set(key, "4711", stdin="x", status=USAGE)
    place.set(key.rpartition(".")[0], "pin=4711", status=USAGE)
    place.set(key, "-", stdin="", status=USAGE)
    place.set(key, "-", stdin="a\0b", status=USAGE)
    place.set(key, "-", stdin="x" * 5000, status=USAGE)
    assert "47" not in place.text()
    for args in ([], ["-j"], ["-d"]):
        out, err = place.call(*args, "setting", "set", key, "-",
                              stdin='4711 "x"\n')
        assert "4711" not in out + err and "(hidden)" in out
        if "-d" not in args:
            assert 'pin = "4711 \\"x\\""\n' in place.text()
            place.unset(key.rpartition(".")[0])
            place.file.chmod(0o644)
    place.call("setting", "set", key, "-", stdin="4711")
    assert place.file.stat().st_mode & 0o777 == 0o600
    place.call("setting", "set", key, "-", stdin="4711", status=UNCHANGED)
    out, err = place.unset(key.rpartition(".")[0])
    assert "4711" not in out + err
    place.file.unlink()
    place.call("setting", "set", key, "-", stdin="4711")
    assert place.file.stat().st_mode & 0o777 == 0o600
    late = place.folder / "z.conf"
    late.write_text("charon { plugins { pcsc-token { tokens { t {\n"
                    "pin = 0815\n} } } } }\n")
    out, err = place.call("setting", "set", key, "-", stdin="1",
                          status=REFUSED)
    assert "0815" not in out + err


def test_mode_and_owner_stay(place):
    place.file.write_text("")
    place.file.chmod(0o640)
    os.chown(place.file, 12345, 54321)
    place.set("charon.port", "501")
    found = place.file.stat()
    assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (
        0o640, 12345, 54321)


def test_symbolic_link(place, tmp_path):
    """It stays one, and what it leads to is written."""
    real = tmp_path / "real"
    real.write_text("# mine\n")
    place.file.symlink_to(real)
    place.set("charon.port", "501")
    assert place.file.is_symlink() and "port = 501" in real.read_text()
    assert "# mine" in real.read_text()


def test_dry_run(place):
    """It says the same, and needs no right to write."""
    out, _ = place.call("--dry-run", "setting", "set", POLICY + "mode", "keep")
    assert out.splitlines()[-1].endswith("not written")
    assert place.files() == []
    place.call("-d", "setting", "set", POLICY + "mode", "x", status=REFUSED)
    place.set(POLICY + "mode", "keep")
    before = place.text(), place.file.stat().st_ino
    place.call("-d", "setting", "set", POLICY + "mode", "keep",
               status=UNCHANGED)
    found = json.loads(place.call("-j", "-d", "setting", "unset",
                                  POLICY + "mode")[0])
    assert found["changed"] is True and found["state"] == "not written"
    assert found["items"] == [{
        "key": POLICY + "mode", "was": "keep", "will-be": "",
        "where": f"{place.file}:6"}]
    assert (place.text(), place.file.stat().st_ino) == before


# others write, too


def test_two_writers(place):
    """One at a time; the other is told, and nothing is lost."""
    procs = [place.popen("setting", "set", f"{POLICY}rules.r{i}.ids", "x")
             for i in range(20)]
    done = [proc.wait(patience(60)) for proc in procs]
    assert done.count(CHANGED) >= 1 and set(done) <= {CHANGED, REFUSED}
    for i, (proc, status) in enumerate(zip(procs, done)):
        err = proc.stderr.read()
        assert (f"r{i} {{" in place.text()) == (status == CHANGED)
        assert "another swanadv writes it" in err or status == CHANGED, err
        proc.stdout.close()
        proc.stderr.close()
    assert place.files() == ["charon-advanced.conf"]
    lock = place.folder / ".charon-advanced.conf.lock"
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another swanadv" in place.set("charon.port", "1",
                                              status=REFUSED)[1]
    # one that a killed one left is none
    place.set("charon.port", "1")
    assert place.files() == ["charon-advanced.conf"]


def test_edited_meanwhile(place):
    """A hand that is faster isn't overwritten."""
    place.file.write_text("charon {\n}\n")
    edited = "charon {\n\t# by hand\n}\n"
    for i in range(100):
        place.file.write_text("charon {\n}\n")
        proc = place.popen("setting", "set", "charon.port", "501")
        time.sleep(i * 0.0002)
        place.file.write_text(edited)
        err = proc.communicate(timeout=patience(30))[1]
        status = proc.returncode
        assert status in (CHANGED, REFUSED), err
        if status == REFUSED:
            assert "somebody else has changed it" in err or "can't" in err
        assert "by hand" in place.text()
    assert place.files() == ["charon-advanced.conf"]


def test_edited_after_it_was_read(place):
    """Somebody is faster while it can't go on, as nobody reads what it shows:
    in the file, with another one in its place, or with the first there is."""
    def write(text):
        place.file.write_text(text)

    def replace(text):
        other = place.folder / "other"
        other.write_text(text)
        other.rename(place.file)

    for before, edit in (("# a\n", write), ("# a\n", replace), (None, write)):
        place.file.unlink(missing_ok=True)
        if before:
            place.file.write_text(before)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        proc = place.popen("setting", "set", "charon.port", "1", stdout=writer)
        os.close(writer)
        stat = f"/proc/{proc.pid}/wchan"
        wait_until(lambda: "pipe_write" in open(stat).read(), 20,
                   "it to be held up")
        edit("# by hand\n")
        while os.read(reader, 65536):
            pass
        os.close(reader)
        assert "somebody else has changed it meanwhile" in end(
            proc, REFUSED)[1]
        assert place.text() == "# by hand\n"
        assert place.files() == ["charon-advanced.conf"]


def test_edited_while_it_is_loaded(start):
    """Who had the file open already still writes to it: that isn't lost."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    with open(place.file, "a") as file:
        os.kill(daemon.pid, signal.SIGSTOP)
        proc = place.popen("setting", "set", POLICY + "mode", "no")
        wait_until(lambda: "mode = no" in place.text(), 20,
                   "it to be written")
        file.write("# by hand\n")
    os.kill(daemon.pid, signal.SIGCONT)
    assert "somebody else has changed it meanwhile, so that is undone" in end(
        proc, REFUSED)[1]
    assert place.text().endswith("}\n# by hand\n")
    assert "mode = keep" in place.text() and mode(daemon) == "keep"


def test_what_a_killed_one_left(place):
    """A file in the making is made anew."""
    (place.folder / ".charon-advanced.conf.new").write_text("half")
    place.set("charon.port", "1")
    assert place.files() == ["charon-advanced.conf"]
    assert "half" not in place.text()


def test_full_disk(place):
    """Nothing is half written, and nothing left."""
    run("mount", "-t", "tmpfs", "-o", "size=16k,nr_inodes=20", "tmpfs",
        place.folder)
    try:
        place.file.write_text("charon {\n}\n")
        (place.folder / "filler").write_bytes(b"x" * 8192)
        before = place.text()
        (place.folder / "more").write_bytes(b"x" * 4096)
        _, err = place.set("charon.interfaces_use", "x" * 3000,
                           status=REFUSED)
        assert "No space left" in err
        assert place.text() == before
        assert place.files() == ["charon-advanced.conf", "filler", "more"]
        (place.folder / "more").unlink()
        place.set("charon.interfaces_use", "x" * 3000)
    finally:
        run("umount", place.folder)


def test_read_only(place):
    run("mount", "-t", "tmpfs", "tmpfs", place.folder)
    try:
        place.file.write_text("charon {\n}\n")
        run("mount", "-o", "remount,ro", place.folder)
        assert "Read-only" in place.set("charon.port", "1",
                                        status=REFUSED)[1]
        place.call("-d", "setting", "set", "charon.port", "1")
    finally:
        run("umount", place.folder)


# charon


def test_charon_has_it(start):
    """Set, unset, a rule, and what takes a restart."""
    daemon, place = start(bypass={})
    out, err = place.set(POLICY + "mode", "keep")
    assert err == "" and out.endswith("written, and loaded by charon\n")
    assert mode(daemon) == "keep"
    place.set(POLICY + "rules.guests", "ids=*@guests", "limit=2")
    assert "rules 1" in daemon.swanadv("status").stdout
    explained = daemon.swanadv("explain", "a@guests", check=False).stdout
    assert "guests" in explained
    place.unset(POLICY + "rules.guests")
    assert "rules 0" in daemon.swanadv("status").stdout
    place.unset(POLICY + "mode")
    assert mode(daemon) == "replace"
    place.set("charon.plugins.bypass.rules.a", "src=192.0.2.0/24",
              "dst=192.0.2.9")
    assert "192.0.2.9" in daemon.swanadv("bypass").stdout
    out, _ = place.set("charon.port", "501")
    assert "RESTART NEEDED charon.port = 501: in force is 500\n" in out
    out, _ = place.call("-j", "setting", "set", "charon.plugins.bypass.load",
                        "no")
    assert json.loads(out)["restart-needed"] == [
        "charon.plugins.bypass.load = no: it is loaded"]
    assert "RESTART" not in place.set(POLICY + "mode", "no")[0]
    daemon.restart()
    assert mode(daemon) == "no"
    assert "bypass" not in daemon.swanadv("status").stdout


def flatten(section, prefix=""):
    """OPTION=VALUE... of a dict of sections."""
    for key, value in section.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            value = {True: "yes", False: "no"}.get(value, value)
            yield f"{prefix}{key}={value}"


def test_gateway_from_nothing(gw, lab):
    """All plugins are loaded and have their settings by this alone, once charon
    is started anew as is said; and all goes away again."""
    (lab.dir / "strongswan.d").mkdir()
    daemon = gw.charon(plugins={"control": {}},
                       conf="include strongswan.d/*.conf\n")
    place = Place(daemon._file("conf"))
    plugins = everything.settings(lab.dir / "log")
    plugins.pop("control")
    wanted = {"plugins": {name: {"load": "yes", **options}
                          for name, options in plugins.items()}}
    wanted["plugins"]["socket-default"] = {"load": "no"}
    out, _ = place.set("charon", *flatten(wanted))
    for name in plugins:
        assert f"RESTART NEEDED charon.plugins.{name}.load = yes: " in out
    daemon.restart()
    status = daemon.swanadv("status", check=False).stdout
    assert {line.partition(":")[0] for line in status.splitlines()
            if re.match(r"[a-z0-9-]+: ", line)} == {"control", *plugins}
    assert "NOT LOADED" not in status and "NOT IN FORCE" not in status
    assert "filtermode: mode ipsec" in status
    # nothing would be bound, or twice
    place.unset("charon.plugins.strict-bind", status=REFUSED)
    place.unset("charon.plugins.socket-default.load", status=REFUSED)
    place.set("charon.plugins", "strict-bind.load=no",
              "socket-default.load=yes")
    place.unset("charon.plugins.socket-default.load")
    # one that is loaded still needs its settings
    place.unset("charon.plugins.strict-bind", status=REFUSED)
    daemon.restart()
    for name in plugins:
        place.unset(f"charon.plugins.{name}")
    assert "{" not in place.text()
    daemon.restart()
    assert "filtermode" not in daemon.swanadv("status").stdout


def test_charon_reads_hostile(start, lab):
    """Charon has of the file what was given."""
    daemon, place = start(**{"peer-log": {}})
    for value in HOSTILE:
        place.set("charon.plugins.peer-log.rules.a", "ids=x",
                  f"file={lab.dir}/x{value}")
        rule, = json.loads(daemon.swanadv("-j", "log").stdout)["items"]
        assert rule["file"] == f"{lab.dir}/x{value}"


def test_charon_refuses(start, lab):
    """What only charon can know: the file is put back, and charon has that."""
    daemon, place = start(accounting={"file": str(lab.dir / "records")})
    place.set(POLICY + "mode", "keep")
    before = place.text(), place.file.stat().st_ino
    _, err = place.set("charon", "plugins.accounting.file=/nonexistent/x",
                       "plugins.unique-policy.mode=no", status=REFUSED)
    assert "can't open it" in err and "so that is undone" in err
    assert (place.text(), place.file.stat().st_ino) == before
    assert place.files() == ["charon-advanced.conf"]
    assert mode(daemon) == "keep"
    assert daemon.swanadv("status").returncode == 0
    error = json.loads(place.call(
        "-j", "setting", "set", "charon.plugins.accounting.file",
        "/nonexistent/x", status=REFUSED)[1])["errors"]
    assert "can't open it" in error[0]["message"]


def test_charon_refuses_the_first(start, lab):
    """A file that wasn't there isn't there then."""
    daemon, place = start(accounting={"file": str(lab.dir / "records")})
    place.set("charon.plugins.accounting.file", "/nonexistent/x",
              status=REFUSED)
    assert place.files() == []
    assert daemon.swanadv("status").returncode == 0


def test_charon_dies(start):
    """While it was asked to load it: the file is as it was."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    os.kill(daemon.pid, signal.SIGSTOP)
    proc = place.popen("setting", "set", POLICY + "mode", "no")
    wait_until(lambda: "mode = no" in place.text(), 20, "it to be written")
    daemon.kill()
    assert proc.wait(patience(40)) == REFUSED
    err = proc.stderr.read()
    assert "so that is undone, for charon's next start" in err
    assert place.text() == before
    assert place.files() == ["charon-advanced.conf"]
    daemon.start()
    assert mode(daemon) == "keep"


@pytest.mark.parametrize("options", [[], ["-c", "600"]])
def test_confirmed_too_early(start, options):
    """What charon hasn't loaded yet can't be confirmed."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    os.kill(daemon.pid, signal.SIGSTOP)
    proc = place.popen(*options, "setting", "set", POLICY + "mode", "no")
    wait_until(lambda: "mode = no" in place.text(), 20, "it to be written")
    assert "another swanadv writes it" in place.call("setting", "confirm",
                                                     status=REFUSED)[1]
    daemon.kill()
    end(proc, REFUSED)
    assert place.text() == before
    assert place.files() == ["charon-advanced.conf"]


def test_charon_hangs(start):
    """The file is as it was, for when it goes on or is started anew."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        _, err = place.set(POLICY + "mode", "no", status=REFUSED)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    assert "no answer" in err and "charon hasn't loaded that" in err
    assert place.text() == before
    assert place.files() == ["charon-advanced.conf"]
    place.call("-s", daemon.control.path, "reload")
    assert mode(daemon) == "keep"


# --confirm


def wait_for_confirm(place, *args, **more):
    """A swanadv that waits to be confirmed."""
    proc = place.popen("--confirm", *args, **more)
    lock = place.folder / ".charon-advanced.conf.lock"
    wait_until(lambda: proc.poll() is not None or (
        lock.exists() and lock.read_text()), 20, "it to wait")
    return proc


def end(proc, status):
    out, err = proc.communicate(timeout=patience(30))
    assert proc.returncode == status, (out, err)
    return out, err


def test_confirmed(start):
    daemon, place = start()
    proc = wait_for_confirm(place, "600", "setting", "set", POLICY + "mode",
                            "keep")
    assert "or waits for" in place.set("charon.port", "1", status=REFUSED)[1]
    assert place.call("setting", "confirm")[0] == "confirmed\n"
    out, err = end(proc, CHANGED)
    assert out.endswith("confirmed\n") and err == ""
    assert "in 600 seconds unless 'swanadv setting confirm' is run" in out
    assert mode(daemon) == "keep"
    assert place.files() == ["charon-advanced.conf"]
    assert "nothing waits" in place.call("setting", "confirm",
                                         status=REFUSED)[1]
    place.call("-c", "600", "setting", "set", POLICY + "mode", "keep",
               status=UNCHANGED)


def test_not_confirmed(start):
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    _, err = place.call("-c", "1", "setting", "set", POLICY + "mode", "no",
                        status=REFUSED)
    assert "nobody has confirmed it in time, so that is undone\n" in err
    assert place.text() == before and mode(daemon) == "keep"
    assert place.files() == ["charon-advanced.conf"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM,
                                    signal.SIGINT, signal.SIGQUIT])
def test_ended_by_signal(start, number):
    """As when an SSH session dies; nobody reads what it says then."""
    daemon, place = start()
    proc = wait_for_confirm(place, "600", "setting", "set", POLICY + "mode",
                            "keep")
    wait_until(lambda: mode(daemon) == "keep", 20, "it to be loaded")
    proc.stdout.close()
    proc.stderr.close()
    proc.send_signal(number)
    assert proc.wait(patience(30)) == REFUSED
    assert place.files() == [] and mode(daemon) == "replace"


def test_killed(start):
    """The change stays, whole, and others are told until it is confirmed; with
    the old file in its place it is as before."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    for confirmed in (False, True):
        proc = wait_for_confirm(place, "600", "setting", "set",
                                POLICY + "mode", "no")
        wait_until(lambda: mode(daemon) == "no", 20, "it to be loaded")
        proc.kill()
        end(proc, -signal.SIGKILL)
        assert "mode = no" in place.text()
        old = place.folder / ".charon-advanced.conf.old"
        assert old.read_text() == before
        assert str(old) in place.set("charon.port", "1", status=REFUSED)[1]
        if confirmed:
            place.call("setting", "confirm")
        else:
            old.rename(place.file)
        place.call("-s", daemon.control.path, "reload")
        assert mode(daemon) == ("no" if confirmed else "keep")
        place.call("-d", "setting", "set", "charon.port", "1")
    place.set("charon.port", "501")


def test_edited_while_it_waits(start):
    """What somebody else has written is left alone, and where the old text is
    is said."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    before = place.text()
    proc = wait_for_confirm(place, "2", "setting", "set", POLICY + "mode",
                            "no")
    place.file.write_text("# by hand\n")
    _, err = end(proc, REFUSED)
    old = place.folder / ".charon-advanced.conf.old"
    assert "somebody else has changed it meanwhile" in err and str(old) in err
    assert place.text() == "# by hand\n" and old.read_text() == before
    assert daemon.alive


@pytest.mark.parametrize("typed, confirmed", [(b"\n", True), (b"x", False),
                                              (b"\x04", False)])
def test_terminal(start, typed, confirmed):
    """ENTER confirms, but not one that was typed before."""
    daemon, place = start()
    main, other = pty.openpty()
    os.write(main, b"\n\n")
    proc = wait_for_confirm(
        place, "2" if not confirmed else "600", "setting", "set",
        POLICY + "mode", "keep", stdin=other, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    assert "ENTER" in proc.stdout.readline() + proc.stdout.readline() + \
        proc.stdout.readline()
    time.sleep(0.3)
    assert proc.poll() is None
    os.write(main, typed)
    end(proc, CHANGED if confirmed else REFUSED)
    assert mode(daemon) == ("keep" if confirmed else "replace")
    os.close(main)
    os.close(other)


def test_confirm_without_charon(place):
    """There is nothing to wait for."""
    out, _ = place.call("-c", "600", "setting", "set", "charon.port", "1")
    assert "next start" in out


# tried by somebody who wanted to break it


def test_control_socket_moves(start, lab):
    """The change moves the socket that it is told over, and it goes back over
    that."""
    daemon, place = start()
    key = "charon.plugins.control.socket"
    new = lab.dir / "new"
    out, err = place.call("-c", "1", "setting", "set", key, f"unix://{new}",
                          status=REFUSED)
    assert "so that is undone\n" in err
    assert mode(daemon) == "replace" and not new.exists()


def test_charon_is_started_anew_while_it_waits(start):
    """The file is put back for the new one."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    proc = wait_for_confirm(place, "600", "setting", "set", POLICY + "mode",
                            "no")
    wait_until(lambda: mode(daemon) == "no", 20, "it to be loaded")
    daemon.restart()
    assert mode(daemon) == "no"
    proc.terminate()
    assert "so that is undone\n" in end(proc, REFUSED)[1]
    assert mode(daemon) == "keep"


def test_charon_is_gone_while_it_waits(start):
    daemon, place = start()
    proc = wait_for_confirm(place, "600", "setting", "set", POLICY + "mode",
                            "no")
    wait_until(lambda: mode(daemon) == "no", 20, "it to be loaded")
    daemon.stop()
    proc.terminate()
    assert "for charon's next start" in end(proc, REFUSED)[1]
    assert place.files() == []


def test_nohup(start):
    """What was told to survive a hangup does, and still ends in time."""
    daemon, place = start()
    proc = wait_for_confirm(
        place, "3", "setting", "set", POLICY + "mode", "no",
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_until(lambda: mode(daemon) == "no", 20, "it to be loaded")
    proc.send_signal(signal.SIGHUP)
    assert "in time" in end(proc, REFUSED)[1]
    assert mode(daemon) == "replace"


@pytest.mark.parametrize("stop", [signal.SIGTSTP, signal.SIGTTIN,
                                  signal.SIGTTOU])
def test_not_stopped(start, stop):
    """Ctrl-Z doesn't keep it from putting the file back."""
    daemon, place = start()
    proc = wait_for_confirm(place, "2", "setting", "set", POLICY + "mode",
                            "no")
    proc.send_signal(stop)
    assert "in time" in end(proc, REFUSED)[1]
    assert mode(daemon) == "replace"


def test_terminal_goes_away(start):
    """As sshd does it: the session's terminal is closed, and hung up."""
    daemon, place = start()
    pid, main = pty.fork()
    if not pid:
        os.execve(build.swanadv(), [
            "swanadv", "-c", "600", "setting", "set", POLICY + "mode", "keep"],
            place.env())
    wait_until(lambda: mode(daemon) == "keep", 20, "it to be loaded")
    os.close(main)
    status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == REFUSED
    assert mode(daemon) == "replace" and place.files() == []


def test_signal_while_it_is_applied(start):
    """Before charon has answered: then it is put back as well."""
    daemon, place = start()
    os.kill(daemon.pid, signal.SIGSTOP)
    proc = place.popen("setting", "set", POLICY + "mode", "no")
    wait_until(lambda: "mode = no" in (place.text() or ""), 20,
               "it to be written")
    proc.terminate()
    time.sleep(0.2)
    assert proc.poll() is None
    os.kill(daemon.pid, signal.SIGCONT)
    assert "a signal has ended this, so that is undone\n" in end(
        proc, REFUSED)[1]
    assert mode(daemon) == "replace" and place.files() == []


def test_confirmed_at_the_last_moment(start):
    """Whoever confirms is told so only if it stays."""
    daemon, place = start()
    place.set(POLICY + "mode", "keep")
    both = set()
    for i in range(6):
        proc = wait_for_confirm(place, "1", "setting", "set", POLICY + "mode",
                                "no")
        time.sleep(0.9 + i * 0.03)
        done = place.popen("setting", "confirm")
        end(done, CHANGED if done.wait(patience(20)) == CHANGED else REFUSED)
        end(proc, done.returncode)
        both.add(done.returncode)
        assert mode(daemon) == ("keep" if done.returncode else "no")
        place.set(POLICY + "mode", "keep",
                  status=UNCHANGED if done.returncode else CHANGED)
    assert both


def test_killed_at_any_moment(start):
    """The file has all or nothing, and what to do is said."""
    daemon, place = start()
    one = "ids=" + ",".join(f"user{i}" for i in range(500))
    two = one + ",x"
    texts = set()
    for value in (one, two):
        place.set(POLICY + "rules.a", value)
        texts.add(place.text())
    assert len(texts) == 2
    for i in range(60):
        proc = place.popen("setting", "set", POLICY + "rules.a",
                           (one, two)[i % 2])
        time.sleep(i * 0.0005)
        proc.kill()
        proc.communicate(timeout=patience(20))
        assert place.text() in texts
        if ".charon-advanced.conf.old" in place.files():
            assert "was killed" in place.set("charon.port", "1",
                                             status=REFUSED)[1]
            place.call("setting", "confirm")
    place.set(POLICY + "mode", "no")
    assert place.files() == ["charon-advanced.conf"]
    place.call("check")
    place.call("-s", daemon.control.path, "reload")


def test_output_cannot_be_written(place):
    """What can't be shown isn't done."""
    with open("/dev/full", "w") as full:
        proc = place.popen("setting", "set", "charon.port", "1", stdout=full)
        assert "can't write" in end(proc, REFUSED)[1]
    assert place.files() == []
    done = subprocess.run(["sh", "-c", '"$0" setting set charon.port 1 >&- '
                           "<&- 2>&-", build.swanadv()], env=place.env())
    assert done.returncode == REFUSED and place.files() == []


def test_not_root(place):
    """It says what it can't, and --dry-run works as far as files are read."""
    def drop():
        os.setgid(65534)
        os.setuid(65534)

    for parent in place.conf.parents:
        if parent.stat().st_uid == 0 and parent.name.startswith(("pytest",
                                                                "popen",
                                                                "test")):
            parent.chmod(0o755)
    _, err = place.set("charon.port", "1", status=REFUSED, preexec_fn=drop)
    assert "Permission denied" in err and len(err.splitlines()) == 1
    place.call("-d", "setting", "set", "charon.port", "1", preexec_fn=drop)
    place.set("charon.port", "1")
    place.file.chmod(0o600)
    assert "Permission denied" in place.call(
        "-d", "setting", "set", "charon.port", "2", status=REFUSED,
        preexec_fn=drop)[1]
    place.call("setting", "confirm", status=REFUSED, preexec_fn=drop)


def test_no_folder(place):
    place.folder.rmdir()
    _, err = place.set("charon.port", "1", status=REFUSED)
    assert f"{place.file}: can't be written: No such file" in err


@pytest.mark.parametrize("make", [
    os.mkdir, lambda path: os.symlink("/dev/zero", path),
    lambda path: os.symlink(path, path)])
def test_no_regular_file(place, make):
    """Nothing that isn't a file is waited for, or replaced."""
    make(place.file)
    before = place.file.lstat().st_ino
    place.set("charon.port", "1", status=REFUSED)
    assert place.file.lstat().st_ino == before
    assert place.files() == ["charon-advanced.conf"]


def test_text_that_looks_like_settings(place):
    """Braces and keys in comments and in values are none."""
    text = ("# charon { port = 1 }\ncharon {\n"
            "\tinterfaces_use = \"}\nport = 3\n# {\" # port = 4 {\n"
            "\t# port = 5\n\t# }\n\tfoo = a \"b\" c#d\n}# }\n")
    place.file.write_text(text)
    place.set("charon.port", "9")
    assert place.text() == text.replace("c#d\n}", "c#d\n\tport = 9\n}")
    place.unset("charon.port")
    assert place.text() == text


def test_bytes_of_others(place):
    """Comments in another encoding stay as they are."""
    place.file.write_bytes(b"# caf\xe9 \xff\ncharon {\n\tport = 1 # \xe4\n}\n")
    place.set("charon.port", "2")
    assert place.file.read_bytes() == (
        b"# caf\xe9 \xff\ncharon {\n\tport = 2 # \xe4\n}\n")


def test_references(place):
    """A section that refers to another has its values, which are changed in it
    alone."""
    place.file.write_text(
        "tmpl {\n\tmode = keep\n}\ncharon {\n\tplugins {\n"
        "\t\tunique-policy : tmpl {\n\t\t}\n\t}\n}\n")
    assert place.value(POLICY + "mode")[0] == "keep"
    place.set(POLICY + "mode", "no")
    assert "tmpl {\n\tmode = keep\n}" in place.text()
    assert place.value(POLICY + "mode")[0] == "no"
    place.unset(POLICY + "mode")
    assert "unique-policy : tmpl {\n\t\t}" in place.text()
    assert place.value(POLICY + "mode")[0] == "keep"


def test_one_line(place):
    """A file without blanks or newlines."""
    place.file.write_text("charon{plugins{unique-policy{mode=no}}}")
    place.set(POLICY + "mode", "keep")
    place.set(POLICY + "limit", "2")
    place.set("charon.plugins.unity-ext.load", "yes")
    place.set("charon.port", "1")
    assert place.value(POLICY + "limit")[0] == "2"
    for key in (POLICY + "mode", POLICY + "limit", "charon.port",
                "charon.plugins.unity-ext"):
        place.unset(key)
    assert place.text().strip() == ""


def test_the_last_include(place):
    """An include statement in the file itself, before and after the key."""
    more = place.folder / "more.inc"
    more.write_text("charon {\n\tport = 7\n}\n")
    place.file.write_text("charon {\n\tport = 1\n}\ninclude more.inc\n")
    assert f"{more}:2 sets it" in place.set("charon.port", "2",
                                            status=REFUSED)[1]
    place.file.write_text("include more.inc\ncharon {\n\tport = 1\n}\n")
    place.set("charon.port", "2")
    assert place.value("charon.port") == ("2", str(place.file))
    place.file.write_text("include charon-advanced.conf\n")
    place.set("charon.port", "3", status=REFUSED)


def test_large(place):
    """A long value, and thousands of rules."""
    value = "x" * 100000
    place.set("charon.interfaces_use", value)
    assert place.value("charon.interfaces_use")[0] == value
    place.file.write_text("".join(
        f"charon {{\nplugins {{\nunique-policy {{\nrules {{\nr{i} {{\n"
        f"ids = u{i}\n}}\n}}\n}}\n}}\n}}\n" for i in range(1000)))
    place.set(POLICY + "rules.r500.ids", "y")
    place.unset(POLICY + "rules.r501")
    assert "r501 " not in place.text() and "r502 " in place.text()


def test_same_file_by_other_names(place, tmp_path):
    """Two names of a file are one for locks, and for what includes it."""
    (tmp_path / "alias").symlink_to(place.folder)
    alias = tmp_path / "alias" / "charon-advanced.conf"
    place.set("charon.port", "1")
    place.call("-f", alias, "setting", "set", "charon.port", "2")
    assert "port = 2" in place.text()
    lock = place.folder / ".charon-advanced.conf.lock"
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another swanadv" in place.call(
            "-f", alias, "setting", "set", "charon.port", "1",
            status=REFUSED)[1]
    done = subprocess.run(
        [build.swanadv(), "-f", "strongswan.d/charon-advanced.conf",
         "setting", "set", "charon.port", "3"], cwd=tmp_path,
        env=os.environ | {"STRONGSWAN_CONF": "strongswan.conf"},
        capture_output=True)
    assert done.returncode == CHANGED, done
    assert "port = 3" in place.text()


def test_charon_systemd_alone(place):
    """Its section is read in place of charon's where it has a key."""
    place.conf.write_text("charon-systemd {\n\tjournal {\n\t\tike = 2\n"
                          "\t}\n}\n" + place.conf.read_text())
    place.set("charon.port", "501")
    assert place.value("charon.port")[0] == "501"
    place.set("charon-systemd.journal.ike", "3")
    assert place.value("charon-systemd.journal.ike") == ("3", str(place.file))
    place.unset("charon-systemd.journal.ike")
    assert place.value("charon-systemd.journal.ike")[0] == "2"
    place.unset("charon.port")
    assert place.text().count("{") == 0


def test_not_included_yet(place):
    """A file that isn't there yet is read if a pattern will find it."""
    place.conf.write_text((CONF % "").replace("*.conf", "*.cnf"))
    assert "isn't included" in place.set("charon.port", "1",
                                         status=REFUSED)[1]
    assert place.files() == []
    place.conf.write_text((CONF % "").replace("*.conf", "[a-d]*-?dvanced.conf"))
    place.set("charon.port", "1")
    place.file.unlink()
    place.conf.write_text((CONF % "").replace("*.conf",
                                              "charon-advanced.conf"))
    place.set("charon.port", "1")
    place.file.unlink()
    place.conf.write_text((CONF % "").replace("strongswan.d/*", "*/*"))
    place.set("charon.port", "1")
    # read in its place among others: a later one wins
    place.file.unlink()
    (place.folder / "b.conf").write_text("charon {\nport = 5\n}\n")
    place.set("charon.port", "1")
    place.file.unlink()
    (place.folder / "d.conf").write_text("charon {\nport = 5\n}\n")
    assert "d.conf:2 sets it" in place.set("charon.port", "1",
                                           status=REFUSED)[1]


def test_umask(place):
    """It is as promised, whatever the shell has."""
    for mask in (0o777, 0):
        place.set("charon.port", "1",
                  preexec_fn=lambda: os.umask(mask) and None)
        assert place.file.stat().st_mode & 0o7777 == 0o644
        place.file.unlink()


@pytest.mark.parametrize("setting, group", [
    ("user = nobody", "nogroup"), ("user = root\n\tgroup = daemon", "daemon"),
    ("user = does-not-exist", None)])
def test_secret_of_another_user(place, setting, group):
    """Charon, once it isn't root, can read the file again, nobody else."""
    place.conf.write_text(f"charon {{\n\t{setting}\n}}\n" + CONF % "")
    for text in (None, "# mine\n"):
        if text:
            place.file.write_text(text)
            place.file.chmod(0o644)
        place.set("charon.plugins.pcsc-token.tokens.t.pin", "-", stdin="1")
        found = place.file.stat()
        assert found.st_mode & 0o7777 == (0o640 if group else 0o600)
        assert found.st_uid == 0
        assert found.st_gid == (grp.getgrnam(group).gr_gid if group else 0)


def test_secret_is_not_shown_when_typed(place):
    pid, main = pty.fork()
    if not pid:
        os.execve(build.swanadv(), [
            "swanadv", "setting", "set",
            "charon.plugins.pcsc-token.tokens.t.pin", "-"], place.env())
    seen = b""
    while b"secret: " not in seen:
        seen += os.read(main, 1000)
    os.write(main, b"4711\n")
    try:
        while part := os.read(main, 1000):
            seen += part
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == CHANGED, seen
    assert "pin = 4711\n" in place.text() and b"4711" not in seen
    os.close(main)


# the page


def page_units():
    """{section or key: {key within: value}} of the page in strongswan.conf, so
    that what needs each other is together."""
    found = {}
    for key, value in page()[1].items():
        if value is None or not key.startswith("charon."):
            continue
        names = key.split(".")
        depth = next((n + 2 for n, name in enumerate(names)
                      if name in ("rules", "filelog", "syslog", "tokens")),
                     len(names))
        section = ".".join(names[:min(depth, len(names) - 1)])
        found.setdefault(section, {})[key[len(section) + 1:]] = value
    return found


@pytest.mark.parametrize("section", sorted(page_units()))
def test_page(place, section):
    """Each setting of the page that strongswan.conf has can be set by this, at
    once with those beside it, and be unset again."""
    pairs = {key: value.strip('"')
             for key, value in page_units()[section].items()}
    place.conf.write_text("include strongswan.d/*.conf\n")
    if section.startswith("charon.plugins.") and section.count(".") == 2:
        pairs = {"load": "yes"} | pairs
    place.set(section, *(f"{key}={'-' if key == 'pin' else value}"
                         for key, value in pairs.items()),
              stdin=pairs.get("pin", ""))
    for key, value in pairs.items():
        # of others' plugins nothing is listed
        if "socket-default" not in section:
            assert place.value(f"{section}.{key}") == (
                None if key == "pin" else value, str(place.file))
    if section != "charon" and "socket-default" not in section:
        place.unset(section)
    else:
        for key in pairs:
            place.unset(f"{section}.{key}")
    assert "{" not in place.text()


# any file, any order


_KEYS = ["charon.port", "charon.interfaces_use", "charon.filelog.a.path",
         "charon-systemd.journal.ike", POLICY + "rules.a.ids",
         POLICY + "rules.a.groups", POLICY + "rules.b.ids"]


def _random_value(rand, key):
    if key == "charon.port":
        return str(rand.randrange(65536))
    if key.endswith(".ike"):
        return str(rand.randrange(5))
    if "rules" in key:
        return rand.choice(["a", "b, c", "*@x", "'C=CH, O=x'"])
    return "/" + "".join(rand.choices('ab #{}"\\\n\t=:;\'é,.', k=6))


def _random_text(rand, key, value):
    """A key in its sections, written as somebody might."""
    def blank():
        return rand.choice([" ", "\t", "\n", "  ", "", " # c }{\"\n"])

    *sections, name = key.split(".")
    quoted = re.sub(r'(["\\])', r"\\\1", value).replace("\n", "\\n")
    return "".join([
        *(f"{blank()}{section}{rand.choice([' ', '', chr(10)])}{{"
          for section in sections), blank(), name,
        rand.choice(["=", " = ", "\t= "]), f'"{quoted}"',
        rand.choice(["\n", " # why\n", "  \n\n"]),
        *("}" + blank() for _ in sections), "\n"])


@pytest.mark.parametrize("seed", range(15))
def test_random(place, seed):
    """Whatever the file has, a key has the value that it was given last, and no
    other key another one."""
    rand = random.Random(seed)
    has, text = {}, "# head\n"
    for key in rand.choices(_KEYS, k=rand.randrange(6)):
        has[key] = _random_value(rand, key)
        text += _random_text(rand, key, has[key])
    place.file.write_text(text)
    for key in rand.choices(_KEYS, k=8):
        section = key.rpartition(".")[0] + "."
        if rand.random() < 0.5:
            value = _random_value(rand, key)
            place.set(key, value, status=UNCHANGED if has.get(key) == value
                      else CHANGED)
            has[key] = value
        elif key in has and ("rules" in key or "filelog" in key) and not any(
                other.startswith(section) for other in has if other != key):
            place.unset(key, status=REFUSED)
        else:
            place.unset(key, status=CHANGED if key in has else UNCHANGED)
            has.pop(key, None)
        listed = json.loads(place.call("-j", "setting", "list")[0])["items"]
        found = {item["key"]: item["value"] for item in listed
                 if "value" in item and item["key"] in _KEYS}
        assert found == has, (key, place.text())
    assert "# head\n" in place.text()
    assert place.text().count("# why") == text.count("# why")
