// A ceremony with a passkey that did not end well is said on the page; it is no error of ours.
import { say } from "./say.js";

document.addEventListener("allauth.error", (event) => {
  const said = document.querySelector("[data-passkey-failed]");
  if (!said) return;
  event.preventDefault();
  said.hidden = false;
  say(said.textContent.trim());
});
