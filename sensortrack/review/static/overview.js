// The first page: calendar of a month, its sessions, and trends over all time.

import { allSessions } from "./api.js";
import { drawCalendar, markOf, monthOf, shifted } from "./calendar.js";
import { byId, choice, el, personal, warn } from "./dom.js";
import { FEWEST_TRIALS, counted, date, degrees, duration, seconds, signed } from "./format.js";
import { showTrends } from "./trends.js";

const FIRST = 12; // rows: about as high as the calendar beside them
const MORE = 60;
const query = new URLSearchParams(location.search);
const state = { person: query.get("person"), exercise: query.get("exercise"), month: query.get("month"), day: query.get("day") };
let all = []; // sessions
let everything = []; // and what was done without a sensor: in calendar and list, not in trends
let titles = {};
let hasFellows = false;
let trend = 0;

async function start() {
  try {
    const told = await allSessions();
    titles = told.titles;
    all = told.rows.map((row) => Object.fromEntries(told.columns.map((name, i) => [name, row[i]])));
    everything = [...all, ...told.told].sort((a, b) => (a.local < b.local ? -1 : Number(a.local > b.local)));
    hasFellows = everything.some((each) => each.person !== everything[0].person);
    for (const each of all) if (each.trials < FEWEST_TRIALS) each.thigh_angle_deg = null;
  } catch (error) {
    warn(error.message);
    return;
  }
  if (!everything.length) {
    byId("problem").classList.add("calm");
    warn("There are no sessions yet. Record one with: sensortrack record");
    return;
  }
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(state.month ?? "")) state.month = null;
  if (!everything.some((each) => each.local.slice(0, 10) === state.day && monthOf(each.local) === state.month)) state.day = null;
  byId("content").hidden = false;
  byId("before").addEventListener("click", () => toMonth(shifted(state.month, -1)));
  byId("after").addEventListener("click", () => toMonth(shifted(state.month, 1)));
  byId("whole").addEventListener("click", () => { state.day = null; show(); byId("listed").focus(); });
  byId("listed").tabIndex = -1;
  drawFilters();
  show();
}

const title = (name) => titles[name] ?? name;
const chosen = () => everything.filter((each) =>
  (!state.person || each.person === state.person) && (!state.exercise || each.exercise === state.exercise));

function toMonth(month) {
  [state.month, state.day] = [month, null];
  show();
}

function drawFilters() {
  const add = (key, label, names, words) => {
    const known = [...new Set(names)].sort();
    if (!known.includes(state[key])) state[key] = null;
    if (known.length < 2) return;
    const select = choice({ id: key, onchange: () => { state[key] = select.value || null; show(); } },
      [["", "All"], ...known.map((name) => [name, words(name)])], state[key] ?? "");
    byId("filters").append(el("label", { class: "inline" }, `${label} `, select));
  };
  add("person", "Person", everything.map((each) => each.person), (name) => name);
  add("exercise", "Exercise", everything.map((each) => each.exercise), title);
  byId("filters").hidden = !byId("filters").children.length;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
}

function show() {
  const both = chosen();
  const sessions = both.filter((each) => !each.amount);
  state.month ??= monthOf((both.at(-1) ?? everything.at(-1)).local);
  history.replaceState(null, "", `?${new URLSearchParams(Object.entries(state).filter(([, value]) => value))}`);
  const inMonth = both.filter((each) => monthOf(each.local) === state.month);
  drawCalendar(state.month, inMonth, state.day, (day) => {
    state.day = state.day === day ? null : day;
    show();
  });
  const edges = [everything[0], everything.at(-1)].map((each) => monthOf(each.local));
  byId("before").disabled = state.month <= edges[0];
  byId("after").disabled = state.month >= edges[1];
  drawList(state.day ? inMonth.filter((each) => each.local.startsWith(state.day)) : inMonth);
  clearTimeout(trend);
  trend = setTimeout(() => showTrends(sessions, title)); // after the calendar is on the screen
}

function drawList(sessions) {
  byId("listed").textContent = state.day
    ? date(state.day, { weekday: "long", day: "numeric", month: "long" })
    : `Sessions in ${date(`${state.month}-01`, { month: "long" })}`;
  byId("whole").hidden = !state.day;
  byId("sum").textContent = sumWords(sessions);
  byId("sessions").replaceChildren();
  appendRows([...sessions].reverse(), FIRST);
}

function appendRows(rows, count) {
  const shown = rows.slice(0, count).map(row);
  const left = rows.slice(count);
  byId("sessions").append(...shown);
  byId("more").hidden = !left.length;
  byId("more").textContent = `Show more (${left.length})`;
  byId("more").onclick = () => appendRows(left, MORE).querySelector("a")?.focus();
  return shown[0];
}

function sumWords(both) {
  const sessions = both.filter((each) => !each.amount);
  if (!both.length) return "No sessions.";
  const total = (name) => sessions.reduce((sum, each) => sum + (each[name] ?? 0), 0);
  const days = new Set(sessions.map((each) => each.local.slice(0, 10))).size;
  return [
    counted(sessions.length, "session") + (state.day ? "" : ` on ${counted(days, "day")}`),
    total("repetitions") ? counted(total("repetitions"), "repetition") : "",
    total("held_s") ? `${duration(total("held_s"))} held` : "",
    both.length > sessions.length ? `${both.length - sessions.length} by own account` : "",
  ].filter(Boolean).join(" · ");
}

function row(each) {
  const person = !state.person && hasFellows ? personal(each.person) : null;
  const flags = [each.amount || each.state === "complete" ? "" : each.state, each.is_edited ? "edited" : ""].filter(Boolean).join(", ");
  const day = date(each.local, { weekday: "short", day: "numeric" });
  return el("li", {}, el(...(each.amount ? ["div", { class: "own" }] : ["a", { href: `session?id=${each.id}` }]),
    el("span", { class: `mark ${markOf(each)}`, "aria-hidden": "true" }),
    el("span", { class: "when" }, each.amount ? day : `${day}, ${each.local.slice(11)}`),
    el("span", { class: "what" }, personal(title(each.exercise)), each.side ? `, ${each.side}` : "", person ? ", " : null, person,
      flags ? el("span", { class: "badge" }, flags) : null),
    el("span", { class: "done" }, doneWords(each)),
    each.note ? el("span", { class: "note" }, personal(each.note)) : null));
}

function doneWords(each) {
  if (each.amount) return `${each.amount}, by own account`;
  if (each.repetitions) {
    const measured = each.rom_deg === null ? "" : ` · ${degrees(each.rom_deg)}, held ${seconds(each.hold_s)}`;
    return `${each.repetitions} in ${counted(each.sets, "set")}${measured}`;
  }
  if (each.holds) return `${counted(each.holds, "hold")} · ${duration(each.held_s)}`;
  if (each.trials) return `${counted(each.trials, "trial")}${each.trials < FEWEST_TRIALS ? ": too few" : ` · ${signed(each.thigh_angle_deg)}`}`;
  return each.state === "recording" ? "Being recorded" : "Nothing found";
}

start();
