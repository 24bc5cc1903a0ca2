// The book as it stands, and how much of it went over the wire.

import { Network, connect } from "./shared/channels.js";

const network = new Network();
const client = connect(document.querySelector("#state"), { network });
const book = client.newSubscription("book:HUB", { delta: "fossil" });
book.on("publication", ({ data }) => {
  document.querySelector("#trades").textContent = data.trades.toLocaleString("en");
  fill("#bids", data.bids);
  fill("#asks", data.asks);
  tellSaved();
});
book.subscribe();

function fill(id, levels) {
  const rows = levels.map(([price, size]) => {
    const row = document.createElement("tr");
    for (const text of [(price / 100).toFixed(2), size]) row.insertCell().textContent = text;
    row.lastChild.style.setProperty("--share", `${size / 5}%`);
    return row;
  });
  document.querySelector(`${id} tbody`).replaceChildren(...rows);
}

function tellSaved() {
  const { bytesDecoded, bytesReceived, compressionRatio } = book.deltaStats();
  document.querySelector("#published").textContent = kilobytes(bytesDecoded);
  document.querySelector("#received").textContent = kilobytes(bytesReceived);
  document.querySelector("#saved").textContent = `${Math.round(compressionRatio * 100)} %`;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} kB`;
}

const cut = document.querySelector("#cut");
cut.addEventListener("click", () => {
  if (network.isCut) network.heal();
  else network.cut();
  cut.setAttribute("aria-pressed", network.isCut);
  cut.textContent = network.isCut ? "Mend the network" : "Cut the network";
});
