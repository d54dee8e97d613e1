// Runs checks one after the other, and prints one line of JSON for each.
"use strict";

const LIMIT = 10000;

/** ``check(title, body)`` adds one, ``main()`` runs them: each with a link of its own, which ``open`` makes. */
function runner(open) {
  const checks = [];

  async function run({ title, body }) {
    const link = open();
    const result = { check: title, ok: true };
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("not finished")), LIMIT)));
    try {
      await Promise.race([body(link), late]);
    } catch (error) {
      Object.assign(result, { ok: false, error: String(error.stack || error) });
    }
    clearTimeout(timer);
    link.release();
    console.log(JSON.stringify(result));
  }

  async function main() {
    for (const each of checks) await run(each);
    process.exit(0);
  }

  return { check: (title, body) => checks.push({ title, body }), main };
}

module.exports = { runner };
