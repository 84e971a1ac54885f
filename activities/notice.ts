import { createHmac } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { loadConfiguration, resolveSecret, type WebhookSettings } from '../configuration/load.js';
import type { Notice } from '../core/notice.js';

/** Far longer than an endpoint takes that only notes what it was told. */
const ANSWER_WITHIN_MS = 10_000;

export function createNoticeActivities(configFile: string) {
  return {
    /** Sends one notice to one webhook. The file is read anew, so that an address that was wrong can be mended meanwhile. */
    async deliverNotice({ webhook, notice }: { webhook: string; notice: Notice }): Promise<void> {
      const settings = await settingsOf(configFile, webhook);
      const body = JSON.stringify(notice);
      const request = { ...headersOf(settings, notice, body), body };
      const problem = await send(addressOf(settings), request);
      if (problem !== null) throw ApplicationFailure.retryable(`webhook ${webhook}: ${problem}`, 'webhook');
    },
  };
}

async function settingsOf(configFile: string, name: string): Promise<WebhookSettings> {
  const { notifications } = await loadConfiguration(configFile);
  const settings = notifications.find((webhook) => webhook.name === name);
  if (settings) return settings;
  throw ApplicationFailure.nonRetryable(`${configFile} has no webhook ${name} any more`, 'configuration');
}

function addressOf({ name, url }: WebhookSettings): string {
  if (typeof url === 'string') return url;
  return resolveSecret(url, `notifications ${name}: url`, 'the address');
}

function headersOf({ name, secret }: WebhookSettings, { key, event }: Notice, body: string) {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'fernet-rotor',
    'idempotency-key': key,
    'x-rotor-event': event,
  };
  if (secret) {
    const signingKey = resolveSecret(secret, `notifications ${name}: secret`, 'the secret');
    headers['x-rotor-signature'] = `sha256=${createHmac('sha256', signingKey).update(body).digest('hex')}`;
  }
  return { headers };
}

/** @returns what went wrong, without the address, which may be a secret; null when it was taken */
async function send(address: string, request: RequestInit): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await fetch(address, { ...request, method: 'POST', redirect: 'error', signal });
    await answer.body?.cancel();
    return answer.ok ? null : `it answered ${answer.status}`;
  } catch (error) {
    return `it could not be asked (${codeOf(error)})`;
  }
}

/** Of what fetch throws; its message may hold the address. */
function codeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}
