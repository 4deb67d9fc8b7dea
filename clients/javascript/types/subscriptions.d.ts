export class Subscriptions {
    /** @param {import("./environment.js").Environment} environment */
    constructor(environment: import("./environment.js").Environment);
    environment: import("./environment.js").Environment;
    /** @template {AnyTopic} T
     * @param {T} topic */
    add<T extends AnyTopic>(topic: T): T;
    /** @param {import("./topic.js").Topic} topic */
    ask(topic: import("./topic.js").Topic): void;
    /** @param {import("./topic.js").Topic} topic */
    drop(topic: import("./topic.js").Topic): void;
    /** @param {import("./topic.js").Topic} topic */
    forget(topic: import("./topic.js").Topic): void;
    /** @param {import("./state.js").State} state */
    queue(state: import("./state.js").State): void;
    /**
     * The subscriptions of a `hello`, with the positions of now (H4).
     *
     * @param {Connection} connection
     * @param {number} id
     */
    hello(connection: Connection, id: number): import("./frames.js").SubscriptionRequest[];
    /**
     * @param {Connection} connection the one that counts from now on
     * @param {import("./frames.js").Welcome} welcome
     */
    welcomed(connection: Connection, welcome: import("./frames.js").Welcome): void;
    /** The connection is gone, and there is no other yet. */
    lost(): void;
    /** The stream is stopped: no topic does anything until `resume`. */
    halt(): void;
    resume(): void;
    /**
     * @param {Connection} connection
     * @param {ServerFrame} frame
     * @returns {boolean} whether it was understood here
     */
    frame(connection: Connection, frame: ServerFrame): boolean;
    #private;
}
/**
 * All topics of a stream: who is subscribed, to be told what, on which connection (S, H4). Asks made in one turn of the
 * event loop go in one frame; more topics than the server allows wait until a place is free.
 */
export type Connection = import("./connection.js").Connection;
/**
 * All topics of a stream: who is subscribed, to be told what, on which connection (S, H4). Asks made in one turn of the
 * event loop go in one frame; more topics than the server allows wait until a place is free.
 */
export type ServerFrame = import("./frames.js").ServerFrame;
/**
 * All topics of a stream: who is subscribed, to be told what, on which connection (S, H4). Asks made in one turn of the
 * event loop go in one frame; more topics than the server allows wait until a place is free.
 */
export type AnyTopic = import("./log.js").Log | import("./state.js").State;
