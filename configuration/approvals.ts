/** Changes `recipients` in a configuration file, and leaves everything else there as its writer had it. */
import { readFile, stat } from 'node:fs/promises';
import { parseDocument, type Document } from 'yaml';
import { replaceFile } from './identity-files.js';

const SECTION = 'recipients';

/** The file must have been loaded before: what does not parse is not edited. */
export function approve(configFile: string, name: string, fingerprint: string): Promise<void> {
  return edit(configFile, (document) => document.setIn([SECTION, name], fingerprint));
}

/** @param isSigned an authority is configured, whose certificates are to count no more for this name */
export function retire(configFile: string, name: string, isSigned = false): Promise<void> {
  return edit(configFile, (document) => {
    if (document.hasIn([SECTION, name])) document.deleteIn([SECTION, name]);
    if (!isSigned) return;
    const { recipientAuthority } = document.toJS() as { recipientAuthority: { retired?: string[] } };
    const retired = new Set([...(recipientAuthority.retired ?? []), name]);
    document.setIn(['recipientAuthority', 'retired'], [...retired]);
  });
}

async function edit(configFile: string, change: (document: Document) => void): Promise<void> {
  const { mode } = await stat(configFile);
  const document = parseDocument(await readFile(configFile, 'utf8'));
  change(document);
  await replaceFile(configFile, document.toString({ lineWidth: 0 }), mode & 0o777);
}
