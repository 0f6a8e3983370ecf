// What a person tells: how it felt, a repetition that was missed, and the list of all changes.

import { byId, choice, el, personal } from "./dom.js";
import { capital, clock, readClock } from "./format.js";

const SCORES = [["", "–"], ...Array.from({ length: 11 }, (_, i) => [String(i), String(i)])];
const FIELDS = [
  ["side", "Leg", [["", "not told"], ["left", "left"], ["right", "right"]]],
  ["placement", "Sensor at the", [["", "not told"], ["front", "front"], ["outside", "outside"], ["back", "back"]]],
  ["pain_before", "Pain before", SCORES],
  ["pain_after", "Pain after", SCORES],
  ["effort", "Effort", SCORES],
];
const NUMBERS = new Set(["pain_before", "pain_after", "effort"]);

export const feltDiffers = (one, other) => ["note", ...FIELDS.map(([name]) => name)].some((name) => one[name] !== other[name]);

/** Show the fields of a session; `save` is called with those that were changed. */
export function showFelt(session, save) {
  const selects = FIELDS.map(([name, label, options]) =>
    el("label", {}, `${label} `, choice({ id: name }, options, String(session[name] ?? ""))));
  const note = el("textarea", { id: "note", rows: "3", maxlength: "4000", dir: "auto" });
  note.value = session.note;
  byId("felt").replaceChildren(
    el("div", { class: "fields" }, ...selects),
    el("p", { class: "muted" }, "Pain and effort from 0 to 10. On sharp pain, numbness or weakness of the leg: stop, and see a clinician."),
    el("label", { class: "whole" }, "Note ", note),
    el("button", { type: "submit", class: "main" }, "Save"));
  byId("felt").onsubmit = (event) => {
    event.preventDefault();
    const changed = {};
    for (const [name] of FIELDS) {
      const value = byId(name).value === "" ? null : NUMBERS.has(name) ? Number(byId(name).value) : byId(name).value;
      if (value !== session[name]) changed[name] = value;
    }
    if (note.value !== session.note) changed.note = note.value;
    if (Object.keys(changed).length) save(changed).then((done) => done && Object.assign(session, changed));
  };
}

/** Take the times of a repetition that was missed. */
export function wireAdd(session, now_s, add) {
  for (const name of ["add-start", "add-end"]) {
    byId(`${name}-here`).addEventListener("click", () => { byId(name).value = clock(now_s()); });
  }
  byId("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [start_s, end_s] = [readClock(byId("add-start").value), readClock(byId("add-end").value)];
    const problem = Number.isNaN(start_s) || Number.isNaN(end_s) ? "Expected times such as 1:02.5."
      : end_s <= start_s ? "It ends before it begins."
        : end_s > session.duration_s ? `The session ends at ${clock(session.duration_s)}.` : "";
    byId("add-problem").textContent = problem;
    if (problem) (Number.isNaN(start_s) ? byId("add-start") : byId("add-end")).focus();
    else if (await add({ kind: "add", start_s, end_s })) byId("add").reset();
  });
}

const WORDS = { accept: "Accepted", reject: "Rejected", add: "Added" };

/** List the changes, newest first. */
export function showEdits(session) {
  const standing = session.edits.filter((each) => !each.is_undone);
  byId("undo").disabled = !standing.length;
  byId("edits").replaceChildren(...(session.edits.length
    ? [...session.edits].reverse().map((each) => el("li", {}, el(each.is_undone ? "s" : "span", {}, ...words(each)), each.is_undone ? " undone" : ""))
    : [el("li", { class: "muted" }, "None. What was recorded stays as it is, whatever you change.")]));
}

function words(edit) {
  if (edit.kind !== "set") return [`${WORDS[edit.kind]} ${clock(edit.start_s)} to ${clock(edit.end_s)}`];
  return [`${capital(edit.field.replace("_", " "))}: `, edit.value ? personal(edit.value) : "none"];
}
