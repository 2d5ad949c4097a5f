#!/usr/bin/env bash
# A GET of an object of versitygw with If-Unmodified-Since set to the Last-Modified that the gateway has just sent
#
# One would guess: the object has not been modified since the time at which it was last modified, so the answer is 200 (RFC 9110, 13.1.4), and the
# header pins an object that is read by several requests.
# True: the answer is 412, though nothing has changed: an object counts as unmodified only if its time is earlier than the header's, not if it is the same.
# A second more in the header gives 200. If-Modified-Since with the Last-Modified answers 304 only for an object whose time in the file system has no
# fractions of a second; with fractions, which HTTP dates cannot have, it answers 200 and sends the object again. If-Match with the ETag is right.
#
# versitygw 1.8.0 (Go module github.com/versity/versitygw, backend posix; backend/common.go, EvaluatePreconditions), aws4 1.13.2 (npm) for the signatures.
set -euo pipefail

folder=$(mktemp -d)
gateway=
trap '[ -z "$gateway" ] || kill "$gateway"; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN=$folder go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 > install.log 2>&1 || { cat install.log >&2; exit 1; }
npm install --silent --no-fund --no-audit --prefix client aws4@1.13.2
mkdir -p data/bucket

ROOT_ACCESS_KEY=user ROOT_SECRET_KEY=password ./versitygw --port 127.0.0.1:17471 posix data > gateway.log 2>&1 &
gateway=$!

cat > client/ask.js << 'JS'
const aws4 = require('aws4');
const { request } = require('node:http');

function ask(method, key, headers = {}, body = '') {
  const target = { host: '127.0.0.1:17471', path: `/bucket/${key}`, service: 's3', region: 'us-east-1', method, headers, body };
  const signed = aws4.sign(target, { accessKeyId: 'user', secretAccessKey: 'password' });
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: 17471, path: signed.path, method, headers: signed.headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function listening() {
  for (let tries = 0; ; tries++) {
    try {
      return await ask('HEAD', 'none');
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function main() {
  await listening();
  for (const key of process.argv.slice(2)) {
    const { headers } = await ask('HEAD', key);
    const modified = headers['last-modified'];
    const later = new Date(Date.parse(modified) + 1000).toUTCString();
    for (const [name, what, value] of [
      ['If-Unmodified-Since', 'Last-Modified', modified],
      ['If-Unmodified-Since', 'a second later', later],
      ['If-Modified-Since', 'Last-Modified', modified],
      ['If-Match', 'ETag', headers.etag],
    ]) {
      if (value === undefined) throw new Error(`${key} has no value for ${name}`);
      console.log(`${key}: ${name} ${what} ${(await ask('GET', key, { [name]: value })).statusCode}`);
    }
  }
}

if (process.argv[2] === 'put') listening().then(() => ask('PUT', process.argv[3], {}, 'content')).then((answer) => console.log(`PUT ${answer.statusCode}`));
else main();
JS

# A time with fractions, and one without, whatever this file system and this moment have.
for object in fraction whole; do node client/ask.js put "$object"; done
touch -d '2026-03-01T12:00:00.5Z' data/bucket/fraction
touch -d '2026-03-01T12:00:00Z' data/bucket/whole

seen=$(node client/ask.js fraction whole)
echo "$seen"
expected='fraction: If-Unmodified-Since Last-Modified 412
fraction: If-Unmodified-Since a second later 200
fraction: If-Modified-Since Last-Modified 200
fraction: If-Match ETag 200
whole: If-Unmodified-Since Last-Modified 412
whole: If-Unmodified-Since a second later 200
whole: If-Modified-Since Last-Modified 304
whole: If-Match ETag 200'
if [ "$seen" != "$expected" ]; then
  printf 'This has changed. It was:\n%s\n' "$expected" >&2
  exit 1
fi
