/** What people do at the wrong moment. */
import { rotateByHand as rotateNode } from '../../lab/keystone.js';
import type { Fault } from '../fault.js';
import { SPARE } from '../scene.js';
import { wipeRepository } from '../repositories.js';

const HOLD_MS = 500;

export const secondRotate: Fault = {
  name: 'second-rotate',
  codes: [],
  excusesNode: false,
  holdMs: 0,
  inject: async (scene) => {
    const { code, stdout, stderr } = await scene.rotor('rotate', '--no-wait', '--json');
    // The first may have ended meanwhile; then the second is the first.
    if (code === 0 && !(await scene.hasEnded()))
      throw new Error('a second rotation was started beside the first');
    if (code !== 0 && !`${stdout}${stderr}`.includes('running already'))
      throw new Error(`the second rotation was not refused for the first: ${stdout}${stderr}`);
    return () => {};
  },
};

export const rotateByHand: Fault = {
  name: 'rotate-by-hand',
  codes: ['changed-underneath'],
  excusesNode: false,
  holdMs: HOLD_MS,
  inject: async (_, node) => {
    await rotateNode(node);
    return () => {};
  },
};

export const nodeRemoved: Fault = {
  name: 'node-removed',
  codes: [],
  excusesNode: true,
  holdMs: HOLD_MS,
  staysToEnd: true,
  inject: (scene, node) => {
    const without = scene.served.filter((each) => each !== node);
    scene.writeInventory(without);
    return Promise.resolve(() => scene.writeInventory(scene.served));
  },
};

/** The new one is the spare, and empty. */
export const nodeAdded: Fault = {
  name: 'node-added',
  codes: [],
  excusesNode: false,
  holdMs: HOLD_MS,
  staysToEnd: true,
  inject: (scene) => {
    const spare = scene.nodes.find(({ name }) => name === SPARE)!;
    wipeRepository(spare.repository);
    scene.writeInventory([...scene.served, spare]);
    return Promise.resolve(async () => {
      const isInSync = await scene.isInSync();
      scene.writeInventory(scene.served);
      if (!isInSync) throw new Error('the new node was not brought in sync by the rotation');
    });
  },
};
