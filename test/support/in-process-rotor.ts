import { run } from '../../client/cli.js';

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `rotor …` in this process, where nobody can be asked. */
export async function rotorInProcess(...argv: string[]): Promise<Answer> {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
  };
  return { code: await run(argv, io), out, err };
}
