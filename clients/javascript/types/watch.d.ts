export class Watch {
    /**
     * @param {import("./environment.js").Timers} timers
     * @param {(reason: string) => void} lost
     */
    constructor(timers: import("./environment.js").Timers, lost: (reason: string) => void);
    heard(): void;
    /** @param {number} interval seconds between pings */
    welcomed(interval: number): void;
    /** Any frame is an answer; without one within 2 s the connection is given up as half-open.
     * @param {() => void} ask */
    probe(ask: () => void): void;
    /** Nothing more will come. */
    over(): void;
    clear(): void;
    #private;
}
