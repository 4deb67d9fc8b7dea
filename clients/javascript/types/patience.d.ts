export class Patience {
    /**
     * @param {import("./environment.js").Environment} environment
     * @param {() => void} settled the connection is in good health
     */
    constructor(environment: import("./environment.js").Environment, settled: () => void);
    /** Milliseconds to wait now. */
    next(): number;
    welcomed(): void;
    lost(): void;
    reset(): void;
    #private;
}
