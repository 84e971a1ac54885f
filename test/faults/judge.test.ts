import { expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Fault, Strike } from '../../faults/fault.js';
import { nodeWiped } from '../../faults/faults/nodes.js';
import { sshdKilled, workerKilled } from '../../faults/faults/processes.js';
import { judgeBlocking, judgeEnd, judgeTold, judgeTraffic } from '../../faults/judge.js';
import type { SceneNode } from '../../faults/scene.js';

const strike = (fault: Fault): Strike => ({ fault, phase: 'promote', node: { name: 'ctl2' } as SceneNode });
const away = { node: 'ctl2', code: 'unreachable', message: 'ctl2: no answer', since: '' } as const;
const completed = { outcome: 'completed', error: null } as OperationResult;

test('only the node that a fault was done to may be in the way, and with a code of that fault', () => {
  expect(judgeBlocking([away], [strike(sshdKilled)])).toEqual([]);
  expect(judgeBlocking([{ ...away, node: 'ctl1' }], [strike(sshdKilled)])).toHaveLength(1);
  expect(judgeBlocking([{ ...away, code: 'internal' }], [strike(sshdKilled)])).toHaveLength(1);
  expect(judgeBlocking([{ ...away, message: 'something' }], [strike(sshdKilled)])).toHaveLength(1);
  expect(judgeBlocking([away], [strike(workerKilled)])).toHaveLength(1);
});

test('an end that is not completed must name the node and the code of the fault', () => {
  const ended = (code: string, name: string) =>
    ({ outcome: 'compensated', error: { code, nodes: [name], message: '' } }) as unknown as OperationResult;
  expect(judgeEnd(completed, [strike(sshdKilled)])).toEqual([]);
  expect(judgeEnd(ended('unreachable', 'ctl2'), [strike(sshdKilled)])).toEqual([]);
  expect(judgeEnd(ended('unreachable', 'ctl1'), [strike(sshdKilled)])).toHaveLength(1);
  expect(judgeEnd(ended('internal', 'ctl2'), [strike(sshdKilled)])).toHaveLength(1);
  expect(judgeEnd(ended('unreachable', 'ctl2'), [strike(workerKilled)])).toHaveLength(1);
});

test('a fault that no rotation can miss has to be told of', () => {
  expect(judgeTold([], completed, [strike(sshdKilled)])).toEqual(['nobody was told of sshd-killed']);
  expect(judgeTold([away], completed, [strike(sshdKilled)])).toEqual([]);
  expect(judgeTold([], completed, [strike(workerKilled)])).toEqual([]);
});

test('a wiped node may refuse what it is asked, and no other node may refuse a token of its', () => {
  const counts = { tokensIssued: 1, validations: 1, failedValidations: 1, serverErrors: 0 };
  const judge = (fault: Fault, failure: string) =>
    judgeTraffic({ ...counts, failures: [failure] }, [strike(fault)]);
  const byWiped = '2026-11-24T00:00:00.000Z ctl2: token issued on ctl1, status 500';
  const ofWiped = '2026-11-24T00:00:00.000Z ctl1: token issued on ctl2, status 404';
  expect(judge(nodeWiped, byWiped)).toEqual([]);
  expect(judge(nodeWiped, ofWiped)).toEqual([ofWiped]);
  expect(judge(sshdKilled, byWiped)).toEqual([byWiped]);
});

test('silence is no order: without traffic a cell has failed', () => {
  const counts = { tokensIssued: 0, validations: 0, failedValidations: 0, serverErrors: 0, failures: [] };
  expect(judgeTraffic(counts, [])).toEqual(['there was no traffic']);
});
