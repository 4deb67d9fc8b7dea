/**
 * The server's own refusals carry their close code in the problem document. Whatever else answers, a portal or a proxy,
 * says only that this way does not work at present.
 *
 * @param {Response} answer
 * @returns {Promise<import("./connection.js").Close>}
 */
export function refusalOf(answer: Response): Promise<import("./connection.js").Close>;
