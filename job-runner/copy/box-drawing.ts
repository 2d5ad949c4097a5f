import { are, counted } from '../../crds/contract/counted.ts';
import { highCharacters } from '../plan/encoded-text.ts';
import { FileSample } from './file-sample.ts';

/** Lines, corners and blocks, with which programs of DOS drew frames. */
const BOX = /[\u2500-\u259f]/;

/**
 * Finds characters of frames next to letters and digits: no text has them, and where a DOS code page has one Windows has a letter. To a single-byte
 * encoding every byte is a character, so no error says so.
 */
export class BoxDrawing extends FileSample {
  get warnings(): string[] {
    const { encoding } = this.format;
    const bytes = Array.from(highCharacters(encoding) ?? '').flatMap((character, index) =>
      BOX.test(character) ? [`\\x${(0x80 + index).toString(16)}`] : [],
    );
    if (bytes.length === 0) return [];
    const frame = `[${bytes.join('')}]`;
    const count = this.sample.match(new RegExp(`(?<=[A-Za-z0-9])${frame}|${frame}(?=[A-Za-z0-9])`, 'g'))?.length ?? 0;
    if (count === 0) return [];
    return [
      `${counted(count, 'character')} beside letters ${are(count)} of those that frames are drawn with in ${encoding}: if the texts look wrong, set spec.format.encoding to another one, such as WIN1252, and load the file again`,
    ];
  }
}
