// Saves the reloading: sends the forms in the background and takes over what changed. Without it the page works too.
"use strict";
(() => {
  const toEnd = (thread) => { thread.scrollTop = thread.scrollHeight; };

  async function refresh() {
    const response = await fetch("/simulator" + location.search, { headers: { "accept": "text/html" } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const next of fresh.querySelectorAll("[data-live]")) {
      const old = document.getElementById(next.id);
      if (!old) continue;
      const open = [...old.querySelectorAll("details[open][id]")].map((part) => part.id);
      const opened = next.cloneNode(true);
      for (const id of open) opened.querySelector("#" + CSS.escape(id))?.setAttribute("open", "");
      if (opened.innerHTML === old.innerHTML) continue;
      const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
      const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 80;
      const top = old.scrollTop;
      old.replaceChildren(...opened.childNodes);
      if (old.hasAttribute("data-end") && atEnd) toEnd(old); else old.scrollTop = top;
      if (focus) document.getElementById(focus)?.focus();
    }
  }

  let waiting = false, again = false;
  async function soon() {
    if (waiting) { again = true; return; }
    waiting = true;
    try { await refresh(); } catch { /* the next change tries again */ }
    waiting = false;
    if (again) { again = false; soon(); }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    // A redirect is the answer to an act that was done; it cannot be read, and need not be.
    if (response.type !== "opaqueredirect" && !response.ok) { location.reload(); return; }
    if (form.hasAttribute("data-clear")) form.reset();
    form.closest("details.list")?.removeAttribute("open");
    const thread = form.closest(".phone")?.querySelector(".thread");
    if (thread) toEnd(thread);
    soon();
  });

  for (const thread of document.querySelectorAll("[data-end]")) toEnd(thread);
  // A picture has its height only when it is there; load events do not rise, so they are caught on the way down.
  document.addEventListener("load", (event) => {
    const thread = event.target.closest?.("[data-end]");
    if (thread && event.target.tagName === "IMG" && thread.lastElementChild) {
      const below = thread.scrollHeight - thread.scrollTop - thread.clientHeight;
      if (below < event.target.height + 160) toEnd(thread);
    }
  }, true);
  // A list that opens at the lower edge would open out of sight.
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.list")) event.target.scrollIntoView({ block: "nearest" });
  }, true);
  new EventSource("/simulator/events").addEventListener("message", soon);
})();
