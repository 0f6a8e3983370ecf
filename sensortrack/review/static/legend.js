// What the shades of the trace mean: only those that occur.

import { el } from "./dom.js";

/** Tell by which shade a movement is drawn. */
export const shadeOf = (movement) => (movement.set === null ? "rejected" : movement.verdict === "doubtful" ? "doubtful" : "counted");

const WORDS = { counted: "repetition", doubtful: "doubtful", rejected: "not counted", hold: "hold", trial: "trial", gap: "data missing" };

export function drawLegend(box, session) {
  const shades = new Set(session.movements.map(shadeOf));
  if (session.holds.length) shades.add("hold");
  if (session.taken_back.length) shades.add("rejected");
  if (session.trials.length) shades.add("trial");
  if (session.gaps.length) shades.add("gap");
  box.replaceChildren(...Object.keys(WORDS).filter((name) => shades.has(name)).map((name) =>
    el("span", {}, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), WORDS[name])));
}
