/** What an activity or a record fails with, as Temporal's ApplicationFailure with a type. */
export class SimulatedFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
