/** What a content may say to who decodes it: each view undoes one habit of writing bytes. */
import { constants, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';

export interface View {
  /** How it was decoded; empty for the content as it is. */
  readonly name: string;
  readonly content: Buffer;
}

/** Shorter runs can't hold half a key, which has 16 bytes. */
const SHORTEST_BASE64 = 22;

/** A payload in an archive, or the other way round: deeper nesting nobody has here. */
const DEEPEST = 2;

/** The content itself, and everything that is found in it. */
export function viewsOf(content: Buffer, depth = 0): View[] {
  const views = [{ name: '', content }];
  for (const [name, decode] of DECODERS) {
    for (const decoded of decode(content)) {
      if (decoded.length === 0 || decoded.equals(content)) continue;
      // What was only written in another way is a text still; what was packed may hold anything.
      const inner =
        PACKED.has(name) && depth + 1 < DEEPEST
          ? viewsOf(decoded, depth + 1)
          : [{ name: '', content: decoded }];
      for (const view of inner)
        views.push({ name: view.name === '' ? name : `${view.name} in ${name}`, content: view.content });
    }
  }
  return views;
}

type Decoder = (content: Buffer) => Buffer[];
type Inflate = (content: Buffer, options: ZlibOptions) => Buffer;

const DECODERS: readonly (readonly [string, Decoder])[] = [
  ['lines', (content) => [withoutLineBreaks(content)]],
  ['JSON or C escapes', (content) => [unescaped(content, /\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\(\/)/gi)]],
  ['percent escapes', (content) => [unescaped(content, /%([0-9a-f]{2})/gi)]],
  ['UTF-16', (content) => [withoutZeros(content)]],
  ['base64', base64Runs],
  ['gzip', (content) => streamsAt(content, Buffer.from([0x1f, 0x8b, 0x08]), inflateGzipMember)],
  ['zlib', (content) => ZLIB_HEADERS.flatMap((header) => streamsAt(content, header, inflateSync))],
  ['zip', (content) => streamsAt(content, Buffer.from('PK\u0003\u0004', 'latin1'), inflateZipEntry)],
];

const PACKED = new Set(['base64', 'gzip', 'zlib', 'zip']);

const ZLIB_HEADERS = [0x01, 0x5e, 0x9c, 0xda].map((level) => Buffer.from([0x78, level]));

/** Also those that a text in JSON has as `\n`. */
function withoutLineBreaks(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replace(/(?:\\r|\\n|[\r\n\t ])+/g, ''), 'latin1');
}

function unescaped(content: Buffer, escape: RegExp): Buffer {
  const text = content.toString('latin1');
  if (!escape.test(text)) return content;
  escape.lastIndex = 0;
  const decode = (whole: string, ...codes: (string | undefined)[]) => {
    const code = codes.slice(0, -2).find((each) => typeof each === 'string');
    if (code === undefined || code === '/') return '/';
    const value = parseInt(code, 16);
    return value <= 0xff ? String.fromCharCode(value) : whole;
  };
  return Buffer.from(text.replace(escape, decode), 'latin1');
}

/** Both byte orders at once: what is left of Latin text is the text. */
function withoutZeros(content: Buffer): Buffer {
  return Buffer.from(content.filter((byte) => byte !== 0));
}

/** A text that was encoded as a whole has the key at any of four places of its alphabet's groups. */
function base64Runs(content: Buffer): Buffer[] {
  const text = content.toString('latin1');
  const runs = text.match(new RegExp(`[A-Za-z0-9+/_-]{${SHORTEST_BASE64},}`, 'g')) ?? [];
  const joined = [0, 1, 2, 3].map((skip) =>
    Buffer.concat(runs.map((run) => Buffer.concat([Buffer.from(run.slice(skip), 'base64'), Buffer.of(0)]))),
  );
  return joined;
}

function streamsAt(content: Buffer, header: Buffer, inflate: Inflate): Buffer[] {
  const streams: Buffer[] = [];
  for (let at = content.indexOf(header); at >= 0; at = content.indexOf(header, at + 1)) {
    try {
      // A stream may be cut off; what came before is of use.
      streams.push(inflate(content.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch {
      continue; // not a stream, although two bytes look like one
    }
  }
  return streams;
}

/** Its header has ten bytes, and behind them what the flags say (RFC 1952, 2.3); what follows the member is no matter. */
function inflateGzipMember(member: Buffer, options: ZlibOptions): Buffer {
  const flags = member.readUInt8(3);
  let start = 10;
  if (flags & 4) start += 2 + member.readUInt16LE(start);
  for (const text of [8, 16]) if (flags & text) start = member.indexOf(0, start) + 1;
  if (flags & 2) start += 2;
  return inflateRawSync(member.subarray(start), options);
}

/** Local file header: lengths of name and extra field at 26 and 28 (APPNOTE.TXT 4.3.7). */
function inflateZipEntry(entry: Buffer, options: ZlibOptions): Buffer {
  return inflateRawSync(entry.subarray(30 + entry.readUInt16LE(26) + entry.readUInt16LE(28)), options);
}
