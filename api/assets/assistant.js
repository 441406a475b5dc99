// Makes trying the assistant quicker: the answer takes the place of the last one without the page being loaded anew. Without this
// file every message loads the page, and everything is there.
(() => {
  const main = document.getElementById("main");
  let asking = null;

  main.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-message]")) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const text = String(data.get("text") ?? "");
    // Only the latest question is answered.
    asking?.abort();
    asking = new AbortController();
    main.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), signal: asking.signal });
      const kind = answer.headers.get("content-type") ?? "";
      if (!kind.startsWith("text/html")) throw new Error(kind);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      document.title = page.title;
      main.replaceChildren(...fresh.childNodes);
      main.querySelector("[data-heard]")?.focus();
    } catch (error) {
      if (error.name === "AbortError") return;
      // Whatever went wrong, the browser's own way is still there, and shows what the service says.
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "text";
      field.value = text;
      if (event.submitter?.name === "text") form.append(field);
      form.submit();
    } finally {
      main.removeAttribute("aria-busy");
    }
  });

  // At a keyboard Enter sends, as in a chat; with Shift it is a new line. Not while letters are being composed.
  if (matchMedia("(pointer: fine)").matches) main.addEventListener("keydown", (event) => {
    if (event.target.id !== "text" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
})();
