// The server's pulse: it pings this page once a second and tells how long that took. Comes back by itself when it is lost.

import { Connection } from "../shared/connection.js";
import { milliseconds } from "../shared/log.js";

const KEPT = 60;
const WIDTH = 240;
const HEIGHT = 56;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

export function pulse(panel) {
  const [roundTrip, sockets] = ["#round-trip", "#sockets"].map((part) => panel.querySelector(part));
  const [badge, again] = [".state", ".reconnect"].map((part) => panel.querySelector(part));
  const trace = { line: panel.querySelector(".line"), area: panel.querySelector(".area") };
  const times = [];
  let wait = FIRST_WAIT;
  let timer = 0;

  const connection = new Connection(panel.dataset.path, badge, {
    opened: () => (wait = FIRST_WAIT),
    received: (text) => {
      const beat = JSON.parse(text);
      times.push(beat.milliseconds);
      if (times.length > KEPT) times.shift();
      roundTrip.textContent = milliseconds(beat.milliseconds);
      sockets.textContent = beat.sockets;
      draw(trace, times);
      document.querySelector(".mark").animate?.(...HOP);
    },
    ended: () => {
      roundTrip.textContent = sockets.textContent = "–";
      timer = setTimeout(() => connection.open(), wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    },
    changed: (state) => (again.hidden = state !== "closed"),
  });

  again.addEventListener("click", () => {
    clearTimeout(timer);
    connection.open();
  });
  connection.open();
}

const HOP = matchMedia("(prefers-reduced-motion: reduce)").matches
  ? [[], 0]
  : [[{ scale: 1 }, { scale: 1.08 }, { scale: 1 }], { duration: 300, easing: "ease-out" }];

function draw({ line, area }, times) {
  const top = Math.sqrt(Math.max(...times) * 1.2);
  const step = WIDTH / (KEPT - 1);
  const left = WIDTH - step * (times.length - 1);
  const height = (time) => HEIGHT - 3 - (Math.sqrt(time) / top) * (HEIGHT - 6); // by the root: one slow ping hides no other
  const points = times.map((time, n) => `${(left + n * step).toFixed(1)},${height(time).toFixed(1)}`);
  line.setAttribute("d", `M${points.join("L")}`);
  area.setAttribute("d", `M${left.toFixed(1)},${HEIGHT}L${points.join("L")}L${WIDTH},${HEIGHT}Z`);
}
