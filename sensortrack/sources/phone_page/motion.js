// Samples of the motion sensor, and their wire format (sensortrack/devices/phone.py has the table).

const HEADER = 36;
const MOST = 600; // samples in a batch

// phone time in seconds, the clock of event.timeStamp
export const now = () => (performance.timeOrigin + performance.now()) / 1000;

// some browsers have stamped events on other clocks; those are taken when they are heard
function stampOf(event) {
  const late = performance.now() - event.timeStamp;
  return late > -50 && late < 2000 ? (performance.timeOrigin + event.timeStamp) / 1000 : now();
}

function sampleOf(event) {
  const acc = event.accelerationIncludingGravity;
  if (!acc || acc.x === null || acc.y === null || acc.z === null) return null;
  const rate = event.rotationRate;
  const turns = rate && rate.alpha !== null && rate.beta !== null && rate.gamma !== null;
  return {
    at: stampOf(event),
    acc: [acc.x, acc.y, acc.z],
    gyr: turns ? [rate.alpha, rate.beta, rate.gamma] : null,
  };
}

// iPhones and iPads, also those that call themselves a Mac, tell the acceleration with the other sign
export function isApple() {
  return /iPad|iPhone|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);
}

// "granted", "denied", "none" (no such thing here)
export async function permission() {
  if (!window.DeviceMotionEvent) return "none";
  const ask = window.DeviceMotionEvent.requestPermission;
  if (typeof ask !== "function") return "granted";
  try {
    return await ask.call(window.DeviceMotionEvent);
  } catch (error) {
    return "denied";
  }
}

export class Motion {
  constructor() {
    this.heard = () => {}; // told every sample
    this.latest = 0;
    addEventListener("devicemotion", (event) => {
      const sample = sampleOf(event);
      if (!sample || sample.at <= this.latest) return;
      this.latest = sample.at;
      this.heard(sample);
    });
  }

  // the first samples, fewer if they do not come in time
  first(count, milliseconds) {
    return new Promise((done) => {
      const samples = [];
      const end = () => {
        this.heard = () => {};
        done(samples);
      };
      const timer = setTimeout(end, milliseconds);
      this.heard = (sample) => {
        samples.push(sample);
        if (samples.length < count) return;
        clearTimeout(timer);
        end();
      };
    });
  }
}

// How sure the sign is: a person who reads the screen holds its top or its face upwards. Positive: as the W3C says.
export function uprightness(samples) {
  const angle = ((screen.orientation && screen.orientation.angle) || window.orientation || 0) * (Math.PI / 180);
  const mean = [0, 1, 2].map((axis) => samples.reduce((sum, each) => sum + each.acc[axis], 0) / samples.length);
  const up = mean[0] * Math.sin(angle) + mean[1] * Math.cos(angle);
  return { readable: (up + mean[2]) / Math.SQRT2, flat: mean[2] };
}

export function encode(run, number, offset, samples, { gyroscope, negated }) {
  const size = gyroscope ? 28 : 16;
  const view = new DataView(new ArrayBuffer(HEADER + samples.length * size));
  view.setUint8(0, 1);
  view.setUint8(1, (gyroscope ? 1 : 0) | (negated ? 2 : 0));
  view.setUint16(2, samples.length, true);
  view.setUint32(4, run.id, true);
  view.setUint32(8, number, true);
  view.setFloat64(12, run.offset, true);
  view.setFloat64(20, offset, true);
  view.setFloat64(28, samples[0].at, true);
  samples.forEach((sample, i) => {
    const at = HEADER + i * size;
    view.setUint32(at, Math.round((sample.at - samples[0].at) * 1e6), true);
    sample.acc.forEach((value, axis) => view.setFloat32(at + 4 + 4 * axis, value, true));
    if (gyroscope) sample.gyr.forEach((value, axis) => view.setFloat32(at + 16 + 4 * axis, value, true));
  });
  return new Uint8Array(view.buffer);
}

// Samples to batches. A run is a stretch in which this phone's clock did not stop.
export class Batches {
  constructor(kind) {
    this.kind = kind; // gyroscope, negated
    this.open = [];
    this.run = null;
  }

  begin(offset) {
    this.run = { id: crypto.getRandomValues(new Uint32Array(1))[0], offset, next: 0 };
  }

  add(sample) {
    if (this.kind.gyroscope && !sample.gyr) return;
    this.open.push(sample);
  }

  // everything so far, as batches
  close(offset) {
    const closed = [];
    while (this.run && this.open.length) {
      const part = this.open.splice(0, MOST);
      closed.push(encode(this.run, this.run.next++, offset, part, this.kind));
    }
    return closed;
  }
}
