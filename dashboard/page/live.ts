/** What the server tells, and whether it still does. */
import { createContext, h, type ComponentChildren } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Overview } from '../schemas.js';

export interface Live {
  readonly overview: Overview | null;
  /** Since when the server has not been heard; null while it is. */
  readonly silentSince: number | null;
}

const REOPEN_MS = 3_000;

/** Of the server's clock, because a browser's may be off. */
let clockOffsetMs = 0;

export function serverNow(): number {
  return Date.now() + clockOffsetMs;
}

/** One stream of events, opened again whenever it ends. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ overview: null, silentSince: null });
  useEffect(() => {
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout>;
    const open = () => {
      source = new EventSource('api/events');
      source.addEventListener('overview', ({ data }: MessageEvent<string>) => {
        const overview = JSON.parse(data) as Overview;
        clockOffsetMs = Date.parse(overview.at) - Date.now();
        setLive({ overview, silentSince: null });
      });
      source.onopen = () => setLive(({ overview }) => ({ overview, silentSince: null }));
      source.onerror = () => {
        setLive(({ overview, silentSince }) => ({ overview, silentSince: silentSince ?? Date.now() }));
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, []);
  return live;
}

export interface Answer<T> {
  readonly value: T | null;
  readonly problem: string | null;
  /** Another one is asked for. */
  readonly isLoading: boolean;
}

/**
 * Asks for an address, and again whenever `version` is another; what was answered before stays until then.
 *
 * @param address null: nothing is asked
 */
export function useAnswer<T>(address: string | null, version: string | number = 0): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { readonly of: string | null }>(nothing(address));
  useEffect(() => {
    if (address === null) return;
    const left = new AbortController();
    setAnswer((before) => (before.of === address ? { ...before, isLoading: true } : nothing<T>(address)));
    ask<T>(address, { signal: left.signal })
      .then((value) => setAnswer({ of: address, value, problem: null, isLoading: false }))
      .catch((error: unknown) => {
        if (left.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        setAnswer((before) => ({ ...before, problem, isLoading: false }));
      });
    return () => left.abort();
  }, [address, version]);
  return answer.of === address ? answer : nothing(address);
}

function nothing<T>(of: string | null): Answer<T> & { readonly of: string | null } {
  return { of, value: null, problem: null, isLoading: of !== null };
}

/** @throws Error with what the server says against it */
export async function ask<T>(address: string, request: RequestInit): Promise<T> {
  const response = await fetch(address, request);
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  throw new Error((body as { error?: { message?: string } }).error?.message ?? response.statusText);
}

const Now = createContext(0);

/** For words such as "3m ago": nobody else is drawn anew every second. */
export function useNow(): number {
  return useContext(Now);
}

const TICK_MS = 1_000;

export function Clock({ children }: { children: ComponentChildren }) {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return h(Now.Provider, { value: now, children });
}
