// Who is inside now: while a card is on screen its Thing's presence is heard, and drawn as the line under the
// thumbnail, the avatars and the words.

import { Stream } from "widgetapp-stream";

const MOST = 100; // topics at once, as the stream allows for cards

/** @param {Element} feed @param {string} url of the stream */
export function livePresence(feed, url) {
  const stream = new Stream({ url });
  const heard = new Map();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const card = entry.target;
      if (entry.isIntersecting) hear(stream, heard, card);
      else leave(heard, card);
    }
  });
  const watch = () => {
    for (const card of feed.querySelectorAll("article")) watcher.observe(card);
  };
  watch();
  new MutationObserver(watch).observe(feed, { childList: true });
  stream.connect();
}

function hear(stream, heard, card) {
  if (heard.has(card) || heard.size >= MOST) return;
  const onChange = ({ values }) => show(card, people(values.values()));
  heard.set(card, stream.state("presence", card.dataset.thing, { onChange }));
}

function leave(heard, card) {
  heard.get(card)?.unsubscribe();
  heard.delete(card);
}

/** One entry a person, however many windows they have open. */
export function people(values) {
  const found = new Map();
  for (const { user } of values) if (user) found.set(user.id, user);
  return [...found.values()];
}

/** Two letters: of the first and the last word. */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return [...new Set([words[0], words.at(-1)])].map((word) => [...(word ?? "?")][0]).join("").toUpperCase();
}

function show(card, inside) {
  const line = inside.map(({ color }) => element("i", `p${color}`));
  card.querySelector("[data-line]").replaceChildren(...line);
  const place = card.querySelector("[data-inside]");
  place.replaceChildren(...inside.slice(0, 4).map(avatar));
  if (inside.length > 4) place.append(element("span", "av av--sm av--more", `+${inside.length - 4}`));
  const words = card.querySelector("[data-count]");
  words.hidden = inside.length === 0;
  const count = words.dataset.words.replace("%n", String(inside.length));
  words.replaceChildren(element("span", "", "·"), element("span", "", count));
}

function avatar({ name, color }) {
  const disc = element("span", `av av--sm p${color}`, initials(name));
  disc.setAttribute("role", "img");
  disc.setAttribute("aria-label", name);
  disc.title = name;
  return disc;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
