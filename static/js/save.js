// button[data-save="name.txt"] saves the text of the <code> beside it as a file of that name.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-save]");
  if (!button) return;
  const text = button.closest("[data-copy]").querySelector("code").textContent;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text.trim() + "\n"], { type: "text/plain" }));
  link.download = button.dataset.save;
  link.click();
  URL.revokeObjectURL(link.href);
});
