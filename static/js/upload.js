// form[data-upload] shows its progress. Without scripts it is an ordinary multipart form.
import { say } from "./say.js";

function show(form, done, total) {
  const box = form.querySelector("[data-upload-progress]");
  box.hidden = false;
  const bar = box.querySelector("progress");
  bar.max = total;
  bar.value = done;
  const said = box.querySelector("[data-upload-said]");
  if (said) said.textContent = `${Math.floor((100 * done) / Math.max(total, 1))} %`;
}

function send(form, submitter) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.onprogress = (event) => show(form, event.loaded, event.total);
  request.onload = () => {
    // The answer is shown as it came: asking for it again would lose the word about what happened.
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.title = page.title;
    if (request.status < 400) history.pushState(null, "", request.responseURL);
    (document.querySelector("[data-focus]") ?? document.querySelector("main")).focus();
    say(document.querySelector("main .messages")?.textContent.trim() ?? "");
  };
  request.onerror = () => {
    submitter.disabled = false;
    const said = form.querySelector("[data-upload-failed]");
    said.hidden = false;
    say(said.textContent);
  };
  request.send(new FormData(form, submitter));
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  send(form, event.submitter);
  event.submitter.disabled = true;
});
