import pc from 'picocolors';

export type Colours = Pick<
  ReturnType<typeof pc.createColors>,
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
>;

interface Output {
  readonly isTTY?: boolean;
}

/** Escape codes only where a person sees them: not in a pipe, with `NO_COLOR` (no-color.org), or on a dumb terminal. */
export function wantsColours(output: Output, environment: NodeJS.ProcessEnv): boolean {
  return output.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

/** What is said in colour is always said in words as well. */
export function coloursOf({ hasColours }: { readonly hasColours?: boolean }): Colours {
  return pc.createColors(hasColours === true);
}
