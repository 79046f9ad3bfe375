import { z } from 'zod';
import { API_SCOPES, route } from './route.js';

export const meSchema = z.object({
  user: z.object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    hasPassword: z.boolean(),
    role: z.enum(['owner', 'editor', 'runner', 'viewer']),
  }),
  workspace: z.object({ id: z.string(), name: z.string() }),
  /** Sent back as `X-CSRF-Token` on every unsafe request with a session cookie. */
  csrfToken: z.string(),
});
export type Me = z.infer<typeof meSchema>;

export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.enum(API_SCOPES)),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

const id = z.object({ id: z.uuid() });

export const authRoutes = {
  redeemSignInLink: route({
    method: 'POST',
    path: '/auth/sign-in-link',
    tag: 'auth',
    summary: 'Exchange a one-time sign-in link for a session',
    auth: { kind: 'public' },
    body: z.object({ token: z.string().min(20).max(200) }),
    response: meSchema,
    errors: ['auth.link-invalid'],
  }),
  login: route({
    method: 'POST',
    path: '/auth/login',
    tag: 'auth',
    summary: 'Log in with e-mail and password',
    auth: { kind: 'public' },
    body: z.object({ email: z.email().max(320), password: z.string().min(1).max(1024) }),
    response: meSchema,
    errors: ['auth.failed', 'auth.throttled'],
  }),
  logout: route({
    method: 'POST',
    path: '/auth/logout',
    tag: 'auth',
    summary: 'End this session',
    auth: { kind: 'session' },
  }),
  me: route({
    method: 'GET',
    path: '/auth/me',
    tag: 'auth',
    summary: 'Who is logged in',
    auth: { kind: 'session' },
    response: meSchema,
  }),
  setPassword: route({
    method: 'PUT',
    path: '/auth/password',
    tag: 'auth',
    summary: 'Set or change the password; ends all other sessions',
    auth: { kind: 'session' },
    body: z.object({ current: z.string().max(1024).optional(), password: z.string().min(12).max(1024) }),
    errors: ['auth.failed'],
  }),
  listApiKeys: route({
    method: 'GET',
    path: '/api-keys',
    tag: 'auth',
    summary: 'List API keys',
    auth: { kind: 'session', scope: 'admin' },
    response: z.object({ items: z.array(apiKeySchema) }),
  }),
  createApiKey: route({
    method: 'POST',
    path: '/api-keys',
    tag: 'auth',
    summary: 'Create an API key; the secret is shown once',
    auth: { kind: 'session', scope: 'admin' },
    status: 201,
    body: z.object({
      name: z.string().trim().min(1).max(80),
      scopes: z.array(z.enum(API_SCOPES)).min(1),
      expiresInDays: z.int().min(1).max(3650).nullable(),
    }),
    response: apiKeySchema.extend({ secret: z.string() }),
  }),
  revokeApiKey: route({
    method: 'DELETE',
    path: '/api-keys/:id',
    tag: 'auth',
    summary: 'Revoke an API key',
    auth: { kind: 'session', scope: 'admin' },
    params: id,
    errors: ['api-key.not-found'],
  }),
};
