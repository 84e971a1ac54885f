import { sitesSchema, type SourceOf } from '../configuration/inventory-schema.js';
import { runForJson } from './program.js';
import { checked, type Listing, type Source } from './source.js';
import { listingOf } from './static.js';

/** Nodes that a program prints as JSON, in the shape of `static`. */
export function commandSource(
  { argv, environment }: SourceOf<'command'>,
  label: string,
  folder: string,
): Source {
  return {
    label,
    list: async () => {
      const printed = await runForJson({ label, argv, environment, folder });
      return commandListing(printed, label);
    },
  };
}

/** @throws InventoryError when it is not in the shape of `static` */
export function commandListing(printed: unknown, label: string): Listing {
  return listingOf(checked(sitesSchema, printed, label).sites);
}
