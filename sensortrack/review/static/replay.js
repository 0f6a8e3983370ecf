// Play the session: a cursor on the trace, and the leg as it was then.

import { angle } from "./api.js";
import { byId } from "./dom.js";
import { clock, degrees } from "./format.js";
import { drawBody, poseLeg } from "./leg.js";

const CHUNK_S = 60;
const POINTS = 1300; // of a chunk: finest buckets of 0.05 s

export class Replay {
  constructor(session, trace) {
    this.session = session;
    this.trace = trace;
    this.time_s = 0;
    this.chunks = new Map(); // number -> angles, or a promise of them
    this.running = null;
    drawBody(session);
    const slider = byId("time");
    slider.max = session.duration_s.toFixed(1);
    slider.addEventListener("input", () => this.goTo(Number(slider.value)));
    byId("play").addEventListener("click", () => (this.running ? this.stop() : this.play()));
  }

  play() {
    if (this.time_s >= this.session.duration_s) this.goTo(0);
    byId("play").textContent = "Pause";
    let last_ms = performance.now();
    const step = (now_ms) => {
      const next_s = this.time_s + ((now_ms - last_ms) / 1000) * Number(byId("speed").value);
      last_ms = now_ms;
      this.goTo(Math.min(next_s, this.session.duration_s));
      if (this.time_s >= this.session.duration_s) this.stop();
      else this.running = requestAnimationFrame(step);
    };
    this.running = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.running);
    this.running = null;
    byId("play").textContent = "Play";
  }

  goTo(time_s) {
    this.time_s = time_s;
    this.trace.cursor(time_s);
    const angle_deg = this.angleAt(time_s);
    const words = `${clock(time_s)}, ${angle_deg === null ? "angle not known" : degrees(angle_deg)}`;
    byId("time").value = time_s;
    byId("time").setAttribute("aria-valuetext", `${words}, ${this.happening(time_s)}`);
    byId("leg-words").textContent = words;
    poseLeg(angle_deg);
  }

  happening(time_s) {
    const within = (each) => each.start_s <= time_s && time_s < each.end_s;
    return this.session.movements.find(within)?.name ?? (this.session.holds.some(within) ? "hold" : this.session.gaps.some(within) ? "data missing" : "rest");
  }

  /** Give the angle at a time, once its chunk is here; the next one is fetched ahead. */
  angleAt(time_s) {
    const number = Math.floor(time_s / CHUNK_S);
    this.load(number);
    if ((number + 1) * CHUNK_S < this.session.duration_s) this.load(number + 1);
    const chunk = this.chunks.get(number);
    if (!chunk || chunk instanceof Promise) return null;
    const place = (time_s - chunk.begin_s) / chunk.step_s - 0.5;
    const middle = (i) => ((chunk.low_deg[i] ?? NaN) + (chunk.high_deg[i] ?? NaN)) / 2;
    const [a, b] = [middle(Math.floor(place)), middle(Math.ceil(place))];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? null : b) : a;
    return a + (b - a) * (place - Math.floor(place));
  }

  load(number) {
    if (this.chunks.has(number)) return;
    this.chunks.set(number, angle(this.session.id, number * CHUNK_S - 0.1, (number + 1) * CHUNK_S + 0.1, POINTS).then((chunk) => {
      this.chunks.set(number, chunk);
      if (!this.running && Math.floor(this.time_s / CHUNK_S) === number) this.goTo(this.time_s);
    }, () => this.chunks.delete(number)));
  }
}
