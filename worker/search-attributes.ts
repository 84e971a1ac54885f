/** Search attributes have to be registered in a namespace before a workflow may set one. */
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** How long an answer about the namespace counts. */
const KNOWN_MS = 60_000;

export class SearchAttributes {
  private known: { readonly areThere: boolean; readonly at: number } | null = null;

  constructor(
    private readonly connection: NativeConnection,
    private readonly namespace: string,
  ) {}

  /**
   * Registers what is missing.
   *
   * @throws where that is not allowed, as in Temporal Cloud: an administrator has to, and until then nothing is found by them
   */
  async register(): Promise<void> {
    const missing = await this.missing();
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(
      missing.map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type)!]),
    );
    await this.connection.operatorService.addSearchAttributes({
      namespace: this.namespace,
      searchAttributes,
    });
  }

  /** Whether workflows may set them now. */
  async areThere(): Promise<boolean> {
    if (this.known && Date.now() - this.known.at < KNOWN_MS) return this.known.areThere;
    const areThere = await this.missing().then(
      (missing) => missing.length === 0,
      () => false,
    );
    this.known = { areThere, at: Date.now() };
    return areThere;
  }

  private async missing() {
    const { namespace } = this;
    const { customAttributes } = await this.connection.operatorService.listSearchAttributes({ namespace });
    return Object.values(SEARCH_ATTRIBUTES).filter(
      ({ name, type }) => customAttributes?.[name] !== encodeSearchAttributeIndexedValueType(type),
    );
  }
}
