// The board: lines in pieces, each with an id of its own, drawn here at once and sent a few times a second.
// What the server has not told back yet is sent again after a reconnect: the document takes each piece once.

import { Connection } from "./shared/connection.js";

const PAUSE = 60; // milliseconds between two pieces of a line
const STEP = 20; // of the pen, by key
const WIDTH = 1000;
const HEIGHT = 600;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const [board, lines, pen, link, undo, clear, count] = ["board", "lines", "pen", "link", "undo", "clear", "count"].map((id) =>
  document.getElementById(id),
);
const me = crypto.randomUUID?.().slice(0, 8) ?? String(Math.random()).slice(2, 10);
const pieces = new Map(); // by id, what is on the board
const untold = new Map(); // by id, what the server has not told back
const mine = []; // the ids of each of my lines
let line = null; // the one that is being drawn
let at = [WIDTH / 2, HEIGHT / 2]; // the pen that keys move

const connection = new Connection("ws", document.querySelector("#state"), {
  opened: () => {
    wipe([...pieces.keys()].filter((id) => !untold.has(id))); // the whole board comes now
    if (untold.size) send({ draw: Object.fromEntries(untold) });
  },
  received: (text) => {
    const { draw = {}, wipe: wiped = [], full = false } = JSON.parse(text);
    for (const [id, piece] of Object.entries(draw)) show(id, piece);
    wipe(wiped);
    for (const id of [...Object.keys(draw), ...wiped]) untold.delete(id);
    if (full) refuse();
    tell(full ? "The board is full: wipe it to go on." : undefined);
  },
  changed: (state) => {
    link.textContent = state === "closed" ? "Reconnect" : "Close";
    link.disabled = state === "closing";
    undo.disabled = clear.disabled = state !== "open"; // what is wiped away must be known to all
    tell();
  },
});

const send = (change) => connection.send(JSON.stringify(change));

function show(id, { ink, points }) {
  if (pieces.has(id) || typeof points !== "string") return;
  const piece = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  piece.dataset.ink = Number(ink);
  piece.setAttribute("points", points);
  lines.append(piece);
  pieces.set(id, piece);
}

function wipe(ids) {
  for (const id of ids) {
    pieces.get(id)?.remove();
    pieces.delete(id);
  }
}

function refuse() {
  wipe(untold.keys());
  untold.clear();
}

function tell(text) {
  const waiting = untold.size && !connection.isOpen ? `, ${untold.size} to be sent` : "";
  count.textContent = text ?? (pieces.size ? `${pieces.size} pieces${waiting}` : "empty");
}

// Drawing: by finger, mouse or pen, and by key

function begin(point) {
  line = { ink: Number(document.querySelector("[name=ink]:checked").value), points: [point, point], sent: performance.now() };
  mine.push([]);
}

function go(point) {
  line.points.push(point);
  if (performance.now() - line.sent > PAUSE) flush();
}

function flush() {
  if (line.points.length < 2) return;
  const id = `${me}.${mine.length}.${mine.at(-1).length}`;
  const piece = { ink: line.ink, points: line.points.map((point) => point.join()).join(" ") };
  mine.at(-1).push(id);
  untold.set(id, piece);
  show(id, piece);
  send({ draw: { [id]: piece } });
  line.points = [line.points.at(-1)];
  line.sent = performance.now();
  tell();
}

function end() {
  if (line) flush();
  line = null;
}

function place({ clientX, clientY }) {
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(board.getScreenCTM().inverse());
  return inside([x, y]);
}

const inside = ([x, y]) => [Math.round(Math.min(Math.max(x, 0), WIDTH)), Math.round(Math.min(Math.max(y, 0), HEIGHT))];

board.addEventListener("pointerdown", (event) => {
  board.setPointerCapture(event.pointerId);
  begin(place(event));
});
board.addEventListener("pointermove", (event) => {
  if (line && board.hasPointerCapture(event.pointerId)) go(place(event));
});
for (const kind of ["pointerup", "pointercancel"]) board.addEventListener(kind, end);

board.addEventListener("keydown", (event) => {
  if (event.key === " ") {
    if (line) end();
    else begin(at);
  } else if (event.key in MOVES) {
    const [dx, dy] = MOVES[event.key];
    at = inside([at[0] + dx, at[1] + dy]);
    if (line) go(at);
  } else return;
  event.preventDefault();
  showPen();
});
board.addEventListener("blur", end);

function showPen() {
  pen.classList.toggle("is-down", line !== null);
  pen.setAttribute("cx", at[0]);
  pen.setAttribute("cy", at[1]);
}

undo.addEventListener("click", () => take(mine.pop() ?? []));
clear.addEventListener("click", () => take([...pieces.keys()]));
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
showPen();
connection.open();

function take(ids) {
  wipe(ids);
  for (const id of ids) untold.delete(id);
  send({ wipe: ids });
  tell();
}
