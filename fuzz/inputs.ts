/** Inputs: examples that are changed in a few places, and everything else that bytes, texts and JSON can be. */
import fc from 'fast-check';
import { PLANTED_FORMS, PLANTED_TEXT } from './planted.js';

/** One input is at most about so long, some repetitions aside. */
const MOST_BYTES = 8_192;
const MOST_EDITS = 6;

interface Edit {
  readonly kind: 'flip' | 'set' | 'cut' | 'double' | 'insert' | 'truncate' | 'splice' | 'repeat';
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

const edit = fc.record<Edit>({
  kind: fc.constantFrom('flip', 'set', 'cut', 'double', 'insert', 'insert', 'truncate', 'splice', 'repeat'),
  at: fc.nat(MOST_BYTES),
  length: fc.oneof(fc.nat(4), fc.nat(64), fc.nat(1_024)),
  value: fc.nat(0xffff),
});

/** Bytes that parsers of many kinds stumble over. */
const GENERAL_WORDS = [
  '\0',
  '\n',
  '\r\n',
  '\ufeff',
  '\u2028',
  ' ',
  '"',
  "'",
  '\\',
  '..',
  '%00',
  '-1',
  '1e999',
  '𝟘',
];

/**
 * An example in which some bytes were changed, moved, repeated, or replaced by words of its language or planted keys.
 *
 * @param examples well-formed inputs
 * @param words what means something in that language
 */
export function mutated(examples: readonly Buffer[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  const dictionary = [...PLANTED_FORMS, ...[...GENERAL_WORDS, ...words].map((word) => Buffer.from(word))];
  return fc
    .tuple(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: MOST_EDITS }))
    .map(([example, edits]) =>
      edits
        .reduce((content, each) => apply(content, each, examples, dictionary), example)
        .subarray(0, MOST_BYTES),
    );
}

/** Mutated examples mostly, and now and then what has nothing to do with any. */
export function bytes(examples: readonly Buffer[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 8, arbitrary: mutated(examples, words) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)) },
  );
}

export function texts(examples: readonly string[], words: readonly string[] = []): fc.Arbitrary<string> {
  const raw = bytes(
    examples.map((each) => Buffer.from(each)),
    words,
  );
  return fc.oneof(
    { weight: 4, arbitrary: raw.map((content) => content.toString('utf8')) },
    { weight: 1, arbitrary: raw.map((content) => content.toString('latin1')) },
  );
}

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    65_536,
    2 ** 53,
    '',
    ' ',
    '__proto__',
    'constructor',
    '{{ x }}',
    '{name}',
  ],
  ...[
    [],
    {},
    [[]],
    { a: { b: {} } },
    ['a', 'a'],
    PLANTED_TEXT,
    [PLANTED_TEXT],
    { [PLANTED_TEXT]: PLANTED_TEXT },
  ],
];

interface Change {
  readonly at: number;
  readonly value: unknown;
  readonly how: 'replace' | 'remove' | 'rename' | 'double';
}

/** An example in which some values were replaced, removed, repeated or renamed; or any JSON at all, or no JSON. */
export function jsonTexts(examples: readonly unknown[]): fc.Arbitrary<string> {
  const change = fc.record<Change>({
    at: fc.nat(500),
    value: fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue({ maxDepth: 2 })),
    how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename', 'double'),
  });
  const changed = fc
    .tuple(fc.constantFrom(...examples), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([example, changes]) => JSON.stringify(changes.reduce(changeValue, structuredClone(example))) ?? '');
  return fc.oneof(
    { weight: 4, arbitrary: changed },
    { weight: 2, arbitrary: texts(examples.map((each) => JSON.stringify(each))) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  );
}

function apply(
  content: Buffer,
  { kind, at, length, value }: Edit,
  examples: readonly Buffer[],
  words: Buffer[],
) {
  const start = content.length === 0 ? 0 : at % content.length;
  const end = Math.min(content.length, start + length);
  const [before, piece, after] = [
    content.subarray(0, start),
    content.subarray(start, end),
    content.subarray(end),
  ];
  switch (kind) {
    case 'flip':
      return replaced(content, start, (content[start] ?? 0) ^ (1 << (value % 8)));
    case 'set':
      return replaced(content, start, value & 0xff);
    case 'cut':
      return Buffer.concat([before, after]);
    case 'double':
      return Buffer.concat([before, piece, piece, after]);
    case 'insert':
      return Buffer.concat([before, words[value % words.length]!, content.subarray(start)]);
    case 'truncate':
      return before;
    case 'splice': {
      const other = examples[value % examples.length]!;
      return Buffer.concat([before, other.subarray(at % (other.length + 1))]);
    }
    case 'repeat': {
      const unit = piece.length === 0 ? Buffer.of(value & 0xff) : piece.subarray(0, 8);
      return Buffer.concat([before, Buffer.alloc(unit.length * (value % 600), unit), after]);
    }
  }
}

function replaced(content: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(content);
  if (at < copy.length) copy[at] = byte;
  return copy;
}

interface Place {
  readonly parent: Record<PropertyKey, unknown>;
  readonly name: string;
}

function changeValue(value: unknown, { at, value: given, how }: Change): unknown {
  const other = structuredClone(given); // it may be changed in its turn
  const places = placesIn(value);
  if (places.length === 0) return other;
  const { parent, name } = places[at % places.length]!;
  if (how === 'replace') set(parent, name, other);
  else if (Array.isArray(parent)) {
    const kept = (parent as unknown[])[Number(name)];
    parent.splice(Number(name), 1, ...(how === 'double' ? [kept, kept] : []));
  } else {
    const kept = parent[name];
    if (how !== 'double') delete parent[name];
    if (how !== 'remove') set(parent, typeof other === 'string' ? other : `${name}x`, kept);
  }
  return value;
}

/** As JSON.parse would: a field named `__proto__` is a field. */
function set(parent: Place['parent'], name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Place['parent'];
  return Object.keys(parent).flatMap((name) => [{ parent, name }, ...placesIn(parent[name])]);
}
