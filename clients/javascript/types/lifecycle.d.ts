export class Lifecycle {
    /** @param {Options} options */
    constructor(options: Options);
    /** @type {Connection | null} */ current: Connection | null;
    /** @type {Status} */ status: Status;
    start(): void;
    /** @param {string} reason */
    stop(reason: string): void;
    /** @param {Connection} connection the candidate, which takes over; the old one is closed after it (make before break) */
    welcomed(connection: Connection): void;
    /** Opens another connection at a random moment of the next seconds, and keeps this one meanwhile (D1).
     * @param {readonly [number, number]} range */
    move(range: readonly [number, number]): void;
    /** One attempt at another way, while this one serves. */
    improve(): void;
    /**
     * @param {Connection} connection
     * @param {End} end
     */
    ended(connection: Connection, end: End): void;
    #private;
}
/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * attempt is under way to replace it: a move is a new attempt while the old connection still serves. A spare attempt is
 * for a better way: nothing follows from its failure.
 */
export type Connection = import("./connection.js").Connection;
/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * attempt is under way to replace it: a move is a new attempt while the old connection still serves. A spare attempt is
 * for a better way: nothing follows from its failure.
 */
export type End = import("./connection.js").End;
/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * attempt is under way to replace it: a move is a new attempt while the old connection still serves. A spare attempt is
 * for a better way: nothing follows from its failure.
 */
export type Status = "connecting" | "connected" | "reconnecting" | "waiting" | "stopped";
/**
 * When to connect, and what to do when a connection ends (C, D1, H3). At most one connection is current, and at most one
 * attempt is under way to replace it: a move is a new attempt while the old connection still serves. A spare attempt is
 * for a better way: nothing follows from its failure.
 */
export type Options = {
    environment: import("./environment.js").Environment;
    credentials: import("./credentials.js").Credentials;
    ticket: () => Promise<string | null | undefined>;
    connect: (ticket: string | null | undefined, spare: boolean) => Connection;
    onStatus: (status: Status, reason: string) => void;
    onLost: () => void;
    onWake: () => void;
};
