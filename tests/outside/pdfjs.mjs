// The text of PDFs as pdf.js reads it, which is what Firefox and most pages that show PDFs do. One JSON string a line, in the
// order of the names on standard input.
//
//   pdfjs.mjs path/to/pdfjs-dist/legacy/build/pdf.mjs < NAMES
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Drawing is not asked for; without these names the library does not load outside of a browser.
for (const name of ["DOMMatrix", "ImageData", "Path2D"]) globalThis[name] ??= class {};
const { getDocument, VerbosityLevel } = await import(pathToFileURL(process.argv[2]).href);
for await (const name of createInterface({ input: process.stdin })) {
  const task = getDocument({
    data: new Uint8Array(readFileSync(name)),
    verbosity: VerbosityLevel.ERRORS,
    useSystemFonts: false,
    isEvalSupported: false,
  });
  const document = await task.promise;
  const parts = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const content = await page.getTextContent();
    for (const item of content.items) parts.push(item.str + (item.hasEOL ? "\n" : ""));
    parts.push("\n");
  }
  console.log(JSON.stringify(parts.join("")));
  await task.destroy();
}
