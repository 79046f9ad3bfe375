/** What a webhook may be sent to: the egress door's rules, and https besides unless the host is allowed by name. */
import { err, failure } from '../../kernel/index.js';
import type { Failure, Result } from '../../kernel/index.js';
import { checkTarget } from '../egress/target.js';
import type { Target } from '../egress/target.js';

/**
 * @param allow exact `host:port` entries of EGRESS_ALLOW, in lower case
 * @returns the target, or why nothing is sent there
 */
export function checkEndpointUrl(url: string, allow: ReadonlySet<string>): Result<Target, Failure> {
  const target = checkTarget(url, allow);
  if (!target.ok || target.value.url.protocol === 'https:' || target.value.allowed) return target;
  return err(
    failure(
      'user',
      'endpoint.https',
      'Events are sent over https only: over http anybody on the way could read them. An administrator can make an exception by EGRESS_ALLOW.',
    ),
  );
}
