// Keeps the page that checks without a connection, and answers in its place: the page's own address, and the address in a
// certificate's code when we cannot be reached. Everything else goes to the network as if this were not here.
const known = "{known}";
const SHELL = `praman-shell-${known.version}`;
const CHOSEN = "/offline/chosen-language";
// A counter with a bad connection waits so long for the register before it is told by what is kept.
const PATIENCE = 6000;

self.addEventListener("install", (event) => {
  const kept = async () => {
    const cache = await caches.open(SHELL);
    const shell = (await readsCodes()) ? known.shell : [...known.shell, known.reader];
    // Past the browser's own cache: the shell is of one piece.
    await cache.addAll(shell.map((address) => new Request(address, { cache: "reload", credentials: "omit" })));
    await self.skipWaiting();
  };
  event.waitUntil(kept());
});

self.addEventListener("activate", (event) => {
  const cleared = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("praman-shell-") && name !== SHELL) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(cleared());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === known.page) event.respondWith(page(url));
    else if (/^\/c\/[^/]+$/i.test(url.pathname)) event.respondWith(online(request).catch(() => page(url)));
  } else if (known.shell.includes(url.pathname) || url.pathname === known.reader) {
    event.respondWith(own(request, url.pathname));
  }
});

async function readsCodes() {
  if (!("BarcodeDetector" in self)) return false;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code");
}

async function online(request) {
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE));
  const response = await Promise.race([fetch(request), late]);
  // Somebody stands before us who cannot reach us.
  if (response.status >= 502 && response.status <= 504) throw new Error(String(response.status));
  return response;
}

async function own(request, address) {
  const cache = await caches.open(SHELL);
  return (await cache.match(address)) ?? fetch(request);
}

// The page in the language that the address asks for, else in the one that was last asked for, else as the server would choose.
async function page(url) {
  const cache = await caches.open(SHELL);
  const asked = url.searchParams.get("lang");
  let language = asked === "en" || asked === "hi" ? asked : null;
  if (language) await cache.put(CHOSEN, new Response(language));
  language ??= await (await cache.match(CHOSEN))?.text();
  language ??= self.navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === "en" || tag === "hi");
  return (await cache.match(`${known.page}?lang=${language ?? "hi"}`)) ?? fetch(url);
}
