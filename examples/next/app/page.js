"use client";

import { useChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { useState } from "react";

export default function Page() {
  const [question, setQuestion] = useState("");
  const { messages, sendMessage, status, stop, error, addToolOutput } = useChat({
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall }) {
      if (toolCall.toolName !== "get_time") return;
      // Not awaited: the answer goes on without it.
      addToolOutput({ tool: "get_time", toolCallId: toolCall.toolCallId, output: { time: new Date().toString() } });
    },
  });
  const ask = (event) => {
    event.preventDefault();
    sendMessage({ text: question });
    setQuestion("");
  };
  return (
    <main data-status={status}>
      {messages.map(({ id, role, parts }) => (
        <section key={id} className={role}>
          {parts.map((part, at) => (
            <Part key={at} {...part} />
          ))}
        </section>
      ))}
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={ask}>
        <input value={question} onChange={({ target }) => setQuestion(target.value)} aria-label="Question" required />
        <button>Ask</button>
        <button type="button" onClick={stop}>
          Stop
        </button>
      </form>
    </main>
  );
}

function Part({ type, text, state, output }) {
  if (type === "text") return <p className="text">{text}</p>;
  if (type === "reasoning") return <details className="reasoning">{text}</details>;
  if (type.startsWith("tool-")) return <code className="tool">{`${type.slice(5)}: ${output?.time ?? state}`}</code>;
  return null;
}
