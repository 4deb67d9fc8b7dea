export class Awaited {
    /**
     * @param {import("./environment.js").Timers} timers
     * @param {number} ms
     * @param {() => void} late
     */
    constructor(timers: import("./environment.js").Timers, ms: number, late: () => void);
    /** @param {number} offset */
    add(offset: number): void;
    /** @param {number} offset everything up to it has come */
    reached(offset: number): void;
    clear(): void;
    /** Nothing can come at present: of what is missing, only the newest matters. */
    hold(): void;
    /** It can come again, and has the whole time for it. */
    release(): void;
    #private;
}
