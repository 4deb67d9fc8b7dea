export class Topic {
    /**
     * @param {Host} host
     * @param {string} service
     * @param {string} topic
     * @param {TopicHandlers} handlers
     */
    constructor(host: Host, service: string, topic: string, handlers: TopicHandlers);
    /** @type {TopicStatus} */ status: TopicStatus;
    service: string;
    topic: string;
    key: string;
    /**
     * What to subscribe with, or null when it is not the time.
     *
     * @returns {import("./frames.js").SubscriptionRequest | null}
     */
    request(): import("./frames.js").SubscriptionRequest | null;
    /** No event or value is told after this. */
    unsubscribe(): void;
    /** @param {Outcome} outcome */
    settle(outcome: Outcome): void;
    /**
     * @param {string} code
     * @param {number} [retryAfter] seconds
     */
    refuse(code: string, retryAfter?: number): void;
    /** The server ended it (S5).
     * @param {{code?: string, purge?: boolean}} frame */
    end({ code, purge }: {
        code?: string;
        purge?: boolean;
    }): void;
    /** The connection it was subscribed on is gone. */
    lost(): void;
    /** The application closed the stream: nothing happens until it opens it again. */
    halt(): void;
    resume(): void;
    /** At once, then with backoff as long as nothing comes of it.
     * @param {number} [wait] milliseconds, when the server said how long */
    askAgain(wait?: number): void;
    /** Asking bore fruit: the next time is at once again. */
    progressed(): void;
    /** @param {TopicStatus} status */
    stop(status: TopicStatus): void;
    /**
     * @template T
     * @param {((value: T) => unknown) | undefined} handler
     * @param {T} value
     */
    tell<T>(handler: ((value: T) => unknown) | undefined, value: T): void;
    #private;
}
/**
 * What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4).
 */
export type Outcome = import("./frames.js").Outcome;
/**
 * What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4).
 */
export type TopicStatus = "waiting" | "subscribing" | "replaying" | "live" | "lagging" | "resetting" | "refused" | "ended";
/**
 * What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4).
 */
export type TopicHandlers = {
    onRefused?: (refusal: {
        code: string;
    }) => void;
    onEnded?: (end: {
        code: string;
        purge: boolean;
    }) => void;
};
/**
 * What a log and a state have in common: being subscribed, refused, asked again and ended (S, H4).
 */
export type Host = {
    environment: import("./environment.js").Environment;
    ask: (topic: Topic) => void;
    drop: (topic: Topic) => void;
    forget: (topic: Topic) => void;
    queue: (state: any) => void;
};
