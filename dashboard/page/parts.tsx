/** Small things that every view uses. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { roughly, utc } from '../../core/times.js';
import { addressOf, go, type Parameters } from './address.js';
import { Icon, type IconName } from './icons.js';
import { useNow } from './live.js';
import { SayButton } from './saying.js';

/** A way to another view that works as any link does: in a new tab, by keyboard. */
export function Link(props: {
  to: Parameters;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
}) {
  const { to, children, current } = props;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={addressOf(to)} class={props.class} onClick={follow} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

const COPIED_MS = 1_500;

/** A command as it is typed, to be taken along. */
export function Command({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <>
      <span class="command">
        <code>{text}</code>
        {/* A page that came over plain HTTP from elsewhere may not write to the clipboard. */}
        {window.isSecureContext && (
          <button type="button" onClick={() => void copy()} aria-label={`Copy ${text}`}>
            {isCopied ? 'copied' : 'copy'}
          </button>
        )}
      </span>
      <SayButton command={text} />
    </>
  );
}

export function Commands({ commands, label }: { commands: readonly string[]; label: string }) {
  if (commands.length === 0) return null;
  return (
    <div class="commands">
      <span class="label">{label}</span>
      <ul>
        {commands.map((command) => (
          <li key={command}>
            <Command text={command} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A moment as people speak of it; the exact one is there as well. */
export function Time({ at, none = 'never' }: { at: string | null; none?: string }) {
  const now = useNow();
  if (at === null) return <span class="muted">{none}</span>;
  const distance = Date.parse(at) - now;
  const words = distance >= 0 ? `in ${roughly(distance)}` : `${roughly(-distance)} ago`;
  return (
    <time dateTime={at} title={`${utc(at)}\n${new Date(at).toString()}`}>
      {words}
    </time>
  );
}

/** Both: when, and how long ago. */
export function FullTime({ at, none = 'never' }: { at: string | null; none?: string }) {
  if (at === null) return <span class="muted">{none}</span>;
  return (
    <span class="full-time">
      <time dateTime={at} title={new Date(at).toString()}>
        {utc(at)}
      </time>{' '}
      <span class="muted">
        (<Time at={at} />)
      </span>
    </span>
  );
}

/** Long enough to be told apart by eye; the whole one is in its title and on the page of keys. */
const SHORT = 8;

export function Fingerprint({ value, whole = false }: { value: string; whole?: boolean }) {
  return (
    <code class="fingerprint" title={value}>
      {whole ? value : value.slice(0, SHORT)}
    </code>
  );
}

const OUTCOMES: Readonly<Record<string, readonly [IconName, string]>> = {
  completed: ['good', 'good'],
  compensated: ['back', 'attention'],
  aborted: ['stopped', 'attention'],
  failed: ['bad', 'bad'],
  terminated: ['missing', 'bad'],
  running: ['working', 'working'],
  retrying: ['attention', 'attention'],
  blocked: ['bad', 'bad'],
  unknown: ['unknown', 'unknown'],
};

export function Outcome({ outcome }: { outcome: string }) {
  const [icon, tone] = OUTCOMES[outcome] ?? ['unknown', 'unknown'];
  return (
    <span class={`outcome tone-${tone}`}>
      <Icon name={icon} />
      {outcome}
    </span>
  );
}

export function Problem({ text }: { text: string | null }) {
  return text === null ? null : (
    <p class="problem tone-bad" role="alert">
      <Icon name="bad" /> {text}
    </p>
  );
}

export function Loading() {
  return <p class="muted loading">reading…</p>;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
