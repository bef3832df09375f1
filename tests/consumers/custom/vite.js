import url from "bedrock-chat/bedrock_chat.wasm?url";
import { prepare } from "./ask.js";

prepare(url);
