/** The application's handlers: what they throw, now or later, is reported and harms nobody else (S4). */
/** @typedef {(error: unknown) => void} Report */
/**
 * @template T
 * @param {((value: T) => unknown) | undefined} handler
 * @param {T} value
 * @param {Report} report
 */
export function call<T>(handler: ((value: T) => unknown) | undefined, value: T, report: Report): void;
/**
 * What an application's function answers; null when it failed.
 *
 * @template T
 * @param {() => T} work
 * @param {Report} report
 * @returns {Promise<{value: globalThis.Awaited<T>} | null>}
 */
export function answerOf<T>(work: () => T, report: Report): Promise<{
    value: globalThis.Awaited<T>;
} | null>;
/**
 * Who listens to what.
 *
 * @template {Record<string, any>} Events
 */
export class Listeners<Events extends Record<string, any>> {
    /** @param {Report} report */
    constructor(report: Report);
    /**
     * @template {keyof Events} Name
     * @param {Name} name
     * @param {(value: Events[Name]) => void} listener
     */
    add<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => undefined;
    /**
     * @template {keyof Events} Name
     * @param {Name} name
     * @param {Events[Name]} value
     */
    tell<Name extends keyof Events>(name: Name, value: Events[Name]): void;
    #private;
}
export type Report = (error: unknown) => void;
