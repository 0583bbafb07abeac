// After a refused form, the summary of its errors takes the focus.
function focusErrors(root) {
  root.querySelector("[data-focus]")?.focus();
}

focusErrors(document);
document.addEventListener("htmx:after:swap", (event) => focusErrors(event.target));
