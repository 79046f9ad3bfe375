import type { ProviderSource, SampleVector } from '../provider.js';

export const hubspotV2: ProviderSource = {
  id: 'hubspot-v2',
  title: 'HubSpot (signature v2)',
  docs: 'https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests',
  basis: 'source',
  secret: { label: 'Client secret', madeBy: 'provider', help: 'The client secret of the HubSpot app.' },
  scheme: {
    kind: 'hash',
    name: 'hubspot-v2',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { at: { from: 'header', name: 'x-hubspot-signature' } },
    requires: [{ is: 'equal', at: { from: 'header', name: 'x-hubspot-signature-version' }, to: 'v2' }],
    content: [{ part: 'secret' }, { part: 'method' }, { part: 'url' }, { part: 'body' }],
  },
  expects: { answerWithinMs: 5000, repeats: 'Up to ten times over about a day.' },
  notes: ['For workflow actions and cards that send nothing newer. No time is signed; choose "HubSpot" where you can.'],
};

const SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';

export const hubspotV2Samples: readonly SampleVector[] = [
  {
    what: 'the sample of the SDK with a body',
    secret: SECRET,
    method: 'POST',
    url: 'https://www.example.com/webhook_uri',
    headers: {
      'x-hubspot-signature': '9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900',
      'x-hubspot-signature-version': 'v2',
    },
    body: '{"example_field":"example_value"}',
    nowMs: 1_614_265_330_000,
  },
  {
    what: 'the sample of the SDK without a body',
    secret: SECRET,
    method: 'GET',
    url: 'https://www.example.com/webhook_uri',
    headers: {
      'x-hubspot-signature': 'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e',
      'x-hubspot-signature-version': 'v2',
    },
    body: '',
    nowMs: 1_614_265_330_000,
  },
];
