/** Escapes template braces, so that Helm prints the text unchanged. */
export function escapeTemplate(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}
