import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createEgress } from './egress.js';
import type { Resolve } from './egress.js';
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
