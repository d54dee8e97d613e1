// QR codes (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10. Enough for an invite link.
// [codewords in all, of correction per block, blocks] by version, for level M (table 9).
const VERSIONS = [null, [26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2], [172, 16, 4], [196, 18, 4], [242, 22, 4], [292, 22, 5], [346, 26, 5]];
const ALIGNMENT = [null, [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];
const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3), (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let n = 0, value = 1; n < 255; n++) {
  EXP[n] = EXP[n + 255] = value;
  LOG[value] = n;
  value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

/** The correction codewords of a block: the remainder by the generator polynomial. */
function correction(data, count) {
  let generator = [1];
  for (let n = 0; n < count; n++) generator = [...generator, 0].map((value, k) => value ^ times(k ? generator[k - 1] : 0, EXP[n]));
  const rest = [...data, ...new Array(count).fill(0)];
  for (let n = 0; n < data.length; n++) {
    const factor = rest[n];
    generator.forEach((value, k) => { rest[n + k] ^= times(value, factor); });
  }
  return rest.slice(data.length);
}

function codewords(bytes, version) {
  const [total, each, blocks] = VERSIONS[version];
  const room = total - each * blocks;
  const bits = [];
  const put = (value, length) => { for (let n = length - 1; n >= 0; n--) bits.push((value >> n) & 1); };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data = [];
  for (let n = 0; n < bits.length; n += 8) data.push(parseInt(bits.slice(n, n + 8).join(""), 2));
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad);
  const short = Math.floor(room / blocks);
  const long = room % blocks; // the last blocks have one more
  const parts = [];
  for (let n = 0, from = 0; n < blocks; n++) {
    const size = short + (n >= blocks - long ? 1 : 0);
    parts.push(data.slice(from, from + size));
    from += size;
  }
  const woven = (rows) => Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, n) => rows.filter((row) => n < row.length).map((row) => row[n])).flat();
  return [...woven(parts), ...woven(parts.map((part) => correction(part, each)))];
}

function remainder(value, generator, bits) {
  let rest = value << bits;
  for (let n = 31 - Math.clz32(rest); n >= bits; n = 31 - Math.clz32(rest)) rest ^= generator << (n - bits);
  return (value << bits) | rest;
}

function frame(version) {
  const size = version * 4 + 17;
  const cells = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (x, y, dark) => { if (cells[y]?.[x] !== undefined) cells[y][x] = Boolean(dark); };
  for (const [left, top] of [[0, 0], [size - 7, 0], [0, size - 7]]) {
    for (let y = -1; y < 8; y++) for (let x = -1; x < 8; x++) {
      const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
      set(left + x, top + y, ring !== 2 && ring < 4);
    }
  }
  const places = ALIGNMENT[version];
  for (const cy of places) for (const cx of places) {
    if (cells[cy][cx] !== null) continue;
    for (let y = -2; y < 3; y++) for (let x = -2; x < 3; x++) set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
  }
  for (let n = 8; n < size - 8; n++) {
    cells[6][n] ??= n % 2 === 0;
    cells[n][6] ??= n % 2 === 0;
  }
  format(cells, 0);
  if (version >= 7) {
    const bits = remainder(version, 0x1f25, 12);
    for (let n = 0; n < 18; n++) {
      const [a, b] = [Math.floor(n / 3), (n % 3) + size - 11];
      cells[a][b] = cells[b][a] = Boolean((bits >> n) & 1);
    }
  }
  return cells;
}

function format(cells, mask) { // level M is 00
  const size = cells.length;
  const bits = remainder(mask, 0x537, 10) ^ 0x5412;
  const bit = (n) => Boolean((bits >> n) & 1);
  for (let n = 0; n < 15; n++) {
    cells[n < 6 ? n : n < 8 ? n + 1 : size - 15 + n][8] = bit(n);
    cells[8][n < 8 ? size - 1 - n : n === 8 ? 7 : 14 - n] = bit(n);
  }
  cells[size - 8][8] = true;
}

function fillIn(cells, words, mask) {
  const size = cells.length;
  const bits = words.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((n) => (word >> n) & 1));
  let at = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let n = 0; n < size; n++) for (const x of [right, right - 1]) {
      const y = up ? size - 1 - n : n;
      if (cells[y][x] === null) cells[y][x] = Boolean((bits[at++] ?? 0) ^ (MASKS[mask](x, y) === 0));
    }
  }
  format(cells, mask);
  return cells;
}

/** Runs, blocks and balance: the lower, the easier to read. */
function penalty(cells) {
  const size = cells.length;
  let sum = 0;
  for (const lines of [cells, cells.map((_, x) => cells.map((row) => row[x]))]) {
    for (const line of lines) {
      const text = line.map(Number).join("");
      for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
      sum += 40 * (text.match(/(?=10111010000|00001011101)/g) ?? []).length;
    }
  }
  for (let y = 1; y < size; y++) for (let x = 1; x < size; x++) if (cells[y][x] === cells[y - 1][x] && cells[y][x] === cells[y][x - 1] && cells[y][x] === cells[y - 1][x - 1]) sum += 3;
  const dark = cells.flat().filter(Boolean).length / (size * size);
  return sum + 10 * Math.floor(Math.abs(dark - 0.5) * 20);
}

/** Rows of cells, true for dark; null if the text is too long. */
export function qr(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = VERSIONS.findIndex((one, n) => one && bytes.length + (n < 10 ? 2 : 3) <= one[0] - one[1] * one[2]);
  if (version < 0) return null;
  const words = codewords(bytes, version);
  const candidates = MASKS.map((_, mask) => fillIn(frame(version), words, mask));
  return candidates.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}
