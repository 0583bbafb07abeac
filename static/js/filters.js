// A filter form submits itself: at once for a choice, after a pause for typing.
let timer;

function soon(form, wait) {
  clearTimeout(timer);
  timer = setTimeout(() => form.requestSubmit(), wait);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-filters]");
  if (form && event.target.matches("select, [type=checkbox], [type=radio]")) soon(form, 0);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-filters][hx-get]");
  if (form && event.target.matches("[type=text], [type=search]")) soon(form, 350);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-filters]");
  if (!form) return;
  clearTimeout(timer);
  for (const field of form.elements) {
    if (field.name && !field.value) field.disabled = true;
  }
  setTimeout(() => { for (const field of form.elements) field.disabled = false; });
}, { capture: true });
