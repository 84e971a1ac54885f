/** Who may seal and open envelopes, as the configuration, the inventory and Temporal's task queues say. */
import type { AuthorityFacts, RecipientFacts } from '../core/doctor/recipients.js';
import { authoritiesIn } from '../envelopes/authority.js';
import { EnvelopeError } from '../envelopes/envelope-error.js';
import { termOf } from '../envelopes/identity.js';
import { workerTaskQueueOf } from '../workflows/messages.js';
import { listInventory } from './look.js';
import { recentPollers, type Session } from './session.js';

export async function recipientFacts(session: Session): Promise<RecipientFacts> {
  const { configuration, fleet, taskQueue } = session;
  const approved = Object.keys(configuration.recipients);
  const { recipientAuthority } = configuration;
  const [{ nodes }, workers, ...ofEach] = await Promise.all([
    listInventory(session),
    recentPollers(session, taskQueue, 'activities'),
    ...approved.map((name) => recentPollers(session, workerTaskQueueOf(fleet, name), 'activities')),
  ]);
  const workersOf = Object.fromEntries(approved.map((name, index) => [name, ofEach[index]!]));
  const authority = recipientAuthority ? await authorityFacts(recipientAuthority) : null;
  return { nodes, approved, authority, workers, workersOf };
}

type Authority = NonNullable<Session['configuration']['recipientAuthority']>;

async function authorityFacts({ certificates: file, retired }: Authority): Promise<AuthorityFacts> {
  try {
    const found = await authoritiesIn(file);
    const certificates = found.map((each) => ({
      holder: `the CA ${each.subject.replaceAll('\n', ', ')}`,
      ...termOf(each),
    }));
    return { retired, certificates, problem: null };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { retired, certificates: [], problem: error.message };
  }
}
