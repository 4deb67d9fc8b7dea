export class Fallback {
    /** @param {Options} options */
    constructor(options: Options);
    /** @returns {TransportName} */
    next(): TransportName;
    /** @param {TransportName} transport */
    welcomed(transport: TransportName): void;
    /**
     * A close code of the server's own, or a welcome before: it was heard, so this way works.
     *
     * @param {TransportName} transport
     * @param {{welcomed: boolean, code: number}} end
     */
    ended(transport: TransportName, { welcomed, code }: {
        welcomed: boolean;
        code: number;
    }): void;
    /** The network or the page came back. */
    wake(): void;
    clear(): void;
    #private;
}
/**
 * Which way the next attempt takes (E3). After two attempts by WebSocket on which nothing was heard it is HTTP push; when
 * that fails as well, the network is down and not the WebSocket, which gets the next turn. On push the WebSocket is
 * tried again now and then, and sooner when the network or the page came back.
 */
export type TransportName = "websocket" | "push";
/**
 * Which way the next attempt takes (E3). After two attempts by WebSocket on which nothing was heard it is HTTP push; when
 * that fails as well, the network is down and not the WebSocket, which gets the next turn. On push the WebSocket is
 * tried again now and then, and sooner when the network or the page came back.
 */
export type Options = {
    environment: import("./environment.js").Environment;
    enabled: boolean;
    retry: () => void;
};
