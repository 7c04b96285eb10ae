# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers OCSP requests as a file says, which may change at any time.

    ocsp_server.py PORT CERT KEY FILE

CERT and KEY are those of the CA. FILE has {"certs": [PATH...] that it knows,
"revoked": [PATH...] and "unknown": [PATH...] among these, "delay": SECONDS for
which it keeps answers back, "valid": SECONDS for which they are good, "broken":
whether they are none}. A line is written for each request.
"""

import datetime
import http.server
import json
import sys
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp


def load(path):
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def answer(request, ca, key, state):
    """The DER of an answer to the DER of a request."""
    asked = ocsp.load_der_ocsp_request(request)
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    found, = (path for path in state["certs"]
              if load(path).serial_number == asked.serial_number)
    revoked = found in state["revoked"]
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=load(found), issuer=ca, algorithm=asked.hash_algorithm,
        cert_status=(ocsp.OCSPCertStatus.REVOKED if revoked
                     else ocsp.OCSPCertStatus.UNKNOWN
                     if found in state["unknown"]
                     else ocsp.OCSPCertStatus.GOOD),
        this_update=now,
        next_update=now + datetime.timedelta(seconds=state["valid"]),
        revocation_time=now if revoked else None,
        revocation_reason=(x509.ReasonFlags.key_compromise if revoked
                           else None)).responder_id(
        ocsp.OCSPResponderEncoding.HASH, ca)
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, False)
    return builder.sign(key, hashes.SHA256()).public_bytes(
        serialization.Encoding.DER)


def main(port, cert, key, file):
    ca = load(cert)
    private = serialization.load_pem_private_key(Path(key).read_bytes(), None)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            state = json.loads(Path(file).read_text())
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent = b"<html>" if state["broken"] else answer(body, ca, private,
                                                            state)
            self.send_response(200)
            time.sleep(state["delay"])
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

    http.server.ThreadingHTTPServer(("", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
