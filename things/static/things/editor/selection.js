/** What is selected: a set of ids that tells when it changes. */

/** @param {(ids: Set<string>) => void} onChange */
export function createSelection(onChange) {
  /** @type {Set<string>} */ let ids = new Set();

  /** @param {Iterable<string>} next */
  function set(next) {
    const wanted = new Set(next);
    if (wanted.size === ids.size && [...wanted].every((id) => ids.has(id))) return;
    ids = wanted;
    onChange(ids);
  }
  return {
    get ids() {
      return ids;
    },
    get list() {
      return [...ids];
    },
    set,
    clear: () => set([]),
    /** @param {string} id */
    has: (id) => ids.has(id),
    /** @param {string} id */
    toggle: (id) => set(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id]),
  };
}
