/** The world of a transcript: virtual time, fixed chance, sockets and HTTP whose other end is the test. */

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
    pending: () => pending.size,
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

/** HTTP whose other end is the test: it answers, says, ends, or cannot be reached. */
function fakeHttp() {
  const requests = [];
  const encoder = new TextEncoder();
  const fetch = (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const request = { url, headers, seen: false, aborted: false, stream: null, resolve, reject };
      signal.addEventListener("abort", () => {
        request.aborted = true;
        const error = new DOMException("aborted", "AbortError");
        reject(error);
        request.stream?.error(error);
      });
      requests.push(request);
    });
  return {
    requests,
    fetch,
    answer(request, { answer: status, code, headers = {} }) {
      if (status !== 200) {
        const problem = code && JSON.stringify({ status, code, detail: "refused" });
        const type = problem ? { "Content-Type": "application/problem+json" } : {};
        return request.resolve(new Response(problem ?? "<html>", { status, headers: { ...type, ...headers } }));
      }
      const body = new ReadableStream({ start: (controller) => void (request.stream = controller) });
      request.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream", ...headers } }));
    },
    write: (request, text) => request.stream.enqueue(encoder.encode(text)),
    end: (request) => request.stream.close(),
    unreachable: (request) => (request.stream ? request.stream.error(new TypeError("reset")) : request.reject(new TypeError("fetch failed"))),
  };
}

/** @param {{random?: number, websocket?: boolean}} setup */
export function makeWorld({ random = 0.5, websocket = true } = {}) {
  const timers = virtualTimers();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const reports = [];
  const http = fakeHttp();
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
    http,
    request: (index = http.requests.length - 1) => http.requests[index],
    reports,
    settle: () => timers.advance(0),
    /** How many things would still happen by themselves. */
    pending: () => timers.pending(),
    advance: (seconds) => timers.advance(seconds * 1000),
    environment: {
      WebSocket: websocket ? FakeWebSocket : undefined,
      fetch: http.fetch,
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
    fail: (socket) => socket.onerror?.({}),
    online: () => page.wake(),
    hide(hidden) {
      page.hidden = hidden;
      if (!hidden) page.wake();
    },
  };
}
