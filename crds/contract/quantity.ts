/** The part of a Kubernetes quantity after its sign: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const AMOUNT = String.raw`(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?[0-9]+))?`;
const SIGNED = new RegExp(`^[+-]?${AMOUNT}$`);

/** The quantities of resources, as a regular expression for JSON Schema, which has no other way to describe them. */
export const QUANTITY_PATTERN = String.raw`^\+?${AMOUNT}$`;

/** The same as `isQuantity` of the apiserver's CEL: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export function isQuantity(text: string): boolean {
  return SIGNED.test(text);
}
