import type { ProviderSource, SampleVector } from '../provider.js';

export const hubspotV1: ProviderSource = {
  id: 'hubspot-v1',
  title: 'HubSpot (signature v1)',
  docs: 'https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests',
  basis: 'source',
  secret: { label: 'Client secret', madeBy: 'provider', help: 'The client secret of the HubSpot app.' },
  scheme: {
    kind: 'hash',
    name: 'hubspot-v1',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { at: { from: 'header', name: 'x-hubspot-signature' } },
    requires: [{ is: 'equal', at: { from: 'header', name: 'x-hubspot-signature-version' }, to: 'v1' }],
    content: [{ part: 'secret' }, { part: 'body' }],
    type: { firstOf: [{ from: 'json', path: [0, 'subscriptionType'] }] },
  },
  expects: { answerWithinMs: 5000, repeats: 'Up to ten times over about a day.' },
  notes: ['For apps that send nothing newer. No time and no address are signed; choose "HubSpot" where you can.'],
};

export const hubspotV1Samples: readonly SampleVector[] = [
  {
    what: 'the sample of the SDK',
    secret: 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy',
    headers: {
      'x-hubspot-signature': '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de',
      'x-hubspot-signature-version': 'v1',
    },
    body: '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]',
    nowMs: 1_614_265_330_000,
  },
];
