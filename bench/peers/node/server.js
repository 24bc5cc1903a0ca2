// The npm package `ws`: one process; /echo answers each message, /chat tells each to everyone.
// Code as in the package's own README.

import { WebSocket, WebSocketServer } from "ws";

const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const server = new WebSocketServer({ host: "127.0.0.1", port });
const everyone = new Set();

function echo(socket) {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
}

function chat(socket) {
  everyone.add(socket);
  socket.on("close", () => everyone.delete(socket));
  socket.on("message", (data, binary) => {
    for (const listener of everyone) {
      if (listener.readyState === WebSocket.OPEN) listener.send(data, { binary });
    }
  });
}

server.on("connection", (socket, request) => {
  socket.on("error", () => socket.terminate());
  (request.url === "/chat" ? chat : echo)(socket);
});
