/** Faults that strike nodes in the course of time. */
import type { Directory } from './disk.js';
import type { Faults } from './faults.js';
import type { Inventory } from './inventory.js';
import type { VirtualNode } from './node.js';
import type { Random } from './random.js';
import type { Safety } from './safety.js';
import { MAX_ACTIVE_KEYS, type Settings } from './settings.js';
import { strayRotate } from './stranger.js';
import type { Time } from './time.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Between two faults of time's own, on the average. */
const EVERY_MS = 50 * SECOND;

/** A request that met trouble is often the first sign of a node that dies. */
const DIES_AFTER_TROUBLE = 0.15;

export interface InjectorParts {
  readonly time: Time;
  readonly random: Random;
  readonly faults: Faults;
  readonly inventory: Inventory;
  readonly safety: Safety;
  readonly settings: Settings;
}

export class Injector {
  serverOffsetMs = 0;
  /** A stranger may rotate once, until the fleet is in sync again. */
  private straysLeft = 1;
  private readonly copies = new Map<VirtualNode, Directory>();

  constructor(private readonly parts: InjectorParts) {}

  start(): void {
    const { time, random, faults } = this.parts;
    time.after(random.fraction() * 2 * EVERY_MS, 'fate', '', () => {
      if (!faults.areOn) return;
      this.strike();
      this.start();
    });
  }

  /** Of the fleet in sync: from here on one stray rotate is to be borne again. */
  inSync(): void {
    this.straysLeft = 1;
  }

  met(node: VirtualNode): void {
    const { time, random, faults } = this.parts;
    node.troubledAt = time.now;
    if (faults.has('crash') && random.chance(DIES_AFTER_TROUBLE))
      time.after(random.fraction() * 20 * SECOND, 'power fails', node.name, () => this.crash(node));
  }

  /** All that lasts ends now. */
  heal(): void {
    for (const node of this.parts.inventory.nodes) {
      node.isCutOff = false;
      node.diskTrouble = null;
      node.stalledUntil = 0;
      if (!node.isUp) this.boot(node);
    }
  }

  private strike(): void {
    const { random, faults, inventory } = this.parts;
    const node = random.pick(inventory.nodes);
    const kind = random.pick([
      'partition',
      'stall',
      'crash',
      'disk',
      'restore',
      'clock',
      'stranger',
      'copy',
    ] as const);
    switch (kind) {
      case 'partition':
        if (faults.has('partition')) this.cutOff(node);
        return;
      case 'stall':
        if (faults.has('network')) node.stalledUntil = this.parts.time.now + random.between(1, 90) * SECOND;
        return;
      case 'crash':
        if (faults.has('crash')) this.crash(node);
        return;
      case 'disk':
        if (faults.has('disk')) this.breakDisk(node);
        return;
      case 'copy':
        this.copies.set(node, node.disk.copy());
        return;
      case 'restore':
        if (faults.has('restore')) this.restore(random.pick([...this.copies.keys(), node]));
        return;
      case 'clock':
        if (faults.has('clock')) this.jump(node);
        return;
      case 'stranger':
        return this.stray(node);
    }
  }

  private cutOff(node: VirtualNode): void {
    const { time, random, inventory } = this.parts;
    const isWholeSite = random.chance(0.2);
    const nodes = isWholeSite ? inventory.nodes.filter(({ site }) => site === node.site) : [node];
    for (const each of nodes) {
      each.isCutOff = true;
      each.troubledAt = time.now;
    }
    time.after(
      random.pick([10 * SECOND, MINUTE, 10 * MINUTE]) * random.fraction(),
      'partition ends',
      node.name,
      () => {
        for (const each of nodes) each.isCutOff = false;
      },
    );
  }

  private crash(node: VirtualNode, copy: Directory | null = null): void {
    const { time, random, safety } = this.parts;
    if (!node.isUp || !this.parts.faults.areOn) return;
    const strangersAtRisk = node.disk.hasUnsynced(time.now) && time.now - node.strangerAt < MINUTE;
    node.isUp = false;
    node.troubledAt = time.now;
    time.note(copy ? 'restored' : 'crashes', node.name);
    if (copy) node.disk.restore(copy);
    else node.disk.losePower(random, time.now);
    if (copy) safety.excuse(node, 'restored from an older copy');
    else if (strangersAtRisk) safety.excuse(node, "a stranger's unsynced writes were lost");
    else safety.changed(node);
    time.after(random.pick([SECOND, 30 * SECOND, 10 * MINUTE]) * random.fraction(), 'boots', node.name, () =>
      this.boot(node),
    );
  }

  private boot(node: VirtualNode): void {
    if (node.isUp) return;
    node.isUp = true;
    node.troubledAt = this.parts.time.now;
    this.parts.safety.changed(node);
  }

  private restore(node: VirtualNode): void {
    const copy = this.copies.get(node);
    // Where every disk is old nobody knows the keys any more.
    const isRestLeft = this.parts.inventory.nodes.some((other) => other !== node && other.counts);
    if (!copy || !isRestLeft) return;
    // Its staged key is not the others', so the next stray rotate is not the first thing out of order.
    this.straysLeft = 0;
    this.crash(node, copy);
  }

  private breakDisk(node: VirtualNode): void {
    const { time, random } = this.parts;
    node.diskTrouble = random.pick(['ENOSPC', 'EIO', 'EACCES']);
    node.troubledAt = time.now;
    time.after(random.between(1, 300) * SECOND, 'disk mends', node.name, () => (node.diskTrouble = null));
  }

  /** Any two clocks stay within half of the margin of each other, which is there for that. */
  private jump(node: VirtualNode): void {
    const { random, settings } = this.parts;
    const offset = Math.round((random.fraction() - 0.5) * (settings.marginMs / 2));
    if (random.chance(0.1)) this.serverOffsetMs = offset;
    else node.clockOffsetMs = offset;
  }

  private stray(node: VirtualNode): void {
    const { faults, safety } = this.parts;
    const isFull = node.fileCount > MAX_ACTIVE_KEYS / 2;
    if (!node.counts || isFull || !(faults.has('stranger') || faults.has('strangers'))) return;
    const isTooMany = this.straysLeft <= 0;
    if (isTooMany && !faults.has('strangers')) return;
    this.straysLeft--;
    if (isTooMany) safety.isOrderUnknown = true;
    const excuse = isTooMany ? 'rotated by strangers more than once' : null;
    strayRotate(node, this.parts, MAX_ACTIVE_KEYS, excuse);
  }
}
