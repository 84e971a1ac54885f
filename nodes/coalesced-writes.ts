import type { Socket } from 'node:net';

/**
 * Has what is written in one turn of the event loop leave in one piece. The requests of a reading go out together, and each
 * write of its own would cost a call of the system here and wake the server there: most of a rotation's time.
 *
 * @param socket that `connect` was called of, because that puts Node's own `write` in the place of any other
 */
export function coalesceWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
  return socket;
}
