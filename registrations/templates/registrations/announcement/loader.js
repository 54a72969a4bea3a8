// Shows the announcement where this script stands, in a shadow root that the page's style sheets
// do not reach; the plain link beside the script stays where this cannot run. It stores nothing.
"use strict";
(() => {
  const SAID = {{ said|safe }};
  const STYLE = {{ style|safe }};
  const EVERY = 60000; // ms; so long an answer is kept
  const script = document.currentScript;
  if (!script) return;
  const box = script.box ?? open();
  show();
  if (script.box) script.remove();
  else keepTrue(new URL(script.src));

  function open() {
    const host = script.closest("[data-announcement]") ?? document.createElement("div");
    if (!host.contains(script)) script.before(host);
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // unlike a style element, no content security policy forbids it
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    return { host, root, said: "" };
  }

  function show() {
    const said = JSON.stringify(SAID);
    if (box.said === said) return; // somebody may be reading, or on the link
    box.said = said;
    const link = element("a", SAID.link.text);
    link.href = SAID.link.url;
    link.target = "_top";
    link.setAttribute("aria-label", SAID.link.label);
    const lines = [SAID.sentence, SAID.note, SAID.your_time, link].filter(Boolean);
    const words = element("div", ...lines.map((line) => element("p", line)));
    words.className = "box";
    words.lang = SAID.language;
    box.root.replaceChildren(words);
  }

  function element(name, ...content) {
    const made = document.createElement(name);
    made.append(...content);
    return made;
  }

  // By the script itself, not by fetch: a page that allows the one need allow nothing else.
  function keepTrue(address) {
    const zone = browserZone();
    if (zone && !SAID.zones.includes(zone)) {
      address.searchParams.set("zone", zone);
      ask();
    }
    setInterval(() => document.hidden || ask(), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || ask());

    function ask() {
      const again = document.createElement("script");
      again.box = box;
      again.nonce = script.nonce;
      again.referrerPolicy = "no-referrer";
      again.onerror = () => again.remove();
      again.src = address;
      box.host.append(again);
    }
  }

  function browserZone() {
    try {
      return Intl.DateTimeFormat().resolvedOptions().timeZone;
    } catch {
      return "";
    }
  }
})();
