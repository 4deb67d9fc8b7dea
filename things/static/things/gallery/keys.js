// The keys of a feed: Page Down and Page Up go from card to card, Enter opens.

const STEPS = { PageDown: "nextElementSibling", PageUp: "previousElementSibling" };

/** @param {Element} feed */
export function feedKeys(feed) {
  feed.addEventListener("keydown", (event) => {
    const card = event.target.closest("article");
    if (!card) return;
    if (event.key in STEPS) {
      event.preventDefault();
      card[STEPS[event.key]]?.focus();
    } else if (event.key === "Enter" && event.target === card) {
      card.querySelector("h2 a").click();
    }
  });
}
