// Starts the page. What can go wrong before it runs (a package that is not built, a browser without
// WebAssembly) must not leave a page that looks alive and does nothing.

import("./main.js").catch((error) => {
  console.error(error);
  const broken = document.getElementById("broken");
  broken.textContent =
    "The page could not start. If this is a copy of the project, build the package with " +
    "“cargo xtask build” and reload; otherwise try a newer browser.";
  broken.hidden = false;
});
