//! What the emulator says. It is written down here, chosen by a word of the question, and never
//! pretends to be a model.

/// What comes before an answer where reasoning is asked for.
pub const REASONING: &str = "\
The user asks for reasoning. I am a script, so I do not reason; but gpt-oss does, and on \
bedrock-runtime its reasoning arrives inside the content, between two tags. Naïve clients \
print it. I should say so – 例えば here – and then answer.";

/// What is said instead of an answer.
pub const REFUSAL: &str = "\
I'm sorry, but I can't help with that: the question asks the emulator to say no, and it does. 🙅";

/// The arguments of a call to a tool that has no parameters.
pub const TOOL_ARGUMENTS: &str = r#"{"location":"Zürich, 東京 🌦️","unit":"celsius"}"#;

/// Words, and the answer to a question that has one of them. The first that fits is taken.
const ANSWERS: &[(&[&str], &str)] = &[
    (&["leak"], LEAK),
    (&["mask"], MASK),
    (&["account"], ACCOUNT),
    (&["moon"], MOON),
    (&["refund"], REFUND),
    (&["weather"], WEATHER),
    (&["long", "story", "essay"], LONG),
    (&["stream", "sse", "token by token"], STREAMING),
    (&["guardrail", "safe"], GUARDRAILS),
    (&["sigv4", "sign", "credential"], SIGNING),
    (&["key", "auth"], KEYS),
    (&["reason", "think"], THINKING),
    (&["emoji", "unicode", "漢字"], UNICODE),
    (&["wasm", "rust", "webassembly"], WASM),
    (&["who are you", "what are you", "model"], IDENTITY),
    (&["hello", "hi ", "hey", "bonjour"], HELLO),
];

const DEFAULT: &str = "\
This is the local emulator, not a model: it has a few answers written down and gives the one \
that fits a word of your question. None did. Ask about streaming, guardrails, SigV4, API keys, \
emoji or WebAssembly; ask it to think; or ask for something long and stop it halfway. Every \
byte still takes the real way: an HTTP request, checked as Bedrock checks it, and an answer in \
Bedrock's format. C'est déjà ça. 🙂";

const HELLO: &str = "\
Hello! This is the local emulator: a small server on your own machine that answers as Amazon \
Bedrock would, with words that were written in advance. Your message came through the real \
client, over real HTTP. Bonjour, こんにちは and welcome. 👋";

const IDENTITY: &str = "\
I am not a model. I am the local emulator, a few hundred lines of Rust that speak Bedrock's \
Chat Completions format. My answers are a list in a file called answers.rs; the model id you \
sent is only checked and given back. For a mind, set a region and a Bedrock API key and talk \
to the real service.";

const STREAMING: &str = "\
Streaming works by server-sent events. The response stays open, and each event is a line that \
begins with data: and holds one JSON chunk, closed by a blank line. A chunk carries a delta, \
often one token; the last one says why the model stopped, and then the word [DONE] in brackets \
ends it all. The network knows nothing of these borders: it may cut an event in half, or a \
character such as é or 漢 between its bytes. A client that decodes each piece by itself shows a \
broken 🧩 instead of a whole one. This answer came that way, from the local emulator.";

const GUARDRAILS: &str = "\
A guardrail reads what goes to the model and what comes back. On Bedrock it is named by two \
headers, one for its identifier and one for its version, and the answer says whether it \
stepped in. It can block a question, block an answer halfway, or cover personal data with a \
label. One thing to know: the bedrock-mantle endpoint accepts the headers and ignores them, \
without a word. The emulator does the same, so that a client can prove it fails closed. 🛡️";

const SIGNING: &str = "\
SigV4 proves that you hold a secret without sending it. The client writes the request down in \
one canonical way – method, path, query, chosen headers, a hash of the body – and signs that \
with a key made from your secret, the day, the region and the service. The server does the \
same and compares. Change one character and the signatures part ways. The emulator checks with \
AWS's own Rust library, so a request that passes here was really signed well. ✍️";

const KEYS: &str = "\
Bedrock takes two kinds of API key in the Authorization header. A long-term key is made in the \
console and lives as long as you allow, so it should never be in a web page. A short-term key \
is computed from AWS credentials without asking anyone: it is a signed URL in disguise, and it \
ends after twelve hours at most, or when the session behind it does. The emulator knows a few \
of each. 🔑";

const THINKING: &str = "\
There, that was the reasoning, if you asked for it: on bedrock-runtime it comes inside the \
content between two tags, which the client takes out; on bedrock-mantle it has a field of its \
own. Being a script, I thought nothing at all – but the bytes were the right ones. 🤔";

const UNICODE: &str = "\
One byte: a. Two bytes: é, ß, ñ. Three bytes: 漢字, €, あ. Four bytes: 🦀, 🚀, 𝄞. And a family of \
several code points that looks like one: 👩‍👩‍👧‍👦. If all of these arrived whole, the decoder \
handles a character that is cut between two packets. The emulator is glad to see it, as far as \
scripts can be.";

const WASM: &str = "\
This client is Rust, compiled to WebAssembly. Rust builds and checks the request, signs it and \
decodes the stream; the engine's own fetch carries the bytes and its JSON parser makes the \
objects. That way one module runs in browsers, in workers at the edge, in Deno, Bun and Node. \
The server you are talking to is Rust as well, but natively compiled, and only an emulator. 🦀";

const WEATHER: &str = "\
The emulator has no window. If your request brings a tool, a question about the weather is \
answered by a call to it, with its arguments in pieces, as models do. And if a tool has just \
answered: thank you, I shall say that it is 21 °C in Zürich, with light rain in 東京. 🌦️";

const LEAK: &str = "\
The emulator will now say a word that its guardrail does not let out. This sentence is \
harmless, and so is the next. Nothing has happened yet, é voilà. The word of the day is \
zanzibar, in the middle of the answer. If you can read this, no guardrail was watching. \
Without one, every word passes.";

const MASK: &str = "\
The emulator made up a person. Please write to jane.doe@example.com if you have questions, or \
send a postcard. With a guardrail, the address before this sentence is covered by a label. 📮";

const ACCOUNT: &str = "\
The emulator made up an account: its number is acct-12345678, and it is empty. With a \
guardrail, the number is covered by a label.";

const MOON: &str = "\
The emulator states, without any source, that the moon is made of cheese. A guardrail that \
compares answers with their sources would not let this pass. 🌙";

const REFUND: &str = "\
The emulator's terms: a refund is possible within 30 days. Whether that follows from the \
policy is what automated reasoning looks at, and here it finds that it may or may not be so.";

const LONG: &str = "\
This is a long answer from the local emulator, so that there is time to press stop. Nothing in \
it is generated; all of it was typed once, and is sent in small pieces.

Once there was a byte that wanted to cross the network. It stood in a buffer with many others, \
and nobody knew when the gate would open. \"We shall go together,\" said its neighbour, who \
was the second half of an é. \"Perhaps,\" said the byte, \"but the network cuts where it \
likes.\" And so it did. The first half arrived alone, and the reader on the other side, who \
was wise, put it aside and waited. When the second half came, the two made a letter again, and \
no one who read the page would ever know.

On the second day the reader fell asleep. The writer wrote on for a while, until the pipe \
between them was full. Then it stopped, and did not push, and did not store what it could not \
send. It simply waited. \"This is called back-pressure,\" said an old packet, \"and it is a \
kind of politeness.\" When the reader woke, the pipe emptied, and the writer took up its pen \
where it had left off. 不急, said a traveller: there is no hurry.

On the third day the wire was cut. The reader looked at the last line, which was half a \
sentence, and asked: \"Is this the end?\" A careless reader would have said yes, and bound the \
pages as a book. But there was no closing word in brackets, and no reason given for the \
silence. \"It is not the end,\" said the wise reader, \"it is only where it stopped.\" And it \
kept the pages, and said honestly that some were missing.

On the fourth day a stranger came with a letter, and the auth_layer asked for a sign. The \
stranger did not show the secret, for that would have been the end of the secret. Instead it \
showed what only the holder of the secret could have computed from that letter, on that day, \
for that gate. The auth_layer computed it too, and the two were the same, and the gate opened. \
A second stranger came with the same sign and another letter. The gate stayed shut. 🔐

On the fifth day someone pressed stop. The reader closed its hand, and the writer, far away, \
felt the line go slack. It put down the pen at once. No more was written, and no more was paid \
for. \"That is the best part of the story,\" said the byte, who had been watching all along: \
\"that one can end it.\" If you have read this far, you did not press the button; so here is \
the end, properly marked, with a reason and with the closing word. 🏁";

/// The answer to a question, which is in lower case.
#[must_use]
pub fn choose(question: &str) -> &'static str {
    // Tags for a guardrail are no question about guardrails.
    let question = question.replace("amazon-bedrock-guardrails-guardcontent_", "");
    let fits = |words: &[&str]| words.iter().any(|word| question.contains(word));
    ANSWERS
        .iter()
        .find(|(words, _)| fits(words))
        .map_or(DEFAULT, |(_, answer)| answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_blocked_in_the_next_turn() {
        let blocked = [
            "forbidden",
            "damn",
            "invest",
            "stupid",
            "ignore previous instructions",
        ];
        for (_, answer) in ANSWERS {
            assert!(
                blocked
                    .iter()
                    .all(|word| !answer.to_lowercase().contains(word))
            );
        }
    }

    #[test]
    fn tags_are_no_words() {
        let tagged = "<amazon-bedrock-guardrails-guardcontent_ab>x</amazon-bedrock-guardrails-guardcontent_ab>";
        assert_eq!(choose(tagged), DEFAULT);
        assert_ne!(choose(&format!("{tagged} guardrails?")), DEFAULT);
    }

    #[test]
    fn the_long_answer_is_long() {
        assert!(crate::model::tokenizer::count(choose("something long")) > 500);
    }
}
