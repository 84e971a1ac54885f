import { PythonScript } from './python-script.js';

/** Keystone's default, which most of the peers leave as it is: one staged key, the primary, and the one before it. */
const MAX_ACTIVE_KEYS = 3;

/** A repository that is rotated with Keystone's own code. */
export class Master {
  private constructor(
    private readonly script: PythonScript,
    readonly repository: string,
  ) {}

  /** Makes the repository and fills it. */
  static async start(repository: string): Promise<Master> {
    const master = new Master(
      PythonScript.start('master.py', [repository, `${MAX_ACTIVE_KEYS}`]),
      repository,
    );
    try {
      await master.script.answer();
      return master;
    } catch (error) {
      await master.stop();
      throw error;
    }
  }

  /** @returns the names of its files, as Python's `os.listdir` orders them */
  async rotate(): Promise<string[]> {
    return (await this.script.ask()) as string[];
  }

  stop(): Promise<void> {
    return this.script.stop();
  }
}
