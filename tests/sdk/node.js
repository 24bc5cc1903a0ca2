// The host of the driver in Node: a call a line comes in, an answer or an event a line goes out.
const path = require("node:path");
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

globalThis.tell = (event) => say({ event });
require(path.resolve(process.argv[2]));
require("./driver.js");

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { number, call } = JSON.parse(line);
    say({ number, answer: await drive(...call) });
  })
  .on("close", () => process.exit());
