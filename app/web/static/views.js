/** Which part of the page is shown: the start, one customer, or a whole shop; the address remembers it. */

import { byId } from "./elements.js";
import { texts } from "./texts.js";

const VIEWS = ["home", "customer", "shop"];

/** Show what the address names, now and whenever it changes. */
export function startViews() {
  addEventListener("hashchange", () => show({ withFocus: true }));
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("content").focus();
  });
  show({ withFocus: false });
}

/** Go to a view; where it is shown already, nothing happens. */
export function goTo(view) {
  if (current() !== view) location.hash = view;
  show({ withFocus: false });
}

function current() {
  const named = location.hash.slice(1);
  return VIEWS.includes(named) ? named : "home";
}

function show({ withFocus }) {
  const chosen = current();
  for (const view of VIEWS) byId(view).hidden = view !== chosen;
  for (const link of document.querySelectorAll("nav a[href^='#']")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = { home: texts.home.title, customer: texts.customer.title, shop: texts.shop.title }[chosen];
  document.title = chosen === "home" ? `${texts.brand}: ${title}` : `${title} · ${texts.brand}`;
  if (withFocus) {
    scrollTo(0, 0);
    byId(chosen === "home" ? "content" : `${chosen}-title`).focus({ preventScroll: true });
  }
}
