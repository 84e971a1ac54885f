/** Commands that can be said from here, where the server takes words: each asks for the token once, and keeps it in memory only. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Said, Word } from '../schemas.js';
import { Icon } from './icons.js';
import { ask } from './live.js';

/** Opens the dialog; null where the server takes no words. */
const OpenDialog = createContext<((say: Word['say']) => void) | null>(null);

/** Has the dialog, which outlives the button that opened it: what is said may take the command off the page. */
export function Saying({ isPossible, children }: { isPossible: boolean; children: ComponentChildren }) {
  const [say, setSay] = useState<Word['say'] | null>(null);
  return (
    <OpenDialog.Provider value={isPossible ? setSay : null}>
      {children}
      {say && <Dialog key={say} say={say} onClose={() => setSay(null)} />}
    </OpenDialog.Provider>
  );
}

/** Never in storage, an address or a log; gone with the page. */
let token = '';

const SAYABLE = /^rotor (retry|pause|resume|abort|rotate)$/;

/** A button for a command, where it can be said from here. */
export function SayButton({ command }: { command: string }) {
  const openDialog = useContext(OpenDialog);
  const say = SAYABLE.exec(command)?.[1] as Word['say'] | undefined;
  if (!openDialog || say === undefined) return null;
  return (
    <button type="button" onClick={() => openDialog(say)}>
      {say} …
    </button>
  );
}

function Dialog({ say, onClose }: { say: Word['say']; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [typed, setTyped] = useState({ token, reason: '' });
  const [outcome, setOutcome] = useState<{ said?: Said; problem?: string } | null>(null);
  const [isSending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    setSending(true);
    try {
      setOutcome({ said: await tell(wordOf(say, typed.reason), typed.token) });
    } catch (error) {
      setOutcome({ problem: error instanceof Error ? error.message : String(error) });
    }
    setSending(false);
  };
  return (
    <dialog ref={dialog} aria-labelledby={title} onClose={onClose}>
      <h2 id={title}>{QUESTIONS[say]}</h2>
      {outcome?.said ? (
        <>
          <p role="status">{outcome.said.message}</p>
          <button type="button" autofocus onClick={() => dialog.current?.close()}>
            close
          </button>
        </>
      ) : (
        <form onSubmit={(event) => void send(event)}>
          {say === 'rotate' && (
            <label>
              Reason
              <input
                required
                maxLength={500}
                value={typed.reason}
                onInput={({ currentTarget }) => setTyped({ ...typed, reason: currentTarget.value })}
              />
            </label>
          )}
          <label>
            Token
            <input
              type="password"
              required
              autocomplete="off"
              value={typed.token}
              onInput={({ currentTarget }) => setTyped({ ...typed, token: currentTarget.value })}
            />
          </label>
          {outcome?.problem && (
            <p class="tone-bad" role="alert">
              <Icon name="bad" /> {outcome.problem}
            </p>
          )}
          <div class="choices">
            <button type="button" onClick={() => dialog.current?.close()}>
              not now
            </button>
            <button type="submit" disabled={isSending}>
              {say}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}

const QUESTIONS: Readonly<Record<Word['say'], string>> = {
  retry: 'Look again now?',
  pause: 'Stop after the step that runs?',
  resume: 'Let it go on?',
  abort: 'Give it up, and put back what can be put back?',
  rotate: 'Start a rotation now?',
};

function wordOf(say: Word['say'], reason: string): Word {
  return say === 'rotate' ? { say, reason } : { say };
}

async function tell(word: Word, withToken: string): Promise<Said> {
  const said = await ask<Said>('api/say', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${withToken}` },
    body: JSON.stringify(word),
  });
  token = withToken;
  return said;
}
