// Buttons that copy: [data-copy-text], or a .copy inside [data-copy] beside its text.
import { say } from "./say.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const text = button.dataset.copyText ?? button.closest("[data-copy]").querySelector("code").textContent;
  await write(text);
  button.dataset.done = "";
  say(button.dataset.said);
  setTimeout(() => delete button.dataset.done, 1600);
});

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
