// The dashboard's page: every message is a list of samples, the first of them the last minute. Charts are drawn by hand.

import { Connection } from "./shared/connection.js";

const SECONDS = 60;
const SVG = "http://www.w3.org/2000/svg";
const percent = (value) => `${value.toFixed(0)} %`;
const rate = (value) => (value < 1e6 ? `${(value / 1e3).toFixed(1)} kB/s` : `${(value / 1e6).toFixed(1)} MB/s`);
const whole = (value) => value.toFixed(0);

// One figure over the last minute: an area under a line, and the newest value in words.
class Chart {
  constructor(place, key, name, words, top) {
    Object.assign(this, { key, name, words, top });
    const figure = document.createElement("figure");
    this.picture = svg("svg", { class: "chart", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" });
    this.area = svg("polygon", { class: "area" });
    this.line = svg("polyline", { class: "line" });
    this.picture.append(this.area, this.line);
    const caption = document.createElement("figcaption");
    this.value = document.createElement("b");
    caption.append(name, this.value);
    figure.append(this.picture, caption);
    place.append(figure);
  }

  draw(samples) {
    const end = samples.at(-1).at;
    const top = this.top ?? 1.15 * Math.max(1, ...samples.map((sample) => sample[this.key]));
    const points = samples.map((sample) => {
      const x = 100 - ((end - sample.at) / SECONDS) * 100;
      return `${x.toFixed(2)},${(100 - (sample[this.key] / top) * 96).toFixed(2)}`;
    });
    this.line.setAttribute("points", points.join(" "));
    this.area.setAttribute("points", `${points[0].split(",")[0]},100 ${points.join(" ")} 100,100`);
    this.value.textContent = this.words(samples.at(-1)[this.key]);
    this.picture.setAttribute("aria-label", `${this.name}: ${this.value.textContent}, ${samples.length} samples`);
  }
}

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const place = document.querySelector("#charts");
const charts = [
  new Chart(place, "cpu", "Processor", percent, 100),
  new Chart(place, "memory", "Memory", percent, 100),
  new Chart(place, "received", "Network in", rate),
  new Chart(place, "sent", "Network out", rate),
  new Chart(place, "viewers", "Viewers", whole),
];
let samples = [];

const link = document.querySelector("#link");
const connection = new Connection("figures", document.querySelector("#state"), {
  opened: () => (samples = []), // the last minute comes anew
  received: (text) => {
    samples.push(...JSON.parse(text));
    if (!samples.length) return;
    const oldest = samples.at(-1).at - SECONDS;
    samples = samples.filter((sample) => sample.at >= oldest);
    for (const chart of charts) chart.draw(samples);
  },
  changed: (state) => {
    link.textContent = state === "closed" ? "Reconnect" : "Close";
    link.disabled = state === "closing";
  },
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();
