import { describe, expect, test } from 'vitest';
import type { Disk } from '../../sim/disk.js';
import {
  CASES,
  attempt,
  diskWith,
  harm,
  harmOfNextAttempt,
  survey,
  unfinished,
  type Case,
} from './memory-cases.js';
import { MemoryFiles, type Watcher } from './memory-files.js';
import { describeDisk, statesAfterPowerLoss } from './power-states.js';

type MakeFiles = (disk: Disk, watcher?: Watcher) => MemoryFiles;

const honest: MakeFiles = (disk, watcher) => new MemoryFiles(disk, watcher);

class WithoutFileSync extends MemoryFiles {
  protected override syncFile(): void {}
}

class WithoutDirectorySync extends MemoryFiles {
  override syncDirectory(): Promise<void> {
    return Promise.resolve();
  }
}

interface Finding {
  points: number;
  states: number;
  harm: string[];
}

/** One attempt of the work; between any two of its requests the power may go. */
async function losePowerEverywhere(work: Case, make: MakeFiles): Promise<Finding> {
  const surveyed = await survey(work);
  const disk = diskWith(work.before);
  const states = new Map<string, Disk>();
  let points = 0;
  const lookAt = () => {
    points++;
    for (const state of statesAfterPowerLoss(disk)) states.set(describeDisk(state), state);
  };
  await attempt(make(disk, { after: lookAt }), work, surveyed);
  const found: string[] = [];
  for (const state of states.values()) {
    found.push(...harm(state, work), ...(await harmOfNextAttempt(state, work, surveyed)));
  }
  return { points, states: states.size, harm: [...new Set(found)] };
}

/** What was reported as done must be there after any power loss, whoever of several attempts did it. */
async function losePowerAfterSuccess(work: Case, make: MakeFiles): Promise<Finding> {
  const surveyed = await survey(work);
  const finding: Finding = { points: 0, states: 0, harm: [] };
  for (let isDead = true; isDead; finding.points++) {
    const disk = diskWith(work.before);
    let left = finding.points;
    isDead = false;
    const before = () => {
      isDead ||= left-- === 0;
      if (isDead) throw new Error('the worker died here');
    };
    await attempt(make(disk, { before }), work, surveyed).catch(() => {});
    await attempt(make(disk), work, surveyed);
    for (const state of statesAfterPowerLoss(disk)) {
      finding.states++;
      finding.harm.push(...unfinished(state, work), ...lostAside(state, work));
    }
  }
  return finding;
}

/** What was moved out of the repository is an operator's file. */
function lostAside(disk: Disk, { before, after }: Case): string[] {
  const nameOf = (part: string) => part.split(':')[0]!;
  const kept = after.split(' ').map(nameOf);
  const moved = before.split(' ').filter(Boolean).map(nameOf);
  return moved
    .filter((name) => !kept.includes(name) && !disk.root.names.has(name))
    .filter((name) => !hasAside(disk, name))
    .map((name) => `${name} is not in .rotor/aside`);
}

function hasAside(disk: Disk, name: string): boolean {
  try {
    return disk.directory('.rotor/aside').names.has(name);
  } catch {
    return false;
  }
}

describe('a power loss between any two requests', () => {
  for (const work of CASES) {
    test(`${work.name}: ${work.before || 'nothing'} to ${work.after}`, async () => {
      const finding = await losePowerEverywhere(work, honest);
      expect(finding.harm).toEqual([]);
      expect(finding.points).toBeGreaterThan(20);
      expect(finding.states).toBeGreaterThan(5);
    });
  }
});

describe('a power loss after an attempt that said it was done', () => {
  for (const work of CASES) {
    test(`${work.name}, also where an earlier attempt died anywhere`, async () => {
      const { harm: found } = await losePowerAfterSuccess(work, honest);
      expect(found).toEqual([]);
    });
  }
});

describe('the same check finds', () => {
  const hold = CASES.find(({ name }) => name === 'hold')!;

  test('a file that is not synced before it gets the name of a key', async () => {
    const { harm: found } = await losePowerEverywhere(
      hold,
      (disk, watcher) => new WithoutFileSync(disk, watcher),
    );
    expect(found.some((each) => each.startsWith('broken'))).toBe(true);
  });

  test('a directory that is not synced between two operations', async () => {
    const make: MakeFiles = (disk, watcher) => new WithoutDirectorySync(disk, watcher);
    const { harm: found } = await losePowerEverywhere(hold, make);
    expect(found.some((each) => each.startsWith('lost'))).toBe(true);
    expect((await losePowerAfterSuccess(hold, make)).harm).not.toEqual([]);
  });
});
