/** Search attributes have to be registered in a namespace before a workflow may set one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

const LOOK_EVERY_MS = 60_000;

export class SearchAttributes {
  constructor(
    private readonly connection: NativeConnection,
    private readonly namespace: string,
  ) {}

  /**
   * Whether workflows may set them now. Asked anew each time, because one that Temporal does not know keeps a workflow from
   * going on. What is missing is registered, and there from the next time on.
   */
  async areThere(): Promise<boolean> {
    const { connection, namespace } = this;
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = Object.values(SEARCH_ATTRIBUTES).flatMap(({ name, type }) => {
        const wanted = encodeSearchAttributeIndexedValueType(type)!;
        return customAttributes?.[name] === wanted ? [] : [[name, wanted] as const];
      });
      if (missing.length === 0) return true;
      const searchAttributes = Object.fromEntries(missing);
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch {
      // Where it is not allowed, as in Temporal Cloud, an administrator has to.
    }
    return false;
  }

  /** Puts back what was lost: a workflow that was to set it goes on then by itself. */
  async keep(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.areThere();
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping, ref: false }).catch(() => {});
    }
  }
}
