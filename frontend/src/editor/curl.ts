/** A command that starts a run by a genuinely signed request: paste it into bash, it needs curl and openssl only (E66). */
import type { WebhookScheme } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';

/** Single quotes for bash; a quote inside ends, escapes and begins again. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** @returns null for schemes whose requests only their provider signs: it has a test delivery of its own */
export function signedCurl(
  scheme: 'standard-webhooks' | 'github' | 'none',
  url: string,
  secret: string,
  sample: Json,
): string;
export function signedCurl(scheme: WebhookScheme, url: string, secret: string, sample: Json): string | null;
export function signedCurl(scheme: WebhookScheme, url: string, secret: string, sample: Json): string | null {
  const body = `BODY=${quoted(JSON.stringify(sample))}`;
  const send = `curl -sS -X POST ${quoted(url)} \\\n  -H 'content-type: application/json' \\`;
  switch (scheme) {
    case 'none':
      return `${body}\n${send}\n  --data-binary "$BODY"`;
    case 'github':
      return [
        `SECRET=${quoted(secret)}`,
        body,
        `SIGNATURE=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/^.* //')`,
        send,
        `  -H "x-github-event: push" \\`,
        `  -H "x-github-delivery: $(openssl rand -hex 16)" \\`,
        `  -H "x-hub-signature-256: sha256=$SIGNATURE" \\`,
        `  --data-binary "$BODY"`,
      ].join('\n');
    case 'standard-webhooks':
      return [
        `SECRET=${quoted(secret)}`,
        body,
        `ID="msg_$(openssl rand -hex 12)"`,
        `NOW=$(date +%s)`,
        `KEY=$(printf '%s' "\${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')`,
        `SIGNATURE=$(printf '%s' "$ID.$NOW.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)`,
        send,
        `  -H "webhook-id: $ID" \\`,
        `  -H "webhook-timestamp: $NOW" \\`,
        `  -H "webhook-signature: v1,$SIGNATURE" \\`,
        `  --data-binary "$BODY"`,
      ].join('\n');
    default:
      return null;
  }
}
