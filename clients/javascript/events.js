/**
 * Server-sent events, read as they come: the grammar of the HTML standard, with a bound on what is held.
 *
 * @typedef {{event: string, id: string, data: string}} ServerSentEvent
 */

/** An answer of the server is about 1 MiB in all (E1): more than that without an end of an event is no stream of ours. */
const MOST = 4 * 1024 * 1024;

export class EventParser {
  #rest = "";
  #first = true;
  /** @type {string[]} */ #data = [];
  #size = 0;
  #event = "";
  #id = "";

  /**
   * The events that are complete with this text. Throws when one is too long.
   *
   * @param {string} text
   * @returns {ServerSentEvent[]}
   */
  push(text) {
    const events = [];
    for (const line of this.#lines(text)) {
      if (line === "") events.push(...this.#dispatch());
      else this.#field(line);
    }
    if (this.#rest.length + this.#size > MOST) throw new Error(`expected an event of at most ${MOST} characters`);
    return events;
  }

  /** @param {string} text */
  #lines(text) {
    if (this.#first && text) {
      text = text.replace(/^\uFEFF/, "");
      this.#first = false;
    }
    const held = this.#rest + text;
    // A carriage return at the end may be half of a line's end.
    const whole = held.endsWith("\r") ? held.slice(0, -1) : held;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + held.slice(whole.length);
    return lines;
  }

  /** @param {string} line a comment begins with a colon and is the field without a name */
  #field(line) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch() {
    const event = { event: this.#event || "message", id: this.#id, data: this.#data.join("\n") };
    const complete = this.#data.length > 0;
    this.#data = [];
    this.#size = 0;
    this.#event = "";
    return complete ? [event] : [];
  }
}
