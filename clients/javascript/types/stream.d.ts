export class Stream {
    /** @param {StreamOptions} options */
    constructor({ url, ticket, onCredential, fallback, ...given }: StreamOptions);
    /** @type {string | null} the server's name for the present connection */ connection: string | null;
    /** @type {import("./frames.js").User | null} */ user: import("./frames.js").User | null;
    /** @type {import("./frames.js").Limits | null} */ limits: import("./frames.js").Limits | null;
    /** @type {TransportName} of the present connection, or of the last one */ transport: TransportName;
    get status(): import("./lifecycle.js").Status;
    connect(): void;
    /** Topics are kept: `connect` brings them back from where they are. */
    close(): void;
    /**
     * A topic in log mode. Without a position it is live from now on.
     *
     * @param {string} service
     * @param {string} topic
     * @param {import("./log.js").LogOptions} [options]
     */
    log(service: string, topic: string, options?: import("./log.js").LogOptions): Log;
    /**
     * A topic in state mode.
     *
     * @param {string} service
     * @param {string} topic
     * @param {import("./state.js").StateOptions} [options]
     */
    state(service: string, topic: string, options?: import("./state.js").StateOptions): State;
    /**
     * Listens to "status", "welcome" or "error"; returns a function that ends it.
     *
     * @template {keyof StreamEvents} Name
     * @param {Name} name
     * @param {(value: StreamEvents[Name]) => void} listener
     * @returns {() => void}
     */
    on<Name extends keyof StreamEvents>(name: Name, listener: (value: StreamEvents[Name]) => void): () => void;
    #private;
}
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type ConnectionType = import("./connection.js").Connection;
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type ServerFrame = import("./frames.js").ServerFrame;
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type TransportName = import("./fallback.js").TransportName;
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type Status = import("./lifecycle.js").Status;
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type StreamOptions = {
    url: string;
    ticket?: () => Promise<string | null>;
    fallback?: boolean;
    onCredential?: (end: {
        code: number;
        reason: string;
    }) => Promise<boolean> | boolean;
} & Partial<import("./environment.js").Environment>;
/**
 * One authenticated connection for every real-time service of WidgetApp: the entry of this client.
 */
export type StreamEvents = {
    status: {
        status: Status;
        reason: string;
        transport: TransportName;
    };
    welcome: import("./frames.js").Welcome;
    error: import("./frames.js").ErrorFrame;
};
import { Log } from "./log.js";
import { State } from "./state.js";
