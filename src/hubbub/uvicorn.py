"""What uvicorn is given by name to serve sockets natively. Defines nothing.

    uvicorn app:app --ws hubbub.uvicorn:Protocol --http hubbub.uvicorn:FrontDoor
"""

from .server.front_door import FrontDoor
from .server.protocol import WebSocketProtocol as Protocol

__all__ = ["FrontDoor", "Protocol"]
