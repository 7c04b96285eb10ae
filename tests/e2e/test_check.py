# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv check: what it finds, and that it finds nothing else."""

import json
import os
import re
import shutil
import subprocess

import pytest

import test_page
from lab import build, conf


# what is said of options where charon has no IKEv1
NO_IKEV1 = "as this charon has no IKEv1"


def check(root, *args, files=None, status=0, ikev1=False, **env):
    """What it says about files, {name: text} in root; the first is given to it
    unless args are. Lines of stderr, with names of files relative to root."""
    for name, text in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    args = args or [root / next(iter(files))]
    done = subprocess.run(
        [build.swanadv(), "check", *map(str, args)], text=True, timeout=20,
        capture_output=True, env=os.environ | {
            key: str(value) for key, value in env.items()})
    lines = done.stderr.replace(f"{root}/", "").splitlines()
    assert done.returncode == status, (done.stdout, done.stderr)
    return [line for line in lines if ikev1 or NO_IKEV1 not in line]


def modular(text, daemon="charon"):
    """A daemon's configuration with text in its section plugins."""
    return f"{daemon} {{\n\tload_modular = yes\n\tplugins {{\n{text}}}\n}}\n"


# --- a file as charon reads it -----------------------------------------------

def test_fresh_installation(tmp_path):
    """Debian's files, and ours: not loaded, and nothing wrong."""
    folder = tmp_path / "strongswan.d"
    (folder / "charon").mkdir(parents=True)
    for path in build.BUILD.glob("plugins/*/*.conf"):
        shutil.copy(path, folder / "charon")
    shutil.copy(build.REPOSITORY / "conf/advanced.conf", folder)
    for path in (build.SOURCE / "conf").glob("options/charon*.conf"):
        shutil.copy(path, folder)
    for path in (build.SOURCE / "conf/plugins").glob("*.conf"):
        if path.stem not in ("socket-dynamic", "socket-win"):
            shutil.copy(path, folder / "charon")
    conf = {"strongswan.conf":
            "charon {\n\tload_modular = yes\n\tplugins {\n"
            "\t\tinclude strongswan.d/charon/*.conf\n\t}\n}\n"
            "include strongswan.d/*.conf\n"}
    assert check(tmp_path, files=conf) == []
    # its own is the daemon's
    assert check(tmp_path, "--json", status=0,
                 STRONGSWAN_CONF=tmp_path / "strongswan.conf") == []
    # each file alone, too
    for path in folder.glob("**/*.conf"):
        assert check(tmp_path, path) == []


def test_required_if_loaded(tmp_path):
    """What is missing is an error of what is loaded only."""
    for load, status in (("no", 0), ("yes", 1)):
        text = modular(f"strict-bind {{\nload = {load}\n}}\n")
        lines = check(tmp_path, files={"x.conf": text}, status=status)
        assert len(lines) == status
    # but what is said has to be valid
    text = modular("bypass {\nload = no\nlan = perhaps\n}\n")
    assert check(tmp_path, files={"x.conf": text}, status=1)[0].startswith(
        'x.conf:6: bypass: lan = "perhaps": expected ')


def test_all_at_once(tmp_path):
    """Errors of all kinds, in several files, in their order, and warnings
    after them."""
    lines = check(tmp_path, status=1, files={
        "x.conf": "charon {\n\tport = 99999\n\tinclude a/*.conf\n"
                  "\tcisco_unity = perhaps\n}\n",
        "a/1.conf": "plugins {\n\tbypass {\n\t\tlan = maybe\n\t\tload = y\n"
                    "\t\tlan_interfac = eth0\n"
                    "\t\trules {\n\t\t\ta {\n\t\t\t}\n\t\t}\n\t}\n}\n",
        "a/2.conf": "include none.conf\nmake_before_break = maybe\n"})
    assert [line.split(": ")[0] for line in lines] == [
        "a/1.conf:3", "a/1.conf:4", "a/1.conf:5", "a/2.conf:2", "x.conf:2",
        "x.conf:4", "a/2.conf:1"]
    assert lines[3:6] == [
        'a/2.conf:2: charon: make_before_break = "maybe": expected yes or no',
        'x.conf:2: charon: port = "99999": expected 0-65535',
        'x.conf:4: charon: cisco_unity = "perhaps": expected yes or no']
    assert lines[6] == ("a/2.conf:1: warning: include none.conf: there is no "
                        "such file")


@pytest.mark.parametrize("include", [
    "include a/one.conf", 'include "a/one.conf"', "include   a/one.conf  ",
    "include\ta/*.conf # all", "include a/one.conf\r", 'include "a/"one.conf',
    "include a/o?e.conf", 'include {root}/a/one.conf',
    'include "a/\\\none.conf"'])
def test_include(tmp_path, include):
    """However an include is written, and wherever its file is: what is wrong is
    in the file that is included, or in a line after it."""
    text = f"charon {{\r\n{include}\n}}\ncharon {{\nport = y\n}}\n".replace(
        "{root}", str(tmp_path))
    extra = include.count("\n")
    # a quote ends the pattern
    found = include != 'include "a/"one.conf'
    lines = check(tmp_path, status=1, files={
        "x.conf": text, "a/one.conf": "port_nat_t = x\r\n"})
    assert (lines[0] == 'a/one.conf:1: charon: port_nat_t = "x": expected '
            "0-65535") == found
    assert any(line.startswith(f"x.conf:{5 + extra}: charon: port = ")
               for line in lines)


def test_values_over_lines(tmp_path):
    text = ('charon {\n\tfilelog {\n\t\ta {\n\t\t\ttime_format = "%b\n %e"\n'
            "\t\t\tike = 9 # nine\n\t\t}\n\t}\n"
            '\tport = \\\n}\ncharon\n{\nport_nat_t = "a" b\n}\n')
    assert check(tmp_path, files={"x.conf": text}, status=1) == [
        'x.conf:6: charon: filelog.a.ike = "9": expected one of -1, 0, 1, 2, '
        "3, 4",
        'x.conf:9: charon: port = "\\": expected 0-65535',
        'x.conf:13: charon: port_nat_t = "a b": expected 0-65535']


def test_references(tmp_path):
    """What is wrong in a section that others refer to is there."""
    text = ("base {\n\tport = x\n\tfilelog {\n\t\ta {\n\t\t\tike = 7\n"
            "\t\t}\n\t}\n}\n"
            "charon : base {\n\tplugins {\n\t\tbypass : lan {\n\t\t}\n\t}\n"
            "}\nlan {\n\tlan = y\n}\n")
    assert [line.split(": ")[0] for line in
            check(tmp_path, files={"x.conf": text}, status=1)] == [
        "x.conf:2", "x.conf:5", "x.conf:16"]


@pytest.mark.parametrize("text, line", [
    # the last section is what is left open
    ("charon {\n\tport = 500\n", 1),
    # its brace stands for another one's
    ("charon {\n\tplugins {\n\t\tbypass {\n\t\t\tlan = yes\n\t}\n}\n", 3),
    ("charon {\n\tplugins {\n\t\tbypass {\n\t\t\trules {\n\t\t\t\ta {\n"
     "\t\t\t\t\tsrc = 10.0.0.0/8\n\t\t\t}\n\t\t}\n\t}\n}\n", 5)])
def test_missing_brace(tmp_path, text, line):
    """Where it is missing, and what is wrong besides."""
    lines = check(tmp_path, status=1, files={
        "x.conf": text.replace("lan = yes", "lan = y"), "y.conf": "}\n"})
    assert f"x.conf:{line}: a section that begins here isn't closed, " \
        "expected }" in lines
    assert ("lan = yes" in text) == any("lan = \"y\"" in line
                                        for line in lines)


def test_byte_order_mark(tmp_path, gw, lab):
    """Charon takes it for a part of the first name."""
    text = modular("bypass {\nload = yes\nlan = y\n}\n")
    lines = check(tmp_path, status=1,
                  files={"x.conf": b"\xef\xbb\xbf" + text.encode()})
    assert lines[0].startswith("x.conf:1: a byte order mark is before")
    assert lines[1].startswith('x.conf:6: bypass: lan = "y": expected ')
    included = lab.dir / "bom.conf"
    included.write_bytes(b"\xef\xbb\xbf" + modular(
        "bypass {\nload = yes\n}\n").encode())
    daemon = gw.charon(conf=f"include {included}\n")
    assert "bypass" not in daemon.vici.stats()["plugins"]
    assert any("byte order" in line for line in check(
        lab.dir, daemon._file("conf"), status=1))


def test_unreadable(tmp_path):
    """Exit status 2: what can't be read may have more errors."""
    assert check(tmp_path, tmp_path / "none", status=2) == [
        "none: can't be read: No such file or directory"]
    for path in (tmp_path, "/dev/zero"):
        assert "isn't a regular file" in check(tmp_path, path, status=2)[0]
    os.mkfifo(tmp_path / "fifo.conf")
    for name, line in (("fifo*", "fifo.conf: is a pipe, which charon waits "
                        "for"),
                       ("y.conf", "y.conf:1: include: 'y.conf' includes "
                        "itself")):
        assert check(tmp_path, status=2, files={
            "y.conf": f"include {name}\ncharon {{\nport = x\n}}\n"}) == [
            line, 'y.conf:3: charon: port = "x": expected 0-65535']


def test_folders_of_includes(tmp_path):
    """One that isn't there is no error, one that can't be read may have
    some."""
    (tmp_path / "loop").symlink_to("loop")
    for pattern, status in (("none/*.conf", 0), ("x.conf/*.conf", 0),
                            ("loop/*.conf", 2)):
        lines = check(tmp_path, status=status, files={
            "x.conf": f"include {pattern}\n"})
        assert lines == ([f"x.conf:1: include {pattern}: can't be read: Too "
                          "many levels of symbolic links"] if status else [])


def test_includes_itself(tmp_path):
    """By whatever path, and as often as it likes."""
    (tmp_path / "link.conf").symlink_to("x.conf")
    for name in ("./x.conf", "link.conf", f"../{tmp_path.name}/x.conf"):
        text = f"include {name}\ninclude {name}\ncharon {{\nport = x\n}}\n"
        lines = check(tmp_path, status=2, files={"x.conf": text})
        assert len(lines) == 2 and lines[0].endswith(" includes itself")
        assert lines[1] == 'x.conf:4: charon: port = "x": expected 0-65535'


@pytest.mark.parametrize("text, crashes", [
    ("charon : %s%n {\n", True), ("charon : 100% {\n", True),
    ("charon : charon.x {\n", True), ("charon : charon.x.y {\n", True),
    ("b : charon.x {\n}\ncharon : b.x {\n", True),
    ("b : charon.x {\n}\ncharon : b {\n", True),
    ("libstrongswan : charon.x {\n}\ncharon {\n", True),
    ("b : c {\n}\nc : charon {\n}\ncharon : d, b.x {\n", True),
    ("charon : a.x {\n}\na : b.x, b.y {\n}\nb : a.x, a.y {\n}\ncharon {\n",
     True),
    ("charon : charon {\n", False), ("charon : b.x, b.y {\n", False),
    ("b : c {\n}\nc : b {\n}\ncharon : b, c.x {\n", False)])
def test_references_that_lead_back(tmp_path, text, crashes):
    """Those that charon crashes of, and others that come back are harmless."""
    files = {"x.conf": text + "port = x\n}\nd {\nport_nat_t = x\n}\n"}
    lines = check(tmp_path, files=files, status=2 if crashes else 1)
    assert any(line.endswith("which crashes charon")
               for line in lines) == crashes
    assert any('port = "x"' in line for line in lines)
    assert any("port_nat_t" in line for line in lines) == ("d," in text)


@pytest.mark.parametrize("text", [
    "charon : charon, charon, charon {\n}\n",
    "charon : charon, b, c {\n}\nb : charon, b, c {\n}\n"
    "c : charon, b, c {\n}\n"])
def test_references_to_each_other(tmp_path, text):
    """It doesn't take long to find out that something isn't there."""
    text = modular("strict-bind {\nload = yes\n}\n") + text
    lines = check(tmp_path, files={"x.conf": text}, status=1)
    assert len(lines) == 1
    assert lines[0].startswith("x.conf:4: strict-bind: interfaces: ")


def test_snippet_of_critical_plugin(tmp_path):
    assert check(tmp_path, files={"x.conf": "bypass! {\nload = yes\n}\n"}) == []


def test_own_socket_is_wrong(tmp_path):
    """This machine's may be what is to be mended."""
    conf = tmp_path / "strongswan.conf"
    conf.write_text(modular("control {\nsocket = x\n}\n"))
    lines = check(tmp_path, conf, status=1, STRONGSWAN_CONF=conf)
    assert lines[0].startswith('strongswan.conf:5: control: socket = "x": ')


def test_values_of_broken_file(tmp_path):
    """They are as charon would have them."""
    text = 'charon {\nport =\nport_nat_t = "5\\\tx"\n'
    assert check(tmp_path, files={"x.conf": text}, status=1)[1:] == [
        'x.conf:3: charon: port_nat_t = "5\\x09x": expected 0-65535']


def test_json(tmp_path):
    (tmp_path / "x.conf").write_text("charon {\nport = 70000\n}\ninclude z\n")
    done = subprocess.run(
        [build.swanadv(), "--json", "check", tmp_path / "x.conf"], text=True,
        stdout=subprocess.PIPE)
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    error, = answer["errors"]
    assert error == {"where": f"{tmp_path}/x.conf:2", "plugin": "charon",
                     "message": 'port = "70000": expected 0-65535'}
    assert "no such file" in answer["warnings"][0]["message"]


# --- core's settings ---------------------------------------------------------

# how a key is spelt that the documents have with a name to choose
CHOSEN = {"<name>": "a", "<subsystem>": "ike", "<facility>": "daemon",
          "<conn>": "a", "<child>": "b", "<suffix>": "-1"}
# values of theirs that may be any text
TEXT = {"interfaces_use", "path", "time_format", "identifier"}


def core_keys():
    """Keys of the page and of doc/settings.md that charon provides."""
    rows = {test_page.quoted(row[1])[0] for row in test_page.rows()}
    page = {key for key, value in test_page.page()[1].items() if value}
    for key in sorted(rows | page):
        if not re.match(r"charon\.plugins\.", key):
            for name, chosen in CHOSEN.items():
                key = key.replace(name, chosen)
            yield key


def nested(key, value):
    """A key in its sections."""
    *sections, name = key.split(".")
    return ("".join(f"{section} {{\n" for section in sections) +
            f"{name} = {value}\n" + "}\n" * len(sections))


def conf_of(key, value):
    text = nested(key, value)
    return ({"strongswan.conf": "", "swanctl/swanctl.conf": text}
            if key.startswith("connections.") else {"strongswan.conf": text})


def test_core_values(tmp_path):
    """Each key of the page is known, with the values that charon takes for it
    as strongSwan itself describes them, and no others."""
    known = test_page.of_charon()
    keys = list(core_keys())
    assert len(keys) > 12
    for key in keys:
        status = 0 if key.split(".")[-1] in TEXT else 1
        lines = check(tmp_path, files=conf_of(key, "wrong"), status=status)
        assert len(lines) == status, key
        if status:
            path = key.partition(".")[2] if "charon" in key else key
            assert f'{path} = "wrong": expected ' in lines[0]
        option = test_page.lookup(key, known)
        default = known.get(option) if option else None
        if default and not default.startswith("<"):
            assert check(tmp_path, files=conf_of(key, default)) == [], key


@pytest.mark.parametrize("key, bad, good", [
    ("port", ["port_nat_t", "99999", "-1", "65536", "5x"], ["0", "65535"]),
    ("make_before_break", ["maybe", "on", "2"], ["yes", "Enabled", "0"]),
    ("max_ikev1_exchanges", ["0", "three"], ["3", "1024"]),
    ("retransmit_base", ["0.9", "100.1", "1,8", "-1", "1.", ".5", "1e1", "x"],
     ["1", "1.61803", "100.0"]),
    ("retransmit_jitter", ["21", "5%"], ["0", "20"]),
    ("retransmit_limit", ["2147484", "30s"], ["0", "2147483"]),
    ("retransmit_timeout", ["0", "0.0001", "3601", "4s"], ["0.5", "3600"]),
    ("retransmit_tries", ["-1", "1001", "many"], ["0", "1000"]),
    ("filelog.a.ike", ["9", "-2", "high"], ["-1", "4"]),
    ("syslog.daemon.default", ["5"], ["0"])])
def test_core_ranges(tmp_path, key, bad, good):
    for values, status in ((bad, 1), (good, 0)):
        for value in values:
            lines = check(tmp_path, status=status, files={
                "x.conf": nested(f"charon.{key}", value)})
            assert len(lines) == status, value


def test_names_of_charon(tmp_path):
    """No option that strongSwan has is taken for a misspelt one of ours."""
    tree = {}
    for key in test_page.of_charon():
        for name, chosen in CHOSEN.items():
            key = key.replace(name, chosen)
        if key.startswith("charon.") and "<" not in key and "/" not in key:
            *sections, last = key.split(".")
            section = tree
            for name in sections:
                section = section.setdefault(name, {})
                if not isinstance(section, dict):
                    break
            else:
                section.setdefault(last, "")

    def write(section):
        return "".join(f"{key} {{\n{write(value)}}}\n"
                       if isinstance(value, dict) else f"{key} = x\n"
                       for key, value in section.items())

    assert len(tree["charon"]) > 60
    lines = check(tmp_path, files={"x.conf": write(tree)}, status=1)
    assert not [line for line in lines if "no effect" in line]


# --- names -------------------------------------------------------------------

ANYWHERE = "has no effect here, expected "
PLUGINS = f"{ANYWHERE}within charon {{ plugins {{ ... }} }}"
CHARON = f"{ANYWHERE}within charon {{ ... }}"


@pytest.mark.parametrize("text, line, message", [
    ("charon {\nunique-policy {\nmode = keep\n}\n}\n", 2,
     f"unique-policy: unique-policy: {PLUGINS}"),
    ("charon {\n}\nunique-policy {\n}\n", 3,
     f"unique-policy: unique-policy: {PLUGINS}"),
    ("charon {\n}\nplugins {\nbypass {\n}\n}\n", 3,
     f"charon: plugins: {CHARON}"),
    ("charon {\nplugins {\nvici {\nbypass {\n}\n}\n}\n}\n", 4,
     f"bypass: bypass: {PLUGINS}"),
    (modular("uniquepolicy {\nload = yes\n}\n"), 4,
     f"unique-policy: uniquepolicy: {ANYWHERE}unique-policy"),
    (modular("unqiue_policy {\n}\n"), 4,
     f"unique-policy: unqiue_policy: {ANYWHERE}unique-policy"),
    (modular("Filtermode {\n}\n"), 4,
     f"filtermode: Filtermode: {ANYWHERE}filtermode"),
    (modular("auth-policy! {\nload = yes\nrevocation = strict\n}\n"), 6,
     f'auth-policy!: revocation = "strict": {ANYWHERE}in section auth-policy, '
     "which may be beside this one"),
    ("charon {\nmake_before_brake = yes\n}\n", 2,
     f'charon: make_before_brake = "yes": {ANYWHERE}make_before_break'),
    ("charon {\ncisco-unity = yes\n}\n", 2,
     f'charon: cisco-unity = "yes": {ANYWHERE}cisco_unity'),
    ("charon {\nfile_log {\n}\n}\n", 2, f"charon: file_log: {ANYWHERE}filelog"),
    ("charon {\nfilelog {\na {\nflushline = yes\n}\n}\n}\n", 4,
     f'charon: flushline = "yes": {ANYWHERE}flush_line'),
    ("charon {\n}\nport = 501\n", 3, f'charon: port = "501": {CHARON}'),
    ("charon {\n}\nfilelog {\n}\n", 3, f"charon: filelog: {CHARON}"),
    (modular("port = 501\n"), 4, f'charon: port = "501": {CHARON}'),
    ("charom {\nport = 1\n}\n", 1, f"charom: {ANYWHERE}charon"),
    ("charon_systemd {\n}\n", 1, f"charon_systemd: {ANYWHERE}charon-systemd"),
    (modular("bypass {\nlan = yes\nlan_interface = e\n}\n"), 6,
     'bypass: lan_interface = "e": unknown option, expected one of lan, '),
])
def test_names(tmp_path, text, line, message):
    """In the wrong place, or nearly right."""
    lines = check(tmp_path, files={"x.conf": text}, status=1)
    assert len(lines) == 1
    assert lines[0].startswith(f"x.conf:{line}: {message}")


@pytest.mark.parametrize("text", [
    # names that are the operator's
    modular("unique-policy {\nrules {\nbypass {\nids = a\n}\nport {\nids = b\n"
            "}\n}\n}\n"),
    "charon {\nfilelog {\ncontrol {\n}\nbypas {\n}\n}\n}\n",
    # what others refer to
    "bypass {\nlan = yes\n}\ncharon {\nplugins {\nbypass : bypass {\n}\n}\n}\n",
    # other programs of strongSwan's
    "charon-nm {\n}\ncharon-cmd {\n}\npki {\n}\nstarter {\n}\npool {\n}\n",
    # critical, with its options where they belong
    modular("auth-policy! {\nload = yes\n}\nauth-policy {\n"
            "revocation = relaxed\n}\n"),
    modular("bypass-lan {\n}\nunity {\n}\nsocket-default {\nload = yes\n}\n"),
])
def test_names_that_are_right(tmp_path, text):
    assert check(tmp_path, files={"x.conf": text}) == []


def test_names_in_charon(tmp_path, gw, lab):
    """What is said to have no effect has none, and the other way around."""
    daemon = gw.charon(
        plugins={"control": {}},
        conf="charon { bypass { load = yes } plugins { bypas { load = no }\n"
             "unique-policy! { load = yes\nmode = keep }\n} }\n")
    assert "bypass" not in daemon.vici.stats()["plugins"]
    assert "mode replace" in daemon.swanadv("status").stdout
    lines = check(lab.dir, daemon._file("conf"), status=1)
    assert sorted(line.split(": ")[2] for line in lines) == [
        "bypas", "bypass", 'mode = "keep"']


# --- daemons -----------------------------------------------------------------

def test_fallback(tmp_path):
    """charon-systemd has what charon has, but for what it says itself."""
    both = (modular("strict-bind {\nload = yes\n}\n") +
            "charon-systemd {\nplugins {\nstrict-bind {\ninterfaces = eth0\n"
            "}\n}\njournal {\nike = 2\n}\n}\n")
    assert check(tmp_path, files={"x.conf": both}) == []
    # what charon has is said there
    lines = check(tmp_path, status=1, files={"x.conf": both.replace(
        "load = yes\n", "load = yes\nauto = y\n").replace(
            "ike = 2", "ike = 5")})
    assert [line.split(": ")[:3] for line in lines] == [
        ["x.conf:6", "strict-bind", 'auto = "y"'],
        ["x.conf:17", "charon-systemd", 'journal.ike = "5"']]
    lines = check(tmp_path, status=1, files={
        "x.conf": "charon {\nport = 4500\n}\ncharon-systemd {\n}\n"})
    assert lines[0].startswith("x.conf:2: charon-systemd: port = ")
    # and said once
    assert len(check(tmp_path, status=1, files={
        "x.conf": "charon {\nport = x\n}\ncharon-systemd {\n}\n"})) == 1


# --- settings that don't go together -----------------------------------------

STRICT = "strict-bind {\nload = yes\ninterfaces = eth0\n}\n"
SOCKET = "socket-default {\nload = yes\n}\n"


@pytest.mark.parametrize("plugins, line, message", [
    (STRICT + SOCKET, 9, 'socket-default: load = "yes": expected no, as '),
    ("socket-default {\nload = no\n}\n", 5,
     'socket-default: load = "no": expected yes, as no other '),
    (SOCKET + "bypass {\nload = yes\nlan = yes\n}\nbypass-lan {\nload = 5\n"
     "}\n", 12, 'warning: bypass-lan: load = "5": expected no, as '),
    ("filtermode {\nload = yes\nmode = interfaces\nrules {\na {\n"
     "action = drop\n}\n}\n}\n", 7, "warning: filtermode: rules: has no effect "
     "with mode interfaces, expected mode = ipsec"),
    ("ikev1-policy {\nload = yes\nunencrypted_main_mode_peers = 192.0.2.1\n"
     "}\n", 6, "warning: ikev1-policy: unencrypted_main_mode_peers: has no "
     "effect with unencrypted_main_mode no, expected "
     "unencrypted_main_mode = yes"),
    ("unity-ext {\nload = yes\nrules {\na {\nids = *\nsplit_dns = a.lab\n}\n"
     "}\n}\n", 6, "warning: unity-ext: rules: Cisco's clients don't ask "),
    ("auth-policy {\nload = yes\nrevocation = strict\n}\n", 6,
     'auth-policy: revocation = "strict": refuses all certificates, '),
    ("bypass {\nload = yes\nlan_interfaces = eth0\n}\n", 6,
     "warning: bypass: lan_interfaces: has no effect with lan no, "),
])
def test_rules(tmp_path, plugins, line, message):
    if "Cisco" in message or "ikev1-policy" in message:
        build.need_ikev1()
    status = 0 if message.startswith("warning") else 1
    lines = check(tmp_path, files={"x.conf": modular(plugins)}, status=status)
    assert len(lines) == 1
    assert lines[0].startswith(f"x.conf:{line}: {message}")
    # nobody minds if it isn't loaded
    plugins = re.sub("load = (yes|5)", "load = no", plugins)
    if "socket-default" not in plugins:
        assert check(tmp_path, files={"x.conf": modular(plugins)}) == []


@pytest.mark.parametrize("text, line", [
    ("charon {\nport = 4500\n}\n", 2), ("charon {\nport_nat_t = 500\n}\n", 2),
    ("charon {\nport = 5\nport_nat_t = 5\n}\n", 3)])
def test_equal_ports(tmp_path, text, line):
    lines = check(tmp_path, files={"x.conf": text}, status=1)
    assert len(lines) == 1 and lines[0].startswith(f"x.conf:{line}: charon: ")
    check(tmp_path, files={"x.conf": "charon {\nport = 0\nport_nat_t = 0\n}\n"})


CONNECTIONS = """\
connections {
\thq {
\t\tunique = replace
\t\tchildren {
\t\t\tnet {
\t\t\t\tipcomp = perhaps
\t\t\t}
\t\t}
\t\tremote-1 {
\t\t\trevocation = strikt
\t\t}
\t}
\tmobile {
\t}
}
"""


def test_connections(tmp_path):
    """Their own settings, what contradicts them, and what names none."""
    conf = modular("unique-policy {\nload = yes\nrules {\na {\n"
                   "connections = hq-*, m*\n}\nb {\nconnections = mobil\n}\n"
                   "}\n}\n")
    files = {"strongswan.conf": conf, "swanctl/swanctl.conf":
             "include conf.d/*.conf\n",
             "swanctl/conf.d/a.conf": CONNECTIONS}
    assert check(tmp_path, files=files, status=1) == [
        'swanctl/conf.d/a.conf:6: swanctl: connections.hq.children.net.ipcomp '
        '= "perhaps": expected yes or no',
        'swanctl/conf.d/a.conf:10: swanctl: connections.hq.remote-1.revocation '
        '= "strikt": expected one of strict, ifuri, relaxed',
        'strongswan.conf:11: warning: unique-policy: rules.b.connections = '
        '"mobil": no connection has such a name, expected one of hq, mobile',
        'swanctl/conf.d/a.conf:3: warning: unique-policy: '
        'connections.hq.unique = "replace": charon enforces it before '
        "unique-policy is asked, expected never"]
    # connections that come from elsewhere may have any name
    files["swanctl/conf.d/a.conf"] = ""
    assert check(tmp_path, files=files) == []


@pytest.mark.parametrize("setup, line", [
    ("", ""), ("config setup\n\tuniqueids = yes\n", ":2"),
    ("config setup\n\tuniqueids=no\n", None),
    ("config setup\n\tuniqueids = never\n", None),
    ("config setup\n\tuniqueids = \"no\"\n", None),
    # which starter doesn't take
    ("config setup\n\tuniqueids = Never\n", ":2"),
    ("config setup\n\tuniqueids = no\ninclude a.conf\nconn a\n", None)])
def test_uniqueids(tmp_path, setup, line):
    conf = modular("stroke {\nload = yes\n}\nunique-policy {\nload = yes\n"
                   "rules {\na {\nconnections = " +
                   ("there" if "include" in setup else "sites") +
                   "\n}\n}\n}\n")
    lines = check(tmp_path, files={"strongswan.conf": conf, "ipsec.conf":
                                   setup + "conn %default\nconn sites\n"})
    assert [re.match("[^ ]*", each)[0] for each in lines] == (
        [] if line is None else [f"ipsec.conf{line}:"])
    if "include" in setup:
        (tmp_path / "ipsec.conf").unlink()
        os.mkfifo(tmp_path / "ipsec.conf")
        assert check(tmp_path, tmp_path / "strongswan.conf") == []


# --- IKEv1 --------------------------------------------------------------------

# what is said in a connection, of which key, and what it is to be
IKEV1 = [
    ({"version": 1}, "version", "version = 2"),
    ({"version": 0}, None, None),
    ({}, None, None),
    ({"version": 2, "aggressive": "yes"}, None, None),
    ({"aggressive": "yes"}, "aggressive", "version = 2, no aggressive"),
    ({"aggressive": "no", "pull": "yes"}, None, None),
    ({"pull": "no"}, "pull", "version = 2, no pull = no"),
    ({"local": {"auth": "psk"}, "remote-xauth": {"auth": "xauth-radius"}},
     "remote-xauth.auth",
     "version = 2, remote.auth = eap-radius in place of remote-xauth, "
     "local.auth = pubkey and a certificate, which clients ask for with EAP"),
    ({"version": 1, "local": {"auth": "pubkey"},
      "remote": {"auth": "pubkey"}, "remote2": {"auth": "xauth"}}, "version",
     "version = 2, remote.auth = eap-mschapv2 in place of remote-xauth"),
    ({"version": 1, "local-x": {"auth": "xauth"}}, "version",
     "version = 2, local.auth = eap in place of local-xauth"),
    ({"version": 2, "remote": {"auth": "eap-mschapv2"}}, None, None),
]


def ikev1_line(where, what, needs):
    """What is said of a connection, which is an error where charon has no
    IKEv1."""
    return (f"{where}: warning: {what}: IKEv1, which strongSwan is to lose, "
            f"expected for IKEv2: {needs}" if build.has_ikev1() else
            f"{where}: {what}: IKEv1, which this charon hasn't, expected for "
            f"IKEv2: {needs}")


def test_ikev1_connections(tmp_path):
    """Each that is for IKEv1, with what it needs without."""
    wanted, swanctl = [], {}
    for i, (fields, key, needs) in enumerate(IKEV1):
        swanctl[f"c{i}"] = fields
        if not key:
            continue
        *section, name = key.split(".")
        value = (fields[section[0]] if section else fields)[name]
        entry = f'{name} = "{value}"'
        lines = conf.dumps({"connections": swanctl}).split("\n")
        line = max(number for number, line in enumerate(lines, 1)
                   if line.strip() == entry)
        wanted.append(ikev1_line(
            f"swanctl/swanctl.conf:{line}", "swanctl: " + ".".join(
                ["connections", f"c{i}", *section, entry]), needs))
    assert check(tmp_path, files={
        "strongswan.conf": modular(""),
        "swanctl/swanctl.conf": conf.dumps({"connections": swanctl})},
        status=0 if build.has_ikev1() else 1) == wanted
    assert len(wanted) == 6


@pytest.mark.parametrize("text, line, what, needs", [
    ("conn a\n\tkeyexchange=ikev1\n", 2, 'keyexchange = "ikev1"',
     "version = 2"),
    ("conn %default\n\tkeyexchange = \"ikev1\"\nconn a\n\tauthby=psk\n", 2,
     'keyexchange = "ikev1"', "version = 2"),
    ("conn a\n\talso=b\nconn b\n\tkeyexchange=ikev1 # old\n", 4,
     'keyexchange = "ikev1"', "version = 2"),
    # in a circle, and often
    ("conn a\n" + 20 * "\talso=a\n" + 20 * "\talso=x\n" + "conn x\n\talso=a\n"
     "\tkeyexchange=ikev1\n", 44, 'keyexchange = "ikev1"', "version = 2"),
    ("conn a\n\taggressive=yes\n", 2, 'aggressive = "yes"',
     "version = 2, no aggressive"),
    ("conn a\n\tmodeconfig=push\n\trightauth2=xauth-radius\n", 2,
     'modeconfig = "push"', "version = 2, remote.auth = eap-radius in place of "
     "remote-xauth, no pull = no"),
    ("conn a\n\tauthby=xauthpsk\n\txauth=server\n", None,
     'keyexchange = "ike"', "version = 2, remote.auth = eap-mschapv2 in "
     "place of remote-xauth, local.auth = pubkey and a certificate, which "
     "clients ask for with EAP"),
    ("conn a\n\tauthby=xauthrsasig\n\tkeyexchange=ikev1\n", 3,
     'keyexchange = "ikev1"', "version = 2, local.auth = eap in place of "
     "local-xauth"),
    ("conn a\n\talso=a\n\tkeyexchange=ikev2\n\taggressive=yes\n", 0, None,
     None),
    ("config setup\n\taggressive=yes\nconn a\n#\taggressive=yes\n"
     "ca b\n\taggressive=yes\n", 0, None, None),
])
def test_ikev1_of_ipsec_conf(tmp_path, text, line, what, needs):
    wrong = [(name, line) for name in "abx" if needs and
             f"conn {name}\n" in text]
    where = "ipsec.conf" + (f":{line}" if line else "")
    assert check(tmp_path, files={
        "strongswan.conf": modular("stroke {\nload = yes\n}\n"),
        "ipsec.conf": text},
        status=1 if wrong and not build.has_ikev1() else 0) == [
            ikev1_line(where, f"stroke: conn {name}: {what}", needs)
            for name, _ in wrong]


def test_many_in_ipsec_conf(tmp_path):
    """As many as a large gateway has are read in no time."""
    lines = check(tmp_path, files={
        "x.conf": modular("stroke {\nload = yes\n}\nunique-policy {\n"
                          "load = yes\n}\n"),
        "ipsec.conf": "".join(
            f"conn c{n}\n\tright=10.0.0.1\n\tkeyexchange=ikev2\n\tauto=add\n"
            for n in range(8000))})
    assert len(lines) == 1 and "uniqueids" in lines[0]


@pytest.mark.skipif(build.has_ikev1(), reason="this strongSwan has IKEv1")
def test_no_ikev1(tmp_path):
    """Each option that has no effect; nobody is told to set one."""
    rules = {"a": {"ids": "*", "banner": "x", "split_dns": "a.lab"},
             "b": {"ids": "*", "pfs": "yes"}}
    lines = check(tmp_path, ikev1=True, files={"x.conf": conf.dumps({"charon": {
        "cisco_unity": "yes", "max_ikev1_exchanges": 20, "load_modular": "yes",
        "plugins": {"unity-ext": {"load": "yes", "rules": rules},
                    "ikev1-policy": {"load": "yes"}}}})})
    none = "has no effect, as this charon has no IKEv1"
    assert [line.split(": warning: ")[1] for line in lines] == [
        f'charon: cisco_unity = "yes": {none}',
        f'charon: max_ikev1_exchanges = "20": {none}',
        f'unity-ext: rules.a.banner = "x": {none}',
        f'unity-ext: rules.b.pfs = "yes": {none}',
        "ikev1-policy: there is no such plugin, as this charon has no IKEv1"]


# --- gateways ----------------------------------------------------------------

# how public gateways are set up, each with what is wrong in it
GATEWAYS = {
    "road warriors, IKEv2 EAP": ({
        "strongswan.conf": modular(
            "include strongswan.d/charon/*.conf\n") +
        "include strongswan.d/*.conf\n",
        "strongswan.d/charon/eap-radius.conf":
            "eap-radius {\n\tload = yes\n\taccounting = yes\n\tservers {\n"
            "\t\tprimary {\n\t\t\taddress = 192.0.2.9\n\t\t\tsecret = x\n"
            "\t\t\tauth_port = 1812\n\t\t}\n\t}\n}\n",
        "strongswan.d/charon/socket-default.conf": SOCKET,
        "strongswan.d/local.conf":
            "charon {\n\tunique-policy {\n\t\tload = yes\n\t\tmode = keep\n"
            "\t}\n\tinstall_routes = no\n\tdns1 = 192.0.2.53\n}\n",
        "swanctl/swanctl.conf":
            "connections {\n\trw {\n\t\tunique = never\n\t\tpools = rw\n"
            "\t\tlocal {\n\t\t\tauth = pubkey\n\t\t}\n\t\tremote {\n"
            "\t\t\tauth = eap-radius\n\t\t}\n\t}\n}\n",
    }, ["strongswan.d/local.conf:2: unique-policy: unique-policy: "]),
    "stroke, uniqueids at its default": ({
        "strongswan.conf": modular(
            SOCKET + "stroke {\nload = yes\n}\nunique-policy {\nload = yes\n"
            "limit = 2\n}\n") + "starter {\n\tload_warning = no\n}\n",
        "ipsec.conf":
            "config setup\n\tcharondebug=\"ike 2, knl 1\"\n\n"
            "conn %default\n\tikelifetime=60m\n\nconn rw\n"
            "\tleft=%defaultroute\n\tright=%any\n\tauto=add\n",
    }, ["ipsec.conf: warning: unique-policy: uniqueids = \"yes\": "]),
    "hub and spoke": ({
        "strongswan.conf": modular(
            SOCKET + "bypass {\nload = yes\nlan = yes\n"
            "lan_interfaces = eth1, !eth0\n}\nfiltermode {\nload = yes\n"
            "mode = ipsec\nrules {\nspokes {\nkind = tunnel\n"
            "connections = spoke-*, hup\naction = accept\n}\n}\n}\n"),
        "swanctl/swanctl.conf": "include conf.d/*.conf\n",
        "swanctl/conf.d/hub.conf":
            "spoke {\n\tversion = 2\n\tchildren {\n\t\tnet {\n"
            "\t\t\tipcomp = yes\n\t\t}\n\t}\n}\n"
            "connections {\n\tspoke-a : spoke {\n\t\tremote_addrs = "
            "198.51.100.1\n\t}\n\tspoke-b : spoke {\n"
            "\t\tremote_addrs = b.example.org\n\t\tunique = replace\n\t}\n}\n",
    }, []),
    "a misspelt list": ({
        "strongswan.conf": modular(
            SOCKET + "filtermode {\nload = yes\nmode = ipsec\nrules {\na {\n"
            "kind = tunnel\nconnections = hup\naction = drop\n}\n}\n}\n"),
        "swanctl/swanctl.conf": "connections {\n\thub {\n\t}\n}\n",
    }, ["strongswan.conf:13: warning: filtermode: rules.a.connections = "
        '"hup": no connection has such a name, expected one of hub']),
    "strict binding": ({
        "strongswan.conf": modular("include strongswan.d/charon/*.conf\n"),
        "strongswan.d/charon/socket-default.conf":
            "socket-default {\n\t# fwmark =\n\tload = yes\n"
            "\tset_source = yes\n}\n",
        "strongswan.d/charon/strict-bind.conf":
            "strict-bind {\n\tinterfaces = wan*\n\tload = yes\n"
            "\taddresses = 203.0.113.300\n}\n",
    }, ["strongswan.d/charon/socket-default.conf:3: socket-default: load = ",
        "strongswan.d/charon/strict-bind.conf:4: strict-bind: addresses = "]),
    "charon-systemd with its journal": ({
        "strongswan.conf": modular(SOCKET + "unique-policy {\nload = yes\n"
                                   "}\n"),
        "strongswan.d/charon-systemd.conf": "",
        "strongswan.d/charon-logging.conf": "charon {\n}\n",
    }, []),
    "logs of the page": ({
        "strongswan.conf": modular(SOCKET) + "include strongswan.d/*.conf\n",
        "strongswan.d/charon-logging.conf":
            "charon {\n\tfilelog {\n\t\tcharon {\n\t\t\t"
            "path = /var/log/charon.log\n\t\t\ttime_format = %b %e %T\n"
            "\t\t\tdefault = 1\n\t\t\tike = 5\n\t\t\tappend = no\n\t\t}\n"
            "\t\tstderr {\n\t\t\tike = 2\n\t\t\tike_name = ja\n\t\t}\n\t}\n"
            "\tsyslog {\n\t\tidentifier = charon-vpn\n\t\tdaemon {\n\t\t}\n"
            "\t\tauth {\n\t\t\tdefault = -1\n\t\t\tike = 0\n\t\t}\n\t}\n}\n",
    }, ["strongswan.d/charon-logging.conf:7: charon: filelog.charon.ike = ",
        "strongswan.d/charon-logging.conf:12: charon: filelog.stderr.ike_name "
        "= "]),
    "Cisco clients": ({
        "strongswan.conf":
            "charon {\n\tcisco_unity = yes\n\tload_modular = yes\n"
            "\ti_dont_care_about_security_and_use_aggressive_mode_psk = yes\n"
            "\tmax_ikev1_exchange = 20\n"
            "\tplugins {\n\t\tattr {\n\t\t\tload = yes\n"
            "\t\t\tdns = 192.0.2.53\n\t\t\t28672 = hello\n\t\t}\n"
            + SOCKET +
            "\t\tunity {\n\t\t\tload = yes\n\t\t}\n\t\tunity-ext {\n"
            "\t\t\tload = yes\n\t\t\trules {\n\t\t\t\tstaff {\n"
            "\t\t\t\t\tids = keyid:staff\n\t\t\t\t\tbanner = Welcome\n"
            "\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n}\n",
    }, ['strongswan.conf:5: charon: max_ikev1_exchange = "20": ']),
    "written on Windows": ({
        "strongswan.conf": b"\xef\xbb\xbf" + (modular(
            SOCKET + "bypass! {\nload = yes\nlan = yes\n}\n") +
            "include strongswan.d/*.conf\n").replace("\n", "\r\n").encode(),
        "strongswan.d/ports.conf": "charon {\r\n\tport = 0\r\n"
                                   "\tport_nat_t = 45000 \r\n}\r\n",
    }, ["strongswan.conf:1: a byte order mark ",
        'strongswan.conf:9: bypass!: lan = "yes": ']),
    "listed plugins": ({
        "strongswan.conf":
            "charon {\n\tload = random nonce openssl kernel-netlink "
            "socket-default vici strict-bind! auth-policy revocation\n"
            "\tplugins {\n\t\tstrict-bind {\n\t\t\taddresses = 203.0.113.1\n"
            "\t\t}\n\t\tauth-policy {\n\t\t\trevocation = ifuri\n\t\t\t"
            "rules {\n\t\t\t\tpartner {\n\t\t\t\t\tcas = 'O=Partner, *'\n"
            "\t\t\t\t\trevocation = strict\n\t\t\t\t\tgrace = 1w\n"
            "\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n}\n",
    }, ["strongswan.conf:13: auth-policy: rules.partner.grace = ",
        "strongswan.conf:2: charon: load: expected without socket-default, "]),
}


@pytest.mark.parametrize("name", GATEWAYS)
def test_gateways(tmp_path, name):
    """What is wrong, and nothing else."""
    files, expected = GATEWAYS[name]
    errors = [line for line in expected if " warning: " not in line]
    lines = check(tmp_path, files=files, status=1 if errors else 0)
    assert len(lines) == len(expected), lines
    for line, start in zip(sorted(lines), sorted(expected)):
        assert line.startswith(start)
