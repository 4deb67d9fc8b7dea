// The staff page of live connections: what the service `monitor` tells, as a table that can cut.

import { Stream } from "widgetapp-stream";

const page = document.querySelector("[data-connections]");
const rows = page.querySelector("tbody");
const said = page.querySelector("[data-said]");
const stream = new Stream({ url: "/_stream" });

stream.on("status", ({ status, reason }) => {
  page.querySelector("[data-status]").textContent = reason ? `${status}: ${reason}` : status;
});
stream.state("monitor", "connections", { onChange: ({ values }) => show(values) });
stream.connect();

/** @param {Map<string, any>} values */
function show(values) {
  const workers = [...values].filter(([key]) => key.startsWith("worker:")).map(([, value]) => value);
  workers.sort((one, other) => one.worker.localeCompare(other.worker, "en", { numeric: true }));
  const live = [...values].filter(([key]) => !key.startsWith("worker:"));
  live.sort(([, one], [, other]) => one.since.localeCompare(other.since));
  rows.replaceChildren(...live.map(([id, value]) => row(id, value)));
  page.querySelector("[data-empty]").hidden = live.length > 0;
  page.querySelector("[data-workers]").replaceChildren(...workers.map(worker));
  const refused = workers.flatMap(({ refusals }) => refusals).sort((one, other) => other.at.localeCompare(one.at));
  page.querySelector("[data-refusals]").replaceChildren(...refused.slice(0, 20).map(refusal));
}

function row(id, value) {
  const { user, address, country, transport, worker: name, since, subscriptions } = value;
  const topics = subscriptions.map(({ service, topic }) => `${service}/${topic}`);
  const list = element("details", "");
  list.append(element("summary", String(topics.length)), element("div", topics.join("\n")));
  const act = element("td", "");
  if (page.dataset.cut) act.append(cutting(id, user));
  const shown = element("td", "");
  shown.append(list);
  const tr = document.createElement("tr");
  tr.append(
    element("td", user?.name ?? "Guest"), element("td", [address, country].filter(Boolean).join(" ")),
    element("td", `${transport}, worker ${name}`), element("td", since.replace("T", " ")), shown,
    element("td", value.lagging ? `${value.lagging} in lag` : "no"), element("td", kib(value.outstanding_bytes)), act,
  );
  return tr;
}

function cutting(id, user) {
  const button = element("button", "Cut");
  button.type = "button";
  button.className = "button";
  button.setAttribute("aria-label", `Cut ${user?.name ?? "guest"} ${id}`);
  button.addEventListener("click", () => cut(id, user?.name ?? "a guest"));
  return button;
}

function worker({ worker: name, connections, topics, lagging, outstanding_bytes: bytes, channel_layer: layer, started_at: at }) {
  return element("li", `Worker ${name}: ${count(connections, "connection")}, ${count(topics, "topic")}, ${lagging} in lag,`
    + ` ${kib(bytes)} on the way, channel layer ${layer}, since ${at.replace("T", " ")}`);
}

const refusal = ({ at, code, reason, address }) => element("li", `${at.replace("T", " ")} ${code} ${reason} (${address})`);
const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

async function cut(id, name) {
  const csrf = page.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(page.dataset.cut, { method: "POST", body: new URLSearchParams({ id }), headers: { "X-CSRFToken": csrf } });
  said.textContent = answer.ok ? `The connection of ${name} was cut.` : `That did not work (${answer.status}).`;
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
