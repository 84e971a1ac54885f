/** How a program may write a key down. */

/** A Fernet key is two keys of 16 bytes, for signing and for encrypting; each alone is a secret as well. */
export function formsOf(key: Buffer): Map<string, Buffer> {
  const parts = { whole: key, 'first half': key.subarray(0, 16), 'second half': key.subarray(16) };
  const forms = new Map<string, Buffer>();
  for (const [name, part] of Object.entries(parts)) {
    for (const [encoding, bytes] of encodingsOf(part)) forms.set(`${name}, ${encoding}`, bytes);
  }
  return forms;
}

/** Without padding, so that both habits are found; where both alphabets give the same text, it is one form. */
function encodingsOf(part: Buffer): [string, Buffer][] {
  const urlSafe = part.toString('base64url');
  const plain = part.toString('base64').replace(/=+$/, '');
  const hex = part.toString('hex');
  const texts: [string, string][] = [
    ['base64url', urlSafe],
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
  ];
  if (plain !== urlSafe) texts.push(['base64', plain]);
  return [
    ['raw', part],
    ...texts.map(([name, text]): [string, Buffer] => [name, Buffer.from(text, 'latin1')]),
  ];
}
