// node cell.js <version> <transport> <url> [check ...]: run the checks, print one line of JSON for each.
"use strict";

const { Link, chooseParser } = require("./link.js");
const { checks } = require("./checks.js");

const LIMIT = Number(process.env.CHECK_SECONDS || 20) * 1000;
const [version, transport, url, ...wanted] = process.argv.slice(2);

function applies({ title, since = 1, only = transport }) {
  return Number(version) >= since && only === transport && (!wanted.length || wanted.includes(title));
}

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished in ${LIMIT / 1000} seconds`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function run({ title, body }) {
  const link = new Link(Number(version), transport, url);
  const started = Date.now();
  const result = { check: title, ok: true };
  try {
    await limited(body(link));
  } catch (error) {
    Object.assign(result, { ok: false, error: String(error.stack || error) });
  }
  link.release();
  console.log(JSON.stringify({ ...result, seconds: (Date.now() - started) / 1000 }));
}

async function main() {
  await chooseParser();
  const mine = checks.filter(applies);
  const idle = mine.filter((check) => check.aside).map(run); // they only wait: beside the others
  for (const check of mine.filter((check) => !check.aside)) await run(check);
  await Promise.all(idle);
  process.exit(0);
}

main();
