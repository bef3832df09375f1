/** How puppeteer launches Chromium: it may not talk to its maker while it is tested. */
export const chromium = {
  browser: "chrome",
  headless: true,
  pipe: true,
  args: [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    // Its sandbox refuses to run as root, as in a container.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ],
};
