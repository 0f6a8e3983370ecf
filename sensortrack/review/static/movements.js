// The repetitions as tables, one of them chosen by a radio button: arrow keys go from one to the next.

import { byId, el } from "./dom.js";
import { capital, clock, counted, degrees, seconds, signed } from "./format.js";

const AT_ONCE = 150; // rows: a day has thousands, and nobody reads them at once

let list = null; // what is shown: session, pages of sets, which page

/** List what was found; `choose` is called with the movement that the person picks, `judge` with a hold or trial. */
export function showMovements(session, choose, judge) {
  number(session);
  const pages = inPages(bySet(session.movements));
  const page = Math.max(0, Math.min(list?.page ?? 0, pages.length - 1));
  const rejected = session.movements.filter((each) => each.set === null);
  const wasOpen = byId("rejected")?.open ?? !pages.length;
  list = { session, choose, pages, page, box: el("div") };
  const parts = [list.box];
  if (session.holds.length) parts.push(holds(session.holds, judge));
  if (session.trials.length) parts.push(trials(session.trials, judge));
  if (session.taken_back.length) parts.push(takenBack(session.taken_back, judge));
  if (rejected.length) parts.push(notCounted(rejected, wasOpen, session, choose));
  if (parts.length === 1 && !pages.length) {
    parts.push(el("p", { class: "muted" }, session.state === "recording" ? "Nothing yet: it is being recorded." : "No repetitions, holds or trials."));
  }
  byId("movements").replaceChildren(...parts);
  drawPage(page);
  showChosen(session, null);
}

/** Choose what is now at the place of a movement, as if it had been picked. */
export function chooseNear(session, place, choose) {
  const shared = (each) => Math.min(each.end_s, place.end_s) - Math.max(each.start_s, place.start_s);
  const best = session.movements.reduce((a, b) => (a && shared(a) >= shared(b) ? a : b), null);
  if (!best || shared(best) <= 0) return;
  pick(best);
  choose(best, { look: false });
}

/** Mark a movement in the list, which turns to its page. */
export function pick(movement) {
  if (movement.set === null) {
    if (!radioOf(movement)) byId("rejected").dispatchEvent(new CustomEvent("all"));
    byId("rejected").open = true;
  } else if (!radioOf(movement)) {
    drawPage(list.pages.findIndex((sets) => sets.some(([set]) => set === movement.set)));
  }
  radioOf(movement).checked = true;
}

/** Give the movement before or after: repetitions follow repetitions, what does not count follows its like. */
export function beside(session, movement, by) {
  const isOther = movement.set === null && movement.edited !== "rejected";
  const like = session.movements.filter((each) => (each.set === null) === isOther || each === movement).sort((a, b) => a.start_s - b.start_s);
  return like[like.indexOf(movement) + by] ?? null;
}

function drawPage(page) {
  const { session, choose, pages, box } = list;
  list.page = page;
  const tables = (pages[page] ?? []).map(([set, movements]) => table(`Set ${set}: ${counted(movements.length, "repetition")}`, movements, session, choose));
  const to = (next) => { drawPage(next); box.querySelector("input").focus(); };
  const turn = (by, words) => el("button", { type: "button", class: "quiet", disabled: !pages[page + by], onclick: () => to(page + by) }, words);
  box.replaceChildren(...tables, ...(pages.length > 1 ? [el("div", { class: "buttons" }, turn(-1, "‹ Earlier sets"), turn(1, "Later sets ›"))] : []));
}

/** Cut sets into pages of about so many rows. */
function inPages(sets) {
  const pages = [];
  let rows = AT_ONCE;
  for (const [set, movements] of sets) {
    if (rows + movements.length > AT_ONCE) {
      pages.push([]);
      rows = 0;
    }
    pages.at(-1).push([set, movements]);
    rows += movements.length;
  }
  return pages;
}

const key = (movement) => `m-${Math.round(movement.start_s * 1000)}`;
const radioOf = (movement) => byId(key(movement));

/** Number the repetitions within their sets, and say how each is called. */
function number(session) {
  const counts = new Map();
  for (const each of session.movements) {
    if (each.set === null) {
      each.name = `Movement at ${clock(each.start_s)}, not counted`;
      continue;
    }
    counts.set(each.set, (counts.get(each.set) ?? 0) + 1);
    each.number = counts.get(each.set);
    each.name = `Repetition ${each.number} of set ${each.set}`;
  }
}

function table(caption, movements, session, choose) {
  const head = ["#", "Start", "Held", "Motion", "Form"];
  return el("table", { class: "numbers movements" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...movements.map((each) => row(each, session, choose))));
}

function row(movement, session, choose) {
  const isAdded = movement.edited === "added";
  const remarks = [movement.verdict === "doubtful" ? "doubtful" : "", movement.edited ?? "", ...movement.form.map((word) => session.words[word] ?? word)];
  return pickable(movement, choose, String(movement.number), clock(movement.start_s),
    isAdded ? "" : seconds(movement.hold_s), isAdded ? "" : degrees(movement.rom_deg), remarks.filter(Boolean).join(", ") || "as prescribed");
}

function pickable(movement, choose, label, ...cells) {
  const radio = el("input", { type: "radio", name: "movement", id: key(movement), "aria-label": movement.name, onchange: () => choose(movement) });
  const line = el("tr", {}, el("td", {}, el("label", {}, radio, label)), ...cells.map((text, i) => el("td", { class: i === cells.length - 1 ? "remarks" : null }, text)));
  line.addEventListener("click", (event) => {
    if (event.target !== radio) radio.click();
  });
  return line;
}

function notCounted(movements, isOpen, session, choose) {
  const body = el("tbody");
  const more = el("button", { type: "button", class: "quiet", onclick: () => fill(movements) });
  const fill = (shown) => {
    body.replaceChildren(...shown.map((each) => pickable(each, choose, "", clock(each.start_s), signed(each.rom_deg), each.edited ?? each.reasons.map((word) => session.words[word] ?? word).join("; "))));
    more.hidden = shown.length === movements.length;
    more.textContent = `Show all ${movements.length}`;
  };
  fill(movements.slice(0, AT_ONCE));
  const box = el("details", { id: "rejected" }, el("summary", {}, `Seen but not counted: ${movements.length}`),
    el("table", { class: "numbers movements" }, el("thead", {}, el("tr", {}, ...["", "Start", "Motion", "Why"].map((text) => (text ? el("th", { scope: "col" }, text) : el("td"))))), body), more);
  box.addEventListener("all", () => fill(movements));
  box.open = isOpen;
  return box;
}

function holds(found, judge) {
  return judged(counted(found.length, "hold"), ["#", "Start", "Held", "Angle", "Target"], found, (hold, i) =>
    [String(i + 1), clock(hold.start_s), seconds(hold.duration_s), signed(hold.angle_deg), hold.in_target ? "reached" : "shorter"], "reject", judge);
}

function trials(found, judge) {
  return judged(counted(found.length, "trial"), ["#", "Start", "Thigh against the horizontal"], found, (trial, i) =>
    [String(i + 1), clock(trial.start_s), signed(trial.thigh_angle_deg)], "reject", judge);
}

function takenBack(found, judge) {
  return judged(`Taken back by hand: ${found.length}`, ["Start", "Angle"], found, (each) =>
    [clock(each.start_s), signed(each.angle_deg ?? each.thigh_angle_deg)], "accept", judge);
}

/** A table of holds or trials, each with a button that lets it count or not. */
function judged(caption, head, found, cells, kind, judge) {
  const act = (each) => el("button", { type: "button", class: "quiet", id: key(each),
    "aria-label": `${capital(kind)} what begins at ${clock(each.start_s)}`, onclick: () => judge(each, kind) }, capital(kind));
  return el("table", { class: "numbers" }, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)), el("td"))),
    el("tbody", {}, ...found.map((each, i) => el("tr", {}, ...cells(each, i).map((text) => el("td", {}, text)), el("td", {}, act(each))))));
}

/** Put the keyboard where what was just judged now stands. */
export const focusJudged = (each) => radioOf(each)?.focus();

/** Show the phases and numbers of a movement, and what can be done with it. */
export function showChosen(session, movement, { judge, go } = {}) {
  byId("chosen").hidden = !session.movements.length;
  const sides = [["before", -1], ["after", 1]].map(([name, by]) => [byId(`chosen-${name}`), movement && beside(session, movement, by)]);
  for (const [button, other] of sides) {
    button.hidden = !movement;
    button.disabled = !other;
    button.onclick = () => { pick(other); go(other); };
  }
  byId("chosen-heading").textContent = movement ? movement.name : "Choose a repetition";
  if (!movement) {
    byId("chosen-body").replaceChildren(el("p", { class: "muted" }, "In the list or on the trace: its phases and numbers appear here."));
    return;
  }
  const say = (words) => words.map((word) => session.words[word] ?? word.replaceAll("-", " ")).join("; ");
  const counts = movement.set !== null;
  const lines = [
    ["Verdict", movement.verdict + (movement.reasons.length ? `: ${say(movement.reasons)}` : "")],
    movement.form.length ? ["Form", say(movement.form)] : null,
    ["Time", `${clock(movement.start_s)} to ${clock(movement.end_s)}`],
    movement.edited === "added" ? null : ["Range of motion", degrees(movement.rom_deg)],
  ].filter(Boolean);
  const act = (kind, words, isOff) => el("button", { type: "button", id: kind, class: "main", disabled: isOff, onclick: () => judge(kind) }, words);
  byId("chosen-body").replaceChildren(
    movement.edited === "added" ? el("p", { class: "muted" }, "You added it: its phases were not measured.") : phases(movement),
    el("dl", { class: "facts" }, ...lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, capital(value))])),
    el("div", { class: "buttons" }, act("accept", "Accept", counts && movement.verdict === "counted"), act("reject", "Reject", !counts)));
}

/** Draw lift, hold and lowering as long as they lasted. */
function phases(movement) {
  const parts = [["lift", movement.lift_s], ["hold", movement.hold_s], ["lower", movement.lower_s]];
  return el("ul", { class: "phases", "aria-label": "Phases" }, ...parts.map(([name, length_s]) => {
    const part = el("li", { class: name }, el("span", {}, { lift: "Lift", hold: "Hold", lower: "Lowering" }[name]), el("b", {}, seconds(length_s)));
    part.style.flexGrow = String(Math.max(length_s, 0.01));
    return part;
  }));
}

function bySet(movements) {
  const found = new Map();
  for (const each of movements.filter((one) => one.set !== null)) {
    if (!found.has(each.set)) found.set(each.set, []);
    found.get(each.set).push(each);
  }
  return [...found];
}
