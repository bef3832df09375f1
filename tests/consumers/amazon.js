// AWS, for pages that know its real addresses: Bedrock is the emulator, and Cognito is made up.

import { request as send } from "node:http";
import { text } from "node:stream/consumers";

/** What a browser asks for in other origins' names. */
const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };

const cognito = {
  GetId: { IdentityId: "us-east-1:11111111-1111-1111-1111-111111111111" },
  GetCredentialsForIdentity: {
    IdentityId: "us-east-1:11111111-1111-1111-1111-111111111111",
    Credentials: {
      AccessKeyId: "ASIDEXAMPLE",
      SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      SessionToken: "fixture/session+token==",
      Expiration: Date.now() / 1000 + 3600,
    },
  },
};

/** Answers a page's requests to AWS. The addresses asked for are noted in `asked`. */
export async function playAmazon(page, emulator, asked) {
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    const { hostname, pathname } = new URL(request.url());
    if (!hostname.endsWith(".amazonaws.com")) return request.continue();
    asked.push(`${request.method()} ${hostname}`);
    if (request.method() === "OPTIONS") return request.respond({ status: 204, headers: cors });
    if (hostname === "cognito-identity.us-east-1.amazonaws.com") {
      const [, operation] = request.headers()["x-amz-target"].split(".");
      const body = JSON.stringify(cognito[operation]);
      return request.respond({ status: 200, contentType: "application/x-amz-json-1.1", headers: cors, body });
    }
    const { status, headers, body } = await forward(emulator.origin + pathname, request, hostname);
    request.respond({ status, headers: { ...headers, ...cors }, body });
  });
}

/** With the host that was signed, which is not where the emulator is. */
function forward(url, request, host) {
  return new Promise((resolve, reject) => {
    const { "content-length": _, ...headers } = request.headers();
    const outgoing = send(url, { method: request.method(), headers: { ...headers, host } }, async (response) =>
      resolve({ status: response.statusCode, headers: response.headers, body: await text(response) }),
    );
    outgoing.on("error", reject);
    outgoing.end(request.postData());
  });
}
