/** Senders and recipients of envelopes. */
import type { Errand } from '../envelopes/announcement.js';
import { announce, readAnnouncement } from '../envelopes/announcement.js';
import { open, seal, type Opened } from '../envelopes/envelope.js';
import { FreshKeys } from '../envelopes/fresh-keys.js';
import { makeIdentity, readIdentity, type Identity, type IdentityFiles } from '../envelopes/identity.js';
import type { ApprovedRecipients } from '../envelopes/recipients.js';

export const ERRAND: Errand = { fleet: 'production', operation: 'rotation/production/run-1' };

export interface Person {
  readonly identity: Identity;
  readonly files: IdentityFiles;
  readonly freshKeys: FreshKeys;
}

export async function person(name: string): Promise<Person> {
  const files = await makeIdentity(name, new Date());
  return { files, identity: await readIdentity(files, name), freshKeys: new FreshKeys() };
}

export function approvalsOf(...people: readonly Person[]): ApprovedRecipients {
  const fingerprints = Object.fromEntries(
    people.map(({ identity }) => [identity.name, identity.fingerprint]),
  );
  return { fingerprints, authorities: [], retired: [] };
}

/** A key of the sender on its way: announced, sealed, and ready to be opened. */
export interface Delivery {
  readonly announcement: Buffer;
  readonly envelope: Buffer;
  readonly freshId: string;
  open(changes?: Partial<Delivered>): Promise<Opened>;
}

export interface Delivered {
  readonly envelope: Buffer;
  readonly errand: Errand;
  readonly recipient: string;
  readonly approved: ApprovedRecipients;
}

/** @param approved whom both take for approved; default: each other */
export async function deliver(
  key: Buffer,
  sender: Person,
  recipient: Person,
  approved = approvalsOf(sender, recipient),
): Promise<Delivery> {
  const { id, publicKey } = await recipient.freshKeys.make(ERRAND);
  const announcement = await announce(ERRAND, publicKey, recipient.identity);
  const announced = await readAnnouncement(announcement, ERRAND, approved, sender.identity.name);
  const envelope = await seal(key, ERRAND, announced, sender.identity);
  return {
    announcement,
    envelope,
    freshId: id,
    open: (changes = {}) => {
      const { envelope: der, ...rest } = {
        envelope,
        errand: ERRAND,
        recipient: recipient.identity.name,
        approved,
        ...changes,
      };
      return open(der, { ...rest, freshKey: recipient.freshKeys.privateKeyOf(id, ERRAND)! });
    },
  };
}
