//! What is known of models: their ids, which differ between the families of endpoints, and their
//! paths. For defaults and hints alone: a model that is not known is called as it is given.

/// Models whose id differs: on runtime, on mantle.
const IDS: [(&str, &str); 4] = [
    ("openai.gpt-oss-20b-1:0", "openai.gpt-oss-20b"),
    ("openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b"),
    ("qwen.qwen3-32b-v1:0", "qwen.qwen3-32b"),
    ("moonshot.kimi-k2-thinking", "moonshotai.kimi-k2-thinking"),
];

/// Models that runtime serves through an inference profile alone.
const PROFILE_ONLY: [&str; 2] = ["openai.gpt-5.6", "xai.grok-"];

/// What the ids of inference profiles begin with.
const PROFILE_PREFIXES: [&str; 7] = ["global.", "us.", "us-gov.", "eu.", "apac.", "jp.", "au."];

/// Where mantle serves a model: the other path answers 400.
pub(crate) fn mantle_base_path(model: &str) -> &'static str {
    let is_under_openai = ["google.gemma-4", "openai.gpt-5", "xai."]
        .iter()
        .any(|prefix| model.starts_with(prefix));
    if is_under_openai { "/openai/v1" } else { "/v1" }
}

/// How a model's id is written on runtime, if certainly otherwise.
pub(crate) fn runtime_hint(model: &str) -> Option<String> {
    if let Some((id, _)) = IDS.iter().find(|(_, mantle_id)| *mantle_id == model) {
        return Some(["on runtime this model's id is ", id].concat());
    }
    PROFILE_ONLY
        .iter()
        .any(|prefix| model.starts_with(prefix))
        .then(|| {
            [
                "on runtime this model needs the id of an inference profile, such as us.",
                model,
            ]
            .concat()
        })
}

/// How a model's id is written on mantle, if certainly otherwise.
pub(crate) fn mantle_hint(model: &str) -> Option<String> {
    let bare = PROFILE_PREFIXES
        .iter()
        .find_map(|prefix| model.strip_prefix(prefix));
    let id = bare.unwrap_or(model);
    let id = IDS
        .iter()
        .find(|(runtime_id, _)| *runtime_id == id)
        .map_or(id, |(_, id)| id);
    (id != model).then(|| ["on mantle this model's id is ", id].concat())
}
