"""The least that takes JSON and gives JSON, as found anywhere: a Starlette endpoint, held against the hub's API."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def publish(request: Request) -> JSONResponse:
    """Reads, does nothing, answers."""
    said = await request.json()
    return JSONResponse({"result": {"offset": len(said), "epoch": "abcd"}})


app = Starlette(routes=[Route("/api/publish", publish, methods=["POST"])])
