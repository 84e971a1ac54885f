/** Who may seal and open envelopes, as the configuration, the inventory and Temporal's task queues say. */
import type { RecipientFacts } from '../core/doctor/recipients.js';
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
  const retired = recipientAuthority?.retired ?? null;
  return { nodes, approved, retired, workers, workersOf };
}
