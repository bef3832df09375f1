// Every documented field of a guardrail's result, to the last one.

import GuardedByDefault, { BedrockChatClient as Guarded } from "bedrock-chat/guardrails";
import type {
  AppliedGuardrailDetails,
  BedrockChatClient,
  BedrockTrace,
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionStream,
  GuardrailAssessment,
  GuardrailAutomatedReasoningFinding,
  GuardrailInvocationMetrics,
  GuardrailOptions,
  GuardrailPiiType,
  GuardrailResult,
  GuardrailRule,
  GuardrailScenario,
  GuardrailStatement,
  GuardrailTrace,
  GuardrailTranslation,
} from "bedrock-chat";

type Text = string | undefined;
type Count = number | undefined;
type Flag = boolean | undefined;

declare function see(...values: (string | number | boolean | undefined)[]): void;

export function completion(completion: ChatCompletion, stream: ChatCompletionStream): void {
  result(completion.guardrail);
  result(stream.guardrail);
  result(stream.partial.guardrail);
  see(completion["amazon-bedrock-guardrailAction"]);
  raw(completion["amazon-bedrock-trace"]);
}

export function chunk(chunk: ChatCompletionChunk): void {
  see(chunk["amazon-bedrock-guardrailAction"]);
  raw(chunk["amazon-bedrock-trace"]);
}

function result(result: GuardrailResult | undefined): void {
  if (result?.action === "INTERVENED" || result?.action === "NONE") see(result.action);
  const action: Text = result?.action;
  see(action);
  if (result?.trace) trace(result.trace);
}

function trace(trace: GuardrailTrace): void {
  for (const [id, one] of Object.entries(trace.inputAssessment ?? {})) {
    see(id);
    assessment(one);
  }
  for (const [id, several] of Object.entries(trace.outputAssessments ?? {})) {
    see(id);
    several.forEach(assessment);
  }
  const output: string[] | undefined = trace.modelOutput;
  const reason: Text = trace.actionReason;
  see(reason, ...(output ?? []));
  const unlisted: unknown = trace["somethingNew"];
  see(typeof unlisted);
}

function raw(trace: BedrockTrace | undefined): void {
  const guardrail = trace?.guardrail;
  Object.values(guardrail?.input ?? {}).forEach(assessment);
  guardrail?.outputs?.flatMap((output) => Object.values(output)).forEach(assessment);
  Object.values(guardrail?.inputAssessment ?? {}).forEach(assessment);
  Object.values(guardrail?.outputAssessments ?? {}).flat().forEach(assessment);
  see(guardrail?.actionReason, ...(guardrail?.modelOutput ?? []));
  see(typeof trace?.["somethingNew"], typeof guardrail?.["somethingNew"]);
}

function assessment(assessment: GuardrailAssessment): void {
  for (const topic of assessment.topicPolicy?.topics ?? []) {
    const name: Text = topic.name;
    const detected: Flag = topic.detected;
    see(name, detected);
    if (topic.type === "DENY" && topic.action === "BLOCKED") see(topic.type, topic.action);
  }
  for (const filter of assessment.contentPolicy?.filters ?? []) {
    switch (filter.type) {
      case "INSULTS":
      case "HATE":
      case "SEXUAL":
      case "VIOLENCE":
      case "MISCONDUCT":
      case "PROMPT_ATTACK":
        see(filter.type);
    }
    switch (filter.confidence) {
      case "NONE":
      case "LOW":
      case "MEDIUM":
      case "HIGH":
        see(filter.confidence);
    }
    const strength: Text = filter.filterStrength;
    see(strength, filter.action, filter.detected);
  }
  for (const word of assessment.wordPolicy?.customWords ?? []) {
    see(word.match, word.action, word.detected);
  }
  for (const word of assessment.wordPolicy?.managedWordLists ?? []) {
    if (word.type === "PROFANITY") see(word.match, word.action, word.detected);
  }
  for (const pii of assessment.sensitiveInformationPolicy?.piiEntities ?? []) {
    const type: GuardrailPiiType | undefined = pii.type;
    see(pii.match, type, pii.action, pii.detected);
    if (pii.action === "ANONYMIZED") see(pii.action);
  }
  for (const pattern of assessment.sensitiveInformationPolicy?.regexes ?? []) {
    see(pattern.name, pattern.match, pattern.regex, pattern.action, pattern.detected);
  }
  for (const filter of assessment.contextualGroundingPolicy?.filters ?? []) {
    const threshold: Count = filter.threshold;
    const score: Count = filter.score;
    see(threshold, score, filter.action, filter.detected);
    if (filter.type === "GROUNDING" || filter.type === "RELEVANCE") see(filter.type);
  }
  assessment.automatedReasoningPolicy?.findings?.forEach(finding);
  if (assessment.invocationMetrics) metrics(assessment.invocationMetrics);
  if (assessment.appliedGuardrailDetails) details(assessment.appliedGuardrailDetails);
  see(typeof assessment["somethingNew"]);
}

/** All 31. */
export const pii: GuardrailPiiType[] = [
  "ADDRESS",
  "AGE",
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "CA_HEALTH_NUMBER",
  "CA_SOCIAL_INSURANCE_NUMBER",
  "CREDIT_DEBIT_CARD_CVV",
  "CREDIT_DEBIT_CARD_EXPIRY",
  "CREDIT_DEBIT_CARD_NUMBER",
  "DRIVER_ID",
  "EMAIL",
  "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
  "IP_ADDRESS",
  "LICENSE_PLATE",
  "MAC_ADDRESS",
  "NAME",
  "PASSWORD",
  "PHONE",
  "PIN",
  "SWIFT_CODE",
  "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
  "UK_NATIONAL_INSURANCE_NUMBER",
  "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
  "URL",
  "USERNAME",
  "US_BANK_ACCOUNT_NUMBER",
  "US_BANK_ROUTING_NUMBER",
  "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
  "US_PASSPORT_NUMBER",
  "US_SOCIAL_SECURITY_NUMBER",
  "VEHICLE_IDENTIFICATION_NUMBER",
  "SOMETHING_NEW",
];

function finding(finding: GuardrailAutomatedReasoningFinding): void {
  const { valid, invalid, satisfiable, impossible, translationAmbiguous } = finding;
  if (valid) {
    translation(valid.translation);
    scenario(valid.claimsTrueScenario);
    valid.supportingRules?.forEach(rule);
    warning(valid.logicWarning);
  } else if (invalid) {
    translation(invalid.translation);
    invalid.contradictingRules?.forEach(rule);
    warning(invalid.logicWarning);
  } else if (satisfiable) {
    translation(satisfiable.translation);
    scenario(satisfiable.claimsTrueScenario);
    scenario(satisfiable.claimsFalseScenario);
    warning(satisfiable.logicWarning);
  } else if (impossible) {
    translation(impossible.translation);
    impossible.contradictingRules?.forEach(rule);
    warning(impossible.logicWarning);
  } else if (translationAmbiguous) {
    for (const option of translationAmbiguous.options ?? []) {
      option.translations?.forEach(translation);
    }
    translationAmbiguous.differenceScenarios?.forEach(scenario);
  } else {
    see(!!finding.tooComplex, !!finding.noTranslations, !!finding["somethingNew"]);
  }
}

function translation(translation: GuardrailTranslation | undefined): void {
  translation?.premises?.forEach(statement);
  translation?.claims?.forEach(statement);
  for (const rest of translation?.untranslatedPremises ?? []) see(rest.text);
  for (const rest of translation?.untranslatedClaims ?? []) see(rest.text);
  const confidence: Count = translation?.confidence;
  see(confidence);
}

function statement(statement: GuardrailStatement): void {
  const logic: Text = statement.logic;
  const words: Text = statement.naturalLanguage;
  see(logic, words);
}

function scenario(scenario: GuardrailScenario | undefined): void {
  scenario?.statements?.forEach(statement);
}

function rule(rule: GuardrailRule): void {
  const identifier: Text = rule.identifier;
  const policy: Text = rule.policyVersionArn;
  see(identifier, policy);
}

function warning(
  warning: NonNullable<GuardrailAutomatedReasoningFinding["valid"]>["logicWarning"],
): void {
  if (warning?.type === "ALWAYS_FALSE" || warning?.type === "ALWAYS_TRUE") see(warning.type);
  warning?.premises?.forEach(statement);
  warning?.claims?.forEach(statement);
}

function metrics(metrics: GuardrailInvocationMetrics): void {
  const latency: Count = metrics.guardrailProcessingLatency;
  const usage = metrics.usage;
  const units: Count[] = [
    usage?.topicPolicyUnits,
    usage?.contentPolicyUnits,
    usage?.contentPolicyImageUnits,
    usage?.wordPolicyUnits,
    usage?.sensitiveInformationPolicyUnits,
    usage?.sensitiveInformationPolicyFreeUnits,
    usage?.contextualGroundingPolicyUnits,
    usage?.automatedReasoningPolicyUnits,
    usage?.automatedReasoningPolicies,
  ];
  const coverage = metrics.guardrailCoverage;
  const covered: Count[] = [
    coverage?.textCharacters?.guarded,
    coverage?.textCharacters?.total,
    coverage?.images?.guarded,
    coverage?.images?.total,
  ];
  see(latency, ...units, ...covered);
}

function details(details: AppliedGuardrailDetails): void {
  see(details.guardrailId, details.guardrailVersion, details.guardrailArn);
  for (const origin of details.guardrailOrigin ?? []) {
    switch (origin) {
      case "REQUEST":
      case "ACCOUNT_ENFORCED":
      case "ORGANIZATION_ENFORCED":
        see(origin);
    }
  }
  switch (details.guardrailOwnership) {
    case "SELF":
    case "CROSS_ACCOUNT":
      see(details.guardrailOwnership);
  }
}

export const guarded: BedrockChatClient = new Guarded({ guardrail: { identifier: "gr1", version: "1", enforce: "client" } });
export const same: typeof GuardedByDefault = Guarded;

export async function operations(client: BedrockChatClient): Promise<void> {
  const judged = await client.guardrails.apply({
    identifier: "gr1",
    version: "DRAFT",
    source: "OUTPUT",
    content: [
      { text: { text: "a", qualifiers: ["guard_content"] } },
      { image: { format: "jpeg", source: { bytes: "AAAA" } } },
    ],
    outputScope: "FULL",
  });
  see(judged.action, judged.actionReason, judged.outputs[0]?.text, judged.usage?.topicPolicyUnits);
  see(judged.guardrailCoverage?.images?.total, judged._request_id ?? "");
  judged.assessments.map((it: GuardrailAssessment) => see(it.wordPolicy?.customWords?.[0]?.match));
  const checked = await client.guardrails.check({
    messages: [{ role: "user", content: [{ text: "a" }] }],
    checks: {
      contentFilter: { categories: [{ category: "HATE" }] },
      promptAttack: { categories: [{ category: "JAILBREAK" }] },
      sensitiveInformation: { entities: [{ type: "EMAIL" }] },
    },
  });
  const { contentFilter, sensitiveInformation } = checked.results;
  see(contentFilter?.results[0]?.severityScore, sensitiveInformation?.results[0]?.beginOffset);
  see(sensitiveInformation?.truncated, checked.usage?.["promptAttack"]?.textUnits);
  const guardrail: GuardrailOptions = {
    identifier: "gr1",
    version: "1",
    enforce: "auto",
    roles: ["user"],
    window: 1000,
    overlap: 100,
  };
  const stream = await client
    .withOptions({ guardrail, runtimeURL: "https://example.com" })
    .chat.completions.create({ model: "m", messages: [{ role: "user", content: "a" }], stream: true });
  see(stream.metrics.guardrail?.calls, stream.metrics.guardrail?.ms, stream.guardrail?.enforcedBy);
  // @ts-expect-error neither of the three
  client.withOptions({ guardrail: { ...guardrail, enforce: "always" } });
  // @ts-expect-error no source
  client.guardrails.apply({ identifier: "gr1", version: "1", content: [] });
}
