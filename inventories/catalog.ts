/** Keystone's own list of identity endpoints: its regions are the sites that a fleet has to have. */
import { cloudAccount } from '../configuration/clouds.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import type { SourceOf } from '../configuration/inventory-schema.js';
import { bareHost, parsedUrl } from '../core/addresses.js';
import { identityEndpoints, type IdentityEndpoint } from '../keystone/catalog.js';
import { KeystoneError } from '../keystone/identity.js';
import { checkedNode, InventoryError, type ListedNode, type Listing, type Source } from './source.js';

export function catalogSource(options: SourceOf<'catalog'>, label: string): Source {
  return {
    label,
    list: async () => {
      const endpoints = await endpointsOf(options, label);
      return catalogListing(endpoints, options, label);
    },
  };
}

async function endpointsOf(options: SourceOf<'catalog'>, label: string): Promise<IdentityEndpoint[]> {
  try {
    const account = await cloudAccount(options.cloud);
    return await identityEndpoints(account.authUrl, account, options.interface);
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof KeystoneError)
      throw new InventoryError(`${label}: ${error.message}`);
    throw error;
  }
}

/** @throws InventoryError when it names no region, or an endpoint that can't be a node */
export function catalogListing(
  endpoints: readonly IdentityEndpoint[],
  options: SourceOf<'catalog'>,
  label: string,
): Listing {
  const regions = [...new Set(endpoints.flatMap(({ region }) => region ?? []))].sort();
  if (regions.length === 0)
    throw new InventoryError(
      `${label}: the catalog has no enabled identity endpoint of the interface ${options.interface} in any region; correct \`interface\`, or the catalog`,
    );
  const nodes = options.endpointsAreNodes ? endpoints.map((each) => nodeOf(each, options, label)) : [];
  return { regions, nodes };
}

function nodeOf({ region, url }: IdentityEndpoint, options: SourceOf<'catalog'>, label: string): ListedNode {
  if (region === null)
    throw new InventoryError(`${label}: the endpoint ${url} belongs to no region, so its site is not clear`);
  const host = bareHost(parsedUrl(url)?.hostname ?? ''); // what is no URL has none, and is refused below
  const { user, repository, keystoneConf } = options;
  const trimmed = url.replace(/\/+$/, '');
  const keystone = trimmed.endsWith('/v3') ? trimmed : `${trimmed}/v3`;
  return checkedNode({ name: host, address: host, user, repository, keystone, keystoneConf }, region, label);
}
