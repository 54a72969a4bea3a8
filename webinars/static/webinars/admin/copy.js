// Copies what a button names. Without it the text can be selected by hand.
(() => {
  const SHOWN = 4000; // ms

  async function copy(box) {
    box.select();
    try {
      await navigator.clipboard.writeText(box.value);
      return true;
    } catch {
      return document.execCommand("copy"); // without TLS there is no clipboard to write to
    }
  }

  function prepare(button) {
    const box = document.getElementById(button.dataset.copy);
    const status = button.parentElement.querySelector("[role=status]");
    let timer = 0;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const isCopied = await copy(box);
      status.textContent = isCopied ? "Copied" : "Press Ctrl+C to copy";
      if (isCopied) button.focus();
      clearTimeout(timer);
      timer = setTimeout(() => { status.textContent = ""; }, SHOWN);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-copy]").forEach(prepare);
  });
})();
