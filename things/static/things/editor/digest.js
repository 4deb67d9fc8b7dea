/** The digest of what is confirmed: equal at the same revision for everybody who sees the same. */

const MASK = (1n << 64n) - 1n;

/** RFC 8785: keys by UTF-16 code units, numbers and strings as JavaScript writes them. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** First 8 bytes of SHA-256 of a widget as the API shows it. @param {any} widget @returns {Promise<bigint>} */
async function hash(widget) {
  const bytes = new TextEncoder().encode(canonical(widget));
  return new DataView(await crypto.subtle.digest("SHA-256", bytes)).getBigUint64(0);
}

/** Computed anew for what changed since; hashes are kept by the widget object, which never changes in place. */
export function createDigest() {
  /** @type {WeakMap<object, Promise<bigint>>} */ const known = new WeakMap();

  /** @param {Iterable<any>} widgets living, as the API shows them @returns {Promise<string>} 16 hex digits */
  return async (widgets) => {
    let sum = 0n;
    const hashes = [...widgets].map((widget) => {
      const found = known.get(widget) ?? hash(widget);
      known.set(widget, found);
      return found;
    });
    for (const part of await Promise.all(hashes)) sum = (sum + part) & MASK;
    return sum.toString(16).padStart(16, "0");
  };
}
