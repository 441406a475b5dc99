// Does @auth0/cose verify a tagged COSE_Sign1 with this Ed25519 key? Prints the length of what was signed.
// Exit code 0: yes. 1: it refuses, and says why.
//
//   cose.mjs NODE_MODULES MESSAGE KEY      both in hex
import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, message, key] = process.argv.slice(2);
const { Sign1 } = await import(pathToFileURL(join(modules, "@auth0/cose/dist/node/esm/index.js")).href);
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
try {
  const sign1 = Sign1.decode(bytes(message));
  const x = Buffer.from(key, "hex").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  await sign1.verify(publicKey);
  console.log(sign1.payload.length);
} catch (error) {
  console.log(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}
