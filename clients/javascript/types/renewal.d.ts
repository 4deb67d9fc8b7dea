export class Renewal {
    /**
     * @param {import("./environment.js").Environment} environment
     * @param {(() => Promise<string | null>) | undefined} ticket without it the cookie is renewed by the pages themselves
     */
    constructor(environment: import("./environment.js").Environment, ticket: (() => Promise<string | null>) | undefined);
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {number} within seconds
     */
    ask(connection: import("./connection.js").Connection, within: number): void;
    clear(): void;
    #private;
}
