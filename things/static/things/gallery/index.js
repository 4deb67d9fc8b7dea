// The gallery page: endless scroll over the real "Load more" link, keys of a feed, menus that close.

import { endless } from "./endless.js";
import { feedKeys } from "./keys.js";
import { menus } from "./menus.js";

const feed = document.querySelector("[data-feed]");
if (feed) {
  endless(feed);
  feedKeys(feed);
  // Its own import: the page stays whole where the stream's client does not load.
  import("./cards.js")
    .then(({ liveCards }) => liveCards(feed, "/_stream"))
    .catch((error) => console.warn("no live cards", error));
}
menus(document);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector("#search")?.focus();
});
