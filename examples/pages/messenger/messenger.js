// The messenger: who comes in, the rooms they are in, and what is said there with or without a network.

import { Network, connect } from "./shared/channels.js";
import { element, hue } from "./shared/log.js";
import { suggestName } from "./shared/names.js";
import { Lines } from "./lines.js";
import { Menu } from "./menu.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Room } from "./room.js";

const SIGNS = { "✔️": "Agreed", "❤️": "Heart", "😂": "Laughing", "😍": "Lovely", "😮": "Astonished", "😢": "Sad" };
const OUT = 4500; // from here on a code says that one is not to come back

const $ = (id) => document.getElementById(id);
const [door, place, enter, say, log, plug, notice] = ["door", "place", "enter", "say", "log", "plug", "notice"].map($);

// Where this window sits: tabs of one browser are one person, but two frames of one page are two.
const seat = new URLSearchParams(location.search).get("seat") ?? frameElement?.title ?? "";
const network = new Network();
const menu = new Menu($("menu"));
const lines = new Lines(log, { opened: openLine, signed: sign, retried: (job) => outbox.retry(job), dropped: (job) => outbox.drop(job) });
const outbox = new Outbox({
  perform,
  isOpen: () => client?.state === "connected",
  changed: refresh,
  key: `messenger outbox ${seat}`,
});
const rooms = new Map();
let client, me, people, room;
let isNew = false;
let wasHere = false;
let backUntil = 0;

// Coming in

const token = recall();
if (token) begin(token);
else letIn();

function letIn(why = "") {
  door.hidden = false;
  place.hidden = plug.hidden = true;
  enter.elements.name.value ||= suggestName();
  $("why").value = why;
}

enter.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, moderator } = enter.elements;
  isNew = true;
  const body = JSON.stringify({ name: name.value, moderator: moderator.checked });
  try {
    const answer = await fetch("enter", { method: "POST", headers: { "content-type": "application/json" }, body });
    if (!answer.ok) throw new Error(`the server says ${answer.status}`);
    const { token } = await answer.json();
    keep(token);
    if (wasHere) location.reload();
    else begin(token);
  } catch (error) {
    $("why").value = `That did not work: ${error.message}.`;
  }
});

function begin(token) {
  door.hidden = true;
  client = connect($("state"), { network, token });
  client.on("connected", ({ data }) => welcome(data));
  client.on("publication", ({ data }) => hear(data));
  client.on("state", () => refresh());
  client.on("disconnected", ({ code, reason }) => {
    if (code < OUT) return;
    keep("");
    letIn(code === OUT ? "" : `${reason[0].toUpperCase()}${reason.slice(1)}.`);
    enter.elements.name.focus();
  });
}

function welcome(data) {
  const { name, rooms: names, read, muted } = data;
  me = data;
  if (wasHere) backUntil = Date.now() + 4000;
  else arrive(names);
  wasHere = true;
  say.elements.text.placeholder = `Say something as ${name}`;
  $("tab").href = `?seat=${encodeURIComponent(seat)}`;
  $("tab").textContent = `Another tab for ${name}`;
  hear({ read, muted });
  outbox.flush();
  setTimeout(refresh, 4100);
}

function arrive(names) {
  for (const name of names) {
    rooms.set(name, new Room(name, client, { changed: refresh, spoke: (user) => people.hasSpoken(user) }));
    const button = element("button", "", name);
    button.type = "button";
    button.append(element("span", "badge", ""));
    button.addEventListener("click", () => go(name));
    $("rooms").append(button);
  }
  place.hidden = plug.hidden = false;
  go(names[0]);
  if (isNew) say.elements.text.focus(); // else nobody has pressed anything, and the page that frames this one would scroll
}

function go(name) {
  people?.leave();
  room = rooms.get(name);
  people = new People(name, client, me.user, refresh);
  refresh();
}

// What the person is told of itself, in all its tabs

function hear({ read, muted }) {
  for (const [name, offset] of Object.entries(read ?? {})) {
    const known = rooms.get(name);
    known.read = Math.max(known.read, offset);
  }
  me.muted = muted ?? me.muted;
  refresh();
}

function markRead() {
  const isSeen = document.visibilityState === "visible" && !place.hidden && lines.isAtEnd;
  if (!isSeen || room.last <= room.read || client.state !== "connected") return;
  room.read = room.last;
  client.rpc("read", { room: room.name, offset: room.last }).catch(() => {}); // the next one says it, too
}

// What is done

async function perform({ id, room, method, data }) {
  const known = rooms.get(room);
  await known.stream.ready(); // what was missed is here now: perhaps this is among it
  if (!known.has(id)) await client.rpc(method, data);
}

function speak(text) {
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.round(Math.random() * 1e9)}`;
  outbox.add({ id: `${me.user}.${key}`, room: room.name, method: "say", data: { room: room.name, key, text } });
  people.hasSpoken(me.user);
  lines.toEnd();
}

function sign(line, sign) {
  const on = !line.signs.find((each) => each.sign === sign)?.users.includes(me.user);
  outbox.add({ room: room.name, method: "react", data: { room: room.name, to: line.id, sign, on } });
}

async function moderate(order) {
  try {
    await client.rpc("moderate", { room: room.name, ...order });
  } catch (error) {
    notice.hidden = false;
    notice.textContent = `Not done: ${error.message}.`;
  }
}

function openLine(line, button) {
  const signs = Object.entries(SIGNS).map(([each, name]) => [each, () => sign(line, each), name]);
  const remove = ["Remove message", () => moderate({ do: "remove", message: line.id })];
  menu.open(button, `What ${line.name} said`, [signs, me.moderator ? [remove, ...discipline(line)] : []]);
}

function openPerson(person, button) {
  menu.open(button, person.name, [discipline(person)]);
}

function discipline({ user, name }) {
  if (user === me.user) return [];
  return [
    [`Mute ${name} for 5 minutes`, () => moderate({ do: "mute", user })],
    [`Remove ${name}`, () => moderate({ do: "expel", user })],
  ];
}

// What is seen

let isDue = false;

function refresh() {
  if (isDue || !room) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  outbox.jobs = outbox.jobs.filter(({ id, state, room }) => state !== "sent" || (id && !rooms.get(room).has(id)));
  lines.show(room, [...room.lines.map(told), ...outbox.jobs.filter(isUnsaid).map(untold)], me.user);
  if (log.scrollHeight <= log.clientHeight) room.older();
  markRead();
  drawRooms();
  drawPeople();
  drawNotice();
  $("latest").hidden = lines.isAtEnd;
}

const told = (line) => ({ ...line, isRemoved: room.isRemoved(line.id), signs: signsOf(line.id) });

const isUnsaid = (job) => job.method === "say" && job.room === room.name && !room.has(job.id);

function untold(job) {
  const { id, at, state, why, data } = job;
  return { id, at, why, job, state, text: data.text, user: me.user, name: me.name, signs: [] };
}

// Signs as they are, and as they will be when what waits has been sent.
function signsOf(id) {
  const signs = room.signs(id);
  const waiting = outbox.jobs.filter(({ method, state, data }) => method === "react" && data.to === id && state !== "refused");
  for (const { data } of waiting) {
    const users = signs.get(data.sign) ?? new Map();
    if (data.on) users.set(me.user, me.name);
    else users.delete(me.user);
    signs.set(data.sign, users);
  }
  return [...signs].filter(([, users]) => users.size).map(([sign, users]) => ({
    sign,
    users: [...users.keys()],
    names: [...users.values()],
    isWaiting: waiting.some(({ data }) => data.sign === sign),
  }));
}

function drawRooms() {
  let all = 0;
  for (const button of $("rooms").children) {
    const name = button.firstChild.data;
    const unread = rooms.get(name).unread(me.user);
    all += unread;
    button.setAttribute("aria-current", name === room.name);
    button.lastChild.textContent = unread || "";
    button.ariaLabel = unread ? `${name}, ${unread} unread` : name;
  }
  document.title = all ? `(${all}) Messenger` : "Messenger";
  $("room-title").textContent = room.name;
}

let drawn = "";

function drawPeople() {
  const { here, typing } = people;
  const words = typing.length ? `${typing.join(", ")} ${typing.length > 1 ? "are" : "is"} typing …` : "";
  if ($("typing").value !== words) $("typing").value = words;
  if (drawn === (drawn = JSON.stringify([here, me]))) return;
  const held = document.activeElement.closest("#people li")?.dataset.user;
  $("people").replaceChildren(...here.map(drawPerson));
  if (held) ($("people").querySelector(`[data-user="${held}"] button`) ?? log).focus();
}

function drawPerson(person) {
  const made = element("li", "", "");
  made.dataset.user = person.user;
  const avatar = element("span", "avatar", [...person.name][0]);
  avatar.ariaHidden = "true";
  avatar.style.setProperty("--hue", hue(person.name));
  made.append(avatar, element("span", "name", person.user === me.user ? `${person.name} (you)` : person.name));
  if (person.moderator) made.append(element("span", "role", "moderator"));
  if (!me.moderator || person.user === me.user) return made;
  const more = element("button", "more quiet", "⋯");
  more.type = "button";
  more.ariaLabel = `Actions for ${person.name}`;
  more.addEventListener("click", () => openPerson(person, more));
  made.append(more);
  return made;
}

function drawNotice() {
  const words = noticed();
  notice.hidden = !words;
  if (notice.textContent !== words) notice.textContent = words;
}

function noticed() {
  if (me.muted > Date.now()) return `A moderator has muted you until ${new Date(me.muted).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}.`;
  if (client.state !== "connected") return "No network: what you write waits, and is sent later.";
  return Date.now() < backUntil ? "Back. What you missed is here." : "";
}

// What is pressed and typed

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = say.elements;
  const said = text.value.trim();
  text.value = "";
  if (said) speak(said);
  text.focus();
});
say.elements.text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say.requestSubmit();
});
say.elements.text.addEventListener("input", () => people.hint());
log.addEventListener("scroll", () => {
  if (log.scrollTop < 200) room.older();
  $("latest").hidden = lines.isAtEnd;
  markRead();
});
$("latest").addEventListener("click", () => {
  lines.toEnd();
  say.elements.text.focus();
});
document.addEventListener("visibilitychange", refresh);
plug.addEventListener("click", () => {
  if (network.isCut) network.heal();
  else network.cut();
  plug.setAttribute("aria-pressed", network.isCut);
  plug.textContent = network.isCut ? "Plug in" : "Unplug";
});

// Who one is, kept for all tabs of this browser

function recall() {
  try {
    return localStorage.getItem(`messenger token ${seat}`);
  } catch {
    return ""; // storage is forbidden here
  }
}

function keep(token) {
  try {
    localStorage.setItem(`messenger token ${seat}`, token);
  } catch {
    // as above
  }
}
