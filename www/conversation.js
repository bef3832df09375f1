// What was said, and what of it is sent along with the next question.

export class Conversation {
  #turns = [];

  add(question) {
    const turn = { question, answer: "", blocked: false };
    this.#turns.push(turn);
    return turn;
  }

  clear() {
    this.#turns = [];
  }

  /**
   * The messages up to a turn's question. Reasoning is not among them: models are trained to go
   * without their earlier thoughts. Neither are turns without an answer, nor blocked ones: a guardrail
   * reads all of a request, and would block every later question for the same words again.
   *
   * @param {(question: string) => string} write how a question is put
   */
  messages(turn, write) {
    const earlier = this.#turns.slice(0, this.#turns.indexOf(turn));
    const told = earlier.filter(({ answer, blocked }) => answer && !blocked);
    return [
      ...told.flatMap(({ question, answer }) => [
        { role: "user", content: write(question) },
        { role: "assistant", content: answer },
      ]),
      { role: "user", content: write(turn.question) },
    ];
  }
}
