/** @typedef {import("./state.js").State} State */
export class Outbox {
    /** @param {import("./environment.js").Timers} timers */
    constructor(timers: import("./environment.js").Timers);
    /** @param {import("./connection.js").Connection | null} connection without one, every state keeps what it has to say */
    connect(connection: import("./connection.js").Connection | null): void;
    /** @param {State} state */
    add(state: State): void;
    /**
     * Was this error about a message of ours that will be said again? One refused for good is not.
     *
     * @param {import("./frames.js").ErrorFrame} error
     */
    failed({ id, code, retry_after: retryAfter }: import("./frames.js").ErrorFrame): boolean;
    #private;
}
export type State = import("./state.js").State;
