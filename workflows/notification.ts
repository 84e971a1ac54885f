import type { Notice } from '../core/notice.js';
import { deliverNotice } from './activity-proxies.js';

/** Brings one notice to one webhook, for as long as that takes within a day. */
export async function notification(delivery: { webhook: string; notice: Notice }): Promise<void> {
  await deliverNotice(delivery);
}
