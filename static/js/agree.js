// Tells with the form how far a text was read. The button is there in HTML; this only holds it back
// until the end of the text was reached, by eye, by keyboard, or by a way past it on purpose.
const form = document.querySelector("form[data-agree]");
const end = document.getElementById("text-end");
if (form && end) {
  const opened = Date.now();
  const button = form.querySelector("button[type=submit]");
  form.elements.scrolled.value = "no";
  button.disabled = true;
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    form.elements.scrolled.value = "yes";
    button.disabled = false;
  }).observe(end);
  form.addEventListener("focusin", () => { button.disabled = false; }); // keyboard: went past it
  form.addEventListener("submit", () => {
    form.elements.dwell_ms.value = String(Date.now() - opened);
  });
}
