// The page: what the person sees and presses, and the way from a tap to samples.

import { Batches, Motion, isApple, now, permission, uprightness } from "./motion.js";
import { Link } from "./link.js";
import { Voice } from "./voice.js";

const HELD = 800; // ms that a button is held: a pocket touches too
const FIRST = 20; // samples that show what the sensor can
const WAITED = 2500; // ms in which they come
const SURE = 4; // m/s² by which the screen must point up
const LATE = 3000; // ms without the computer before it is told
const SLEPT = 0.25; // seconds by which the clock fell behind while the phone slept

const $ = (id) => document.getElementById(id);
const link = new Link();
const voice = new Voice();
let motion = null;
let batches = null;
let lock = null;
let shown = "start";
let hasSpokenOfLoss = false;
let isKeeping = link.queue.length > 0;

const WRONG = {
  https: ["Needs https", "This page was not opened over https, so the browser hides the motion sensor. Scan the code on the computer again."],
  none: ["No motion sensor", "This browser gives no motion sensor. Use a phone, and Safari, Chrome or Firefox."],
  denied: ["Motion is not allowed", "Allow “Motion and orientation” for this page: close the tab, open the code again, tap Allow. On Android it is in the site settings, behind the sign left of the address."],
  another: ["Another phone is the sensor", "The computer takes one phone. Stop on the computer and begin again to use this one."],
  old: ["This recording is over", "Scan the code that the computer shows now."],
  gyroscope: ["The gyroscope is gone", "It was there before the page was loaded again. Stop on the computer and begin again."],
  "not now": ["The computer has not begun", "Wait for it, then load this page again."],
  bad: ["The computer did not understand", "Load this page again."],
};

function show(state, words, more = "", { button = "", big = null, pair = false } = {}) {
  shown = state;
  document.body.dataset.state = state;
  $("words").textContent = words;
  $("more").textContent = more;
  if (big !== null) showBig(big);
  $("main").hidden = !button;
  $("main").textContent = button;
  $("main").disabled = false;
  $("pair").hidden = !pair;
}

function showBig(text) {
  $("big").textContent = text;
  $("big").dataset.length = text.length;
}

function fail(word) {
  const [words, more] = WRONG[word] || WRONG.bad;
  show("wrong", words, more, { big: "", button: word === "denied" || word === "none" || word === "bad" ? "Try again" : "" });
  showLink("");
  letSleep();
}

async function stayAwake() {
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch (error) {
    lock = null; // an old browser, or the battery is low: docs/phone.md tells how to keep the screen on
  }
}

function letSleep() {
  if (lock) lock.release().catch(() => {});
  lock = null;
}

async function watchBattery() {
  if (!navigator.getBattery) return;
  const battery = await navigator.getBattery();
  const tell = () => (link.battery = Math.round(100 * battery.level));
  battery.addEventListener("levelchange", tell);
  tell();
}

async function start() {
  $("main").disabled = true;
  voice.unlock();
  if (!window.isSecureContext) return fail("https");
  const allowed = await permission();
  if (allowed !== "granted") return fail(allowed);
  await stayAwake();
  motion = motion || new Motion();
  const samples = await motion.first(FIRST, WAITED);
  if (samples.length < FIRST / 2) return fail((await isBlocked()) ? "denied" : "none");
  decideSign(samples);
}

async function isBlocked() {
  try {
    return (await navigator.permissions.query({ name: "accelerometer" })).state === "denied";
  } catch (error) {
    return false;
  }
}

// iPhones have the other sign; how the phone is held must agree with that
function decideSign(samples) {
  const negated = isApple();
  const { readable } = uprightness(samples);
  if ((negated ? -readable : readable) > SURE) return join(samples, negated);
  show("flat", "Lay the phone down", "Flat on its back, screen up. Then tap: it finds out which way is up.", { button: "It lies" });
}

async function layFlat() {
  $("main").disabled = true;
  const samples = await motion.first(FIRST, WAITED);
  const { flat } = samples.length ? uprightness(samples) : { flat: 0 };
  if (Math.abs(flat) > 8) return join(samples, flat < 0);
  show("flat", "Not flat yet", "Lay it on a table or the floor, screen up, and tap.", { button: "It lies" });
}

function join(samples, negated) {
  const gyroscope = samples.filter((each) => each.gyr).length > samples.length / 2;
  batches = new Batches({ gyroscope, negated });
  motion.heard = (sample) => {
    watchClock();
    if (link.state === "running" && link.want !== "end") batches.add(sample);
  };
  link.forgetClock();
  show("ready", "The sensor works", "Waiting for the computer.");
  link.keepOn();
}

// A phone that sleeps may stop the clock of its pages; what comes after is another run, with its own place in time
let wall = null;
let lastOffset = 0;
function watchClock() {
  const difference = Date.now() / 1000 - now();
  if (wall !== null && Math.abs(difference - wall) > SLEPT) {
    link.queue.push(...batches.close(lastOffset));
    batches.open.length = 0;
    batches.run = null;
    link.forgetClock();
  }
  wall = difference;
}

// Samples that are due; none before it is known how this phone's clock stands to the computer's
link.more = () => {
  watchClock();
  if (link.offset === null) return [];
  lastOffset = link.offset;
  if (!batches.run) batches.begin(lastOffset);
  return batches.close(lastOffset);
};

link.answered = (answer, said) => {
  $("title").textContent = answer.title;
  voice.isQuiet = answer.quiet;
  if (hasSpokenOfLoss) $("words").textContent = "Connected again";
  if (hasSpokenOfLoss) $("more").textContent = "";
  hasSpokenOfLoss = false;
  if (isKeeping && !link.queue.length) {
    isKeeping = false;
    Link.forgetAside();
  }
  if (answer.state === "ended") {
    said.forEach(tell); // what the last samples led to
    return end();
  }
  if (answer.begins_in_s > 0) strapping(answer.begins_in_s);
  if (answer.state === "ending") finish();
  else if (link.want === "end") showKept();
  else if (answer.state === "running" && shown !== "running") run();
  else if (answer.state === "paused" && shown !== "paused") paused();
  for (const each of said) tell(each);
  showKept();
};

link.failed = (failures) => {
  if (link.want === "end" && !link.queue.length && failures > 2) return end(); // it has ended already
  showKept();
};

link.refused = fail;

function tell(said) {
  voice.hear(said);
  if (shown === "ready") return;
  const number = said.text.match(said.kind === "done" ? /^\d+(?=,)/ : /\d+/);
  if (number && said.kind !== "warning") {
    showBig(number[0]);
    const rest = said.text.replace(number[0], "").replace(/^[,. ]+|[,. ]+$/g, "");
    $("words").textContent = rest || (said.kind === "tick" ? "seconds" : "");
    $("more").textContent = "";
  } else {
    $("words").textContent = said.text.charAt(0).toUpperCase() + said.text.slice(1);
    $("more").textContent = "";
  }
}

// The phone goes onto the thigh before it begins: what it feels until then is no exercise
function strapping(seconds) {
  if (shown !== "ready" || $("main").hidden)
    show("ready", "Strap it to your thigh", "Any way up, tight, screen on. Then it begins.", { button: "Begin now" });
  showBig(String(Math.ceil(seconds)));
}

function run() {
  showBig("");
  if (shown === "ready") {
    link.forgetClock(); // the computer's clock of this session begins with it
    batches.run = null;
  }
  show("running", shown === "paused" ? "Go on" : "Recording", "", { pair: true });
  $("pause").firstElementChild.textContent = "Hold to\npause";
}

function paused() {
  voice.say("done", "paused");
  show("paused", "Paused", "Nothing is recorded.", { pair: true });
  $("pause").firstElementChild.textContent = "Hold to\ngo on";
}

// no more samples; what is here still goes
function finish() {
  link.want = "end";
  if (shown !== "ending") show("ending", "Ending", "Sending the last samples.", {});
}

function end() {
  link.isOver = true;
  Link.forgetAside();
  letSleep();
  showLink("");
  voice.say("done", "recording ended");
  show("ended", "Done", "It is kept on the computer. You may close this page.");
}

function showLink(words, isGood = true) {
  $("link").textContent = words;
  $("link").dataset.link = isGood ? "good" : "bad";
}

// Without the computer for a while: it is said once, and shown as long as it lasts
function showKept() {
  if (link.isOver || link.contact === null) return;
  const silent = performance.now() - link.contact;
  if (silent < LATE) return showLink("connected");
  showLink(`offline, ${Math.round(silent / 1000)} s kept`, false);
  if (hasSpokenOfLoss || shown !== "running") return;
  hasSpokenOfLoss = true;
  voice.say("warning", "No connection. Go on, nothing is lost");
  $("words").textContent = "Go on";
  $("more").textContent = "The computer is out of reach. This phone keeps everything and sends it later.";
}
setInterval(showKept, 1000);

function held(button, action) {
  let timer = null;
  const release = () => {
    clearTimeout(timer);
    button.classList.remove("pressed");
  };
  button.addEventListener("pointerdown", () => {
    button.classList.add("pressed");
    timer = setTimeout(() => {
      release();
      action();
    }, HELD);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(name, release);
  button.addEventListener("keydown", (event) => event.key === "Enter" && action());
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

$("main").addEventListener("click", () => {
  if (shown === "flat") layFlat();
  else if (shown === "ready") link.want = "begin";
  else start();
});
held($("pause"), () => (link.want = shown === "paused" ? "resume" : "pause"));
held($("stop"), () => {
  voice.say("done", "stopping");
  finish();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    if (batches && !link.isOver) link.putAside();
    return;
  }
  isKeeping = true;
  if (motion && !link.isOver) stayAwake();
  if (voice.audio) voice.audio.resume().catch(() => {});
});
addEventListener("pagehide", () => {
  if (batches && !link.isOver) link.putAside();
});

$("pair").hidden = true;
watchBattery().catch(() => {});
if (!window.isSecureContext) fail("https");
else if (!window.DeviceMotionEvent) fail("none");
else if (isKeeping) show("start", "Go on", "The page was loaded again. Tap, and it sends what was kept.", { button: "Go on" });
