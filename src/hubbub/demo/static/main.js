// Puts a pane into each place that asks for one. What a pane does is in the module of its name.

import { chat } from "./chat.js";
import { conversation } from "./conversation.js";
import { echo } from "./echo.js";
import { pulse } from "./pulse.js";
import { sources } from "./source.js";

const panes = { chat, conversation, echo };

for (const [kind, open] of Object.entries(panes)) {
  const template = document.querySelector(`#${kind}-pane`);
  document.querySelectorAll(`[data-${kind}]`).forEach((pane, index) => {
    pane.append(template.content.cloneNode(true));
    open(pane, pane.dataset[kind], index);
  });
}

pulse(document.querySelector("#pulse"));
sources(document.querySelectorAll(".source"));
