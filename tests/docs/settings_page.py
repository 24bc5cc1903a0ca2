"""The page of the reference that tells every option of the stand-alone server, made from the options themselves."""

from __future__ import annotations

from collections.abc import Iterator

from hubbub.settings.centrifugo import ABSENT
from hubbub.settings.show import Told, catalogue

HEAD = (
    "# Settings\n\n"
    "Every option of `hubbub serve`, from the code that reads them; [how to](../how-to/stand-alone.md). Named as in\n"
    "Centrifugo 6; † marks what is Hubbub's own. A default stands as JSON has it. The variable of the environment is\n"
    "the path in capitals behind `HUBBUB_`: `HUBBUB_CLIENT_PING_INTERVAL`. What stands behind `[]` is an option of\n"
    "each table of a list.\n"
)

ALIKE = {
    "client.subscription_token": "client.token",
    "client.proxy.refresh": "client.proxy.connect",
    "client.proxy.disconnect": "client.proxy.connect",
    "channel.proxy.subscribe": "client.proxy.connect",
    "channel.proxy.publish": "client.proxy.connect",
    "channel.proxy.sub_refresh": "client.proxy.connect",
    "channel.proxy.unsubscribe": "client.proxy.connect",
    "rpc.proxy": "client.proxy.connect",
    "proxies[]": "client.proxy.connect",
    "channel.namespaces[]": "channel.without_namespace",
    "rpc.namespaces[]": "rpc.without_namespace",
}
"""Tables whose options are those of another, but for what is told of them."""

TAIL = (
    "\n## Centrifugo's, and not here\n\n"
    "What is said of a table goes for all that is in it. Where it says **no** the server does not start with such an option\n"
    "switched on.\n\n"
    "| option | starts | |\n|---|---|---|\n"
)


def page() -> str:
    """All of it."""
    told = list(catalogue())
    parts = [HEAD]
    for section in dict.fromkeys(each.path.partition(".")[0].removesuffix("[]") for each in told):
        rows = [
            row
            for each in told
            if each.path.partition(".")[0].removesuffix("[]") == section
            for row in _row(each, told)
        ]
        parts.append(f"\n## {section}\n\n| option | default | |\n|---|---|---|\n" + "".join(rows) + _alike(section))
    rows = [
        f"| `{path}` | {'**no**' if what.is_fatal else 'yes'} | {what.text.partition(': ')[2]} |\n"
        for path, what in ABSENT.items()
    ]
    return "".join((*parts, TAIL, *rows))


def _row(option: Told, told: list[Told]) -> Iterator[str]:
    for table, model in ALIKE.items():
        rest = option.path.removeprefix(f"{table}.")
        if rest != option.path and any(each.path == f"{model}.{rest}" for each in told):
            return
    mark = " †" if option.is_own else ""
    kind = f" {option.kind[0].upper()}{option.kind[1:]}." if option.kind.startswith("one of") else ""
    yield f"| `{option.path}`{mark} | `{option.default}` | {option.text}{kind} |\n"


def _alike(section: str) -> str:
    found = [(table, model) for table, model in ALIKE.items() if table.partition(".")[0].removesuffix("[]") == section]
    return "".join(f"\n`{table}` has the options of `{model}` too.\n" for table, model in found)
