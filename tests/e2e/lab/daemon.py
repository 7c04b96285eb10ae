# SPDX-License-Identifier: GPL-2.0-or-later
"""One charon in a host."""

import os
import re
import signal
import subprocess

from lab import build, conf, debs
from lab.conns import Config
from lab.log import Log
from lab.poll import patience, wait_until
from lab.shell import run
from lab.vici import Vici, ViciError

STOCK_PLUGINS = [
    "random", "nonce", "x509", "pubkey", "pkcs1", "pkcs8", "pem", "openssl",
    "curve25519", "hmac", "kdf", "sha1", "sha2", "md5", "kernel-netlink",
    "socket-default", "vici", "eap-identity", "eap-md5", "eap-mschapv2",
    "xauth-generic", "counters",
]
"""What IKEv1 and IKEv2 with PSK, certificates, EAP and XAuth need."""

_SWANCTL_PLUGINS = "pem pkcs1 pkcs8 x509 pubkey openssl"

# of a sanitizer that was told not to look for names
_PLACE = re.compile(r"\((/\S+)\+(0x[0-9a-f]+)\)")

_START_TIMEOUT = 10
_STOP_TIMEOUT = 10
_SOCKET_PATH_MAX = 107

# `ip netns exec` has made the mount namespace private already. charon's pid
# file has a fixed place under /run, and there is no option for a second
# plugin path, hence the mounts.
_MOUNT_AND_EXEC = """
mount -t tmpfs tmpfs /run
mount -t overlay overlay -o "lowerdir=$1:$2" "$2"
shift 2
exec env "$@"
"""


def name_places(text):
    """A sanitizer's output with the functions and lines that its places in
    files are, as far as there are names."""
    def name(match):
        found = run("addr2line", "-Cfpse", *match.groups(), check=False).stdout
        return match[0] if "?? " in found else f"{match[0]} {found.strip()}"

    return _PLACE.sub(name, text)


class DaemonError(AssertionError):
    """A daemon died, didn't start or didn't stop; with the end of its log."""


class Daemon:
    """A charon or charon-systemd with its own configuration, plugin folder,
    /run, log and vici socket.

    kind        "charon" or "charon-systemd"
    conf        dict: the content of the section charon, laid over the lab's
                own; str or bytes: raw text that follows the lab's own
    plugins     names beside STOCK_PLUGINS, ours or the distribution's;
                or a dict {name: its settings}
    without     names to leave out of STOCK_PLUGINS
    libipsec    load kernel-libipsec: CHILD_SAs without the kernel's ESP
    log_levels  {subsystem: level}; the default level is 1
    env         the daemon's environment beside ours
    wrapper     command to run the daemon with, e.g. ["valgrind"]
    """

    def __init__(self, host, name, *, kind="charon", conf=None, plugins=(),
                 without=(), libipsec=False, log_levels=None, env=None,
                 wrapper=(), start_timeout=_START_TIMEOUT):
        self.host = host
        self.name = name
        self.log = Log(self._file("log"))
        self.vici = Vici(self._file("vici"))
        # of our plugin control, if it is loaded
        self.control = Vici(self._file("control"))
        # Debian 13's charon-systemd conflicts with strongswan-charon
        self._binary = (build.daemon() if kind == "charon" else
                        build.own(kind) if build.PREFIX else
                        debs.unpacked(kind) / "usr/sbin" / kind)
        self._output = Log(self._file("out"))
        self._conf = conf
        self._plugins = plugins
        self._without = without
        self._libipsec = libipsec
        self._log_levels = log_levels or {}
        self._env = env or {}
        self._wrapper = wrapper
        self._start_timeout = start_timeout
        self._proc = None
        # nothing left to report about the process: it is not started, its
        # end was our doing, or was reported
        self._settled = True
        # whether it was asked to stop
        self._asked = False
        if len(str(self.control.path)) > _SOCKET_PATH_MAX:
            raise ValueError(f"{self.control.path} is too long for a UNIX "
                             "socket: set TMPDIR to a shorter path")
        self._configure()

    def _file(self, suffix):
        return self.host.lab.dir / f"{self.name}.{suffix}"

    def _plugin_sections(self):
        names = [n for n in STOCK_PLUGINS if n not in self._without and
                 (n != "xauth-generic" or build.has_ikev1())]
        names += ["kernel-libipsec"] if self._libipsec else []
        names += self._plugins
        for name in names:
            file = self.host.lab.plugin_dir / f"libstrongswan-{name}.so"
            if not file.exists() and not build.is_stock(name):
                build.need_stock(name)
                raise build.BuildError(
                    f"plugin {name} is neither in {build.BUILD}/plugins "
                    f"(run scripts/build) nor in {build.plugin_dir()}")
        sections = {name: {"load": True} for name in names}
        sections["vici"]["socket"] = f"unix://{self.vici.path}"
        if "control" in sections:
            sections["control"]["socket"] = f"unix://{self.control.path}"
        if self._libipsec:
            sections["kernel-libipsec"]["allow_peer_ts"] = True
        if isinstance(self._plugins, dict):
            sections = conf.merge(sections, self._plugins)
        return sections

    def _configure(self):
        base = {
            "load_modular": True,
            "i_dont_care_about_security_and_use_aggressive_mode_psk": True,
            "plugins": self._plugin_sections(),
            "filelog": {"lab": {
                "path": self.log.path, "append": True, "flush_line": True,
                "ike_name": True, "time_format": "%T", "time_add_ms": True,
                "default": 1, **self._log_levels}},
        }
        raw = b""
        if isinstance(self._conf, dict):
            base = conf.merge(base, self._conf)
        elif self._conf:
            raw = self._conf
        if isinstance(raw, str):
            raw = raw.encode()
        text = conf.dumps({"charon": base}).encode()
        self._file("conf").write_bytes(text + raw)

    @property
    def pid(self):
        """Process id of the daemon, also after its end."""
        return self._proc.pid

    @property
    def alive(self):
        """Whether the process is running."""
        return self._proc is not None and self._proc.poll() is None

    def tail(self, lines=80):
        """The end of its log, and what it wrote to stdout and stderr."""
        return (f"--- {self.name}: log ---\n{self.log.tail(lines)}\n"
                f"--- {self.name}: output ---\n"
                f"{name_places(self._output.tail(lines))}")

    def start(self):
        """Start it, and wait until it answers on vici."""
        self.vici.path.unlink(missing_ok=True)
        env = {"STRONGSWAN_CONF": self._file("conf"), **build.daemon_env(),
               **self._env}
        with open(self._output.path, "ab") as output:
            self._proc = self.host.popen(
                "sh", "-ec", _MOUNT_AND_EXEC, "sh",
                self.host.lab.plugin_dir, build.plugin_dir(),
                *(f"{key}={value}" for key, value in env.items()),
                *self._wrapper, self._binary,
                stdout=output, stderr=subprocess.STDOUT)
        self._settled = False
        self._asked = False
        try:
            wait_until(self._ready, self._start_timeout,
                       lambda: f"{self.name} to answer\n{self.tail()}")
        except BaseException:
            self.kill()
            raise

    def _ready(self):
        if not self.alive:
            raise DaemonError(f"{self.name} died at start, "
                              f"{self._exit_text()}\n{self.tail()}")
        try:
            return self.vici.request("version")
        except (OSError, ViciError):
            return None

    def _exit_text(self):
        code = self._proc.returncode
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit status {code}"

    def terminate(self):
        """Ask it to stop, without waiting. Once: while charon stops, another
        signal may kill it."""
        if self.alive and not self._asked:
            self._asked = True
            self._proc.terminate()

    def stop(self):
        """Stop it. Raises DaemonError if it had crashed, returns an error
        status (as sanitizers do), or has to be killed."""
        if self._settled:
            return
        self.terminate()
        try:
            self._proc.wait(patience(_STOP_TIMEOUT))
        except subprocess.TimeoutExpired:
            self.kill()
            raise DaemonError(f"{self.name} did not stop within "
                              f"{_STOP_TIMEOUT} s\n{self.tail()}") from None
        if self._proc.returncode:
            self._settled = True
            raise DaemonError(f"{self.name} ended with {self._exit_text()}\n"
                              f"{self.tail()}")

    def kill(self):
        """End it the hard way: the peers get no delete."""
        self._settled = True
        self._proc.kill()
        self._proc.wait()

    def restart(self):
        """Stop, then start: with an empty configuration on vici."""
        self.stop()
        self.start()

    def wait_exit(self, timeout=_STOP_TIMEOUT):
        """Wait for it to end by itself, and return the exit status (negative
        signal number if a signal did it). Not taken for a crash later on."""
        status = self._proc.wait(patience(timeout))
        self._settled = True
        return status

    def reload(self, conf=None, plugins=None, timeout=10):
        """Have the daemon read its strongswan.conf again, with what is given
        in place of the conf or plugins it was started with. The set of
        plugins that are loaded doesn't change."""
        self._conf = self._conf if conf is None else conf
        self._plugins = self._plugins if plugins is None else plugins
        self._configure()
        self.vici.reload_settings(timeout)

    def load(self, *configs, **fields):
        """Load conns.Config objects, or the fields of one."""
        for config in [*configs, Config(**fields)]:
            self.vici.request_all(config.messages())

    def swanctl(self, *args, check=True):
        """Run swanctl against this daemon and return its output. Its
        directory is <lab.dir>/<name>.swanctl."""
        directory = self._file("swanctl")
        directory.mkdir(exist_ok=True)
        # not the daemon's: tests break that one
        config = directory / "strongswan.conf"
        config.write_text(conf.dumps({"swanctl": {"load": _SWANCTL_PLUGINS}}))
        env = {**os.environ, "SWANCTL_DIR": str(directory),
               "STRONGSWAN_CONF": str(config)}
        return run("swanctl", *args, "--uri", f"unix://{self.vici.path}",
                   check=check, env=env).stdout

    def swanadv(self, *args, check=True):
        """Run swanadv against this daemon's plugin control, and return its
        CompletedProcess."""
        return run(build.swanadv(), "--socket", self.control.path, *args,
                   check=check)
