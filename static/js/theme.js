// The theme switch works at once; the server keeps the choice in a cookie.
const form = document.querySelector("[data-theme-switch]");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const theme = event.submitter.value;
  fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
});
