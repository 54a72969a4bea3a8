// What the pages add where JavaScript runs. Without it everything works; no words are made here:
// times come from the server, the countdown's units from the browser's own language data.
"use strict";

(() => {
  const words = document.querySelector("[data-time]");
  if (words) yourTime(words);
  const clock = document.querySelector("[data-start]");
  if (clock) countDown(clock);
  const search = document.querySelector("[data-find]");
  if (search) findZone(search);
  const print = document.querySelector("[data-print]");
  if (print) offerPrint(print);

  function offerPrint(button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  function yourTime(line) {
    const field = document.querySelector("[data-zone]");
    const select = field?.querySelector("select");
    const isTyped = field?.dataset.zone === "typed";
    let isChosen = false;
    select?.addEventListener("change", () => {
      isChosen = true;
      ask(select.value, () => {});
    });
    ask(isTyped ? select.value : browserZone(), (answer) => {
      if (!select || isTyped || isChosen) return;
      choose(select, answer);
      field.querySelector("[data-guessed]").hidden = false;
    });

    async function ask(zone, then) {
      if (!zone) return;
      const address = `${line.dataset.time}&zone=${encodeURIComponent(zone)}`;
      const response = await fetch(address, { credentials: "omit" });
      if (response.status !== 200) return;
      const answer = await response.json();
      const time = Object.assign(document.createElement("time"), { dateTime: answer.iso });
      time.textContent = answer.words;
      line.querySelector("strong").replaceChildren(time);
      line.hidden = false;
      then(answer);
    }
  }

  function browserZone() {
    try {
      return Intl.DateTimeFormat().resolvedOptions().timeZone;
    } catch {
      return "";
    }
  }

  function choose(select, { zone, label }) {
    select.value = zone;
    if (select.value !== zone) select.add(new Option(label, zone, true, true), 0);
  }

  // Writes no word itself: it lists what the select has, and a press chooses there.
  function findZone(box) {
    const select = document.getElementById(box.dataset.find);
    const [input, status, list] = ["input", "[role=status]", "ul"].map((name) => box.querySelector(name));
    const most = 8;
    const places = JSON.parse(box.dataset.places);
    const zones = [...select.querySelectorAll("optgroup > option")].map((option) => ({
      option,
      names: [`${option.parentNode.label} ${option.label}`, ...(places[option.value]?.split(", ") ?? [])],
    }));
    box.hidden = false;
    input.addEventListener("input", look);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the form is sent by its own button
      list.querySelector("button")?.focus();
    });

    function look() {
      const typed = wordsOf(input.value);
      const found = typed.length ? zones.map((zone) => fit(zone, typed)).filter(Boolean) : [];
      list.replaceChildren(...(found.length > most ? [] : found.map(choice)));
      status.textContent = typed.length ? said(found) : "";
    }

    function said({ length }) {
      if (length > most) return status.dataset.many;
      return length ? `${status.dataset.found} ${length}` : status.dataset.none;
    }

    function fit({ option, names }, typed) {
      const at = names.findIndex((name) => {
        const words = wordsOf(name);
        return typed.every((start) => words.some((word) => word.startsWith(start)));
      });
      return at < 0 ? null : { option, words: at ? `${names[at]}: ${option.label}` : option.label };
    }

    function choice({ option, words }) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
      button.addEventListener("click", () => {
        select.value = option.value;
        select.dispatchEvent(new Event("change"));
        input.value = "";
        list.replaceChildren();
        status.textContent = `${status.dataset.chosen} ${option.label}`;
        select.focus();
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }
  }

  function wordsOf(text) {
    const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  }

  // From the server's numbers by the browser's stopwatch: the device's own clock may be wrong.
  function countDown(line) {
    const answered = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
    const left = (name) => Number(line.dataset[name]) - (performance.now() - answered) / 1000;
    const ahead = () => Date.now() - performance.now();
    const aheadAtFirst = ahead();
    const beats = setInterval(beat, 1000);
    let hiddenSince = 0;
    show("[data-live]", true);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) hiddenSince = Date.now();
      else if (Date.now() - hiddenSince > 60000) again();
    });
    addEventListener("pageshow", (event) => event.persisted && again());

    function beat() {
      // The stopwatch of a device that slept has stood still.
      const hasSlept = Math.abs(ahead() - aheadAtFirst) > 5000;
      if (hasSlept || left("opening") < -line.dataset.turn) again();
      const isAhead = left("start") > 0;
      const said = isAhead ? span(left("start")) : "";
      if (said && line.textContent !== said) line.textContent = said;
      show("[data-until-start]", isAhead);
      show("[data-from-start]", !isAhead);
    }

    // Without a network the page stays, and tries at the next beat.
    function again() {
      if (!navigator.onLine) return;
      clearInterval(beats);
      location.reload();
    }
  }

  function show(selector, isShown) {
    const found = document.querySelector(selector);
    if (found) found.hidden = !isShown;
  }

  function span(seconds) {
    const language = document.documentElement.lang;
    const minutes = Math.floor(seconds / 60);
    const units = [["day", Math.floor(minutes / 1440)], ["hour", Math.floor(minutes / 60) % 24]];
    if (minutes < 1440) units.push(["minute", minutes % 60]);
    if (minutes < 1) units.push(["second", Math.floor(seconds)]);
    const said = units.filter(([, count]) => count).map(([unit, count]) =>
      new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count));
    return new Intl.ListFormat(language, { type: "conjunction" }).format(said);
  }
})();
