// Starts samples/10-FakeServer, and finds out where it listens. FAKE_SERVER=http://... takes one that runs already.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export async function start() {
  if (process.env.FAKE_SERVER) return { root: process.env.FAKE_SERVER, stop() {} };
  const project = fileURLToPath(new URL("../../samples/10-FakeServer", import.meta.url));
  const { OPENROUTER_API_KEY, ...environment } = process.env;
  const server = spawn("dotnet", ["run", "-c", process.env.CONFIGURATION ?? "Release", "--project", project, "--", "0"], { env: environment, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const root = await new Promise((found, failed) => {
    let text = "";
    server.stdout.on("data", piece => {
      const address = /http:\/\/\S+\/api\/v1/.exec(text += piece);
      if (address) found(address[0]);
    });
    server.on("exit", code => failed(new Error(`The stand-in ended with ${code}: ${text}`)));
  });
  return { root, stop: () => process.kill(-server.pid) };
}
