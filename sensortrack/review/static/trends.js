// One number over all time: a point for each session, and a line of medians, left and right apart.

import { trendsOf } from "./api.js";
import { byId, colour, el, onTheme, options } from "./dom.js";
import { date, median } from "./format.js";

const DAY_S = 86400;
const MANY = 100; // points that run into each other are drawn faint, under the line
const SIDES = [["left", "Left"], ["right", "Right"], [null, "Side not told"]];
const MEASURES = [
  ["rom_deg", "range of motion", "°"],
  ["hold_s", "hold at the top", "s"],
  ["repetitions", "repetitions in a session", ""],
  ["held_s", "time held in a session", "s"],
  ["hold_angle_deg", "angle while holding", "°"],
  ["thigh_angle_deg", "thigh against the horizontal", "°"],
];
const NOISE_IS_KNOWN = ["rom_deg", "hold_s", "hold_angle_deg", "thigh_angle_deg"];
const FELT = [["pain_before", "Pain before"], ["pain_after", "Pain after"], ["effort", "Effort"]];

let plot = null;
let redraw = () => {};
onTheme(() => redraw());
new ResizeObserver(() => redraw()).observe(byId("trend"));

/** Offer what there is to show, and show it. */
export function showTrends(sessions, title) {
  const offered = offers(sessions, title);
  const before = byId("measure").value;
  const chosen = offered.some(([value]) => value === before) ? before : offered[0]?.[0];
  byId("measure").replaceChildren(...options(offered));
  byId("measure").value = chosen;
  byId("measure").onchange = () => show(sessions, offered);
  show(sessions, offered);
}

function offers(sessions, title) {
  const groups = new Map();
  for (const each of sessions) groups.set(each.exercise, groups.get(each.exercise) ?? []).get(each.exercise).push(each);
  const found = [];
  for (const [exercise, own] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
    for (const [name, words, unit] of MEASURES) {
      if (own.some((each) => each[name])) found.push([`${name} ${exercise}`, `${title(exercise)}: ${words}`, unit, name, own]);
    }
  }
  for (const [name, words] of FELT) {
    if (sessions.some((each) => each[name] !== null)) found.push([name, `${words}, 0 to 10`, "", name, sessions]);
  }
  return found;
}

function show(sessions, offered) {
  const [, words, unit, name, own] = offered.find(([value]) => value === byId("measure").value) ?? [null, "", "", "", []];
  const points = own.filter((each) => each[name] !== null && each.state !== "recording")
    .map((each) => ({ at_s: Date.parse(`${each.local}Z`) / 1000, side: each.side, value: each[name] }))
    .sort((a, b) => a.at_s - b.at_s);
  const sides = SIDES.filter(([side]) => points.some((point) => point.side === side));
  const period = periodOf(points);
  const lines = new Map(sides.map(([side]) => [side, medians(points.filter((point) => point.side === side), period)]));
  byId("trend-words").textContent = newestWords(words, unit, points, sides, lines);
  tellChange(name, own);
  byId("trend-legend").replaceChildren(...sides.map(([side, label]) =>
    el("span", {}, el("span", { class: `line ${side ?? "none"}`, "aria-hidden": "true" }), label)));
  drawTable(sides, lines, period, unit);
  redraw = () => draw(points, sides, lines, unit);
  redraw();
}

function newestWords(words, unit, points, sides, lines) {
  if (!points.length) return "Nothing was measured yet.";
  const now = sides.map(([side, label]) => {
    const { value } = [...lines.get(side).values()].at(-1);
    return `${sides.length > 1 || side ? `${label.toLowerCase()} ` : ""}${number(value, unit)}`;
  });
  return `${words}. Newest median: ${now.join(", ")}.`;
}

/** Say whether it changed by more than noise: reckoned by the program, as for the report; of one person only. */
async function tellChange(name, sessions) {
  const [first] = sessions;
  const box = byId("trend-change");
  box.replaceChildren();
  if (!NOISE_IS_KNOWN.includes(name) || !first) return;
  if (sessions.some((each) => each.person !== first.person)) {
    box.append("Choose a person to see whether it changed.");
    return;
  }
  const asked = `${name} ${first.exercise} ${first.person}`;
  box.dataset.asked = asked;
  const told = await trendsOf(first.exercise, first.person).catch(() => ({}));
  if (box.dataset.asked !== asked || byId("measure").value !== `${name} ${first.exercise}`) return;
  const label = (side) => SIDES.find(([one]) => one === side)[1];
  box.replaceChildren(...(told[name] ?? []).map(({ side, words }) => el("span", { class: "change" }, `${label(side)}: ${words} `)));
}

const number = (value, unit) => (unit === "°" ? `${value.toFixed(0).replace("-", "−")}°` : `${value.toFixed(unit ? 1 : 0)}${unit ? ` ${unit}` : ""}`);

/** Choose days, weeks or months, so that a line has some dozens of points. */
function periodOf(points) {
  const span_s = points.length ? points.at(-1).at_s - points[0].at_s : 0;
  if (span_s < 60 * DAY_S) return { name: "Day", of: (local) => local };
  if (span_s < 400 * DAY_S) return { name: "Week from", of: monday };
  return { name: "Month", of: (local) => `${local.slice(0, 7)}-01` };
}

function monday(local) {
  const day = new Date(`${local}T00:00Z`);
  return new Date(day - ((day.getUTCDay() + 6) % 7) * DAY_S * 1000).toISOString().slice(0, 10);
}

/** Give the median of each period and the middle of its times, by its first day. */
function medians(points, period) {
  const groups = new Map();
  for (const point of points) {
    const key = period.of(new Date(point.at_s * 1000).toISOString().slice(0, 10));
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(point);
  }
  return new Map([...groups].map(([key, found]) => [key, {
    at_s: median(found.map((point) => point.at_s)), value: median(found.map((point) => point.value)),
  }]));
}

function drawTable(sides, lines, period, unit) {
  const days = [...new Set([...lines.values()].flatMap((line) => [...line.keys()]))].sort();
  const parts = period.name === "Month" ? { month: "long", year: "numeric" } : { day: "numeric", month: "short", year: "numeric" };
  byId("trend-table").replaceChildren(
    el("thead", {}, el("tr", {}, ...[period.name, ...sides.map(([, label]) => label)].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...days.map((day) => el("tr", {}, el("th", { scope: "row" }, date(day, parts)),
      ...sides.map(([side]) => el("td", {}, lines.get(side).has(day) ? number(lines.get(side).get(day).value, unit) : ""))))));
}

function draw(points, sides, lines, unit) {
  plot?.destroy();
  plot = null;
  const box = byId("trend");
  box.hidden = !points.length;
  if (!points.length || !box.clientWidth) return;
  const rows = [];
  points.forEach((point) => rows.push([point.at_s, sides.findIndex(([side]) => side === point.side) * 2, point.value]));
  sides.forEach(([side], i) => lines.get(side).forEach(({ at_s, value }) => rows.push([at_s, 2 * i + 1, value])));
  rows.sort((a, b) => a[0] - b[0]);
  const data = [rows.map((row) => row[0]), ...Array.from({ length: 2 * sides.length }, (_, k) => rows.map((row) => (row[1] === k ? row[2] : null)))];
  const [first_s, last_s] = [rows[0][0], rows.at(-1)[0]];
  const air_s = Math.max(2 * DAY_S, 0.02 * (last_s - first_s));
  plot = new uPlot(settings(box, sides, unit, [first_s - air_s, last_s + air_s], points.length > MANY ? "55" : ""), data, box);
}

function settings(box, sides, unit, span_s, faint) {
  const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
  const stroke = (side) => colour(side === "right" ? "second" : side ? "first" : "muted");
  return {
    width: box.clientWidth,
    height: 220,
    tzDate: (at_s) => uPlot.tzDate(new Date(at_s * 1000), "UTC"),
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: () => span_s }, y: { range: (_, low, high) => wide(low ?? 0, high ?? 0, unit) } },
    axes: [{ ...axis, size: 44, space: 70, values: (_, times, __, ___, step_s) => times.map((at_s) => (at_s % DAY_S ? "" : tick(at_s, step_s))) }, { ...axis, size: 52, values: (_, values) => values.map((value) => `${String(value).replace("-", "−")}${unit === "°" ? unit : ` ${unit}`}`) }],
    series: [{}, ...sides.flatMap(([side]) => [
      { stroke: stroke(side), paths: () => null, points: { show: true, size: faint ? 5 : 8, fill: `${stroke(side)}${faint}`, stroke: "#0000" } },
      { stroke: stroke(side), width: 2.5, spanGaps: true, dash: side === "right" ? [8, 5] : [], points: { show: false } },
    ])],
  };
}

/** Give an axis on which a change that is within noise is a small one. */
function wide(low, high, unit) {
  const least = (unit === "°" ? 20 : 1) / 2;
  const middle = (low + high) / 2;
  const [bottom, top] = uPlot.rangeNum(Math.min(low, middle - least), Math.max(high, middle + least), 0.1, true);
  return [unit === "°" || low < 0 ? bottom : Math.max(bottom, 0), top];
}

/** Write a time on the axis: the day, or the month, with the year where it begins. */
function tick(at_s, step_s) {
  const day = new Date(at_s * 1000).toISOString().slice(0, 10);
  if (step_s < 28 * DAY_S) return date(day, { day: "numeric", month: "short" });
  return date(day, { month: "short" }) + (day.slice(5, 7) === "01" ? `\n${day.slice(0, 4)}` : "");
}
