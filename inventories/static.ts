import type { SourceOf } from '../configuration/inventory-schema.js';
import type { Listing, Source } from './source.js';

/** Nodes that stand in the configuration itself. */
export function staticSource({ sites }: Pick<SourceOf<'static'>, 'sites'>, label: string): Source {
  return { label, list: () => Promise.resolve(listingOf(sites)) };
}

export function listingOf(sites: SourceOf<'static'>['sites']): Listing {
  return {
    nodes: sites.flatMap((site) => site.nodes.map((node) => ({ ...ofSite(site), ...node, site: site.name }))),
  };
}

/** What a site says for its nodes. */
function ofSite({ proxyJump }: SourceOf<'static'>['sites'][number]) {
  return proxyJump === undefined ? {} : { proxyJump };
}
