import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, primaryOf, stagedOf, type Repository } from '../../core/repository.js';
import { all, noStepBack, noTokenRefused } from './invariants.js';
import { LIFE } from './text.js';
import { VirtualFleet } from './virtual-fleet.js';

const three = (repository: Repository) => ({ a: repository, b: repository, c: repository });
const watched = (repository: Repository) =>
  new VirtualFleet(three(repository), { watch: all(noTokenRefused(), noStepBack()) });

describe('a rotation, planned step by step', () => {
  test('goes through the phases in order and ends in sync with the standby as primary', () => {
    const fleet = watched({ 0: 'S', 1: 'P' });
    const end = fleet.rotate();
    expect(end.step.kind).toBe('done');
    expect(fleet.phases).toEqual(['survey', 'distribute', 'promote', 'stage', 'survey']);
    for (const repository of ['a', 'b', 'c'].map((node) => fleet.repository(node)))
      expect(digestOf(repository)).toBe('0:key1 1:key1 2:P 3:S');
    expect(fleet.isInSync()).toBe(true);
  });

  test('promotes in waves: one canary, its site, the rest', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), {
      watch: noTokenRefused(),
      siteOf: (node) => (node === 'c' ? 'far' : 'near'),
    });
    const waves: string[][] = [];
    fleet.rotate();
    for (const { step } of fleet.steps)
      if (step.kind === 'place' && step.placement.kind === 'promote') waves.push([...step.nodes]);
    expect(waves).toEqual([['a'], ['b'], ['c']]);
  });

  test('twenty rotations faster than tokens expire keep every key, by age and not by count', () => {
    const fleet = watched({ 0: 'S', 1: 'P' });
    for (let i = 0; i < 20; i++) expect(fleet.rotate().step.kind).toBe('done');
    expect(Object.values(fleet.repository('a'))).toContain('P');
  });

  test('rotations slower than tokens live leave four files for ever', () => {
    const fleet = watched({ 0: 'S', 1: 'P' });
    for (let i = 0; i < 10; i++) {
      fleet.rotate();
      fleet.now += LIFE + 1;
    }
    expect(Object.keys(fleet.repository('a'))).toHaveLength(4);
  });

  test('an introduced key that was left by a rotation that was given up is taken up by the next', () => {
    const fleet = watched({ 0: 'S', 1: 'P' });
    fleet.sync();
    fleet.beginRotation();
    for (let i = 0; i < 2; i++) fleet.carryOut(fleet.decide());
    expect(fleet.ledger.incoming).toBe('key1');
    fleet.rotate();
    expect(fleet.made).toBe(1);
    expect(stagedOf(fleet.repository('a'))).toBe('key1');
  });

  test('a single staged key grows into a whole repository', () => {
    const fleet = watched({ 0: 'P' });
    expect(fleet.rotate().step.kind).toBe('done');
    expect(fleet.isInSync()).toBe(true);
  });
});

describe('what is not rotated', () => {
  test('an empty repository', () => {
    const fleet = new VirtualFleet({ a: { 0: 'S', 1: 'P' }, b: {} });
    expect(fleet.rotate().step).toMatchObject({ kind: 'refuse', code: 'empty-repository' });
  });

  test('a node whose primary nobody else can read', () => {
    const fleet = new VirtualFleet({ a: { 0: 'S', 1: 'P' }, b: { 0: 'Y', 1: 'X' } });
    expect(fleet.rotate().step).toMatchObject({ kind: 'refuse', code: 'unknown-primary' });
    expect(fleet.rotate().step).toMatchObject({ kind: 'refuse', code: 'unknown-primary' });
  });

  test('a fleet that would get more files than the ceiling', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [i, `K${i}`]));
    const fleet = new VirtualFleet(three(many));
    expect(fleet.rotate().step).toMatchObject({ kind: 'refuse', code: 'too-many-files' });
    expect(fleet.repository('a')).toEqual(many);
  });
});

describe('unequal fleets are made equal first, by adding', () => {
  test('one stray rotate is finished on the other nodes', () => {
    const fleet = watched({ 0: 'S', 1: 'P' });
    fleet.strayRotate('a');
    fleet.sync();
    expect(fleet.isInSync()).toBe(true);
    expect(primaryOf(fleet.repository('b'))).toBe('S');
  });

  test('a node that lacks a key gets it, and a node behind is brought up', () => {
    const fleet = new VirtualFleet({ a: { 0: 'I', 1: 'O', 2: 'P', 3: 'S' }, b: { 0: 'S', 1: 'P' } });
    fleet.sync();
    expect(fleet.isInSync()).toBe(true);
    expect(Object.values(fleet.repository('b'))).toContain('O');
    expect(primaryOf(fleet.repository('b'))).toBe('S');
  });

  test('one stray rotate at any moment of a rotation refuses no token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.constantFrom('a', 'b', 'c'), (moment, node) => {
        const fleet = watched({ 0: 'S', 1: 'P' });
        let operations = 0;
        const end = fleet.rotate(() => {
          if (operations++ === moment) fleet.strayRotate(node);
        });
        expect(end.step.kind).toBe('done');
        expect(fleet.isInSync()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
