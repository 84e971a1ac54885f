/** What is checked: the functions of the core that decide, as they are or, for a mutant, with one thing changed. */
import * as learning from '../../core/learning.js';
import * as ledger from '../../core/ledger.js';
import * as operations from '../../core/operations.js';
import * as orders from '../../core/orders.js';
import * as planner from '../../core/planner.js';
import * as retention from '../../core/retention.js';
import * as sync from '../../core/sync.js';
import * as visit from '../../core/visit.js';

export type Rules = Pick<typeof learning, 'learn'> &
  Pick<typeof ledger, 'EMPTY_LEDGER' | 'forgetIncoming' | 'recordMade' | 'revokeAll' | 'withIntent'> &
  Pick<typeof operations, 'applyOperation' | 'keysNeededFor'> &
  Pick<typeof orders, 'followOrder'> &
  Pick<typeof planner, 'plan'> &
  Pick<typeof retention, 'expiredNow'> &
  Pick<typeof sync, 'assess'> &
  Pick<typeof visit, 'beginVisit' | 'continueVisit'>;

/** Modules of the core, by file, whose exports are the rules. */
export const RULE_FILES = [
  'learning',
  'ledger',
  'operations',
  'orders',
  'planner',
  'retention',
  'sync',
  'visit',
];

export const REAL_RULES: Rules = {
  ...learning,
  ...ledger,
  ...operations,
  ...orders,
  ...planner,
  ...retention,
  ...sync,
  ...visit,
};
