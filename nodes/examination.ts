/** Tries on a node what a rotation does there, below `.rotor` only and under names of its own, and looks at what is around. */
import { createHash } from 'node:crypto';
import type { Examined, SettingsReading } from '../core/examination.js';
import type { Problem } from '../core/problems.js';
import { readKeystoneSettings } from './keystone-settings.js';
import { makeWorkDirectory, offsetOf } from './lock.js';
import { NodeError } from './node-error.js';
import { WORK_DIRECTORY, lookAround } from './reading.js';
import type { Attributes, ExaminedFiles, SystemFiles } from './repository-files.js';
import { findTimers } from './timers.js';

const FILE_MODE = 0o600;
const OTHERS_MAY_READ = 0o044;
const KEY_NAME = /^\d+$/;

/** What is written is no key, and says whose it is. */
const CONTENT = Buffer.from('rotor doctor was here; may be removed\n');

export interface ExaminationOptions {
  readonly run: string;
  readonly keystoneConf?: string;
}

/**
 * Leaves one mark below `.rotor`, for `readMarks` to find wherever the same repository is mounted, and which it removes.
 *
 * @throws NodeError when the node can't be examined at all
 */
export async function examine(
  files: ExaminedFiles,
  system: SystemFiles,
  { run, keystoneConf }: ExaminationOptions,
): Promise<Examined> {
  const directory = await files.attributes('.');
  const work = await tryWork(files, directory, run);
  const { freeBytes, freeFiles, id } = await files.fileSystem('.');
  const ofWork = await files.fileSystem(WORK_DIRECTORY).catch(() => null);
  const keys = (await files.list('.')).filter(({ name, kind }) => kind === 'file' && KEY_NAME.test(name));
  return {
    directory: { uid: directory.uid, mode: directory.mode },
    readableByOthers: keys.filter(({ mode }) => (mode & OTHERS_MAY_READ) !== 0).map(({ name }) => name),
    ...work,
    isOneFileSystem: ofWork === null || ofWork.id === id,
    freeBytes,
    freeFiles,
    settings: keystoneConf === undefined ? null : await readSettings(files, system, keystoneConf),
    timers: await findTimers(system),
  };
}

type Work = Pick<Examined, 'work' | 'clockOffsetMs'>;

/** Everything that the writer does, in its order: make, link, rename over, sync. */
async function tryWork(files: ExaminedFiles, { uid, gid }: Attributes, run: string): Promise<Work> {
  const mark = markOf(run, files.node);
  const [made, linked] = [`${mark}-made`, `${mark}-linked`];
  try {
    if (!(await lookAround(files)).hasWorkDirectory) await makeWorkDirectory(files);
    // An attempt of this same examination may have ended in its middle.
    for (const each of [mark, made, linked]) await files.remove(each);
    await files.create(mark, CONTENT, { mode: FILE_MODE, uid, gid });
    const before = Date.now();
    await files.create(made, CONTENT, { mode: FILE_MODE, uid, gid });
    const { modifiedAt } = await files.attributes(made);
    await files.link(made, linked);
    await files.remove(made);
    await files.create(made, CONTENT, { mode: FILE_MODE, uid, gid });
    await files.rename(linked, made);
    await files.syncDirectory(WORK_DIRECTORY);
    await files.syncDirectory('.');
    return { work: null, clockOffsetMs: offsetOf(modifiedAt, before) };
  } catch (error) {
    // An operation that runs clears what is below `.rotor`, ours too, and proves by itself that all this can be done.
    const problem = problemIn(error);
    return { work: problem.code === 'no-repository' ? null : problem, clockOffsetMs: null };
  } finally {
    for (const each of [made, linked]) await files.remove(each).catch(() => {}); // a later visit's clearing removes it
  }
}

function markOf(run: string, node: string): string {
  const digest = createHash('sha256').update(node).digest('hex').slice(0, 16);
  return `${WORK_DIRECTORY}/doctor-${run}-${digest}`;
}

/**
 * The nodes whose marks of this run lie in this node's repository, beside its own; that one is removed.
 *
 * @param nodes names of the whole fleet
 */
export async function readMarks(
  files: ExaminedFiles,
  { run, nodes }: { run: string; nodes: readonly string[] },
): Promise<string[]> {
  const names = (await files.list(WORK_DIRECTORY)).map(({ name }) => `${WORK_DIRECTORY}/${name}`);
  return nodes.filter((node) => node !== files.node && names.includes(markOf(run, node)));
}

export async function removeMark(files: ExaminedFiles, run: string): Promise<void> {
  await files.remove(markOf(run, files.node));
}

async function readSettings(
  files: ExaminedFiles,
  system: SystemFiles,
  path: string,
): Promise<SettingsReading> {
  try {
    const settings = await readKeystoneSettings(system, path);
    return {
      path,
      settings,
      problem: null,
      isElsewhere: await isElsewhere(files, system, settings.keyRepository),
    };
  } catch (error) {
    return { path, settings: null, problem: problemIn(error), isElsewhere: false };
  }
}

/** In a container the path of the repository is another one; only one that exists here says anything. */
async function isElsewhere(files: ExaminedFiles, system: SystemFiles, named: string): Promise<boolean> {
  try {
    await system.attributes(named);
    return (await system.realPath(named)) !== (await files.realPath());
  } catch (error) {
    problemIn(error);
    return false;
  }
}

function problemIn(error: unknown): Problem {
  if (!(error instanceof NodeError) || error.code === 'unreachable') throw error;
  return { code: error.code, message: error.message };
}
