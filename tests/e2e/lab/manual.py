# SPDX-License-Identifier: GPL-2.0-or-later
"""What charon-advanced(7) says, as daemons and commands.

A block between .EX and .EE is a file of a machine, if the line before says so,
or commands, after "# ", with what they print. Numbers that stand alone may be
others there, "..." is any text, and columns may have any width.
"""

import re
import shlex
from types import SimpleNamespace

from lab import build, conf
from lab.poll import wait_until
from lab.shell import run

PAGE = build.REPOSITORY / "doc/charon-advanced.7"
LOCAL = "/etc/strongswan.d/local.conf"

_BLOCK = re.compile(
    r"(?:^([\w ]+),\n\.IR (\S+) :\n)?^\.EX\n\n(.*?)\n\n\.EE$", re.M | re.S)
_NUMBER = r"(?<![\w./])\d+(?=s\b|(?![\w./]))"

# what packages install, but don't load
_NOT_LOADED = {"bypass-lan", "socket-dynamic", *build.plugins()}


def _literal(text):
    """A block as a reader has it."""
    text = text.replace("\\-", "-").replace("\\&", "")
    assert "\\" not in text, text
    return text


def pattern(line):
    """What matches a line that is printed."""
    def escape(text):
        return r"\d+".join(map(re.escape, re.split(_NUMBER, text)))

    if line == "...":
        return r"(?:.*\n)*?.*"
    return r"\s+".join(".*".join(map(escape, word.split("...")))
                       for word in line.split())


def headings(heading):
    """The headings of a section's parts."""
    text, = re.findall(rf"^\.SH {heading}\n(.*?)(?=^\.SH )",
                       PAGE.read_text(), re.M | re.S)
    return re.findall(r"^\.SS (.*)", text, re.M)


class Section:
    """What the page has below a heading: files is {(machine, path): text},
    commands is {command: lines that it prints}."""

    def __init__(self, heading):
        text, = re.findall(rf"^\.SS {re.escape(heading)}\n(.*?)(?=^\.S[SH] )",
                           PAGE.read_text(), re.M | re.S)
        self.files, self.commands = {}, {}
        for machine, path, block in _BLOCK.findall(text):
            block = _literal(block)
            if machine:
                self.files[machine, _literal(path)] = block
                continue
            for one in re.split(r"^# ", block, flags=re.M)[1:]:
                command, *lines = one.strip().splitlines()
                self.commands[command] = lines

    def text(self, machine, local, replace=None):
        """The machine's strongswan.conf, or else its swanctl.conf."""
        found = "".join(text for (name, path), text in self.files.items()
                        if name == machine and (path == LOCAL) is local)
        for old, new in (replace or {}).items():
            found = found.replace(old, str(new))
        return found

    def charon(self, machine, host, files=None, replace=None, plugins=None,
               **options):
        """The machine's daemon in a host, with the connections loaded; files
        is {path below /etc/swanctl: text}. replace is {old: new} in the text
        of the page, plugins settings that the lab needs."""
        # only what the page says is loaded of ours
        ours = {name: {"load": False} for name in build.plugins()}
        for name, settings in (plugins or {}).items():
            ours[name] = ours.get(name, {}) | settings
        daemon = host.charon(conf=self.text(machine, True, replace),
                             plugins=ours, **options)
        connections = self.text(machine, False, replace)
        directory = host.lab.dir / f"{daemon.name}.swanctl"
        for path, text in {"swanctl.conf": connections,
                           **(files or {})}.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text)
        daemon.swanctl("--load-all")
        return daemon

    def expect(self, command, daemon, replace=None):
        """Wait until a command prints what the page says. What journalctl is
        to find is looked for in the daemon's log."""
        wanted = r"\s*\n".join(map(pattern, self.commands[command]))
        program, *args = shlex.split(command)
        if program == "journalctl":
            for line in self.commands[command]:
                daemon.log.expect(pattern(line))
            return
        for old, new in (replace or {}).items():
            args = [arg.replace(old, str(new)) for arg in args]
        printed = None

        def right():
            nonlocal printed
            printed = getattr(daemon, program)(*args, check=False)
            printed = getattr(printed, "stdout", printed).replace(
                str(daemon.control.path), "/run/charon.advanced.vici")
            for old, new in (replace or {}).items():
                printed = printed.replace(str(new), old)
            return re.fullmatch(rf"{wanted}\s*", printed)

        wait_until(right, 10, lambda: f"{command} to print what the page "
                   f"says:\n{printed}")


def check(directory, local, connections=""):
    """What swanadv check says about a local.conf, on a machine that has
    nothing else but what packages load, and about connections."""
    stock = {path.stem.removeprefix("libstrongswan-") for path in
             build.plugin_dir().glob("libstrongswan-*.so")} - _NOT_LOADED
    for name, text in {
            "local.conf": local, "swanctl.conf": connections,
            "strongswan.conf": conf.dumps({"charon": {
                "load_modular": True,
                "plugins": {name: {"load": name in stock}
                            for name in stock | _NOT_LOADED},
            }}) + "include /etc/strongswan.d/*.conf\n"}.items():
        (directory / name).write_text(text)
    return run("unshare", "--mount", "sh", "-ec",
               'mount -t tmpfs tmpfs /etc/strongswan.d\n'
               'cp "$1/local.conf" /etc/strongswan.d\n'
               'mount --bind "$1/strongswan.conf" /etc/strongswan.conf\n'
               'export STRONGSWAN_CONF=/etc/strongswan.conf SWANCTL_DIR="$1"\n'
               'exec "$2" check', "sh", directory, build.swanadv(),
               check=False).stdout


_FORWARDED = """
table ip forwarded {
  chain pre {
    type nat hook prerouting priority dstnat
    iifname eth0 udp dport { 500, 4500 } dnat to 192.168.1.2
  }
}
"""


def branch_office(lab, core):
    """Hosts of a scenario, and (sender, target, source) of pings that make
    one end initiate or the other.

    10.1.0.0/16  192.0.2.0/24  198.51.100.0/24  192.168.1.0/24  10.2.0.0/16
    --------- hq ---------- inet ------------ nat ------- branch ---------- pc
    """
    uplink, inner, near, far = map(lab.segment, (
        "198.51.100.0/24", "192.168.1.0/24", "10.1.0.0/16", "10.2.0.0/16"))
    hq = lab.router("hq", core, near)
    nat = lab.router("nat", uplink, inner, masquerade=uplink)
    inet = lab.router("inet", core, uplink)
    branch = lab.router("branch", inner, far)
    pc = lab.host("pc", far)
    hq.route("default", inet.on(core).v4)
    nat.route("default", inet.on(uplink).v4)
    nat.run("nft", "-f", "-", stdin=_FORWARDED)
    branch.route("default", nat.on(inner).v4)
    pc.route("10.0.0.0/8", branch.on(far).v4)
    return SimpleNamespace(hq=hq, branch=branch, pc=pc, pings=(
        (pc, "10.1.0.1", None), (hq, "10.2.0.2", "10.1.0.1")))
