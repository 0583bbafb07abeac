// Announces a sentence to screen readers through the page's one live region.
export function say(sentence) {
  const live = document.getElementById("live");
  if (!live || !sentence) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = sentence; });
}
