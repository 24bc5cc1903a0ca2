"""Log records as JSON, one object a line, for machines that read logs. Needs no extra; adds nothing to what is logged."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonFormatter(logging.Formatter):
    """A formatter of `logging` that writes each record as one JSON object on one line.

    Always there: `time` (ISO 8601, UTC), `level`, `logger`, `message`. What the logger `hubbub` tells has an `event`
    (`opened`, `refused`, `closed`, `failed`, `overflowed`, `lagged`, `limited`, `denied`, `blocked`, `advised`) and, for
    a socket or a stream, `socket` (its number in this process), `client`, `path`, `route`, `transport` and `user_agent`;
    further `subprotocol`, `status`, `command`, `code`, `reason`, `received`, `sent`, `dropped`, `limited`, `policy`, `limit`,
    `missed` and `seconds`, each where it is known. An error has `error` (its type) and `trace`. A field that has no value is
    left out.

    No query string and no header but the user agent is in any of them.

    Example:
        ```python
        for handler in logging.getLogger("hubbub").handlers:
            handler.setFormatter(JsonFormatter())
        ```
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end. All but ASCII is escaped, so that no text breaks the line or its encoding."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "hubbub", {}),
        }
        if record.exc_info and record.exc_info[0]:
            told |= {"error": record.exc_info[0].__name__, "trace": self.formatException(record.exc_info)}
        return json.dumps({name: value for name, value in told.items() if value not in (None, "")}, default=str)
