// The page of one session: it holds the parts together; each part draws one thing.

import { change, oneSession, wholeAngle } from "./api.js";
import { byId, el, personal, tell, warn } from "./dom.js";
import { feltDiffers, showEdits, showFelt, wireAdd } from "./forms.js";
import { FEWEST_TRIALS, capital, clock, counted, date, degrees, duration, median, seconds, signed } from "./format.js";
import { drawLegend } from "./legend.js";
import { chooseNear, focusJudged, pick, showChosen, showMovements } from "./movements.js";
import { Replay } from "./replay.js";
import { Trace } from "./trace.js";

const ANGLES = {
  signed: "0° is a thigh that hangs down; backwards is positive.",
  thomas: "0° is the thigh when standing, 90° when level.",
  turned: "How far the thigh is turned away from its first rest.",
};
const asked = new URLSearchParams(location.search).get("id") ?? "";
const id = /^\d{1,9}$/.test(asked) ? asked : "0"; // which no session has
let session = null;
let trace = null;
let replay = null;
let isBusy = false;
let byPointer = false; // a finger or mouse chose last: what it chose may lie out of sight

async function start() {
  let whole;
  try {
    [session, whole] = await Promise.all([oneSession(id), wholeAngle(id)]);
  } catch (error) {
    warn(error.message);
    return;
  }
  byId("content").hidden = false;
  trace = new Trace(session, { onTime: pointed });
  replay = new Replay(session, trace);
  wireAdd(session, () => replay.time_s, (body) => edit("judge", body, `Added a repetition at ${clock(body.start_s)}.`));
  byId("angle-words").textContent = ANGLES[session.detector === "thomas" ? "thomas" : session.is_signed ? "signed" : "turned"];
  byId("caveat").hidden = session.detector !== "thomas";
  byId("caveat").textContent = session.words.thomas;
  byId("adding").hidden = session.detector !== "repetitions";
  byId("undo").addEventListener("click", undo);
  for (const [event, value] of [["pointerdown", true], ["keydown", false]]) {
    document.addEventListener(event, () => { byPointer = value; }, true);
  }
  show();
  showFelt(session, save);
  trace.showAll(whole);
  replay.goTo(0);
}

/** Draw everything that an edit may change. */
function show() {
  showHead();
  showTiles();
  drawLegend(byId("keys"), session);
  showMovements(session, choose, judgeHeld);
  showEdits(session);
  trace.show(session);
}

/** Change the session, one change at a time: a second click on the way is none. */
async function edit(what, body, words) {
  if (isBusy) return false;
  isBusy = true;
  const chosen = trace.chosen;
  try {
    session = await change(id, what, body);
  } catch (error) {
    warn(error.message);
    return false;
  } finally {
    isBusy = false;
  }
  warn("");
  show();
  const place = what === "judge" ? body : chosen;
  if (place) chooseNear(session, place, choose);
  tell(words);
  return true;
}

async function undo() {
  const before = session;
  if (!(await edit("undo", {}, "The newest change is taken back."))) return;
  if (feltDiffers(before, session)) showFelt(session, save); // else what is being typed there stays
  if (byId("undo").disabled) byId("edits-heading").focus();
}

const save = (fields) => edit("set", fields, "placement" in fields
  ? `Saved. To count by it: sensortrack reanalyze ${id}` : "Saved.");

/** Show one movement, and let the replay begin there. */
function choose(movement, { look = true } = {}) {
  trace.choose(movement, look);
  showChosen(session, movement, { judge: (kind) => judge(movement, kind), go: choose });
  if (look) replay.goTo(movement.start_s);
  if (byPointer && look) byId("chosen").scrollIntoView({ block: "nearest" });
}

/** Accept or reject; the keyboard stays at the buttons, of which the other one can now be pressed. */
async function judge({ start_s, end_s }, kind) {
  const words = { accept: "Accepted: it counts.", reject: "Rejected: it does not count." }[kind];
  if (await edit("judge", { kind, start_s, end_s }, words)) byId("chosen-body").querySelector("button:enabled")?.focus();
}

/** The same of a hold or trial; the keyboard stays at its button, which now says the other. */
async function judgeHeld(held, kind) {
  const words = { accept: "Accepted: it counts.", reject: "Rejected: it does not count." }[kind];
  if (await edit("judge", { kind, start_s: held.start_s, end_s: held.end_s }, words)) focusJudged(held);
}

/** A click on the trace: the movement there, or that time. */
function pointed(time_s) {
  const movement = session.movements.find((each) => each.start_s <= time_s && time_s < each.end_s);
  if (!movement) {
    replay.goTo(time_s);
    return;
  }
  pick(movement);
  choose(movement);
}

function showHead() {
  document.title = `${session.title}, ${date(session.local, { day: "numeric", month: "short", year: "numeric" })} – sensortrack`;
  byId("title").replaceChildren(personal(session.title));
  const about = [
    `${date(session.local)}, ${session.local.slice(11)}`,
    session.side ? `${session.side} leg` : "",
    session.placement ? `sensor at the ${session.placement}` : "",
    duration(session.duration_s),
  ].filter(Boolean).join(" · ");
  const state = session.state === "complete" ? null : el("span", { class: "badge" }, session.state === "recording"
    ? "Being recorded just now" : "Interrupted: what was recorded is kept");
  byId("about").replaceChildren(about, el("br"), el("span", { class: "muted" }, personal(session.person), ", ",
    personal(session.sensor_name), session.rate_hz ? ` at ${session.rate_hz.toFixed(0)} Hz` : "", `, ${session.zone}`,
    ...(session.source ? [", from ", personal(session.source)] : []), `, counted by version ${session.version}`),
    el("br"), session.prescribed, ...(state ? [state] : []));
  byId("calendar").href = `./?month=${session.local.slice(0, 7)}`;
  for (const name of ["previous", "next"]) {
    byId(name).hidden = session[name] === null;
    byId(name).href = `session?id=${session[name]}`;
  }
}

function showTiles() {
  const counts = session.movements.filter((each) => each.set !== null);
  const measured = counts.filter((each) => each.edited !== "added");
  const sets = new Set(counts.map((each) => each.set)).size;
  const missing_s = session.gaps.reduce((sum, gap) => sum + gap.end_s - gap.start_s, 0);
  const tiles = [
    session.detector === "repetitions" ? [String(counts.length), `${counts.length === 1 ? "repetition" : "repetitions"} in ${counted(sets, "set")}`] : null,
    measured.length ? [degrees(median(measured.map((each) => each.rom_deg))), "range of motion, median"] : null,
    measured.length ? [seconds(median(measured.map((each) => each.hold_s))), "held at the top, median"] : null,
    session.holds.length ? [duration(session.holds.reduce((sum, hold) => sum + hold.duration_s, 0)), `in ${counted(session.holds.length, "hold")}`] : null,
    session.holds.length ? [signed(median(session.holds.map((hold) => hold.angle_deg))), "while holding, median"] : null,
    session.trials.length >= FEWEST_TRIALS ? [signed(session.thomas.thigh_angle_deg), `against the horizontal, median of ${session.trials.length} trials`] : null,
    session.trials.length && session.trials.length < FEWEST_TRIALS ? ["no result", `${counted(session.trials.length, "trial")}, it takes ${FEWEST_TRIALS}`] : null,
    session.gaps.length ? [seconds(missing_s), `missing in ${counted(session.gaps.length, "gap")}`] : ["complete", "data"],
  ];
  byId("tiles").replaceChildren(...tiles.filter(Boolean).map(([value, words]) =>
    el("div", {}, el("dt", {}, capital(words)), el("dd", {}, value))));
}

start().catch((error) => warn(error.message));
