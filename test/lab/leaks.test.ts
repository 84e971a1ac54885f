import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KeyCollector } from '../../lab/leaks/collector.js';
import { database, filesUnder } from '../../lab/leaks/places.js';
import { keysIn, searchForKeys } from '../../lab/leaks/search.js';
import { keystonePython } from '../../lab/tools.js';
import { bytesFrom, key, planted, surrounded, text } from '../support/planted-forms.js';

const directory = mkdtempSync(join(tmpdir(), 'rotor-leaks-'));
afterAll(() => rmSync(directory, { recursive: true }));

const search = (content: Buffer) =>
  searchForKeys([{ name: 'a place', content }], [bytesFrom('another key'), key]);

describe('the search for keys', () => {
  it.each(planted)('finds a key written as: %s', (form, content) => {
    const found = search(surrounded(content));

    expect(found).toContainEqual(expect.objectContaining({ form, key: 1, place: 'a place' }));
    expect(found.every((leak) => leak.key === 1)).toBe(true);
  });

  it('says where', () => {
    expect(search(surrounded(key))).toContainEqual(
      expect.objectContaining({ form: 'whole, raw', offset: 33 }),
    );
  });

  it('finds nothing where there is no key', () => {
    expect(search(Buffer.from('primary 4, staged 0'))).toEqual([]);
  });
});

describe('where keys are looked for', () => {
  it('takes the keys from a repository, whenever they stand there', () => {
    const repository = join(directory, 'fernet-keys');
    const collector = new KeyCollector([repository]);
    mkdirSync(repository);
    writeFileSync(join(repository, '0'), `${text}=\n`);
    writeFileSync(join(repository, 'README'), 'not a key');

    expect(keysIn(repository)).toEqual([key]);
    expect(collector.stop()).toEqual([key]);
  });

  it('reads all files under a directory but the excepted ones', () => {
    const place = join(directory, 'files');
    mkdirSync(join(place, 'deep', 'down'), { recursive: true });
    mkdirSync(join(place, 'fernet-keys'));
    writeFileSync(join(place, 'deep', 'down', 'core'), key);
    writeFileSync(join(place, 'fernet-keys', '0'), `${text}=`);

    const found = searchForKeys(filesUnder([place], [join(place, 'fernet-keys')]), [key]);
    expect(new Set(found.map((leak) => leak.place))).toEqual(new Set([join(place, 'deep', 'down', 'core')]));
  });

  it('finds a key in a database that is cut by the end of a page', async () => {
    const file = join(directory, 'temporal.db');
    const script = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('CREATE TABLE history (blob)')
for before in range(0, 8000, 16):
    connection.execute('INSERT INTO history VALUES (?)', (b'x' * before + bytes.fromhex(sys.argv[2]) + b'y' * (8000 - before),))
connection.commit()
`;
    execFileSync(keystonePython, ['-c', script, file, key.toString('hex')]);
    const whole = (place: string) =>
      found.filter((leak) => leak.form === 'whole, raw' && leak.place === place).length;

    const found = searchForKeys(await database(file), [key]);
    expect(whole(`${file}, rows`)).toBe(500);
    expect(whole(file)).toBeLessThan(500);
  });
});
