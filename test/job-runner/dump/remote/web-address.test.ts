import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSecretHeaders } from '../../../../job-runner/dump/remote/https/secret-headers.ts';
import { readWebAddress } from '../../../../job-runner/dump/remote/https/web-address.ts';
import { nameUrls, readWebIndex } from '../../../../job-runner/dump/remote/https/web-index.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';

describe('a URL', () => {
  const refuses = async (url: string, from?: string): Promise<void> => {
    const failure = await failureOf(
      Promise.resolve().then(() => readWebAddress(url, from === undefined ? undefined : new URL(from))),
    );
    assert.equal(failure.code, 'SourceUrl', url);
  };

  it('is https, or http for this machine where the manifest says so', async () => {
    for (const url of ['https://a.example/x.zip', 'http://localhost:1/x.zip', 'http://127.0.0.1/x', 'http://[::1]:2/x'])
      assert.equal(readWebAddress(url, undefined).href, url);
    for (const url of [
      'http://a.example/x.zip',
      'ftp://a.example/x',
      'file:///etc/passwd',
      'x.zip',
      'https://u:p@a.example/',
    ])
      await refuses(url);
    await refuses('http://localhost/x', 'https://a.example/index');
  });

  it('is refused where its host may be a user, and the password behind it has a / ? or #', async () => {
    for (const password of ['443/x', '2024?x', '2024#x', '2024\\x'])
      await refuses(`https://user:${password}@a.example/x.zip`);
    for (const url of ['https://a.example:8443/d/@scope/x.zip', 'https://a.example/x@1.zip'])
      assert.equal(readWebAddress(url, undefined).href, url);
  });

  it('leads to no link-local address, however that is written', async () => {
    for (const host of [
      '169.254.169.254',
      '2852039166',
      '0xa9.0xfe.0xa9.0xfe',
      '[fe80::1]',
      '[::ffff:169.254.169.254]',
    ])
      await refuses(`https://${host}/latest/meta-data`);
  });

  it('gives a dump the name of its path, twice the same is refused', async () => {
    const index = new URL('https://a.example/d/index.txt');
    const named = nameUrls(readWebIndex('a%20b.zip?s=1\nhttps://b.example/%2e%2e/c.zip\nd%0Ae.zip\n', index));
    assert.deepEqual([...named.keys()], ['d/a b.zip', 'c.zip', 'd/d%0Ae.zip']);
    const twice = Promise.resolve().then(() => nameUrls(readWebIndex('/x.zip?a\nhttps://b.example/x.zip', index)));
    assert.equal((await failureOf(twice)).code, 'SourceUrl');
  });
});

describe('the headers of a Secret', () => {
  it('are lines as in HTTP; none of their values is in an error', async () => {
    assert.deepEqual(readSecretHeaders('Authorization: Bearer a:b \r\n\nX-A:1\n'), {
      Authorization: 'Bearer a:b',
      'X-A': '1',
    });
    for (const text of ['secret', 'A B: secret', 'Host: secret', 'range: secret', 'A: secret\u0001'])
      assert.doesNotMatch(
        (await failureOf(Promise.resolve().then(() => readSecretHeaders(text)))).message,
        /secret/,
        text,
      );
  });
});
