import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { listingQuery, readListing } from '../../../../job-runner/dump/remote/s3/listing.ts';
import { encodeKey, folderPrefix, isSafeKey, locateBucket } from '../../../../job-runner/dump/remote/s3/endpoint.ts';
import { parseXml } from '../../../../job-runner/dump/remote/s3/xml.ts';
import { fuzz } from '../../../fuzz.ts';

const page = (contents: string, more = ''): string =>
  `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${more}${contents}</ListBucketResult>`;
const object = (key: string, more = '<ETag>&quot;abc&quot;</ETag>'): string =>
  `<Contents><Key>${key}</Key><Size>12</Size>${more}</Contents>`;
const keysOf = (text: string): unknown => {
  const read = readListing(text);
  return typeof read === 'string' ? read : read.objects.map(({ key }) => key);
};

describe('a page of a listing', () => {
  it('has keys decoded only where the answer says that they are encoded', () => {
    assert.deepEqual(keysOf(page(object('a+b%2Bc%25.zip'), '<EncodingType>url</EncodingType>')), ['a b+c%.zip']);
    assert.deepEqual(keysOf(page(object('a+b%2Bc%25.zip'))), ['a+b%2Bc%25.zip']);
  });

  it('has objects with size and ETag, with its quotes or without one', () => {
    const read = readListing(
      page(object('a') + object('b', '<ETag>abc</ETag>') + object('c', '<ETag></ETag>') + object('d', '')),
    );
    assert(typeof read !== 'string');
    assert.deepEqual(
      read.objects.map(({ identity }) => identity),
      [{ bytes: 12, etag: '"abc"' }, { bytes: 12, etag: '"abc"' }, { bytes: 12 }, { bytes: 12 }],
    );
  });

  it('names the next one only where it is truncated', () => {
    const token = '<NextContinuationToken>1/x=</NextContinuationToken>';
    const next = (text: string) => {
      const read = readListing(text);
      return typeof read === 'string' ? read : read.next;
    };
    assert.equal(next(page('', `<IsTruncated>true</IsTruncated>${token}`)), '1/x=');
    assert.equal(next(page('', `<IsTruncated>false</IsTruncated>${token}`)), undefined);
    assert.match(next(page('', '<IsTruncated>true</IsTruncated>')) ?? '', /no token/);
  });

  it('is refused where it is none, is cut off, or has an object without key or size', () => {
    for (const text of ['', 'no XML', '<html><body></body></html>', page(object('a')).slice(0, -20)])
      assert.equal(typeof readListing(text), 'string', text);
    assert.equal(typeof readListing(page('<Contents><Key>a</Key></Contents>')), 'string');
    assert.equal(typeof readListing(page('<Contents><Size>1</Size></Contents>')), 'string');
    assert.equal(typeof readListing(page(object('%ZZ'), '<EncodingType>url</EncodingType>')), 'string');
  });

  it('never expands entities that a document declares', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;">]><a>&b;</a>';
    assert.equal(parseXml(bomb), undefined);
  });

  it('reads any text without an exception', () => {
    const read = fc.property(fc.string({ maxLength: 200 }), (text) => {
      readListing(text);
      readListing(page(text));
    });
    fc.assert(read, fuzz(16, 300));
  });

  it('is asked for with prefix and token escaped', () => {
    assert.equal(
      listingQuery('a b/+&', 'x=/'),
      'continuation-token=x%3D%2F&encoding-type=url&list-type=2&max-keys=1000&prefix=a%20b%2F%2B%26',
    );
  });
});

describe('the address of a bucket', () => {
  const of = (more: object) => {
    const { origin, path } = locateBucket({ bucket: 'dumps', region: 'eu-west-1', ...more });
    return `${origin.origin}${path}`;
  };

  it('is a host name at AWS and a path at an endpoint, unless the manifest says otherwise', () => {
    assert.equal(of({}), 'https://dumps.s3.eu-west-1.amazonaws.com/');
    assert.equal(of({ region: 'cn-north-1' }), 'https://dumps.s3.cn-north-1.amazonaws.com.cn/');
    assert.equal(of({ bucket: 'company.dumps' }), 'https://s3.eu-west-1.amazonaws.com/company.dumps/');
    assert.equal(of({ endpoint: 'http://minio:9000' }), 'http://minio:9000/dumps/');
    assert.equal(of({ endpoint: 'https://ceph.example/rgw/' }), 'https://ceph.example/rgw/dumps/');
    assert.equal(of({ endpoint: 'https://r2.example', forcePathStyle: false }), 'https://dumps.r2.example/');
    assert.equal(of({ forcePathStyle: true }), 'https://s3.eu-west-1.amazonaws.com/dumps/');
  });

  it('escapes each character of a key that a signature has escaped', () => {
    assert.equal(encodeKey("a b/+%é!'()*~.zip"), 'a%20b/%2B%25%C3%A9%21%27%28%29%2A~.zip');
  });

  it('takes a prefix for a folder', () => {
    assert.deepEqual(['', 'a', 'a/', 'a/b'].map(folderPrefix), ['', 'a/', 'a/', 'a/b/']);
  });

  it('is left by no key', () => {
    for (const key of ['../other/a.zip', 'a/../b.zip', './a.zip', 'a/.', '\ud800.zip']) assert(!isSafeKey(key), key);
    for (const key of ['a..b.zip', '...zip', 'a//b.zip', '.hidden/a.zip']) assert(isSafeKey(key), key);
  });
});
