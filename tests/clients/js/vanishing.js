// node vanishing.js <version> <transport> <url> <tag>: connects, says so, and does nothing more, until it is killed.
"use strict";

const { Link } = require("./link.js");

const [version, transport, url, tag] = process.argv.slice(2);

async function main() {
  await new Link(Number(version), transport, url).connect("/", { query: { tag } });
  setTimeout(() => console.log("ready"), 100); // by then the next poll is waiting
}

main();
