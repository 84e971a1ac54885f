import { readFile } from 'node:fs/promises';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { ConfigurationError } from './configuration-error.js';

/** A fleet of 10,000 nodes takes about 1 MiB. */
const LARGEST_BYTES = 4 * 1024 * 1024;
/** Aliases may repeat each other; this bounds what a small file can grow to. */
const MAX_ALIASES = 100;

export interface YamlFile {
  readonly value: unknown;
  /** The line, from 1, of a place in the file, or of the nearest place above it that exists. */
  readonly lineAt: (path: readonly PropertyKey[]) => number;
}

/**
 * Reads one YAML document.
 *
 * @throws ConfigurationError for a file that is missing, unreadable, too large, empty or not YAML
 */
export async function readYamlFile(file: string): Promise<YamlFile> {
  return yamlOf(file, await readText(file));
}

/**
 * @param file its name, for messages
 * @throws ConfigurationError for a text that is empty or not YAML
 */
export function yamlOf(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parse(file, text, lines);
  const lineAtOffset = (offset: number) => lines.linePos(offset).line;
  const mistake = document.errors[0]; // those after it mostly follow from it
  if (mistake) {
    // What follows a colon is a piece of the file, which may be a password.
    const message = `expected YAML, got a mistake: ${mistake.message.replace(/: .*$/s, '')}`;
    throw new ConfigurationError(file, [{ path: '', message, line: lineAtOffset(mistake.pos[0]) }]);
  }
  const key = otherKeyOf(document);
  if (key !== null) {
    const message = 'expected names before each colon, got a list, a section or an alias there';
    throw new ConfigurationError(file, [{ path: '', message, line: lineAtOffset(key) }]);
  }
  const value = valueOf(file, document);
  if (value === null || value === undefined) {
    throw new ConfigurationError(file, [
      { path: '', message: 'expected settings, got an empty file; `rotor init` writes one to start from' },
    ]);
  }
  return { value, lineAt: (path) => lineAtOffset(offsetOf(document, path)) };
}

async function readText(file: string): Promise<string> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    throw new ConfigurationError(file, [
      { path: '', message: unreadableMessage(error as NodeJS.ErrnoException) },
    ]);
  }
  if (content.length > LARGEST_BYTES) {
    throw new ConfigurationError(file, [
      { path: '', message: `expected at most ${LARGEST_BYTES} bytes, got ${content.length}` },
    ]);
  }
  return content.toString('utf8');
}

function unreadableMessage(error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `expected a file that can be read, got ${error.code}`;
  return 'expected a configuration file, got nothing; `rotor init` writes one';
}

function parse(file: string, text: string, lineCounter: LineCounter): Document {
  try {
    // Its warnings go to the log, with pieces of the file.
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  } catch {
    // The parser is recursive: only nesting that exhausts the stack makes it throw.
    throw new ConfigurationError(file, [
      { path: '', message: 'expected YAML, got nesting that is too deep' },
    ]);
  }
}

/** Where a key is that is no scalar: the parser would make a text of it, and double that with each one inside another. */
function otherKeyOf(document: Document): number | null {
  let found: number | null = null;
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key)) return undefined;
      found = startOf(key) ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    throw new ConfigurationError(file, [
      { path: '', message: `expected at most ${MAX_ALIASES} aliases, got more, or some that lead nowhere` },
    ]);
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(document.contents) ?? 0;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(segment));
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as { readonly range?: [number, number, number] } | null | undefined)?.range?.[0];
}
