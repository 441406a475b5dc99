// Keys for officers who decide many files. A key only moves the cursor; nothing is decided by a key alone.
// Letters are told by their place on the keyboard (event.code), so a Hindi layout works too.
(() => {
  if (document.documentElement.dataset.shortcuts === "off" || document.querySelector("[data-shortcuts=off]")) return;
  const go = (id) => { const link = document.getElementById(id); if (link) location.assign(link.href); };
  const links = [...document.querySelectorAll("#queue tbody th a")];
  const papers = [...document.querySelectorAll("figure.paper a")];
  let at = -1;
  const move = (step) => {
    if (!links.length) return;
    const focused = links.indexOf(document.activeElement);
    at = Math.max(0, Math.min(links.length - 1, (focused < 0 ? at : focused) + step));
    links[at].focus();
  };
  const act = (name) => {
    const radio = document.getElementById("act-" + name);
    if (radio) { radio.focus(); radio.scrollIntoView({ block: "center" }); }
  };
  const acts = { KeyA: "approve", KeyR: "refuse", KeyQ: "ask", KeyF: "forward" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const here = event.target instanceof Element ? event.target : document.body;
    if (here.closest("input:not([type=radio]), textarea, select")) {
      if (event.key === "Escape") here.blur();
      return;
    }
    const list = here.closest("#queue");
    if (event.code === "KeyJ" || (list && event.code === "ArrowDown")) move(1);
    else if (event.code === "KeyK" || (list && event.code === "ArrowUp")) move(-1);
    else if (event.code === "KeyO" && links[at]) location.assign(links[at].href);
    else if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) location.assign("/officer/shortcuts");
    else if (event.key === "/" || event.code === "Slash") document.getElementById("q")?.focus();
    else if (event.key === "Escape") go("back");
    else if (acts[event.code]) act(acts[event.code]);
    else if (/^Digit[1-9]$/.test(event.code)) papers[Number(event.code.slice(5)) - 1]?.focus();
    else return;
    event.preventDefault();
  });
})();
