/** The first way to the server: a WebSocket, whose other end speaks the same frames (F1, F6). */

import { LOST } from "./close_codes.js";
import { SUBPROTOCOL } from "./frames.js";

/**
 * @param {string} url
 * @param {import("./environment.js").Environment} environment
 * @param {import("./connection.js").Owner} owner
 * @returns {import("./connection.js").Transport}
 */
export function openSocket(url, { WebSocket }, owner) {
  /** @type {WebSocket} */ let socket;
  try {
    socket = new WebSocket(url.replace(/^http/, "ws"), [SUBPROTOCOL]);
  } catch (error) {
    // A policy of the page may forbid it: an attempt that failed, like any other.
    queueMicrotask(() => owner.closed({ code: LOST, reason: String(error) }));
    return { name: "websocket", upstream: true, send() {}, close() {} };
  }
  let opened = false;
  socket.onopen = () => {
    opened = true;
    owner.opened();
  };
  // Node 20 tells of a refused upgrade by this alone.
  socket.onerror = () => opened || owner.closed({ code: LOST, reason: "" });
  socket.onmessage = ({ data, timeStamp }) => owner.received(data, timeStamp);
  socket.onclose = ({ code, reason }) => owner.closed({ code: code || LOST, reason });
  return {
    name: "websocket",
    upstream: true,
    send(frame) {
      if (socket.readyState === 1) socket.send(JSON.stringify(frame));
    },
    close() {
      socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
      if (socket.readyState < 2) socket.close(1000);
    },
  };
}
