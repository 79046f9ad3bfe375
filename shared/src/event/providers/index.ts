/** Every provider, by its id. A new one: its file, an import and a line here. */
import { providerSchema } from '../provider.js';
import type { ProviderSource, WebhookProvider } from '../provider.js';
import { adyen } from './adyen.js';
import { airtable } from './airtable.js';
import { asana } from './asana.js';
import { awsSns } from './aws-sns.js';
import { box } from './box.js';
import { calendly } from './calendly.js';
import { chargebee } from './chargebee.js';
import { clerk } from './clerk.js';
import { cloudevents } from './cloudevents.js';
import { cloudflare } from './cloudflare.js';
import { contentful } from './contentful.js';
import { discord } from './discord.js';
import { docusign } from './docusign.js';
import { dropbox } from './dropbox.js';
import { freshdesk } from './freshdesk.js';
import { fusionauth } from './fusionauth.js';
import { github } from './github.js';
import { gitlabSigned } from './gitlab-signed.js';
import { gitlab } from './gitlab.js';
import { google } from './google.js';
import { hubspotV1 } from './hubspot-v1.js';
import { hubspotV2 } from './hubspot-v2.js';
import { hubspot } from './hubspot.js';
import { intercom } from './intercom.js';
import { jira } from './jira.js';
import { jotform } from './jotform.js';
import { linear } from './linear.js';
import { livekit } from './livekit.js';
import { mailchimp } from './mailchimp.js';
import { mailgun } from './mailgun.js';
import { mandrill } from './mandrill.js';
import { meta } from './meta.js';
import { microsoftGraph } from './microsoft-graph.js';
import { mollie } from './mollie.js';
import { netlify } from './netlify.js';
import { none } from './none.js';
import { notion } from './notion.js';
import { okta } from './okta.js';
import { openai } from './openai.js';
import { paddle } from './paddle.js';
import { pandadoc } from './pandadoc.js';
import { paypal } from './paypal.js';
import { pipedrive } from './pipedrive.js';
import { plaid } from './plaid.js';
import { postmark } from './postmark.js';
import { replicate } from './replicate.js';
import { resend } from './resend.js';
import { ringcentral } from './ringcentral.js';
import { sendgrid } from './sendgrid.js';
import { shopify } from './shopify.js';
import { slack } from './slack.js';
import { square } from './square.js';
import { standardWebhooks } from './standard-webhooks.js';
import { stripe } from './stripe.js';
import { svix } from './svix.js';
import { telegram } from './telegram.js';
import { telnyx } from './telnyx.js';
import { trello } from './trello.js';
import { twilio } from './twilio.js';
import { typeform } from './typeform.js';
import { vercel } from './vercel.js';
import { vonage } from './vonage.js';
import { wise } from './wise.js';
import { zendesk } from './zendesk.js';
import { zoom } from './zoom.js';

export const WEBHOOK_PROVIDER_IDS = [
  'standard-webhooks',
  'github',
  'none',
  'adyen',
  'airtable',
  'asana',
  'aws-sns',
  'box',
  'calendly',
  'chargebee',
  'clerk',
  'cloudevents',
  'cloudflare',
  'contentful',
  'discord',
  'docusign',
  'dropbox',
  'freshdesk',
  'fusionauth',
  'gitlab-signed',
  'gitlab',
  'google',
  'hubspot-v1',
  'hubspot-v2',
  'hubspot',
  'intercom',
  'jira',
  'jotform',
  'linear',
  'livekit',
  'mailchimp',
  'mailgun',
  'mandrill',
  'meta',
  'microsoft-graph',
  'mollie',
  'netlify',
  'notion',
  'okta',
  'openai',
  'paddle',
  'pandadoc',
  'paypal',
  'pipedrive',
  'plaid',
  'postmark',
  'replicate',
  'resend',
  'ringcentral',
  'sendgrid',
  'shopify',
  'slack',
  'square',
  'stripe',
  'svix',
  'telegram',
  'telnyx',
  'trello',
  'twilio',
  'typeform',
  'vercel',
  'vonage',
  'wise',
  'zendesk',
  'zoom',
] as const;

export type WebhookProviderId = (typeof WEBHOOK_PROVIDER_IDS)[number];

/** As they are written; `webhookProvider` gives them checked. */
export const WEBHOOK_PROVIDERS: Readonly<Record<WebhookProviderId, ProviderSource>> = {
  'standard-webhooks': standardWebhooks,
  github,
  none,
  adyen,
  airtable,
  asana,
  'aws-sns': awsSns,
  box,
  calendly,
  chargebee,
  clerk,
  cloudevents,
  cloudflare,
  contentful,
  discord,
  docusign,
  dropbox,
  freshdesk,
  fusionauth,
  'gitlab-signed': gitlabSigned,
  gitlab,
  google,
  'hubspot-v1': hubspotV1,
  'hubspot-v2': hubspotV2,
  hubspot,
  intercom,
  jira,
  jotform,
  linear,
  livekit,
  mailchimp,
  mailgun,
  mandrill,
  meta,
  'microsoft-graph': microsoftGraph,
  mollie,
  netlify,
  notion,
  okta,
  openai,
  paddle,
  pandadoc,
  paypal,
  pipedrive,
  plaid,
  postmark,
  replicate,
  resend,
  ringcentral,
  sendgrid,
  shopify,
  slack,
  square,
  stripe,
  svix,
  telegram,
  telnyx,
  trello,
  twilio,
  typeform,
  vercel,
  vonage,
  wise,
  zendesk,
  zoom,
};

const checked = new Map<string, WebhookProvider>();

/** @returns null for a name that no provider has */
export function webhookProvider(id: string): WebhookProvider | null {
  if (!Object.hasOwn(WEBHOOK_PROVIDERS, id)) return null;
  const known = checked.get(id);
  if (known !== undefined) return known;
  const provider = providerSchema.parse(WEBHOOK_PROVIDERS[id as WebhookProviderId]);
  checked.set(id, provider);
  return provider;
}
