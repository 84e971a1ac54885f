/** Stamps say which state of affairs a step has already dealt with. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';

/** Milliseconds since the epoch; 0 for a file that is not there. */
export function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Dated to the start of the step, so that what was edited while it ran counts as newer. */
export function writeDatedStamp(file, startedAt) {
  writeFileSync(file, '');
  utimesSync(file, startedAt, startedAt);
}

export function hasStamp(file, content) {
  try {
    return readFileSync(file, 'utf8') === content;
  } catch {
    return false;
  }
}
