/** What people do at the wrong moment. */
import { readyToRotateByHand } from '../../lab/keystone.js';
import { AT_ONCE, UNTIL_THE_END, UNTIL_TOLD, type Fault } from '../fault.js';
import { wipeRepository } from '../repositories.js';

export const secondRotate: Fault = {
  name: 'second-rotate',
  codes: [],
  lasts: AT_ONCE,
  answer: 'retry',
  inject: async ({ scene }) => {
    const { code, stdout, stderr } = await scene.rotor('rotate', '--no-wait', '--json');
    if (code === 0 || !`${stdout}${stderr}`.includes(scene.rotationId))
      throw new Error(`the second rotation was not refused for the first: ${stdout}${stderr}`);
    return () => {};
  },
};

export const rotateByHand: Fault = {
  name: 'rotate-by-hand',
  codes: ['changed-underneath'],
  lasts: AT_ONCE,
  spoilsFiles: true,
  answer: 'retry',
  prepare: readyToRotateByHand,
  inject: async ({ prepared }) => {
    await prepared.go();
    return () => {};
  },
};

/** Whoever takes a node out of the inventory has taken it out of service, and says so when asked. */
export const nodeRemoved: Fault = {
  name: 'node-removed',
  codes: ['inventory-changed'],
  isOfFleet: true,
  lasts: UNTIL_THE_END,
  mustBeTold: true,
  permission: ['inventory', '--accept', '--yes'],
  refuses: 'its own as well',
  spoilsFiles: true,
  answer: 'retry',
  inject: ({ scene, node }) => {
    scene.writeInventory(scene.served.filter((each) => each !== node));
    return Promise.resolve(() => scene.writeInventory(scene.served));
  },
};

/** The new one is the spare, and empty. */
export const nodeAdded: Fault = {
  name: 'node-added',
  codes: [],
  lasts: UNTIL_THE_END,
  answer: 'retry',
  inject: ({ scene }) => {
    wipeRepository(scene.spare.repository);
    scene.writeInventory([...scene.served, scene.spare]);
    return Promise.resolve(async () => {
      const isServing = (await scene.isSound(scene.spare)) && (await scene.serves(scene.spare));
      scene.writeInventory(scene.served);
      if (!isServing) throw new Error('the new node was not brought its keys by the rotation');
    });
  },
};

export const configurationBroken: Fault = {
  name: 'config-broken',
  codes: ['configuration'],
  isOfFleet: true,
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  answer: 'retry',
  inject: ({ scene }) => {
    scene.breakConfiguration();
    return Promise.resolve(() => scene.writeInventory(scene.served));
  },
};
