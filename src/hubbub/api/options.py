"""What the developer says of the API: who may call it, where, and how much at once. `http.py` serves it."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Misuse
from .keys import ApiKey, find

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a request's body."""


class Api:
    """The HTTP API of a hub, in the words that Centrifugo's libraries send: `hub.install(app, api=Api([...]))`.

    Args:
        keys: who may call it: `ApiKey`, or a text for one that may do everything.
        path: where it is, behind the prefix of `install`.
        insecure: it has no keys: whoever reaches it may do everything, and the network has to keep others out.
        key_in_query: whether `?api_key=KEY` is taken too. Queries end up in the logs of what lies between.
        docs: whether `PATH/docs` and `PATH/openapi.json` tell about it, to anybody.
        max_body: bytes of a request's body; a longer one is answered with 413.
        error_statuses: whether errors of commands have HTTP statuses of their own, for every caller; else for who sends
            `X-Centrifugo-Error-Mode: transport`.

    Raises:
        Misuse: there is no key, and it is not said to be insecure; or both.

    Example:
        ```python
        api = Api([ApiKey(os.environ["API_KEY"]), ApiKey(os.environ["CI_KEY"], methods=["publish"], name="ci")])
        hub.install(app, api=api)
        ...
        api.keys = [ApiKey(new_key), ApiKey(old_key)]  # at any time
        ```
    """

    def __init__(
        self,
        keys: Iterable[ApiKey | str] = (),
        *,
        path: str = "/api",
        insecure: bool = False,
        key_in_query: bool = False,
        docs: bool = True,
        max_body: int = MAX_BODY,
        error_statuses: bool = False,
    ) -> None:
        if not path.startswith("/") or path.endswith("/"):
            raise Misuse(f"the API's path begins with a slash and ends with none, as '/api' does, not {path!r}")
        if max_body < 1:
            raise Misuse(f"max_body is at least one byte, not {max_body!r}")
        self.path = path
        self.insecure = insecure
        self.key_in_query = key_in_query
        self.docs = docs
        self.max_body = max_body
        self.error_statuses = error_statuses
        self._keys: tuple[ApiKey, ...] = ()
        self.keys = keys

    @property
    def keys(self) -> tuple[ApiKey, ...]:
        """Who may call it. May be set at any time: the next request is judged by the new ones.

        Raises:
            Misuse: there is none, and it is not insecure, or there are some, and it is.
        """
        return self._keys

    @keys.setter
    def keys(self, keys: Iterable[ApiKey | str]) -> None:
        if isinstance(keys, str):
            raise Misuse("keys are several: give a list, even of one")
        found = tuple(ApiKey(key) if isinstance(key, str) else key for key in keys)
        if bool(found) is self.insecure:
            raise Misuse(
                "an insecure API asks for no keys: leave them out, or say nothing of insecure"
                if found
                else "an API without keys would be everybody's: give keys, or insecure=True where the network guards it"
            )
        self._keys = found

    def find(self, presented: bytes) -> ApiKey | None:
        """Which key this is that somebody presents; `None` for none of ours."""
        return find(self._keys, presented) if presented else None
