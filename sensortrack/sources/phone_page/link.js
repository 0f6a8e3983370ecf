// The way to the computer: one request at a time, everything kept until it was taken, and whose clock is which.

import { now } from "./motion.js";

const EVERY = 100; // ms between two requests while there are samples
const IDLE = 250; // ms between two without
const PATIENCE = 5000; // ms that an answer may take
const MOST_BYTES = 60000;
const DRIFT = 1e-4; // by which an exchange of time stamps gets worse each second: twice what clocks are apart
const ENOUGH = 4; // exchanges before the first sample
const STORE = "sensortrack" + location.pathname;

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// The same for all pages of this phone's browser
function phoneName() {
  try {
    const known = localStorage.getItem("sensortrack-phone");
    if (known) return known;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
    localStorage.setItem("sensortrack-phone", made.join(""));
    return made.join("");
  } catch (error) {
    return "unnamed-" + Math.random().toString(36).slice(2).padEnd(12, "0");
  }
}

export class Link {
  constructor() {
    this.phone = phoneName();
    this.queue = restored(); // batches, oldest first
    this.exchanges = 0;
    this.best = null; // of them: what it said, how wrong it may be, and when
    this.heard = 0; // newest utterance that came
    this.want = "";
    this.battery = null;
    this.contact = null; // when the computer was heard last, ms
    this.state = "";
    this.answered = () => {};
    this.failed = () => {};
    this.refused = () => {};
    this.more = () => []; // batches that have come up since
    this.isOver = false;
  }

  // the host's clock minus the phone's; null before it is known
  get offset() {
    return this.exchanges < ENOUGH ? null : this.best.offset;
  }

  forgetClock() {
    this.exchanges = 0;
    this.best = null;
  }

  get keptBytes() {
    return this.queue.reduce((sum, each) => sum + each.length, 0);
  }

  async keepOn() {
    let failures = 0;
    while (!this.isOver) {
      const begun = performance.now();
      this.queue.push(...this.more());
      const result = await this.post();
      if (result === "ok") failures = 0;
      else failures += 1;
      if (result === "failed") this.failed(failures);
      const wait = failures ? Math.min(250 * failures, 2000) : this.queue.length ? EVERY : IDLE;
      if (this.exchanges < ENOUGH && !failures) continue;
      if (!failures && this.queue.length && this.isBehind) continue;
      await pause(Math.max(0, wait - (performance.now() - begun)));
    }
  }

  get isBehind() {
    return this.keptBytes > MOST_BYTES / 4;
  }

  address() {
    const query = new URLSearchParams({ phone: this.phone, heard: this.heard, want: this.wantNow() });
    if (this.battery !== null) query.set("battery", this.battery);
    return "take?" + query;
  }

  // the end is asked for when everything has been sent
  wantNow() {
    return this.want === "end" && this.body().count < this.queue.length ? "" : this.want;
  }

  body() {
    let count = 0;
    let bytes = 0;
    while (count < this.queue.length && bytes + this.queue[count].length <= MOST_BYTES) bytes += this.queue[count++].length;
    return { count, blob: new Blob(this.queue.slice(0, count)) };
  }

  async post() {
    const { count, blob } = this.body();
    const asked = this.wantNow();
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), PATIENCE);
    let answer, status;
    try {
      const sent = now();
      const response = await fetch(this.address(), { method: "POST", body: blob, signal: control.signal });
      const came = now();
      status = response.status;
      answer = await response.json().catch(() => ({}));
      if (response.ok) this.learn(sent, came, answer);
    } catch (error) {
      return "failed";
    } finally {
      clearTimeout(timer);
    }
    if (status !== 200) return this.refuse(status, answer.refused, count);
    this.queue.splice(0, count);
    if (asked && asked === this.want) this.want = "";
    this.contact = performance.now();
    this.state = answer.state;
    const fresh = answer.say.filter((each) => each.number > this.heard);
    for (const each of fresh) this.heard = Math.max(this.heard, each.number);
    this.answered(answer, fresh);
    return "ok";
  }

  // As in NTP: wrong by half the way there and back at most; the one counts that is least wrong now
  learn(sent, came, { received_s: received, sent_s: answered }) {
    this.exchanges += 1;
    const wrong = (came - sent - (answered - received)) / 2;
    if (this.best && wrong > this.best.wrong + DRIFT * (came - this.best.at)) return;
    this.best = { offset: (received + answered - sent - came) / 2, wrong, at: came };
  }

  refuse(status, word, count) {
    if (status === 429 || status >= 500) return "failed";
    if (status === 400 && word === "bad" && count) this.queue.splice(0, count);
    if (status === 404 || word !== "bad") this.isOver = true;
    this.refused(status === 404 ? "old" : word);
    return "refused";
  }

  // before the page may go: send without waiting, and put aside what may not arrive
  putAside() {
    this.queue.push(...this.more());
    try {
      if (!this.queue.length) return sessionStorage.removeItem(STORE);
      sessionStorage.setItem(STORE, JSON.stringify(this.queue.map((each) => btoa(String.fromCharCode(...each)))));
      fetch(this.address(), { method: "POST", body: this.body().blob, keepalive: true }).catch(() => {});
    } catch (error) {
      // a browser without storage: what was not sent lives as long as the page
    }
  }

  static forgetAside() {
    try {
      sessionStorage.removeItem(STORE);
    } catch (error) {
      // nothing was put there
    }
  }
}

function restored() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE) || "[]");
    return kept.map((each) => Uint8Array.from(atob(each), (letter) => letter.charCodeAt(0)));
  } catch (error) {
    return [];
  }
}
