/** What operations can be found by in Temporal's UI and CLI. They are stored in plain, and never have a key. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const SEARCH_ATTRIBUTES = {
  fleet: defineSearchAttributeKey('RotorFleet', SearchAttributeType.KEYWORD),
  sites: defineSearchAttributeKey('RotorSites', SearchAttributeType.KEYWORD_LIST),
  /** As in `core/decision.ts`, or `ended`. */
  phase: defineSearchAttributeKey('RotorPhase', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('RotorOutcome', SearchAttributeType.KEYWORD),
  reason: defineSearchAttributeKey('RotorReason', SearchAttributeType.TEXT),
  /** Fingerprint of the primary that it ended with. */
  primary: defineSearchAttributeKey('RotorPrimary', SearchAttributeType.KEYWORD),
} as const;
