// "Load more" becomes endless scroll: the next page's cards are fetched a screen before its link is reached.

/** @param {Element} feed */
export function endless(feed) {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) load(feed, entry.target, watcher);
    },
    { rootMargin: "100% 0px" },
  );
  watch(watcher);
}

/** @param {IntersectionObserver} watcher */
function watch(watcher) {
  const link = document.querySelector("[data-more]");
  if (link) watcher.observe(link);
}

/** Appends the cards of the page that the link leads to; the link stays usable when that fails. */
async function load(feed, link, watcher) {
  watcher.unobserve(link);
  feed.setAttribute("aria-busy", "true");
  try {
    const page = await part(link.href);
    feed.append(...page.querySelectorAll("article"));
    const more = page.querySelector(".more-link");
    link.closest(".more-link").replaceWith(...(more ? [more] : []));
    watch(watcher);
  } catch {
    addEventListener("online", () => watcher.observe(link), { once: true });
  } finally {
    feed.setAttribute("aria-busy", "false");
  }
}

/** @param {string} href @returns {Promise<Document>} */
async function part(href) {
  const url = new URL(href);
  url.searchParams.set("part", "cards");
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`the next page answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
