"""A server whose certificate nobody vouches for gets no question, and no key."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orion_tui.core.agent import model as port
from orion_tui.core.settings import parse
from tests.support.models import Asking, made_up_key

_KEY = made_up_key("far")

pytestmark = pytest.mark.mock_llm


@pytest.fixture
def self_signed(tmp_path: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def heard(self_signed: Path) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server's port, and what it could read of requests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)
    listener = socket.create_server(("127.0.0.1", 0))
    said: list[bytes] = []

    def serve() -> None:
        try:
            while True:
                connection, _ = listener.accept()
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        # Closing before all of it was read would be a reset.
                        while not (said_last := secure.recv(65_536)).rstrip().endswith(b"}"):
                            said.append(said_last)
                        secure.sendall(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
                except OSError:
                    connection.close()
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], said
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def _ask(port_number: int) -> None:
    settings = parse(
        f"providers: {{far: {{base_url: 'https://localhost:{port_number}/v1', key_env: FAR_KEY}}}}", "settings.yaml"
    )
    asking = Asking(settings, {"FAR_KEY": _KEY})
    try:
        asking("far/any")
    finally:
        asking.gateway.close()


def test_a_certificate_that_nobody_vouches_for(heard: tuple[int, list[bytes]]) -> None:
    number, said = heard
    with pytest.raises(port.Unreachable, match=f"the certificate of localhost:{number} is not trusted"):
        _ask(number)
    assert said == []


def test_one_that_the_user_vouches_for(
    heard: tuple[int, list[bytes]], self_signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, said = heard
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed))
    with pytest.raises(port.KeyRefused):
        _ask(number)
    assert _KEY.encode() in said[0]
