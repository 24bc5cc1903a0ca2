"""A room over HTTP/2 (RFC 8441), as axum's `websockets-http2` example.

uvicorn carries no sockets over HTTP/2 yet, Hypercorn does, for the same handler:

    pip install hypercorn
    python -m examples.http2 [PORT]

Open https://127.0.0.1:8443 in two windows (the browser will warn: nobody vouches
for a certificate that was made a moment ago). All sockets of a browser share one
connection then. As in the original each text goes to all, the sender too; there
a slow reader loses messages and nobody knows, here it is told how many. Under
`hubbub run examples.http2:app` the same room meets over HTTP/1.1.
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from fastapi import Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles

from hubbub import Broadcast, Data, Lagged, Limits, Upgrade, select

PAGES = Path(__file__).parent / "pages"
HOST, PORT = "127.0.0.1", 8443
LIMITS = Limits(message=16 * 1024)

log = logging.getLogger("hubbub.examples")
app = FastAPI()
room: Broadcast[str] = Broadcast(capacity=16)


@app.websocket("/ws")
async def meet(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Give what this one says to all, and to this one what all say."""
    log.info("a socket over HTTP/%s", upgrade.websocket.scope["http_version"])
    async with upgrade.accept(limits=LIMITS) as socket:
        sender, receiver = socket.split()
        async with room.subscribe() as updates:
            to_client = updates.forward(sender, on_lag=apologize)
            await select(to_client, receiver.forward(say))


@app.get("/version")
async def version(request: Request) -> str:
    """Over which HTTP the page talks, for a script cannot see it."""
    return str(request.scope["http_version"])


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "http2", html=True))


async def say(message: Data) -> None:
    """Texts only, as in the original."""
    if isinstance(message, str):
        room.send(message)


def apologize(lagged: Lagged) -> str:
    """What a slow reader gets in place of what was overwritten."""
    return f"You missed {lagged.missed} messages."


def make_certificate(folder: Path) -> tuple[str, str]:
    """A key, and a certificate that it signs itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    me = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(me, me, key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = made.sign(key, SHA256())
    secret = pem.PrivateFormat.PKCS8, pem.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(pem.Encoding.PEM, *secret))
    (folder / "cert").write_bytes(certificate.public_bytes(pem.Encoding.PEM))
    return str(folder / "cert"), str(folder / "key")


def main() -> None:
    """Serve by Hypercorn."""
    from hypercorn.asyncio import serve  # under another server nobody needs it
    from hypercorn.config import Config

    logging.basicConfig(level=logging.INFO)
    config = Config()
    config.bind = [f"{HOST}:{sys.argv[1] if sys.argv[1:] else PORT}"]
    with TemporaryDirectory() as folder:  # none but this user may look into it
        config.certfile, config.keyfile = make_certificate(Path(folder))
        asyncio.run(serve(app, config))  # type: ignore[arg-type]  # its own type of an ASGI app


if __name__ == "__main__":
    main()
