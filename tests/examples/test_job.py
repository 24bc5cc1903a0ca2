"""A job's progress, by the published Python SDK with the browser's cookie: to the end, for its owner alone, late or not."""

from __future__ import annotations

from aiohttp import ClientSession

from tests.sdk.python import PythonClient, PythonSdk
from tests.serving import Server

PATH = "/connection/websocket"


async def begin(job: Server, session: ClientSession) -> tuple[str, dict[str, str]]:
    """A job has begun; its channel, and the headers of the browser that began it."""
    async with session.post(job.url("/jobs", "http")) as answer:
        assert answer.status == 202
        begun = (await answer.json())["job"]
        return f"job:{begun}", {"Cookie": f"job_session={answer.cookies['job_session'].value}"}


async def browser(people: PythonSdk, job: Server, headers: dict[str, str]) -> PythonClient:
    """Connected with a browser's cookie."""
    return await people.connect(job.url(PATH), headers=headers)


async def test_a_job_is_watched_to_its_end_and_its_newest_state_is_there_later(job: Server, people: PythonSdk) -> None:
    async with ClientSession() as session:
        channel, headers = await begin(job, session)
        ears = await (await browser(people, job, headers)).subscribe(channel)
        states = await ears.data()
        while states[-1]["step"] != "done":
            states += await ears.data()
        assert [state["step"] for state in states if state["percent"] == 95][-1] == "writing"
        late = await (await browser(people, job, headers)).subscribe(channel)
        assert await late.data() == [{"step": "done", "percent": 100}]


async def test_a_job_is_its_owners_alone(job: Server, people: PythonSdk) -> None:
    async with ClientSession() as session, ClientSession() as other:
        channel, _ = await begin(job, session)
        _, headers = await begin(job, other)
        for stranger in (headers, {}):
            client = await browser(people, job, stranger)
            assert (await (await client.subscribe(channel)).until("unsubscribed"))["code"] == 103
