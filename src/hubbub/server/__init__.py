"""How uvicorn is made to serve sockets natively: the front door, the take-over, the drain, and the command that starts it."""
