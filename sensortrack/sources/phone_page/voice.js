// What is said: by the phone's own speech; where there is none by tones, and where there is no sound by the vibrator.

const TONES = { count: [880], tick: [660], done: [660, 990], warning: [440, 330, 440] };
const SILENT = 1500; // ms after which speech that has not begun will not
const STALE = 3; // seconds after which a count or tick is no news

const isPassing = (kind) => kind === "count" || kind === "tick";

export class Voice {
  constructor() {
    this.audio = null;
    this.isQuiet = false;
    this.last = ""; // kind of what was said last
    this.misses = 0; // how often speech did not begin
  }

  // Within a tap: browsers let a page sound only after one
  unlock() {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (Audio && !this.audio) this.audio = new Audio();
    if (this.audio) this.audio.resume().catch(() => {});
    this.say("done", "You will hear me");
  }

  hear({ kind, text, age_s: age }) {
    if (!isPassing(kind) || age < STALE) this.say(kind, text);
  }

  say(kind, text) {
    if (this.isQuiet) return;
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance || this.misses > 2) return this.tone(kind);
    const words = new SpeechSynthesisUtterance(text);
    words.lang = "en";
    let begun = false;
    const missed = () => {
      if (begun) return;
      begun = true;
      this.misses += 1;
      this.tone(kind);
    };
    words.onstart = () => {
      begun = true;
      this.misses = 0;
    };
    words.onerror = (event) => {
      if (event.error !== "canceled" && event.error !== "interrupted") missed();
      begun = true;
    };
    words.onend = () => (begun = true);
    // a count that is still being said gives way: late counts confuse
    if (isPassing(this.last) && (speechSynthesis.speaking || speechSynthesis.pending)) speechSynthesis.cancel();
    this.last = kind;
    speechSynthesis.speak(words);
    setTimeout(() => speechSynthesis.speaking || missed(), SILENT);
  }

  tone(kind) {
    if (!this.audio || this.audio.state !== "running") return this.buzz(kind);
    TONES[kind].forEach((hertz, i) => {
      const at = this.audio.currentTime + 0.18 * i;
      const tone = this.audio.createOscillator();
      const volume = this.audio.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.4, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
      tone.connect(volume).connect(this.audio.destination);
      tone.start(at);
      tone.stop(at + 0.17);
    });
  }

  // the last resort: it shakes the sensor too
  buzz(kind) {
    if (navigator.vibrate) navigator.vibrate(TONES[kind].flatMap(() => [60, 80]));
  }
}
