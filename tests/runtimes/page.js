// In a browser's page: runs the tests and keeps the events until the runner fetches them.

const events = [];
const config = JSON.parse(decodeURIComponent(location.hash.slice(1)));

/** The events since the last call. */
globalThis.drain = () => events.splice(0);

try {
  const { inFile, run } = await import("/harness.js");
  for (const file of config.testFiles) {
    inFile(file);
    await import(`/${file}`);
  }
  await run(config, (event) => void events.push(event));
} catch (error) {
  const text = `${error}\n${error.stack}`;
  events.push({ kind: "failed", file: "runtimes/page.js", name: "the page", text }, { kind: "end" });
}
