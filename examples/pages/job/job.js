// Starts a job and watches it; after a reload, the one that was watched.

import { connect } from "./shared/channels.js";

const [start, step, bar] = ["#start", "#step", "#bar"].map((id) => document.querySelector(id));
const KEY = "hubbub-job";
let client, watched;

start.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch("jobs", { method: "POST" });
    watch((await answer.json()).job);
  } catch {
    show({ step: "the server is away", percent: 0 });
  }
});

function watch(job) {
  sessionStorage.setItem(KEY, job);
  client ??= connect(document.querySelector("#state")); // now, for the first answer brought the cookie
  if (watched) client.removeSubscription(watched);
  watched = client.newSubscription(`job:${job}`);
  watched.on("publication", ({ data }) => show(data));
  watched.on("unsubscribed", ({ code, reason }) => code && show({ step: `${code}: ${reason}`, percent: 0 }));
  watched.subscribe();
}

function show(state) {
  step.textContent = state.step;
  bar.value = state.percent;
}

const before = sessionStorage.getItem(KEY);
if (before) watch(before);
