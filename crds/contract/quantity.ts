/** The part of a Kubernetes quantity after its sign: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const AMOUNT = String.raw`(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?[0-9]+))?`;
const SIGNED = new RegExp(`^[+-]?${AMOUNT}$`);

/** The quantities of resources, as a regular expression for JSON Schema, which has no other way to describe them. */
export const QUANTITY_PATTERN = String.raw`^\+?${AMOUNT}$`;

/** The same as `isQuantity` of the apiserver's CEL: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export function isQuantity(text: string): boolean {
  return SIGNED.test(text);
}

const BINARY = 'KMGTPE';
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** The number that a valid quantity stands for, for example 0.5 for 500m. */
export function valueOf(quantity: string): number {
  const [, amount = '', suffix = ''] = /^([+-]?[0-9.]+)(.*)$/.exec(quantity) ?? [];
  if (suffix.length > 1 && suffix.endsWith('i')) return Number(amount) * 1024 ** (BINARY.indexOf(suffix.charAt(0)) + 1);
  const power = DECIMAL.indexOf(suffix);
  // E alone is exa, with digits an exponent.
  return power === -1 ? Number(amount + suffix) : Number(amount) * 1000 ** (power - DECIMAL.indexOf(''));
}
