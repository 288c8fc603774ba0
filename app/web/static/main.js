/** The page from top to bottom: its words, its views, its two doors. */

import { startCustomer } from "./customer.js";
import { GLYPHS, byId, glyph, html } from "./elements.js";
import { noticesIn } from "./notices.js";
import { askJson } from "./service.js";
import { startShop } from "./shop.js";
import { textAt, texts } from "./texts.js";
import { goTo, startViews } from "./views.js";

const LOOKS = ["system", "light", "dark"];

writeWords();
startLooks();
startViews();
watchConnection();
start();

/** Learn what this service knows, then open both doors. */
async function start() {
  const notices = ["customer-notice", "shop-notice", "home-notice"].map((id) => noticesIn(byId(id)));
  try {
    const about = await askJson("/about.json", {}, (state) => notices.forEach((each) => each.waiting(state)));
    byId("version").textContent = texts.answer.model(about.model_version);
    startCustomer(about, notices[0], () => goTo("customer"));
    startShop(about, notices[1], () => goTo("shop"));
  } catch (error) {
    notices.forEach((each) => each.failed(error, { again: () => location.reload() }));
  }
}

function writeWords() {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = textAt(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", textAt(element.dataset.label));
  byId("home-facts").append(...texts.home.facts.map(([title, text]) => html("li", {}, html("b", {}, title), text)));
}

function startLooks() {
  const button = byId("theme");
  const look = () => document.documentElement.dataset.theme ?? "system";
  const draw = () => {
    button.replaceChildren(glyph(GLYPHS[look()]));
    button.setAttribute("aria-label", texts.theme[look()]);
    button.title = texts.theme[look()];
  };
  button.onclick = () => {
    wear(LOOKS[(LOOKS.indexOf(look()) + 1) % LOOKS.length]);
    draw();
  };
  draw();
}

function wear(look) {
  if (look === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = look;
  try {
    if (look === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", look);
  } catch {
    // No storage: it lasts as long as the page.
  }
}

/** Say so while there is no network. */
function watchConnection() {
  const draw = () => {
    const { title, todo } = texts.problems.offline;
    byId("connection").textContent = navigator.onLine ? "" : `${title}. ${todo}`;
  };
  addEventListener("online", draw);
  addEventListener("offline", draw);
  draw();
}
