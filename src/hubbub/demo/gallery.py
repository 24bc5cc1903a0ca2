"""The table of the examples, where they lie, in a checkout or installed, and how they are loaded. Serves nothing."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from ..errors import Misuse

INSTALLED = Path(__file__).parent / "examples"
CHECKOUT = Path(__file__).parents[3] / "examples"

WHOLE = "A whole app"
AXUM = "From axum"
ACTIX = "From actix-web"
WARP = "From warp"
WALKS = "And further"
CHANNELS = "Channels"
GROUPS = (WHOLE, AXUM, ACTIX, WARP, WALKS, CHANNELS)

SHOWN = ("js", "html", "css")
"""The kinds of a page's files whose source is shown, in this order."""


@dataclass(frozen=True)
class Example:
    """What the gallery tells of an example.

    Args:
        name: the path it is mounted under, and the folder of its page in `pages/`.
        module: its file, without `.py`.
        title: its heading.
        group: the part of the gallery it stands in.
        blurb: a sentence or two.
        is_wide: whether its pages stand beside each other over the whole width, and its source beneath.
        people: how many of its pages are shown at once; two where people meet.
        also: further modules whose source is shown.
        command: what is typed into a terminal to try what a page cannot show.
    """

    name: str
    module: str
    title: str
    group: str
    blurb: str
    people: int = 1
    is_wide: bool = False
    also: tuple[str, ...] = ()
    command: str = ""


EXAMPLES = (
    Example(
        name="messenger",
        module="messenger",
        title="Messenger",
        group=WHOLE,
        blurb="Rooms, who is here, who types, what is unread, reactions, moderators. Unplug one of the two and write on: "
        "what waits is sent once when the network is back, and what was missed comes.",
        people=2,
        is_wide=True,
    ),
    Example(
        name="chat",
        module="chat",
        title="Chat",
        group=AXUM,
        blurb="A room with names, over a broadcast that keeps the last 100 messages for those who are behind. "
        "Who reads too slowly is told how much it missed, and stays.",
        people=2,
    ),
    Example(
        name="echo",
        module="echo",
        title="Echo",
        group=AXUM,
        blurb="Whatever comes goes back as it came, one message at a time: the loop that most handlers start from.",
    ),
    Example(
        name="websockets",
        module="websockets_server",
        title="Both ways at once",
        group=AXUM,
        blurb="The server greets, then sends twenty messages while it counts yours. "
        "Whoever ends first ends the other: let it say goodbye, or cut it short.",
        also=("websockets_client",),
        command="python -m examples.websockets_client",
    ),
    Example(
        name="http2",
        module="http2",
        title="Over HTTP/2",
        group=AXUM,
        blurb="A room whose sockets are streams of the connection that the page came by, for the same handler. "
        "Here it meets over what this server speaks; the command serves it over HTTP/2.",
        people=2,
        command="pip install hypercorn; python -m examples.http2",
    ),
    Example(
        name="sse",
        module="sse",
        title="Events",
        group=AXUM,
        blurb="A greeting every second over plain HTTP, as server-sent events; a comment keeps a silent stream alive. "
        "The stream ends with the server, and does not hold it up.",
    ),
    Example(
        name="testing",
        module="testing",
        title="Testing",
        group=AXUM,
        blurb="Two routes that answer alike, and beside them their tests: through a server, through the app in memory, "
        "of a handler alone; with lines that are cut, a hundred clients, a conversation that is played again.",
        also=("test_testing",),
        command="pip install pytest-asyncio; python -m pytest examples/test_testing.py",
    ),
    Example(
        name="actix_echo",
        module="actix_echo",
        title="Echo of actors",
        group=ACTIX,
        blurb="A class per connection, with methods for what comes and a heartbeat of its own. "
        "Others reach it by its address: tell all of them something.",
        people=2,
    ),
    Example(
        name="actix_chat",
        module="actix_chat",
        title="Chat with rooms",
        group=ACTIX,
        blurb="An actor for each client, and one for the server that all of them tell what was said. "
        "Try /list, /join ROOM and /name NAME.",
        people=2,
    ),
    Example(
        name="forward",
        module="forward",
        title="Forward",
        group=WARP,
        blurb="The same echo without a loop: the receiving half is forwarded into the sending half, "
        "and no task wakes for a message. Send thousands at once and see.",
    ),
    Example(
        name="warp_chat",
        module="warp_chat",
        title="Numbered chat",
        group=WARP,
        blurb="Users are numbers, and what one says goes to all others. "
        "All read one broadcast, each at their own pace, in place of a queue without a bound for each.",
        people=2,
    ),
    Example(
        name="sse_chat",
        module="sse_chat",
        title="Chat by events",
        group=WARP,
        blurb="A chat without sockets: what is said is posted, what is heard comes as events. "
        "Who leaves is gone at once, and who reads too slowly is told how much it missed.",
        people=2,
    ),
    Example(
        name="tokens",
        module="tokens",
        title="Tokens",
        group=WALKS,
        blurb="Sign in, and connect with the token in a cookie or with a ticket that is good once. "
        "Before it expires the page is warned, and renews it over the open socket; signing out closes all.",
    ),
    Example(
        name="rate_limit",
        module="rate_limit",
        title="Rate limit",
        group=WALKS,
        blurb="Twenty messages a second, forty at once. Flood it, and see what is beyond wait, be dropped and counted, "
        "or end the socket with the time to come back.",
    ),
    Example(
        name="reconnect",
        module="reconnect",
        title="Coming back",
        group=WALKS,
        blurb="Cut the connection: the page comes back by itself, waiting longer each time and drawing lots, "
        "and gets what it missed. Stay away for too long, and it is told how much is gone.",
    ),
    Example(
        name="packed",
        module="packed",
        title="A binary subprotocol",
        group=WALKS,
        blurb="msgpack in two versions side by side: the best that both know is chosen, and who knows none is refused. "
        "Its bytes are read by hand in the page.",
        people=2,
    ),
    Example(
        name="dashboard",
        module="dashboard",
        title="Dashboard",
        group=WALKS,
        blurb="How this machine is doing, twice a second, for everyone: one sampler, one broadcast. "
        "Who comes late gets the last minute at once; who is slow skips to the newest.",
    ),
    Example(
        name="game",
        module="game",
        title="A small game",
        group=WALKS,
        blurb="Gather coins, by keyboard or by touch. Twenty views a second, of what is near alone, packed once for all "
        "who see it; who reads too slowly gets the newest and no queue of old ones.",
        people=2,
    ),
    Example(
        name="whiteboard",
        module="whiteboard",
        title="Whiteboard",
        group=WALKS,
        blurb="Many draw at once, and all see the same: the document is a CRDT. Close, draw on, reconnect: "
        "nothing is lost, and who comes late gets the whole board.",
        people=2,
    ),
    Example(
        name="notifications",
        module="notifications",
        title="Notifications",
        group=WALKS,
        blurb="One broadcast, heard as server-sent events and over a WebSocket. "
        "Close one, tell all, and open it again: events catch up by themselves.",
    ),
    Example(
        name="wss",
        module="wss",
        title="Encrypted",
        group=WALKS,
        blurb="wss:// on your own machine, with a certificate that the program makes as it begins. "
        "Here two clients look at it: one that was told to trust it, and one that was not.",
        command="python -m examples.wss",
    ),
    Example(
        name="hub",
        module="hub",
        title="A hub",
        group=CHANNELS,
        blurb="A room by the Centrifuge client protocol, in ten lines: who one is, who may listen and what may be said "
        "are functions of the app. The page uses the published SDK as it is.",
        people=2,
    ),
    Example(
        name="rooms",
        module="rooms",
        title="Rooms",
        group=CHANNELS,
        blurb="Chat with rooms: names, who is here, who is typing, what was said before. "
        "Cut the network of one while the other talks on: nothing is missed.",
        people=2,
    ),
    Example(
        name="order_book",
        module="order_book",
        title="Order book",
        group=CHANNELS,
        blurb="The whole book ten times a second, and over the wire only what has changed. "
        "Who comes late, or back, has the newest at once and nothing older.",
    ),
    Example(
        name="online",
        module="online",
        title="Who is online",
        group=CHANNELS,
        blurb="People, not tabs: one comes with the first tab and goes with the last, and a reload is no farewell.",
        people=2,
    ),
    Example(
        name="job",
        module="job",
        title="A job's progress",
        group=CHANNELS,
        blurb="Work in a thread behind a request, which tells how far it is. Only whoever has started it may watch; "
        "reload the page, and it goes on where it is.",
    ),
    Example(
        name="manager",
        module="manager",
        title="Before and after",
        group=CHANNELS,
        blurb="A connection manager written by hand, and a hub in its place, in one app. "
        "Cut the network, let somebody speak, and mend it.",
    ),
)
"""All examples, in the order in which they are shown within their groups."""


def directory() -> Path:
    """The folder of the examples: the checkout's where we run from one, so that what is edited is what is shown."""
    return CHECKOUT if (CHECKOUT.parent / "src").is_dir() and CHECKOUT.is_dir() else INSTALLED


def has_page(example: Example) -> bool:
    """Whether it has a page of its own, to be shown live."""
    return (directory() / "pages" / example.name / "index.html").is_file()


def files(example: Example) -> list[str]:
    """The files whose source is shown, by their paths in the folder: its modules, then what makes its page."""
    modules = [f"{module}.py" for module in (example.module, *example.also)]
    folder = directory() / "pages" / example.name
    page = [path for kind in SHOWN for path in sorted(folder.glob(f"*.{kind}"))]
    return [*modules, *(path.relative_to(directory()).as_posix() for path in page)]


def source(path: str) -> str:
    """The text of one of the examples' files."""
    return (directory() / path).read_text(encoding="utf-8")


@cache
def load(name: str) -> ModuleType:
    """An example's module, loaded once from its file, wherever that lies.

    Raises:
        Misuse: it needs a package that is not installed.
    """
    qualified = f"{__package__}.examples.{name}"
    spec = importlib.util.spec_from_file_location(qualified, directory() / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[qualified] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[qualified]
        raise Misuse(f"this needs {error.name}, which is not installed: pip install 'hubbub[demo]'") from error
    return module
