/**
 * What one connection was asked, and for which topics the server holds a place on it. Pure bookkeeping: it keeps an
 * answer from being taken for a newer question's, and a topic from living on after its owner let it go (S1, S2).
 *
 * @typedef {import("./frames.js").Outcome} Outcome
 * @typedef {import("./topic.js").Topic} Topic
 */
export class Ledger {
    /** How many places are taken, or asked for. */
    get size(): number;
    /** @param {Topic} topic */
    holds(topic: Topic): boolean;
    /** Those with a place, or asked for. */
    held(): import("./topic.js").Topic[];
    /**
     * @param {number} id
     * @param {Topic[]} topics in the order they were named
     */
    ask(id: number, topics: Topic[]): void;
    /** @param {Topic} topic */
    release(topic: Topic): boolean;
    /**
     * The topics of a request with their outcomes, by order, but for those that were asked again since.
     *
     * @param {number} id
     * @param {Outcome[]} outcomes
     * @returns {[Topic, Outcome][]}
     */
    answer(id: number, outcomes: Outcome[]): [Topic, Outcome][];
    /**
     * The topics of a request that failed as a whole.
     *
     * @param {number} id
     * @returns {Topic[]}
     */
    fail(id: number): Topic[];
    #private;
}
/**
 * What one connection was asked, and for which topics the server holds a place on it. Pure bookkeeping: it keeps an
 * answer from being taken for a newer question's, and a topic from living on after its owner let it go (S1, S2).
 */
export type Outcome = import("./frames.js").Outcome;
/**
 * What one connection was asked, and for which topics the server holds a place on it. Pure bookkeeping: it keeps an
 * answer from being taken for a newer question's, and a topic from living on after its owner let it go (S1, S2).
 */
export type Topic = import("./topic.js").Topic;
