export class Attempt {
    /** @param {Options} options */
    constructor(options: Options);
    /** @type {Connection | null} */ candidate: Connection | null;
    /** Whether it is for a better way only, and makes room for any other. */ spare: boolean;
    get pending(): boolean;
    /** @param {boolean} spare */
    begin(spare: boolean): Promise<void>;
    /** It succeeded or failed: there is none now. */
    over(): void;
    giveUp(): void;
    #private;
}
/**
 * The attempt under way, at most one: first a ticket, then a connection that has not said welcome yet, the candidate.
 */
export type Connection = import("./connection.js").Connection;
/**
 * The attempt under way, at most one: first a ticket, then a connection that has not said welcome yet, the candidate.
 */
export type Options = {
    timers: import("./environment.js").Timers;
    ticket: () => Promise<string | null | undefined>;
    connect: (ticket: string | null | undefined, spare: boolean) => Connection;
    report: (error: unknown) => void;
    failed: (reason: string, spare: boolean) => void;
};
