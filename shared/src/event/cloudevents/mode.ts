/** How the events of a request come: the content modes of CloudEvents over HTTP, or no CloudEvent at all. */
export type ContentMode = 'batched' | 'structured' | 'binary' | 'plain';

/**
 * @param hasAttributes whether the request has a header that begins with `ce-`
 * @returns null for an event format that is not read; JSON is
 * @see CloudEvents 1.0, HTTP protocol binding, section 3
 */
export function contentModeOf(contentType: string, hasAttributes: boolean): ContentMode | null {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  // The longer one first: both begin alike.
  if (type.startsWith('application/cloudevents-batch')) {
    return type === 'application/cloudevents-batch+json' ? 'batched' : null;
  }
  if (type.startsWith('application/cloudevents')) return type === 'application/cloudevents+json' ? 'structured' : null;
  return hasAttributes ? 'binary' : 'plain';
}
