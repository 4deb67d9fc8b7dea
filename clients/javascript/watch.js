/**
 * Is anybody there? The watches over one connection: for the welcome, for silence (nothing heard within 2.5 ping
 * intervals), and for the answer to a probe. When one finds nobody, `lost` is called with the reason.
 */

import { Timer } from "./timer.js";

/** The server allows 10 s for hello and 5 s for a silent service (H1, H3). */
const WELCOME_MS = 15_000;
const PROBE_MS = 2_000;
const SILENCE = 2.5;

/** How long an answer that is over may stand for a connection until the next one is there. */
const OVER_MS = 5_000;

export class Watch {
  #timers;
  #lost;
  #watch;
  #probe;
  #heard = 0;

  /**
   * @param {import("./environment.js").Timers} timers
   * @param {(reason: string) => void} lost
   */
  constructor(timers, lost) {
    this.#timers = timers;
    this.#lost = lost;
    this.#watch = new Timer(timers);
    this.#probe = new Timer(timers);
    this.#watch.set(WELCOME_MS, () => lost("no welcome in time"));
  }

  heard() {
    this.#heard = this.#timers.now();
    this.#probe.clear();
  }

  /** @param {number} interval seconds between pings */
  welcomed(interval) {
    this.#listen(SILENCE * interval * 1000);
  }

  /** Any frame is an answer; without one within 2 s the connection is given up as half-open.
   * @param {() => void} ask */
  probe(ask) {
    if (this.#probe.pending) return;
    this.#probe.set(PROBE_MS, () => this.#lost("no answer"));
    ask();
  }

  /** Nothing more will come. */
  over() {
    this.#watch.set(OVER_MS, () => this.#lost("the answer ended"));
  }

  clear() {
    this.#watch.clear();
    this.#probe.clear();
  }

  /** One timer that looks again, not one per frame.
   * @param {number} ms */
  #listen(ms) {
    const silent = this.#timers.now() - this.#heard;
    if (silent >= ms) this.#lost("no ping");
    else this.#watch.set(ms - silent, () => this.#listen(ms));
  }
}
