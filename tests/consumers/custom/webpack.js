import { prepare } from "./ask.js";

prepare(new URL("bedrock-chat/bedrock_chat.wasm", import.meta.url));
