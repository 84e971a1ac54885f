/** The workflow types of this program; the names of these functions are the names that Temporal lists. */
export { diagnosis } from './diagnosis.js';
export { fleet } from './fleet.js';
export { listing } from './listing.js';
export { reconciliation, revocation, rotation } from './operation.js';
export { notification } from './notification.js';
export { planning } from './planning.js';
export { scheduledVerification } from './scheduled-verification.js';
export { trigger } from './trigger.js';
export { verification } from './verification.js';
