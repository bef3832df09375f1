// Who answers: the proxy says so in `/demo.json`. A server without that file is fine too; then the
// page claims nothing.

/** @returns {Promise<{ backend?: "emulator" | "bedrock", model?: string, region?: string }>} */
export async function askBackend() {
  try {
    const response = await fetch("/demo.json", { signal: AbortSignal.timeout(2000) });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

/** @returns {string | undefined} a line for the reader */
export function describe({ backend, region }) {
  if (backend === "emulator") return "Scripted answers from the local emulator, not a model";
  if (backend === "bedrock") return region ? `Amazon Bedrock in ${region}` : "Amazon Bedrock";
}
