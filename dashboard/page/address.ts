/** What is shown stands in the page's address, so that it can be sent to somebody. */
import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['fleet', 'history', 'keys', 'schedule'] as const;
export type View = (typeof VIEWS)[number];

export type Parameters = Readonly<Record<string, string>>;

const CHANGED = 'rotor:address';

/** Empty values are left out, so that what is usual has a short address. */
export function addressOf(parameters: Parameters): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const query = new URLSearchParams(given).toString();
  return query === '' ? './' : `?${query}`;
}

/** @param replaces while somebody types, so that each letter is no page of its own to go back to */
export function go(parameters: Parameters, replaces = false): void {
  const address = addressOf(parameters);
  if (replaces) history.replaceState(null, '', address);
  else {
    history.pushState(null, '', address);
    window.scrollTo(0, 0);
  }
  dispatchEvent(new Event(CHANGED));
}

function parametersNow(): Parameters {
  return Object.fromEntries(new URLSearchParams(location.search));
}

export function useAddress(): Parameters {
  const [parameters, setParameters] = useState(parametersNow);
  useEffect(() => {
    const update = () => setParameters(parametersNow());
    addEventListener('popstate', update);
    addEventListener(CHANGED, update);
    return () => {
      removeEventListener('popstate', update);
      removeEventListener(CHANGED, update);
    };
  }, []);
  return parameters;
}

export function viewOf({ view }: Parameters): View {
  return VIEWS.find((each) => each === view) ?? 'fleet';
}
