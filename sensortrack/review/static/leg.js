// A small figure from the side, facing left: the thigh turns about the hip, the rest only shows the position.

import { byId, svg } from "./dom.js";

const THIGH = 52;
const SHANK = 50;

// how the body lies, and how the shank follows the thigh: degrees that the knee bends, backwards positive
const BODIES = {
  fours: { trunk: [-64, -6], head: [-84, -14], arm: [-60, 52], other: [[0, 52], [50, 54]], knee: 90, floor: 58 },
  kneeling: { trunk: [0, -58], head: [0, -76], other: [[-50, 6], [-52, 56]], knee: 90, floor: 60 },
  lying: { forwards: true, trunk: [66, 2], head: [86, 0], other: [[22, -46], [-22, -36]], knee: -60, floor: 14, bench: true },
  alone: { knee: 10 },
};

function bodyOf(session) {
  if (session.detector === "thomas") return BODIES.lying;
  if (session.detector === "stretch") return BODIES.kneeling;
  return session.is_signed ? BODIES.fours : BODIES.alone; // of what is not signed the position is not known
}

let body = BODIES.alone;

export function drawBody(session) {
  body = bodyOf(session);
  const line = (points, name) => svg("polyline", { points: points.map((point) => point.join(",")).join(" "), class: name });
  const still = body.trunk ? [
    svg("line", { x1: body.bench ? -8 : -110, x2: 110, y1: body.floor, y2: body.floor, class: "floor" }),
    line([[0, 0], ...body.other], "limb"),
    line([body.trunk, [0, 0]], "limb trunk"),
    ...(body.arm ? [line([body.trunk, body.arm], "limb")] : []),
    svg("circle", { cx: body.head[0], cy: body.head[1], r: 11, class: "head" }),
  ] : [];
  byId("leg").replaceChildren(
    ...still,
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 74, class: "vertical" }),
    svg("g", { id: "thigh" }, line([[0, 0], [0, THIGH]], "thigh"), svg("g", { transform: `translate(0 ${THIGH})` },
      svg("g", { transform: `rotate(${-body.knee})` }, line([[0, 0], [0, SHANK]], "shank"))), svg("rect", { x: -7, y: 18, width: 14, height: 18, rx: 4, class: "sensor" })));
}

/** Turn the thigh: 0 hangs down, extension positive goes backwards, which is to the right; lying it is always forwards. */
export function poseLeg(angle_deg) {
  const thigh = document.getElementById("thigh");
  thigh.classList.toggle("unknown", angle_deg === null);
  if (angle_deg !== null) thigh.setAttribute("transform", `rotate(${(body.forwards ? Math.abs(angle_deg) : -angle_deg).toFixed(1)})`);
}
