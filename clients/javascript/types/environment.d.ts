/**
 * The page this runs in; a program without one is always visible.
 *
 * @returns {Page}
 */
export function browserPage(): Page;
export function environmentFrom(given: Partial<Environment>): Environment;
/**
 * What the client takes from the world: clock, chance, sockets, HTTP and the page's visibility. A test gives its own.
 */
export type Timers = {
    setTimeout: (callback: () => void, ms: number) => any;
    clearTimeout: (handle: any) => void;
    now: () => number;
};
/**
 * What the client takes from the world: clock, chance, sockets, HTTP and the page's visibility. A test gives its own.
 */
export type Page = {
    hidden: () => boolean;
    listen: (wake: () => void) => () => void;
};
/**
 * `secure`: whether a browser says of a request which site it comes from
 */
export type Environment = {
    WebSocket: any;
    fetch: typeof globalThis.fetch;
    timers: Timers;
    random: () => number;
    page: Page;
    secure: boolean;
    report: (error: unknown) => void;
};
