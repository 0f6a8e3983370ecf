// A month as a table: one row a week, Monday first; days with sessions are buttons.

import { byId, el } from "./dom.js";
import { counted, date } from "./format.js";

const MARKS = { repetitions: "repetitions", holds: "holds", trials: "Thomas test", told: "by own account, not measured", nothing: "nothing found" };

export const monthOf = (local) => local.slice(0, 7);

/** Give the month so many months later. */
export function shifted(month, by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/** Tell what kind of sign stands for a session: its shape differs, not only its colour. */
export function markOf(session) {
  if (session.amount) return "told";
  return ["repetitions", "holds", "trials"].find((name) => session[name]) ?? "nothing";
}

export function drawCalendar(month, sessions, chosenDay, choose) {
  byId("month").textContent = date(`${month}-01`, { month: "long", year: "numeric" });
  const byDay = grouped(sessions);
  const first = new Date(`${month}-01T00:00Z`);
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const lead = (first.getUTCDay() + 6) % 7;
  const cells = Array.from({ length: Math.ceil((lead + days) / 7) * 7 }, (_, i) => {
    const number = i - lead + 1;
    if (number < 1 || number > days) return el("td");
    const day = `${month}-${String(number).padStart(2, "0")}`;
    return el("td", {}, cell(day, number, byDay.get(day), chosenDay === day, choose));
  });
  const weeks = Array.from({ length: cells.length / 7 }, (_, i) => el("tr", {}, ...cells.slice(7 * i, 7 * i + 7)));
  const focused = document.activeElement?.dataset?.day;
  byId("calendar").replaceChildren(el("thead", {}, el("tr", {}, ...names())), el("tbody", {}, ...weeks));
  if (focused) byId("calendar").querySelector(`[data-day="${CSS.escape(focused)}"]`)?.focus();
  const kinds = new Set(sessions.map(markOf));
  byId("legend").replaceChildren(...Object.entries(MARKS).filter(([kind]) => kinds.has(kind)).map(([kind, words]) =>
    el("span", {}, el("span", { class: `mark ${kind}`, "aria-hidden": "true" }), words)));
}

function cell(day, number, sessions, isChosen, choose) {
  if (!sessions) return el("span", { class: "day" }, String(number));
  const told = sessions.filter((each) => each.amount).length;
  const repetitions = sessions.reduce((sum, each) => sum + (each.repetitions ?? 0), 0);
  const words = [date(day, { day: "numeric", month: "long" }), counted(sessions.length - told, "session"),
    repetitions ? counted(repetitions, "repetition") : "", told ? `${told} by own account` : ""].filter(Boolean).join(", ");
  return el("button", {
    type: "button", class: "day done", "data-day": day, "aria-pressed": String(isChosen), "aria-label": words,
    onclick: () => choose(day),
  }, String(number), el("span", { class: "marks", "aria-hidden": "true" },
    ...sessions.slice(0, sessions.length > 3 ? 2 : 3).map((each) => el("span", { class: `mark ${markOf(each)}` })),
    sessions.length > 3 ? el("span", { class: "plus" }, "+") : null));
}

function names() {
  return Array.from({ length: 7 }, (_, i) => {
    const day = `2024-01-0${i + 1}`; // a Monday
    return el("th", { scope: "col", abbr: date(day, { weekday: "long" }) }, date(day, { weekday: "short" }).slice(0, 2));
  });
}

function grouped(sessions) {
  const found = new Map();
  for (const each of sessions) {
    const day = each.local.slice(0, 10);
    found.set(day, [...(found.get(day) ?? []), each]);
  }
  return found;
}
