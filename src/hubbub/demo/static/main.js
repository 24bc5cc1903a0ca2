// Puts life into the page. What a part of it does is in the module of its name.

import { frames } from "./frames.js";
import { navigation } from "./navigation.js";
import { pulse } from "./pulse.js";
import { sources } from "./sources.js";

frames(document.querySelectorAll("iframe"));
navigation(document.querySelector("nav"));
pulse(document.querySelector("#pulse"));
sources(document.querySelectorAll(".source"));
