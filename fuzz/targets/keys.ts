/** Key files, the directory that they are in, the lock there, and tokens. */
import fc from 'fast-check';
import { MalformedKeyError, fingerprint, parseKey, wipe } from '../../keys/key.js';
import { InvalidTokenError, openToken, resealToken, sealToken } from '../../keys/token.js';
import { checkLock } from '../../nodes/lock.js';
import { NodeError } from '../../nodes/node-error.js';
import { readRepository, refuseKeysOfCredentials } from '../../nodes/reading.js';
import { bytes, texts } from '../inputs.js';
import { PLANTED_FORMS, PLANTED_KEYS, PLANTED_TEXT } from '../planted.js';
import { target } from '../target.js';
import { WrittenFiles, file, type WrittenFile } from './files.js';

const isNodeError = (error: unknown) => error instanceof NodeError;
const KEY_FILES = PLANTED_KEYS.map((key) => Buffer.from(`${key.toString('base64url')}=`));

const keyFile = target<Buffer>({
  name: 'key-file',
  reads: 'the content of a key file',
  costs: 1,
  prepare: () => ({
    inputs: bytes([...KEY_FILES, Buffer.from(`${PLANTED_TEXT}\n`), Buffer.alloc(0)]),
    read: (content) => {
      const key = parseKey(content);
      const name = fingerprint(key);
      wipe(key);
      return name;
    },
    isTyped: (error) => error instanceof MalformedKeyError,
  }),
});

const names = fc.oneof(
  { weight: 4, arbitrary: fc.nat(12).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '007',
      '+7',
      ' 7',
      '7\n',
      '1_0',
      '٣',
      '-1',
      '999999999999',
      '.rotor',
      'README',
      '1.pem',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...PLANTED_FORMS).map((form) => form.toString('utf8')) },
  { weight: 1, arbitrary: texts(['0', '1', 'lost+found', 'key.pem']) },
);

const entries = fc
  .array(
    fc.tuple(
      names,
      fc.oneof(fc.constantFrom(...KEY_FILES), bytes(KEY_FILES)),
      fc.constantFrom<WrittenFile['kind']>('file', 'file', 'file', 'file', 'directory', 'other'),
      fc.constantFrom(0o600, 0o600, 0o666, 0o4777),
      fc.constantFrom(42, 42, 42, 0),
    ),
    { maxLength: 6 },
  )
  .map((list) =>
    list.map(([name, content, kind, mode, uid]): WrittenFile => ({
      ...file(name, content),
      kind,
      mode,
      uid,
    })),
  );

const directory = target<WrittenFile[]>({
  name: 'directory',
  reads: "a key repository's listing and every file in it",
  costs: 1,
  prepare: () => ({
    inputs: entries,
    read: async (list) => {
      const files = new WrittenFiles({ '.': list });
      await refuseKeysOfCredentials(files);
      const { repository, damage, problems } = await readRepository(files);
      return { repository, damage, problems };
    },
    isTyped: isNodeError,
  }),
});

const lock = target<Buffer>({
  name: 'lock',
  reads: 'the lock in a repository',
  costs: 1,
  prepare: () => ({
    inputs: bytes([Buffer.from('rotation/production/0197c3f2-7c1e-7000-8000-000000000001\nattempt-1\n')]),
    read: (content) =>
      checkLock(new WrittenFiles({ '.rotor': [file('lock', content)] }), {
        operation: 'ours',
        attempt: 'ours',
      }),
    isTyped: isNodeError,
  }),
});

const token = target<string>({
  name: 'token',
  reads: 'a Fernet token',
  costs: 1,
  prepare: () => {
    const [key, other] = PLANTED_KEYS as [Buffer, Buffer];
    const at = new Date('2026-01-01T00:00:00Z');
    const made = [key, other].flatMap((each) =>
      [0, 15, 16, 200].map((length) => sealToken(each, Buffer.alloc(length, 7), at)),
    );
    return {
      inputs: texts([...made, made[0]!.replace(/=+$/, '')], ['=', '==', 'gAAAAA']),
      read: (text) => {
        openToken(key, text, { ttlSeconds: 60, now: at }).payload.fill(0);
        resealToken(text, key, other);
      },
      isTyped: (error) => error instanceof InvalidTokenError,
    };
  },
});

export const keyTargets = [keyFile, directory, lock, token];
