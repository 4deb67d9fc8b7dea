// "Load more" becomes endless scroll: the next page's cards are fetched a screen before its link is reached.

/** @param {Element} feed */
export function endless(feed) {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) more(feed, entry.target, watcher);
    },
    { rootMargin: "100% 0px" },
  );
  watch(feed, watcher);
}

function watch(feed, watcher) {
  const link = feed.querySelector("[data-more]");
  if (link) watcher.observe(link);
}

/** Fetches the page a link leads to and puts its cards in the link's place. The link stays when that fails. */
async function more(feed, link, watcher) {
  watcher.unobserve(link);
  feed.setAttribute("aria-busy", "true");
  const url = new URL(link.href);
  url.searchParams.set("part", "cards");
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const cards = new DOMParser().parseFromString(await answer.text(), "text/html").body.children;
    link.closest(".more-link").replaceWith(...cards);
    watch(feed, watcher);
  } catch {
    link.addEventListener("focus", () => watcher.observe(link), { once: true });
  } finally {
    feed.setAttribute("aria-busy", "false");
  }
}
