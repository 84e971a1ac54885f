import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess } from '../../core/sync.js';
import { digestOf, primaryOf, stagedOf, type Repository } from '../../core/repository.js';
import { POLICY, VirtualFleet, assertNoTokenRefused } from './virtual-fleet.js';

const three = (repository: Repository) => ({ a: repository, b: repository, c: repository });

function isInSync(fleet: VirtualFleet): boolean {
  return assess(fleet.survey(), fleet.ledger, []).inSync;
}

describe('a rotation, planned step by step', () => {
  test('goes through the phases in order and ends in sync with the standby as primary', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
    const end = fleet.rotate();
    expect(end.step.kind).toBe('done');
    expect(fleet.phases).toEqual(['survey', 'distribute', 'promote', 'stage', 'survey']);
    for (const repository of Object.values(fleet.nodes))
      expect(digestOf(repository)).toBe('0:key1 1:key1 2:P 3:S');
    expect(isInSync(fleet)).toBe(true);
  });

  test('promotes in waves: one canary, its site, the rest', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused, (n) =>
      n === 'c' ? 'far' : 'near',
    );
    const waves: string[][] = [];
    const goal = { from: 'P', to: 'S' };
    fleet.run(null);
    for (let decision = fleet.decide(goal); decision.step.kind !== 'done'; decision = fleet.decide(goal)) {
      const { step } = decision;
      if (step.kind === 'place' && step.placement.kind === 'promote') waves.push([...step.nodes]);
      fleet['carryOut'](decision, () => {});
    }
    expect(waves).toEqual([['a'], ['b'], ['c']]);
  });

  test('twenty rotations faster than tokens expire keep every key, by age and not by count', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
    for (let i = 0; i < 20; i++) expect(fleet.rotate().step.kind).toBe('done');
    expect(Object.values(fleet.nodes.a!)).toContain('P');
  });

  test('rotations slower than tokens live leave four files for ever', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
    for (let i = 0; i < 10; i++) {
      fleet.rotate();
      fleet.now += POLICY.expirationMs + POLICY.allowExpiredWindowMs + POLICY.marginMs + 1;
    }
    expect(Object.keys(fleet.nodes.a!)).toHaveLength(4);
  });

  test('an introduced key that was left by a rotation that was given up is taken up by the next', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
    fleet.run(null);
    for (let i = 0; i < 2; i++) fleet['carryOut'](fleet.decide({ from: 'P', to: 'S' }), () => {});
    expect(fleet.ledger.incoming).toBe('key1');
    fleet.rotate();
    expect(fleet.made).toBe(1);
    expect(stagedOf(fleet.nodes.a!)).toBe('key1');
  });

  test('a single staged key grows into a whole repository', () => {
    const fleet = new VirtualFleet(three({ 0: 'P' }), assertNoTokenRefused);
    expect(fleet.rotate().step.kind).toBe('done');
    expect(isInSync(fleet)).toBe(true);
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
    expect(fleet.nodes.a).toEqual(many);
  });
});

describe('unequal fleets are made equal first, by adding', () => {
  test('one stray rotate is finished on the other nodes', () => {
    const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
    fleet.strayRotate('a');
    fleet.run(null);
    expect(isInSync(fleet)).toBe(true);
    expect(primaryOf(fleet.nodes.b!)).toBe('S');
  });

  test('a node that lacks a key gets it, and a node behind is brought up', () => {
    const fleet = new VirtualFleet({ a: { 0: 'I', 1: 'O', 2: 'P', 3: 'S' }, b: { 0: 'S', 1: 'P' } });
    fleet.run(null);
    expect(isInSync(fleet)).toBe(true);
    expect(Object.values(fleet.nodes.b!)).toContain('O');
    expect(primaryOf(fleet.nodes.b!)).toBe('S');
  });

  test('one stray rotate at any moment of a rotation refuses no token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.constantFrom('a', 'b', 'c'), (moment, node) => {
        const fleet = new VirtualFleet(three({ 0: 'S', 1: 'P' }), assertNoTokenRefused);
        let operations = 0;
        const end = fleet.rotate(() => {
          if (operations++ === moment) fleet.strayRotate(node);
        });
        expect(end.step.kind).toBe('done');
        expect(isInSync(fleet)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('random well-formed repositories that share their keys end in sync, and no needed key is lost', () => {
    const key = fc.constantFrom('K1', 'K2', 'K3', 'K4', 'K5');
    const repository = fc
      .uniqueArray(key, { minLength: 1, maxLength: 4 })
      .map((keys) => Object.fromEntries(keys.map((k, index) => [index, k])));
    fc.assert(
      fc.property(repository, repository, repository, (a, b, c) => {
        const fleet = new VirtualFleet({ a, b, c });
        const held = [a, b, c].map((r) => new Set(Object.values(r)));
        const end = fleet.rotate();
        if (end.step.kind === 'refuse') return end.step.code === 'unknown-primary';
        for (const [i, node] of Object.values(fleet.nodes).entries()) {
          for (const k of held[i]!) expect(Object.values(node)).toContain(k);
        }
        return isInSync(fleet);
      }),
      { numRuns: 3000 },
    );
  });
});
