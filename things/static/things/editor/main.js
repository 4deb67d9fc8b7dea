/** The editor's entry: reads what the page brought, joins the parts, listens to the keyboard. */

import { Stream } from "widgetapp-stream";
import { createCamera } from "./camera.js";
import { createDigest } from "./digest.js";
import { html, icon, initials } from "./dom.js";
import { createGestures } from "./gestures.js";
import { newId } from "./ids.js";
import { createKeep } from "./keep.js";
import { createFoot } from "./panels/foot.js";
import { createInspector } from "./panels/inspector.js";
import { createOutline, titleOf } from "./panels/outline.js";
import { createCanvas } from "./render/canvas.js";
import { boxAround, cornersOf, pageOf, through } from "./render/geometry.js";
import { endsOf } from "./render/draw.js";
import { createLetters } from "./render/lines.js";
import { createOverlay } from "./render/overlay.js";
import { createSelection } from "./selection.js";
import { createShortcuts } from "./shortcuts.js";
import { createSpeaker } from "./speaker.js";
import { createStore } from "./store.js";
import { createSync } from "./sync.js";
import { createWords } from "./words.js";

const boot = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("boot")).textContent ?? "{}");
const root = document.documentElement;
/** @type {Set<() => void>} called after every change of the store */
const listeners = new Set();
const $ = (/** @type {string} */ selector) => /** @type {any} */ (document.querySelector(selector));

root.dataset.sprite = $("[data-sprite]").dataset.sprite;
const LOADING = "The Thing could not be loaded. Trying again …";
const [state, metrics] = await Promise.all([fetched(boot.state), fetched(boot.metrics)]);
boot.thing = { ...boot.thing, ...state };
boot.position = { epoch: state.epoch, offset: state.revision };
void start(metrics);

/**
 * What the page starts from. Tried until it is there: until then nothing can be done, so nothing can be lost.
 * @param {string} url @returns {Promise<any>}
 */
async function fetched(url) {
  const place = $("#banner");
  for (let failures = 1; ; failures++) {
    try {
      const response = await fetch(url, { credentials: "include", headers: { Accept: "application/json" } });
      if (response.ok) {
        const read = await response.json();
        place.hidden = true;
        return read;
      }
      place.textContent = response.status === 404 ? "This Thing is no longer shared with you." : LOADING;
    } catch {
      place.textContent = LOADING;
    }
    place.hidden = false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(20_000, Math.random() * 500 * 2 ** failures)));
  }
}

/** @param {any} metrics */
async function start(metrics) {
  const mayEdit = Boolean(boot.me) && ["owner", "editor"].includes(boot.role) && !boot.thing.trashed;
  const letters = createLetters(metrics);
  const store = createStore(boot.thing, boot.kinds);
  const { view } = store;
  const [stage, world, widgets, overlayLayer] = [$("#stage"), $("#world"), $("#widgets"), $("#overlay")];
  /** @type {Map<string, any>} */ let mine = new Map();
  /** @type {Map<string, any>} */ let theirs = new Map();
  /** @type {Map<string, any>} */ let people = new Map();
  const previewOf = (/** @type {string} */ id) => mine.get(id) ?? theirs.get(id);

  const canvas = createCanvas(widgets, { view, letters, previewOf, isLifted: (id) => theirs.has(id) });
  const selection = createSelection(() => {
    overlay.ask();
    outline.ask();
    inspector.ask();
    foot.ask();
    presence({ selection: selection.list.slice(0, 200) });
  });
  const camera = createCamera(stage, world, () => {
    overlay.ask();
    words.layout();
    foot.ask();
    showGrid();
  });
  const overlay = createOverlay(overlayLayer, { camera, view, get: canvas.get, selection, mayEdit });
  const digest = createDigest();
  const speaker = createSpeaker($("#live"), $("#toast"));

  /** Everything the parts need of each other. */
  const editor = {
    stage, camera, view, selection, overlay, canvas, mayEdit, kinds: boot.kinds, boot,
    tool: "select",
    /** @type {any} */ gestures: null,
    spaceHeld: false,
    perform,
    add,
    undo: () => perform([{ type: "undo" }], "", false),
    redo: () => perform([{ type: "redo" }], "", false),
    deleteSelected,
    duplicate,
    setTool,
    say: speaker.say,
    nameOf,
    boxOf,
    preview,
    presence,
    hover: overlay.hover,
    showCursor: (/** @type {any} */ at) => presence({ cursor: { x: Math.round(at.x), y: Math.round(at.y) } }),
    editText: (/** @type {string} */ id) => words.edit(id),
    commitText: () => words.commit(),
    fit,
    rename,
  };
  const words = createWords(editor, $("#canvas"));
  const outline = createOutline($("#outline"), editor);
  const inspector = createInspector($("#panel"), $("#sheet"), editor);
  const foot = createFoot($("#foot"), editor, store);

  const key = `${boot.me?.id ?? "guest"}:${boot.thing.id}`;
  const keep = createKeep(key);
  const left = mayEdit && !boot.past ? await keep.load() : [];
  const sync = createSync({
    store, boot, keep, onState: showSave, onSkipped: tellSkipped, onRefused: tellRefused,
    expect: (offset) => log.expect(offset),
  });

  const stream = new Stream({ url: boot.stream });
  const log = stream.log("things", boot.thing.id, {
    position: boot.position,
    onEvent: ({ data }) => {
      if (sync.receive(data)) foot.changed(data);
      void verify(data.digest);
    },
    onLarge: async ({ offset }) => (await read(`changes/?since=${offset - 1}&limit=1`)).results[0],
    onReset: async () => {
      const thing = await read("");
      store.reset(thing);
      return { epoch: thing.epoch, offset: thing.revision };
    },
    onEnded: () => banner("This Thing is no longer shared with you.", true),
    onRefused: () => banner("This Thing is no longer shared with you.", true),
  });
  const state = stream.state("presence", boot.thing.id, { onChange: ({ values }) => showPeople(values) });
  stream.on("welcome", () => {
    root.dataset.connection = stream.connection ?? "";
    sync.hurry();
  });
  stream.on("status", ({ status, reason }) => {
    root.dataset.stream = status;
    if (status === "stopped" && reason !== "closed") banner("The connection ended. Reload the page to go on.", true);
    else banner(status === "connected" || status === "connecting" ? "" : offlineWords());
  });
  addEventListener("online", () => sync.hurry());

  store.subscribe(({ ids, meta, by }) => {
    canvas.touch(ids);
    overlay.ask();
    outline.ask();
    inspector.ask();
    foot.ask();
    root.dataset.revision = String(store.revision);
    if (meta) showMeta();
    if (by) speaker.remote(by.name, ids.size);
    const gone = selection.list.filter((id) => !view.get(id));
    if (gone.length) selection.set(selection.list.filter((id) => view.get(id)));
  });

  editor.gestures = createGestures(editor);
  createShortcuts(editor, { stage, keysSheet: $("#keys") });
  wire();
  canvas.all();
  canvas.paint();
  fit();
  $("#first-paint")?.remove();
  root.dataset.revision = String(store.revision);
  showSave({ state: "saved", count: 0 });
  showMeta();
  outline.ask();
  inspector.ask();
  foot.load(read);
  if (left.length) sync.resume(left);
  presence({ selection: [] });
  if (!boot.past) stream.connect();
  root.dataset.ready = "yes";

  /** Two people at one revision see the same and can prove it; who does not starts again from the snapshot.
   * @param {string} expected */
  async function verify(expected) {
    const { revision } = store;
    const found = await digest(store.confirmed());
    if (store.revision !== revision) return;
    root.dataset.digest = found;
    if (expected && found !== expected && revision === log.position?.offset) log.refetch("digest");
  }

  /** @param {string} path below the Thing */
  async function read(path) {
    const response = await fetch(`${boot.api}things/${boot.thing.id}/${path}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) throw new Error(`reading failed with ${response.status}`);
    return response.json();
  }

  /** @param {any[]} actions @param {string} [said] @param {boolean} [grouped] */
  function perform(actions, said = "", grouped = false) {
    if (!mayEdit) return speaker.say("You may look at this Thing, not change it.");
    sync.perform(actions, grouped ? `nudge-${selection.list.join()}`.slice(0, 60) : undefined);
    if (said) speaker.say(said);
  }

  /** @param {string} kind @param {{x: number, y: number}} at @param {any} more */
  function add(kind, at, more = {}) {
    const id = newId();
    const size = more.size ?? boot.kinds[kind].fields.size.default;
    const center = { x: at.x + size.width / 2, y: at.y + size.height / 2 };
    const frames = kind === "frame" ? [] : [...view.all()].filter((frame) => frame.kind === "frame" && !frame.locked && !frame.rotation && inside(frame, center));
    const frame = frames.at(-1);
    const offset = frame ? through(pageOf(frame, view.get), { x: 0, y: 0 }) : { x: 0, y: 0 };
    const place = { parent: frame?.id ?? null, x: at.x - offset.x, y: at.y - offset.y };
    perform([{ type: "add", widgets: [{ id, kind, place, ...more }] }], `Added ${more.form ?? kind}`);
    setTool("select");
    selection.set([id]);
    if (kind === "text" || kind === "note") words.edit(id);
    return id;
  }

  /** @param {any} frame @param {any} point */
  function inside(frame, point) {
    const { left, top, right, bottom } = boxOf(frame.id);
    return point.x >= left && point.x <= right && point.y >= top && point.y <= bottom;
  }

  function deleteSelected() {
    const ids = selection.list;
    if (!ids.length) return;
    const count = ids.length;
    perform([{ type: "delete", widgets: ids }]);
    speaker.toast(`Deleted ${count === 1 ? "1 widget" : `${count} widgets`}.`, { label: "Undo", act: editor.undo });
  }

  function duplicate() {
    const all = (/** @type {string} */ id) => [id, ...view.childrenOf(id).flatMap((/** @type {any} */ child) => all(child.id))];
    const ids = Object.fromEntries(selection.list.flatMap(all).map((id) => [id, newId()]));
    if (!selection.ids.size) return;
    const copies = selection.list.map((id) => ids[id]);
    perform([{ type: "duplicate", widgets: selection.list, ids, dx: 16, dy: 16 }], "Duplicated");
    const wait = () => {
      if (!copies.every((id) => view.get(id))) return;
      listeners.delete(wait);
      selection.set(copies);
    };
    listeners.add(wait);
  }

  /** @param {Map<string, any> | null} next */
  function preview(next) {
    const touched = new Set([...mine.keys(), ...(next?.keys() ?? [])]);
    mine = next ?? new Map();
    canvas.touch(touched);
    overlay.ask();
    presence({ preview: next ? Object.fromEntries(next) : null });
  }

  /** @param {any} data */
  function presence(data) {
    if (!boot.me && !("cursor" in data)) return;
    const allowed = mayEdit ? data : Object.fromEntries(Object.entries(data).filter(([name]) => ["cursor", "selection", "viewport"].includes(name)));
    if (!Object.keys(allowed).length) return;
    try {
      state?.send(allowed);
    } catch {
      // Too much to show to others, as a selection of thousands: they shall not see an old one instead.
      state?.send(Object.fromEntries(Object.keys(allowed).map((name) => [name, null])));
    }
  }

  /** @param {Map<string, any>} values */
  function showPeople(values) {
    people = new Map([...values].filter(([connection]) => connection !== stream.connection));
    const before = new Set(theirs.keys());
    theirs = new Map([...people.values()].flatMap(({ preview: moving }) => Object.entries(moving ?? {})));
    canvas.touch(new Set([...before, ...theirs.keys()]));
    overlay.people(people);
    outline.people(people);
    for (const { user } of people.values()) if (user.id) boot.colors[user.id] = user.color;
    const persons = new Map([...people.values()].map(({ user }) => [user.id ?? user.name, user]));
    if (boot.me) persons.set(boot.me.id, boot.me);
    const avatars = [...persons.values()].slice(0, 6).map((user) => html("span", { class: `av p${user.color}`, role: "img", "aria-label": user.name, title: user.name }, initials(user.name)));
    $("#people").replaceChildren(...avatars);
  }

  /** @param {string} id @param {number} [count] */
  function nameOf(id, count = 1) {
    if (count > 1) return `${count} widgets`;
    const widget = view.get(id);
    return widget ? titleOf(widget, view.get) : "widget";
  }

  /** On the page. @param {string} id */
  function boxOf(id) {
    const widget = canvas.get(id);
    const matrix = pageOf(widget, canvas.get);
    const points = widget.size ? cornersOf(widget) : endsOf(widget, canvas.get);
    return boxAround(points.map((point) => through(matrix, point)));
  }

  function fit(ids = selection.list) {
    const wanted = ids.length ? ids.map(view.get) : [...view.all()].filter((widget) => !widget.hidden);
    if (!wanted.length) return camera.fit({ left: -400, top: -300, right: 400, bottom: 300 });
    camera.fit(boxAround(wanted.flatMap((widget) => {
      const { left, top, right, bottom } = boxOf(widget.id);
      return [{ x: left, y: top }, { x: right, y: bottom }];
    })), ids.length ? 4 : 1);
  }

  function showGrid() {
    const { zoom } = camera;
    const pattern = $("#dots");
    const origin = camera.toStage({ x: 0, y: 0 });
    const step = 24 * zoom * (zoom < 0.5 ? 2 : 1);
    pattern.setAttribute("width", String(step));
    pattern.setAttribute("height", String(step));
    pattern.setAttribute("x", String(origin.x - step / 2));
    pattern.setAttribute("y", String(origin.y - step / 2));
    const dot = pattern.firstElementChild;
    dot.setAttribute("cx", String(step / 2));
    dot.setAttribute("cy", String(step / 2));
  }

  function showMeta() {
    const { title, canvas: paper } = view.meta;
    $("#title").textContent = title || "Untitled";
    document.title = `${title || "Untitled"} · WidgetApp`;
    // The paper is the document's, whatever the room: what is written on it in dark ink stays readable.
    const bare = paper.background === "none";
    $("#canvas").style.background = bare ? "" : paper.background;
    $("#canvas").dataset.paper = bare ? "" : isLight(paper.background) ? "light" : "dark";
    $("#grid").classList.toggle("is-off", !paper.grid);
    $("#grid").setAttribute("opacity", paper.grid ? "1" : "0");
  }

  /** @param {string} color `#rrggbb` or `#rrggbbaa` */
  function isLight(color) {
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127;
  }

  /** @param {{state: string, count: number}} save */
  function showSave({ state: saved, count }) {
    root.dataset.saved = saved;
    const changes = `${count} ${count === 1 ? "change" : "changes"}`;
    const [name, text, css] = {
      saved: ["cloud-check", "Saved", ""],
      saving: ["cloud-upload", `Saving ${changes}`, ""],
      offline: ["cloud-off", `Offline, ${changes} kept here`, " save--off"],
      refused: ["triangle-alert", "You can no longer edit this", " save--bad"],
    }[saved] ?? ["cloud-check", "Saved", ""];
    const element = $("#save");
    element.className = `save${css}`;
    const revision = saved === "saved" ? [html("span", { class: "num wide" }, ` · revision ${store.revision.toLocaleString("en")}`)] : [];
    element.replaceChildren(icon(name), html("span", {}, text), ...revision);
    if (saved === "offline") banner(offlineWords());
  }

  function offlineWords() {
    const count = store.pending.length;
    return `You are offline. Keep going: ${count} ${count === 1 ? "change is" : "changes are"} kept on this device and sent when you are back.`;
  }

  /** @param {string} text @param {boolean} [reload] */
  function banner(text, reload = false) {
    const element = $("#banner");
    element.hidden = !text;
    element.replaceChildren(text, ...(reload ? [html("a", { href: location.href }, "Reload")] : []));
  }

  /** @param {any} answer @param {any[]} actions */
  function tellSkipped(answer, actions) {
    const [first] = answer.skipped;
    const who = first.by?.name ?? "Somebody";
    const why = { gone: `${who} had deleted it`, locked: `it is locked`, changed: `${who} has since changed it`, exists: "it exists already", parent_gone: "its frame is gone", cycle: "it would lie in itself" }[/** @type {string} */ (first.reason)] ?? first.reason;
    const undoing = ["undo", "redo"].includes(actions[0]?.type);
    speaker.toast(`${undoing ? "Undid a part" : "Done in part"}. ${answer.skipped.length} left out: ${why}.`);
  }

  /** @param {any} problem @param {any[]} actions */
  function tellRefused(problem, actions) {
    const rights = problem.status === 401 || problem.status === 403 || problem.status === 404;
    if (!rights) return speaker.toast(`That did not work: ${problem.errors?.[0]?.detail ?? problem.detail ?? "the server refused it"}. Nothing was changed.`);
    const count = actions.length;
    const download = () => {
      const url = URL.createObjectURL(new Blob([JSON.stringify(actions, null, 1)], { type: "application/json" }));
      html("a", { href: url, download: "my-changes.json" }).click();
      URL.revokeObjectURL(url);
    };
    speaker.toast(`${count} ${count === 1 ? "change" : "changes"} could not be saved: ${problem.detail}`, { label: "Download my copy", act: download }, true);
  }

  /** @param {string} tool */
  function setTool(tool) {
    if (!mayEdit && !["select", "hand"].includes(tool)) return;
    editor.tool = tool;
    stage.dataset.tool = tool;
    for (const button of document.querySelectorAll("[data-tool]")) {
      if (button !== stage) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.tool === tool));
    }
    $("#shapes").hidden = true;
  }

  function rename() {
    const heading = $("#title").closest("h1");
    const field = /** @type {HTMLInputElement} */ (html("input", { class: "title-field", "aria-label": "Title", maxlength: 200, value: view.meta.title }));
    heading.hidden = true;
    heading.after(field);
    let finished = false;
    const done = (/** @type {boolean} */ save) => {
      if (finished) return; // taking the field away blurs it
      finished = true;
      field.remove();
      heading.hidden = false;
      if (save && field.value.trim() !== view.meta.title) perform([{ type: "rename", title: field.value.trim() }], `Renamed to ${field.value}`);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    });
    field.addEventListener("blur", () => done(true));
    field.focus();
    field.select();
  }

  function wire() {
    store.subscribe(() => {
      for (const listener of [...listeners]) listener();
    });
    for (const button of document.querySelectorAll("button[data-tool]")) button.addEventListener("click", () => setTool(/** @type {any} */ (button).dataset.tool));
    const acts = { undo: editor.undo, redo: editor.redo, "zoom-in": () => camera.zoomBy(1.25), "zoom-out": () => camera.zoomBy(0.8), "zoom-reset": () => camera.zoomTo(1), fit: () => fit([]), shapes: () => ($("#shapes").hidden = !$("#shapes").hidden), keys: () => $("#keys").showModal(), grid: () => perform([{ type: "set_canvas", set: { grid: !view.meta.canvas.grid } }], "Grid"), rename: () => mayEdit && rename() };
    for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", /** @type {any} */ (acts)[/** @type {any} */ (button).dataset.act]);
    setTool("select");
  }
}



