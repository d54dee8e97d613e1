// The room as the server last told it. Each change carries a revision; a gap means that something was missed.
const RANK = { owner: 3, host: 2, moderator: 1, member: 0 };

export class RoomState extends EventTarget {
  revision = 0;
  room = {};
  seats = [];
  hands = [];
  staff = false; // of the house: above everybody

  constructor(you) {
    super();
    this.you = you;
  }

  /** Everything, from a join or a sync. */
  load({ revision, room, seats, hands, you, moderates = this.moderates }) {
    Object.assign(this, { revision, room, seats: [...seats].sort((a, b) => a.index - b.index), hands, moderates });
    if (you) Object.assign(this.you, you);
    if (room.you_role) this.you.role = room.you_role;
    this.#tell([]);
  }

  /** A part. Answers false if one before it was missed. */
  change({ revision, room, seats = [], hands, people = [] }) {
    if (revision <= this.revision) return true;
    if (revision > this.revision + 1) return false;
    this.revision = revision;
    if (room) this.room = { ...this.room, ...room };
    const standing = ({ index }) => index < (this.room.seat_count ?? Infinity);
    const before = new Map(this.seats.map((seat) => [seat.index, seat]));
    const changed = seats.map((seat) => [before.get(seat.index), seat]);
    this.seats = [...new Map([...before, ...seats.map((seat) => [seat.index, seat])]).values()].filter(standing).sort((a, b) => a.index - b.index);
    const raised = hands?.filter((hand) => !this.hands.some((old) => old.person.id === hand.person.id)) ?? [];
    if (hands) this.hands = hands;
    for (const person of people) this.#person(person);
    this.#tell(changed, raised, people);
    return true;
  }

  seatOf(user) { return this.seats.find((seat) => seat.person?.id === user) ?? null; }
  seatOfTab(tab) { return this.seats.find((seat) => seat.tab === tab) ?? null; }
  get mine() { return this.seatOf(this.you.id); }
  get raised() { return this.hands.findIndex((hand) => hand.person.id === this.you.id) + 1; }
  get freeSeat() { return this.seats.find((seat) => !seat.person && !seat.locked) ?? null; }
  get rank() { return this.staff ? RANK.owner + 1 : this.moderates ? Math.max(RANK[this.you.role] ?? 0, 1) : RANK[this.you.role] ?? 0; }
  get keepsOrder() { return this.rank >= RANK.moderator; }
  get runs() { return this.rank >= RANK.host; }
  get owns() { return this.rank >= RANK.owner; }
  above(person) { return person.id !== this.you.id && this.rank > (RANK[person.role] ?? 0); }
  mayWrite(user = this.you.id) { return !this.room.chat_muted?.includes(user) || (user === this.you.id && this.keepsOrder); }
  get mayTake() { return this.room.seat_mode !== "apply" || this.keepsOrder; }

  #person(person) {
    if (person.id === this.you.id) Object.assign(this.you, person);
    this.seats = this.seats.map((seat) => (seat.person?.id === person.id ? { ...seat, person } : seat));
    this.hands = this.hands.map((hand) => (hand.person.id === person.id ? { ...hand, person } : hand));
  }

  #tell(changed, raised = [], people = []) { this.dispatchEvent(new CustomEvent("change", { detail: { changed, raised, people } })); }
}
