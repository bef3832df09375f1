// CommonJS, which Node lets `require` the package.

import bedrock = require("bedrock-chat");

export const client: bedrock.BedrockChatClient = new bedrock.BedrockChatClient();
// @ts-expect-error: types have arrived, and are not `any`.
client.nothing();
