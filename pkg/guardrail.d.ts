// Guardrails: how one is switched on, and what it found.
//
// Of an answer every field is optional, and fields that are not listed are kept: the service says
// what is there, and says more over time.

/**
 * A guardrail for requests: a client's, or one call's.
 *
 * The service applies guardrails on the `runtime` endpoint alone. On `mantle` it would ignore one
 * without a word, so a call there is refused by a {@link GuardrailNotEnforcedError}, unless the
 * client applies the guardrail itself: see {@link GuardrailOptions.enforce}.
 *
 * @example
 * ```ts
 * const client = new BedrockChatClient({
 *   guardrail: { identifier: "gr12345", version: "1", trace: "ENABLED" },
 * });
 * const completion = await client.chat.completions.create({ model, messages });
 * if (completion.guardrail?.action === "INTERVENED") console.log(completion.guardrail.trace);
 * ```
 */
export interface GuardrailOptions {
  /** The guardrail's id or ARN. */
  identifier: string;
  /** `"DRAFT"`, or a number as a string: `"1"`. */
  version: "DRAFT" | (string & {});
  /**
   * Whether the answer tells what the guardrail found (`ENABLED`), and also what it looked for in
   * vain (`ENABLED_FULL`). Default: not.
   */
  trace?:
    | "ENABLED"
    | "DISABLED"
    | "ENABLED_FULL"
    | "enabled"
    | "disabled"
    | "enabled_full"
    | undefined;
  /**
   * Judges only the text between
   * `<amazon-bedrock-guardrails-guardContent_{tagSuffix}>` and its closing tag: 1 to 20 letters
   * and digits, new and random for each request, so that no text of a user can close the tag.
   * A request without such tags is then refused. Default: everything is judged, but for prompt
   * attacks, which the service looks for in tagged text only.
   */
  tagSuffix?: string | undefined;
  /**
   * When a stream's text is judged: before it is sent (`SYNCHRONOUS`), or while it is, so that
   * what violates a policy may be seen first, and nothing is masked (`ASYNCHRONOUS`).
   * Default: the service's, which is synchronous.
   */
  streamProcessingMode?: "SYNCHRONOUS" | "ASYNCHRONOUS" | "sync" | "async" | undefined;
  /**
   * Who applies it. `"endpoint"`: the service, by headers; a call that it may answer unguarded is
   * refused. `"client"`: this client, which asks ApplyGuardrail about the request before the model
   * gets it, and about the answer before you do; on every endpoint and model. `"auto"`: the first
   * where it is known to hold, else the second. Default: `"endpoint"`.
   *
   * The client that does it is that of `bedrock-chat/guardrails`; that of another entry refuses such
   * calls. It needs to reach bedrock-runtime, also for calls to mantle (see `runtimeURL` of the
   * client), and the permission `bedrock:ApplyGuardrail`. If ApplyGuardrail fails, the call fails.
   *
   * Of an answer you get its texts, as judged: contents, reasoning, refusals, and tool calls, which a
   * stream brings whole at its end. What cannot be judged is left out (annotations, audio, fields
   * that are not texts), or refused where it is asked for (`logprobs`, `audio`, `asResponse()`).
   */
  enforce?: "endpoint" | "client" | "auto" | undefined;
  /**
   * Where the client applies it: whose messages of a request are judged, e.g. `["user", "tool"]`.
   * Default: all. With a {@link tagSuffix}, tagged text alone. Images are judged as PNG and JPEG in
   * `data:` URLs; a request with others, or with audio or files, in these messages is refused.
   */
  roles?: string[] | undefined;
  /**
   * Where the client applies it: how much of a stream is judged at a time, in characters. So much
   * is held back until it is judged. Default: 1,000, a unit of a guardrail's price.
   */
  window?: number | undefined;
  /**
   * Where the client applies it: how many characters at the end of a window wait for the next one,
   * and at last for the end of the stream. What is forbidden or masked, and no longer than this, is
   * found wherever it lies. Default: 200, or half a window.
   */
  overlap?: number | undefined;
  /** Sends the call even where the service ignores guardrails. Default: `false`. */
  allowUnenforced?: boolean | undefined;
  /**
   * Gives no answer that shows no sign of the guardrail: the call fails with a
   * {@link GuardrailNotEnforcedError}. A stream is held back until a sign has come, which may be
   * its last chunk. Default: `false`.
   */
  requireEvidence?: boolean | undefined;
}

/**
 * The body field `amazon-bedrock-guardrailConfig`. It switches nothing on: the headers
 * `X-Amzn-Bedrock-GuardrailIdentifier` and `X-Amzn-Bedrock-GuardrailVersion` do, which the option
 * {@link GuardrailOptions} sets together with this.
 */
export interface GuardrailConfig {
  /** See {@link GuardrailOptions.tagSuffix}. */
  tagSuffix?: string;
  /** See {@link GuardrailOptions.streamProcessingMode}. */
  streamProcessingMode?: "SYNCHRONOUS" | "ASYNCHRONOUS";
}

/** What {@link Guardrails.apply} asks. */
export interface ApplyGuardrailRequest {
  /** The guardrail's id or ARN. */
  identifier: string;
  /** `"DRAFT"`, or a number as a string: `"1"`. */
  version: "DRAFT" | (string & {});
  /** Whether it is judged as what a model is asked, or as what it answers. */
  source: "INPUT" | "OUTPUT";
  /** What is judged. */
  content: GuardrailContentBlock[];
  /** `FULL` tells also what was looked for in vain. Default: `INTERVENTIONS`. */
  outputScope?: "INTERVENTIONS" | "FULL" | undefined;
}

/** A text or an image that is judged. */
export type GuardrailContentBlock =
  | {
      text: {
        text: string;
        /** What it is for. `guard_content`: where one block is, such blocks alone are judged. */
        qualifiers?: Array<"grounding_source" | "query" | "guard_content">;
      };
    }
  | { image: { format: "png" | "jpeg"; source: { /** In Base64. */ bytes: string } } };

/** What {@link Guardrails.apply} answers. */
export interface ApplyGuardrailResponse {
  /** Whether it blocked or masked something. */
  action: "NONE" | "GUARDRAIL_INTERVENED" | (string & {});
  /** Why, in words. */
  actionReason?: string;
  /** What may be said: the texts, masked, or the guardrail's own; empty where it did nothing. */
  outputs: Array<{ text?: string }>;
  /** What was found. */
  assessments: GuardrailAssessment[];
  /** The units it is billed by. */
  usage?: GuardrailUsage;
  /** How much was judged. */
  guardrailCoverage?: GuardrailCoverage;
  /** The id of the request. */
  _request_id?: string | null;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What {@link Guardrails.check} asks. */
export interface GuardrailChecksRequest {
  /** What is checked. */
  messages: Array<{ role: "user" | "assistant" | "system"; content: Array<{ text: string }> }>;
  /** By what; at least one. */
  checks: {
    contentFilter?: {
      categories: Array<{
        category: "VIOLENCE" | "HATE" | "SEXUAL" | "MISCONDUCT" | "INSULTS" | (string & {});
      }>;
    };
    promptAttack?: {
      categories: Array<{
        category: "JAILBREAK" | "PROMPT_INJECTION" | "PROMPT_LEAKAGE" | (string & {});
      }>;
    };
    sensitiveInformation?: { entities: Array<{ type: GuardrailPiiType }> };
  };
}

/** What {@link Guardrails.check} answers: scores, and no decision. */
export interface GuardrailChecksResponse {
  /** By check. */
  results: {
    contentFilter?: { results: Array<{ category: string; severityScore: number }> };
    promptAttack?: { results: Array<{ category: string; severityScore: number }> };
    sensitiveInformation?: {
      results: Array<{
        type: GuardrailPiiType;
        confidenceScore: number;
        /** In characters. */
        beginOffset: number;
        endOffset: number;
        messageIndex: number;
        contentIndex: number;
      }>;
      /** Whether there is more than is told. */
      truncated?: boolean;
    };
    [check: string]: unknown;
  };
  /** What each check cost. */
  usage?: { [check: string]: { textUnits?: number } };
  /** The id of the request. */
  _request_id?: string | null;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What the guardrail did. */
export interface GuardrailResult {
  /**
   * `"INTERVENED"`: it blocked or masked something, and the answer is, or holds, what it put in
   * its place. Also set where only the `finish_reason` says so. `"UNKNOWN"`: one was asked for,
   * and the answer shows no sign of it. `undefined`: nobody told.
   */
  action?: GuardrailAction;
  /** What it found, if {@link GuardrailOptions.trace} asked for it. */
  trace?: GuardrailTrace;
  /** Who applied it, where one was asked for. */
  enforcedBy?: "endpoint" | "client";
  /** Whether the answer shows that a guardrail saw it. */
  evidence?: boolean;
}

/** Whether a guardrail did something. */
export type GuardrailAction = "INTERVENED" | "NONE" | "UNKNOWN" | (string & {});

/**
 * What a guardrail found: the trace of `amazon-bedrock-trace`, with the same keys whichever way
 * the service spells them.
 *
 * @example
 * ```ts
 * for (const assessment of Object.values(trace.inputAssessment ?? {})) {
 *   for (const topic of assessment.topicPolicy?.topics ?? []) console.log(topic.name);
 * }
 * ```
 */
export interface GuardrailTrace {
  /** What was found in the request, by the guardrail's id. */
  inputAssessment?: { [guardrailId: string]: GuardrailAssessment };
  /** What was found in the answer, by the guardrail's id: one assessment for each judged part. */
  outputAssessments?: { [guardrailId: string]: GuardrailAssessment[] };
  /** The model's answer before the guardrail changed it. */
  modelOutput?: string[];
  /** Why the guardrail did what it did. */
  actionReason?: string;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** The field `amazon-bedrock-trace` as the service sends it, in one of two spellings. */
export interface BedrockTrace {
  /** The guardrail's part. */
  guardrail?: {
    /** What was found in the request, by the guardrail's id. */
    input?: { [guardrailId: string]: GuardrailAssessment };
    /** What was found in each judged part of the answer, by the guardrail's id. */
    outputs?: Array<{ [guardrailId: string]: GuardrailAssessment }>;
    /** As `input`, in the other spelling. */
    inputAssessment?: { [guardrailId: string]: GuardrailAssessment };
    /** As `outputs`, in the other spelling. */
    outputAssessments?: { [guardrailId: string]: GuardrailAssessment[] };
    /** The model's answer before the guardrail changed it. */
    modelOutput?: string[];
    /** Why the guardrail did what it did. */
    actionReason?: string;
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What one guardrail found in one text. A policy is there if it found something. */
export interface GuardrailAssessment {
  /** Topics that the guardrail denies. */
  topicPolicy?: GuardrailTopicAssessment;
  /** Harmful content and prompt attacks. */
  contentPolicy?: GuardrailContentAssessment;
  /** Words, your own and profanity. */
  wordPolicy?: GuardrailWordAssessment;
  /** Personal data and patterns of your own. */
  sensitiveInformationPolicy?: GuardrailSensitiveInformationAssessment;
  /** Whether the answer stays with its sources and with the question. */
  contextualGroundingPolicy?: GuardrailContextualGroundingAssessment;
  /** Whether the answer agrees with formal rules. */
  automatedReasoningPolicy?: GuardrailAutomatedReasoningAssessment;
  /** What the judging cost and covered. */
  invocationMetrics?: GuardrailInvocationMetrics;
  /** Which guardrail it was, and who asked for it. */
  appliedGuardrailDetails?: AppliedGuardrailDetails;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What was done about a finding. */
export type GuardrailFindingAction = "BLOCKED" | "NONE" | (string & {});

/** What was done about sensitive information. */
export type GuardrailSensitiveInformationAction =
  | "ANONYMIZED"
  | "BLOCKED"
  | "NONE"
  | (string & {});

/** What was found of denied topics. */
export interface GuardrailTopicAssessment {
  /** The topics. */
  topics?: GuardrailTopic[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A denied topic. */
export interface GuardrailTopic {
  /** Its name in the guardrail. */
  name?: string;
  /** What the guardrail has it for. */
  type?: "DENY" | (string & {});
  /** What was done. */
  action?: GuardrailFindingAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What was found of harmful content. */
export interface GuardrailContentAssessment {
  /** The filters that judged. */
  filters?: GuardrailContentFilter[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A filter for harmful content. */
export interface GuardrailContentFilter {
  /** What it filters. */
  type?:
    | "INSULTS"
    | "HATE"
    | "SEXUAL"
    | "VIOLENCE"
    | "MISCONDUCT"
    | "PROMPT_ATTACK"
    | (string & {});
  /** How sure it is. */
  confidence?: GuardrailLevel;
  /** How strict it was set. */
  filterStrength?: GuardrailLevel;
  /** What was done. */
  action?: GuardrailFindingAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** How sure, or how strict. */
export type GuardrailLevel = "NONE" | "LOW" | "MEDIUM" | "HIGH" | (string & {});

/** What was found of unwanted words. */
export interface GuardrailWordAssessment {
  /** Of the guardrail's own list. */
  customWords?: GuardrailWord[];
  /** Of the lists that AWS keeps. */
  managedWordLists?: GuardrailManagedWord[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A word of the guardrail's own list. */
export interface GuardrailWord {
  /** The text that was found. */
  match?: string;
  /** What was done. */
  action?: GuardrailFindingAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A word of a list that AWS keeps. */
export interface GuardrailManagedWord extends GuardrailWord {
  /** The list. */
  type?: "PROFANITY" | (string & {});
}

/** What was found of sensitive information. */
export interface GuardrailSensitiveInformationAssessment {
  /** Personal data of known kinds. */
  piiEntities?: GuardrailPiiEntity[];
  /** Matches of the guardrail's own patterns. */
  regexes?: GuardrailRegex[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A piece of personal data. */
export interface GuardrailPiiEntity {
  /** The text that was found. */
  match?: string;
  /** Its kind. */
  type?: GuardrailPiiType;
  /** What was done. */
  action?: GuardrailSensitiveInformationAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A kind of personal data. */
export type GuardrailPiiType =
  | "ADDRESS"
  | "AGE"
  | "AWS_ACCESS_KEY"
  | "AWS_SECRET_KEY"
  | "CA_HEALTH_NUMBER"
  | "CA_SOCIAL_INSURANCE_NUMBER"
  | "CREDIT_DEBIT_CARD_CVV"
  | "CREDIT_DEBIT_CARD_EXPIRY"
  | "CREDIT_DEBIT_CARD_NUMBER"
  | "DRIVER_ID"
  | "EMAIL"
  | "INTERNATIONAL_BANK_ACCOUNT_NUMBER"
  | "IP_ADDRESS"
  | "LICENSE_PLATE"
  | "MAC_ADDRESS"
  | "NAME"
  | "PASSWORD"
  | "PHONE"
  | "PIN"
  | "SWIFT_CODE"
  | "UK_NATIONAL_HEALTH_SERVICE_NUMBER"
  | "UK_NATIONAL_INSURANCE_NUMBER"
  | "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER"
  | "URL"
  | "USERNAME"
  | "US_BANK_ACCOUNT_NUMBER"
  | "US_BANK_ROUTING_NUMBER"
  | "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER"
  | "US_PASSPORT_NUMBER"
  | "US_SOCIAL_SECURITY_NUMBER"
  | "VEHICLE_IDENTIFICATION_NUMBER"
  | (string & {});

/** A match of a pattern of the guardrail's own. */
export interface GuardrailRegex {
  /** The pattern's name in the guardrail. */
  name?: string;
  /** The text that was found. */
  match?: string;
  /** The pattern. */
  regex?: string;
  /** What was done. */
  action?: GuardrailSensitiveInformationAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** Whether an answer stays with its sources and with the question. */
export interface GuardrailContextualGroundingAssessment {
  /** The filters that judged. */
  filters?: GuardrailContextualGroundingFilter[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A filter for answers without ground, or beside the question. */
export interface GuardrailContextualGroundingFilter {
  /** What it judges: whether the sources say so, or whether it answers the question. */
  type?: "GROUNDING" | "RELEVANCE" | (string & {});
  /** The least score that passes, from 0 to 1. */
  threshold?: number;
  /** The answer's score, from 0 to 1. */
  score?: number;
  /** What was done. */
  action?: GuardrailFindingAction;
  /** Whether it was found; `false` only in a full trace. */
  detected?: boolean;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** Whether an answer agrees with formal rules. */
export interface GuardrailAutomatedReasoningAssessment {
  /** One for each part of the answer that was checked. */
  findings?: GuardrailAutomatedReasoningFinding[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/**
 * What a check against formal rules found. Exactly one of the fields is there, and its name is
 * the result.
 *
 * @example
 * ```ts
 * for (const finding of assessment.automatedReasoningPolicy?.findings ?? []) {
 *   if (finding.invalid) console.log(finding.invalid.contradictingRules);
 * }
 * ```
 */
export interface GuardrailAutomatedReasoningFinding {
  /** The claims follow from the rules. */
  valid?: {
    /** The text as logic. */
    translation?: GuardrailTranslation;
    /** A case in which the claims are true. */
    claimsTrueScenario?: GuardrailScenario;
    /** The rules that support them. */
    supportingRules?: GuardrailRule[];
    /** A flaw of the logic itself. */
    logicWarning?: GuardrailLogicWarning;
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** The claims contradict the rules. */
  invalid?: {
    /** The text as logic. */
    translation?: GuardrailTranslation;
    /** The rules they contradict. */
    contradictingRules?: GuardrailRule[];
    /** A flaw of the logic itself. */
    logicWarning?: GuardrailLogicWarning;
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** The claims may be true or false: the rules leave it open. */
  satisfiable?: {
    /** The text as logic. */
    translation?: GuardrailTranslation;
    /** A case in which the claims are true. */
    claimsTrueScenario?: GuardrailScenario;
    /** A case in which they are false. */
    claimsFalseScenario?: GuardrailScenario;
    /** A flaw of the logic itself. */
    logicWarning?: GuardrailLogicWarning;
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** The premises contradict each other or the rules, so that nothing can be said. */
  impossible?: {
    /** The text as logic. */
    translation?: GuardrailTranslation;
    /** The rules they contradict. */
    contradictingRules?: GuardrailRule[];
    /** A flaw of the logic itself. */
    logicWarning?: GuardrailLogicWarning;
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** The text can be read in several ways. */
  translationAmbiguous?: {
    /** The ways. */
    options?: Array<{
      /** The text as logic, read in this way. */
      translations?: GuardrailTranslation[];
      /** Fields that are not listed. */
      [field: string]: unknown;
    }>;
    /** Cases in which they differ. */
    differenceScenarios?: GuardrailScenario[];
    /** Fields that are not listed. */
    [field: string]: unknown;
  };
  /** There was too much to check. */
  tooComplex?: { [field: string]: unknown };
  /** Nothing in the text has to do with the rules. */
  noTranslations?: { [field: string]: unknown };
  /** Results that are not listed. */
  [result: string]: unknown;
}

/** A text as logic. */
export interface GuardrailTranslation {
  /** What it takes for given. */
  premises?: GuardrailStatement[];
  /** What it claims. */
  claims?: GuardrailStatement[];
  /** Premises that could not be put into logic. */
  untranslatedPremises?: GuardrailText[];
  /** Claims that could not be put into logic. */
  untranslatedClaims?: GuardrailText[];
  /** How sure the translation is, from 0 to 1. */
  confidence?: number;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A statement, as logic and in words. */
export interface GuardrailStatement {
  /** In SMT-LIB. */
  logic?: string;
  /** In words. */
  naturalLanguage?: string;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A piece of the text itself. */
export interface GuardrailText {
  /** The text. */
  text?: string;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A case. */
export interface GuardrailScenario {
  /** What is true in it. */
  statements?: GuardrailStatement[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A rule of a policy. */
export interface GuardrailRule {
  /** Its id in the policy. */
  identifier?: string;
  /** The policy. */
  policyVersionArn?: string;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** A flaw of the logic itself, whatever the rules say. */
export interface GuardrailLogicWarning {
  /** Which one. */
  type?: "ALWAYS_FALSE" | "ALWAYS_TRUE" | (string & {});
  /** What is taken for given. */
  premises?: GuardrailStatement[];
  /** What is claimed. */
  claims?: GuardrailStatement[];
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** What the judging cost and covered. */
export interface GuardrailInvocationMetrics {
  /** The time it took, in milliseconds. */
  guardrailProcessingLatency?: number;
  /** The units it is billed by. */
  usage?: GuardrailUsage;
  /** How much of the text was judged. */
  guardrailCoverage?: GuardrailCoverage;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** Units used, by policy. */
export interface GuardrailUsage {
  topicPolicyUnits?: number;
  contentPolicyUnits?: number;
  /** Of images. */
  contentPolicyImageUnits?: number;
  wordPolicyUnits?: number;
  sensitiveInformationPolicyUnits?: number;
  /** Those that are not billed. */
  sensitiveInformationPolicyFreeUnits?: number;
  contextualGroundingPolicyUnits?: number;
  automatedReasoningPolicyUnits?: number;
  /** The number of policies. */
  automatedReasoningPolicies?: number;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** How much of a text was judged. */
export interface GuardrailCoverage {
  /** Characters. */
  textCharacters?: GuardrailCoverageCount;
  /** Images. */
  images?: GuardrailCoverageCount;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** How many were judged, of how many. */
export interface GuardrailCoverageCount {
  /** Those that were judged. */
  guarded?: number;
  /** All of them. */
  total?: number;
  /** Fields that are not listed. */
  [field: string]: unknown;
}

/** Which guardrail it was, and who asked for it. */
export interface AppliedGuardrailDetails {
  /** Its id. */
  guardrailId?: string;
  /** Its version. */
  guardrailVersion?: string;
  /** Its ARN. */
  guardrailArn?: string;
  /** Who asked for it: the request, the account or the organization. */
  guardrailOrigin?: Array<
    "REQUEST" | "ACCOUNT_ENFORCED" | "ORGANIZATION_ENFORCED" | (string & {})
  >;
  /** Whether it belongs to this account or to another. */
  guardrailOwnership?: "SELF" | "CROSS_ACCOUNT" | (string & {});
  /** Fields that are not listed. */
  [field: string]: unknown;
}
