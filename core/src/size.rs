//! What has a limit: see the option `limits`.

/// What a server or a caller chooses the size of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Bytes of a request.
    Request,
    /// Bytes of an answer, streamed or not.
    Response,
    /// Bytes of one event of a stream.
    Event,
    /// Choices of a stream.
    Choices,
    /// Tool calls of one choice of a stream.
    ToolCalls,
}
