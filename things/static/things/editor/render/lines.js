/** Line breaking from one table of advances, the same as the server's: a word wraps where it does there. */

/** @typedef {{units: number, ascent: number, descent: number, default: number, advances: Record<string, Record<string, number>>}} Metrics
 * @typedef {{text: string, width: number, start: number}} Line */

export const LINE_HEIGHT = 1.3;

/** @param {Metrics} metrics */
export function createLetters(metrics) {
  /** @param {string} text @param {number} size @param {number} weight */
  function advance(text, size, weight) {
    const table = metrics.advances[weight] ?? metrics.advances[400];
    let sum = 0;
    for (const character of text) sum += table[character] ?? metrics.default;
    return (sum * size) / metrics.units;
  }

  /** Lines with their offsets in code units. @param {string} text @param {number} width @param {number} size @param {number} weight @returns {Line[]} */
  function layout(text, width, size, weight) {
    /** @type {Line[]} */ const lines = [];
    let start = 0;
    for (const paragraph of text.split("\n")) {
      lines.push(...wrap(paragraph, start, width, size, weight));
      start += paragraph.length + 1;
    }
    return lines;
  }

  /** @param {string} paragraph @param {number} start @param {number} width @param {number} size @param {number} weight */
  function wrap(paragraph, start, width, size, weight) {
    /** @type {Line[]} */ const lines = [];
    let begin = 0;
    while (true) {
      let end = fitting(paragraph, begin, width, size, weight);
      if (end < paragraph.length) {
        const space = paragraph.lastIndexOf(" ", end);
        if (space > begin) end = space + 1;
      }
      const shown = paragraph.slice(begin, end).replace(end < paragraph.length ? / +$/ : /$^/, "");
      lines.push({ text: shown, width: advance(shown, size, weight), start: start + begin });
      if (end >= paragraph.length) return lines;
      begin = end;
      while (paragraph[begin] === " ") begin++;
      if (begin >= paragraph.length) return lines;
    }
  }

  /** How far a line reaches from `begin`, at least one character. @param {string} paragraph @param {number} begin @param {number} width @param {number} size @param {number} weight */
  function fitting(paragraph, begin, width, size, weight) {
    let [end, used] = [begin, 0];
    for (const character of paragraph.slice(begin)) {
      used += advance(character, size, weight);
      if (used > width + 1e-6 && end > begin && character !== " ") return end;
      end += character.length;
    }
    return end;
  }

  /** From a line's top to its baseline. @param {number} size */
  function baseline(size) {
    const [ascent, descent] = [metrics.ascent / metrics.units, Math.abs(metrics.descent) / metrics.units];
    return (LINE_HEIGHT * size - (ascent + descent) * size) / 2 + ascent * size;
  }

  return { advance, layout, baseline };
}
