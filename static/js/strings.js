// Every word that the scripts say, in one place; Django's catalogue (/words.js) translates it. Whole sentences, never joined parts.
const { gettext, ngettext, interpolate } = window;

export const say = {
  lost: (seconds) => interpolate(ngettext("The connection is gone. Trying again in %s second.", "The connection is gone. Trying again in %s seconds.", seconds), [seconds]),
  retrying: () => gettext("The connection is gone. Trying again now…"),
  restarts: (seconds) => interpolate(ngettext("The server is restarting. Trying again in %s second.", "The server is restarting. Trying again in %s seconds.", seconds), [seconds]),
  restartsNow: () => gettext("The server is restarting. Trying again now…"),
  offline: () => gettext("Your device is offline. What you write is sent when it is back."),
  retryNow: () => gettext("Try now"),
  back: () => gettext("You are connected again."),
  caughtUp: (n) => interpolate(ngettext("You are connected again, and caught up with %s message.", "You are connected again, and caught up with %s messages.", n), [n]),
  loadedAnew: () => gettext("You are connected again. You missed a lot, so the conversation was loaded anew."),
  noClient: () => gettext("A part of this page did not load. Please reload it."),

  summary: (rooms, people) => interpolate(gettext("%s, %s"), [
    interpolate(ngettext("%s room", "%s rooms", rooms), [rooms]),
    people ? interpolate(ngettext("%s person inside", "%s people inside", people), [people]) : gettext("nobody inside right now"),
  ]),
  searching: () => gettext("Searching all rooms…"),
  matches: (n) => interpolate(ngettext("%s room matches", "%s rooms match", n), [n]),
  shownOnly: (n) => interpolate(gettext("These are %s rooms. Search to find the others."), [n]),
  hereOf: (n, limit) => interpolate(gettext("%s of %s here"), [n, limit]),
  here: (n) => interpolate(ngettext("%s here", "%s here", n), [n]),
  nobody: () => gettext("Nobody inside right now"),
  unread: (n) => interpolate(ngettext("%s unread message", "%s unread messages", n), [n]),
  full: () => gettext("Full"),
  privateRoom: () => gettext("Private room"),
  lockedRoom: () => gettext("Locked"),
  needsPassword: () => gettext("With a password"),
  said: (name, text) => interpolate(gettext("%s: %s"), [name, text]),
  quiet: () => gettext("Nothing said yet"),

  you: () => gettext("You"),
  roles: {
    owner: () => gettext("Owner"),
    host: () => gettext("Host"),
    moderator: () => gettext("Moderator"),
    member: () => "",
  },
  entered: (names) => names.length === 1 ? interpolate(gettext("%s came in."), names) : interpolate(gettext("%s people came in."), [names.length]),
  left: (names) => names.length === 1 ? interpolate(gettext("%s left."), names) : interpolate(gettext("%s people left."), [names.length]),
  typing: (names) => {
    if (names.length === 0) return "";
    if (names.length === 1) return interpolate(gettext("%s is typing…"), names);
    if (names.length === 2) return interpolate(gettext("%s and %s are typing…"), names);
    if (names.length === 3) return interpolate(gettext("%s, %s and %s are typing…"), names);
    return gettext("Several people are typing…");
  },

  today: () => gettext("Today"),
  yesterday: () => gettext("Yesterday"),
  newMessages: () => gettext("New"),
  pill: (n) => interpolate(ngettext("%s new message", "%s new messages", n), [n]),
  toBottom: () => gettext("Latest messages"),
  sending: () => gettext("Sending…"),
  waiting: () => gettext("Waiting for the connection…"),
  retry: () => gettext("Send again"),
  discard: () => gettext("Discard"),
  remove: () => gettext("Delete this message"),
  report: () => gettext("Report this message"),
  edit: () => gettext("Change this message"),
  reactTo: () => gettext("React to this message"),
  reactedBy: (emoji, n) => interpolate(ngettext("%s from %s person", "%s from %s people", n), [emoji, n]),
  edited: () => gettext("(changed)"),
  deleted: () => gettext("This message was deleted."),
  left_over: (n) => interpolate(ngettext("%s character left", "%s characters left", n), [n]),

  problems: {
    empty: () => gettext("There is nothing to send."),
    too_late: () => gettext("It was said too long ago to change it. Say it again."),
    too_long: () => gettext("This message is too long. Send it in two."),
    too_fast: () => gettext("That was quick. Wait a moment, then send it again."),
    chat_muted: () => gettext("A host does not let you write here at the moment."),
    forbidden: () => gettext("Only its author and the moderators can do that."),
    not_found: () => gettext("It is not there any more."),
    timeout: () => gettext("The server did not answer in time."),
    other: () => gettext("That did not work. Please try again."),
  },
  endings: {
    closed: () => [gettext("This room is closed"), gettext("Its owner ended it. There are others.")],
    banned: () => [gettext("You were banned from this room"), gettext("If you think that this is a mistake, write to its owner.")],
    kicked: () => [gettext("A host sent you out"), gettext("You can come back, if you behave as they wish.")],
    locked: () => [gettext("This room is locked"), gettext("Ask somebody inside for an invite link, or come back later.")],
    no_guests: () => [gettext("This room takes no guests"), gettext("Create an account and come back.")],
    private: () => [gettext("This room is private"), gettext("Ask its owner to add you.")],
    full: () => [gettext("This room is full"), gettext("Come back in a while, or go to another one.")],
    not_found: () => [gettext("There is no such room"), gettext("The address may have changed, or the room is gone.")],
    other: () => [gettext("You are not in this room any more"), gettext("Reload the page to come back in.")],
  },
};

/** The sentence for an error code. */
export const problem = (code) => (Object.hasOwn(say.problems, code) ? say.problems[code]() : coded(say.problems.other(), code));
/** A sentence with the code that somebody who helps would ask for. */
export const coded = (sentence, code) => (/^[a-z_]{2,30}$/.test(code) ? `${sentence} (${code})` : sentence);
/** [title, text] for why a room ended for this person. */
export const ending = (code) => (Object.hasOwn(say.endings, code) ? say.endings[code] : say.endings.other)();
