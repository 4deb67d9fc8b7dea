/** One thing that shall happen later, at most once, and can be called off. */
export class Timer {
    /** @param {import("./environment.js").Timers} timers */
    constructor(timers: import("./environment.js").Timers);
    get pending(): boolean;
    /**
     * Replaces what was set before.
     *
     * @param {number} ms
     * @param {() => void} callback
     */
    set(ms: number, callback: () => void): void;
    clear(): void;
    #private;
}
