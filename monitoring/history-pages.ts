/** The events of an operation as Temporal gives them, a thousand at a time. */
import type { temporal } from '@temporalio/proto';
import { rotationId } from '../workflows/messages.js';
import type { Watched } from './fleet-reading.js';
import { readableEvents } from './payloads.js';

type Event = temporal.api.history.v1.IHistoryEvent;

interface Page {
  readonly runId: string;
  /** As Temporal stores them; see `readableEvents`. */
  readonly events: Event[];
  /** Where the next one begins; empty after the last. */
  readonly next: Uint8Array;
}

/**
 * From the first event of the operation's first run to the last one of this run. While a page is decoded and at work the next
 * one is on its way: of a long history Temporal takes most of the time.
 *
 * @param runId of the last run that counts
 * @throws ServiceError when Temporal does not answer, or knows no such run
 */
export async function* pagesOf(watched: Watched, runId: string): AsyncGenerator<readonly Event[]> {
  for (const first of await firstPages(watched, runId)) {
    for (let page: Page | null = first; page !== null;) {
      const coming: Promise<Page | null> = nextPage(watched, page);
      coming.catch(() => {}); // it is waited for below, unless nobody wants more
      yield await readableEvents(watched.client, page.events);
      page = await coming;
    }
  }
}

/** Of every run that led to this one, the oldest first: each names the one before it. */
async function firstPages(watched: Watched, runId: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let id: string | null | undefined = runId; id;) {
    const page = await pageOf(watched, id);
    pages.unshift(page);
    id = page.events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  return pages;
}

async function nextPage(watched: Watched, { runId, next }: Page): Promise<Page | null> {
  return next.length > 0 ? pageOf(watched, runId, next) : null;
}

async function pageOf({ client, fleet }: Watched, runId: string, from?: Uint8Array): Promise<Page> {
  const { history, nextPageToken } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: rotationId(fleet), runId },
    ...(from && { nextPageToken: from }),
  });
  return {
    runId,
    events: history?.events ?? [],
    next: nextPageToken ?? new Uint8Array(),
  };
}
