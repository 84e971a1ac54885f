/** `rotor.yaml` and `known_hosts` of the fleet, as an operator edits them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Fleet } from '../lab/fleet.js';
import type { SceneNode } from './scene.js';

export class FleetFiles {
  /** All but the inventory stays as the fleet was started with. */
  private readonly document: Record<string, unknown>;

  constructor(private readonly fleet: Pick<Fleet, 'config' | 'knownHosts'>) {
    this.document = parse(readFileSync(fleet.config, 'utf8')) as Record<string, unknown>;
  }

  /** The keys that the nodes have now, at the address where the worker sees them. */
  pinHostKeys(nodes: readonly SceneNode[]): void {
    const lines = nodes.map(({ proxy, sshd }) => `[127.0.0.1]:${proxy.port} ${sshd.hostKey}\n`);
    writeFileSync(this.fleet.knownHosts, lines.join(''));
  }

  writeInventory(nodes: readonly SceneNode[]): void {
    const sites = [...new Set(nodes.map(({ region }) => region))].map((name) => ({
      name,
      nodes: nodes.filter(({ region }) => region === name).map(toInventory),
    }));
    writeFileSync(this.fleet.config, stringify({ ...this.document, inventory: [{ kind: 'static', sites }] }));
  }

  breakConfiguration(): void {
    writeFileSync(this.fleet.config, 'fleet: [');
  }
}

function toInventory({ name, proxy, keystoneProxy, sshd, repositoryInSession }: SceneNode) {
  return {
    name,
    address: '127.0.0.1',
    port: proxy.port,
    user: sshd.user,
    repository: repositoryInSession,
    keystone: `http://127.0.0.1:${keystoneProxy.port}/v3`,
  };
}
