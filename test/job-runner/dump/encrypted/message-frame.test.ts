import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { messageFrame, type FrameEnd } from '../../../../job-runner/dump/encrypted/message-frame.ts';
import { fuzz } from '../../../fuzz.ts';
import { Gpg } from '../../../gpg.ts';

const gpg = await Gpg.create();
const key = gpg.createKey('frame');

function endOf(message: Buffer, chunkBytes = message.length): FrameEnd {
  const frame = messageFrame(message);
  for (let at = 0; at < message.length; at += Math.max(1, chunkBytes))
    frame.take(message.subarray(at, at + Math.max(1, chunkBytes)));
  return frame.end();
}

const MESSAGES: Readonly<Record<string, Buffer>> = {
  'a short message': gpg.encrypt(Buffer.from('short'), key),
  'a message in partial lengths': gpg.encrypt(Buffer.alloc(300_000, 'text'), key, ['--compress-algo', 'none']),
  'a message for a passphrase': gpg.encryptSymmetrically(Buffer.alloc(30_000, 'text'), 'words'),
  'a message for two keys': gpg.encrypt(Buffer.alloc(30_000, 'text'), key, [
    '--recipient',
    gpg.createKey('other').recipient,
  ]),
  'an armoured message': gpg.encrypt(Buffer.alloc(30_000, 'text'), key, ['--armor', '--comment', 'a comment']),
};

describe('messageFrame', () => {
  for (const [name, message] of Object.entries(MESSAGES)) {
    it(`knows the end of ${name}, however it is cut into chunks`, () => {
      for (const chunk of [1, 7, 4096, message.length]) {
        assert.equal(endOf(message, chunk), 'Whole');
        assert.equal(endOf(Buffer.concat([message, Buffer.from('x')]), chunk), 'Followed');
        assert.equal(endOf(Buffer.concat([message, message]), chunk), 'Followed');
      }
    });
    it(`knows that ${name} is cut off, wherever it is`, () => {
      // The line end of an armoured message is not part of it.
      const last = message.length - (message.at(-1) === 0x0a ? 2 : 1);
      for (const length of [1, 2, 3, 10, message.length >> 1, last])
        assert.equal(endOf(message.subarray(0, length)), 'Truncated');
    });
  }

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, chunk) =>
        ['Whole', 'Truncated', 'Followed'].includes(endOf(Buffer.from(bytes), chunk)),
      ),
      fuzz(20_261_129, 2000),
    );
  });
});
