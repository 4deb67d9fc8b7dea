export class Log extends Topic {
    /**
     * @param {import("./topic.js").Host} host
     * @param {string} service
     * @param {string} topic
     * @param {LogOptions} options
     */
    constructor(host: import("./topic.js").Host, service: string, topic: string, options: LogOptions);
    /** @type {Position | null} of the last event applied */ position: Position | null;
    get offset(): number;
    /** An HTTP answer told of this offset; if it does not come within 2 s, the topic is asked for again (P2).
     * @param {number} offset */
    expect(offset: number): void;
    /** Throws away what is held and starts from a new snapshot: for a digest that differs. */
    refetch(reason?: string): void;
    /** @param {import("./frames.js").TopicFrame} frame */
    frame(frame: import("./frames.js").TopicFrame): void;
    /** The server's newest offset, told with a ping (R5).
     * @param {number} offset */
    head(offset: number): void;
    /** Pauses the topic, has the application fetch a snapshot, and subscribes from where that stands (R4).
     * @param {{reason: string, snapshot?: string}} reset */
    reset(reset: {
        reason: string;
        snapshot?: string;
    }): void;
    #private;
}
/**
 * A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2).
 */
export type Position = import("./frames.js").Position;
/**
 * A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2).
 */
export type LogEvent = {
    offset: number;
    event: string;
    data: any;
};
/**
 * A topic in log mode: every event exactly once and in order, or a reset that says so (R1, R3, R4, R5, P2).
 */
export type LogOptions = import("./topic.js").TopicHandlers & {
    position?: Position | null;
    onEvent?: (event: LogEvent) => void;
    onReset?: (reset: {
        reason: string;
        snapshot: string | null;
    }) => Promise<Position> | Position;
    onLive?: (live: {
        offset: number;
    }) => void;
    onLarge?: (event: LogEvent) => Promise<any>;
};
import { Topic } from "./topic.js";
