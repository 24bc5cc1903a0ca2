"""A job's progress: the work goes on behind a request, the page watches it.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.job:app

The job is a plain function in FastAPI's background, in a thread of its own, and
tells its progress to a channel. Only whoever has started it may watch; who
reloads the page, or comes back later, gets the newest state at once.
"""

import secrets
from pathlib import Path
from time import sleep
from typing import Annotated

from fastapi import BackgroundTasks, Cookie, Depends, FastAPI, Response
from fastapi.staticfiles import StaticFiles

from hubbub import Client, Hub, Namespace

PAGES = Path(__file__).parent / "pages"
STEPS = ("reading", "resizing", "compressing", "writing")
PAUSE = 0.05

Session = Annotated[str, Cookie(alias="job_session")]

owners: dict[str, str] = {}
"""Whose each job is."""

hub = Hub(
    [
        Namespace(
            "job",
            history_size=1,
            history_ttl=3600,
            force_recovery=True,
            force_recovery_mode="cache",
            auto_cache_recover=True,
        )
    ]
)
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)


def session(response: Response, job_session: Session = "") -> str:
    """The browser's own secret, made at its first request."""
    if not job_session:
        job_session = secrets.token_urlsafe()
        response.set_cookie("job_session", job_session, httponly=True)
    return job_session


@app.post("/jobs", status_code=202)
def start(
    owner: Annotated[str, Depends(session)], background: BackgroundTasks
) -> dict[str, str]:
    """Begin a job, and answer at once."""
    job = secrets.token_hex(8)
    owners[job] = owner
    background.add_task(work, job)
    return {"job": job}


def work(job: str) -> None:
    """What takes its time; it knows nothing of who watches."""
    for step in STEPS:
        for percent in range(0, 100, 5):
            tell(job, step, percent)
            sleep(PAUSE)
    tell(job, "done", 100)


def tell(job: str, step: str, percent: int) -> None:
    """From a thread: the newest state alone is kept."""
    state = {"step": step, "percent": percent}
    hub.from_thread(hub.publish(f"job:{job}", state))


@hub.on_connect
async def who(job_session: Session = "") -> str:
    """The same cookie comes with the WebSocket's request."""
    return job_session


@hub.on_subscribe("job:{job}")
async def may_watch(client: Client, job: str) -> bool:
    """One's own jobs."""
    return bool(client.user) and owners.get(job) == client.user


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "job", html=True))
