/** The world of a transcript: virtual time, fixed chance, sockets whose other end is the test. */

/** @typedef {{url: string, readyState: number, sent: any[], closed: number | null, onopen: any, onmessage: any, onclose: any}} FakeSocket */

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function virtualTimers() {
  let now = 0;
  let serial = 0;
  const pending = new Map();
  const next = (until) =>
    [...pending.entries()].filter(([, { due }]) => due <= until).sort(([a, x], [b, y]) => x.due - y.due || a - b)[0];
  return {
    setTimeout(callback, ms) {
      pending.set(++serial, { due: now + ms, callback });
      return serial;
    },
    clearTimeout: (handle) => void pending.delete(handle),
    now: () => now,
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (let found = next(until); found; found = next(until)) {
        const [handle, { due, callback }] = found;
        pending.delete(handle);
        now = Math.max(now, due);
        callback();
        await settle();
      }
      now = until;
    },
  };
}

/** @param {{random?: number}} setup */
export function makeWorld({ random = 0.5 } = {}) {
  const timers = virtualTimers();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const reports = [];
  const page = { hidden: false, wake: () => {} };

  class FakeWebSocket {
    readyState = 0;
    sent = [];
    closed = null;
    onopen = null;
    onmessage = null;
    onclose = null;

    constructor(url, protocols) {
      this.url = url;
      this.protocols = protocols;
      sockets.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close(code) {
      this.readyState = 3;
      this.closed = code;
    }
  }

  return {
    sockets,
    reports,
    settle: () => timers.advance(0),
    advance: (seconds) => timers.advance(seconds * 1000),
    environment: {
      WebSocket: FakeWebSocket,
      timers,
      random: () => random,
      report: (error) => reports.push(error),
      page: {
        hidden: () => page.hidden,
        listen(wake) {
          page.wake = wake;
          return () => (page.wake = () => {});
        },
      },
    },
    socket: (index = sockets.length - 1) => sockets[index],
    accept(socket) {
      socket.readyState = 1;
      socket.onopen?.();
    },
    say: (socket, text) => socket.onmessage?.({ data: text }),
    drop(socket, code) {
      socket.readyState = 3;
      socket.onclose?.({ code, reason: "" });
    },
    online: () => page.wake(),
    hide(hidden) {
      page.hidden = hidden;
      if (!hidden) page.wake();
    },
  };
}
