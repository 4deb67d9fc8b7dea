/** Pending wishes on this device (IndexedDB), a list for each person and Thing. */

const NAME = "widgetapp";
const TABLE = "pending";

/** @param {string} key */
export function createKeep(key) {
  const opened = open().catch(() => null);
  /** @type {Promise<any>} */ let writing = Promise.resolve();

  /** @param {IDBTransactionMode} mode @param {(table: IDBObjectStore) => IDBRequest} act */
  async function within(mode, act) {
    const database = await opened;
    if (!database) return undefined;
    const request = act(database.transaction(TABLE, mode).objectStore(TABLE));
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  return {
    /** @returns {Promise<any[]>} */
    load: async () => (await within("readonly", (table) => table.get(key)).catch(() => undefined)) ?? [],
    /** @param {any[]} entries */
    save(entries) {
      const act = (/** @type {IDBObjectStore} */ table) => (entries.length ? table.put(entries, key) : table.delete(key));
      writing = writing.then(() => within("readwrite", act)).catch(() => undefined);
    },
  };
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
