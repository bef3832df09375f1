// The same page by assistant-ui, on its runtime for the AI SDK.

import {
  AssistantRuntimeProvider,
  ComposerPrimitive,
  ErrorPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
  useAssistantTool,
  useAuiState,
} from "@assistant-ui/react";
import { useChatRuntime } from "@assistant-ui/react-ai-sdk";
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { createRoot } from "react-dom/client";

const components = {
  Text: ({ text }) => <p className="text">{text}</p>,
  Reasoning: ({ text }) => <details className="reasoning">{text}</details>,
  tools: { Fallback: ({ toolName, result, status }) => <code className="tool">{`${toolName}: ${result?.time ?? status.type}`}</code> },
};

function Message() {
  return (
    <section className={useAuiState(({ message }) => message.role)}>
      <MessagePrimitive.Parts components={components} />
      <MessagePrimitive.Error>
        <ErrorPrimitive.Root>
          <ErrorPrimitive.Message />
        </ErrorPrimitive.Root>
      </MessagePrimitive.Error>
    </section>
  );
}

function Thread() {
  useAssistantTool({
    toolName: "get_time",
    description: "The time where the user is",
    parameters: { type: "object", properties: {} },
    execute: async () => ({ time: new Date().toString() }),
  });
  const isRunning = useAuiState(({ thread }) => thread.isRunning);
  return (
    <main data-status={isRunning ? "streaming" : "ready"}>
      <ThreadPrimitive.Messages components={{ Message }} />
      <ComposerPrimitive.Root>
        <ComposerPrimitive.Input />
        <ComposerPrimitive.Send>Ask</ComposerPrimitive.Send>
        <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
      </ComposerPrimitive.Root>
    </main>
  );
}

function App() {
  const runtime = useChatRuntime({ sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls });
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <Thread />
    </AssistantRuntimeProvider>
  );
}

createRoot(document.body).render(<App />);
