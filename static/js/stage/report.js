// Reporting somebody to the people who run the site. Who is reported hears nothing of it.
import { el } from "../dom.js";
import { words } from "../room_strings.js";
import { fill, select, toast } from "../ui.js";

/** Asks what happened, and reports it. ``message``: the id of the message it is about. */
export async function report(person, run, limits, message = null) {
  const text = el("textarea", { rows: 3, maxlength: limits.report_length, dir: "auto" });
  const reason = select({ "": words.choose, ...words.reportReasons }, "");
  reason.required = true;
  const fields = [["reason", words.reportReason(), reason], ["text", words.reportText(), text]];
  const filled = await fill({ title: words.reportTitle(person.name), text: words.reportWhy(), fields, yes: words.reportDo(), danger: true });
  if (filled && (await run("member:report", person.id, filled.reason, filled.text.trim(), message))) toast(words.reported());
}
