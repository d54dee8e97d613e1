// What can be done with a person, a seat and the room. The server decides again; here is only what has a chance.
import { avatar, el, icon } from "../dom.js";
import { words } from "../room_strings.js";
import { say } from "../strings.js";
import { ask, fill, menu, select, toast, toggle } from "../ui.js";
import { hasVolume } from "../voice/output.js";
import { bansDialog } from "./bans.js";
import { inviteDialog, linksDialog } from "./invite.js";
import { report } from "./report.js";
import { GLYPHS, role } from "./seats.js";

const BELOW = { owner: ["host", "moderator", "member"], host: ["moderator", "member"] };

export class Menus {
  /** ``run(event, ...args)`` sends a command and says what went wrong. */
  constructor({ state, engine, run, listeners, close, limits }) { Object.assign(this, { state, engine, run, listeners, limits, closing: close }); }

  person(person, anchor) {
    const own = person.id === this.state.you.id;
    menu({ title: person.name, head: this.#head(person), anchor, items: own ? this.#self(person) : [...this.#hearing(person), ...this.#order(person), ["flag", words.report(), () => report(person, this.run, this.limits)]] });
  }

  seat(seat, anchor, take) {
    const { index } = seat;
    const candidates = seat.locked ? [] : this.listeners().filter((person) => person.id !== this.state.you.id).slice(0, 8);
    menu({
      title: words.seat(index + 1), anchor,
      items: [
        !seat.locked && ["seat", words.sitHere(), take],
        ["lock", seat.locked ? words.unlockSeat() : words.lockSeat(), () => this.run("seat:lock", index, !seat.locked)],
        candidates.length > 0 && el("p", { class: "menu-title" }, words.inviteUp()),
        ...candidates.map((person) => this.#candidate(person)),
      ],
    });
  }

  room(anchor) {
    const { room } = this.state;
    const set = (event) => (value) => this.run(event, value);
    menu({
      title: words.roomTitle(), anchor,
      items: [
        toggle(words.lockRoom(), words.lockRoomWhy(), room.locked, set("room:lock")),
        toggle(words.applyMode(), words.applyModeWhy(), room.seat_mode === "apply", (on) => this.run("room:update", { seat_mode: on ? "apply" : "free" })),
        toggle(words.handsOpen(), "", room.hands_open, set("hand:open")),
        this.state.runs && toggle(words.guests(), words.guestsWhy(), room.guests_allowed, (on) => this.run("room:update", { guests_allowed: on })),
        ["mic-off", words.muteAll(), () => this.run("mute:all")],
        this.state.runs && ["key", words.setPassword(), () => this.#password()],
        this.state.runs && ["gear", words.editRoom(), () => this.#edit()],
        ["ban", words.bans(), () => bansDialog(this.run)],
        ["link", words.inviteTitle(), () => inviteDialog((options) => this.run("invite:create", options), this.limits)],
        ["link", words.links(), () => linksDialog(this.run)],
        this.state.owns && this.closing && ["close", words.closeRoom(), () => { location.href = this.closing; }, "danger"],
      ],
    });
  }

  #head(person) {
    const seat = this.state.seatOf(person.id);
    const facts = [say.roles[person.role]?.(), seat && words.seat(seat.index + 1)].filter(Boolean);
    return el("div", { class: "menu-head" }, avatar(person), el("div", {}, el("b", {}, el("bdi", {}, person.name), role(person)), facts.length ? el("small", {}, facts.join(" · ")) : null));
  }

  #self() {
    const seat = this.state.mine;
    return [seat && ["leave", words.leaveSeat(), () => this.run("seat:leave")]];
  }

  #hearing(person) {
    if (!this.state.seatOf(person.id)) return [];
    const { output } = this.engine;
    const slider = el("input", { type: "range", min: 0, max: 100, step: 5, "aria-label": words.volume(), oninput: () => output.setVolume(person.id, slider.value / 100) });
    slider.value = output.volume(person.id) * 100;
    const silent = output.silenced(person.id);
    return [
      hasVolume && el("div", { class: "slider" }, icon("sound"), slider),
      [silent ? "ear" : "ear-off", silent ? words.unsilence() : words.silence(), () => output.silence(person.id, !silent)],
    ];
  }

  #order(person) {
    const { state, run } = this;
    if (!state.keepsOrder || !state.above(person)) return [];
    const seat = state.seatOf(person.id);
    const quiet = seat?.muted || seat?.mic === "off";
    const roles = (BELOW[state.rank > 2 ? "owner" : state.you.role] ?? []).filter((one) => one !== person.role);
    return [
      seat && !seat.muted && ["mic-off", words.muteThem(), () => run("seat:mute", seat.index)],
      seat && quiet && ["mic", words.askUnmute(), async () => (await run("seat:ask_unmute", seat.index)) && toast(words.asked())],
      seat && ["seat", words.unseat(), () => run("seat:kick", seat.index)],
      seat && ["lock", words.lockSeat(), () => run("seat:lock", seat.index, true)],
      !seat && ["seat", words.inviteUp(), async () => (await run("seat:invite", person.id)) && toast(words.invited())],
      ...roles.map((one) => [GLYPHS[one] ?? "people", words.make[one](), () => run("member:role", person.id, one)]),
      state.mayWrite(person.id)
        ? ["chat", words.muteChat(), () => run("chat:mute", person.id, true)]
        : ["chat", words.unmuteChat(), () => run("chat:mute", person.id, false)],
      ["leave", words.kick(), () => this.#kick(person), "danger"],
      ["ban", words.ban(), () => this.#ban(person), "danger"],
    ];
  }

  #candidate(person) {
    const button = el("button", { type: "button", class: "item", onclick: async () => {
      button.closest("dialog").close();
      if (await this.run("seat:invite", person.id)) toast(words.invited());
    } }, avatar(person), el("bdi", {}, person.name));
    return button;
  }

  async #kick(person) {
    if (await ask({ title: words.kickTitle(person.name), text: words.kickText(), yes: words.kick(), danger: true })) this.run("member:kick", person.id);
  }

  async #ban(person) {
    const fields = [["minutes", words.banFor(), select(words.banTimes, 60)], ["reason", words.reason(), el("input", { maxlength: 200, autocomplete: "off" })]];
    const filled = await fill({ title: words.banTitle(person.name), text: words.banText(), fields, yes: words.banDo(), danger: true });
    if (filled) this.run("member:ban", person.id, Number(filled.minutes) || null, filled.reason);
  }

  async #password() {
    const text = [this.state.room.has_password && words.hasPassword(), words.passwordText()].filter(Boolean).join(" ");
    const filled = await fill({ title: words.passwordTitle(), text, fields: [["password", words.passwordTitle(), el("input", { type: "text", maxlength: this.limits.password_length, autocomplete: "off" })]], yes: words.save() });
    if (filled) this.run("room:password", filled.password || null);
  }

  async #edit() {
    const { room } = this.state;
    const control = (value, attributes) => Object.assign(el("input", attributes), { value });
    const fields = [
      ["name", words.name(), control(room.name, { maxlength: this.limits.name_length, required: true })],
      ["topic", words.topic(), control(room.topic, { maxlength: this.limits.topic_length })],
      ["seat_count", words.seatCount(), control(room.seat_count, { type: "number", min: 1, max: this.limits.most_seats, required: true })],
      ["capacity", words.capacity(), control(room.capacity, { type: "number", min: 2, max: this.limits.most_people, required: true })],
    ];
    const filled = await fill({ title: words.roomTitle(), fields, yes: words.save() });
    if (!filled) return;
    const wanted = { ...filled, seat_count: Number(filled.seat_count), capacity: Number(filled.capacity) };
    const facts = Object.fromEntries(Object.entries(wanted).filter(([fact, value]) => value !== room[fact]));
    if (Object.keys(facts).length) this.run("room:update", facts);
  }
}
