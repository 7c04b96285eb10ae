# SPDX-License-Identifier: GPL-2.0-or-later
"""FreeRADIUS in a host."""

import signal

from lab.log import Log
from lab.poll import wait_until

SECRET = "lab-radius"

_CONF = """
prefix = {dir}
logdir = {dir}
run_dir = {dir}
db_dir = {dir}
libdir = /usr/lib/freeradius
log {{
	destination = stdout
}}
security {{
	user = root
	group = root
}}
client lab {{
	ipaddr = 127.0.0.1
	secret = {secret}
}}
modules {{
	files {{
		usersfile = {dir}/users
	}}
	pap {{
	}}
	eap {{
		default_eap_type = {method}
		md5 {{
		}}
{ttls}	}}
}}
server lab {{
	listen {{
		type = auth
		ipaddr = 127.0.0.1
		port = 1812
	}}
	authorize {{
		files
		eap
		pap
	}}
	authenticate {{
		eap
		pap
	}}
}}
"""

# whose inner names and methods are those of the same server
_TTLS = """
		tls-config common {{
			private_key_file = {dir}/key.pem
			certificate_file = {dir}/cert.pem
		}}
		ttls {{
			tls = common
			default_eap_type = md5
			virtual_server = lab
		}}
"""


class Radius:
    """A server with EAP-MD5 and PAP for clients on the same host; it ends with
    the lab.

    users       {name: (password, reply)}; the reply is a text as in the file
                users
    credential  pki.Credential, to have EAP-MD5 within EAP-TTLS
    """

    def __init__(self, host, users, credential=None):
        directory = host.lab.dir / f"{host.name}.radius"
        directory.mkdir()
        ttls = ""
        if credential:
            ttls = _TTLS.format(dir=directory)
            (directory / "key.pem").write_text(credential.key)
            (directory / "cert.pem").write_text(credential.cert)
        (directory / "radiusd.conf").write_text(
            _CONF.format(dir=directory, secret=SECRET, ttls=ttls,
                         method="ttls" if ttls else "md5"))
        self._users = directory / "users"
        self._write(users)
        # it has to be its owner's alone
        directory.chmod(0o700)
        self.log = Log(directory / "out")
        self._host, self._directory = host, directory
        self._start()

    def _start(self):
        mark = self.log.mark()
        with open(self.log.path, "ab") as output:
            self._proc = self._host.popen(
                "freeradius", "-f", "-xx", "-l", "stdout", "-d",
                self._directory, stdout=output, stderr=output)
        wait_until(lambda: self._ready(mark), 10, lambda: (
            f"FreeRADIUS to be ready\n{self.log.tail()}"))

    def _write(self, users):
        self._users.write_text("".join(
            f'{name} Cleartext-Password := "{password}"\n\t{reply}\n'
            for name, (password, reply) in users.items()))

    def change(self, users):
        """Restart it with other users."""
        self._proc.terminate()
        self._proc.wait()
        self._write(users)
        self._start()

    def _ready(self, mark):
        if self._proc.poll() is not None:
            raise RuntimeError(f"ended: {self.log.tail()}")
        return self.log.count("Ready to process requests", since=mark)

    def pause(self):
        """Have it not answer."""
        self._proc.send_signal(signal.SIGSTOP)

    def resume(self):
        """Have it answer again."""
        self._proc.send_signal(signal.SIGCONT)

    def plugin(self, **more):
        """Settings of eap-radius that use it."""
        return {"servers": {"lab": {"address": "127.0.0.1",
                                    "secret": SECRET}}, **more}
