/** The key of a service that asks for one: in this tab's memory until it closes, and nowhere else. */

import { byId } from "./elements.js";
import { texts } from "./texts.js";

const NAME = "api-key";
let key = stored();

/** The key to send, or null. */
export const givenKey = () => key;

/** Ask for a key in a dialog; gives whether there is a new one. */
export function askForKey({ wasWrong }) {
  const dialog = byId("key-dialog");
  byId("key-why").textContent = wasWrong ? texts.key.wrong : texts.key.missing;
  byId("key").value = "";
  return new Promise((resolve) => {
    const finish = (isGiven) => {
      byId("key-form").onsubmit = byId("key-cancel").onclick = dialog.oncancel = null;
      dialog.close();
      resolve(isGiven);
    };
    byId("key-form").onsubmit = (event) => {
      event.preventDefault();
      const typed = byId("key").value.trim();
      if (/^[\x21-\x7e]+$/.test(typed)) finish(keep(typed));
      else byId("key-why").textContent = texts.key.wrong;
    };
    byId("key-cancel").onclick = () => finish(false);
    dialog.oncancel = () => finish(false);
    if (!dialog.open) dialog.showModal();
  });
}

function keep(typed) {
  key = typed;
  try {
    sessionStorage.setItem(NAME, typed);
  } catch {
    // No storage: it lives as long as the page.
  }
  return true;
}

function stored() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}
