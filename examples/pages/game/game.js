// The game's page: two bytes a move go out, a view of the world comes in 20 times a second, and is drawn between two of them.

import { Connection } from "./shared/connection.js";

const TICK = 50; // milliseconds between two views
const SIZE = 3200; // steps a side
const SIGHT = 720; // steps from edge to edge of the longer side of the field
const RECORD = 12; // bytes: number, x, y, coins

const field = document.querySelector("#field");
const score = document.querySelector("#score");
const link = document.querySelector("#link");
const pen = field.getContext("2d");

let before = null; // the view before the newest
let newest = null;

// A view: oneself first, then the players and coins near by.
function read(buffer) {
  const data = new DataView(buffer);
  const things = [];
  for (let at = 0; at < buffer.byteLength; at += RECORD) {
    things.push({
      number: data.getUint32(at, true),
      x: data.getUint16(at + 4, true),
      y: data.getUint16(at + 6, true),
      coins: data.getUint32(at + 8, true),
    });
  }
  const [self, ...near] = things;
  const players = new Map(near.filter((thing) => thing.number).map((thing) => [thing.number, thing]));
  return { at: performance.now(), self, players, coins: near.filter((thing) => !thing.number) };
}

const connection = new Connection("play", document.querySelector("#state"), {
  opened: () => (steered = "0,0"),
  received: (buffer) => {
    [before, newest] = [newest, read(buffer)];
    const words = `${newest.self.coins} ${newest.self.coins === 1 ? "coin" : "coins"}`;
    if (score.textContent !== words) score.textContent = words;
    field.dataset.x = newest.self.x;
    field.dataset.players = newest.players.size;
  },
  ended: () => ([before, newest] = [null, null]),
  changed: (state) => {
    link.textContent = state === "closed" ? "Play" : "Leave";
    link.disabled = state === "closing";
  },
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));

// Where to: by keys, or by pressing somewhere

const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  KeyA: [-1, 0], KeyD: [1, 0], KeyW: [0, -1], KeyS: [0, 1],
};
const held = new Set();
let finger = null; // where it presses, from the middle of the field, -1 to 1
let steered = "0,0";

function steer() {
  let [x, y] = finger ?? [...held].reduce(([x, y], key) => [x + KEYS[key][0], y + KEYS[key][1]], [0, 0]);
  const length = Math.max(1, Math.hypot(x, y));
  [x, y] = [Math.round((x / length) * 127), Math.round((y / length) * 127)];
  if (`${x},${y}` === steered || !connection.isOpen) return;
  steered = `${x},${y}`;
  connection.send(Int8Array.of(x, y));
}

addEventListener("keydown", (event) => {
  if (!(event.code in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  held.add(event.code);
  steer();
});
addEventListener("keyup", (event) => {
  if (held.delete(event.code)) steer();
});
addEventListener("blur", () => {
  held.clear();
  finger = null;
  steer();
});
field.addEventListener("pointerdown", (event) => {
  field.setPointerCapture(event.pointerId);
  point(event);
});
field.addEventListener("pointermove", (event) => finger && point(event));
for (const end of ["pointerup", "pointercancel"]) {
  field.addEventListener(end, () => {
    finger = null;
    steer();
  });
}

function point(event) {
  const box = field.getBoundingClientRect();
  const half = Math.min(box.width, box.height) / 4; // a quarter of the field is full speed
  finger = [(event.clientX - box.left - box.width / 2) / half, (event.clientY - box.top - box.height / 2) / half];
  steer();
}

// Drawing: a tick late, between two views, so that what moves 20 times a second looks smooth

function between(a, b, share) {
  return a && b ? { ...b, x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share } : (b ?? a);
}

let isSeen = true;
new IntersectionObserver((entries) => (isSeen = entries.at(-1).isIntersecting)).observe(field);

function draw() {
  requestAnimationFrame(draw);
  if (!isSeen) return; // in a frame out of sight: nothing is worth drawing
  fit();
  const style = getComputedStyle(field);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, field.width, field.height);
  if (!newest) return;
  const share = before ? Math.min(1, (performance.now() - newest.at) / TICK) : 1;
  const self = between(before?.self, newest.self, share);
  const scale = Math.max(field.width, field.height) / SIGHT;
  pen.setTransform(scale, 0, 0, scale, field.width / 2 - self.x * scale, field.height / 2 - self.y * scale);
  drawGround(style);
  for (const coin of newest.coins) disc(coin, 9, "#e0a000", "");
  for (const player of newest.players.values()) {
    const there = between(before?.players.get(player.number), player, share);
    const hue = (player.number * 137.5) % 360;
    disc(there, 18, `hsl(${hue} 70% 50%)`, player.coins, player.number === self.number ? style.color : "");
  }
}

function fit() {
  const [width, height] = [field.clientWidth, field.clientHeight].map((side) => Math.round(side * devicePixelRatio));
  if (field.width !== width || field.height !== height) [field.width, field.height] = [width, height];
}

function drawGround(style) {
  pen.strokeStyle = style.borderTopColor;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = 0; at <= SIZE; at += 100) {
    pen.moveTo(at, 0);
    pen.lineTo(at, SIZE);
    pen.moveTo(0, at);
    pen.lineTo(SIZE, at);
  }
  pen.stroke();
}

function disc({ x, y }, radius, fill, word, ring) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
  if (ring) {
    pen.lineWidth = 4;
    pen.strokeStyle = ring;
    pen.stroke();
  }
  if (word === "") return;
  pen.fillStyle = "#fff";
  pen.font = "600 15px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(word, x, y);
}

connection.open();
draw();
