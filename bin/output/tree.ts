import { shorten } from '../../crds/contract/errors.ts';

/** A line with what is below it. Names in it come from dumps. */
export interface TreeNode {
  readonly text: string;
  readonly children?: readonly TreeNode[];
}

/** Longer lines are cut: messages quote what kubectl, PostgreSQL or a dump says. */
const MAX_LINE_LENGTH = 500;

/** Lines as `tree` draws them. Control characters are escaped. */
export function renderTree(root: TreeNode): string {
  return [shorten(root.text, MAX_LINE_LENGTH), ...linesBelow(root, '')].join('\n');
}

function linesBelow({ children = [] }: TreeNode, indent: string): string[] {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    return [
      `${indent}${isLast ? '└─ ' : '├─ '}${shorten(child.text, MAX_LINE_LENGTH)}`,
      ...linesBelow(child, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}
