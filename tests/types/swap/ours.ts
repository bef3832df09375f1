export { default } from "bedrock-chat";
export * from "bedrock-chat";
