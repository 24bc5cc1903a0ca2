"""The house's law as tables: which room stands where, who are twins, what no file says. Only data."""

from __future__ import annotations

PACKAGE = "hubbub"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("codes", "clock", "ring", "publication", "eager", "many", "version"),
    ("errors",),
    ("watch", "tokens", "limits"),
    ("sockets", "channels", "protocol"),
    ("brokers",),
    ("session",),
    ("transports", "hooks"),
    ("client",),
    ("backstage",),
    ("settings",),
    ("server",),
    ("api", "console", "contracts", "observe", "proxy"),
    ("hub",),
    ("__init__",),
    ("testing", "uvicorn"),
    ("demo", "standalone"),
    ("cli",),
    ("__main__",),
)
"""Lowest first. A room imports from floors below its own and from nowhere else: neighbours on one floor never meet."""

TWINS: tuple[frozenset[str], ...] = (
    frozenset({"hubbub.sockets.native", "hubbub.sockets.asgi", "hubbub.sockets.pair"}),
    frozenset({"hubbub.brokers.memory", "hubbub.brokers.redis", "hubbub.brokers.nats"}),
    frozenset({"hubbub.protocol.json", "hubbub.protocol.protobuf"}),
)
"""Implementations of one port. Each imports the port and nothing of its siblings."""

LONGEST_BODY = 60
"""Lines of a function, its signature and docstring not counted. The only size that is law; the others are reported."""

BANNED: dict[str, str] = {
    r"(?<![\w.])/[w]ork/": "a path of one machine",
    r"/[t]mp/w[t]?/": "a path of one machine",
    r"/[r]oot/": "a path of one machine",
    r"/[h]ome/\w+/": "a path of one machine",
    r"/[U]sers/\w+/": "a path of one machine",
    r"https?://(\w+\.)?pypi\.": "an index host",
    r"https?://files\.[p]ythonhosted": "an index host",
    r"https?://registry\.[n]pmjs": "an index host",
    r"(static|index)\.[c]rates\.io": "an index host",
    r"[d]eb\.debian\.org": "an index host",
    r"--(extra-)?[i]ndex-url": "an index address",
    r"--[f]ind-links|^[f]ind-links": "an index address",
    r"--[t]rusted-host": "an index address",
    r"\b[T]ODO\b|\b[F]IXME\b|\b[X]XX\b": "work left undone",
}
"""Pattern: what it would be. No file has such a line; a letter in brackets keeps a pattern from meeting itself."""
