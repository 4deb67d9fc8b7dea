/**
 * What one connection was asked, and for which topics the server holds a place on it. Pure bookkeeping: it keeps an
 * answer from being taken for a newer question's, and a topic from living on after its owner let it go (S1, S2).
 *
 * @typedef {import("./frames.js").Outcome} Outcome
 * @typedef {import("./topic.js").Topic} Topic
 */
export class Ledger {
  /** @type {Map<number, Topic[]>} */ #requests = new Map();
  /** @type {Map<Topic, number>} the newest question about each topic that has no answer yet */ #asked = new Map();
  /** @type {Set<Topic>} */ #held = new Set();

  /** How many places are taken, or asked for. */
  get size() {
    return this.#held.size;
  }

  /** @param {Topic} topic */
  holds(topic) {
    return this.#held.has(topic);
  }

  /** Those with a place, or asked for. */
  held() {
    return [...this.#held];
  }

  /**
   * @param {number} id
   * @param {Topic[]} topics in the order they were named
   */
  ask(id, topics) {
    this.#requests.set(id, topics);
    for (const topic of topics) {
      this.#asked.set(topic, id);
      this.#held.add(topic);
    }
  }

  /** @param {Topic} topic */
  release(topic) {
    this.#asked.delete(topic);
    return this.#held.delete(topic);
  }

  /**
   * The topics of a request with their outcomes, by order, but for those that were asked again since.
   *
   * @param {number} id
   * @param {Outcome[]} outcomes
   * @returns {[Topic, Outcome][]}
   */
  answer(id, outcomes) {
    const topics = this.#requests.get(id) ?? [];
    this.#requests.delete(id);
    return topics.flatMap((topic, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined || this.#asked.get(topic) !== id) return [];
      this.#asked.delete(topic);
      if (outcome.status === "refused") this.#held.delete(topic);
      return [/** @type {[Topic, Outcome]} */ ([topic, outcome])];
    });
  }

  /**
   * The topics of a request that failed as a whole.
   *
   * @param {number} id
   * @returns {Topic[]}
   */
  fail(id) {
    const topics = (this.#requests.get(id) ?? []).filter((topic) => this.#asked.get(topic) === id);
    this.#requests.delete(id);
    for (const topic of topics) this.release(topic);
    return topics;
  }
}
