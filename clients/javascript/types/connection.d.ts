export class Connection {
    /** @param {Options} options */
    constructor(options: Options);
    ledger: Ledger;
    welcomed: boolean;
    /** @type {string | null} what the server calls this connection */ name: string | null;
    get transport(): import("./fallback.js").TransportName;
    /** Whether messages of ours reach the server. */
    get upstream(): boolean;
    /** @param {object} frame */
    send(frame: object): void;
    /**
     * Sends a frame under an id of its own, and returns the id (F3).
     *
     * @param {{type: string, [field: string]: unknown}} frame
     */
    request({ type, ...rest }: {
        type: string;
        [field: string]: unknown;
    }): number;
    /** Is anybody there? */
    probe(): void;
    /** @param {string} reason */
    lost(reason: string): void;
    /** Closes without another word to the owner. */
    close(): void;
    #private;
}
/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 */
export type ServerFrame = import("./frames.js").ServerFrame;
/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 */
export type Environment = import("./environment.js").Environment;
/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 */
export type Close = {
    code: number;
    reason: string;
    retry?: [number, number] | null;
    orderly?: boolean;
};
/**
 * what a transport calls
 */
export type Owner = {
    opened: () => void;
    received: (text: string, timeStamp: number) => void;
    outdated: () => void;
    closed: (close: Close) => void;
};
/**
 * `upstream`: whether what is sent reaches the server as it is
 */
export type Transport = {
    name: import("./fallback.js").TransportName;
    upstream: boolean;
    send: (frame: object) => void;
    close: () => void;
};
/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 */
export type End = {
    code: number;
    reason: string;
    retry: [number, number] | null;
    welcomed: boolean;
};
/**
 * One connection, whatever carries it: hello, frames both ways, pong. It ends once, and says how.
 */
export type Options = {
    environment: Environment;
    open: (owner: Owner) => Transport;
    hello: (connection: Connection, id: number) => object;
    onFrame: (connection: Connection, frame: ServerFrame) => void;
    onEnd: (connection: Connection, end: End) => void;
};
import { Ledger } from "./ledger.js";
