"""Certificates from a file, as PEM and as base64; another one shown without a restart."""

from __future__ import annotations

import ssl
from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from hubbub.errors import Misuse
from hubbub.settings.options import Tls
from hubbub.settings.values import Secret
from hubbub.standalone.tls import make_context, renewal

CA = trustme.CA()
LEAF = CA.issue_cert("localhost")
CERTIFICATE, KEY = LEAF.cert_chain_pems[0].bytes().decode(), LEAF.private_key_pem.bytes().decode()


def handshake(server: ssl.SSLContext, ca: trustme.CA) -> None:
    """Both sides in memory."""
    client = ssl.create_default_context()
    ca.configure_trust(client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    assert here.version() is not None


def test_each_way_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "cert").write_text(CERTIFICATE)
    (tmp_path / "key").write_text(KEY)
    named = [
        (CERTIFICATE, KEY),
        (str(tmp_path / "cert"), str(tmp_path / "key")),
        (b64encode(CERTIFICATE.encode()).decode(), b64encode(KEY.encode()).decode()),
    ]
    for certificate, key in named:
        handshake(make_context(Tls(enabled=True, cert_pem=certificate, key_pem=Secret(key))), CA)


def test_another_certificate_is_shown_from_now_on() -> None:
    context = make_context(Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY)))
    other = trustme.CA()
    leaf = other.issue_cert("localhost")
    renew = renewal(
        context,
        Tls(cert_pem=leaf.cert_chain_pems[0].bytes().decode(), key_pem=Secret(leaf.private_key_pem.bytes().decode())),
    )
    handshake(context, CA)
    renew()
    handshake(context, other)


def test_what_does_not_go_together_leaves_the_one_that_is_shown() -> None:
    context, other = make_context(Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY))), trustme.CA().issue_cert("localhost")
    with pytest.raises(Misuse, match="not a certificate and its key"):
        renewal(context, Tls(cert_pem=other.cert_chain_pems[0].bytes().decode(), key_pem=Secret(KEY)))
    handshake(context, CA)


def test_whom_it_trusts_is_not_renewed() -> None:
    context = make_context(Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY)))
    renewal(context, Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY), client_ca_pem=CA.cert_pem.bytes().decode()))()
    assert context.verify_mode is ssl.CERT_NONE
    assert context.get_ca_certs() == []


def test_clients_must_show_one_where_that_is_said() -> None:
    tls = Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY), client_ca_pem=CA.cert_pem.bytes().decode())
    assert make_context(tls).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        (Tls(cert_pem="/no/file", key_pem=Secret(KEY)), "cert_pem: it is no file"),
        (Tls(cert_pem=CERTIFICATE, key_pem=Secret("x" * 5000)), "key_pem: it is no file"),
        (Tls(cert_pem=CERTIFICATE, key_pem=Secret(CERTIFICATE)), "not a certificate and its key"),
        (
            Tls(cert_pem=CERTIFICATE, key_pem=Secret(KEY), client_ca_pem="-----BEGIN x"),
            "client_ca_pem is no certificate",
        ),
    ],
)
def test_what_is_none_is_told_and_not_shown(tls: Tls, told: str) -> None:
    with pytest.raises(Misuse, match=told) as caught:
        make_context(tls)
    assert KEY not in str(caught.value)
    assert "xxxx" not in str(caught.value)
