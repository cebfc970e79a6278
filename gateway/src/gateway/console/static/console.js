// The console's only script: reads the live part of a page anew every few seconds. Pages work without it.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (live === null) return;
  const pause = 1000 * Number(live.dataset.seconds);
  const again = () => window.setTimeout(read, pause);
  const read = async () => {
    // Who works with the keyboard in the live part, or has selected text in it, must not lose the place.
    const selecting = !window.getSelection().isCollapsed && live.contains(window.getSelection().anchorNode);
    if (document.hidden || selecting || live.contains(document.activeElement)) return again();
    try {
      const answer = await fetch(live.dataset.live, { credentials: "same-origin", cache: "no-store" });
      if (answer.status === 401) return window.location.reload();
      if (answer.ok) live.innerHTML = await answer.text();
      live.classList.toggle("stale", !answer.ok);
    } catch {
      live.classList.add("stale");
    }
    again();
  };
  again();
})();
