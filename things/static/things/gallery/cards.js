// Live cards: while a card is on screen the stream tells what it shows — who is inside now, title, time, thumbnail.

import { Stream } from "widgetapp-stream";

const MOST = 100; // topics at once, as the stream allows for cards
const PICTURE_MS = 1500; // a thumbnail is fetched when its Thing has been still for so long

/** @param {Element} feed @param {string} url of the stream */
export function liveCards(feed, url) {
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
  const onChange = ({ values }) => {
    const told = values.get("card");
    if (!told) return;
    showPeople(card, told.people);
    if (told.revision !== Number(card.dataset.revision)) showChange(card, told);
  };
  heard.set(card, stream.state("gallery", card.dataset.thing, { onChange }));
}

function leave(heard, card) {
  heard.get(card)?.unsubscribe();
  heard.delete(card);
}

/** Somebody changed the Thing since the card was drawn. */
function showChange(card, { title, revision, changed_at: changedAt, trashed }) {
  card.dataset.revision = String(revision);
  card.classList.toggle("is-trashed", trashed);
  card.querySelector("h2 a").textContent = title || card.dataset.untitled;
  const time = card.querySelector("time");
  time.dateTime = changedAt;
  time.textContent = trashed ? time.dataset.trashed : time.dataset.now;
  clearTimeout(pictures.get(card));
  pictures.set(card, setTimeout(() => showPicture(card), PICTURE_MS));
}

const pictures = new WeakMap();

function showPicture(card) {
  const image = card.querySelector(".th img");
  if (!image) return;
  const source = new URL(image.src);
  source.searchParams.set("r", card.dataset.revision);
  image.src = source.href;
}

/** Two letters: of the first and the last word. */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return [...new Set([words[0], words.at(-1)])].map((word) => [...(word ?? "?")][0]).join("").toUpperCase();
}

function showPeople(card, inside) {
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
