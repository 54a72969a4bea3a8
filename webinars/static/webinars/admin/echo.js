// Says back what has been typed. The words come from the server; no time is computed here.
(() => {
  const WAIT = 250; // ms after the last key
  // The form's fields, as the server calls them (`language` would be the language of the page).
  const FIELDS = {
    local_date: "local_date",
    local_time: "local_time",
    time_zone: "time_zone",
    display_zones: "display_zones",
    language: "announced_in",
  };

  function watch(box) {
    const form = box.closest("form");
    const parts = Object.fromEntries(
      [...box.querySelectorAll("[data-echo-part]")].map((part) => [part.dataset.echoPart, part]),
    );
    const invitation = "Choose a date, a time and a zone.";
    let timer = 0;
    let asked = 0;

    async function ask() {
      const mine = ++asked;
      const typed = new URLSearchParams(box.dataset.echoFixed);
      for (const [name, value] of new FormData(form)) {
        if (value && name in FIELDS) typed.append(FIELDS[name], value);
      }
      const answer = await fetch(`${box.dataset.echo}?${typed}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      const said = await answer.json();
      parts.announcement.textContent = said.announcement || (said.problem ? "" : invitation);
      parts.clocks.textContent = said.clocks || "";
      parts.problem.textContent = said.problem || "";
    }

    function later(event) {
      if (!(event.target.name in FIELDS)) return;
      clearTimeout(timer);
      timer = setTimeout(() => ask().catch(() => {}), WAIT);
    }

    form.addEventListener("input", later);
    form.addEventListener("change", later);
    if (form.elements.local_date?.value) ask().catch(() => {});
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-echo]").forEach(watch);
  });
})();
