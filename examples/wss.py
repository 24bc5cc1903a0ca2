"""`wss://` on your own machine, with a certificate made on the spot.

Run it, and open https://127.0.0.1:8443 (the browser will warn: nobody vouches
for this certificate but the program that made it a moment ago):

    python -m examples.wss [PORT]

With a certificate of your own, any app is served so:

    hubbub run app:app --ssl-certfile cert.pem --ssl-keyfile key.pem

The page shows whether its own socket is encrypted, and what two clients make of
the certificate: one that was told to trust it, and one that was not.
"""

import ssl
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Upgrade

PAGES = Path(__file__).parent / "pages"
HOST, PORT = "127.0.0.1", 8443
NAMES = [x509.DNSName("localhost"), x509.IPAddress(ip_address(HOST))]
LIFE = timedelta(days=1)

app = FastAPI()
key = ec.generate_private_key(ec.SECP256R1())


def make_certificate() -> x509.Certificate:
    """For this machine's own names, signed by its own key."""
    me = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(me, me, key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - LIFE).not_valid_after(now + LIFE)
    names = x509.SubjectAlternativeName(NAMES)
    return made.add_extension(names, critical=False).sign(key, SHA256())


certificate = make_certificate()
CHAIN = certificate.public_bytes(pem.Encoding.PEM)


def serving() -> ssl.SSLContext:
    """A server's settings. Python reads the key from a file, which is gone."""
    secret = pem.PrivateFormat.PKCS8, pem.NoEncryption()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:  # none but this user may look into it
        path = Path(folder) / "certificate.pem"
        path.write_bytes(CHAIN + key.private_bytes(pem.Encoding.PEM, *secret))
        context.load_cert_chain(path)
    return context


def shake_hands(is_told: bool) -> str:
    """What a client makes of the certificate; both ends are in memory."""
    asking = ssl.create_default_context(
        cadata=CHAIN.decode() if is_told else None
    )
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname="localhost")
    server = serving().wrap_bio(up, down, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass  # it is the other's turn
        except ssl.SSLCertVerificationError as error:
            return f"refused: {error.verify_message}"
    return f"trusted: {client.version()}, {(client.cipher() or ['?'])[0]}"


@app.websocket("/ws")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Tell how it stands with the certificate, then echo."""
    async with upgrade.accept() as socket:
        facts = {
            "fingerprint": certificate.fingerprint(SHA256()).hex(":"),
            "until": certificate.not_valid_after_utc.isoformat(" ", "minutes"),
            "told": shake_hands(True),
            "stranger": shake_hands(False),
        }
        await socket.json().send(facts)
        sender, receiver = socket.split()
        await receiver.forward(sender)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "wss", html=True))

if __name__ == "__main__":
    context = serving()
    uvicorn.run(
        app,
        host=HOST,
        port=int(sys.argv[1]) if sys.argv[1:] else PORT,
        ssl_context_factory=lambda config, default: context,
        ws="hubbub.uvicorn:Protocol",
        http="hubbub.uvicorn:FrontDoor",
    )
