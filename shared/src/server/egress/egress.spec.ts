import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer as createTlsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createEgress } from './egress.js';
import type { EgressOptions, EgressRequest, Resolve } from './egress.js';
import { callOperation } from './operation.js';
import { connectors } from '../../connector/index.js';
import type { JsonObject } from '../../kernel/index.js';
import { isPublicAddress } from './address.js';
import { checkHeaders, checkTarget } from './target.js';

const codeOf = (url: unknown) => {
  const checked = checkTarget(url, new Set());
  return checked.ok ? 'reached' : checked.error.code;
};

describe('egress, before a socket exists', () => {
  it.each([
    ['A001', 'http://127.0.0.1', 'egress.blocked'],
    ['A002', 'http://localhost', 'egress.blocked'],
    ['A004', 'http://LOCALHOST', 'egress.blocked'],
    ['A004', 'http://localhost.', 'egress.blocked'],
    ['A005', 'http://0.0.0.0', 'egress.blocked'],
    ['A007', 'http://127.1', 'egress.blocked'],
    ['A008', 'http://0x7f000001', 'egress.blocked'],
    ['A010', 'http://0177.0.0.1', 'egress.blocked'],
    ['A011', 'http://①②⑦.⓪.⓪.①', 'egress.blocked'],
    ['A013', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'egress.blocked'],
    ['A014', 'http://[::1]', 'egress.blocked'],
    ['A016', 'http://[::ffff:127.0.0.1]', 'egress.blocked'],
    ['A017', 'http://[::ffff:7f00:1]', 'egress.blocked'],
    ['A017', 'http://[::7f00:1]', 'egress.blocked'],
    ['A019', 'http://[64:ff9b::7f00:1]', 'egress.blocked'],
    ['A020', 'http://[2002:7f00:1::]', 'egress.blocked'],
    ['A022', 'http://[fd00:ec2::254]', 'egress.blocked'],
    ['A023', 'http://169.254.169.254/latest/meta-data', 'egress.blocked'],
    ['A023', 'http://metadata.google.internal/', 'egress.blocked'],
    ['A023', 'http://168.63.129.16/', 'egress.blocked'],
    ['A025', 'http://100.100.100.200', 'egress.blocked'],
    ['A026', 'http://192.0.0.192', 'egress.blocked'],
    ['A028', 'http://169.254.170.2', 'egress.blocked'],
    ['A029', 'http://10.0.0.1', 'egress.blocked'],
    ['A029', 'http://172.16.0.1', 'egress.blocked'],
    ['A029', 'http://192.168.0.1', 'egress.blocked'],
    ['A041', 'http://user:pass@127.0.0.1', 'egress.userinfo'],
    ['A043', 'http://127.0.0.1\\@example.com', 'egress.url'],
    ['A044', 'http://127.0.0.1#@example.com', 'egress.blocked'],
    ['A046', 'ht\ntp://127.0.0.1', 'egress.url'],
    ['A047', 'http://1.1.1.1 &@2.2.2.2# @3.3.3.3', 'egress.userinfo'],
    ['A049', 'gopher://example.com', 'egress.scheme'],
    ['A049', 'file:///etc/passwd', 'egress.scheme'],
    ['A049', 'data:text/plain,x', 'egress.scheme'],
    ['A049', 'javascript:alert(1)', 'egress.scheme'],
    ['A049', 'blob:http://example.com/x', 'egress.scheme'],
    ['A049', 'jar:http://example.com!/', 'egress.scheme'],
    ['A053', ['http://example.com'], 'egress.url'],
    ['A053', { toString: () => 'http://example.com' }, 'egress.url'],
    ['port', 'http://example.com:22', 'egress.port'],
    ['fine', 'https://example.com/a?b#c', 'reached'],
  ])('%s %s -> %s', (_, url, code) => expect(codeOf(url)).toBe(code));

  it('reaches an allow-list entry on exactly its host and port', () => {
    const allow = new Set(['127.0.0.1:4010']);
    expect(checkTarget('http://127.0.0.1:4010/x', allow).ok).toBe(true);
    expect(checkTarget('http://127.0.0.1:4011/x', allow).ok).toBe(false);
    expect(checkTarget('http://localhost:4010/x', allow).ok).toBe(false);
  });

  it('refuses headers with line breaks or NUL, and headers of the connection (A154)', () => {
    const refused: Record<string, string>[] = [
      { a: 'x\r\ny: z' },
      { a: 'x\u0000' },
      { 'a\r\n': 'x' },
      { Host: 'x' },
      { 'Transfer-Encoding': 'chunked' },
    ];
    for (const headers of refused) {
      expect(checkHeaders(headers)?.code).toBe('egress.header');
    }
  });

  it.each(['8.8.8.8', '2606:4700:4700::1111'])('%s is public', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );
});

describe('egress on the wire', () => {
  const servers: Server[] = [];
  afterEach(() =>
    servers.splice(0).forEach((server) => {
      server.closeAllConnections();
      server.close();
    }),
  );
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it.each([
    ['A031', [{ address: '10.0.0.1', family: 4 }]],
    [
      'A032',
      [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
    ['A034', [{ address: '::1', family: 6 }]],
  ])(
    '%s refuses a name when any of its addresses is not public, each time it is looked up (A035)',
    async (_, addresses) => {
      let lookups = 0;
      const resolve: Resolve = (_name, done) => {
        lookups += 1;
        done(null, addresses);
      };
      const egress = createEgress({ allow: [], resolve });
      for (let n = 0; n < 3; n++)
        expect(await egress.request({ method: 'GET', url: 'http://rebind.example.com/' })).toMatchObject({
          kind: 'refused',
          failure: { code: 'egress.blocked' },
        });
      expect(lookups).toBe(3);
      await egress.close();
    },
  );

  it('follows redirects with the checks of a new call, at most five, without secrets to another origin (A037, A038, A040)', async () => {
    const seen: Record<string, unknown>[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers);
      response.end('other');
    });
    const host = await serve((request, response) => {
      const location =
        { '/inside': 'http://169.254.169.254/', '/loop': '/loop', '/other': `http://${other}/` }[request.url ?? ''] ??
        '/';
      response.writeHead(request.method === 'POST' ? 307 : 302, { location }).end();
    });
    const egress = createEgress({ allow: [host, other] });
    const get = (path: string) =>
      egress.request({
        method: 'GET',
        url: `http://${host}${path}`,
        headers: { authorization: 'x', cookie: 'c', 'x-own': 's', 'x-plain': 'p' },
        secretHeaders: ['X-Own'],
      });
    expect(await get('/inside')).toMatchObject({ kind: 'unknown', failure: { code: 'egress.blocked' } });
    expect(await get('/loop')).toMatchObject({ kind: 'unknown', failure: { code: 'egress.redirects' } });
    expect(await get('/other')).toMatchObject({ kind: 'answered', status: 200 });
    expect(seen[0]).toMatchObject({ 'x-plain': 'p' });
    expect(Object.keys(seen[0] ?? {})).not.toEqual(expect.arrayContaining(['authorization']));
    for (const name of ['authorization', 'cookie', 'x-own']) expect(seen[0]).not.toHaveProperty(name);
    const asked = { method: 'GET', url: `http://${host}/other`, follow: false };
    expect(await egress.request(asked)).toMatchObject({ kind: 'answered', status: 302 });
    expect(seen).toHaveLength(1);
    expect(await egress.request({ method: 'POST', url: `http://${host}/other`, body: 'secret' })).toMatchObject({
      kind: 'unknown',
      failure: { code: 'egress.redirect' },
    });
    await egress.close();
  });

  it('stops at the size limit after decompression, and at the time limit of an endless body (A055, A056)', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    const host = await serve((request, response) => {
      if (request.url === '/bomb') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      if (request.url === '/zip')
        return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('fine'));
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const egress = createEgress({ allow: [host] });
    expect(await egress.request({ method: 'GET', url: `http://${host}/bomb` })).toMatchObject({
      kind: 'unknown',
      failure: { code: 'egress.body-size' },
    });
    const fine = await egress.request({ method: 'GET', url: `http://${host}/zip` });
    expect(fine.kind === 'answered' ? fine.body.toString() : fine).toBe('fine');
    expect(await egress.request({ method: 'GET', url: `http://${host}/drip`, timeoutMs: 300 })).toMatchObject({
      kind: 'unknown',
      failure: { code: 'egress.timeout' },
    });
    await egress.close();
  });
});

describe('egress tells what is certain', () => {
  const sockets = new Set<Socket>();
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    closers.splice(0).forEach((close) => close());
  });
  const listen = async (server: NetServer): Promise<string> => {
    server.on('connection', (socket: Socket) => sockets.add(socket));
    closers.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const post = async (url: string, options: Partial<EgressOptions> = {}, more: Partial<EgressRequest> = {}) => {
    const egress = createEgress({ allow: [new URL(url).host], ...options });
    try {
      return await egress.request({ method: 'POST', url, body: 'x', ...more });
    } finally {
      await egress.close();
    }
  };

  it('a closed port and a handshake that never ends are not-sent: no effect is possible', async () => {
    const closed = await listen(createNetServer());
    closers.splice(0).forEach((close) => close());
    expect(await post(`http://${closed}/`)).toMatchObject({ kind: 'not-sent', failure: { code: 'egress.refused' } });
    const mute = await listen(createNetServer());
    expect(await post(`https://${mute}/`, { connectTimeoutMs: 200 })).toMatchObject({
      kind: 'not-sent',
      failure: { code: 'egress.connect-timeout' },
    });
  });

  it('a handshake that fails, also for a certificate of another name, is not-sent (A058)', async () => {
    const broken = await listen(
      createNetServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400\r\n\r\n'))),
    );
    expect(await post(`https://${broken}/`)).toMatchObject({ kind: 'not-sent' });
    const { key, cert } = certificateFor('other.example');
    let heard = 0;
    const other = await listen(createTlsServer({ key, cert }, () => (heard += 1)));
    expect(await post(`https://${other}/`)).toMatchObject({ kind: 'not-sent', failure: { code: 'egress.tls' } });
    expect(await post(`https://${other}/`, { ca: cert })).toMatchObject({
      kind: 'not-sent',
      failure: { code: 'egress.tls' },
    });
    expect(heard).toBe(0);
  });

  it('once the request is on its way, silence, a lost connection and a nonsense answer are unknown', async () => {
    const silent = await listen(createNetServer());
    expect(await post(`http://${silent}/`, {}, { headersTimeoutMs: 300 })).toMatchObject({
      kind: 'unknown',
      failure: { code: 'egress.timeout' },
    });
    const rude = await listen(createNetServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await post(`http://${rude}/`)).toMatchObject({ kind: 'unknown' });
    const nonsense = await listen(createNetServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n'))));
    expect(await post(`http://${nonsense}/`)).toMatchObject({ kind: 'unknown' });
    const flood = await listen(
      createNetServer((socket) =>
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)),
      ),
    );
    expect(await post(`http://${flood}/`)).toMatchObject({ kind: 'unknown' });
  });

  it('a call that is given up before its connection stands is not-sent, and never goes out', async () => {
    const heard: string[] = [];
    const host = await listen(createServer((request, response) => response.end(String(heard.push(request.url ?? '')))));
    expect(await post(`http://${host}/late`, {}, { signal: AbortSignal.abort() })).toMatchObject({
      kind: 'not-sent',
      failure: { code: 'egress.aborted' },
    });
    const names: (() => void)[] = [];
    const resolve: Resolve = (_name, done) => names.push(() => done(null, [{ address: '93.184.216.34', family: 4 }]));
    const egress = createEgress({ allow: [], resolve });
    const call = egress.request({ method: 'POST', url: 'http://slow-name.example.com/', body: 'x', timeoutMs: 50 });
    expect(await call).toMatchObject({ kind: 'not-sent', failure: { code: 'egress.timeout' } });
    expect(names).toHaveLength(1);
    await egress.close();
    expect(heard).toEqual([]);
  });

  it('reads an answer whose headers announce a compressed body that it does not have', async () => {
    const host = await listen(
      createServer((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end()),
    );
    expect(await post(`http://${host}/`)).toMatchObject({ kind: 'answered', status: 200, body: Buffer.alloc(0) });
  });

  it('gives up a body that unpacks to more than a hundred times what was sent, long before the size limit (A055)', async () => {
    const bomb = gzipSync(Buffer.alloc(5 * 1024 * 1024));
    const honest = gzipSync(Buffer.alloc(200 * 1024));
    const server = createServer((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(request.url === '/bomb' ? bomb : honest);
    });
    const host = await listen(server);
    expect(await post(`http://${host}/bomb`)).toMatchObject({ kind: 'unknown', failure: { code: 'egress.body-size' } });
    expect(await post(`http://${host}/small`)).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('calls what `url` names, whatever else an input holds (A052)', async () => {
    const seen: string[] = [];
    const host = await listen(createServer((request, response) => response.end(String(seen.push(request.url ?? '')))));
    const inner = await listen(createServer((_request, response) => response.end(String(seen.push('inner')))));
    const http = connectors['http'];
    const operation = http?.operations['request'];
    if (!http || !operation) throw new Error('The HTTP connector is gone.');
    const egress = createEgress({ allow: [host] });
    const input = {
      method: 'GET',
      url: `http://${host}/asked`,
      uri: `http://${inner}/`,
      baseUrl: `http://${inner}/`,
      host: inner,
    };
    const call = (over: JsonObject) =>
      callOperation(
        http,
        operation,
        { ...input, ...over },
        { egress, idempotencyKey: 'k', timeoutMs: 2000, settings: {} },
      );
    expect(await call({})).toMatchObject({ kind: 'succeeded' });
    expect(await call({ url: `http://${inner}/`, uri: `http://${host}/` })).toMatchObject({
      kind: 'failed',
      failure: { code: 'egress.blocked' },
    });
    await egress.close();
    expect(seen).toEqual(['/asked']);
  });
});

/** A self-signed certificate of a name, made here so that no private key lies in the repository. */
function certificateFor(name: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tlv = (tag: number, ...parts: Uint8Array[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts);
  const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const subject = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(name)))));
  const time = (year: number) => tlv(0x18, Buffer.from(`${year}0101000000Z`));
  const names = tlv(0x04, sequence(tlv(0x82, Buffer.from(name))));
  const content = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    sequence(time(2000), time(2100)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(oid('551d11'), names))),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const der = sequence(content, ecdsaWithSha256, signature);
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert };
}
