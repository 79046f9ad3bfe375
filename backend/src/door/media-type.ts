/**
 * Whether a Content-Type header names this media type, with no charset but UTF-8. `application/x+json` counts as
 * `application/json`.
 */
export function isMediaType(header: string | undefined, wanted: string): boolean {
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const name = type.trim();
  const matches = name === wanted || (wanted === 'application/json' && /^application\/[a-z0-9.-]+\+json$/.test(name));
  return matches && parameters.every((parameter) => charsetIsUtf8(parameter.trim()));
}

function charsetIsUtf8(parameter: string): boolean {
  const [name, value = ''] = parameter.split('=');
  return name?.trim() !== 'charset' || ['utf-8', 'utf8', 'us-ascii'].includes(value.trim().replaceAll('"', ''));
}
