import { envelopeTargets } from './envelopes.js';
import { inventoryTargets } from './inventories.js';
import { keyTargets } from './keys.js';
import { keystoneTargets } from './keystone.js';
import { nodeFileTargets } from './node-files.js';
import { payloadTargets } from './payloads.js';
import { settingsTargets } from './settings.js';

export const targets = [
  ...keyTargets,
  ...nodeFileTargets,
  ...settingsTargets,
  ...inventoryTargets,
  ...keystoneTargets,
  ...envelopeTargets,
  ...payloadTargets,
];
