/** How a payload says what was done to it. */
import type { Payload } from '@temporalio/common';

export const ENCODING = 'encoding';

export function hasEncoding({ metadata }: Payload, encoding: string): boolean {
  return textOf(metadata?.[ENCODING]) === encoding;
}

export function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}
