// The keys of a feed: Page Down and Page Up go from card to card, Enter opens, Ctrl+End leaves the feed.

/** @param {Element} feed */
export function feedKeys(feed) {
  feed.addEventListener("keydown", (event) => {
    const card = event.target.closest("article");
    if (!card) return;
    const next = { PageDown: "nextElementSibling", PageUp: "previousElementSibling" }[event.key];
    if (next) {
      event.preventDefault();
      const other = card[next];
      (other?.matches("article") ? other : other?.querySelector("a"))?.focus();
    } else if (event.key === "Enter" && event.target === card) {
      card.querySelector("h2 a").click();
    }
  });
}
