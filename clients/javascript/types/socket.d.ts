/**
 * @param {string} url
 * @param {import("./environment.js").Environment} environment
 * @param {import("./connection.js").Owner} owner
 * @returns {import("./connection.js").Transport}
 */
export function openSocket(url: string, { WebSocket }: import("./environment.js").Environment, owner: import("./connection.js").Owner): import("./connection.js").Transport;
