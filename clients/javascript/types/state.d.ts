export class State extends Topic {
    /**
     * @param {import("./topic.js").Host} host
     * @param {string} service
     * @param {string} topic
     * @param {StateOptions} options
     */
    constructor(host: import("./topic.js").Host, service: string, topic: string, options: StateOptions);
    /** @type {Map<string, any>} */ values: Map<string, any>;
    /** Merged with what waits, sent at most 30 times a second; null clears a key; said again after a reconnect.
     * Throws, and leaves everything as it was, when it cannot be sent: no JSON, or too large.
     * @param {Record<string, any>} data */
    send(data: Record<string, any>): void;
    /**
     * What to tell the server now, or null. The caller sends it.
     *
     * @returns {Record<string, any> | null}
     */
    take(): Record<string, any> | null;
    /** What was told did not arrive; newer values win.
     * @param {Record<string, any>} news */
    putBack(news: Record<string, any>): void;
    /** The server refused this: it is not said again.
     * @param {Record<string, any>} news */
    disown(news: Record<string, any>): void;
    /** @param {import("./frames.js").TopicFrame} frame */
    frame(frame: import("./frames.js").TopicFrame): void;
    #private;
}
/**
 * A topic in state mode: the latest value of every key (T1), and what this client says of itself (S7, T2).
 */
export type StateChange = {
    values: Map<string, any>;
    set: Record<string, any>;
    remove: string[];
    full: boolean;
};
/**
 * A topic in state mode: the latest value of every key (T1), and what this client says of itself (S7, T2).
 */
export type StateOptions = import("./topic.js").TopicHandlers & {
    onChange?: (change: StateChange) => void;
};
import { Topic } from "./topic.js";
