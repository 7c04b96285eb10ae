# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections for gateways and clients.

The set-ups psk_ikev2, psk_ikev1, xauth, eap, cert and eap_tls each return a
pair of Config: the gateway's and the client's. They take

gw, client  the addresses to use; several clients on one daemon are told apart
            by `client` and `name`
identity    the client's IKE identity; the gateway accepts any
name        of the client's connection, and of the gateway's unless gw_name
child       None for an IKE_SA alone, or (gateway's, client's) traffic
            selectors, lists or one string each; initiate it by `name`
gateway     dict laid over the gateway's connection, e.g. {"unique": "no"}
initiator   dict laid over the client's connection

Configs of several clients merge with `|`. A test that asks for one of IKEv1
is skipped where the host has none.
"""

from dataclasses import dataclass, field, fields

from lab import build
from lab.conf import merge

GATEWAY_ID = "gw.lab"
CLIENT_ID = "client@lab"
SECRET = "lab-secret"

MANY_CLIENTS = {"install_routes": False, "reuse_ikesa": False,
                "threads": 256}
"""charon settings of a daemon that plays up to 240 clients at once."""

MANY_PEERS = {"cookie_threshold": 0, "block_threshold": 0}
"""charon settings of a gateway that many clients dial at once: no defence
against floods. With cookies, 5.9.8 as initiator sometimes drops the COOKIE
reply ("already processing"), which costs it a retransmission of 4 s."""

_DH = "ecp256"


@dataclass(frozen=True)
class Config:
    """What a daemon is given over vici.

    secrets are load-shared messages; certs, cas and keys are PEM texts.
    """
    connections: dict = field(default_factory=dict)
    secrets: list = field(default_factory=list)
    pools: dict = field(default_factory=dict)
    certs: list = field(default_factory=list)
    cas: list = field(default_factory=list)
    keys: list = field(default_factory=list)

    def __or__(self, other):
        """Both together; equal secrets and certificates once."""
        merged = {}
        for name in (f.name for f in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                merged[name] = mine | theirs
            else:
                merged[name] = mine + [x for x in theirs if x not in mine]
        return Config(**merged)

    def messages(self):
        """The (command, message) pairs to send, credentials first."""
        for pem in self.cas:
            yield "load-cert", {"type": "X509", "flag": "CA", "data": pem}
        for pem in self.certs:
            yield "load-cert", {"type": "X509", "flag": "NONE", "data": pem}
        for pem in self.keys:
            yield "load-key", {"type": "any", "data": pem}
        for secret in self.secrets:
            yield "load-shared", secret
        for name, pool in self.pools.items():
            yield "load-pool", {name: pool}
        for name, connection in self.connections.items():
            yield "load-conn", {name: connection}


def secret(kind, data, *owners):
    """A load-shared message; kind is IKE, EAP or XAUTH."""
    return {"type": kind, "data": data, "owners": owners}


def _listed(ts):
    return [ts] if isinstance(ts, str) else list(ts)


def _side(version, local, remote, rounds, name, child, extra):
    if version == 1:
        build.need_ikev1()
    connection = {
        "version": version,
        "local_addrs": [local],
        "remote_addrs": [remote],
        "proposals": [f"aes128-sha256-{_DH}"],
        **rounds,
    }
    if child:
        # kernel-libipsec has UDP encapsulation only
        connection["encap"] = True
        connection["children"] = {name: {
            "local_ts": _listed(child[0]), "remote_ts": _listed(child[1]),
            "esp_proposals": ["aes128-sha256"]}}
    elif version == 2:
        connection["childless"] = "force"
    return merge(connection, extra or {})


def _pair(version, gw, client, gw_rounds, client_rounds, name, *,
          gw_name=None, child=None, gateway=None, initiator=None):
    gw_name = gw_name or name
    return (
        {gw_name: _side(version, gw, "%any", gw_rounds, gw_name, child,
                        gateway)},
        {name: _side(version, client, gw, client_rounds, name,
                     child and child[::-1], initiator)})


def _psk(version, gw, client, identity, psk, name, more):
    gw_conns, client_conns = _pair(
        version, gw, client,
        {"local": {"auth": "psk", "id": GATEWAY_ID},
         "remote": {"auth": "psk"}},
        {"local": {"auth": "psk", "id": identity},
         "remote": {"auth": "psk", "id": GATEWAY_ID}}, name, **more)
    # without an owner: IKEv1 main mode has no identity to look it up by
    secrets = [secret("IKE", psk)]
    return Config(gw_conns, secrets), Config(client_conns, secrets)


def psk_ikev2(gw, client, identity=CLIENT_ID, psk=SECRET, name="psk", **more):
    """IKEv2 with a pre-shared key on both sides."""
    return _psk(2, gw, client, identity, psk, name, more)


def psk_ikev1(gw, client, identity=CLIENT_ID, psk=SECRET, name="psk1",
              aggressive=False, **more):
    """IKEv1 main or aggressive mode with a pre-shared key."""
    mode = {"aggressive": aggressive}
    more["gateway"] = merge(mode, more.get("gateway") or {})
    more["initiator"] = merge(mode, more.get("initiator") or {})
    return _psk(1, gw, client, identity, psk, name, more)


def xauth(gw, client, user, password="lab-password", identity=CLIENT_ID,
          name="xauth", aggressive=False, **more):
    """IKEv1 with a pre-shared key, then XAuth."""
    mode = {"aggressive": aggressive}
    gw_side = {**mode, "remote-xauth": {"auth": "xauth-generic"}}
    client_side = {**mode, "local-xauth": {"auth": "xauth", "xauth_id": user}}
    more["gateway"] = merge(gw_side, more.get("gateway") or {})
    more["initiator"] = merge(client_side, more.get("initiator") or {})
    login = Config(secrets=[secret("XAUTH", password, user)])
    pair = _psk(1, gw, client, identity, SECRET, name, more)
    return tuple(side | login for side in pair)


def eap(gw, client, user, password="lab-password", identity=CLIENT_ID,
        method="mschapv2", gw_credential=None, name="eap", **more):
    """IKEv2 with EAP behind an EAP identity exchange. The gateway shows the
    pki.Credential given, or a pre-shared key."""
    auth = "pubkey" if gw_credential else "psk"
    gw_conns, client_conns = _pair(
        2, gw, client,
        {"local": {"auth": auth, "id": GATEWAY_ID,
                   **_certs(gw_credential)},
         "remote": {"auth": f"eap-{method}", "eap_id": "%any"}},
        {"local": {"auth": f"eap-{method}", "id": identity, "eap_id": user},
         "remote": {"auth": auth, "id": GATEWAY_ID}}, name, **more)
    login = [secret("EAP", password, user)]
    if gw_credential:
        return (Config(gw_conns, login, keys=[gw_credential.key],
                       cas=[gw_credential.ca]),
                Config(client_conns, login, cas=[gw_credential.ca]))
    login.append(secret("IKE", SECRET, GATEWAY_ID))
    return Config(gw_conns, login), Config(client_conns, login)


def cert(gw, client, gw_credential, credential, version=2, name="cert",
         **more):
    """Certificates on both sides; the identities are the credentials'."""
    gw_conns, client_conns = _pair(
        version, gw, client,
        {"local": {"auth": "pubkey", "id": gw_credential.identity,
                   **_certs(gw_credential)},
         "remote": {"auth": "pubkey"}},
        {"local": {"auth": "pubkey", **_certs(credential),
                   **_id(credential.identity)},
         "remote": {"auth": "pubkey", "id": gw_credential.identity}},
        name, **more)
    return _with_credentials(gw_conns, gw_credential, client_conns, credential)


def eap_tls(gw, client, gw_credential, credential, name="eap-tls", **more):
    """IKEv2 with certificates on both sides, the client's in EAP-TLS."""
    gw_conns, client_conns = _pair(
        2, gw, client,
        {"local": {"auth": "pubkey", "id": gw_credential.identity,
                   **_certs(gw_credential)},
         "remote": {"auth": "eap-tls", "eap_id": "%any"}},
        {"local": {"auth": "eap-tls", "id": credential.identity,
                   **_certs(credential)},
         "remote": {"auth": "pubkey", "id": gw_credential.identity}},
        name, **more)
    return _with_credentials(gw_conns, gw_credential, client_conns, credential)


def _with_credentials(gw_conns, gw_credential, client_conns, credential):
    """Each side has its own key and intermediate CAs, and the other's root."""
    return (Config(gw_conns, keys=[gw_credential.key], cas=[credential.ca],
                   certs=[*gw_credential.chain]),
            Config(client_conns, keys=[credential.key], cas=[gw_credential.ca],
                   certs=[*credential.chain]))


def _id(identity):
    return {"id": identity} if identity else {}


def _certs(credential):
    return {"certs": [credential.cert]} if credential else {}
