import url from "bedrock-chat/bedrock_chat.wasm";
import { prepare } from "./ask.js";

prepare(new URL(url, import.meta.url));
