// Checks certificates by what the browser keeps. The verdict is the WebAssembly module's, the same code as the server's; this
// script fetches, keeps and shows.
(async () => {
  const at = (id) => document.getElementById(id);
  const page = at("offline").dataset;
  const words = JSON.parse(at("words").textContent);
  const language = document.documentElement.lang.startsWith("hi") ? "hi" : "en";
  const other = language === "hi" ? "en" : "hi";
  const tag = { en: "en-IN", hi: "hi" };
  const KEPT = "praman-kept";
  const LISTS_MAX = 1000;
  const state = at("state");
  const said = at("said");

  // --- The module: bytes in, JSON out ---

  async function desk(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { instance } = await WebAssembly.instantiate(await answer.arrayBuffer(), {});
    const { memory, input, output, ...calls } = instance.exports;
    const give = (bytes) => {
      const place = input(bytes.length);
      new Uint8Array(memory.buffer, place, bytes.length).set(bytes);
    };
    const take = (length) => JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, output(), length)));
    return { give, take, ...calls };
  }

  async function opened() {
    const { give, take, keys, list, told, check } = await desk(page.module);
    return {
      keys: (bytes) => (give(bytes), take(keys())),
      list: (bytes) => (give(bytes), take(list())),
      told: () => take(told(Date.now())),
      check: (text) => (give(new TextEncoder().encode(JSON.stringify({ text, now: Date.now(), on: null }))), take(check())),
    };
  }

  // --- What is kept ---

  const bytesOf = async (answer) => new Uint8Array(await answer.arrayBuffer());

  // Hands everything kept to the module; it decides what counts.
  async function load(module) {
    const cache = await caches.open(KEPT);
    const keys = await cache.match(page.keys);
    if (!keys) return;
    if (module.keys(await bytesOf(keys)).error) return;
    for (const request of await cache.keys()) {
      if (new URL(request.url).pathname.startsWith(page.lists)) module.list(await bytesOf(await cache.match(request)));
    }
  }

  // Asks for newer keys and lists. Nothing is kept that the module does not accept, and no list in place of a later one.
  async function refresh(module) {
    const cache = await caches.open(KEPT);
    const asked = async (address) => {
      const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
      if (!answer.ok && answer.status !== 404) throw new Error(`${address}: ${answer.status}`);
      return answer.ok ? bytesOf(answer) : null;
    };
    try {
      const keys = await asked(page.keys);
      if (!keys || module.keys(keys).error) throw new Error("keys");
      await cache.put(page.keys, new Response(keys));
      await load(module);
      for (let number = 0; number < LISTS_MAX; number += 1) {
        const list = await asked(`${page.lists}${number}`);
        if (!list) break;
        const taken = module.list(list);
        if (taken.list === number && taken.latest) await cache.put(`${page.lists}${number}`, new Response(list));
      }
    } catch {
      // Without a connection what is kept stays.
    }
    await load(module);
  }

  function age(minutes) {
    const steps = [[1, "now"], [120, "minutes", 1], [2880, "hours", 60], [Infinity, "days", 1440]];
    const [, unit, length] = steps.find(([less]) => minutes < less);
    return page[unit].replace("{n}", length ? Math.floor(minutes / length) : "");
  }

  function tellState(module) {
    const told = module.told();
    const asOf = told.as_of ? `${page.asOf} ${told.as_of[language]} (${age(told.minutes)}).` : page.noList;
    const stale = told.stale && told.as_of ? ` ${page.stale}` : "";
    state.className = told.stale ? "notice warned" : "notice";
    state.dataset.state = told.stale ? "stale" : "ready";
    state.replaceChildren(
      element("b", { text: told.issuer === null ? page.noKeys : page.ready }),
      document.createTextNode(` ${asOf}${stale}`),
    );
    const upkeep = document.createElement("span");
    upkeep.className = "small quiet block";
    upkeep.textContent = told.issuer === null ? page.connect : `${page.issuer} ${told.issuer}`;
    state.append(upkeep);
  }

  // --- The answer ---

  function element(name, { text, lang, className } = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (lang) made.lang = tag[lang];
    if (className) made.className = className;
    return made;
  }

  const icon = (name) => at(`icon-${name}`).content.firstElementChild.cloneNode(true);
  const filled = (two, date) => ({
    en: two.en.replace("{date}", date?.en ?? ""),
    hi: two.hi.replace("{date}", date?.hi ?? ""),
  });

  function field(label, value) {
    const row = document.createElement("div");
    const term = element("dt", { text: `${label[language]} ` });
    term.append(element("span", { text: label[other], lang: other }));
    const told = document.createElement("dd");
    const { en, hi } = value;
    if (hi) told.append(element("span", { text: hi, lang: "hi" }), " ");
    if (en && en !== hi) told.append(element("span", { text: en, lang: "en" }));
    row.append(term, told);
    return row;
  }

  function tick(question, result, told, detail) {
    const look = { pass: "yes", fail: "no", not_checked: "unchecked" }[result];
    const line = element("li", { className: look });
    const text = document.createElement("span");
    text.append(element("strong", { text: question }), ` ${told}`);
    if (detail) text.append(element("span", { text: ` · ${detail}`, className: "small quiet" }));
    line.append(icon(look), text);
    return line;
  }

  function show(answer) {
    const shown = at("answer").content.cloneNode(true);
    const one = (css) => shown.querySelector(css);
    const verdict = words.verdicts[answer.verdict];
    // A number proves nothing, and the sentence on the signature would be untrue of it.
    const byNumber = answer.source === "number" && answer.verdict === "unknown";
    const reason = byNumber
      ? { en: page.numberEn, hi: page.numberHi }
      : filled(words.reasons[answer.reason] ?? verdict.reason, answer.date);

    const panel = one(".verdict");
    panel.classList.add(answer.verdict);
    // No answer of the list, or one that is too old: the colour says that there is something to do.
    if (answer.verdict === "unknown") panel.classList.add("stale");
    panel.prepend(icon(answer.verdict));
    const put = (css, two) => {
      one(`${css} .here`).textContent = two[language];
      one(`${css} .other`).textContent = two[other];
    };
    put("h1", verdict.word);
    put(".why", reason);
    put(".todo", byNumber ? { en: page.numberNextEn, hi: page.numberNextHi } : verdict.next);

    const held = answer.certificate;
    if (held) {
      const service = words.services[held.letters] ?? words.other;
      put(".title", service.title);
      one(".facts .number").textContent = held.number;
      const facts = one(".facts");
      for (const [code, value] of held.lines) facts.append(field(service.labels[code], value));
      facts.append(field({ en: page.issuedEn, hi: page.issuedHi }, held.issued));
      if (held.expires) facts.append(field({ en: page.expiresEn, hi: page.expiresHi }, held.expires));
    } else {
      one(".particulars").remove();
    }

    const ticks = one(".ticks");
    const yesNo = { pass: page.yes, fail: page.no, not_checked: page.notChecked };
    const listed = { pass: page.notOnIt, fail: page.onIt, not_checked: page.notChecked };
    const { signature, log, status } = answer.checks;
    const asOf = answer.status_as_of?.[language];
    ticks.append(
      tick(words.signed[language], signature, yesNo[signature]),
      tick(words.logged[language], log, yesNo[log]),
      tick(words.listed[language], status, listed[status], asOf && `${page.asOf} ${asOf}`),
    );
    const checked = one("time");
    checked.dateTime = answer.checked_at.iso;
    checked.textContent = answer.checked_at[language];

    at("result").replaceChildren(shown);
    at("heading").hidden = true;
    document.title = `${verdict.word[language]}: ${document.title.split(": ").pop()}`;
    at("verdict").focus();
    window.scrollTo(0, 0);
  }

  let module = null;
  // What was checked last, and what was answered: newer lists may answer otherwise, and an answer must not outlive its list.
  let asked = null;
  let answered = null;

  function check(text, again = false) {
    said.textContent = "";
    try {
      const answer = module.check(text);
      if (answer.error) throw new Error(answer.error);
      const same = ({ verdict, reason, status_as_of }) => JSON.stringify([verdict, reason, status_as_of]);
      const isNews = !again || same(answer) !== same(answered);
      [asked, answered] = [text, answer];
      if (isNews) show(answer);
    } catch {
      [asked, answered] = [null, null];
      // The module stopped: it is of no more use, and there is no answer.
      at("result").replaceChildren();
      said.textContent = page.failed;
      module = null;
      start();
    }
    if (module) tellState(module);
  }

  async function start() {
    try {
      const fresh = await opened();
      await load(fresh);
      module = fresh;
    } catch {
      state.className = "notice warned";
      state.dataset.state = "failed";
      state.textContent = page.unable;
      return false;
    }
    tellState(module);
    return true;
  }

  // --- Codes in pictures: by the browser where it can, else by a module of ours ---

  // Longest sides at which a picture is looked at.
  const SIDES = [1600, 1000, 2400, 640];

  async function reader() {
    if ("BarcodeDetector" in window) {
      const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (formats.includes("qr_code")) {
        const detector = new BarcodeDetector({ formats: ["qr_code"] });
        return async (picture) => (await detector.detect(picture)).map((code) => code.rawValue);
      }
    }
    const { give, take, picture: read } = await desk(page.reader);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async (picture, sides) => {
      const [width, height] = [picture.videoWidth ?? picture.width, picture.videoHeight ?? picture.height];
      for (const side of sides) {
        const scale = Math.min(1, side / Math.max(width, height));
        canvas.width = Math.max(1, Math.round(width * scale));
        canvas.height = Math.max(1, Math.round(height * scale));
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        const grey = new Uint8Array(data.length / 4);
        for (let n = 0; n < grey.length; n += 1) {
          grey[n] = (data[4 * n] * 77 + data[4 * n + 1] * 151 + data[4 * n + 2] * 28) >> 8;
        }
        give(grey);
        const texts = take(read(canvas.width));
        if (texts.length) return texts;
      }
      return [];
    };
  }

  // The codes that are ours, one for each answer: a certificate carries its credential twice, once for wallets.
  function ours(texts) {
    const found = new Map();
    for (const text of texts) {
      const { verdict, reason, certificate } = module.check(text);
      const said = JSON.stringify([verdict, reason, certificate]);
      if (reason !== "not_ours" && !found.has(said)) found.set(said, text);
    }
    return [...found.values()];
  }

  async function scanner() {
    let read = await reader();
    const codes = (picture, sides) =>
      read(picture, sides).catch(async (error) => {
        // A module that stopped is of no more use.
        read = await reader();
        throw error;
      });
    at("scanner").hidden = false;
    const told = (two) => (said.textContent = two[language]);
    at("file").addEventListener("change", async () => {
      const [file] = at("file").files;
      if (!file || !module) return;
      said.textContent = "";
      try {
        const texts = await codes(await createImageBitmap(file), SIDES);
        const found = ours(texts);
        if (found.length === 1) check(found[0]);
        else if (found.length) told(words.reasons.several_codes);
        else told(texts.length ? words.reasons.not_ours : words.verdicts.unreadable.reason);
      } catch {
        told(words.reasons.damaged_file);
      }
      at("file").value = "";
    });
    if (!navigator.mediaDevices) return;
    const button = at("camera");
    button.hidden = false;
    let stop = null;
    button.addEventListener("click", async () => {
      if (stop) return stop();
      let stream;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
      } catch {
        said.textContent = page.cameraFailed;
        return;
      }
      const video = document.createElement("video");
      video.className = "finder";
      video.muted = true;
      video.playsInline = true;
      video.srcObject = stream;
      button.before(video);
      await video.play();
      button.textContent = page.stop;
      stop = () => {
        for (const track of stream.getTracks()) track.stop();
        video.remove();
        button.textContent = page.scan;
        stop = null;
      };
      while (stop) {
        // Of several the person chooses, by holding the camera to one.
        const found = ours(await codes(video, [1000]).catch(() => []));
        if (found.length === 1 && stop) {
          stop();
          check(found[0]);
        }
        await new Promise((next) => setTimeout(next, 150));
      }
    });
  }

  at("by-text").addEventListener("submit", (event) => {
    event.preventDefault();
    if (module) check(at("text").value);
  });

  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(page.worker).then(
      () => navigator.serviceWorker.ready.then(() => (document.body.dataset.kept = "yes")),
      () => {},
    );
  }
  if (!(await start())) return;
  const opening = /^\/c\/([^/]+)$/i.exec(location.pathname);
  // A code that was scanned is answered at once by what is kept; one that this could not decide again when there is more.
  if (opening) check(opening[1]);
  scanner().catch(() => {});
  // One at a time: between two, an older list could take the place of a newer one.
  let renewing = false;
  const renew = async () => {
    if (!module || renewing) return;
    renewing = true;
    await refresh(module);
    renewing = false;
    tellState(module);
    if (asked !== null) check(asked, true);
    document.body.dataset.asked = "yes";
  };
  await renew();
  setInterval(renew, 300000);
  addEventListener("online", renew);
})();
