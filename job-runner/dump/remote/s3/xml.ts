import sax from 'sax';

/** An element of one of S3's answers; no attribute of theirs matters. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/** The depth of S3's answers is four. */
const MAX_DEPTH = 16;

/** The root element, or undefined where the text is no XML. Entities that a document declares are not expanded. */
export function parseXml(text: string): XmlElement | undefined {
  const parser = sax.parser(true);
  const open: OpenElement[] = [];
  const document: { root?: XmlElement; isBroken: boolean } = { isBroken: false };
  parser.onerror = () => {
    document.isBroken = true;
    parser.error = null as unknown as Error;
  };
  parser.onopentag = ({ name }) => {
    if (open.length >= MAX_DEPTH) document.isBroken = true;
    else open.push({ name: name.replace(/^.*:/, ''), text: '', children: [] });
  };
  const onText = (part: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.ontext = onText;
  parser.oncdata = onText;
  parser.onclosetag = () => {
    const element = open.pop();
    if (element === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) document.root = element;
    else parent.children.push(element);
  };
  parser.write(text).close();
  return document.isBroken ? undefined : document.root;
}

/** The text of a child, if there is one. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.children.find((child) => child.name === name)?.text;
}
