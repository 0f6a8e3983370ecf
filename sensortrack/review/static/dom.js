// Elements made by hand. Text is only ever text: nothing here reads HTML.

export const byId = (id) => document.getElementById(id);

/** Make an element: attributes by name, `on…` are listeners; children are elements or text. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text of a person, whose writing direction must not turn what stands beside it. */
export const personal = (text) => el("bdi", {}, text);

/** Make a select of [value, label] pairs. */
export function choice(attributes, pairs, chosen) {
  const select = el("select", attributes, ...options(pairs));
  select.value = chosen;
  return select;
}

export const options = (pairs) => pairs.map(([value, label]) => el("option", { value }, label));

const TOLD_MS = 6000;
let timer = 0;

/** Tell what was done, for a while, at the foot of the page. */
export function tell(text) {
  byId("status").textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => { byId("status").textContent = ""; }, TOLD_MS);
}

/** Tell what is wrong, until it is told otherwise. */
export function warn(text) {
  byId("problem").textContent = text;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const colours = new Map();
dark.addEventListener("change", () => colours.clear());

/** Give a colour of the style sheet, as the theme has it now. */
export function colour(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return colours.get(name);
}

/** Call again when the theme changes. */
export function onTheme(draw) {
  dark.addEventListener("change", draw);
}
