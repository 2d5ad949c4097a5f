/** The parts of a JSON Schema, as CRDs use it, that this project reads. */
export interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  default?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  'x-kubernetes-validations'?: { rule: string; message: string; fieldPath?: string }[];
  'x-kubernetes-int-or-string'?: boolean;
  [keyword: string]: unknown;
}
