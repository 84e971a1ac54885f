/** Shapes that differ without their colours. */
const SHAPES = {
  primary: <circle cx="8" cy="8" r="6" fill="currentColor" />,
  staged: (
    <>
      <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor" />
    </>
  ),
  secondary: <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5" />,
  missing: <path d="M3.5 3.5l9 9m0-9l-9 9" stroke="currentColor" stroke-width="2" fill="none" />,
  unknown: (
    <path
      d="M5.2 5.6C5.2 3.9 6.4 3 8 3s2.8 1 2.8 2.5c0 2-2.8 2-2.8 4.2M8 12v1.6"
      stroke="currentColor"
      stroke-width="1.7"
      fill="none"
    />
  ),
  good: <path d="M2.5 8.5l3.5 3.5 7.5-8" stroke="currentColor" stroke-width="2.2" fill="none" />,
  bad: (
    <path
      d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.5v4.3M8 10.6v1.3"
      stroke="currentColor"
      stroke-width="1.6"
      fill="none"
    />
  ),
  attention: (
    <path
      d="M8 2l6.5 11.5h-13zM8 6.3v3.6M8 11v1.2"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linejoin="round"
      fill="none"
    />
  ),
  working: (
    <path
      d="M13.2 8A5.2 5.2 0 1 1 8 2.8h3M8.8 .8l2.3 2-2.3 2"
      stroke="currentColor"
      stroke-width="1.7"
      fill="none"
    />
  ),
  back: <path d="M6.5 3.5L2 8l4.5 4.5M2.5 8H14" stroke="currentColor" stroke-width="1.7" fill="none" />,
  stopped: <path d="M3.5 3.5h9v9h-9z" fill="currentColor" />,
  paused: <path d="M5 3v10M11 3v10" stroke="currentColor" stroke-width="2.4" />,
  fenced: <path d="M3 13V5l2-2 2 2v8m2 0V5l2-2 2 2v8M1.5 8.5h13" stroke="currentColor" fill="none" />,
} as const;

export type IconName = keyof typeof SHAPES;

/** Always beside a word that says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
