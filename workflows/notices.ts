/** Tells webhooks of what happens to a fleet, without ever being in the way of it. */
import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import type { FleetDescription } from '../core/messages.js';
import type { Notice, Webhook } from '../core/notice.js';
import { noticeId } from './messages.js';
import { notification } from './notification.js';

/** A fleet without webhooks gets no command in its histories. */
export class Notices {
  private webhooks: readonly Webhook[] = [];

  constructor(private readonly fleet: string) {}

  /** Which webhooks there are, as the worker's configuration said last. */
  learn({ webhooks = [] }: FleetDescription): void {
    this.webhooks = webhooks;
  }

  /**
   * Starts a workflow for each webhook that wants to know, and waits for no more than its start. Its ID is made of the
   * event's key, so that the same event is told once, however often it is noticed.
   */
  async tell(notice: Notice): Promise<void> {
    const wanted = this.webhooks.filter(({ events }) => events.includes(notice.event));
    await Promise.all(wanted.map((webhook) => this.start(webhook.name, notice)));
  }

  private async start(webhook: string, notice: Notice): Promise<void> {
    try {
      await startChild(notification, {
        workflowId: noticeId(this.fleet, webhook, notice.key),
        args: [{ webhook, notice }],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        // It is delivered, or not, whatever becomes of what it tells of.
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      log.warn('a notification could not be started', { webhook, event: notice.event });
    }
  }
}
