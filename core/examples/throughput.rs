//! How fast streams are decoded on this machine, without a module around it:
//! `cargo run --release -p bedrock-chat-core --example throughput`.

use std::hint::black_box;
use std::time::Instant;

use bedrock_chat_core::decoder::{Decoder, Mode, Reasoning};

const ROUNDS: u32 = 7;

/// A chunk as OpenAI-compatible servers send it, of about 250 bytes.
fn chunk(delta: &str) -> String {
    format!(
        "{{\"id\":\"chatcmpl-9f8b4b0c-6d0f-4f5e-9a3b-6d1a2f0c7e11\",\"object\":\"chat.completion.chunk\",\
         \"created\":1769000000,\"model\":\"openai.gpt-oss-120b-1:0\",\"service_tier\":\"default\",\
         \"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":null}}]}}"
    )
}

/// The text of an SSE stream with one event per item.
fn events(data: &[&str]) -> String {
    data.iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect()
}

fn stream(delta: &str) -> Vec<u8> {
    let chunk = chunk(delta);
    let mut data = vec![chunk.as_str(); 40_000];
    data.push("[DONE]");
    events(&data).into_bytes()
}

fn main() {
    println!(
        "{:<28} {:>7} {:>10} {:>10}",
        "stream", "read", "MB/s", "ns/event"
    );
    let streams = [
        ("content", stream("\"content\":\" word\""), Mode::Chunks),
        (
            "content as text",
            stream("\"content\":\" word\""),
            Mode::Text,
        ),
        (
            "content, silent",
            stream("\"content\":\" word\""),
            Mode::Silent,
        ),
        (
            "reasoning_content",
            stream("\"reasoning_content\":\" word\""),
            Mode::Chunks,
        ),
        (
            "a tag pair per delta",
            stream("\"content\":\"<reasoning> word</reasoning>\""),
            Mode::Chunks,
        ),
        (
            "tool call arguments",
            stream("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\" word\"}}]"),
            Mode::Chunks,
        ),
        (
            "one event of 4 MiB",
            events(&[
                &chunk(&format!("\"content\":\"{}\"", "text ".repeat(800_000))),
                "[DONE]",
            ])
            .into(),
            Mode::Chunks,
        ),
    ];
    for (name, input, mode) in &streams {
        for read in [64, 300, 1400, 16_384] {
            let mut best = f64::INFINITY;
            let mut count = 0;
            for _ in 0..ROUNDS {
                let start = Instant::now();
                let mut decoder = Decoder::new(Reasoning::Parsed);
                decoder.set_mode(*mode);
                for piece in input.chunks(read) {
                    decoder.push(black_box(piece));
                    black_box(decoder.batch());
                }
                count = decoder.events();
                best = best.min(start.elapsed().as_secs_f64());
            }
            #[expect(clippy::cast_precision_loss, reason = "a few digits are enough")]
            let rate = input.len() as f64 / best / 1e6;
            println!(
                "{name:<28} {read:>7} {rate:>10.0} {:>10.0}",
                best * 1e9 / f64::from(count)
            );
        }
    }
}
