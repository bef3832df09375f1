// What helpers put into response formats and tools: openai's, and those of structured.js.

import { ContentFilterFinishReasonError, LengthFinishReasonError, BedrockError, notJson, setPartial } from "./errors.js";

export const isParseableFormat = (format) =>
  format?.type === "json_schema" || format?.$brand === "auto-parseable-response-format";

export const isBranded = (tool) => tool?.$brand === "auto-parseable-tool";

/** What a server may have given instead is nothing. */
export const objects = (list) => (Array.isArray(list) ? list.filter((it) => Object(it) === it) : []);

const isParseableTool = (tool) => isBranded(tool) || tool?.function?.strict === true;

/** What is no list, whoever checks the request refuses; what has a `toJSON`, he does not. */
const listed = (tools) => (Array.isArray(tools) ? tools : []);

/** Whether anything of an answer to this is parsed. */
export const isParseable = (body) =>
  isParseableFormat(body.response_format) || listed(body.tools).some(isParseableTool);

function fromJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(text);
  }
}

/** The value of a content, or a promise of it; null where it is not to be parsed. */
export function parsedContent({ response_format: format }, { content, refusal, tool_calls, function_call }) {
  if (typeof content !== "string" || refusal || !isParseableFormat(format)) return null;
  if (content === "" && (tool_calls?.length || function_call)) return null;
  return format.$parseRaw ? format.$parseRaw(content) : fromJson(content);
}

export const toolOf = ({ tools }, name) => listed(tools).find((tool) => isParseableTool(tool) && tool.function.name === name);

/** The arguments of a call as a value, or a promise of it. */
export function parsedArguments(body, { name, arguments: text }) {
  const tool = toolOf(body, name);
  if (!tool) return null;
  return tool.$parseRaw ? tool.$parseRaw(text) : fromJson(text);
}

/** Throws for an answer that did not come to its end. */
export function refuseReason(reason, completion) {
  if (reason !== "length" && reason !== "content_filter") return;
  const error =
    reason === "length"
      ? new LengthFinishReasonError("The answer was cut at its limit of tokens, and is not parsed.")
      : new ContentFilterFinishReasonError("The answer was stopped by a filter, and is not parsed.");
  setPartial(error, () => completion);
  throw error;
}

/** Puts the values into a completion. */
export async function parseCompletion(completion, body) {
  try {
    for (const { finish_reason, message } of objects(completion.choices)) {
      refuseReason(finish_reason, completion);
      if (Object(message) !== message) continue;
      for (const call of objects(message.tool_calls)) {
        if (call.function) call.function.parsed_arguments = await parsedArguments(body, call.function);
      }
      message.parsed = await parsedContent(body, message);
    }
    return completion;
  } catch (error) {
    setPartial(error, () => completion);
    throw error;
  }
}

/** What `parse()` takes. */
export function checkTools(tools) {
  for (const tool of listed(tools)) {
    if (tool?.type === "custom" || isParseableTool(tool)) continue;
    throw new BedrockError(
      tool?.type === "function"
        ? `Only functions with \`strict: true\` can be parsed; "${tool.function?.name}" is without.`
        : "Only tools of type `function` and `custom` can be parsed.",
    );
  }
}
