// node debug.js <value of DEBUG>...: prints, for each, the names of argv[2] (a JSON list) that npm's debug would show.
"use strict";

const debug = require("debug");

const [names, ...values] = process.argv.slice(2);
for (const value of values) {
  debug.enable(value);
  console.log(JSON.stringify(JSON.parse(names).filter((name) => debug.enabled(name))));
}
