// msgpack, as much of it as the tally needs and a little more: a reader and a writer, by hand. Knows no sockets.

const text = new TextDecoder("utf-8", { fatal: true });

// The value in `buffer`. Throws a RangeError where bytes are missing, a TypeError where they are no msgpack known here.
export function unpack(buffer) {
  const data = new DataView(buffer);
  let at = 0;
  const take = (count) => (at += count) - count;
  const string = (length) => text.decode(new Uint8Array(buffer, take(length), length));
  const list = (length) => Array.from({ length }, value);
  const map = (length) => Object.fromEntries(Array.from({ length }, () => [value(), value()]));

  function value() {
    const kind = data.getUint8(take(1));
    if (kind < 0x80) return kind;
    if (kind < 0x90) return map(kind & 15);
    if (kind < 0xa0) return list(kind & 15);
    if (kind < 0xc0) return string(kind & 31);
    if (kind >= 0xe0) return kind - 0x100;
    switch (kind) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xcb: return data.getFloat64(take(8));
      case 0xcc: return data.getUint8(take(1));
      case 0xcd: return data.getUint16(take(2));
      case 0xce: return data.getUint32(take(4));
      case 0xd0: return data.getInt8(take(1));
      case 0xd1: return data.getInt16(take(2));
      case 0xd2: return data.getInt32(take(4));
      case 0xd9: return string(data.getUint8(take(1)));
      case 0xda: return string(data.getUint16(take(2)));
      case 0xdc: return list(data.getUint16(take(2)));
      case 0xde: return map(data.getUint16(take(2)));
      default: throw new TypeError(`no value begins with 0x${kind.toString(16)} here`);
    }
  }

  const found = value();
  if (at !== buffer.byteLength) throw new TypeError(`${buffer.byteLength - at} bytes too many`);
  return found;
}

// A list of short strings, which is what a command is.
export function pack(strings) {
  const parts = strings.map((string) => new TextEncoder().encode(string));
  if (parts.length > 15 || parts.some((part) => part.length > 31)) throw new TypeError("too long for a command");
  return Uint8Array.from([0x90 | parts.length, ...parts.flatMap((part) => [0xa0 | part.length, ...part])]);
}
