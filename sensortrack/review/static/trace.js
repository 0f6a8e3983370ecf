// The angle over time: least and greatest of each stretch as a band, everything that was found shaded behind it.

import { angle } from "./api.js";
import { byId, colour, onTheme, warn } from "./dom.js";
import { clock } from "./format.js";
import { shadeOf } from "./legend.js";

const CLOSEST_S = 1;
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];
const PAUSE_MS = 40; // a finger or a held key asks for views faster than they can be fetched
const LEAST_PX = 8; // under this no number fits
const TAP_PX = 6; // a finger that moved less than this meant a point

const columns = ({ begin_s, step_s, low_deg, high_deg }) => [low_deg.map((_, i) => begin_s + (i + 0.5) * step_s), low_deg, high_deg];

export class Trace {
  constructor(session, { onTime }) {
    this.session = session;
    this.chosen = null;
    this.length_s = Math.max(session.duration_s, CLOSEST_S);
    this.view = [0, this.length_s];
    this.range_deg = [-10, 10];
    this.time_s = 0;
    this.asked = 0;
    this.onTime = onTime;
    this.box = byId("trace");
    this.wire();
    onTheme(() => this.build());
    new ResizeObserver(() => this.plot && this.fit()).observe(this.box);
  }

  /** Take the session as it is after an edit. */
  show(session) {
    this.session = session;
    this.chosen = null;
    this.plot?.redraw();
  }

  /** Show the whole session, whose angle is here already. */
  showAll(whole) {
    const all = columns(whole);
    const known = [...all[1], ...all[2]].filter((value) => value !== null);
    byId("no-angle").hidden = known.length > 0;
    if (!known.length) {
      byId("no-angle").textContent = this.session.state === "recording"
        ? "The angle can be seen when the recording has ended."
        : `The angle of this session is not stored; this makes it: sensortrack reanalyze ${this.session.id}`;
    }
    if (known.length) {
      const [low, high] = [Math.min(...known), Math.max(...known)];
      const air = Math.max(3, 0.12 * (high - low));
      this.range_deg = [low - air, high + 2 * air];
    }
    this.data = all;
    this.build();
  }

  choose(movement, look) {
    this.chosen = movement;
    const [start_s, end_s] = this.view;
    const outside = movement.start_s < start_s || movement.end_s > end_s;
    const small = movement.end_s - movement.start_s < 0.02 * (end_s - start_s);
    if (look && (outside || small)) this.look(movement.start_s - 10, movement.end_s + 10);
    else this.plot?.redraw();
  }

  /** Show a span, at once with what is there, then finer. */
  async look(start_s, end_s) {
    const span_s = Math.min(Math.max(end_s - start_s, CLOSEST_S), this.length_s);
    const middle_s = (start_s + end_s) / 2;
    const first_s = Math.min(Math.max(middle_s - span_s / 2, 0), this.length_s - span_s);
    this.view = [first_s, first_s + span_s];
    this.told();
    this.plot?.setScale("x", { min: this.view[0], max: this.view[1] });
    const number = ++this.asked;
    await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    if (number !== this.asked) return; // a newer view was asked for meanwhile
    const data = await angle(this.session.id, first_s - span_s / 2, first_s + 1.5 * span_s).then(columns, (error) => warn(error.message));
    if (!data || number !== this.asked) return;
    this.data = data;
    this.plot?.setData(data, false);
    this.plot?.setScale("x", { min: this.view[0], max: this.view[1] });
  }

  zoom(factor, at_s = (this.view[0] + this.view[1]) / 2) {
    return this.look(at_s + (this.view[0] - at_s) * factor, at_s + (this.view[1] - at_s) * factor);
  }

  move(share) {
    const by_s = share * (this.view[1] - this.view[0]);
    return this.look(this.view[0] + by_s, this.view[1] + by_s);
  }

  /** Put the cursor at a time; a time outside the view turns the page. */
  cursor(time_s) {
    this.time_s = time_s;
    const [start_s, end_s] = this.view;
    if (this.plot && (time_s < start_s || time_s > end_s)) {
      const at_s = time_s - 0.05 * (end_s - start_s);
      this.look(at_s, at_s + end_s - start_s);
    }
    this.placeCursor();
  }

  placeCursor() {
    if (!this.plot) return;
    const left = this.plot.valToPos(this.time_s, "x");
    this.line.style.transform = `translateX(${left}px)`;
    this.line.hidden = left < 0 || left > this.plot.over.clientWidth;
  }

  told() {
    const [start_s, end_s] = this.view;
    byId("span").textContent = start_s <= 0 && end_s >= this.length_s ? "" : `${clock(start_s)} to ${clock(end_s)}`;
  }

  build() {
    this.plot?.destroy();
    if (!this.data) return;
    const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
    const trace = { stroke: colour("trace"), width: 1.5, points: { show: false } };
    this.plot = new uPlot({
      width: this.box.clientWidth,
      height: this.height(),
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false, dist: TAP_PX }, points: { show: false }, y: false },
      scales: { x: { time: false, range: () => this.view }, y: { range: () => this.range_deg } },
      axes: [
        { ...axis, size: 32, incrs: STEPS_S, space: 70, values: (_, times, __, ___, step_s) => times.map((at_s) => clock(at_s, step_s < 1 ? 1 : 0)) },
        { ...axis, size: 48, values: (_, values) => values.map((value) => `${value}°`.replace("-", "−")) },
      ],
      series: [{}, trace, trace],
      bands: [{ series: [2, 1], fill: colour("trace") }],
      hooks: { drawClear: [() => this.shade()], setSelect: [() => this.selected()], setScale: [() => this.placeCursor()], setSize: [() => this.placeCursor()] },
    }, this.data, this.box);
    this.line = document.createElement("div");
    this.line.className = "cursor";
    this.plot.over.append(this.line);
    this.wirePointer(this.plot.over);
    this.placeCursor();
    this.told();
  }

  height() {
    return matchMedia("(max-width: 40rem), (max-height: 50rem)").matches ? 210 : 260;
  }

  fit() {
    this.plot.setSize({ width: this.box.clientWidth, height: this.height() });
  }

  selected() {
    const { left, width } = this.plot.select;
    if (width < TAP_PX) return;
    const [start_s, end_s] = [this.plot.posToVal(left, "x"), this.plot.posToVal(left + width, "x")];
    this.plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.dragged = true;
    this.look(start_s, end_s);
  }

  shade() {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const spans = (list) => list.filter((each) => each.end_s > this.view[0] && each.start_s < this.view[1]);
    spans(this.session.holds).forEach((each) => this.block(each.start_s, each.end_s, "hold"));
    spans(this.session.trials).forEach((each) => this.block(each.start_s, each.end_s, "trial"));
    spans(this.session.taken_back).forEach((each) => this.block(each.start_s, each.end_s, "rejected"));
    spans(this.session.movements).forEach((each) => this.block(each.start_s, each.end_s, shadeOf(each)));
    spans(this.session.gaps).forEach((each) => this.hatch(each.start_s, each.end_s));
    if (this.chosen) this.phases(this.chosen);
    this.numbers(spans(this.session.movements));
    ctx.restore();
  }

  /** Fill the height between two times; what is not counted is only a foot. */
  block(start_s, end_s, shade) {
    const { ctx, bbox } = this.plot;
    const [left, right] = this.pixels(start_s, end_s);
    const foot = shade === "rejected" ? bbox.height - 8 * devicePixelRatio : 0;
    ctx.fillStyle = colour(`shade-${shade}`);
    ctx.fillRect(left, bbox.top + foot, right - left, bbox.height - foot);
  }

  hatch(start_s, end_s) {
    const { ctx, bbox } = this.plot;
    const [left, right] = this.pixels(start_s, end_s);
    const step = 8 * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colour("gap");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += step) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }

  /** Draw the chosen movement with its phases. */
  phases({ start_s, top_start_s, top_end_s, end_s, edited }) {
    const { ctx, bbox } = this.plot;
    const edges = edited === "added" ? [start_s, end_s] : [start_s, top_start_s, top_end_s, end_s];
    edges.slice(1).forEach((until_s, i) => {
      const [left, right] = this.pixels(edges[i], until_s);
      ctx.fillStyle = colour(i === 1 ? "phase-hold" : "phase-move");
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    });
    ctx.fillStyle = colour("accent");
    const [left, right] = this.pixels(start_s, end_s);
    ctx.fillRect(left, bbox.top, right - left, 3 * devicePixelRatio);
  }

  /** Write the numbers of the repetitions above them, where there is room. */
  numbers(movements) {
    const { ctx, bbox } = this.plot;
    ctx.fillStyle = colour("muted");
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    for (const each of movements.filter((movement) => movement.set !== null)) {
      const [left, right] = this.pixels(each.start_s, each.end_s);
      const text = `${each.number}${each.verdict === "doubtful" ? "?" : ""}`;
      if (right - left > LEAST_PX * devicePixelRatio && right - left > ctx.measureText(text).width + 2) ctx.fillText(text, (left + right) / 2, bbox.top + 5 * devicePixelRatio);
    }
  }

  pixels(start_s, end_s) {
    const left = this.plot.valToPos(start_s, "x", true);
    return [left, Math.max(this.plot.valToPos(end_s, "x", true), left + devicePixelRatio)];
  }

  wire() {
    byId("left").addEventListener("click", () => this.move(-0.5));
    byId("right").addEventListener("click", () => this.move(0.5));
    byId("closer").addEventListener("click", () => this.zoom(0.5));
    byId("wider").addEventListener("click", () => this.zoom(2));
    byId("all").addEventListener("click", () => this.look(0, this.length_s));
    const keys = { ArrowLeft: () => this.move(-0.25), ArrowRight: () => this.move(0.25), "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.look(0, this.length_s), Home: () => this.look(0, this.view[1] - this.view[0]), End: () => this.look(this.length_s - this.view[1] + this.view[0], this.length_s) };
    this.box.addEventListener("keydown", (event) => {
      if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  /** A click means a place; a finger moves the view, two fingers zoom it. */
  wirePointer(over) {
    const fingers = new Map();
    let moved = 0;
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return b ? [(a + b) / 2, Math.max(Math.abs(a - b), 10)] : [a, 1];
    };
    const at = (event) => event.clientX - over.getBoundingClientRect().left;
    over.addEventListener("click", (event) => {
      if (!this.dragged && moved < TAP_PX) this.onTime(this.plot.posToVal(at(event), "x"));
      this.dragged = false;
    });
    over.addEventListener("dblclick", () => this.look(0, this.length_s));
    over.addEventListener("pointerdown", (event) => {
      moved = 0;
      if (event.pointerType === "touch") fingers.set(event.pointerId, at(event));
    });
    over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const [x, wide] = spread();
      fingers.set(event.pointerId, at(event));
      const [newX, newWide] = spread();
      moved += Math.abs(newX - x);
      const span_s = (this.view[1] - this.view[0]) * (wide / newWide);
      const held_s = this.plot.posToVal(x, "x");
      const first_s = held_s - (newX / over.clientWidth) * span_s;
      this.look(first_s, first_s + span_s);
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      over.addEventListener(name, (event) => fingers.delete(event.pointerId));
    }
  }
}
