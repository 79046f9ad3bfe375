import type { ProviderSource } from '../provider.js';

const field = (label: string, optional = false) => ({
  label,
  at: { from: 'json' as const, path: [label] },
  optional,
});
const isOf = (type: string) => ({
  is: 'equal' as const,
  at: { from: 'json' as const, path: ['Type'] },
  to: type,
});
const SETTING_UP = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const HOSTS = ['sns.*.amazonaws.com', 'sns.*.amazonaws.com.cn'];

export const awsSns: ProviderSource = {
  id: 'aws-sns',
  title: 'Amazon SNS',
  docs: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
  basis: 'knowledge',
  secret: {
    label: 'Topic ARN',
    madeBy: 'provider',
    help: 'The ARN of the topic: Amazon signs for everybody, so this says whose messages are let in.',
  },
  scheme: {
    kind: 'public-key',
    name: 'aws-sns',
    algorithm: { at: { from: 'json', path: ['SignatureVersion'] }, values: { '1': 'rsa-sha1', '2': 'rsa-sha256' } },
    encoding: 'base64',
    key: {
      from: 'certificate',
      url: { from: 'json', path: ['SigningCertURL'] },
      pin: { hosts: HOSTS, pathPrefix: '/SimpleNotificationService-' },
    },
    audience: { from: 'json', path: ['TopicArn'] },
    signature: { at: { from: 'json', path: ['Signature'] } },
    content: {
      firstOf: [
        {
          when: [isOf('Notification')],
          parts: [
            {
              part: 'labelled',
              fields: [
                field('Message'),
                field('MessageId'),
                field('Subject', true),
                field('Timestamp'),
                field('TopicArn'),
                field('Type'),
              ],
            },
          ],
        },
        {
          when: [isOf('SubscriptionConfirmation')],
          parts: [{ part: 'labelled', fields: SETTING_UP.map((label) => field(label)) }],
        },
        {
          when: [isOf('UnsubscribeConfirmation')],
          parts: [{ part: 'labelled', fields: SETTING_UP.map((label) => field(label)) }],
        },
      ],
    },
    timestamp: { at: { from: 'json', path: ['Timestamp'] }, unit: 'iso', toleranceMs: 7_200_000 },
    id: { firstOf: [[{ from: 'json', path: ['MessageId'] }]] },
    type: { firstOf: [{ from: 'json', path: ['Type'] }] },
    dedup: 'id',
    // Of the body, exactly the named fields are signed.
    unsignedBody: true,
  },
  // It says text/plain.
  body: 'json',
  handshakes: [
    {
      name: 'SubscriptionConfirmation',
      when: [isOf('SubscriptionConfirmation')],
      proof: { by: 'signature' },
      reply: { kind: 'confirm', url: { from: 'json', path: ['SubscribeURL'] }, pin: { hosts: HOSTS } },
    },
  ],
  expects: { answerWithinMs: 15_000, repeats: 'As the topic’s delivery policy says; about an hour.' },
  notes: [
    'Certificates and confirmations are fetched from Amazon’s SNS hosts only.',
    'Switch raw message delivery off: raw messages are not signed.',
  ],
};
