/** Elements of HTML and SVG from a name, attributes and children; nothing here reads markup from text. */

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `onclick` and the like are listeners, null and false attributes are left out. */
export const html = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

/** The same in SVG. */
export const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

export const byId = (id) => document.getElementById(id);

/** A glyph drawn on a grid of 16, that assistive technology passes over. */
export const glyph = (path, className = "glyph") =>
  svg("svg", { viewBox: "0 0 16 16", class: className, "aria-hidden": "true" }, svg("path", { d: path }));

export const GLYPHS = {
  warning: "M8 1.5 15 14H1zM8 6v4M8 11.6v.6",
  done: "M2.5 8.5 6 12l7.5-8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  download: "M8 2v8m-3.5-3L8 10.5 11.5 7M2.5 13.5h11",
  upload: "M8 11V3M4.5 6 8 2.5 11.5 6M2.5 13.5h11",
  light:
    "M8 4.7a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6M8 1v1.3m0 11.4V15M1 8h1.3m11.4 0H15M3 3l1 1m8 8 1 1m0-10-1 1m-8 8-1 1",
  dark: "M13.5 9.8A6 6 0 1 1 6.2 2.5a5 5 0 0 0 7.3 7.3z",
  system: "M1.5 3h13v8.5h-13zM5.5 14h5",
};

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}
