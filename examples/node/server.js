import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { mintBedrockToken } from "bedrock-chat";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const region = "us-east-1"; // A key is for one region: the page has the same.
const credentials = fromNodeProviderChain();

const files = {
  "/": ["index.html", "text/html"],
  "/bundle.js": ["bundle.js", "text/javascript"],
};

const server = createServer(async (request, response) => {
  try {
    if (request.method === "POST" && request.url === "/bedrock-key") {
      // Here belongs a check of yours: who asks? Whoever has the key can use it until it expires.
      // It is computed: nothing is sent to AWS.
      const { token } = await mintBedrockToken({ credentials, region, expiresIn: 900 });
      response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" }).end(token);
    } else if (files[request.url]) {
      const [name, type] = files[request.url];
      const body = await readFile(new URL(name, import.meta.url));
      response.writeHead(200, { "content-type": type }).end(body);
    } else {
      response.writeHead(404).end();
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(process.env.PORT ?? 8080, "127.0.0.1", () => {
  console.log(`http://localhost:${server.address().port}`);
});
