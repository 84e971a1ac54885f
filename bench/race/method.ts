/** A way to rotate the keys of one node while its Keystone reads them. */

/**
 * Says which keys a token may need from now on, by the content of their files. To be called before the first change of a
 * rotation: with every key that is there before it and after it, and that some node of a cloud may have as its primary
 * meanwhile. A key that only arrives, or that the rotation prunes, is not among them.
 */
export type Announce = (keys: readonly Buffer[]) => void;

export interface Method {
  readonly name: string;
  /** Between two file operations; for a method that has such a pause. */
  readonly pauseMs?: number;
  /** The directory that is read. Complete from the start. */
  readonly repository: string;
  /** One rotation, with its pruning. */
  rotate(announce: Announce): Promise<void>;
  stop(): Promise<void>;
}

export interface MethodContext {
  /** Of the method's own; it exists and is empty. */
  readonly directory: string;
  /** Of the pause between two file operations, for a method that has one. */
  readonly pauseMs: number;
  /** Ends a rotation between two file operations. */
  readonly signal: AbortSignal;
}

export interface Contestant {
  readonly name: string;
  start(context: MethodContext): Promise<Method>;
}
