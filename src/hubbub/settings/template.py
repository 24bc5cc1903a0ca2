"""A first file for the stand-alone server: closed to everybody who has no key, with fresh keys. Pure but for the dice."""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePath
from secrets import token_urlsafe

from ..errors import Misuse
from .formats import READERS

BYTES = 48
"""Of a fresh key: enough for HS256 and HS384."""


def template(name: str) -> str:
    """The text of a file of that name.

    Raises:
        Misuse: its ending says no format.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in READERS:
        raise Misuse(f"{name}: its ending says how it is written: {', '.join(READERS)}")
    text = _TEXTS[ending].format(token=token_urlsafe(BYTES), api=token_urlsafe(BYTES))
    return json.dumps(tomllib.loads(text), indent=2) + "\n" if ending == ".json" else text


_TOML = """\
# Settings of `hubbub serve`, named as in Centrifugo 6. `hubbub config check` judges them; `kill -HUP` reads them again.
# This file holds keys: keep it to yourself.

[http_server]
address = "127.0.0.1" # a reverse proxy before it speaks TLS; or see http_server.tls
port = 8000

[client]
# Pages that may connect beside those of the same host, as "https://example.com".
allowed_origins = []

[client.token]
# Your backend signs the tokens of clients with it (HS256): {{"sub": "the user's id", "exp": ...}}.
hmac_secret_key = "{token}"

[http_api]
# Your backend publishes with it, at /api/publish, in the header X-API-Key.
key = "{api}"

[health]
enabled = true

# Channels "chat:...". Nothing is on that is not switched on; without a namespace, nobody may subscribe.
[[channel.namespaces]]
name = "chat"
presence = true
history_size = 100
history_ttl = "300s"
force_recovery = true
allow_subscribe_for_client = true
allow_presence_for_subscriber = true
allow_history_for_subscriber = true
"""

_YAML = """\
# Settings of `hubbub serve`, named as in Centrifugo 6. `hubbub config check` judges them; `kill -HUP` reads them again.
# This file holds keys: keep it to yourself.

http_server:
  address: 127.0.0.1 # a reverse proxy before it speaks TLS; or see http_server.tls
  port: 8000

client:
  # Pages that may connect beside those of the same host, as "https://example.com".
  allowed_origins: []
  token:
    # Your backend signs the tokens of clients with it (HS256): {{"sub": "the user's id", "exp": ...}}.
    hmac_secret_key: "{token}"

http_api:
  # Your backend publishes with it, at /api/publish, in the header X-API-Key.
  key: "{api}"

health:
  enabled: true

# Channels "chat:...". Nothing is on that is not switched on; without a namespace, nobody may subscribe.
channel:
  namespaces:
    - name: chat
      presence: true
      history_size: 100
      history_ttl: 300s
      force_recovery: true
      allow_subscribe_for_client: true
      allow_presence_for_subscriber: true
      allow_history_for_subscriber: true
"""

_TEXTS = {".json": _TOML, ".toml": _TOML, ".yaml": _YAML, ".yml": _YAML}
