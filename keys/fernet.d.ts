/** The part of the npm package `fernet` (0.4.0, CommonJS, without types) that is used here. */
declare module 'fernet' {
  export class Secret {
    constructor(base64: string);
  }
  export class Token {
    constructor(options: { secret: Secret; token?: string; time?: Date; ttl?: number });
    encode(message: string): string;
    decode(): string;
  }
  const fernet: { Secret: typeof Secret; Token: typeof Token };
  export default fernet;
}
