// Who is banned from this room, and letting them in again.
import { avatar, el, moment } from "../dom.js";
import { words } from "../room_strings.js";
import { menu, takeOut, toast } from "../ui.js";

/** ``run(event, ...args)`` sends a command, and says what went wrong. */
export async function bansDialog(run) {
  const answer = await run("ban:list");
  if (answer) menu({ title: words.bansTitle(), kind: "bans", items: answer.bans.length ? answer.bans.map((ban) => row(ban, run)) : [el("p", { class: "help" }, words.noBans())] });
}

function row({ person, by, until, reason }, run) {
  const facts = [until ? words.bannedUntil(moment(until)) : words.bannedForGood(), by && words.bannedBy(by.name), reason].filter(Boolean);
  const lift = el("button", { type: "button", class: "button quiet slim", "aria-label": words.unbanWho(person.name), onclick: async () => {
    if (!(await run("member:unban", person.id))) return;
    toast(words.unbanned(person.name));
    takeOut(node, words.noBans());
  } }, words.unban());
  const node = el("div", { class: "ban" }, avatar(person), el("div", {}, el("b", {}, el("bdi", {}, person.name)), ...facts.map((fact) => el("small", { dir: "auto" }, fact))), lift);
  return node;
}
