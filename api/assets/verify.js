// Reads the code with the camera where the browser itself can (BarcodeDetector). Without it, or without this file,
// a photo of the code does the same.
(async () => {
  const form = document.getElementById("by-file");
  if (!form || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return;
  const words = document.querySelector("form[data-scan]").dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.scan;
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  form.before(button, said);

  let stop = null;
  button.addEventListener("click", async () => {
    if (stop) return stop();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    } catch {
      said.textContent = words.failed;
      return;
    }
    const video = document.createElement("video");
    video.className = "finder";
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    button.before(video);
    await video.play();
    button.textContent = words.stop;
    stop = () => {
      for (const track of stream.getTracks()) track.stop();
      video.remove();
      button.textContent = words.scan;
      stop = null;
    };
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    while (stop) {
      const found = await detector.detect(video).catch(() => []);
      // Only the path is taken: whatever host stands in the code, this page asks its own.
      const path = ({ rawValue }) => /^https:\/\/[^/]+(\/c\/[A-Z0-9]+)$/i.exec(rawValue)?.[1];
      const paths = [...new Set(found.map(path).filter(Boolean))];
      // Of several the person chooses, by holding the camera to one.
      if (paths.length === 1 && stop) {
        stop();
        location.assign(paths[0]);
      }
      await new Promise((next) => setTimeout(next, 150));
    }
  });
})();
