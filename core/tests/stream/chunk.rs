//! `chunk.rs`: what a chunk says.

use bedrock_chat_core::chunk::Chunk;

/// Content starts the time between tokens, and makes an answer that fails more than an error.
#[test]
fn what_is_content() {
    for (delta, expected) in [
        (r#"{}"#, false),
        (r#"null"#, false),
        (r#"{"role":"assistant"}"#, false),
        (r#"{"content":""}"#, false),
        (r#"{"content":null}"#, false),
        (r#"{"content":1}"#, false),
        (r#"{"content":"a"}"#, true),
        (r#"{"content":[]}"#, false),
        (r#"{"content":[null,""]}"#, false),
        (r#"{"content":[{"type":"text","text":""}]}"#, false),
        (r#"{"content":[{"type":"text","text":"a"}]}"#, true),
        (r#"{"content":[[[],"a"]]}"#, true),
        (r#"{"content":[{"type":"thinking","thinking":""}]}"#, false),
        (r#"{"content":[{"type":"thinking","thinking":"a"}]}"#, true),
        (r#"{"content":[{"type":"image"}]}"#, true),
        (r#"{"reasoning":""}"#, false),
        (r#"{"reasoning":"a"}"#, true),
        (r#"{"reasoning":{"text":""}}"#, false),
        (r#"{"reasoning":{"text":"a"}}"#, true),
        (r#"{"reasoning_content":"a"}"#, true),
        (r#"{"refusal":""}"#, false),
        (r#"{"refusal":null}"#, false),
        (r#"{"refusal":"a"}"#, true),
        (r#"{"tool_calls":[]}"#, false),
        (r#"{"tool_calls":[ ]}"#, false),
        (r#"{"tool_calls":null}"#, false),
        (r#"{"tool_calls":[{"index":0}]}"#, true),
        (r#"{"function_call":null}"#, false),
        (r#"{"function_call":{}}"#, true),
        (r#"{"new":"a"}"#, false),
    ] {
        let data = format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#);
        let chunk = Chunk::read(&data).unwrap();
        assert_eq!(chunk.has_content(), expected, "{delta}");
        // Whichever choice has it.
        let data = format!(r#"{{"choices":[{{"index":1}},{{"delta":{delta}}},{{"index":2}}]}}"#);
        let chunk = Chunk::read(&data).unwrap();
        assert_eq!(chunk.has_content(), expected, "{delta}");
    }
}
